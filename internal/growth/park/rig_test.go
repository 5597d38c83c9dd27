package park_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
	"pilotzone/packs"
)

// rig is the register with all that it stands on, over made-up decisions.
type rig struct {
	*park.Service
	t       testing.TB
	store   *store.Store
	clock   *clock.Fixed
	facts   *fact.Service
	filed   *registry.Registry
	index   *lookup.Index
	matters *matter.Service
	audit   *audit.Log
	told    []string // who was told what
}

var migrations = func() []store.Migration {
	list := []store.Migration{feed.Migration, feed.Cursors(store.Services), audit.Migration, registry.Migration}
	seen := map[string]bool{}
	for _, m := range list {
		seen[m.File.String()+m.Owner] = true
	}
	for _, group := range [][]store.Migration{lookup.Migrations(), fact.Migrations(), declaration.Migrations(), matter.Migrations(), park.Migrations()} {
		for _, m := range group {
			if !seen[m.File.String()+m.Owner] {
				seen[m.File.String()+m.Owner] = true
				list = append(list, m)
			}
		}
	}
	return list
}()

// now is when tests begin: the demonstration's decisions run from 22 November 2026
// on.
var now = time.Date(2027, 3, 1, 9, 0, 0, 0, clock.Beijing)

// build makes a rig with parcels decided, on the packs of a zone.
func build(t testing.TB, st *store.Store, zone string, parcels uint64) *rig {
	t.Helper()
	ring, err := keys.New(keys.AES256GCM, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, store: st, clock: clock.NewFixed(now)}
	r.audit = audit.New(audit.Config{DB: st.Services, Keys: ring, Clock: r.clock})
	set := shipped(t, "national", zone)
	rules := func() *pack.Set { return set }
	figures := trade.New(st)
	r.index = lookup.New(lookup.Config{Store: st, Core: coretest.Stream{Parcels: parcels, PerDay: 40}, Clock: r.clock, Riders: []lookup.Rider{figures}})
	if err := r.index.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.filed = registry.New(st.Services, r.clock, feed.NewOutbox(st.Services, r.clock))
	papers := declaration.New(declaration.Config{DB: st.Services, Audit: r.audit, Clock: r.clock, Random: rand.Reader, Rules: rules,
		Known: func(context.Context, string) (bool, error) { return false, nil }})
	r.facts = fact.New(fact.Config{DB: st.Services, Trade: figures, Declarations: papers, Registry: r.filed, Audit: r.audit, Clock: r.clock, Random: rand.Reader, Rules: rules})
	r.Service = park.New(park.Config{DB: st.Services, Clock: r.clock, Audit: r.audit, Rules: rules, Figures: r.facts, Consents: r.facts,
		Trade: park.Cleared{Index: r.index, Filings: r.filed}, Filings: r.filed, Log: slog.New(slog.DiscardHandler),
		Tell: func(_ context.Context, _ *store.Tx, list ...notify.Notice) error {
			for _, n := range list {
				r.told = append(r.told, n.Recipient+" "+n.EN)
			}
			return nil
		}})
	r.facts.Add(r.Service)
	r.desk(ring)
	return r
}

// desk makes the applications for recognition.
func (r *rig) desk(ring *keys.Keyring) {
	files := fstest.MapFS{}
	for _, name := range []string{"recognition.yaml", "recognition-appeal.yaml"} {
		data, err := packs.Files.ReadFile("national/matters/" + name)
		if err != nil {
			r.t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	catalogue, err := matter.Load(files)
	if err != nil {
		r.t.Fatal(err)
	}
	r.matters, err = matter.New(matter.Config{DB: r.store.Services, Keys: ring, Clock: r.clock, Random: rand.Reader, Catalogue: catalogue,
		Blobs: blob.New(r.store.Services, ring, r.clock, rand.Reader, blob.Limits{}), Audit: r.audit, Hooks: matter.Hooks{Effects: r.Effects(), Guards: r.Guards()},
		Applicant: func(_ context.Context, org string) string { return org }})
	if err != nil {
		r.t.Fatal(err)
	}
}

// each runs a test with a rig on both stores.
func each(t *testing.T, zone string, parcels uint64, f func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) { f(t, build(t, st, zone, parcels)) }, migrations...)
}

func as(t testing.TB, id, org string, codes []string, roles ...access.Role) context.Context {
	t.Helper()
	return access.With(t.Context(), &access.Principal{ID: id, Org: org, Codes: codes, Roles: roles})
}

func (r *rig) office() context.Context {
	return as(r.t, "office", "", nil, access.Commerce, access.Admin)
}
func (r *rig) operator() context.Context { return as(r.t, "operator", "po", nil, access.Park) }

// firm is the manager of an enterprise.
func (r *rig) firm(code string) context.Context {
	return as(r.t, "m-"+code, "org-"+code, []string{code}, access.Manager)
}

// file files enterprises as e-commerce enterprises.
func (r *rig) file(codes ...string) {
	r.t.Helper()
	for _, code := range codes {
		if err := r.filed.File(r.t.Context(), registry.Author{By: "test"}, registry.Filing{ID: code, CustomsCode: code, Name: "企业" + code, Kinds: registry.Merchant, From: 20200101}); err != nil {
			r.t.Fatal(err)
		}
	}
}

// open enters a place as the office and opens it.
func (r *rig) open(p park.Place) *park.Place {
	r.t.Helper()
	if p.Title.ZH == "" {
		p.Title = pack.Text{ZH: "场所" + p.ID, EN: "Place " + p.ID}
	}
	p.State = park.Open
	got, err := r.Put(r.office(), park.Change{Place: p})
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// join makes an enterprise a member; with share it lets the operator see its
// figures.
func (r *rig) join(place, code string, since, until clock.Day, share bool) *park.Member {
	r.t.Helper()
	m, err := r.Add(r.office(), park.Offer{Place: place, Enterprise: code, Since: since, Until: until})
	if err != nil {
		r.t.Fatal(err)
	}
	if m, err = r.Answer(r.firm(code), park.Answer{Number: m.Number, Was: m.Revision, Yes: true, Share: share, Publish: true}); err != nil {
		r.t.Fatal(err)
	}
	return m
}

// evidence is reviewed evidence of a subject.
func (r *rig) evidence(who fact.Subject, name string, year int, value string) {
	r.t.Helper()
	if _, err := r.facts.FileEvidence(r.office(), fact.Entry{Subject: who, Fact: name, Year: year, Value: value, Document: "审计报告", Place: "异地"}); err != nil {
		r.t.Fatal(name, err)
	}
}

// merchants are some merchants of the stream that traded, by code.
func (r *rig) merchants(n int) []string {
	r.t.Helper()
	counts, err := r.index.Tally(r.t.Context(), lookup.Filter{Within: lookup.Everything(), States: trade.InForce}, lookup.ByMerchant)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, c := range counts[lookup.ByMerchant] {
		if len(out) < n {
			out = append(out, c.Value)
		}
	}
	return out
}

// code is a made-up customs code.
func code(n int) string { return fmt.Sprintf("410796T%03d", n) }
