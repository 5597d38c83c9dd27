package dsig

import (
	"bytes"
	"testing"
)

// FuzzVerify: no input makes Verify panic, and what it says is consistent. A
// message that verifies has one signature, and its signed content is that of
// the message which was signed.
func FuzzVerify(f *testing.F) {
	want := map[string]bool{}
	for _, s := range signers() {
		for _, kind := range []string{"311", "603"} {
			raw := message(kind, 1)
			document, _, _, _, err := forms(raw)
			if err != nil {
				f.Fatal(err)
			}
			want[string(document)] = true
			f.Add(signed(f, raw, s))
		}
	}
	f.Add([]byte("<a/>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		r := Verify(raw, Options{Now: now, Required: true})
		if !bytes.Equal(before, raw) {
			t.Fatal("the message was changed")
		}
		if r.OK() != (len(r.Faults) == 0) {
			t.Fatalf("ok %v with faults %+v", r.OK(), r.Faults)
		}
		if !r.OK() {
			return
		}
		own := r.Certificate.Fingerprint
		if own != must(ParseCertificate(rsaOne().der)).Fingerprint && own != must(ParseCertificate(sm2One().der)).Fingerprint {
			return // a certificate of the fuzzer's own making
		}
		if document, _, _, _, err := forms(raw); err == nil && !want[string(document)] {
			t.Fatalf("nobody signed %q", document)
		}
	})
}
