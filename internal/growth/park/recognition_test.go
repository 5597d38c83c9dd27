package park_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// model is a park of the operator that meets all of Hunan's conditions but those
// that evidence is given for: enterprises tenants and its area held against papers.
func (r *rig) model(id string, tenants int, area int64) {
	r.t.Helper()
	p := r.open(park.Place{ID: id, Kind: park.Park, Org: "po", Area: area, OneStop: true, Facilities: []string{"office"}, Services: []string{"clearance"}})
	if _, err := r.Review(r.office(), id, p.Revision, "不动产权证书"); err != nil {
		r.t.Fatal(err)
	}
	for n := range tenants {
		r.join(id, code(n), 20260101, 0, n == 0)
	}
}

// Hunan （五）: every threshold of a provincial park just under, at and just over,
// and both branches of the "or".
func TestAProvincialParkMeetsEveryCondition(t *testing.T) {
	each(t, "hunan", 1, func(t *testing.T, r *rig) {
		for n := range 21 {
			r.file(code(n))
		}
		for n, c := range []struct {
			area            int64
			tenants         int
			turnover, trade string
			holds           rule.Tri
			short           string
		}{
			{3999, 20, "2000000000.00", "", rule.No, "1"},
			{4000, 20, "2000000000.00", "", rule.Yes, ""},
			{4001, 21, "2000000000.01", "", rule.Yes, ""},
			{4000, 19, "2000000000.00", "", rule.No, "1"},
			{4000, 20, "1999999999.99", "499999999.99", rule.No, "0.01"},
			{4000, 20, "1999999999.99", "500000000.00", rule.Yes, ""},
			{4000, 20, "", "500000000.01", rule.Yes, ""},
		} {
			id := fmt.Sprint("park-", n)
			r.model(id, c.tenants, c.area)
			for name, value := range map[string]string{"turnover_year": c.turnover, "import_export_year": c.trade} {
				if value == "" {
					value = "0.00"
				}
				r.evidence(fact.Subject{Kind: fact.Enterprise, ID: code(0)}, name, 2026, value)
			}
			far, err := r.HowFar(r.operator(), id, "hunan-park", 2026)
			if err != nil || far.Holds != c.holds || shortBy(far) != c.short {
				t.Errorf("%+v: %v short by %q, %v", c, far.Holds, shortBy(far), err)
			}
			for _, m := range mustMembers(t, r, id) { // the next park has the same tenants
				if _, err := r.Leave(r.office(), m.Number, m.Revision, 20261231, "迁出"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := r.HowFar(as(t, "x", "other", nil, "park"), "park-0", "hunan-park", 2026); !errors.Is(err, park.ErrNotFound) {
			t.Errorf("another operator sees it: %v", err)
		}
	})
}

func mustMembers(t *testing.T, r *rig, id string) []*park.Member {
	t.Helper()
	list, err := r.Members(r.operator(), id)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// apply hands in an application for recognition and accepts it in review.
func (r *rig) apply(place, program string, year int) *matter.Matter {
	r.t.Helper()
	m, err := r.matters.Begin(r.operator(), "recognition", "", map[string]any{"place": place, "program": program, "year": float64(year), "grounds": "建设运营情况说明", "truthful": true})
	if err != nil {
		r.t.Fatal(err)
	}
	if m, err = r.matters.Submit(r.operator(), m.Number, m.Revision, ""); err != nil {
		r.t.Fatal(err)
	}
	return m
}

func (r *rig) do(ctx context.Context, m *matter.Matter, act matter.Act, note string) error {
	r.t.Helper()
	now, err := r.matters.Get(ctx, m.Number)
	if err != nil {
		return err
	}
	_, err = r.matters.Do(ctx, m.Number, matter.Doing{Act: act, Revision: now.Revision, Note: note})
	return err
}

// granted is a municipal park of Huai'an, through application, publication and
// decision.
func (r *rig) granted(id string) *park.Recognition {
	r.t.Helper()
	for n := range 10 {
		r.file(code(n))
	}
	r.model(id, 10, 1000)
	m := r.apply(id, "huaian-municipal-park", 2026)
	if err := r.do(r.office(), m, matter.Accept, ""); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.Publish(r.office(), m.Number); err != nil {
		r.t.Fatal(err)
	}
	r.clock.Advance(5 * day)
	if err := r.do(r.office(), m, matter.Approve, "符合条件"); err != nil {
		r.t.Fatal(err)
	}
	list, err := r.Recognitions(r.operator(), id)
	if err != nil || len(list) != 1 {
		r.t.Fatal(list, err)
	}
	return list[0]
}

const day = 24 * 3600 * 1_000_000_000

func TestAnApplicationIsHeldAgainstItsFiguresAndPublished(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		for n := range 10 {
			r.file(code(n))
		}
		r.model("p1", 9, 1000)
		m := r.apply("p1", "huaian-municipal-park", 2026)
		var ps matter.Problems
		if err := r.do(r.office(), m, matter.Accept, ""); !errors.As(err, &ps) || ps[0].Code != "condition" {
			t.Fatalf("nine tenants of ten are accepted: %v", err)
		}
		if err := r.do(r.office(), m, matter.Return, "入驻企业不足"); err != nil {
			t.Fatal(err)
		}
		r.join("p1", code(9), 20261231, 0, false)
		now, err := r.matters.Get(r.operator(), m.Number)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.matters.Submit(r.operator(), m.Number, now.Revision, ""); err != nil {
			t.Fatal(err)
		}
		if err := r.do(r.office(), m, matter.Accept, ""); err != nil {
			t.Fatal(err)
		}
		if err := r.do(r.office(), m, matter.Approve, "好的"); !errors.As(err, &ps) || ps[0].Code != "publication" {
			t.Fatalf("approved without publication: %v", err)
		}
		if _, err := r.Publish(r.office(), m.Number); err != nil {
			t.Fatal(err)
		}
		if err := r.Object(as(t, "", "", nil), m.Number, "面积不实"); !errors.Is(err, park.ErrDenied) {
			t.Errorf("a visitor objects: %v", err)
		}
		if err := r.Object(r.firm(code(3)), m.Number, "面积不实"); err != nil {
			t.Fatal(err)
		}
		if list, err := r.Publications(as(t, "", "", nil)); err != nil || len(list) != 1 || list[0].Far.Figures != nil {
			t.Errorf("published: %+v %v", list, err)
		}
		r.clock.Advance(4 * day)
		if err := r.do(r.office(), m, matter.Approve, "好的"); !errors.As(err, &ps) || ps[0].Code != "publication" {
			t.Fatalf("approved on the last day of the publication: %v", err)
		}
		r.clock.Advance(1 * day)
		if err := r.do(r.office(), m, matter.Approve, "好的"); !errors.As(err, &ps) || ps[0].Code != "objections" {
			t.Fatalf("approved over an objection: %v", err)
		}
		if err := r.Settle(r.office(), m.Number, 1, "经核实面积属实", false); err != nil {
			t.Fatal(err)
		}
		if err := r.do(r.office(), m, matter.Approve, "好的"); err != nil {
			t.Fatal(err)
		}
		done, err := r.matters.Get(r.operator(), m.Number)
		if err != nil {
			t.Fatal(err)
		}
		letter, err := r.matters.LetterOf(r.operator(), done)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := r.matters.Verify(as(t, "", "", nil), letter.Code); err != nil || v.Letter.Number != m.Number {
			t.Errorf("the certificate does not verify: %+v %v", v, err)
		}
		if g, err := r.GradeOf(t.Context(), "p1"); err != nil || g != park.Municipal {
			t.Errorf("grade %q, %v", g, err)
		}
		zone := r.figures(fact.Place, "huaian", 2027)
		if zone["parks_recognised"].Value.Int() != 1 || zone["parks_recognised_municipal"].Value.Int() != 1 || zone["parks_built"].Value.Int() != 1 || r.figures(fact.Place, "huaian", 2026)["parks_recognised"].Value.Int() != 0 {
			t.Errorf("zone: %v", zone["parks_recognised"])
		}
		if far, err := r.HowFar(r.operator(), "p1", "huaian-provincial-park", 2026); err != nil || far.Missing != "" || far.Holds != rule.No {
			t.Errorf("provincial: %+v, %v", far, err)
		}
	})
}

func TestProvincialComesAfterMunicipal(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		r.open(park.Place{ID: "p1", Kind: park.Park, Org: "po"})
		far, err := r.HowFar(r.operator(), "p1", "huaian-provincial-park", 2026)
		if err != nil || far.Missing != "huaian-municipal-park" || far.Holds != rule.No {
			t.Errorf("%+v %v", far, err)
		}
	})
}

// A warned place has its time to mend, a removal its reason and its appeal, which
// somebody else decides.
func TestRemovalAfterTheTimeToMendAndAppeal(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		g := r.granted("p1")
		if _, err := r.Warn(r.operator(), g.Number, g.Revision, 0, "整改"); !errors.Is(err, park.ErrDenied) {
			t.Errorf("an operator warns: %v", err)
		}
		if _, err := r.Warn(r.office(), g.Number, g.Revision, r.Today().AddDays(59), "租户不足"); err == nil {
			t.Error("less than 60 days to mend")
		}
		if _, err := r.Remove(r.office(), g.Number, g.Revision, "租户不足"); !errors.Is(err, park.ErrState) {
			t.Errorf("removed without a warning: %v", err)
		}
		g, err := r.Warn(r.office(), g.Number, g.Revision, 0, "租户不足")
		if err != nil || g.MendBy != r.Today().AddDays(60) {
			t.Fatalf("%+v %v", g, err)
		}
		r.clock.Advance(60 * day)
		if _, err := r.Remove(r.office(), g.Number, g.Revision, "逾期未整改"); !errors.Is(err, park.ErrWaiting) {
			t.Errorf("removed on the last day to mend: %v", err)
		}
		r.clock.Advance(1 * day)
		if g, err = r.Remove(r.office(), g.Number, g.Revision, "逾期未整改"); err != nil {
			t.Fatal(err)
		}
		if want := "org:po p1: its recognition was removed; you can appeal"; !slices.Contains(r.told, want) {
			t.Errorf("told: %q", r.told)
		}
		if grade, _ := r.GradeOf(t.Context(), "p1"); grade != "" {
			t.Errorf("a removed park is %s", grade)
		}
		r.clock.Advance(60 * day)
		r.appeal(t, g)
	})
}

func (r *rig) appeal(t *testing.T, g *park.Recognition) {
	t.Helper()
	form := map[string]any{"recognition": float64(g.Number), "grounds": "已完成整改并有证明", "truthful": true}
	m, err := r.matters.Begin(r.operator(), "recognition-appeal", "", form)
	if err != nil {
		t.Fatal(err)
	}
	late, err := r.matters.Begin(r.operator(), "recognition-appeal", "", form)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = r.matters.Submit(r.operator(), m.Number, m.Revision, ""); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(1 * day)
	if _, err := r.matters.Submit(r.operator(), late.Number, late.Revision, ""); err == nil {
		t.Error("an appeal on the 61st day is taken")
	}
	var ps matter.Problems
	if err := r.do(r.office(), m, matter.Approve, "申诉成立"); !errors.As(err, &ps) || ps[0].Code != "same_person" {
		t.Errorf("who removed it decides the appeal: %v", err)
	}
	if err := r.do(as(t, "another", "", nil, "commerce"), m, matter.Approve, "申诉成立"); err != nil {
		t.Fatal(err)
	}
	if grade, _ := r.GradeOf(t.Context(), g.Place); grade != park.Municipal {
		t.Errorf("after the appeal the park is %q", grade)
	}
}

// A yearly assessment is frozen with its working; a bad grade advises a warning,
// which the conclusion gives.
func TestTheYearlyAssessmentWarns(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		g := r.granted("p1")
		a, err := r.Assess(r.office(), g.Number, 2027)
		if err != nil || a.Grade != "unqualified" || a.Advice != park.Warning || a.Detail.Result.Points != a.Points || len(a.Detail.Result.Lines) != 6 {
			t.Fatalf("%+v %v", a, err)
		}
		if a.Points != 18_000 { // ten enterprises: 8; one-stop services: 10
			t.Errorf("%d points", a.Points)
		}
		if _, err := r.Assess(r.operator(), g.Number, 2027); !errors.Is(err, park.ErrDenied) {
			t.Errorf("the operator assesses: %v", err)
		}
		if _, err := r.Conclude(r.office(), g.Number, 2027, park.Warning, "未达合格"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Conclude(r.office(), g.Number, 2027, park.Keep, "改判"); !errors.Is(err, park.ErrState) {
			t.Errorf("concluded twice: %v", err)
		}
		if _, err := r.Assess(r.office(), g.Number, 2027); !errors.Is(err, park.ErrState) {
			t.Errorf("assessed again: %v", err)
		}
		list, err := r.Recognitions(r.operator(), "p1")
		if err != nil || list[0].State != park.Warned || list[0].Reason != "未达合格" {
			t.Errorf("%+v %v", list[0], err)
		}
		if list, _ := r.Recognitions(as(t, "", "", nil), "p1"); list[0].Reason != "" || list[0].State != park.Valid {
			t.Errorf("a visitor reads %+v", list[0])
		}
	})
}

// The watch flags a recognised park whose conditions hold neither last year nor
// this one, takes the flag back when they do again, and ends what is over.
func TestTheWatchFlagsAndExpires(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		g := r.granted("p1")
		look := func() *park.Recognition {
			if err := r.Watch(t.Context()); err != nil {
				t.Fatal(err)
			}
			list, err := r.Recognitions(r.operator(), "p1")
			if err != nil {
				t.Fatal(err)
			}
			return list[0]
		}
		if now := look(); now.Flagged != 0 {
			t.Fatalf("flagged at once: %+v", now)
		}
		m := mustMembers(t, r, "p1")[0]
		if _, err := r.Leave(r.operator(), m.Number, m.Revision, 20270320, "迁出"); err != nil {
			t.Fatal(err)
		}
		if now := look(); now.Flagged != 0 {
			t.Errorf("flagged in the year in which it still held: %+v", now)
		}
		r.clock.Set(clock.NewDay(2029, 1, 2).Time())
		if now := look(); now.Flagged != 20290102 || now.Flag == nil || now.Flag.Year != 2028 {
			t.Errorf("not flagged: %+v", now)
		}
		if list, err := r.Worklist(r.office()); err != nil || len(list) != 1 {
			t.Errorf("worklist %v %v", list, err)
		}
		r.join("p1", m.Enterprise, 20290102, 0, false)
		if now := look(); now.Flagged != 0 {
			t.Errorf("the flag stays: %+v", now)
		}
		r.clock.Set(g.Until.AddDays(1).Time())
		if now := look(); now.State != park.Expired || now.Ended != g.Until.AddDays(1) {
			t.Errorf("not ended: %+v", now)
		}
	})
}

func TestPlacesOfThePackAreEnteredOnce(t *testing.T) {
	each(t, "xinxiang", 1, func(t *testing.T, r *rig) {
		if err := r.Seed(t.Context()); err != nil {
			t.Fatal(err)
		}
		visitor := as(t, "", "", nil)
		belts, err := r.List(visitor, park.Query{Kinds: []park.Kind{park.Belt}})
		if err != nil || len(belts) != 9 { // 三、（四）2
			t.Fatalf("%d belts, %v", len(belts), err)
		}
		p := belts[0]
		p.Title = pack.Text{ZH: "改名", EN: "renamed"}
		if _, err := r.Put(r.office(), park.Change{Place: *p, Was: p.Revision}); err != nil {
			t.Fatal(err)
		}
		if err := build(t, r.store, "xinxiang", 1).Seed(t.Context()); err != nil { // another start
			t.Fatal(err)
		}
		if got, err := r.Get(visitor, p.ID); err != nil || got.Title.ZH != "改名" || got.Source == "" {
			t.Errorf("%+v %v", got, err)
		}
	})
}
