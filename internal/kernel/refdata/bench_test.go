package refdata_test

import (
	"testing"

	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

// lookups are the look-ups of the hot path.
func lookups(b *refdata.Book) map[string]func() bool {
	r := b.On(today)
	code, unit, division := []byte("3304990029"), []byte("035"), []byte("410702")
	return map[string]func() bool{
		"On":           func() bool { return b.On(today) == r },
		"Tariff":       func() bool { _, ok := r.Tariff(code); return ok },
		"Positive":     func() bool { _, ok := r.Positive(code); return ok },
		"HasPrefix4":   func() bool { return r.HasPrefix4(code) },
		"HasPrefix6":   func() bool { return r.HasPrefix6(code) },
		"WeightLimit":  func() bool { _, ok := r.WeightLimit(code); return !ok },
		"ValidUnit":    func() bool { return r.Valid(refdata.UnitCode, unit) },
		"ValidDiv":     func() bool { return r.Valid(refdata.Division, division) },
		"RequiredDocs": func() bool { return r.RequiredDocs('E', 9810) != 0 },
		"Param":        func() bool { _, ok := r.Param("annual_limit"); return ok },
	}
}

// TestLookupsDoNotAllocate holds the hot path to its promise.
func TestLookupsDoNotAllocate(t *testing.T) {
	for name, f := range lookups(book(t)) {
		if !f() {
			t.Errorf("%s finds nothing", name)
		}
		if n := testing.AllocsPerRun(100, func() { f() }); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	for name, f := range lookups(book(b)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
		})
	}
}

// BenchmarkTariffSpread looks all lines up in turn, so that the caches do not
// help as in BenchmarkLookup.
func BenchmarkTariffSpread(b *testing.B) {
	bk := book(b)
	r := bk.On(today)
	table, _ := bk.Set().Table("tariff")
	var codes [][]byte
	for row := range table.On(today) {
		codes = append(codes, []byte(row.Text("code")))
	}
	i := 0
	for b.Loop() {
		i += 4999
		if _, ok := r.Tariff(codes[i%len(codes)]); !ok {
			b.Fatal("not found")
		}
	}
}

// BenchmarkStart is what a process pays for its rules at start.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p, err := pack.LoadFS(packs.Files, "national")
		if err != nil {
			b.Fatal(err)
		}
		set, err := pack.NewSet(p)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := refdata.New(set); err != nil {
			b.Fatal(err)
		}
	}
}
