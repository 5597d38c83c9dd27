package tax_test

import (
	"fmt"
	"math/big"
	"sort"
	"testing"

	"pgregory.net/rapid"
	"pilotzone/internal/customs/tax"
	"pilotzone/internal/kernel/money"
)

// oracle is the rule sheet written down once more, with fractions only.
type oracle struct {
	decision, reason string
	dutiable         []int64
	taxes            [][3]int64
}

func ratOf(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

func mul(x ...*big.Rat) *big.Rat {
	p := big.NewRat(1, 1)
	for _, y := range x {
		p.Mul(p, y)
	}
	return p
}

func halfUp(x *big.Rat) int64 {
	y := new(big.Rat).Add(x, big.NewRat(1, 2))
	return new(big.Int).Quo(y.Num(), y.Denom()).Int64()
}

func oracleShare(total int64, values []int64) []int64 {
	sum := int64(0)
	for _, v := range values {
		sum += v
	}
	if sum == 0 {
		values = append([]int64(nil), values...)
		for i := range values {
			values[i] = 1
		}
		sum = int64(len(values))
	}
	type rest struct {
		r *big.Rat
		i int
	}
	parts, rests, left := make([]int64, len(values)), []rest{}, total
	for i, v := range values {
		exact := mul(big.NewRat(total, 1), big.NewRat(v, sum))
		parts[i] = new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
		left -= parts[i]
		rests = append(rests, rest{new(big.Rat).Sub(exact, big.NewRat(parts[i], 1)), i})
	}
	sort.SliceStable(rests, func(a, b int) bool { return rests[a].r.Cmp(rests[b].r) > 0 })
	for _, r := range rests[:left] {
		parts[r.i]++
	}
	return parts
}

// item is a line as text, from which both the input and the oracle are made.
type item struct {
	value                            int64
	qty, duty, ct, vat, perUnit, sqt string
	listed                           bool
}

func oracleOf(items []item, freight, insurance, discount, used int64) (o oracle) {
	values := make([]int64, len(items))
	pieces, listed := new(big.Rat), true
	for i, it := range items {
		values[i] = it.value
		pieces.Add(pieces, ratOf(it.qty))
		listed = listed && it.listed
	}
	f, ins, disc := oracleShare(freight, values), oracleShare(insurance, values), oracleShare(discount, values)
	d := int64(0)
	for i := range items {
		o.dutiable = append(o.dutiable, values[i]+f[i]+ins[i]-disc[i])
		d += o.dutiable[i]
	}
	factor, dutyOn := big.NewRat(7, 10), big.NewRat(0, 1)
	switch onePiece := pieces.Cmp(big.NewRat(1, 1)) == 0; {
	case !listed:
		o.decision, o.reason = "NOT_CBEC", "NOT_IN_POSITIVE_LIST"
	case d <= 500000 && used+d <= 2600000:
		o.decision, o.reason = "PREF70", "WITHIN_LIMITS"
	case d > 500000 && onePiece && d < 2600000 && used+d <= 2600000:
		o.decision, o.reason = "FULL_TAX_IN_CBEC", "SINGLE_PIECE_OVER_SINGLE_LIMIT"
		factor, dutyOn = big.NewRat(1, 1), big.NewRat(1, 1)
	case used+d > 2600000:
		o.decision, o.reason = "NOT_CBEC", "OVER_ANNUAL_LIMIT"
	case d >= 2600000:
		o.decision, o.reason = "NOT_CBEC", "NOT_BELOW_ANNUAL_LIMIT"
	default:
		o.decision, o.reason = "NOT_CBEC", "OVER_SINGLE_LIMIT_MULTI_PIECE"
	}
	if o.decision == "NOT_CBEC" {
		return o
	}
	for i, it := range items {
		c, v := ratOf(it.ct), ratOf(it.vat)
		base := big.NewRat(o.dutiable[i], 1)
		duty := mul(base, ratOf(it.duty), dutyOn)
		tq := mul(ratOf(it.perUnit), ratOf(it.sqt), big.NewRat(100, 1))
		comp := new(big.Rat).Add(new(big.Rat).Add(base, duty), tq)
		comp.Quo(comp, new(big.Rat).Sub(big.NewRat(1, 1), c))
		ct := new(big.Rat).Add(mul(comp, c), tq)
		o.taxes = append(o.taxes, [3]int64{halfUp(duty), halfUp(mul(ct, factor)), halfUp(mul(comp, v, factor))})
	}
	return o
}

func drawItem(t *rapid.T) item {
	decimal := func(name string, most int, decimals ...int) string {
		n := rapid.SampledFrom(decimals).Draw(t, name+" decimals")
		s := fmt.Sprint(rapid.IntRange(0, most).Draw(t, name))
		if n == 0 {
			return s
		}
		return s + "." + rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), n, n, -1).Draw(t, name+" tail")
	}
	zeroOr := func(name string, f func() string) string {
		if rapid.Bool().Draw(t, "no "+name) {
			return "0"
		}
		return f()
	}
	return item{
		value:   rapid.OneOf(rapid.Int64Range(0, 600_000), rapid.Int64Range(0, 2_700_000), rapid.SampledFrom([]int64{500_000, 500_001, 2_600_000, 2_600_001})).Draw(t, "value"),
		qty:     rapid.SampledFrom([]string{"1", "1", "1", "0.5", "2", "3"}).Draw(t, "qty"),
		duty:    zeroOr("duty", func() string { return decimal("duty", 1, 2, 3, 11, 25) }),
		ct:      zeroOr("ct", func() string { return decimal("ct", 0, 2, 3, 12, 30) }),
		vat:     zeroOr("vat", func() string { return decimal("vat", 0, 2, 4, 9, 22) }),
		perUnit: zeroOr("per unit", func() string { return decimal("per unit", 300, 0, 3, 8, 24) }),
		sqt:     decimal("specific quantity", 20, 0, 5, 15),
		listed:  rapid.IntRange(0, 20).Draw(t, "listed") > 0,
	}
}

// Decide agrees with the naive oracle on every figure, for rates of any number
// of decimals, so on both ways of computing.
func TestDecideAgainstOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.Custom(drawItem), 1, 5).Draw(t, "items")
		in := tax.Input{
			Freight:   money.Fen(rapid.Int64Range(0, 10_000).Draw(t, "freight")),
			Insurance: money.Fen(rapid.Int64Range(0, 2_000).Draw(t, "insurance")),
			Used:      money.Fen(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 2_700_000)).Draw(t, "used")),
			Limits:    national,
		}
		goods := int64(0)
		for _, it := range items {
			goods += it.value
			in.Lines = append(in.Lines, tax.Line{
				Value: money.Fen(it.value), Pieces: rate(it.qty), Listed: it.listed, VAT: rate(it.vat),
				Duty:       &tax.Rule{Upper: tax.Levy{Rate: rate(it.duty)}},
				CT:         &tax.Rule{Upper: tax.Levy{Rate: rate(it.ct), PerUnit: rate(it.perUnit)}, Unit: tax.Litre},
				Quantities: []tax.Quantity{{Unit: tax.Litre, Qty: rate(it.sqt)}},
			})
		}
		in.Discount = money.Fen(rapid.Int64Range(0, goods/3).Draw(t, "discount"))

		r, err := tax.Decide(in)
		if err != nil {
			t.Fatal(err)
		}
		o := oracleOf(items, int64(in.Freight), int64(in.Insurance), int64(in.Discount), int64(in.Used))
		if r.Decision.String() != o.decision || r.Reason.String() != o.reason {
			t.Fatalf("%s/%s, oracle %s/%s", r.Decision, r.Reason, o.decision, o.reason)
		}
		var duty, ct, vat, d int64
		for i := range r.Lines {
			l := &r.Lines[i]
			d += o.dutiable[i]
			if int64(l.Dutiable) != o.dutiable[i] {
				t.Fatalf("line %d: D %s, oracle %d", i+1, l.Dutiable, o.dutiable[i])
			}
			if o.taxes == nil {
				continue
			}
			if got := [3]int64{int64(l.Duty), int64(l.CT), int64(l.VAT)}; got != o.taxes[i] {
				t.Fatalf("line %d: duty, ct, vat %v, oracle %v", i+1, got, o.taxes[i])
			}
			duty, ct, vat = duty+o.taxes[i][0], ct+o.taxes[i][1], vat+o.taxes[i][2]
		}
		if int64(r.Dutiable) != d || int64(r.Duty) != duty || int64(r.CT) != ct || int64(r.VAT) != vat || int64(r.Tax) != duty+ct+vat {
			t.Fatalf("totals D %s duty %s ct %s vat %s tax %s do not agree with the lines", r.Dutiable, r.Duty, r.CT, r.VAT, r.Tax)
		}
	})
}

// A dearer line never owes less.
func TestTaxIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.IntRange(0, 499_999).Draw(t, "value")
		more := rapid.IntRange(value, 500_000).Draw(t, "more")
		taxOf := func(v int) money.Fen {
			l := line("0", "1", "0", "0.15", "0.13")
			l.Value = money.Fen(v)
			r, err := tax.Decide(tax.Input{Lines: []tax.Line{l}, Limits: national})
			if err != nil {
				t.Fatal(err)
			}
			return r.Tax
		}
		if taxOf(value) > taxOf(more) {
			t.Fatalf("%d owes more than %d", value, more)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	cream := line("295.00", "1", "0.05", "0", "0.13")
	cream.CT = &tax.Rule{Upper: tax.Levy{Rate: rate("0.15")}, Threshold: rate("10000"), Unit: tax.Kilogram}
	cream.Quantities = []tax.Quantity{{Unit: tax.Kilogram, Qty: rate("0.03")}}
	spirits := line("500.00", "1", "0.10", "0.20", "0.13")
	spirits.CT = &tax.Rule{Upper: tax.Levy{Rate: rate("0.20"), PerUnit: rate("0.912")}, Unit: tax.Litre}
	spirits.Quantities = []tax.Quantity{{Unit: tax.Litre, Qty: rate("0.7")}}
	for _, bench := range []struct {
		name  string
		lines []tax.Line
	}{
		{"1 line", []tax.Line{line("100.00", "1", "0.1", "0", "0.13")}},
		{"4 lines", []tax.Line{line("100.00", "1", "0.1", "0", "0.13"), cream, spirits, line("300.00", "2", "0.14", "0.10", "0.13")}},
	} {
		in := tax.Input{Lines: bench.lines, Freight: 10_00, Used: 100_00, Limits: national}
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tax.Decide(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
