package tax

import "math/bits"

// pow10 holds the powers of ten that fit 64 bits.
var pow10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// wide is an unsigned 128-bit integer, wide enough for the exact numerators of
// ordinary lines. Its operations tell when a result does not fit, and the caller
// then computes with big integers.
type wide struct{ hi, lo uint64 }

func (w wide) mul(m uint64) (wide, bool) {
	h1, l1 := bits.Mul64(w.hi, m)
	h2, l2 := bits.Mul64(w.lo, m)
	hi, carry := bits.Add64(l1, h2, 0)
	return wide{hi, l2}, h1 == 0 && carry == 0
}

func (w wide) add(v wide) (wide, bool) {
	lo, carry := bits.Add64(w.lo, v.lo, 0)
	hi, carry := bits.Add64(w.hi, v.hi, carry)
	return wide{hi, lo}, carry == 0
}

func (w wide) cmp(v wide) int {
	switch {
	case w.hi < v.hi || (w.hi == v.hi && w.lo < v.lo):
		return -1
	case w == v:
		return 0
	}
	return 1
}

// roundQuo is w / den rounded half-up; ok is false if it does not fit an int64.
func (w wide) roundQuo(den uint64) (q int64, ok bool) {
	if w.hi >= den {
		return 0, false
	}
	u, rest := bits.Div64(w.hi, w.lo, den)
	if rest >= den-rest {
		u++
	}
	return int64(u), u <= 1<<63-1
}
