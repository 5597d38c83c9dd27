package stats_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/oversight/stats"
)

var migrations = append(lookup.Migrations(), stats.Migrations()...)

func open(st *store.Store, s coretest.Stream, batch int) (*lookup.Index, *stats.Service) {
	at := clock.NewFixed(coretest.Day.Time().Add(30 * time.Hour))
	figures := stats.New(st, at)
	return lookup.New(lookup.Config{Store: st, Core: s, Clock: at, Batch: batch, Riders: []lookup.Rider{figures}}), figures
}

var kept = []lookup.Facet{lookup.ByDirection, lookup.ByMode, lookup.ByState, lookup.ByCustoms, lookup.ByCountry, lookup.ByReason, lookup.ByMerchant, lookup.ByGoods,
	lookup.BySlot, lookup.ByReleaseSlot, lookup.ByTime}

// The kept figures of the zone are what counting the index gives, after many
// corrections, in small batches, and built anew.
func TestFiguresAreThoseOfTheIndex(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := coretest.Stream{Parcels: 2500, PerDay: 900}
		x, figures := open(st, s, 300)
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		queries := map[string]stats.Query{
			"all days":  {},
			"one day":   {From: coretest.Day, To: coretest.Day},
			"today":     figures.Today(lookup.Everything()),
			"passed":    {From: coretest.Day.AddDays(1), States: []clearance.State{clearance.Released, clearance.Closed}},
			"held":      {States: []clearance.State{clearance.Review, clearance.Inspect, clearance.Detained}},
			"day later": {From: coretest.Day.AddDays(9)},
		}
		check := func() {
			t.Helper()
			for name, q := range queries {
				q.Within = lookup.Everything()
				got, err := figures.Figures(t.Context(), x, q, kept...)
				if err != nil {
					t.Fatal(name, err)
				}
				want, err := x.Tally(t.Context(), q.Filter(), kept...)
				if err != nil {
					t.Fatal(name, err)
				}
				for _, f := range kept {
					if !slices.Equal(got[f], want[f]) {
						t.Errorf("%s by %s: %v, want %v", name, f, got[f], want[f])
					}
				}
				if (len(got[lookup.ByState]) == 0) != (name == "day later") {
					t.Errorf("%s: %v", name, got[lookup.ByState])
				}
			}
		}
		check()
		if err := x.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		check()
		if end, err := figures.End(t.Context()); err != nil || end.Seq != s.Len() || clock.DayOf(end.At) != coretest.Day.AddDays(2) {
			t.Errorf("end %+v, %v", end, err)
		}
	}, migrations...)
}

// Every figure opens to as many parcels as it says, for the zone and for some
// enterprises; a parcel of two of them counts once.
func TestEveryFigureOpens(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		x, figures := open(st, coretest.Stream{Parcels: 900, PerDay: 500}, 0)
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, within := range []lookup.Reach{lookup.Everything(), lookup.Only("410798A003", "410796M001", "410796P001"), lookup.Only()} {
			q := stats.Query{Within: within, From: coretest.Day, To: coretest.Day.AddDays(3)}
			got, err := figures.Figures(t.Context(), x, q, append(kept, lookup.ByParty)...)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for f, list := range got {
				for _, c := range list[:min(5, len(list))] {
					total, err := x.Count(t.Context(), q.Open(f, c.Value))
					if err != nil || total.N != c.N {
						t.Errorf("%s %s: %d, opens to %v, %v", f, c.Value, c.N, total, err)
					}
					seen++
				}
			}
			if nobody := !within.All && len(within.Parties) == 0; (seen == 0) != nobody {
				t.Errorf("%v: %d figures", within, seen)
			}
		}
	}, migrations...)
}

// Documents are counted by kind and code, those refused apart.
func TestDocuments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := coretest.Stream{Parcels: 600, PerDay: 250}
		x, figures := open(st, s, 111)
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		want, reasons := map[string]int64{}, map[string]int64{}
		day := coretest.Day.AddDays(1)
		if err := s.Each(t.Context(), 1, func(d *clearance.Decision) error {
			if clock.DayOf(clock.FromMicros(d.At)) != day {
				return nil
			}
			switch d.What {
			case clearance.DocStored, clearance.DocRefused, clearance.DocRepeated:
				want[fmt.Sprint(int(d.Kind), d.What)]++
			}
			if d.What == clearance.DocRefused {
				reasons[d.Reasons[0].Code]++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		q := stats.Query{Within: lookup.Everything(), From: day, To: day}
		list, err := figures.Documents(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for i, d := range list {
			if i > 0 && d.Slot < list[i-1].Slot || stats.Of(d.Slot) != day {
				t.Errorf("slot %s after %s", d.Slot, list[max(i-1, 0)].Slot)
			}
			for what, n := range map[clearance.What]int64{clearance.DocStored: d.Accepted, clearance.DocRefused: d.Refused, clearance.DocRepeated: d.Repeated} {
				if n > 0 {
					got[fmt.Sprint(d.Kind, what)] += n
				}
			}
		}
		if !maps.Equal(got, want) || len(got) < 8 {
			t.Errorf("documents %v, want %v", got, want)
		}
		refused, err := figures.Refused(t.Context(), x, q)
		if err != nil {
			t.Fatal(err)
		}
		sums := map[string]int64{}
		for _, c := range refused {
			sums[c.Value] = c.N
		}
		if !maps.Equal(sums, reasons) || len(reasons) < 2 {
			t.Errorf("refused %v, want %v", sums, reasons)
		}
		q.Within = lookup.Only(coretest.Payer)
		if own, err := figures.Refused(t.Context(), x, q); err != nil || len(own) == 0 || own[0].N > refused[0].N {
			t.Errorf("own refused %v, %v", own, err)
		}
		if list, err := figures.Documents(t.Context(), q); err != nil || list != nil {
			t.Errorf("an enterprise sees the zone's documents: %v, %v", list, err)
		}
	}, migrations...)
}

// A percentile is never below the exact one, and at most an eighth (or a
// thousandth of a second) above.
func TestPercentiles(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var exact []int64
		n := map[string]int64{}
		for range 1 + rnd.IntN(300) {
			us := int64(rnd.ExpFloat64() * 50_000_000)
			exact = append(exact, us)
			n[stats.TimeValue(clearance.Import, lookup.TimeBucket(us))]++
			n[stats.TimeValue(clearance.Export, 900)]++
		}
		slices.Sort(exact)
		var counts []lookup.Count
		for v, k := range n {
			counts = append(counts, lookup.Count{Value: v, N: k})
		}
		times := stats.TimesOf(counts, clearance.Import)
		if times.N != int64(len(exact)) {
			t.Fatalf("%d times, want %d", times.N, len(exact))
		}
		for _, p := range []int64{1, 50, 90, 99, 100} {
			want := exact[(int64(len(exact))*p+99)/100-1]
			got := times.Percentile(p).Microseconds()
			if got < want || float64(got) > 1.126*float64(want)+1000 {
				t.Errorf("p%d of %d: %d µs, want %d", p, len(exact), got, want)
			}
		}
	}
	if (stats.Times{}).Percentile(50) != 0 {
		t.Error("no times have a percentile")
	}
}

// Chapters are the sums of their headings.
func TestChapters(t *testing.T) {
	t.Parallel()
	got := stats.Chapters([]lookup.Count{{Value: "3304", N: 2, Fen: 10}, {Value: "3307", N: 1, Fen: 5}, {Value: "9506", N: 2, Fen: 7}})
	if want := []lookup.Count{{Value: "33", N: 3, Fen: 15}, {Value: "95", N: 2, Fen: 7}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
