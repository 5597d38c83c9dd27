package ui

import (
	"net/http"

	"pilotzone/internal/kernel/access"
)

// Role is a role in words.
func Role(r access.Role) Text {
	if t, ok := roleWords[r]; ok {
		return t
	}
	return T(string(r), string(r))
}

var roleWords = map[access.Role]Text{
	access.Visitor: T("访客", "Visitor"), access.Clerk: T("企业经办人", "Enterprise clerk"), access.Manager: T("企业管理员", "Enterprise manager"),
	access.Customs: T("海关监管人员", "Customs officer"), access.Chief: T("海关科长", "Chief of customs officers"), access.Tax: T("税务人员", "Tax officer"),
	access.FX: T("外汇管理人员", "Foreign-exchange officer"), access.Commerce: T("商务人员", "Commerce officer"), access.Market: T("市场监管人员", "Market-supervision officer"),
	access.Post: T("邮政管理人员", "Postal officer"), access.Park: T("园区运营方", "Park operator"), access.Bank: T("银行", "Bank"),
	access.Admin: T("综试区管理员", "Administrator of the zone"), access.Auditor: T("审计员", "Auditor"), access.Consumer: T("消费者", "Consumer"),
}

// OrgKind is a kind of organisation in words.
func OrgKind(k access.OrgKind) Text {
	if t, ok := orgWords[k]; ok {
		return t
	}
	return T(string(k), string(k))
}

var orgWords = map[access.OrgKind]Text{
	access.EnterpriseOrg: T("企业", "Enterprise"), access.CustomsOrg: T("海关", "Customs"), access.TaxOrg: T("税务", "Tax"), access.FXOrg: T("外汇管理", "Foreign exchange"),
	access.CommerceOrg: T("商务", "Commerce"), access.MarketOrg: T("市场监管", "Market supervision"), access.PostOrg: T("邮政管理", "Post"), access.ParkOrg: T("园区运营方", "Park operator"),
	access.BankOrg: T("银行", "Bank"), access.ZoneOrg: T("综试区管理机构", "Administration of the zone"),
}

// Permission is a permission in words.
func Permission(p access.Permission) Text {
	if t, ok := permissionWords[p]; ok {
		return t
	}
	return T(string(p), string(p))
}

var permissionWords = map[access.Permission]Text{
	access.Public: T("公开服务", "Public services"), access.SelfManage: T("管理本人账号", "Manage one's own account"), access.WorkbenchRead: T("工作台", "Workbench"),
	access.MessageSend: T("报送报文", "Send messages"), access.ReceiptRead: T("读取回执", "Read receipts"), access.ParcelRead: T("查看包裹", "Read parcels"),
	access.ParcelExport: T("导出包裹清单", "Export lists of parcels"), access.PersonalClear: T("查看个人信息明文", "See personal data in clear"), access.QueueWork: T("办理监管任务", "Work the officers' queues"),
	access.VerdictGive: T("作出监管结论", "Give verdicts"), access.AllowanceRead: T("查询个人额度", "Read yearly allowances"), access.TaxBillRead: T("查看税单", "Read tax bills"),
	access.TaxBillPay: T("通知税款缴纳", "Notify payment of tax"), access.DepositMake: T("登记担保金", "Lodge security"), access.StatsRead: T("查看统计", "Read figures"),
	access.EnterpriseRead: T("查看企业备案", "Read filings of enterprises"), access.FilingEdit: T("维护企业备案", "Edit filings"), access.MatterApply: T("申请办理事项", "Apply in matters"),
	access.MatterWork: T("办理事项", "Work on matters"), access.RulesRead: T("查看规则", "Read the rules in force"), access.PackSwitch: T("启用规则包", "Switch packs on"),
	access.PeopleManage: T("管理人员", "Manage people"), access.OrgManage: T("管理单位和委托", "Manage organisations and mandates"), access.KeyManage: T("管理接口密钥", "Manage API keys"),
	access.WebhookManage: T("管理推送", "Manage webhooks"), access.AuditRead: T("查看审计记录", "Read the audit chain"), access.SystemRead: T("查看系统状态", "Read the state of the platform"),
	access.SystemManage: T("管理系统", "Manage the platform"), access.MatterRead: T("查看事项", "Read matters"), access.PayoutTake: T("领取小额打款指令", "Take instructions of micro-deposits"), access.QueueSupervise: T("督办监管任务", "Supervise the officers' queues"),
	access.PassportUse: T("使用额度护照", "Use the allowance passport"),
	access.FigureRead:  T("查看企业与园区数据", "Read figures of enterprises and parks"), access.EvidenceFile: T("申报外部业绩与证明", "File trade cleared elsewhere and certificates"), access.ConsentGive: T("授权他人查看数据", "Consent to others seeing figures"),
	access.ClaimRead: T("查看政策兑现", "Read claims of incentives"), access.ClaimWork: T("办理政策兑现", "Work claims of incentives"), access.BudgetManage: T("管理资金预算与拨付", "Manage budgets and payments"),
	access.PlanReport: T("报送任务进度", "Report progress of tasks"), access.AssessWork: T("组织考核评估", "Carry out assessments"), access.ParkRead: T("查看园区", "Read parks"), access.ParkManage: T("管理园区", "Manage parks"),
	access.ListingEdit: T("维护名录", "Edit directories"), access.BookingMake: T("预约与报名", "Book and register"), access.Cultivate: T("培育与服务企业", "Cultivate enterprises"),
	access.TalentUse: T("人才招聘与用工登记", "Vacancies, people and employment"),
}

// Prefer gives the browser the language (zh, en) and theme (light, dark) that
// its reader chose; "" leaves the choice to the browser.
func (s *Shell) Prefer(w http.ResponseWriter, language, theme string) {
	for name, value := range map[string]string{langCookie: language, themeCookie: theme} {
		seconds := 365 * 86400
		if value == "" {
			seconds = -1
		}
		s.Gate.SetCookie(w, name, value, seconds)
	}
}
