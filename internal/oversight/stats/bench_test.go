package stats_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/oversight/stats"
)

// BenchmarkIndexing measures how many parcels a second the index takes in, alone
// and with the figures; run it with -cpu 1 for the speed on one core.
func BenchmarkIndexing(b *testing.B) {
	for name, figures := range map[string]bool{"alone": false, "with figures": true} {
		b.Run(name, func(b *testing.B) {
			const parcels = 20_000
			st := storetest.SQLite(b, migrations...)
			x, _ := open(st, coretest.Stream{Parcels: parcels, PerDay: 10_000}, 0)
			if !figures {
				x = lookup.New(lookup.Config{Store: st, Core: coretest.Stream{Parcels: parcels, PerDay: 10_000}, Clock: clock.NewFixed(coretest.Day.Time())})
			}
			for b.Loop() {
				if err := x.Rebuild(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(parcels*b.N)/b.Elapsed().Seconds(), "parcels/s")
		})
	}
}

// BenchmarkFigures measures what the dashboard asks for one day and for all days,
// for the zone and for enterprises, in a store of PILOTZONE_BENCH_PARCELS parcels
// over thirty days (200,000 if it is not set), kept in PILOTZONE_BENCH_DIR.
func BenchmarkFigures(b *testing.B) {
	parcels := uint64(200_000)
	if n, err := strconv.ParseUint(os.Getenv("PILOTZONE_BENCH_PARCELS"), 10, 63); err == nil {
		parcels = n
	}
	var st *store.Store
	if dir := os.Getenv("PILOTZONE_BENCH_DIR"); dir != "" {
		st = storetest.Open(b, "sqlite:"+filepath.Join(dir, "figures.db"), migrations...)
	} else {
		st = storetest.SQLite(b, migrations...)
	}
	x, figures := open(st, coretest.Stream{Parcels: parcels, PerDay: parcels/30 + 1}, 0)
	if err := x.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	day := coretest.Day.AddDays(3)
	standing := []clearance.State{clearance.Released, clearance.Closed, clearance.Review, clearance.Inspect, clearance.Detained, clearance.Waiting, clearance.Concluded}
	for name, q := range map[string]stats.Query{
		"zone, a day":       {Within: lookup.Everything(), From: day, To: day, States: standing},
		"zone, thirty days": {Within: lookup.Everything(), States: standing},
		"own, a day":        {Within: lookup.Only("410796M000", "410798A003"), From: day, To: day, States: standing},
		"own, thirty days":  {Within: lookup.Only("410796M000", "410798A003"), States: standing},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := figures.Figures(b.Context(), x, q, kept...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms")
		})
	}
}
