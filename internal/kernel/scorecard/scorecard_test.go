package scorecard_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/scorecard"
)

const head = `format: 2
name: aa
title: {zh: 甲, en: aa}
version: "2026.1"
description: {zh: 试, en: test}
sources:
  - {id: a1, document: 甲〔2026〕1号, date: 2026-01-01, read: 原文}
`

const card = `items:
  - id: yearly
    title: {zh: 年度考核, en: yearly assessment}
    source: {ref: a1}
    mark: design
    subject: county
    indicators:
      - {id: trade, title: {zh: 进出口, en: import-export}, weight: 40, fact: import_export_year, linear: {from: "0", to: "100.00"}}
      - {id: firms, title: {zh: 企业, en: enterprises}, weight: 30, fact: firms, bands: [{at_least: 10, points: 30}, {at_least: 5, points: "12.5"}]}
      - {id: growth, title: {zh: 增长, en: growth}, weight: 20, expr: "permille(import_export_year, import_export_before)", bands: [{at_least: 1100, points: 20}]}
      - {id: plan, title: {zh: 方案, en: plan}, weight: 10, expr: "plan && firms > 0"}
    grades:
      - {id: good, at_least: 80, title: {zh: 优, en: good}}
      - {id: fair, at_least: "42.5", title: {zh: 良, en: fair}}
`

func env(t testing.TB) *rule.Env {
	e, err := rule.New([]rule.Var{{Name: "import_export_year", Type: rule.TypeMoney, Calibre: "import_export"},
		{Name: "import_export_before", Type: rule.TypeMoney, Calibre: "import_export"}, {Name: "turnover", Type: rule.TypeMoney, Calibre: "turnover"},
		{Name: "firms", Type: rule.TypeInt}, {Name: "plan", Type: rule.TypeBool}, {Name: "word", Type: rule.TypeText}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func load(t testing.TB, text string) *pack.Item {
	p, err := pack.LoadFS(fstest.MapFS{"aa/pack.yaml": {Data: []byte(head)}, "aa/scorecards/cards.yaml": {Data: []byte(text)}}, "aa")
	if err != nil {
		t.Fatal(err)
	}
	s, err := pack.NewSet(p)
	if err != nil {
		t.Fatal(err)
	}
	return s.Items(scorecard.Kind)[0]
}

// TestScore: bands, straight lines, conditions, what is not known, and grades.
func TestScore(t *testing.T) {
	t.Parallel()
	c, err := scorecard.Compile(load(t, card), env(t))
	if err != nil {
		t.Fatal(err)
	}
	fen := func(n int64) rule.Value { return rule.Fen(money.Fen(n)) }
	for _, tc := range []struct {
		name    string
		facts   map[string]rule.Value
		points  string
		grade   string
		unknown int
	}{
		{"nothing known", nil, "0", "", 4},
		{"all", map[string]rule.Value{"import_export_year": fen(10000), "import_export_before": fen(9000), "firms": rule.Int(10), "plan": rule.Bool(true)}, "100", "good", 0},
		{"just under the bands", map[string]rule.Value{"import_export_year": fen(9999), "import_export_before": fen(10000), "firms": rule.Int(9), "plan": rule.Bool(false)}, "52.496", "fair", 0},
		{"at a grade", map[string]rule.Value{"import_export_year": fen(5000), "firms": rule.Int(5), "plan": rule.Bool(true)}, "42.5", "fair", 1},
		{"a fen under it", map[string]rule.Value{"import_export_year": fen(4999), "firms": rule.Int(5), "plan": rule.Bool(true)}, "42.496", "", 1},
		{"negative is none", map[string]rule.Value{"import_export_year": fen(-5), "import_export_before": fen(0), "firms": rule.Int(0)}, "0", "", 1},
	} {
		ask := func(n string) (rule.Value, bool) { v, ok := tc.facts[n]; return v, ok }
		r := c.Score(ask)
		if scorecard.Points(r.Points) != tc.points || r.Grade != tc.grade || r.Unknown != tc.unknown || r.Of != 100_000 || len(r.Lines) != 4 {
			t.Errorf("%s: %s %q unknown %d %+v", tc.name, scorecard.Points(r.Points), r.Grade, r.Unknown, r.Lines)
		}
	}
}

// TestPointsStayWithinTheWeight for every figure, and the sum is the sum.
func TestPointsStayWithinTheWeight(t *testing.T) {
	t.Parallel()
	c, err := scorecard.Compile(load(t, card), env(t))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		year, firms := rapid.Int64().Draw(t, "year"), rapid.Int64().Draw(t, "firms")
		r := c.Score(func(n string) (rule.Value, bool) {
			if n == "firms" {
				return rule.Int(firms), true
			}
			return rule.Fen(money.Fen(year)), n == "import_export_year"
		})
		sum := int64(0)
		for _, l := range r.Lines {
			if sum += l.Points; l.Points < 0 || l.Points > l.Weight {
				t.Fatalf("%+v", l)
			}
		}
		if sum != r.Points {
			t.Fatal(sum, r.Points)
		}
	})
}

// TestFaults: what is wrong in a card is said, all of it, with its place.
func TestFaults(t *testing.T) {
	t.Parallel()
	for change, want := range map[[2]string]string{
		{"fact: firms", "fact: frims"}:                                                   "there is no fact or function frims",
		{"fact: firms", "fact: word"}:                                                    "a text is not scored",
		{"at_least: 5,", "at_least: 15,"}:                                                "bands stand from the best",
		{`points: "12.5"`, "points: 31"}:                                                 "more points than the weight",
		{"at_least: 1100", `at_least: "x"`}:                                              "must be a whole number",
		{"id: firms", "id: trade"}:                                                       "stands twice",
		{`linear: {from: "0", to: "100.00"}`, `linear: {from: "5", to: "5.00"}`}:         "must differ",
		{"at_least: 80", "at_least: 180"}:                                                "cannot be reached",
		{`at_least: "42.5"`, "at_least: 80"}:                                             "grades stand from the best",
		{"(import_export_year, import_export_before)", "(import_export_year, turnover)"}: "two calibres",
	} {
		_, err := scorecard.Compile(load(t, strings.Replace(card, change[0], change[1], 1)), env(t))
		var f pack.Faults
		if !errors.As(err, &f) || !strings.Contains(err.Error(), want) || f[0].Line < 8 {
			t.Errorf("%s: %v", change[1], err)
		}
	}
}
