package clearance

import (
	"strconv"

	"github.com/cespare/xxhash/v2"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

func (x *Extractor) importOrder(d *Doc, s *ceb.Doc) {
	r := s.Head
	x.base(d, r, ceb.H311Guid, ceb.H311AppType, ceb.H311AppTime, ceb.H311AppStatus)
	x.fixed(d, r, ceb.H311OrderType, "orderType", "I")
	x.fixed(d, r, ceb.H311Currency, "currency", "142")
	x.fixed(d, r, ceb.H311BuyerIdType, "buyerIdType", "1")
	o := &Order{
		Platform: r.Text(ceb.H311EbpCode), Merchant: r.Text(ceb.H311EbcCode), OrderNo: r.Text(ceb.H311OrderNo), Type: 'I',
		GoodsValue: x.n5(d, r, ceb.H311GoodsValue, "goodsValue"), Freight: x.n5(d, r, ceb.H311Freight, "freight"),
		Discount: x.n5(d, r, ceb.H311Discount, "discount"), Tax: x.n5(d, r, ceb.H311TaxTotal, "taxTotal"), Paid: x.n5(d, r, ceb.H311ActuralPaid, "acturalPaid"),
		Currency: "142", PayCode: r.Text(ceb.H311PayCode), PayNo: r.Text(ceb.H311PayTransactionId),
		Buyer: x.person(d, r, ceb.H311BuyerIdNumber, "buyerIdNumber"), BuyerName: x.hash(domainName, r.Bytes(ceb.H311BuyerName)),
		BuyerPhone: x.hash(domainPhone, r.Bytes(ceb.H311BuyerTelephone)), Consignee: x.hash(domainName, r.Bytes(ceb.H311Consignee)),
		Phone: x.hash(domainPhone, r.Bytes(ceb.H311ConsigneeTelephone)), Address: x.hash(domainAddress, r.Bytes(ceb.H311ConsigneeAddress)),
		Lines: make([]OrderLine, len(s.Lines)),
	}
	var sum money.N5
	for i, lr := range s.Lines {
		l := &o.Lines[i]
		l.Gnum = x.gnum(d, lr, ceb.L311Gnum, i)
		l.Unit, l.Country, l.Currency = x.code(d, refdata.UnitCode, lr, ceb.L311Unit, "unit"), x.code(d, refdata.Country, lr, ceb.L311Country, "country"), "142"
		x.fixed(d, lr, ceb.L311Currency, "currency", "142")
		l.Qty, l.Price, l.Total = x.n5(d, lr, ceb.L311Qty, "qty"), x.n5(d, lr, ceb.L311Price, "price"), x.n5(d, lr, ceb.L311TotalPrice, "totalPrice")
		l.Name = xxhash.Sum64(lr.Bytes(ceb.L311ItemName))
		x.product(d, l.Gnum, l.Price, l.Qty, l.Total)
		sum += l.Total
	}
	if sum != o.GoodsValue {
		d.fault(Say("PZ1003", "goodsValue = Σ totalPrice", o.GoodsValue.String(), sum.String()))
	}
	if want := o.GoodsValue + o.Freight + o.Tax - o.Discount; want != o.Paid {
		d.fault(Say("PZ1003", "acturalPaid = goodsValue + freight + taxTotal − discount", o.Paid.String(), want.String()))
	}
	d.Order = o
	d.Key = x.Hasher.Key(domainImportOrder, r.Bytes(ceb.H311EbpCode), r.Bytes(ceb.H311OrderNo))
	d.Parcel = d.Key
}

func (x *Extractor) importPayment(d *Doc, r ceb.Record) {
	x.base(d, r, ceb.H411Guid, ceb.H411AppType, ceb.H411AppTime, ceb.H411AppStatus)
	x.fixed(d, r, ceb.H411Currency, "currency", "142")
	x.fixed(d, r, ceb.H411PayerIdType, "payerIdType", "1")
	x.clock(d, r, ceb.H411PayTime, "payTime")
	d.Payment = &Payment{
		PayCode: r.Text(ceb.H411PayCode), PayNo: r.Text(ceb.H411PayTransactionId), Platform: r.Text(ceb.H411EbpCode), OrderNo: r.Text(ceb.H411OrderNo),
		Amount: x.n5(d, r, ceb.H411AmountPaid, "amountPaid"), Currency: "142",
		Payer: x.person(d, r, ceb.H411PayerIdNumber, "payerIdNumber"), PayerName: x.hash(domainName, r.Bytes(ceb.H411PayerName)),
	}
	d.Key = x.Hasher.Key(domainImportPayment, r.Bytes(ceb.H411PayCode), r.Bytes(ceb.H411PayTransactionId))
	d.Parcel = x.Hasher.Key(domainImportOrder, r.Bytes(ceb.H411EbpCode), r.Bytes(ceb.H411OrderNo))
}

func (x *Extractor) importWaybill(d *Doc, r ceb.Record) {
	x.base(d, r, ceb.H511Guid, ceb.H511AppType, ceb.H511AppTime, ceb.H511AppStatus)
	x.fixed(d, r, ceb.H511Currency, "currency", "142")
	x.onePackage(d, r, ceb.H511PackNo)
	x.n5(d, r, ceb.H511Freight, "freight")
	x.n5(d, r, ceb.H511InsuredFee, "insuredFee")
	d.Bill = &Waybill{
		Carrier: r.Text(ceb.H511LogisticsCode), No: r.Text(ceb.H511LogisticsNo), OrderNo: r.Text(ceb.H511OrderNo),
		Weight:    x.weight(d, r, ceb.H511Weight, "weight"),
		Consignee: x.hash(domainName, r.Bytes(ceb.H511Consignee)), Phone: x.hash(domainPhone, r.Bytes(ceb.H511ConsigneeTelephone)),
		Address: x.hash(domainAddress, r.Bytes(ceb.H511ConsigneeAddress)),
	}
	d.Key = x.Hasher.Key(domainImportWaybill, r.Bytes(ceb.H511LogisticsCode), r.Bytes(ceb.H511LogisticsNo))
	d.Waybill = d.Key
}

// onePackage: a waybill and its list cover one package (spec: packNo fixed 1).
func (x *Extractor) onePackage(d *Doc, r ceb.Record, f ceb.Field) {
	if digits(r.Bytes(f)) != 1 {
		d.fault(Say("PZ1004", "packNo", string(r.Bytes(f)), "1"))
	}
}

func (x *Extractor) weight(d *Doc, r ceb.Record, f ceb.Field, name string) money.N5 {
	v := x.n5(d, r, f, name)
	if v == 0 {
		d.fault(Say("PZ1004", name, string(r.Bytes(f)), "大于 0（千克）"))
	}
	return v
}

func (x *Extractor) signedFor(d *Doc, r ceb.Record) {
	x.base(d, r, ceb.H513Guid, ceb.H513AppType, ceb.H513AppTime, ceb.H513AppStatus)
	x.fixed(d, r, ceb.H513LogisticsStatus, "logisticsStatus", "S")
	x.clock(d, r, ceb.H513LogisticsTime, "logisticsTime")
	d.Bill = &Waybill{Carrier: r.Text(ceb.H513LogisticsCode), No: r.Text(ceb.H513LogisticsNo)}
	d.Waybill = x.Hasher.Key(domainImportWaybill, r.Bytes(ceb.H513LogisticsCode), r.Bytes(ceb.H513LogisticsNo))
	d.Key = d.Waybill
}

func (x *Extractor) importList(d *Doc, s *ceb.Doc) {
	r := s.Head
	x.base(d, r, ceb.H621Guid, ceb.H621AppType, ceb.H621AppTime, ceb.H621AppStatus)
	x.fixed(d, r, ceb.H621IeFlag, "ieFlag", "I")
	x.fixed(d, r, ceb.H621Currency, "currency", "142")
	x.fixed(d, r, ceb.H621BuyerIdType, "buyerIdType", "1")
	x.onePackage(d, r, ceb.H621PackNo)
	l := &List{
		Platform: r.Text(ceb.H621EbpCode), Merchant: r.Text(ceb.H621EbcCode), OrderNo: r.Text(ceb.H621OrderNo),
		Carrier: r.Text(ceb.H621LogisticsCode), WaybillNo: r.Text(ceb.H621LogisticsNo), CopNo: r.Text(ceb.H621CopNo),
		Agent: r.Text(ceb.H621AgentCode), Guarantor: r.Text(ceb.H621AssureCode), Area: r.Text(ceb.H621AreaCode),
		Customs: x.code(d, refdata.District, r, ceb.H621CustomsCode, "customsCode"), Port: x.code(d, refdata.District, r, ceb.H621PortCode, "portCode"),
		Mode: r.Text(ceb.H621TradeMode), Country: x.code(d, refdata.Country, r, ceb.H621Country, "country"),
		DeclDate: int32(digits(r.Bytes(ceb.H621DeclTime))),
		Freight:  x.n5(d, r, ceb.H621Freight, "freight"), Insurance: x.n5(d, r, ceb.H621InsuredFee, "insuredFee"),
		Gross: x.weight(d, r, ceb.H621GrossWeight, "grossWeight"), Net: x.weight(d, r, ceb.H621NetWeight, "netWeight"),
		Licence: len(r.Bytes(ceb.H621LicenseNo)) > 0,
		Buyer:   x.person(d, r, ceb.H621BuyerIdNumber, "buyerIdNumber"), BuyerName: x.hash(domainName, r.Bytes(ceb.H621BuyerName)),
		BuyerPhone: x.hash(domainPhone, r.Bytes(ceb.H621BuyerTelephone)), Address: x.hash(domainAddress, r.Bytes(ceb.H621ConsigneeAddress)),
		Lines: make([]ListLine, len(s.Lines)),
	}
	x.code(d, refdata.TransportMode, r, ceb.H621TrafMode, "trafMode")
	if r.Has(ceb.H621WrapType) {
		x.code(d, refdata.WrapType, r, ceb.H621WrapType, "wrapType")
	}
	mode := x.mode(d, Import, l.Mode)
	x.demand(d, r, mode.Head, importHeadFields, l.Mode)
	x.listWeights(d, l)
	switch l.Guarantor {
	case l.Platform, l.Merchant, l.Carrier, l.Agent:
	default:
		d.fault(Say("PZ1406", l.Guarantor))
	}
	for i, lr := range s.Lines {
		x.demand(d, lr, mode.Line, importLineFields, l.Mode)
		x.importLine(d, lr, l, i)
	}
	d.List = l
	d.Key = x.Hasher.Key(domainImportOrder, r.Bytes(ceb.H621EbpCode), r.Bytes(ceb.H621OrderNo))
	d.Parcel = d.Key
	d.Waybill = x.Hasher.Key(domainImportWaybill, r.Bytes(ceb.H621LogisticsCode), r.Bytes(ceb.H621LogisticsNo))
}

func (x *Extractor) listWeights(d *Doc, l *List) {
	if l.Net > l.Gross {
		d.fault(Say("PZ1401", l.Net.String(), l.Gross.String()))
	}
}

func (x *Extractor) importLine(d *Doc, r ceb.Record, list *List, at int) {
	l := &list.Lines[at]
	l.Gnum = x.gnum(d, r, ceb.L621Gnum, at)
	l.Unit, l.Unit1 = x.code(d, refdata.UnitCode, r, ceb.L621Unit, "unit"), x.code(d, refdata.UnitCode, r, ceb.L621Unit1, "unit1")
	l.Qty, l.Qty1, l.Qty2 = x.positive(d, r, ceb.L621Qty, "qty"), x.positive(d, r, ceb.L621Qty1, "qty1"), x.n5(d, r, ceb.L621Qty2, "qty2")
	l.Price, l.Total = x.n5(d, r, ceb.L621Price, "price"), x.n5(d, r, ceb.L621TotalPrice, "totalPrice")
	l.Country, l.Currency = x.code(d, refdata.Country, r, ceb.L621Country, "country"), "142"
	x.fixed(d, r, ceb.L621Currency, "currency", "142")
	l.Name = r.Text(ceb.L621Gname)
	l.NameHash = xxhash.Sum64(r.Bytes(ceb.L621Gname))
	if b := r.Bytes(ceb.L621Unit2); len(b) > 0 {
		l.Unit2 = x.code(d, refdata.UnitCode, r, ceb.L621Unit2, "unit2")
	}
	x.product(d, l.Gnum, l.Price, l.Qty, l.Total)
	l.Code = uint64(max(0, digits(r.Bytes(ceb.L621Gcode))))
	x.tariffLine(d, l)
}

func (x *Extractor) positive(d *Doc, r ceb.Record, f ceb.Field, name string) money.N5 {
	v := x.n5(d, r, f, name)
	if v == 0 {
		d.fault(Say("PZ1004", name, string(r.Bytes(f)), "大于 0"))
	}
	return v
}

// tariffLine checks code and legal units against the tariff of the day.
func (x *Extractor) tariffLine(d *Doc, l *ListLine) {
	no := strconv.Itoa(int(l.Gnum))
	if (l.Unit2 == "") != (l.Qty2 == 0) {
		d.fault(Say("PZ1404", no))
	}
	var buf [10]byte
	t, ok := x.rules.Tariff(hs10(&buf, l.Code))
	if !ok {
		d.fault(Say("PZ1402", no, HSCode(l.Code), clock.DayOf(x.today).String()))
		return
	}
	if u, _ := refdata.UnitOf([]byte(l.Unit1)); t.Unit1 != 0 && t.Unit1 != u {
		d.fault(Say("PZ1403", no, t.Unit1.String(), l.Unit1))
	}
	if u, _ := refdata.UnitOf([]byte(l.Unit2)); t.Unit2 != 0 && t.Unit2 != u {
		d.fault(Say("PZ1405", no, t.Unit2.String()))
	}
}

func (x *Extractor) importCancel(d *Doc, r ceb.Record) {
	x.base(d, r, ceb.H623Guid, ceb.H623AppType, ceb.H623AppTime, ceb.H623AppStatus)
	c := &Cancel{
		CopNo: r.Text(ceb.H623CopNo), InvtNo: r.Text(ceb.H623InvtNo), Agent: r.Text(ceb.H623AgentCode), Customs: r.Text(ceb.H623CustomsCode),
		Platform: r.Text(ceb.H623EbpCode), Merchant: r.Text(ceb.H623EbcCode), OrderNo: r.Text(ceb.H623OrderNo),
		Carrier: r.Text(ceb.H623LogisticsCode), WaybillNo: r.Text(ceb.H623LogisticsNo),
		Buyer: personKey(x.Hasher, r.Bytes(ceb.H623BuyerIdNumber)), Reason: r.Text(ceb.H623Reason),
	}
	x.cancel(d, c)
}

func (x *Extractor) exportCancel(d *Doc, r ceb.Record) {
	x.base(d, r, ceb.H605Guid, ceb.H605AppType, ceb.H605AppTime, ceb.H605AppStatus)
	x.cancel(d, &Cancel{CopNo: r.Text(ceb.H605CopNo), InvtNo: r.Text(ceb.H605InvtNo), Agent: r.Text(ceb.H605AgentCode),
		Customs: r.Text(ceb.H605CustomsCode), Merchant: r.Text(ceb.H605EbcCode), Reason: r.Text(ceb.H605Reason)})
}

// cancel: only new requests (appType 1) exist; the list number ends in the
// parcel's number.
func (x *Extractor) cancel(d *Doc, c *Cancel) {
	if d.AppType != '1' {
		d.fault(Say("PZ1004", "appType", string(d.AppType), "1"))
	}
	if n := len(c.InvtNo); n >= 9 {
		if v := digits([]byte(c.InvtNo[n-9:])); v > 0 {
			c.Number = uint64(v)
		}
	}
	d.Cancel = c
	d.Key = x.Hasher.Key(domainCancel, []byte(c.InvtNo), []byte(d.Kind.String()))
}
