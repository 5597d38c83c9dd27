package cultivation

import "context"

// Score is what a score card of the packs makes of an enterprise, with working.
type Score struct {
	Card   string      `json:"card" doc:"Id of the score card."`
	Pack   string      `json:"pack" doc:"Version of the pack that lays it down."`
	Source string      `json:"source" doc:"Document and clause."`
	Mark   string      `json:"mark" doc:"How far it can be trusted: seen, recalled, inference, design."`
	Points int64       `json:"points" doc:"Thousandths of a point."`
	Of     int64       `json:"of" doc:"Most that can be had, thousandths."`
	Grade  string      `json:"grade,omitempty"`
	Title  Said        `json:"title" doc:"Words of the grade."`
	Lines  []ScoreLine `json:"lines" doc:"The working, an indicator a line."`
}

// ScoreLine is what one indicator gives.
type ScoreLine struct {
	ID      string `json:"id"`
	Title   Said   `json:"title"`
	Weight  int64  `json:"weight"`
	Points  int64  `json:"points"`
	Have    string `json:"have" doc:"The figure; empty: not known."`
	Known   bool   `json:"known"`
	Working string `json:"working"`
}

// Scorer scores an enterprise by a card in force, from its figures of a year.
// Errors: ErrNoCard.
type Scorer func(ctx context.Context, card, enterprise string, year int) (*Score, error)

// ErrNoCard: the packs in force have no card of that name.
var ErrNoCard = Conflict("no_card", "规则包中没有现行的评分卡", "the packs in force have no such score card", "在规则包的 scorecards 中发布评分卡", "publish the card among the scorecards of a pack")
