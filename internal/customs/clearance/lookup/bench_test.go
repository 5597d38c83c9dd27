package lookup_test

import (
	"testing"

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
