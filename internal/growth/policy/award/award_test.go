package award_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pilotzone/internal/growth/policy/award"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

func hunan(t testing.TB) award.Terms {
	var list []*pack.Pack
	for _, name := range []string{"national", "hunan"} {
		p, err := pack.LoadFS(packs.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	set, err := pack.NewSet(list...)
	if err != nil {
		t.Fatal(err)
	}
	terms, ok := award.TermsOf(set, 20261127)
	if !ok || terms.Source.Article != "（七）" {
		t.Fatalf("the terms of （七） are not in the pack: %+v", terms)
	}
	return terms
}

// TestHunan2: 湘政办发〔2023〕9号 （二）, certification 80 % and marketing 30 %, each up
// to 500,000; and what is not stated.
func TestHunan2(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"id":"a","cap":"500000","percent_cap":"0.80","cost":"400000"}`:        `{"id":"a","max_award":"320000.00"}`,
		`{"id":"b","cap":"500000","percent_cap":"0.80","cost":"900000"}`:        `{"id":"b","max_award":"500000.00"}`,
		`{"id":3,"cap":"500000.00","percent_cap":"0.3","cost":"1200000.00"}`:    `{"id":3,"max_award":"360000.00"}`,
		`{"id":"d","cap":"500000","percent_cap":"0.30","cost":"2000000"}`:       `{"id":"d","max_award":"500000.00"}`,
		`{"id":"at","cap":"500000","percent_cap":"0.80","cost":"625000"}`:       `{"id":"at","max_award":"500000.00"}`,
		`{"id":"under","cap":"500000","percent_cap":"0.80","cost":"624999.99"}`: `{"id":"under","max_award":"499999.99"}`,
		`{"id":"e","cap":null,"percent_cap":"1","cost":"7.77"}`:                 `{"id":"e","max_award":"7.77"}`,
		`{"id":"f","percent_cap":"0.5","cost":"0.01"}`:                          `{"id":"f","max_award":"0.01"}`,
		`{"id":"g","cap":"200000","percent_cap":null,"cost":"5"}`:               `{"id":"g","max_award":"200000.00"}`,
		`{"id":"h","cap":"200000"}`:                                             `{"id":"h","max_award":"200000.00"}`,
		`{"id":"i","cap":null,"percent_cap":null,"cost":"5"}`:                   `{"id":"i","max_award":null}`,
		`{"cap":"0","percent_cap":"0.80","cost":"0"}`:                           `{"id":null,"max_award":"0.00"}`,
		`{"id":"big","percent_cap":"1","cost":"92233720368547758.07"}`:          `{"id":"big","max_award":"92233720368547758.07"}`,
	} {
		out, ok := award.Calc([]byte(in))
		if !ok || string(out) != want {
			t.Errorf("%s: %s", in, out)
		}
	}
	for in, want := range map[string]string{
		`{"id":"a","cap":"-1"}`: `"id":"a"`, `{"id":"a","cost":"-1","percent_cap":"0.8"}`: "negative",
		`{"id":"a","percent_cap":"80","cost":"1"}`: `0.80`, `{"id":"a","percent_cap":"0.8"}`: "cost: is missing",
		`{"id":"a","cap":"1.005"}`: "decimals", `{"id":"a","kap":"1"}`: "kap", `[]`: `"id":null`, `{"id":{},"cap":"1"}`: "id",
		`{"id":"a","cap":"1"} {}`: "one object", `{"id":"a","cap":true}`: "string", `{"id":"a","warehouses":1}`: "no field", "x": "error",
		`{"id":"a","cap":"92233720368547758.08"}`: "range",
	} {
		if out, ok := award.Calc([]byte(in)); ok || !strings.Contains(string(out), want) || !strings.Contains(string(out), `"error"`) {
			t.Errorf("%s: %s", in, out)
		}
	}
}

// TestHunan7: （七） 600,000, then 300,000 twice for each public overseas warehouse,
// 5,000,000 over three years for an enterprise; the cap cuts the later years.
func TestHunan7(t *testing.T) {
	t.Parallel()
	terms := hunan(t)
	for in, want := range map[string]string{
		`{"id":"0","warehouses":0}`:          `{"id":"0","per_year":["0.00","0.00","0.00"],"total":"0.00"}`,
		`{"id":"1","warehouses":1}`:          `{"id":"1","per_year":["600000.00","300000.00","300000.00"],"total":"1200000.00"}`,
		`{"id":"4","warehouses":4}`:          `{"id":"4","per_year":["2400000.00","1200000.00","1200000.00"],"total":"4800000.00"}`,
		`{"id":"5","warehouses":"5"}`:        `{"id":"5","per_year":["3000000.00","1500000.00","500000.00"],"total":"5000000.00"}`,
		`{"id":"8","warehouses":8}`:          `{"id":"8","per_year":["4800000.00","200000.00","0.00"],"total":"5000000.00"}`,
		`{"id":"9","warehouses":9}`:          `{"id":"9","per_year":["5000000.00","0.00","0.00"],"total":"5000000.00"}`,
		`{"warehouses":9223372036854775807}`: `{"id":null,"per_year":["5000000.00","0.00","0.00"],"total":"5000000.00"}`,
	} {
		if out, ok := award.CalcWarehouses([]byte(in), terms); !ok || string(out) != want {
			t.Errorf("%s: %s", in, out)
		}
	}
	for _, in := range []string{`{"id":"a","warehouses":-1}`, `{"id":"a","warehouses":1.5}`, `{"id":"a"}`, `{"id":"a","warehouses":9223372036854775808}`,
		`{"id":"a","warehouses":1,"cap":"1"}`, `{"id":"a","warehouses":[1]}`, `{"id":"a","warehouses":1e2}`} {
		if out, ok := award.CalcWarehouses([]byte(in), terms); ok || !strings.HasPrefix(string(out), `{"id":"a","error":`) {
			t.Errorf("%s: %s", in, out)
		}
	}
}

// TestCapHolds: whatever the terms and the number, the years sum to the total
// and never exceed the cap, and a year is full unless the cap is used up.
func TestCapHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := award.Terms{First: money.Fen(rapid.Int64Range(0, 1e9).Draw(t, "first")), Later: money.Fen(rapid.Int64Range(0, 1e9).Draw(t, "later")),
			Cap: money.Fen(rapid.Int64Range(0, 1e12).Draw(t, "cap")), Years: rapid.IntRange(1, 5).Draw(t, "years")}
		n := rapid.Int64Range(0, 1e6).Draw(t, "n")
		years, total, err := terms.Warehouses(n)
		sum := money.Fen(0)
		for i, y := range years {
			full := terms.Later * money.Fen(n)
			if i == 0 {
				full = terms.First * money.Fen(n)
			}
			if sum += y; y < 0 || y > full || y < full && sum != terms.Cap {
				t.Fatalf("year %d: %v of %v", i+1, y, full)
			}
		}
		if err != nil || sum != total || total > terms.Cap || len(years) != terms.Years {
			t.Fatal(sum, total, err)
		}
	})
}
