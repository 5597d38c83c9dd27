package demo

import (
	"context"
	"fmt"
	"strings"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// proved is a figure of an earlier year, or one that the platform can't compute,
// for which an office has seen a paper.
type proved struct {
	fact  string
	years int // before the year of the day; -1: of no year
	value string
	paper string
}

// profile is what a seller of the demonstration has behind it: what it cleared
// elsewhere this year, in yuan, and what is proved of it. The first qualifies for
// much, the third misses a threshold by a fen, the fourth is no first time, and
// those that stand here with nothing, or not at all, do not qualify.
type profile struct {
	elsewhere int64
	proved    []proved
}

const never = -1

var profiles = []profile{
	{152_000_000, []proved{
		{"founded", never, "YEAR-3-04-01", "营业执照"}, {"registered_capital", never, "5000000.00", "验资报告"}, {"sme", 1, "是", "中小企业声明函"}, {"single_window", 1, "是", "单一窗口开户证明"},
		{"turnover_year", 3, "41000000.00", "审计报告"}, {"turnover_year", 2, "86000000.00", "审计报告"}, {"turnover_year", 1, "128000000.00", "审计报告"},
		{"import_export_year", 1, "121000000.00", "海关统计证明"}, {"tax_paid_year", 1, "3120000.00", "完税证明"}, {"jobs_year", 1, "46", "社保缴纳证明"},
		{"certificates_new_year", 1, "1", "CE 认证证书"}, {"certification_cost_year", 1, "400000.00", "认证合同与发票"}, {"own_brand", 1, "是", "商标注册证"},
		{"marketing_cost_year", 1, "1200000.00", "营销合同与发票"}, {"credit_insurance_premium_year", 1, "86000.00", "保费发票"}, {"smes_served_year", 1, "86", "服务合同与服务对象名单"}, {"certificates_new_year", 0, "1", "UKCA 认证证书"}, {"booth_fee_year", 0, "26000.00", "参展合同与展位费发票"},
	}},
	{640_000_000, []proved{
		{"founded", never, "YEAR-4-01-18", "营业执照"}, {"sme", 1, "否", "企业规模说明"}, {"turnover_year", 4, "310000000.00", "审计报告"}, {"turnover_year", 3, "520000000.00", "审计报告"},
		{"turnover_year", 2, "720000000.00", "审计报告"}, {"turnover_year", 1, "1030000000.00", "审计报告"}, {"tax_paid_year", 1, "21000000.00", "完税证明"}, {"jobs_year", 1, "210", "社保缴纳证明"},
		{"exemplary_cases_year", 1, "1", "入选通知"},
	}},
	{98_000_000, []proved{
		{"founded", never, "YEAR-2-01-10", "营业执照"}, {"turnover_year", 2, "60000000.00", "审计报告"}, {"turnover_year", 1, "99999999.99", "审计报告"}, {"sme", 1, "是", "中小企业声明函"},
	}},
	{90_000_000, []proved{
		{"founded", never, "YEAR-2-02-01", "营业执照"}, {"turnover_year", 2, "120000000.00", "审计报告"}, {"turnover_year", 1, "105000000.00", "审计报告"},
	}},
	{60_000_000, []proved{
		{"founded", never, "YEAR-1-05-06", "营业执照"}, {"registered_capital", never, "20000000.00", "验资报告"}, {"industry_leader", never, "是", "行业地位说明"}, {"headquarters", never, "corporate", "总部认定材料"},
		{"turnover_year", 1, "18000000.00", "审计报告"},
	}},
	{8_000_000, []proved{
		{"certificates_new_year", 1, "1", "UL 认证证书"}, {"certification_cost_year", 1, "900000.00", "认证合同与发票"}, {"own_brand", 1, "是", "商标注册证"}, {"marketing_cost_year", 1, "2000000.00", "营销合同与发票"},
	}},
	{0, nil},
}

// figures say where the enterprises count, and what a few of them did elsewhere
// and before.
func (d *Demo) figures(ctx context.Context) error {
	office := access.With(ctx, access.System())
	for _, e := range d.gen.Zone().Enterprises {
		if err := d.Zone.Facts.SetCounty(office, fact.Placing{Enterprise: e.Code, County: e.Division, From: d.Day.AddDays(-800), Note: "备案住所"}); err != nil {
			return fmt.Errorf("county of %s (归属县区): %w", e.Name, err)
		}
	}
	sellers := d.gen.Zone().With(traffic.Merchant)
	var rows []declaration.Row
	for i, p := range profiles {
		for _, v := range p.proved {
			if err := d.prove(office, fact.Subject{Kind: fact.Enterprise, ID: sellers[i].Code}, v); err != nil {
				return err
			}
		}
		rows = append(rows, d.declared(i, sellers[i].Code, p.elsewhere)...)
	}
	if _, err := d.Zone.Declarations.List(office, "演示：异地通关报关单", rows); err != nil {
		return fmt.Errorf("declarations (报关单): %w", err)
	}
	return nil
}

// prove files evidence that an office has reviewed.
func (d *Demo) prove(ctx context.Context, who fact.Subject, v proved) error {
	year := d.Day.Year()
	e := fact.Entry{Subject: who, Fact: v.fact, Value: v.value, Document: v.paper}
	if v.years >= 0 {
		e.Year = year - v.years
	}
	if rest, ok := strings.CutPrefix(v.value, "YEAR-"); ok {
		e.Value = fmt.Sprintf("%d%s", year-int(rest[0]-'0'), rest[1:])
	}
	if _, err := d.Zone.Facts.FileEvidence(ctx, e); err != nil {
		return fmt.Errorf("evidence of %s (佐证) %s: %w", who.ID, v.fact, err)
	}
	return nil
}

// months of the year before the day over which exports elsewhere are spread.
const months = 4

// declared are exports of an enterprise in the year of the day that were cleared
// in another place, adding up to a value in yuan.
func (d *Demo) declared(n int, code string, yuan int64) (out []declaration.Row) {
	countries := []string{"502", "303", "304", "133"}
	for k := range months {
		if yuan == 0 {
			return nil
		}
		day := min(clock.NewDay(d.Day.Year(), 1, 6).AddDays(k*28), d.Day)
		out = append(out, declaration.Row{Number: fmt.Sprintf("2202%d0%09d", d.Day.Year(), (n+1)*100+k), Kind: string(declaration.Ordinary), Day: day.String(), Direction: "export", Mode: "9710",
			Country: countries[k], Enterprise: code, Value: fmt.Sprintf("%d.00", yuan/months), Currency: "142", Status: string(declaration.Released), Order: fmt.Sprintf("YY%d%03d", n+1, k)})
	}
	return out
}
