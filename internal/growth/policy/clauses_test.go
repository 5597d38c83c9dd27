package policy_test

import (
	"testing"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store/storetest"
)

// with is pairs of figures with some changed; nil as value leaves one out.
func with(base []any, changes ...any) []any {
	out := append([]any{}, base...)
	for i := 0; i < len(changes); i += 2 {
		for j := 0; j < len(out); j += 2 {
			if out[j] == changes[i] {
				out = append(out[:j], out[j+2:]...)
				break
			}
		}
		if changes[i+1] != nil {
			out = append(out, changes[i], changes[i+1])
		}
	}
	return out
}

var (
	growth   = []any{"turnover_year", "100000000.00", "turnover_max_before", "99999999.99"}
	billion  = []any{"turnover_year", "1000000000.00", "turnover_max_before", "999999999.99"}
	seat     = []any{"industry_leader", true, "headquarters", rule.Text("corporate"), "registered_capital", "20000000.00", "founded", rule.OfDay(20250601)}
	function = []any{"industry_leader", true, "headquarters", rule.Text("functional"), "founded", rule.OfDay(20250601)}
	certify  = []any{"certificates_new_year", 1, "certification_cost_year", "400000.00"}
	brand    = []any{"own_brand", true, "marketing_cost_year", "1200000.00"}
	cluster  = []any{"suppliers", 20, "import_export_year", "1000000000.00"}
	site     = []any{"area_m2", 4000, "facilities", true, "one_stop", true, "cbec_enterprises", 20, "turnover_year", "2000000000.00", "import_export_year", "0.00"}
	own      = []any{"self_built", true, "self_used", true, "area_m2", 3000, "host_trade_year", "100000000.00"}
	collect  = []any{"smes_served_year", 10, "import_export_year", "100000000.00"}
	insured  = []any{"sme", true, "single_window", true, "credit_insurance_premium_year", "38000.00"}
)

// TestHunanClausesAtUnderAndOver: 湘政办发〔2023〕9号, each clause at, just under and
// just over each threshold; "over N" is read as 以上, N included.
func TestHunanClausesAtUnderAndOver(t *testing.T) {
	t.Parallel()
	type row struct {
		name, clause string
		kind         fact.Kind
		figures      []any
		want         policy.Standing
		most         string // "" none
	}
	const e, park, belt, wh = fact.Enterprise, fact.Park, fact.Belt, fact.Warehouse
	rows := []row{
		{"(1)a at", "turnover-100m", e, growth, policy.Claimable, "200000.00"},
		{"(1)a under", "turnover-100m", e, with(growth, "turnover_year", "99999999.99"), policy.Nearly, "200000.00"},
		{"(1)a far under", "turnover-100m", e, with(growth, "turnover_year", "79999999.99"), policy.NotNow, "200000.00"},
		{"(1)a at the share that is near", "turnover-100m", e, with(growth, "turnover_year", "80000000.00"), policy.Nearly, "200000.00"},
		{"(1)a over", "turnover-100m", e, with(growth, "turnover_year", "100000000.01"), policy.Claimable, "200000.00"},
		{"(1)a not the first time", "turnover-100m", e, with(growth, "turnover_max_before", "100000000.00"), policy.NotNow, "200000.00"},
		{"(1)a earlier years unknown", "turnover-100m", e, with(growth, "turnover_max_before", nil), policy.Nearly, "200000.00"},
		{"(1)b at", "turnover-1bn", e, billion, policy.Claimable, "1000000.00"},
		{"(1)b under", "turnover-1bn", e, with(billion, "turnover_year", "999999999.99"), policy.Nearly, "1000000.00"},
		{"(1)b over", "turnover-1bn", e, with(billion, "turnover_year", "1000000000.01"), policy.Claimable, "1000000.00"},
		{"(1)b not the first time", "turnover-1bn", e, with(billion, "turnover_max_before", "1000000000.00"), policy.NotNow, "1000000.00"},
		{"(1)a for one that leaps over both", "turnover-100m", e, with(billion, "turnover_max_before", "5.00"), policy.Claimable, "200000.00"},
		{"(1)c at", "headquarters-corporate", e, seat, policy.Claimable, "5000000.00"},
		{"(1)c capital under", "headquarters-corporate", e, with(seat, "registered_capital", "19999999.99"), policy.Nearly, "5000000.00"},
		{"(1)c capital over", "headquarters-corporate", e, with(seat, "registered_capital", "20000000.01"), policy.Claimable, "5000000.00"},
		{"(1)c on the day of issue", "headquarters-corporate", e, with(seat, "founded", rule.OfDay(20230303)), policy.Claimable, "5000000.00"},
		{"(1)c the day before", "headquarters-corporate", e, with(seat, "founded", rule.OfDay(20230302)), policy.NotNow, "5000000.00"},
		{"(1)c no leader", "headquarters-corporate", e, with(seat, "industry_leader", false), policy.NotNow, "5000000.00"},
		{"(1)d needs no capital", "headquarters-functional", e, function, policy.Claimable, "3000000.00"},
		{"(1)d is not (1)c", "headquarters-functional", e, seat, policy.NotNow, "3000000.00"},
		{"(1)e states no amount", "incubation-fee", e, []any{"traditional_enterprise", true, "incubation_fee_year", "0.01"}, policy.Claimable, ""},
		{"(1)e no fee", "incubation-fee", e, []any{"traditional_enterprise", true, "incubation_fee_year", "0.00"}, policy.NotNow, ""},
		{"(2)a priority", "trademark-priority", e, []any{"own_trademark_abroad", 1}, policy.Claimable, ""},
		{"(2)a none", "trademark-priority", e, []any{"own_trademark_abroad", 0}, policy.NotNow, ""},
		{"(2)b 80 % of 400,000", "certification", e, certify, policy.Claimable, "320000.00"},
		{"(2)b cap of 900,000", "certification", e, with(certify, "certification_cost_year", "900000.00"), policy.Claimable, "500000.00"},
		{"(2)b where share and cap meet", "certification", e, with(certify, "certification_cost_year", "625000.00"), policy.Claimable, "500000.00"},
		{"(2)b one fen under", "certification", e, with(certify, "certification_cost_year", "624999.99"), policy.Claimable, "499999.99"},
		{"(2)b cost unknown", "certification", e, with(certify, "certification_cost_year", nil), policy.Nearly, ""},
		{"(2)b none this year", "certification", e, with(certify, "certificates_new_year", 0), policy.NotNow, "320000.00"},
		{"(2)c 30 % of 1.2 m", "brand-promotion", e, brand, policy.Claimable, "360000.00"},
		{"(2)c cap of 2 m", "brand-promotion", e, with(brand, "marketing_cost_year", "2000000.00"), policy.Claimable, "500000.00"},
		{"(2)c without a brand", "brand-promotion", e, with(brand, "own_brand", false), policy.NotNow, "360000.00"},
		{"(3) at", "cluster", belt, cluster, policy.Claimable, "1000000.00"},
		{"(3) 19 suppliers", "cluster", belt, with(cluster, "suppliers", 19), policy.Nearly, "1000000.00"},
		{"(3) 21 suppliers", "cluster", belt, with(cluster, "suppliers", 21), policy.Claimable, "1000000.00"},
		{"(3) trade under", "cluster", belt, with(cluster, "import_export_year", "999999999.99"), policy.Nearly, "1000000.00"},
		{"(5) by turnover", "park", park, site, policy.Claimable, "5000000.00"},
		{"(5) turnover under", "park", park, with(site, "turnover_year", "1999999999.99"), policy.Nearly, "5000000.00"},
		{"(5) by imports and exports", "park", park, with(site, "turnover_year", "0.00", "import_export_year", "500000000.00"), policy.Claimable, "5000000.00"},
		{"(5) imports and exports under", "park", park, with(site, "turnover_year", "0.00", "import_export_year", "499999999.99"), policy.Nearly, "5000000.00"},
		{"(5) one known branch is enough", "park", park, with(site, "import_export_year", nil), policy.Claimable, "5000000.00"},
		{"(5) area under", "park", park, with(site, "area_m2", 3999), policy.Nearly, "5000000.00"},
		{"(5) 19 enterprises", "park", park, with(site, "cbec_enterprises", 19), policy.Nearly, "5000000.00"},
		{"(5) no one-stop services", "park", park, with(site, "one_stop", false), policy.NotNow, "5000000.00"},
		{"(6)a at", "incubator", e, []any{"graduates", 10}, policy.Claimable, "500000.00"},
		{"(6)a under", "incubator", e, []any{"graduates", 9}, policy.Nearly, "500000.00"},
		{"(6)b at", "sme-service", e, []any{"smes_served_year", 100}, policy.Claimable, "1000000.00"},
		{"(6)b under", "sme-service", e, []any{"smes_served_year", 99}, policy.Nearly, "1000000.00"},
		{"(6)b over", "sme-service", e, []any{"smes_served_year", 101}, policy.Claimable, "1000000.00"},
		{"(7)a first year", "overseas-warehouse", e, []any{"warehouses_recognised_year", 1, "warehouses_recognised_year_1", 0, "warehouses_recognised_year_2", 0}, policy.Claimable, "600000.00"},
		{"(7)a second year", "overseas-warehouse", e, []any{"warehouses_recognised_year", 0, "warehouses_recognised_year_1", 2, "warehouses_recognised_year_2", 0}, policy.Claimable, "600000.00"},
		{"(7)a third year", "overseas-warehouse", e, []any{"warehouses_recognised_year", 0, "warehouses_recognised_year_1", 0, "warehouses_recognised_year_2", 1}, policy.Claimable, "300000.00"},
		{"(7)a three at once", "overseas-warehouse", e, []any{"warehouses_recognised_year", 1, "warehouses_recognised_year_1", 1, "warehouses_recognised_year_2", 1}, policy.Claimable, "1200000.00"},
		{"(7)a none", "overseas-warehouse", e, []any{"warehouses_recognised_year", 0, "warehouses_recognised_year_1", 0, "warehouses_recognised_year_2", 0}, policy.NotNow, "0.00"},
		{"(7)a nine in one year pass the cumulative cap", "overseas-warehouse", e, []any{"warehouses_recognised_year", 9, "warehouses_recognised_year_1", 0, "warehouses_recognised_year_2", 0}, policy.Claimable, "5000000.00"},
		{"(7)b per case", "exemplary-case", e, []any{"exemplary_cases_year", 3}, policy.Claimable, "3000000.00"},
		{"(7)b none", "exemplary-case", e, []any{"exemplary_cases_year", 0}, policy.NotNow, "0.00"},
		{"(7)c at", "own-warehouse", wh, own, policy.Claimable, "500000.00"},
		{"(7)c area under", "own-warehouse", wh, with(own, "area_m2", 2999), policy.Nearly, "500000.00"},
		{"(7)c trade under", "own-warehouse", wh, with(own, "host_trade_year", "99999999.99"), policy.Nearly, "500000.00"},
		{"(7)c not self-built", "own-warehouse", wh, with(own, "self_built", false), policy.NotNow, "500000.00"},
		{"(7)d at: up to means reaching", "consolidation-warehouse", wh, collect, policy.Claimable, "500000.00"},
		{"(7)d over", "consolidation-warehouse", wh, with(collect, "import_export_year", "100000000.01"), policy.Claimable, "500000.00"},
		{"(7)d under", "consolidation-warehouse", wh, with(collect, "import_export_year", "99999999.99"), policy.Nearly, "500000.00"},
		{"(7)d 9 served", "consolidation-warehouse", wh, with(collect, "smes_served_year", 9), policy.Nearly, "500000.00"},
		{"(9)a full premium", "credit-insurance", e, insured, policy.Claimable, "38000.00"},
		{"(9)a not through the Single Window", "credit-insurance", e, with(insured, "single_window", false), policy.NotNow, "38000.00"},
		{"(9)b is for the others", "credit-insurance-other", e, with(insured, "sme", false), policy.Claimable, ""},
		{"(9)b not for the small", "credit-insurance-other", e, insured, policy.NotNow, ""},
		{"(8) is left to local policy", "local-talent", e, nil, policy.ByCase, ""},
		{"(4) goals met", "city-funds", fact.Place, []any{"targets_met_permille", 1000}, policy.Claimable, ""},
		{"(4) goals not met", "city-funds", fact.Place, []any{"targets_met_permille", 999}, policy.Nearly, ""},
	}
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	subjects := map[fact.Kind]fact.Subject{e: enterprise, park: {Kind: park, ID: "park-a"}, belt: {Kind: belt, ID: "belt-a"}, wh: {Kind: wh, ID: "wh-a"}, fact.Place: {Kind: fact.Place, ID: "hunan"}}
	for _, r := range rows {
		who := subjects[r.kind]
		d.table.all = map[fact.Subject]map[int]fact.Figures{}
		d.give(who, 2025, r.figures...)
		got := d.entry(who, r.clause)
		most := ""
		if got.Most.Amount != nil {
			most = got.Most.Amount.String()
		}
		if got.Standing != r.want || most != r.most {
			t.Errorf("%s: %s, most %q; want %s, %q (%+v)", r.name, got.Standing, most, r.want, r.most, got.Tests)
		}
	}
}

// TestMissingEarlierYearsIsSaid: a first time is not presumed; the entry names the
// figure that is missing.
func TestMissingEarlierYearsIsSaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, "turnover_year", "150000000.00")
	e := d.entry(enterprise, "turnover-100m")
	if e.Standing != policy.Nearly || len(e.Missing) != 1 || e.Missing[0] != "turnover_max_before" {
		t.Errorf("%s, missing %v", e.Standing, e.Missing)
	}
	if _, err := d.begin(enterprise, "turnover-100m"); problemCode(err) != "evidence" {
		t.Errorf("handed in: %v", err)
	}
}

// TestShortBy: a threshold that is missed says by how much.
func TestShortBy(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, "turnover_year", "94300000.00", "turnover_max_before", "0.00")
	e := d.entry(enterprise, "turnover-100m")
	if got := e.Tests[0].Answer.Terms[0].Short.Fen().String(); got != "5700000.00" {
		t.Errorf("short by %s", got)
	}
}

// TestHuaianPlanEnds: 淮安行动计划 三、13, no amount is stated; the plan ends with 2026.
func TestHuaianPlanEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "huaian"))
	for _, c := range []struct {
		day  clock.Day
		want policy.Standing
		is   policy.Force
	}{{20240324, policy.NotNow, policy.Coming}, {20240325, policy.Claimable, policy.InForce}, {20261231, policy.Claimable, policy.InForce}, {20270101, policy.NotNow, policy.Ended}} {
		for year := 2023; year <= 2027; year++ {
			d.give(enterprise, year, "talents_three_years", 1)
		}
		a, err := d.Assess(d.admin, policy.Query{Subject: enterprise, Day: c.day})
		check(t, err)
		for _, e := range a.Entries {
			if e.Clause.ID == "talent-three-years" && (e.Standing != c.want || e.Force != c.is || e.Most.Stated) {
				t.Errorf("on %s: %s, %s, stated %v", c.day, e.Standing, e.Force, e.Most.Stated)
			}
		}
	}
}

// TestClauseChangedInMidYear: two versions of a clause follow each other; the day
// decides which one is shown.
func TestClauseChangedInMidYear(t *testing.T) {
	t.Parallel()
	version := func(days, limit string) string {
		return `  - id: fee
    title: {zh: 甲, en: A}
` + days + `
    source: {ref: doc, at: （一）}
    mark: design
    clause: {zh: 甲, en: A}
    subject: enterprise
    beneficiary: {zh: 企业, en: enterprise}
    frequency: yearly
    validity: {confirmed: true}
    decides: {zh: 商务局, en: commerce}
    flow: city
    conditions: [{id: jobs, when: 'jobs_year >= ` + limit + `', zh: 条件, en: condition}]
    amount: {cap: "1000.00"}
`
	}
	set := over(t, "items:\n"+version("    valid_to: 2026-06-30", "10")+version("    valid_from: 2026-07-01", "20"), "")
	d := newDesk(t, storetest.SQLite(t, migrations()...), set)
	d.give(enterprise, 2025, "jobs_year", 15)
	for day, want := range map[clock.Day]policy.Standing{20260630: policy.Claimable, 20260701: policy.NotNow} {
		a, err := d.Assess(d.admin, policy.Query{Subject: enterprise, Day: day})
		check(t, err)
		for _, e := range a.Entries {
			if e.Clause.ID == "fee" && e.Standing != want {
				t.Errorf("on %s: %s", day, e.Standing)
			}
		}
	}
}
