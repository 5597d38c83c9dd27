package fact_test

import (
	"sync"
	"testing"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

// national is the national pack, loaded once.
var national = sync.OnceValues(func() (*pack.Set, error) {
	p, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		return nil, err
	}
	return pack.NewSet(p)
})

func rules(t testing.TB) *pack.Set {
	t.Helper()
	set, err := national()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The shipped facts are in order, and each of the three calibres has its own.
func TestShippedFacts(t *testing.T) {
	t.Parallel()
	set := rules(t)
	if faults := fact.Check(set); len(faults) > 0 {
		t.Fatal(faults)
	}
	book, err := fact.Compile(set)
	if err != nil {
		t.Fatal(err)
	}
	for name, calibre := range map[string]string{"transactions_year": "transactions", "turnover_year": "turnover", "import_export_year": "import_export", "turnover_max_before": "turnover", "jobs_year": ""} {
		if d := book.Find(name); d == nil || d.Calibre != calibre {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// Calibres are never summed: an expression that adds two of them is refused when
// it is compiled.
func TestCalibresAreNeverSummed(t *testing.T) {
	t.Parallel()
	book, err := fact.Compile(rules(t))
	if err != nil {
		t.Fatal(err)
	}
	for src, fine := range map[string]bool{
		`turnover_year >= yuan("100000000") && import_export_year >= yuan("1")`: true,
		`turnover_year + import_export_year >= yuan("100000000")`:               false,
		`transactions_year + turnover_year >= yuan("100000000")`:                false,
		`exports_year + imports_year >= yuan("1")`:                              true,
		`turnover_year > transactions_year`:                                     false,
	} {
		if _, err := book.Env.Condition(src); (err == nil) != fine {
			t.Errorf("%s: %v", src, err)
		}
	}
}
