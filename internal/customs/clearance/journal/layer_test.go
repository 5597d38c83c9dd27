package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/store"
)

func TestLayers(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		page := func(n byte, size int) journal.Page {
			return journal.Page{First: [16]byte{n}, Data: bytes.Repeat([]byte{n}, size)}
		}
		big := []journal.Page{page(10, 3<<20), page(20, 5), page(30, 3<<20), page(40, 1<<20), page(50, 1<<20)}
		if err := j.SaveLayer(t.Context(), 1, []journal.Page{page(10, 1), page(11, 1)}); err != nil {
			t.Fatal(err)
		}
		for _, layer := range []uint64{1, 2, 3} { // layer 1 is replaced
			if err := j.SaveLayer(t.Context(), layer, big); err != nil {
				t.Fatal(err)
			}
		}
		for key, want := range map[byte]int{9: -1, 10: 0, 11: 0, 19: 0, 20: 1, 45: 3, 50: 4, 255: 4} {
			got, err := j.FindPage(t.Context(), 1, [16]byte{key})
			if err != nil || (want < 0) != (got == nil) || (want >= 0 && !bytes.Equal(got, big[want].Data)) {
				t.Errorf("page of key %d: %d bytes, %v", key, len(got), err)
			}
		}
		var got []journal.Page
		for p, err := range j.LayerPages(t.Context(), 2) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p)
		}
		if d := cmp.Diff(big, got, emptyIsNil); d != "" {
			t.Error(d)
		}
		if err := j.DropLayers(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		if layers, err := j.Layers(t.Context()); err != nil || fmt.Sprint(layers) != "[3]" {
			t.Errorf("layers %v, %v", layers, err)
		}
		if _, err := j.FindPage(t.Context(), 2, [16]byte{10}); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("dropped layer: %v, want not found", err)
		}
		if n := count(t, s, `select count(*) from layer_pages`); n != 5 {
			t.Errorf("%d pages are left, want 5", n)
		}
		if err := j.SaveLayer(t.Context(), 4, []journal.Page{page(2, 1), page(1, 1)}); err == nil {
			t.Error("pages out of order were taken")
		}
	})
}

func TestSnapshotIsReplacedWhole(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		if input, parts, err := j.LoadSnapshot(t.Context()); err != nil || parts != nil || input != 0 {
			t.Fatalf("snapshot of an empty journal: %d, %v, %v", input, parts, err)
		}
		m := newMaker(journal.State{})
		last := commit(t, j, m, 2)[1].LastInput
		if err := j.SaveSnapshot(t.Context(), last+1, map[string][]byte{"keys": {1}}); err == nil {
			t.Error("a snapshot of an input that is not committed was taken")
		}
		for i, size := range []int{5, 5<<20 + 1} {
			want := map[string][]byte{"keys": m.bytes(size), "empty": {}, "accounts": m.bytes(100)}
			if err := j.SaveSnapshot(t.Context(), last-1+uint64(i), want); err != nil {
				t.Fatal(err)
			}
			input, parts, err := j.LoadSnapshot(t.Context())
			if err != nil || input != last-1+uint64(i) || !cmp.Equal(parts, want, emptyIsNil) {
				t.Fatalf("snapshot %d: input %d, %d parts, %v", i, input, len(parts), err)
			}
		}
		if n := count(t, s, `select count(*) from snapshot_chunks`); n != 7 { // 6 of the large part, 1 of accounts
			t.Errorf("%d chunks are left, want 7", n)
		}
		change(t, s, `update snapshot_chunks set data = (select data from snapshot_chunks where name = 'accounts') where name = 'keys' and number = 1`)
		if _, _, err := j.LoadSnapshot(t.Context()); !errors.Is(err, journal.ErrDamaged) {
			t.Errorf("damaged snapshot: %v, want ErrDamaged", err)
		}
	})
}
