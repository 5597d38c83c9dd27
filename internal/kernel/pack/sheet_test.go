package pack_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// headTwo is the head of a pack of format 2.
var headTwo = strings.Replace(headYAML, "format: 1", "format: 2", 1)

// measuresYAML is a sheet with two versions of one clause.
const measuresYAML = `items:
  - id: first
    title: {zh: 第一条, en: first clause}
    valid_from: 2023-03-03
    valid_to: 2024-12-31
    source: {ref: a1, at: （一）}
    mark: seen
  - id: first
    title: {zh: 第一条（新）, en: first clause as amended}
    valid_from: 2025-01-01
    source: {ref: a1, at: （一）}
    mark: inference
  - id: second
    title: {zh: 第二条, en: second clause}
    source: {ref: a1}
    mark: design
`

// sheetPack is a pack with a sheet in place of measures/aa.yaml, and other
// files.
func sheetPack(head string, replace map[string]string) fstest.MapFS {
	all := map[string]string{"pack.yaml": head}
	for name, text := range replace {
		all[name] = text
	}
	out := fstest.MapFS{}
	for name, text := range all {
		out["base/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func loadSheets(t testing.TB, head string, replace map[string]string) *pack.Pack {
	t.Helper()
	p, err := pack.LoadFS(sheetPack(head, replace), "base")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// entryKeys are keys that an entry has beside its head.
const entryKeys = "    directory: courses\n    fields: {name: 课}\n"

// simple is an item that has its head only, for kinds whose schema asks for no
// more.
func simple(id string) string {
	return "  - id: " + id + "\n    title: {zh: 名, en: name}\n    source: {ref: a1}\n    mark: design\n"
}

// TestItemsByDay: the version of a day, and none after the last one's end.
func TestItemsByDay(t *testing.T) {
	t.Parallel()
	s := set(t, loadSheets(t, headTwo, map[string]string{"entries/aa.yaml": entriesOf(measuresYAML)}))
	for _, tt := range []struct {
		day  clock.Day
		want string
	}{{20230302, ""}, {20230303, "第一条"}, {20241231, "第一条"}, {20250101, "第一条（新）"}, {99991231, "第一条（新）"}} {
		i, ok := s.Item("entries", "first", tt.day)
		if ok != (tt.want != "") || ok && i.Title.ZH != tt.want {
			t.Errorf("on %s: %v %v, want %q", tt.day, i, ok, tt.want)
		}
	}
	if got := s.ItemsOn("entries", 20230101); len(got) != 1 || got[0].ID != "second" {
		t.Errorf("in force on 2023-01-01: %v", got)
	}
	all := s.Items("entries")
	if len(all) != 3 || all[0].From != 20230303 || all[0].Source.String() != "公告2026年第1号 （一）" || all[0].Mark != pack.Seen ||
		all[0].File != "entries/aa.yaml" || all[0].Line != 2 || !strings.HasPrefix(all[0].Pack, "base@2026.1+") || all[0].FromPack() != "base" {
		t.Errorf("items: %+v", all)
	}
}

// entriesOf turns the text of a sheet into one of the kind entries.
func entriesOf(text string) string {
	return strings.ReplaceAll(text, "    mark:", entryKeys+"    mark:")
}

// TestSheetFaults: a bad item refuses the whole pack, and each fault has its
// place.
func TestSheetFaults(t *testing.T) {
	t.Parallel()
	text := entriesOf(measuresYAML)
	for name, tt := range map[string]struct {
		head, file, text string
		want             []string
	}{
		"format 1":        {headYAML, "entries/aa.yaml", text, []string{"entries/aa.yaml: a pack of format 1 has no sheets"}},
		"matter, 1":       {headYAML, "matters/aa.yaml", "id: x", []string{"matters/aa.yaml: a pack of format 1 has no sheets"}},
		"unknown kind":    {headTwo, "clauses/aa.yaml", text, []string{"clauses: a pack does not have this file"}},
		"no items":        {headTwo, "entries/aa.yaml", "rows: []\n", []string{`entries/aa.yaml:1:1: unknown key "rows"`, `entries/aa.yaml:1:1: key "items" is missing`}},
		"bad id":          {headTwo, "entries/aa.yaml", swap(text, "id: second", "id: Second"), []string{`entries/aa.yaml:17:9: id "Second" has the wrong form`}},
		"no source":       {headTwo, "entries/aa.yaml", swap(text, "    source: {ref: a1}\n", ""), []string{`entries/aa.yaml:17:5: key "source" is missing`}},
		"source unlisted": {headTwo, "entries/aa.yaml", swap(text, "{ref: a1}", "{ref: a2}"), []string{`entries/aa.yaml:19:19: source "a2" is not listed`}},
		"bad mark":        {headTwo, "entries/aa.yaml", swap(text, "mark: design", "mark: sure"), []string{`entries/aa.yaml:22:11: mark "sure" is not known`}},
		"bad day":         {headTwo, "entries/aa.yaml", swap(text, "2023-03-03", "2023-02-30"), []string{`entries/aa.yaml:4:17: valid_from "2023-02-30" is not a date`}},
		"ends first":      {headTwo, "entries/aa.yaml", swap(text, "2024-12-31", "2022-12-31"), []string{"entries/aa.yaml:5:15: it ends on 2022-12-31, before it begins"}},
		"overlap":         {headTwo, "entries/aa.yaml", swap(text, "2024-12-31", "2025-01-01"), []string{`entries/aa.yaml:10: the validity of "first" overlaps that of entries/aa.yaml:2`}},
		"gap":             {headTwo, "entries/aa.yaml", swap(text, "valid_from: 2025-01-01", "valid_from: 2025-01-02"), []string{`entries/aa.yaml:10: there is a gap between "first" and entries/aa.yaml:2`}},
		"key twice":       {headTwo, "entries/aa.yaml", swap(text, "    mark: design", "    mark: design\n    mark: seen"), []string{`entries/aa.yaml:23:5: key "mark" is given twice`}},
		"alias":           {headTwo, "entries/aa.yaml", swap(text, "{zh: 第二条, en: second clause}", "{zh: &a 第二条, en: *a}"), []string{"entries/aa.yaml:18:29: YAML aliases are not allowed"}},
		"not a mapping":   {headTwo, "entries/aa.yaml", "items: [a]\n", []string{"entries/aa.yaml:1:9: a mapping is expected here"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := pack.LoadFS(sheetPack(tt.head, map[string]string{tt.file: tt.text}), "base")
			var got pack.Faults
			if p != nil || !errors.As(err, &got) {
				t.Fatalf("the pack was not refused: %v", err)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("got\n%s\nwant\n%s", err, strings.Join(tt.want, "\n"))
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, tt.want[i]) {
					t.Errorf("got %s, want %s", line, tt.want[i])
				}
			}
		})
	}
}

// TestABadItemOfAnyKindRefusesThePack: a title in one language, in
// one item of each kind.
func TestABadItemOfAnyKindRefusesThePack(t *testing.T) {
	t.Parallel()
	for _, kind := range pack.Kinds() {
		bad := strings.Replace(simple("one"), "en: name", "fr: nom", 1)
		p, err := pack.LoadFS(sheetPack(headTwo, map[string]string{kind + "/aa.yaml": "items:\n" + bad, "entries/bb.yaml": entriesOf(measuresYAML)}), "base")
		if p != nil || err == nil || !strings.Contains(err.Error(), kind+`/aa.yaml:3:20: unknown key "fr"`) {
			t.Errorf("%s: %v", kind, err)
		}
		_, err = pack.LoadFS(sheetPack(headTwo, map[string]string{kind + "/aa.yaml": "items:\n" + simple("one") + "    no-such-key: 1\n"}), "base")
		if err == nil || !strings.Contains(err.Error(), kind+"/aa.yaml:") || !strings.Contains(err.Error(), "no-such-key") {
			t.Errorf("%s takes unknown keys: %v", kind, err)
		}
	}
}

// TestSchemas: each kind has a schema that compiles and says what it is, and so
// has the head.
func TestSchemas(t *testing.T) {
	t.Parallel()
	for _, kind := range append(pack.Kinds(), "item") {
		if text, err := pack.SchemaOf(kind); err != nil || !strings.Contains(string(text), `"title"`) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for _, kind := range []string{"none", "../doc", ""} {
		if _, err := pack.SchemaOf(kind); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", kind, err)
		}
	}
}

// TestAPackAboveReplacesAnItem: all versions of the id from below are gone, the
// others stay.
func TestAPackAboveReplacesAnItem(t *testing.T) {
	t.Parallel()
	below := loadSheets(t, headTwo, map[string]string{"entries/aa.yaml": entriesOf(measuresYAML), "matters/one.yaml": "id: one", "matters/two.yaml": "id: two"})
	above := loadSheets(t, strings.Replace(headTwo, "name: base", "name: zone", 1)+"parents: [base]\n",
		map[string]string{"entries/bb.yaml": "items:\n" + entriesOf(simple("first")+simple("third")), "matters/two.yaml": "id: two, of the zone"})
	s := set(t, below, above)
	var ids []string
	for _, i := range s.Items("entries") {
		ids = append(ids, i.FromPack()+":"+i.ID)
	}
	if got := strings.Join(ids, " "); got != "zone:first base:second zone:third" {
		t.Errorf("items: %s", got)
	}
	files := s.MatterFiles()
	if err := fstest.TestFS(files, "one.yaml", "two.yaml"); err != nil {
		t.Error(err)
	}
	if data, err := fs.ReadFile(files, "two.yaml"); err != nil || string(data) != "id: two, of the zone" {
		t.Errorf("two.yaml: %s %v", data, err)
	}
	again, err := pack.UnmarshalSet(s.Marshal())
	if err != nil || again.Version() != s.Version() || len(again.Items("entries")) != 3 {
		t.Errorf("by value: %v", err)
	}
}

// TestDecode: the kind's own keys without the head; an unknown one is an error
// that names the item.
func TestDecode(t *testing.T) {
	t.Parallel()
	s := set(t, loadSheets(t, headTwo, map[string]string{"entries/aa.yaml": "items:\n" + entriesOf(simple("one"))}))
	i := s.Items("entries")[0]
	var own struct {
		Directory string         `yaml:"directory"`
		Fields    map[string]any `yaml:"fields"`
	}
	if err := i.Decode(&own); err != nil || own.Directory != "courses" {
		t.Errorf("%+v %v", own, err)
	}
	var none struct{}
	if err := i.Decode(&none); err == nil || !strings.Contains(err.Error(), "base/entries/aa.yaml:2: entries one") {
		t.Errorf("unknown keys were taken: %v", err)
	}
	if v := i.Values(); v["directory"] != "courses" || v["id"] != nil {
		t.Errorf("values: %v", v)
	}
	f := i.FaultAt(pack.Text{ZH: "错", EN: "wrong"}, pack.Text{ZH: "改", EN: "mend"}, "title", "en", "deeper")
	if f.File != "base/entries/aa.yaml" || f.Line != 3 || f.Column != 24 {
		t.Errorf("place: %+v", f)
	}
	if !strings.Contains(i.YAML(), "directory: courses") {
		t.Errorf("as text: %s", i.YAML())
	}
}

// FuzzSheet: whatever a sheet holds, the loader answers with a pack or with
// faults that have words.
func FuzzSheet(f *testing.F) {
	f.Add(entriesOf(measuresYAML))
	f.Add("items: [{id: a, fields: {x: [1, {y: !!binary 1}]}}]")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := pack.LoadFS(sheetPack(headTwo, map[string]string{"entries/aa.yaml": text, "incentives/aa.yaml": text}), "base")
		if bad, ok := err.(pack.Faults); ok {
			for _, x := range bad {
				if x.What.EN == "" || x.What.ZH == "" || x.Mend.ZH == "" {
					t.Errorf("fault without words: %+v", x)
				}
			}
		} else if err != nil {
			t.Errorf("neither a pack nor faults: %v", err)
		}
	})
}

// TestAClauseMayRest: a gap between two versions is a fault unless the pack says
// that the clause rests.
func TestAClauseMayRest(t *testing.T) {
	t.Parallel()
	gap := strings.Replace(entriesOf(measuresYAML), "valid_from: 2025-01-01", "valid_from: 2025-02-01", 1)
	files := map[string]string{"entries/aa.yaml": gap}
	if _, err := pack.LoadFS(sheetPack(headTwo, files), "base"); err == nil || !strings.Contains(err.Error(), "continuous: false") {
		t.Errorf("a gap that nobody declared: %v", err)
	}
	files["entries/aa.yaml"] = strings.Replace(gap, "valid_from: 2025-02-01", "valid_from: 2025-02-01\n    continuous: false", 1)
	s := set(t, loadSheets(t, headTwo, files))
	if _, ok := s.Item("entries", "first", 20250115); ok {
		t.Error("the clause is in force while it rests")
	}
}

// TestWhatIsLaidDownNamesItsArticle: a clause without an article is refused, and
// so is an amount below zero.
func TestWhatIsLaidDownNamesItsArticle(t *testing.T) {
	t.Parallel()
	const clause = `items:
  - id: one
    title: {zh: 名, en: name}
    source: {ref: a1, at: （一）}
    mark: seen
    clause: {zh: 条, en: clause}
    subject: enterprise
    beneficiary: {zh: 企业, en: enterprise}
    conditions: [{id: c, when: 'jobs_year >= 1', zh: 条件, en: condition}]
    amount: {cap: "5.00", percent: "0.50", of: cost_year}
    frequency: once
    validity: {confirmed: true}
    decides: {zh: 商务局, en: commerce}
`
	for name, tt := range map[string]struct{ old, new, want string }{
		"fine":            {"", "", ""},
		"no article":      {", at: （一）", "", "missing: at"},
		"empty article":   {"at: （一）", `at: ""`, "at needs at least 1 characters"},
		"a setting":       {"{ref: a1, at: （一）}\n    mark: seen", "{ref: a1}\n    mark: design", ""},
		"cap below zero":  {`cap: "5.00"`, `cap: "-5.00"`, `cap "-5.00" has the wrong form`},
		"rate below zero": {`percent: "0.50"`, `percent: "-0.50"`, "percent -0.50 is not a rate"},
	} {
		_, err := pack.LoadFS(sheetPack(headTwo, map[string]string{"incentives/aa.yaml": strings.Replace(clause, tt.old, tt.new, 1)}), "base")
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
