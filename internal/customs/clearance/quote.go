package clearance

import (
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/money"
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

// QuoteGeneral computes the taxes of the goods of an import list if they come as
// general trade (一般贸易): the statutory amounts, without limits, list or
// reduction, line by line (the formula of RULES A6). values are the dutiable
// values of the lines; reviews name tariff lines whose words can't be computed.
func QuoteGeneral(rules *refdata.Rules, l *List, values []money.Fen) (lines []tax.Result, reviews []Reason, err error) {
	e := &Engine{levies: make(map[*refdata.TariffLine]levy)}
	for i := range l.Lines {
		v := &verdict{}
		var t tax.Line
		e.taxLine(l, i, &t, rules, v)
		t.Value, t.Listed, t.Pieces = values[i], true, money.RateOf(1, 0)
		r, err := tax.Decide(tax.Input{Lines: []tax.Line{t}, Limits: tax.Limits{Single: 1, Annual: Enough, Factor: money.RateOf(1, 0)}})
		if err != nil {
			return nil, nil, err
		}
		lines = append(lines, r)
		for _, x := range v.review {
			if x.Code == "PZ1605" {
				reviews = append(reviews, x)
			}
		}
	}
	return lines, reviews, nil
}
