package clearance

import (
	"strconv"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/ledger"
)

// withdraw takes a request to withdraw a list (撤销申请单 CEB623, CEB605). The
// allowance and the guarantee are given back in the same decision.
func (e *Engine) withdraw(d *Doc) {
	if s := e.mem.seen(d.Key); s != nil && s.GUID == d.GUID {
		e.emit(&Decision{What: DocRepeated, Kind: d.Kind, Parcel: d.Parcel, Subject: subject(d),
			Receipts: []Receipt{e.cancelReceipt(d, Rung{Status: s.Status, Reasons: s.Reasons})}})
		return
	}
	p := e.byNumber(d.Cancel.Number)
	faults := e.cancelFaults(p, d)
	if len(faults) > 0 {
		e.refusedCancel(d, faults)
		return
	}
	cell := Table[Withdraw][p.State]
	if cell.Code != "" {
		e.refusedCancel(d, []Reason{Say(cell.Code, d.Cancel.InvtNo, p.State.Chinese())})
		return
	}
	from := p.State
	postings := e.giveBack(p)
	e.applyPostings(postings)
	e.freeDocs(p)
	p.State, p.Status = cell.Next, 399 // a repetition of the list is answered with 399 and the words of the withdrawal
	p.Notes = []Reason{Say("2300")}
	e.mem.put(d.Key, &seen{GUID: d.GUID, Input: e.cause, Status: 399, Reasons: p.Notes})
	rungs := []Rung{{Status: 2, Reasons: []Reason{Say("PZ3102", kindName(d.Kind), d.Cancel.InvtNo)}}}
	if d.Kind == 623 {
		rungs = append(rungs, Rung{Status: 120, Reasons: []Reason{Say("1800")}})
	}
	rungs = append(rungs, Rung{Status: 399, Reasons: p.Notes})
	e.emit(&Decision{What: Moved, Kind: d.Kind, Parcel: p.Key, Number: p.Number, From: from, To: p.State, InvtNo: d.Cancel.InvtNo,
		Reasons: p.Notes, Postings: postings, Subject: subject(d), Receipts: []Receipt{e.cancelReceipt(d, rungs...)}})
}

// cancelFaults: the request must name a list of ours by its list number, and
// its other particulars must be that list's.
func (e *Engine) cancelFaults(p *parcel, d *Doc) (faults []Reason) {
	c := d.Cancel
	if p == nil || p.InvtNo == "" || p.InvtNo != c.InvtNo {
		return []Reason{Say("-623003", c.InvtNo)}
	}
	differ := func(name, list, request string) {
		if list != request {
			faults = append(faults, Say("-623001", name+"：清单 "+list+"，撤单 "+request))
		}
	}
	differ("ebcCode", p.List.Merchant, c.Merchant)
	if d.Kind == 623 {
		differ("orderNo", p.List.OrderNo, c.OrderNo)
		differ("logisticsNo", p.List.WaybillNo, c.WaybillNo)
		if c.Buyer != p.List.Buyer {
			faults = append(faults, Say("-623001", "buyerIdNumber 与清单订购人不一致"))
		}
	}
	return faults
}

func (e *Engine) refusedCancel(d *Doc, faults []Reason) {
	status := int32(100)
	if n, ok := exception(faults[0].Code); ok {
		status = n
	}
	e.emit(&Decision{What: DocRefused, Kind: d.Kind, Parcel: d.Parcel, Reasons: faults, Subject: subject(d),
		Receipts: []Receipt{e.cancelReceipt(d, Rung{Status: status, Reasons: faults})}})
}

func (e *Engine) cancelReceipt(d *Doc, rungs ...Rung) Receipt {
	c, pre := d.Cancel, preNo('C', d.Received, e.cause)
	if d.Kind == 623 {
		return Receipt{Kind: 624, To: d.Sender, Fields: []string{c.Customs, c.Agent, c.Platform, c.Merchant, cop(c.CopNo, c.OrderNo), pre, c.InvtNo}, Rungs: rungs}
	}
	return Receipt{Kind: 606, To: d.Sender, Fields: []string{c.Agent, c.CopNo, pre, c.InvtNo}, Rungs: rungs}
}

func (e *Engine) byNumber(n uint64) *parcel {
	if n == 0 {
		return nil
	}
	ref := e.mem.number(numberKey(n))
	if ref == nil {
		return nil
	}
	return e.mem.parcel(ref.Parcel)
}

// move takes an arrival (CEB507) or a departure (CEB509): every waybill that
// it names moves its list to 800 or 899, or is remembered until there is one.
func (e *Engine) move(d *Doc) {
	if s := e.mem.seen(d.Key); s != nil {
		switch {
		case s.GUID == d.GUID:
			e.emit(&Decision{What: DocRepeated, Kind: d.Kind, Subject: subject(d),
				Receipts: []Receipt{e.moveReceipt(d, Rung{Status: s.Status, Reasons: s.Reasons})}})
			return
		case d.AppType == '1':
			e.refused(d, []Reason{Say(CodeOf(d.Kind, Exists), d.Move.CopNo)})
			return
		}
	}
	ok := []Reason{Say("1800")}
	e.mem.put(d.Key, &seen{GUID: d.GUID, Input: e.cause, Status: 399, Reasons: ok})
	e.emit(&Decision{What: DocStored, Kind: d.Kind, Subject: subject(d), Receipts: []Receipt{e.moveReceipt(d,
		Rung{Status: 2, Reasons: []Reason{Say("PZ3102", kindName(d.Kind), d.Move.CopNo)}}, Rung{Status: 399, Reasons: ok})}})
	for i, k := range d.Move.Waybills {
		e.moveOne(d, k, d.Move.Numbers[i])
	}
}

func (e *Engine) moveOne(d *Doc, k Key, number string) {
	w := e.mem.waybill(k)
	if w == nil {
		w = &waybill{}
		e.mem.put(k, w)
	}
	ev := Arrive
	if d.Kind == 509 {
		ev = Depart
		w.Departed = e.at
	} else {
		w.Arrived = e.at
	}
	p := e.mem.parcel(w.Parcel)
	if p == nil {
		e.emit(&Decision{What: NotMoved, Kind: d.Kind, Subject: number, Reasons: []Reason{Say("PZ3106", number)}})
		return
	}
	e.step(p, ev, d.Kind, []Reason{Say(map[Event]string{Arrive: "PZ3104", Depart: "PZ3105"}[ev])})
	if ev == Arrive && p.State == Released && w.Departed != 0 {
		e.step(p, Depart, 509, []Reason{Say("PZ3105")})
	}
}

// step moves a parcel by the published table and answers the list's sender.
func (e *Engine) step(p *parcel, ev Event, kind ceb.Kind, why []Reason) {
	cell := Table[ev][p.State]
	d := &Decision{What: Moved, Kind: kind, Parcel: p.Key, Number: p.Number, From: p.State, To: cell.Next, InvtNo: p.InvtNo, Reasons: why}
	if p.List != nil {
		d.Subject = p.List.OrderNo
	}
	if cell.Effect == Flag || cell.Code != "" {
		d.What, d.To = NotMoved, p.State
		e.emit(d)
		return
	}
	switch cell.Effect {
	case Charge:
		d.Postings = e.settle(p, ledger.Charge)
	case Free, Settle, Refund:
		d.Postings = e.giveBack(p)
	}
	e.applyPostings(d.Postings)
	p.State, p.Notes = cell.Next, why
	if cell.Next == Refused || cell.Next == Returned {
		e.freeDocs(p)
	}
	if cell.Next == Expired {
		e.rewait(p)
	}
	var rungs []Rung
	for _, s := range cell.Rungs {
		p.Status = uint16(s)
		rungs = append(rungs, Rung{Status: int32(s), Reasons: why})
	}
	d.Status = p.Status
	d.Receipts = []Receipt{e.listReceipt(p, p.ListMeta.Sender, rungs...)}
	e.emit(d)
}

func (e *Engine) moveReceipt(d *Doc, rungs ...Rung) Receipt {
	m := d.Move
	letter := byte('A')
	if d.Kind == 509 {
		letter = 'L'
	}
	pre, seq := preNo(letter, d.Received, e.cause), strconv.Itoa(int(m.MsgSeq))
	if d.Kind == 507 {
		return Receipt{Kind: 508, To: d.Sender, Fields: []string{m.Operator, m.Carrier, pre, m.CopNo, m.BillNo, seq}, Rungs: rungs}
	}
	return Receipt{Kind: 510, To: d.Sender, Fields: []string{m.Carrier, m.CopNo, pre, seq}, Rungs: rungs}
}
