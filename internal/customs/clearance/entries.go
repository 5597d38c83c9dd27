package clearance

import (
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
)

// meta is what the machine remembers of a stored document besides its facts.
type meta struct {
	State   DocState
	GUID    uint64
	AppTime int64
	Input   uint64 // input number under which it came
	Since   int64  // µs UTC, when its current version was received
	Sender  string
	Book    uint64 // number of the rule book in force then; lists only
}

func (m *meta) encode(e *encoder) {
	e.byte(byte(m.State))
	e.hash(m.GUID)
	e.i(m.AppTime)
	e.u(m.Input)
	e.i(m.Since)
	e.text(m.Sender)
	e.u(m.Book)
}

func (m *meta) decode(d *decoder) {
	m.State, m.GUID, m.AppTime = DocState(d.byte()), d.hash(), d.i()
	m.Input, m.Since, m.Sender, m.Book = d.u(), d.i(), d.text(), d.u()
}

// parcel is all that hangs on one order number: the order, its payments, the
// list and what was decided.
type parcel struct {
	Key       Key
	Dir       Direction
	Number    uint64 // parcel number, given when its first list comes; 0 before
	State     State
	Status    uint16 // last receipt status of the list (tells 501 from 599)
	Hold      uint16 // what an officer asked for while it waited: 300, 500
	OrderMeta meta
	Order     *Order
	Payments  []Key
	ListMeta  meta
	List      *List
	Waybill   Key
	InvtNo    string
	Charged   bool // Postings are charged, not only reserved
	Disputed  bool // its orderer did not buy it 本人异议成立
	Postings  []ledger.Posting
	Dutiable  money.Fen
	Tax       money.Fen
	Notes     []Reason // why it was held or refused
}

// payment is a stored payment voucher or receipt of payment.
type payment struct {
	Meta    meta
	Parcel  Key
	Payment *Payment
}

// waybill is a stored waybill, or the claim of a list on one that has not come.
type waybill struct {
	Meta                     meta
	Waybill                  *Waybill
	Parcel                   Key // the parcel whose list claims it
	Arrived, Departed        int64
	Signed                   int64 // appTime of CEB513; negative when that was deleted
	SignedGUID               uint64
	ArrivalSender, CarrierNo string
}

// numberRef finds a parcel by its number.
type numberRef struct{ Parcel Key }

// seen remembers a request that changes others but is no part of a parcel
// (withdrawal, arrival, departure), so that its repetition is answered alike.
type seen struct {
	GUID    uint64
	Input   uint64
	Status  int32
	Reasons []Reason
}

// entry is one thing in memory.
type entry interface{ encode(e *encoder) }

const (
	tagParcel byte = iota + 1
	tagPayment
	tagWaybill
	tagNumber
	tagSeen
	tagChecked
)

func (p *parcel) encode(e *encoder) {
	e.byte(tagParcel)
	e.key(p.Key)
	e.byte(byte(p.Dir))
	e.u(p.Number)
	e.byte(byte(p.State))
	e.u(uint64(p.Status))
	e.u(uint64(p.Hold))
	p.OrderMeta.encode(e)
	e.bool(p.Order != nil)
	if p.Order != nil {
		encodeOrder(e, p.Order)
	}
	e.u(uint64(len(p.Payments)))
	for _, k := range p.Payments {
		e.key(k)
	}
	p.ListMeta.encode(e)
	e.bool(p.List != nil)
	if p.List != nil {
		encodeList(e, p.List)
	}
	e.key(p.Waybill)
	e.text(p.InvtNo)
	e.byte(p.flags())
	encodePostings(e, p.Postings)
	e.i(int64(p.Dutiable))
	e.i(int64(p.Tax))
	e.reasons(p.Notes)
}

// flags are what engine 1 wrote as a bool, with one more bit.
func (p *parcel) flags() (b byte) {
	if p.Charged {
		b |= 1
	}
	if p.Disputed {
		b |= 2
	}
	return b
}

func decodeParcel(d *decoder) *parcel {
	p := &parcel{Key: d.key(), Dir: Direction(d.byte()), Number: d.u(), State: State(d.byte()), Status: uint16(d.u()), Hold: uint16(d.u())}
	p.OrderMeta.decode(d)
	if d.bool() {
		p.Order = decodeOrder(d)
	}
	for n := d.count(); n > 0; n-- {
		p.Payments = append(p.Payments, d.key())
	}
	p.ListMeta.decode(d)
	if d.bool() {
		p.List = decodeList(d)
	}
	p.Waybill, p.InvtNo = d.key(), d.text()
	flags := d.byte()
	p.Charged, p.Disputed = flags&1 != 0, flags&2 != 0
	p.Postings = decodePostings(d)
	p.Dutiable, p.Tax = money.Fen(d.i()), money.Fen(d.i())
	p.Notes = d.reasons()
	if p.State >= states || p.OrderMeta.State >= docStates || p.ListMeta.State >= docStates {
		d.fail()
	}
	return p
}

func (p *payment) encode(e *encoder) {
	e.byte(tagPayment)
	p.Meta.encode(e)
	e.key(p.Parcel)
	e.bool(p.Payment != nil)
	if v := p.Payment; v != nil {
		for _, s := range []string{v.PayCode, v.PayNo, v.Platform, v.Merchant, v.OrderNo, v.Currency} {
			e.text(s)
		}
		e.n5(v.Amount)
		e.key(v.Payer)
		e.hash(v.PayerName)
	}
}

func decodePayment(d *decoder) *payment {
	p := &payment{}
	p.Meta.decode(d)
	p.Parcel = d.key()
	if d.bool() {
		v := &Payment{}
		for _, s := range []*string{&v.PayCode, &v.PayNo, &v.Platform, &v.Merchant, &v.OrderNo, &v.Currency} {
			*s = d.text()
		}
		v.Amount, v.Payer, v.PayerName = d.n5(), d.key(), d.hash()
		p.Payment = v
	}
	return p
}

func (w *waybill) encode(e *encoder) {
	e.byte(tagWaybill)
	w.Meta.encode(e)
	e.bool(w.Waybill != nil)
	if v := w.Waybill; v != nil {
		e.text(v.Carrier)
		e.text(v.No)
		e.text(v.OrderNo)
		e.hash(v.OrderHash)
		e.n5(v.Weight)
		e.hash(v.Consignee)
		e.hash(v.Phone)
		e.hash(v.Address)
	}
	e.key(w.Parcel)
	e.i(w.Arrived)
	e.i(w.Departed)
	e.i(w.Signed)
	e.hash(w.SignedGUID)
	e.text(w.ArrivalSender)
	e.text(w.CarrierNo)
}

func decodeWaybill(d *decoder) *waybill {
	w := &waybill{}
	w.Meta.decode(d)
	if d.bool() {
		w.Waybill = &Waybill{Carrier: d.text(), No: d.text(), OrderNo: d.text(), OrderHash: d.hash(), Weight: d.n5(),
			Consignee: d.hash(), Phone: d.hash(), Address: d.hash()}
	}
	w.Parcel, w.Arrived, w.Departed, w.Signed = d.key(), d.i(), d.i(), d.i()
	w.SignedGUID, w.ArrivalSender, w.CarrierNo = d.hash(), d.text(), d.text()
	return w
}

func (n *numberRef) encode(e *encoder) { e.byte(tagNumber); e.key(n.Parcel) }

func (s *seen) encode(e *encoder) {
	e.byte(tagSeen)
	e.hash(s.GUID)
	e.u(s.Input)
	e.i(int64(s.Status))
	e.reasons(s.Reasons)
}

// decodeEntry reads any entry by its tag.
func decodeEntry(b []byte) (entry, error) {
	d := &decoder{b: b}
	var v entry
	switch d.byte() {
	case tagParcel:
		v = decodeParcel(d)
	case tagPayment:
		v = decodePayment(d)
	case tagWaybill:
		v = decodeWaybill(d)
	case tagNumber:
		v = &numberRef{Parcel: d.key()}
	case tagChecked:
		v = decodeChecked(d)
	case tagSeen:
		v = &seen{GUID: d.hash(), Input: d.u(), Status: int32(d.i()), Reasons: d.reasons()}
	default:
		d.fail()
	}
	if d.err == nil && len(d.b) > 0 {
		d.fail()
	}
	if d.err != nil {
		return nil, d.err
	}
	return v, nil
}

func encodeOrder(e *encoder, o *Order) {
	for _, s := range []string{o.Platform, o.Merchant, o.OrderNo, o.Currency, o.PayCode, o.PayNo} {
		e.text(s)
	}
	e.byte(o.Type)
	for _, v := range []money.N5{o.GoodsValue, o.Freight, o.Discount, o.Tax, o.Paid} {
		e.n5(v)
	}
	e.key(o.Buyer)
	for _, h := range []uint64{o.BuyerName, o.BuyerPhone, o.Consignee, o.Phone, o.Address} {
		e.hash(h)
	}
	e.u(uint64(len(o.Lines)))
	for i := range o.Lines {
		l := &o.Lines[i]
		e.i(int64(l.Gnum))
		e.text(l.Unit)
		e.n5(l.Qty)
		e.n5(l.Price)
		e.n5(l.Total)
		e.text(l.Country)
		e.text(l.Currency)
		e.hash(l.Name)
	}
}

func decodeOrder(d *decoder) *Order {
	o := &Order{}
	for _, s := range []*string{&o.Platform, &o.Merchant, &o.OrderNo, &o.Currency, &o.PayCode, &o.PayNo} {
		*s = d.text()
	}
	o.Type = d.byte()
	for _, v := range []*money.N5{&o.GoodsValue, &o.Freight, &o.Discount, &o.Tax, &o.Paid} {
		*v = d.n5()
	}
	o.Buyer = d.key()
	for _, h := range []*uint64{&o.BuyerName, &o.BuyerPhone, &o.Consignee, &o.Phone, &o.Address} {
		*h = d.hash()
	}
	o.Lines = make([]OrderLine, d.count())
	for i := range o.Lines {
		o.Lines[i] = OrderLine{Gnum: int32(d.i()), Unit: d.text(), Qty: d.n5(), Price: d.n5(), Total: d.n5(),
			Country: d.text(), Currency: d.text(), Name: d.hash()}
	}
	return o
}

func encodeList(e *encoder, l *List) {
	for _, s := range []string{l.Platform, l.Merchant, l.OrderNo, l.Carrier, l.WaybillNo, l.CopNo, l.Agent, l.Guarantor,
		l.Area, l.Customs, l.Port, l.Mode, l.Country, l.FreightCurrency, l.InsuranceCurrency} {
		e.text(s)
	}
	e.byte(l.Statistics)
	e.i(int64(l.DeclDate))
	e.n5(l.Freight)
	e.n5(l.Insurance)
	e.byte(l.FreightFlag)
	e.byte(l.InsuranceFlag)
	e.n5(l.Gross)
	e.n5(l.Net)
	e.bool(l.Licence)
	e.key(l.Buyer)
	e.hash(l.BuyerName)
	e.hash(l.BuyerPhone)
	e.hash(l.Address)
	e.u(uint64(len(l.Lines)))
	for i := range l.Lines {
		encodeListLine(e, &l.Lines[i])
	}
}

func encodeListLine(e *encoder, l *ListLine) {
	e.i(int64(l.Gnum))
	e.u(l.Code)
	e.text(l.Unit)
	e.text(l.Unit1)
	e.text(l.Unit2)
	for _, v := range []money.N5{l.Qty, l.Qty1, l.Qty2, l.Price, l.Total} {
		e.n5(v)
	}
	e.text(l.Country)
	e.text(l.Currency)
	e.bool(l.HasSecond)
	e.text(l.Name)
	e.hash(l.NameHash)
}

func decodeList(d *decoder) *List {
	l := &List{}
	for _, s := range []*string{&l.Platform, &l.Merchant, &l.OrderNo, &l.Carrier, &l.WaybillNo, &l.CopNo, &l.Agent, &l.Guarantor,
		&l.Area, &l.Customs, &l.Port, &l.Mode, &l.Country, &l.FreightCurrency, &l.InsuranceCurrency} {
		*s = d.text()
	}
	l.Statistics, l.DeclDate, l.Freight, l.Insurance = d.byte(), int32(d.i()), d.n5(), d.n5()
	l.FreightFlag, l.InsuranceFlag, l.Gross, l.Net, l.Licence = d.byte(), d.byte(), d.n5(), d.n5(), d.bool()
	l.Buyer, l.BuyerName, l.BuyerPhone, l.Address = d.key(), d.hash(), d.hash(), d.hash()
	l.Lines = make([]ListLine, d.count())
	for i := range l.Lines {
		l.Lines[i] = ListLine{Gnum: int32(d.i()), Code: d.u(), Unit: d.text(), Unit1: d.text(), Unit2: d.text(),
			Qty: d.n5(), Qty1: d.n5(), Qty2: d.n5(), Price: d.n5(), Total: d.n5(),
			Country: d.text(), Currency: d.text(), HasSecond: d.bool(), Name: d.text(), NameHash: d.hash()}
	}
	return l
}

func encodePostings(e *encoder, ps []ledger.Posting) {
	e.u(uint64(len(ps)))
	for _, p := range ps {
		e.key(Key(p.Account))
		e.byte(byte(p.Unit))
		e.byte(byte(p.Phase))
		e.i(p.Amount)
	}
}

func decodePostings(d *decoder) []ledger.Posting {
	n := d.count()
	if n == 0 {
		return nil
	}
	ps := make([]ledger.Posting, n)
	for i := range ps {
		ps[i] = ledger.Posting{Account: ledger.Account(d.key()), Unit: ledger.Unit(d.byte()), Phase: ledger.Phase(d.byte()), Amount: d.i()}
	}
	return ps
}
