package policy_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// TestYearsShift: whether what a year of the three left unused is given in the
// years after is a setting of the pack.
func TestYearsShift(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{"false": "300000.00", "true": "400000.00"} {
		set := settings(t, load(t, "national", "hunan"), "parameters:\n  - name: instalment_years_shift\n    type: bool\n    meaning: {zh: 设定, en: setting}\n    values: [{value: \""+setting+"\", source: {ref: design}, mark: design}]\n")
		d := newDesk(t, storetest.SQLite(t, migrations()...), set)
		for year, n := range map[int][3]int{2023: {}, 2024: {}, 2025: {1, 0, 0}, 2026: {0, 1, 0}} {
			d.give(enterprise, year, "warehouses_recognised_year", n[0], "warehouses_recognised_year_1", n[1], "warehouses_recognised_year_2", n[2])
		}
		d.granted(enterprise, "overseas-warehouse", "500000.00") // 100,000 less than could be
		d.clock.Set(monday.AddDate(1, 0, 0))
		if e := d.entry(enterprise, "overseas-warehouse"); e.Most.Amount.String() != want {
			t.Errorf("shift %s: %v", setting, e.Most)
		}
	}
}

// TestUpheldObjectionStopsTheAward: it ends in refusal, or in a publication anew
// with another amount.
func TestUpheldObjectionStopsTheAward(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, certify...)
	m, err := d.begin(enterprise, "certification")
	check(t, err)
	check(t, d.do(d.panel[0], m.Number, matter.Accept))
	for _, p := range d.panel {
		check(t, d.GiveScore(p, m.Number, 80, "符合"))
	}
	check(t, d.Propose(d.panel[0], m.Number, 320_000_00, "费用的80%"))
	check(t, d.do(d.panel[0], m.Number, matter.Accept))
	check(t, d.Publish(d.panel[0], m.Number))
	o, err := d.Object(d.second, m.Number, "部分发票不属于认证费用", "")
	check(t, err)
	check(t, d.Resolve(d.panel[0], o.ID, true, "属实，核减20万元"))
	if err := d.Resolve(d.panel[0], o.ID, false, "又改"); problemCode(err) != "resolved" {
		t.Errorf("resolved twice: %v", err)
	}
	d.clock.Advance(8 * 24 * time.Hour)
	if err := d.do(d.panel[0], m.Number, matter.Accept); problemCode(err) != "objection-upheld" {
		t.Errorf("passed in spite of it: %v", err)
	}
	if err := d.Propose(d.panel[0], m.Number, 160_000_00, "核减"); problemCode(err) != "published" {
		t.Errorf("changed while it is published: %v", err)
	}
	check(t, d.Unpublish(d.panel[0], m.Number, "核减后重新公示"))
	check(t, d.Propose(d.panel[0], m.Number, 160_000_00, "核减"))
	check(t, d.Publish(d.panel[0], m.Number))
	d.clock.Advance(8 * 24 * time.Hour)
	check(t, d.do(d.panel[0], m.Number, matter.Accept))
	d.confirm("certification")
	check(t, d.do(d.admin, m.Number, matter.Approve))
	c, err := d.Claim(d.clerk, m.Number)
	if err != nil || c.Granted != 160_000_00 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestAClaimKeepsItsClause: a switch of packs changes no claim that is under way.
func TestAClaimKeepsItsClause(t *testing.T) {
	t.Parallel()
	clause := func(limit string) string {
		return strings.Replace(clauseHead, "id: a", "id: first", 1) + "    conditions: [{id: c, when: 'jobs_year >= " + limit + "', zh: 条件, en: condition}]\n    amount: {cap: \"500.00\"}\n    budget: parks\n"
	}
	d := newDesk(t, storetest.SQLite(t, migrations()...), over(t, clause("10"), oneLine))
	d.give(enterprise, 2025, "jobs_year", 12)
	m, err := d.begin(enterprise, "first")
	check(t, err)
	d.set = over(t, clause("20"), oneLine)
	if e := d.entry(enterprise, "first"); e.Tests[0].Answer.Holds.String() != "no" {
		t.Errorf("the new clause is not in force: %+v", e)
	}
	check(t, d.grant(m.Number, "500.00"))
	d.verify()
}

// TestFiguresThatFellBeforeTheDecision: the conditions are held against the
// figures of the day of decision.
func TestFiguresThatFellBeforeTheDecision(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, certify...)
	m, err := d.begin(enterprise, "certification")
	check(t, err)
	d.confirm("certification")
	check(t, d.lead(m.Number, "320000.00"))
	d.give(enterprise, 2025, "certification_cost_year", "399999.00")
	if err := d.do(d.admin, m.Number, matter.Approve); problemCode(err) != "amount" {
		t.Errorf("granted more than the cost of now allows: %v", err)
	}
	d.give(enterprise, 2025, "certificates_new_year", 0)
	if err := d.do(d.admin, m.Number, matter.Approve); problemCode(err) != "conditions" {
		t.Errorf("granted though the condition fell: %v", err)
	}
}

// TestTwoDecisionsAtOnce: two claims of one programme for the last money of a line;
// one gets it.
func TestTwoDecisionsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		second := strings.TrimPrefix(strings.Replace(clauseHead, "id: a", "id: second", 1), "items:\n")
		body := "    conditions: [{id: c, when: 'jobs_year >= 10', zh: 条件, en: condition}]\n    amount: {cap: \"300.00\"}\n    budget: parks\n"
		d := newDesk(t, s, over(t, strings.Replace(clauseHead, "id: a", "id: first", 1)+body+second+body, oneLine))
		d.give(enterprise, 2025, "jobs_year", 12)
		var numbers []string
		for _, clause := range []string{"first", "second"} {
			m, err := d.begin(enterprise, clause)
			check(t, err)
			check(t, d.lead(m.Number, "300.00"))
			numbers = append(numbers, m.Number)
		}
		var wait sync.WaitGroup
		errs := make([]error, 2)
		for i, n := range numbers {
			wait.Go(func() {
				m, err := d.matters.Get(d.admin, n)
				if err == nil {
					_, err = d.matters.Do(d.admin, n, matter.Doing{Act: matter.Approve, Revision: m.Revision, Note: "同意"})
				}
				errs[i] = err
			})
		}
		wait.Wait()
		codes := problemCode(errs[0]) + problemCode(errs[1])
		if codes != "budget" {
			t.Errorf("the two decisions: %v, %v", errs[0], errs[1])
		}
		d.verify()
	}, migrations()...)
}

// TestConfirmationEnds: an office's word holds until its day.
func TestConfirmationEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	check(t, d.Confirm(d.admin, "certification", "2026年通知", 20260331))
	for day, want := range map[time.Time]policy.Force{monday: policy.Confirmed, monday.AddDate(0, 1, 0): policy.Unconfirmed} {
		d.clock.Set(day)
		if e := d.entry(enterprise, "certification"); e.Force != want {
			t.Errorf("on %s: %s", day.Format("2006-01-02"), e.Force)
		}
	}
	if err := d.Confirm(d.panel[0], "certification", "无权确认", 0); err == nil {
		t.Error("confirmed by one who may not")
	}
	if err := d.Confirm(access.With(t.Context(), access.System()), "no-such", "没有的条款", 0); err == nil {
		t.Error("confirmed what is not there")
	}
}
