package registry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/clock"
)

// filingVersion is the version of a filing's stored form. The form is the body
// of inputs of the core and lives as long as they do: a later version adds a
// case to DecodeFiling and leaves this one as it is.
const filingVersion = 1

var errFiling = errors.New("registry: filing is damaged / 备案记录损坏")

// AppendFiling appends the stored form of a filing: version, then the fields in
// the order of the struct; numbers as varints, texts and lists preceded by their
// length, times in microseconds UTC.
func AppendFiling(dst []byte, f *Filing) []byte {
	w := writer{append(dst, filingVersion)}
	w.text(f.ID)
	w.text(f.CustomsCode)
	w.text(f.USCC)
	w.text(f.Name)
	w.number(uint64(f.Kinds))
	w.number(uint64(f.From))
	w.number(uint64(f.To))
	w.number(uint64(len(f.Suspensions)))
	for _, s := range f.Suspensions {
		w.number(uint64(s.From))
		w.number(uint64(s.To))
		w.text(s.Reason)
	}
	w.number(uint64(len(f.Certificates)))
	for _, c := range f.Certificates {
		w.certificate(c)
	}
	w.number(uint64(len(f.Policies)))
	for _, p := range f.Policies {
		w.number(uint64(p.Kind))
		w.number(uint64(p.Mode))
	}
	w.number(f.Revision)
	return w.b
}

type writer struct{ b []byte }

func (w *writer) number(v uint64) { w.b = binary.AppendUvarint(w.b, v) }

func (w *writer) text(s string) {
	w.number(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) certificate(c Certificate) {
	w.text(c.Fingerprint)
	w.text(c.Serial)
	w.text(c.Subject)
	w.b = binary.AppendVarint(w.b, c.NotBefore.UnixMicro())
	w.b = binary.AppendVarint(w.b, c.NotAfter.UnixMicro())
	w.number(uint64(len(c.Codes)))
	for _, s := range c.Codes {
		w.text(s)
	}
	w.number(uint64(c.Revoked))
	w.text(string(c.DER))
}

// DecodeFiling reads a stored filing.
func DecodeFiling(body []byte) (*Filing, error) {
	r := reader{b: body}
	if v := r.byte(); v != filingVersion {
		return nil, fmt.Errorf("%w: version %d, this program knows %d", errFiling, v, filingVersion)
	}
	f := &Filing{ID: r.text(), CustomsCode: r.text(), USCC: r.text(), Name: r.text(),
		Kinds: Kinds(r.number()), From: clock.Day(r.number()), To: clock.Day(r.number())}
	for range r.length() {
		f.Suspensions = append(f.Suspensions, Suspension{From: clock.Day(r.number()), To: clock.Day(r.number()), Reason: r.text()})
	}
	for range r.length() {
		f.Certificates = append(f.Certificates, r.certificate())
	}
	for range r.length() {
		f.Policies = append(f.Policies, Policy{Kind: ceb.Kind(r.number()), Mode: Mode(r.number())})
	}
	f.Revision = r.number()
	if r.bad || len(r.b) != 0 {
		return nil, fmt.Errorf("%w: wrong length", errFiling)
	}
	return f, nil
}

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() {
	r.b, r.bad = nil, true
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) number() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) time() time.Time {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return time.Time{}
	}
	r.b = r.b[n:]
	return time.UnixMicro(v).UTC()
}

// length reads a length, of which every unit takes at least a byte.
func (r *reader) length() int {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.length()
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) certificate() Certificate {
	c := Certificate{Fingerprint: r.text(), Serial: r.text(), Subject: r.text(), NotBefore: r.time(), NotAfter: r.time()}
	for range r.length() {
		c.Codes = append(c.Codes, r.text())
	}
	c.Revoked = clock.Day(r.number())
	if der := r.text(); der != "" {
		c.DER = []byte(der)
	}
	return c
}
