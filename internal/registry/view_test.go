package registry_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotzone/ceb"
	"pilotzone/ceb/dsig"
	"pilotzone/ident"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/registry"
)

// uscc makes a valid unified social credit code for a made-up enterprise.
func uscc(t testing.TB, n int) string {
	t.Helper()
	s, err := ident.MakeUSCC(fmt.Sprintf("91410700MA%07d", n))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func day(s string) clock.Day {
	d, err := clock.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

func fingerprint(c byte) string { return strings.Repeat(string(c), 64) }

// firm is a filing with everything that a filing can have.
func firm(t testing.TB, n int) registry.Filing {
	return registry.Filing{
		ID: fmt.Sprint("firm-", n), CustomsCode: fmt.Sprintf("41079%05d", 60000+n), USCC: uscc(t, n), Name: fmt.Sprint("新乡示例电商", n),
		Kinds: registry.Platform | registry.Merchant, From: day("2026-01-01"), To: day("2026-12-31"), Revision: 1,
		Suspensions: []registry.Suspension{{From: day("2026-03-01"), To: day("2026-03-10"), Reason: "年报逾期"}},
		Certificates: []registry.Certificate{{Fingerprint: fingerprint('a' + byte(n%6)), Serial: fmt.Sprintf("%02x", n), Subject: "CN=示例",
			NotBefore: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
			Codes: []string{"4107980001"}, DER: []byte{1, 2, byte(n)}}},
		Policies: []registry.Policy{{Kind: 0, Mode: registry.Optional}, {Kind: 621, Mode: registry.Required}},
	}
}

func view(t testing.TB, filings ...registry.Filing) *registry.View {
	t.Helper()
	v := registry.NewView()
	for i := range filings {
		id, err := v.Apply(registry.AppendFiling(nil, &filings[i]))
		if err != nil || id != filings[i].ID {
			t.Fatalf("Apply: %q, %v", id, err)
		}
	}
	return v
}

func TestFiledOnADay(t *testing.T) {
	t.Parallel()
	f := firm(t, 1)
	open := firm(t, 2)
	open.From, open.To, open.USCC = 0, 0, ""
	open.Suspensions = []registry.Suspension{{From: day("2026-05-01")}}
	v := view(t, f, open)
	for _, tt := range []struct {
		code, role, on string
		ok             bool
		why            string
	}{
		{f.CustomsCode, "platform", "2026-01-01", true, ""},
		{f.USCC, "merchant", "2026-12-31", true, ""},
		{f.CustomsCode, "platform", "2025-12-31", false, "未生效"},
		{f.CustomsCode, "platform", "2027-01-01", false, "已失效"},
		{f.CustomsCode, "platform", "2026-02-28", true, ""},
		{f.CustomsCode, "platform", "2026-03-01", false, "已暂停"},
		{f.CustomsCode, "platform", "2026-03-10", false, "suspended"},
		{f.CustomsCode, "platform", "2026-03-11", true, ""},
		{f.CustomsCode, "payment", "2026-06-01", false, "未按支付企业备案"},
		{f.CustomsCode, "bakery", "2026-06-01", false, "bakery"},
		{"4107900000", "platform", "2026-06-01", false, "未备案"},
		{"", "platform", "2026-06-01", false, "not filed"},
		{open.CustomsCode, "platform", "1999-01-01", true, ""},
		{open.CustomsCode, "platform", "2099-01-01", false, "suspended"},
	} {
		ok, why := v.Filed(tt.code, tt.role, day(tt.on))
		if ok != tt.ok || !strings.Contains(why, tt.why) || ok != (why == "") {
			t.Errorf("Filed(%s, %s, %s) = %v, %q; want %v, %q", tt.code, tt.role, tt.on, ok, why, tt.ok, tt.why)
		}
	}
}

func TestViewFollowsItsInputs(t *testing.T) {
	t.Parallel()
	a := firm(t, 1)
	moved := a
	moved.CustomsCode, moved.Revision = "4107960099", 2
	b := firm(t, 2)
	b.CustomsCode = a.CustomsCode // taken over after a gave it up
	v := view(t, a, moved, b, a)  // the old revision comes again and changes nothing
	if f := v.Lookup(a.CustomsCode); f == nil || f.ID != b.ID {
		t.Errorf("%s belongs to %+v, want %s", a.CustomsCode, f, b.ID)
	}
	if f := v.Lookup("4107960099"); f == nil || f.ID != a.ID || f.Revision != 2 {
		t.Errorf("4107960099 belongs to %+v", f)
	}
	if v.Lookup("nobody") != nil || v.Len() != 2 {
		t.Error("the view has others")
	}
	if got := v.DER("01"); !bytes.Equal(got, a.Certificates[0].DER) || v.DER("77") != nil {
		t.Errorf("certificate 01 = %x, 77 = %x", got, v.DER("77"))
	}
	if _, err := v.Apply([]byte{9}); err == nil {
		t.Error("an unknown version was taken in")
	}
}

func drawFiling(t *rapid.T) *registry.Filing {
	text := rapid.StringN(0, 8, 30)
	days := rapid.Custom(func(t *rapid.T) clock.Day { return day("2020-01-01").AddDays(rapid.IntRange(0, 5000).Draw(t, "d")) })
	at := rapid.Custom(func(t *rapid.T) time.Time { return time.UnixMicro(rapid.Int64Range(-1e15, 4e15).Draw(t, "µs")).UTC() })
	f := &registry.Filing{ID: fmt.Sprint("f", rapid.IntRange(0, 9).Draw(t, "id")), CustomsCode: text.Draw(t, "c"), USCC: text.Draw(t, "u"), Name: text.Draw(t, "n"),
		Kinds: registry.Kinds(rapid.Uint32().Draw(t, "k")), From: days.Draw(t, "from"), To: days.Draw(t, "to"), Revision: rapid.Uint64().Draw(t, "r")}
	for range rapid.IntRange(0, 2).Draw(t, "s") {
		f.Suspensions = append(f.Suspensions, registry.Suspension{From: days.Draw(t, "f"), To: days.Draw(t, "t"), Reason: text.Draw(t, "r")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "cs") {
		f.Certificates = append(f.Certificates, registry.Certificate{Fingerprint: text.Draw(t, "f"), Serial: text.Draw(t, "s"), Subject: text.Draw(t, "j"),
			NotBefore: at.Draw(t, "b"), NotAfter: at.Draw(t, "a"), Codes: rapid.SliceOfN(text, 0, 2).Draw(t, "cc"), Revoked: days.Draw(t, "v"), DER: rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "d")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "p") {
		f.Policies = append(f.Policies, registry.Policy{Kind: ceb.Kind(rapid.Uint16().Draw(t, "k")), Mode: registry.Mode(rapid.Byte().Draw(t, "m"))})
	}
	return f
}

// A filing goes through its stored form unchanged, no shorter form is accepted,
// and a snapshot carries a view over with the same bytes, whatever the order in
// which filings came.
func TestFilingsKeepTheirForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFiling(t)
		body := registry.AppendFiling(nil, f)
		got, err := registry.DecodeFiling(body)
		if err != nil || !bytes.Equal(registry.AppendFiling(nil, got), body) || got.Name != f.Name || len(got.Certificates) != len(f.Certificates) {
			t.Fatalf("decoded %+v, %v; want %+v", got, err, f)
		}
		for n := range body {
			if _, err := registry.DecodeFiling(body[:n]); err == nil {
				t.Fatalf("cut to %d of %d bytes: accepted", n, len(body))
			}
		}
		v, w := registry.NewView(), registry.NewView()
		for range rapid.IntRange(1, 6).Draw(t, "filings") {
			if _, err := v.Apply(registry.AppendFiling(nil, drawFiling(t))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Restore(v.Snapshot()); err != nil || !bytes.Equal(v.Snapshot(), w.Snapshot()) || v.Len() != w.Len() {
			t.Fatalf("restored %d of %d filings, %v", w.Len(), v.Len(), err)
		}
	})
}

// The stored form is for ever: these bytes were written by version 1.
func TestStoredFormOfVersion1(t *testing.T) {
	t.Parallel()
	f := registry.Filing{ID: "e1", CustomsCode: "4107960001", Name: "甲", Kinds: registry.Agent, From: 20260101, Revision: 7,
		Policies: []registry.Policy{{Kind: 621, Mode: registry.Off}}}
	const want = "\x01\x02e1\x0a4107960001\x00\x03甲\x10\x85\xca\xd4\x09\x00\x00\x00\x01\xed\x04\x03\x07"
	if got := registry.AppendFiling(nil, &f); string(got) != want {
		t.Errorf("stored form = %q, want %q", got, want)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	f := firm(t, 0)
	other := firm(t, 1)
	other.Policies = nil
	other.Certificates[0].Revoked = day("2026-05-01")
	off := firm(t, 2)
	off.Policies = []registry.Policy{{Kind: 0, Mode: registry.Off}, {Kind: 411, Mode: registry.Required}}
	v := view(t, f, other, off)

	certificate := func(print string) *dsig.Certificate {
		return &dsig.Certificate{Fingerprint: print, Serial: "0a", NotBefore: f.Certificates[0].NotBefore, NotAfter: f.Certificates[0].NotAfter}
	}
	good := func(print string) *dsig.Report {
		return &dsig.Report{Present: true, DigestOK: true, SignatureOK: true, Certificate: certificate(print)}
	}
	bad := good(fingerprint('a'))
	bad.DigestOK = false
	bad.Faults = []dsig.Fault{{Code: dsig.CodeMismatch, ZH: "摘要不一致", EN: "digest differs"}}
	stranger := good(fingerprint('9'))
	stranger.DigestOK = false
	stranger.Faults = bad.Faults
	old := good(fingerprint('a'))
	old.Certificate.NotAfter = at.Add(-time.Second)
	young := good(fingerprint('a'))
	young.Certificate.NotBefore = at.Add(time.Second)
	none := &dsig.Report{}

	for name, tt := range map[string]struct {
		r      *dsig.Report
		kind   ceb.Kind
		sender string
		code   string // of a refusal
		remark string
	}{
		"optional, none":                         {none, 311, f.CustomsCode, "", ""},
		"optional, good":                         {good(fingerprint('a')), 311, f.CustomsCode, "", ""},
		"optional, good, sender by USCC":         {good(fingerprint('a')), 311, f.USCC, "", ""},
		"optional, signs for another by mandate": {good(fingerprint('a')), 311, "4107980001", "", ""},
		"optional, bad digest":                   {bad, 311, f.CustomsCode, dsig.CodeMismatch, "摘要不一致"},
		"optional, placeholder of a stranger":    {stranger, 311, f.CustomsCode, "", "视同未签名"},
		"optional, unknown certificate":          {good(fingerprint('9')), 311, f.CustomsCode, "", "未登记"},
		"optional, of another enterprise":        {good(fingerprint('b')), 311, f.CustomsCode, dsig.CodeSecurity, "证书已注销"},
		"optional, sender is another":            {good(fingerprint('a')), 311, other.CustomsCode, dsig.CodeSecurity, other.CustomsCode},
		"optional, expired":                      {old, 311, f.CustomsCode, dsig.CodeExpired, "有效期"},
		"optional, not yet valid":                {young, 311, f.CustomsCode, dsig.CodeExpired, "有效期"},
		"unknown sender is optional":             {none, 311, "4107911111", "", ""},
		"required, none":                         {none, 621, f.CustomsCode, "-621026", "签名信息为空"},
		"required, none, no code of its own":     {none, 411, off.CustomsCode, dsig.CodeInvalid, "签名信息为空"},
		"required, good":                         {good(fingerprint('a')), 621, f.CustomsCode, "", ""},
		"required, bad digest":                   {bad, 621, f.CustomsCode, "-621029", "摘要不一致"},
		"required, unknown certificate":          {good(fingerprint('9')), 621, f.CustomsCode, "-621029", "未在本平台登记"},
		"list of another sender":                 {good(fingerprint('c')), 621, f.CustomsCode, "-621015", off.CustomsCode},
		"withdrawal, bad":                        {bad, 623, f.CustomsCode, "-623029", "digest differs"},
		"return, other sender":                   {good(fingerprint('a')), 625, other.CustomsCode, "-625013", ""},
		"off, bad":                               {bad, 621, off.CustomsCode, "", ""},
		"off, none":                              {none, 621, off.CustomsCode, "", ""},
	} {
		got := v.Judge(tt.r, tt.kind, tt.sender, at)
		if got.OK != (tt.code == "") || got.Code != tt.code || !strings.Contains(got.ZH+got.EN, tt.remark) {
			t.Errorf("%s: %+v, want code %q and %q", name, got, tt.code, tt.remark)
		}
		if !got.OK && (got.ZH == "" || got.EN == "") {
			t.Errorf("%s: a refusal without words", name)
		}
	}
	if got := v.Judge(good(fingerprint('a')), 311, f.CustomsCode, at); got.Enterprise != f.ID || got.Mode != registry.Optional {
		t.Errorf("signer = %+v, want %s", got, f.ID)
	}
}

func TestCheckFindsEveryFault(t *testing.T) {
	t.Parallel()
	ok := firm(t, 1)
	if faults := ok.Check(); len(faults) != 0 {
		t.Fatalf("a sound filing has faults: %v", faults)
	}
	for field, spoil := range map[string]func(f *registry.Filing){
		"id":           func(f *registry.Filing) { f.ID = "a b" },
		"customs_code": func(f *registry.Filing) { f.CustomsCode = "4107" },
		"uscc":         func(f *registry.Filing) { f.USCC = "91410700MA" },
		"name":         func(f *registry.Filing) { f.Name = " " },
		"kinds":        func(f *registry.Filing) { f.Kinds = 0 },
		"from":         func(f *registry.Filing) { f.To = f.From.AddDays(-1) },
		"suspensions":  func(f *registry.Filing) { f.Suspensions = []registry.Suspension{{To: 20260101}} },
		"certificates": func(f *registry.Filing) { f.Certificates = append(f.Certificates, f.Certificates[0]) },
		"policies":     func(f *registry.Filing) { f.Policies = []registry.Policy{{Kind: 312, Mode: registry.Off}} },
	} {
		f := firm(t, 1)
		spoil(&f)
		faults := f.Check()
		if len(faults) != 1 || faults[0].Field != field || faults[0].ZH == "" || faults[0].EN == "" {
			t.Errorf("%s spoilt: %v", field, faults)
		}
	}
	var all registry.Faults
	if none := (&registry.Filing{}).Check(); len(none) != 4 || !errors.As(error(none), &all) {
		t.Errorf("an empty filing has %d faults, want 4 at once: %v", len(none), none)
	}
}
