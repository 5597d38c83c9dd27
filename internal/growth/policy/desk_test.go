package policy_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
	"pilotzone/packs"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, clock.Beijing)

// table is figures as a test lays them down: by subject and year.
type table struct {
	mu  sync.Mutex
	all map[fact.Subject]map[int]fact.Figures
}

func (t *table) put(who fact.Subject, year int, name string, v rule.Value) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all[who] == nil {
		t.all[who] = map[int]fact.Figures{}
	}
	if t.all[who][year] == nil {
		t.all[who][year] = fact.Figures{}
	}
	delete(t.all[who][year], name)
	t.all[who][year].Add(name, fact.Origin{Here: true, ZH: "测试", EN: "test", Value: v})
}

func (t *table) Figures(ctx context.Context, who fact.Subject, year int) (fact.Figures, error) {
	return t.FiguresIn(ctx, who, year)
}

func (t *table) FiguresIn(_ context.Context, who fact.Subject, year int) (fact.Figures, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := fact.Figures{}
	for k, v := range t.all[who][year] {
		out[k] = v
	}
	return out, nil
}

func (t *table) Env(set *pack.Set) (*rule.Env, error) {
	b, err := fact.Compile(set)
	if err != nil {
		return nil, err
	}
	return b.Env, nil
}

// desk is incentives on a store, with the officers that a claim needs.
type desk struct {
	*policy.Service
	t       testing.TB
	db      *store.DB
	clock   *clock.Fixed
	ledger  *ledger.Ledger
	matters *matter.Service
	log     *audit.Log
	table   *table
	set     *pack.Set
	holders []policy.Holder

	clerk, admin, second context.Context
	panel                []context.Context
}

func migrations() []store.Migration {
	return append(append(matter.Migrations(), policy.Migrations()...), audit.Migration)
}

func as(ctx context.Context, id, org string, role access.Role, codes ...string) context.Context {
	return access.With(ctx, &access.Principal{ID: id, Name: id, Org: org, Roles: []access.Role{role}, Codes: codes})
}

const code = "410796D123"

var enterprise = fact.Subject{Kind: fact.Enterprise, ID: code}

func newDesk(t testing.TB, s *store.Store, set *pack.Set) *desk {
	t.Helper()
	ring, err := keys.New(keys.AES256GCM, monday, rand.Reader)
	check(t, err)
	d := &desk{t: t, db: s.Services, clock: clock.NewFixed(monday), table: &table{all: map[fact.Subject]map[int]fact.Figures{}}, set: set}
	d.ledger = ledger.New(d.db, d.clock)
	d.log = audit.New(audit.Config{DB: d.db, Keys: ring, Clock: d.clock})
	d.holders = []policy.Holder{{Subject: enterprise, Name: "新乡甲电子商务有限公司", Enterprise: code}, {Subject: fact.Subject{Kind: fact.Park, ID: "park-a"}, Name: "甲园区", Org: "park"},
		{Subject: fact.Subject{Kind: fact.Belt, ID: "belt-a"}, Name: "甲产业带", Org: "park"}, {Subject: fact.Subject{Kind: fact.Warehouse, ID: "wh-a"}, Name: "甲仓", Enterprise: code},
		{Subject: fact.Subject{Kind: fact.Place, ID: "hunan"}, Name: "湖南"}}
	d.Service = policy.New(policy.Config{DB: d.db, Keys: ring, Clock: d.clock, Random: rand.Reader, Ledger: d.ledger, Audit: d.log, Figures: bulk{d.table}, Rules: func() *pack.Set { return d.set },
		Holder: d.holder, Holders: d.all})
	d.matters, err = matter.New(matter.Config{DB: d.db, Keys: ring, Clock: d.clock, Random: rand.Reader, Catalogue: claims(t), Audit: d.log,
		Client: func(context.Context, string) (string, string, error) {
			return "org1", "新乡甲电子商务有限公司", nil
		},
		Blobs: blob.New(d.db, ring, d.clock, rand.Reader, blob.Limits{}), Hooks: matter.Hooks{Effects: d.Effects(), Guards: d.Guards()}})
	check(t, err)
	d.Use(d.matters)
	ctx := t.Context()
	d.clerk, d.admin, d.second = as(ctx, "u1", "org1", access.Manager, code), as(ctx, "a1", "office", access.Admin), as(ctx, "a2", "office", access.Admin)
	for i := range 3 {
		d.panel = append(d.panel, as(ctx, fmt.Sprintf("c%d", i), "bureau", access.Commerce))
	}
	check(t, d.OpenBudgets(access.With(ctx, access.System())))
	return d
}

// claims is the definition of claims alone: the others name hooks of other rooms.
func claims(t testing.TB) *matter.Catalogue {
	t.Helper()
	text, err := fs.ReadFile(packs.Matters(), "incentive-claim.yaml")
	check(t, err)
	c, err := matter.Load(fstest.MapFS{"incentive-claim.yaml": {Data: text}})
	check(t, err)
	return c
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) holder(_ context.Context, who fact.Subject) (*policy.Holder, error) {
	for _, h := range d.holders {
		if h.Subject == who {
			return &h, nil
		}
	}
	return nil, policy.ErrNotFound
}

func (d *desk) all(_ context.Context, k fact.Kind) (out []policy.Holder, _ error) {
	for _, h := range d.holders {
		if h.Subject.Kind == k {
			out = append(out, h)
		}
	}
	return out, nil
}

func yuan(s string) rule.Value {
	f, err := money.ParseFen(s)
	if err != nil {
		panic(err)
	}
	return rule.Fen(f)
}

// give lays down figures of a subject in a year, as name and value in turn.
func (d *desk) give(who fact.Subject, year int, pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		var v rule.Value
		switch x := pairs[i+1].(type) {
		case string:
			v = yuan(x)
		case int:
			v = rule.Int(int64(x))
		case bool:
			v = rule.Bool(x)
		case rule.Value:
			v = x
		}
		d.table.put(who, year, pairs[i].(string), v)
	}
}

// entry is how a subject stands with a clause today.
func (d *desk) entry(who fact.Subject, clause string) *policy.Entry {
	d.t.Helper()
	a, err := d.Assess(d.admin, policy.Query{Subject: who})
	check(d.t, err)
	for i := range a.Entries {
		if a.Entries[i].Clause.ID == clause {
			return &a.Entries[i]
		}
	}
	d.t.Fatalf("no clause %s for %v", clause, who)
	return nil
}

// begin starts and hands in a claim.
func (d *desk) begin(who fact.Subject, clause string) (*matter.Matter, error) {
	d.t.Helper()
	ctx := d.clerk
	if who.Kind == fact.Park || who.Kind == fact.Belt {
		ctx = as(d.t.Context(), "p1", "park", access.Park)
	}
	m, err := d.Begin(ctx, who, clause, "")
	if err != nil {
		return nil, err
	}
	m, faults, err := d.matters.Fill(ctx, m.Number)
	check(d.t, err)
	_ = faults // what is still to be filled in
	for k, v := range map[string]any{"payee": "新乡甲电子商务有限公司", "bank_name": "中国银行新乡分行", "bank_account": "252345678901", "contact_name": "张三丰", "contact_phone": "13812345678",
		"received_before": false, "truthful": true} {
		m.Form[k] = v
	}
	m, faults, err = d.matters.Save(ctx, m.Number, m.Revision, m.Form)
	check(d.t, err)
	if len(faults) > 0 {
		d.t.Fatal(faults)
	}
	return d.matters.Submit(ctx, m.Number, m.Revision, "")
}

// do does an act of an office.
func (d *desk) do(ctx context.Context, number string, act matter.Act) error {
	d.t.Helper()
	m, err := d.matters.Get(ctx, number)
	check(d.t, err)
	_, err = d.matters.Do(ctx, number, matter.Doing{Act: act, Revision: m.Revision, Note: "符合条件"})
	return err
}

// grant leads a claim through the whole office.
func (d *desk) grant(number, amount string) error {
	d.t.Helper()
	if err := d.lead(number, amount); err != nil {
		return err
	}
	return d.do(d.admin, number, matter.Approve)
}

// lead leads a claim up to the decision.
func (d *desk) lead(number, amount string) error {
	d.t.Helper()
	check(d.t, d.do(d.panel[0], number, matter.Accept))
	for _, p := range d.panel {
		check(d.t, d.GiveScore(p, number, 80, "材料齐全，符合条款"))
	}
	f, err := money.ParseFen(amount)
	check(d.t, err)
	if err := d.Propose(d.panel[0], number, f, "按档次核定"); err != nil {
		return err
	}
	check(d.t, d.do(d.panel[0], number, matter.Accept))
	check(d.t, d.Publish(d.panel[0], number))
	d.clock.Advance(8 * 24 * time.Hour)
	check(d.t, d.do(d.panel[0], number, matter.Accept))
	return nil
}

func problemCode(err error) string {
	var ps matter.Problems
	var r *policy.Refusal
	switch {
	case errors.As(err, &ps) && len(ps) > 0:
		return ps[0].Code
	case errors.As(err, &r):
		return r.Code
	case err == nil:
		return ""
	}
	return err.Error()
}

// verify proves the ledger and that the figures of the budget are its sums.
func (d *desk) verify() {
	d.t.Helper()
	wrong, err := d.ledger.Verify(d.t.Context())
	check(d.t, err)
	for _, w := range wrong {
		d.t.Error(w)
	}
	lines, err := d.Budgets(d.admin, d.Today().Year())
	check(d.t, err)
	var bound, whole money.Fen
	for _, l := range lines {
		if l.Bound > l.Cap {
			d.t.Errorf("line %q is above its ceiling: %+v", l.Line, l)
		}
		if l.Line == "" {
			whole = l.Bound
			continue
		}
		bound += l.Bound
		if l.Bound != l.Reserved+l.Paid+l.Returned {
			d.t.Errorf("line %q does not add up: %+v", l.Line, l)
		}
	}
	if bound != whole {
		d.t.Errorf("the lines bind %s, the whole %s", bound, whole)
	}
}

// confirm enters that clauses are confirmed to be in force.
func (d *desk) confirm(clauses ...string) {
	d.t.Helper()
	for _, c := range clauses {
		check(d.t, d.Confirm(d.admin, c, "省商务厅 2026 年申报通知", 0))
	}
}
