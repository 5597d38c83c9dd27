package pack_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// The files of a small pack that is in order.
const (
	headYAML = `format: 1
name: base
title: {zh: 底层, en: Base}
version: "2026.1"
description: {zh: 测试, en: test}
sources:
  - {id: a1, document: 公告2026年第1号, date: 2026-01-05, read: here}
`
	parametersYAML = `parameters:
  - name: limit
    type: fen
    unit: 元
    meaning: {zh: 限值, en: limit}
    continuous: true
    values:
      - {value: "2000.00", from: 2016-04-08, to: 2018-12-31, source: {ref: a1, at: 第一条}, mark: seen}
      - {value: "5000.00", from: 2019-01-01, source: {ref: a1}, mark: recalled}
  - name: share
    type: int
    meaning: {zh: 比例, en: share}
    overridable: true
    values:
      - {value: "0", source: {ref: a1}, mark: design}
`
	tablesYAML = `tables:
  - name: rates
    file: tables/rates.csv
    title: {zh: 税率, en: rates}
    key: [code]
    dated: true
    continuous: true
    overlay: rows
    source: {ref: a1}
    mark: seen
    columns:
      - {name: code, type: text, pattern: "[0-9]{4}"}
      - {name: rate, type: rate, required: true}
      - {name: kinds, type: text, list: true, values: [x, y]}
  - name: units
    file: tables/units.csv
    title: {zh: 单位, en: units}
    key: [code, kind]
    marked: true
    source: {ref: a1}
    mark: seen
    columns:
      - {name: code, type: text}
      - {name: kind, type: int}
      - {name: flag, type: bool}
      - {name: price, type: fen}
`
	ratesCSV = "code,rate,kinds,valid_from,valid_to\n0101,0.13,x|y,2019-04-01,\n0101,0.16,,2018-05-01,2019-03-31\n0202,0.09,,,\n"
	unitsCSV = "code,kind,flag,price,source,mark\nkg,1,true,12.50,a1:第二条,inference\nkg,2,,,a1,seen\n"
)

// files is the pack with some files replaced; an empty text removes a file.
func files(replace map[string]string) fstest.MapFS {
	fs := fstest.MapFS{}
	all := map[string]string{"pack.yaml": headYAML, "parameters.yaml": parametersYAML, "tables.yaml": tablesYAML, "tables/rates.csv": ratesCSV, "tables/units.csv": unitsCSV}
	for name, text := range replace {
		all[name] = text
	}
	for name, text := range all {
		if text != "" {
			fs["base/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return fs
}

func load(t testing.TB, replace map[string]string) *pack.Pack {
	t.Helper()
	p, err := pack.LoadFS(files(replace), "base")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func set(t testing.TB, packs ...*pack.Pack) *pack.Set {
	t.Helper()
	s, err := pack.NewSet(packs...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestValuesByDay(t *testing.T) {
	t.Parallel()
	s := set(t, load(t, nil))
	for _, tt := range []struct {
		day  clock.Day
		want money.Fen
		ok   bool
	}{
		{20160407, 0, false}, {20160408, 200_000, true}, {20181231, 200_000, true}, {20190101, 500_000, true}, {99991231, 500_000, true},
	} {
		v, ok := s.Param("limit", tt.day)
		if ok != tt.ok || ok && v.Fen() != tt.want {
			t.Errorf("limit on %s: %v %v, want %v %v", tt.day, v, ok, tt.want, tt.ok)
		}
	}
	v, _ := s.Param("limit", 20170101)
	if v.Source.String() != "公告2026年第1号 第一条" || v.Mark != pack.Seen || v.Type != pack.Fen || v.From != 20160408 || v.To != 20181231 {
		t.Errorf("value does not show what it rests on: %+v", v)
	}
	if !strings.HasPrefix(v.Pack, "base@2026.1+") || v.Pack != s.Version() {
		t.Errorf("pack of the value %q, version of the set %q", v.Pack, s.Version())
	}
	if _, ok := s.Param("nothing", 20260101); ok {
		t.Error("a parameter that no pack has was found")
	}
	if d, ok := s.Describe("limit"); !ok || d.Unit != "元" || d.Meaning.EN != "limit" {
		t.Errorf("description: %+v", d)
	}
}

func TestValueTypes(t *testing.T) {
	t.Parallel()
	text := "parameters:\n"
	for name, value := range map[string]string{"int": "-3", "fen": "12.34", "rate": "0.05", "bool": "true", "text": "文字", "days": "7", "grams": "2000"} {
		text += "  - {name: a_" + name + ", type: " + name + `, meaning: {zh: 值, en: value}, values: [{value: "` + value + `", source: {ref: a1}, mark: seen}]}` + "\n"
	}
	s := set(t, load(t, map[string]string{"parameters.yaml": text}))
	get := func(name string) *pack.Value {
		v, ok := s.Param("a_"+name, 20260101)
		if !ok || v.Type.String() != name {
			t.Fatalf("%s: %+v %v", name, v, ok)
		}
		return v
	}
	if get("int").Int() != -3 || get("fen").Fen() != 1234 || get("rate").Rate().String() != "0.05" || !get("bool").Bool() ||
		get("text").Text != "文字" || get("days").Int() != 7 || get("grams").Int() != 2000 {
		t.Error("a value was not read as its type")
	}
	if get("fen").Int() != 0 || get("int").Fen() != 0 || get("int").Bool() || !get("int").Rate().IsZero() {
		t.Error("a value answers as another type")
	}
}

func TestTableByDay(t *testing.T) {
	t.Parallel()
	s := set(t, load(t, nil))
	rates, ok := s.Table("rates")
	if !ok || rates.Len() != 3 {
		t.Fatalf("table rates: %v", ok)
	}
	for _, tt := range []struct {
		day        clock.Day
		code, want string
	}{
		{20180430, "0101", ""}, {20180501, "0101", "0.16"}, {20190331, "0101", "0.16"}, {20190401, "0101", "0.13"}, {19000101, "0202", "0.09"}, {20260101, "0303", ""},
	} {
		row, ok := rates.Get(tt.day, tt.code)
		if ok != (tt.want != "") || ok && row.Rate("rate").String() != tt.want {
			t.Errorf("%s on %s: %v, want %q", tt.code, tt.day, row, tt.want)
		}
	}
	row, _ := rates.Get(20260101, "0101")
	if got := row.List("kinds"); len(got) != 2 || got[1] != "y" || row.Text("no such column") != "" || row.Line() != 2 || row.Mark() != pack.Seen || row.From() != 20190401 || row.To() != 0 {
		t.Errorf("row: %v line %d", got, row.Line())
	}
	units, _ := s.Table("units")
	row, ok = units.Get(20260101, "kg", "1")
	if !ok || !row.Bool("flag") || row.Fen("price") != 1250 || row.Int("kind") != 1 || row.Mark() != pack.Inference || row.Source().String() != "公告2026年第1号 第二条" {
		t.Errorf("units kg/1: %v", ok)
	}
	n := 0
	for range rates.On(20180601) {
		n++
	}
	if n != 2 {
		t.Errorf("rows in force on 2018-06-01: %d, want 2", n)
	}
}

// zone is a pack that lies over the base.
func zone(t testing.TB, replace map[string]string) *pack.Pack {
	t.Helper()
	all := map[string]string{
		"pack.yaml":        strings.Replace(strings.Replace(headYAML, "name: base", "name: zone", 1), "sources:", "parents: [base]\nsources:", 1),
		"parameters.yaml":  "parameters:\n  - {name: share, type: int, meaning: {zh: 比例, en: share}, values: [{value: \"5\", from: 2026-01-01, to: 2026-06-30, source: {ref: a1}, mark: design}]}\n",
		"tables.yaml":      strings.Split(tablesYAML, "  - name: units")[0],
		"tables/rates.csv": "code,rate,kinds,valid_from,valid_to\n0101,0.05,,2026-01-01,2026-06-30\n0303,0.01,,,\n",
		"tables/units.csv": "",
	}
	for name, text := range replace {
		all[name] = text
	}
	return load(t, all)
}

func TestZoneOverNational(t *testing.T) {
	t.Parallel()
	base, over := load(t, nil), zone(t, nil)
	s := set(t, base, over)
	rates, _ := s.Table("rates")
	for _, tt := range []struct {
		day         clock.Day
		share       int64
		r0101       string
		fromZoneToo string
	}{{20251231, 0, "0.13", "0.01"}, {20260101, 5, "0.05", "0.01"}, {20260630, 5, "0.05", "0.01"}, {20260701, 0, "0.13", "0.01"}} {
		v, _ := s.Param("share", tt.day)
		row, _ := rates.Get(tt.day, "0101")
		added, _ := rates.Get(tt.day, "0303")
		if v.Int() != tt.share || row.Rate("rate").String() != tt.r0101 || added.Rate("rate").String() != tt.fromZoneToo {
			t.Errorf("%s: share %d, rate %s, added %s", tt.day, v.Int(), row.Rate("rate"), added.Rate("rate"))
		}
		n := 0
		for range rates.On(tt.day) {
			n++
		}
		if n != 3 {
			t.Errorf("%s: %d rows in force, want 3", tt.day, n)
		}
	}
	if want := base.Version() + "," + over.Version(); s.Version() != want {
		t.Errorf("version %q, want %q", s.Version(), want)
	}
	if got := len(s.Packs()); got != 2 {
		t.Errorf("%d packs", got)
	}
	if b := s.Boundaries("rates"); b[0] != 0 || b[len(b)-1] != 20260701 {
		t.Errorf("boundaries %v", b)
	}
}

func TestReplacingTable(t *testing.T) {
	t.Parallel()
	base := load(t, map[string]string{"tables.yaml": strings.Replace(tablesYAML, "overlay: rows", "overlay: replace", 1)})
	s := set(t, base, zone(t, nil))
	rates, _ := s.Table("rates")
	if _, ok := rates.Get(20260101, "0202"); ok || rates.Len() != 2 {
		t.Error("rows of the replaced table are still there")
	}
}

func TestSetFaults(t *testing.T) {
	t.Parallel()
	base := load(t, nil)
	for name, tt := range map[string]struct {
		packs []*pack.Pack
		want  string
	}{
		"parent missing":   {[]*pack.Pack{zone(t, nil)}, `parent "base" is not switched on below it`},
		"parent above":     {[]*pack.Pack{zone(t, nil), base}, `parent "base"`},
		"twice":            {[]*pack.Pack{base, base}, `pack "base" is switched on twice`},
		"not overridable":  {[]*pack.Pack{base, zone(t, map[string]string{"parameters.yaml": strings.Split(parametersYAML, "  - name: share")[0]})}, `parameter "limit" may not be overridden`},
		"other type":       {[]*pack.Pack{base, zone(t, map[string]string{"parameters.yaml": `parameters: [{name: share, type: text, meaning: {zh: 比, en: s}, values: [{value: a, source: {ref: a1}, mark: seen}]}]`})}, "is of type text, below it is int"},
		"fixed table":      {[]*pack.Pack{load(t, map[string]string{"tables.yaml": strings.Replace(tablesYAML, "    overlay: rows\n", "", 1)}), zone(t, nil)}, `table "rates" may not be laid over`},
		"other columns":    {[]*pack.Pack{base, zone(t, map[string]string{"tables.yaml": strings.Replace(strings.Split(tablesYAML, "  - name: units")[0], "name: kinds", "name: sorts", 1), "tables/rates.csv": "code,rate,sorts,valid_from,valid_to\n"})}, "has other columns or keys than below"},
		"pinned elsewhere": {[]*pack.Pack{base, zone(t, map[string]string{"pack.yaml": strings.Replace(strings.Replace(headYAML, "name: base", "name: zone", 1), "sources:", "parents: [base@2025.1]\nsources:", 1)})}, `parent "base@2025.1"`},
	} {
		_, err := pack.NewSet(tt.packs...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}
