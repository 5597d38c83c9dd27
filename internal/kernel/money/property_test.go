package money_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
	"pilotzone/internal/kernel/money"
)

// The parts sum to the total, stand within one fen of the exact share, and
// follow the order of the weights.
func TestApportionProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.OneOf(rapid.Int64Range(0, 1_000_000), rapid.Int64Range(0, 1<<63-1), rapid.Just(int64(0)))
		weights := rapid.SliceOfN(weight, 1, 30).Draw(t, "weights")
		total := money.Fen(rapid.OneOf(rapid.Int64Range(-5_000, 5_000), rapid.Int64()).Draw(t, "total"))
		parts := money.Apportion(total, weights)

		sumOfWeights, sum := new(big.Int), new(big.Int)
		for i, w := range weights {
			sumOfWeights.Add(sumOfWeights, big.NewInt(w))
			sum.Add(sum, big.NewInt(int64(parts[i])))
		}
		if sum.Cmp(big.NewInt(int64(total))) != 0 {
			t.Fatalf("parts sum to %s, not to %d", sum, int64(total))
		}
		for i := range weights {
			share := big.NewRat(int64(total), int64(len(weights)))
			if sumOfWeights.Sign() > 0 {
				share.SetFrac(new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(weights[i])), sumOfWeights)
			}
			off := share.Sub(share, new(big.Rat).SetInt64(int64(parts[i])))
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("part %d is %s fen off its share", i, off.FloatString(3))
			}
			for j := range weights {
				if total > 0 && weights[i] > weights[j] && parts[i] < parts[j] {
					t.Fatalf("weight %d > %d but part %d < %d", weights[i], weights[j], int64(parts[i]), int64(parts[j]))
				}
			}
		}
	})
}

func TestMulAgainstBigIntegers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Int64Range(-1_000_000_000, 1_000_000_000), rapid.Int64())
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		exactly := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(a), big.NewInt(b)), big.NewInt(100_000))
		want, fits := money.RoundRat(exactly)
		got, exact, err := money.Mul(money.N5(a), money.N5(b))
		if fits && int64(want) == -1<<63 {
			fits = false // the smallest int64 has no mirror image and is refused
		}
		if (err == nil) != fits || (fits && (int64(got) != int64(want) || exact != exactly.IsInt())) {
			t.Fatalf("Mul = %d, %v, %v; want %d, fits %v", int64(got), exact, err, int64(want), fits)
		}
	})
}

func TestTextRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Min(-1<<63+1).Draw(t, "v")
		if f, err := money.ParseFen(money.Fen(v).String()); int64(f) != v || err != nil {
			t.Fatalf("Fen %d came back as %d, %v", v, int64(f), err)
		}
		if n, err := money.ParseN5([]byte(money.N5(v).String())); int64(n) != v || err != nil {
			t.Fatalf("N5 %d came back as %d, %v", v, int64(n), err)
		}
		r := money.RateOf(rapid.Uint64().Draw(t, "coef"), rapid.Uint8Range(0, 60).Draw(t, "scale"))
		if s, err := money.ParseRate(r.String()); err != nil || !s.Equal(r) {
			t.Fatalf("rate %s came back as %s, %v", r, s, err)
		}
	})
}

// Of agrees with exact fractions for small and for long rates.
func TestOfAgainstFractions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := money.RateOf(rapid.Uint64().Draw(t, "coef"), rapid.Uint8Range(0, 40).Draw(t, "scale"))
		amount := money.Fen(rapid.Int64().Draw(t, "amount"))
		want, fits := money.RoundRat(new(big.Rat).Mul(r.Rat(), new(big.Rat).SetInt64(int64(amount))))
		got, err := r.Of(amount)
		if (err == nil) != fits || (fits && got != want) {
			t.Fatalf("%s of %s = %s, %v; want %s, fits %v", r, amount, got, err, want, fits)
		}
	})
}

// Sums, products and comparisons agree with fractions, whatever the scales.
func TestRateArithmeticAgainstFractions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) money.Rate {
			coef := rapid.OneOf(rapid.Uint64Range(0, 1000), rapid.Uint64()).Draw(t, name)
			return money.RateOf(coef, rapid.Uint8Range(0, 25).Draw(t, name+" scale"))
		}
		a, b := draw("a"), draw("b")
		if got, want := a.Add(b), new(big.Rat).Add(a.Rat(), b.Rat()); got.Rat().Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s", a, b, got)
		}
		if got, want := a.Mul(b), new(big.Rat).Mul(a.Rat(), b.Rat()); got.Rat().Cmp(want) != 0 {
			t.Fatalf("%s × %s = %s", a, b, got)
		}
		if got, want := a.Cmp(b), a.Rat().Cmp(b.Rat()); got != want {
			t.Fatalf("%s compared with %s: %d", a, b, got)
		}
	})
}

// Rounding is the mirror image for negative values and at most half a fen off.
func TestRoundRat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := big.NewRat(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "num"), rapid.Int64Range(1, 1000).Draw(t, "den"))
		f, ok := money.RoundRat(x)
		g, _ := money.RoundRat(new(big.Rat).Neg(x))
		if !ok || f != -g {
			t.Fatalf("%s rounds to %d, its negative to %d", x, int64(f), int64(g))
		}
		off := new(big.Rat).Sub(x, new(big.Rat).SetInt64(int64(f)))
		if off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("%s rounds to %d", x, int64(f))
		}
	})
}

func BenchmarkApportion(b *testing.B) {
	weights := []int64{30000, 12000, 8000, 5000}
	parts := make([]money.Fen, 0, len(weights))
	b.ReportAllocs()
	for b.Loop() {
		parts = money.AppendApportion(parts[:0], 1001, weights)
	}
}
