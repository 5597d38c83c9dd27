package tax

import (
	"fmt"

	"pilotzone/internal/kernel/money"
)

// Unit is a unit of measure as its number in the customs code table (计量单位代码):
// 35 is 千克. The zero Unit is "the unit of the rule", for callers that give one
// quantity only.
type Unit uint16

// Units that the tariff charges and tests by.
const (
	Piece       Unit = 11 // 件
	SquareMetre Unit = 32 // 平方米
	Kilogram    Unit = 35 // 千克
	Gram        Unit = 36 // 克
	Tonne       Unit = 70 // 吨
	Litre       Unit = 95 // 升
	Millilitre  Unit = 96 // 毫升
)

// String is the three-digit customs code.
func (u Unit) String() string { return fmt.Sprintf("%03d", uint16(u)) }

// measure is the base unit that a unit converts to, and the factor.
type measure struct {
	base   Unit
	factor money.Decimal
}

// measures holds the units that convert into one another. Units of count (个,
// 只, 件, 片, 张, 支 …) convert one to one, but that is a guess about the trade:
// quantityIn flags it for review.
var measures = func() map[Unit]measure {
	m := map[Unit]measure{
		Kilogram:   {Kilogram, money.RateOf(1, 0)},
		Gram:       {Kilogram, money.RateOf(1, 3)},
		Tonne:      {Kilogram, money.RateOf(1000, 0)},
		Litre:      {Litre, money.RateOf(1, 0)},
		Millilitre: {Litre, money.RateOf(1, 3)},
	}
	for _, u := range []Unit{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, Piece, 12, 13, 14, 15, 16, 17, 18, 19, 20} {
		m[u] = measure{Piece, money.RateOf(1, 0)}
	}
	return m
}()

// quantityIn finds the quantity of a line in the wanted unit: as given, or
// converted within weight or volume (exact), or from another unit of count
// (flagged).
func quantityIn(want Unit, given []Quantity) (money.Decimal, Review, bool) {
	for i := range given {
		if given[i].Unit == want {
			return given[i].Qty, 0, true
		}
	}
	target, ok := measures[want]
	if !ok {
		return money.Decimal{}, 0, false
	}
	for i := range given {
		m, ok := measures[given[i].Unit]
		if !ok || m.base != target.base {
			continue
		}
		if target.base == Piece {
			return given[i].Qty, ReviewUnitOfCount, true
		}
		return given[i].Qty.Mul(m.factor).Mul(inverse[want]), 0, true
	}
	return money.Decimal{}, 0, false
}

// inverse is 1 / factor for the units of weight and volume, all powers of ten.
var inverse = map[Unit]money.Decimal{
	Kilogram:   money.RateOf(1, 0),
	Gram:       money.RateOf(1000, 0),
	Tonne:      money.RateOf(1, 3),
	Litre:      money.RateOf(1, 0),
	Millilitre: money.RateOf(1000, 0),
}
