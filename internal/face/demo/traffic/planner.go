package traffic

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"pilotzone/internal/kernel/money"
)

// planner is a plan in the making.
type planner struct {
	*Plan
	fresh uint64 // buyers taken from beyond the pool
}

// caseOf is the case of a parcel, made if there is none.
func (p *planner) caseOf(i uint64) *parcelCase {
	c := p.cases[i]
	if c == nil {
		st := p.gen.stamp(i)
		c = &parcelCase{stamp: st, route: st.route, payer: st.buyer, text: map[slot]string{}}
		p.cases[i] = c
	}
	return c
}

// newBuyer gives a parcel a buyer of its own, who is also the consignee.
func (p *planner) newBuyer(c *parcelCase, e *Expectation) {
	p.fresh++
	c.setBuyer(p.gen, e, p.gen.buyers+p.fresh)
}

func (c *parcelCase) setBuyer(g *Gen, e *Expectation, n uint64) {
	if c.payer == c.stamp.buyer {
		c.payer = n
	}
	c.stamp.buyer, c.stamp.consignee = n, n
	e.Buyer = string(g.appendID(nil, n))
}

// setBasket gives a parcel other contents.
func (c *parcelCase) setBasket(e *Expectation, b *Basket) {
	c.stamp.basket = b
	if e.Import {
		e.Dutiable = int64(b.Dutiable())
	}
}

// alter changes all versions of a document.
func (c *parcelCase) alter(s step, f func(*Document)) {
	c.edits = append(c.edits, edit{s, -1, f})
}

// copyRoute makes the route of the case its own.
func (c *parcelCase) copyRoute() *Route {
	r := *c.route
	c.route = &r
	return c.route
}

// reject marks a parcel as one that must not be released, with the codes of
// which one should be told.
func (c *parcelCase) reject(e *Expectation, reason string, codes ...string) {
	e.Final, e.Codes, e.Dutiable, e.Class = Rejected, codes, 0, ""
	e.Decision, e.Reason = "", ""
	if reason != "" {
		e.Decision, e.Reason = "NOT_CBEC", reason
	}
	c.skip[stepStatus], c.skip[stepArrival], c.skip[stepDeparture] = true, true, true
}

// seriesLength is how many orders a buyer who runs into the annual limit makes.
const seriesLength = 7

// ringSize is the least number of parcels of a fraud ring.
const ringSize = 12

// assign gives troubles to parcels: those of many parcels first.
func (p *planner) assign(mix Mix) {
	room := len(p.expect) / 2
	quota := func(t Trouble) int {
		if mix[t] <= 0 {
			return 0
		}
		return max(1, (mix[t]*len(p.expect)+5_000)/10_000)
	}
	if n := max(quota(FraudRing), ringSize); mix[FraudRing] > 0 && n <= room {
		room -= p.ring(n)
	}
	for left := quota(OverAnnual); left > 0 && room >= seriesLength; left -= seriesLength {
		room -= p.annualSeries(uint64(left))
	}
	order := slices.Sorted(maps.Keys(mix))
	for _, t := range order {
		if t >= troubleCount || recipes[t].apply == nil || t == None {
			continue
		}
		n := min(quota(t), room)
		room -= p.scatter(t, n)
	}
}

// scatter gives trouble t to n parcels spread over the day; it returns how many
// it found.
func (p *planner) scatter(t Trouble, n int) (found int) {
	for i := range p.candidates(uint64(t)) {
		if found == n {
			break
		}
		if p.cases[i] != nil || !recipes[t].allows(p.gen.routeOf(i)) {
			continue
		}
		c := p.caseOf(i)
		c.trouble = t
		p.expect[i].Trouble = t
		recipes[t].apply(p, c, &p.expect[i])
		found++
	}
	return found
}

// candidates goes through all parcels in an order of its own that jumps about
// the day.
func (p *planner) candidates(salt uint64) iter.Seq[uint64] {
	n := uint64(len(p.expect))
	stride := n*618/1000 | 1
	for gcd(stride, n) != 1 {
		stride += 2
	}
	return func(yield func(uint64) bool) {
		at := draw(p.gen.seed, domainTrouble, salt) % n
		for range n {
			if !yield(at) {
				return
			}
			at = (at + stride) % n
		}
	}
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// ring makes a fraud ring (RULES F1-F4): three merchants, three addresses and
// two telephones, many identities with two orders each just under the single
// limit, within minutes. It returns how many parcels it took.
func (p *planner) ring(n int) (taken int) {
	var merchants []*Enterprise
	for i := range p.candidates(uint64(FraudRing)) {
		first := i / p.gen.block * p.gen.block
		r := p.gen.routeOf(first)
		if !r.Import || (slices.Contains(merchants, r.Merchant) && len(merchants) < 3) {
			continue
		}
		before := taken
		for i := first; i < min(first+p.gen.block, uint64(len(p.expect))) && taken < n && taken-before < (n+2)/3; i++ {
			if p.cases[i] == nil {
				p.ringMember(i, uint64(taken))
				taken++
			}
		}
		if taken > before {
			merchants = append(merchants, r.Merchant)
		}
		if taken == n {
			break
		}
	}
	return taken
}

// ringBase is where the people of the ring begin, beyond pool and new buyers.
const ringBase = 50_000_000

func (p *planner) ringMember(i, k uint64) {
	g := p.gen
	c, e := p.caseOf(i), &p.expect[i]
	c.trouble, e.Trouble = FraudRing, FraudRing
	c.setBuyer(g, e, ringBase+k/2)
	c.setBasket(e, g.nearLimitBasket(c.route, k, singleLimit-1_000))
	phone := string(g.appendPhone(nil, ringBase+20_000_000+k%2))
	c.text[slotBuyerPhone], c.text[slotPayerPhone], c.text[slotConsigneePhone] = phone, phone, phone
	place := ringBase + 20_000_000 + k%3
	c.text[slotConsigneeAddress] = string(g.appendAddress(nil, place))
	c.text[slotConsigneeDivision] = string(g.appendDivision(nil, place))
	// The rules of clearance let each parcel through; a platform that knows
	// rings may hold or refuse them.
	e.Final = Released | Closed | Waiting | Rejected
}

// annualSeries makes one buyer's seven orders: five near the single limit, one
// that would break the annual limit and is refused, one that fills it to the
// fen. Each is complete before the next. It returns how many parcels it took.
func (p *planner) annualSeries(serial uint64) int {
	var members []uint64
	for i := range p.candidates(uint64(OverAnnual) + serial<<8) {
		if p.cases[i] == nil && p.gen.routeOf(i).Import {
			members = append(members, i)
		}
		if len(members) == seriesLength {
			break
		}
	}
	if len(members) < seriesLength {
		return 0
	}
	p.fresh++
	buyer := p.gen.buyers + p.fresh
	var used money.Fen
	for k, i := range members {
		c, e := p.caseOf(i), &p.expect[i]
		c.trouble, e.Trouble = OverAnnual, OverAnnual
		c.setBuyer(p.gen, e, buyer)
		b := p.gen.nearLimitBasket(c.route, serial<<8|uint64(k)|1<<40, singleLimit)
		if k == seriesLength-1 {
			b = p.gen.exactBasket(c.route, serial, annualLimit-used, 1)
		}
		c.setBasket(e, b)
		if used+b.Dutiable() > annualLimit {
			c.reject(e, "OVER_ANNUAL_LIMIT", "1313", "-621018")
		} else {
			used += b.Dutiable()
		}
		c.stamp.second = uint32(6*3600 + k*5400) // every hour and a half from six
		p.sendAlone(c)
	}
	return seriesLength
}

// exactBasket is a basket of pieces of one article worth value in all, without
// freight.
func (g *Gen) exactBasket(r *Route, n uint64, value money.Fen, pieces int64) *Basket {
	rg := newRNG(g.seed, domainRing, n|1<<41)
	price := value / money.Fen(pieces)
	var best *Good // of sixty, the one whose usual price is nearest
	for tries := 0; tries < 60 || best == nil; tries++ {
		good := &g.goods.imports[rg.below(len(g.goods.imports))]
		if strings.HasPrefix(good.HS, "33") {
			continue // consumption tax would hang on the price
		}
		if best == nil || abs(good.Price-price) < abs(best.Price-price) {
			best = good
		}
	}
	return g.newBasket(r, []Line{newLine(best, pieces, price)}, 0, 0, 20_000)
}

func abs(f money.Fen) money.Fen { return max(f, -f) }

// sendAlone sends the ordinary documents of a parcel in messages of their own,
// each when it is made, but those that are skipped.
func (p *planner) sendAlone(c *parcelCase) {
	c.solo = true
	for s := stepOrder; s <= stepStatus; s++ {
		if kindOf(s, c.route.Import) == 0 || c.skip[s] || (s == stepPayment && !p.gen.HasPayment(c.route.Import)) {
			continue
		}
		ref := c.ref(s)
		p.send([]docRef{ref}, p.second(ref)+2)
	}
}

// ref is the first submission of a document.
func (c *parcelCase) ref(s step) docRef { return docRef{parcel: c.stamp.index, step: s, appType: '1'} }

// again is a later submission with a guid of its own, made at a second.
func (c *parcelCase) again(s step, appType byte, second int) docRef {
	return docRef{parcel: c.stamp.index, step: s, version: 1, appType: appType, second: uint32(second)}
}
