package fact_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
)

var migrations = slices.Concat(fact.Migrations(), declaration.Migrations(), []store.Migration{audit.Migration, registry.Migration, feed.Migration, feed.Cursors(store.Services), feed.Cursors(store.Search)})

const (
	mine  = "410796D123"
	uscc  = "91410700MA44F1QT3N"
	other = "410796D048"
	year  = 2026
)

// chain keeps what was entered.
type chain struct {
	mu   sync.Mutex
	acts []string
}

func (c *chain) Write(ctx context.Context, _ *store.Tx, e audit.Entry) error { return c.Record(ctx, e) }

func (c *chain) Record(_ context.Context, e audit.Entry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acts = append(c.acts, e.Act+" "+string(e.Outcome))
	return nil
}

// room is the service with all that it stands on.
type room struct {
	*fact.Service
	store        *store.Store
	trade        *trade.Service
	declarations *declaration.Service
	registry     *registry.Registry
	clock        *clock.Fixed
	chain        *chain
	t            *testing.T
	seq          uint64
}

func open(t *testing.T, st *store.Store) *room {
	t.Helper()
	set := rules(t)
	r := &room{store: st, trade: trade.New(st), clock: clock.NewFixed(time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)), chain: &chain{}, t: t}
	of := func() *pack.Set { return set }
	reg := registry.New(st.Services, r.clock, feed.NewOutbox(st.Services, r.clock))
	err := reg.File(t.Context(), registry.Author{By: "test"}, registry.Filing{CustomsCode: mine, Name: "本企业", Kinds: registry.Merchant, From: 20200101},
		registry.Filing{CustomsCode: other, USCC: uscc, Name: "他企业", Kinds: registry.Merchant, From: 20200101})
	if err != nil {
		t.Fatal(err)
	}
	r.registry = reg
	r.declarations = declaration.New(declaration.Config{DB: st.Services, Audit: r.chain, Clock: r.clock, Random: rand.Reader, Rules: of})
	r.Service = fact.New(fact.Config{DB: st.Services, Trade: r.trade, Declarations: r.declarations, Registry: reg, Audit: r.chain, Clock: r.clock, Random: rand.Reader, Rules: of,
		OrgName: func(_ context.Context, id string) (string, bool) { return id, strings.HasPrefix(id, "o_") }})
	return r
}

// cleared puts released parcels into the figures.
func (r *room) cleared(parcels ...lookup.Parcel) {
	r.t.Helper()
	changes := make([]lookup.Change, len(parcels))
	for i := range parcels {
		if parcels[i].State == clearance.None {
			parcels[i].State = clearance.Released
		}
		changes[i].After = &parcels[i]
	}
	err := r.store.Search.Write(r.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		r.seq++
		return r.trade.Take(ctx, tx, []*clearance.Decision{{Seq: r.seq}}, changes)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func office(t *testing.T) context.Context {
	return access.With(t.Context(), &access.Principal{ID: "u_admin", Roles: []access.Role{access.Admin}})
}

func manager(t *testing.T) context.Context {
	return access.With(t.Context(), &access.Principal{ID: "u_manager", Org: "o_1", Roles: []access.Role{access.Manager}, Codes: []string{mine}})
}

func park(t *testing.T) context.Context {
	return access.With(t.Context(), &access.Principal{ID: "u_park", Org: "o_park", Roles: []access.Role{access.Park}})
}

var me = fact.Subject{Kind: fact.Enterprise, ID: mine}

func (r *room) figures(y int) fact.Figures {
	r.t.Helper()
	f, err := r.FiguresIn(r.t.Context(), me, y)
	if err != nil {
		r.t.Fatal(err)
	}
	all, err := r.FiguresOf(r.t.Context(), y)
	if err != nil {
		r.t.Fatal(err)
	}
	for name, v := range f { // one by one and all at once are the same
		if w := all[mine][name]; w.Value != v.Value || w.Known != v.Known || w.Here != v.Here || w.Elsewhere != v.Elsewhere || len(w.Origins) != len(v.Origins) {
			r.t.Errorf("%s in %d: %+v alone, %+v with all", name, y, v, w)
		}
	}
	return f
}

func (r *room) file(entry fact.Entry) *fact.Evidence {
	r.t.Helper()
	if entry.Subject == (fact.Subject{}) {
		entry.Subject = me
	}
	if entry.Document == "" {
		entry.Document = "审计报告 1 号"
	}
	e, err := r.FileEvidence(office(r.t), entry)
	if err != nil {
		r.t.Fatal(err)
	}
	r.clock.Advance(time.Minute)
	return e
}

func yuan(text string) rule.Value {
	f, err := money.ParseFen(text)
	if err != nil {
		panic(err)
	}
	return rule.Fen(f)
}

// Each calibre is counted by itself: transactions with the tax that buyers of
// imports paid, turnover and customs value without; what was cleared here and
// elsewhere stands apart, and declarations of imports are no sales.
func TestCalibres(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		r := open(t, st)
		r.cleared(lookup.Parcel{Number: 1, Merchant: mine, Direction: clearance.Import, Day: 20260301, Value: 10000, Tax: 910, Country: "502"},
			lookup.Parcel{Number: 2, Merchant: mine, Direction: clearance.Export, Day: 20260302, Value: 5000, Country: "502"},
			lookup.Parcel{Number: 3, Merchant: mine, Direction: clearance.Export, Day: 20260302, Value: 7000, Country: "116", State: clearance.Refused})
		rows := []declaration.Row{{Number: "461620260000000001", Day: "2026-02-01", Mode: "9710", Country: "502", Enterprise: mine, Value: "300", Status: "released"},
			{Number: "461620261000000001", Day: "2026-02-01", Mode: "9610", Country: "502", Enterprise: mine, Value: "40", Status: "released"}}
		if _, err := r.declarations.List(office(t), "api", rows); err != nil {
			t.Fatal(err)
		}
		f := r.figures(year)
		for name, want := range map[string][3]string{
			"transactions_year":  {"459.10", "159.10", "300.00"},
			"turnover_year":      {"450.00", "150.00", "300.00"},
			"import_export_year": {"490.00", "150.00", "340.00"},
			"exports_year":       {"350.00", "50.00", "300.00"},
			"imports_year":       {"140.00", "100.00", "40.00"},
			"import_tax_year":    {"9.10", "9.10", "0.00"},
		} {
			v := f[name]
			if got := [3]string{v.Value.String(), v.Here.String(), v.Elsewhere.String()}; !v.Known || got != want {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
		if v := f["parcels_year"]; v.Value != rule.Int(2) {
			t.Errorf("%+v", v)
		}
		if v := f["export_countries_year"]; v.Value != rule.Int(1) {
			t.Errorf("%+v", v)
		}
		if v := f["jobs_year"]; v.Known || !v.Value.IsZero() {
			t.Errorf("what nobody knows is %+v", v)
		}
	}, migrations...)
}

// An enterprise that stands in messages by its customs code and by its unified
// social credit code is one.
func TestOneEnterpriseUnderTwoCodes(t *testing.T) {
	t.Parallel()
	r := open(t, storetest.SQLite(t, migrations...))
	r.cleared(lookup.Parcel{Number: 1, Merchant: other, Direction: clearance.Export, Day: 20260301, Value: 100, Country: "502"},
		lookup.Parcel{Number: 2, Merchant: uscc, Direction: clearance.Export, Day: 20260301, Value: 20, Country: "502"})
	one, err := r.FiguresIn(t.Context(), fact.Subject{Kind: fact.Enterprise, ID: other}, year)
	if err != nil || one["turnover_year"].Value != rule.Fen(120) || one["export_countries_year"].Value != rule.Int(1) {
		t.Errorf("%+v, %v", one, err)
	}
	all, err := r.FiguresOf(t.Context(), year)
	if err != nil || all[other]["turnover_year"].Value != rule.Fen(120) || len(all) != 2 {
		t.Errorf("%+v, %v", all, err)
	}
}

// Without consent a park sees nothing of an enterprise; with it, until the day or
// the withdrawal; each look stands where the owner sees it.
func TestConsent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		r := open(t, st)
		sees := func(want bool) {
			t.Helper()
			_, err := r.Figures(park(t), me, year)
			if want && err != nil || !want && !errors.Is(err, fact.ErrNotFound) {
				t.Errorf("sees %v: %v", want, err)
			}
			if r.Consents(t.Context(), mine, "o_park") != want {
				t.Errorf("consents: not %v", want)
			}
		}
		sees(false)
		if _, err := r.Give(park(t), mine, "o_park", "统计", 20261231); !errors.Is(err, fact.ErrNotFound) {
			t.Errorf("a park gives itself consent: %v", err)
		}
		for name, c := range map[string]struct {
			org, purpose string
			until        clock.Day
		}{"itself": {"o_1", "统计", 20261231}, "nobody": {"x", "统计", 20261231}, "no purpose": {"o_park", " ", 20261231}, "over": {"o_park", "统计", 20261121}, "for ever": {"o_park", "统计", 20991231}} {
			var bad matter.Problems
			if _, err := r.Give(manager(t), mine, c.org, c.purpose, c.until); !errors.As(err, &bad) || len(bad) != 1 {
				t.Errorf("%s: %v", name, err)
			}
		}
		given, err := r.Give(manager(t), mine, "o_park", "园区统计", 20261130)
		if err != nil {
			t.Fatal(err)
		}
		sees(true)
		sees(true)
		looks, err := r.Looks(manager(t), 10)
		if err != nil || len(looks) != 2 || looks[0].Org != "o_park" || looks[0].Consent != given.ID || looks[0].Year != year {
			t.Errorf("%+v, %v", looks, err)
		}
		received, err := r.Received(park(t))
		if err != nil || len(received) != 1 || received[0].ID != given.ID {
			t.Errorf("%+v, %v", received, err)
		}
		r.clock.Advance(9 * 24 * time.Hour) // 1 December
		sees(false)
		again, err := r.Give(manager(t), mine, "o_park", "园区统计", 20261231)
		if err != nil {
			t.Fatal(err)
		}
		sees(true)
		if err := r.WithdrawConsent(park(t), again.ID, ""); !errors.Is(err, fact.ErrNotFound) {
			t.Errorf("the park withdraws: %v", err)
		}
		if err := r.WithdrawConsent(manager(t), again.ID, "迁出园区"); err != nil {
			t.Fatal(err)
		}
		sees(false)
		if list, err := r.Given(manager(t)); err != nil || len(list) != 2 || list[0].Withdrawn.IsZero() {
			t.Errorf("%+v, %v", list, err)
		}
		if !slices.Contains(r.chain.acts, "consent.withdraw done") || !slices.Contains(r.chain.acts, "figure.read denied") {
			t.Errorf("%v", r.chain.acts)
		}
	}, migrations...)
}

// Offices look at any enterprise, and their looks are kept; strangers see nothing.
func TestWhoSeesFigures(t *testing.T) {
	t.Parallel()
	r := open(t, storetest.SQLite(t, migrations...))
	as := func(role access.Role, org string, codes ...string) context.Context {
		return access.With(t.Context(), &access.Principal{ID: "u", Org: org, Roles: []access.Role{role}, Codes: codes})
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		want bool
	}{
		"its clerk": {as(access.Clerk, "o_1", mine), true}, "another's clerk": {as(access.Clerk, "o_2", other), false}, "commerce": {as(access.Commerce, ""), true},
		"an auditor": {as(access.Auditor, ""), true}, "customs": {as(access.Customs, ""), false}, "a bank": {as(access.Bank, "o_b"), false}, "a consumer": {as(access.Consumer, ""), false},
		"a visitor": {t.Context(), false},
	} {
		if _, err := r.Figures(c.ctx, me, year); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if looks, err := r.Looks(manager(t), 10); err != nil || len(looks) != 2 {
		t.Errorf("%+v, %v", looks, err)
	}
}

// An enterprise counts in a county from a day on; what was said before stays.
func TestCounty(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		r := open(t, st)
		set := func(county string, from clock.Day) {
			t.Helper()
			if err := r.SetCounty(office(t), fact.Placing{Enterprise: mine, County: county, From: from, Note: "注册地"}); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.County(t.Context(), mine); got != "" {
			t.Error(got)
		}
		set("410702", 20250101)
		set("410703", 20260701)
		for day, want := range map[clock.Day]string{20241231: "", 20250101: "410702", 20260630: "410702", 20260701: "410703"} {
			all, err := r.Counties(t.Context(), day)
			if err != nil || all[mine] != want {
				t.Errorf("%s: %v, %v", day, all, err)
			}
		}
		if got := r.County(t.Context(), mine); got != "410703" {
			t.Error(got)
		}
		set("", 20261101)
		if got := r.County(t.Context(), mine); got != "" {
			t.Error(got)
		}
		if list, err := r.Placings(t.Context(), mine); err != nil || len(list) != 3 {
			t.Errorf("%+v, %v", list, err)
		}
		var bad matter.Problems
		if err := r.SetCounty(office(t), fact.Placing{Enterprise: mine, County: "410700", From: 20261123}); !errors.As(err, &bad) || len(bad) != 2 {
			t.Errorf("a city from tomorrow: %v", err)
		}
		if err := r.SetCounty(manager(t), fact.Placing{Enterprise: mine, County: "410702", From: 20260101}); !errors.Is(err, fact.ErrDenied) {
			t.Error(err)
		}
	}, migrations...)
}

// Ten thousand enterprises are read at once in seconds.
func TestTenThousandEnterprises(t *testing.T) {
	t.Parallel()
	r := open(t, storetest.SQLite(t, migrations...))
	parcels := make([]lookup.Parcel, 0, 20_000)
	for n := range 20_000 {
		parcels = append(parcels, lookup.Parcel{Number: uint64(n), Merchant: fmt.Sprintf("410796%04d", n%10_000), Agent: mine, Direction: clearance.Export, Day: clock.NewDay(2026, time.Month(1+n/10_000), 5), Value: 100, Country: "502"})
	}
	r.cleared(parcels...)
	filings := make([]registry.Filing, 10_000)
	for n := range filings {
		filings[n] = registry.Filing{CustomsCode: fmt.Sprintf("410796%04d", n), Name: "企业", Kinds: registry.Merchant, From: 20200101}
	}
	if err := r.registry.File(t.Context(), registry.Author{By: "test"}, filings...); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	all, err := r.FiguresOf(t.Context(), year)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s", took)
	} else {
		t.Logf("it took %s", took)
	}
	if len(all) != 10_002 || all["4107960007"]["turnover_year"].Value != rule.Fen(200) {
		t.Errorf("%d enterprises", len(all))
	}
	if v := all[mine]["smes_served_year"]; v.Here != rule.Int(10_000) {
		t.Errorf("%+v", v)
	}
}
