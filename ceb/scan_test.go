package ceb_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pilotzone/ceb"
	"pilotzone/ceb/cebtest"
)

// flat is a message in plain values, for comparison.
type flat struct {
	Kind                         ceb.Kind
	GUID, Version                string
	Docs                         []flatDoc
	Transfer                     flatRecord
	Subscribes                   []flatRecord
	SignatureStart, SignatureEnd int
	Editions                     ceb.Editions
	Defects                      []ceb.Defect
}

type flatDoc struct {
	Head                    flatRecord
	Lines                   []flatRecord
	Start, End, Line, Index int
	Defects                 []ceb.Defect
}

type flatRecord struct {
	Name   string
	Line   int
	Values []string
}

func flatten(m *ceb.Message) flat {
	f := flat{Kind: m.Kind, GUID: m.GUID, Version: m.Version, Transfer: flattenRecord(m.Transfer), SignatureStart: m.SignatureStart,
		SignatureEnd: m.SignatureEnd, Editions: m.Editions, Defects: m.Defects}
	for _, r := range m.Subscribes {
		f.Subscribes = append(f.Subscribes, flattenRecord(r))
	}
	for _, d := range m.Docs {
		doc := flatDoc{Head: flattenRecord(d.Head), Start: d.Start, End: d.End, Line: d.Line, Index: d.Index, Defects: d.Defects}
		for _, r := range d.Lines {
			doc.Lines = append(doc.Lines, flattenRecord(r))
		}
		f.Docs = append(f.Docs, doc)
	}
	return f
}

func flattenRecord(r ceb.Record) flatRecord {
	f := flatRecord{Name: r.Name(), Line: r.Line()}
	for i := range r.Fields() {
		value := "absent"
		if r.Has(ceb.Field(i)) {
			value = "=" + r.Text(ceb.Field(i))
		}
		f.Values = append(f.Values, value)
	}
	return f
}

// sameAsSlow fails when the fast scanner took a message and the slow path
// gives another result.
func sameAsSlow(t *testing.T, data []byte) (fast bool) {
	t.Helper()
	got, err := ceb.Decode(data)
	want, slowErr := ceb.Slow(data)
	if (err == nil) != (slowErr == nil) {
		t.Fatalf("Decode says %v, the slow path %v\n%s", err, slowErr, data)
	}
	if err != nil || !got.Fast {
		return false
	}
	if d := cmp.Diff(flatten(want), flatten(got), cmpopts.IgnoreUnexported(ceb.Defect{})); d != "" {
		t.Fatalf("slow and fast differ (-slow +fast):\n%s\n%s", d, data)
	}
	return true
}

func TestFastScannerTakesUsualMessages(t *testing.T) {
	t.Parallel()
	for _, k := range ceb.Kinds() {
		for e := ceb.E2018; e <= ceb.E2022; e++ {
			if !k.Editions().Has(e) {
				continue
			}
			docs := 3
			if k == 711 || k == 900 {
				docs = 1
			}
			for _, o := range []cebtest.Options{{Edition: e}, {Edition: e, Docs: docs, Lines: 3}, {Edition: e, Prefix: "-", Flat: true}, {Edition: e, Prefix: "ceb", BOM: true, Unsigned: true}} {
				data := cebtest.Message(k, o)
				if !sameAsSlow(t, data) {
					v := ceb.Validate(data, e)
					t.Errorf("%v %v %+v: the fast scanner gave up; %+v\n%s", k, e, o, v, data)
				}
			}
		}
	}
}

func TestFastScannerAgreesWithSlowPathOnMutations(t *testing.T) {
	t.Parallel()
	seeds := seedLists()
	for _, k := range ceb.Kinds() {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(k), 7))
			for i := range 120 {
				sameAsSlow(t, mutate(random, seeds[k][i%len(seeds[k])]))
			}
		})
	}
}

func TestHundredDocumentsAreTheLimit(t *testing.T) {
	t.Parallel()
	if data := cebtest.Message(311, cebtest.Options{Docs: 100, Lines: 2}); !sameAsSlow(t, data) {
		t.Error("the fast scanner gave up on 100 documents")
	}
	m, err := ceb.Decode(cebtest.Message(311, cebtest.Options{Docs: 102}))
	if err != nil || m.Editions != 0 || len(m.Defects) != 1 || m.Defects[0].Code != ceb.CodeCount || m.Defects[0].Path != "/CEB311Message/Order[101]" {
		t.Errorf("102 documents: %v %+v", err, m.Defects)
	}
}

func TestValuesAreResolvedLazily(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"a&amp;b":      "a&b",
		"&lt;&#x4E2D;": "<中",
		"a\r\nb":       "a\nb",
		"a&#13;b":      "a\rb",
		"":             "",
	}
	for raw, want := range values {
		data := cebtest.Message(311, cebtest.Options{Optional: true, Unsigned: true, Value: func(path string, _, _ int) (string, bool) {
			return raw, path == "Order/OrderHead/note"
		}})
		data = cut(data, "<ceb:BaseSubscribe>", "</ceb:ExtendMessage>\n")
		m, err := ceb.Decode(data)
		if err != nil || !m.Fast {
			t.Fatalf("%q: %v, fast %v", raw, err, m != nil && m.Fast)
		}
		if got := m.Docs[0].Head.Text(ceb.H311Note); got != want {
			t.Errorf("%q gives %q, want %q", raw, got, want)
		}
		sameAsSlow(t, data)
	}
}

// cut removes everything from one mark through another.
func cut(data []byte, from, to string) []byte {
	i, j := bytes.Index(data, []byte(from)), bytes.Index(data, []byte(to))
	return append(bytes.Clone(data[:i]), data[j+len(to):]...)
}

func FuzzScan(f *testing.F) {
	for _, list := range seedLists() {
		for _, data := range list {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { sameAsSlow(t, data) })
}

// FuzzValidate: whatever comes in, the verdict is sound and its defects have
// place, code and both texts.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(""), uint8(0))
	f.Add([]byte("<a/>"), uint8(1))
	for k, list := range seedLists() {
		f.Add(list[0], uint8(k%3))
		f.Add(mutate(rand.New(rand.NewPCG(uint64(k), 1)), list[1%len(list)]), uint8(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, edition uint8) {
		v := ceb.Validate(data, ceb.Edition(edition%3))
		if v.Valid != (len(v.Errors) == 0) || v.Editions == nil || v.Valid && len(v.Editions) == 0 {
			t.Errorf("verdict contradicts itself: %+v", v)
		}
		for _, e := range v.Errors {
			if e.Path == "" || e.Path[0] != '/' || e.Line < 1 || e.Code == "" || !strings.Contains(e.Message, " / ") {
				t.Errorf("defect without place or text: %+v", e)
			}
		}
	})
}

func seedLists() map[ceb.Kind][][]byte {
	seeds := map[ceb.Kind][][]byte{}
	addSeeds(seeds)
	return seeds
}
