package fact_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// Evidence for all of a year contains its declarations and its parts; parts add
// up; a correction replaces, a withdrawal takes back, and both stay to be seen.
func TestEvidence(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		r := open(t, st)
		r.cleared(lookup.Parcel{Number: 1, Merchant: mine, Direction: clearance.Export, Day: 20260301, Value: 10000, Country: "502"})
		expect := func(here, elsewhere string) {
			t.Helper()
			v := r.figures(year)["turnover_year"]
			if v.Here.String() != here || v.Elsewhere.String() != elsewhere {
				t.Errorf("here %s, elsewhere %s; want %s and %s", v.Here, v.Elsewhere, here, elsewhere)
			}
		}
		rows := []declaration.Row{{Number: "461620260000000001", Day: "2026-02-01", Mode: "9710", Country: "502", Enterprise: mine, Value: "300", Status: "released"}}
		if _, err := r.declarations.List(office(t), "api", rows); err != nil {
			t.Fatal(err)
		}
		expect("100.00", "300.00")
		r.file(fact.Entry{Fact: "turnover_year", Year: year, Value: "1000", Part: "郑州关区"})
		r.file(fact.Entry{Fact: "turnover_year", Year: year, Value: "2000", Part: "洛阳关区"})
		expect("100.00", "3300.00")
		whole := r.file(fact.Entry{Fact: "turnover_year", Year: year, Value: "5000.50"})
		expect("100.00", "5000.50")
		corrected := r.file(fact.Entry{Fact: "turnover_year", Year: year, Value: "4,500"})
		expect("100.00", "4500.00")
		old, err := r.Evidence(office(t), whole.ID)
		if err != nil || old.State != fact.Replaced || old.Other != corrected.ID || old.Value != yuan("5000.50") {
			t.Errorf("%+v, %v", old, err)
		}
		if err := r.WithdrawEvidence(manager(t), corrected.ID, ""); err == nil {
			t.Error("withdrawn without a reason")
		}
		if err := r.WithdrawEvidence(manager(t), corrected.ID, "有误"); err != nil {
			t.Fatal(err)
		}
		expect("100.00", "3300.00")
		list, err := r.EvidenceList(manager(t), fact.EvidenceFilter{})
		if err != nil || len(list) != 4 {
			t.Errorf("%+v, %v", list, err)
		}
		for i, after := 0, ""; i < len(list); i++ { // page by page the same
			page, err := r.EvidenceList(manager(t), fact.EvidenceFilter{After: after, Limit: 1})
			if err != nil || len(page) != 1 || page[0].ID != list[i].ID {
				t.Fatalf("page %d: %+v, %v", i, page, err)
			}
			after = page[0].ID
		}
	}, migrations...)
}

// A value must be of the fact's type; the faults are told all at once.
func TestEvidenceIsTyped(t *testing.T) {
	t.Parallel()
	r := open(t, storetest.SQLite(t, migrations...))
	for name, c := range map[string]struct {
		entry fact.Entry
		want  string // fields with a fault
	}{
		"money":           {fact.Entry{Fact: "tax_paid_year", Year: 2025, Value: "12.345"}, "value"},
		"count":           {fact.Entry{Fact: "jobs_year", Year: 2025, Value: "-3"}, "value"},
		"day":             {fact.Entry{Fact: "founded", Value: "2020-02-30"}, "value"},
		"option":          {fact.Entry{Fact: "headquarters", Value: "galactic"}, "value"},
		"no such fact":    {fact.Entry{Fact: "luck", Value: "1"}, "fact"},
		"computed alone":  {fact.Entry{Fact: "parcels_year", Year: 2025, Value: "1"}, "fact"},
		"year to come":    {fact.Entry{Fact: "jobs_year", Year: 2027, Value: "1"}, "year"},
		"no year":         {fact.Entry{Fact: "jobs_year", Value: "1"}, "year"},
		"over already":    {fact.Entry{Fact: "sme", Value: "是", Until: "2026-11-21"}, "until"},
		"another subject": {fact.Entry{Fact: "jobs_year", Subject: fact.Subject{Kind: fact.Brand, ID: "b1"}, Year: 2025, Value: "1"}, "fact"},
		"all at once":     {fact.Entry{Fact: "jobs_year", Year: 1800, Value: "x", Document: " "}, "value year document"},
	} {
		if c.entry.Subject.ID == "" {
			c.entry.Subject = me
		}
		if c.entry.Document == "" {
			c.entry.Document = "材料 1 号"
		}
		_, err := r.FileEvidence(office(t), c.entry)
		var bad matter.Problems
		if !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var fields []string
		for _, p := range bad {
			fields = append(fields, p.Field)
			if p.ZH == "" || p.EN == "" || p.FixZH == "" || p.FixEN == "" {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if got := strings.Join(fields, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	r.file(fact.Entry{Fact: "headquarters", Value: "集团总部"})
	r.file(fact.Entry{Fact: "sme", Value: "yes"})
	r.file(fact.Entry{Fact: "founded", Value: "2020-03-01"})
	f := r.figures(year)
	if f["headquarters"].Value != rule.Text("corporate") || f["sme"].Value != rule.Bool(true) || f["founded"].Value != rule.OfDay(20200301) {
		t.Errorf("%+v", f)
	}
}

// Evidence expires; what is of a point in time counts until a newer one; what is of
// ever adds up year by year.
func TestEvidenceInTime(t *testing.T) {
	t.Parallel()
	r := open(t, storetest.SQLite(t, migrations...))
	sme := r.file(fact.Entry{Fact: "sme", Year: 2026, Value: "yes"}) // twelve months
	if sme.Until != 20271122 {
		t.Errorf("it counts until %s", sme.Until)
	}
	for y, n := range map[int]string{2024: "3", 2025: "4", 2026: "5"} {
		r.file(fact.Entry{Fact: "graduates", Year: y, Value: n})
	}
	hall := fact.Subject{Kind: fact.Park, ID: "o_park"}
	r.file(fact.Entry{Subject: hall, Fact: "area_m2", Year: 2024, Value: "3000"})
	r.file(fact.Entry{Subject: hall, Fact: "area_m2", Year: 2026, Value: "4000"})
	for y, want := range map[int]string{2023: " ", 2024: "3 3000", 2025: "7 3000", 2026: "12 4000", 2027: "12 4000"} {
		of, err := r.FiguresIn(t.Context(), hall, y)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.figures(y)["graduates"].Value.String() + " " + of["area_m2"].Value.String(); got != want {
			t.Errorf("%d: %s, want %s", y, got, want)
		}
	}
	if !r.figures(2026)["sme"].Known {
		t.Error("the evidence does not count")
	}
	r.clock.Advance(366 * 24 * time.Hour)
	if !r.figures(2026)["sme"].Known || r.figures(2027)["sme"].Known {
		t.Error("evidence counts at the end of the year asked, and not when it is over")
	}
}

// A first time can only be told when every earlier year is on record.
func TestHighestTurnoverBefore(t *testing.T) {
	t.Parallel()
	r := open(t, storetest.SQLite(t, migrations...))
	r.cleared(lookup.Parcel{Number: 1, Merchant: mine, Direction: clearance.Export, Day: 20251231, Value: 900, Country: "502"},
		lookup.Parcel{Number: 2, Merchant: mine, Direction: clearance.Export, Day: 20260101, Value: 5000, Country: "502"})
	expect := func(y int, want string, onRecord int64) {
		t.Helper()
		f := r.figures(y)
		if got := f["turnover_max_before"]; got.Value.String() != want || got.Known != (want != "") || len(got.Origins) == 0 {
			t.Errorf("%d: %+v, want %q", y, got, want)
		}
		if got := f["years_on_record"].Value.Int(); got != onRecord {
			t.Errorf("%d: %d years on record, want %d", y, got, onRecord)
		}
	}
	expect(2026, "", 1) // when it began is not known
	r.file(fact.Entry{Fact: "founded", Value: "2023-05-01"})
	expect(2026, "", 1) // 2023 and 2024 are missing
	r.file(fact.Entry{Fact: "turnover_year", Year: 2023, Value: "0"})
	r.file(fact.Entry{Fact: "turnover_year", Year: 2024, Value: "77.70"})
	expect(2026, "77.70", 3)
	expect(2027, "77.70", 4)
	expect(2024, "0.00", 1)
	expect(2023, "0.00", 0) // there was no earlier year
	r.file(fact.Entry{Fact: "cbec_since", Value: "2025-06-01"})
	expect(2026, "77.70", 3) // what is on record counts, whenever it began
	r.file(fact.Entry{Fact: "turnover_max_before", Year: 2026, Value: "200"})
	expect(2026, "200.00", 3)
}

// The matter takes evidence of one's own alone, and its approval writes the fact
// once.
func TestEvidenceByMatter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		r := open(t, st)
		effects := r.Effects()
		m := &matter.Matter{Number: "PZ202600000009", Org: "o_1", Owner: "u_manager", Form: map[string]any{"kind": "enterprise", "subject": mine, "fact": "jobs_year", "year": 2025.0, "value": "120", "paper": "社保证明"}}
		do := func(ctx context.Context, effect string) error {
			return st.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return effects[effect](ctx, tx, m, nil) })
		}
		if err := do(park(t), "evidence-check"); err == nil {
			t.Error("another hands it in")
		}
		if err := do(manager(t), "evidence-check"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := do(office(t), "evidence-accept"); err != nil {
				t.Fatal(err)
			}
		}
		f, err := r.FiguresIn(t.Context(), me, 2025)
		v := f["jobs_year"]
		if err != nil || v.Elsewhere != rule.Int(120) || len(v.Origins) != 1 || v.Origins[0].Open != "/evidence/PZ202600000009" || v.Origins[0].Document != "社保证明" || v.Origins[0].Reviewed.IsZero() {
			t.Errorf("%+v, %v", v, err)
		}
	}, migrations...)
}

// An organisation lists the evidence of its enterprises and what it filed itself;
// a stranger's list is empty.
func TestWhoseEvidenceIsListed(t *testing.T) {
	t.Parallel()
	r := open(t, storetest.SQLite(t, migrations...))
	r.file(fact.Entry{Fact: "founded", Value: "2020-03-01"})
	hall := &matter.Matter{Number: "PZ202600000010", Org: "o_park", Form: map[string]any{"kind": "park", "subject": "p-1", "fact": "area_m2", "year": 2026, "value": "4000", "paper": "不动产证"}}
	if err := r.store.Services.Write(office(t), func(ctx context.Context, tx *store.Tx) error {
		return r.Effects()["evidence-accept"](ctx, tx, hall, nil)
	}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		want string
	}{"the enterprise": {manager(t), "founded"}, "the park": {park(t), "area_m2"}, "an office": {office(t), "area_m2 founded"}, "a visitor": {t.Context(), ""}} {
		list, err := r.EvidenceList(c.ctx, fact.EvidenceFilter{})
		var got []string
		for _, e := range list {
			got = append(got, e.Fact)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
