package rule_test

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

// logic is a random formula with its own slow reading.
type logic struct {
	src  string
	kind int // 0 fact, 1 not, 2 and, 3 or
	fact string
	of   []logic
}

func draw(t *rapid.T, depth int) logic {
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 3).Draw(t, "kind")
	}
	switch kind {
	case 1:
		l := draw(t, depth-1)
		return logic{src: "!(" + l.src + ")", kind: 1, of: []logic{l}}
	case 2, 3:
		l, r := draw(t, depth-1), draw(t, depth-1)
		return logic{src: fmt.Sprintf("(%s %s %s)", l.src, map[int]string{2: "&&", 3: "||"}[kind], r.src), kind: kind, of: []logic{l, r}}
	}
	f := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "fact")
	return logic{src: f, fact: f}
}

// table of the strong three-valued logic of Kleene, written out.
func (l logic) read(v map[string]rule.Tri) rule.Tri {
	switch l.kind {
	case 0:
		return v[l.fact]
	case 1:
		return map[rule.Tri]rule.Tri{rule.No: rule.Yes, rule.Yes: rule.No, rule.Unknown: rule.Unknown}[l.of[0].read(v)]
	}
	x, y := l.of[0].read(v), l.of[1].read(v)
	decisive := rule.No
	if l.kind == 3 {
		decisive = rule.Yes
	}
	switch {
	case x == decisive || y == decisive:
		return decisive
	case x == rule.Unknown || y == rule.Unknown:
		return rule.Unknown
	}
	return x
}

// TestThreeValues: every formula over three facts, each known or not, is as the
// truth table says; and what is decided stays so whatever the unknown turns out.
func TestThreeValues(t *testing.T) {
	t.Parallel()
	e := env(t)
	rapid.Check(t, func(t *rapid.T) {
		l := draw(t, 4)
		c, err := e.Condition(l.src)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 27 {
			v := map[string]rule.Tri{"a": rule.Tri(i % 3), "b": rule.Tri(i / 3 % 3), "c": rule.Tri(i / 9)}
			ask := func(name string) (rule.Value, bool) { return rule.Bool(v[name] == rule.Yes), v[name] != rule.Unknown }
			a, err := c.Answer(ask)
			if err != nil || a.Holds != l.read(v) {
				t.Fatalf("%s on %v: %v, want %v; %v", l.src, v, a.Holds, l.read(v), err)
			}
			if a.Holds != rule.Unknown {
				for j := range 8 {
					w := map[string]rule.Tri{}
					for k, name := range []string{"a", "b", "c"} {
						if w[name] = v[name]; v[name] == rule.Unknown {
							w[name] = rule.Tri(j >> k & 1 * 2)
						}
					}
					if l.read(w) != a.Holds {
						t.Fatalf("%s: %v was told too early", l.src, a.Holds)
					}
				}
			}
		}
		if all := c.Unreachable(); all {
			for i := range 8 {
				w := map[string]rule.Tri{"a": rule.Tri(i & 1 * 2), "b": rule.Tri(i >> 1 & 1 * 2), "c": rule.Tri(i >> 2 * 2)}
				if l.read(w) == rule.Yes {
					t.Fatalf("%s is called unreachable", l.src)
				}
			}
		}
	})
}

// TestPercent: percent is the exact product rounded once, half-up.
func TestPercent(t *testing.T) {
	t.Parallel()
	e := env(t)
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64Range(-1e15, 1e15).Draw(t, "fen")
		rate := rapid.StringMatching(`0\.[0-9]{1,6}|[0-9]{1,2}`).Draw(t, "rate")
		a, err := e.Amount(fmt.Sprintf("percent(cost, %q)", rate))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := a.Of(facts(map[string]rule.Value{"cost": rule.Fen(money.Fen(fen))}))
		r, _ := new(big.Rat).SetString(rate)
		x := r.Mul(r, new(big.Rat).SetInt64(fen))
		half := big.NewRat(1, 2)
		if x.Sign() < 0 {
			half.Neg(half)
		}
		x.Add(x, half)
		want := new(big.Int).Quo(x.Num(), x.Denom())
		if err != nil || int64(got) != want.Int64() {
			t.Fatalf("%s of %d is %d, want %s; %v", rate, fen, int64(got), want, err)
		}
	})
}

// FuzzCondition: no text makes the compiler or an evaluation panic or loop, and
// every fault has its words and its place.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{`area_m2 >= 4000 && (one_stop || !sme)`, `turnover_year > yuan("1")`, `1/0 == 1`, "((((", `"\x`,
		`permille(cost, cost) > 3`, `months(founded, 9223372036854775807) > founded`, `[1].map(x, x)`, "a ? b : c"} {
		f.Add(s)
	}
	e := env(f)
	have := facts(map[string]rule.Value{"cost": yuan(1), "area_m2": rule.Int(7), "a": rule.Bool(true), "founded": rule.OfDay(20240229)})
	f.Fuzz(func(t *testing.T, src string) {
		c, err := e.Condition(src)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("a fault without words")
			}
			return
		}
		_, _ = c.Answer(have)
		_ = c.Unreachable()
	})
}

// BenchmarkAnswer is the condition of a park (fifth clause of Hunan).
func BenchmarkAnswer(b *testing.B) {
	c, err := env(b).Condition(`area_m2 >= 4000 && one_stop && cbec_enterprises >= 20 && (turnover_year >= yuan("2000000000") || import_export_year >= yuan("500000000"))`)
	if err != nil {
		b.Fatal(err)
	}
	have := facts(map[string]rule.Value{"area_m2": rule.Int(4000), "one_stop": rule.Bool(true), "cbec_enterprises": rule.Int(20),
		"turnover_year": yuan(1_900_000_000), "import_export_year": yuan(500_000_000)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Answer(have); err != nil {
			b.Fatal(err)
		}
	}
}
