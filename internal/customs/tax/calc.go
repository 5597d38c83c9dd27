package tax

import (
	"encoding/json"
	"fmt"
	"math/big"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// CalcImportTax answers one line of `pilotzone calc import-tax`: one JSON object
// in, one JSON object out, without a line break. An order that cannot be
// computed gives {"id","error"} and ok = false; the id is null if it could not
// be read.
//
// Required are items with qty and unit_price each. Other amounts and rates are
// "0" and in_list is true if they are left out; "on" is today. Amounts and
// rates are strings, qty is a number or a string. Fields that are not known are
// refused, because a misspelt discount must not be taken for none.
func CalcImportTax(line []byte, limits LimitsOn, today clock.Day) (out []byte, ok bool) {
	q, err := readQuote(line, today)
	var r Result
	var paid money.Fen
	if err == nil {
		r, paid, err = q.compute(limits)
	}
	if err != nil {
		return appendJSON(calcError{q.id, err.Error()}), false
	}
	return appendJSON(calcAnswer(&q, &r, paid)), true
}

// quote is a question as read.
type quote struct {
	id     json.RawMessage // as written; null if there is none
	in     Input
	offset money.Fen // noncash_offset: coupons and points used in payment
	on     clock.Day
}

func (q *quote) compute(limits LimitsOn) (r Result, paid money.Fen, err error) {
	if q.in.Limits, err = limits(q.on); err != nil {
		return r, 0, fmt.Errorf("on (日期) %s: %w", q.on, err)
	}
	if r, err = Decide(q.in); err != nil || r.Decision == NotCBEC {
		return r, 0, err
	}
	if paid, err = r.Dutiable.Add(r.Tax); err != nil {
		return r, 0, err
	}
	if q.offset > paid {
		return r, 0, fmt.Errorf("noncash_offset: %s is above the sum to pay %s (抵扣金额超过应付总额)", q.offset, paid)
	}
	return r, paid - q.offset, nil
}

type calcError struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error"`
}

// calcResult has the fields of an answer in their order; the pointers are null
// where no tax is computed.
type calcResult struct {
	ID           json.RawMessage `json:"id"`
	Decision     string          `json:"decision"`
	Reason       string          `json:"reason"`
	Dutiable     money.Fen       `json:"dutiable_total"`
	LineDutiable []money.Fen     `json:"line_dutiable"`
	Duty         *money.Fen      `json:"duty"`
	CT           *money.Fen      `json:"ct"`
	VAT          *money.Fen      `json:"vat"`
	Tax          *money.Fen      `json:"tax"`
	LineTax      []calcLineTax   `json:"line_tax"`
	AnnualAfter  money.Fen       `json:"annual_after"`
	ActualPaid   *money.Fen      `json:"actual_paid"`
}

type calcLineTax struct {
	Duty money.Fen `json:"duty"`
	CT   money.Fen `json:"ct"`
	VAT  money.Fen `json:"vat"`
}

func calcAnswer(q *quote, r *Result, paid money.Fen) calcResult {
	a := calcResult{
		ID: q.id, Decision: r.Decision.String(), Reason: r.Reason.String(),
		Dutiable: r.Dutiable, AnnualAfter: r.AnnualAfter,
		LineDutiable: make([]money.Fen, len(r.Lines)),
	}
	for i := range r.Lines {
		a.LineDutiable[i] = r.Lines[i].Dutiable
	}
	if r.Decision == NotCBEC {
		return a
	}
	a.Duty, a.CT, a.VAT, a.Tax, a.ActualPaid = &r.Duty, &r.CT, &r.VAT, &r.Tax, &paid
	for i := range r.Lines {
		l := &r.Lines[i]
		a.LineTax = append(a.LineTax, calcLineTax{l.Duty, l.CT, l.VAT})
	}
	return a
}

// lineValue is unit price × quantity in fen, rounded half-up (RULES A12.1).
func lineValue(price, qty money.Decimal) (money.Fen, error) {
	x := price.Mul(qty).Rat()
	f, ok := money.RoundRat(x.Mul(x, big.NewRat(100, 1)))
	if !ok {
		return 0, fmt.Errorf("unit_price × qty: %w", money.ErrRange)
	}
	return f, nil
}
