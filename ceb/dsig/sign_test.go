package dsig

import (
	"bytes"
	"strings"
	"testing"
)

// Where the schemas of both editions want the signature.
func TestSignPlace(t *testing.T) {
	t.Parallel()
	const extend = "<ceb:ExtendMessage><ceb:name>n</ceb:name></ceb:ExtendMessage>"
	for _, kind := range append(append([]string(nil), importKinds...), exportKinds...) {
		plain := message(kind, 1)
		extended := bytes.Replace(plain, []byte("\n</ceb:CEB"), []byte("\n"+extend+"</ceb:CEB"), 1)
		for _, raw := range [][]byte{plain, extended} {
			out := string(signed(t, raw, sm2Signer()))
			if r := Verify([]byte(out), Options{Now: now}); !r.OK() {
				t.Errorf("%s: %+v", kind, r.Faults)
			}
			if i, j := strings.Index(out, "<ds:Signature "), strings.Index(out, "</ds:Signature>")+len("</ds:Signature>"); out[:i]+out[j:] != string(raw) {
				t.Errorf("%s: more than the signature has changed", kind)
			}
			next := strings.TrimSpace(out[strings.Index(out, "</ds:Signature>")+len("</ds:Signature>"):])
			want := "</ceb:CEB" + kind
			if bytes.Contains(raw, []byte(extend)) && strings.Contains("213 215 303 403 505 507 509 603 605 607 701", kind) {
				want = "<ceb:ExtendMessage>"
			}
			if !strings.HasPrefix(next, want) {
				t.Errorf("%s: behind the signature stands %.40q, want %q", kind, next, want)
			}
		}
	}
}

func TestSignDefaultNamespace(t *testing.T) {
	t.Parallel()
	raw := bytes.ReplaceAll(bytes.ReplaceAll(message("311", 2), []byte("ceb:"), nil), []byte("xmlns:ceb"), []byte("xmlns"))
	raw = bytes.Replace(raw, []byte("xmlns:ceb="), []byte("xmlns="), 1)
	for name, s := range signers() {
		if r := Verify(signed(t, raw, s), Options{Now: now}); !r.OK() {
			t.Errorf("%s: %+v", name, r.Faults)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string][]byte{
		"a receipt":         message("312", 1),
		"a stranger":        []byte("<a>1</a>"),
		"a signed message":  signed(t, message("311", 1), sm2Signer()),
		"half a message":    message("311", 1)[:500],
		"an empty element":  []byte(`<CEB311Message xmlns="http://www.chinaport.gov.cn/ceb"/>`),
		"no message at all": nil,
	} {
		if out, err := Sign(raw, sm2Signer()); err == nil {
			t.Errorf("%s is signed: %.80q", name, out)
		}
	}
}

func TestSignerRefusesStrangeKey(t *testing.T) {
	t.Parallel()
	if _, err := NewRSASigner(rsaTwo().key, rsaOne().der); err == nil {
		t.Error("a certificate of another key is taken")
	}
	if _, err := NewRSASigner(sm2One().key, sm2One().der); err == nil {
		t.Error("an SM2 key is taken for RSA")
	}
	if _, err := NewSM2Signer(rsaOne().key, rsaOne().der); err == nil {
		t.Error("an RSA key is taken for SM2")
	}
	if _, err := NewSM2Signer(sm2One().key, sm2One().der[:50]); err == nil {
		t.Error("half a certificate is taken")
	}
}

// Messages of the old name of the algorithm and with SHA-1 beside SM2, as seen
// from card media.
func TestOldSM2Name(t *testing.T) {
	t.Parallel()
	s := must(NewSM2SignerIn(SM2Raw, sm2One().key, sm2One().der)).(*keySigner)
	s.signature, s.digest = SM2SM3Old, SHA1
	r := Verify(signed(t, message("621", 1), s), Options{Now: now})
	if !r.OK() || r.SignatureAlgorithm != SM2SM3Old || r.DigestAlgorithm != SHA1 || r.SignatureForm != "r||s" {
		t.Errorf("%+v", r)
	}
}
