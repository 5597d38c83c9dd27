package clearance

import (
	"strconv"

	"pilotzone/internal/kernel/money"
)

// match holds order, payment and waybill against the list (三单比对, RULES A16,
// FORMATS section 5) and returns every difference at once; warnings apart.
func (e *Engine) match(p *parcel) (faults, notes []Reason) {
	m := &matcher{}
	l, o := p.List, p.Order
	pay := e.payOf(p)
	var w *waybill
	if b := e.mem.waybill(p.Waybill); b != nil {
		w = b
		if b.Parcel != p.Key {
			other := e.mem.parcel(b.Parcel)
			no := ""
			if other != nil && other.List != nil {
				no = other.List.CopNo
			}
			m.fault(Say("PZ1506", l.WaybillNo, no))
		}
	}
	if o != nil {
		if o.Merchant != l.Merchant {
			m.fault(Say("PZ1504", "电商企业代码 ebcCode", "清单", l.Merchant, "订单", o.Merchant))
		}
		if o.Platform != l.Platform {
			m.fault(Say("PZ1504", "电商平台代码 ebpCode", "清单", l.Platform, "订单", o.Platform))
		}
		m.lines(l, o, p.Dir)
	}
	if p.Dir == Import {
		m.importDocs(l, o, pay, w, e.payerRule(p))
	} else {
		m.exportDocs(o, pay)
	}
	return m.faults, m.notes
}

// payOf is the payment that the order names, or the only one there is.
func (e *Engine) payOf(p *parcel) *Payment {
	var last *Payment
	for _, k := range p.Payments {
		if pay := e.mem.payment(k); pay != nil && pay.Payment != nil {
			last = pay.Payment
			if p.Order != nil && p.Order.PayNo == pay.Payment.PayNo {
				return last
			}
		}
	}
	return last
}

// payerRule says whether orderer and payer must be one person: asked for by the
// rules, and waived when the orderer was verified (RULES A14).
type payerRule struct{ asked, verified bool }

func (e *Engine) payerRule(p *parcel) payerRule {
	return payerRule{asked: e.rulesOf(p).Import.PayerIsOrderer, verified: e.checks(p) && e.result(p) == PersonVerified}
}

type matcher struct{ faults, notes []Reason }

func (m *matcher) fault(r Reason) { m.faults = append(m.faults, r) }
func (m *matcher) note(r Reason)  { m.notes = append(m.notes, r) }

// lines holds the list's lines against the order's by gnum.
func (m *matcher) lines(l *List, o *Order, dir Direction) {
	if len(l.Lines) != len(o.Lines) {
		m.fault(Say("1320", strconv.Itoa(len(l.Lines)), strconv.Itoa(len(o.Lines))))
		return
	}
	for i := range l.Lines {
		a := &l.Lines[i]
		b := orderLine(o, a.Gnum, i)
		no := strconv.Itoa(int(a.Gnum))
		if b == nil {
			m.fault(Say("1322", no, "序号 gnum", no, "-"))
			continue
		}
		differ := func(what, x, y string) {
			if x != y {
				m.fault(Say("1322", no, what, x, y))
			}
		}
		if a.Qty != b.Qty {
			differ("数量 qty", a.Qty.String(), b.Qty.String())
		}
		if a.Total != b.Total {
			differ("总价 totalPrice", a.Total.String(), b.Total.String())
		}
		differ("单位 unit", a.Unit, b.Unit)
		differ("币制 currency", a.Currency, b.Currency)
		if dir == Import {
			differ("原产国 country", a.Country, b.Country)
		}
		if a.NameHash != b.Name {
			m.note(Say("PZ1509", no))
		}
	}
}

// orderLine finds the order's line with the number; usually it stands at the
// same place.
func orderLine(o *Order, gnum int32, at int) *OrderLine {
	if at < len(o.Lines) && o.Lines[at].Gnum == gnum {
		return &o.Lines[at]
	}
	for i := range o.Lines {
		if o.Lines[i].Gnum == gnum {
			return &o.Lines[i]
		}
	}
	return nil
}

func (m *matcher) importDocs(l *List, o *Order, pay *Payment, w *waybill, payer payerRule) {
	if o == nil {
		return
	}
	if l.Buyer != o.Buyer || l.BuyerName != o.BuyerName {
		m.fault(Say("13127"))
	}
	if l.BuyerPhone != o.BuyerPhone {
		m.fault(Say("130126"))
	}
	if l.Address != o.Address {
		m.fault(Say("PZ1505", "收货地址 consigneeAddress", "清单"))
	}
	if goods := l.goods(); goods != o.GoodsValue {
		m.fault(Say("PZ1504", "商品价格", "清单表体合计", goods.String(), "OrderHead.goodsValue", o.GoodsValue.String()))
	}
	if sum := l.Freight + l.Insurance; sum != o.Freight {
		m.fault(Say("PZ1504", "运杂费", "清单 freight+insuredFee", sum.String(), "OrderHead.freight", o.Freight.String()))
	}
	if pay != nil {
		m.paid(o, pay, payer)
	}
	if w != nil && w.Waybill != nil {
		m.shipped(o, w.Waybill)
	}
}

// paid: the payment is of this order, by the payment enterprise that it names,
// of the amount paid, by the orderer (RULES A14: while the identity is not
// verified by the competent body, orderer and payer must be one person).
func (m *matcher) paid(o *Order, pay *Payment, payer payerRule) {
	if o.PayCode != "" && o.PayCode != pay.PayCode {
		m.fault(Say("13035", o.PayCode, pay.PayCode))
	}
	if o.PayNo != "" && o.PayNo != pay.PayNo {
		m.fault(Say("PZ1508", o.PayNo, pay.PayNo))
	}
	if o.Paid != pay.Amount {
		m.fault(Say("1332", o.Paid.String(), pay.Amount.String()))
	}
	if payer.asked && (o.Buyer != pay.Payer || o.BuyerName != pay.PayerName) {
		if payer.verified {
			m.note(Say("PZ1517"))
		} else {
			m.fault(Say("1327"))
		}
	}
}

func (m *matcher) shipped(o *Order, w *Waybill) {
	if w.OrderNo != "" && w.OrderNo != o.OrderNo {
		m.fault(Say("PZ1504", "订单编号 orderNo", "运单", w.OrderNo, "订单", o.OrderNo))
	}
	for _, f := range []struct {
		name string
		a, b uint64
	}{{"收货人 consignee", o.Consignee, w.Consignee}, {"收货人电话 consigneeTelephone", o.Phone, w.Phone}, {"收货地址 consigneeAddress", o.Address, w.Address}} {
		if f.a != f.b {
			m.fault(Say("PZ1505", f.name, "运单"))
		}
	}
}

// exportDocs: where a receipt of payment was sent it must be of the order's
// amount; it is a warning since the law no longer asks for it (GACC 2024 No.167).
func (m *matcher) exportDocs(o *Order, pay *Payment) {
	if o == nil || pay == nil {
		return
	}
	if sum := o.GoodsValue + o.Freight; pay.Amount != sum && pay.Amount != o.GoodsValue {
		m.note(Say("PZ1707", pay.Amount.String(), sum.String()))
	}
}

// goods is the sum of the lines' totals.
func (l *List) goods() (sum money.N5) {
	for i := range l.Lines {
		sum += l.Lines[i].Total
	}
	return sum
}
