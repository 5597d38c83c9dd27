package directory_test

import (
	"context"
	"testing"

	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// effect runs an effect of the service for a matter of an organisation.
func (d *desk) effect(t *testing.T, name, definition, org string, form map[string]any) error {
	t.Helper()
	return d.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return d.Effects()[name](ctx, tx, &matter.Matter{Number: "PZ1", Definition: definition, Org: org, Owner: "p", Form: form}, nil)
	})
}

func TestRegistrationByMatterMakesAnEntryAndRecognitionChangesIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		form := map[string]any{"name": "牧野", "category": "outdoor", "goods": "帐篷、睡袋", "contact": "不属于名录的字段", "grade": "provincial"}
		delete(form, "grade")
		if err := d.effect(t, "directory-check", "brand-registration", "o_p", map[string]any{"name": "牧野"}); !has(err, "required") {
			t.Fatalf("an incomplete form passes: %v", err)
		}
		if err := d.effect(t, "directory-check", "brand-registration", "o_p", form); err != nil {
			t.Fatal(err)
		}
		if page, err := d.List(t.Context(), directory.Query{Directory: "brands"}); err != nil || page.Total != 0 {
			t.Fatalf("a check makes entries: %v %v", page, err)
		}
		if err := d.effect(t, "directory-enter", "brand-registration", "o_p", form); err != nil {
			t.Fatal(err)
		}
		page, err := d.List(t.Context(), directory.Query{Directory: "brands"})
		if err != nil || page.Total != 1 || page.Entries[0].Owner != provider || page.Entries[0].Matter != "PZ1" {
			t.Fatal(page, err)
		}
		id := page.Entries[0].ID
		if err := d.effect(t, "directory-check", "brand-recognition", "o_c", map[string]any{"brand": id, "grade": "municipal"}); !has(err, "entry") {
			t.Errorf("another's brand is recognised: %v", err)
		}
		if err := d.effect(t, "directory-enter", "brand-recognition", "o_p", map[string]any{"brand": id, "grade": "municipal"}); err != nil {
			t.Fatal(err)
		}
		e, err := d.Get(t.Context(), "brands", id)
		if d.must(t, e, err); e.Text("grade") != "municipal" || e.Text("recognised_on") != "2026-11-27" || e.Text("goods") != "帐篷、睡袋" {
			t.Errorf("%+v", e.Fields)
		}
		history, err := d.History(t.Context(), "brands", id)
		if err != nil || len(history) != 2 || history[1].Act != directory.Enter || history[1].Actor != "" {
			t.Errorf("%+v %v", history, err)
		}
		counts, err := d.CountBy(t.Context(), "brands", "grade", d.Today())
		if err != nil || counts["municipal"] != 1 {
			t.Errorf("%v %v", counts, err)
		}
	}, migrations()...)
}
