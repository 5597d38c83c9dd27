package demo

import (
	"context"
	"fmt"
	"time"

	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/growth/cultivation/attract"
	"pilotzone/internal/growth/cultivation/booking"
	"pilotzone/internal/growth/cultivation/event"
	"pilotzone/internal/growth/cultivation/fair"
	"pilotzone/internal/growth/cultivation/matching"
	"pilotzone/internal/growth/cultivation/repository"
	"pilotzone/internal/growth/cultivation/talent"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/directory"
)

// cultivation fills what an office of commerce works with: leads, a fair, events,
// rooms that can be booked, vacancies, demand and offers, providers.
func (d *Demo) cultivation(ctx context.Context) error {
	office, operator := access.With(ctx, d.persons["commerce"]), access.With(ctx, d.persons["park"])
	for _, fill := range []struct {
		what string
		do   func(context.Context) error
		as   context.Context
	}{
		{"leads 招引项目", d.leads, office}, {"fair 展会", d.fair, office}, {"events 活动", d.events, operator}, {"rooms 预约", d.rooms, operator}, {"vacancies 岗位", d.vacancies, ctx},
		{"demand and offers 供需", d.market, ctx}, {"repository 企业库", d.repository, office}, {"providers 服务商", d.providers, office}, {"tasks 任务", d.tasks, office},
	} {
		if err := fill.do(fill.as); err != nil {
			return fmt.Errorf("%s: %w", fill.what, err)
		}
	}
	return nil
}

// leads stand at three stages of the pipeline.
func (d *Demo) leads(ctx context.Context) error {
	county := d.gen.Zone().Place.Counties[0]
	for _, v := range []struct {
		attract.Project
		to []attract.Stage
	}{
		{attract.Project{Company: "示范跨国零售集团", Country: "502", Kind: "functional-hq", Size: 20_000_000_000, County: county, Leading: true, Fortune: true, NextStep: "实地考察", NextDay: d.Day.AddDays(12)}, []attract.Stage{attract.Talks}},
		{attract.Project{Company: "示范跨境物流服务商", Kind: attract.Provider, Size: 800_000_000, County: county, NextStep: "协议文本", NextDay: d.Day.AddDays(3)}, []attract.Stage{attract.Talks, attract.Signed}},
		{attract.Project{Company: "示范直播电商平台", Kind: "platform", Size: 1_500_000_000, County: county}, nil},
	} {
		p, err := d.Zone.Cultivation.Attract.Save(ctx, v.Project)
		if err != nil {
			return err
		}
		for _, stage := range v.to {
			if _, err := d.Zone.Cultivation.Attract.Move(ctx, p.ID, attract.Move{Stage: stage, Take: true, Note: "演示"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// fair has fewer booths than those who ask for them.
func (d *Demo) fair(ctx context.Context) error {
	f, err := d.Zone.Cultivation.Fairs.Open(ctx, fair.Fair{Title: "示范跨境电商交易会", Place: "示范会展中心", Starts: d.Day.AddDays(40), Ends: d.Day.AddDays(43), Opens: d.today(), Closes: d.Day.AddDays(15), Card: "fair-booths",
		Categories: []fair.Category{{ID: "home", Title: "家居用品", Booths: 3, Fee: 1_200_000}, {ID: "outdoor", Title: "户外用品", Booths: 2, Fee: 1_200_000}}})
	if err != nil {
		return err
	}
	for i, e := range d.gen.Zone().With(traffic.Merchant)[:6] {
		if _, err := d.Zone.Cultivation.Fairs.Apply(access.With(ctx, d.seller(e)), f.ID, fair.Ask{Category: []string{"home", "outdoor"}[i%2], Booths: 1, Goods: "家居与户外用品"}); err != nil {
			return err
		}
	}
	return nil
}

// hour is a time some days after the day of the traffic, as the platform stores it.
func (d *Demo) hour(days, hour int) int64 {
	return d.Day.AddDays(days).Time().Add(time.Duration(hour) * time.Hour).UnixMicro()
}

func (d *Demo) events(ctx context.Context) error {
	for i, v := range []event.Event{
		{Kind: "salon", Title: "企业家沙龙：关税与合规", Place: "园区报告厅", Summary: "通关、税务、外汇、法务、人才部门现场答疑。", Capacity: 60},
		{Kind: "job-fair", Title: "跨境电商专场招聘会", Place: "园区大厅", Summary: "运营、直播、报关、小语种岗位。", Capacity: 300},
		{Kind: "contest", Title: "创新创业大赛（初赛）", Place: "孵化中心", Summary: "面向高校毕业生与初创团队。", Capacity: 40},
	} {
		v.Starts, v.Ends, v.Closes = d.hour(6+i*4, 14), d.hour(6+i*4, 17), d.hour(5+i*4, 18)
		made, err := d.Zone.Cultivation.Events.Hold(ctx, v)
		if err != nil {
			return err
		}
		for _, login := range []string{"clerk", "agent"} {
			if _, err := d.Zone.Cultivation.Events.Register(access.With(ctx, d.persons[login]), made.ID, "", d.persons[login].Name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Demo) rooms(ctx context.Context) error {
	for _, r := range []booking.Resource{
		{Kind: booking.Workstation, Title: "免租工位", Place: "孵化中心二层", Seats: 12, Slot: 240},
		{Kind: booking.LiveRoom, Title: "共享直播间", Place: "孵化中心三层", Seats: 1, Slot: 60},
		{Kind: booking.Mentor, Title: "企业导师：海外营销", Place: "孵化中心", Seats: 1, Slot: 30},
	} {
		r.Opens, r.Closes, r.Weekdays, r.Ahead, r.CancelHours, r.MostSlots, r.Active = 9*60, 17*60, 62, 60, 2, 4, true
		made, err := d.Zone.Cultivation.Bookings.Save(ctx, r)
		if err != nil {
			return err
		}
		day := d.Day.AddDays(1)
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			day = day.AddDays(1)
		}
		_, err = d.Zone.Cultivation.Bookings.Book(access.With(ctx, d.persons["clerk"]), booking.Ask{Resource: made.ID, Starts: day.Time().Add(9 * time.Hour).UnixMicro(), Slots: 1, Purpose: "新品直播"})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) vacancies(ctx context.Context) error {
	for i, e := range d.gen.Zone().With(traffic.Merchant)[:3] {
		v := talent.Vacancy{Title: []string{"跨境运营专员", "西班牙语主播", "关务专员"}[i], Place: d.gen.Zone().Place.Counties[0], Skills: [][]string{{"运营"}, {"直播"}, {"关务"}}[i], Languages: [][]string{{"en"}, {"es"}, {"en"}}[i],
			People: int64(2 + i), SalaryFrom: 600_000, SalaryTo: 1_200_000, Until: d.Day.AddDays(60)}
		if _, err := d.Zone.Cultivation.Talent.Offer(access.With(ctx, d.seller(e)), v); err != nil {
			return err
		}
	}
	return nil
}

// market is demand of a platform and offers of two sellers, one of which fits.
func (d *Demo) market(ctx context.Context) error {
	sellers := d.gen.Zone().With(traffic.Merchant)
	for i, l := range []matching.Listing{
		{Side: matching.Demand, Title: "求购不锈钢保温杯", HS: "961700", Quantity: 20_000, Unit: "个", PriceFrom: 2_000, PriceTo: 3_500, Certificates: []string{"FDA"}, Country: "502", Delivery: d.Day.AddDays(60), Contact: "采购部 0373-3330001"},
		{Side: matching.Offer, Title: "不锈钢保温杯现货", HS: "96170011", Quantity: 50_000, Unit: "个", PriceFrom: 2_600, Certificates: []string{"FDA", "CE"}, Delivery: d.Day.AddDays(20), Contact: "销售部 0373-3330002"},
		{Side: matching.Offer, Title: "户外折叠椅", HS: "94017900", Quantity: 8_000, Unit: "把", PriceFrom: 5_500, Delivery: d.Day.AddDays(30), Contact: "销售部 0373-3330003"},
	} {
		l.Until = d.Day.AddDays(90)
		if _, err := d.Zone.Cultivation.Matching.List(access.With(ctx, d.seller(sellers[i])), l); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) repository(ctx context.Context) error {
	r := d.Zone.Cultivation.Repository
	if _, err := r.Compute(access.With(ctx, access.System())); err != nil {
		return err
	}
	for _, e := range d.gen.Zone().With(traffic.Merchant)[:3] {
		if err := r.Assign(ctx, e.Code, d.persons["commerce"].ID); err != nil {
			return err
		}
		if err := r.Visited(ctx, e.Code, repository.Visit{Day: d.today(), Kind: "visit", Note: "走访了解海外仓与认证进展", NextDay: d.Day.AddDays(30)}); err != nil {
			return err
		}
	}
	return nil
}

// providers are the carriers and brokers of the zone, and some that stand in
// other directories.
func (d *Demo) providers(ctx context.Context) error {
	office := access.With(ctx, access.System())
	for _, v := range []struct {
		kind  traffic.Role
		does  string
		words string
	}{{traffic.Logistics, "logistics", "国际小包、专线与末端派送，支持退换货。"}, {traffic.Agent, "clearance", "进出口报关与申报辅导，支持 9610、1210、9710、9810。"}} {
		for _, e := range d.gen.Zone().With(v.kind)[:2] {
			in := directory.Entering{Directory: "service-providers", Owner: e.Code, Submit: true, Fields: map[string]any{"name": e.Name, "kinds": []any{v.does}, "summary": v.words, "markets": "北美、欧洲", "contact_phone": "0373-3330008"}}
			if _, err := d.Zone.Directory.Put(office, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// tasks are reported by the office for the first tasks of the zone's plan.
func (d *Demo) tasks(ctx context.Context) error {
	rules, err := d.Zone.Plan.Rules()
	if err != nil {
		return err
	}
	for _, p := range rules.Plans {
		standing, err := d.Zone.Plan.Tasks(ctx, p.ID)
		if err != nil {
			return err
		}
		for i, t := range standing[:min(3, len(standing))] {
			if _, err := d.Zone.Plan.Report(ctx, p.ID, plan.Report{Task: t.Task.ID, State: plan.Working, Percent: int64(30 + 20*i), Note: "按计划推进"}); err != nil {
				return err
			}
		}
	}
	return nil
}
