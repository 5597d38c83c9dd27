package console

import (
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/money"
)

// result is the tax result that a decision keeps by its operands, with the shares
// of freight and insurance that lines had (RULES A12.3), to be explained.
func result(a *clearance.Assessment, list *clearance.List) *tax.Result {
	r := &tax.Result{Dutiable: a.Dutiable, Used: a.UsedBefore, Limits: tax.Limits{Annual: a.Limit}, Decision: decisionOf(a.Decision), Reason: reasonOf(a.Reason)}
	r.AnnualAfter = a.UsedBefore
	if r.Decision != tax.NotCBEC {
		r.AnnualAfter += a.Dutiable
	}
	r.Duty, r.CT, r.VAT = a.Totals()
	r.Tax = a.Total()
	values := valuesOf(a, list)
	var freight, insurance []money.Fen
	if list != nil {
		f, _ := list.Freight.Fen()
		i, _ := list.Insurance.Fen()
		freight, insurance = money.Apportion(f, values), money.Apportion(i, values)
	}
	for i := range a.Lines {
		l := lineResult(&a.Lines[i])
		l.Value = money.Fen(values[i])
		if list != nil {
			l.Freight, l.Insurance = freight[i], insurance[i]
		}
		r.Lines = append(r.Lines, l)
	}
	return r
}

// valuesOf are the values of the lines' goods, fen.
func valuesOf(a *clearance.Assessment, list *clearance.List) []int64 {
	values := make([]int64, len(a.Lines))
	for i := range a.Lines {
		values[i] = int64(a.Lines[i].Dutiable)
		if list != nil && i < len(list.Lines) {
			f, _ := list.Lines[i].Total.Fen()
			values[i] = int64(f)
		}
	}
	return values
}

func lineResult(l *clearance.LineTax) tax.LineResult {
	return tax.LineResult{Dutiable: l.Dutiable, DutyCharge: tax.Charge{Rate: rate(l.DutyRate)}, CTCharge: tax.Charge{Rate: rate(l.CTRate), Specific: rate(l.CTSpecific)},
		VATRate: rate(l.VATRate), Factor: rate(l.Factor), Duty: l.DutyTax, CT: l.CTTax, VAT: l.VATTax}
}

// rate reads a rate that clearance wrote; it wrote it exactly.
func rate(s string) money.Rate {
	r, err := money.ParseRate(s)
	if err != nil {
		return money.Rate{}
	}
	return r
}

func decisionOf(name string) tax.Decision {
	for d := tax.Pref70; d <= tax.NotCBEC; d++ {
		if d.String() == name {
			return d
		}
	}
	return 0
}

func reasonOf(name string) tax.Reason {
	for r := tax.WithinLimits; r <= tax.IdentityNotVerified; r++ {
		if r.String() == name {
			return r
		}
	}
	return 0
}
