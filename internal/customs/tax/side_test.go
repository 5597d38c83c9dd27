package tax_test

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// The worked examples of RULES A3.5.
func TestSplitInclusive(t *testing.T) {
	t.Parallel()
	r := big.NewRat(91, 1000)
	tests := []struct{ total, freight, price, tax string }{
		{"218.20", "0", "200.00", "18.20"},
		{"199.00", "0", "182.40", "16.60"},
		{"200.00", "20.00", "181.65", "18.35"},
		{"0", "0", "0", "0"},
	}
	for _, tt := range tests {
		p, x, err := tax.SplitInclusive(fen(tt.total), fen(tt.freight), r)
		if err != nil || p != fen(tt.price) || x != fen(tt.tax) {
			t.Errorf("%s with freight %s: %s + %s, %v; want %s + %s", tt.total, tt.freight, p, x, err, tt.price, tt.tax)
		}
	}
	for name, f := range map[string]func() error{
		"negative total":     func() error { _, _, err := tax.SplitInclusive(-1, 0, r); return err },
		"negative freight":   func() error { _, _, err := tax.SplitInclusive(1, -1, r); return err },
		"negative rate":      func() error { _, _, err := tax.SplitInclusive(1, 0, big.NewRat(-1, 2)); return err },
		"total below tax":    func() error { _, _, err := tax.SplitInclusive(1, 100_00, r); return err },
		"mixed: none":        func() error { _, _, err := tax.SplitInclusiveMixed(1, 0, nil); return err },
		"mixed: negative":    func() error { _, _, err := tax.SplitInclusiveMixed(1, 0, []tax.InclusiveItem{{-1, r}}); return err },
		"mixed: freight tax": func() error { _, _, err := tax.SplitInclusiveMixed(1, 9999, []tax.InclusiveItem{{1, r}}); return err },
	} {
		if err := f(); !errors.Is(err, tax.ErrInput) {
			t.Errorf("%s: %v, want ErrInput", name, err)
		}
	}
}

func TestSplitInclusiveMixed(t *testing.T) {
	t.Parallel()
	items := []tax.InclusiveItem{{200_00, big.NewRat(91, 1000)}, {100_00, big.NewRat(63, 1000)}}
	prices, taxes, err := tax.SplitInclusiveMixed(300_00, 0, items)
	// 200.00 / 1.091 = 183.318… and 100.00 / 1.063 = 94.073…
	if err != nil || !slices.Equal(prices, []money.Fen{183_32, 94_07}) || !slices.Equal(taxes, []money.Fen{16_68, 5_93}) {
		t.Errorf("%v %v, %v", prices, taxes, err)
	}
}

// The tax split off differs from the tax computed on the split price by no more
// than a fen or two of rounding, and the parts sum to the whole.
func TestSplitInclusiveInvertsTheTax(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := money.Fen(rapid.Int64Range(0, 500_000).Draw(t, "total"))
		vat := rapid.SampledFrom([]string{"0.13", "0.09"}).Draw(t, "vat")
		r, err := tax.CombinedRate(money.Rate{}, rate(vat), national.Factor)
		if err != nil {
			t.Fatal(err)
		}
		price, owed, err := tax.SplitInclusive(total, 0, r)
		if err != nil || price+owed != total {
			t.Fatalf("%s + %s, %v", price, owed, err)
		}
		l := line("0", "1", "0", "0", vat)
		l.Value = price
		got, err := tax.Decide(tax.Input{Lines: []tax.Line{l}, Limits: national})
		if off := got.Tax - owed; err != nil || off < -1 || off > 1 {
			t.Fatalf("split tax %s, computed %s, %v", owed, got.Tax, err)
		}
	})
}

func TestCheckWeights(t *testing.T) {
	t.Parallel()
	caps := []tax.WeightCap{{"sugar", 2000, 1500}, {"rice", 20_000, 0}}
	tests := []struct {
		name string
		uses []tax.WeightUse
		want []tax.WeightCheck
		ok   bool
	}{
		{"exactly the limit", []tax.WeightUse{{"sugar", 500}}, []tax.WeightCheck{{"sugar", 1500, 500, 2000, 2000, false}}, true},
		{"a gram above, in two lines", []tax.WeightUse{{"sugar", 250}, {"sugar", 251}}, []tax.WeightCheck{{"sugar", 1500, 501, 2001, 2000, true}}, false},
		{"two groups", []tax.WeightUse{{"rice", 20_000}, {"sugar", 501}},
			[]tax.WeightCheck{{"sugar", 1500, 501, 2001, 2000, true}, {"rice", 0, 20_000, 20_000, 20_000, false}}, false},
		{"no cap", []tax.WeightUse{{"salt", 1 << 40}}, nil, true},
		{"beyond 64 bits", []tax.WeightUse{{"rice", math.MaxInt64}, {"rice", 1}}, []tax.WeightCheck{{"rice", 0, math.MaxInt64, math.MaxInt64, 20_000, true}}, false},
	}
	for _, tt := range tests {
		got, ok := tax.CheckWeights(caps, tt.uses)
		if ok != tt.ok || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %+v %v, want %+v %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

// The worked examples of RULES A10 and A11.
func TestTerms(t *testing.T) {
	t.Parallel()
	const release = clock.Day(20260301)
	first, last := tax.NationalTerms.Payment(release, nil)
	if first != 20260401 || last != 20260415 {
		t.Errorf("pay %s to %s, want 2026-04-01 to 2026-04-15", first, last)
	}
	file, back := tax.NationalTerms.Return(release, nil)
	if file != 20260331 || back != 20260415 {
		t.Errorf("return by %s and %s, want 2026-03-31 and 2026-04-15", file, back)
	}
	if _, last := tax.NationalTerms.Payment(20260304, nil); last != 20260420 { // 18 April is a Saturday
		t.Errorf("the last day falls on %s, want Monday 2026-04-20", last)
	}
	tests := []struct {
		name        string
		filed, back clock.Day
		want        bool
	}{
		{"last days", 20260331, 20260415, true},
		{"applied a day late", 20260401, 20260415, false},
		{"back a day late", 20260331, 20260416, false},
		{"on the day of release", 20260301, 20260301, true},
		{"before release", 20260228, 20260310, false},
		{"back before the application", 20260310, 20260309, false},
	}
	for _, tt := range tests {
		if got := tax.NationalTerms.ReturnInTime(release, tt.filed, tt.back, nil); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// RULES B4, C2 and C3.
func TestClassifyExport(t *testing.T) {
	t.Parallel()
	list := func(mode string, value money.Fen, change func(*tax.ExportList)) tax.ExportList {
		l := tax.ExportList{Mode: mode, Value: value, ValueLimit: 5_000_00, PilotZone: true}
		if change != nil {
			change(&l)
		}
		return l
	}
	tests := []struct {
		name   string
		in     tax.ExportList
		class  tax.ExportClass
		digits int
		why    tax.ExportObstacle
	}{
		{"B4: exactly 5,000.00", list("9610", 5_000_00, nil), tax.ExportStatistics, 4, 0},
		{"B4: 5,000.01", list("9610", 5_000_01, nil), tax.ExportSummary, 10, tax.ObstacleValue},
		{"B4: refund wanted", list("9610", 1_00, func(l *tax.ExportList) { l.Refund = true }), tax.ExportSummary, 10, tax.ObstacleRefund},
		{"B4: export duty", list("9610", 1_00, func(l *tax.ExportList) { l.ExportDuty = true }), tax.ExportSummary, 10, tax.ObstacleExportDuty},
		{"B4: licence", list("9610", 1_00, func(l *tax.ExportList) { l.Licence = true }), tax.ExportSummary, 10, tax.ObstacleLicence},
		{"B4: inspection is no obstacle", list("9610", 1_00, func(l *tax.ExportList) { l.Inspection = true }), tax.ExportStatistics, 4, 0},
		{"B4: outside a zone", list("9610", 1_00, func(l *tax.ExportList) { l.PilotZone = false }), tax.ExportSummary, 10, tax.ObstacleZone},
		{"B4: two obstacles", list("1210", 9_000_00, func(l *tax.ExportList) { l.Refund = true }), tax.ExportSummary, 10, tax.ObstacleValue | tax.ObstacleRefund},
		{"1210 keeps its digits", list("1210", 1_00, nil), tax.ExportStatistics, 10, 0},
		{"C2: exactly 5,000.00", list("9710", 5_000_00, nil), tax.ExportStatistics, 6, 0},
		{"C2: 5,000.01", list("9810", 5_000_01, nil), tax.ExportDeclaration, 10, tax.ObstacleValue},
		{"C2: 900.00 with inspection", list("9710", 900_00, func(l *tax.ExportList) { l.Inspection = true }), tax.ExportDeclaration, 10, tax.ObstacleInspection},
		{"C2: licence", list("9810", 1_00, func(l *tax.ExportList) { l.Licence = true }), tax.ExportDeclaration, 10, tax.ObstacleLicence},
		{"C2: refund needs the declaration", list("9710", 1_00, func(l *tax.ExportList) { l.Refund = true }), tax.ExportDeclaration, 10, tax.ObstacleRefund},
		{"C3: outside a zone all digits", list("9810", 1_00, func(l *tax.ExportList) { l.PilotZone = false }), tax.ExportStatistics, 10, 0},
		{"not an e-commerce mode", list("0110", 1_00, nil), tax.ExportUnknownMode, 10, 0},
	}
	for _, tt := range tests {
		class, digits, why := tax.ClassifyExport(tt.in)
		if class != tt.class || digits != tt.digits || why != tt.why {
			t.Errorf("%s: %s, %d digits, %v", tt.name, class, digits, why.Names())
		}
		if class.String() == "" || class.ZH() == "" || class.EN() == "" || len(why.ZH()) != len(why.Names()) || len(why.EN()) != len(why.Names()) {
			t.Errorf("%s: words are missing", tt.name)
		}
	}
}
