package money

import "strings"

// Fen is an amount of money in whole 分 (1/100 CNY).
type Fen int64

// ParseFen reads an amount in yuan ("12.34", "12", "-0.5") exactly: an optional
// minus, and a digit on each side of the point if there is one. Errors:
// [ErrSyntax], [ErrScale] (more than two decimals; zeros past them are allowed),
// [ErrRange].
func ParseFen(s string) (Fen, error) {
	if !isDecimal(strings.TrimPrefix(s, "-")) {
		return 0, fault(ErrSyntax, "amount (金额)", []byte(s))
	}
	v, err := parseScaled([]byte(s), 2)
	if err != nil {
		return 0, fault(err, "amount (金额)", []byte(s))
	}
	return Fen(v), nil
}

// String writes the amount in yuan with two decimals: "12.34".
func (f Fen) String() string { return string(f.Append(nil)) }

// Append appends [Fen.String] to dst without another allocation.
func (f Fen) Append(dst []byte) []byte { return appendScaled(dst, int64(f), 2, 2) }

// MarshalText writes the amount as in [Fen.String]; in JSON it is a string.
func (f Fen) MarshalText() ([]byte, error) { return f.Append(nil), nil }

// UnmarshalText reads the amount as [ParseFen] does.
func (f *Fen) UnmarshalText(text []byte) (err error) {
	*f, err = ParseFen(string(text))
	return err
}

// Add returns f + g, or [ErrRange] if the sum does not fit.
func (f Fen) Add(g Fen) (Fen, error) {
	s := f + g
	if (g > 0 && s < f) || (g < 0 && s > f) {
		return 0, fault(ErrRange, "sum of amounts (金额合计)", f.Append(nil))
	}
	return s, nil
}

// N5 returns the amount in yuan as a customs decimal, or [ErrRange].
func (f Fen) N5() (N5, error) {
	n := N5(f) * 1000
	if n/1000 != N5(f) {
		return 0, fault(ErrRange, "amount (金额)", f.Append(nil))
	}
	return n, nil
}
