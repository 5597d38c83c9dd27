package coretest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/money"
)

// Stream is an endless-looking stream of decisions made up from a seed, for tests
// and measurements of services that live on decisions: far more parcels than a
// core in a test would decide, in all modes, states and with all kinds of
// reasons. Nothing is kept; the same number always gives the same decision.
type Stream struct {
	Parcels uint64 // how many
	PerDay  uint64 // parcels a Beijing day, from Day on; 0: all on one
	After   uint64 // the number before that of the first parcel
}

// perParcel is how many decisions a parcel brings: its order, payment and
// waybill, its list, the decision, and an event about an older parcel.
const perParcel = 6

// older is how many parcels back the events reach.
const older = 500

// Len is the number of the last decision.
func (s Stream) Len() uint64 { return s.Parcels * perParcel }

// Decisions returns up to most decisions after a number, in order.
func (s Stream) Decisions(_ context.Context, after uint64, most int) ([]*clearance.Decision, error) {
	var out []*clearance.Decision
	for seq := after + 1; seq <= s.Len() && len(out) < most; seq++ {
		out = append(out, s.at(seq))
	}
	return out, nil
}

// Each calls f for every decision from a number on, until f gives an error.
func (s Stream) Each(_ context.Context, from uint64, f func(*clearance.Decision) error) error {
	for seq := max(from, 1); seq <= s.Len(); seq++ {
		if err := f(s.at(seq)); err != nil {
			return err
		}
	}
	return nil
}

// plan is what becomes of one parcel.
type plan struct {
	n          uint64
	export     bool
	mode       string
	merchant   string
	platform   string
	agent      string
	carrier    string
	country    string
	customs    string
	code       uint64
	value      money.Fen
	to, later  clearance.State
	why, after string
}

var (
	streamModes     = [2][]string{{"9610", "1210", "1210", "1239"}, {"9610", "9610", "1210", "9710", "9810"}}
	streamCountries = []string{"116", "133", "303", "304", "305", "307", "309", "502", "502", "601", "122", "132", "142"}
	streamChapters  = []uint64{3304, 3304, 3307, 2106, 1901, 9619, 8509, 6403, 9503, 4202, 8517, 6109, 3401, 9506}
	streamFaults    = []string{"1313", "1332", "-621005", "PZ1603", "PZ1501"}
)

// plan is the same for a parcel whenever it is asked for.
func (s Stream) plan(n uint64) plan {
	r := rand.New(rand.NewPCG(n, 20261122))
	p := plan{n: n, export: r.IntN(10) < 4, customs: fmt.Sprint(4616 + r.IntN(3)*2), country: streamCountries[r.IntN(len(streamCountries))]}
	side := 0
	if p.export {
		side = 1
	}
	p.mode = streamModes[side][r.IntN(len(streamModes[side]))]
	p.merchant = fmt.Sprintf("410796M%03d", int(300*r.Float64()*r.Float64()))
	p.platform, p.agent, p.carrier = fmt.Sprintf("410796P%03d", r.IntN(5)), fmt.Sprintf("410798A%03d", r.IntN(30)), fmt.Sprintf("410796C%03d", r.IntN(8))
	p.code = streamChapters[r.IntN(len(streamChapters))]*1_000_000 + 10*uint64(r.IntN(9))
	p.value = money.Fen(1000 + r.IntN(60_000)*r.IntN(9))
	p.to, p.later = clearance.Released, clearance.None
	switch k := r.IntN(100); {
	case k < 4:
		p.to, p.why = clearance.Refused, streamFaults[r.IntN(4)]
	case k < 6:
		p.to, p.later, p.why, p.after = clearance.Review, clearance.Released, "PZ1611", "2600"
	case k < 9:
		p.to, p.later, p.why, p.after = clearance.Inspect, clearance.Released, "PZ1608", "2600"
	case k < 10:
		p.to, p.later, p.why, p.after = clearance.Inspect, clearance.Detained, "PZ1608", "PZ3003"
	case k < 12:
		p.to = clearance.Waiting
	case p.export:
		p.to, p.later, p.after = clearance.Concluded, clearance.Released, "PZ3104"
	case k < 14:
		p.later, p.after = clearance.Withdrawn, "2300"
	}
	return p
}

// time is when a parcel's list comes in: all over the day.
func (s Stream) time(n uint64) int64 {
	n -= s.After
	perDay := s.PerDay
	if perDay == 0 {
		perDay = s.Parcels + 1
	}
	day := Day.AddDays(int((n - 1) / perDay)).Time()
	return day.Add(time.Duration(float64(24*time.Hour) * float64((n-1)%perDay) / float64(perDay))).UnixMicro()
}

func (s Stream) at(seq uint64) *clearance.Decision {
	n, step := s.After+(seq-1)/perParcel+1, (seq-1)%perParcel
	p := s.plan(n)
	d := &clearance.Decision{Seq: seq, Input: seq, Engine: 1, At: s.time(n), Parcel: key(n)}
	switch step {
	case 0:
		p.document(d, [2]ceb.Kind{311, 303}, p.platform, OrderNo(int(n)))
	case 1:
		p.document(d, [2]ceb.Kind{411, 403}, Payer, PayNo(int(n)))
	case 2:
		p.document(d, [2]ceb.Kind{511, 505}, p.carrier, WaybillNo(int(n)))
	case 3:
		d.Number, d.Subject, d.To, d.Status, d.What = n, OrderNo(int(n)), clearance.Waiting, 2, clearance.DocStored
		d.Kind, d.List = p.kind(), p.list(false)
		d.Reasons = []clearance.Reason{clearance.Say("PZ1501", "支付凭证")}
		d.Receipts = []clearance.Receipt{p.receipt(2, d.Reasons)}
	case 4:
		s.decide(d, p)
	default:
		s.event(d, n)
	}
	return d
}

func key(n uint64) (k clearance.Key) {
	binary.LittleEndian.PutUint64(k[:], n*0x9E3779B97F4A7C15)
	binary.LittleEndian.PutUint64(k[8:], n)
	return k
}

func (p plan) kind() ceb.Kind {
	if p.export {
		return 603
	}
	return 621
}

// document is an order, payment or waybill that came in; one in fifty is refused.
func (p plan) document(d *clearance.Decision, kinds [2]ceb.Kind, sender, number string) {
	d.Kind, d.Subject, d.What = kinds[0], number, clearance.DocStored
	if p.export {
		d.Kind = kinds[1]
	}
	status := int32(2)
	if (d.Seq*2654435761>>8)%50 == 7 {
		d.What, status = clearance.DocRefused, 100
		d.Reasons = []clearance.Reason{clearance.Say(streamFaults[d.Seq%4])}
	}
	d.Receipts = []clearance.Receipt{{Kind: d.Kind + 1, To: sender, Fields: []string{sender, number, "", ""}, Rungs: []clearance.Rung{{Status: status, Reasons: d.Reasons}}}}
}

func (p plan) list(lines bool) *clearance.List {
	l := &clearance.List{Platform: p.platform, Merchant: p.merchant, OrderNo: OrderNo(int(p.n)), Carrier: p.carrier, WaybillNo: WaybillNo(int(p.n)), CopNo: CopNo(int(p.n)),
		Agent: p.agent, Guarantor: p.carrier, Customs: p.customs, Mode: p.mode, Country: p.country}
	if lines {
		l.Lines = []clearance.ListLine{{Gnum: 1, Code: p.code, Total: money.N5(p.value) * 1000, Currency: "142"}}
	}
	return l
}

func (p plan) receipt(status int32, reasons []clearance.Reason) clearance.Receipt {
	rungs := []clearance.Rung{{Status: status, Reasons: reasons}}
	if p.export {
		return clearance.Receipt{Kind: 604, To: p.agent, Fields: []string{p.agent, CopNo(int(p.n)), "B", "", p.merchant, p.platform, OrderNo(int(p.n)), "B"}, Rungs: rungs}
	}
	return clearance.Receipt{Kind: 622, To: p.agent, Fields: []string{p.customs, p.platform, p.merchant, p.agent, CopNo(int(p.n)), "B", ""}, Rungs: rungs}
}

// statuses are the receipt statuses that tell of the states.
var statuses = map[clearance.State]uint16{clearance.Released: 800, clearance.Refused: 100, clearance.Review: 300, clearance.Inspect: 500, clearance.Detained: 501, clearance.Concluded: 399}

// decide is the decision on the list, or the list again where it waits.
func (s Stream) decide(d *clearance.Decision, p plan) {
	d.Kind, d.Number, d.Subject, d.From = p.kind(), p.n, OrderNo(int(p.n)), clearance.Waiting
	if p.to == clearance.Waiting {
		d.What, d.To, d.Status = clearance.DocRepeated, clearance.Waiting, 2
		return
	}
	d.What, d.To, d.Status, d.List = clearance.Decided, p.to, statuses[p.to], p.list(true)
	if p.why != "" {
		d.Reasons = []clearance.Reason{clearance.Say(p.why)}
	}
	if !p.export {
		d.Tax = &clearance.Assessment{Dutiable: p.value, Lines: []clearance.LineTax{{Gnum: 1, Code: p.code, Dutiable: p.value, VATTax: p.value / 10}}}
	}
	d.Receipts = []clearance.Receipt{p.receipt(int32(d.Status), d.Reasons)}
}

// event is what becomes of an older parcel, if anything does.
func (s Stream) event(d *clearance.Decision, n uint64) {
	d.What, d.Parcel = clearance.Switched, clearance.Key{}
	if n <= s.After+older {
		return
	}
	p := s.plan(n - older)
	if p.later == clearance.None {
		return
	}
	d.What, d.Kind, d.Parcel, d.Number = clearance.Moved, p.kind(), key(p.n), p.n
	d.Subject, d.From, d.To, d.Status = OrderNo(int(p.n)), p.to, p.later, statuses[p.later]
	d.Reasons = []clearance.Reason{clearance.Say(p.after)}
	d.Receipts = []clearance.Receipt{p.receipt(int32(d.Status), d.Reasons)}
}
