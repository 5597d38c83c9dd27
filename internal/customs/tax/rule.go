package tax

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"

	"pilotzone/internal/kernel/money"
)

// ErrQuantity: a rule counts by a unit in which the line gives no quantity
// (缺少计税数量); the line cannot be taxed without it.
var ErrQuantity = errors.New("no quantity in the unit of the rule (缺少该计税单位的数量)")

// Levy is one way to charge a tax (税率): a share of the value, an amount per
// unit, or both (复合税). The zero value charges nothing.
type Levy struct {
	Rate    money.Rate    // ad valorem (从价): 0.15 is 15 %
	PerUnit money.Decimal // specific (从量): yuan per unit of the rule
}

// Rule is the tax of one tariff line (税则号列): one [Levy], or two parted by a
// dutiable value per unit, such as "完税价 ≥ 10000 元/千克: 15 %, below: 0". It
// serves for the tariff and for consumption tax.
type Rule struct {
	Upper Levy // charged where there is no threshold, and at and above it
	Lower Levy // charged below the threshold

	Threshold money.Decimal // yuan of dutiable value per unit; zero: no threshold
	Strict    bool          // the threshold itself is still charged as Lower (高于 instead of 大于等于)
	Unit      Unit          // unit of the threshold and of the amounts per unit
}

// Quantity is how much of a line there is, in one unit. A line may give several
// (成交数量, 法定第一数量, 法定第二数量).
type Quantity struct {
	Unit Unit
	Qty  money.Decimal
}

// Charge is a rule resolved for one line.
type Charge struct {
	Rate     money.Rate    // the ad-valorem rate that applies
	Specific money.Decimal // the specific amount of the whole line in yuan: t·q
	Review   Review        // why a person should look at it
}

// Resolve picks the levy for a line of dutiable value d (after freight,
// insurance and discount were shared out) and forms the specific amount. A
// value within ±5 % of the threshold is flagged for review (RULES A5): the law
// does not say whether freight counts in the value per unit. A nil rule charges
// nothing. Error: [ErrQuantity].
func (r *Rule) Resolve(d money.Fen, quantities []Quantity) (Charge, error) {
	if r == nil {
		return Charge{}, nil
	}
	levy := &r.Upper
	if r.Threshold.IsZero() && levy.PerUnit.IsZero() {
		return Charge{Rate: levy.Rate}, nil
	}
	qty, review, ok := quantityIn(r.Unit, quantities)
	if !ok || (qty.IsZero() && !r.Threshold.IsZero()) { // nothing has no value per unit
		return Charge{}, fmt.Errorf("unit (单位) %s: %w", r.Unit, ErrQuantity)
	}
	if !r.Threshold.IsZero() {
		edge := r.Threshold.Mul(qty)
		if c := compareYuan(d, 1, edge, 1); c < 0 || (c == 0 && r.Strict) {
			levy = &r.Lower
		}
		if compareYuan(d, 100, edge, 95) >= 0 && compareYuan(d, 100, edge, 105) <= 0 {
			review |= ReviewNearThreshold
		}
	}
	c := Charge{Rate: levy.Rate, Review: review}
	if !levy.PerUnit.IsZero() {
		c.Specific = levy.PerUnit.Mul(qty)
	}
	return c, nil
}

// Counts tells whether one of the quantities is in the rule's unit, so that a
// caller with several forms of a rule can pick the one that the line can bear.
func (r *Rule) Counts(quantities []Quantity) bool {
	if r.Unit == 0 || r.Threshold.IsZero() && r.Upper.PerUnit.IsZero() {
		return true
	}
	_, _, ok := quantityIn(r.Unit, quantities)
	return ok
}

// compareYuan compares d × m with yuan × n.
func compareYuan(d money.Fen, m uint64, yuan money.Decimal, n uint64) int {
	coef, scale, ok := yuan.Small()
	if ok && int(scale) < len(pow10) {
		lh, ll := bits.Mul64(uint64(d)*m, pow10[scale])
		rh, rl := bits.Mul64(coef, n*100)
		if uint64(d) < 1<<56 {
			return wide{lh, ll}.cmp(wide{rh, rl})
		}
	}
	left := new(big.Rat).SetInt64(int64(d))
	left.Mul(left, new(big.Rat).SetInt64(int64(m)))
	right := new(big.Rat).Mul(yuan.Rat(), new(big.Rat).SetInt64(int64(n*100)))
	return left.Cmp(right)
}
