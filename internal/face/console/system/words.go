package system

import "pilotzone/internal/face/console/ui"

// partNames are the workers of the zone in words.
var partNames = map[string]ui.Text{
	"outbox":      ui.T("指令投递", "commands to the core"),
	"decisions":   ui.T("决定通知", "news of decisions"),
	"audit chain": ui.T("审计链封印", "seals of the audit chain"),
	"keys":        ui.T("密钥文件监视", "watch on the key file"),
	"tax bills":   ui.T("电子税单", "tax bills"),
	"lookup":      ui.T("查询索引", "search index"),

	"filings to look at again":    ui.T("备案复查", "filings to look at again"),
	"time limits of matters":      ui.T("事项时限", "time limits of matters"),
	"webhooks and mail":           ui.T("事件推送与邮件", "webhooks and mail"),
	"announcements":               ui.T("结果通知", "announcements"),
	"announcements of tax bills":  ui.T("税单通知", "announcements of tax bills"),
	"news of matters and filings": ui.T("办件与备案通知", "news of matters and filings"),
	"idempotency keys":            ui.T("幂等键清理", "idempotency keys"),
	"officers' queues":            ui.T("监管队列", "officers' queues"),
	"person check":                ui.T("身份核验", "person check"),
	"disputes":                    ui.T("冒用异议", "disputes"),
	"parks":                       ui.T("园区与场所", "parks and places"),
	"claims":                      ui.T("奖补申领跟踪", "claims of incentives"),
	"awards":                      ui.T("奖补核查", "watch on awards"),
	"directories":                 ui.T("名录", "directories"),
	"tiers of enterprises":        ui.T("企业分层计算", "tiers of enterprises"),
	"plans":                       ui.T("方案进展记录", "progress of plans"),
	"market alerts":               ui.T("市场准入提醒", "market alerts"),
	"passport":                    ui.T("额度护照", "allowance passport"),
	"accounts":                    ui.T("账号维护", "accounts"),
	"jobs":                        ui.T("后台作业", "jobs in the background"),
	"changes of rules":            ui.T("规则排期启用", "scheduled changes of the rules"),
}

func partName(name string) ui.Text {
	if t, ok := partNames[name]; ok {
		return t
	}
	return ui.T(name, name)
}
