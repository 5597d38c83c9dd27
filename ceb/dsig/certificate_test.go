package dsig

import (
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"testing"
	"time"
)

func TestExtensionText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"UTF-8":           {must(asn1.MarshalWithParams("新乡", "utf8")), "新乡"},
		"GBK under IA5":   {[]byte{0x16, 4, 0xd0, 0xc2, 0xcf, 0xe7}, "新乡"},
		"not ASN.1":       {[]byte("MA5TNFGY9"), ""},
		"cut short":       {[]byte{0x16, 9, 'A'}, ""},
		"neither charset": {[]byte{0x16, 1, 0xff}, "\uFFFD"},
	} {
		if got := extensionText(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestParseCertificate(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]identity{"rsa": rsaOne(), "sm2": sm2One()} {
		c, err := ParseCertificate(id.der)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.Enterprise != "新乡跨境电商有限公司" || c.Organisation != "MA5TNFGY9" || !c.NotAfter.Equal(now.AddDate(1, 0, 0).UTC()) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if _, err := ParseCertificate(make([]byte, maxCertificate+1)); err == nil {
		t.Error("a certificate over the bound is read")
	}
	if _, err := SelfSigned(rsaOne().key, CertificateRequest{NotBefore: now, NotAfter: now.Add(time.Hour)}); err == nil {
		t.Error("a serial number of 0 is taken")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	port := &Certificate{Enterprise: "新乡跨境电商有限公司", Organisation: "MA5TNFGY9"}
	for _, c := range []struct {
		cert        *Certificate
		code, name  string
		same, known bool
	}{
		{port, "91410700MA5TNFGY9X", "旧名称", true, true},
		{port, "91410700MA5TNFGY8X", "新乡跨境电商有限公司", false, true},
		{port, "4107960001", "新乡跨境电商有限公司", true, true},
		{port, "4107960001", "别家公司", false, true},
		{port, "4107960001", "", false, false},
		{&Certificate{}, "91410700MA5TNFGY9X", "新乡跨境电商有限公司", false, false},
	} {
		if same, known := c.cert.Names(c.code, c.name); same != c.same || known != c.known {
			t.Errorf("%+v with %q %q: %v %v", c.cert, c.code, c.name, same, known)
		}
	}
}

// The cache stays within two generations and keeps what is in use.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := cache{size: 8}
	used := sha256.Sum256(sm2One().der)
	if _, err := c.get(sm2One().der); err != nil {
		t.Fatal(err)
	}
	first := c.young[used]
	for i := range uint64(100) {
		var key [sha256.Size]byte
		binary.BigEndian.PutUint64(key[:], i)
		c.put(key, first)
		if got, _ := c.get(sm2One().der); got != first {
			t.Fatalf("after %d others the certificate in use is parsed anew", i+1)
		}
		if len(c.young)+len(c.old) > 2*c.size {
			t.Fatalf("%d entries, want at most %d", len(c.young)+len(c.old), 2*c.size)
		}
	}
	if _, err := c.get([]byte("no certificate")); err == nil {
		t.Error("nonsense is cached as a certificate")
	}
}
