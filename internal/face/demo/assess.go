package demo

import (
	"context"
	"errors"
	"fmt"

	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/access"
)

// cards are the score cards by which the demonstration assesses this year; a
// zone has those that its packs publish.
var cards = []plan.Start{
	{Card: "park-yearly"},
	{Card: "county-assessment", Plan: "huaian-2024"},
	{Card: "yearly-goals", Plan: "hunan-2023"},
}

// assess scores parks and counties of the year, has another person confirm the
// results and publishes them, so that objections can be tried.
func (d *Demo) assess(ctx context.Context) error {
	scorer, reviewer := access.With(ctx, d.persons["commerce"]), access.With(ctx, d.persons["admin"])
	for _, start := range cards {
		start.Year = d.today().Year()
		a, err := d.Zone.Plan.Score(scorer, start)
		if errors.Is(err, plan.ErrNotFound) {
			continue
		}
		if err == nil {
			a, err = d.Zone.Plan.Review(reviewer, a.ID, a.Revision)
		}
		if err == nil {
			_, err = d.Zone.Plan.Publish(reviewer, a.ID, a.Revision, d.Day.AddDays(14))
		}
		if err != nil {
			return fmt.Errorf("assessment by %s (考核): %w", start.Card, err)
		}
	}
	return nil
}
