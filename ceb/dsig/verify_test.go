package dsig

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/beevik/etree"
	library "github.com/russellhaering/goxmldsig"
)

func TestSignedMessageVerifies(t *testing.T) {
	t.Parallel()
	for name, s := range signers() {
		raw := message("311", 3)
		r := Verify(signed(t, raw, s), Options{Now: now, Required: true})
		signature, digest := s.Algorithms()
		if !r.OK() || r.SignatureAlgorithm != signature || r.DigestAlgorithm != digest || r.CanonicalAlgorithm != CanonicalXML {
			t.Errorf("%s: %+v", name, r)
			continue
		}
		if c := r.Certificate; r.KeyName != c.Serial || c.Enterprise != "新乡跨境电商有限公司" || c.Organisation != "MA5TNFGY9" || len(c.Fingerprint) != 64 {
			t.Errorf("%s: KeyName %q, certificate %+v", name, r.KeyName, c)
		}
		want := map[string]string{"sm2 DER": "DER", "sm2 raw": "r||s"}[name]
		if r.SignatureForm != want {
			t.Errorf("%s: form %q, want %q", name, r.SignatureForm, want)
		}
	}
}

// Forms that mean the same leave the signature good.
func TestSameMeaningVerifies(t *testing.T) {
	t.Parallel()
	raw := signed(t, message("311", 2), sm2Signer())
	for name, other := range map[string][]byte{
		"byte order mark":     append([]byte("\xEF\xBB\xBF"), raw...),
		"comment":             bytes.Replace(raw, []byte("<ceb:OrderHead>"), []byte("<ceb:OrderHead><!-- x -->"), 1),
		"CDATA":               bytes.Replace(raw, []byte("X000000001"), []byte("<![CDATA[X000000001]]>"), 1),
		"character reference": bytes.Replace(raw, []byte("X000000001"), []byte("&#88;000000001"), 1),
		"empty element":       bytes.Replace(raw, []byte("<ceb:note></ceb:note>"), []byte("<ceb:note/>"), 1),
		"quotes":              bytes.Replace(raw, []byte(`version="1.0" xmlns`), []byte(`version='1.0' xmlns`), 1),
	} {
		if r := Verify(other, Options{Now: now}); !r.OK() {
			t.Errorf("%s: %+v", name, r.Faults)
		}
	}
}

// The message changed, the signature changed, or one is put where it should
// not be: each gives its own fault.
func TestTampering(t *testing.T) {
	t.Parallel()
	raw := string(signed(t, message("311", 2), rsaSigner()))
	replace := func(old, new string) string {
		if !strings.Contains(raw, old) {
			t.Fatalf("%q is not in the message", old)
		}
		return strings.Replace(raw, old, new, 1)
	}
	const last = "</ds:Signature>"
	signature := raw[strings.Index(raw, "<ds:Signature ") : strings.Index(raw, last)+len(last)]
	certificate := regexp.MustCompile(`<ds:X509Certificate>.*</ds:X509Certificate>`)
	swap := func(der []byte) string {
		return certificate.ReplaceAllString(raw, "<ds:X509Certificate>"+base64.StdEncoding.EncodeToString(der)+"</ds:X509Certificate>")
	}
	value := regexp.MustCompile(`<ds:SignatureValue>.*</ds:SignatureValue>`)
	for _, c := range []struct {
		name, in string
		codes    string // of all faults
		has      string // in the English text of the first
	}{
		{"a value", replace("X000000001", "X000000002"), CodeMismatch, "digest"},
		{"white space", replace("\n\t\t<ceb:OrderHead>", "\n<ceb:OrderHead>"), CodeMismatch, ""},
		{"an attribute", replace("4CDE1CFD", "4CDE1CFE"), CodeMismatch, ""},
		{"an element's name", replace("<ceb:note></ceb:note>", "<ceb:nota></ceb:nota>"), CodeMismatch, ""},
		{"a node added", replace("<ceb:note></ceb:note>", "<ceb:note></ceb:note><ceb:note></ceb:note>"), CodeMismatch, ""},
		{"a node moved", strings.Replace(replace("<ceb:note></ceb:note>", ""), "<ceb:OrderHead>", "<ceb:OrderHead><ceb:note></ceb:note>", 1), CodeMismatch, ""},
		{"an instruction added", replace("<ceb:OrderHead>", "<ceb:OrderHead><?x?>"), CodeMismatch, ""},
		{"an instruction outside added", raw + "<?x?>", CodeMismatch, ""},
		{"a namespace added to the root", replace(" guid=", ` xmlns:x="urn:x" guid=`), CodeMismatch + CodeInvalid, ""},
		{"digest value", replace("<ds:DigestValue>", "<ds:DigestValue>AAAA"), CodeMismatch + CodeInvalid, ""},
		{"signature value", value.ReplaceAllString(raw, "<ds:SignatureValue>AAAA</ds:SignatureValue>"), CodeInvalid, "was not made with the key of certificate"},
		{"signature value not base64", replace("<ds:SignatureValue>", "<ds:SignatureValue>!"), CodeInvalid, "not base64"},
		{"SignedInfo laid out anew", replace("<ds:SignedInfo>", "<ds:SignedInfo>\n"), CodeInvalid, ""},
		{"certificate of another key", swap(rsaTwo().der), CodeInvalid, "certificate 4d"},
		{"certificate of another kind", swap(sm2One().der), CodeInvalid, "does not suit"},
		{"certificate cut short", swap(rsaOne().der[:200]), CodeInvalid, "cannot be read"},
		{"expired certificate of the same key", swap(rsaExpired().der), CodeExpired, "expired"},
		{"no certificate", certificate.ReplaceAllString(raw, ""), CodeInvalid, "no certificate"},
		{"algorithm changed", replace("#rsa-sha1", "#rsa-sha9"), CodeInvalid, "#rsa-sha9"},
		{"HMAC", replace("#rsa-sha1", "#hmac-sha1"), CodeSecurity, "#hmac-sha1"},
		{"SM2 named on an RSA key", strings.ReplaceAll(raw, RSASHA1, SM2SM3), CodeInvalid, "does not suit"},
		{"digest algorithm changed", replace(`DigestMethod Algorithm="`+SHA1, `DigestMethod Algorithm="`+SHA256), CodeMismatch + CodeInvalid, ""},
		{"digest algorithm unknown", replace(`#sha1">`, `#md5">`), CodeInvalid + CodeInvalid, "#md5"},
		{"canonicalisation changed", replace("xml-c14n-20010315", "xml-c14n-20010315#WithComments"), CodeInvalid + CodeInvalid, "canonicalisation"},
		{"transform changed", replace("#enveloped-signature", "#base64"), CodeSecurity + CodeInvalid, "transforms"},
		{"transform with a parameter", replace(`#enveloped-signature">`, `#enveloped-signature"><ds:XPath>1</ds:XPath>`), CodeSecurity + CodeInvalid, "parameters"},
		{"reference to a part", replace(`URI=""`, `URI="#x"`), CodeSecurity + CodeInvalid, `URI="#x"`},
		{"reference without URI", replace(` URI=""`, ``), CodeSecurity + CodeInvalid, "no URI"},
		{"two references", replace("</ds:Reference>", `</ds:Reference><ds:Reference URI=""></ds:Reference>`), CodeInvalid, "schema"},
		{"object", replace("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object><ds:Manifest></ds:Manifest></ds:Object>"), CodeSecurity, "Object"},
		{"instruction in the signature", replace("<ds:KeyInfo>", "<?x <ds:KeyInfo>?><ds:KeyInfo>"), CodeInvalid, "schema"},
		{"two SignedInfo", replace("<ds:SignedInfo>", "<ds:SignedInfo></ds:SignedInfo><ds:SignedInfo>"), CodeInvalid, "schema"},
		{"two signatures", replace(signature, signature+signature), CodeSecurity, "2 signatures"},
		{"signature moved down", strings.Replace(strings.Replace(raw, signature, "", 1), "</ceb:BaseTransfer>", signature+"</ceb:BaseTransfer>", 1), CodeSecurity, "not a child"},
		{"message wrapped", strings.Replace(strings.Replace(raw, "<ceb:CEB311Message", "<evil><ceb:CEB311Message", 1), "</ceb:CEB311Message>", "</ceb:CEB311Message></evil>", 1), CodeSecurity, "not a child"},
		{"signature stripped", strings.Replace(raw, signature, "", 1), CodeInvalid, "no signature"},
		{"message cut short", raw[:len(raw)-30], CodeFormat, "line"},
		{"DTD", strings.Replace(raw, "<ceb:CEB311Message", "<!DOCTYPE x [<!ENTITY e 'x'>]><ceb:CEB311Message", 1), CodeFormat, "DTD"},
	} {
		r := Verify([]byte(c.in), Options{Now: now, Required: true})
		var codes, english string
		for _, f := range r.Faults {
			codes += f.Code
			english += f.EN + "\n"
			if f.ZH == "" || f.FixZH == "" || f.FixEN == "" {
				t.Errorf("%s: a text is missing in %+v", c.name, f)
			}
		}
		if r.OK() || codes != c.codes || !strings.Contains(english, c.has) {
			t.Errorf("%s: codes %s, want %s with %q\n%s", c.name, codes, c.codes, c.has, english)
		}
	}
}

// A digest that is not signed, smuggled in beside the one that is, must not
// be taken for it.
func TestUnsignedDigestIsNotBelieved(t *testing.T) {
	t.Parallel()
	good := string(signed(t, message("311", 1), rsaSigner()))
	evil := strings.Replace(good, "X000000000", "X999999999", 1)
	s := newScanner([]byte(evil))
	if err := s.document(); err != nil {
		t.Fatal(err)
	}
	h := sha1.New()
	s.out.sum(h)
	s.release()
	digest := "<ds:DigestValue>" + base64.StdEncoding.EncodeToString(h.Sum(nil)) + "</ds:DigestValue>"
	reference := `<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="` + EnvelopedSignature + `"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="` + SHA1 + `"></ds:DigestMethod>` + digest + "</ds:Reference>"
	for _, smuggled := range []string{digest, reference, "<ds:SignedInfo>" + reference + "</ds:SignedInfo>",
		`<ds:X xmlns:ds="urn:evil"><ds:SignedInfo>` + reference + "</ds:SignedInfo></ds:X>",
		`<ds:X xmlns:ds="urn:evil"><ds:Signature><ds:SignedInfo>` + reference + "</ds:SignedInfo></ds:Signature></ds:X>"} {
		for _, place := range []string{"<ds:KeyInfo>", "<ds:X509Data>", "</ds:SignatureValue>", "<ds:SignatureValue>"} {
			r := Verify([]byte(strings.Replace(evil, place, place+smuggled, 1)), Options{Now: now})
			if r.OK() || r.DigestOK {
				t.Errorf("%.80s behind %s is believed: %+v", smuggled, place, r)
			}
		}
	}
}

func TestLayoutHint(t *testing.T) {
	t.Parallel()
	raw := strings.Replace(string(signed(t, message("311", 1), sm2Signer())), "<ds:SignedInfo>", "<ds:SignedInfo>\n    ", 1)
	r := Verify([]byte(raw), Options{Now: now})
	if len(r.Faults) != 1 || !strings.Contains(r.Faults[0].FixEN, "laid out anew") {
		t.Errorf("faults %+v", r.Faults)
	}
}

func TestCertificateByKeyName(t *testing.T) {
	t.Parallel()
	raw := regexp.MustCompile(`<ds:X509Data>.*</ds:X509Data>`).ReplaceAll(signed(t, message("621", 1), sm2Signer()), nil)
	asked := ""
	lookup := func(name string) []byte { asked = name; return sm2One().der }
	if r := Verify(raw, Options{Now: now, Lookup: lookup}); !r.OK() || asked != "03000000000cde70" {
		t.Errorf("asked for %q: %+v", asked, r.Faults)
	}
	if r := Verify(raw, Options{Now: now, Lookup: func(string) []byte { return nil }}); r.OK() || !strings.Contains(r.Faults[0].EN, "03000000000cde70") {
		t.Errorf("an unknown name: %+v", r.Faults)
	}
}

func TestRegisterAddsFaults(t *testing.T) {
	t.Parallel()
	raw := signed(t, message("621", 1), sm2Signer())
	own := Fault{Code: CodeSecurity, ZH: "证书未备案", EN: "the certificate is not filed"}
	r := Verify(raw, Options{Now: now, Register: func(c *Certificate) []Fault { return []Fault{own} }})
	if r.OK() || len(r.Faults) != 1 || r.Faults[0] != own || !r.SignatureOK || !r.DigestOK {
		t.Errorf("%+v", r)
	}
}

func TestUnsignedMessage(t *testing.T) {
	t.Parallel()
	if r := Verify(message("311", 1), Options{}); r.Present || r.OK() || len(r.Faults) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestNotYetValid(t *testing.T) {
	t.Parallel()
	r := Verify(signed(t, message("311", 1), rsaSigner()), Options{Now: now.AddDate(-2, 0, 0)})
	if len(r.Faults) != 1 || r.Faults[0].Code != CodeInvalid || !strings.Contains(r.Faults[0].EN, "not valid yet") {
		t.Errorf("%+v", r.Faults)
	}
}

// Names outside ASCII and xml: attributes around SignedInfo go to the library.
func TestUnusualMessagesVerify(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"xml:lang on the root": strings.Replace(string(message("311", 1)), " version=", ` xml:lang="zh" version=`, 1),
		"Chinese name":         strings.Replace(string(message("311", 1)), "<ceb:note></ceb:note>", "<ceb:备注>x</ceb:备注>", 1),
		"many attributes":      strings.Replace(string(message("311", 1)), "<ceb:note>", "<ceb:note"+manyAttributes()+">", 1),
	} {
		doc := etree.NewDocument()
		if err := doc.ReadFromString(raw); err != nil {
			t.Fatal(err)
		}
		out := signedByLibrary(t, doc)
		if r := Verify(out, Options{Now: now}); !r.OK() {
			t.Errorf("%s: %+v", name, r.Faults)
		}
		if r := Verify(bytes.Replace(out, []byte("X000000000"), []byte("X000000001"), 1), Options{Now: now}); r.OK() || r.Faults[0].Code != CodeMismatch {
			t.Errorf("%s, changed: %+v", name, r.Faults)
		}
	}
}

func manyAttributes() string {
	var b strings.Builder
	for i := range maxAttributes + 1 {
		b.WriteString(" a" + strings.Repeat("x", i) + `="1"`)
	}
	return b.String()
}

// signedByLibrary signs with goxmldsig.
func signedByLibrary(t *testing.T, doc *etree.Document) []byte {
	t.Helper()
	ctx, err := library.NewSigningContext(rsaOne().key, [][]byte{rsaOne().der})
	if err != nil {
		t.Fatal(err)
	}
	ctx.Canonicalizer = library.MakeC14N10RecCanonicalizer()
	root, err := ctx.SignEnveloped(doc.Root())
	if err != nil {
		t.Fatal(err)
	}
	out := etree.NewDocument()
	out.SetRoot(root)
	return must(out.WriteToBytes())
}

func TestLibrarySignatureVerifiesHere(t *testing.T) {
	t.Parallel()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(message("311", 2)); err != nil {
		t.Fatal(err)
	}
	r := Verify(signedByLibrary(t, doc), Options{Now: now, Required: true})
	if !r.OK() || r.SignatureAlgorithm != RSASHA256 {
		t.Errorf("%+v", r)
	}
}

func TestOurSignatureVerifiesWithLibrary(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rsa-sha1", "rsa-sha256"} {
		raw := signed(t, message("311", 2), signers()[name])
		cert := must(ParseCertificate(rsaOne().der)).parsed
		verify := func(raw []byte) error {
			doc := etree.NewDocument()
			if err := doc.ReadFromBytes(raw); err != nil {
				return err
			}
			ctx := library.NewDefaultValidationContext(&library.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
			ctx.Clock = library.NewFakeClockAt(now)
			_, err := ctx.Validate(doc.Root())
			return err
		}
		if err := verify(raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if verify(bytes.Replace(raw, []byte("X000000001"), []byte("X000000002"), 1)) == nil {
			t.Errorf("%s: the library accepts a changed message", name)
		}
	}
}

// Hostile messages are refused, and cost no more than reading them.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"100,000 levels":             strings.Repeat("<a>", 100000),
		"levels of Chinese names":    strings.Repeat("<备>", 100000),
		"long, with a Chinese name":  "<备>" + strings.Repeat("<a/>", maxLibrary/4) + "</备>",
		"spaces alone":               strings.Repeat(" ", 8<<20),
		"an endless attribute":       `<a b="` + strings.Repeat("x", 8<<20),
		"an endless comment":         "<a><!--" + strings.Repeat("x-", 4<<20),
		"very many attributes":       "<a " + strings.Repeat(`b="1" `, 1<<20) + "/>",
		"very many signatures":       "<a>" + strings.Repeat(`<Signature xmlns="`+namespace+`"/>`, 20000) + "</a>",
		"a signature of many parts":  `<a><Signature xmlns="` + namespace + `">` + strings.Repeat("<b/>", 100000) + "</Signature></a>",
		"a certificate of megabytes": strings.Replace(string(signed(t, message("311", 1), sm2Signer())), "<ds:X509Certificate>", "<ds:X509Certificate>"+strings.Repeat("AAAA", 1<<20), 1),
	} {
		if r := Verify([]byte(raw), Options{Now: now, Required: true}); r.OK() || len(r.Faults) == 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
