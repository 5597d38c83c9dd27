package tax_test

import (
	"errors"
	"testing"

	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/money"
)

// RULES A5: the thresholds of the tariff table, each tested on the value per
// unit, and flagged within 5 % of it.
func TestThresholds(t *testing.T) {
	t.Parallel()
	cosmetics := &tax.Rule{Upper: tax.Levy{Rate: rate("0.15")}, Threshold: rate("10000"), Unit: tax.Kilogram} // 10 yuan a gram
	sheets := &tax.Rule{Upper: tax.Levy{Rate: rate("0.15")}, Threshold: rate("15"), Unit: tax.Piece}
	watch := &tax.Rule{Upper: tax.Levy{Rate: rate("0.20")}, Threshold: rate("10000"), Unit: 8}
	beer := &tax.Rule{Upper: tax.Levy{PerUnit: rate("0.253")}, Lower: tax.Levy{PerUnit: rate("0.2227")}, Threshold: rate("2.64295885"), Unit: tax.Litre}
	strict := &tax.Rule{Upper: tax.Levy{PerUnit: rate("0.9")}, Lower: tax.Levy{Rate: rate("0.10")}, Threshold: rate("9"), Strict: true, Unit: tax.Kilogram}
	tests := []struct {
		name     string
		rule     *tax.Rule
		d        string
		unit     tax.Unit
		qty      string
		rate     string
		specific string
		review   tax.Review
	}{
		{"cream 30 g at 10.00 a gram", cosmetics, "300.00", tax.Kilogram, "0.03", "0.15", "0", tax.ReviewNearThreshold},
		{"a fen below", cosmetics, "299.99", tax.Kilogram, "0.03", "0", "0", tax.ReviewNearThreshold},
		{"in grams", cosmetics, "300.00", tax.Gram, "30", "0.15", "0", tax.ReviewNearThreshold},
		{"5 % above is still near", cosmetics, "315.00", tax.Gram, "30", "0.15", "0", tax.ReviewNearThreshold},
		{"more is not", cosmetics, "315.01", tax.Gram, "30", "0.15", "0", 0},
		{"5 % below is still near", cosmetics, "285.00", tax.Gram, "30", "0", "0", tax.ReviewNearThreshold},
		{"less is not", cosmetics, "284.99", tax.Gram, "30", "0", "0", 0},
		{"in tonnes", cosmetics, "20000.00", tax.Tonne, "0.001", "0.15", "0", 0},
		{"sheet masks at 15.00", sheets, "150.00", tax.Piece, "10", "0.15", "0", tax.ReviewNearThreshold},
		{"sheet masks counted as 片", sheets, "200.00", 20, "10", "0.15", "0", tax.ReviewUnitOfCount},
		{"watch at 10,000", watch, "10000.00", 8, "1", "0.2", "0", tax.ReviewNearThreshold},
		{"watch below", watch, "9000.00", 8, "1", "0", "0", 0},
		{"beer, dear", beer, "100.00", tax.Litre, "10", "0", "2.53", 0},
		{"beer, cheap", beer, "10.00", tax.Litre, "10", "0", "2.227", 0},
		{"beer in millilitres", beer, "10.00", tax.Millilitre, "10000", "0", "2.227", 0},
		{"the threshold itself belongs to the lower part", strict, "9.00", tax.Kilogram, "1", "0.1", "0", tax.ReviewNearThreshold},
		{"above it", strict, "9.01", tax.Kilogram, "1", "0", "0.9", tax.ReviewNearThreshold},
		{"no rule", nil, "9.01", tax.Kilogram, "1", "0", "0", 0},
		{"values beyond machine words", cosmetics, "20000000000000000.00", tax.Kilogram, "2000000000000.000000000000001", "0", "0", tax.ReviewNearThreshold},
	}
	for _, tt := range tests {
		c, err := tt.rule.Resolve(fen(tt.d), []tax.Quantity{{Unit: 95_0, Qty: rate("7")}, {Unit: tt.unit, Qty: rate(tt.qty)}})
		if err != nil || c.Rate.String() != tt.rate || c.Specific.String() != tt.specific || c.Review != tt.review {
			t.Errorf("%s: rate %s specific %s review %v, %v", tt.name, c.Rate, c.Specific, c.Review.Names(), err)
		}
	}
}

func TestResolveWantsTheQuantity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		rule tax.Rule
		q    []tax.Quantity
	}{
		{"none given", tax.Rule{Threshold: rate("10"), Unit: tax.Kilogram}, nil},
		{"weight is not volume", tax.Rule{Upper: tax.Levy{PerUnit: rate("1")}, Unit: tax.Litre}, []tax.Quantity{{tax.Kilogram, rate("1")}}},
		{"a unit without conversion", tax.Rule{Upper: tax.Levy{PerUnit: rate("1")}, Unit: tax.SquareMetre}, []tax.Quantity{{tax.Kilogram, rate("1")}}},
		{"nothing has no value per unit", tax.Rule{Threshold: rate("10"), Unit: tax.Kilogram}, []tax.Quantity{{tax.Kilogram, rate("0")}}},
		{"only the lower levy is per unit", tax.Rule{Lower: tax.Levy{PerUnit: rate("1")}, Threshold: rate("10"), Unit: tax.Litre}, nil},
	}
	for _, tt := range tests {
		if _, err := tt.rule.Resolve(100, tt.q); !errors.Is(err, tax.ErrQuantity) {
			t.Errorf("%s: %v, want ErrQuantity", tt.name, err)
		}
	}
}

// A threshold is tested on the line's dutiable value after freight was shared
// out (RULES A5), and a specific tariff enters the composite price.
func TestRulesInsideDecide(t *testing.T) {
	t.Parallel()
	cream := tax.Line{
		Value: 295_00, Pieces: rate("1"), Listed: true, VAT: rate("0.13"),
		CT:         &tax.Rule{Upper: tax.Levy{Rate: rate("0.15")}, Threshold: rate("10000"), Unit: tax.Kilogram},
		Quantities: []tax.Quantity{{tax.Gram, rate("30")}},
	}
	without := decide(t, tax.Input{Lines: []tax.Line{cream}})
	with := decide(t, tax.Input{Lines: []tax.Line{cream}, Freight: 10_00})
	if without.CT != 0 || with.CT == 0 || with.Review&tax.ReviewNearThreshold == 0 || without.Review&tax.ReviewNearThreshold == 0 {
		t.Errorf("CT %s without and %s with freight, review %v", without.CT, with.CT, with.Review.Names())
	}

	lens := line("6000.00", "1", "0", "0", "0.13")
	lens.Duty = &tax.Rule{Upper: tax.Levy{Rate: rate("0.10"), PerUnit: rate("0.6")}, Unit: tax.Kilogram}
	lens.Quantities = []tax.Quantity{{tax.Kilogram, rate("2.5")}}
	r := decide(t, tax.Input{Lines: []tax.Line{lens}})
	if r.Duty != fen("601.50") || r.VAT != fen("858.20") { // 6,601.50 × 13 % = 858.195
		t.Errorf("compound tariff: duty %s, VAT %s", r.Duty, r.VAT)
	}
}

func TestCombinedRate(t *testing.T) {
	t.Parallel()
	seven := money.RateOf(7, 1)
	tests := []struct{ c, v, want string }{ // RULES A4, exact to six places
		{"0", "0.13", "0.091000"}, {"0", "0.09", "0.063000"}, {"0.05", "0.13", "0.132632"},
		{"0.10", "0.13", "0.178889"}, {"0.15", "0.13", "0.230588"}, {"0.20", "0.13", "0.288750"},
	}
	for _, tt := range tests {
		r, err := tax.CombinedRate(rate(tt.c), rate(tt.v), seven)
		if err != nil || r.FloatString(6) != tt.want {
			t.Errorf("c %s v %s: %v, %v; want %s", tt.c, tt.v, r, err, tt.want)
		}
	}
	if _, err := tax.CombinedRate(rate("1"), rate("0.13"), seven); !errors.Is(err, tax.ErrInput) {
		t.Errorf("c = 1: %v", err)
	}
}
