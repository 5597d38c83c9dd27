package access

// Refusal says why somebody is not let in, in words for people (拒绝原因). It
// never tells whether an account exists.
type Refusal struct {
	Code         string // stable
	ZH, EN       string
	FixZH, FixEN string
}

// Error is the English text.
func (r *Refusal) Error() string { return r.Code + ": " + r.EN }

// Why a credential is refused.
var (
	ErrUnknown = &Refusal{"unknown_credential", "凭证无效", "the credential is not known", "核对密钥或令牌，或重新登录", "check the key or token, or sign in again"}
	ErrExpired = &Refusal{"expired_credential", "凭证已过期或已注销", "the credential has expired or was revoked", "重新登录，或申请新的密钥", "sign in again, or ask for a new key"}
	ErrLocked  = &Refusal{"account_locked", "账号已停用或锁定", "the account is locked or not active", "联系本单位管理员或平台管理员", "ask the administrator of your organisation or of the platform"}
	// ErrSecondFactor: the account must enrol or show a second factor first. The
	// principal comes with it and may manage itself alone.
	ErrSecondFactor = &Refusal{"second_factor", "须先完成双因素验证", "a second factor is needed first", "在“我的账号”中登记并验证第二因素", "enrol and show a second factor under My account"}
)

// Is makes errors.Is find a refusal by its code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}

// Why an act on accounts is refused.
var (
	ErrNotFound = &Refusal{"not_found", "没有该记录", "there is no such record", "核对后重试", "check it and try again"}
	ErrDenied   = &Refusal{"not_allowed", "无权进行该操作", "this caller may not do it", "使用具有相应角色的账号", "use an account of a role that may"}
	ErrTaken    = &Refusal{"taken", "已被使用", "it is taken already", "换一个后重试", "choose another"}
	// ErrSignIn says nothing of whether the account exists.
	ErrSignIn  = &Refusal{"sign_in", "登录名、密码或验证码不正确", "name, password or code is not right", "核对后重试；忘记密码请联系本单位管理员", "check them and try again; if the password is lost, ask the administrator of your organisation"}
	ErrCode    = &Refusal{"code", "验证码不正确或已用过", "the code is not right or was used already", "等待验证器显示下一个验证码后重试，并核对设备时间", "wait for the next code and try again; check the clock of the device"}
	ErrProof   = &Refusal{"proof_needed", "请先再次确认身份", "prove who you are once more first", "输入密码或验证码后重试", "enter password or code and try again"}
	ErrPasskey = &Refusal{"passkey", "通行密钥未被接受", "the passkey was not taken", "重试，或改用其他登录方式", "try again, or sign in another way"}
	ErrFlow    = &Refusal{"flow_over", "该步骤已过期或已完成", "this step is over or was done already", "从头开始", "start again"}
	ErrSetup   = &Refusal{"setup_code", "初始化代码无效", "the set-up code is not right", "使用服务启动时打印的代码", "use the code that the service printed when it started"}
)

// refuse makes a refusal of its own words.
func refuse(code, zh, en, fixZH, fixEN string) *Refusal {
	return &Refusal{code, zh, en, fixZH, fixEN}
}
