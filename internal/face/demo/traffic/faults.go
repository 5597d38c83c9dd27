package traffic

import (
	"pilotzone/ceb"
	"pilotzone/internal/kernel/money"
)

// The faults of this file are in the documents themselves; they travel in the
// same messages as the good documents of their block.

func (p *planner) missingPayment(c *parcelCase, e *Expectation) {
	c.skip[stepPayment], c.skip[stepStatus] = true, true
	e.Final, e.WaitedFor, e.Dutiable = Waiting, []ceb.Kind{411}, 0
	e.Decision, e.Reason = "", ""
}

// amountMismatch: FORMATS section 5, 支付单支付金额与订单支付金额不一致.
func (p *planner) amountMismatch(c *parcelCase, e *Expectation) {
	c.alter(stepPayment, func(d *Document) { d.Set("amountPaid", yuan(c.stamp.basket.Paid+100)) })
	c.reject(e, "", "1332")
}

// payerNotBuyer: RULES A14, orderer and payer must be the same person.
func (p *planner) payerNotBuyer(c *parcelCase, e *Expectation) {
	p.fresh++
	c.payer = p.gen.buyers + p.fresh
	c.reject(e, "", "1327")
}

// wrongID: RULES E3, the same wrong number in all documents.
func (p *planner) wrongID(c *parcelCase, e *Expectation) {
	id := p.gen.appendID(nil, c.stamp.buyer)
	last := len(id) - 1
	if id[last] == 'X' {
		id[last] = '0'
	} else if id[last]++; id[last] > '9' {
		id[last] = '0'
	}
	c.text[slotBuyerID], c.text[slotPayerID] = string(id), string(id)
	e.Buyer = string(id)
	c.reject(e, "", "1300")
}

// singlePiece: RULES A6, one piece over 5,000 yuan is let in at full tax.
func (p *planner) singlePiece(c *parcelCase, e *Expectation) {
	good := &p.gen.goods.dear[draw(p.gen.seed, domainRing, c.stamp.index)%uint64(len(p.gen.goods.dear))]
	p.newBuyer(c, e)
	c.setBasket(e, p.gen.newBasket(c.route, []Line{newLine(good, 1, good.Price)}, 0, 0, 30_000))
	e.Decision, e.Reason = "FULL_TAX_IN_CBEC", "SINGLE_PIECE_OVER_SINGLE_LIMIT"
}

// multiPiece: RULES A7.
func (p *planner) multiPiece(c *parcelCase, e *Expectation) {
	p.newBuyer(c, e)
	pieces := int64(2 + c.stamp.hash>>33%3)
	value := singleLimit/money.Fen(pieces)*money.Fen(pieces) + money.Fen(pieces)*(1+money.Fen(c.stamp.hash>>40%50_000))
	c.setBasket(e, p.gen.exactBasket(c.route, c.stamp.index, value, pieces))
	c.reject(e, "OVER_SINGLE_LIMIT_MULTI_PIECE", "-621005")
}

// atLimit: RULES A1, exactly 5,000.00 yuan is within.
func (p *planner) atLimit(c *parcelCase, e *Expectation) {
	p.newBuyer(c, e)
	c.setBasket(e, p.gen.exactBasket(c.route, c.stamp.index, singleLimit, 2))
}

// offList: RULES A9, one line off the list blocks the list as a whole.
func (p *planner) offList(c *parcelCase, e *Expectation) {
	good := &p.gen.goods.offList[c.stamp.hash>>33%uint64(len(p.gen.goods.offList))]
	lines := []Line{newLine(good, 1, good.Price)}
	if l := c.stamp.basket.Lines[0]; l.Total < 150_000 {
		lines = append([]Line{l}, lines...)
	}
	p.newBuyer(c, e)
	c.setBasket(e, p.gen.newBasket(c.route, lines, 0, 0, 20_000))
	c.reject(e, "NOT_IN_POSITIVE_LIST")
}

func (p *planner) netAboveGross(c *parcelCase, e *Expectation) {
	c.alter(stepList, func(d *Document) { d.Set("netWeight", (c.stamp.basket.Gross + 100_000).String()) })
	c.reject(e, "", "-621001")
}

func (p *planner) unknownUnit(c *parcelCase, e *Expectation) {
	c.alter(stepList, func(d *Document) { d.SetLine(0, "unit1", "999") })
	c.reject(e, "", "-621001")
}

// orderArithmetic: RULES A3.4, acturalPaid is a fen off though the payment says
// the same.
func (p *planner) orderArithmetic(c *parcelCase, e *Expectation) {
	wrong := yuan(c.stamp.basket.Paid + 1)
	c.alter(stepOrder, func(d *Document) { d.Set("acturalPaid", wrong) })
	c.alter(stepPayment, func(d *Document) { d.Set("amountPaid", wrong) })
	c.reject(e, "", "-301008")
	e.Final |= Waiting
	e.WaitedFor = []ceb.Kind{311}
}

// buyerMismatch: the list names another buyer than order and payment.
func (p *planner) buyerMismatch(c *parcelCase, e *Expectation) {
	p.fresh++
	other := p.gen.Person(p.gen.buyers + p.fresh)
	c.alter(stepList, func(d *Document) {
		d.Set("buyerName", other.Name)
		d.Set("buyerIdNumber", other.ID)
	})
	e.Buyer = other.ID
	c.reject(e, "", "13127")
}

func (p *planner) phoneMismatch(c *parcelCase, e *Expectation) {
	p.fresh++
	phone := string(p.gen.appendPhone(nil, p.gen.buyers+p.fresh))
	c.alter(stepList, func(d *Document) { d.Set("buyerTelephone", phone) })
	c.reject(e, "", "130126")
}

// lineCountMismatch: the list has the last line of the order once more.
func (p *planner) lineCountMismatch(c *parcelCase, e *Expectation) {
	b := c.stamp.basket
	c.alter(stepList, func(d *Document) {
		extra := importListLine(c.route, len(b.Lines), &b.Lines[len(b.Lines)-1])
		d.Lines = append(d.Lines, extra)
	})
	c.reject(e, "", "1320")
}

// lineMismatch: the list has another article under the same line number.
func (p *planner) lineMismatch(c *parcelCase, e *Expectation) {
	l := c.stamp.basket.Lines[0]
	c.alter(stepList, func(d *Document) {
		d.SetLine(0, "qty", "9")
		d.SetLine(0, "price", yuan(l.Price))
		d.SetLine(0, "totalPrice", yuan(9*l.Price))
	})
	c.reject(e, "", "1322")
}

func (p *planner) consigneeMismatch(c *parcelCase, e *Expectation) {
	p.fresh++
	other := p.gen.Person(p.gen.buyers + p.fresh)
	c.alter(stepWaybill, func(d *Document) {
		d.Set("consignee", other.Name+"收")
		d.Set("consigneeTelephone", other.Phone)
	})
	c.reject(e, "")
}

// payerFirmMismatch: the order names another payment enterprise than the one
// that sends the payment.
func (p *planner) payerFirmMismatch(c *parcelCase, e *Expectation) {
	for _, other := range p.gen.zone.With(Payment) {
		if other != c.route.Payment {
			c.alter(stepOrder, func(d *Document) {
				d.Set("payCode", other.Code)
				d.Set("payName", other.Name)
			})
			break
		}
	}
	c.reject(e, "", "13035")
}

// unfiled: a merchant that is in no register.
func (p *planner) unfiled(c *parcelCase, e *Expectation) {
	r := c.copyRoute()
	r.Merchant, r.Guarantor = &p.gen.zone.Unfiled, r.Logistics
	c.reject(e, "", "-10102")
	e.Final |= Waiting
}

// b2bOverLimit: RULES C2, above 5,000 yuan only a declaration will do. Fifteen
// hundred of any other money on the routes are above that at any rate of these
// years, but of no money less dear than the yuan.
func (p *planner) b2bOverLimit(c *parcelCase, e *Expectation) {
	value := singleLimit + 1
	if c.route.Currency != "142" {
		value = 150_000
	}
	l := c.stamp.basket.Lines[0]
	pieces := int64(value/l.Price) + 1
	c.setBasket(e, p.gen.newBasket(c.route, []Line{newLine(l.Good, pieces, l.Price)}, 0, 0, 50_000))
	c.reject(e, "")
}

// statisticsOnly: RULES B4 and C3, the code is given to four digits (9610) or
// six (9710, 9810) and filled up with zeros.
func (p *planner) statisticsOnly(c *parcelCase, e *Expectation) {
	c.copyRoute().Statistics = "A"
	digits := 4
	if c.route.Mode != "9610" {
		digits = 6
	}
	c.alter(stepList, func(d *Document) {
		for n := range d.Lines {
			d.SetLine(n, "gcode", d.Line(n, "gcode")[:digits]+"0000000000"[digits:])
		}
	})
	e.Class = "statistics"
}
