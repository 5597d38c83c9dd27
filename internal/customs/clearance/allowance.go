package clearance

import (
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Allowance is what a person has used of the yearly limits (个人年度交易限值,
// RULES A2; 个人年度限量, A9d). Amounts are dutiable values.
type Allowance struct {
	Year     int
	Single   money.Fen // limit of one transaction 单次交易限值
	Limit    money.Fen // limit of the year 年度交易限值
	Used     money.Fen // of lists that are released
	Reserved money.Fen // of lists that are held
	Weights  []WeightUse
}

// Left is what the person may still buy in the year, never below zero.
func (a *Allowance) Left() money.Fen { return max(0, a.Limit-a.Used-a.Reserved) }

// WeightUse is a person's yearly counter of one group of goods, in grams.
type WeightUse struct {
	Group, ZH, EN         string
	Limit, Used, Reserved int64
}

// Allowance reads a person's accounts as they stand after the last input.
func (e *Engine) Allowance(person Key, on clock.Day) Allowance {
	r := e.rulebook.On(on)
	used, reserved := e.book.Balance(e.personAccount(person, on))
	a := Allowance{Year: on.Year(), Single: r.Limits.Single, Limit: r.Limits.Annual, Used: money.Fen(used), Reserved: money.Fen(reserved)}
	for _, w := range r.WeightLimits() {
		used, reserved := e.book.Balance(e.weightAccount(person, w.Group, on))
		a.Weights = append(a.Weights, WeightUse{Group: w.Group, ZH: w.Name.ZH, EN: w.Name.EN, Limit: w.Grams, Used: used, Reserved: reserved})
	}
	return a
}

// Guarantee reads a guarantor's account (担保账户): deposited less drawn, and
// what held lists reserve of it (not above zero).
func (e *Engine) Guarantee(code string) (balance, reserved money.Fen) {
	b, r := e.book.Balance(e.guaranteeAccount(code))
	return money.Fen(b), money.Fen(r)
}
