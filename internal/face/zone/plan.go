package zone

import (
	"context"
	"fmt"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/listing"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/growth/policy/award"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// newPlan makes plans and assessments, and the sums over enterprises that
// counties and the zone are judged by.
func (z *Zone) newPlan() {
	c := &z.Config
	z.Sums = &plan.Source{Figures: z.Facts, Registry: z.Registry, Clock: c.Clock, Book: z.Facts.Book}
	z.Facts.Add(z.Sums)
	z.Plan = plan.New(plan.Config{DB: z.Store.Services, Clock: c.Clock, Audit: z.Audit, Rules: z.Set, Figures: z.Facts,
		Subjects: map[fact.Kind]func(context.Context) ([]plan.Named, error){
			fact.Park: z.placesOf(park.Park), fact.Belt: z.placesOf(park.Belt), fact.Warehouse: z.placesOf(park.Overseas, park.Consolidation), fact.Brand: z.brands,
		}})
}

// placesOf lists the open places of some kinds.
func (z *Zone) placesOf(kinds ...park.Kind) func(context.Context) ([]plan.Named, error) {
	return func(ctx context.Context) (out []plan.Named, err error) {
		ctx = access.With(ctx, access.System())
		for after := ""; ; {
			list, err := z.Park.List(ctx, park.Query{Kinds: kinds, State: park.Open, After: after, Limit: 500})
			if err != nil || len(list) == 0 {
				return out, err
			}
			for _, p := range list {
				out = append(out, plan.Named{ID: p.ID, Title: p.Title})
			}
			after = list[len(list)-1].ID
		}
	}
}

// brands lists the brands that are entered.
func (z *Zone) brands(ctx context.Context) (out []plan.Named, err error) {
	list, err := z.Directory.Records(ctx, listing.Brands, "", clock.DayOf(z.Config.Clock.Now()))
	for i := range list {
		out = append(out, plan.Named{ID: list[i].ID, Title: pack.Text{ZH: list[i].Name, EN: list[i].Name}})
	}
	return out, err
}

// recordPlans keeps what was reached of the targets, every six hours: the last
// look of a month stays.
func (z *Zone) recordPlans(ctx context.Context) error {
	for {
		if _, err := z.Plan.Record(ctx); err != nil && ctx.Err() == nil {
			z.Config.Log.Warn("the progress of plans was not kept (方案进展未能记录)", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(6 * time.Hour):
		}
	}
}

// WarehouseTerms are the terms of the support of public overseas warehouses:
// those of the packs in force, otherwise those of the shipped pack of Hunan,
// whose text lays them down.
func (z *Zone) WarehouseTerms() (award.Terms, error) {
	today := clock.DayOf(z.Config.Clock.Now())
	if t, ok := award.TermsOf(z.Set(), today); ok {
		return t, nil
	}
	return ShippedWarehouseTerms(today)
}

// ShippedWarehouseTerms are the terms in the shipped pack of Hunan on a day.
func ShippedWarehouseTerms(day clock.Day) (award.Terms, error) {
	book, err := LoadPacks([]string{"national", "hunan"})
	if err != nil {
		return award.Terms{}, err
	}
	t, ok := award.TermsOf(book.Set(), day)
	if !ok {
		return t, fmt.Errorf("the pack hunan has no terms of %s for public overseas warehouses (规则包 hunan 当日没有公共海外仓支持标准)", day)
	}
	return t, nil
}
