package fact_test

import (
	"sync"
	"testing"
	"testing/fstest"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

// small is a pack of this room's facts and a county, loaded once.
var small = sync.OnceValues(func() (*pack.Set, error) {
	facts, err := packs.Files.ReadFile("national/facts/trade.yaml")
	if err != nil {
		return nil, err
	}
	p, err := pack.LoadFS(fstest.MapFS{
		"small/pack.yaml": {Data: []byte("format: 2\nname: small\ntitle: {zh: 小, en: small}\nversion: \"2026.1\"\ndescription: {zh: 测试, en: test}\nsources: [{id: design, document: 测试, read: 测试}]\n")},
		"small/tables.yaml": {Data: []byte(`tables:
  - name: code_division
    file: tables/division.csv
    title: {zh: 行政区划, en: divisions}
    key: [code]
    overlay: rows
    source: {ref: design}
    mark: design
    columns: [{name: code, type: text}, {name: name_zh, type: text}, {name: level, type: text}]
`)},
		"small/tables/division.csv": {Data: []byte("code,name_zh,level\n410700,新乡市,city\n410702,红旗区,county\n410703,卫滨区,county\n")},
		"small/facts/trade.yaml":    {Data: facts},
		"small/facts/more.yaml": {Data: []byte(`items:
  - {id: headquarters, title: {zh: 总部, en: headquarters}, subject: enterprise, type: text, period: point, evidence: {zh: 文件, en: paper}, options: [{id: none, title: {zh: 无, en: none}}, {id: corporate, title: {zh: 集团总部, en: corporate}}], source: {ref: design}, mark: design}
  - {id: sme, title: {zh: 中小微, en: SME}, subject: enterprise, type: bool, period: point, valid_months: 12, evidence: {zh: 证明, en: paper}, source: {ref: design}, mark: design}
  - {id: area-m2, title: {zh: 面积, en: area}, subject: [park, warehouse], type: int, period: point, evidence: {zh: 证明, en: paper}, source: {ref: design}, mark: design}
  - {id: graduates, title: {zh: 孵化毕业, en: graduates}, subject: enterprise, type: int, period: ever, several: add, evidence: {zh: 名单, en: list}, source: {ref: design}, mark: design}
`)},
	}, "small")
	if err != nil {
		return nil, err
	}
	return pack.NewSet(p)
})

func rules(t testing.TB) *pack.Set {
	t.Helper()
	set, err := small()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The shipped facts are in order, and each of the three calibres has its own.
func TestShippedFacts(t *testing.T) {
	t.Parallel()
	national, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		t.Fatal(err)
	}
	set, err := pack.NewSet(national)
	if err != nil {
		t.Fatal(err)
	}
	if faults := fact.Check(set); len(faults) > 0 {
		t.Fatal(faults)
	}
	book, err := fact.Compile(set)
	if err != nil {
		t.Fatal(err)
	}
	for name, calibre := range map[string]string{"transactions_year": "transactions", "turnover_year": "turnover", "import_export_year": "import_export", "turnover_max_before": "turnover", "jobs_year": ""} {
		if d := book.Find(name); d == nil || d.Calibre != calibre {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// Calibres are never summed: an expression that adds two of them is refused when
// it is compiled.
func TestCalibresAreNeverSummed(t *testing.T) {
	t.Parallel()
	book, err := fact.Compile(rules(t))
	if err != nil {
		t.Fatal(err)
	}
	for src, fine := range map[string]bool{
		`turnover_year >= yuan("100000000") && import_export_year >= yuan("1")`: true,
		`turnover_year + import_export_year >= yuan("100000000")`:               false,
		`transactions_year + turnover_year >= yuan("100000000")`:                false,
		`exports_year + imports_year >= yuan("1")`:                              true,
		`turnover_year > transactions_year`:                                     false,
	} {
		if _, err := book.Env.Condition(src); (err == nil) != fine {
			t.Errorf("%s: %v", src, err)
		}
	}
}
