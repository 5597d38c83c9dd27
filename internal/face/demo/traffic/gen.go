package traffic

import (
	"fmt"

	"pilotzone/ceb"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Options say what traffic to make. The zero value of a field takes the default.
type Options struct {
	Seed uint64
	// Place is where the zone lies (default [Xinxiang]).
	Place Place
	// Day is the Beijing day of all numbers and times. It must be given: a
	// generator has no clock.
	Day clock.Day
	// Buyers is the size of the pool of buyers (default 3,000). It costs no
	// memory.
	Buyers int
	// Block is how many parcels in a row share a route and so may share a
	// message, 1 to 100 (default 100).
	Block int
	// Modes is the mix of modes (default [AllModes]).
	Modes []Share
	// Baskets is the number of different contents a route (default 16).
	Baskets int
	// Tax computes the tax withheld of an import parcel. Without it no tax is
	// withheld, which the schema allows (无则填写“0”).
	Tax func(TaxCase) money.Fen
	// Unsigned leaves out the placeholder of the signature in 621 and 623, for
	// callers that sign messages themselves. Unsigned messages of these kinds
	// are not schema-valid.
	Unsigned bool
}

// Gen makes the traffic of a zone. It is immutable and safe for concurrent use.
type Gen struct {
	seed            uint64
	day             clock.Day
	dayText         []byte
	buyers, block   uint64
	basketsPerRoute int
	tax             func(TaxCase) money.Fen
	placeholder     bool

	zone      *ZoneData
	goods     *catalogue
	places    []place
	birthdays []int32
	routes    []*Route
	templates [][stepStatus + 1]template // by basket index
}

// New makes a generator. Errors name the option that is wrong.
func New(o Options) (*Gen, error) {
	if !o.Day.Valid() {
		return nil, fmt.Errorf("traffic: Options.Day %d is not a day such as 20260308 (日期无效)", o.Day)
	}
	if o.Buyers == 0 {
		o.Buyers = 3_000
	}
	if o.Block == 0 {
		o.Block = 100
	}
	if o.Baskets == 0 {
		o.Baskets = 16
	}
	if len(o.Modes) == 0 {
		o.Modes = AllModes()
	}
	if o.Place.Code == "" {
		o.Place = Xinxiang()
	}
	if o.Buyers < 0 || o.Block < 1 || o.Block > 100 || o.Baskets < 1 {
		return nil, fmt.Errorf("traffic: Options.Buyers %d must be positive, Block %d 1 to 100, Baskets %d positive (选项超出范围)",
			o.Buyers, o.Block, o.Baskets)
	}
	g := &Gen{
		seed: o.Seed, day: o.Day, dayText: []byte(dayText(o.Day)), buyers: uint64(o.Buyers), block: uint64(o.Block),
		basketsPerRoute: o.Baskets, tax: o.Tax, placeholder: !o.Unsigned,
		zone: Zone(o.Place, o.Seed), goods: loadCatalogue(),
	}
	g.places = g.goods.places
	first := clock.NewDay(1966, 1, 1)
	for i := range idBirthdays {
		g.birthdays = append(g.birthdays, int32(first.AddDays(i)))
	}
	g.routes = g.newRoutes(o.Modes)
	if len(g.routes) == 0 {
		return nil, fmt.Errorf("traffic: Options.Modes has no positive weight (业务模式权重均为零)")
	}
	g.newTemplates()
	return g, nil
}

// Zone is the zone in which the traffic runs: that of [Zone] for place and seed.
func (g *Gen) Zone() *ZoneData { return g.zone }

// Routes are the business relations in use; do not alter.
func (g *Gen) Routes() []*Route { return g.routes }

// Day is the day of the traffic.
func (g *Gen) Day() clock.Day { return g.day }

// Parcel is one parcel with its documents, spelt out.
type Parcel struct {
	Index     uint64
	Route     *Route
	Basket    *Basket
	Buyer     Person
	Consignee Person
	OrderNo   string
	PaymentNo string
	WaybillNo string
	CopNo     string
	Second    int // of the day, at which the order was sent

	Order    Document
	Payment  *Document // nil for exports from 2024-12-15 on (RULES B1)
	Waybill  Document
	List     Document
	Status   *Document // import: signed for (513), hours after release
	Arrival  *Document // export: 507 of this waybill alone
	Departed *Document // export: 509 of this waybill alone
}

// Documents lists the documents in the order of their times.
func (p *Parcel) Documents() []*Document {
	var list []*Document
	for _, d := range []*Document{&p.Order, p.Payment, &p.Waybill, &p.List, p.Status, p.Arrival, p.Departed} {
		if d != nil {
			list = append(list, d)
		}
	}
	return list
}

// Parcel spells parcel i out. Parcels are independent of each other and of the
// order of calls.
func (g *Gen) Parcel(i uint64) *Parcel {
	st := g.stamp(i)
	p := &Parcel{
		Index: i, Route: st.route, Basket: st.basket, Buyer: g.Person(st.buyer), Consignee: g.Person(st.consignee),
		Second: int(st.second),
	}
	f := g.facts(st)
	p.OrderNo, p.PaymentNo, p.WaybillNo, p.CopNo = f.v[slotOrderNo], f.v[slotPayNo], f.v[slotWaybillNo], f.v[slotCopNo]
	p.Order, p.Waybill, p.List = g.build(st, stepOrder), g.build(st, stepWaybill), g.build(st, stepList)
	if g.HasPayment(st.route.Import) {
		d := g.build(st, stepPayment)
		p.Payment = &d
	}
	if st.route.Import {
		d := g.build(st, stepStatus)
		p.Status = &d
		return p
	}
	arrival, departed := g.movement(stepArrival, i, 1), g.movement(stepDeparture, i, 1)
	p.Arrival, p.Departed = &arrival, &departed
	return p
}

// build makes one document of a parcel field by field.
func (g *Gen) build(st stamp, s step) Document {
	st.step = s
	return g.facts(st).document(s)
}

// HasPayment tells whether parcels of the direction have a payment document on
// the generator's day: imports always, exports before 2024-12-15 (GACC 2024
// No.167 art.2).
func (g *Gen) HasPayment(imports bool) bool { return imports || g.day < 20241215 }

// Kind gives the kind of message that carries a document of parcel i: order,
// payment, waybill and list have other kinds for imports and exports.
func (g *Gen) Kind(i uint64, importKind ceb.Kind) ceb.Kind {
	s := shapeOf(importKind)
	if s == nil {
		return 0
	}
	return kindOf(s.step, g.routeOf(i).Import)
}

func (g *Gen) routeOf(i uint64) *Route { return g.routes[i/g.block%uint64(len(g.routes))] }
