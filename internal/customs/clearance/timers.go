package clearance

import (
	"slices"
	"strconv"
	"strings"
)

const hour = int64(3600) * 1_000_000

// timers hold what waits, by the hour in which its waiting ends. An entry that
// no longer waits when its hour comes is passed over.
type timers map[int64]map[Key]struct{}

func (t timers) add(hour int64, k Key) {
	b := t[hour]
	if b == nil {
		b = make(map[Key]struct{})
		t[hour] = b
	}
	b[k] = struct{}{}
}

func (t timers) remove(hour int64, k Key) {
	if b := t[hour]; b != nil {
		delete(b, k)
		if len(b) == 0 {
			delete(t, hour)
		}
	}
}

// due takes out everything whose hour is over, in a fixed order.
func (t timers) due(now int64) []Key {
	var hours []int64
	for h := range t {
		if h < now/hour {
			hours = append(hours, h)
		}
	}
	slices.Sort(hours)
	var keys []Key
	for _, h := range hours {
		from := len(keys)
		for k := range t[h] {
			keys = append(keys, k)
		}
		slices.SortFunc(keys[from:], compareKeys)
		delete(t, h)
	}
	return keys
}

// wait notes that a supporting document waits for a list.
func (e *Engine) wait(k Key, since int64) {
	e.timers.add(e.deadline(since, e.rules(since).Periods.OrphanWait), k)
}

func (e *Engine) unwait(k Key, since int64) {
	e.timers.remove(e.deadline(since, e.rules(since).Periods.OrphanWait), k)
}

// waitList notes that a list waits for documents. Its timer stands under its
// number, since its key is the order's.
func (e *Engine) waitList(p *parcel) {
	e.timers.add(e.deadline(p.ListMeta.Since, e.rulesOf(p).Periods.ListWait), numberKey(p.Number))
}

func (e *Engine) unwaitList(p *parcel) {
	e.timers.remove(e.deadline(p.ListMeta.Since, e.rulesOf(p).Periods.ListWait), numberKey(p.Number))
}

func (e *Engine) deadline(since int64, days int64) int64 { return (since + days*24*hour) / hour }

// expire ends the waiting of everything whose time is over.
func (e *Engine) expire() {
	now := e.at
	for _, k := range e.timers.due(now) {
		if err := e.submit(&parked{input: e.cause, at: now, timer: k}); err != nil {
			panic(err) // timers give no errors
		}
	}
}

// expireOne ends the waiting of one entry, if it still waits.
func (e *Engine) expireOne(k Key) {
	switch v := e.mem.get(k).(type) {
	case *numberRef:
		e.expireList(e.mem.parcel(v.Parcel))
	case *parcel:
		e.expireOrder(v)
	case *payment:
		e.expirePayment(k, v)
	case *waybill:
		if v.Meta.State == Pending && v.Waybill != nil && v.Parcel == (Key{}) {
			v.Meta.State = Absent
			e.expired(v.kind(), v.Parcel, v.Meta.Sender, v.Waybill.No, []string{v.Waybill.Carrier, v.Waybill.No})
			v.Waybill = nil
		}
	}
}

func (e *Engine) expirePayment(k Key, v *payment) {
	p := e.mem.parcel(v.Parcel)
	if v.Meta.State != Pending || v.Payment == nil || p != nil && p.State == Waiting {
		return
	}
	v.Meta.State = Absent
	if p != nil {
		p.Payments = without(p.Payments, k)
	}
	kind, fields := uint16(411), []string{v.Payment.PayCode, v.Payment.PayNo}
	if p != nil && p.Dir == Export {
		kind, fields = 403, []string{v.Payment.Merchant, v.Payment.OrderNo, v.Payment.PayNo}
	}
	e.expired(kind, v.Parcel, v.Meta.Sender, v.Payment.PayNo, fields)
	v.Payment = nil
}

func (e *Engine) expireList(p *parcel) {
	if p == nil || p.State != Waiting {
		return
	}
	days := e.rulesOf(p).Periods.ListWait
	if e.deadline(p.ListMeta.Since, days) >= e.at/hour {
		e.waitList(p) // a newer version waits longer
		return
	}
	if len(e.missing(p)) == 0 && e.unanswered(p) {
		// It waits for the answer about its orderer alone, which is no fault of
		// the enterprises; looked at again, should a document be deleted.
		e.timers.add(e.deadline(e.at, days), numberKey(p.Number))
		return
	}
	why := []Reason{Say("PZ1502", strconv.FormatInt(days, 10), strings.Join(e.missing(p), "、"))}
	e.unclaim(p)
	e.step(p, Timeout, listKind(p.Dir), why)
}

func (e *Engine) expireOrder(p *parcel) {
	if p.OrderMeta.State != Pending || p.Order == nil || p.State == Waiting {
		return
	}
	p.OrderMeta.State = Absent
	o := p.Order
	p.Order = nil
	e.expired(orderKind(p.Dir), p.Key, p.OrderMeta.Sender, o.OrderNo, []string{o.Platform, o.Merchant, o.OrderNo})
}

// expired answers a supporting document that no list used in time.
func (e *Engine) expired(kind uint16, parcel Key, to, subject string, fields []string) {
	why := []Reason{Say("PZ1503", strconv.FormatInt(e.rules(e.at).Periods.OrphanWait, 10))}
	e.emit(&Decision{What: DocExpired, Kind: kindOf(kind), Parcel: parcel, Subject: subject, Reasons: why,
		Receipts: []Receipt{{Kind: receiptKind(kind), To: to, Fields: fields, Rungs: []Rung{{Status: 100, Reasons: why}}}}})
}

// kind tells an export waybill from an import one: only imports name a consignee.
func (w *waybill) kind() uint16 {
	if w.Waybill.Consignee == 0 {
		return 505
	}
	return 511
}
