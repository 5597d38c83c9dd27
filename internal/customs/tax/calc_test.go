package tax_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

const day = clock.Day(20260301)

// limitsOn is the table of RULES Z1.
func limitsOn(on clock.Day) (tax.Limits, error) {
	switch {
	case on < 20160408:
		return tax.Limits{}, errors.New("no limits before 2016-04-08")
	case on < 20190101:
		return tax.Limits{Single: 2_000_00, Annual: 20_000_00, Factor: money.RateOf(7, 1)}, nil
	}
	return national, nil
}

func calc(line string) (string, bool) {
	out, ok := tax.CalcImportTax([]byte(line), limitsOn, day)
	return string(out), ok
}

// One answer of each decision, byte for byte: names and order are a contract.
func TestCalcAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"all fields, within the limits",
			`{"id":"r1","items":[{"qty":1,"unit_price":"1000.00","duty_rate":"0.10","ct_rate":"0","vat_rate":"0.13","ct_specific_per_unit":"0","ct_specific_qty":"0","in_list":true}],"used_annual":"0.00","freight":"0.00","insurance":"0.00","direct_discount":"0.00","noncash_offset":"0.00"}`,
			`{"id":"r1","decision":"PREF70","reason":"WITHIN_LIMITS","dutiable_total":"1000.00","line_dutiable":["1000.00"],"duty":"0.00","ct":"0.00","vat":"91.00","tax":"91.00","line_tax":[{"duty":"0.00","ct":"0.00","vat":"91.00"}],"annual_after":"1000.00","actual_paid":"1091.00"}`},
		{"A3: a coupon lowers what is paid, not the value",
			`{"id":"r2","items":[{"qty":"2","unit_price":"250","vat_rate":"0.13"}],"noncash_offset":"50.00"}`,
			`{"id":"r2","decision":"PREF70","reason":"WITHIN_LIMITS","dutiable_total":"500.00","line_dutiable":["500.00"],"duty":"0.00","ct":"0.00","vat":"45.50","tax":"45.50","line_tax":[{"duty":"0.00","ct":"0.00","vat":"45.50"}],"annual_after":"500.00","actual_paid":"495.50"}`},
		{"A5: spirits, with freight shared over two lines",
			`{"id":"r3","items":[{"qty":1,"unit_price":"500.00","ct_rate":"0.20","vat_rate":"0.13","ct_specific_per_unit":"1","ct_specific_qty":"0.7"},{"qty":3,"unit_price":"100.00","vat_rate":"0.09"}],"freight":"8.00","used_annual":"100"}`,
			`{"id":"r3","decision":"PREF70","reason":"WITHIN_LIMITS","dutiable_total":"808.00","line_dutiable":["505.00","303.00"],"duty":"0.00","ct":"88.99","vat":"76.61","tax":"165.60","line_tax":[{"duty":"0.00","ct":"88.99","vat":"57.52"},{"duty":"0.00","ct":"0.00","vat":"19.09"}],"annual_after":"908.00","actual_paid":"973.60"}`},
		{"A6: one piece at full tax",
			`{"id":"r4","items":[{"qty":1.0,"unit_price":"8000.00","duty_rate":"0.06","vat_rate":"0.13"}],"used_annual":"18000.00"}`,
			`{"id":"r4","decision":"FULL_TAX_IN_CBEC","reason":"SINGLE_PIECE_OVER_SINGLE_LIMIT","dutiable_total":"8000.00","line_dutiable":["8000.00"],"duty":"480.00","ct":"0.00","vat":"1102.40","tax":"1582.40","line_tax":[{"duty":"480.00","ct":"0.00","vat":"1102.40"}],"annual_after":"26000.00","actual_paid":"9582.40"}`},
		{"A7: not e-commerce has null taxes",
			`{"id":"r5","items":[{"qty":2,"unit_price":"3000.00","vat_rate":"0.13"}],"used_annual":"1.00"}`,
			`{"id":"r5","decision":"NOT_CBEC","reason":"OVER_SINGLE_LIMIT_MULTI_PIECE","dutiable_total":"6000.00","line_dutiable":["6000.00"],"duty":null,"ct":null,"vat":null,"tax":null,"line_tax":null,"annual_after":"1.00","actual_paid":null}`},
		{"A9: off the list",
			`{"id":"r6","items":[{"qty":1,"unit_price":"1.00","in_list":false}]}`,
			`{"id":"r6","decision":"NOT_CBEC","reason":"NOT_IN_POSITIVE_LIST","dutiable_total":"1.00","line_dutiable":["1.00"],"duty":null,"ct":null,"vat":null,"tax":null,"line_tax":null,"annual_after":"0.00","actual_paid":null}`},
		{"the limits of the day given",
			`{"id":"r7","on":"2018-12-31","items":[{"qty":2,"unit_price":"1000.01"}]}`,
			`{"id":"r7","decision":"NOT_CBEC","reason":"OVER_SINGLE_LIMIT_MULTI_PIECE","dutiable_total":"2000.02","line_dutiable":["2000.02"],"duty":null,"ct":null,"vat":null,"tax":null,"line_tax":null,"annual_after":"0.00","actual_paid":null}`},
		{"no id; nulls count as left out; a price below a fen is rounded with its quantity",
			`{"items":[{"qty":3,"unit_price":"0.005","in_list":null}],"freight":null}`,
			`{"id":null,"decision":"PREF70","reason":"WITHIN_LIMITS","dutiable_total":"0.02","line_dutiable":["0.02"],"duty":"0.00","ct":"0.00","vat":"0.00","tax":"0.00","line_tax":[{"duty":"0.00","ct":"0.00","vat":"0.00"}],"annual_after":"0.02","actual_paid":"0.02"}`},
		{"an id of characters that JSON or HTML escape", `{"id":"<&\n张>","items":[{"qty":1e0,"unit_price":"0"}]}`,
			`{"id":"<&\n张>","decision":"PREF70","reason":"WITHIN_LIMITS","dutiable_total":"0.00","line_dutiable":["0.00"],"duty":"0.00","ct":"0.00","vat":"0.00","tax":"0.00","line_tax":[{"duty":"0.00","ct":"0.00","vat":"0.00"}],"annual_after":"0.00","actual_paid":"0.00"}`},
		{"a number as id", `{"id":17,"items":[{"qty":10e-1,"unit_price":"0"}]}`,
			`{"id":17,"decision":"PREF70","reason":"WITHIN_LIMITS","dutiable_total":"0.00","line_dutiable":["0.00"],"duty":"0.00","ct":"0.00","vat":"0.00","tax":"0.00","line_tax":[{"duty":"0.00","ct":"0.00","vat":"0.00"}],"annual_after":"0.00","actual_paid":"0.00"}`},
	}
	for _, tt := range tests {
		got, ok := calc(tt.in)
		if !ok || got != tt.want {
			t.Errorf("%s: ok %v\n got %s\nwant %s", tt.name, ok, got, tt.want)
		}
	}
}

// Rates with any number of decimals stay exact: the last digit decides the
// rounding here.
func TestCalcIsExact(t *testing.T) {
	t.Parallel()
	for rate, want := range map[string]string{
		"0.00714285714285714285714285714285714285":  "0.00", // × 100 fen × 0.7 = 0.49999…
		"0.00714285714285714285714285714285714286":  "0.01", // 0.50000…02
		"0.007142857142857142857142857142857142857": "0.00",
	} {
		out, ok := calc(fmt.Sprintf(`{"id":"x","items":[{"qty":1,"unit_price":"1.00","vat_rate":%q}]}`, rate))
		if !ok || !strings.Contains(out, `"vat":"`+want+`"`) {
			t.Errorf("rate %s: %s, want VAT %s", rate, out, want)
		}
	}
	// Two quantities that sum to one, and two that miss it at the 40th decimal.
	third := "0." + strings.Repeat("3", 40)
	for rest, want := range map[string]string{"0." + strings.Repeat("6", 39) + "7": "FULL_TAX_IN_CBEC", "0." + strings.Repeat("6", 40): "NOT_CBEC"} {
		out, ok := calc(fmt.Sprintf(`{"id":"x","items":[{"qty":%q,"unit_price":"6000"},{"qty":%s,"unit_price":"6000"}]}`, third, rest))
		if !ok || !strings.Contains(out, want) {
			t.Errorf("quantities %s and %s: %s, want %s", third, rest, out, want)
		}
	}
}

func TestCalcRefuses(t *testing.T) {
	t.Parallel()
	item := func(s string) string { return `{"id":"e","items":[{` + s + `}]}` }
	order := func(s string) string { return `{"id":"e","items":[{"qty":1,"unit_price":"100.00"}],` + s + `}` }
	tests := []struct{ name, in, id, says string }{
		{"not JSON", `nope`, `null`, "not a JSON object"},
		{"empty line", ``, `null`, "not a JSON object"},
		{"a list", `[]`, `null`, "not a JSON object"},
		{"cut off after the id", `{"id":"e","items":[{"qty"`, `"e"`, "malformed JSON"},
		{"cut off in the object", `{"id":"e"`, `"e"`, "malformed JSON"},
		{"bad name", `{"id":"e",7:1}`, `"e"`, "malformed JSON"},
		{"two objects", `{"id":"e","items":[{"qty":1,"unit_price":"1"}]} {}`, `"e"`, "more than one"},
		{"id of another type", `{"id":[1],"items":[]}`, `null`, "id:"},
		{"id twice", `{"id":"e","id":"f"}`, `"e"`, "id: given twice"},
		{"field twice", order(`"freight":"1.00","freight":"2.00"`), `"e"`, "freight: given twice"},
		{"unknown field", order(`"direct_discont":"5.00"`), `"e"`, "direct_discont: unknown field"},
		{"field in other letters", order(`"Freight":"5.00"`), `"e"`, "Freight: unknown field"},
		{"empty name", order(`"":"5.00"`), `"e"`, "unknown field"},
		{"unknown field of an item", item(`"qty":1,"unit_price":"1","hs":"3304"`), `"e"`, "items[0]: hs: unknown field"},
		{"no items", `{"id":"e"}`, `"e"`, "items: is missing"},
		{"empty items", `{"id":"e","items":[]}`, `"e"`, "items: is empty"},
		{"items no list", `{"id":"e","items":{}}`, `"e"`, "items: must be a list"},
		{"item no object", `{"id":"e","items":[1]}`, `"e"`, "items[0]: not a JSON object"},
		{"no quantity", item(`"unit_price":"1"`), `"e"`, "qty: is missing"},
		{"no price", item(`"qty":1`), `"e"`, "unit_price: is missing"},
		{"quantity zero", item(`"qty":0,"unit_price":"1"`), `"e"`, "qty: must be above zero"},
		{"quantity negative", item(`"qty":-1,"unit_price":"1"`), `"e"`, "qty: number"},
		{"quantity of another type", item(`"qty":true,"unit_price":"1"`), `"e"`, "qty:"},
		{"quantity with a huge exponent", item(`"qty":1e999999999,"unit_price":"1"`), `"e"`, "out of range"},
		{"price as a number", item(`"qty":1,"unit_price":12.50`), `"e"`, "unit_price: must be a string"},
		{"price with a comma", item(`"qty":1,"unit_price":"1,000.00"`), `"e"`, "unit_price:"},
		{"price negative", item(`"qty":1,"unit_price":"-1.00"`), `"e"`, "negative"},
		{"price with an exponent", item(`"qty":1,"unit_price":"1e3"`), `"e"`, "unit_price:"},
		{"price empty", item(`"qty":1,"unit_price":""`), `"e"`, "unit_price:"},
		{"price out of range", item(`"qty":1,"unit_price":"99999999999999999999"`), `"e"`, "out of range"},
		{"rate in percent", item(`"qty":1,"unit_price":"1","vat_rate":"13%"`), `"e"`, "vat_rate:"},
		{"rate negative", item(`"qty":1,"unit_price":"1","duty_rate":"-0.1"`), `"e"`, "duty_rate:"},
		{"consumption tax of 1", item(`"qty":1,"unit_price":"1","ct_rate":"1.0"`), `"e"`, "ct_rate: 1 is not below 1"},
		{"consumption tax of 15", item(`"qty":1,"unit_price":"1","ct_rate":"15"`), `"e"`, "write 15 % as 0.15"},
		{"consumption tax of 1 in an order off the list", item(`"qty":1,"unit_price":"1","ct_rate":"1","in_list":false`), `"e"`, "ct_rate"},
		{"in_list as text", item(`"qty":1,"unit_price":"1","in_list":"yes"`), `"e"`, "in_list: must be true or false"},
		{"amount with three decimals", order(`"freight":"1.005"`), `"e"`, "freight: amount"},
		{"amount negative", order(`"used_annual":"-0.01"`), `"e"`, "used_annual: -0.01"},
		{"amount of another type", order(`"insurance":5`), `"e"`, "insurance: must be a string"},
		{"discount above the goods", order(`"direct_discount":"100.01"`), `"e"`, "discount 100.01 is above the goods value 100.00"},
		{"offset above what is to pay", order(`"noncash_offset":"100.01"`), `"e"`, "noncash_offset: 100.01 is above the sum to pay 100.00"},
		{"a long fault is cut short", order(`"freight":[` + strings.Repeat("1,", 5000) + `1]`), `"e"`, "1,1…"},
		{"values beyond 64 bits", order(`"freight":"92233720368547758.07"`), `"e"`, "out of range"},
		{"payable beyond 64 bits", `{"id":"e","items":[{"qty":1,"unit_price":"1","vat_rate":"131762457669353940.1"}]}`, `"e"`, "out of range"},
		{"day that does not exist", order(`"on":"2026-02-30"`), `"e"`, "on: day"},
		{"day in another form", order(`"on":"20260301"`), `"e"`, "on: must be a date string"},
		{"day before the rules", order(`"on":"2016-04-07"`), `"e"`, "no limits before 2016-04-08"},
	}
	for _, tt := range tests {
		out, ok := calc(tt.in)
		var got struct {
			ID    json.RawMessage `json:"id"`
			Error string          `json:"error"`
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || ok {
			t.Errorf("%s: ok %v, %v: %s", tt.name, ok, err, out)
			continue
		}
		if string(got.ID) != tt.id || !strings.Contains(got.Error, tt.says) || !strings.HasPrefix(out, `{"id":`) {
			t.Errorf("%s: %s, want id %s and %q", tt.name, out, tt.id, tt.says)
		}
	}
}

// FuzzCalc: whatever comes in, one line of JSON with an id comes out, and an
// answer's taxes sum up.
func FuzzCalc(f *testing.F) {
	f.Add(`{"id":"r1","items":[{"qty":1,"unit_price":"1000.00","duty_rate":"0.10","ct_rate":"0.1","vat_rate":"0.13","ct_specific_per_unit":"1","ct_specific_qty":"0.7","in_list":true}],"used_annual":"0.00","freight":"3.00","insurance":"1.00","direct_discount":"2.00","noncash_offset":"4.00"}`)
	f.Add(`{"id":1e400,"items":[{"qty":1e30,"unit_price":"0.000000000000000000000000000001"}]}`)
	f.Add("{\"id\":\"\xff\",\"items\":[]}")
	f.Fuzz(func(t *testing.T, in string) {
		out, ok := calc(in)
		var v struct {
			Error                *string
			Duty, CT, VAT, Tax   *money.Fen
			Dutiable, ActualPaid *money.Fen
		}
		if err := json.Unmarshal([]byte(out), &v); err != nil || strings.Contains(out, "\n") {
			t.Fatalf("%q: %v", out, err)
		}
		if ok == (v.Error != nil) {
			t.Fatalf("ok %v: %s", ok, out)
		}
		if v.Tax != nil && *v.Tax != *v.Duty+*v.CT+*v.VAT {
			t.Fatalf("taxes do not sum up: %s", out)
		}
	})
}
