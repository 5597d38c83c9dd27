package plan_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

func packOf(t *testing.T, plans string) *pack.Pack {
	t.Helper()
	head := `format: 2
name: aa
title: {zh: 甲, en: aa}
version: "2026.1"
parents: [national]
description: {zh: 试, en: test}
sources:
  - {id: design, document: 平台设定, read: 平台默认值}
`
	p, err := pack.LoadFS(fstest.MapFS{"aa/pack.yaml": {Data: []byte(head)}, "aa/plans/plan.yaml": {Data: []byte(plans)}}, "aa")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestAssessment: counties are scored by the card on their figures, reviewed by
// another person, published with a time for objections, scored anew after one was
// upheld, made final, and share a fund.
func TestAssessment(t *testing.T) {
	each(t, "huaian", func(t *testing.T, r *rig) {
		r.file("320896D301", "320803", 20260201)
		r.file("320896D302", "320804", 20260201)
		r.evidence(fact.Enterprise, "320896D301", "import_export_year", 2026, "1000000000.00")
		r.evidence(fact.Enterprise, "320896D302", "import_export_year", 2026, "500000000.00")
		in := plan.Start{Card: "county-assessment", Year: 2026, Plan: "huaian-2024"}
		if _, err := r.Score(r.taxman(), in); !errors.Is(err, plan.ErrDenied) {
			t.Fatal(err)
		}
		a, err := r.Score(r.office(), in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Score(r.office(), in); !errors.Is(err, plan.ErrTaken) {
			t.Error("the year is assessed twice:", err)
		}
		list, err := r.Results(r.office(), a.ID)
		if err != nil || len(list) != 8 {
			t.Fatal(len(list), err)
		}
		// 30 for a billion and 15 × 1/25 for one new entity; half of the 30; the rest
		// has no figures
		if list[0].Place.ID != "320803" || list[0].Points != 30_600 || list[1].Points != 15_600 || list[2].Points != 0 || list[2].Rank != 3 || list[7].Rank != 3 {
			t.Errorf("%+v", list)
		}
		if f := list[0].Figures["import_export_year"]; f.Value.String() != "1000000000.00" || len(f.Origins) == 0 {
			t.Errorf("the figures are not kept: %+v", f)
		}
		if _, err := r.Results(r.visitor(), a.ID); !errors.Is(err, plan.ErrNotFound) {
			t.Error("a visitor sees results that are not published:", err)
		}
		if _, err := r.Review(r.office(), a.ID, a.Revision); !errors.Is(err, plan.ErrSame) {
			t.Error(err)
		}
		if a, err = r.Review(r.second(), a.ID, a.Revision); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Publish(r.second(), a.ID, a.Revision-1, 20261210); !errors.Is(err, plan.ErrStale) {
			t.Error(err)
		}
		if _, err := r.Publish(r.second(), a.ID, a.Revision, 20261128); err == nil {
			t.Error("one day is no time for objections")
		}
		if a, err = r.Publish(r.second(), a.ID, a.Revision, 20261210); err != nil {
			t.Fatal(err)
		}
		if list, err := r.Results(r.visitor(), a.ID); err != nil || len(list) != 8 {
			t.Error("published results are public:", err)
		}
		objected(t, r, a)
	})
}

// objected goes on from a published assessment to the fund.
func objected(t *testing.T, r *rig, a *plan.Assessment) {
	if err := r.Object(r.visitor(), a.ID, "320804", "进出口额少计"); !errors.Is(err, plan.ErrDenied) {
		t.Error(err)
	}
	if err := r.Object(r.taxman(), a.ID, "320804", "进出口额少计"); err != nil {
		t.Fatal(err)
	}
	a, err := r.Assessment(r.office(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Set(now.AddDate(0, 1, 0))
	if _, err := r.Close(r.office(), a.ID, a.Revision); !errors.Is(err, plan.ErrOpen) {
		t.Error("it is final with an open objection:", err)
	}
	if a, err = r.Answer(r.office(), a.ID, a.Revision, 1, true, "经核对属实"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Close(r.office(), a.ID, a.Revision); !errors.Is(err, plan.ErrOpen) {
		t.Error("it is final though an upheld objection waits for a new score:", err)
	}
	r.evidence(fact.Enterprise, "320896D302", "import_export_year", 2026, "900000000.00")
	if list, err := r.Results(r.office(), a.ID); err != nil || list[1].Points != 15_600 {
		t.Error("a result moved with the figures:", err)
	}
	if a, err = r.Rescore(r.office(), a.ID, a.Revision, "异议成立，重新评分"); err != nil {
		t.Fatal(err)
	}
	list, err := r.Results(r.office(), a.ID)
	if err != nil || list[1].Points != 27_600 || a.State != plan.Scored {
		t.Fatalf("%+v %v", list[1], err)
	}
	if _, err := r.Allocate(r.office(), a.ID, a.Revision, 100, 0); !errors.Is(err, plan.ErrState) {
		t.Error("money goes by results that nobody reviewed:", err)
	}
	for _, step := range []func() error{
		func() error { a, err = r.Review(r.second(), a.ID, a.Revision); return err },
		func() error { a, err = r.Publish(r.second(), a.ID, a.Revision, 20270105); return err },
		func() error {
			r.clock.Set(now.AddDate(0, 2, 0))
			a, err = r.Close(r.second(), a.ID, a.Revision)
			return err
		},
		func() error { a, err = r.Allocate(r.office(), a.ID, a.Revision, 100_000_001, 50); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Allocate(r.office(), a.ID, a.Revision, 5, 0); !errors.Is(err, plan.ErrState) {
		t.Error("a fund is shared twice:", err)
	}
	list, _ = r.Results(r.visitor(), a.ID)
	sum := money.Fen(0)
	for _, one := range list {
		if sum += one.Share; one.Share < 5_000_000 {
			t.Errorf("%s gets %s", one.Place.ID, one.Share)
		}
	}
	if sum != 100_000_001 || list[0].Share <= list[1].Share || list[1].Share <= list[2].Share {
		t.Errorf("shares sum to %s", sum)
	}
	if acts, err := r.Acts(r.office(), a.ID); err != nil || len(acts) != 10 {
		t.Errorf("%d acts, %v", len(acts), err)
	}
}

// TestTargetsMet: the share of the targets due that were met feeds the evaluation
// of the zone (RULES H4); what nobody knows is not counted.
func TestTargetsMet(t *testing.T) {
	each(t, "xinxiang", func(t *testing.T, r *rig) {
		r.evidence(fact.Place, "xinxiang", "enterprises_cultivated_year", 2026, "101")
		r.evidence(fact.Place, "xinxiang", "mechanism_built", 0, "true")
		a, err := r.Score(r.office(), plan.Start{Card: "zone-evaluation", Year: 2026, Plan: "xinxiang-2025"})
		if err != nil {
			t.Fatal(err)
		}
		list, err := r.Results(r.office(), a.ID)
		if err != nil || len(list) != 1 || list[0].Points != 30_000 || list[0].Score.Grade != "starting" {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// TestShares: the parts of a fund sum to it, to the fen, each has its least share,
// and more points never get less.
func TestShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fund := money.Fen(rapid.Int64Range(1, 1e14).Draw(t, "fund"))
		points := rapid.SliceOfN(rapid.Int64Range(0, 100_000), 1, 20).Draw(t, "points")
		floor := rapid.Int64Range(0, 1000/int64(len(points))).Draw(t, "floor")
		parts, err := plan.Shares(fund, floor, points)
		if err != nil {
			t.Fatal(err)
		}
		sum := money.Fen(0)
		for i, p := range parts {
			if sum += p; p < fund*money.Fen(floor)/1000 {
				t.Fatalf("%d gets %s", i, p)
			}
			for j, q := range parts {
				if points[i] > points[j] && p < q-1 {
					t.Fatalf("%d points get %s, %d get %s", points[i], p, points[j], q)
				}
			}
		}
		if sum != fund {
			t.Fatalf("%s of %s", sum, fund)
		}
	})
	for _, bad := range []struct {
		fund   money.Fen
		floor  int64
		points []int64
	}{{0, 0, []int64{1}}, {-1, 0, []int64{1}}, {100, 501, []int64{1, 1}}, {100, -1, []int64{1}}, {100, 0, nil}} {
		if _, err := plan.Shares(bad.fund, bad.floor, bad.points); err == nil {
			t.Errorf("%+v is shared", bad)
		}
	}
}
