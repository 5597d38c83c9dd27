package draft_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

var now = clock.Day(20261122).Time().Add(10 * time.Hour)

var rules = sync.OnceValues(func() (*refdata.Book, error) {
	p, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		return nil, err
	}
	set, err := pack.NewSet(p)
	if err != nil {
		return nil, err
	}
	return refdata.New(set)
})

func extractor(t testing.TB) *clearance.Extractor {
	t.Helper()
	book, err := rules()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.New(keys.AES256GCM, now, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	return &clearance.Extractor{Hasher: ring.Hasher(), Rules: book}
}

// of turns a document of the traffic into a draft, as a form would give it.
func of(t testing.TB, d *traffic.Document) *draft.Draft {
	t.Helper()
	out := draft.New(d.Kind)
	set := func(line int, fs []traffic.Field) {
		for _, f := range fs {
			switch f.Name {
			case "guid", "appType", "appStatus", "appTime", "gnum", "ieFlag":
				continue
			}
			if !out.Set(line, f.Name, f.Value) {
				t.Errorf("%s has no field %s in %d", d.Kind, f.Name, line)
			}
		}
	}
	set(0, d.Head)
	for _, l := range d.Lines {
		set(out.AddLine(), l)
	}
	return out
}

func gen(t testing.TB) *traffic.Gen {
	t.Helper()
	g, err := traffic.New(traffic.Options{Seed: 1, Day: 20261122, Block: 1, Baskets: 4})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestShapesAgreeWithTheMessages: names and counts are those of package ceb.
func TestShapesAgreeWithTheMessages(t *testing.T) {
	t.Parallel()
	for _, k := range ceb.Kinds() {
		s := draft.ShapeOf(k)
		if k.IsReceipt() != (s == nil) {
			t.Errorf("%s: shape %v", k, s)
		}
		if s == nil {
			continue
		}
		if head, line := ceb.FieldCount(k); head != len(s.Head) || line != len(s.Line) {
			t.Errorf("%s: %d and %d fields, want %d and %d", k, len(s.Head), len(s.Line), head, line)
		}
	}
	if f, _ := draft.ShapeOf(311).HeadField("orderNo"); f != ceb.H311OrderNo {
		t.Errorf("orderNo is %d", f)
	}
	if f, _ := draft.ShapeOf(621).LineField("gcode"); f != ceb.L621Gcode {
		t.Errorf("gcode is %d", f)
	}
}

// TestDraftsAreJudgedAsMessages: the traffic's documents, written as drafts
// without what Complete fills in, have no defect; and each damage is found at
// its place.
func TestDraftsAreJudgedAsMessages(t *testing.T) {
	t.Parallel()
	g, x := gen(t), extractor(t)
	var drafts []*draft.Draft
	for i := range uint64(60) {
		for _, d := range g.Parcel(i).Documents() {
			drafts = append(drafts, of(t, d))
		}
	}
	seen := map[ceb.Kind]int{}
	err := draft.Examine(t.Context(), x, now, drafts, func(i int, f draft.Finding) error {
		seen[f.Doc.Kind]++
		if draft.Refused(f.Defects) {
			t.Errorf("%s %s: %+v", drafts[i].Kind, drafts[i].Number(), f.Defects)
		}
		return nil
	})
	if err != nil || len(seen) < 7 {
		t.Fatal(err, seen)
	}
}

// TestDefectsStandAtTheirPlace: schema and document rules, head and lines.
func TestDefectsStandAtTheirPlace(t *testing.T) {
	t.Parallel()
	g, x := gen(t), extractor(t)
	for name, c := range map[string]struct {
		kind   ceb.Kind
		line   int
		field  string
		value  string
		code   string
		atHead string // where it is said, if not at the field
	}{
		"missing":         {311, 0, "buyerName", "", "CEB-", ""},
		"too long":        {311, 1, "unit", "0070", "CEB-LENGTH", ""},
		"no number":       {621, 1, "qty", "two", "CEB-DECIMAL", ""},
		"check digit":     {311, 0, "buyerIdNumber", "11010519491231002Y", "1300", ""},
		"code table":      {621, 0, "customsCode", "ZZZZ", "PZ1002", ""},
		"product":         {311, 1, "totalPrice", "0.01", "PZ1101", ""},
		"tariff":          {621, 1, "gcode", "9999999999", "PZ1402", ""},
		"mode of imports": {621, 0, "tradeMode", "9710", "PZ1408", ""},
	} {
		d := document(t, g, c.kind)
		d.Where = func(line int, field string) draft.Place {
			return draft.Place{Line: line, Path: field}
		}
		d.Set(c.line, c.field, c.value)
		err := draft.Examine(t.Context(), x, now, []*draft.Draft{d}, func(_ int, f draft.Finding) error {
			for _, v := range f.Defects {
				if strings.HasPrefix(v.Code, c.code) && (c.atHead != "" || v.Line == c.line && v.Path == c.field) {
					return nil
				}
			}
			t.Errorf("%s: %+v", name, f.Defects)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func document(t testing.TB, g *traffic.Gen, k ceb.Kind) *draft.Draft {
	t.Helper()
	for i := range uint64(200) {
		for _, d := range g.Parcel(i).Documents() {
			if d.Kind == k {
				return of(t, d)
			}
		}
	}
	t.Fatalf("no %s in the traffic", k)
	return nil
}

// TestSameValuesSameGUID: a draft that is sent twice is a repetition, whenever
// it is completed.
func TestSameValuesSameGUID(t *testing.T) {
	t.Parallel()
	g := gen(t)
	a, b := document(t, g, 311), document(t, g, 311)
	a.Complete(now)
	b.Complete(now.Add(time.Hour))
	if x, y := a.Get(0, "guid"), b.Get(0, "guid"); x != y || len(x) != 36 {
		t.Errorf("%q, %q", x, y)
	}
	c := document(t, g, 311)
	c.Set(1, "qty", "77")
	c.Complete(now)
	if c.Get(0, "guid") == a.Get(0, "guid") {
		t.Error("other values, same guid")
	}
}

// TestReadJSON: one document, a list, an object; what can't be read is said and
// the rest is read.
func TestReadJSON(t *testing.T) {
	t.Parallel()
	one := `{"kind":311,"head":{"orderNo":"A1","goodsValue":12.5},"lines":[{"qty":2}]}`
	for name, c := range map[string]struct {
		in   string
		docs int
		bad  string // code and place
	}{
		"one":        {one, 1, ""},
		"list":       {"[" + one + "," + one + "]", 2, ""},
		"object":     {`{"documents":[` + one + `]}`, 1, ""},
		"kind":       {`[{"kind":999,"head":{}},` + one + `]`, 1, "DRAFT-KIND /0/kind"},
		"field":      {`{"documents":[{"kind":311,"head":{"nope":"1"}}]}`, 1, "DRAFT-FIELD /documents/0/head/nope"},
		"line field": {`{"kind":311,"head":{},"lines":[{},{"x":[]}]}`, 1, "DRAFT-FIELD /lines/1/x"},
		"no lines":   {`{"kind":411,"head":{},"lines":[{}]}`, 1, "DRAFT-FIELD /lines"},
		"empty":      {``, 0, "JSON-SYNTAX "},
		"trailing":   {one + `x`, 0, "JSON-SYNTAX "},
		"too many":   {"[" + strings.Repeat(one+",", 5) + one + "]", 0, "JSON-SYNTAX "},
	} {
		drafts, bad := draft.ReadJSON("f.json", []byte(c.in), 5)
		got := ""
		if len(bad) > 0 {
			got = bad[0].Code + " " + bad[0].Path
		}
		if len(drafts) != c.docs || got != c.bad {
			t.Errorf("%s: %d documents, %q", name, len(drafts), got)
		}
		if c.docs == 2 && (drafts[1].Get(0, "goodsValue") != "12.5" || drafts[1].Get(1, "qty") != "2" || drafts[1].Place(1, "qty").Path != "/1/lines/0/qty") {
			t.Errorf("%s: %+v at %v", name, drafts[1], drafts[1].Place(1, "qty"))
		}
	}
	if b, err := json.Marshal(draft.JSONSchema()); err != nil || !strings.Contains(string(b), `"acturalPaid"`) {
		t.Error(err)
	}
}

// FuzzReadJSON: hostile text gives documents or defects, never neither.
func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"documents":[{"kind":311,"head":{"orderNo":"A1"},"lines":[{"qty":2}]}]}`))
	f.Add([]byte(`[{"kind":"1e3","head":null}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		drafts, bad := draft.ReadJSON("f", data, 3)
		if len(drafts)+len(bad) == 0 {
			t.Fatal("nothing said")
		}
		for _, d := range drafts {
			d.Complete(now)
			if m, err := ceb.Decode(draft.AppendMessage(nil, d.Kind, draft.Sender{Code: "1", Name: "1"}, []*draft.Draft{d})); err == nil && m.Kind != d.Kind {
				t.Fatal(m.Kind)
			}
		}
	})
}
