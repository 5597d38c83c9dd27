package money

import (
	"errors"
	"fmt"
	"math/bits"
)

// Errors of the parsers and of checked arithmetic; test with errors.Is.
var (
	// ErrSyntax: the text is not a plain decimal number (不是十进制数). Exponents,
	// blanks, thousands separators and full-width digits are not accepted.
	ErrSyntax = errors.New("not a plain decimal number such as 12.34 (不是形如 12.34 的十进制数)")
	// ErrScale: the text has more decimals than the type keeps (小数位过多);
	// trailing zeros do not count.
	ErrScale = errors.New("too many decimals (小数位过多)")
	// ErrRange: the value does not fit the type (数值超出范围).
	ErrRange = errors.New("number out of range (数值超出范围)")
	// ErrNegative: a value that must not be negative is (不得为负数).
	ErrNegative = errors.New("must not be negative (不得为负数)")
)

// fault wraps one of the errors above with the offending text, shortened so
// that hostile input cannot blow up a log line.
func fault(kind error, what string, text []byte) error {
	const most = 40
	if len(text) > most {
		return fmt.Errorf("%s %q…: %w", what, text[:most], kind)
	}
	return fmt.Errorf("%s %q: %w", what, text, kind)
}

// parseScaled reads an XSD decimal ([+-]?(d+(.d*)?|.d+)) as a whole number of
// 10^-scale. Decimals past scale must be zeros.
func parseScaled(b []byte, scale int) (int64, error) {
	i, neg := 0, false
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		neg = b[i] == '-'
		i++
	}
	var u uint64
	digits, decimals, over, inexact := 0, -1, false, false
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' && decimals < 0 {
			decimals = 0
			continue
		}
		if c < '0' || c > '9' {
			return 0, ErrSyntax
		}
		digits++
		if decimals >= scale {
			inexact = inexact || c != '0'
			continue
		}
		if decimals >= 0 {
			decimals++
		}
		u, over = push(u, c, over)
	}
	if digits == 0 {
		return 0, ErrSyntax
	}
	for decimals = max(decimals, 0); decimals < scale; decimals++ {
		u, over = push(u, '0', over)
	}
	switch {
	case inexact:
		return 0, ErrScale
	case over || u > 1<<63-1:
		return 0, ErrRange
	case neg:
		return -int64(u), nil
	}
	return int64(u), nil
}

// push appends one decimal digit to u and remembers an overflow.
func push(u uint64, digit byte, over bool) (uint64, bool) {
	hi, lo := bits.Mul64(u, 10)
	lo, carry := bits.Add64(lo, uint64(digit-'0'), 0)
	return lo, over || hi != 0 || carry != 0
}

// appendScaled writes v·10^-scale with at least `keep` decimals; zeros past
// them are dropped.
func appendScaled(dst []byte, v int64, scale, keep int) []byte {
	u := uint64(v)
	if v < 0 {
		dst = append(dst, '-')
		u = -u
	}
	var buf [24]byte
	i := len(buf)
	for n := 0; u != 0 || n <= scale; n++ {
		if n == scale && scale > 0 {
			i--
			buf[i] = '.'
		}
		i--
		buf[i] = byte('0' + u%10)
		u /= 10
	}
	text := buf[i:]
	if scale > 0 {
		for decimals := scale; decimals > keep && text[len(text)-1] == '0'; decimals-- {
			text = text[:len(text)-1]
		}
		if text[len(text)-1] == '.' {
			text = text[:len(text)-1]
		}
	}
	return append(dst, text...)
}
