package lookup_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// Receipts from the newest on are those that a walk through all decisions finds,
// once each, page by page, for the zone and for one's own enterprises.
func TestRecentReceipts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := coretest.Stream{Parcels: 1200, PerDay: 500}
		x := lookup.New(lookup.Config{Store: st, Core: s, Clock: clock.NewFixed(coretest.Day.Time()), Batch: 300})
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		day := coretest.Day
		for name, f := range map[string]lookup.ReceiptFilter{
			"all":                 {Within: lookup.Everything()},
			"refused":             {Within: lookup.Everything(), Statuses: []int32{100}},
			"one kind":            {Within: lookup.Everything(), Kind: 604, From: day.AddDays(1), To: day.AddDays(1)},
			"own":                 {Within: lookup.Only("410798A003")},
			"of several":          {Within: lookup.Only("410798A003", "410796C001", "410796P002"), From: day, To: day.AddDays(1)},
			"a rare one's":        {Within: lookup.Only("410798A003", coretest.Payer), Statuses: []int32{501, 100}},
			"one of several":      {Within: lookup.Only("410798A003", coretest.Payer), Party: coretest.Payer},
			"by number":           {Within: lookup.Everything(), Number: coretest.OrderNo(777)},
			"by another's number": {Within: lookup.Only("nobody"), Number: coretest.OrderNo(777)},
			"another's":           {Within: lookup.Only("410798A003"), Party: coretest.Payer},
			"nobody's":            {},
			"no day":              {Within: lookup.Everything(), From: day.AddDays(9)},
		} {
			var want []string
			if err := s.Each(t.Context(), 1, func(d *clearance.Decision) error {
				at := clock.DayOf(clock.FromMicros(d.At))
				for _, n := range d.Nodes() {
					seen := f.Within.All || slices.Contains(f.Within.Parties, n.To)
					if seen && (f.Party == "" || n.To == f.Party) && (f.Kind == 0 || n.Kind == f.Kind) && (len(f.Statuses) == 0 || slices.Contains(f.Statuses, n.Status)) &&
						(f.From == 0 || at >= f.From) && (f.To == 0 || at <= f.To) && (f.Number == "" || (d.Seq-1)/6+1 == 777 || d.Number == 777) {
						want = append(want, fmt.Sprint(n.Seq, ".", n.Index))
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			slices.Reverse(want)
			var got []string
			for before, pages := (lookup.Cursor{}), 0; pages < 1000; pages++ {
				list, next, err := x.RecentReceipts(t.Context(), f, before, 57)
				if err != nil {
					t.Fatal(name, err)
				}
				for _, r := range list {
					got = append(got, fmt.Sprint(r.Seq, ".", r.Index))
				}
				if before = next; next == (lookup.Cursor{}) {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %d receipts, want %d", name, len(got), len(want))
			}
			if empty := name == "nobody's" || name == "another's" || name == "no day" || name == "by another's number"; (len(want) == 0) != empty {
				t.Errorf("%s: the test has %d", name, len(want))
			}
		}
		list, _, err := x.RecentReceipts(t.Context(), lookup.ReceiptFilter{Within: lookup.Only(coretest.Payer)}, lookup.Cursor{}, 1)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if r, err := x.ReceiptAt(t.Context(), lookup.Only(coretest.Payer), list[0].Cursor()); err != nil || r.Fields[0] != list[0].Fields[0] {
			t.Errorf("%+v, %v", r, err)
		}
		if _, err := x.ReceiptAt(t.Context(), lookup.Only("410798A003"), list[0].Cursor()); !errors.Is(err, lookup.ErrNotFound) {
			t.Errorf("another's receipt: %v", err)
		}
	}, lookup.Migrations()...)
}
