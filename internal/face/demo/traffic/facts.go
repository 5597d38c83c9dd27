package traffic

import (
	"strings"

	"pilotzone/internal/kernel/clock"
)

// slot is a text that differs from parcel to parcel.
type slot uint8

const (
	slotGUID slot = iota // of the document
	slotOrderNo
	slotPayNo
	slotWaybillNo
	slotCopNo
	slotBillNo
	slotRegister
	slotBuyerName
	slotBuyerPhone
	slotBuyerID
	slotPayerName
	slotPayerPhone
	slotPayerID
	slotConsigneeName
	slotConsigneePhone
	slotConsigneeAddress
	slotConsigneeDivision
	slotTimeOrder   // appTime of the order
	slotTimePaid    // payTime
	slotTimePayment // appTime of the payment
	slotTimeWaybill
	slotTimeList
	slotTimeSigned // logisticsTime
	slotTimeStatus // appTime of the waybill status
	slotTimeWithdrawal
	slotCount
)

// facts is a parcel as its documents tell it: what varies, by slot, and what it
// shares with others.
type facts struct {
	v       [slotCount]string
	route   *Route
	basket  *Basket
	day     clock.Day
	appType string
	invtNo  string // for the withdrawal
}

// stamp is a parcel as numbers, from which each slot is written. It is made
// once a parcel and costs no allocation.
type stamp struct {
	index            uint64
	hash             uint64
	route            *Route
	basket           *Basket
	buyer, consignee uint64
	second           uint32 // of the day, of the order
	step             step   // which document is being written
	version          uint8  // 0 for the first submission of a document
}

func (g *Gen) stamp(i uint64) stamp {
	h := draw(g.seed, domainParcel, i)
	block := i / g.block
	r := g.routes[block%uint64(len(g.routes))]
	s := stamp{
		index:  i,
		hash:   h,
		route:  r,
		basket: r.Baskets[h%uint64(len(r.Baskets))],
		buyer:  (h >> 8) % g.buyers,
		second: g.blockSecond(block) + uint32(i%g.block*blockSeconds/g.block),
	}
	s.consignee = s.buyer
	if h>>60 < 3 { // three of sixteen parcels go to somebody else
		s.consignee = (s.buyer + 1 + (h>>40)%97) % g.buyers
	}
	return s
}

// blockSeconds is how long a block's orders are spread over.
const blockSeconds = 1200

// hourWeights is the share of orders in the hours 0 to 17; later hours are left
// to what follows the orders.
var hourWeights = [18]uint64{3, 2, 1, 1, 1, 2, 3, 5, 8, 10, 11, 9, 7, 8, 9, 8, 7, 5}

// blockSecond is the second of the day at which a block begins.
func (g *Gen) blockSecond(block uint64) uint32 {
	h := draw(g.seed, domainBlock, block)
	at := h % 100
	hour := uint32(0)
	for at >= hourWeights[hour] {
		at -= hourWeights[hour]
		hour++
	}
	return hour*3600 + uint32(h>>32)%3600
}

// appendSlot writes the text of a slot for a parcel.
func (g *Gen) appendSlot(dst []byte, s slot, st *stamp) []byte {
	switch s {
	case slotGUID:
		return g.appendDocumentGUID(dst, st)
	case slotOrderNo:
		return g.appendNumber(dst, "XO", st.index)
	case slotPayNo:
		return g.appendNumber(dst, "XP", st.index)
	case slotWaybillNo:
		return g.appendNumber(dst, "XL", st.index)
	case slotCopNo:
		return g.appendNumber(dst, "XC", st.index)
	case slotBillNo:
		return g.appendAirWaybill(dst, st.index/g.block)
	case slotRegister:
		return appendRegister(dst, st.buyer)
	case slotBuyerName, slotPayerName:
		return g.appendName(dst, st.buyer)
	case slotBuyerPhone, slotPayerPhone:
		return g.appendPhone(dst, st.buyer)
	case slotBuyerID, slotPayerID:
		return g.appendID(dst, st.buyer)
	case slotConsigneeName:
		return g.appendName(dst, st.consignee)
	case slotConsigneePhone:
		return g.appendPhone(dst, st.consignee)
	case slotConsigneeAddress:
		return g.appendAddress(dst, st.consignee)
	case slotConsigneeDivision:
		return g.appendDivision(dst, st.consignee)
	}
	return g.appendTime(dst, st.second+st.delay(s))
}

// delay is how many seconds after the order something happens.
func (st *stamp) delay(s slot) uint32 {
	h := uint32(st.hash >> 20)
	switch s {
	case slotTimePaid:
		return 20 + h%100
	case slotTimePayment:
		return 25 + h%100 + h%17
	case slotTimeWaybill:
		return 300 + h%211
	case slotTimeList:
		return 900 + h%223
	case slotTimeSigned:
		return 9_000 + h%3_001
	case slotTimeStatus:
		return 9_300 + h%3_001
	case slotTimeWithdrawal:
		return 7_200 + h%1_201
	}
	return 0
}

// appendNumber writes prefix, day and ten digits: 20 characters, the most that
// copNo of imports may have.
func (g *Gen) appendNumber(dst []byte, prefix string, i uint64) []byte {
	dst = append(append(dst, prefix...), g.dayText...)
	return appendPadded(dst, i, 10)
}

// appendAirWaybill writes a master bill of a block with its check digit, under
// the airline prefix 000, which nobody has (RULES E9).
func (g *Gen) appendAirWaybill(dst []byte, block uint64) []byte {
	serial := (uint64(g.day)%1000*7919 + block) % 10_000_000
	dst = appendPadded(append(dst, "000"...), serial, 7)
	return append(dst, byte('0'+serial%7))
}

func (g *Gen) appendTime(dst []byte, second uint32) []byte {
	dst = append(dst, g.dayText...)
	dst = appendPadded(dst, uint64(second/3600), 2)
	dst = appendPadded(dst, uint64(second/60%60), 2)
	return appendPadded(dst, uint64(second%60), 2)
}

func (g *Gen) appendDocumentGUID(dst []byte, st *stamp) []byte {
	at := st.index<<16 | uint64(st.step)<<8 | uint64(st.version)
	return appendGUID(dst, draw(g.seed, domainGUID, at), draw(g.seed, domainGUID+100, at))
}

// facts spells a parcel out.
func (g *Gen) facts(st stamp) *facts {
	f := &facts{route: st.route, basket: st.basket, day: g.day, appType: "1"}
	var buf []byte
	for s := range slotCount {
		buf = g.appendSlot(buf[:0], s, &st)
		f.v[s] = string(buf)
	}
	return f
}

// goodsInfo is the main goods of a waybill, at most 200 characters.
func goodsInfo(b *Basket) string {
	r := []rune(b.Lines[0].Good.Name)
	if len(r) > 60 {
		r = r[:60]
	}
	var sb strings.Builder
	sb.WriteString(string(r))
	if len(b.Lines) > 1 {
		sb.WriteString("等")
	}
	return sb.String()
}
