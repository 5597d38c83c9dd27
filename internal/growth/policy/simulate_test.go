package policy_test

import (
	"strings"
	"testing"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store/storetest"
)

// crowd gives the desk more enterprises, with certification costs of 100,000,
// 200,000 … yuan.
func (d *desk) crowd(n int) {
	for i := range n {
		who := fact.Subject{Kind: fact.Enterprise, ID: "41079610" + string(rune('A'+i)) + "0"}
		d.holders = append(d.holders, policy.Holder{Subject: who, Name: "企业" + who.ID, Enterprise: who.ID})
		d.give(who, 2025, "certificates_new_year", 1, "certification_cost_year", money.Fen((i+1)*100_000_00).String())
	}
}

// TestSimulationOfAClauseBeforeItIsIssued: who would qualify, what it costs at
// most, and against what is left; an edited clause costs what it would.
func TestSimulationOfAClauseBeforeItIsIssued(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.crowd(10)
	d.give(enterprise, 2025, "certificates_new_year", 1) // its cost is not known
	trial := func(e ...policy.Edit) *policy.ClauseTrial {
		t.Helper()
		list, err := d.Simulate(d.panel[0], policy.Trial{Clauses: []string{"certification"}, Edits: e})
		check(t, err)
		return &list[0]
	}
	r := trial()
	// 80 % of 100,000 … 600,000 are 80,000 … 480,000; from 700,000 on the cap of 500,000.
	if r.Looked != 11 || len(r.Qualify) != 10 || len(r.Nearly) != 1 || r.Cost.String() != "3680000.00" || r.Left.String() != "5000000.00" || r.OverLimit {
		t.Errorf("as it is: %d looked, %d qualify, %d nearly, cost %s of %v", r.Looked, len(r.Qualify), len(r.Nearly), r.Cost, r.Left)
	}
	if rows := r.Table(); len(rows) != 12 || rows[1][4] != "80000.00" {
		t.Errorf("%v", rows)
	}
	million := money.Fen(1_000_000_00)
	if r := trial(policy.Edit{Clause: "certification", Cap: &million}); r.Cost.String() != "4400000.00" {
		t.Errorf("with a cap of a million: %s", r.Cost)
	}
	r = trial(policy.Edit{Clause: "certification", Conditions: map[string]string{"cost": `certification_cost_year >= yuan("500000")`}})
	if len(r.Qualify) != 6 || len(r.Nearly) != 2 { // 400,000 is 80 % of it; one is not known
		t.Errorf("with a threshold: %d qualify, %d nearly", len(r.Qualify), len(r.Nearly))
	}
	if _, err := d.Simulate(d.panel[0], policy.Trial{Clauses: []string{"certification"}, Edits: []policy.Edit{{Clause: "certification", Conditions: map[string]string{"cost": "no_such_fact"}}}}); problemCode(err) != "expression" {
		t.Errorf("a wrong expression: %v", err)
	}
	if _, err := d.Simulate(d.clerk, policy.Trial{}); err == nil {
		t.Error("simulated by an enterprise")
	}
	d.give(enterprise, 2025, "certification_cost_year", "400000.00")
	d.granted(enterprise, "certification", "320000.00")
	if r := trial(); len(r.Qualify) != 10 || r.Left.String() != "4680000.00" {
		t.Errorf("who had it counts no more: %d qualify, left %s", len(r.Qualify), r.Left)
	}
}

// TestShadowOfTwoSets: who gains and loses by another version of a clause, and the
// cost.
func TestShadowOfTwoSets(t *testing.T) {
	t.Parallel()
	clause := func(cap, jobs string) string {
		return clauseHead + "    conditions: [{id: c, when: 'jobs_year >= " + jobs + "', zh: 条件, en: condition}]\n    amount: {cap: \"" + cap + "\"}\n"
	}
	old, changed := over(t, clause("500.00", "10"), ""), over(t, clause("800.00", "20"), "")
	d := newDesk(t, storetest.SQLite(t, migrations()...), old)
	d.crowd(3)
	for i, jobs := range []int{15, 20, 5} {
		d.give(d.holders[len(d.holders)-3+i].Subject, 2025, "jobs_year", jobs)
	}
	r, err := d.Shadow(t.Context(), old, changed, func(int64, int64) {})
	check(t, err)
	if r.Differ != 2 || r.Gain != 1 || r.Lose != 1 || r.Cost.String() != "-200.00" || r.Looked != 4 {
		t.Errorf("%+v", r)
	}
	if r, err := d.Shadow(t.Context(), old, old, func(int64, int64) {}); err != nil || r.Differ != 0 || r.Looked != 0 {
		t.Errorf("the same set: %+v, %v", r, err)
	}
	gone, err := d.Shadow(t.Context(), old, load(t, "national"), func(int64, int64) {})
	check(t, err)
	if gone.Lose != 2 || gone.Cost.String() != "-1000.00" || !strings.Contains(gone.Cases[0].New.EN, "no such clause") {
		t.Errorf("without the clause: %+v", gone)
	}
}
