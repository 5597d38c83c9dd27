package traffic

import (
	"fmt"

	"pilotzone/internal/kernel/money"
)

// Mode is a supervision mode (监管方式) with its direction.
type Mode struct {
	Code   string // tradeMode: 9610, 1210, 1239, 9710, 9810
	Import bool
}

// String gives for example "I1210" or "E9710".
func (m Mode) String() string {
	if m.Import {
		return "I" + m.Code
	}
	return "E" + m.Code
}

// The modes of the zone.
var (
	Import9610 = Mode{"9610", true}  // 直购进口
	Import1210 = Mode{"1210", true}  // 保税进口
	Import1239 = Mode{"1239", true}  // 保税电商A
	Export9610 = Mode{"9610", false} // 一般出口
	Export1210 = Mode{"1210", false} // 特殊区域出口
	Export9710 = Mode{"9710", false} // B2B直接出口
	Export9810 = Mode{"9810", false} // 出口海外仓
)

// Share is the share of a mode in the traffic, as a weight.
type Share struct {
	Mode   Mode
	Weight int
}

// AllModes is the mix of the demonstration: two thirds imports, and exports in
// all four modes.
func AllModes() []Share {
	return []Share{
		{Import1210, 14}, {Import9610, 8}, {Import1239, 4},
		{Export9610, 7}, {Export1210, 2}, {Export9710, 3}, {Export9810, 2},
	}
}

// ImportModes is the mix of the speed measurements: import parcels of four
// documents.
func ImportModes() []Share {
	return []Share{{Import1210, 20}, {Import9610, 12}, {Import1239, 8}}
}

// Route is a standing business relation: who sells, pays, carries, declares and
// guarantees, in which mode. All parcels of a block share one, so that a message
// of many documents has one sender.
type Route struct {
	Number    int
	Mode      string
	Import    bool
	Platform  *Enterprise // nil when a foreign platform without a code sells (export)
	Merchant  *Enterprise
	Payment   *Enterprise // import, and export before 2024-12-15
	Logistics *Enterprise
	Agent     *Enterprise
	Warehouse *Enterprise // bonded modes
	Operator  *Enterprise // export: sends the arrival
	Guarantor *Enterprise // import: the merchant or the carrier, as assureCode

	PlatformCode string // as written in the messages: 无 for a foreign platform
	PlatformName string
	Customs      string // customsCode
	Port         string // portCode
	TrafMode     string
	Country      string // import: dispatch (起运国), export: arrival and destination
	Currency     string
	POD          string // export: port of destination (指运港)
	OrderType    string // I, E, B, W
	Statistics   string // export: A simplified, B summary (申报业务类型)
	WrapType     string

	Baskets []*Basket
}

// destination is a country with a port and the money it pays in.
type destination struct{ country, pod, currency string }

var destinations = []destination{
	{"502", "3154", "502"}, {"303", "3419", "303"}, {"304", "2110", "300"}, {"133", "1480", "502"},
	{"116", "1354", "502"}, {"601", "3266", "601"}, {"344", "2672", "142"}, {"136", "1497", "142"},
}

// origins of direct purchases: country of dispatch.
var origins = []string{"133", "116", "304", "601", "502", "303"}

var foreignPlatforms = []string{"示范境外电商平台甲", "示范境外电商平台乙", "示范境外电商平台丙"}

// newRoutes makes as many routes as the weights say, in a fixed interleaving.
func (g *Gen) newRoutes(modes []Share) []*Route {
	var order []Mode
	for rest, left := append([]Share(nil), modes...), true; left; {
		left = false
		for i := range rest {
			if rest[i].Weight > 0 {
				rest[i].Weight--
				order = append(order, rest[i].Mode)
				left = true
			}
		}
	}
	rg := newRNG(g.seed, domainRoute, 0)
	for i := len(order) - 1; i > 0; i-- {
		j := rg.below(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	var routes []*Route
	for n, m := range order {
		routes = append(routes, g.newRoute(n, m))
	}
	return routes
}

func (g *Gen) newRoute(n int, m Mode) *Route {
	rg := newRNG(g.seed, domainRoute, uint64(n)+1)
	pick := func(role Role) *Enterprise {
		list := g.zone.With(role)
		return list[rg.below(len(list))]
	}
	r := &Route{Number: n, Mode: m.Code, Import: m.Import, Customs: g.zone.Place.District, WrapType: "2"}
	r.Platform, r.Merchant, r.Logistics = pick(Platform), pick(Merchant), pick(Logistics)
	r.Payment, r.Agent, r.Operator = pick(Payment), pick(Agent), pick(Operator)
	if m.Code == "1210" || m.Code == "1239" {
		r.Warehouse = pick(Warehouse)
	}
	r.PlatformCode, r.PlatformName = r.Platform.Code, r.Platform.Name
	if m.Import {
		g.fillImport(r, rg)
	} else {
		g.fillExport(r, rg)
	}
	for i := range g.basketsPerRoute {
		b := g.drawBasket(r, i)
		b.index = n*g.basketsPerRoute + i
		r.Baskets = append(r.Baskets, b)
	}
	return r
}

func (g *Gen) fillImport(r *Route, rg *rng) {
	r.Guarantor = r.Logistics
	if r.Merchant.Kinds.Has(Guarantor) {
		r.Guarantor = r.Merchant
	}
	r.OrderType, r.Currency = "I", "142"
	switch r.Mode {
	case "9610": // by air
		r.Port, r.TrafMode, r.Country = g.zone.Place.Air, "5", origins[rg.below(len(origins))]
	case "1210": // out of the bonded area, FORMATS 621 no. 39: country 142
		r.Port, r.TrafMode, r.Country = g.zone.Place.Bonded, "Y", "142"
	default: // 1239: out of the bonded logistics centre
		r.Port, r.TrafMode, r.Country = g.zone.Place.Centre, "W", "142"
	}
}

func (g *Gen) fillExport(r *Route, rg *rng) {
	d := destinations[rg.below(len(destinations))]
	r.Country, r.POD, r.Currency = d.country, d.pod, d.currency
	r.Port, r.TrafMode = g.zone.Place.Air, "5"
	r.Statistics = "B"
	switch r.Mode {
	case "9610":
		r.OrderType = "E"
		if rg.percent(60) {
			r.Statistics = "A"
		}
	case "1210":
		r.OrderType, r.Port = "E", g.zone.Place.Bonded
	case "9710":
		r.OrderType, r.Statistics = "B", "A"
	case "9810":
		r.OrderType, r.Statistics = "W", "A"
		r.PlatformName = fmt.Sprintf("示范海外仓%s号", numerals[rg.below(5)])
	}
	if r.Mode != "1210" && rg.percent(50) { // FORMATS section 7: a foreign platform has no code
		r.Platform, r.PlatformCode = nil, "无"
		if r.Mode != "9810" {
			r.PlatformName = foreignPlatforms[rg.below(len(foreignPlatforms))]
		}
	}
}

// sellingPrice is the filed price; in other money than yuan a seventh of it in
// whole cents.
func (r *Route) sellingPrice(good *Good) money.Fen {
	if r.Currency == "142" {
		return good.Price
	}
	return max(good.Price/7, 1)
}

// basketLimit keeps ordinary baskets within the limit of the channel: 5,000
// yuan less freight, and 500 units of other money, whatever its rate.
func (r *Route) basketLimit() money.Fen {
	if r.Currency == "142" {
		return 480_000
	}
	return 50_000
}
