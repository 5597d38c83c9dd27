package traffic

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"

	"pilotzone/ident"
	"pilotzone/internal/kernel/money"
)

//go:embed data/goods.csv
var goodsCSV []byte

//go:embed data/hs.csv
var hsCSV []byte

//go:embed data/addresses.csv
var addressesCSV []byte

// Good is one filed article (备案商品) of the real filings.
type Good struct {
	Seq     int // row in the filings, from 1
	Name    string
	Model   string
	HS      string // ten digits
	Gross   money.N5
	Net     money.N5 // kilograms of a piece
	Unit    string   // declared unit (申报计量单位), three digits
	Price   money.Fen
	Barcode string // "无" when the filing has none
	Origin  string // customs country code (原产国)
	Unit1   string // first legal unit (法定计量单位)
	Unit2   string // second legal unit, "" when the tariff has none
}

// ItemNo is the merchant's own number of the article (企业商品货号).
func (g *Good) ItemNo() string { return fmt.Sprintf("SKU%06d", g.Seq) }

// heading is what hs.csv says of a code.
type heading struct {
	unit1, unit2        string
	listed, perPieceTax bool
	supervision         string // licence and inspection letters (监管条件)
	exportPlain         bool   // no licence, no inspection, no export duty: may leave by list (RULES B4, C2)
}

type place struct{ division, text string }

// catalogue is the embedded data, parsed once.
type catalogue struct {
	imports  []Good // may be imported by list
	exports  []Good // may be exported by list
	dear     []Good // imports of more than 5,000 and less than 20,000 yuan a piece
	offList  []Good // in the tariff, in no observed filing
	filings  int
	places   []place
	excluded map[string]int // filings not drawn from, by reason
}

var loadCatalogue = sync.OnceValue(func() *catalogue {
	c := &catalogue{excluded: map[string]int{}}
	heads := map[string]heading{}
	for _, r := range table(hsCSV) {
		heads[r[0]] = heading{
			unit1: r[1], unit2: r[2], listed: r[3] == "1", supervision: r[4], perPieceTax: r[7] == "1",
			exportPlain: r[4] == "" && r[5] == "" && r[6] == "",
		}
	}
	for i, r := range table(goodsCSV) {
		c.filings++
		good, reason := newGood(i+1, r, heads)
		if reason != "" {
			c.excluded[reason]++
			continue
		}
		h := heads[good.HS]
		if h.exportPlain && good.Price >= 500 && good.Price <= 40_000 {
			c.exports = append(c.exports, good)
		}
		switch {
		case !h.listed:
			c.excluded["not listed (不在正面清单)"]++
		case good.Price > 520_000 && good.Price < 2_000_000:
			c.dear = append(c.dear, good)
		case good.Price >= 300 && good.Price <= 150_000:
			c.imports = append(c.imports, good)
		}
	}
	c.offList = offListGoods(heads)
	for _, r := range table(addressesCSV) {
		c.places = append(c.places, place{r[0], r[1]})
	}
	return c
})

// table reads an embedded CSV without its first line. The data are part of the
// program: a fault in them is a fault of the build.
func table(data []byte) [][]string {
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("traffic: embedded data: %v", err))
	}
	return all[1:]
}

// newGood makes an article of a filing, or says why parcels must not hold it.
func newGood(seq int, r []string, heads map[string]heading) (Good, string) {
	g := Good{Seq: seq, Name: r[0], Model: r[1], HS: r[2], Unit: r[5], Barcode: r[7], Origin: r[8]}
	h, ok := heads[g.HS]
	if !ok {
		return g, "code not in the 2026 tariff (编码已失效)"
	}
	g.Unit1, g.Unit2 = h.unit1, h.unit2
	var err1, err2, err3 error
	var price money.N5
	g.Gross, err1 = money.ParseN5([]byte(r[3]))
	g.Net, err2 = money.ParseN5([]byte(r[4]))
	price, err3 = money.ParseN5([]byte(r[6]))
	g.Price, _ = price.Fen()
	switch {
	case err1 != nil || err2 != nil || err3 != nil || g.Net < 100 || g.Gross < g.Net || g.Net > 30_00000:
		return g, "weight or price unusable (重量或价格不可用)"
	case g.Origin == "" || g.Model == "" || g.Name == "":
		return g, "incomplete (要素不全)"
	case g.Unit == unitKilogram || g.Unit == unitLitre:
		return g, "declared by weight (按重量申报)"
	case strings.ContainsAny(h.supervision, "89FEQ4xy"):
		return g, "needs a licence or is banned (有许可证件或禁止性管理)"
	case h.perPieceTax:
		return g, "tax by the piece in the pack (按片计税)"
	case nearThreshold(&g):
		return g, "close to the threshold of consumption tax (临近消费税征收界限)"
	case g.HS[:4] == "1701" || g.HS[:4] == "1006":
		return g, "weight limit a person (个人限重商品)"
	}
	if ident.Check(ident.GTIN, g.Barcode) != nil { // FORMATS 621: 没有条码填“无”
		g.Barcode = "无"
	}
	return g, ""
}

// nearThreshold tells whether perfume or cosmetics cost within a tenth of 10,000
// yuan a kilogram, where consumption tax begins: RULES A5 has such results
// reviewed by a person, which would blur what is expected of a parcel.
func nearThreshold(g *Good) bool {
	if g.HS[:4] != "3303" && g.HS[:4] != "3304" {
		return false
	}
	perKilo := int64(g.Price) * 1_000 / int64(g.Net) // yuan: fen/100 by N5/100,000
	return perKilo >= 9_000 && perKilo <= 11_000
}

const (
	unitKilogram = "035"
	unitLitre    = "095"
)

// offListGoods are articles which the positive list does not hold.
func offListGoods(heads map[string]heading) []Good {
	list := []Good{
		{Name: "智能手机", Model: "示范牌|256GB", HS: "8517130000", Gross: 45000, Net: 20000, Unit: "001", Price: 329900, Origin: "133"},
		{Name: "卷烟", Model: "示范牌|200支/条", HS: "2402200000", Gross: 30000, Net: 25000, Unit: "015", Price: 28000, Origin: "116"},
		{Name: "航拍无人机", Model: "示范牌|249g", HS: "8806211090", Gross: 60000, Net: 24900, Unit: "005", Price: 249900, Origin: "502"},
	}
	for i := range list {
		list[i].Seq, list[i].Barcode = 900_001+i, "无"
		list[i].Unit1, list[i].Unit2 = heads[list[i].HS].unit1, heads[list[i].HS].unit2
	}
	return list
}

// Line is one article in a parcel.
type Line struct {
	Good       *Good
	Qty        int64     // pieces of the declared unit
	Price      money.Fen // a piece; export routes in other money: cents of that money
	Total      money.Fen // Price × Qty
	Qty1, Qty2 money.N5  // in the legal units; Qty2 is 0 when Unit2 is ""
}

// Basket is what a parcel holds, with every amount that depends on it. Baskets
// are shared by parcels; do not alter.
type Basket struct {
	Lines    []Line
	Goods    money.Fen // Σ Total (goodsValue)
	Freight  money.Fen // charged to the buyer (运杂费)
	Discount money.Fen // paid by points and coupons (非现金抵扣金额)
	Tax      money.Fen // withheld tax (代扣税款), imports
	Paid     money.Fen // Goods + Freight + Tax − Discount (acturalPaid)
	Net      money.N5
	Gross    money.N5
	index    int
}

// Dutiable is the dutiable value (计税价格): goods and freight, RULES A3. No
// parcel of the generator is insured at the buyer's cost.
func (b *Basket) Dutiable() money.Fen { return b.Goods + b.Freight }

// Pieces is the number of pieces in the basket.
func (b *Basket) Pieces() (n int64) {
	for _, l := range b.Lines {
		n += l.Qty
	}
	return n
}

// TaxCase is what the withheld tax of an import parcel is computed from.
type TaxCase struct {
	Mode    string // tradeMode
	Lines   []Line
	Freight money.Fen
}

// newLine puts qty pieces of a good on a line, with the legal quantities.
func newLine(good *Good, qty int64, price money.Fen) Line {
	l := Line{Good: good, Qty: qty, Price: price, Total: price * money.Fen(qty)}
	l.Qty1 = legal(good, good.Unit1, qty)
	if good.Unit2 != "" {
		l.Qty2 = legal(good, good.Unit2, qty)
	}
	return l
}

// legal is the quantity in a legal unit: net kilograms; litres taken as
// kilograms; thousands of cigarettes, 200 a carton; else pieces.
func legal(good *Good, unit string, qty int64) money.N5 {
	switch unit {
	case unitKilogram, unitLitre:
		return good.Net * money.N5(qty)
	case "143": // 千支
		return money.N5(qty) * 20_000
	}
	return money.N5(qty) * 100_000
}

// newBasket adds up the lines. wrap is the weight of the packing.
func (g *Gen) newBasket(r *Route, lines []Line, freight, discount money.Fen, wrap money.N5) *Basket {
	b := &Basket{Lines: lines, Freight: freight, Discount: discount, Gross: wrap}
	for _, l := range lines {
		b.Goods += l.Total
		b.Net += l.Good.Net * money.N5(l.Qty)
		b.Gross += l.Good.Gross * money.N5(l.Qty)
	}
	if g.tax != nil && r.Import {
		b.Tax = g.tax(TaxCase{r.Mode, lines, freight})
	}
	b.Paid = b.Goods + b.Freight + b.Tax - b.Discount
	return b
}

// drawBasket fills a basket for a route: one to four articles within the single
// limit of 5,000 yuan (RULES A1), exports within the limit of lists (B4, C2).
func (g *Gen) drawBasket(r *Route, n int) *Basket {
	rg := newRNG(g.seed, domainBasket, uint64(r.Number)<<16|uint64(n))
	pool := g.goods.imports
	if !r.Import {
		pool = g.goods.exports
	}
	count := []int{1, 1, 1, 1, 1, 2, 2, 2, 3, 4}[rg.below(10)]
	var lines []Line
	var value money.Fen
	for tries := 0; len(lines) < count && tries < 50; tries++ {
		good := &pool[rg.below(len(pool))]
		price := r.sellingPrice(good)
		qty := int64(1 + rg.below(3))
		if price > 30_000 {
			qty = 1
		}
		total := price * money.Fen(qty)
		if value+total > r.basketLimit() || slices.ContainsFunc(lines, func(l Line) bool { return l.Good == good }) {
			continue
		}
		value += total
		lines = append(lines, newLine(good, qty, price))
	}
	freight := []money.Fen{0, 0, 0, 0, 0, 600, 800, 1000, 1200, 1500}[rg.below(10)]
	var discount money.Fen
	if r.Import && rg.percent(12) {
		discount = min(money.Fen(100*(1+rg.below(50))), value/5)
	}
	return g.newBasket(r, lines, freight, discount, money.N5(3000+rg.below(20)*1000))
}

// nearLimitBasket is a basket of one article whose dutiable value is as high as
// whole pieces allow, at most limit and never below nine tenths of it.
func (g *Gen) nearLimitBasket(r *Route, n uint64, limit money.Fen) *Basket {
	rg := newRNG(g.seed, domainRing, n)
	for {
		good := &g.goods.imports[rg.below(len(g.goods.imports))]
		price := r.sellingPrice(good)
		qty := limit / price
		if price < 5_000 || qty < 1 || qty*price < limit*9/10 || good.Gross*money.N5(qty) > 40_00000 {
			continue
		}
		return g.newBasket(r, []Line{newLine(good, int64(qty), price)}, 0, 0, 20_000)
	}
}
