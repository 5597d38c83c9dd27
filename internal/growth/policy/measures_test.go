package policy_test

import (
	"testing"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/growth/policy/award"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store/storetest"
)

// clauseCase is a clause held against figures: of the year before and of this one.
type clauseCase struct {
	name, clause string
	kind         fact.Kind
	figures      []any
	want         policy.Standing
	most         string // "" none
}

// holds holds clauses of a set against figures.
func holds(t *testing.T, zone string, cases []clauseCase) {
	t.Helper()
	packs := []string{"national"}
	if zone != "" {
		packs = append(packs, zone)
	}
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, packs...))
	ids := map[fact.Kind]string{fact.Enterprise: code, fact.Park: "park-a", fact.Belt: "belt-a", fact.Warehouse: "wh-a"}
	seen := map[string]bool{}
	for _, c := range cases {
		who := fact.Subject{Kind: c.kind, ID: ids[c.kind]}
		d.table.all = map[fact.Subject]map[int]fact.Figures{}
		d.give(who, 2025, c.figures...)
		d.give(who, 2026, c.figures...)
		e := d.entry(who, c.clause)
		most := ""
		if e.Most.Amount != nil {
			most = e.Most.Amount.String()
		}
		if e.Standing != c.want || most != c.most {
			t.Errorf("%s: %s, most %q; want %s, %q (%+v)", c.name, e.Standing, most, c.want, c.most, e.Tests)
		}
		seen[c.clause] = true
	}
	if zone == "hunan" {
		return // the rest stands in TestHunanClausesAtUnderAndOver
	}
	book, err := d.Book()
	check(t, err)
	for _, c := range book.Now(d.Today()) {
		if !seen[c.ID] && (c.Pack == zone || zone == "" && c.Pack == "national") {
			t.Errorf("%s has no case", c.ID)
		}
	}
}

const (
	enter  = fact.Enterprise
	house  = fact.Warehouse
	ground = fact.Park
)

// TestHunanClausesFurther: 湘政办发〔2023〕9号 (3), (5), (6) a, (7) d, what lies just over
// and both branches of an alternative.
func TestHunanClausesFurther(t *testing.T) {
	t.Parallel()
	holds(t, "hunan", []clauseCase{
		{"(3) trade over", "cluster", fact.Belt, with(cluster, "import_export_year", "1000000000.01"), policy.Claimable, "1000000.00"},
		{"(3) both just under", "cluster", fact.Belt, with(cluster, "suppliers", 19, "import_export_year", "999999999.99"), policy.Nearly, "1000000.00"},
		{"(3) trade far under", "cluster", fact.Belt, with(cluster, "import_export_year", "799999999.99"), policy.NotNow, "1000000.00"},
		{"(3) suppliers unknown", "cluster", fact.Belt, with(cluster, "suppliers", nil), policy.Nearly, "1000000.00"},
		{"(5) turnover over", "park", ground, with(site, "turnover_year", "2000000000.01"), policy.Claimable, "5000000.00"},
		{"(5) imports and exports over", "park", ground, with(site, "turnover_year", "0.00", "import_export_year", "500000000.01"), policy.Claimable, "5000000.00"},
		{"(5) both branches", "park", ground, with(site, "import_export_year", "500000000.00"), policy.Claimable, "5000000.00"},
		{"(5) both branches just under", "park", ground, with(site, "turnover_year", "1999999999.99", "import_export_year", "499999999.99"), policy.Nearly, "5000000.00"},
		{"(5) both branches far under", "park", ground, with(site, "turnover_year", "1599999999.99", "import_export_year", "399999999.99"), policy.NotNow, "5000000.00"},
		{"(5) the branch that is known fails", "park", ground, with(site, "turnover_year", "0.00", "import_export_year", nil), policy.Nearly, "5000000.00"},
		{"(5) area over", "park", ground, with(site, "area_m2", 4001), policy.Claimable, "5000000.00"},
		{"(5) 21 enterprises", "park", ground, with(site, "cbec_enterprises", 21), policy.Claimable, "5000000.00"},
		{"(6)a over", "incubator", enter, []any{"graduates", 11}, policy.Claimable, "500000.00"},
		{"(6)a far under", "incubator", enter, []any{"graduates", 7}, policy.NotNow, "500000.00"},
		{"(6)a unknown", "incubator", enter, nil, policy.NotNow, "500000.00"},
		{"(7)d 11 served", "consolidation-warehouse", house, with(collect, "smes_served_year", 11), policy.Claimable, "500000.00"},
		{"(7)d both just under", "consolidation-warehouse", house, with(collect, "smes_served_year", 9, "import_export_year", "99999999.99"), policy.Nearly, "500000.00"},
		{"(7)d trade far under", "consolidation-warehouse", house, with(collect, "import_export_year", "79999999.99"), policy.NotNow, "500000.00"},
	})
}

// abroad is 境外商标、认证: one of the two is enough.
func abroad(at, clause string) []clauseCase {
	return []clauseCase{
		{at + " a trademark", clause, enter, []any{"own_trademark_abroad", 1, "certificates_new_year", 0}, policy.Claimable, ""},
		{at + " a certificate", clause, enter, []any{"own_trademark_abroad", 0, "certificates_new_year", 1}, policy.Claimable, ""},
		{at + " one known branch is enough", clause, enter, []any{"certificates_new_year", 1}, policy.Claimable, ""},
		{at + " neither", clause, enter, []any{"own_trademark_abroad", 0, "certificates_new_year", 0}, policy.NotNow, ""},
		{at + " nothing known", clause, enter, nil, policy.NotNow, ""},
	}
}

// TestXinxiangClauses: 新乡综试区实施方案（2025）; no amounts, most of it case by case.
// A threshold of one has nothing just under it.
func TestXinxiangClauses(t *testing.T) {
	t.Parallel()
	holds(t, "xinxiang", append(abroad("三、（三）3", "brand-rights"), []clauseCase{
		{"三、（四）4", "overseas-warehouse", enter, nil, policy.ByCase, ""},
		{"三、（四）3", "talent", enter, nil, policy.ByCase, ""},
		{"三、（三）2", "credit-insurance", enter, nil, policy.ByCase, ""},
		{"四", "general-support", enter, nil, policy.ByCase, ""},
	}...))
}

// TestSanyaClauses: 琼府办函〔2020〕207号; no conditions and no amounts, and nothing is
// certain to be in force.
func TestSanyaClauses(t *testing.T) {
	t.Parallel()
	holds(t, "sanya", []clauseCase{
		{"三、（六）", "leaders", enter, nil, policy.ByCase, ""},
		{"三、（五）", "parks", enter, nil, policy.ByCase, ""},
		{"四、（二）", "landing", enter, nil, policy.ByCase, ""},
		{"三、（四）2", "overseas-warehouse", enter, nil, policy.ByCase, ""},
		{"三、（八）", "training", enter, nil, policy.ByCase, ""},
	})
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "sanya"))
	a, err := d.Assess(d.admin, policy.Query{Subject: enterprise})
	check(t, err)
	for _, e := range a.Entries {
		if e.Clause.Pack == "sanya" && e.Force != policy.Unconfirmed {
			t.Errorf("%s: %s", e.Clause.ID, e.Force)
		}
	}
}

// TestNationalClauses: 商务部等9部门 2024-06-08 （三）（八）.
func TestNationalClauses(t *testing.T) {
	t.Parallel()
	holds(t, "", []clauseCase{
		{"（三）", "national-exhibitions", enter, nil, policy.ByCase, ""},
		{"（八）", "national-overseas-warehouse", enter, nil, policy.ByCase, ""},
	})
}

// TestHuaianClauses: 淮安行动计划 三; no amount is stated.
func TestHuaianClauses(t *testing.T) {
	t.Parallel()
	level := func(s string) []any { return []any{"recognised_level", rule.Text(s)} }
	holds(t, "huaian", append(abroad("三、7", "brand-abroad"), []clauseCase{
		{"三、2 municipal", "park-recognition", ground, level("municipal"), policy.Claimable, ""},
		{"三、2 provincial", "park-recognition", ground, level("provincial"), policy.Claimable, ""},
		{"三、2 not recognised", "park-recognition", ground, level("none"), policy.NotNow, ""},
		{"三、6 a fee", "fair-booth", enter, []any{"booth_fee_year", "0.01"}, policy.Claimable, ""},
		{"三、6 none", "fair-booth", enter, []any{"booth_fee_year", "0.00"}, policy.NotNow, ""},
		{"三、12 one", "public-overseas-warehouse", enter, []any{"warehouses_recognised_year", 1}, policy.Claimable, ""},
		{"三、12 none", "public-overseas-warehouse", enter, []any{"warehouses_recognised_year", 0}, policy.NotNow, ""},
		{"三、13 one", "talent-three-years", enter, []any{"talents_three_years", 1}, policy.Claimable, ""},
		{"三、13 none", "talent-three-years", enter, []any{"talents_three_years", 0}, policy.NotNow, ""},
		{"三、3", "leading-enterprise", enter, nil, policy.ByCase, ""},
		{"三、4", "special-contribution", enter, nil, policy.ByCase, ""},
		{"三、13 training", "training-subsidy", enter, nil, policy.ByCase, ""},
	}...))
}

// TestHuaianClausesEndWith2026: every clause of the plan, also those case by case,
// is in force on 2026-12-31 and ended on 2027-01-01, when nothing is handed in.
func TestHuaianClausesEndWith2026(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "huaian"))
	for _, c := range []struct {
		day clock.Day
		is  policy.Force
	}{{20261231, policy.InForce}, {20270101, policy.Ended}} {
		n := 0
		for _, who := range []fact.Subject{enterprise, {Kind: ground, ID: "park-a"}} {
			a, err := d.Assess(d.admin, policy.Query{Subject: who, Day: c.day})
			check(t, err)
			for _, e := range a.Entries {
				if e.Clause.Pack != "huaian" {
					continue
				}
				n++
				over := e.Standing == policy.NotNow && len(e.Reasons) > 0 && e.Reasons[0].Code == "ended"
				if e.Force != c.is || over != (c.is == policy.Ended) {
					t.Errorf("%s on %s: %s, %s, %+v", e.Clause.ID, c.day, e.Force, e.Standing, e.Reasons)
				}
			}
		}
		if n != 8 {
			t.Errorf("%d clauses", n)
		}
	}
	d.clock.Set(clock.Day(20270101).Time())
	if _, err := d.begin(enterprise, "special-contribution"); problemCode(err) != "ended" {
		t.Errorf("handed in after its end: %v", err)
	}
}

// TestWarehouseClauseAndCalculatorAgree: （七） the formula of the clause and the
// parameters of the calculator give the same for each year.
func TestWarehouseClauseAndCalculatorAgree(t *testing.T) {
	t.Parallel()
	set := load(t, "national", "hunan")
	terms, ok := award.TermsOf(set, 20260302)
	if !ok {
		t.Fatal("no terms")
	}
	d := newDesk(t, storetest.SQLite(t, migrations()...), set)
	names := []string{"warehouses_recognised_year", "warehouses_recognised_year_1", "warehouses_recognised_year_2"}
	for n := range 9 {
		years, _, err := terms.Warehouses(int64(n + 1))
		check(t, err)
		left := terms.Cap
		for i, want := range years {
			for k, name := range names {
				d.give(enterprise, 2025, name, map[bool]int{true: n + 1}[k == i])
			}
			e := d.entry(enterprise, "overseas-warehouse")
			if e.Clause.Cumulative.Cap != terms.Cap || e.Clause.Cumulative.Years != terms.Years {
				t.Fatalf("cap %s over %d years, the calculator has %s over %d", e.Clause.Cumulative.Cap, e.Clause.Cumulative.Years, terms.Cap, terms.Years)
			}
			if got := min(*e.Most.Amount, left); got != want {
				t.Errorf("%d warehouses, year %d: %s, the calculator says %s", n+1, i+1, got, want)
			}
			left -= want
		}
	}
}
