package demo

import (
	"context"
	"fmt"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// grounds are parks of the demonstration: the first meets the conditions of seed
// 001 (5), the second misses area and tenants, the third has hardly begun.
var grounds = []struct {
	id      string
	title   pack.Text
	area    int64
	tenants int
	ready   bool
}{
	{"demo-park-east", pack.Text{ZH: "示范跨境电商产业园（东区）", EN: "Demonstration park, east"}, 52_000, 26, true},
	{"demo-park-west", pack.Text{ZH: "示范跨境电商产业园（西区）", EN: "Demonstration park, west"}, 3_800, 12, true},
	{"demo-park-new", pack.Text{ZH: "示范新建产业园", EN: "Demonstration park under way"}, 9_000, 2, false},
}

// parks makes parks with tenants, a belt with members, a centre that shows goods,
// an incubator and a warehouse abroad.
func (d *Demo) parks(ctx context.Context) error {
	office := access.With(ctx, access.System())
	county := d.gen.Zone().Place.Counties[0]
	operator := d.orgs[parkOrg]
	from := d.Day.AddDays(-500)
	for k, g := range grounds {
		c := park.Change{Place: park.Place{ID: g.id, Kind: park.Park, Title: g.title, Org: operator, County: county, At: d.spot(k), Area: g.area, Opened: from, Industry: pack.Text{ZH: "跨境电商", EN: "cross-border e-commerce"}}}
		if g.ready {
			c.Facilities, c.Services, c.OneStop = []string{"storage", "office", "meeting-room"}, []string{"clearance", "logistics", "tax"}, true
		}
		if err := d.place(office, c, g.ready); err != nil {
			return err
		}
		for _, e := range d.gen.Zone().Enterprises[k*3 : k*3+g.tenants] {
			if err := d.join(ctx, park.Offer{Place: g.id, Enterprise: e.Code, Since: from, Space: 300}, e, k == 0); err != nil {
				return err
			}
		}
	}
	return d.belt(ctx, office)
}

// spot is a point near the zone's city.
func (d *Demo) spot(k int) park.Point {
	at := d.gen.Zone().Place
	return park.Point{Lat: at.Lat + int64(k)*31_000 - 20_000, Lon: at.Lon + int64(k*k)*17_000}
}

// place enters a place, and holds it against its papers if they are in order.
func (d *Demo) place(office context.Context, c park.Change, reviewed bool) error {
	p, err := d.Zone.Park.Put(office, c)
	if err == nil && reviewed {
		p, err = d.Zone.Park.Review(office, p.ID, p.Revision, "产权证与现场核验")
	}
	if err == nil && p.State != park.Open {
		_, err = d.Zone.Park.Move(office, p.ID, p.Revision, park.Open, "投入运营")
	}
	if err != nil {
		return fmt.Errorf("place %s (场所): %w", c.ID, err)
	}
	return nil
}

// join lets an enterprise become a member of a place; it says whether its figures
// may be seen there.
func (d *Demo) join(ctx context.Context, o park.Offer, e traffic.Enterprise, share bool) error {
	m, err := d.Zone.Park.Add(access.With(ctx, access.System()), o)
	if err != nil {
		return fmt.Errorf("offer of %s to %s (入驻): %w", o.Place, e.Name, err)
	}
	own := access.With(ctx, &access.Principal{ID: "system", Org: d.orgs[e.Name], Codes: []string{e.Code, e.USCC}, Roles: []access.Role{access.Clerk, access.Manager}})
	if _, err = d.Zone.Park.Answer(own, park.Answer{Number: m.Number, Was: m.Revision, Yes: true, Share: share, Publish: true}); err != nil {
		return fmt.Errorf("answer of %s to %s (入驻): %w", e.Name, o.Place, err)
	}
	return nil
}

// belt makes a belt of more than 20 suppliers that trade over a billion, and the
// places that hang on it.
func (d *Demo) belt(ctx, office context.Context) error {
	const belt = "demo-belt"
	from, all := d.Day.AddDays(-500), d.gen.Zone().Enterprises
	county, second := d.gen.Zone().Place.Counties[0], d.gen.Zone().With(traffic.Merchant)[1]
	err := d.place(office, park.Change{Place: park.Place{ID: belt, Kind: park.Belt, Title: pack.Text{ZH: "示范家居用品产业带", EN: "Demonstration belt of household goods"}, County: county, Opened: from, Industry: pack.Text{ZH: "家居用品", EN: "household goods"}}}, false)
	if err != nil {
		return err
	}
	for _, e := range all[:22] {
		if err := d.join(ctx, park.Offer{Place: belt, Enterprise: e.Code, Since: from, Note: "家居用品"}, e, true); err != nil {
			return err
		}
	}
	for _, c := range []park.Change{
		{Place: park.Place{ID: "demo-centre", Kind: park.Centre, Title: pack.Text{ZH: "示范展示选品中心", EN: "Demonstration selection centre"}, Org: d.orgs[parkOrg], County: county, At: d.spot(3), Area: 1_200, Parent: grounds[0].id, Opened: from}},
		{Place: park.Place{ID: "demo-incubator", Kind: park.Incubator, Title: pack.Text{ZH: "示范孵化中心", EN: "Demonstration incubator"}, Org: d.orgs[parkOrg], Enterprise: second.Code, County: county, Area: 800, Parent: grounds[0].id, Opened: from}},
		{Place: park.Place{ID: "demo-warehouse", Kind: park.Overseas, Title: pack.Text{ZH: "示范北美海外仓", EN: "Demonstration warehouse in North America"}, Enterprise: second.Code, Country: "502", Area: 6_000, SelfBuilt: true, SelfUsed: true, Opened: from}},
	} {
		if err := d.place(office, c, true); err != nil {
			return err
		}
	}
	for _, e := range all[6:18] {
		if err := d.join(ctx, park.Offer{Place: "demo-incubator", Enterprise: e.Code, Since: d.Day.AddDays(-1)}, e, true); err != nil {
			return err
		}
	}
	for k, g := range []struct {
		title, hs, unit string
		price           int64
	}{{"不锈钢保温杯 500ml", "96170011", "个", 6_900}, {"纯棉四件套", "63021090", "套", 25_900}, {"户外折叠椅", "94017900", "把", 12_900}} {
		_, err := d.Zone.Park.Display(office, park.Goods{Place: "demo-centre", Belt: belt, Factory: all[k].Code, Maker: all[k].Name, Title: g.title, HS: g.hs, Price: money.Fen(g.price), Unit: g.unit, Online: true, Since: from})
		if err != nil {
			return fmt.Errorf("goods on display (展品): %w", err)
		}
	}
	return nil
}
