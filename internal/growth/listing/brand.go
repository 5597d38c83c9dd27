package listing

import (
	"context"
	"fmt"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/scorecard"
	"pilotzone/internal/kernel/store"
)

// Evaluation is a brand held against the published card (品牌评价).
type Evaluation struct {
	Card    *scorecard.Card
	Year    int // of the figures: the last whole one
	Result  scorecard.Result
	Figures fact.Figures
}

// cardID is the card by which brands are evaluated; a zone's pack may lay down
// its own.
const cardID = "brand-evaluation"

// recognised is the grade that recognition needs.
const recognised = "recognised"

// Evaluate holds a brand against the card in force; nil if there is no card.
func (s *Service) Evaluate(ctx context.Context, brand string) (*Evaluation, error) {
	set, today := s.c.Rules(), clock.DayOf(s.c.Clock.Now())
	item, ok := set.Item(scorecard.Kind, cardID, today)
	if !ok {
		return nil, nil
	}
	env, err := s.c.Facts.Env(set)
	if err != nil {
		return nil, err
	}
	card, err := scorecard.Compile(item, env)
	if err != nil {
		return nil, err
	}
	year := today.Year() - 1
	figures, err := s.c.Facts.FiguresIn(ctx, fact.Subject{Kind: fact.Brand, ID: brand}, year)
	if err != nil {
		return nil, err
	}
	return &Evaluation{Card: card, Year: year, Result: card.Score(figures.Facts()), Figures: figures}, nil
}

// Guards are what steps of matters may name: "brand-score" lets a recognition
// pass whose brand reaches the grade for it (the cultivation list has one of its
// own).
func (s *Service) Guards() map[string]matter.Guard {
	return map[string]matter.Guard{"brand-score": func(ctx context.Context, _ *store.Tx, m *matter.Matter) error {
		id, _ := m.Form["brand"].(string)
		v, err := s.Evaluate(ctx, id)
		if err != nil || v == nil || v.Result.Grade == recognised || v.Result.Grade != "" && m.Form["grade"] == v.Result.Grade {
			return err
		}
		points := scorecard.Points(v.Result.Points)
		return directory.Problems{{Code: "score", Field: "brand", ZH: fmt.Sprintf("品牌评价%s分，未达所申请级别的档次（%d年度）", points, v.Year), EN: fmt.Sprintf("the brand scores %s, below the grade for recognition (figures of %d)", points, v.Year),
			FixZH: "补充商标、认证或销售额佐证，或不予认定", FixEN: "have trademarks, certificates or turnover entered, or refuse it"}}
	}}
}
