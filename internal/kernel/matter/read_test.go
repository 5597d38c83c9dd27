package matter_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store/storetest"
)

func TestReadingInClearNeedsAPurposeAndIsOnRecord(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, permit)
	clerk, colleague, commerce, tax := as(t, "u1", "o1", access.Clerk), as(t, "u2", "o1", access.Clerk), as(t, "c1", "", access.Commerce), as(t, "t1", "", access.Tax)
	m := d.submitted(t, clerk)
	if _, err := d.Reveal(commerce, m.Number, " "); !slices.Equal(codes(err), []string{"purpose:purpose"}) {
		t.Fatal(err)
	}
	if got, err := d.Reveal(commerce, m.Number, "联系申请人"); err != nil || got.Form["contact"] != "张三丰" {
		t.Fatal(err)
	}
	if _, err := d.Reveal(colleague, m.Number, "看看"); !errors.Is(err, matter.ErrDenied) {
		t.Fatalf("a clerk has no right to personal data: %v", err)
	}
	if _, err := d.Reveal(tax, m.Number, "x"); !errors.Is(err, matter.ErrNotFound) {
		t.Fatal(err)
	}
	files, err := d.Documents(commerce, m.Number)
	if err != nil || len(files) != 1 {
		t.Fatal(err)
	}
	if _, data, err := d.Download(commerce, m.Number, files[0].ID); err != nil || string(data) != string(pdf) {
		t.Fatal(err)
	}
	if _, _, err := d.Download(tax, m.Number, files[0].ID); !errors.Is(err, matter.ErrNotFound) {
		t.Fatal(err)
	}
	if err := d.log.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	records, err := d.log.Of(t.Context(), "matter:"+m.Number, 100)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, r := range records {
		acts = append(acts, r.Act)
	}
	for _, want := range []string{"personal.read", "document.read", "matter.reveal"} {
		if !slices.Contains(acts, want) {
			t.Errorf("%s is not on record: %v", want, acts)
		}
	}
}

func TestListsShowEachCallerTheirOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t, migrations()...), matter.Hooks{}, permit)
	o1, o2, person := as(t, "u1", "o1", access.Clerk), as(t, "u2", "o2", access.Clerk), as(t, "p1", "", access.Consumer)
	for _, ctx := range []context.Context{o1, o2, person, o1} {
		d.submitted(t, ctx)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		f    matter.Filter
		want int
	}{
		"an enterprise": {o1, matter.Filter{}, 2}, "another": {o2, matter.Filter{}, 1}, "a consumer": {person, matter.Filter{}, 1},
		"another consumer": {as(t, "p2", "", access.Consumer), matter.Filter{}, 0}, "nobody": {t.Context(), matter.Filter{}, 0},
		"an office": {as(t, "c1", "", access.Commerce), matter.Filter{}, 4}, "an office that has no step": {as(t, "t1", "", access.Tax), matter.Filter{}, 0},
		"a later step": {as(t, "k1", "", access.Customs), matter.Filter{Workable: true}, 0}, "a page": {as(t, "c1", "", access.Commerce), matter.Filter{Before: 3}, 2},
		"by subject": {o1, matter.Filter{Subject: "C1"}, 2}, "by another's subject": {o2, matter.Filter{Subject: "C1", Before: 2}, 0},
		"an auditor": {as(t, "a1", "", access.Auditor), matter.Filter{}, 0}, "a key without the right": {access.With(t.Context(), &access.Principal{ID: "key:1", Org: "o1", Roles: []access.Role{access.Clerk}, Limit: []access.Permission{access.ParcelRead}}), matter.Filter{}, 0},
	} {
		if list, err := d.List(c.ctx, c.f); err != nil || len(list) != c.want {
			t.Errorf("%s: %d, %v, want %d", name, len(list), err, c.want)
		}
	}
}
