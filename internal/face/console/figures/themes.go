package figures

import (
	"slices"
	"strings"

	"pilotzone/internal/face/console/ui"
)

// theme is a group of figures on the page, under a heading of its own.
type theme struct {
	title  ui.Text
	lines  []line
	folded []line // nobody knows them, and a self-check alone fills them
}

// themes are the groups in the order of the page, each with the facts that belong
// to it in their order; what is in none is of the last but one, answers of the AEO
// self-check are of the last.
var themes = []struct {
	title ui.Text
	facts []string
}{
	{ui.T("贸易", "Trade"), []string{"transactions_year", "turnover_year", "import_export_year", "exports_year", "imports_year", "import_export_before", "exports_before", "import_tax_year", "parcels_year",
		"export_countries_year", "platform_transactions_year", "smes_served_year", "host_trade_year", "turnover_max_before", "years_on_record", "cbec_enterprises_year", "new_entities_year"}},
	{ui.T("经营", "Business"), []string{"tax_paid_year", "jobs_year", "registered_capital", "founded", "cbec_since", "headquarters", "industry_leader", "sme", "single_window", "traditional_enterprise", "marketing_cost_year",
		"credit_insurance_premium_year", "hightech_enterprises", "key_enterprises"}},
	{ui.T("认证与品牌", "Certificates and brands"), []string{"own_brand", "own_trademark_abroad", "certificates_new_year", "certification_cost_year", "brand_trademark_countries", "brand_certificates", "brand_turnover_before",
		"brands_recognised", "brands_provincial"}},
	{ui.T("场所、服务与培育", "Places, service and cultivation"), nil},
	{ui.T("AEO 自评与通关记录", "AEO self-check and record of clearance"), nil},
}

// grouped puts lines under their themes; themes without lines are left out.
func grouped(lines []line) (out []theme) {
	all := make([]theme, len(themes))
	place := map[string]int{}
	for i, t := range themes {
		all[i].title = t.title
		for n, name := range t.facts {
			place[name] = n
		}
	}
	for _, l := range lines {
		t := &all[themeOf(l.d.Name)]
		if l.d.Computed == selfCheck && !l.f.Known {
			t.folded = append(t.folded, l)
		} else {
			t.lines = append(t.lines, l)
		}
	}
	for _, t := range all {
		slices.SortStableFunc(t.lines, func(a, b line) int { return place[a.d.Name] - place[b.d.Name] })
		if len(t.lines)+len(t.folded) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// selfCheck is what facts are computed from that a self-check fills.
const selfCheck = "aeo_self_check"

func themeOf(name string) int {
	for i, t := range themes {
		if slices.Contains(t.facts, name) {
			return i
		}
	}
	if strings.HasPrefix(name, "aeo_") {
		return len(themes) - 1
	}
	return len(themes) - 2
}
