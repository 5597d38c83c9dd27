package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/scorecard"
	"pilotzone/internal/kernel/store"
)

// AssessState is where an assessment stands (考核状态). Its name is stored.
type AssessState string

// The states of an assessment.
const (
	Scored    AssessState = "scored"    // 已评分
	Reviewed  AssessState = "reviewed"  // 已复核
	Published AssessState = "published" // 公示中: objections are taken
	Final     AssessState = "final"     // 已生效
	Withdrawn AssessState = "withdrawn" // 已撤回
)

// Words are the state's names.
func (a AssessState) Words() (zh, en string) {
	w := map[AssessState][2]string{Scored: {"已评分，待复核", "scored, to be reviewed"}, Reviewed: {"已复核", "reviewed"}, Published: {"公示中", "published, open to objections"},
		Final: {"已生效", "final"}, Withdrawn: {"已撤回", "withdrawn"}}[a]
	return w[0], w[1]
}

// Assessment is one yearly assessment (年度考核) with the card by value.
type Assessment struct {
	ID       string
	Card     string
	Year     int
	Subject  fact.Kind
	Plan     string // whose targets count in it; "" for none
	State    AssessState
	Revision uint64
	Scored   time.Time
	Scorer   string // account
	Reviewer string
	Until    clock.Day // last day for objections; 0: not published
	Fund     money.Fen // 0: none shared
	Floor    int64     // thousandths of the fund that each gets at least
	Setting  Setting
}

// Public tells whether everybody may see it.
func (a *Assessment) Public() bool { return a.State == Published || a.State == Final }

// Setting is the card as it was when the assessment was scored.
type Setting struct {
	Title      pack.Text   `json:"title"`
	Pack       string      `json:"pack"` // version that lays it down
	Source     pack.Source `json:"source"`
	Mark       string      `json:"mark"`
	Purpose    pack.Text   `json:"purpose"`
	Note       pack.Text   `json:"note"`
	Of         int64       `json:"of"` // points that can be had, thousandths
	Item       string      `json:"item"`
	Indicators []Indicator `json:"indicators"`
}

// Indicator is one line of the card.
type Indicator struct {
	ID     string    `json:"id"`
	Title  pack.Text `json:"title"`
	Weight int64     `json:"weight"` // thousandths
	Of     string    `json:"of"`     // fact or expression
	Note   pack.Text `json:"note"`
}

// Result is what one place scored (考核结果), with all that it was scored on.
type Result struct {
	Place   Named
	Points  int64 // thousandths
	Rank    int
	Share   money.Fen // of the fund
	Score   scorecard.Result
	Figures fact.Figures // those that the card uses, as they were; none for whoever sees no single figures
	// Withheld are the lines that the reader does not see: figures among them are made
	// of few enterprises.
	Withheld []string
}

type resultBody struct {
	Title   pack.Text        `json:"title"`
	Score   scorecard.Result `json:"score"`
	Figures fact.Figures     `json:"figures"`
}

// Start is what an assessment is scored on.
type Start struct {
	Card string
	Year int
	Plan string // whose counties are scored and whose targets count; needed for counties
}

// Score scores an assessment and keeps it by value. The caller works on
// assessments. Errors: ErrDenied, ErrNotFound, ErrTaken, a Refusal of a field.
func (s *Service) Score(ctx context.Context, in Start) (*Assessment, error) {
	id := fmt.Sprintf("%s-%d", in.Card, in.Year)
	if err := s.office(ctx, access.AssessWork, "assess.score", "assessment:"+id); err != nil {
		return nil, err
	}
	c, err := s.choose(in)
	if err != nil {
		return nil, err
	}
	results, err := s.score(ctx, c, in)
	if err != nil {
		return nil, err
	}
	a := &Assessment{ID: id, Card: in.Card, Year: in.Year, Subject: fact.Kind(c.Subject), Plan: in.Plan, State: Scored, Revision: 1, Scored: s.now(), Setting: settingOf(c)}
	a.Scorer, _ = actor(ctx)
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if a.ID, err = s.freeID(ctx, tx, id); err != nil {
			return err
		}
		body, err := json.Marshal(a.Setting)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into plan_assessments (id, card, year, subject, plan, state, revision, scored, scorer, reviewer, until, fund, floor, body)
			values ($1, $2, $3, $4, $5, $6, 1, $7, $8, '', 0, 0, 0, $9)`, a.ID, a.Card, a.Year, string(a.Subject), a.Plan, string(a.State), clock.Micros(a.Scored), a.Scorer, body); err != nil {
			return err
		}
		if err := putResults(ctx, tx, a.ID, results); err != nil {
			return err
		}
		return s.acted(ctx, tx, a.ID, "assess.score", fmt.Sprintf("%d", len(results)))
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// choose finds the card and checks the year.
func (s *Service) choose(in Start) (*scorecard.Card, error) {
	r, err := s.Rules()
	if err != nil {
		return nil, err
	}
	c, ok := r.Card(in.Card)
	if !ok {
		return nil, ErrNotFound
	}
	if in.Year < 2015 || in.Year > s.today().Year() {
		return nil, wrong("year", "年度应在 2015 年至今年之间", "the year lies between 2015 and this one", "改正年度", "mend the year")
	}
	return c, nil
}

// freeID is the id, or one with a number behind it where the others before were
// withdrawn.
func (s *Service) freeID(ctx context.Context, tx *store.Tx, id string) (string, error) {
	rows, err := tx.Query(ctx, `select state from plan_assessments where id = $1 or id like $2`, id, id+"-%")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var state string
		if err := rows.Scan(&state); err != nil {
			return "", err
		}
		if n++; AssessState(state) != Withdrawn {
			return "", ErrTaken
		}
	}
	if n > 0 {
		id += fmt.Sprintf("-%d", n+1)
	}
	return id, rows.Err()
}

func settingOf(c *scorecard.Card) Setting {
	out := Setting{Title: c.Title, Pack: c.Item.Pack, Source: c.Item.Source, Mark: c.Item.Mark.String(), Purpose: c.Purpose, Note: c.Note, Of: c.Of, Item: c.Item.YAML()}
	for _, i := range c.Indicators {
		out.Indicators = append(out.Indicators, Indicator{i.ID, i.Title, i.Weight, i.Of, i.Note})
	}
	return out
}

// score computes the results of all places, ranked.
func (s *Service) score(ctx context.Context, c *scorecard.Card, in Start) ([]Result, error) {
	p, places, err := s.places(ctx, c, in)
	if err != nil {
		return nil, err
	}
	l := s.look()
	var out []Result
	for _, place := range places {
		who := fact.Subject{Kind: fact.Kind(c.Subject), ID: place.ID}
		all, err := l.figures(ctx, who, in.Year)
		if err != nil {
			return nil, err
		}
		used := fact.Figures{}
		for _, name := range c.Uses() {
			used[name] = all[name]
		}
		if f, asks := used[targetsMet]; asks && !f.Known && p != nil {
			if used[targetsMet], err = l.met(ctx, p, who, place, in.Year); err != nil {
				return nil, err
			}
		}
		r := Result{Place: place, Figures: used, Score: c.Score(used.Facts())}
		r.Points = r.Score.Points
		out = append(out, r)
	}
	rank(out)
	return out, nil
}

// places are who is scored.
func (s *Service) places(ctx context.Context, c *scorecard.Card, in Start) (*Plan, []Named, error) {
	r, err := s.Rules()
	if err != nil {
		return nil, nil, err
	}
	p, ok := r.Plan(in.Plan)
	if in.Plan != "" && !ok {
		return nil, nil, ErrNotFound
	}
	switch kind := fact.Kind(c.Subject); {
	case kind == fact.County || kind == fact.Place:
		if p == nil {
			return nil, nil, wrong("plan", "请选择方案：由它确定县区与目标", "choose the plan: it says which counties and targets", "选择方案", "choose a plan")
		}
		if kind == fact.County {
			return p, p.Places, nil
		}
		return p, []Named{{ID: p.Zone, Title: r.Title(fact.Subject{Kind: kind, ID: p.Zone})}}, nil
	case s.c.Subjects[kind] == nil:
		return nil, nil, wrong("card", "该评分卡的对象不在考核范围内", "what this card scores is not assessed here", "选择县区、园区或综试区的评分卡", "choose a card of counties, parks or zones")
	default:
		list, err := s.c.Subjects[kind](ctx)
		return p, list, err
	}
}

// targetsMet is the fact that this package knows itself.
const targetsMet = "targets_met_permille"

// met is the share of the targets due in a year that were met: those of every
// county for a county, those of the zone for the zone. Targets whose figure
// nobody knows do not count and are said.
func (l *looker) met(ctx context.Context, p *Plan, who fact.Subject, place Named, year int) (fact.Figure, error) {
	day := min(l.s.today(), clock.NewDay(year, 12, 31))
	known, met, dark := 0, 0, 0
	for _, t := range p.Targets {
		due := t.EveryYear && p.From.Year() <= year && year <= p.To.Year() || t.By != 0 && t.By.Year() == year || t.By == 0 && !t.EveryYear && t.EachCounty
		if !due || t.EachCounty != (who.Kind == fact.County) {
			continue
		}
		at := Named{}
		if t.EachCounty {
			at = place
		}
		g, err := l.one(ctx, p, t, at, day, year)
		switch {
		case err != nil:
			return fact.Figure{}, err
		case !g.Known:
			dark++
			continue
		case g.State == Met:
			met++
		}
		known++
	}
	f := fact.Figures{}
	o := fact.Origin{Here: true, ZH: fmt.Sprintf("当年到期目标：已知 %d 个，达到 %d 个，未知 %d 个", known, met, dark), EN: fmt.Sprintf("targets due in the year: %d known, %d met, %d not known", known, met, dark), Open: "/plans/" + p.ID}
	if known > 0 {
		o.Value = share(rule.Int(1000), met, known)
	}
	f.Add(targetsMet, o)
	return f[targetsMet], nil
}

// rank orders results by points, ties by id, and gives equal points equal ranks.
func rank(list []Result) {
	slices.SortFunc(list, func(a, b Result) int {
		if a.Points != b.Points {
			return int(b.Points - a.Points)
		}
		return strings.Compare(a.Place.ID, b.Place.ID)
	})
	for i := range list {
		list[i].Rank = i + 1
		if i > 0 && list[i].Points == list[i-1].Points {
			list[i].Rank = list[i-1].Rank
		}
	}
}

func putResults(ctx context.Context, tx *store.Tx, id string, list []Result) error {
	if _, err := tx.Exec(ctx, `delete from plan_results where assessment = $1`, id); err != nil {
		return err
	}
	for i := range list {
		r := &list[i]
		body, err := json.Marshal(resultBody{r.Place.Title, r.Score, r.Figures})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into plan_results (assessment, place, points, rank, share, body) values ($1, $2, $3, $4, $5, $6)`,
			id, r.Place.ID, r.Points, r.Rank, int64(r.Share), body); err != nil {
			return err
		}
	}
	return nil
}
