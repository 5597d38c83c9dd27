package clearance

import (
	"strconv"

	"pilotzone/ceb"
)

// receiptFor answers a document to its sender.
func receiptFor(d *Doc, rungs ...Rung) Receipt {
	r := Receipt{Kind: d.Kind.Receipt(), To: d.Sender, Rungs: rungs}
	switch {
	case d.Order != nil:
		r.Fields = []string{d.Order.Platform, d.Order.Merchant, d.Order.OrderNo}
	case d.Payment != nil && d.Kind == 403:
		r.Fields = []string{d.Payment.Merchant, d.Payment.OrderNo, d.Payment.PayNo}
	case d.Payment != nil:
		r.Fields = []string{d.Payment.PayCode, d.Payment.PayNo}
	case d.Bill != nil && d.Kind == 513:
		r.Fields = []string{d.Bill.Carrier, d.Bill.No, "S"}
	case d.Bill != nil:
		r.Fields = []string{d.Bill.Carrier, d.Bill.No}
	case d.List != nil && d.Kind == 621:
		l := d.List
		r.Fields = []string{l.Customs, l.Platform, l.Merchant, l.Agent, cop(l.CopNo, l.OrderNo), preNo('B', d.Received, 0), ""}
	case d.List != nil:
		l := d.List
		r.Fields = []string{l.Agent, l.CopNo, preNo('B', d.Received, 0), "", l.Merchant, l.Platform, l.OrderNo, string(l.Statistics)}
	case d.Cancel != nil && d.Kind == 623:
		c := d.Cancel
		r.Fields = []string{c.Customs, c.Agent, c.Platform, c.Merchant, cop(c.CopNo, c.OrderNo), preNo('C', d.Received, 0), c.InvtNo}
	case d.Cancel != nil:
		r.Fields = []string{d.Cancel.Agent, d.Cancel.CopNo, preNo('C', d.Received, 0), d.Cancel.InvtNo}
	case d.Move != nil && d.Kind == 507:
		m := d.Move
		r.Fields = []string{m.Operator, m.Carrier, preNo('A', d.Received, 0), m.CopNo, m.BillNo, strconv.Itoa(int(max(1, m.MsgSeq)))}
	case d.Move != nil:
		r.Fields = []string{d.Move.Carrier, d.Move.CopNo, preNo('L', d.Received, 0), strconv.Itoa(int(max(1, d.Move.MsgSeq)))}
	}
	return r
}

// docNumber is the number by which people know the document.
func docNumber(d *Doc) string {
	switch {
	case d.Order != nil:
		return d.Order.OrderNo
	case d.Payment != nil:
		if d.Payment.PayNo == "" {
			return d.Payment.OrderNo
		}
		return d.Payment.PayNo
	case d.Bill != nil:
		return d.Bill.No
	case d.List != nil:
		return d.List.CopNo
	case d.Cancel != nil:
		return d.Cancel.InvtNo
	case d.Move != nil:
		return d.Move.CopNo
	}
	return ""
}

// subject names a decision in searches: the order number of a list, else the
// document's own number.
func subject(d *Doc) string {
	if d.List != nil {
		return d.List.OrderNo
	}
	return docNumber(d)
}

var kindNames = map[ceb.Kind]string{
	311: "订单", 303: "订单", 411: "支付凭证", 403: "收款单", 511: "运单", 505: "运单", 513: "运单状态",
	621: "清单", 603: "清单", 623: "撤销申请单", 605: "撤销申请单", 507: "运抵单", 509: "离境单",
}

func kindName(k ceb.Kind) string { return kindNames[k] }

func listKind(dir Direction) ceb.Kind {
	if dir == Export {
		return 603
	}
	return 621
}

func orderKind(dir Direction) uint16 {
	if dir == Export {
		return 303
	}
	return 311
}

func kindOf(k uint16) ceb.Kind { return ceb.Kind(k) }

func receiptKind(k uint16) ceb.Kind { return ceb.Kind(k).Receipt() }

// Takes tells whether the platform takes documents of the kind.
func Takes(k ceb.Kind) bool { return kindNames[k] != "" }

// NumberOf is the number by which people know a document.
func NumberOf(d *Doc) string { return docNumber(d) }
