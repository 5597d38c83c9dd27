package clearance

import (
	"strings"

	"pilotzone/internal/kernel/refdata"
)

// list takes a declaration list 清单 through the published table.
func (e *Engine) list(d *Doc) {
	p := e.parcel(d.Key, direction(d.Kind))
	ev := listEvent(p, d)
	cell := Table[ev][p.State]
	switch {
	case cell.Code != "":
		e.refused(d, []Reason{Say(cell.Code, d.List.CopNo, p.State.Chinese())})
	case cell.Repeat:
		e.emit(&Decision{What: DocRepeated, Kind: d.Kind, Parcel: p.Key, Number: p.Number, From: p.State, To: p.State, Status: p.Status,
			InvtNo: p.InvtNo, Subject: subject(d), Receipts: []Receipt{e.listReceipt(p, d.Sender, e.standing(p, d))}})
	case ev == ListDelete:
		from := p.State
		p.ListMeta = meta{GUID: d.GUID, AppTime: d.AppTime, Input: e.cause, Since: e.at, Sender: d.Sender}
		e.rewait(p)
		e.unclaim(p)
		p.State, p.Status, p.Notes = Deleted, 2, []Reason{Say("PZ3101")}
		e.emit(&Decision{What: DocDeleted, Kind: d.Kind, Parcel: p.Key, Number: p.Number, From: from, To: Deleted, Subject: subject(d),
			Receipts: []Receipt{e.listReceipt(p, d.Sender, Rung{Status: 2, Reasons: p.Notes})}})
	default:
		e.declare(p, d)
	}
}

// standing is the answer that a list stands at, for its repetition.
func (e *Engine) standing(p *parcel, d *Doc) Rung {
	r := Rung{Status: int32(p.Status), Reasons: p.Notes}
	if p.State == Waiting {
		r.Reasons = []Reason{Say("PZ3102", kindName(d.Kind), d.List.CopNo)}
		if missing := e.missing(p); len(missing) > 0 {
			r.Reasons = append(r.Reasons, Say("PZ1501", strings.Join(missing, "、")))
		} else if e.unanswered(p) {
			r.Reasons = append(r.Reasons, Say("PZ1510"))
		}
	}
	return r
}

func listEvent(p *parcel, d *Doc) Event {
	known := p.ListMeta.GUID != 0
	switch {
	case known && p.ListMeta.GUID == d.GUID:
		return ListRepeat
	case known && d.AppTime < p.ListMeta.AppTime:
		return ListStale
	case d.AppType == '2':
		return ListChange
	case d.AppType == '3':
		return ListDelete
	case known:
		return ListClash
	}
	return ListNew
}

// declare makes the list the current version of its parcel, answers 2 with
// what is missing, and decides at once when nothing is.
func (e *Engine) declare(p *parcel, d *Doc) {
	from := p.State
	e.mem.put(p.Key, p)
	e.unclaim(p)
	if p.Number == 0 || from == Withdrawn { // a withdrawn list's number is not given again
		e.parcels++
		p.Number = e.parcels
		e.mem.put(numberKey(p.Number), &numberRef{Parcel: p.Key})
	}
	p.ListMeta = meta{State: Pending, GUID: d.GUID, AppTime: d.AppTime, Input: e.cause, Since: e.at, Sender: d.Sender, Book: e.bookNumber()}
	p.List, p.State, p.Status, p.InvtNo, p.Notes = d.List, Waiting, 2, "", nil
	p.Postings, p.Charged, p.Dutiable, p.Tax = nil, false, 0, 0
	e.claim(p, d.Waybill)
	reasons := d.Notes
	missing := e.missing(p)
	if len(missing) > 0 {
		reasons = append(reasons[:len(reasons):len(reasons)], Say("PZ1501", strings.Join(missing, "、")))
	} else if e.unanswered(p) {
		reasons = append(reasons[:len(reasons):len(reasons)], Say("PZ1510"))
	}
	e.emit(&Decision{What: DocStored, Kind: d.Kind, Parcel: p.Key, Number: p.Number, From: from, To: Waiting, Status: 2, Subject: subject(d),
		Reasons: reasons, List: d.List.head(), Receipts: []Receipt{e.listReceipt(p, d.Sender, Rung{Status: 2, Reasons: append([]Reason{Say("PZ3102", kindName(d.Kind), d.List.CopNo)}, reasons...)})}})
	if len(missing) > 0 {
		e.waitList(p)
		return
	}
	e.proceed(p)
}

// head is the list without its lines: what a search needs of one that waits.
func (l *List) head() *List {
	h := *l
	h.Lines = nil
	return &h
}

// claim binds the waybill that the list names to the parcel, unless a list
// that stands has it; matching then says so.
func (e *Engine) claim(p *parcel, k Key) {
	p.Waybill = k
	w := e.mem.waybill(k)
	if w == nil {
		w = &waybill{}
		e.mem.put(k, w)
	}
	e.reuse(w)
	if w.Parcel == (Key{}) {
		w.Parcel = p.Key
	}
}

// reuse empties the entry of a waybill number that the carrier may use again
// (FORMATS section 4: not within six months).
func (e *Engine) reuse(w *waybill) {
	months := int(e.rules(e.at).Periods.WaybillReuse)
	if w.Meta.State != Absent && day(e.at) > day(w.Meta.Since).AddMonths(months) {
		*w = waybill{}
	}
}

func (e *Engine) unclaim(p *parcel) {
	if w := e.mem.waybill(p.Waybill); w != nil && w.Parcel == p.Key {
		w.Parcel = Key{}
		if w.Meta.State == Pending {
			e.wait(p.Waybill, e.at)
		}
	}
	p.Waybill = Key{}
}

// missing names the documents that the list's mode and day require and that
// are not there (RULES A16, B1).
func (e *Engine) missing(p *parcel) []string {
	var out []string
	need := e.rulesOf(p).RequiredDocs(byte(p.Dir), modeOf(p.List))
	for _, v := range needed {
		if need.Has(v.doc) && !e.has(p, v.doc) {
			out = append(out, v.name)
		}
	}
	return out
}

// needed are the documents that a list can wait for, in the order in which
// people name them.
var needed = []struct {
	doc  refdata.Document
	name string
}{{refdata.Order, "订单"}, {refdata.Payment, "支付凭证"}, {refdata.Receipt, "收款单"}, {refdata.Waybill, "运单"}}

func modeOf(l *List) refdata.Mode {
	m, _ := refdata.ModeOf([]byte(l.Mode))
	return m
}

func (e *Engine) has(p *parcel, doc refdata.Document) bool {
	switch doc {
	case refdata.Order:
		return p.OrderMeta.State != Absent
	case refdata.Payment, refdata.Receipt:
		return len(p.Payments) > 0
	case refdata.Waybill:
		w := e.mem.waybill(p.Waybill)
		// One that another list has claimed is not worth waiting for: matching
		// refuses it.
		return w != nil && (w.Meta.State != Absent || w.Parcel != p.Key)
	}
	return true
}

// try decides the parcel if its list waits and nothing is missing any more.
func (e *Engine) try(p *parcel) {
	if p.State != Waiting {
		return
	}
	e.claim(p, p.Waybill) // the list that had it may be gone
	if len(e.missing(p)) == 0 {
		e.proceed(p)
	}
}

// listReceipt answers the list's sender. A list has no invtNo before rung 120.
func (e *Engine) listReceipt(p *parcel, to string, rungs ...Rung) Receipt {
	l, pre := p.List, preNo('B', p.ListMeta.Since, p.Number)
	if p.Dir == Import {
		return Receipt{Kind: 622, To: to, Fields: []string{l.Customs, l.Platform, l.Merchant, l.Agent, cop(l.CopNo, l.OrderNo), pre, p.InvtNo}, Rungs: rungs}
	}
	return Receipt{Kind: 604, To: to, Fields: []string{l.Agent, l.CopNo, pre, p.InvtNo, l.Merchant, l.Platform, l.OrderNo, string(l.Statistics)}, Rungs: rungs}
}

// cop is the internal number that the receipt must show; the import list may
// leave it out, then the order number stands for it (as far as 20 characters go).
func cop(copNo, orderNo string) string {
	if copNo != "" {
		return copNo
	}
	if r := []rune(orderNo); len(r) > 20 {
		return string(r[len(r)-20:])
	}
	return orderNo
}

// numberKey finds a parcel by its number.
func numberKey(n uint64) (k Key) {
	k[0] = 'n'
	for i := range 8 {
		k[8+i] = byte(n >> (8 * i))
	}
	return k
}
