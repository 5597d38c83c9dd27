// Package figures joins the rooms of cultivation to the figures of subjects: it
// scores enterprises by the cards of the packs, and gives the figures that the
// rooms know (leading enterprises attracted, deals, talent, booth fees) to package
// fact, each with origins that open.
package figures

import (
	"context"
	"sync"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/scorecard"
)

// Figures gives the figures of a subject to programs of the house, and the facts of
// a set as variables; *fact.Service is one.
type Figures interface {
	FiguresIn(ctx context.Context, who fact.Subject, year int) (fact.Figures, error)
	FiguresOf(ctx context.Context, year int) (map[string]fact.Figures, error)
	Env(set *pack.Set) (*rule.Env, error)
}

// NewBulkScorer scores all filed enterprises at once by the cards of the set in
// force, by code.
func NewBulkScorer(f Figures, rules func() *pack.Set, c clock.Clock) func(ctx context.Context, card string, year int) (map[string]*cultivation.Score, error) {
	cards := &cards{figures: f, byID: map[string]*scorecard.Card{}}
	return func(ctx context.Context, card string, year int) (map[string]*cultivation.Score, error) {
		compiled, err := cards.of(rules(), card, clock.DayOf(c.Now()))
		if err != nil {
			return nil, err
		}
		all, err := f.FiguresOf(ctx, year)
		if err != nil {
			return nil, err
		}
		out := make(map[string]*cultivation.Score, len(all))
		for code, figures := range all {
			out[code] = ScoreOf(compiled, figures.Facts())
		}
		return out, nil
	}
}

// NewScorer scores by the cards of the set in force.
func NewScorer(f Figures, rules func() *pack.Set, c clock.Clock) cultivation.Scorer {
	cards := &cards{figures: f, byID: map[string]*scorecard.Card{}}
	return func(ctx context.Context, card, enterprise string, year int) (*cultivation.Score, error) {
		compiled, err := cards.of(rules(), card, clock.DayOf(c.Now()))
		if err != nil {
			return nil, err
		}
		figures, err := f.FiguresIn(ctx, fact.Subject{Kind: fact.Enterprise, ID: enterprise}, year)
		if err != nil {
			return nil, err
		}
		return ScoreOf(compiled, figures.Facts()), nil
	}
}

// cards keeps the compiled cards of the set in force.
type cards struct {
	figures Figures
	mu      sync.Mutex
	set     *pack.Set
	day     clock.Day
	byID    map[string]*scorecard.Card
}

func (c *cards) of(set *pack.Set, id string, day clock.Day) (*scorecard.Card, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.set != set || c.day != day {
		c.set, c.day, c.byID = set, day, map[string]*scorecard.Card{}
	}
	if card := c.byID[id]; card != nil {
		return card, nil
	}
	item, ok := set.Item(scorecard.Kind, id, day)
	if !ok {
		return nil, cultivation.ErrNoCard
	}
	env, err := c.figures.Env(set)
	if err != nil {
		return nil, err
	}
	card, err := scorecard.Compile(item, env)
	if err == nil {
		c.byID[id] = card
	}
	return card, err
}

// ScoreOf is what a card makes of some facts, as it is kept and shown.
func ScoreOf(c *scorecard.Card, facts rule.Facts) *cultivation.Score {
	r := c.Score(facts)
	out := &cultivation.Score{Card: c.ID, Pack: c.Item.Pack, Source: c.Item.Source.String(), Mark: c.Item.Mark.String(), Points: r.Points, Of: r.Of, Grade: r.Grade, Title: cultivation.Said(r.GradeTitle), Lines: []cultivation.ScoreLine{}}
	for _, l := range r.Lines {
		line := cultivation.ScoreLine{ID: l.ID, Title: cultivation.Said(l.Title), Weight: l.Weight, Points: l.Points, Known: l.Known, Working: l.Working}
		if l.Known {
			line.Have = l.Have.String()
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}
