package zone_test

import (
	"context"
	"errors"
	"testing"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/rule"
)

// filer is an enterprise of a zone with its organisation.
func filer(t *testing.T, z *zonetest.Zone) (code string, as context.Context) {
	t.Helper()
	e := z.Gen.Zone().Enterprises[0]
	org, err := z.Accounts.AddOrg(access.With(t.Context(), access.System()), access.Org{Kind: access.EnterpriseOrg, Name: e.Name, Filing: e.Code, Codes: []string{e.Code}})
	if err != nil {
		t.Fatal(err)
	}
	return e.Code, access.With(t.Context(), &access.Principal{ID: "u1", Org: org, Codes: []string{e.Code}, Roles: []access.Role{access.Clerk}})
}

// do does acts of an office one after the other.
func do(t *testing.T, z *zonetest.Zone, m *matter.Matter, acts ...matter.Act) {
	t.Helper()
	office := access.With(t.Context(), &access.Principal{ID: "u-commerce", Roles: []access.Role{access.Commerce}})
	for _, act := range acts {
		var err error
		if m, err = z.Matters.Do(office, m.Number, matter.Doing{Act: act, Revision: m.Revision, Note: "核对无误"}); err != nil {
			t.Fatal(act, err)
		}
	}
}

// Evidence goes the whole way of its matter: with a paper, reviewed and accepted,
// the figure counts and leads to it; before that nothing counts.
func TestEvidenceGoesItsWay(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	code, clerk := filer(t, z)
	who := fact.Subject{Kind: fact.Enterprise, ID: code}
	m, err := z.Matters.Begin(clerk, fact.Matter, "", map[string]any{"kind": "enterprise", "subject": code, "fact": "turnover_year", "year": 2025, "value": "98000000", "paper": "审计报告 豫审2026-12", "truthful": true})
	if err != nil {
		t.Fatal(err)
	}
	var bad matter.Problems
	if _, err := z.Matters.Submit(clerk, m.Number, m.Revision, ""); !errors.As(err, &bad) {
		t.Fatalf("submitted without a paper: %v", err)
	}
	if _, err := z.Matters.Attach(clerk, m.Number, "paper", "audit.pdf", []byte("%PDF-1.7\n%%EOF\n")); err != nil {
		t.Fatal(err)
	}
	if m, err = z.Matters.Submit(clerk, m.Number, 0, ""); err != nil {
		t.Fatal(err)
	}
	if f, err := z.Facts.Figures(clerk, who, 2025); err != nil || f["turnover_year"].Known {
		t.Errorf("it counts before review: %+v, %v", f["turnover_year"], err)
	}
	do(t, z, m, matter.Accept, matter.Approve)
	f, err := z.Facts.Figures(clerk, who, 2025)
	v := f["turnover_year"]
	if err != nil || v.Elsewhere != rule.Fen(9_800_000_000) || v.Origins[0].Open != "/evidence/"+m.Number || v.Origins[0].Reviewed.IsZero() {
		t.Errorf("%+v, %v", v, err)
	}
	another, err := z.Matters.Begin(clerk, fact.Matter, "", map[string]any{"kind": "enterprise", "subject": z.Gen.Zone().Enterprises[1].Code, "fact": "turnover_year", "year": 2025, "value": "1", "paper": "审计报告", "truthful": true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Matters.Attach(clerk, another.Number, "paper", "audit.pdf", []byte("%PDF-1.7\n%%EOF\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := z.Matters.Submit(clerk, another.Number, 0, ""); !errors.As(err, &bad) || bad[0].Field != "subject" {
		t.Errorf("another's figure is filed: %v", err)
	}
}

// Declarations of an enterprise are handed in and count once approved.
func TestDeclarationsAreReviewed(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	code, clerk := filer(t, z)
	b, err := z.Declarations.List(clerk, "api", []declaration.Row{{Number: "461620260000000001", Day: "2026-02-01", Mode: "9710", Country: "502", Enterprise: code, Value: "300", Status: "released"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := z.Declarations.Hand(clerk, z.Matters, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	again, err := z.Declarations.Hand(clerk, z.Matters, b.ID)
	if err != nil || again.Number != m.Number {
		t.Errorf("handed in twice: %+v, %v", again, err)
	}
	who := fact.Subject{Kind: fact.Enterprise, ID: code}
	if f, err := z.Facts.FiguresIn(t.Context(), who, 2026); err != nil || f["import_export_year"].Known {
		t.Errorf("it counts before review: %+v, %v", f["import_export_year"], err)
	}
	do(t, z, m, matter.Approve)
	f, err := z.Facts.FiguresIn(t.Context(), who, 2026)
	if v := f["import_export_year"]; err != nil || v.Elsewhere != rule.Fen(30000) || v.Here != rule.Fen(0) {
		t.Errorf("%+v, %v", v, err)
	}
}
