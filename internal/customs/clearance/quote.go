package clearance

import (
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/refdata"
)

// Quote computes the tax of an import list as it would be decided under rules,
// without any account: tariff lines and positive list are looked up by the
// commodity codes of l. in brings freight, insurance, discount and what was used
// of the year; its lines and limits are filled here. faults would refuse the
// list, reviews send it to a person.
func Quote(rules *refdata.Rules, l *List, in tax.Input) (r tax.Result, faults, reviews []Reason, err error) {
	e := &Engine{levies: make(map[*refdata.TariffLine]levy)}
	v := &verdict{}
	in.Limits = tax.Limits{Single: rules.Limits.Single, Annual: rules.Limits.Annual, Factor: rules.Limits.TaxFactor}
	in.Lines = make([]tax.Line, len(l.Lines))
	for i := range l.Lines {
		e.taxLine(l, i, &in.Lines[i], rules, v)
	}
	r, err = tax.Decide(in)
	return r, v.faults, v.review, err
}
