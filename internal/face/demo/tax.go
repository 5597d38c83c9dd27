package demo

import (
	"strconv"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

// withheld computes the tax that a platform withholds of a buyer (代扣税款): what
// clearance would quote for the goods, by the rules of the day. Clearance warns
// (PZ1507) where it differs from the tax of the list, which the demonstration
// counts.
func withheld(rules *refdata.Rules) func(traffic.TaxCase) money.Fen {
	return func(c traffic.TaxCase) money.Fen {
		list := &clearance.List{Mode: c.Mode, Lines: make([]clearance.ListLine, len(c.Lines))}
		for i := range c.Lines {
			l, err := listLine(i, &c.Lines[i])
			if err != nil {
				return 0
			}
			list.Lines[i] = l
		}
		r, _, _, err := clearance.Quote(rules, list, tax.Input{Freight: c.Freight})
		if err != nil {
			return 0 // clearance will refuse the list and say why
		}
		return r.Tax
	}
}

func listLine(i int, l *traffic.Line) (clearance.ListLine, error) {
	code, err := strconv.ParseUint(l.Good.HS, 10, 64)
	if err != nil {
		return clearance.ListLine{}, err
	}
	total, err := l.Total.N5()
	return clearance.ListLine{Gnum: int32(i + 1), Code: code, Unit: l.Good.Unit, Unit1: l.Good.Unit1, Unit2: l.Good.Unit2,
		Qty: money.N5(l.Qty * 100_000), Qty1: l.Qty1, Qty2: l.Qty2, Total: total}, err
}
