package intake_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sort"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/packs"
)

type everybody struct{}

func (everybody) Filed(string, string, clock.Day) (bool, string) { return true, "" }
func (everybody) Apply([]byte) (string, error)                   { return "", nil }
func (everybody) Snapshot() []byte                               { return nil }
func (everybody) Restore([]byte) error                           { return nil }

func rules(t testing.TB) *refdata.Book {
	national, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		t.Fatal(err)
	}
	set, err := pack.NewSet(national)
	if err != nil {
		t.Fatal(err)
	}
	b, err := refdata.New(set)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		j, err := journal.Open(st, 0)
		if err != nil {
			t.Fatal(err)
		}
		ring, _, err := keys.OpenFile(filepath.Join(t.TempDir(), "k.key"), keys.AES256GCM)
		if err != nil {
			t.Fatal(err)
		}
		day := clock.Day(20261122)
		cfg := intake.Config{Journal: j, Keys: ring, Clock: clock.NewFixed(day.Time().Add(10 * time.Hour)), Rules: rules(t),
			Filings: func() clearance.Filings { return everybody{} }}
		counts := map[string]int{}
		cfg.Committed = func(ds []*clearance.Decision) {
			for _, d := range ds {
				counts[d.What.String()]++
				if d.What == clearance.Decided {
					counts["=> "+d.To.String()]++
				}
				if d.What == clearance.DocRefused || d.To == clearance.Refused || d.To == clearance.Review {
					for _, r := range d.Reasons {
						counts[fmt.Sprintf("%d %s %s", d.Kind, r.Code, r.Chinese())]++
					}
				}
			}
		}
		s, err := intake.Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		g, err := traffic.New(traffic.Options{Seed: 1, Day: day})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range g.Zone().Deposits {
			if _, err := s.Command(ctx, clearance.Deposit, clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount)}.Encode()); err != nil {
				t.Fatal(err)
			}
		}
		n := uint64(2000)
		var pend []intake.Pending
		for i := range n {
			for _, k := range []ceb.Kind{311, 411, 511, 621} {
				k = g.Kind(i, k)
				if k == 0 {
					continue
				}
				b, _ := g.AppendMessage(nil, k, i, 1)
				p, err := s.EnqueueWait(ctx, b, false)
				if err != nil {
					t.Fatal(err)
				}
				pend = append(pend, p)
			}
		}
		for _, p := range pend {
			if _, err := p.Wait(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(ctx); err != nil {
			t.Fatal(err)
		}
		var keysOf []string
		for k := range counts {
			keysOf = append(keysOf, k)
		}
		sort.Strings(keysOf)
		for _, k := range keysOf {
			t.Log(counts[k], k)
		}
	}, journal.Migration())
}
