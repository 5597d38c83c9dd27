package listing_test

import (
	"context"
	"crypto/rand"

	"slices"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/growth/listing"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
	"pilotzone/packs"
)

var national = sync.OnceValues(func() (*pack.Set, error) {
	p, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		return nil, err
	}
	return pack.NewSet(p)
})

// room is the listing service over the parcels of a real index.
type room struct {
	*listing.Service
	dirs    *directory.Service
	index   *lookup.Index
	bell    *notify.Service
	clients listing.Clients
	facts   *fact.Service
}

func migrations() []store.Migration {
	list := slices.Concat(lookup.Migrations(), directory.Migrations(), notify.Migrations(), fact.Migrations(), matter.Migrations(), declaration.Migrations(),
		[]store.Migration{audit.Migration, registry.Migration, feed.Cursors(store.Services)})
	var out []store.Migration
	for _, m := range list {
		if !slices.ContainsFunc(out, func(v store.Migration) bool { return v.File == m.File && v.Owner == m.Owner }) {
			out = append(out, m)
		}
	}
	return out
}

// newRoom holds 600 parcels of December and January, seen from the middle of
// January.
func newRoom(t *testing.T, s *store.Store) *room {
	t.Helper()
	set, err := national()
	if err != nil {
		t.Fatal(err)
	}
	now := clock.NewFixed(time.Date(2027, 1, 15, 9, 0, 0, 0, clock.Beijing))
	ring, err := keys.New(keys.AES256GCM, now.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rules := func() *pack.Set { return set }
	r := &room{}
	figures := trade.New(s)
	r.index = lookup.New(lookup.Config{Store: s, Core: coretest.Stream{Parcels: 600, PerDay: 20}, Clock: now, Riders: []lookup.Rider{figures}})
	if err := r.index.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	log := audit.New(audit.Config{DB: s.Services, Keys: ring, Clock: now})
	r.bell = notify.New(notify.Config{DB: s.Services, Keys: ring, Clock: now})
	filings := registry.New(s.Services, now, feed.NewOutbox(s.Services, now))
	r.clients = listing.Clients{Index: r.index, Filings: filings}
	r.dirs = directory.New(directory.Config{DB: s.Services, Keys: ring, Clock: now, Random: rand.Reader, Rules: rules, Audit: log, Bell: r.bell, Clients: r.clients,
		Codes: func(context.Context, string) []string { return nil }})
	r.facts = fact.New(fact.Config{DB: s.Services, Trade: figures, Registry: filings, Audit: log, Clock: now, Random: rand.Reader, Rules: rules,
		Declarations: declaration.New(declaration.Config{DB: s.Services, Audit: log, Clock: now, Random: rand.Reader, Rules: rules})})
	r.Service = listing.New(listing.Config{DB: s.Services, Directories: r.dirs, Index: r.index, Filings: filings, Facts: r.facts, Notify: r.bell, Rules: rules, Clock: now})
	r.facts.Add(r.Service)
	return r
}

func office(t *testing.T) context.Context {
	return access.With(t.Context(), &access.Principal{ID: "commerce", Roles: []access.Role{access.Commerce}})
}

func (r *room) put(t *testing.T, dir, owner string, fields map[string]any) *directory.Entry {
	t.Helper()
	e, err := r.dirs.Put(office(t), directory.Entering{Directory: dir, Owner: owner, Fields: fields, Submit: true, From: 20260101})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// sellers are the merchants of parcels in force, counted one by one.
func (r *room) sellers(t *testing.T, match func(*lookup.Parcel) bool) []string {
	t.Helper()
	seen := map[string]bool{}
	err := r.index.Each(t.Context(), lookup.Filter{Within: lookup.Everything()}, func(p *lookup.Parcel) error {
		if (p.State == clearance.Released || p.State == clearance.Closed) && match(p) {
			seen[p.Merchant] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for m := range seen {
		out = append(out, m)
	}
	slices.Sort(out)
	return out
}

func measure(country, hs string) map[string]any {
	m := map[string]any{"headline": "产品标签新规 " + country + " " + hs, "country": country, "kind": "label", "text": "标签须载明的内容有变化。", "applies_from": "2027-03-01",
		"source_name": "测试公报", "source_day": "2027-01-10"}
	if hs != "" {
		m["hs"] = hs
	}
	return m
}

func TestAnAlertReachesExactlyThoseWhoSellThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := newRoom(t, s)
		exports, err := r.index.Tally(t.Context(), lookup.Filter{Within: lookup.Everything(), Direction: clearance.Export, States: trade.InForce}, lookup.ByCountry, lookup.ByGoods)
		if err != nil || len(exports[lookup.ByCountry]) == 0 {
			t.Fatal(exports, err)
		}
		country, goods := exports[lookup.ByCountry][0].Value, exports[lookup.ByGoods][0].Value
		follower := r.Follower()
		for _, c := range []struct{ country, hs string }{{country, ""}, {country, goods[:2]}, {country, goods}, {"701", "01"}} {
			e := r.put(t, "market-measures", "", measure(c.country, c.hs))
			want := r.sellers(t, func(p *lookup.Parcel) bool {
				return p.Direction == clearance.Export && p.Country == c.country && len(p.Goods) >= len(c.hs) && p.Goods[:len(c.hs)] == c.hs
			})
			for range 2 { // the second time there is nothing new
				if _, err := follower.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, m := range r.sellers(t, func(*lookup.Parcel) bool { return true }) {
				list, err := r.bell.Notices(t.Context(), "p", []string{"code:" + m}, 0, 100)
				if err != nil {
					t.Fatal(err)
				}
				if slices.ContainsFunc(list, func(n notify.Notice) bool { return n.Link == "/directories/market-measures/"+e.ID && n.Count == 1 }) {
					got = append(got, m)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: told %v, want %v", c, got, want)
			}
			for _, m := range r.sellers(t, func(*lookup.Parcel) bool { return true }) {
				concerns, err := r.Concerns(t.Context(), "market-measures", m)
				if err != nil {
					t.Fatal(err)
				}
				mine := slices.ContainsFunc(concerns, func(v listing.Concern) bool { return v.Entry.ID == e.ID })
				if mine != slices.Contains(want, m) {
					t.Errorf("%+v concerns %s: %v", c, m, mine)
				}
			}
		}
	}, migrations()...)
}

func TestClientsAreThoseOfReleasedParcelsAlone(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, migrations()...)
	r := newRoom(t, s)
	for _, role := range []func(*lookup.Parcel) string{func(p *lookup.Parcel) string { return p.Agent }, func(p *lookup.Parcel) string { return p.Platform }, func(p *lookup.Parcel) string { return p.Carrier }} {
		var provider string
		err := r.index.Each(t.Context(), lookup.Filter{Within: lookup.Everything(), States: trade.InForce}, func(p *lookup.Parcel) error {
			if provider == "" && role(p) != p.Merchant {
				provider = role(p)
			}
			return nil
		})
		if err != nil || provider == "" {
			t.Fatal(provider, err)
		}
		for _, year := range []int{2025, 2026, 2027} {
			want := r.sellers(t, func(p *lookup.Parcel) bool {
				return p.Day.Year() == year && p.Merchant != provider && slices.Contains([]string{p.Agent, p.Platform, p.Carrier, p.Guarantor}, provider)
			})
			n, err := r.clients.Served(t.Context(), provider, year)
			if err != nil || n != len(want) {
				t.Errorf("%s served %d in %d, want %d (%v)", provider, n, year, len(want), err)
			}
			for _, m := range r.sellers(t, func(*lookup.Parcel) bool { return true }) {
				if m == provider {
					continue
				}
				if ok, err := r.clients.Client(t.Context(), provider, m, year); err != nil || ok != slices.Contains(want, m) {
					t.Errorf("%s a client of %s in %d: %v (%v)", m, provider, year, ok, err)
				}
			}
		}
	}
}

func TestFiguresOfBrandsAreThoseOfTheirReviewedEntries(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := newRoom(t, s)
		const code = "410796D123"
		brand := r.put(t, listing.Brands, code, map[string]any{"name": "牧野", "category": "outdoor", "goods": "帐篷", "grade": "municipal"})
		other := r.put(t, listing.Brands, "410796D999", map[string]any{"name": "他人", "category": "outdoor", "goods": "帐篷", "grade": "provincial"})
		mark := func(country, number, registered, expires string) {
			r.put(t, listing.Trademarks, code, map[string]any{"brand": brand.ID, "mark_text": "MUYE", "country": country, "classes": "22", "number": number, "registered_on": registered, "expires": expires})
		}
		mark("502", "US1", "2020-01-01", "2030-01-01")
		mark("502", "US2", "2021-01-01", "2031-01-01") // the same country once
		mark("304", "DE1", "2026-12-31", "2036-12-31")
		mark("116", "JP1", "2027-01-02", "2037-01-02") // of the next year
		r.put(t, listing.Certificates, code, map[string]any{"brand": brand.ID, "standard": "CE", "product": "帐篷", "country": "304", "number": "C1", "body": "TÜV", "issued_on": "2026-12-31", "expires": "2031-01-01", "cost": "1200.50"})
		r.put(t, listing.Certificates, code, map[string]any{"brand": brand.ID, "standard": "FCC", "product": "露营灯", "country": "502", "number": "C2", "body": "UL", "issued_on": "2027-01-01"})
		for year, amount := range map[int]string{2025: "40000000.00", 2026: "60000000.00"} {
			r.put(t, listing.Turnovers, code, map[string]any{"brand": brand.ID, "year": float64(year), "turnover": amount})
		}
		want := map[fact.Subject]map[string]rule.Value{
			{Kind: fact.Enterprise, ID: code}:  {"own_trademark_abroad": rule.Int(2), "certificates_new_year": rule.Int(1), "certification_cost_year": rule.Fen(120050), "own_brand": rule.Bool(true)},
			{Kind: fact.Brand, ID: brand.ID}:   {"brand_trademark_countries": rule.Int(2), "turnover_year": rule.Fen(6_000_000_000), "brand_turnover_before": rule.Fen(4_000_000_000), "brand_certificates": rule.Int(2)},
			{Kind: fact.Place, ID: "national"}: {"brands_recognised": rule.Int(2), "brands_provincial": rule.Int(1), "service_providers": rule.Int(0)},
		}
		for who, facts := range want {
			got, err := r.facts.FiguresIn(t.Context(), who, 2026)
			if err != nil {
				t.Fatal(err)
			}
			for name, v := range facts {
				if !got[name].Known || got[name].Value != v {
					t.Errorf("%v %s: %v, want %v", who, name, got[name].Value, v)
				}
			}
		}
		if got, err := r.facts.FiguresIn(t.Context(), fact.Subject{Kind: fact.Enterprise, ID: "410796D777"}, 2026); err != nil || got["own_brand"].Known {
			t.Errorf("who has no brand: %+v %v", got["own_brand"], err)
		}
		all := map[string]fact.Figures{code: {}, "410796D777": {}}
		if err := r.ComputeAll(t.Context(), fact.Enterprise, 2026, all); err != nil || all[code]["own_trademark_abroad"].Value != rule.Int(2) || len(all["410796D777"]) != 0 {
			t.Errorf("all at once: %v %v", all, err)
		}
		v, err := r.Evaluate(t.Context(), brand.ID)
		if err != nil || v.Result.Points != 77_000 || v.Result.Grade != "recognised" { // 40 + 12 + 15 + 10
			t.Errorf("%+v %v", v, err)
		}
		guard := r.Guards()["brand-score"]
		for id, pass := range map[string]bool{brand.ID: true, other.ID: false} {
			if err := guard(t.Context(), nil, &matter.Matter{Form: map[string]any{"brand": id}}); (err == nil) != pass {
				t.Errorf("%s: %v", id, err)
			}
		}
		if ids, err := r.AllBrands(t.Context()); err != nil || len(ids) != 2 {
			t.Error(ids, err)
		}
	}, migrations()...)
}
