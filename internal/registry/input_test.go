package registry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/registry"
)

func TestReadCSV(t *testing.T) {
	t.Parallel()
	code := uscc(t, 5)
	got, err := registry.ReadCSV(strings.NewReader("\xef\xbb\xbfuscc,name,kinds,from,customs_code\r\n" +
		code + ",新乡甲电商,platform|电商企业,2026-01-01,4107960001\n,乙物流,logistics,20260201,4107960002\n"))
	if err != nil || len(got) != 2 {
		t.Fatalf("read %d, %v", len(got), err)
	}
	if f := got[0]; f.ID != code || f.CustomsCode != "4107960001" || f.Name != "新乡甲电商" || f.Kinds != registry.Platform|registry.Merchant || f.From != day("2026-01-01") || f.To != 0 {
		t.Errorf("first = %+v", f)
	}
	if f := got[1]; f.ID != "4107960002" || f.Kinds != registry.Logistics || f.From != day("2026-02-01") {
		t.Errorf("second = %+v", f)
	}
}

// All faults of a file come at once, by line.
func TestReadCSVTellsAllFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     []string // line:field
	}{
		{"many", "id,customs_code,name,kinds,from,colour\n" +
			"a,4107960001,甲,platform,2026-01-01,x\n" +
			"a,4107960001,乙,platform,2026-01-01,x\n" +
			"b,41,丙,bakery,2026-13-01,x\n" +
			"c,,,,,\n" +
			"d,4107960004,丁\n", []string{"1:colour", "3:customs_code", "3:id", "4:customs_code", "4:from", "4:kinds", "5:customs_code", "5:kinds", "5:name", "6:file", "6:kinds"}},
		{"empty", "", []string{"1:file"}},
		{"not UTF-8", "name\n\xbc\xd7", []string{"0:file"}},
		{"bare quote", "id,customs_code,name,kinds\nx,4107960001,\"甲\"乙,agent\ny,4107960002,丙,agent\n", []string{"2:file"}},
	} {
		_, err := registry.ReadCSV(strings.NewReader(tt.in))
		wantFaults(t, tt.name, err, tt.want)
	}
}

func wantFaults(t *testing.T, name string, err error, want []string) {
	t.Helper()
	var faults registry.Faults
	if !errors.As(err, &faults) {
		t.Errorf("%s: %v, want faults", name, err)
		return
	}
	var got []string
	for _, f := range faults {
		got = append(got, string(rune('0'+f.Line))+":"+f.Field)
		if f.ZH == "" || f.EN == "" {
			t.Errorf("%s: fault without words: %v", name, f)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: faults %v, want %v\n%v", name, got, want, err)
	}
}

func testCertificate(t *testing.T) ([]byte, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(0xcde6f), Subject: pkix.Name{CommonName: "示例"},
		NotBefore: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return der, "      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ")
}

func TestReadYAML(t *testing.T) {
	t.Parallel()
	der, text := testCertificate(t)
	got, err := registry.ReadYAML(strings.NewReader(`
- id: a
  customs_code: "4107960001"
  name: 甲
  kinds: agent|guarantor
  from: 2026-01-01
  signatures: {default: optional, CEB621Message: required}
  certificates:
  - codes: ["4107960002"]
    pem: |
` + text + `
`))
	if err != nil || len(got) != 1 {
		t.Fatalf("read %d, %v", len(got), err)
	}
	f := got[0]
	if f.Kinds != registry.Agent|registry.Guarantor || f.Mode(621) != registry.Required || f.Mode(311) != registry.Optional {
		t.Errorf("filing = %+v", f)
	}
	if c := f.Certificates; len(c) != 1 || c[0].Serial != "0cde6f" || string(c[0].DER) != string(der) || c[0].Codes[0] != "4107960002" || len(c[0].Fingerprint) != 64 || c[0].NotAfter.Year() != 2030 {
		t.Errorf("certificates = %+v", c)
	}
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"unknown name", "- id: a\n  colour: red\n- id: b\n", []string{"1:file", "3:customs_code", "3:kinds", "3:name"}},
		{"no list", "id: a\n", []string{"0:file"}},
		{"certificate and policy", "- {id: a, customs_code: \"4107960001\", name: n, kinds: agent, certificates: [{pem: x}], signatures: {CEB9: required, default: maybe}}",
			[]string{"1:certificates", "1:signatures", "1:signatures"}},
	} {
		_, err := registry.ReadYAML(strings.NewReader(tt.in))
		wantFaults(t, tt.name, err, tt.want)
	}
}
