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
