package intake_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// outcome runs parcels whose four documents come far apart, with repetitions
// long after, and returns what was decided, without numbers and order.
// With check on, the orderers are verified: every third answer comes before any
// list, the others at the end.
func outcome(t *testing.T, st *store.Store, limits clearance.Limits, check bool) (decided []string, parked bool) {
	ctx := context.Background()
	j, err := journal.Open(st, 0)
	if err != nil {
		t.Fatal(err)
	}
	ring, _, err := keys.OpenFile(filepath.Join(t.TempDir(), "k.key"), keys.AES256GCM)
	if err != nil {
		t.Fatal(err)
	}
	day := clock.Day(20261122)
	var mu sync.Mutex
	cfg := intake.Config{Journal: j, Keys: ring, Clock: clock.NewFixed(day.Time().Add(10 * time.Hour)), Rules: map[bool]*refdata.Book{false: rules(t), true: coretest.Rules(t, true)}[check], Memory: limits,
		Filings: func() clearance.Filings { return everybody{} }, SnapshotEvery: 150,
		Committed: func(ds []*clearance.Decision) {
			mu.Lock()
			defer mu.Unlock()
			for _, d := range ds {
				decided = append(decided, fmt.Sprint(d.What, d.Kind, d.Subject, d.From, d.To, d.Status, d.Reasons))
			}
		}}
	open := func() *intake.Service {
		s, err := intake.Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	g, err := traffic.New(traffic.Options{Seed: 7, Day: day, Modes: traffic.ImportModes()})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range g.Zone().Deposits {
		if _, err := s.Command(ctx, clearance.Deposit, clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount)}.Encode()); err != nil {
			t.Fatal(err)
		}
	}
	send := func(k ceb.Kind, i uint64) {
		b, _ := g.AppendMessage(nil, g.Kind(i, k), i, 1)
		ack, err := s.Submit(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		parked = parked || ack.Docs[0].What == "parked"
	}
	const n = 60
	// settled waits until nothing is looked up any more: else an answer about a
	// person may overtake a list that waits for a look-up, and what is said on the
	// way differs, though not the outcome.
	settled := func() {
		for parked := 1; parked > 0; {
			if err := s.Ask(ctx, func(e *clearance.Engine) { parked = e.Parked() }); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
	}
	answer := func(i uint64) {
		settled()
		who := g.Parcel(i).Buyer
		body := clearance.PersonAnswerBody{Check: clearance.CheckKey(ring.Hasher(), who.ID, who.Name), Result: clearance.PersonResult(1 + i%3), Checked: cfg.Clock.Now().UnixMicro()}
		a, err := s.Command(ctx, clearance.PersonAnswer, body.Encode())
		if err != nil {
			t.Fatal(err)
		}
		parked = parked || a.What == ""
	}
	for r, kinds := range [][]ceb.Kind{{311, 511}, {411}, {621}, {311, 621}} {
		for i := uint64(0); check && r == 2 && i < n; i += 3 {
			answer(i)
		}
		for _, k := range kinds {
			for i := range uint64(n) {
				send(k, i)
			}
		}
		if r == 1 { // a sudden end in the middle
			if err := s.Abandon(); err != nil {
				t.Fatal(err)
			}
			if cfg.Journal, err = journal.Open(st, 0); err != nil {
				t.Fatal(err)
			}
			s = open()
		}
	}
	for i := range uint64(n) {
		if check && i%3 != 0 {
			answer(i)
		}
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	sort.Strings(decided)
	return decided, parked
}

// TestBoundedMemoryDecidesAlike: a machine that keeps next to nothing in memory
// and looks everything up decides the same as one that forgets nothing, also
// over a sudden end.
func TestBoundedMemoryDecidesAlike(t *testing.T) {
	t.Parallel()
	for _, check := range []bool{false, true} {
		want, _ := outcome(t, storetest.SQLite(t, journal.Migration()), clearance.Limits{}, check)
		if released := slices.ContainsFunc(want, func(s string) bool { return strings.Contains(s, "released") }); !released {
			t.Fatal("nothing is released")
		}
		storetest.Each(t, func(t *testing.T, st *store.Store) {
			got, parked := outcome(t, st, clearance.Limits{Entries: 20, Window: 1, Filter: 3}, check)
			if !parked {
				t.Error("nothing was looked up: the test shows nothing")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("check %v: decisions differ (-unbounded +bounded):\n%.4000s", check, d)
			}
		}, journal.Migration())
	}
}
