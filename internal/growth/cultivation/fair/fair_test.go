package fair_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/growth/cultivation/fair"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
)

// points are the points of the enterprises of the tests.
var points = map[string]int64{"410796D001": 90000, "410796D002": 70000, "410796D003": 70000, "410796D004": 10000, "410796D005": 95000}

func score(_ context.Context, card, enterprise string, _ int) (*cultivation.Score, error) {
	return &cultivation.Score{Card: card, Points: points[enterprise], Of: 100000}, nil
}

func each(t *testing.T, f func(t *testing.T, d *cultivationtest.Desk, s *fair.Service, book *ledger.Ledger)) {
	cultivationtest.Each(t, fair.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		book := ledger.New(d.Store.Services, d.Time)
		f(t, d, fair.New(d.Desk, fair.Config{Ledger: book, Score: score}), book)
	})
}

func canton(booths int64) fair.Fair {
	return fair.Fair{Title: "广交会春季展", Place: "广州", Starts: 20270415, Ends: 20270419, Opens: 20261120, Closes: 20261210, Card: "fair-booths", Categories: []fair.Category{{ID: "linen", Title: "家居用品", Booths: booths, Fee: 2_000_000}, {ID: "tools", Title: "五金工具", Booths: 1, Fee: 2_000_000}}}
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 9, 0, 0, 0, clock.Beijing) }

// Points first, then the earlier application (000 III(二)6; ties are a setting).
func TestBoothsGoByPointsThenByTheEarlierApplication(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *cultivationtest.Desk, s *fair.Service, book *ledger.Ledger) {
		office := cultivationtest.Office(t.Context())
		as := func(code string) context.Context { return cultivationtest.Enterprise(t.Context(), code) }
		if _, err := s.Open(as("410796D001"), canton(3)); !errors.Is(err, cultivation.ErrDenied) {
			t.Errorf("an enterprise opens it: %v", err)
		}
		f, err := s.Open(office, canton(3))
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]int64{}
		for _, v := range []struct {
			code   string
			booths int64
		}{{"410796D003", 1}, {"410796D004", 1}, {"410796D002", 1}, {"410796D001", 2}} {
			a, err := s.Apply(as(v.code), f.ID, fair.Ask{Category: "linen", Booths: v.booths, Goods: "酒店布草"})
			if err != nil {
				t.Fatal(err)
			}
			ids[v.code] = a.ID
			d.Time.Advance(time.Minute)
		}
		if _, err := s.Apply(as("410796D001"), f.ID, fair.Ask{Category: "linen", Booths: 1, Goods: "布草"}); !errors.Is(err, fair.ErrTwice) {
			t.Errorf("twice: %v", err)
		}
		if err := s.Allocate(office, f.ID); !errors.Is(err, fair.ErrEarly) {
			t.Errorf("before the end: %v", err)
		}
		d.Time.Set(day(2026, 12, 11))
		if _, err := s.Apply(as("410796D005"), f.ID, fair.Ask{Category: "linen", Booths: 1, Goods: "布草"}); !errors.Is(err, fair.ErrClosed) {
			t.Errorf("too late: %v", err)
		}
		if err := s.Allocate(office, f.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Allocate(office, f.ID); !errors.Is(err, cultivation.ErrState) {
			t.Errorf("allocated anew: %v", err)
		}
		hold := func(want map[string]fair.Standing) {
			t.Helper()
			list, err := s.Applications(office, f.ID)
			if err != nil {
				t.Fatal(err)
			}
			given := int64(0)
			for _, a := range list {
				given += a.Given
				if a.State != want[a.Enterprise] {
					t.Errorf("%s is %s, rank %d", a.Enterprise, a.State, a.Rank)
				}
			}
			if account, err := book.Balance(t.Context(), fmt.Sprintf("fair/%d/linen/given", f.ID)); err != nil || account.Balance != given {
				t.Errorf("the account says %d, the applications %d, %v", account.Balance, given, err)
			}
		}
		hold(map[string]fair.Standing{"410796D001": fair.Given, "410796D003": fair.Given, "410796D002": fair.Waiting, "410796D004": fair.Waiting})
		if list, err := s.Applications(as("410796D004"), f.ID); err != nil || len(list) != 4 || list[0].Score != nil || list[3].Score == nil {
			t.Errorf("what others see of a published result: %+v %v", list, err)
		}
		if _, err := s.Application(as("410796D004"), ids["410796D001"]); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another's: %v", err)
		}
		if err := s.Withdraw(as("410796D001"), ids["410796D001"]); err != nil {
			t.Fatal(err)
		}
		hold(map[string]fair.Standing{"410796D001": fair.Withdrawn, "410796D003": fair.Given, "410796D002": fair.Given, "410796D004": fair.Given})
		if got, want := d.Rang(t, "code:410796D004"), fmt.Sprintf("/fairs/applications/%d ", ids["410796D004"]); len(got) != 1 || !strings.HasPrefix(got[0], want) || !strings.Contains(got[0], "候补已递补，分得摊位 1 个") {
			t.Errorf("who moved up hears %v", got)
		}
		if got := d.Rang(t, "code:410796D003"); got != nil {
			t.Errorf("who did not wait hears %v", got)
		}
		d.Time.Set(day(2027, 4, 15))
		if err := s.Attendance(office, ids["410796D002"], true, 2_000_001); err == nil {
			t.Error("a fee above that of the booth")
		}
		if err := s.Attendance(office, ids["410796D002"], true, 1_500_000); err != nil {
			t.Fatal(err)
		}
		if fees, err := s.Fees(t.Context(), "410796D002", 2027); err != nil || len(fees) != 1 || fees[0].Fee != money.Fen(1_500_000) {
			t.Errorf("%+v %v", fees, err)
		}
	})
}

// However many withdraw at the same time, booths given never exceed what there is.
func TestBoothsAreNeverExceededInParallel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *cultivationtest.Desk, s *fair.Service, book *ledger.Ledger) {
		office := cultivationtest.Office(t.Context())
		f, err := s.Open(office, canton(7))
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]int64, 12)
		as := func(k int) context.Context {
			return access.With(t.Context(), access.Of(cultivationtest.Enterprise(t.Context(), fmt.Sprintf("410796E0%02d", k))))
		}
		for k := range ids {
			a, err := s.Apply(as(k), f.ID, fair.Ask{Category: "linen", Booths: int64(1 + k%3), Goods: "布草"})
			if err != nil {
				t.Fatal(err)
			}
			ids[k] = a.ID
		}
		d.Time.Set(day(2026, 12, 11))
		if err := s.Allocate(office, f.ID); err != nil {
			t.Fatal(err)
		}
		var work sync.WaitGroup
		for k := range 6 {
			work.Go(func() {
				if err := s.Withdraw(as(k), ids[k]); err != nil {
					t.Error(err)
				}
			})
		}
		work.Wait()
		list, err := s.Applications(office, f.ID)
		if err != nil {
			t.Fatal(err)
		}
		given, waiting := int64(0), 0
		for _, a := range list {
			given += a.Given
			if a.State == fair.Waiting {
				waiting++
			}
		}
		account, err := book.Balance(t.Context(), fmt.Sprintf("fair/%d/linen/given", f.ID))
		if err != nil || account.Balance != given || given > 7 || given < 5 {
			t.Errorf("%d given, the account says %d, %d wait, %v", given, account.Balance, waiting, err)
		}
	})
}
