package demo_test

import (
	"net/url"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/demo"
	"pilotzone/internal/face/query"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

// Over a day with every trouble the figures of each enterprise are the sums of the
// parcels in the lists that they open to.
func TestFiguresOfTheDayOpenToTheirParcels(t *testing.T) {
	t.Parallel()
	d := open(t, demo.Options{Parcels: 1200, Seed: 5})
	if _, err := d.Play(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Zone.Lookup.CatchUp(t.Context()); err != nil && !strings.Contains(err.Error(), "moved") {
		t.Fatal(err)
	}
	all, err := d.Zone.Facts.FiguresOf(t.Context(), d.Day.Year())
	if err != nil {
		t.Fatal(err)
	}
	traded := 0
	for id := range all {
		one, err := d.Zone.Facts.FiguresIn(t.Context(), fact.Subject{Kind: fact.Enterprise, ID: id}, d.Day.Year())
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]func(n int64, value, tax money.Fen) rule.Value{
			"parcels_year":       func(n int64, _, _ money.Fen) rule.Value { return rule.Int(n) },
			"turnover_year":      func(_ int64, value, _ money.Fen) rule.Value { return rule.Fen(value) },
			"import_export_year": func(_ int64, value, _ money.Fen) rule.Value { return rule.Fen(value) },
			"transactions_year":  func(_ int64, value, tax money.Fen) rule.Value { return rule.Fen(value + tax) },
			"imports_year":       func(_ int64, value, _ money.Fen) rule.Value { return rule.Fen(value) },
			"exports_year":       func(_ int64, value, _ money.Fen) rule.Value { return rule.Fen(value) },
			"import_tax_year":    func(_ int64, _, tax money.Fen) rule.Value { return rule.Fen(tax) },
		} {
			v := one[name]
			if !v.Known || v.Value != all[id][name].Value {
				t.Fatalf("%s of %s: %+v, with all %+v", name, id, v, all[id][name])
			}
			n, value, tax := opened(t, d, v.Origins[0].Open)
			if v.Here != want(n, value, tax) {
				t.Errorf("%s of %s is %s; its %d parcels come to %s with %s tax", name, id, v.Here, n, value, tax)
			}
			if name == "parcels_year" && n > 0 {
				traded++
			}
		}
	}
	if traded < 3 {
		t.Errorf("%d enterprises traded", traded)
	}
}

// opened adds the parcels of a list as its address chooses them.
func opened(t *testing.T, d *demo.Demo, address string) (n int64, value, tax money.Fen) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Path != "/parcels" {
		t.Fatalf("%s: %v", address, err)
	}
	f, faults := query.Parcels(u.Query())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	f.Within = lookup.Everything()
	if err := d.Zone.Lookup.Each(t.Context(), f, func(p *lookup.Parcel) error {
		n, value, tax = n+1, value+p.Value, tax+p.Tax
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n, value, tax
}
