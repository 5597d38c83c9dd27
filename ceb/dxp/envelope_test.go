package dxp_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pilotzone/ceb/dxp"
)

const order = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ceb:CEB311Message guid="4CDE1CFD-EDED-46B1-946C-B8022E42FC94" version="1.0" xmlns:ceb="http://www.chinaport.gov.cn/ceb"><ceb:Order>订单</ceb:Order></ceb:CEB311Message>`

func full() *dxp.Envelope {
	return &dxp.Envelope{
		ID: "E1", CopMsgID: "704EA0F1-B229-4E89-9F2F-C2E550E95C86", SenderID: "DXPENT0000012698", ReceiverIDs: []string{dxp.ImportCustoms, "DXPLGS0000000001"},
		CreatedAt: "2026-11-22T10:00:00.123+08:00", MsgType: "CEB311Message", Data: []byte(order),
		FileName: `a "b" & <c>.xml`, ICCard: "2100000000001", BizKeys: []dxp.BizKey{{"orderNo", "1"}, {"", "2"}}, Text: true, Encoding: "UTF-8", RecMapID: "m",
	}
}

func transported() *dxp.Envelope {
	e := full()
	e.Form = dxp.Transport
	e.Server = &dxp.Server{ID: "S1", MsgID: "12345678202611221000000000000001", SubMsgID: "1", SendTime: "2026-11-22T10:00:01", EndNode: "00000001", StaNode: "00000002"}
	return e
}

func TestWrapUnwrap(t *testing.T) {
	t.Parallel()
	bare := &dxp.Envelope{CopMsgID: "1", SenderID: "S", ReceiverIDs: []string{"R"}, CreatedAt: "2026-11-22T10:00:00", MsgType: "CEB312Message", Data: []byte("<CEB312Message/>")}
	for name, want := range map[string]*dxp.Envelope{"full": full(), "transported": transported(), "bare": bare} {
		raw := dxp.Wrap(want)
		if !dxp.IsEnvelope(raw) {
			t.Errorf("%s: not seen as an envelope", name)
		}
		got, err := dxp.Unwrap(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Ways in which the same envelope is written by real software.
func TestForms(t *testing.T) {
	t.Parallel()
	code := base64.StdEncoding.EncodeToString([]byte(order))
	wrapped := strings.Join([]string{code[:76], code[76:152], code[152:]}, "\r\n")
	plain := string(dxp.Wrap(&dxp.Envelope{CopMsgID: "1", SenderID: "S", ReceiverIDs: []string{"R"}, CreatedAt: "2026-11-22T10:00:00Z", MsgType: "CEB311Message", Data: []byte(order)}))
	with := func(data string) string { return strings.Replace(plain, code, data, 1) }
	for name, raw := range map[string]string{
		"byte order mark":        "\uFEFF" + plain,
		"default namespace":      strings.ReplaceAll(strings.ReplaceAll(plain, "dxp:", ""), "xmlns:dxp", "xmlns"),
		"lines":                  with(wrapped),
		"indented":               with("\n\t\t" + wrapped + "\n\t"),
		"CR as references":       with(strings.ReplaceAll(wrapped, "\r", "&#13;")),
		"CR as hexadecimal":      with(strings.ReplaceAll(wrapped, "\r", "&#xD;")),
		"CDATA":                  with("<![CDATA[" + code + "]]>"),
		"CDATA behind space":     with("\n<![CDATA[" + code + "]]>\n"),
		"comment in it":          with(code[:40] + "<!-- x -->" + code[40:]),
		"Data in a comment":      strings.Replace(plain, "<dxp:DxpMsg", "<!-- <dxp:Data>AAAA</dxp:Data> --><dxp:DxpMsg", 1),
		"half Data in a comment": strings.Replace(plain, "<dxp:DxpMsg", "<!-- <Data> --><dxp:DxpMsg", 1),
		"space in the tag":       strings.Replace(plain, "<dxp:Data>", "<dxp:Data\n>", 1),
	} {
		raw = strings.Replace(raw, "xmlns:=", "xmlns=", 1)
		e, err := dxp.Unwrap([]byte(raw))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(e.Data) != order || len(e.Defects) > 0 || len(e.Faults) > 0 {
			t.Errorf("%s: data %q, defects %+v, faults %+v", name, e.Data, e.Defects, e.Faults)
		}
	}
}

func TestDefects(t *testing.T) {
	t.Parallel()
	good := string(dxp.Wrap(transported()))
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the envelope", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	const msg = "/DxpMsgSv/DxpMsg"
	for _, c := range []struct{ name, raw, path, code string }{
		{"number too long", replace("704EA0F1", strings.Repeat("长", 256)), msg + "/TransInfo/CopMsgId", dxp.CodeLength},
		{"number empty", replace("704EA0F1-B229-4E89-9F2F-C2E550E95C86", ""), msg + "/TransInfo/CopMsgId", dxp.CodeLength},
		{"sender too long", replace("DXPENT0000012698", "DXPENT00000126981"), msg + "/TransInfo/SenderId", dxp.CodeLength},
		{"second receiver empty", replace("DXPLGS0000000001", ""), msg + "/TransInfo/ReceiverIds/ReceiverId[2]", dxp.CodeLength},
		{"six receivers", replace("<dxp:ReceiverId>DXPL", strings.Repeat("<dxp:ReceiverId>1</dxp:ReceiverId>", 4)+"<dxp:ReceiverId>DXPL"), msg + "/TransInfo/ReceiverIds/ReceiverId[6]", dxp.CodeCount},
		{"time", replace("2026-11-22T10:00:00.123+08:00", "2026-11-22 10:00:00"), msg + "/TransInfo/CreatTime", dxp.CodeTime},
		{"no such day", replace("2026-11-22T10:00:00.123", "2026-02-29T10:00:00"), msg + "/TransInfo/CreatTime", dxp.CodeTime},
		{"sender missing", replace("<dxp:SenderId>DXPENT0000012698</dxp:SenderId>", ""), msg + "/TransInfo/SenderId", dxp.CodeMissing},
		{"spelt right, so wrong", strings.ReplaceAll(good, "CreatTime", "CreateTime"), msg + "/TransInfo/CreatTime", dxp.CodeMissing},
		{"unknown element", replace("<dxp:Data>", "<dxp:More/><dxp:Data>"), msg + "/More", dxp.CodeUnknown},
		{"order", replace("<dxp:FileName>", "<dxp:RecMapId/><dxp:FileName>"), msg + "/AddInfo/FileName", dxp.CodeOrder},
		{"twice", replace("<dxp:AddInfo>", "<dxp:AddInfo></dxp:AddInfo><dxp:AddInfo>"), msg + "/AddInfo", dxp.CodeCount},
		{"version", replace(`<dxp:DxpMsg ver="1.0"`, `<dxp:DxpMsg ver="2.0"`), msg + "/@ver", dxp.CodeFixed},
		{"no version", replace(`<dxp:DxpMsg ver="1.0"`, `<dxp:DxpMsg`), msg + "/@ver", dxp.CodeMissing},
		{"identifier of digits", replace(`Id="E1"`, `Id="11"`), msg + "/@Id", dxp.CodeID},
		{"strange attribute", replace(`Id="E1"`, `Id="E1" x="1"`), msg + "/@x", dxp.CodeAttribute},
		{"another namespace", replace("<dxp:SvNo", `<dxp:SvNo xmlns:dxp="urn:x"`), "/DxpMsgSv/SvNo", dxp.CodeNamespace},
		{"text between", replace("<dxp:TransInfo>", "<dxp:TransInfo>x"), msg + "/TransInfo", dxp.CodeText},
		{"element in a value", replace("<dxp:SenderId>", "<dxp:SenderId><b/>"), msg + "/TransInfo/SenderId", dxp.CodeText},
		{"IsText not empty", replace("</dxp:IsText>", "x</dxp:IsText>"), msg + "/AddInfo/IsText", dxp.CodeText},
		{"no character set", replace(` Encode="UTF-8"`, ""), msg + "/AddInfo/IsText/@Encode", dxp.CodeMissing},
		{"key without name", replace(`name="orderNo"`, `name=""`), msg + "/AddInfo/BizKey/Key[1]/@name", dxp.CodeLength},
		{"two characters", replace("<dxp:SubMsgId>1", "<dxp:SubMsgId>11"), "/DxpMsgSv/SvNo/SubMsgId", dxp.CodeLength},
		{"not base64", replace("<dxp:Data>", "<dxp:Data>!"), msg + "/Data", dxp.CodeBase64},
		{"reference in the data", replace("<dxp:Data>", "<dxp:Data>&#65;"), msg + "/Data", dxp.CodeBase64},
		{"no data", good[:strings.Index(good, "<dxp:Data>")] + good[strings.Index(good, "</dxp:Data>")+len("</dxp:Data>"):], msg + "/Data", dxp.CodeMissing},
	} {
		e, err := dxp.Unwrap([]byte(c.raw))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		found := false
		for _, d := range e.Defects {
			found = found || d.Path == c.path && d.Code == c.code && d.ZH != "" && d.EN != "" && d.Line > 0
		}
		if !found {
			t.Errorf("%s: want %s at %s, got %+v", c.name, c.code, c.path, e.Defects)
		}
		if diff := cmp.Diff(e.Defects, dxp.Check([]byte(c.raw))); diff != "" {
			t.Errorf("%s: Check differs: %s", c.name, diff)
		}
	}
}

func TestLinesCountThePayload(t *testing.T) {
	t.Parallel()
	raw := string(dxp.Wrap(full()))
	raw = strings.Replace(raw, "<dxp:Data>", "\n<dxp:Data>\n\n", 1)
	raw = strings.Replace(raw, "<dxp:FileName>", "\n<dxp:More></dxp:More><dxp:FileName>", 1)
	e, err := dxp.Unwrap([]byte(raw))
	if err != nil || len(e.Defects) != 1 || e.Defects[0].Line != 6 {
		t.Errorf("%v, defects %+v, want one on line 6", err, e)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	good := string(dxp.Wrap(full()))
	for _, c := range []struct{ name, raw, code string }{
		{"nothing", "", dxp.CodeXML},
		{"text", "hello", dxp.CodeXML},
		{"a message", order, dxp.CodeRoot},
		{"a reply", string(dxp.WriteReply(&dxp.Reply{})), dxp.CodeRoot},
		{"cut short", good[:len(good)-20], dxp.CodeXML},
		{"cut in the data", good[:strings.Index(good, "</dxp:Data>")-5], dxp.CodeXML},
		{"DTD", strings.Replace(good, "<dxp:DxpMsg", "<!DOCTYPE x><dxp:DxpMsg", 1), dxp.CodeDTD},
		{"entity", strings.Replace(good, "DXPENT0000012698", "&x;", 1), dxp.CodeXML},
		{"other encoding", strings.Replace(good, "UTF-8", "GBK", 1), dxp.CodeXML},
		{"two roots", good + "<a/>", dxp.CodeXML},
		{"text behind", good + "x", dxp.CodeXML},
		{"attribute twice", strings.Replace(good, ` ver="1.0"`, ` ver="1.0" ver="1.0"`, 1), dxp.CodeXML},
		{"deep", strings.Replace(good, "<dxp:AddInfo>", "<dxp:AddInfo>"+strings.Repeat("<a>", 40), 1), dxp.CodeDepth},
		{"many", strings.Replace(good, "<dxp:AddInfo>", "<dxp:AddInfo>"+strings.Repeat("<a/>", 5000), 1), dxp.CodeDepth},
		{"much space", strings.Replace(good, "<dxp:AddInfo>", "<dxp:AddInfo>"+strings.Repeat(" ", 2<<20), 1), dxp.CodeSize},
		{"far too long", strings.Repeat(" ", dxp.MaxSize+1), dxp.CodeSize},
		{"transport without message", `<DxpMsgSv xmlns="` + dxp.Namespace + `" ver="1.0"/>`, dxp.CodeMissing},
	} {
		_, err := dxp.Unwrap([]byte(c.raw))
		d, ok := err.(*dxp.Defect)
		if !ok || d.Code != c.code || d.ZH == "" || d.EN == "" || d.Line < 1 {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*dxp.Envelope)
		path   string
		code   string
	}{
		{"kind", func(e *dxp.Envelope) { e.MsgType = "CEB411Message" }, "/DxpMsg/TransInfo/MsgType", dxp.CodeBusiness},
		{"no kind", func(e *dxp.Envelope) { e.MsgType = "" }, "/DxpMsg/TransInfo/MsgType", dxp.CodeBusiness},
		{"number of another kind", func(e *dxp.Envelope) { e.CopMsgID = "CEB621_HN_20260101" }, "/DxpMsg/TransInfo/CopMsgId", dxp.CodeBusiness},
		{"import to export customs", func(e *dxp.Envelope) { e.ReceiverIDs = []string{dxp.ExportCustoms} }, "/DxpMsg/TransInfo/ReceiverIds", dxp.CodeAddress},
		{"export to import customs", func(e *dxp.Envelope) {
			e.MsgType, e.Data = "CEB603Message", bytes.ReplaceAll([]byte(order), []byte("311"), []byte("603"))
		}, "/DxpMsg/TransInfo/ReceiverIds", dxp.CodeAddress},
		{"no message", func(e *dxp.Envelope) { e.Data = nil }, "/DxpMsg/Data", dxp.CodeBusiness},
		{"no XML", func(e *dxp.Envelope) { e.Data = []byte("hello") }, "/DxpMsg/Data", dxp.CodeBusiness},
		{"envelope in envelope", func(e *dxp.Envelope) { e.Data = dxp.Wrap(full()) }, "/DxpMsg/Data", dxp.CodeBusiness},
	} {
		e := full()
		c.change(e)
		got, err := dxp.Unwrap(dxp.Wrap(e))
		if err != nil || len(got.Defects) > 0 || len(got.Faults) != 1 || got.Faults[0].Path != c.path || got.Faults[0].Code != c.code {
			t.Errorf("%s: %v, faults %+v, defects %+v", c.name, err, got.Faults, got.Defects)
		}
	}
}

// Receipts go from customs to enterprises; a zone's own address is nobody's
// fault; a number may name the right kind.
func TestNoFaults(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*dxp.Envelope){
		"receipt":        func(e *dxp.Envelope) { e.MsgType, e.Data = "CEB312Message", []byte("<CEB312Message/>") },
		"zone's address": func(e *dxp.Envelope) { e.ReceiverIDs = []string{"DXPZONE410700001"} },
		"own kind":       func(e *dxp.Envelope) { e.CopMsgID = "CEB311_HN_20260101" },
		"both customs":   func(e *dxp.Envelope) { e.ReceiverIDs = []string{dxp.ExportCustoms, dxp.ImportCustoms} },
	} {
		e := full()
		change(e)
		if got, err := dxp.Unwrap(dxp.Wrap(e)); err != nil || len(got.Faults) > 0 || len(got.Defects) > 0 {
			t.Errorf("%s: %v %+v %+v", name, err, got.Faults, got.Defects)
		}
	}
}

func TestReply(t *testing.T) {
	t.Parallel()
	want := &dxp.Reply{ReceiverID: "DXPENT0000012698", AdNodeID: "1", Responses: []dxp.Response{{
		NodeID: "2", Code: "1004", Info: "签名与数据不符", NoticeTime: "2026-11-22", Note: "n",
		Results:  []dxp.Result{{"R1", "2001", "指定的接收方不存在", ""}, {"R2", "0", "", "x"}},
		Original: dxp.Head{CopMsgID: "1", SenderID: "S", ReceiverIDs: []string{"R1", "R2"}, CreatedAt: "2026-11-22T10:00:00", MsgType: "CEB311Message"},
	}}}
	raw := dxp.WriteReply(want)
	got, err := dxp.ReadReply(raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	bad := dxp.Check(bytes.Replace(raw, []byte("2026-11-22<"), []byte("22.11.2026<"), 1))
	if len(bad) != 1 || bad[0].Path != "/DxpRep/Response[1]/NoticeTime" || bad[0].Code != dxp.CodeTime {
		t.Errorf("%+v", bad)
	}
	if _, err := dxp.ReadReply([]byte(order)); err == nil {
		t.Error("a message is read as a reply")
	}
}

// The well-formedness of what is written, by a second opinion.
func TestWrittenIsWellFormed(t *testing.T) {
	t.Parallel()
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed: its second opinion on what is written is not taken")
	}
	for i, raw := range [][]byte{dxp.Wrap(full()), dxp.Wrap(transported()), dxp.WriteReply(&dxp.Reply{Responses: []dxp.Response{{Info: "<&\"\n>"}}})} {
		file := filepath.Join(t.TempDir(), "envelope.xml")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(xmllint, "--noout", file).CombinedOutput(); err != nil {
			t.Errorf("envelope %d: %s", i, out)
		}
	}
}

// FuzzEnvelope: no input makes the readers panic; what is read and written
// again reads the same.
func FuzzEnvelope(f *testing.F) {
	f.Add(dxp.Wrap(full()))
	f.Add(dxp.Wrap(transported()))
	f.Add(dxp.WriteReply(&dxp.Reply{ReceiverID: "1", Responses: []dxp.Response{{Code: "1"}}}))
	f.Add([]byte("<DxpMsg><Data>QQ==<!-- x --></Data></DxpMsg>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		dxp.Check(raw)
		if r, err := dxp.ReadReply(raw); err == nil && len(r.Defects) == 0 {
			again, err := dxp.ReadReply(dxp.WriteReply(r))
			if err != nil {
				t.Fatal(err)
			}
			again.Signed = r.Signed
			if diff := cmp.Diff(r, again); diff != "" {
				t.Fatal(diff)
			}
		}
		e, err := dxp.Unwrap(raw)
		if err != nil || len(e.Defects) > 0 {
			return
		}
		if !dxp.IsEnvelope(raw) {
			t.Fatal("an envelope is read that does not look like one")
		}
		again, err := dxp.Unwrap(dxp.Wrap(e))
		if err != nil {
			t.Fatal(err)
		}
		again.Signed = e.Signed
		if strings.TrimSpace(e.RecMapID) != "" && diffText(e, again) != "" {
			return // RecMapId may hold elements, of which only the text is kept
		}
		if diff := diffText(e, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func diffText(a, b *dxp.Envelope) string {
	x, y := *a, *b
	x.Faults, y.Faults = nil, nil // their lines may differ
	if len(x.Data) == 0 && len(y.Data) == 0 {
		x.Data, y.Data = nil, nil
	}
	return cmp.Diff(x, y)
}

func BenchmarkUnwrap(b *testing.B) {
	e := full()
	e.Data = bytes.Repeat([]byte(order), 1100) // about 250 KB
	raw := dxp.Wrap(e)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dxp.Unwrap(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrap(b *testing.B) {
	e := full()
	e.Data = bytes.Repeat([]byte(order), 1100)
	b.SetBytes(int64(len(e.Data)))
	b.ReportAllocs()
	for b.Loop() {
		dxp.Wrap(e)
	}
}
