package clearance

import (
	"encoding/binary"
	"errors"

	"pilotzone/internal/kernel/money"
)

// ErrCorrupt says that stored state can't be read back.
var ErrCorrupt = errors.New("clearance: stored state is corrupt 存储状态损坏")

// encoder appends the compact form that snapshots, layers and decisions share:
// variable-length integers, length-prefixed text, keys as they are.
type encoder struct{ b []byte }

func (e *encoder) u(v uint64)     { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) i(v int64)      { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) n5(v money.N5)  { e.i(int64(v)) }
func (e *encoder) byte(v byte)    { e.b = append(e.b, v) }
func (e *encoder) key(k Key)      { e.b = append(e.b, k[:]...) }
func (e *encoder) hash(v uint64)  { e.b = binary.LittleEndian.AppendUint64(e.b, v) }
func (e *encoder) text(s string)  { e.u(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) bytes(s []byte) { e.u(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) bool(v bool) {
	if v {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

func (e *encoder) reasons(rs []Reason) {
	e.u(uint64(len(rs)))
	for _, r := range rs {
		e.text(r.Code)
		e.u(uint64(len(r.Args)))
		for _, a := range r.Args {
			e.text(a)
		}
	}
}

// decoder reads what encoder wrote; the first fault sticks and makes every
// later read return zero, so that callers check err once.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail() { d.err = ErrCorrupt; d.b = nil }

func (d *decoder) u() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) i() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) n5() money.N5 { return money.N5(d.i()) }
func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail()
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) byte() byte {
	if v := d.take(1); v != nil {
		return v[0]
	}
	return 0
}
func (d *decoder) bool() bool { return d.byte() != 0 }
func (d *decoder) key() (k Key) {
	copy(k[:], d.take(len(k)))
	return k
}

func (d *decoder) hash() uint64 {
	if v := d.take(8); v != nil {
		return binary.LittleEndian.Uint64(v)
	}
	return 0
}
func (d *decoder) text() string  { return string(d.take(int(d.u()))) }
func (d *decoder) bytes() []byte { return d.take(int(d.u())) }

// count reads a length and refuses one that the rest can't hold.
func (d *decoder) count() int {
	n := d.u()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) reasons() []Reason {
	n := d.count()
	if n == 0 {
		return nil
	}
	rs := make([]Reason, n)
	for i := range rs {
		rs[i].Code = d.text()
		if m := d.count(); m > 0 {
			rs[i].Args = make([]string, m)
			for j := range rs[i].Args {
				rs[i].Args[j] = d.text()
			}
		}
	}
	return rs
}

// AppendReasons writes reasons in the stored form.
func AppendReasons(b []byte, rs []Reason) []byte {
	e := &encoder{b: b}
	e.reasons(rs)
	return e.b
}

// ReadReasons reads what AppendReasons wrote and returns the rest.
func ReadReasons(b []byte) ([]Reason, []byte, error) {
	d := &decoder{b: b}
	rs := d.reasons()
	return rs, d.b, d.err
}
