package lookup_test

import (
	"context"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// A store whose index is of an older form builds it anew from the first decision.
func TestOlderIndexIsBuiltAnew(t *testing.T) {
	t.Parallel()
	first, err := fs.ReadFile(os.DirFS("migrations"), "0001_lookup.sql")
	if err != nil {
		t.Fatal(err)
	}
	older := store.Migration{File: store.Search, Owner: "lookup", FS: fstest.MapFS{"0001_lookup.sql": {Data: first}}}
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := coretest.Stream{Parcels: 40}
		err := st.Search.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for _, q := range []string{`insert into parties (party, number) values ('410796M000', 1)`, `insert into days (day, first, last) values (20261122, 1, 40)`,
				`insert into feed_cursors (consumer, stream, seq, at) values ('lookup', 'decisions', 240, 0)`} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Migrate(t.Context(), lookup.Migrations()...); err != nil {
			t.Fatal(err)
		}
		x := lookup.New(lookup.Config{Store: st, Core: s, Clock: clock.NewFixed(coretest.Day.Time())})
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if total, err := x.Count(t.Context(), lookup.Filter{Within: lookup.Everything()}); err != nil || total.N != 40 {
			t.Errorf("%v, %v", total, err)
		}
	}, feed.Cursors(store.Search), older)
}
