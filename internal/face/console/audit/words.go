package audit

import (
	"strings"

	"pilotzone/internal/customs/disclose"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/audit"
)

// groups of acts, by the part of their name before the dot.
var groups = []struct {
	name string
	text ui.Text
}{
	{"access", ui.T("访问控制", "access")},
	{"session", ui.T("登录会话", "sessions")},
	{"password", ui.T("口令", "passwords")},
	{"factor", ui.T("第二因素", "second factors")},
	{"sso", ui.T("单点登录", "single sign-on")},
	{"person", ui.T("人员账号", "people")},
	{"org", ui.T("单位", "organisations")},
	{"mandate", ui.T("委托", "mandates")},
	{"key", ui.T("接口密钥", "API keys")},
	{"webhook", ui.T("事件推送", "webhooks")},
	{"personal", ui.T("个人信息明文", "personal data in clear")},
	{"parcel", ui.T("包裹", "parcels")},
	{"queue", ui.T("监管队列", "officers' queues")},
	{"filing", ui.T("企业备案", "filings")},
	{"matter", ui.T("事项", "matters")},
	{"passport", ui.T("额度护照", "allowance passport")},
	{"pack", ui.T("规则包", "rule packs")},
	{"tax", ui.T("税单", "tax bills")},
	{"keys", ui.T("数据密钥", "data keys")},
	{"audit", ui.T("审计链", "the audit chain")},
}

// groupOf is what an act is about, in words.
func groupOf(act string) ui.Text {
	name, _, _ := strings.Cut(act, ".")
	for _, g := range groups {
		if g.name == name {
			return g.text
		}
	}
	return ui.T("其他", "other")
}

func actOptions(now string) []ui.Option {
	out := []ui.Option{{Value: "", Label: ui.T("全部", "all")}}
	known := now == ""
	for _, g := range groups {
		value := g.name + "."
		known = known || now == value
		out = append(out, ui.Option{Value: value, Label: g.text})
	}
	if !known {
		out = append(out, ui.Option{Value: now, Label: ui.T(now, now)})
	}
	return out
}

var outcomes = []struct {
	outcome    audit.Outcome
	tone, icon string
	text       ui.Text
}{
	{audit.Done, "green", "check", ui.T("完成", "done")},
	{audit.Denied, "red", "ban", ui.T("拒绝", "denied")},
	{audit.Failed, "amber", "alert-triangle", ui.T("失败", "failed")},
}

func outcomeOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: ui.T("全部", "all")}}
	for _, o := range outcomes {
		out = append(out, ui.Option{Value: string(o.outcome), Label: o.text})
	}
	return out
}

// leads is the page of an object, "" where it has none.
func leads(object string) string {
	if number, ok := strings.CutPrefix(object, "parcel:"); ok {
		return "/parcels/" + number
	}
	return ""
}

// purposeOf splits the purpose of a reading in clear into one of the list and the
// words beside it.
func purposeOf(text string) (listed ui.Text, note string) {
	code, note, _ := strings.Cut(text, " ")
	p, ok := disclose.PurposeOf(code)
	if !ok {
		return ui.Text{}, text
	}
	return ui.T(p.ZH, p.EN), note
}
