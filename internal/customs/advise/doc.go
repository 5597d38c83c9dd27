// Package advise sets the ways in which one trade could be declared side by side
// (监管方式比较): retail 9610 and 1210, B2B 9710 and 9810, and general trade 0110:
// allowed or why not, the documents needed, the way of declaration, tax, refund
// and foreign exchange, each with the rule that says so.
//
// Invariants: what is allowed and what is owed is computed by the same rules,
// tariff and tax code that decide lists; what is said in words stands in the
// rule packs with its days, its source and its mark of trust, and not here;
// advice decides nothing.
package advise

import (
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Verdict says whether a mode is open to the trade.
type Verdict string

// The verdicts.
const (
	Open        Verdict = "open"        // nothing stands against it 可用
	Conditional Verdict = "conditional" // open if what Why says is met 有条件
	Closed      Verdict = "closed"      // not for this trade 不可用
)

// Trade is one trade as its asker describes it.
type Trade struct {
	Export    bool
	Goods     []Goods
	Freight   money.Fen // charged to the buyer
	Insurance money.Fen // charged to the buyer
	Business  bool      // the buyer is a business, else a consumer
	Platform  bool      // sold on an e-commerce platform
	Warehouse Warehouse
	Used      money.Fen // imports: of the orderer's yearly allowance, as the asker says
	// Exports:
	OutsideZone bool      // declared elsewhere than at the customs of a pilot zone
	Refund      bool      // an export refund is wanted
	Vouchers    bool      // there are valid purchase vouchers 合法有效进货凭证
	Purchase    money.Fen // purchase value without VAT on the vouchers, 0 when unknown
	Producer    bool      // the exporter makes the goods
}

// Warehouse is where the goods are when they are sold.
type Warehouse string

// The warehouses.
const (
	Nowhere Warehouse = "none"     // sent after the sale
	Bonded  Warehouse = "bonded"   // in a special zone 特殊区域
	Abroad  Warehouse = "overseas" // in a warehouse abroad 海外仓
)

// Goods is one kind of goods of the trade.
type Goods struct {
	Code     string // ten digits; four or more for exports
	Name     string
	Quantity money.N5  // in the declared unit
	Unit     string    // declared unit, three digits; pieces (011) if ""
	Weight   money.N5  // net weight of all, kg; 0 when unknown
	Value    money.Fen // of all, CNY
}

// Point is one thing that is said, with what it rests on.
type Point struct {
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	Source string `json:"source,omitempty" doc:"Document and article."`
	Mark   string `json:"mark,omitempty" doc:"How far the source was read: seen, recalled, inference, design."`
}

// Option is one mode.
type Option struct {
	Mode      string  `json:"mode"`
	ZH        string  `json:"zh"`
	EN        string  `json:"en"`
	Verdict   Verdict `json:"verdict" enum:"open,conditional,closed"`
	Why       []Point `json:"why"`
	Documents []Point `json:"documents"`
	Declare   []Point `json:"declare"`
	Tax       []Point `json:"tax"`
	Refund    []Point `json:"refund"`
	FX        []Point `json:"fx"`
	// Amount is the tax due at the border, in yuan; "" where none is computed.
	Amount string `json:"amount,omitempty"`
	// RefundAmount is the export refund, in yuan; "" where none is computed.
	RefundAmount string    `json:"refund_amount,omitempty"`
	Working      []Point   `json:"working,omitempty" doc:"The arithmetic of the tax."`
	Total        money.Fen `json:"-"`
	Taxed        bool      `json:"-"` // Total is known
	scope        []Point   // what the mode is for; said where it is open
}

// said makes a point of a row of a pack.
func said(r pack.Row) Point {
	return Point{ZH: r.Text("zh"), EN: r.Text("en"), Source: r.Source().String(), Mark: r.Mark().String()}
}
