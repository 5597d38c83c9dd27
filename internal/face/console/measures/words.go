package measures

import (
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/library"
	"pilotzone/internal/kernel/pack"
)

// of makes a text of a pack's words.
func of(t pack.Text) ui.Text { return ui.T(t.ZH, t.EN) }

var topicWords = map[string]ui.Text{"clearance": ui.T("通关", "Clearance"), "tax": ui.T("税收", "Tax"), "finance": ui.T("金融", "Finance"), "fx": ui.T("外汇", "Foreign exchange"), "insurance": ui.T("保险", "Insurance"),
	"logistics": ui.T("物流", "Logistics"), "warehouses": ui.T("海外仓", "Overseas warehouses"), "parks": ui.T("园区", "Parks"), "belts": ui.T("产业带", "Belts"), "brands": ui.T("品牌", "Brands"), "entities": ui.T("市场主体", "Enterprises"),
	"platforms": ui.T("平台", "Platforms"), "markets": ui.T("市场开拓", "Markets"), "fairs": ui.T("展会", "Fairs"), "talent": ui.T("人才", "Talent"), "services": ui.T("公共服务", "Services"), "data": ui.T("数据", "Data"), "law": ui.T("法律与知识产权", "Law and intellectual property"),
	"standards": ui.T("标准规则", "Standards"), "innovation": ui.T("制度创新", "Innovation"), "statistics": ui.T("统计与考核", "Statistics and assessment"), "organisation": ui.T("组织保障", "Organisation"), "funds": ui.T("资金", "Funds"),
	"targets": ui.T("目标", "Targets"), "service-trade": ui.T("服务贸易", "Trade in services"), "travel": ui.T("出入境", "Travel"), "safety": ui.T("风险与信用", "Risk and credit")}

var audienceWords = map[string]ui.Text{"enterprise": ui.T("企业", "Enterprises"), "platform": ui.T("电商平台", "Platforms"), "logistics": ui.T("物流企业", "Carriers"), "warehouse": ui.T("海外仓", "Overseas warehouses"), "park": ui.T("园区", "Parks"),
	"belt": ui.T("产业带", "Belts"), "brand": ui.T("品牌企业", "Brands"), "service-provider": ui.T("服务商", "Service providers"), "finance": ui.T("金融机构", "Banks and insurers"), "association": ui.T("行业组织", "Associations"), "school": ui.T("院校与培训机构", "Schools"),
	"talent": ui.T("人才", "Talent"), "consumer": ui.T("消费者", "Consumers"), "county": ui.T("县区", "Counties and districts"), "department": ui.T("部门", "Departments")}

var packWords = map[string]ui.Text{"national": ui.T("国家", "National"), "huaian": ui.T("淮安", "Huai'an"), "hunan": ui.T("湖南", "Hunan"), "sanya": ui.T("三亚", "Sanya"), "xinxiang": ui.T("新乡", "Xinxiang")}

func named(words map[string]ui.Text, v string) ui.Text {
	if t, ok := words[v]; ok {
		return t
	}
	return ui.T(v, v)
}

// choices are the values of a filter, with none of them first.
func choices(values []string, words map[string]ui.Text) []ui.Option {
	out := []ui.Option{{Label: ui.T("全部", "All")}}
	for _, v := range values {
		out = append(out, ui.Option{Value: v, Label: named(words, v)})
	}
	return out
}

// standing says whether a measure is in force, as colour, icon and words.
func standing(m *library.Measure, ended bool) (string, string, ui.Text) {
	switch {
	case ended:
		return "red", "ban", ui.T("已到期", "ended")
	case m.Standing == "unconfirmed":
		return "amber", "alert-triangle", ui.T("效力待确认", "validity not confirmed")
	}
	return "green", "circle-check", ui.T("执行中", "in force")
}
