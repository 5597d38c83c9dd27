package clearance

import (
	"strconv"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

// taxLine fills what the tax needs of one line from the tariff of the day and
// the positive list (RULES A9).
func (e *Engine) taxLine(list *List, at int, t *tax.Line, rules *refdata.Rules, v *verdict) {
	l := &list.Lines[at]
	no := strconv.Itoa(int(l.Gnum))
	var buf [10]byte
	code := hs10(&buf, l.Code)
	t.Value, _ = l.Total.Fen()
	t.Pieces, _ = money.DecimalOf(l.Qty)
	entry, listed := rules.Positive(code)
	t.Listed = listed && entry.Allows(modeOf(list))
	if !t.Listed {
		v.faults = append(v.faults, Say("PZ1601", no, string(code)))
	} else if entry.Review {
		v.review = append(v.review, Say("PZ1605", no, entry.Remark))
	}
	tl, ok := rules.Tariff(code)
	if !ok {
		return // the list's own check has refused the code already
	}
	r := e.levyOf(tl)
	t.Quantities = quantities(l)
	t.Duty, t.CT, t.VAT = r.duty.in(t.Quantities), r.ct.in(t.Quantities), tl.VAT
	if tl.Unstructured() || !tl.VATKnown {
		v.review = append(v.review, Say("PZ1605", no, tl.String()))
	}
}

// hs10 writes a commodity code with its leading zeros.
func hs10(buf *[10]byte, code uint64) []byte {
	for i := len(buf) - 1; i >= 0; i-- {
		buf[i] = byte('0' + code%10)
		code /= 10
	}
	return buf[:]
}

// HSCode is the commodity code as people write it.
func HSCode(code uint64) string {
	var buf [10]byte
	return string(hs10(&buf, code))
}

// quantities are the units in which a line counts: declared, first and second
// legal unit.
func quantities(l *ListLine) []tax.Quantity {
	out := make([]tax.Quantity, 0, 3)
	for _, v := range [...]struct {
		unit string
		qty  money.N5
	}{{l.Unit, l.Qty}, {l.Unit1, l.Qty1}, {l.Unit2, l.Qty2}} {
		u, ok := refdata.UnitOf([]byte(v.unit))
		if q, exact := money.DecimalOf(v.qty); ok && exact && v.qty > 0 {
			out = append(out, tax.Quantity{Unit: tax.Unit(u), Qty: q})
		}
	}
	return out
}

// levy is a tariff line in the words of package tax.
type levy struct{ duty, ct ruleByUnit }

// ruleByUnit is one rule in each of the units by which its threshold may be
// counted, best first (cosmetics: by gram or by millilitre).
type ruleByUnit []*tax.Rule

// in picks the rule in a unit that the line gives; where it gives none of
// them the first one says what is missing. nil charges nothing.
func (r ruleByUnit) in(given []tax.Quantity) *tax.Rule {
	if len(r) == 0 {
		return nil
	}
	for _, rule := range r {
		if rule.Counts(given) {
			return rule
		}
	}
	return r[0]
}

// levyOf turns a tariff line of the rule book in force once.
func (e *Engine) levyOf(t *refdata.TariffLine) levy {
	v, ok := e.levies[t]
	if !ok {
		v = levy{duty: taxRules(t.Duty()), ct: taxRules(&t.Consumption)}
		e.levies[t] = v
	}
	return v
}

// taxRules is empty where nothing is levied or nothing could be read (the list
// then goes to a person).
func taxRules(r *refdata.TaxRule) ruleByUnit {
	if r == nil || r.Form == refdata.NoRule || r.Form == refdata.Unread {
		return nil
	}
	rule := tax.Rule{Upper: tax.Levy{Rate: r.Rule.AdValorem, PerUnit: r.Rule.PerUnit}, Unit: tax.Unit(r.Unit)}
	if !r.HasThreshold {
		return ruleByUnit{&rule}
	}
	rule.Lower = tax.Levy{Rate: r.Below.AdValorem, PerUnit: r.Below.PerUnit}
	rule.Threshold, rule.Strict = r.Threshold, r.Above
	var out ruleByUnit
	for _, u := range r.Units {
		if u != 0 {
			one := rule
			one.Unit = tax.Unit(u)
			out = append(out, &one)
		}
	}
	return out
}

// weights counts goods that a person may have only so much of in a year
// (RULES A9d: sugar, rice). The counter is kept in grams.
func (e *Engine) weights(p *parcel, rules *refdata.Rules, on clock.Day, v *verdict) {
	var buf [10]byte
	sums := map[string]int64{}
	for i := range p.List.Lines {
		l := &p.List.Lines[i]
		w, ok := rules.WeightLimit(hs10(&buf, l.Code))
		if !ok {
			continue
		}
		grams, ok := gramsOf(l)
		if !ok {
			v.review = append(v.review, Say("PZ1605", strconv.Itoa(int(l.Gnum)), w.Name.ZH+"按重量限量，清单未给出重量"))
			continue
		}
		account := e.weightAccount(p.List.Buyer, w.Group, on)
		posted, pending := e.book.Balance(account)
		if used := posted + pending + sums[w.Group]; used+grams > w.Grams {
			v.faults = append(v.faults, Say("PZ1602", strconv.Itoa(int(l.Gnum)), l.Name, w.Name.ZH,
				strconv.FormatInt(used, 10), strconv.FormatInt(grams, 10), strconv.FormatInt(w.Grams, 10)))
			continue
		}
		sums[w.Group] += grams
		v.opened = append(v.opened, opening{account, ledger.Gram, ledger.Limits{Floor: 0, Ceiling: w.Grams}})
		v.reserve = append(v.reserve, ledger.Posting{Account: account, Unit: ledger.Gram, Phase: ledger.Reserve, Amount: grams})
	}
}

// gramsOf is the weight of a line, from whichever of its units is one of
// weight; a part of a gram counts as one, so that no counter passes its limit.
func gramsOf(l *ListLine) (int64, bool) {
	for _, v := range [...]struct {
		unit string
		qty  money.N5
	}{{l.Unit1, l.Qty1}, {l.Unit2, l.Qty2}, {l.Unit, l.Qty}} {
		switch v.unit {
		case "035": // kilograms
			return (int64(v.qty) + 99) / 100, true
		case "036": // grams
			return (int64(v.qty) + 99_999) / 100_000, true
		}
	}
	return 0, false
}
