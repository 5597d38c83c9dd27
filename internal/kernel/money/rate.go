package money

import (
	"cmp"
	"fmt"
	"math/big"
	"math/bits"
	"strings"
)

// Rate is an exact, non-negative decimal rate (税率), such as 0.13 for 13 %. It
// keeps any number of decimals: up to 19 significant digits in one machine
// word, more as a big integer. The zero value is the rate 0. Compare with
// [Rate.Equal], not with ==.
type Rate struct {
	coef  uint64   // value × 10^scale, without trailing decimal zeros
	scale uint8    // decimals
	wide  *big.Rat // set instead of coef and scale when they cannot hold the value
}

// Decimal is the same exact type under the name for quantities (数量) and
// amounts per unit, which are not rates.
type Decimal = Rate

// DecimalOf returns a customs decimal as a [Decimal]; ok is false if it is
// negative.
func DecimalOf(n N5) (d Decimal, ok bool) {
	if n < 0 {
		return Decimal{}, false
	}
	return newRate(uint64(n), 5), true
}

// maxRateDigits bounds the text of a rate: enough for any published rate, and
// small enough that hostile text costs nothing.
const maxRateDigits = 1000

// ParseRate reads a decimal rate ("0.13", "0", "1.5") exactly, with any number
// of decimals. Errors: [ErrSyntax], [ErrNegative], [ErrRange] (over 1,000
// characters).
func ParseRate(s string) (Rate, error) { return parseRate(s, 0) }

// ParsePercent reads a rate given in percent: "13" and "13%" are 0.13. Errors
// as in [ParseRate].
func ParsePercent(s string) (Rate, error) { return parseRate(strings.TrimSuffix(s, "%"), 2) }

// RateOf returns coef / 10^scale, for rates that are written in code.
func RateOf(coef uint64, scale uint8) Rate { return newRate(coef, int(scale)) }

func parseRate(s string, shift int) (Rate, error) {
	if len(s) > maxRateDigits {
		return Rate{}, fault(ErrRange, "number (数值)", []byte(s))
	}
	if len(s) > 1 && s[0] == '-' && isDecimal(s[1:]) {
		return Rate{}, fault(ErrNegative, "number (数值)", []byte(s))
	}
	if !isDecimal(s) {
		return Rate{}, fault(ErrSyntax, "number (数值)", []byte(s))
	}
	whole, decimals, _ := strings.Cut(s, ".")
	decimals = strings.TrimRight(decimals, "0")
	digits := strings.TrimLeft(whole+decimals, "0")
	scale := len(decimals) + shift
	if len(digits) <= 19 && scale <= 19 { // 19 digits are below 10^19 < 2^64
		var u uint64
		for i := range len(digits) {
			u = u*10 + uint64(digits[i]-'0')
		}
		return newRate(u, scale), nil
	}
	n, _ := new(big.Int).SetString(digits, 10)
	return Rate{wide: new(big.Rat).SetFrac(n, pow10(scale))}, nil
}

// isDecimal tells whether s is digits with at most one point and a digit on
// each side of it.
func isDecimal(s string) bool {
	whole, decimals, point := strings.Cut(s, ".")
	digits := func(s string) bool {
		return s != "" && strings.Trim(s, "0123456789") == ""
	}
	return digits(whole) && (!point || digits(decimals))
}

func newRate(coef uint64, scale int) Rate {
	if coef == 0 {
		return Rate{}
	}
	for scale > 0 && coef%10 == 0 {
		coef /= 10
		scale--
	}
	if scale > 19 {
		return Rate{wide: new(big.Rat).SetFrac(new(big.Int).SetUint64(coef), pow10(scale))}
	}
	return Rate{coef: coef, scale: uint8(scale)}
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// Small returns the rate as coef / 10^scale; ok is false for a rate with too
// many digits for that, whose value is then in [Rate.Rat] only.
func (r Rate) Small() (coef uint64, scale uint8, ok bool) {
	return r.coef, r.scale, r.wide == nil
}

// Rat returns the exact value as a new fraction.
func (r Rate) Rat() *big.Rat {
	if r.wide != nil {
		return new(big.Rat).Set(r.wide)
	}
	return new(big.Rat).SetFrac(new(big.Int).SetUint64(r.coef), pow10(int(r.scale)))
}

// IsZero tells whether the rate is 0.
func (r Rate) IsZero() bool { return r.wide == nil && r.coef == 0 }

// Cmp compares the values: -1, 0 or +1.
func (r Rate) Cmp(s Rate) int {
	if r.wide != nil || s.wide != nil {
		return r.Rat().Cmp(s.Rat())
	}
	rHigh, rLow := r.at(max(r.scale, s.scale))
	sHigh, sLow := s.at(max(r.scale, s.scale))
	if rHigh != sHigh {
		return cmp.Compare(rHigh, sHigh)
	}
	return cmp.Compare(rLow, sLow)
}

// at is the value of a small rate in units of 10^-scale, in 128 bits; scale is
// at least its own, and both are at most 19.
func (r Rate) at(scale uint8) (hi, lo uint64) {
	unit := uint64(1)
	for range scale - r.scale {
		unit *= 10
	}
	return bits.Mul64(r.coef, unit)
}

// Equal tells whether the values are the same.
func (r Rate) Equal(s Rate) bool { return r.Cmp(s) == 0 }

// String writes the rate as a plain decimal without trailing zeros: "0.13".
func (r Rate) String() string {
	if r.wide == nil {
		digits := fmt.Sprintf("%0*d", int(r.scale)+1, r.coef)
		if r.scale == 0 {
			return digits
		}
		point := len(digits) - int(r.scale)
		return digits[:point] + "." + digits[point:]
	}
	n, _ := r.wide.FloatPrec() // exact, because the denominator divides a power of ten
	return r.wide.FloatString(n)
}

// Mul returns the exact product r × s.
func (r Rate) Mul(s Rate) Rate {
	if r.wide == nil && s.wide == nil {
		hi, lo := bits.Mul64(r.coef, s.coef)
		if hi == 0 {
			return newRate(lo, int(r.scale)+int(s.scale))
		}
	}
	return ratRate(new(big.Rat).Mul(r.Rat(), s.Rat()))
}

// Add returns the exact sum r + s.
func (r Rate) Add(s Rate) Rate {
	if r.wide == nil && s.wide == nil {
		scale := max(r.scale, s.scale)
		rHigh, rLow := r.at(scale)
		sHigh, sLow := s.at(scale)
		if sum, carry := bits.Add64(rLow, sLow, 0); rHigh|sHigh|carry == 0 {
			return newRate(sum, int(scale))
		}
	}
	return ratRate(new(big.Rat).Add(r.Rat(), s.Rat()))
}

// ratRate brings a non-negative finite decimal fraction into the small form if
// it fits.
func ratRate(x *big.Rat) Rate {
	n, _ := x.FloatPrec()
	if n <= 19 {
		coef := new(big.Int).Quo(new(big.Int).Mul(x.Num(), pow10(n)), x.Denom())
		if coef.IsUint64() {
			return newRate(coef.Uint64(), n)
		}
	}
	return Rate{wide: x}
}

// Percent writes the rate in percent: "13%".
func (r Rate) Percent() string {
	v := new(big.Rat).Mul(r.Rat(), big.NewRat(100, 1))
	n, _ := v.FloatPrec()
	return v.FloatString(n) + "%"
}

// MarshalText writes the rate as in [Rate.String]; in JSON it is a string.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the rate as [ParseRate] does.
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRate(string(text))
	return err
}

// Of returns amount × rate in fen, rounded once, half-up. Error: [ErrRange].
func (r Rate) Of(amount Fen) (Fen, error) {
	if r.wide == nil && r.scale <= 18 {
		if f, ok := r.ofSmall(magnitude(int64(amount))); ok {
			if amount < 0 {
				return -f, nil
			}
			return f, nil
		}
	}
	x := new(big.Rat).Mul(r.Rat(), new(big.Rat).SetInt64(int64(amount)))
	f, ok := RoundRat(x)
	if !ok {
		return 0, fmt.Errorf("%s × %s: %w", amount, r, ErrRange)
	}
	return f, nil
}

func (r Rate) ofSmall(amount uint64) (Fen, bool) {
	unit := uint64(1)
	for range r.scale {
		unit *= 10
	}
	hi, lo := bits.Mul64(amount, r.coef)
	if hi >= unit {
		return 0, false
	}
	q, rest := bits.Div64(hi, lo, unit)
	if rest >= unit-rest {
		q++
	}
	return Fen(q), q <= 1<<63-1
}

// RoundRat rounds an exact number of fen half-up (halves away from zero); ok
// is false if it does not fit.
func RoundRat(x *big.Rat) (f Fen, ok bool) {
	twice := new(big.Int).Lsh(new(big.Int).Abs(x.Num()), 1)
	q := twice.Add(twice, x.Denom())
	q.Quo(q, new(big.Int).Lsh(x.Denom(), 1))
	if x.Sign() < 0 {
		q.Neg(q)
	}
	return Fen(q.Int64()), q.IsInt64()
}
