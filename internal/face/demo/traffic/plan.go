package traffic

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/money"
)

// Plan is a day's schedule of messages with what is expected of them. It holds
// no bytes: messages are rendered when they are asked for.
type Plan struct {
	gen      *Gen
	messages []Message
	expect   []Expectation
	cases    map[uint64]*parcelCase
}

// Message is one scheduled message.
type Message struct {
	Second int // of the day, at which it arrives
	Kind   ceb.Kind
	Sender *Enterprise // who is named in BaseTransfer
	Wants  []Want
	Damage Damage // how the bytes are spoilt, if at all
	// NeedsListNumber marks a withdrawal (623, 605): it names the list by the
	// number that the platform gave it.
	NeedsListNumber bool

	docs []docRef
}

// Documents is the number of business nodes in the message.
func (m *Message) Documents() int {
	if m.Kind == 507 || m.Kind == 509 {
		return 1
	}
	return len(m.docs)
}

// Parcels lists the parcels that the message is about, one a document; for 507
// and 509 one a line.
func (m *Message) Parcels() []uint64 {
	list := make([]uint64, len(m.docs))
	for i, d := range m.docs {
		list[i] = d.parcel
	}
	return list
}

// docRef is one document of a message: of which parcel, in which version.
type docRef struct {
	parcel  uint64
	second  uint32 // of appTime when it is not the parcel's own; 0 else
	step    step
	version uint8
	appType byte // '1', '2' or '3'
}

// parcelCase is what differs about a parcel from the generator's own.
type parcelCase struct {
	stamp   stamp
	trouble Trouble
	route   *Route // a copy when altered
	payer   uint64
	text    map[slot]string
	edits   []edit
	solo    bool            // its documents go in messages of their own
	skip    [stepCount]bool // documents that are never sent
}

// edit alters the documents of one step.
type edit struct {
	step    step
	version int // which version; -1 all
	alter   func(*Document)
}

// ListNumbers gives the number (清单编号) under which the platform keeps the list
// with an enterprise's number copNo.
type ListNumbers func(copNo string) (invtNo string, ok bool)

// ErrNoListNumber means that a withdrawal was asked for before the platform gave
// the list its number.
var ErrNoListNumber = errors.New("traffic: the list to be withdrawn has no number yet; render the message after its receipt (清单尚无编号)")

// Messages is the schedule in order of time; do not alter.
func (p *Plan) Messages() []Message { return p.messages }

// Expect says what must become of each parcel, by parcel number.
func (p *Plan) Expect() []Expectation { return p.expect }

// Counts tells how many parcels have each trouble.
func (p *Plan) Counts() map[Trouble]int {
	n := map[Trouble]int{}
	for i := range p.expect {
		n[p.expect[i].Trouble]++
	}
	return n
}

// Append renders message k of the schedule. numbers is asked for withdrawals
// only and may be nil when there are none before k is reached. The error wraps
// [ErrNoListNumber].
func (p *Plan) Append(dst []byte, k int, numbers ListNumbers) ([]byte, error) {
	m := &p.messages[k]
	g := p.gen
	first := g.stamp(m.docs[0].parcel)
	first.step, first.version = m.docs[0].step, m.docs[0].version
	from := len(dst)
	dst = g.appendMessageOpen(dst, m.Kind, &first, len(m.docs))
	switch {
	case m.Kind == 507 || m.Kind == 509:
		waybills := make([]string, len(m.docs))
		for i, d := range m.docs {
			waybills[i] = string(g.appendNumber(nil, "XL", d.parcel))
		}
		d := g.movementOf(first.step, first.index, waybills)
		dst = d.Append(dst)
	default:
		for _, ref := range m.docs {
			var err error
			if dst, err = p.appendDocument(dst, ref, numbers); err != nil {
				return dst[:from], fmt.Errorf("message %d: parcel %d: %w", k, ref.parcel, err)
			}
		}
	}
	dst = appendClose(dst, m.Kind, m.Sender, g.placeholder)
	return append(dst[:from], m.Damage.apply(dst[from:])...), nil
}

func (p *Plan) appendDocument(dst []byte, ref docRef, numbers ListNumbers) ([]byte, error) {
	c := p.cases[ref.parcel]
	if c == nil && ref.version == 0 && ref.appType == '1' {
		st := p.gen.stamp(ref.parcel)
		st.step = ref.step
		return p.gen.appendTemplate(dst, &st), nil
	}
	d, err := p.document(c, ref, numbers)
	if err != nil {
		return dst, err
	}
	return d.Append(dst), nil
}

// document builds a document of an unusual parcel.
func (p *Plan) document(c *parcelCase, ref docRef, numbers ListNumbers) (Document, error) {
	g := p.gen
	st := c.stamp
	st.step, st.version = ref.step, ref.version
	f := g.facts(st)
	f.route, f.appType = c.route, string(ref.appType)
	if c.payer != st.buyer {
		payer := g.Person(c.payer)
		f.v[slotPayerName], f.v[slotPayerID], f.v[slotPayerPhone] = payer.Name, payer.ID, payer.Phone
	}
	for s, text := range c.text {
		f.v[s] = text
	}
	if ref.step == stepWithdrawal {
		var ok bool
		if numbers != nil {
			f.invtNo, ok = numbers(f.v[slotCopNo])
		}
		if !ok {
			return Document{}, ErrNoListNumber
		}
	}
	d := f.document(ref.step)
	if ref.second != 0 {
		d.Set("appTime", string(g.appendTime(nil, ref.second)))
	}
	for _, e := range c.edits {
		if e.step == ref.step && (e.version < 0 || e.version == int(ref.version)) {
			e.alter(&d)
		}
	}
	return d, nil
}

// Plan makes the schedule of parcels 0 to n-1 with the troubles of the mix.
// Troubles take at most half of the parcels. Choose [Options.Block] with
// [BlockFor] so that few parcels still use many routes.
func (g *Gen) Plan(n int, mix Mix) (*Plan, error) {
	if n < 1 {
		return nil, fmt.Errorf("traffic: a plan needs at least one parcel, not %d (至少一个包裹)", n)
	}
	p := &planner{Plan: &Plan{gen: g, cases: map[uint64]*parcelCase{}, expect: make([]Expectation, n)}}
	for i := range p.expect {
		p.expect[i] = g.expectation(uint64(i))
	}
	p.assign(mix)
	p.keepBelowAnnualLimit()
	p.schedule()
	slices.SortStableFunc(p.messages, func(a, b Message) int { return cmp.Compare(a.Second, b.Second) })
	return p.Plan, nil
}

// BlockFor is the block size by which n parcels go over each of the default
// routes about twice.
func BlockFor(n int) int { return max(1, min(100, n/80)) }

// expectation is that of a parcel without trouble.
func (g *Gen) expectation(i uint64) Expectation {
	st := g.stamp(i)
	e := Expectation{
		Parcel: i, Import: st.route.Import, Mode: st.route.Mode, Platform: st.route.PlatformCode,
		OrderNo: string(g.appendNumber(nil, "XO", i)), CopNo: string(g.appendNumber(nil, "XC", i)),
		Final: Closed, Class: "summary",
	}
	if st.route.Import {
		e.Final, e.Class = Released|Closed, ""
		e.Decision, e.Reason = "PREF70", "WITHIN_LIMITS"
		e.Dutiable = int64(st.basket.Dutiable())
		e.Buyer = string(g.appendID(nil, st.buyer))
	} else if st.route.Statistics == "A" {
		e.Class = "statistics"
	}
	return e
}

// annualLimit is 26,000.00 yuan a person and year, singleLimit 5,000.00 yuan an
// order (财关税〔2018〕49号).
const (
	annualLimit money.Fen = 2_600_000
	singleLimit money.Fen = 500_000
)

// keepBelowAnnualLimit gives parcels to new buyers where the pool's buyers would
// otherwise run into the annual limit by chance.
func (p *planner) keepBelowAnnualLimit() {
	used := map[uint64]money.Fen{}
	for i := range uint64(len(p.expect)) {
		st := p.gen.stamp(i)
		c := p.cases[i]
		if !st.route.Import || (c != nil && (c.stamp.buyer >= p.gen.buyers || c.trouble == WrongIDCheck)) {
			continue
		}
		used[st.buyer] += st.basket.Dutiable()
		if used[st.buyer] > annualLimit {
			used[st.buyer] -= st.basket.Dutiable()
			p.newBuyer(p.caseOf(i), &p.expect[i])
		}
	}
}

// schedule puts the documents of ordinary parcels in messages, block by block.
func (p *planner) schedule() {
	g := p.gen
	for first := uint64(0); first < uint64(len(p.expect)); first += g.block {
		end := min(first+g.block, uint64(len(p.expect)))
		rg := newRNG(g.seed, domainStep, first)
		route := g.routeOf(first)
		for s := stepOrder; s <= stepDeparture; s++ {
			if kindOf(s, route.Import) == 0 || (s == stepPayment && !g.HasPayment(route.Import)) {
				continue
			}
			var docs []docRef
			for i := first; i < end; i++ {
				c := p.cases[i]
				moves := s == stepArrival || s == stepDeparture
				if c == nil || (!c.skip[s] && (!c.solo || moves)) {
					docs = append(docs, docRef{parcel: i, step: s, appType: '1'})
				}
			}
			p.batch(docs, rg)
		}
	}
}

// batch cuts documents of one block and step into messages and sends each when
// its last document was ready.
func (p *planner) batch(docs []docRef, rg *rng) {
	if len(docs) == 0 {
		return
	}
	size := []int{1, 5, 20, 100}[rg.below(4)]
	late := 0
	switch docs[0].step {
	case stepArrival, stepDeparture:
		size = len(docs)
	case stepWaybill, stepPayment:
		if rg.percent(20) { // a carrier or bank whose data lag: the lists come first
			late = 900 + rg.below(900)
		}
	}
	for chunk := range slices.Chunk(docs, size) {
		second := 0
		for _, d := range chunk {
			second = max(second, p.second(d))
		}
		p.send(chunk, second+1+rg.below(20)+late)
	}
}

// second is when a document was made.
func (p *planner) second(d docRef) int {
	if d.second != 0 {
		return int(d.second)
	}
	st := p.gen.stamp(d.parcel)
	if c := p.cases[d.parcel]; c != nil {
		st = c.stamp
	}
	switch d.step {
	case stepPayment:
		return int(st.second + st.delay(slotTimePayment))
	case stepWaybill:
		return int(st.second + st.delay(slotTimeWaybill))
	case stepList:
		return int(st.second + st.delay(slotTimeList))
	case stepStatus:
		return int(st.second + st.delay(slotTimeStatus))
	case stepWithdrawal:
		return int(st.second + st.delay(slotTimeWithdrawal))
	case stepArrival:
		return int(p.gen.blockSecond(d.parcel/p.gen.block)) + arrivalDelay
	case stepDeparture:
		return int(p.gen.blockSecond(d.parcel/p.gen.block)) + departureDelay
	}
	return int(st.second)
}

// send schedules a message.
func (p *planner) send(docs []docRef, second int) *Message {
	route := p.gen.routeOf(docs[0].parcel)
	s := docs[0].step
	p.messages = append(p.messages, Message{
		Second: second, Kind: kindOf(s, route.Import), Sender: route.sender(s),
		NeedsListNumber: s == stepWithdrawal, docs: slices.Clone(docs),
	})
	return &p.messages[len(p.messages)-1]
}
