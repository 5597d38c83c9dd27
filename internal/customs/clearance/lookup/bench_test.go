package lookup_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// BenchmarkIndex measures how many import parcels a second the index takes in;
// run it with -cpu 1 for the speed on one core.
func BenchmarkIndex(b *testing.B) {
	migrations := append(lookup.Migrations(), journal.Migration())
	for name, open := range map[string]func(testing.TB, ...store.Migration) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			const parcels, perMessage = 3000, 100
			st := open(b, migrations...)
			core := coretest.Open(b, st)
			core.Deposit(b, 1<<40)
			for first := 0; first < parcels; first += perMessage {
				for _, kind := range []func(int) coretest.Doc{coretest.Order, coretest.Payment, coretest.Waybill, coretest.List} {
					docs := make([]coretest.Doc, perMessage)
					for i := range docs {
						docs[i] = kind(first + i)
					}
					send(b, core, coretest.Message(docs...))
				}
			}
			x := lookup.New(lookup.Config{Store: st, Core: core.Reader(), Clock: core.Clock})
			for b.Loop() {
				if err := x.Rebuild(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(parcels*b.N)/b.Elapsed().Seconds(), "parcels/s")
		})
	}
}

func send(b *testing.B, core *coretest.Core, message []byte) {
	b.Helper()
	p, err := core.EnqueueWait(b.Context(), message, true)
	if err == nil {
		_, err = p.Wait(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
}

var _ lookup.Decisions = (*intake.Reader)(nil)

// BenchmarkLists fills an index with PILOTZONE_BENCH_PARCELS parcels (200,000 if
// it is not set; the figures of docs/performance.md are of 2,000,000) and measures
// the first page of 40 rows and the total of every shape of filter that the pages
// offer. PILOTZONE_BENCH_DIR keeps the filled store between runs.
func BenchmarkLists(b *testing.B) {
	parcels := uint64(200_000)
	if v := os.Getenv("PILOTZONE_BENCH_PARCELS"); v != "" {
		n, err := strconv.ParseUint(v, 10, 63)
		if err != nil {
			b.Fatal(err)
		}
		parcels = n
	}
	s := coretest.Stream{Parcels: parcels, PerDay: parcels/30 + 1}
	for name, open := range map[string]func(testing.TB, ...store.Migration) *store.Store{"sqlite": openKept, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			st := open(b, lookup.Migrations()...)
			began := time.Now()
			x := streamed(b, st, s)
			b.Logf("%d parcels in %v", parcels, time.Since(began).Round(time.Second))
			all := shapes()
			for _, name := range slices.Sorted(maps.Keys(all)) {
				b.Run(name, func(b *testing.B) { benchmarkShape(b, x, all[name]) })
			}
		})
	}
}

// openKept is a SQLite store in a folder that stays, where one is named.
func openKept(t testing.TB, m ...store.Migration) *store.Store {
	if dir := os.Getenv("PILOTZONE_BENCH_DIR"); dir != "" {
		return storetest.Open(t, "sqlite:"+filepath.Join(dir, "bench.db"), m...)
	}
	return storetest.SQLite(t, m...)
}

func benchmarkShape(b *testing.B, x *lookup.Index, f lookup.Filter) {
	var times []time.Duration
	var total lookup.Total
	for b.Loop() {
		began := time.Now()
		found, err := x.List(b.Context(), f, lookup.Page{Limit: 40})
		if err != nil {
			b.Fatal(err)
		}
		times, total = append(times, time.Since(began)), found.Total
	}
	slices.Sort(times)
	at := func(percent int) float64 {
		return float64(times[min(len(times)-1, len(times)*percent/100)].Microseconds()) / 1000
	}
	b.ReportMetric(at(50), "p50-ms")
	b.ReportMetric(at(99), "p99-ms")
	b.ReportMetric(float64(total.N), "parcels")
}
