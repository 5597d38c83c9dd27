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
