package tax_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/money"
)

// national are the limits in force since 2019-01-01 (RULES Z1).
var national = tax.Limits{Single: 5_000_00, Annual: 26_000_00, Factor: money.RateOf(7, 1)}

func rate(s string) money.Rate {
	r, err := money.ParseRate(s)
	if err != nil {
		panic(err)
	}
	return r
}

func fen(s string) money.Fen {
	f, err := money.ParseFen(s)
	if err != nil {
		panic(err)
	}
	return f
}

// line is a listed line of `pieces` pieces worth value together, at the given
// ad-valorem rates.
func line(value, pieces, duty, ct, vat string) tax.Line {
	return tax.Line{
		Value: fen(value), Pieces: rate(pieces), Listed: true, VAT: rate(vat),
		Duty: &tax.Rule{Upper: tax.Levy{Rate: rate(duty)}},
		CT:   &tax.Rule{Upper: tax.Levy{Rate: rate(ct)}},
	}
}

func decide(t *testing.T, in tax.Input) tax.Result {
	t.Helper()
	if in.Limits == (tax.Limits{}) {
		in.Limits = national
	}
	r, err := tax.Decide(in)
	if err != nil {
		t.Fatalf("Decide: %v", err)
	}
	return r
}

// The worked examples of RULES A3-A8, A12 and A13.
func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	spirits := line("500.00", "1", "0.10", "0.20", "0.13")
	spirits.CT = &tax.Rule{Upper: tax.Levy{Rate: rate("0.20"), PerUnit: rate("1")}, Unit: tax.Litre}
	spirits.Quantities = []tax.Quantity{{Unit: tax.Litre, Qty: rate("0.7")}}
	tests := []struct {
		name              string
		in                tax.Input
		decision          tax.Decision
		d, duty, ct, vat  string
		paidWithoutOffset string
	}{
		{"A3: goods 500.00 with a coupon: the coupon does not count", tax.Input{Lines: []tax.Line{line("500.00", "1", "0", "0", "0.13")}},
			tax.Pref70, "500.00", "0.00", "0.00", "45.50", "545.50"},
		{"A3: an open price cut of 50.00 does", tax.Input{Lines: []tax.Line{line("500.00", "1", "0", "0", "0.13")}, Discount: 50_00},
			tax.Pref70, "450.00", "0.00", "0.00", "40.95", "490.95"},
		{"A4: 1,000.00 at 13 %, the tariff rate does not count", tax.Input{Lines: []tax.Line{line("1000.00", "1", "0.10", "0", "0.13")}},
			tax.Pref70, "1000.00", "0.00", "0.00", "91.00", "1091.00"},
		{"A4: skincare at 15 %", tax.Input{Lines: []tax.Line{line("425.00", "1", "0", "0.15", "0.13")}},
			tax.Pref70, "425.00", "0.00", "52.50", "45.50", "523.00"},
		{"A4: wine at 10 %", tax.Input{Lines: []tax.Line{line("300.00", "1", "0.14", "0.10", "0.13")}},
			tax.Pref70, "300.00", "0.00", "23.33", "30.33", "353.66"},
		{"A5: spirits 0.7 l, compound tax inside the gross-up", tax.Input{Lines: []tax.Line{spirits}},
			tax.Pref70, "500.00", "0.00", "88.11", "56.95", "645.06"},
		{"A6: handbag 8,000.00 at full tax", tax.Input{Lines: []tax.Line{line("8000.00", "1", "0.06", "0", "0.13")}},
			tax.FullTaxInCBEC, "8000.00", "480.00", "0.00", "1102.40", "9582.40"},
		{"A6: watch 12,000.00 at full tax", tax.Input{Lines: []tax.Line{line("12000.00", "1", "0.08", "0.20", "0.13")}},
			tax.FullTaxInCBEC, "12000.00", "960.00", "3240.00", "2106.00", "18306.00"},
		{"A13: no exemption of 50 yuan", tax.Input{Lines: []tax.Line{line("10.00", "1", "0", "0", "0.13")}},
			tax.Pref70, "10.00", "0.00", "0.00", "0.91", "10.91"},
	}
	for _, tt := range tests {
		r := decide(t, tt.in)
		if r.Decision != tt.decision || r.Dutiable != fen(tt.d) || r.Duty != fen(tt.duty) || r.CT != fen(tt.ct) || r.VAT != fen(tt.vat) ||
			r.Dutiable+r.Tax != fen(tt.paidWithoutOffset) || r.Tax != r.Duty+r.CT+r.VAT {
			t.Errorf("%s: %s D %s duty %s ct %s vat %s tax %s", tt.name, r.Decision, r.Dutiable, r.Duty, r.CT, r.VAT, r.Tax)
		}
	}
}

// The boundaries of RULES A1, A2, A6-A8 and the order of A17.
func TestDecisionOrder(t *testing.T) {
	t.Parallel()
	offList := line("100.00", "1", "0", "0", "0.13")
	offList.Listed = false
	one := func(value string) []tax.Line { return []tax.Line{line(value, "1", "0.05", "0", "0.13")} }
	two := func(value string) []tax.Line { return []tax.Line{line(value, "2", "0.05", "0", "0.13")} }
	tests := []struct {
		name  string
		lines []tax.Line
		used  string
		gate  tax.Reason
		want  tax.Reason
	}{
		{"A1: exactly the single limit", two("5000.00"), "0", 0, tax.WithinLimits},
		{"A1: a fen above, two pieces", two("5000.01"), "0", 0, tax.OverSingleLimitMultiPiece},
		{"A1: a fen above, one piece", one("5000.01"), "0", 0, tax.SinglePieceOverSingleLimit},
		{"A2: exactly the annual limit", one("400.00"), "25600.00", 0, tax.WithinLimits},
		{"A2: a fen above", one("400.01"), "25600.00", 0, tax.OverAnnualLimit},
		{"A6: one piece just below the annual limit", one("25999.99"), "0", 0, tax.SinglePieceOverSingleLimit},
		{"A6: used + D exactly the annual limit", one("6000.00"), "20000.00", 0, tax.SinglePieceOverSingleLimit},
		{"A6: used + D a fen above", one("6000.01"), "20000.00", 0, tax.OverAnnualLimit},
		{"A6: D exactly 26,000", one("26000.00"), "0", 0, tax.NotBelowAnnualLimit},
		{"A6: D exactly 26,000 in two pieces", two("26000.00"), "0", 0, tax.NotBelowAnnualLimit},
		{"A6: D exactly 26,000 with something used", one("26000.00"), "0.01", 0, tax.OverAnnualLimit},
		{"A6: D 26,000.01", one("26000.01"), "0", 0, tax.OverAnnualLimit},
		{"A7: two pieces of 3,000.00", two("6000.00"), "0", 0, tax.OverSingleLimitMultiPiece},
		{"A7: two lines of one piece", append(one("3000.00"), one("3000.00")...), "0", 0, tax.OverSingleLimitMultiPiece},
		{"A7: half a piece", []tax.Line{line("6000.00", "0.5", "0", "0", "0")}, "0", 0, tax.OverSingleLimitMultiPiece},
		{"A8: used 23,000, bag 4,999", one("4999.00"), "23000.00", 0, tax.OverAnnualLimit},
		{"A8: used 20,000, single piece 6,500", one("6500.00"), "20000.00", 0, tax.OverAnnualLimit},
		{"A8: over the annual limit comes before several pieces", two("6500.00"), "20000.00", 0, tax.OverAnnualLimit},
		{"A9: one line off the list blocks all", append(one("10.00"), offList), "0", 0, tax.NotInPositiveList},
		{"A17: the list comes before the limits", []tax.Line{offList}, "26000.00", 0, tax.NotInPositiveList},
		{"A17: gates come before the limits", one("10.00"), "26000.00", tax.OverAnnualWeight, tax.OverAnnualWeight},
		{"A17: the list comes before the gates", []tax.Line{offList}, "0", tax.IdentityNotVerified, tax.NotInPositiveList},
		{"nothing to pay is within the limits", one("0"), "26000.00", 0, tax.WithinLimits},
		{"two halves are one piece", []tax.Line{line("3000", "0.5", "0", "0", "0"), line("3000", "0.5", "0", "0", "0")}, "0", 0, tax.SinglePieceOverSingleLimit},
	}
	for _, tt := range tests {
		r := decide(t, tax.Input{Lines: tt.lines, Used: fen(tt.used), Gate: tt.gate})
		if r.Reason != tt.want {
			t.Errorf("%s: %s/%s, want %s", tt.name, r.Decision, r.Reason, tt.want)
		}
		after := r.Used + r.Dutiable
		if r.Decision == tax.NotCBEC {
			after = r.Used
			if r.Tax != 0 || r.Lines[0].Tax() != 0 {
				t.Errorf("%s: tax %s although it is not e-commerce", tt.name, r.Tax)
			}
		}
		if r.AnnualAfter != after {
			t.Errorf("%s: %s used after, want %s", tt.name, r.AnnualAfter, after)
		}
		if atLimit := r.Review&tax.ReviewAtAnnualLimit != 0; atLimit != (r.Dutiable == national.Annual) {
			t.Errorf("%s: review %v", tt.name, r.Review.Names())
		}
	}
}

// Limits are data: those of 2016-2018 (RULES Z1) decide differently.
func TestLimitsAreParameters(t *testing.T) {
	t.Parallel()
	old := tax.Limits{Single: 2_000_00, Annual: 20_000_00, Factor: money.RateOf(7, 1)}
	r := decide(t, tax.Input{Lines: []tax.Line{line("2000.01", "2", "0", "0", "0.13")}, Limits: old})
	if r.Reason != tax.OverSingleLimitMultiPiece {
		t.Errorf("2,000.01 in 2018: %s", r.Reason)
	}
	half := old
	half.Factor = money.RateOf(5, 1)
	r = decide(t, tax.Input{Lines: []tax.Line{line("1000.00", "1", "0", "0", "0.13")}, Limits: half})
	if r.Tax != 65_00 {
		t.Errorf("1,000.00 at 13 %% and a factor of 0.5: %s, want 65.00", r.Tax)
	}
}

// Freight, insurance and discount are shared out in whole fen, each by itself,
// in proportion to the line values (RULES A12.3).
func TestShares(t *testing.T) {
	t.Parallel()
	three := []tax.Line{line("100.00", "1", "0", "0", "0.13"), line("100.00", "1", "0", "0", "0.13"), line("100.00", "1", "0", "0", "0.13")}
	r := decide(t, tax.Input{Lines: three, Freight: 10_00, Insurance: 1, Discount: 2})
	want := [][4]money.Fen{{334, 1, 1, 10334}, {333, 0, 1, 10332}, {333, 0, 0, 10333}}
	for i, w := range want {
		l := r.Lines[i]
		if [4]money.Fen{l.Freight, l.Insurance, l.Discount, l.Dutiable} != w {
			t.Errorf("line %d: %d %d %d %d, want %v", i+1, l.Freight, l.Insurance, l.Discount, l.Dutiable, w)
		}
	}
	if r.Dutiable != fen("309.99") {
		t.Errorf("D %s, want 309.99", r.Dutiable)
	}
	gifts := []tax.Line{line("0", "1", "0", "0", "0.13"), line("0", "1", "0", "0", "0.13")}
	if r := decide(t, tax.Input{Lines: gifts, Freight: 5}); r.Lines[0].Dutiable != 3 || r.Lines[1].Dutiable != 2 {
		t.Errorf("freight over gifts: %s and %s", r.Lines[0].Dutiable, r.Lines[1].Dutiable)
	}
}

func TestDecideRefuses(t *testing.T) {
	t.Parallel()
	good := line("100.00", "1", "0", "0", "0.13")
	with := func(change func(*tax.Input)) tax.Input {
		in := tax.Input{Lines: []tax.Line{good}, Limits: national}
		change(&in)
		return in
	}
	tests := []struct {
		name string
		in   tax.Input
		want error
		says string
	}{
		{"no lines", with(func(in *tax.Input) { in.Lines = nil }), tax.ErrInput, "no lines"},
		{"negative value", with(func(in *tax.Input) { in.Lines[0].Value = -1 }), tax.ErrInput, "-0.01"},
		{"negative freight", with(func(in *tax.Input) { in.Freight = -1 }), tax.ErrInput, "freight"},
		{"negative insurance", with(func(in *tax.Input) { in.Insurance = -1 }), tax.ErrInput, "insurance"},
		{"negative used value", with(func(in *tax.Input) { in.Used = -1 }), tax.ErrInput, "used"},
		{"negative discount", with(func(in *tax.Input) { in.Discount = -1 }), tax.ErrInput, "discount"},
		{"discount above the goods", with(func(in *tax.Input) { in.Discount = 100_01; in.Freight = 50_00 }), tax.ErrInput, "100.01"},
		{"consumption tax of 100 %", with(func(in *tax.Input) { in.Lines[0].CT = &tax.Rule{Upper: tax.Levy{Rate: rate("1")}} }), tax.ErrInput, "line"},
		{"no limits", with(func(in *tax.Input) { in.Limits = tax.Limits{} }), tax.ErrLimits, ""},
		{"no quantity for an amount per unit", with(func(in *tax.Input) {
			in.Lines[0].CT = &tax.Rule{Upper: tax.Levy{PerUnit: rate("1")}, Unit: tax.Litre}
		}), tax.ErrQuantity, "095"},
		{"values beyond 64 bits", with(func(in *tax.Input) { in.Lines = []tax.Line{{Value: math.MaxInt64}, {Value: 1}} }), money.ErrRange, ""},
		{"freight beyond 64 bits", with(func(in *tax.Input) { in.Lines[0].Value = math.MaxInt64; in.Freight = 1 }), money.ErrRange, ""},
		{"insurance beyond 64 bits", with(func(in *tax.Input) { in.Lines[0].Value = math.MaxInt64; in.Insurance = 1 }), money.ErrRange, ""},
		{"used beyond 64 bits", with(func(in *tax.Input) { in.Used = math.MaxInt64 }), money.ErrRange, ""},
		{"tax beyond 64 bits", with(func(in *tax.Input) { in.Lines[0].VAT = rate("1000000000000000000000000000000") }), money.ErrRange, ""},
	}
	for _, tt := range tests {
		_, err := tax.Decide(tt.in)
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %v naming %q", tt.name, err, tt.want, tt.says)
		}
		good.Value = 100_00
	}
}

// A single tax each fits, but their sum does not.
func TestSumOfTaxesOutOfRange(t *testing.T) {
	t.Parallel()
	lim := tax.Limits{Single: math.MaxInt64, Annual: math.MaxInt64, Factor: money.RateOf(1, 0)}
	l := tax.Line{Value: 1 << 61, Pieces: rate("1"), Listed: true, VAT: rate("2.9")}
	if _, err := tax.Decide(tax.Input{Lines: []tax.Line{l, l}, Limits: lim}); !errors.Is(err, money.ErrRange) {
		t.Errorf("%v, want ErrRange", err)
	}
}
