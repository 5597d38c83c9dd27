package directory_test

import (
	"errors"
	"testing"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

func TestOnlyAClientOfRealTradeRatesOnceAYear(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s)
		e := d.listed(t, provider, "万通报关")
		const dir = "service-providers"
		if err := d.Rate(firm(t, stranger), dir, e.ID, 2026, 1, "差"); !has(err, "no-client") {
			t.Fatalf("who was no client rates: %v", err)
		}
		if err := d.Rate(firm(t, client), dir, e.ID, 2025, 5, ""); !has(err, "no-client") {
			t.Fatalf("of a year without trade: %v", err)
		}
		if err := d.Rate(firm(t, provider), dir, e.ID, 2026, 5, "自夸"); !has(err, "no-client") {
			t.Fatalf("a provider rates itself: %v", err)
		}
		if err := d.Rate(office(t), dir, e.ID, 2026, 5, ""); !errors.Is(err, directory.ErrDenied) {
			t.Fatalf("an office rates: %v", err)
		}
		for _, stars := range []int64{0, 6} {
			if err := d.Rate(firm(t, client), dir, e.ID, 2026, stars, ""); !has(err, "choice") {
				t.Errorf("%d stars: %v", stars, err)
			}
		}
		for _, stars := range []int64{2, 4} { // the second is a change of the first
			if err := d.Rate(firm(t, client), dir, e.ID, 2026, stars, "放行快"); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.Get(t.Context(), dir, e.ID)
		if d.must(t, got, err); got.Ratings != 1 || got.Stars != 4 || got.Tenths() != 40 {
			t.Errorf("%+v", got)
		}
		if n, err := d.Served(t.Context(), got, 2026); err != nil || n != 1 {
			t.Errorf("served %d (%v)", n, err)
		}
		if err := d.AnswerRating(firm(t, stranger), dir, e.ID, client, 2026, "谢谢"); !errors.Is(err, directory.ErrDenied) {
			t.Errorf("a stranger answers: %v", err)
		}
		if err := d.AnswerRating(firm(t, provider), dir, e.ID, client, 2026, "谢谢"); err != nil {
			t.Fatal(err)
		}
		list, err := d.Ratings(t.Context(), dir, e.ID, 10)
		if err != nil || len(list) != 1 || list[0].Words != "放行快" || list[0].Answer != "谢谢" {
			t.Fatal(list, err)
		}
		if err := d.HideRating(firm(t, provider), dir, e.ID, client, 2026, true, "不喜欢"); !errors.Is(err, directory.ErrDenied) {
			t.Errorf("a provider hides: %v", err)
		}
		if err := d.HideRating(office(t), dir, e.ID, client, 2026, true, ""); !has(err, "required") {
			t.Errorf("hidden without a reason: %v", err)
		}
		if err := d.HideRating(office(t), dir, e.ID, client, 2026, true, "含个人信息"); err != nil {
			t.Fatal(err)
		}
		if list, _ = d.Ratings(t.Context(), dir, e.ID, 10); len(list) != 0 {
			t.Error("a hidden rating is shown")
		}
		if list, _ = d.Ratings(firm(t, provider), dir, e.ID, 10); len(list) != 1 || list[0].WhyHidden != "含个人信息" {
			t.Error("the provider does not see why")
		}
		if got, _ = d.Get(t.Context(), dir, e.ID); got.Ratings != 0 {
			t.Error("a hidden rating counts")
		}
		if acts, _, err := d.log.List(t.Context(), audit.Filter{Act: "directory.rating.hide"}, "", 20); err != nil || len(acts) != 2 {
			t.Errorf("%d entries of the chain (%v)", len(acts), err) // the provider's try and the office's act
		}
	}, migrations()...)
}

func TestOneRatingDoesNotLeadTheList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ stars, n, tenths int64 }{{0, 0, 0}, {4, 1, 40}, {9, 2, 45}, {13, 3, 43}, {14, 3, 47}} {
		if e := (&directory.Entry{Stars: c.stars, Ratings: c.n}); e.Tenths() != c.tenths {
			t.Errorf("%d stars of %d: %d", c.stars, c.n, e.Tenths())
		}
	}
}
