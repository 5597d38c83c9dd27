package trade_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

var migrations = append(lookup.Migrations(), trade.Migrations()...)

func open(st *store.Store, s lookup.Decisions, batch int) (*lookup.Index, *trade.Service) {
	at := clock.NewFixed(coretest.Day.Time().Add(30 * time.Hour))
	figures := trade.New(st)
	return lookup.New(lookup.Config{Store: st, Core: s, Clock: at, Batch: batch, Riders: []lookup.Rider{figures}}), figures
}

// sums adds the parcels of the index as the figures should have them.
func sums(t *testing.T, x *lookup.Index) (years map[string]map[int]trade.Annual, clients map[string]map[string]bool) {
	t.Helper()
	years, clients = make(map[string]map[int]trade.Annual), make(map[string]map[string]bool)
	countries := make(map[string]map[string]bool)
	err := x.Each(t.Context(), lookup.Filter{Within: lookup.Everything(), States: trade.InForce}, func(p *lookup.Parcel) error {
		m := years[p.Merchant]
		if m == nil {
			m = make(map[int]trade.Annual)
			years[p.Merchant] = m
		}
		a := m[p.Day.Year()]
		sum := &a.Exports
		if p.Direction == clearance.Import {
			sum = &a.Imports
		} else {
			k := p.Merchant + string(rune(p.Day.Year()))
			if countries[k] == nil {
				countries[k] = make(map[string]bool)
			}
			countries[k][p.Country] = true
			a.Countries = len(countries[k])
		}
		sum.Parcels, sum.Value, sum.Tax = sum.Parcels+1, sum.Value+p.Value, sum.Tax+p.Tax
		m[p.Day.Year()] = a
		for _, who := range []string{p.Platform, p.Agent, p.Carrier} {
			if who != "" && who != p.Merchant && p.Day.Year() == 2026 {
				if clients[who] == nil {
					clients[who] = make(map[string]bool)
				}
				clients[who][p.Merchant] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return years, clients
}

// Every figure is the sum of the parcels that the index shows, after thousands of
// corrections, in small batches, and built anew.
func TestFiguresAreThoseOfTheParcels(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		x, figures := open(st, coretest.Stream{Parcels: 2000, PerDay: 40}, 300) // from 22 November over new year
		check := func() {
			t.Helper()
			years, clients := sums(t, x)
			got, err := figures.AllYears(t.Context())
			if err != nil || !maps.EqualFunc(got, years, maps.Equal) {
				t.Fatalf("%v\nwant %v, %v", got, years, err)
			}
			crossing := 0
			for merchant, want := range years {
				one, err := figures.Years(t.Context(), merchant)
				if err != nil || !maps.Equal(one, want) {
					t.Errorf("%s: %v, want %v, %v", merchant, one, want, err)
				}
				if len(want) == 2 {
					crossing++
				}
			}
			if crossing == 0 {
				t.Error("no merchant trades in both years")
			}
			served, err := figures.AllServed(t.Context(), 2026)
			if err != nil || len(served) == 0 {
				t.Fatal(served, err)
			}
			for who, v := range served {
				if v.Clients != len(clients[who]) {
					t.Errorf("%s served %d, want %v", who, v.Clients, clients[who])
				}
			}
		}
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		check()
		if err := x.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		check()
	}, migrations...)
}

// A merchant's figure opens to parcels that sum to it.
func TestAFigureOpensToItsParcels(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, migrations...)
	x, figures := open(st, coretest.Stream{Parcels: 1500, PerDay: 60}, 0)
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := figures.AllYears(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for merchant, years := range all {
		for year, a := range years {
			var got trade.Sum
			err := x.Each(t.Context(), trade.Open(clock.NewDay(year, 1, 1), clock.NewDay(year, 12, 31), merchant), func(p *lookup.Parcel) error {
				got = trade.Sum{Parcels: got.Parcels + 1, Value: got.Value + p.Value, Tax: got.Tax + p.Tax}
				return nil
			})
			if err != nil || got != a.Total() {
				t.Errorf("%s in %d: %+v opens to %+v, %v", merchant, year, a.Total(), got, err)
			}
		}
	}
}

// change is a parcel that moves.
func change(before, after *lookup.Parcel) lookup.Change {
	return lookup.Change{Before: before, After: after}
}

func take(t *testing.T, st *store.Store, s *trade.Service, changes ...lookup.Change) {
	t.Helper()
	err := st.Search.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return s.Take(ctx, tx, []*clearance.Decision{{Seq: 1}}, changes)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Any order of the same changes gives the same sums: parcels of several merchants
// are released, corrected, returned and withdrawn, each parcel's changes in their
// order, the parcels among each other in any.
func TestAnyOrderGivesTheSameSums(t *testing.T) {
	t.Parallel()
	var want map[string]map[int]trade.Annual
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 9))
		st := storetest.SQLite(t, migrations...)
		figures := trade.New(st)
		ways := make([][]lookup.Change, 40)
		for n := range ways {
			ways[n] = wayOf(uint64(n))
		}
		var batch []lookup.Change
		for len(ways) > 0 {
			i := r.IntN(len(ways))
			batch = append(batch, ways[i][0])
			if ways[i] = ways[i][1:]; len(ways[i]) == 0 {
				ways = slices.Delete(ways, i, i+1)
			}
			if r.IntN(3) == 0 || len(ways) == 0 {
				take(t, st, figures, batch...)
				batch = nil
			}
		}
		got, err := figures.AllYears(t.Context())
		if err != nil || len(got) == 0 {
			t.Fatal(got, err)
		}
		if want == nil {
			want = got
		}
		if !maps.EqualFunc(got, want, maps.Equal) {
			t.Fatalf("seed %d: %v, want %v", seed, got, want)
		}
	}
}

// wayOf is what becomes of one parcel, the same whenever it is asked for.
func wayOf(n uint64) (out []lookup.Change) {
	r := rand.New(rand.NewPCG(n, 1))
	states := []clearance.State{clearance.Waiting, clearance.Released, clearance.Closed, clearance.Returned, clearance.Released, clearance.Withdrawn, clearance.Refused}
	var before *lookup.Parcel
	for range 1 + r.IntN(6) {
		p := &lookup.Parcel{Number: n, Direction: clearance.Import, Mode: "9610", Country: "502", Merchant: []string{"A", "B", "C"}[r.IntN(3)], Platform: "P", Agent: "G",
			State: states[r.IntN(len(states))], Day: []clock.Day{20261231, 20270101}[n%2], Value: 100 * 7, Tax: 63}
		p.Value *= 1 + 1
		if n%3 == 0 {
			p.Direction = clearance.Export
		}
		out = append(out, change(before, p))
		before = p
	}
	return out
}

// The year is that of Beijing: a list of 31 December 23:59:59.999 is of the old
// year, one of 1 January 00:00 of the new one; a correction in the later year
// restates the year in which the parcel stands.
func TestTheYearIsBeijings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		figures := trade.New(st)
		last := time.Date(2026, 12, 31, 15, 59, 59, 999_000_000, time.UTC)
		a := &lookup.Parcel{Number: 1, Merchant: "M", Direction: clearance.Export, State: clearance.Released, Day: clock.DayOf(last), Value: 10000, Country: "502"}
		b := &lookup.Parcel{Number: 2, Merchant: "M", Direction: clearance.Export, State: clearance.Released, Day: clock.DayOf(last.Add(time.Millisecond)), Value: 500, Country: "502"}
		take(t, st, figures, change(nil, a), change(nil, b))
		expect := func(old, new int64) {
			t.Helper()
			got, err := figures.Years(t.Context(), "M")
			if err != nil || int64(got[2026].Exports.Value) != old || int64(got[2027].Exports.Value) != new {
				t.Errorf("%+v, %v; want %d and %d", got, err, old, new)
			}
		}
		expect(10000, 500)
		corrected := *a
		corrected.Value, corrected.Updated = 7000, clock.Micros(last.AddDate(0, 2, 0))
		take(t, st, figures, change(a, &corrected))
		expect(7000, 500)
		withdrawn := corrected
		withdrawn.State = clearance.Withdrawn
		take(t, st, figures, change(&corrected, &withdrawn))
		expect(0, 500)
		if cells, err := figures.Cells(t.Context(), 2026, 2027, "M"); err != nil || len(cells) != 1 || cells[0].Month != 202701 {
			t.Errorf("%+v, %v", cells, err)
		}
	}, migrations...)
}

// Whoever serves is credited with other merchants alone, each once, whatever the
// number of roles and parcels; under two codes it is one enterprise.
func TestWhomAnEnterpriseServed(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, migrations...)
	figures := trade.New(st)
	p := func(n uint64, merchant, platform, agent, carrier string) lookup.Change {
		return change(nil, &lookup.Parcel{Number: n, Merchant: merchant, Platform: platform, Agent: agent, Carrier: carrier, Direction: clearance.Export, State: clearance.Closed, Day: 20261122, Value: 100})
	}
	take(t, st, figures, p(1, "A", "S", "S", "S"), p(2, "A", "S", "", ""), p(3, "B", "", "S2", ""), p(4, "S", "S", "S", ""), p(5, "C", "S", "", ""))
	one, err := figures.ServedBy(t.Context(), 2026, "S")
	if err != nil || one.Clients != 2 || one.AsPlatform.Parcels != 4 || one.AsAgent.Parcels != 1 || one.AsCarrier.Parcels != 1 {
		t.Errorf("%+v, %v", one, err)
	}
	both, err := figures.ServedBy(t.Context(), 2026, "S", "S2")
	if err != nil || both.Clients != 3 || both.AsAgent.Parcels != 2 {
		t.Errorf("%+v, %v", both, err)
	}
	none, err := figures.ServedBy(t.Context(), 2025, "S")
	if err != nil || none != (trade.Served{}) {
		t.Errorf("%+v, %v", none, err)
	}
}

// Figures that are new to a store whose index is in use are behind until it is
// built anew.
func TestFiguresNewToAStore(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, migrations...)
	s := coretest.Stream{Parcels: 60}
	at := clock.NewFixed(coretest.Day.Time())
	old := lookup.New(lookup.Config{Store: st, Core: s, Clock: at})
	if err := old.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	x, figures := open(st, s, 0)
	behind := func() bool {
		t.Helper()
		n, err := x.Position(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		is, err := figures.Behind(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !behind() {
		t.Error("figures that saw nothing are not behind")
	}
	if err := x.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if behind() {
		t.Error("behind after building anew")
	}
}
