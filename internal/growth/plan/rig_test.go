package plan_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
	"pilotzone/packs"
)

// rig is plans over real figures: enterprises that are filed, with reviewed
// evidence of what they traded.
type rig struct {
	*plan.Service
	t      testing.TB
	clock  *clock.Fixed
	facts  *fact.Service
	filed  *registry.Registry
	audit  *audit.Log
	source *plan.Source
}

var migrations = func() []store.Migration {
	list := []store.Migration{feed.Migration, feed.Cursors(store.Services), audit.Migration, registry.Migration, plan.Migration}
	seen := map[string]bool{}
	for _, m := range list {
		seen[m.File.String()+m.Owner] = true
	}
	for _, group := range [][]store.Migration{lookup.Migrations(), fact.Migrations(), declaration.Migrations()} {
		for _, m := range group {
			if !seen[m.File.String()+m.Owner] {
				seen[m.File.String()+m.Owner] = true
				list = append(list, m)
			}
		}
	}
	return list
}()

// now is when tests begin.
var now = time.Date(2026, 11, 27, 9, 0, 0, 0, clock.Beijing)

func shipped(t testing.TB, names ...string) *pack.Set {
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

func build(t testing.TB, st *store.Store, zone string) *rig {
	t.Helper()
	ring, err := keys.New(keys.AES256GCM, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, clock: clock.NewFixed(now)}
	r.audit = audit.New(audit.Config{DB: st.Services, Keys: ring, Clock: r.clock})
	set := shipped(t, "national", zone)
	rules := func() *pack.Set { return set }
	r.filed = registry.New(st.Services, r.clock, feed.NewOutbox(st.Services, r.clock))
	papers := declaration.New(declaration.Config{DB: st.Services, Audit: r.audit, Clock: r.clock, Random: rand.Reader, Rules: rules,
		Known: func(context.Context, string) (bool, error) { return false, nil }})
	r.facts = fact.New(fact.Config{DB: st.Services, Trade: trade.New(st), Declarations: papers, Registry: r.filed, Audit: r.audit, Clock: r.clock, Random: rand.Reader, Rules: rules})
	r.source = &plan.Source{Figures: r.facts, Registry: r.filed, Clock: r.clock, Book: r.facts.Book}
	r.facts.Add(r.source)
	r.Service = plan.New(plan.Config{DB: st.Services, Clock: r.clock, Audit: r.audit, Rules: rules, Figures: r.facts})
	return r
}

// each runs a test with a rig on both stores.
func each(t *testing.T, zone string, f func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) { f(t, build(t, st, zone)) }, migrations...)
}

func (r *rig) as(id string, roles ...access.Role) context.Context {
	return access.With(r.t.Context(), &access.Principal{ID: id, Org: "o-" + id, Roles: roles, Strong: true})
}

func (r *rig) office() context.Context  { return r.as("wang", access.Commerce, access.Admin) }
func (r *rig) second() context.Context  { return r.as("li", access.Commerce) }
func (r *rig) taxman() context.Context  { return r.as("zhao", access.Tax) }
func (r *rig) visitor() context.Context { return r.t.Context() }

// firm is an enterprise that sees its own figures.
func (r *rig) firm(code string) context.Context {
	return access.With(r.t.Context(), &access.Principal{ID: "firm", Org: "o-firm", Codes: []string{code}, Roles: []access.Role{access.Clerk}})
}

// file files an enterprise from a day on and places it in a county.
func (r *rig) file(code, county string, from clock.Day) {
	r.t.Helper()
	if err := r.filed.File(r.t.Context(), registry.Author{By: "test"}, registry.Filing{ID: code, CustomsCode: code, Name: "企业" + code, Kinds: registry.Merchant, From: from}); err != nil {
		r.t.Fatal(err)
	}
	if county == "" {
		return
	}
	if err := r.facts.SetCounty(r.office(), fact.Placing{Enterprise: code, County: county, From: 20200101, Note: "注册地"}); err != nil {
		r.t.Fatal(err)
	}
}

// evidence is reviewed evidence of a subject.
func (r *rig) evidence(kind fact.Kind, id, name string, year int, value string) {
	r.t.Helper()
	if _, err := r.facts.FileEvidence(r.office(), fact.Entry{Subject: fact.Subject{Kind: kind, ID: id}, Fact: name, Year: year, Value: value, Document: "统计资料 1 号"}); err != nil {
		r.t.Fatal(name, value, err)
	}
}

// later moves the clock on by more than progress is kept.
func (r *rig) later() { r.clock.Advance(5 * time.Minute) }
