package tax_test

import (
	"math/big"
	"strings"
	"testing"

	"pilotzone/internal/customs/tax"
)

func TestExplainShowsEachStep(t *testing.T) {
	t.Parallel()
	spirits := line("500.00", "1", "0", "0.20", "0.13")
	spirits.CT = &tax.Rule{Upper: tax.Levy{Rate: rate("0.20"), PerUnit: rate("1")}, Unit: tax.Litre}
	spirits.Quantities = []tax.Quantity{{Unit: tax.Litre, Qty: rate("0.7")}}
	r := decide(t, tax.Input{Lines: []tax.Line{spirits}, Used: 100_00})
	text := r.ExplainText()
	// RULES A5: comp (500 + 0.70) / 0.8 = 625.875; CT 125.875 → 88.11; VAT 81.36375 → 56.95.
	for _, want := range []string{"500.00", "0.7", "20%", "625.875", "125.875", "88.11", "81.36375", "56.95", "145.06", "600.00"} {
		if !strings.Contains(text.ZH, want) || !strings.Contains(text.EN, want) {
			t.Errorf("%q is missing in\n%s%s", want, text.ZH, text.EN)
		}
	}
	if strings.Contains(text.ZH, "关税 =") {
		t.Errorf("a tariff is shown that is not charged:\n%s", text.ZH)
	}
}

func TestExplainFullTaxAndReview(t *testing.T) {
	t.Parallel()
	watch := line("10100.00", "1", "0.08", "0", "0.13")
	watch.CT = &tax.Rule{Upper: tax.Levy{Rate: rate("0.20")}, Threshold: rate("10000"), Unit: 8}
	watch.Quantities = []tax.Quantity{{Unit: 8, Qty: rate("1")}}
	r := decide(t, tax.Input{Lines: []tax.Line{watch}})
	text := r.ExplainText()
	for _, want := range []string{"关税 = 10100.00 × 8%", "808.00", "全额征税", "请复核", "±5%"} {
		if !strings.Contains(text.ZH, want) {
			t.Errorf("%q is missing in\n%s", want, text.ZH)
		}
	}
	if !strings.Contains(text.EN, "please review") {
		t.Errorf("no review in\n%s", text.EN)
	}
}

func TestExplainEndlessDecimalsAndRefusals(t *testing.T) {
	t.Parallel()
	wine := decide(t, tax.Input{Lines: []tax.Line{line("100.00", "1", "0", "0.10", "0.13")}})
	if text := wine.ExplainText().EN; !strings.Contains(text, "1000/9 (≈ 111.11111111)") {
		t.Errorf("the composite price 100/0.9 is not shown exactly:\n%s", text)
	}
	refused := decide(t, tax.Input{Lines: []tax.Line{line("6000.00", "2", "0", "0.10", "0.13")}})
	if text := refused.ExplainText().EN; strings.Contains(text, "VAT") || !strings.Contains(text, "more than one piece") {
		t.Errorf("a refused order is explained as\n%s", text)
	}
}

// The working holds the exact values between, in fen.
func TestWorking(t *testing.T) {
	t.Parallel()
	r := decide(t, tax.Input{Lines: []tax.Line{line("12000.00", "1", "0.08", "0.20", "0.13")}})
	w := r.Lines[0].Working()
	for name, got := range map[string]struct {
		got  *big.Rat
		want int64
	}{
		"duty": {w.Duty, 960_00}, "composite": {w.Composite, 16200_00}, "ct": {w.CT, 3240_00}, "vat": {w.VAT, 2106_00}, "specific": {w.Specific, 0},
	} {
		if got.got.Cmp(big.NewRat(got.want, 1)) != 0 {
			t.Errorf("%s: %s fen, want %d", name, got.got.RatString(), got.want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for r := tax.WithinLimits; r <= tax.IdentityNotVerified; r++ {
		if r.String() == "" || r.ZH() == "" || r.EN() == "" {
			t.Errorf("reason %d has no words", r)
		}
	}
	for d := tax.Pref70; d <= tax.NotCBEC; d++ {
		if d.String() == "" || d.ZH() == "" || d.EN() == "" {
			t.Errorf("decision %d has no words", d)
		}
	}
	if tax.Reason(200).String() != "UNKNOWN" || tax.Decision(200).EN() != "unknown" {
		t.Error("a value out of range has words")
	}
	both := tax.ReviewNearThreshold | tax.ReviewUnitOfCount
	if got := strings.Join(both.Names(), ","); got != "near_threshold,unit_of_count" {
		t.Errorf("names %q", got)
	}
	if !strings.Contains(both.ZH(), "；") || !strings.Contains(both.EN(), "; ") || tax.Review(0).Names() != nil {
		t.Error("texts of reviews are not joined")
	}
}
