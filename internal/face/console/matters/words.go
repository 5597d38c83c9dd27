package matters

import (
	"fmt"
	"strings"

	"pilotzone/internal/face/console/forms"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/matter"
)

// in makes a text of a definition's words.
func in(w matter.Words) ui.Text { return forms.In(w) }

var categories = map[string]ui.Text{"filing": ui.T("备案与认证", "Filing and certification"), "policy": ui.T("政策服务", "Policy"), "person": ui.T("个人服务", "For persons"),
	"setup": ui.T("企业开办", "Starting an enterprise"), "travel": ui.T("出入境与外事", "Travel and foreign affairs"), "legal": ui.T("法律服务", "Legal help"), "talent": ui.T("人才", "Talent"),
	"request": ui.T("企业诉求", "Requests"), "markets": ui.T("市场开拓", "Markets"), "service-trade": ui.T("服务贸易", "Trade in services"), "parks": ui.T("园区与认定", "Parks and recognition"),
	"brands": ui.T("品牌", "Brands"), "associations": ui.T("行业协会", "Associations"), "innovation": ui.T("制度创新", "Innovation"), "abroad": ui.T("海外服务", "Abroad"), "customs": ui.T("海关服务", "Customs"),
	"services": ui.T("服务商", "Service providers"), "warehouses": ui.T("海外仓", "Overseas warehouses"), "fairs": ui.T("展会", "Fairs"), "training": ui.T("培训", "Training"), "funds": ui.T("奖补资金", "Funds")}

var audiences = map[string]ui.Text{"enterprise": ui.T("企业和单位", "Enterprises and organisations"), "consumer": ui.T("个人", "Persons"), "platform": ui.T("电商平台", "Platforms"), "logistics": ui.T("物流企业", "Carriers"),
	"park": ui.T("园区", "Parks"), "service-provider": ui.T("服务商", "Service providers"), "talent": ui.T("人才", "Talent"), "brand": ui.T("品牌企业", "Brands"), "belt": ui.T("产业带", "Belts"), "warehouse": ui.T("海外仓企业", "Overseas warehouses")}

func audience(a string) ui.Text {
	if t, ok := audiences[a]; ok {
		return t
	}
	return ui.T(a, a)
}

func category(c string) ui.Text {
	if t, ok := categories[c]; ok {
		return t
	}
	return ui.T(c, c)
}

// tone is the colour, icon and word of a state.
func tone(s matter.State) (string, string, ui.Text) {
	words := ui.T(s.ZH(), s.EN())
	switch s {
	case matter.Open:
		return "blue", "hourglass", words
	case matter.Returned:
		return "amber", "pencil", words
	case matter.Approved:
		return "green", "circle-check", words
	case matter.Refused:
		return "red", "circle-x", words
	case matter.Withdrawn:
		return "grey", "ban", words
	}
	return "grey", "pencil", words
}

// who says who may apply.
func who(applicants []string) ui.Text {
	var zh, en []string
	for _, a := range applicants {
		switch a {
		case "organisation":
			zh, en = append(zh, "企业和单位"), append(en, "organisations")
		case "consumer":
			zh, en = append(zh, "个人（消费者）"), append(en, "persons (consumers)")
		}
	}
	return ui.T(strings.Join(zh, "、"), strings.Join(en, ", "))
}

func size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KB", (bytes+1023)>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
}

// filled is the draft as a form with the faults that are shown.
func (v *draft) filled() forms.Filled {
	out := forms.Filled{Form: &v.d.Form, Values: v.m.Form}
	if v.check {
		out.Problems = v.problems
	}
	for _, k := range v.m.Marks {
		if out.Notes == nil {
			out.Notes = make(map[string]string)
		}
		out.Notes[k.Field] = k.Note
	}
	return out
}

// filesOf are the files under one of the documents asked for.
func filesOf(files []blob.File, document string) []blob.File {
	var out []blob.File
	for _, f := range files {
		if f.Slot == document {
			out = append(out, f)
		}
	}
	return out
}

// note is a comment of the history; what programs wrote has both languages.
func note(l *line) (ui.Text, bool) {
	if l.Act != matter.Note {
		return ui.Text{}, false
	}
	zh, en, ok := strings.Cut(l.Note, " / ")
	return ui.T(zh, en), ok
}

// target leads from a fault to the place where it is mended.
func target(m *matter.Matter, p matter.Problem) string {
	if strings.HasPrefix(p.Field, "document:") {
		return address(m.Number, "papers")
	}
	if p.Field == "" {
		return address(m.Number, "form") + "?check=1"
	}
	return address(m.Number, "form") + "?check=1#" + p.Field
}
