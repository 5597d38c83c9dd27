package money

import (
	"fmt"
	"math/bits"
)

// N5 is the customs decimal N19,5: the value × 100,000. It holds a quantity, a
// weight in kilograms or an amount in yuan. N19,5 can name a few values (14
// digits before the point, above 92,233,720,368,547.75807) that do not fit;
// they are refused with [ErrRange].
type N5 int64

// one is the N5 of the number 1.
const one = 100_000

// ParseN5 reads an XSD decimal exactly: optional sign, digits, optional point
// ("1", "1.", ".5", "+1.50000"). Zeros after the fifth decimal are allowed,
// other digits there are [ErrScale]. It trims nothing. Other errors:
// [ErrSyntax], [ErrRange].
func ParseN5(b []byte) (N5, error) {
	v, err := parseScaled(b, 5)
	if err != nil {
		return 0, fault(err, "number (数值)", b)
	}
	return N5(v), nil
}

// String writes the value without trailing zeros: "12.5", "3", "0.00001".
func (n N5) String() string { return string(n.Append(nil)) }

// Append appends [N5.String] to dst without another allocation.
func (n N5) Append(dst []byte) []byte { return appendScaled(dst, int64(n), 5, 0) }

// MarshalText writes the value as in [N5.String]; in JSON it is a string.
func (n N5) MarshalText() ([]byte, error) { return n.Append(nil), nil }

// UnmarshalText reads the value as [ParseN5] does.
func (n *N5) UnmarshalText(text []byte) (err error) {
	*n, err = ParseN5(text)
	return err
}

// Fen takes the value as yuan and returns it in fen, rounded half-up; exact
// tells whether nothing was rounded away.
func (n N5) Fen() (f Fen, exact bool) {
	q, r := n/1000, n%1000
	switch {
	case r >= 500:
		q++
	case r <= -500:
		q--
	}
	return Fen(q), r == 0
}

// Mul returns price × quantity, rounded half-up to five decimals; exact tells
// whether nothing was rounded away. The product is formed in 128 bits. Error:
// [ErrRange].
func Mul(price, qty N5) (product N5, exact bool, err error) {
	neg := (price < 0) != (qty < 0)
	hi, lo := bits.Mul64(magnitude(int64(price)), magnitude(int64(qty)))
	if hi >= one {
		return 0, false, mulRange(price, qty)
	}
	q, r := bits.Div64(hi, lo, one)
	if r >= one/2 {
		q++
	}
	if q > 1<<63-1 {
		return 0, false, mulRange(price, qty)
	}
	if neg {
		return -N5(q), r == 0, nil
	}
	return N5(q), r == 0, nil
}

func mulRange(price, qty N5) error {
	return fmt.Errorf("product (乘积) %s × %s: %w", price, qty, ErrRange)
}

// magnitude is |v| and right for the smallest int64 too.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
