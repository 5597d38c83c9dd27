package traffic

import (
	"testing"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

const testDay clock.Day = 20260308

// testTax withholds a flat 9.1 % of each line, rounded half-up: the tax of
// goods at 13 % VAT and no consumption tax (RULES A4).
func testTax(c TaxCase) (sum money.Fen) {
	for _, l := range c.Lines {
		sum += (l.Total*91 + 500) / 1000
	}
	return sum + (c.Freight*91+500)/1000
}

func testGen(t testing.TB, o Options) *Gen {
	t.Helper()
	if o.Tax == nil {
		o.Tax = testTax
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
