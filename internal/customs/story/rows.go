package story

import (
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
)

// Row is one field of the documents, side by side (并列比对).
type Row struct {
	Key   string // such as "paid"
	Name  Text
	Line  int32  // number of the line of goods, gnum; 0: of the head
	Cells []Cell // one a paper, in order
	// Compared tells that the machine holds this field of the documents given
	// against each other, Differs that they are not equal where it does. A row that
	// differs without a mark is not judged yet.
	Compared, Differs bool
	// Apart tells that values differ that no rule compares.
	Apart bool
	Marks []Mark // rules that it breaks, as the machine said
}

// Cell is a field of one document.
type Cell struct {
	Text    string // masked where it is personal data
	Note    string // name of the enterprise whose code it is
	Element string // in the message; "" when the document has no such field
	Marked  bool   // by one of the row's marks
}

// Mark is a reason of the machine, put where it belongs.
type Mark struct {
	Reason   clearance.Reason
	Papers   []Role // documents that it speaks of
	Warning  bool   // it refuses nothing
	Decision uint64
}

// form is how a field's values are compared and shown.
type form uint8

const (
	word   form = iota
	amount      // a decimal number
	idNo        // personal data, masked
	person
	phone
	address
	hsCode
)

var masks = map[form]func(string) string{idNo: keys.MaskID, person: keys.MaskName, phone: keys.MaskPhone, address: keys.MaskAddress}

// field describes one row: its elements by role, several names where kinds differ.
type field struct {
	key      string
	zh, en   string
	form     form
	elements map[Role]string
	compared []Role // held against each other by the machine (match.go)
}

// on names the element by role: "order=buyerName payment=payerName".
func on(text string) map[Role]string {
	m := map[Role]string{}
	for part := range strings.FieldsSeq(text) {
		name, element, _ := strings.Cut(part, "=")
		if r, ok := ParseRole(name); ok {
			m[r] = element
		}
	}
	return m
}

var headFields = []field{
	{"order_no", "订单编号", "order number", word, on("order=orderNo payment=orderNo waybill=orderNo list=orderNo"), []Role{Order, Waybill}},
	{"list_no", "企业内部编号", "declarant's own number", word, on("list=copNo"), nil},
	{"platform", "电商平台", "e-commerce platform", word, on("order=ebpCode payment=ebpCode list=ebpCode"), []Role{Order, List}},
	{"merchant", "电商企业", "merchant", word, on("order=ebcCode payment=ebcCode waybill=ebcCode list=ebcCode"), []Role{Order, List}},
	{"pay_enterprise", "支付企业", "payment enterprise", word, on("order=payCode payment=payCode"), []Role{Order, Payment}},
	{"pay_no", "支付交易编号", "payment number", word, on("order=payTransactionId payment=payTransactionId|payNo"), []Role{Order, Payment}},
	{"buyer_name", "订购人（支付人）姓名", "name of orderer (payer)", person, on("order=buyerName payment=payerName list=buyerName"), []Role{Order, Payment, List}},
	{"buyer_id", "订购人（支付人）证件号码", "identity number of orderer (payer)", idNo, on("order=buyerIdNumber payment=payerIdNumber list=buyerIdNumber"), []Role{Order, Payment, List}},
	{"buyer_phone", "订购人电话", "orderer's telephone", phone, on("order=buyerTelephone payment=telephone list=buyerTelephone"), []Role{Order, List}},
	{"consignee", "收货人", "consignee", person, on("order=consignee waybill=consignee"), []Role{Order, Waybill}},
	{"consignee_phone", "收货人电话", "consignee's telephone", phone, on("order=consigneeTelephone waybill=consigneeTelephone"), []Role{Order, Waybill}},
	{"address", "收货地址", "address", address, on("order=consigneeAddress waybill=consigneeAddress list=consigneeAddress"), []Role{Order, Waybill, List}},
	{"goods_value", "商品价格", "value of goods", amount, on("order=goodsValue list=Σtotal"), []Role{Order, List}},
	{"freight", "运杂费（清单含保费）", "freight (list: with insurance)", amount, on("order=freight waybill=freight list=Σfreight"), []Role{Order, List}},
	{"discount", "非现金抵扣金额", "non-cash deduction", amount, on("order=discount"), nil},
	{"tax_total", "代扣税款", "tax withheld", amount, on("order=taxTotal"), nil},
	{"paid", "实际支付（收款）金额", "amount paid (received)", amount, on("order=acturalPaid payment=amountPaid|charge"), []Role{Order, Payment}},
	{"pay_time", "支付（到账）时间", "time of payment", word, on("payment=payTime|accountingDate"), nil},
	{"currency", "币制", "currency", word, on("order=currency payment=currency waybill=currency list=currency"), nil},
	{"waybill_no", "物流运单编号", "waybill number", word, on("waybill=logisticsNo list=logisticsNo arrival=logisticsNo departure=logisticsNo"), nil},
	{"carrier", "物流企业", "carrier", word, on("waybill=logisticsCode list=logisticsCode arrival=logisticsCode departure=logisticsCode"), nil},
	{"bill_no", "提运单号", "bill of lading", word, on("waybill=billNo list=billNo arrival=billNo departure=billNo"), nil},
	{"gross", "毛重（千克）", "gross weight (kg)", amount, on("waybill=weight|grossWeight list=grossWeight"), nil},
	{"net", "净重（千克）", "net weight (kg)", amount, on("list=netWeight"), nil},
	{"packages", "件数", "packages", amount, on("waybill=packNo list=packNo"), nil},
	{"lines", "商品项数", "number of lines", amount, on("order=#lines list=#lines"), []Role{Order, List}},
	{"mode", "监管方式", "supervision mode", word, on("list=tradeMode"), nil},
	{"statistics", "申报业务类型", "kind of declaration", word, on("list=statisticsFlag"), nil},
	{"agent", "申报企业", "declarant", word, on("list=agentCode"), nil},
	{"guarantor", "担保企业", "guarantor", word, on("list=assureCode"), nil},
	{"area", "区内企业", "in-zone enterprise", word, on("list=areaCode|iacCode"), nil},
	{"customs", "申报海关", "customs district", word, on("list=customsCode arrival=customsCode departure=customsCode"), nil},
	{"port", "口岸海关", "port", word, on("list=portCode"), nil},
	{"country", "起运（运抵）国", "country of departure (arrival)", word, on("list=country"), nil},
	{"operator", "监管场所经营人", "operator of the supervised site", word, on("arrival=operatorCode"), nil},
	{"leave_time", "离境时间", "time of departure", word, on("departure=leaveTime"), nil},
}

var lineFields = []field{
	{"name", "商品名称", "goods", word, on("order=itemName list=gname"), []Role{Order, List}},
	{"code", "商品编码", "commodity code", hsCode, on("list=gcode"), nil},
	{"model", "规格型号", "model", word, on("order=gmodel list=gmodel"), nil},
	{"qty", "数量", "quantity", amount, on("order=qty list=qty"), []Role{Order, List}},
	{"unit", "计量单位", "unit", word, on("order=unit list=unit"), []Role{Order, List}},
	{"price", "单价", "price", amount, on("order=price list=price"), nil},
	{"total", "总价", "total", amount, on("order=totalPrice list=totalPrice"), []Role{Order, List}},
	{"line_currency", "币制", "currency", word, on("order=currency list=currency"), []Role{Order, List}},
	{"origin", "原产国（目的国）", "country of origin (destination)", word, on("order=country list=country"), []Role{Order, List}},
	{"qty1", "法定数量", "legal quantity", amount, on("list=qty1"), nil},
	{"unit1", "法定单位", "legal unit", word, on("list=unit1"), nil},
	{"qty2", "第二法定数量", "second legal quantity", amount, on("list=qty2"), nil},
	{"unit2", "第二法定单位", "second legal unit", word, on("list=unit2"), nil},
	{"barcode", "条码", "bar code", word, on("order=barCode list=barCode"), nil},
}

// elementOf is the element that carries the field in a paper, "" if none does.
func (f *field) elementOf(p *Paper, names []string) string {
	e := f.elements[p.Role]
	if e == "" || strings.HasPrefix(e, "Σ") || strings.HasPrefix(e, "#") {
		return e
	}
	for _, n := range strings.Split(e, "|") {
		if slices.Contains(names, n) || p.Role == Arrival || p.Role == Departure {
			return n
		}
	}
	return ""
}

// rows lays the papers side by side.
func (s *Story) rows() []Row {
	var out []Row
	for i := range headFields {
		out = s.addRow(out, &headFields[i], 0)
	}
	most := 0
	for i := range s.Papers {
		if r := s.Papers[i].Role; r == Order || r == List {
			most = max(most, len(s.Papers[i].lines))
		}
	}
	for line := 1; line <= most; line++ {
		for i := range lineFields {
			out = s.addRow(out, &lineFields[i], int32(line))
		}
	}
	return out
}

// addRow adds a field's row unless no document of the parcel gives it.
func (s *Story) addRow(to []Row, f *field, line int32) []Row {
	row := Row{Key: f.key, Name: Text{ZH: f.zh, EN: f.en}, Line: line, Cells: make([]Cell, len(s.Papers))}
	given := false
	values := map[Role]string{}
	for i := range s.Papers {
		p := &s.Papers[i]
		names := namesOf(p.Kind).head
		if line > 0 {
			names = namesOf(p.Kind).line
		}
		c := &row.Cells[i]
		c.Element = f.elementOf(p, names)
		if c.Element == "" || p.Missing() {
			continue
		}
		v, note := p.value(c.Element, line)
		if v == "" {
			continue
		}
		given = true
		values[p.Role] = f.plain(v)
		c.Text, c.Note = f.shown(v), note
	}
	if !given {
		return to
	}
	compared := map[Role]string{}
	for _, r := range f.compared {
		if v, ok := values[r]; ok {
			compared[r] = v
		}
	}
	row.Compared, row.Differs = len(compared) > 1, differ(compared)
	row.Apart = !row.Differs && differ(values)
	return append(to, row)
}

// value is an element's text in the paper, with the name that stands beside a code.
func (p *Paper) value(element string, line int32) (text, note string) {
	switch element {
	case "Σtotal":
		return p.sum("totalPrice"), ""
	case "Σfreight":
		a, _ := money.ParseN5([]byte(p.head["freight"]))
		b, _ := money.ParseN5([]byte(p.head["insuredFee"]))
		return (a + b).String(), ""
	case "#lines":
		return strconv.Itoa(len(p.lines)), ""
	}
	if line > 0 {
		if l := p.line(line); l != nil {
			return l[element], ""
		}
		return "", ""
	}
	if (p.Role == Arrival || p.Role == Departure) && element == "logisticsNo" {
		return p.Version().Number, ""
	}
	if base, ok := strings.CutSuffix(element, "Code"); ok {
		note = p.head[base+"Name"]
	}
	return p.head[element], note
}

// line is the line of goods with a number, else the one at its place.
func (p *Paper) line(gnum int32) map[string]string {
	no := strconv.Itoa(int(gnum))
	for _, l := range p.lines {
		if l["gnum"] == no {
			return l
		}
	}
	return nil
}

func (p *Paper) sum(element string) string {
	var sum money.N5
	for _, l := range p.lines {
		v, err := money.ParseN5([]byte(l[element]))
		if err != nil {
			return ""
		}
		sum += v
	}
	return sum.String()
}

// plain is a value as it is compared: numbers by what they are worth.
func (f *field) plain(v string) string {
	if f.form == amount {
		if n, err := money.ParseN5([]byte(v)); err == nil {
			return n.String()
		}
	}
	return v
}

// shown is a value as it leaves the package.
func (f *field) shown(v string) string {
	if mask := masks[f.form]; mask != nil {
		return mask(v)
	}
	if f.form == hsCode && len(v) == 10 {
		return v[:4] + " " + v[4:6] + " " + v[6:8] + " " + v[8:]
	}
	return f.plain(v)
}

func differ(values map[Role]string) bool {
	first, seen := "", false
	for _, v := range values {
		if seen && v != first {
			return true
		}
		first, seen = v, true
	}
	return false
}

// raw is the unmasked text of a row's field in a paper, for marks.
func (s *Story) raw(key string, line int32, r Role) string {
	p := s.Paper(r)
	if p == nil || p.Missing() {
		return ""
	}
	list, names := headFields, namesOf(p.Kind).head
	if line > 0 {
		list, names = lineFields, namesOf(p.Kind).line
	}
	for i := range list {
		if f := &list[i]; f.key == key {
			v, _ := p.value(f.elementOf(p, names), line)
			return f.plain(v)
		}
	}
	return ""
}
