package advise_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"pilotzone/internal/customs/advise"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

const day clock.Day = 20261122

var book = sync.OnceValue(func() *refdata.Book {
	p, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		panic(err)
	}
	set, err := pack.NewSet(p)
	if err != nil {
		panic(err)
	}
	b, err := refdata.New(set)
	if err != nil {
		panic(err)
	}
	return b
})

// cream is face cream with a listed code; price under the cosmetics threshold.
func cream(value money.Fen) advise.Goods {
	return advise.Goods{Code: "3304990099", Name: "面霜", Quantity: 100000, Weight: 10_000_000, Value: value}
}

func options(t *testing.T, tr advise.Trade) map[string]advise.Option {
	t.Helper()
	list, err := advise.Advise(book(), day, tr)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]advise.Option{}
	for _, o := range list {
		out[o.Mode] = o
	}
	if len(out) != 5 {
		t.Fatalf("%d modes", len(out))
	}
	return out
}

// TestImportModes (RULES A1-A9, A14): who may use which mode, and what it costs.
func TestImportModes(t *testing.T) {
	t.Parallel()
	retail := advise.Trade{Goods: []advise.Goods{cream(500_00)}, Platform: true, Warehouse: advise.Nowhere}
	for name, c := range map[string]struct {
		edit func(*advise.Trade)
		open string // modes that are not closed
	}{
		"direct purchase":      {func(*advise.Trade) {}, "9610 0110"},
		"bonded":               {func(t *advise.Trade) { t.Warehouse = advise.Bonded }, "1210 0110"},
		"to a business":        {func(t *advise.Trade) { t.Business = true }, "0110"},
		"without a platform":   {func(t *advise.Trade) { t.Platform = false }, "0110"},
		"over the year":        {func(t *advise.Trade) { t.Used = 25_600_00 }, "0110"},
		"up to the year":       {func(t *advise.Trade) { t.Used = 25_500_00 }, "9610 0110"},
		"one piece over 5,000": {func(t *advise.Trade) { t.Goods = []advise.Goods{cream(8_000_00)} }, "9610 0110"},
		"two pieces over 5,000": {func(t *advise.Trade) {
			g := cream(8_000_00)
			g.Quantity = 200000
			t.Goods = []advise.Goods{g}
		}, "0110"},
		"not in the list": {func(t *advise.Trade) { t.Goods[0].Code = "8703101100" }, "0110"},
	} {
		tr := retail
		tr.Goods = append([]advise.Goods(nil), retail.Goods...)
		c.edit(&tr)
		var open []string
		for _, m := range []string{"9610", "1210", "9710", "9810", "0110"} {
			o := options(t, tr)[m]
			if o.Verdict != advise.Closed {
				open = append(open, m)
			} else if len(o.Why) == 0 || o.Why[len(o.Why)-1].EN == "" {
				t.Errorf("%s: %s is closed and nothing is said", name, m)
			}
		}
		if got := strings.Join(open, " "); got != c.open {
			t.Errorf("%s: open are %s, want %s", name, got, c.open)
		}
	}
	o := options(t, retail)
	if o["9610"].Amount == "" || o["0110"].Total <= o["9610"].Total || len(o["9610"].Working) < 3 || len(o["9610"].Documents) < 4 || len(o["9610"].FX) == 0 {
		t.Errorf("%+v", o["9610"])
	}
}

// TestGeneralTradeTax: a handbag of 8,000 at 6 % duty and 13 % VAT owes
// 1,582.40 (the worked example of RULES A6), without the reduction.
func TestGeneralTradeTax(t *testing.T) {
	t.Parallel()
	bag := advise.Goods{Code: "4202210090", Name: "手提包", Quantity: 100000, Value: 8_000_00}
	o := options(t, advise.Trade{Goods: []advise.Goods{bag}, Platform: true})["0110"]
	if o.Amount != "1582.40" {
		t.Errorf("%s: %+v", o.Amount, o.Working)
	}
}

// TestExportModes (RULES B1-B4, C1-C5): buyer, warehouse and platform choose the
// mode; value, licence and refund the way of declaration.
func TestExportModes(t *testing.T) {
	t.Parallel()
	goods := []advise.Goods{{Code: "6109100000", Name: "T恤", Quantity: 1000000, Value: 5_000_00}}
	for name, c := range map[string]struct {
		tr   advise.Trade
		open string
		mode string
		says string // in the first line of the declaration
	}{
		"retail":         {advise.Trade{Platform: true}, "9610 0110", "9610", "statistics only; 4 digits"},
		"retail, refund": {advise.Trade{Platform: true, Refund: true, Vouchers: true, Purchase: 4_000_00}, "9610 0110", "9610", "refund is wanted"},
		"to a company":   {advise.Trade{Platform: true, Business: true}, "9710 0110", "9710", "6 digits"},
		"warehouse":      {advise.Trade{Platform: true, Warehouse: advise.Abroad}, "9810 0110", "9810", "6 digits"},
		"special zone":   {advise.Trade{Platform: true, Warehouse: advise.Bonded}, "1210 0110", "1210", "10 digits"},
		"no platform":    {advise.Trade{Business: true}, "0110", "0110", "customs declaration"},
	} {
		c.tr.Export, c.tr.Goods = true, goods
		o := options(t, c.tr)
		var open []string
		for _, m := range []string{"9610", "1210", "9710", "9810", "0110"} {
			if o[m].Verdict != advise.Closed {
				open = append(open, m)
			}
		}
		if got := strings.Join(open, " "); got != c.open || !strings.Contains(o[c.mode].Declare[0].EN, c.says) {
			t.Errorf("%s: open are %s, want %s; %+v", name, got, c.open, o[c.mode].Declare)
		}
	}
	over := advise.Trade{Export: true, Platform: true, Business: true, Goods: []advise.Goods{{Code: "6109100000", Quantity: 1000000, Value: 5_000_01}}}
	if d := options(t, over)["9710"].Declare[0].EN; !strings.Contains(d, "declaration (H2018) is needed") {
		t.Errorf("5,000.01: %s", d)
	}
}

// TestRefundAndIncomeTax (RULES B7, B8, C11): purchase value times rate; without
// vouchers 4 % of revenue is taxable income.
func TestRefundAndIncomeTax(t *testing.T) {
	t.Parallel()
	goods := []advise.Goods{{Code: "6109100000", Name: "T恤", Quantity: 1000000, Value: 100_000_00}}
	o := options(t, advise.Trade{Export: true, Platform: true, Warehouse: advise.Abroad, Goods: goods, Refund: true, Vouchers: true, Purchase: 80_000_00})["9810"]
	if o.RefundAmount != "10400.00" {
		t.Errorf("refund %s: %+v", o.RefundAmount, o.Working)
	}
	o = options(t, advise.Trade{Export: true, Platform: true, Goods: goods})["9610"]
	var all string
	for _, p := range o.Refund {
		all += p.EN + "\n"
	}
	for _, want := range []string{"= 4000.00", "= 1000.00", "= 200.00"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
}

// TestEveryAdviceIsCited: what is said in words has a source and a mark.
func TestEveryAdviceIsCited(t *testing.T) {
	t.Parallel()
	for _, tr := range []advise.Trade{{Platform: true, Goods: []advise.Goods{cream(100_00)}}, {Export: true, Platform: true, Warehouse: advise.Abroad, Goods: []advise.Goods{{Code: "6109", Quantity: 100000, Value: 100}}}} {
		for m, o := range options(t, tr) {
			for _, p := range append(append(append([]advise.Point{}, o.Documents...), o.FX...), o.Refund...) {
				if p.ZH == "" || p.EN == "" || p.Source == "" || p.Mark == "" {
					t.Errorf("%s: %+v", m, p)
				}
			}
		}
	}
}

// TestFaultsOfATrade: what can't be used is said by field, all at once.
func TestFaultsOfATrade(t *testing.T) {
	t.Parallel()
	_, err := advise.Advise(book(), day, advise.Trade{Goods: []advise.Goods{{Code: "12", Value: -1}, {Code: "9999999999", Quantity: 1, Value: 1}}, Used: -1})
	for _, want := range []string{"goods[0].code", "goods[0].value", "goods[0].quantity", "goods[1].code", "freight"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in %v", want, err)
		}
	}
	var f *advise.Fault
	if _, err := advise.Advise(book(), day, advise.Trade{}); !errors.As(err, &f) || f.ZH == "" {
		t.Errorf("%v", err)
	}
}
