package ceb_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pilotzone/ceb"
	"pilotzone/ceb/cebtest"
)

// nodes lists the fields of a head and a line of a kind.
func nodes(k ceb.Kind) (head, line []ceb.Element) {
	doc := ceb.Elements(k)[0]
	if doc.Children[0].Type != "node" {
		return doc.Children, nil
	}
	if len(doc.Children) > 1 {
		line = doc.Children[1].Children
	}
	return doc.Children[0].Children, line
}

// sampleValues gives values that are valid under the edition and hold marks
// that must be escaped.
func sampleValues(list []ceb.Element, e ceb.Edition, number int) []string {
	values := make([]string, len(list))
	for i, el := range list {
		f := el.Facets(e)
		switch {
		case !f.Defined:
		case f.Fixed:
			values[i] = f.Preset
		case el.Type == "int":
			values[i] = fmt.Sprint(number)
		case el.Type == "decimal":
			values[i] = "0.5"
		case f.MinLength == f.MaxLength:
			values[i] = strings.Repeat("A", f.MinLength)
		case f.MaxLength >= 0 && f.MaxLength < 12:
			values[i] = strings.Repeat("7", f.MaxLength)
		default:
			values[i] = "<&>\"'\r\n\t名x"
		}
	}
	return values
}

// TestWhatIsWrittenReadsBack: every kind, with values that need escapes.
func TestWhatIsWrittenReadsBack(t *testing.T) {
	t.Parallel()
	for _, k := range ceb.Kinds() {
		e := k.Editions().Newest()
		head, line := nodes(k)
		h, l := sampleValues(head, e, 1), sampleValues(line, e, 1)
		var lines [][]string
		if line != nil {
			lines = [][]string{l, sampleValues(line, e, 2)}
		}
		transfer := []string{"1105910159", "企业 & Co", "DXP", "DXPENT0000000001", ""}
		data := ceb.AppendOpen(nil, k, cebtest.GUID(1))
		data = ceb.AppendNode(data, k, h, lines)
		data = ceb.AppendClose(data, k, transfer)
		if nh, nl := ceb.FieldCount(k); nh != len(head) || nl != len(line) {
			t.Errorf("%v: FieldCount gives %d, %d", k, nh, nl)
		}
		m, err := ceb.Decode(data)
		if err != nil {
			t.Errorf("%v: %v\n%s", k, err, data)
			continue
		}
		for _, d := range m.Under(e) {
			if !strings.HasSuffix(d.Path, "/Signature") {
				t.Errorf("%v: %v\n%s", k, &d, data)
			}
		}
		compareRecord(t, m.Docs[0].Head, h)
		if len(m.Docs[0].Lines) != len(lines) {
			t.Fatalf("%v: %d lines", k, len(m.Docs[0].Lines))
		}
		for i, r := range m.Docs[0].Lines {
			compareRecord(t, r, lines[i])
		}
		if k.IsReceipt() == m.Transfer.Valid() {
			t.Errorf("%v: receipt %v, transfer %v", k, k.IsReceipt(), m.Transfer.Valid())
		}
		if m.Transfer.Valid() {
			compareRecord(t, m.Transfer, transfer)
		}
		if style := bytes.Contains(data, []byte("<ceb:")); style == (k.IsReceipt() && k.Import()) {
			t.Errorf("%v is written in the wrong namespace style", k)
		}
	}
}

func compareRecord(t *testing.T, r ceb.Record, want []string) {
	t.Helper()
	for i, v := range want {
		if got := r.Text(ceb.Field(i)); got != v {
			t.Errorf("%s field %d: %q, want %q", r.Name(), i, got, v)
		}
	}
}

func TestForbiddenCharactersAreReplaced(t *testing.T) {
	t.Parallel()
	data := ceb.AppendNode(nil, 312, []string{"a\x00b\xffc\uFFFE名"}, nil)
	if want := "<guid>a\uFFFDb\uFFFDc\uFFFD名</guid>"; !bytes.Contains(data, []byte(want)) {
		t.Errorf("got %s", data)
	}
}

// TestTypedStructsRoundTrip through all parts of a message.
func TestTypedStructsRoundTrip(t *testing.T) {
	t.Parallel()
	var list ceb.Message621
	if err := list.Unmarshal(cebtest.Message(621, cebtest.Options{Docs: 3, Lines: 2, Optional: true})); err != nil {
		t.Fatal(err)
	}
	list.Docs[1].Lines[0].Gname = "<奶粉> & \"more\""
	data, err := list.Marshal() // the signature is put in afterwards
	if err != nil {
		t.Fatal(err)
	}
	signed := strings.Replace(string(data), "</ceb:CEB621Message>", cebtest.Signature+"</ceb:CEB621Message>", 1)
	var back ceb.Message621
	if err := back.Unmarshal([]byte(signed)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(list, back); d != "" {
		t.Errorf("round trip:\n%s", d)
	}
	if err := back.Unmarshal(cebtest.Message(311, cebtest.Options{})); err == nil {
		t.Error("an order was read as a list")
	}
	var receipt ceb.Message622
	if err := receipt.Unmarshal(cebtest.Message(622, cebtest.Options{Docs: 2})); err != nil || len(receipt.Docs) != 2 {
		t.Error(err)
	}
}

// TestKinds holds the family together.
func TestKinds(t *testing.T) {
	t.Parallel()
	if n := len(ceb.Kinds()); n != 42 {
		t.Errorf("%d kinds", n)
	}
	old := 0
	for _, k := range ceb.Kinds() {
		if k.Editions().Has(ceb.E2018) {
			old++
		}
		if r := k.Receipt(); r != 0 && (!r.IsReceipt() || r.Request() != k || k.IsReceipt() || r.Import() != k.Import()) {
			t.Errorf("%v and its receipt %v do not fit", k, r)
		}
		if p, ok := ceb.ParseKind(k.String()); !ok || p != k || k.NameZH() == "" || k.NameEN() == "" {
			t.Errorf("%v: %v %v", k, p, ok)
		}
	}
	if old != 38 {
		t.Errorf("%d kinds in the edition of 2018", old)
	}
	for _, s := range []string{"", "CEB", "CEB31Message", "CEB999Message", "31a", "CEB3111Message"} {
		if k, ok := ceb.ParseKind(s); ok {
			t.Errorf("%q is %v", s, k)
		}
	}
	if ceb.Kind(65535).Known() || ceb.Kind(999).Receipt() != 0 || ceb.Elements(5) != nil {
		t.Error("an unknown kind is known")
	}
}

// TestGeneratedFilesAreFresh runs the generator and compares.
func TestGeneratedFilesAreFresh(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir+"/facts", os.DirFS("facts")); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", dir+"/gen", "./internal/gen")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.Command(dir + "/gen")
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"fields_gen.go", "types_gen.go"} {
		want, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator writes; run go generate ./ceb (%v)", name, err)
		}
	}
}
