package clearance

import (
	"strconv"

	"github.com/cespare/xxhash/v2"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

func (x *Extractor) exportOrder(d *Doc, s *ceb.Doc) {
	r := s.Head
	x.base(d, r, ceb.H303Guid, ceb.H303AppType, ceb.H303AppTime, ceb.H303AppStatus)
	o := &Order{
		Platform: r.Text(ceb.H303EbpCode), Merchant: r.Text(ceb.H303EbcCode), OrderNo: r.Text(ceb.H303OrderNo),
		GoodsValue: x.n5(d, r, ceb.H303GoodsValue, "goodsValue"), Freight: x.n5(d, r, ceb.H303Freight, "freight"),
		Currency: x.code(d, refdata.Currency, r, ceb.H303Currency, "currency"), Lines: make([]OrderLine, len(s.Lines)),
	}
	switch t := r.Bytes(ceb.H303OrderType); {
	case len(t) == 1 && (t[0] == 'E' || t[0] == 'B' || t[0] == 'W'):
		o.Type = t[0]
	default:
		d.fault(Say("PZ1004", "orderType", string(t), "E、B 或 W"))
	}
	var sum money.N5
	for i, lr := range s.Lines {
		l := &o.Lines[i]
		l.Gnum = x.gnum(d, lr, ceb.L303Gnum, i)
		l.Unit, l.Currency = x.code(d, refdata.UnitCode, lr, ceb.L303Unit, "unit"), x.code(d, refdata.Currency, lr, ceb.L303Currency, "currency")
		l.Qty, l.Price, l.Total = x.n5(d, lr, ceb.L303Qty, "qty"), x.n5(d, lr, ceb.L303Price, "price"), x.n5(d, lr, ceb.L303TotalPrice, "totalPrice")
		l.Name = xxhash.Sum64(lr.Bytes(ceb.L303ItemName))
		x.product(d, l.Gnum, l.Price, l.Qty, l.Total)
		sum += l.Total
	}
	if sum != o.GoodsValue {
		d.fault(Say("PZ1003", "goodsValue = Σ totalPrice", o.GoodsValue.String(), sum.String()))
	}
	d.Order = o
	d.Key = x.Hasher.Key(domainExportOrder, r.Bytes(ceb.H303EbcCode), r.Bytes(ceb.H303OrderNo))
	d.Parcel = d.Key
}

func (x *Extractor) exportPayment(d *Doc, r ceb.Record) {
	x.base(d, r, ceb.H403Guid, ceb.H403AppType, ceb.H403AppTime, ceb.H403AppStatus)
	x.clock(d, r, ceb.H403AccountingDate, "accountingDate")
	d.Payment = &Payment{
		PayCode: r.Text(ceb.H403PayCode), PayNo: r.Text(ceb.H403PayNo), Platform: r.Text(ceb.H403EbpCode), Merchant: r.Text(ceb.H403EbcCode),
		OrderNo: r.Text(ceb.H403OrderNo), Amount: x.n5(d, r, ceb.H403Charge, "charge"), Currency: x.code(d, refdata.Currency, r, ceb.H403Currency, "currency"),
	}
	d.Key = x.Hasher.Key(domainExportPayment, r.Bytes(ceb.H403EbcCode), r.Bytes(ceb.H403OrderNo), r.Bytes(ceb.H403PayNo))
	d.Parcel = x.Hasher.Key(domainExportOrder, r.Bytes(ceb.H403EbcCode), r.Bytes(ceb.H403OrderNo))
}

func (x *Extractor) exportWaybill(d *Doc, r ceb.Record) {
	x.base(d, r, ceb.H505Guid, ceb.H505AppType, ceb.H505AppTime, ceb.H505AppStatus)
	x.code(d, refdata.Currency, r, ceb.H505Currency, "currency")
	x.n5(d, r, ceb.H505Freight, "freight")
	x.n5(d, r, ceb.H505InsuredFee, "insuredFee")
	d.Bill = &Waybill{Carrier: r.Text(ceb.H505LogisticsCode), No: r.Text(ceb.H505LogisticsNo), Weight: x.weight(d, r, ceb.H505GrossWeight, "grossWeight")}
	d.Key = x.Hasher.Key(domainExportWaybill, r.Bytes(ceb.H505LogisticsCode), r.Bytes(ceb.H505LogisticsNo))
	d.Waybill = d.Key
}

func (x *Extractor) exportList(d *Doc, s *ceb.Doc) {
	r := s.Head
	x.base(d, r, ceb.H603Guid, ceb.H603AppType, ceb.H603AppTime, ceb.H603AppStatus)
	x.fixed(d, r, ceb.H603IeFlag, "ieFlag", "E")
	l := &List{
		Platform: r.Text(ceb.H603EbpCode), Merchant: r.Text(ceb.H603EbcCode), OrderNo: r.Text(ceb.H603OrderNo),
		Carrier: r.Text(ceb.H603LogisticsCode), WaybillNo: r.Text(ceb.H603LogisticsNo), CopNo: r.Text(ceb.H603CopNo),
		Agent: r.Text(ceb.H603AgentCode), Area: r.Text(ceb.H603IacCode),
		Customs: x.code(d, refdata.District, r, ceb.H603CustomsCode, "customsCode"), Port: x.code(d, refdata.District, r, ceb.H603PortCode, "portCode"),
		Mode: r.Text(ceb.H603TradeMode), Country: x.code(d, refdata.Country, r, ceb.H603Country, "country"),
		DeclDate: int32(digits(r.Bytes(ceb.H603IeDate))),
		Freight:  x.n5(d, r, ceb.H603Freight, "freight"), Insurance: x.n5(d, r, ceb.H603InsuredFee, "insuredFee"),
		FreightFlag: flag(r.Bytes(ceb.H603FFlag)), InsuranceFlag: flag(r.Bytes(ceb.H603IFlag)),
		FreightCurrency:   x.code(d, refdata.Currency, r, ceb.H603FCurrency, "fCurrency"),
		InsuranceCurrency: x.code(d, refdata.Currency, r, ceb.H603ICurrency, "iCurrency"),
		Gross:             x.weight(d, r, ceb.H603GrossWeight, "grossWeight"), Net: x.weight(d, r, ceb.H603NetWeight, "netWeight"),
		Licence: len(r.Bytes(ceb.H603LicenseNo)) > 0, Lines: make([]ListLine, len(s.Lines)),
	}
	l.Statistics = flag(r.Bytes(ceb.H603StatisticsFlag))
	if l.Statistics != 'A' && l.Statistics != 'B' {
		d.fault(Say("PZ1004", "statisticsFlag", string(r.Bytes(ceb.H603StatisticsFlag)), "A 或 B"))
		l.Statistics = 'B'
	}
	x.code(d, refdata.TransportMode, r, ceb.H603TrafMode, "trafMode")
	x.code(d, refdata.WrapType, r, ceb.H603WrapType, "wrapType")
	mode := x.mode(d, Export, l.Mode)
	x.demand(d, r, mode.Head, exportHeadFields, l.Mode)
	x.listWeights(d, l)
	for i, lr := range s.Lines {
		x.demand(d, lr, mode.Line, exportLineFields, l.Mode)
		x.exportLine(d, lr, l, i, mode)
	}
	d.List = l
	d.Key = x.Hasher.Key(domainExportOrder, r.Bytes(ceb.H603EbcCode), r.Bytes(ceb.H603OrderNo))
	d.Parcel = d.Key
	d.Waybill = x.Hasher.Key(domainExportWaybill, r.Bytes(ceb.H603LogisticsCode), r.Bytes(ceb.H603LogisticsNo))
}

func flag(b []byte) byte {
	if len(b) == 1 {
		return b[0]
	}
	return 0
}

func (x *Extractor) exportLine(d *Doc, r ceb.Record, list *List, at int, mode *refdata.ModeRule) {
	l := &list.Lines[at]
	l.Gnum = x.gnum(d, r, ceb.L603Gnum, at)
	l.Unit, l.Unit1 = x.code(d, refdata.UnitCode, r, ceb.L603Unit, "unit"), x.code(d, refdata.UnitCode, r, ceb.L603Unit1, "unit1")
	l.Qty, l.Qty1, l.Qty2 = x.positive(d, r, ceb.L603Qty, "qty"), x.positive(d, r, ceb.L603Qty1, "qty1"), x.n5(d, r, ceb.L603Qty2, "qty2")
	l.Price, l.Total = x.n5(d, r, ceb.L603Price, "price"), x.n5(d, r, ceb.L603TotalPrice, "totalPrice")
	l.Country, l.Currency = x.code(d, refdata.Country, r, ceb.L603Country, "country"), x.code(d, refdata.Currency, r, ceb.L603Currency, "currency")
	l.Name = r.Text(ceb.L603Gname)
	l.NameHash = xxhash.Sum64(r.Bytes(ceb.L603Gname))
	if b := r.Bytes(ceb.L603Unit2); len(b) > 0 {
		l.Unit2 = x.code(d, refdata.UnitCode, r, ceb.L603Unit2, "unit2")
	}
	x.product(d, l.Gnum, l.Price, l.Qty, l.Total)
	l.Code = uint64(max(0, digits(r.Bytes(ceb.L603Gcode))))
	if list.Statistics == 'A' {
		x.simplified(d, l, mode)
		return
	}
	x.tariffLine(d, l)
}

// simplified: with simplified declaration only the first digits of the code
// must be the tariff's (4 for 9610, 6 for B2B; RULES B4, C3).
func (x *Extractor) simplified(d *Doc, l *ListLine, mode *refdata.ModeRule) {
	var buf [10]byte
	n := mode.SimplifiedDigits
	if _, ok := x.rules.Heading(hs10(&buf, l.Code), n); n == 0 || !ok {
		d.fault(Say("PZ1407", strconv.Itoa(int(l.Gnum)), strconv.Itoa(n), HSCode(l.Code)))
	}
	if (l.Unit2 == "") != (l.Qty2 == 0) {
		d.fault(Say("PZ1404", strconv.Itoa(int(l.Gnum))))
	}
}

func (x *Extractor) arrival(d *Doc, s *ceb.Doc) {
	r := s.Head
	x.base(d, r, ceb.H507Guid, ceb.H507AppType, ceb.H507AppTime, ceb.H507AppStatus)
	m := &Move{CopNo: r.Text(ceb.H507CopNo), Operator: r.Text(ceb.H507OperatorCode), Carrier: r.Text(ceb.H507LogisticsCode),
		BillNo: r.Text(ceb.H507BillNo), Customs: x.code(d, refdata.District, r, ceb.H507CustomsCode, "customsCode"),
		MsgCount: int32(digits(r.Bytes(ceb.H507MsgCount))), MsgSeq: int32(digits(r.Bytes(ceb.H507MsgSeqNo)))}
	x.moves(d, m, s, r.Bytes(ceb.H507LogisticsCode), ceb.L507LogisticsNo)
}

func (x *Extractor) departure(d *Doc, s *ceb.Doc) {
	r := s.Head
	x.base(d, r, ceb.H509Guid, ceb.H509AppType, ceb.H509AppTime, ceb.H509AppStatus)
	m := &Move{CopNo: r.Text(ceb.H509CopNo), Carrier: r.Text(ceb.H509LogisticsCode), BillNo: r.Text(ceb.H509BillNo),
		Customs: x.code(d, refdata.District, r, ceb.H509CustomsCode, "customsCode"), Time: x.clock(d, r, ceb.H509LeaveTime, "leaveTime"),
		MsgCount: int32(digits(r.Bytes(ceb.H509MsgCount))), MsgSeq: int32(digits(r.Bytes(ceb.H509MsgSeqNo)))}
	x.moves(d, m, s, r.Bytes(ceb.H509LogisticsCode), ceb.L509LogisticsNo)
}

// moves reads the waybills of an arrival or a departure. Parts of a split
// message are documents of their own.
func (x *Extractor) moves(d *Doc, m *Move, s *ceb.Doc, carrier []byte, number ceb.Field) {
	if d.AppType == '3' {
		d.fault(Say("PZ1004", "appType", "3", "1 或 2")) // what it moved stays moved
	}
	if m.MsgSeq < 1 || m.MsgSeq > m.MsgCount {
		d.fault(Say("PZ1004", "msgSeqNo", strconv.Itoa(int(m.MsgSeq)), "1…msgCount"))
	}
	m.Waybills, m.Numbers = make([]Key, len(s.Lines)), make([]string, len(s.Lines))
	for i, lr := range s.Lines {
		m.Waybills[i] = x.Hasher.Key(domainExportWaybill, carrier, lr.Bytes(number))
		m.Numbers[i] = lr.Text(number)
	}
	d.Move = m
	d.Key = x.Hasher.Key(domainMove, []byte(d.Kind.String()), []byte(d.Sender), []byte(m.CopNo), []byte(strconv.Itoa(int(m.MsgSeq))))
}
