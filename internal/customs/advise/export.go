package advise

import (
	"fmt"
	"strings"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// export adds the way of declaration, export duty, refund and income tax.
func (a *adviser) export(o *Option) {
	in := tax.ExportList{Mode: o.Mode, Value: a.value, ValueLimit: a.rules.Export.StatisticsLimit, PilotZone: !a.t.OutsideZone, Refund: a.t.Refund}
	src, mark := a.parameter("statistics_limit")
	if o.Mode == "9710" || o.Mode == "9810" {
		in.ValueLimit = a.rules.Export.B2BListLimit
		src, mark = a.parameter("b2b_list_limit")
	}
	for _, l := range a.lines {
		if l == nil {
			continue
		}
		in.Licence = in.Licence || l.Export.Has(refdata.Licence)
		in.Inspection = in.Inspection || l.Export.Has(refdata.Inspection)
		in.ExportDuty = in.ExportDuty || l.HasExportDuty
	}
	class, digits, why := tax.ClassifyExport(in)
	switch class {
	case tax.ExportUnknownMode: // general trade
		o.Declare = append([]Point{{ZH: "报关单（H2018）", EN: "a customs declaration (H2018)", Source: "海关法", Mark: "recalled"}}, o.Declare...)
	case tax.ExportDeclaration:
		o.Declare = append([]Point{{"须用报关单（H2018）：" + strings.Join(why.ZH(), "、"), "a customs declaration (H2018) is needed: " + strings.Join(why.EN(), ", "), src.String(), mark}}, o.Declare...)
	default:
		zh, en := class.ZH(), class.EN()
		if why != 0 {
			zh, en = zh+"（"+strings.Join(why.ZH(), "、")+"）", en+" ("+strings.Join(why.EN(), ", ")+")"
		}
		o.Declare = append([]Point{{fmt.Sprintf("申报清单，%s，商品编码 %d 位", zh, digits), fmt.Sprintf("a declaration list: %s; %d digits of the commodity code", en, digits), src.String(), mark}}, o.Declare...)
	}
	if in.Licence {
		o.condition("商品须交出口许可或监管证件", "the goods need an export licence or permit", pack.Source{Document: "监管证件代码表"}, "recalled")
	}
	a.exportDuty(o)
	if o.Verdict != Closed {
		a.refund(o, class)
		a.income(o)
	}
}

// exportDuty adds the duty due at export.
func (a *adviser) exportDuty(o *Option) {
	var sum money.Fen
	for i, l := range a.lines {
		if l == nil || !l.HasExportDuty {
			continue
		}
		// the duty lies inside the price: value / (1 + rate) × rate
		duty, ok := within(a.t.Goods[i].Value, l.ExportDuty)
		if !ok {
			continue
		}
		sum += duty
		o.Working = append(o.Working, Point{ZH: fmt.Sprintf("第 %d 项：出口关税 = %s ÷ (1 + %s) × %s = %s 元", i+1, a.t.Goods[i].Value, l.ExportDuty.Percent(), l.ExportDuty.Percent(), duty),
			EN: fmt.Sprintf("goods %d: export duty = %s ÷ (1 + %s) × %s = %s", i+1, a.t.Goods[i].Value, l.ExportDuty.Percent(), l.ExportDuty.Percent(), duty), Source: "进出口关税条例第二十六条", Mark: "recalled"})
	}
	o.owe(sum)
	if sum == 0 {
		o.Tax = append(o.Tax, Point{ZH: "不征出口关税", EN: "no export duty", Source: l10(a.lines), Mark: "seen"})
	}
}

func l10(lines []*refdata.TariffLine) string {
	for _, l := range lines {
		if l != nil {
			return l.Row.Source().String()
		}
	}
	return ""
}

// within is the part of an amount that is a rate on the rest.
func within(v money.Fen, rate money.Rate) (money.Fen, bool) {
	r := rate.Rat()
	one := money.RateOf(1, 0).Rat()
	one.Add(one, r)
	if one.Sign() <= 0 {
		return 0, false
	}
	r.Quo(r, one)
	f := money.RateOf(uint64(v), 0).Rat()
	return money.RoundRat(f.Mul(f, r))
}

// refund computes the export refund (RULES C11) where it is open.
func (a *adviser) refund(o *Option, class tax.ExportClass) {
	switch {
	case !a.t.Vouchers && !a.t.Producer:
		if o.Mode == "9710" || o.Mode == "9810" || o.Mode == "0110" {
			o.Refund = append([]Point{{ZH: "没有合法有效进货凭证：不能退税", EN: "without valid purchase vouchers there is no refund", Source: "财税〔2012〕39号", Mark: "recalled"}}, o.Refund...)
		}
		return
	case class == tax.ExportStatistics && !a.t.Refund:
		o.Refund = append([]Point{{ZH: "按此方式申报（汇总统计、简化）不能退税；需要退税的改为汇总申报或报关单", EN: "declared in this way (statistics only) there is no refund; for one, use the summary declaration or a customs declaration", Source: "跨境电子商务出口简化申报规定", Mark: "seen"}}, o.Refund...)
		return
	}
	var sum money.Fen
	for i, l := range a.lines {
		if l == nil || !l.RebateKnown || len(l.Rebates) != 1 {
			o.Refund = append([]Point{{ZH: fmt.Sprintf("第 %d 项退税率须按具体商品查定", i+1), EN: fmt.Sprintf("the refund rate of goods %d depends on what exactly they are", i+1)}}, o.Refund...)
			return
		}
		base := a.share(i)
		refund, err := l.Rebates[0].Of(base)
		if err != nil {
			return
		}
		sum += refund
		zh, en := "进货金额", "purchase value"
		if a.t.Producer {
			zh, en = "离岸价（免抵退上限）", "FOB value (the cap of exempt-credit-refund)"
		}
		o.Working = append(o.Working, Point{ZH: fmt.Sprintf("第 %d 项：%s %s × 退税率 %s = %s 元", i+1, zh, base, l.Rebates[0].Percent(), refund), EN: fmt.Sprintf("goods %d: %s %s × refund rate %s = %s", i+1, en, base, l.Rebates[0].Percent(), refund), Source: "财税〔2012〕39号", Mark: "recalled"})
	}
	if a.t.Producer || a.t.Purchase > 0 {
		o.RefundAmount = sum.String()
	}
}

// share is the base of the refund of one kind of goods.
func (a *adviser) share(i int) money.Fen {
	if a.t.Producer || a.t.Purchase == 0 {
		return a.t.Goods[i].Value
	}
	weights := make([]int64, len(a.t.Goods))
	for j, g := range a.t.Goods {
		weights[j] = int64(g.Value)
	}
	return money.Apportion(a.t.Purchase, weights)[i]
}

// income computes the assessed income tax of retail exporters without vouchers
// (RULES B7, B8).
func (a *adviser) income(o *Option) {
	if o.Mode != "9610" && o.Mode != "1210" || a.t.Vouchers || a.t.OutsideZone {
		return
	}
	v, ok := a.rules.Param("assessed_income_rate")
	if !ok {
		return
	}
	taxable, err := v.Rate().Of(a.value)
	if err != nil {
		return
	}
	o.Refund = append(o.Refund, Point{ZH: fmt.Sprintf("核定应税所得 = 收入 %s × %s = %s 元", a.value, v.Rate().Percent(), taxable),
		EN: fmt.Sprintf("assessed taxable income = revenue %s × %s = %s", a.value, v.Rate().Percent(), taxable), Source: v.Source.String(), Mark: v.Mark.String()})
	for _, p := range []struct{ name, zh, en string }{{"corporate_income_rate", "企业所得税", "corporate income tax"}, {"small_profit_rate", "符合小型微利条件的", "of a small low-profit enterprise"}} {
		rate, ok := a.rules.Param(p.name)
		if !ok {
			continue
		}
		if due, err := rate.Rate().Of(taxable); err == nil {
			o.Refund = append(o.Refund, Point{ZH: fmt.Sprintf("%s：%s × %s = %s 元", p.zh, taxable, rate.Rate().Percent(), due), EN: fmt.Sprintf("%s: %s × %s = %s", p.en, taxable, rate.Rate().Percent(), due), Source: rate.Source.String(), Mark: rate.Mark.String()})
		}
	}
}
