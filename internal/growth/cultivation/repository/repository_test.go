package repository_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/growth/cultivation/figures"
	"pilotzone/internal/growth/cultivation/repository"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// book is figures of one fact for tests.
type book struct {
	fact   string
	values map[string]money.Fen
}

func (b book) FiguresIn(_ context.Context, who fact.Subject, _ int) (fact.Figures, error) {
	out := fact.Figures{}
	if v, ok := b.values[who.ID]; ok {
		out.Add(b.fact, fact.Origin{Here: true, Value: rule.Fen(v)})
	}
	return out, nil
}

func (b book) FiguresOf(ctx context.Context, year int) (map[string]fact.Figures, error) {
	out := map[string]fact.Figures{}
	for code := range b.values {
		out[code], _ = b.FiguresIn(ctx, fact.Subject{Kind: fact.Enterprise, ID: code}, year)
	}
	return out, nil
}

func (b book) Env(set *pack.Set) (*rule.Env, error) {
	compiled, err := fact.Compile(set)
	if err != nil {
		return nil, err
	}
	return compiled.Env, nil
}

func open(d *cultivationtest.Desk, name string, values map[string]money.Fen) *repository.Service {
	return repository.New(d.Desk, repository.Config{Score: figures.NewBulkScorer(book{name, values}, d.Rules, d.Time),
		Officer: func(_ context.Context, account string) (string, bool) { return "王科长", account == "u-office" }})
}

// Tiers just under, at and over each bound, by the calibre that the zone names:
// import-export in Huai'an (000 III(二)4), turnover in Hunan (001 (1)).
func TestTiersAtTheirBounds(t *testing.T) {
	t.Parallel()
	for zone, name := range map[string]string{"huaian": "import_export_year", "hunan": "turnover_year"} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			cultivationtest.Each(t, repository.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
				values := map[string]money.Fen{"a": 100_000_000_000, "b": 99_999_999_999, "c": 10_000_000_000, "d": 9_999_999_999, "e": 1_000_000_000, "f": 999_999_999, "g": 0}
				s := open(d, name, values)
				if err := s.Month(t.Context()); err != nil {
					t.Fatal(err)
				}
				list, err := s.Entries(cultivationtest.Office(t.Context()), repository.Query{})
				if err != nil || len(list) != 7 {
					t.Fatal(len(list), err)
				}
				want := map[string]string{"a": "leading", "b": "backbone", "c": "backbone", "d": "growing", "e": "growing", "f": "new", "g": "new"}
				for _, e := range list {
					if e.Tier != want[e.Code] || e.Score == nil || e.Score.Mark != "inference" || len(e.Score.Lines) != 1 {
						t.Errorf("%s: %s %+v", e.Code, e.Tier, e.Score)
					}
				}
				shares, err := s.Shares(cultivationtest.Office(t.Context()))
				if err != nil || len(shares) != 4 || shares[0] != (repository.Share{Tier: "leading", Count: 1}) {
					t.Errorf("%+v %v", shares, err)
				}
			}, zone)
		})
	}
}

// A tier is computed once a month, and each change is kept with its working.
func TestTiersAreComputedMonthlyWithHistory(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, repository.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		values := map[string]money.Fen{"410796D001": 5_000_000_000}
		s := open(d, "import_export_year", values)
		own := cultivationtest.Enterprise(t.Context(), "410796D001")
		tier := func(want string) {
			t.Helper()
			if err := s.Month(t.Context()); err != nil {
				t.Fatal(err)
			}
			if e, err := s.Entry(own, "410796D001"); err != nil || e.Tier != want {
				t.Errorf("%+v %v, want %s", e, err, want)
			}
		}
		tier("growing")
		values["410796D001"] = 20_000_000_000
		tier("growing") // this month it was computed already
		d.Time.Set(time.Date(2026, 12, 1, 0, 0, 1, 0, clock.Beijing))
		tier("backbone")
		past, err := s.Tiers(own, "410796D001")
		if err != nil || len(past) != 2 || past[0].Tier != "backbone" || past[1].Tier != "growing" || past[1].Score.Lines[0].Have == past[0].Score.Lines[0].Have {
			t.Errorf("%+v %v", past, err)
		}
		d.Time.Set(time.Date(2027, 1, 2, 0, 0, 0, 0, clock.Beijing))
		tier("backbone")
		if e, err := s.Entry(own, "410796D001"); err != nil || e.Year != 2026 {
			t.Errorf("in January the figures of the year before count: %+v %v", e, err)
		}
	})
}

func TestOfficersVisitsAndStatus(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, repository.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := open(d, "import_export_year", map[string]money.Fen{"410796D001": 1, "410796D002": 1})
		if _, err := s.Compute(t.Context()); err != nil {
			t.Fatal(err)
		}
		office, own, other := cultivationtest.Office(t.Context()), cultivationtest.Enterprise(t.Context(), "410796D001"), cultivationtest.Enterprise(t.Context(), "410796D002")
		if err := s.Assign(own, "410796D001", "u-office"); !errors.Is(err, cultivation.ErrDenied) {
			t.Errorf("an enterprise assigns: %v", err)
		}
		if err := s.Assign(office, "410796D001", "u-nobody"); err == nil {
			t.Error("somebody unknown is put in charge")
		}
		for _, err := range []error{s.Assign(office, "410796D001", "u-office"), s.Mark(office, "410796D001", true),
			s.Visited(office, "410796D001", repository.Visit{Day: 20261126, Kind: "visit", Note: "反映退税慢", NextDay: 20261210}),
			s.Reach(office, "410796D001", repository.Milestone{Kind: "high-tech", Stage: "applied", Day: 20261120})} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if list, err := s.Entries(office, repository.Query{Officer: "u-office", Key: true}); err != nil || len(list) != 1 || list[0].Name != "王科长" {
			t.Errorf("%+v %v", list, err)
		}
		if list, err := s.Entries(office, repository.Query{Officer: "-"}); err != nil || len(list) != 1 {
			t.Errorf("%+v %v", list, err)
		}
		if visits, err := s.Visits(own, "410796D001"); err != nil || len(visits) != 1 || visits[0].Note != "" {
			t.Errorf("the enterprise reads the officers' notes: %+v %v", visits, err)
		}
		if visits, err := s.Visits(office, "410796D001"); err != nil || visits[0].Note != "反映退税慢" {
			t.Errorf("%+v %v", visits, err)
		}
		if _, err := s.Entry(other, "410796D001"); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another reads it: %v", err)
		}
		if list, err := s.Milestones(own, "410796D001"); err != nil || len(list) != 1 {
			t.Errorf("%+v %v", list, err)
		}
	})
}
