package traffic

import (
	"pilotzone/ceb"
)

// The faults of this file are in what is sent when: the documents of such a
// parcel go in messages of their own.

// late sends one document about an hour after it was made.
func (p *planner) late(c *parcelCase, e *Expectation) {
	steps := []step{stepOrder, stepPayment, stepWaybill}
	if !p.gen.HasPayment(c.route.Import) {
		steps = []step{stepOrder, stepWaybill}
	}
	s := steps[c.stamp.hash>>33%uint64(len(steps))]
	c.skip[s] = true
	p.sendAlone(c)
	c.skip[s] = false
	ref := c.ref(s)
	// Exports must be complete before their block arrives.
	p.send([]docRef{ref}, p.second(ref)+3_000+int(c.stamp.hash>>44%900))
	e.WaitedFor = []ceb.Kind{kindOf(s, c.route.Import)}
}

// duplicate sends a message again, to the byte.
func (p *planner) duplicate(c *parcelCase, e *Expectation) {
	p.sendAlone(c)
	steps := []step{stepOrder, stepWaybill, stepList, stepPayment}
	if !c.route.Import {
		steps = steps[:3]
	}
	ref := c.ref(steps[c.stamp.hash>>33%uint64(len(steps))])
	wait := []int{3, 60, 1_800}[c.stamp.hash>>44%3]
	p.send([]docRef{ref}, p.second(ref)+2+wait).Wants = []Want{{0, Repeated, nil}}
}

// newGUID declares a document anew under a guid of its own and the old number.
func (p *planner) newGUID(c *parcelCase, e *Expectation) {
	p.sendAlone(c)
	s := []step{stepOrder, stepPayment, stepWaybill, stepList}[c.stamp.hash>>33%4]
	codes := [][]string{{"-301010"}, {"-401007"}, {"-504012", "-504015"}, {"-621004"}}[s]
	at := p.second(c.ref(s)) + 40
	p.send([]docRef{c.again(s, '1', at)}, at+2).Wants = []Want{{0, Refused, codes}}
}

// older sends a change that is older than what is stored.
func (p *planner) older(c *parcelCase, e *Expectation) {
	p.sendAlone(c)
	s := []step{stepOrder, stepPayment}[c.stamp.hash>>33%2]
	codes := [][]string{{"-301014"}, {"-401012"}}[s]
	at := p.second(c.ref(s))
	c.edits = append(c.edits, edit{stepOrder, 1, func(d *Document) { d.Set("consignee", "旧收货人") }},
		edit{stepPayment, 1, func(d *Document) { d.Set("amountPaid", "0.01") }})
	p.send([]docRef{c.again(s, '2', max(at-300, 1))}, at+30).Wants = []Want{{0, Refused, codes}}
}

// changedBefore puts a wrong order or payment right before the list is there:
// the parcel is released only if the change was taken up.
func (p *planner) changedBefore(c *parcelCase, e *Expectation) {
	p.sendAlone(c)
	s := []step{stepOrder, stepPayment}[c.stamp.hash>>33%2]
	if s == stepOrder {
		p.fresh++
		old := p.gen.Person(p.gen.buyers + p.fresh)
		c.edits = append(c.edits, edit{stepOrder, 0, func(d *Document) {
			d.Set("consignee", old.Name+"甲")
			d.Set("consigneeTelephone", old.Phone)
			d.Set("consigneeAddress", old.Address)
			d.Set("consigneeDistrict", old.Division)
		}})
	} else {
		wrong := yuan(c.stamp.basket.Paid + 100)
		c.edits = append(c.edits, edit{stepPayment, 0, func(d *Document) { d.Set("amountPaid", wrong) }})
	}
	at := p.second(c.ref(s)) + 120
	p.send([]docRef{c.again(s, '2', at)}, at+2)
}

// changedAfter asks for a change when the parcel is already released.
func (p *planner) changedAfter(c *parcelCase, e *Expectation) {
	p.sendAlone(c)
	s := []step{stepOrder, stepPayment, stepWaybill, stepList}[c.stamp.hash>>33%4]
	codes := [][]string{{"-301011"}, {"22007", "-401008"}, {"-504016"}, {"-621012"}}[s]
	at := p.second(c.ref(stepList)) + 1_800
	p.send([]docRef{c.again(s, '2', at)}, at+2).Wants = []Want{{0, Refused, codes}}
}

// deleted takes a list back (appType 3) while it waits for the waybill, which
// then comes and must release nothing.
func (p *planner) deleted(c *parcelCase, e *Expectation) {
	c.skip[stepWaybill], c.skip[stepStatus] = true, true
	p.sendAlone(c)
	c.skip[stepWaybill] = false
	at := p.second(c.ref(stepList)) + 900
	p.send([]docRef{c.again(stepList, '3', at)}, at+2)
	p.send([]docRef{c.ref(stepWaybill)}, at+1_200)
	e.Final, e.WaitedFor, e.Dutiable = Deleted, []ceb.Kind{511}, 0
	e.Decision, e.Reason = "", ""
}

// withdrawn asks for the withdrawal of a released list (623, 605): the allowance
// goes back, RULES A11.
func (p *planner) withdrawn(c *parcelCase, e *Expectation) {
	c.skip[stepStatus], c.skip[stepDeparture] = true, true
	p.sendAlone(c)
	ref := c.ref(stepWithdrawal)
	at := p.second(ref)
	if !c.route.Import { // between arrival and departure
		at = int(p.gen.blockSecond(c.stamp.index/p.gen.block)) + arrivalDelay + 1_200
		ref.second = uint32(at)
	}
	p.send([]docRef{ref}, at+2)
	e.Final, e.Dutiable = Withdrawn, 0
	e.Class = ""
}

// waybillReused gives a parcel the waybill number of another of the same carrier
// (FORMATS section 4: not again within six months).
func (p *planner) waybillReused(c *parcelCase, e *Expectation) {
	for i := range p.candidates(uint64(WaybillReused) + c.stamp.index<<8) {
		r := p.gen.routeOf(i)
		if p.cases[i] == nil && r.Import && r.Logistics == c.route.Logistics {
			c.text[slotWaybillNo] = string(p.gen.appendNumber(nil, "XL", i))
			p.caseOf(i) // the owner of the number keeps out of trouble
			break
		}
	}
	if c.text[slotWaybillNo] == "" { // no other parcel of the carrier: an ordinary parcel
		c.trouble, e.Trouble = None, None
		return
	}
	c.skip[stepWaybill], c.skip[stepList], c.skip[stepStatus] = true, true, true
	p.sendAlone(c)
	waybill, list := c.ref(stepWaybill), c.ref(stepList)
	waybill.second, list.second = 82_000, 82_600 // after all others of the day
	p.send([]docRef{waybill}, 82_002).Wants = []Want{{0, Refused, []string{"-504012", "-504015"}}}
	p.send([]docRef{list}, 82_602)
	c.reject(e, "", "-504012", "-504015")
	e.Final |= Waiting
}

// broken sends a message that is cut or spoilt, and the good one later.
func (p *planner) broken(c *parcelCase, e *Expectation) {
	s := []step{stepOrder, stepList}[c.stamp.hash>>33%2]
	c.skip[s] = true
	p.sendAlone(c)
	c.skip[s] = false
	ref := c.ref(s)
	at := p.second(ref)
	m := p.send([]docRef{ref}, at+2)
	m.Damage = Damage(1 + c.stamp.hash>>44%uint64(damageCount-1))
	m.Wants = []Want{{-1, Refused, nil}}
	if m.Damage.Readable() {
		m.Wants[0].Document = 0
	}
	p.send([]docRef{ref}, at+300)
}
