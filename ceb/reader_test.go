package ceb_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"pilotzone/ceb"
	"pilotzone/ceb/cebtest"
	"pilotzone/ceb/dxp"
)

const rootTag = `<ceb:CEB311Message guid="4CDE1CFD-EDED-46B1-946C-B8022E42FC94" version="1.0" xmlns:ceb="http://www.chinaport.gov.cn/ceb">`

// TestMalformedMessages: one clear error at the place, no panic.
func TestMalformedMessages(t *testing.T) {
	t.Parallel()
	good := string(cebtest.Message(311, cebtest.Options{}))
	tests := []struct {
		name, text, code, path string
		line                   int
	}{
		{"nothing", "", ceb.CodeTruncated, "/", 1},
		{"spaces", " \n \n", ceb.CodeTruncated, "/", 3},
		{"no XML", "hello", ceb.CodeXML, "/", 1},
		{"JSON", `{"guid":1}`, ceb.CodeXML, "/", 1},
		{"document type", `<?xml version="1.0"?>` + "\n<!DOCTYPE a [<!ENTITY b \"c\">]>" + rootTag, ceb.CodeDTD, "/", 2},
		{"entity", rootTag + "\n&lol;", ceb.CodeEntity, "/CEB311Message", 2},
		{"bare ampersand", rootTag + "a & b", ceb.CodeXML, "/CEB311Message", 1},
		{"forbidden reference", rootTag + "&#0;", ceb.CodeXML, "/CEB311Message", 1},
		{"NUL", rootTag + "\n\n\x00", ceb.CodeChar, "/CEB311Message", 3},
		{"control character", rootTag + "\x08", ceb.CodeChar, "/CEB311Message", 1},
		{"U+FFFE", rootTag + "\uFFFE", ceb.CodeChar, "/CEB311Message", 1},
		{"GBK bytes", rootTag + "\xd6\xd0\xce\xc4", ceb.CodeEncoding, "/CEB311Message", 1},
		{"GBK declared", `<?xml version="1.0" encoding="GBK"?>` + rootTag, ceb.CodeEncoding, "/", 1},
		{"UTF-16", "\xff\xfe<\x00", ceb.CodeEncoding, "/", 1},
		{"UTF-16 without mark", "<\x00?\x00", ceb.CodeEncoding, "/", 1},
		{"ASCII declared", `<?xml version="1.0" encoding="US-ASCII"?>` + rootTag + "中", ceb.CodeEncoding, "/CEB311Message", 1},
		{"overlong UTF-8", rootTag + "\xc0\xaf", ceb.CodeEncoding, "/CEB311Message", 1},
		{"surrogate", rootTag + "\xed\xa0\x80", ceb.CodeEncoding, "/CEB311Message", 1},
		{"declaration in the middle", "\n" + good, ceb.CodeXML, "/", 2},
		{"bad declaration", `<?xml encoding="UTF-8"?>` + rootTag, ceb.CodeXML, "/", 1},
		{"cut off", good[:len(good)/2], ceb.CodeTruncated, "/CEB311Message/Order[1]/OrderList[1]/itemName", 0},
		{"cut off in a tag", good[:strings.Index(good, "OrderHead")], ceb.CodeTruncated, "/CEB311Message/Order[1]", 0},
		{"wrong end tag", rootTag + "<a></b>", ceb.CodeXML, "/CEB311Message/a", 1},
		{"second root", good + "<a/>", ceb.CodeXML, "/", 0},
		{"text after the root", good + "x", ceb.CodeXML, "/", 0},
		{"attribute twice", `<a b="1" b="2"/>`, ceb.CodeXML, "/a", 1},
		{"attribute without quotes", `<a b=1/>`, ceb.CodeXML, "/a", 1},
		{"attribute with <", `<a b="<"/>`, ceb.CodeXML, "/a", 1},
		{"comment with --", rootTag + "<!-- a -- b -->", ceb.CodeXML, "/CEB311Message", 1},
		{"]]> in text", rootTag + "]]>", ceb.CodeXML, "/CEB311Message", 1},
		{"prefix not bound", `<ceb:CEB311Message/>`, ceb.CodeNamespace, "/CEB311Message", 1},
		{"other namespace", `<CEB311Message/>`, ceb.CodeNamespace, "/CEB311Message", 1},
		{"other root", `<a/>`, ceb.CodeRoot, "/a", 1},
		{"unknown number", `<a:CEB999Message xmlns:a="http://www.chinaport.gov.cn/ceb"/>`, ceb.CodeRoot, "/CEB999Message", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ceb.Decode([]byte(tt.text))
			var d *ceb.Defect
			if !errors.As(err, &d) {
				t.Fatalf("Decode gives %v", err)
			}
			if d.Code != tt.code || d.Path != tt.path || tt.line > 0 && d.Line != tt.line || d.ZH == "" || d.EN == "" {
				t.Errorf("got %s %s line %d (%s / %s)", d.Code, d.Path, d.Line, d.ZH, d.EN)
			}
			if v := ceb.Validate([]byte(tt.text), 0); v.Valid || len(v.Errors) != 1 || v.Errors[0].Code != tt.code {
				t.Errorf("Validate gives %+v", v)
			}
		})
	}
}

// TestHostileMessagesCostNothing: bounds are met in one pass and with little
// memory.
func TestHostileMessagesCostNothing(t *testing.T) {
	tests := []struct {
		name, text, code string
	}{
		{"more than MaxSize", strings.Repeat(" ", ceb.MaxSize+1), ceb.CodeSize},
		{"a sea of spaces", rootTag + strings.Repeat(" ", ceb.MaxText+1), ceb.CodeSize},
		{"100,000 levels", rootTag + strings.Repeat("<a>", 100_000), ceb.CodeDepth},
		{"many attributes", "<a" + strings.Repeat(` x="1"`, 3), ceb.CodeXML},
		{"a million elements", rootTag + strings.Repeat("<a/>", 1_100_000), ceb.CodeSize},
		{"a million comments", strings.Repeat("<!---->\n", 1_000_000), ceb.CodeTruncated},
		{"unfinished comments", rootTag + strings.Repeat("<!-", 1_000_000), ceb.CodeXML},
		{"a long name", "<" + strings.Repeat("a", 1_000_000), ceb.CodeSize},
		{"many namespaces", rootTag + strings.Repeat(`<a xmlns:b="c" xmlns:d="e">`, 200), ceb.CodeSize},
		{"a long reference", rootTag + "&#" + strings.Repeat("0", 1_000_000), ceb.CodeXML},
		{"brackets", rootTag + strings.Repeat("]]", 1_000_000), ceb.CodeTruncated},
	}
	for _, tt := range tests {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		data := []byte(tt.text)
		v := ceb.Validate(data, 0)
		runtime.ReadMemStats(&after)
		if v.Valid || len(v.Errors) != 1 || v.Errors[0].Code != tt.code {
			t.Errorf("%s: %.300v", tt.name, v)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(len(data))+256<<20 {
			t.Errorf("%s: %d MB allocated for %d MB", tt.name, used>>20, len(data)>>20)
		}
	}
}

func TestDefectsAreBounded(t *testing.T) {
	t.Parallel()
	bad := strings.Repeat("<ceb:Order><ceb:OrderHead>"+strings.Repeat("<ceb:guid/>", 1000)+"</ceb:OrderHead></ceb:Order>", 5)
	m, err := ceb.Decode([]byte(rootTag + bad + "</ceb:CEB311Message>"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range m.Docs {
		if n := len(d.Defects); n < 500 || n > 1001 {
			t.Errorf("document %d has %d defects listed", d.Index, n)
		}
		if last := d.Defects[len(d.Defects)-1]; last.Code != ceb.CodeMore && !hasCode(d.Defects, ceb.CodeMore) {
			t.Errorf("document %d does not say that there are more", d.Index)
		}
	}
}

func hasCode(list []ceb.Defect, code string) bool {
	for _, d := range list {
		if d.Code == code {
			return true
		}
	}
	return false
}

// TestUnusualButValid: what XML allows and senders may do.
func TestUnusualButValid(t *testing.T) {
	t.Parallel()
	good := string(cebtest.Message(311, cebtest.Options{Unsigned: true}))
	tests := map[string]string{
		"byte order mark":                    "\uFEFF" + good,
		"no declaration":                     good[strings.Index(good, "\n")+1:],
		"standalone":                         strings.Replace(good, `"UTF-8"?>`, `'utf-8' standalone='yes' ?>`, 1),
		"comments everywhere":                strings.ReplaceAll(good, "\n", "<!-- c -->\n"),
		"instruction":                        strings.Replace(good, "<ceb:Order>", "<?p i?><ceb:Order>", 1),
		"windows line ends":                  strings.ReplaceAll(good, "\n", "\r\n"),
		"one line":                           strings.ReplaceAll(strings.ReplaceAll(good, "\n", ""), "\t", ""),
		"CDATA":                              strings.Replace(good, ">142<", "><![CDATA[142]]><", 1),
		"text split by a comment":            strings.Replace(good, ">142<", ">1<!-- - -->42<", 1),
		"references":                         strings.Replace(good, ">142<", ">1&#x34;&#50;<", 1),
		"empty element with its fixed value": strings.Replace(good, ">142<", "><", 1),
		"empty-element tag with fixed value": strings.Replace(good, "<ceb:currency>142</ceb:currency>", "<ceb:currency/>", 1),
		"schema location":                    strings.Replace(good, `xmlns:ceb`, `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a b" xmlns:ceb`, 1),
		"another prefix":                     strings.ReplaceAll(strings.ReplaceAll(good, "ceb:", "x.y:"), "xmlns:ceb", "xmlns:x.y"),
		"prefixes mixed":                     strings.Replace(good, "<ceb:currency>142</ceb:currency>", `<currency xmlns="http://www.chinaport.gov.cn/ceb">142</currency>`, 1),
	}
	for name, text := range tests {
		v := ceb.Validate([]byte(text), 0)
		m, err := ceb.Decode([]byte(text))
		if !v.Valid || len(v.Editions) != 2 || err != nil {
			t.Errorf("%s: %+v %v", name, v, err)
			continue
		}
		if got := m.Docs[0].Head.Text(ceb.H311Currency); got != "142" {
			t.Errorf("%s: currency is %q", name, got)
		}
		sameAsSlow(t, []byte(text))
	}
}

// TestVerdictForm holds the JSON form that scripts depend on.
func TestVerdictForm(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(ceb.Validate(cebtest.Message(216, cebtest.Options{}), 0))
	if want := `{"message":"CEB216Message","editions":["202205"],"valid":true,"errors":[]}`; err != nil || string(got) != want {
		t.Errorf("got %s", got)
	}
	v := ceb.Validate(cebtest.Message(216, cebtest.Options{}), ceb.E2018)
	if v.Valid || len(v.Errors) != 1 || v.Errors[0].Code != ceb.CodeEdition || len(v.Editions) != 1 {
		t.Errorf("a kind that the demanded edition lacks: %+v", v)
	}
	if got, _ := json.Marshal(ceb.Validate(nil, 0)); !bytes.HasPrefix(got, []byte(`{"message":"","editions":[],"valid":false,"errors":[{"path":"/","line":1,"code":"CEB-TRUNCATED","message":"`)) {
		t.Errorf("got %s", got)
	}
}

// TestEditionIsFoundByChecking: an export waybill number of 80 characters was
// allowed in 2018, an empty platform name is since 2022.
func TestEditionIsFoundByChecking(t *testing.T) {
	t.Parallel()
	set := func(path, value string) []byte {
		return cebtest.Message(505, cebtest.Options{Edition: ceb.E2018, Unsigned: true, Value: func(p string, _, _ int) (string, bool) { return value, p == path }})
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"short number", set("Logistics/logisticsNo", "1"), "2018-113 202205"},
		{"long number", set("Logistics/logisticsNo", strings.Repeat("1", 80)), "2018-113"},
		{"empty carrier name", set("Logistics/logisticsName", ""), "202205"},
		{"too long for both", set("Logistics/logisticsNo", strings.Repeat("1", 81)), ""},
	}
	for _, tt := range tests {
		m, err := ceb.Decode(tt.data)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.Editions.Names(), " "); got != tt.want {
			t.Errorf("%s: valid under %q, want %q; %+v", tt.name, got, tt.want, m.Defects)
		}
		if (len(m.Defects) == 0) != (tt.want != "") {
			t.Errorf("%s: defects %+v", tt.name, m.Defects)
		}
	}
}

// TestEnvelopesAreUnwrapped: the verdict is that on the message inside.
func TestEnvelopesAreUnwrapped(t *testing.T) {
	t.Parallel()
	good := cebtest.Message(311, cebtest.Options{})
	bad := bytes.Replace(good, []byte(">142<"), []byte(">143<"), 1)
	wrap := func(data []byte) []byte {
		return dxp.Wrap(&dxp.Envelope{CopMsgID: "1", SenderID: "DXPENT0000000001", ReceiverIDs: []string{dxp.ImportCustoms}, CreatedAt: "2026-01-02T03:04:05", MsgType: "CEB311Message", Data: data})
	}
	if v := ceb.Validate(wrap(good), 0); !v.Valid || v.Message != "CEB311Message" {
		t.Errorf("a good message: %+v", v)
	}
	if got, want := ceb.Validate(wrap(bad), 0), ceb.Validate(bad, 0); got.Valid || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("a bad message: %+v, want %+v", got, want)
	}
	cutOff := wrap(good)
	if v := ceb.Validate(cutOff[:len(cutOff)/2], 0); v.Valid || len(v.Errors) != 1 {
		t.Errorf("a broken envelope: %+v", v)
	}
}

// TestCodesAreDocumented: every code of the package stands in the document,
// and no other.
func TestCodesAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/ceb-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("defect.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(source), `"CEB-`)[1:] {
		code := "CEB-" + part[:strings.IndexByte(part, '"')]
		if !strings.Contains(string(text), "| `"+code+"` |") {
			t.Errorf("docs/ceb-codes.md does not explain %s", code)
		}
	}
}
