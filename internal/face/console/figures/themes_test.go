package figures

import (
	"testing"

	"pilotzone/internal/growth/fact"
)

// Figures stand by theme: trade first, in the order in which it is read, answers
// of the self-check last; those that nobody gave are folded.
func TestGrouped(t *testing.T) {
	t.Parallel()
	var list []line
	for _, name := range []string{"aeo_checked", "aeo_late_permille", "exports_year", "graduates", "jobs_year", "own_brand", "tax_paid_year", "transactions_year"} {
		l := line{d: &fact.Definition{Name: name}}
		if name == "aeo_checked" {
			l.d.Computed = selfCheck
		}
		list = append(list, l)
	}
	var got []string
	for _, g := range grouped(list) {
		got = append(got, g.title.EN)
		for _, l := range g.lines {
			got = append(got, l.d.Name)
		}
		for _, l := range g.folded {
			got = append(got, "("+l.d.Name+")")
		}
	}
	want := []string{"Trade", "transactions_year", "exports_year", "Business", "tax_paid_year", "jobs_year", "Certificates and brands", "own_brand", "Places, service and cultivation", "graduates",
		"AEO self-check and record of clearance", "aeo_late_permille", "(aeo_checked)"}
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %s, want %s", i, got[i], want[i])
		}
	}
}
