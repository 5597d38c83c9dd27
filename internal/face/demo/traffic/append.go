package traffic

import (
	"strconv"

	"pilotzone/ceb"
)

// AppendOrder appends the order message of parcel i (311 or 303) with one
// document.
func (g *Gen) AppendOrder(dst []byte, i uint64) []byte { return g.appendSingle(dst, stepOrder, i) }

// AppendPayment appends the payment message of parcel i (411 or 403).
func (g *Gen) AppendPayment(dst []byte, i uint64) []byte { return g.appendSingle(dst, stepPayment, i) }

// AppendWaybill appends the waybill message of parcel i (511 or 505).
func (g *Gen) AppendWaybill(dst []byte, i uint64) []byte { return g.appendSingle(dst, stepWaybill, i) }

// AppendList appends the list message of parcel i (621 or 603).
func (g *Gen) AppendList(dst []byte, i uint64) []byte { return g.appendSingle(dst, stepList, i) }

// AppendStatus appends the message that import parcel i was signed for (513);
// nothing for an export.
func (g *Gen) AppendStatus(dst []byte, i uint64) []byte { return g.appendSingle(dst, stepStatus, i) }

func (g *Gen) appendSingle(dst []byte, s step, i uint64) []byte {
	st := g.stamp(i)
	st.step = s
	k := kindOf(s, st.route.Import)
	if k == 0 {
		return dst
	}
	dst = g.appendMessageOpen(dst, k, &st, 1)
	dst = g.appendTemplate(dst, &st)
	return appendClose(dst, k, st.route.sender(s), g.placeholder)
}

// AppendMessage appends one message of kind k with the documents of parcels
// from, from+1 …, at most n of them and at most 100, and tells how many parcels
// it covers. It stops where the route changes, because a message has one
// sender. It covers none when k is not a kind of the parcel's direction.
//
// A message of kind 507 or 509 has one document with a line for each parcel.
func (g *Gen) AppendMessage(dst []byte, k ceb.Kind, from uint64, n int) ([]byte, int) {
	sh := shapeOf(k)
	if sh == nil || n < 1 || sh.step == stepWithdrawal || kindOf(sh.step, g.routeOf(from).Import) != k {
		return dst, 0
	}
	n = min(n, int(g.block-from%g.block))
	first := g.stamp(from)
	first.step = sh.step
	dst = g.appendMessageOpen(dst, k, &first, n)
	if sh.step == stepArrival || sh.step == stepDeparture {
		d := g.movement(sh.step, from, n)
		dst = d.Append(dst)
	} else {
		for i := range uint64(n) {
			st := g.stamp(from + i)
			st.step = sh.step
			dst = g.appendTemplate(dst, &st)
		}
	}
	return appendClose(dst, k, first.route.sender(sh.step), g.placeholder), n
}

// appendMessageOpen begins a message of n documents, of which st is the first.
// The guid follows from both, so a message sent again is the same to the byte.
func (g *Gen) appendMessageOpen(dst []byte, k ceb.Kind, st *stamp, n int) []byte {
	at := st.index<<20 | uint64(st.step)<<16 | uint64(st.version)<<8 | uint64(n)
	return appendOpen(dst, k, draw(g.seed, domainMessage, at), draw(g.seed, domainMessage+100, at))
}

// sender is the enterprise that sends the documents of a step.
func (r *Route) sender(s step) *Enterprise {
	switch s {
	case stepOrder:
		if r.Platform == nil {
			return r.Merchant
		}
		return r.Platform
	case stepPayment:
		return r.Payment
	case stepWaybill, stepStatus, stepDeparture:
		return r.Logistics
	case stepArrival:
		return r.Operator
	}
	return r.Agent
}

// movement is the arrival at the supervised place (运抵单) or the departure
// (离境单) of n parcels of a block, from first on.
func (g *Gen) movement(s step, first uint64, n int) Document {
	var numbers []string
	for i := range uint64(n) {
		numbers = append(numbers, string(g.appendNumber(nil, "XL", first+i)))
	}
	return g.movementOf(s, first, numbers)
}

// arrivalDelay and departureDelay are seconds after the block's beginning.
const (
	arrivalDelay   = blockSeconds + 4_800
	departureDelay = blockSeconds + 12_000
)

func (g *Gen) movementOf(s step, first uint64, numbers []string) Document {
	st := g.stamp(first)
	st.step = s
	r := st.route
	f := g.facts(st)
	at := g.blockSecond(first/g.block) + arrivalDelay
	copNo := string(g.appendNumber(nil, "XA", first))
	if s == stepDeparture {
		at = g.blockSecond(first/g.block) + departureDelay
		copNo = string(g.appendNumber(nil, "XD", first))
	}
	f.v[slotTimeOrder] = string(g.appendTime(nil, at))
	d := Document{Kind: kindOf(s, false)}
	l := f.head(slotTimeOrder)
	l.add("customsCode", r.Customs)
	l.add("copNo", copNo)
	if s == stepArrival {
		l.add("operatorCode", r.Operator.Code)
		l.add("operatorName", r.Operator.Name)
		l.add("ieFlag", "E")
		l.add("trafMode", r.TrafMode)
		l.add("billNo", f.v[slotBillNo])
		l.add("domesticTrafNo", "豫G00000")
		l.add("logisticsCode", r.Logistics.Code)
		l.add("logisticsName", r.Logistics.Name)
	} else {
		l.add("logisticsCode", r.Logistics.Code)
		l.add("logisticsName", r.Logistics.Name)
		l.add("trafMode", r.TrafMode)
		l.add("trafName", "B0000")
		l.add("voyageNo", flight(r))
		l.add("billNo", f.v[slotBillNo])
		l.add("leaveTime", string(g.appendTime(nil, at-600)))
	}
	l.add("msgCount", "1")
	l.add("msgSeqNo", "1")
	d.Head = l
	for i, no := range numbers {
		d.Lines = append(d.Lines, []Field{{"gnum", strconv.Itoa(i + 1)}, {"logisticsNo", no}})
	}
	return d
}
