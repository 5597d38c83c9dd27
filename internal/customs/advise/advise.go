package advise

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
)

// Fault says what of a trade can't be used (字段与原因).
type Fault struct {
	Field  string // such as goods[1].code
	ZH, EN string
}

// Error is both texts.
func (f *Fault) Error() string { return f.Field + ": " + f.EN + " (" + f.ZH + ")" }

// bounds of a trade.
const (
	mostGoods = 50
	mostYuan  = 1_000_000_000_00 // fen
)

// adviser works on one trade.
type adviser struct {
	book  *refdata.Book
	rules *refdata.Rules
	on    clock.Day
	t     Trade
	lines []*refdata.TariffLine // of the goods; nil when the code is short or unknown
	list  *clearance.List
	value money.Fen
}

// Advise sets the modes side by side for a trade on a day. The error is a
// *Fault or several joined.
func Advise(book *refdata.Book, on clock.Day, t Trade) ([]Option, error) {
	a := &adviser{book: book, rules: book.On(on), on: on, t: t}
	if err := a.read(); err != nil {
		return nil, err
	}
	modes := []string{"9610", "1210", "9710", "9810", "0110"}
	out := make([]Option, 0, len(modes))
	for _, m := range modes {
		o := Option{Mode: m, Verdict: Open}
		a.name(&o)
		if a.direction(&o) {
			a.fits(&o)
			a.words(&o)
			if t.Export {
				a.export(&o)
			} else {
				a.imports(&o)
			}
			if o.Verdict != Closed {
				o.Why = append(o.scope, o.Why...)
			}
		}
		out = append(out, o)
	}
	return out, nil
}

func (a *adviser) read() error {
	var bad []error
	fault := func(field, zh, en string) { bad = append(bad, &Fault{field, zh, en}) }
	if n := len(a.t.Goods); n == 0 || n > mostGoods {
		fault("goods", fmt.Sprintf("请填写 1 至 %d 项商品", mostGoods), fmt.Sprintf("give 1 to %d kinds of goods", mostGoods))
	}
	a.list = &clearance.List{}
	for i, g := range a.t.Goods {
		at := fmt.Sprintf("goods[%d].", i)
		digits := strings.Trim(g.Code, "0123456789") == ""
		if !digits || len(g.Code) != 10 && (!a.t.Export || len(g.Code) < 4 || len(g.Code) > 10) {
			fault(at+"code", "商品编码须为十位数字（出口至少四位）", "a commodity code has ten digits (exports: four at least)")
		}
		if g.Value <= 0 || g.Value > mostYuan {
			fault(at+"value", "金额须大于零", "the value must be above zero")
		}
		if g.Quantity <= 0 || g.Quantity > 1e14 || g.Weight < 0 || g.Weight > 1e14 {
			fault(at+"quantity", "数量须大于零", "the quantity must be above zero")
		}
		a.value += g.Value
		a.list.Lines = append(a.list.Lines, line(i, g))
		t, ok := a.rules.Tariff([]byte(g.Code))
		if len(g.Code) == 10 && digits && !ok {
			fault(at+"code", "当日税则中没有该编码", "the tariff of the day has no such code")
		}
		a.lines = append(a.lines, t)
	}
	if a.t.Freight < 0 || a.t.Insurance < 0 || a.t.Used < 0 || a.t.Purchase < 0 || a.t.Freight > mostYuan || a.t.Insurance > mostYuan || a.t.Used > mostYuan || a.t.Purchase > mostYuan {
		fault("freight", "金额不得为负或过大", "amounts must not be negative or too large")
	}
	return errors.Join(bad...)
}

// line is the goods as a line of a list: the unit asked for by weight is
// offered beside the declared one.
func line(i int, g Goods) clearance.ListLine {
	code, _ := strconv.ParseUint((g.Code + "0000000000")[:10], 10, 64) // digits, or a fault was said
	l := clearance.ListLine{Gnum: int32(i + 1), Code: code, Unit: g.Unit, Qty: g.Quantity, Total: money.N5(int64(g.Value) * 1000), Currency: "142", Name: g.Name}
	if l.Unit == "" {
		l.Unit = refdata.Piece.String()
	}
	if g.Weight > 0 {
		l.Unit1, l.Qty1 = refdata.Kilogram.String(), g.Weight
	}
	return l
}

func (a *adviser) name(o *Option) {
	o.ZH, o.EN = "一般贸易", "general trade"
	if m, ok := refdata.ModeOf([]byte(o.Mode)); ok {
		for _, d := range []byte{a.way(), 'I', 'E'} {
			if r, ok := a.rules.Mode(d, m); ok {
				o.ZH, o.EN = r.Name.ZH, r.Name.EN
				return
			}
		}
	}
}

func (a *adviser) way() byte {
	if a.t.Export {
		return 'E'
	}
	return 'I'
}

// direction closes modes that do not exist in the direction on the day.
func (a *adviser) direction(o *Option) bool {
	if o.Mode == "0110" {
		return true
	}
	m, _ := refdata.ModeOf([]byte(o.Mode))
	if _, ok := a.rules.Mode(a.way(), m); ok {
		return true
	}
	o.close("该监管方式只用于出口", "this mode is for exports only", pack.Source{Document: "监管方式代码表"}, "seen")
	if a.t.Export {
		o.Why[0].ZH, o.Why[0].EN = "该监管方式当日不用于出口", "this mode is not for exports on the day"
	}
	return false
}

func (o *Option) close(zh, en string, s pack.Source, mark string) {
	o.Verdict = Closed
	o.Why = append(o.Why, Point{zh, en, s.String(), mark})
}

func (o *Option) condition(zh, en string, s pack.Source, mark string) {
	if o.Verdict == Open {
		o.Verdict = Conditional
	}
	o.Why = append(o.Why, Point{zh, en, s.String(), mark})
}

// words adds what the packs say of the mode.
func (a *adviser) words(o *Option) {
	topics := map[string]*[]Point{"scope": &o.scope, "document": &o.Documents, "declare": &o.Declare, "tax": &o.Tax, "refund": &o.Refund, "income": &o.Refund, "return": &o.Tax, "fx": &o.FX}
	a.needed(o)
	t, ok := a.book.Set().Table("mode_advice")
	if !ok {
		return
	}
	for r := range t.On(a.on) {
		if r.Text("mode") == o.Mode && r.Text("direction") == string(a.way()) {
			to := topics[r.Text("topic")]
			*to = append(*to, said(r))
		}
	}
}

// names of documents, as the packs call them.
var names = map[string][2]string{"order": {"订单", "order"}, "payment": {"支付凭证", "payment"}, "receipt": {"收款单", "receipt of payment"}, "waybill": {"运单", "waybill"},
	"arrival": {"运抵单（放行前）", "arrival, before release"}, "departure": {"离境单", "departure"}}

// needed adds the documents that a list of the mode waits for.
func (a *adviser) needed(o *Option) {
	if o.Mode == "0110" {
		return
	}
	t, ok := a.book.Set().Table("documents_required")
	if !ok {
		return
	}
	o.Documents = append(o.Documents, Point{ZH: "申报清单", EN: "declaration list", Source: "海关跨境统一版系统企业对接报文规范（202205版）", Mark: "seen"})
	for r := range t.On(a.on) {
		if r.Text("mode") == o.Mode && r.Text("direction") == string(a.way()) {
			n := names[r.Text("document")]
			o.Documents = append(o.Documents, Point{ZH: n[0], EN: n[1], Source: r.Source().String(), Mark: r.Mark().String()})
		}
	}
}

// scope is the row of the pack for a mode: the source by which a trade
// that is not of its kind is told so.
func (a *adviser) scope(mode string) (pack.Source, string) {
	if t, ok := a.book.Set().Table("mode_advice"); ok {
		for r := range t.On(a.on) {
			if r.Text("mode") == mode && r.Text("direction") == string(a.way()) && r.Text("topic") == "scope" {
				return r.Source(), r.Mark().String()
			}
		}
	}
	return pack.Source{}, ""
}

// fits holds buyer, platform and warehouse against what the mode is for.
func (a *adviser) fits(o *Option) {
	src, mark := a.scope(o.Mode)
	no := func(zh, en string) { o.close(zh, en, src, mark) }
	t := &a.t
	if o.Mode != "0110" && !t.Platform {
		no("须经跨境电商平台成交", "the sale must be made on an e-commerce platform")
	}
	retail := o.Mode == "9610" || o.Mode == "1210"
	switch {
	case retail && t.Business && !(o.Mode == "1210" && t.Export && t.Warehouse == Abroad):
		no("零售方式：买方须为消费者", "a retail mode: the buyer must be a consumer")
	case o.Mode == "9710" && !t.Business:
		no("买方须为境外企业", "the buyer must be a company abroad")
	}
	switch {
	case o.Mode == "9610" && t.Warehouse == Bonded:
		no("货物在特殊区域内：用 1210", "the goods are in a special zone: use 1210")
	case o.Mode == "9610" && t.Export && t.Warehouse == Abroad, o.Mode == "9710" && t.Warehouse == Abroad:
		no("先出口至海外仓：用 9810", "the goods go to a warehouse abroad first: use 9810")
	case o.Mode == "1210" && t.Warehouse != Bonded:
		no("货物须先进入特殊区域", "the goods must enter a special zone first")
	case o.Mode == "9810" && t.Warehouse != Abroad:
		no("货物须先运至海外仓", "the goods must go to a warehouse abroad first")
	}
	if o.Mode == "0110" {
		return
	}
	if t.Export && slices.ContainsFunc(a.lines, func(l *refdata.TariffLine) bool { return l != nil && l.Export.Has(refdata.Prohibited) }) {
		o.close("商品列入禁止出口", "the goods may not be exported", pack.Source{Document: "监管证件代码表"}, "recalled")
	}
}

// parameter is a point about a parameter of the day.
func (a *adviser) parameter(name string) (pack.Source, string) {
	if v, ok := a.rules.Param(name); ok {
		return v.Source, v.Mark.String()
	}
	return pack.Source{}, ""
}
