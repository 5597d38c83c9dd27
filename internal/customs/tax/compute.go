package tax

import (
	"fmt"
	"math/big"

	"pilotzone/internal/kernel/money"
)

// compute forms the three taxes of the line from its operands (RULES A4, A6):
//
//	X    = D + duty + t·q
//	comp = X / (1 − c)           composite price (组成计税价格)
//	CT   = (comp·c + t·q) · factor = (X·c + t·q·(1 − c)) / (1 − c) · factor
//	VAT  = comp · v · factor
//
// Ordinary lines take 128-bit integers, all others big fractions; both are
// exact and round once, half-up.
func (l *LineResult) compute() error {
	if l.CTCharge.Rate.Cmp(oneUnit) >= 0 {
		return fmt.Errorf("%w: consumption tax rate %s is not below 1 (消费税税率须小于 1)", ErrInput, l.CTCharge.Rate)
	}
	if l.computeFast() {
		return nil
	}
	w := l.Working()
	factor := l.Factor.Rat()
	var ok [3]bool
	l.Duty, ok[0] = money.RoundRat(w.Duty)
	l.CT, ok[1] = money.RoundRat(new(big.Rat).Mul(w.CT, factor))
	l.VAT, ok[2] = money.RoundRat(new(big.Rat).Mul(w.VAT, factor))
	if !ok[0] || !ok[1] || !ok[2] {
		return fmt.Errorf("tax (税额): %w", money.ErrRange)
	}
	return nil
}

// Working is the exact, unrounded arithmetic of a line, in fen.
type Working struct {
	Duty      *big.Rat // D·d + specific duty
	Specific  *big.Rat // specific consumption tax: t·q
	Composite *big.Rat // composite price (组成计税价格)
	CT, VAT   *big.Rat // statutory amounts (法定应纳税额), before the factor
}

// Working computes the exact arithmetic of the line from its operands. The line
// must be one that is taxed, so that its consumption-tax rate is below 1.
func (l *LineResult) Working() Working {
	hundred := big.NewRat(100, 1)
	d := new(big.Rat).SetInt64(int64(l.Dutiable))
	w := Working{
		Duty:      new(big.Rat).Mul(d, l.DutyCharge.Rate.Rat()),
		Specific:  new(big.Rat).Mul(l.CTCharge.Specific.Rat(), hundred),
		Composite: new(big.Rat).Set(d),
	}
	w.Duty.Add(w.Duty, new(big.Rat).Mul(l.DutyCharge.Specific.Rat(), hundred))
	c := l.CTCharge.Rate.Rat()
	w.Composite.Add(w.Composite, w.Duty)
	w.Composite.Add(w.Composite, w.Specific)
	w.Composite.Quo(w.Composite, new(big.Rat).Sub(big.NewRat(1, 1), c))
	w.CT = new(big.Rat).Mul(w.Composite, c)
	w.CT.Add(w.CT, w.Specific)
	w.VAT = new(big.Rat).Mul(w.Composite, l.VATRate.Rat())
	return w
}

// computeFast does the same in 128 bits; false means that something does not
// fit and nothing was set.
func (l *LineResult) computeFast() bool {
	cd, sd, ok1 := l.DutyCharge.Rate.Small()
	cc, sc, ok2 := l.CTCharge.Rate.Small()
	cv, sv, ok3 := l.VATRate.Small()
	cf, sf, ok4 := l.Factor.Small()
	ds, dsScale, ok5 := fenOf(l.DutyCharge.Specific)
	ts, tsScale, ok6 := fenOf(l.CTCharge.Specific)
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) {
		return false
	}
	scale := max(sd, dsScale, tsScale)
	if scale > 9 || sc > 9 || sv > 9 || sf > 9 {
		return false
	}
	d := wide{lo: uint64(l.Dutiable)}
	x := chain{ok: true}
	unit, one := pow10[scale], pow10[sc]
	duty := x.add(x.mul(x.mul(d, cd), pow10[scale-sd]), x.mul(wide{lo: ds}, pow10[scale-dsScale]))
	specific := x.mul(wide{lo: ts}, pow10[scale-tsScale])
	base := x.add(x.add(x.mul(d, unit), duty), specific)
	rest := one - cc // (1 − c) · 10^sc, above zero because c < 1

	ct := x.mul(x.add(x.mul(base, cc), x.mul(specific, rest)), cf)
	vat := x.mul(x.mul(x.mul(base, one), cv), cf)
	den := x.mul(x.mul(wide{lo: unit}, rest), pow10[sf])
	vatDen := x.mul(den, pow10[sv])
	if !x.ok || vatDen.hi != 0 {
		return false
	}
	var a, b, c int64
	a, ok1 = duty.roundQuo(unit)
	b, ok2 = ct.roundQuo(den.lo)
	c, ok3 = vat.roundQuo(vatDen.lo)
	if !(ok1 && ok2 && ok3) {
		return false
	}
	l.Duty, l.CT, l.VAT = money.Fen(a), money.Fen(b), money.Fen(c)
	return true
}

// fenOf turns an amount in yuan into coef / 10^scale fen.
func fenOf(yuan money.Decimal) (coef uint64, scale uint8, ok bool) {
	coef, scale, ok = yuan.Small()
	if scale >= 2 {
		return coef, scale - 2, ok
	}
	w, fits := wide{lo: coef}.mul(pow10[2-scale])
	return w.lo, 0, ok && fits && w.hi == 0
}

// chain runs 128-bit operations and remembers whether all of them fitted.
type chain struct{ ok bool }

func (c *chain) mul(w wide, m uint64) wide {
	p, ok := w.mul(m)
	c.ok = c.ok && ok
	return p
}

func (c *chain) add(v, w wide) wide {
	s, ok := v.add(w)
	c.ok = c.ok && ok
	return s
}
