package conduct_test

import (
	"context"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/growth/cultivation/aeo/conduct"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// Lists count by where they stand, inspections by what they led to, in whatever
// batches they come.
func TestListsCountByWhereTheyStandAndInspectionsByWhatTheyLedTo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := conduct.New(st)
		seq := uint64(0)
		at := map[uint64]*lookup.Parcel{}
		take := func(moves ...clearance.Decision) {
			t.Helper()
			var changes []lookup.Change
			var decisions []*clearance.Decision
			for i := range moves {
				seq++
				d := &moves[i]
				d.Seq = seq
				before := at[d.Number]
				if before != nil {
					d.From = before.State
				}
				after := &lookup.Parcel{Number: d.Number, Merchant: "410796D004", State: d.To, Day: 20261122}
				if n := len(changes); n > 0 && changes[n-1].After.Number == d.Number {
					changes[n-1].After = after // a batch tells of a parcel once
				} else {
					changes = append(changes, lookup.Change{Before: before, After: after})
				}
				at[d.Number] = after
				decisions = append(decisions, d)
			}
			if err := st.Search.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return s.Take(ctx, tx, decisions, changes) }); err != nil {
				t.Fatal(err)
			}
		}
		hold := func(want conduct.Year) {
			t.Helper()
			if got, err := s.Of(t.Context(), "410796D004", 2026); err != nil || got["410796D004"] != want {
				t.Errorf("%+v, want %+v, %v", got, want, err)
			}
		}
		take(clearance.Decision{Number: 1, To: clearance.Waiting}, clearance.Decision{Number: 2, To: clearance.Refused}, clearance.Decision{Number: 3, To: clearance.Waiting})
		hold(conduct.Year{Lists: 3, Refused: 1})
		take(clearance.Decision{Number: 1, To: clearance.Inspect})
		take(clearance.Decision{Number: 1, To: clearance.Detained})
		hold(conduct.Year{Lists: 3, Refused: 1, Inspected: 1, Wrong: 1})
		take(clearance.Decision{Number: 3, To: clearance.Inspect}, clearance.Decision{Number: 3, To: clearance.Released})
		take(clearance.Decision{Number: 2, To: clearance.Waiting})
		hold(conduct.Year{Lists: 3, Inspected: 2, Wrong: 1})
		take(clearance.Decision{Number: 2, To: clearance.Expired})
		hold(conduct.Year{Lists: 3, Refused: 1, Late: 1, Inspected: 2, Wrong: 1})
		if behind, err := s.Behind(t.Context(), seq+1); err != nil || !behind {
			t.Errorf("%v %v", behind, err)
		}
		if err := st.Search.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return s.Clear(ctx, tx) }); err != nil {
			t.Fatal(err)
		}
		hold(conduct.Year{})
	}, conduct.Migrations()...)
}

func TestRatesAreRoundedUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ part, whole, want int64 }{{0, 0, 0}, {0, 7, 0}, {1, 2000, 1}, {1, 1000, 1}, {1, 999, 2}, {5, 100, 50}, {7, 7, 1000}} {
		if got := conduct.Permille(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %d, want %d", c.part, c.whole, got, c.want)
		}
	}
}
