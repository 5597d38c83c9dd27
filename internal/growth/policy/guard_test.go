package policy_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store/storetest"
)

// onShow leads a claim into its publication.
func (d *desk) onShow() string {
	d.t.Helper()
	d.give(enterprise, 2025, certify...)
	m, err := d.begin(enterprise, "certification")
	check(d.t, err)
	check(d.t, d.do(d.panel[0], m.Number, matter.Accept))
	for _, p := range d.panel {
		check(d.t, d.GiveScore(p, m.Number, 80, "符合"))
	}
	check(d.t, d.Propose(d.panel[0], m.Number, 320_000_00, "费用的80%"))
	check(d.t, d.do(d.panel[0], m.Number, matter.Accept))
	check(d.t, d.Publish(d.panel[0], m.Number))
	return m.Number
}

// TestAReopenedClaimIsPublishedLikeAnyOther: a claim that an appeal opened again
// stands in the publications, and can be objected to.
func TestAReopenedClaimIsPublishedLikeAnyOther(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	number := d.onShow()
	check(t, d.do(d.panel[0], number, matter.Refuse))
	a, err := d.matters.BeginAppeal(d.clerk, number, "")
	check(t, err)
	_, _, err = d.matters.Save(d.clerk, a.Number, 0, map[string]any{"wish": "reopen", "grounds": "请重新核对"})
	check(t, err)
	a, err = d.matters.Submit(d.clerk, a.Number, 0, "")
	check(t, err)
	_, err = d.matters.Do(d.admin, a.Number, matter.Doing{Act: matter.Approve, Revision: a.Revision, Outcome: matter.Reopened, Note: "重新办理"})
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = d.FollowMatters(ctx) }()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := d.Claim(d.admin, number)
		check(t, err)
		if c.State == policy.Asked {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the claim is over still")
		}
	}
	if list, err := d.Publications(t.Context(), true, "", 10); err != nil || len(list) != 1 {
		t.Errorf("%d publications, %v", len(list), err)
	}
	if _, err := d.Object(d.second, number, "不符合条件", ""); err != nil {
		t.Errorf("an objection: %v", err)
	}
}

// TestObjectionsAreBounded: in number for one account, and in the length of what is
// said of how to be reached.
func TestObjectionsAreBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	number := d.onShow()
	if _, err := d.Object(d.second, number, "不符合条件", strings.Repeat("联", 1001)); problemCode(err) != "contact" {
		t.Errorf("a contact without end: %v", err)
	}
	for range 3 {
		_, err := d.Object(d.second, number, "不符合条件", "")
		check(t, err)
	}
	if _, err := d.Object(d.second, number, "不符合条件", ""); problemCode(err) != "many" {
		t.Errorf("a fourth that waits: %v", err)
	}
	if _, err := d.Object(d.clerk, number, "另有意见", ""); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}

// TestACompletedClaimIsScoredAnew: points that were given before a return do not
// count for what was completed after it.
func TestACompletedClaimIsScoredAnew(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, certify...)
	m, err := d.begin(enterprise, "certification")
	check(t, err)
	check(t, d.do(d.panel[0], m.Number, matter.Accept))
	for _, p := range d.panel {
		check(t, d.GiveScore(p, m.Number, 80, "符合"))
	}
	check(t, d.do(d.panel[0], m.Number, matter.Return))
	_, err = d.matters.Submit(d.clerk, m.Number, 0, "")
	check(t, err)
	if p, err := d.PanelOf(d.admin, m.Number); err != nil || p.Members != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if err := d.do(d.panel[0], m.Number, matter.Accept); problemCode(err) != "panel" {
		t.Errorf("it passes on old points: %v", err)
	}
}

// TestClausesExcludeEachOtherBothWays: also where one of the two alone says so, and
// whichever is given first.
func TestClausesExcludeEachOtherBothWays(t *testing.T) {
	t.Parallel()
	body := "    conditions: [{id: c, when: 'jobs_year >= 10', zh: 条件, en: condition}]\n    amount: {cap: \"300.00\"}\n    budget: parks\n"
	second := strings.TrimPrefix(strings.Replace(clauseHead, "id: a", "id: second", 1), "items:\n")
	d := newDesk(t, storetest.SQLite(t, migrations()...), over(t, strings.Replace(clauseHead, "id: a", "id: first", 1)+body+"    exclusive_with: [second]\n"+second+body, oneLine))
	d.give(enterprise, 2025, "jobs_year", 12)
	m, err := d.begin(enterprise, "first")
	check(t, err)
	check(t, d.grant(m.Number, "300.00"))
	if e := d.entry(enterprise, "second"); e.Standing != policy.NotNow || e.Reasons[0].Code != "exclusive" {
		t.Errorf("%s, %+v", e.Standing, e.Reasons)
	}
}

// TestCellsOfAFileAreNoFormulas: whatever a payee calls itself.
func TestCellsOfAFileAreNoFormulas(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"} {
		data, err := policy.File(policy.CSV, "表", [][]string{{text}})
		if err != nil || !strings.HasPrefix(strings.Trim(strings.TrimPrefix(string(data), "\ufeff"), "\""), "'") {
			t.Errorf("%q is written as %q, %v", text, data, err)
		}
	}
}
