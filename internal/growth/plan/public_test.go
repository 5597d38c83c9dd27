package plan_test

import (
	"context"
	"fmt"
	"testing"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/clock"
)

func (r *rig) seen(ctx context.Context, id, target string) plan.Progress {
	r.t.Helper()
	list, err := r.Progress(ctx, id)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, g := range list {
		if g.Target.ID == target {
			return g
		}
	}
	r.t.Fatalf("no target %s", target)
	return plan.Progress{}
}

// TestFewEnterprises: a sum or count of the zone that is made of one or two
// enterprises is withheld from whoever sees no single figures, with all from which
// it could be told; of three it is public. One that brings nothing does not count.
func TestFewEnterprises(t *testing.T) {
	each(t, "huaian", func(t *testing.T, r *rig) {
		r.file("320896D300", "320803", 20240101)
		r.evidence(fact.Enterprise, "320896D300", "transactions_year", 2026, "0.00")
		for n := 1; n <= 3; n++ {
			code := fmt.Sprintf("320896D30%d", n)
			r.file(code, "320803", 20240101)
			r.evidence(fact.Enterprise, code, "transactions_year", 2026, "100.00")
			r.evidence(fact.Enterprise, code, "import_export_year", 2026, "200000000.00")
			r.later()
			if _, err := r.Record(t.Context()); err != nil {
				t.Fatal(err)
			}
			for target, have := range map[string]string{"transactions": fmt.Sprintf("%d00.00", n), "over-100m": fmt.Sprint(n)} {
				full := r.seen(r.office(), "huaian-2024", target)
				if full.Withheld || full.Have.String() != have || full.State != plan.Behind {
					t.Errorf("%d: an office sees of %s %+v", n, target, full)
				}
				for who, ctx := range map[string]context.Context{"a visitor": r.visitor(), "an enterprise": r.firm("320896D301")} {
					g := r.seen(ctx, "huaian-2024", target)
					if n < fact.Fewest && (!g.Withheld || !g.Have.IsZero() || !g.Short.IsZero() || g.State != plan.Withheld || g.Why != plan.FewWords || g.Permille() != 0 || len(g.Origins) > 0 || g.Open != "") {
						t.Errorf("%d: %s sees of %s %+v", n, who, target, g)
					}
					if n >= fact.Fewest && (g.Withheld || g.Have.String() != have) {
						t.Errorf("%d: %s does not see %s: %+v", n, who, target, g)
					}
				}
				points, err := r.Course(r.visitor(), "huaian-2024", target)
				if err != nil || len(points) != 1 || points[0].Withheld != (n < fact.Fewest) || points[0].Have.IsZero() != points[0].Withheld {
					t.Errorf("%d: the months of %s: %+v %v", n, target, points, err)
				}
			}
		}
	})
}

// TestFewEnterprisesOfACounty: what a county is scored on is withheld below three
// enterprises; points and rank stay.
func TestFewEnterprisesOfACounty(t *testing.T) {
	each(t, "huaian", func(t *testing.T, r *rig) {
		for n, code := range []string{"320896D401", "320896D402", "320896D403", "320896D411", "320896D412"} {
			county := "320803"
			if n > 2 {
				county = "320804"
			}
			r.file(code, county, 20240101)
			r.evidence(fact.Enterprise, code, "import_export_year", 2026, "100.00")
			r.evidence(fact.Enterprise, code, "import_export_year", 2025, "50.00")
		}
		a, err := r.Score(r.office(), plan.Start{Card: "county-assessment", Year: 2026, Plan: "huaian-2024"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Review(r.second(), a.ID, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Publish(r.office(), a.ID, 2, clock.Day(20261220)); err != nil {
			t.Fatal(err)
		}
		full, err := r.Results(r.office(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		points := map[string]int64{}
		for i := range full {
			points[full[i].Place.ID] = full[i].Points
			if len(full[i].Withheld) > 0 || len(full[i].Figures) == 0 {
				t.Errorf("an office sees less: %+v", full[i])
			}
		}
		list, err := r.Results(r.visitor(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			g := &list[i]
			want := points[g.Place.ID]
			if g.Place.ID == "320804" { // to the nearest five points
				want = (want + 2500) / 5000 * 5000
			}
			if g.Points != want || g.Score.Points != want || len(g.Figures) > 0 {
				t.Errorf("%s: %d points, figures %v", g.Place.ID, g.Points, g.Figures)
			}
			if few := g.Place.ID == "320804"; few != (len(g.Withheld) > 0) {
				t.Errorf("%s: withheld %v", g.Place.ID, g.Withheld)
			}
			if len(g.Withheld) > 0 && len(g.Withheld) != len(g.Score.Lines) {
				t.Errorf("%s: what is withheld is the points less the other lines: %v", g.Place.ID, g.Withheld)
			}
			for _, l := range g.Score.Lines {
				if g.Withholds(l.ID) && (!l.Have.IsZero() || l.Working != "" || l.Points != 0) {
					t.Errorf("%s %s shows %+v", g.Place.ID, l.ID, l)
				}
			}
		}
	})
}
