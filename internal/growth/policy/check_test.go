package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

func load(t testing.TB, names ...string) *pack.Set {
	t.Helper()
	var list []*pack.Pack
	for _, name := range names {
		p, err := pack.LoadFS(packs.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	set, err := pack.NewSet(list...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestShippedClausesHaveNoFault: each zone's clauses compile over known facts, and
// every line that pays has a ceiling.
func TestShippedClausesHaveNoFault(t *testing.T) {
	t.Parallel()
	for zone, least := range map[string]int{"hunan": 20, "huaian": 8, "sanya": 5, "xinxiang": 5} {
		set := load(t, "national", zone)
		for _, f := range policy.Check(set) {
			t.Errorf("%s: %s", zone, f)
		}
		own := 0
		for _, i := range set.Items(policy.ItemKind) {
			if i.FromPack() == zone {
				own++
			}
		}
		if own < least {
			t.Errorf("%s has %d clauses, %d expected", zone, own, least)
		}
	}
}

// over is a set of the national pack with clauses and budgets of a test.
func over(t testing.TB, incentives, budgets string) *pack.Set {
	t.Helper()
	p := zonePack(t, incentives, budgets)
	national, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		t.Fatal(err)
	}
	set, err := pack.NewSet(national, p)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func zonePack(t testing.TB, incentives, budgets string) *pack.Pack {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "trial")
	files := map[string]string{"pack.yaml": `format: 2
name: trial
title: {zh: 试验区, en: Trial}
version: "2026.1"
parents: [national]
description: {zh: 测试, en: test}
sources:
  - {id: doc, document: 试验区措施, read: 测试}
`, "incentives/clauses.yaml": incentives, "budgets/budget.yaml": budgets}
	for name, text := range files {
		if text == "" {
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := pack.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const clauseHead = `items:
  - id: a
    title: {zh: 甲, en: A}
    source: {ref: doc, at: （一）}
    mark: design
    clause: {zh: 甲, en: A}
    subject: enterprise
    beneficiary: {zh: 企业, en: enterprise}
    frequency: once
    validity: {confirmed: true}
    decides: {zh: 商务局, en: commerce}
    flow: city
`

const oneLine = `items:
  - id: b
    title: {zh: 预算, en: budget}
    source: {ref: doc}
    mark: design
    year: 2026
    cap: "1000.00"
    lines:
      - {id: parks, title: {zh: 园区, en: parks}, cap: "500.00"}
`

func TestCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	cond := func(when string) string {
		return "    conditions: [{id: c, when: '" + when + "', zh: 条件, en: condition}]\n"
	}
	good := cond(`turnover_year >= yuan("5")`)
	cases := map[string]struct{ clause, budget, want string }{
		"fine":                   {good + "    amount: {cap: \"5.00\"}\n    budget: parks\n", oneLine, ""},
		"unknown fact":           {cond(`turnover_yaer >= yuan("5")`), "", "turnover_yaer"},
		"fact of another":        {cond(`area_m2 >= 5`), "", "not one of the subject"},
		"never holds":            {cond(`jobs_year >= 10 && jobs_year < 5`), "", "can never hold"},
		"contradict each other":  {"    conditions:\n      - {id: c, when: 'jobs_year >= 10', zh: 甲, en: a}\n      - {id: d, when: 'jobs_year < 5', zh: 乙, en: b}\n", "", "contradict each other"},
		"condition twice":        {"    conditions:\n      - {id: c, when: 'jobs_year >= 10', zh: 甲, en: a}\n      - {id: c, when: 'jobs_year < 50', zh: 乙, en: b}\n", "", "there twice"},
		"unknown line":           {good + "    amount: {cap: \"5.00\"}\n    budget: roads\n", oneLine, "roads has no ceiling"},
		"no budget at all":       {good + "    amount: {cap: \"5.00\"}\n    budget: parks\n", "", "no budget at all"},
		"line above the whole":   {good, strings.Replace(oneLine, `"500.00"`, `"5000.00"`, 1), "above the whole"},
		"line without ceiling":   {good, strings.Replace(oneLine, `"500.00"`, `"0.00"`, 1), "has no ceiling"},
		"share without cost":     {good + "    amount: {percent: \"0.80\"}\n", "", "without a cost"},
		"share above one":        {good + "    amount: {percent: \"80\", of: marketing_cost_year}\n", "", "above 1"},
		"cost that is no money":  {good + "    amount: {percent: \"0.80\", of: jobs_year}\n", "", "must be money"},
		"cap above cumulative":   {good + "    amount: {cap: \"9.00\"}\n    cumulative: {cap: \"5.00\", years: 3, per: enterprise}\n", "", "above the cumulative cap"},
		"money and number mixed": {cond(`turnover_year >= 5`), "", "expression is wrong"},
		"two calibres added":     {cond(`turnover_year + import_export_year >= yuan("5")`), "", "expression is wrong"},
		"excludes nothing":       {good + "    exclusive_with: [zzz]\n", "", "no clause zzz"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := policy.Check(over(t, clauseHead+c.clause, c.budget))
			if c.want == "" {
				if len(found) > 0 {
					t.Errorf("%v", found)
				}
				return
			}
			if !strings.Contains(found.Error(), c.want) {
				t.Errorf("%q is not said: %v", c.want, found)
			}
		})
	}
}
