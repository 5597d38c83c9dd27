package policy_test

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

const lots = money.Fen(100_000_000_00)

// TestAClaimFromDiscoveryToPayment: assessed, handed in, judged by three, published
// with an objection, decided, listed, checked by another, exported, paid; the
// ledger follows.
func TestAClaimFromDiscoveryToPayment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s, load(t, "national", "hunan"))
		d.give(enterprise, 2025, certify...)
		m, err := d.begin(enterprise, "certification")
		check(t, err)
		if got := d.entry(enterprise, "certification"); got.Standing != policy.Running || got.Number != m.Number {
			t.Errorf("while it runs: %s %s", got.Standing, got.Number)
		}
		if _, err := d.begin(enterprise, "certification"); problemCode(err) != "running" {
			t.Errorf("a second one: %v", err)
		}
		d.judged(m.Number)
		d.published(m.Number)
		if err := d.do(d.admin, m.Number, matter.Approve); problemCode(err) != "validity" {
			t.Errorf("approved though the clause's validity is not confirmed: %v", err)
		}
		d.confirm("certification")
		check(t, d.do(d.admin, m.Number, matter.Approve))
		d.verify()
		d.paid(m.Number)
		d.verify()
		if got := d.entry(enterprise, "certification"); got.Standing != policy.Claimed {
			t.Errorf("after it was paid: %s", got.Standing)
		}
	}, migrations()...)
}

// judged leads a claim through review and panel.
func (d *desk) judged(number string) {
	d.t.Helper()
	check(d.t, d.do(d.panel[0], number, matter.Accept))
	for i, p := range d.panel {
		if err := d.do(d.panel[0], number, matter.Accept); problemCode(err) != "panel" {
			d.t.Errorf("passed with %d scores: %v", i, err)
		}
		check(d.t, d.GiveScore(p, number, 40, "先给低分"))
	}
	if err := d.do(d.panel[0], number, matter.Accept); problemCode(err) != "panel-mean" {
		d.t.Errorf("passed with a mean of 40: %v", err)
	}
	for i, points := range []int{60, 59, 61} {
		check(d.t, d.GiveScore(d.panel[i], number, points, "复核后调整"))
	}
	if err := d.Propose(d.panel[0], number, 320_000_01, "超过上限"); problemCode(err) != "amount" {
		d.t.Errorf("proposed above the most: %v", err)
	}
	check(d.t, d.Propose(d.panel[0], number, 320_000_00, "按费用的80%"))
	check(d.t, d.do(d.panel[0], number, matter.Accept))
}

// published leads it through the publication, with an objection of a visitor.
func (d *desk) published(number string) {
	d.t.Helper()
	visitor := access.With(d.t.Context(), &access.Principal{Roles: []access.Role{access.Visitor}})
	if _, err := d.Object(visitor, number, "该企业并未取得认证", "13800000000"); problemCode(err) != "publication" {
		d.t.Errorf("objected before it was published: %v", err)
	}
	check(d.t, d.Publish(d.panel[1], number))
	list, err := d.Publications(visitor, true, "", 10)
	check(d.t, err)
	if len(list) != 1 || list[0].PublicFrom != 20260303 || list[0].PublicTo != 20260309 {
		d.t.Fatalf("published: %+v", list)
	}
	if _, err := d.Object(visitor, number, "该企业并未取得认证", ""); problemCode(err) != "contact" {
		d.t.Errorf("objected without a contact: %v", err)
	}
	o, err := d.Object(visitor, number, "该企业并未取得认证", "13800000000")
	check(d.t, err)
	d.clock.Set(time.Date(2026, 3, 9, 23, 59, 59, 0, monday.Location()))
	if err := d.do(d.panel[0], number, matter.Accept); problemCode(err) != "publication" {
		d.t.Errorf("passed on the last day: %v", err)
	}
	d.clock.Advance(time.Second)
	if err := d.do(d.panel[0], number, matter.Accept); problemCode(err) != "objection" {
		d.t.Errorf("passed with an open objection: %v", err)
	}
	check(d.t, d.Resolve(d.panel[0], o.ID, false, "证书已核验，异议不成立"))
	check(d.t, d.do(d.panel[0], number, matter.Accept))
}

// paid puts it on a list, has it checked by another, exported and paid.
func (d *desk) paid(number string) {
	d.t.Helper()
	l, err := d.MakeList(d.admin, 2026, "brands", "city")
	check(d.t, err)
	if len(l.Payments) != 1 || l.Payments[0].Payee.Account != "********8901" || l.Total != 320_000_00 {
		d.t.Fatalf("%+v", l)
	}
	if err := d.Pay(d.second, l.ID, 1, "回单 1"); problemCode(err) != "list-state" {
		d.t.Errorf("paid unchecked: %v", err)
	}
	if err := d.CheckList(d.admin, l.ID); problemCode(err) != "two-persons" {
		d.t.Errorf("checked by who made it: %v", err)
	}
	check(d.t, d.CheckList(d.second, l.ID))
	file, err := d.ExportList(d.second, l.ID, policy.CSV, "送银行拨付")
	check(d.t, err)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(file), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][3] != "252345678901" || rows[1][4] != "320000.00" {
		d.t.Errorf("%v, %v", rows, err)
	}
	if x, err := d.ExportList(d.second, l.ID, policy.XLSX, "送银行拨付"); err != nil || len(x) < 1000 {
		d.t.Errorf("%d bytes, %v", len(x), err)
	}
	check(d.t, d.Pay(d.second, l.ID, 1, "回单 20260310-1"))
	if err := d.Pay(d.second, l.ID, 1, "回单 20260310-1"); err == nil {
		d.t.Error("paid twice")
	}
	l, err = d.List(d.admin, l.ID)
	if err != nil || l.State != policy.ListDone {
		d.t.Errorf("%+v, %v", l, err)
	}
	c, err := d.Claim(d.clerk, number)
	if err != nil || c.State != policy.Paid || c.Granted != 320_000_00 {
		d.t.Errorf("%+v, %v", c, err)
	}
}

// granted hands a claim in and has it granted.
func (d *desk) granted(who fact.Subject, clause, amount string) string {
	d.t.Helper()
	m, err := d.begin(who, clause)
	check(d.t, err)
	d.confirm(clause)
	check(d.t, d.grant(m.Number, amount))
	return m.Number
}

// TestWarehousesOverThreeYears: （七） 600,000 in the first year, 300,000 in each of
// the two after, 5,000,000 an enterprise over the three: five recognised in one
// year get 3,000,000, 1,500,000 and 500,000.
func TestWarehousesOverThreeYears(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s, load(t, "national", "hunan"))
		for i, amount := range []string{"3000000.00", "1500000.00", "500000.00"} {
			year := 2025 + i
			for n, name := range []string{"warehouses_recognised_year", "warehouses_recognised_year_1", "warehouses_recognised_year_2"} {
				d.give(enterprise, year, name, map[bool]int{true: 5}[n == i])
			}
			check(t, d.OpenBudgets(access.With(t.Context(), access.System())))
			if i == 2 { // the pack has no budget of 2028
				for _, l := range []policy.Line{{Year: 2028, Cap: lots}, {Year: 2028, Line: "warehouses", Cap: lots}} {
					check(t, d.SetBudget(d.admin, l, "年度预算下达"))
				}
			}
			e := d.entry(enterprise, "overseas-warehouse")
			if e.Standing != policy.Claimable || e.Most.Amount.String() != amount {
				t.Fatalf("%d: %s, %v", year, e.Standing, e.Most)
			}
			d.granted(enterprise, "overseas-warehouse", amount)
			if e := d.entry(enterprise, "overseas-warehouse"); e.Standing != policy.Claimed {
				t.Errorf("%d again: %s", year, e.Standing)
			}
			d.verify()
			d.clock.Set(monday.AddDate(i+1, 0, 0))
		}
		d.give(enterprise, 2028, "warehouses_recognised_year", 1, "warehouses_recognised_year_1", 0, "warehouses_recognised_year_2", 0)
		d.clock.Set(monday.AddDate(3, 0, 0))
		if e := d.entry(enterprise, "overseas-warehouse"); e.Standing != policy.Claimable || e.Most.Amount.String() != "600000.00" {
			t.Errorf("a new three years: %s, %v", e.Standing, e.Most)
		}
	}, migrations()...)
}

// TestThirdYearOnlyWhileItIsRecognised: the instalment of a later year is a claim
// of its own, held against that year's figures.
func TestThirdYearOnlyWhileItIsRecognised(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, "warehouses_recognised_year", 1, "warehouses_recognised_year_1", 0, "warehouses_recognised_year_2", 0)
	d.granted(enterprise, "overseas-warehouse", "600000.00")
	d.clock.Set(monday.AddDate(2, 0, 0))
	d.give(enterprise, 2027, "warehouses_recognised_year", 0, "warehouses_recognised_year_1", 0, "warehouses_recognised_year_2", 0)
	if e := d.entry(enterprise, "overseas-warehouse"); e.Standing != policy.NotNow {
		t.Errorf("the recognition is gone: %s", e.Standing)
	}
	d.give(enterprise, 2027, "warehouses_recognised_year_2", 1)
	if e := d.entry(enterprise, "overseas-warehouse"); e.Standing != policy.Claimable || e.Most.Amount.String() != "300000.00" {
		t.Errorf("third year: %s, %v", e.Standing, e.Most)
	}
}

// TestOneOfTwoHeadquarters: （一） an award for one kind of headquarters excludes the other.
func TestOneOfTwoHeadquarters(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, seat...)
	d.granted(enterprise, "headquarters-corporate", "5000000.00")
	d.give(enterprise, 2025, function...)
	if e := d.entry(enterprise, "headquarters-functional"); e.Standing != policy.NotNow || e.Reasons[0].Code != "exclusive" {
		t.Errorf("%s, %+v", e.Standing, e.Reasons)
	}
}

// settings lays a pack with other settings over a set's packs.
func settings(t *testing.T, set *pack.Set, text string) *pack.Set {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "settings")
	check(t, os.MkdirAll(dir, 0o755))
	for name, body := range map[string]string{"pack.yaml": `format: 2
name: settings
title: {zh: 设定, en: settings}
version: "2026.1"
parents: [national]
description: {zh: 测试, en: test}
sources: [{id: design, document: 平台设定, read: 测试}]
`, "parameters.yaml": text} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600))
	}
	p, err := pack.LoadDir(dir)
	check(t, err)
	out, err := pack.NewSet(append(set.Packs(), p)...)
	check(t, err)
	return out
}

// TestOneFactTwoProgrammes: whether a figure of a year may serve two programmes is
// a setting of the pack, and is then kept; one programme may use it twice.
func TestOneFactTwoProgrammes(t *testing.T) {
	t.Parallel()
	two := strings.Replace(strings.Replace(clauseHead, "id: a", "id: first", 1)+`    conditions: [{id: c, when: 'jobs_year >= 10', zh: 条件, en: condition}]
    amount: {cap: "500.00"}
    budget: parks
    uses: [jobs_year]
`+strings.TrimPrefix(strings.Replace(clauseHead, "id: a", "id: second", 1), "items:\n")+`    conditions: [{id: c, when: 'jobs_year >= 5', zh: 条件, en: condition}]
    amount: {cap: "500.00"}
    budget: parks
    uses: [jobs_year]
`, "\n\n", "\n", -1)
	for _, allowed := range []string{"false", "true"} {
		for _, programme := range []string{"", "    programme: jobs\n"} {
			set := over(t, strings.ReplaceAll(two, "    uses:", programme+"    uses:"), strings.ReplaceAll(oneLine, `500.00`, `1000.00`))
			set = settings(t, set, "parameters:\n  - name: one_fact_two_programmes\n    type: bool\n    meaning: {zh: 设定, en: setting}\n    values: [{value: \""+allowed+"\", source: {ref: design}, mark: design}]\n")
			d := newDesk(t, storetest.SQLite(t, migrations()...), set)
			d.give(enterprise, 2025, "jobs_year", 12)
			second, err := d.begin(enterprise, "second")
			check(t, err)
			first, err := d.begin(enterprise, "first")
			check(t, err)
			check(t, d.grant(first.Number, "500.00"))
			check(t, d.lead(second.Number, "500.00"))
			free := allowed == "true" || programme != ""
			err = d.do(d.admin, second.Number, matter.Approve)
			if free && err != nil || !free && problemCode(err) != "fact-used" {
				t.Errorf("allowed %s, programme %q: %v", allowed, programme, err)
			}
			d.verify()
		}
	}
}

// TestBudgetIsNeverExceeded: a decision above what is left of line or whole is
// refused in words; a ceiling does not go below what is bound.
func TestBudgetIsNeverExceeded(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, certify...)
	m, err := d.begin(enterprise, "certification")
	check(t, err)
	d.confirm("certification")
	check(t, d.SetBudget(d.admin, policy.Line{Year: 2026, Line: "brands", Cap: 319_999_99}, "压减预算"))
	if err := d.grant(m.Number, "320000.00"); problemCode(err) != "budget" {
		t.Errorf("granted above the line: %v", err)
	}
	check(t, d.SetBudget(d.admin, policy.Line{Year: 2026, Line: "brands", Cap: 320_000_00}, "恢复预算"))
	check(t, d.do(d.admin, m.Number, matter.Approve))
	if err := d.SetBudget(d.admin, policy.Line{Year: 2026, Line: "brands", Cap: 319_999_99}, "再次压减"); problemCode(err) != "bound" {
		t.Errorf("lowered below what is bound: %v", err)
	}
	if err := d.SetBudget(d.panel[0], policy.Line{Year: 2026, Line: "brands", Cap: lots}, "无权"); err == nil {
		t.Error("set by one who may not")
	}
	changes, err := d.BudgetChanges(d.admin, 2026, "brands")
	if err != nil || len(changes) != 3 {
		t.Errorf("%+v, %v", changes, err)
	}
	d.verify()
}

// TestFiguresCorrectedBelowTheThreshold: the watch proposes a claw-back once, it
// stops payments, another person decides, the money comes back in parts.
func TestFiguresCorrectedBelowTheThreshold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s, load(t, "national", "hunan"))
		d.give(enterprise, 2025, with(growth, "certificates_new_year", 1, "certification_cost_year", "400000.00")...)
		growing := d.granted(enterprise, "turnover-100m", "200000.00")
		other := d.granted(enterprise, "certification", "320000.00")
		if n, err := d.Watch(t.Context()); n != 0 || err != nil {
			t.Errorf("%d proposed, %v", n, err)
		}
		l, err := d.MakeList(d.admin, 2026, "growth", "city")
		check(t, err)
		check(t, d.CheckList(d.second, l.ID))
		check(t, d.Pay(d.second, l.ID, 1, "回单 1"))
		d.give(enterprise, 2025, "turnover_year", "99999999.99")
		for _, want := range []int{1, 0} {
			if n, err := d.Watch(t.Context()); n != want || err != nil {
				t.Errorf("%d proposed, %v", n, err)
			}
		}
		list, err := d.ClawBacks(d.admin, growing, "", 10)
		if err != nil || len(list) != 1 || list[0].OpenedBy != "system" || list[0].Amount != 200_000_00 {
			t.Fatalf("%+v, %v", list, err)
		}
		if _, err := d.MakeList(d.admin, 2026, "brands", "city"); problemCode(err) != "nothing" {
			t.Errorf("listed in spite of a claw-back: %v (%s)", err, other)
		}
		d.returned(list[0].ID)
		c, err := d.Claim(d.admin, growing)
		if err != nil || c.State != policy.TakenBack {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := d.MakeList(d.admin, 2026, "brands", "city"); err != nil {
			t.Error(err)
		}
		d.verify()
	}, migrations()...)
}

// returned decides a claw-back of 200,000 and has the money come back in two parts.
func (d *desk) returned(id string) {
	d.t.Helper()
	if err := d.ReturnMoney(d.admin, id, 1, "回单 9"); problemCode(err) != "return-amount" {
		d.t.Errorf("returned before it was decided: %v", err)
	}
	check(d.t, d.DecideClawBack(d.admin, id, true, "更正后不符合条件，追回"))
	check(d.t, d.ReturnMoney(d.admin, id, 150_000_00, "回单 10"))
	if err := d.ReturnMoney(d.admin, id, 50_000_01, "回单 11"); problemCode(err) != "return-amount" {
		d.t.Errorf("more than was to be returned: %v", err)
	}
	d.verify()
	check(d.t, d.ReturnMoney(d.admin, id, 50_000_00, "回单 11"))
}

// TestClawBackOfWhatWasNotPaid: decided by another than who proposed it, the money
// is free at once and the clause can be claimed again.
func TestClawBackOfWhatWasNotPaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, certify...)
	number := d.granted(enterprise, "certification", "320000.00")
	if _, err := d.OpenClawBack(d.admin, number, 1, "一分钱"); problemCode(err) != "clawback-whole" {
		t.Errorf("a part of what is not paid: %v", err)
	}
	b, err := d.OpenClawBack(d.admin, number, 320_000_00, "发现虚假发票")
	check(t, err)
	if _, err := d.OpenClawBack(d.second, number, 320_000_00, "又一次"); problemCode(err) != "clawback-open" {
		t.Errorf("opened twice: %v", err)
	}
	if err := d.DecideClawBack(d.admin, b.ID, true, "追回"); problemCode(err) != "two-persons" {
		t.Errorf("decided by who proposed it: %v", err)
	}
	check(t, d.DecideClawBack(d.second, b.ID, true, "属实，追回"))
	lines, err := d.Budgets(d.admin, 2026)
	check(t, err)
	for _, l := range lines {
		if l.Bound != 0 || l.Reserved != 0 {
			t.Errorf("still bound: %+v", l)
		}
	}
	if e := d.entry(enterprise, "certification"); e.Standing != policy.Claimable {
		t.Errorf("afterwards: %s", e.Standing)
	}
	d.verify()
}

// TestStrangersSeeNothing: who owns a subject sees its claims, others as if they
// were not there.
func TestStrangersSeeNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, certify...)
	m, err := d.begin(enterprise, "certification")
	check(t, err)
	stranger := as(t.Context(), "u9", "org9", access.Manager, "4107969999")
	if _, err := d.Assess(stranger, policy.Query{Subject: enterprise}); err == nil {
		t.Error("assessed by a stranger")
	}
	if _, err := d.Claim(stranger, m.Number); err == nil {
		t.Error("claim read by a stranger")
	}
	if list, err := d.Claims(stranger, policy.ClaimFilter{}); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := d.Claims(d.clerk, policy.ClaimFilter{}); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := d.Begin(stranger, enterprise, "certification", ""); err == nil {
		t.Error("begun by a stranger")
	}
	if err := d.GiveScore(d.clerk, m.Number, 100, "自评"); err == nil {
		t.Error("scored by the applicant")
	}
	if _, err := d.PanelOf(d.clerk, m.Number); err == nil {
		t.Error("scores read by the applicant")
	}
}

// TestWithdrawnClaimEnds: a claim that its applicant takes back stands in nobody's
// way and is no longer published.
func TestWithdrawnClaimEnds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), load(t, "national", "hunan"))
	d.give(enterprise, 2025, certify...)
	m, err := d.begin(enterprise, "certification")
	check(t, err)
	_, err = d.matters.Withdraw(d.clerk, m.Number, m.Revision, "材料有误", "")
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = d.FollowMatters(ctx) }()
	for end := time.Now().Add(10 * time.Second); d.entry(enterprise, "certification").Standing != policy.Claimable; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the withdrawal is not seen")
		}
	}
}
