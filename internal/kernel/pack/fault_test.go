package pack_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pilotzone/internal/kernel/pack"
)

func swap(text, old, with string) string {
	if !strings.Contains(text, old) {
		panic("not in the text: " + old)
	}
	return strings.Replace(text, old, with, 1)
}

// TestFaults holds each kind of fault to its place and its words.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file, text string
		want       []string // begin of each fault's line
	}{
		"no head":              {"pack.yaml", "", []string{"pack.yaml: pack.yaml is missing"}},
		"not YAML":             {"parameters.yaml", "parameters:\n\t- x\n", []string{"parameters.yaml:2: not YAML"}},
		"empty":                {"parameters.yaml", "# nothing\n", []string{"parameters.yaml:1:1: the file is empty"}},
		"two documents":        {"parameters.yaml", parametersYAML + "---\na: 1\n", []string{"parameters.yaml: holds more than one"}},
		"not a mapping":        {"parameters.yaml", "- a\n", []string{"parameters.yaml:1:1: a mapping is expected"}},
		"unknown key":          {"pack.yaml", swap(headYAML, "title:", "titel: x\ntitle:"), []string{`pack.yaml:3:1: unknown key "titel"`}},
		"duplicate key":        {"pack.yaml", headYAML + "name: again\n", []string{`pack.yaml:8:1: key "name" is given twice, first on line 2`}},
		"key without value":    {"pack.yaml", swap(headYAML, "name: base", "name:"), []string{`pack.yaml:2:1: key "name" has no value`}},
		"alias":                {"pack.yaml", swap(headYAML, "{zh: 底层, en: Base}", "&t {zh: 底层, en: Base}") + "parents: *t\n", []string{"pack.yaml:8:10: YAML aliases"}},
		"wrong kind":           {"pack.yaml", swap(headYAML, "name: base", "name: [base]"), []string{`pack.yaml:2:7: key "name" takes a single value`}},
		"list wanted":          {"pack.yaml", headYAML + "parents: national\n", []string{`pack.yaml:8:10: key "parents" takes a list`}},
		"other format":         {"pack.yaml", swap(headYAML, "format: 1", "format: 3"), []string{`pack.yaml:1:9: format "3" is not supported`}},
		"bad name":             {"pack.yaml", swap(headYAML, "name: base", "name: Base"), []string{`pack.yaml:2:7: name "Base" has the wrong form`}},
		"bad version":          {"pack.yaml", swap(headYAML, `"2026.1"`, `"v1"`), []string{`pack.yaml:4:10: version "v1" has the wrong form`}},
		"bad parent":           {"pack.yaml", headYAML + "parents: [A]\n", []string{`pack.yaml:8:10: parent "A"`}},
		"one language":         {"pack.yaml", swap(headYAML, "{zh: 底层, en: Base}", "{zh: 底层}"), []string{`pack.yaml:3:8: key "en" is missing`}},
		"source twice":         {"pack.yaml", headYAML + "  - {id: a1, document: x, read: y}\n", []string{`pack.yaml:8:10: source "a1" is given twice`}},
		"bad date":             {"parameters.yaml", swap(parametersYAML, "2016-04-08", "2016-02-30"), []string{`parameters.yaml:8:34: from "2016-02-30" is not a date`}},
		"date form":            {"parameters.yaml", swap(parametersYAML, "2016-04-08", "20160408"), []string{`parameters.yaml:8:34: from "20160408" is not a date`}},
		"ends before":          {"parameters.yaml", swap(parametersYAML, "to: 2018-12-31", "to: 2015-12-31"), []string{"parameters.yaml:8:9: it ends on 2015-12-31, before it begins", "parameters.yaml:9:9: there is a gap after line 8"}},
		"overlap":              {"parameters.yaml", swap(parametersYAML, "to: 2018-12-31", "to: 2019-01-01"), []string{"parameters.yaml:9:9: its validity overlaps that of line 8"}},
		"overlap of open":      {"parameters.yaml", swap(parametersYAML, ", to: 2018-12-31", ""), []string{"parameters.yaml:9:9: its validity overlaps"}},
		"gap":                  {"parameters.yaml", swap(parametersYAML, "from: 2019-01-01", "from: 2019-01-02"), []string{"parameters.yaml:9:9: there is a gap after line 8"}},
		"no source":            {"parameters.yaml", swap(parametersYAML, ", source: {ref: a1}, mark: recalled", ", mark: recalled"), []string{`parameters.yaml:9:9: key "source" is missing`}},
		"unlisted source":      {"parameters.yaml", swap(parametersYAML, "{ref: a1, at: 第一条}", "{ref: a2}"), []string{`parameters.yaml:8:76: source "a2" is not listed in pack.yaml`}},
		"no mark":              {"parameters.yaml", swap(parametersYAML, ", mark: seen}", "}"), []string{`parameters.yaml:8:9: key "mark" is missing`}},
		"unknown mark":         {"parameters.yaml", swap(parametersYAML, "mark: seen", "mark: sure"), []string{`parameters.yaml:8:96: mark "sure" is not known; use one of: design, inference, recalled, seen`}},
		"unknown type":         {"parameters.yaml", swap(parametersYAML, "type: fen", "type: yuan"), []string{`parameters.yaml:3:11: type "yuan" is not known`}},
		"date parameter":       {"parameters.yaml", swap(parametersYAML, "type: int", "type: date"), []string{"parameters.yaml:11:11: a parameter cannot be a date", `parameters.yaml:15:17: value "0" is not of type date`}},
		"value of other type":  {"parameters.yaml", swap(parametersYAML, `"2000.00"`, `"2000.005"`), []string{`parameters.yaml:8:17: value "2000.005" is not of type fen`}},
		"number form":          {"parameters.yaml", swap(parametersYAML, `value: "0"`, `value: "007"`), []string{`parameters.yaml:15:17: value "007" is not of type int`}},
		"flag":                 {"parameters.yaml", swap(parametersYAML, "overridable: true", "overridable: yes"), []string{`parameters.yaml:13:18: overridable "yes" is neither`}},
		"no values":            {"parameters.yaml", "parameters: [{name: ab, type: int, meaning: {zh: 值, en: v}, values: []}]\n", []string{"parameters.yaml:1:69: there are no values"}},
		"parameter twice":      {"parameters.yaml", swap(parametersYAML, "name: share", "name: limit"), []string{`parameters.yaml:10:11: parameter "limit" is given twice, first on line 2`}},
		"table file missing":   {"tables/rates.csv", "", []string{"tables.yaml:2: the file tables/rates.csv is not there"}},
		"table file elsewhere": {"tables.yaml", swap(tablesYAML, "tables/rates.csv", "../rates.csv"), []string{`tables.yaml:3:11: file "../rates.csv" has the wrong form`}},
		"unnamed table file":   {"tables/more.csv", "a\n", []string{"tables/more.csv: tables.yaml does not name this table"}},
		"unknown file":         {"expressions.yaml", "a: 1\n", []string{"expressions.yaml: a pack does not have this file"}},
		"unknown folder":       {"notes/aa.csv", "a\n", []string{"notes: a pack does not have this file"}},
		"key column":           {"tables.yaml", swap(tablesYAML, "key: [code]", "key: [id]"), []string{`tables.yaml:5:10: key column "id" is not among columns`}},
		"no key":               {"tables.yaml", swap(tablesYAML, "key: [code]", "key: []"), []string{"tables.yaml:5:10: there is no key column"}},
		"reserved column":      {"tables.yaml", swap(tablesYAML, "name: kinds", "name: mark"), []string{`tables.yaml:2:5: column "mark" is given twice or has a reserved name`}},
		"bad pattern":          {"tables.yaml", swap(tablesYAML, "[0-9]{4}", "[0-9"), []string{"tables.yaml:12:43: pattern is not a regular expression: error parsing regexp: missing closing ]: `[0-9`"}},
		"dated twice":          {"tables.yaml", swap(tablesYAML, "    dated: true\n", "    dated: true\n    valid_from: 2026-01-01\n"), []string{"tables.yaml:2:5: a dated table has its validity in the rows"}},
		"continuous, no dates": {"tables.yaml", swap(tablesYAML, "    dated: true\n", ""), []string{"tables.yaml:2:5: continuous is for dated tables"}},
		"table twice":          {"tables.yaml", swap(tablesYAML, "name: units", "name: rates"), []string{`tables.yaml:15:11: table "rates" is given twice`}},
		"header":               {"tables/rates.csv", swap(ratesCSV, "code,rate", "rate,code"), []string{"tables/rates.csv:1:1: the header must be code,rate,kinds,valid_from,valid_to"}},
		"byte-order mark":      {"tables/rates.csv", "\ufeff" + ratesCSV, []string{"tables/rates.csv:1:1: the header must be"}},
		"not UTF-8":            {"tables/rates.csv", ratesCSV + "\xff", []string{"tables/rates.csv: the file is not UTF-8"}},
		"quotes":               {"tables/rates.csv", ratesCSV + "04\"04,1,,,\n", []string{`tables/rates.csv:5:3: not CSV`}},
		"number of cells":      {"tables/rates.csv", ratesCSV + "0404,1\n", []string{"tables/rates.csv:5: 5 columns are expected, there are 2"}},
		"empty cell":           {"tables/rates.csv", ratesCSV + ",1,,,\n0404,,,,\n", []string{"tables/rates.csv:5:1: code must not be empty", "tables/rates.csv:6:6: rate must not be empty"}},
		"blanks in cell":       {"tables/rates.csv", ratesCSV + "0404, 1,,,\n", []string{`tables/rates.csv:5:6: rate " 1" has blanks`}},
		"cell of other type":   {"tables/rates.csv", ratesCSV + "0404,13%,,,\n", []string{`tables/rates.csv:5:6: rate "13%" is not of type rate`}},
		"cell form":            {"tables/rates.csv", ratesCSV + "abc,1,,,\n", []string{`tables/rates.csv:5:1: code "abc" has the wrong form`}},
		"cell not in list":     {"tables/rates.csv", ratesCSV + "0404,1,x|z,,\n", []string{`tables/rates.csv:5:8: kinds "x|z" is not known; use one of: x, y`}},
		"row overlap":          {"tables/rates.csv", ratesCSV + "0202,1,,2026-01-01,\n", []string{"tables/rates.csv:5: its validity overlaps that of line 4"}},
		"row gap":              {"tables/rates.csv", swap(ratesCSV, "2019-03-31", "2019-03-30"), []string{"tables/rates.csv:2: there is a gap after line 3"}},
		"row date":             {"tables/rates.csv", swap(ratesCSV, "2019-03-31", "2019-13-31"), []string{`tables/rates.csv:3:23: valid_to "2019-13-31" is not of type date`}},
		"row key twice":        {"tables/units.csv", unitsCSV + "kg,2,,,a1,seen\n", []string{`tables/units.csv:4: key "kg,2" is that of line 3 too`}},
		"row source":           {"tables/units.csv", unitsCSV + "g,2,,,a9:x,seen\n", []string{`tables/units.csv:4:7: source "a9" is not listed`}},
		"row mark":             {"tables/units.csv", unitsCSV + "g,2,,,a1,good\n", []string{`tables/units.csv:4:10: mark "good" is not known`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := pack.LoadFS(files(map[string]string{tt.file: tt.text}), "base")
			var got pack.Faults
			if p != nil || !errors.As(err, &got) {
				t.Fatalf("the pack was not refused: %v", err)
			}
			lines := strings.Split(err.Error(), "\n")
			if name == "no head" {
				lines = lines[:1] // without it no source is listed
			}
			if !slices.EqualFunc(lines, tt.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(tt.want, "\n"))
			}
			for _, f := range got {
				if f.What.ZH == "" || f.What.EN == "" || f.Mend.ZH == "" || f.Mend.EN == "" || strings.Contains(f.String(), "%!") {
					t.Errorf("fault without all its words: %+v", f)
				}
			}
		})
	}
}

// TestAllFaultsAtOnce: a pack with faults in three files reports them all, in
// order of place.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := pack.LoadFS(files(map[string]string{
		"pack.yaml":        swap(headYAML, "title:", "titel: x\ntitle:"),
		"parameters.yaml":  swap(swap(parametersYAML, "2016-04-08", "2016-02-30"), "mark: design", "mark: sure"),
		"tables/rates.csv": ratesCSV + "0404,1\n,x,,,\n",
	}), "base")
	var got pack.Faults
	if !errors.As(err, &got) || len(got) != 6 {
		t.Fatalf("got %d faults:\n%v", len(got), err)
	}
	if got[0].File != "pack.yaml" || got[5].File != "tables/rates.csv" || got[5].Line != 6 {
		t.Errorf("not in order of place:\n%v", err)
	}
}

func TestManyFaultsAreCut(t *testing.T) {
	t.Parallel()
	_, err := pack.LoadFS(files(map[string]string{"tables/rates.csv": ratesCSV + strings.Repeat("x,y,,,\n", 5000)}), "base")
	var got pack.Faults
	if !errors.As(err, &got) || len(got) != 1001 || !strings.Contains(got[1000].What.EN, "more than 1000 faults") {
		t.Fatalf("%d faults", len(got))
	}
}

func TestLoadDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fs := files(nil)
	for name, f := range fs {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := pack.LoadDir(filepath.Join(dir, "base"))
	if err != nil {
		t.Fatal(err)
	}
	if q := load(t, nil); p.Hash != q.Hash {
		t.Error("the same files have another hash in a folder")
	}
	if err := os.Symlink("pack.yaml", filepath.Join(dir, "base", "tables", "link.csv")); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.LoadDir(filepath.Join(dir, "base")); err == nil || !strings.Contains(err.Error(), "tables/link.csv") {
		t.Errorf("a link was followed: %v", err)
	}
	for _, bad := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "base", "pack.yaml")} {
		if _, err := pack.LoadDir(bad); err == nil {
			t.Errorf("%s was loaded", bad)
		}
	}
}

func TestTooManyFiles(t *testing.T) {
	t.Parallel()
	fs := files(nil)
	for i := range 1050 {
		fs[fmt.Sprintf("base/tables/t%d.csv", i)] = &fstest.MapFile{Data: []byte("a\n")}
	}
	if _, err := pack.LoadFS(fs, "base"); err == nil || !strings.Contains(err.Error(), "at most 1000 files") {
		t.Errorf("got %v", err)
	}
}
