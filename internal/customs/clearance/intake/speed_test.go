package intake_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store/storetest"
)

func BenchmarkParcel(b *testing.B) {
	ctx := context.Background()
	st := storetest.SQLite(b, journal.Migration())
	j, err := journal.Open(st, 0)
	if err != nil {
		b.Fatal(err)
	}
	ring, _, err := keys.OpenFile(filepath.Join(b.TempDir(), "k.key"), keys.AES256GCM)
	if err != nil {
		b.Fatal(err)
	}
	day := clock.Day(20261122)
	receipts := 0
	ch := make(chan []*clearance.Decision, 64)
	done := make(chan bool)
	go func() {
		var buf []byte
		for ds := range ch {
			for _, d := range ds {
				nodes := d.Nodes()
				receipts += len(nodes)
				for i := range nodes {
					buf = clearance.AppendReceipts(buf[:0], nodes[i:i+1])
				}
			}
		}
		done <- true
	}()
	s, err := intake.Open(ctx, intake.Config{Journal: j, Keys: ring, Clock: clock.NewFixed(day.Time().Add(10 * time.Hour)), Rules: rules(b),
		Filings: func() clearance.Filings { return everybody{} }, Committed: func(ds []*clearance.Decision) { ch <- ds }})
	if err != nil {
		b.Fatal(err)
	}
	g, err := traffic.New(traffic.Options{Seed: 1, Day: day, Buyers: 500_000, Modes: traffic.ImportModes()})
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range g.Zone().Deposits {
		if _, err := s.Command(ctx, clearance.Deposit, clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount)}.Encode()); err != nil {
			b.Fatal(err)
		}
	}
	var pend []intake.Pending
	b.ResetTimer()
	for i := range uint64(b.N) {
		for _, k := range []ceb.Kind{311, 411, 511, 621} {
			x, _ := g.AppendMessage(make([]byte, 0, 4096), k, i, 1)
			p, err := s.EnqueueWait(ctx, x, true)
			if err != nil {
				b.Fatal(err)
			}
			pend = append(pend, p)
		}
		if len(pend) > 20000 {
			for _, p := range pend[:10000] {
				if _, err := p.Wait(ctx); err != nil {
					b.Fatal(err)
				}
			}
			pend = append(pend[:0], pend[10000:]...)
		}
	}
	for _, p := range pend {
		if _, err := p.Wait(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "parcels/s")
	close(ch)
	<-done
	b.ReportMetric(float64(receipts)/float64(b.N), "receipts/parcel")
	if err := s.Close(ctx); err != nil {
		b.Fatal(err)
	}
}
