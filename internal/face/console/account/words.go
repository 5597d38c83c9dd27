package account

import (
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

// way is how a session was signed in, in words.
func way(w string) ui.Text {
	if name, ok := strings.CutPrefix(w, "sso:"); ok {
		return ui.T("单点登录（"+name+"）", "single sign-on ("+name+")")
	}
	if t, ok := map[string]ui.Text{"password": ui.T("口令", "password"), access.FactorTOTP: ui.T("口令和验证器应用", "password and authenticator app"),
		access.FactorRecovery: ui.T("口令和恢复码", "password and recovery code"), access.FactorPasskey: ui.T("通行密钥", "passkey"),
		"code": ui.T("一次性代码", "one-time code"), "setup": ui.T("首次设置", "first set-up")}[w]; ok {
		return t
	}
	return ui.T(w, w)
}

var languages = []ui.Option{{Value: "", Label: ui.T("按浏览器", "As the browser asks")}, {Value: "zh", Label: ui.T("中文", "Chinese")}, {Value: "en", Label: ui.T("英文", "English")}}

var themes = []ui.Option{{Value: "", Label: ui.T("按系统", "As the system asks")}, {Value: "light", Label: ui.T("浅色", "Light")}, {Value: "dark", Label: ui.T("深色", "Dark")}}
