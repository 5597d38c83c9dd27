package directory_test

import (
	"testing"

	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/packs"
)

func TestShippedDirectoriesAreInOrder(t *testing.T) {
	t.Parallel()
	set := rules(t)
	if faults := directory.Check(set); len(faults) > 0 {
		t.Fatal(faults)
	}
	if n := len(set.Items("directories")); n < 18 {
		t.Errorf("%d directories are shipped", n)
	}
}

func TestAPackShipsEntriesAndTakesThemBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		below, err := pack.LoadFS(packs.Files, "national")
		if err != nil {
			t.Fatal(err)
		}
		hunan, err := pack.LoadFS(packs.Files, "hunan")
		if err != nil {
			t.Fatal(err)
		}
		both, err := pack.NewSet(below, hunan)
		if err != nil {
			t.Fatal(err)
		}
		if faults := directory.Check(both); len(faults) > 0 {
			t.Fatal(faults)
		}
		q := directory.Query{Directory: "talent-catalogue"}
		for _, c := range []struct {
			set           *pack.Set
			changed, want int
		}{{d.set, 0, 0}, {both, 4, 4}, {both, 0, 4}, {rules(t), 4, 0}, {both, 4, 4}} {
			d.set = c.set
			n, err := d.Sync(t.Context())
			if err != nil || n != c.changed {
				t.Fatalf("%d changed, want %d (%v)", n, c.changed, err)
			}
			if page, err := d.List(t.Context(), q); err != nil || page.Total != c.want {
				t.Fatalf("%v, want %d (%v)", page, c.want, err)
			}
		}
		e, err := d.Get(t.Context(), "talent-catalogue", "supply-chain-management")
		if d.must(t, e, err); e.Mark != "seen" || e.Source != "湘政办发〔2023〕9号 （八）" || e.Shipped == "" {
			t.Errorf("%+v", e)
		}
		if _, err := d.Put(office(t), directory.Entering{Directory: "talent-catalogue", ID: e.ID, Revision: e.Revision, Fields: e.Fields}); !has(err, "shipped") {
			t.Errorf("a shipped entry is changed by hand: %v", err)
		}
	}, migrations()...)
}
