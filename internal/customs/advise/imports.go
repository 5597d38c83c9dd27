package advise

import (
	"fmt"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// imports adds list, limits and tax of an import.
func (a *adviser) imports(o *Option) {
	a.licences(o)
	if o.Mode == "0110" {
		a.general(o)
		return
	}
	a.list.Mode = o.Mode
	r, faults, reviews, err := clearance.Quote(a.rules, a.list, tax.Input{Freight: a.t.Freight, Insurance: a.t.Insurance, Used: a.t.Used})
	if err != nil {
		o.condition("税款无法自动计算："+err.Error(), "the tax can't be computed: "+err.Error(), pack.Source{}, "")
		return
	}
	for _, f := range faults {
		src, mark := a.parameter("positive_list_edition")
		o.close(f.Chinese(), f.English(), src, mark)
	}
	if a.rules.PositiveObserved() {
		o.condition("正面清单用的是观察到的编码，不是法定清单，请核对", "the positive list used here is an observed one, not the legal one: check it", pack.Source{}, "design")
	}
	for _, f := range reviews {
		o.condition(f.Chinese(), f.English(), pack.Source{}, "")
	}
	if r.Decision == tax.NotCBEC {
		if r.Reason != tax.NotInPositiveList {
			src, mark := a.parameter(limitOf(r.Reason))
			o.close(r.Reason.ZH(), r.Reason.EN(), src, mark)
		}
		return
	}
	o.owe(r.Tax)
	src, mark := a.parameter("tax_factor")
	if r.Decision == tax.FullTaxInCBEC {
		src, mark = a.parameter("single_piece_full_tax")
	}
	o.Tax = append([]Point{{r.Decision.ZH() + "：" + r.Reason.ZH(), r.Decision.EN() + ": " + r.Reason.EN(), src.String(), mark}}, o.Tax...)
	for _, t := range r.Explain() {
		o.Working = append(o.Working, Point{ZH: t.ZH, EN: t.EN})
	}
}

func limitOf(r tax.Reason) string {
	if r == tax.OverSingleLimitMultiPiece {
		return "single_limit"
	}
	return "annual_limit"
}

func (o *Option) owe(f money.Fen) { o.Total, o.Taxed, o.Amount = f, true, f.String() }

// licences: retail imports are for personal use and need no first-import permit;
// general trade needs what the tariff line asks for.
func (a *adviser) licences(o *Option) {
	for i, l := range a.lines {
		if l == nil || o.Mode != "0110" {
			continue
		}
		src := pack.Source{Document: "监管证件代码表"}
		if l.Import.Has(refdata.Prohibited) {
			o.close(fmt.Sprintf("第 %d 项列入禁止进口", i+1), fmt.Sprintf("goods %d may not be imported", i+1), src, "recalled")
		}
		if l.Import.Has(refdata.Licence) {
			o.condition(fmt.Sprintf("第 %d 项须交监管证件（%s）", i+1, l.Supervision), fmt.Sprintf("goods %d need permits (%s)", i+1, l.Supervision), src, "recalled")
		}
		if l.Import.Has(refdata.Inspection) {
			o.condition(fmt.Sprintf("第 %d 项须检验检疫（%s）", i+1, l.InspectionCode), fmt.Sprintf("goods %d are inspected (%s)", i+1, l.InspectionCode), src, "recalled")
		}
	}
}

// general adds the full taxes of general trade.
func (a *adviser) general(o *Option) {
	weights := make([]int64, len(a.t.Goods))
	for i, g := range a.t.Goods {
		weights[i] = int64(g.Value)
	}
	values := money.Apportion(a.t.Freight+a.t.Insurance, weights)
	for i, g := range a.t.Goods {
		values[i] += g.Value
	}
	results, reviews, err := clearance.QuoteGeneral(a.rules, a.list, values)
	if err != nil {
		o.condition("税款无法自动计算："+err.Error(), "the tax can't be computed: "+err.Error(), pack.Source{}, "")
		return
	}
	for _, f := range reviews {
		o.condition(f.Chinese(), f.English(), pack.Source{}, "")
	}
	var sum, duty, ct, vat money.Fen
	for i := range results {
		r := &results[i]
		sum, duty, ct, vat = sum+r.Tax, duty+r.Duty, ct+r.CT, vat+r.VAT
		l := &r.Lines[0]
		w := l.Working()
		o.Working = append(o.Working,
			Point{ZH: fmt.Sprintf("第 %d 项：计税价格 %s；关税 %s + 从量 %s → %s；组成计税价格 %s；消费税 %s；增值税 × %s → %s 元", i+1, l.Dutiable, l.DutyCharge.Rate.Percent(), l.DutyCharge.Specific, l.Duty, w.Composite.FloatString(2), l.CT, l.VATRate.Percent(), l.VAT),
				EN: fmt.Sprintf("goods %d: dutiable value %s; duty %s + specific %s → %s; composite price %s fen; consumption tax %s; VAT × %s → %s", i+1, l.Dutiable, l.DutyCharge.Rate.Percent(), l.DutyCharge.Specific, l.Duty, w.Composite.FloatString(2), l.CT, l.VATRate.Percent(), l.VAT)})
	}
	o.Working = append(o.Working, Point{ZH: fmt.Sprintf("合计：关税 %s + 消费税 %s + 增值税 %s = %s 元", duty, ct, vat, sum), EN: fmt.Sprintf("total: duty %s + consumption tax %s + VAT %s = %s", duty, ct, vat, sum)})
	o.owe(sum)
}
