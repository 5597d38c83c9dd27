package tax

import (
	"errors"
	"fmt"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Limits are the dated parameters of the channel (限值), from the pack in force
// on the day the list was received.
type Limits struct {
	Single money.Fen  // single-transaction limit (单次交易限值): 5,000.00 since 2019-01-01
	Annual money.Fen  // personal annual limit (年度交易限值): 26,000.00 since 2019-01-01
	Factor money.Rate // share of the statutory VAT and consumption tax that is levied within the limits: 0.7
}

// LimitsOn looks the limits of a day up; an error says that none are known.
type LimitsOn func(clock.Day) (Limits, error)

// Line is one line of goods (商品项) of an order or declaration list.
type Line struct {
	Value      money.Fen     // price × quantity, before freight, insurance and discount
	Pieces     money.Decimal // quantity as traded; an order of exactly one piece sums to 1
	Listed     bool          // the tariff code is in the positive list (正面清单) for this mode
	Duty       *Rule         // tariff (关税); nil charges nothing
	CT         *Rule         // consumption tax (消费税); nil charges nothing
	VAT        money.Rate    // import VAT (进口环节增值税): 0.13
	Quantities []Quantity    // for thresholds and amounts per unit
}

// Input is one order (one declaration list, 一份清单).
type Input struct {
	Lines     []Line
	Freight   money.Fen // 运费, charged to the buyer
	Insurance money.Fen // 保费, charged to the buyer
	// Discount is a price cut open to every consumer (面向所有消费者的优惠). Coupons
	// and points used in payment, and offers for chosen persons, are not: they do
	// not lower the dutiable value (税管函〔2016〕73号).
	Discount money.Fen
	Used     money.Fen // dutiable value already used by the orderer in the calendar year
	// Gate is the reason of a check outside this package that failed: weight per
	// person and year (A9d) or identity (A14). The zero value lets the order pass.
	Gate   Reason
	Limits Limits
}

// LineResult is what a line owes, with every operand of the sum.
type LineResult struct {
	Value                        money.Fen // as given
	Freight, Insurance, Discount money.Fen // shares of the line (RULES A12.3)
	Dutiable                     money.Fen // D: dutiable value (计税价格)

	DutyCharge, CTCharge Charge     // the charges resolved for D; zero where no tax is computed
	VATRate              money.Rate // as given
	Factor               money.Rate // share of the statutory VAT and consumption tax that is levied

	Duty, CT, VAT money.Fen // what is levied, each rounded once
	Review        Review
}

// Tax is the sum of the three taxes of the line.
func (l *LineResult) Tax() money.Fen { return l.Duty + l.CT + l.VAT }

// Result is the decision on one order. For [NotCBEC] all taxes are zero,
// because none is computed, and AnnualAfter is the used value unchanged.
type Result struct {
	Decision      Decision
	Reason        Reason
	Lines         []LineResult
	Dutiable      money.Fen // D of the order
	Duty, CT, VAT money.Fen // sums of the lines
	Tax           money.Fen // duty + CT + VAT
	Used          money.Fen // as given
	AnnualAfter   money.Fen // used value of the year after this order
	Limits        Limits    // as given
	Review        Review    // all reasons for a person to look at it, lines included
}

// Errors of [Decide]; test with errors.Is. [ErrQuantity] and [money.ErrRange]
// may come too.
var (
	// ErrInput: the input is not an order (no lines, a negative amount, a discount
	// above the value of the goods, a consumption tax of 100 % or more).
	ErrInput = errors.New("not a taxable order (订单数据不可计税)")
	// ErrLimits: no usable limits were given.
	ErrLimits = errors.New("no limits in force (没有可用的限值参数)")
)

// Decide shares freight, insurance and discount out over the lines, decides in
// the order of RULES A17 whether and how the order may use the channel, and
// computes its tax (A3, A4, A6, A12). There is no exempt amount (A13).
func Decide(in Input) (Result, error) {
	r := Result{Lines: make([]LineResult, len(in.Lines)), Used: in.Used, AnnualAfter: in.Used, Limits: in.Limits}
	if err := check(&in); err != nil {
		return r, err
	}
	if err := r.share(&in); err != nil {
		return r, err
	}
	after, err := in.Used.Add(r.Dutiable)
	if err != nil {
		return r, err
	}
	r.Decision, r.Reason = classify(&in, r.Dutiable, after)
	if r.Dutiable == in.Limits.Annual {
		r.Review |= ReviewAtAnnualLimit
	}
	if r.Decision == NotCBEC {
		return r, nil
	}
	r.AnnualAfter = after
	return r, r.charge(&in)
}

// check refuses what is not an order.
func check(in *Input) error {
	switch {
	case len(in.Lines) == 0:
		return fmt.Errorf("%w: no lines (没有商品项)", ErrInput)
	case in.Freight < 0 || in.Insurance < 0 || in.Discount < 0 || in.Used < 0:
		return fmt.Errorf("%w: freight, insurance, discount and used value must not be negative (运费、保费、优惠、已用额度不得为负)", ErrInput)
	case in.Limits.Single <= 0 || in.Limits.Annual <= 0 || in.Limits.Factor.IsZero():
		return ErrLimits
	}
	var goods money.Fen
	for i := range in.Lines {
		v := in.Lines[i].Value
		if v < 0 {
			return fmt.Errorf("%w: value of line (商品项金额) %d must not be negative (不得为负): %s", ErrInput, i+1, v)
		}
		var err error
		if goods, err = goods.Add(v); err != nil {
			return err
		}
	}
	if in.Discount > goods {
		return fmt.Errorf("%w: discount %s is above the goods value %s (优惠超过商品总价)", ErrInput, in.Discount, goods)
	}
	return nil
}

// share computes the dutiable value of each line and of the order (A3, A12.3).
func (r *Result) share(in *Input) error {
	if len(in.Lines) == 1 {
		l := &r.Lines[0]
		l.Value, l.Freight, l.Insurance, l.Discount = in.Lines[0].Value, in.Freight, in.Insurance, in.Discount
		return r.sum()
	}
	var fewWeights [16]int64
	var fewParts [16]money.Fen
	weights, parts := fewWeights[:0], fewParts[:0]
	for i := range in.Lines {
		r.Lines[i].Value = in.Lines[i].Value
		weights = append(weights, int64(in.Lines[i].Value))
	}
	if in.Freight != 0 {
		parts = money.AppendApportion(parts[:0], in.Freight, weights)
		for i, p := range parts {
			r.Lines[i].Freight = p
		}
	}
	if in.Insurance != 0 {
		parts = money.AppendApportion(parts[:0], in.Insurance, weights)
		for i, p := range parts {
			r.Lines[i].Insurance = p
		}
	}
	if in.Discount != 0 {
		parts = money.AppendApportion(parts[:0], in.Discount, weights)
		for i, p := range parts {
			r.Lines[i].Discount = p
		}
	}
	return r.sum()
}

// sum forms D of the lines from their shares, and of the order.
func (r *Result) sum() error {
	for i := range r.Lines {
		l := &r.Lines[i]
		d, err := (l.Value - l.Discount).Add(l.Freight)
		if err == nil {
			d, err = d.Add(l.Insurance)
		}
		if err == nil {
			l.Dutiable = d
			r.Dutiable, err = r.Dutiable.Add(d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// classify is the decision order of RULES A17. after is used + d.
func classify(in *Input, d, after money.Fen) (Decision, Reason) {
	for i := range in.Lines {
		if !in.Lines[i].Listed {
			return NotCBEC, NotInPositiveList
		}
	}
	lim := &in.Limits
	switch {
	case in.Gate != 0:
		return NotCBEC, in.Gate
	case d <= lim.Single && after <= lim.Annual:
		return Pref70, WithinLimits
	case d > lim.Single && d < lim.Annual && after <= lim.Annual && onePiece(in.Lines):
		return FullTaxInCBEC, SinglePieceOverSingleLimit
	case after > lim.Annual:
		return NotCBEC, OverAnnualLimit
	case d >= lim.Annual:
		return NotCBEC, NotBelowAnnualLimit
	}
	return NotCBEC, OverSingleLimitMultiPiece
}

var oneUnit = money.RateOf(1, 0)

// onePiece tells whether the quantities of all lines sum to exactly one.
func onePiece(lines []Line) bool {
	var sum money.Decimal
	for i := range lines {
		sum = sum.Add(lines[i].Pieces)
		if sum.Cmp(oneUnit) > 0 {
			return false
		}
	}
	return sum.Equal(oneUnit)
}

// charge resolves the rules of each line and computes its taxes.
func (r *Result) charge(in *Input) error {
	for i := range r.Lines {
		l, from := &r.Lines[i], &in.Lines[i]
		l.VATRate, l.Factor = from.VAT, in.Limits.Factor
		var err error
		if r.Decision == FullTaxInCBEC {
			l.Factor = oneUnit
			l.DutyCharge, err = from.Duty.Resolve(l.Dutiable, from.Quantities)
		}
		if err == nil {
			l.CTCharge, err = from.CT.Resolve(l.Dutiable, from.Quantities)
		}
		if err == nil {
			err = l.compute()
		}
		if err != nil {
			return fmt.Errorf("line (商品项) %d: %w", i+1, err)
		}
		l.Review = l.DutyCharge.Review | l.CTCharge.Review
		r.Review |= l.Review
		if err := r.total(l); err != nil {
			return err
		}
	}
	return nil
}

// total adds the taxes of a line to those of the order.
func (r *Result) total(l *LineResult) (err error) {
	add := func(to *money.Fen, f money.Fen) {
		if err == nil {
			*to, err = to.Add(f)
		}
	}
	add(&r.Duty, l.Duty)
	add(&r.CT, l.CT)
	add(&r.VAT, l.VAT)
	add(&r.Tax, l.Duty)
	add(&r.Tax, l.CT)
	add(&r.Tax, l.VAT)
	return err
}
