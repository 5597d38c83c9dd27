package attract_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/attract"
	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/kernel/clock"
)

// A lead counts in the year in which it first was registered (000 III(二)3).
func TestALeadCountsOnceInTheYearOfItsRegistration(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, attract.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := attract.New(d.Desk, func(_ context.Context, code string) (bool, error) { return code == "410796D001", nil })
		office := cultivationtest.Office(t.Context())
		if _, err := s.Save(cultivationtest.Enterprise(t.Context(), "410796D001"), attract.Project{Company: "某平台", Kind: "platform"}); !errors.Is(err, cultivation.ErrDenied) {
			t.Errorf("an enterprise writes: %v", err)
		}
		p, err := s.Save(office, attract.Project{Company: "某平台公司", Country: "142", Kind: "platform", Leading: true, County: "320803", NextStep: "邀请考察", NextDay: 20261210, Contact: "李经理 13800000000"})
		if err != nil {
			t.Fatal(err)
		}
		move := func(m attract.Move, want error) {
			t.Helper()
			if _, err := s.Move(office, p.ID, m); !errors.Is(err, want) {
				t.Errorf("%+v: %v, want %v", m, err, want)
			}
		}
		move(attract.Move{Stage: attract.Signed}, nil)
		move(attract.Move{Stage: attract.Registered}, attract.ErrEnterprise)
		move(attract.Move{Stage: attract.Registered, Enterprise: "410796D999"}, attract.ErrEnterprise)
		d.Time.Set(time.Date(2026, 12, 31, 23, 59, 0, 0, clock.Beijing))
		move(attract.Move{Stage: attract.Registered, Enterprise: "410796D001"}, nil)
		move(attract.Move{Stage: attract.Registered}, cultivation.ErrState)
		d.Time.Set(time.Date(2027, 1, 1, 0, 1, 0, 0, clock.Beijing))
		move(attract.Move{Stage: attract.Signed, Note: "注册资料补正"}, nil)
		move(attract.Move{Stage: attract.Registered}, nil)
		for year, want := range map[int]int{2026: 1, 2027: 0} {
			for _, county := range []string{"320803", ""} {
				if list, err := s.Attracted(t.Context(), county, year); err != nil || len(list) != want {
					t.Errorf("%d %q: %d, %v", year, county, len(list), err)
				}
			}
		}
		if list, err := s.Attracted(t.Context(), "320804", 2026); err != nil || len(list) != 0 {
			t.Errorf("another county: %v %v", list, err)
		}
		got, err := s.Project(office, p.ID)
		if err != nil || got.Contact != "李经理 13800000000" || got.Stage != attract.Registered || got.Revision != 5 {
			t.Errorf("%+v %v", got, err)
		}
		got.Revision = 2
		if _, err := s.Save(office, *got); !errors.Is(err, cultivation.ErrState) {
			t.Errorf("an old revision: %v", err)
		}
		move(attract.Move{Stage: attract.Lost}, nil)
		if list, err := s.Attracted(t.Context(), "", 2026); err != nil || len(list) != 0 {
			t.Errorf("a lost one counts: %v %v", list, err)
		}
	})
}
