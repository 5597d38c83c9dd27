package park_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// worth is the sum of a merchant's parcels on some days, looked at one by one.
func (r *rig) worth(merchant string, from, to clock.Day) (n int, value money.Fen) {
	r.t.Helper()
	err := r.index.Each(r.t.Context(), trade.Open(from, to, merchant), func(p *lookup.Parcel) error {
		n, value = n+1, value+p.Value
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return n, value
}

func (r *rig) figures(kind fact.Kind, id string, year int) fact.Figures {
	r.t.Helper()
	f, err := r.facts.FiguresIn(r.t.Context(), fact.Subject{Kind: kind, ID: id}, year)
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

// The turnover of a park is what its tenants traded while they were tenants: one of
// the whole year, one that came in December, one that left the day before.
func TestAParksFiguresAreItsTenantsDuringTheirTenancy(t *testing.T) {
	each(t, "huaian", 1500, func(t *testing.T, r *rig) {
		codes := r.merchants(3)
		r.file(codes...)
		r.open(park.Place{ID: "p1", Kind: park.Park, Org: "po"})
		r.join("p1", codes[0], 20260101, 0, true)
		r.join("p1", codes[1], 20261205, 20261215, true)
		r.join("p1", codes[2], 20260101, 20261121, true)
		_, whole := r.worth(codes[0], 20260101, 20261231)
		parcels, part := r.worth(codes[1], 20261205, 20261215)
		_, all := r.worth(codes[1], 20260101, 20261231)
		if parcels == 0 || part == all {
			t.Fatalf("%d parcels within, %s of %s: the test shows nothing", parcels, part, all)
		}
		f := r.figures(fact.Park, "p1", 2026)
		for _, name := range []string{"turnover_year", "import_export_year"} {
			if got := f[name]; !got.Known || got.Value.Fen() != whole+part || got.Here.Fen() != whole+part {
				t.Errorf("%s: %+v, want %s + %s", name, got, whole, part)
			}
		}
		if n := f["cbec_enterprises"].Value.Int(); n != 3 {
			t.Errorf("%d enterprises of cross-border e-commerce", n)
		}
		// two brought turnover, three are counted: the sum is withheld where single
		// figures are not seen, the count is not
		if sum, count := f["turnover_year"], f["cbec_enterprises"]; sum.Of != 2 || !sum.Few() || count.Of != 3 || count.Few() {
			t.Errorf("made of %d and %d enterprises", sum.Of, count.Of)
		}
		if f["area_m2"].Known || f["facilities"].Known || f["one_stop"].Known {
			t.Error("what nobody held against papers is a figure")
		}
	})
}

// A tenant that does not consent, or consents no more, is not counted, and is said
// to be withheld.
func TestWithdrawnConsentTakesATenantOutOfTheSums(t *testing.T) {
	each(t, "huaian", 800, func(t *testing.T, r *rig) {
		codes := r.merchants(2)
		r.file(codes...)
		r.open(park.Place{ID: "p1", Kind: park.Park, Org: "po"})
		r.join("p1", codes[0], 20260101, 0, true)
		r.join("p1", codes[1], 20260101, 0, false)
		_, first := r.worth(codes[0], 20260101, 20261231)
		got := r.figures(fact.Park, "p1", 2026)["turnover_year"]
		if got.Value.Fen() != first || !slices.ContainsFunc(got.Origins, func(o fact.Origin) bool { return o.Aside && o.Value.IsZero() }) {
			t.Errorf("%+v, want %s and one withheld", got, first)
		}
		given, err := r.facts.Given(r.firm(codes[0]))
		if err != nil || len(given) != 1 || given[0].Org != "po" {
			t.Fatal(given, err)
		}
		if err := r.facts.WithdrawConsent(r.firm(codes[0]), given[0].ID, "不再授权"); err != nil {
			t.Fatal(err)
		}
		if got := r.figures(fact.Park, "p1", 2026)["turnover_year"]; got.Known && got.Value.Fen() != 0 {
			t.Errorf("after the withdrawal: %+v", got)
		}
	})
}

// The consent that came with a membership ends with it, a year for its last figures
// later, whoever ended it; another membership with the operator keeps it.
func TestAConsentEndsWithTheMembership(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		r.file(code(1))
		for _, id := range []string{"p1", "p2"} {
			r.open(park.Place{ID: id, Kind: park.Park, Org: "po"})
			r.join(id, code(1), 20260101, 0, true)
		}
		until := func() (last clock.Day) {
			given, err := r.facts.Given(r.firm(code(1)))
			if err != nil || len(given) != 2 {
				t.Fatal(given, err)
			}
			return max(given[0].Until, given[1].Until)
		}
		list, err := r.MineOf(r.firm(code(1)))
		if err != nil || len(list) != 2 || until() != 20320301 {
			t.Fatalf("%d memberships, consent until %s, %v", len(list), until(), err)
		}
		for i, want := range []clock.Day{20320301, 20280228} {
			if _, err := r.Leave(r.operator(), list[i].Number, list[i].Revision, 20270228, "搬离"); err != nil {
				t.Fatal(err)
			}
			if got := until(); got != want {
				t.Errorf("after %d memberships ended it stands until %s, want %s", i+1, got, want)
			}
		}
	})
}

// What papers say of a whole year counts for a tenant of the whole year alone, and
// stands apart as cleared elsewhere.
func TestTradeElsewhereCountsForTenantsOfTheWholeYear(t *testing.T) {
	each(t, "huaian", 10, func(t *testing.T, r *rig) {
		r.file(code(1), code(2))
		r.open(park.Place{ID: "p1", Kind: park.Park, Org: "po"})
		r.join("p1", code(1), 20250101, 0, true)
		r.join("p1", code(2), 20260102, 0, true)
		for n := 1; n <= 2; n++ {
			r.evidence(fact.Subject{Kind: fact.Enterprise, ID: code(n)}, "turnover_year", 2026, "1000000.00")
		}
		got := r.figures(fact.Park, "p1", 2026)["turnover_year"]
		if got.Value.Fen() != 1_000_000_00 || got.Elsewhere.Fen() != 1_000_000_00 || got.Here.Fen() != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// Hunan （三）: 20 suppliers and over 1 billion, at, just under and just over.
func TestABeltIsAClusterAtTwentySuppliersAndABillion(t *testing.T) {
	each(t, "hunan", 1, func(t *testing.T, r *rig) {
		for n := range 20 {
			r.file(code(n))
		}
		for n, c := range []struct {
			suppliers int
			trade     string
			holds     rule.Tri
			short     string
			clusters  int64
		}{
			{19, "1000000000.00", rule.No, "1", 1}, {20, "999999999.99", rule.No, "0.01", 1}, {20, "1000000000.00", rule.Yes, "", 2}, {21, "1000000000.01", rule.Yes, "", 3},
		} {
			belt, leader := fmt.Sprint("belt-", n), code(100+n)
			r.open(park.Place{ID: belt, Kind: park.Belt})
			r.file(leader)
			r.join(belt, leader, 20260101, 0, false)
			for n := range c.suppliers - 1 {
				r.join(belt, code(n), 20260101, 0, false)
			}
			r.evidence(fact.Subject{Kind: fact.Enterprise, ID: leader}, "import_export_year", 2026, c.trade)
			far, err := r.HowFar(r.office(), belt, "hunan-cluster", 2026)
			if err != nil || far.Holds != c.holds {
				t.Fatalf("%s: %v, %v, want %v", belt, far, err, c.holds)
			}
			if short := shortBy(far); short != c.short {
				t.Errorf("%s: short by %q, want %q", belt, short, c.short)
			}
			if o := far.Figures["import_export_year"].Origins; len(o) != 2 || o[0].Open == "" {
				t.Errorf("%s: the figure does not open: %+v", belt, o)
			}
			zone := r.figures(fact.Place, "hunan", 2026)
			if zone["clusters_over_1bn_year"].Value.Int() != c.clusters || zone["belts"].Value.Int() != int64(n+1) {
				t.Errorf("%s: clusters %v, want %d; belts %v", belt, zone["clusters_over_1bn_year"].Value, c.clusters, zone["belts"].Value)
			}
		}
		list, err := r.Factories(as(t, "", "", nil), "belt-3", "企业")
		if err != nil || len(list) != 21 || list[0].Name == "" {
			t.Errorf("%d factories, %v", len(list), err)
		}
	})
}

// shortBy is by how much the condition that does not hold is missed.
func shortBy(far *park.Far) string {
	for _, s := range far.Steps {
		for _, term := range s.Terms {
			if s.Holds == rule.No && term.Holds == rule.No && !term.Short.IsZero() {
				return term.Short.String()
			}
		}
	}
	return ""
}

// Incubation is told from real trade: the first parcel after entry makes a
// graduate; who traded before entry is none.
func TestGraduatesAreThoseWhoseFirstParcelCameAfterEntry(t *testing.T) {
	each(t, "hunan", 1500, func(t *testing.T, r *rig) {
		codes := r.merchants(2)
		first, err := (park.Cleared{Index: r.index, Filings: r.filed}).First(t.Context(), codes[0])
		if err != nil || first == 0 {
			t.Fatal(first, err)
		}
		r.file(append(codes, code(1), code(9))...)
		r.open(park.Place{ID: "i1", Kind: park.Incubator, Org: "po", Enterprise: code(9)})
		r.join("i1", codes[0], first, 0, true)
		second, _ := (park.Cleared{Index: r.index, Filings: r.filed}).First(t.Context(), codes[1])
		r.join("i1", codes[1], second.AddDays(1), 0, true)
		r.join("i1", code(1), 20260101, 0, true)
		list, err := r.Progress(r.operator(), "i1")
		if err != nil {
			t.Fatal(err)
		}
		stages := map[string]park.Stage{}
		for _, g := range list {
			stages[g.Member.Enterprise] = g.Stage
		}
		if stages[codes[0]] != park.Graduate || stages[codes[1]] != park.Trading || stages[code(1)] != park.Incubating {
			t.Errorf("%v", stages)
		}
		if got := r.figures(fact.Enterprise, code(9), 2026)["graduates"]; got.Value.Int() != 1 {
			t.Errorf("%+v", got)
		}
		if got := r.figures(fact.Enterprise, code(9), first.Year()-1)["graduates"]; got.Value.Int() != 0 {
			t.Errorf("before: %+v", got)
		}
	})
}

func TestAMembershipNeedsTheEnterprisesWord(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		r.file(code(1), code(2))
		r.open(park.Place{ID: "p1", Kind: park.Park, Org: "po"})
		r.open(park.Place{ID: "q1", Kind: park.Park, Org: "other"})
		if _, err := r.Add(r.operator(), park.Offer{Place: "q1", Enterprise: code(1), Since: 20260101}); !errors.Is(err, park.ErrDenied) {
			t.Errorf("an operator offers in another's park: %v", err)
		}
		if _, err := r.Add(r.operator(), park.Offer{Place: "p1", Enterprise: code(7), Since: 20260101}); err == nil {
			t.Error("an enterprise that is not filed became a tenant")
		}
		m, err := r.Add(r.operator(), park.Offer{Place: "p1", Enterprise: code(1), Since: 20260101})
		if err != nil {
			t.Fatal(err)
		}
		if want := "code:" + code(1) + " p1 invites your enterprise: please answer"; !slices.Contains(r.told, want) {
			t.Errorf("told: %q", r.told)
		}
		if n := r.figures(fact.Park, "p1", 2026)["cbec_enterprises"].Value.Int(); n != 0 {
			t.Errorf("an offer counts: %d", n)
		}
		for name, ctx := range map[string]context.Context{"another enterprise": r.firm(code(2)), "the operator": r.operator(), "the office": r.office()} {
			if _, err := r.Answer(ctx, park.Answer{Number: m.Number, Was: m.Revision, Yes: true}); !errors.Is(err, park.ErrNotFound) {
				t.Errorf("%s answers: %v", name, err)
			}
		}
		if _, err := r.Add(r.operator(), park.Offer{Place: "p1", Enterprise: code(1), Since: 20260601}); !errors.Is(err, park.ErrOverlap) {
			t.Errorf("two memberships at once: %v", err)
		}
		m, err = r.Answer(r.firm(code(1)), park.Answer{Number: m.Number, Was: m.Revision})
		if err != nil || m.State != park.Declined {
			t.Fatalf("%+v %v", m, err)
		}
		if _, err := r.Answer(r.firm(code(1)), park.Answer{Number: m.Number, Was: m.Revision, Yes: true}); !errors.Is(err, park.ErrState) {
			t.Errorf("a declined offer is accepted: %v", err)
		}
	})
}

// What an operator says of itself is no figure until an office held it against
// papers, and none again once the operator changes it.
func TestAnOperatorsWordIsReviewed(t *testing.T) {
	each(t, "huaian", 1, func(t *testing.T, r *rig) {
		own := park.Place{ID: "p1", Kind: park.Park, Title: pack.Text{ZH: "园", EN: "park"}, Area: 5000, OneStop: true, Facilities: []string{"office"}, Reviewed: true, State: park.Open}
		p, err := r.Put(r.operator(), park.Change{Place: own})
		if err != nil || p.State != park.Proposed || p.Reviewed || p.Org != "po" {
			t.Fatalf("%+v %v", p, err)
		}
		if _, err := r.Get(as(t, "", "", nil), "p1"); !errors.Is(err, park.ErrNotFound) {
			t.Errorf("a visitor sees what is proposed: %v", err)
		}
		if p, err = r.Move(r.office(), "p1", p.Revision, park.Open, ""); err != nil {
			t.Fatal(err)
		}
		if p, err = r.Review(r.office(), "p1", p.Revision, "测绘报告"); err != nil {
			t.Fatal(err)
		}
		if f := r.figures(fact.Park, "p1", 2026); f["area_m2"].Value.Int() != 5000 || !f["one_stop"].Value.Bool() || !f["facilities"].Value.Bool() {
			t.Errorf("%+v", f["area_m2"])
		}
		p.Area = 9000
		if p, err = r.Put(r.operator(), park.Change{Place: *p, Was: p.Revision}); err != nil || p.Reviewed {
			t.Fatalf("%+v %v", p, err)
		}
		if f := r.figures(fact.Park, "p1", 2026); f["area_m2"].Known {
			t.Error("a changed area counts without a look")
		}
		if _, err := r.Put(r.operator(), park.Change{Place: *p, Was: p.Revision - 1}); !errors.Is(err, park.ErrStale) {
			t.Errorf("a stale change: %v", err)
		}
	})
}
