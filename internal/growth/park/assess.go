package park

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/scorecard"
	"pilotzone/internal/kernel/store"
)

// Outcome is what comes of a yearly assessment (考核结论). Its name is stored.
type Outcome string

// The outcomes; "" while an assessment is not decided.
const (
	Keep    Outcome = "keep"    // 合格，保留
	Promote Outcome = "promote" // 推荐晋级
	Warning Outcome = "warn"    // 警告、限期整改
)

var outcomeWords = map[Outcome]pack.Text{Keep: {ZH: "保留", EN: "kept"}, Promote: {ZH: "推荐晋级", EN: "promotion advised"}, Warning: {ZH: "警告整改", EN: "warned"}, "": {ZH: "待决定", EN: "not decided"}}

// Words are the outcome's name.
func (o Outcome) Words() pack.Text { return outcomeWords[o] }

// Assessment is a yearly assessment of a recognised place by its card, frozen with
// its working (年度考核).
type Assessment struct {
	Recognition int64
	Year        int
	Place       string
	Points, Of  int64 // thousandths
	Grade       string
	Advice      Outcome // by the grade
	Outcome     Outcome
	Reason      string
	At          time.Time
	By          string
	Detail      Detail
}

// Detail is what an assessment was made of, by value.
type Detail struct {
	Card    string           `json:"card"`
	Pack    string           `json:"pack"`
	Result  scorecard.Result `json:"result"`
	Figures fact.Figures     `json:"figures"`
}

// Assess scores a recognised place on a year's figures and freezes the result. It
// can be done again until the outcome is decided. Errors: ErrDenied, ErrNotFound,
// ErrState (no card, or decided).
func (s *Service) Assess(ctx context.Context, recognition int64, year int) (*Assessment, error) {
	object := fmt.Sprintf("recognition:%d", recognition)
	if access.Of(ctx).Scope(access.AssessWork) != access.Zone {
		return nil, s.deny(ctx, "park.assess", object)
	}
	r, err := recognitionIn(ctx, reader{s.DB.Read()}, recognition)
	if err != nil {
		return nil, wrap(err)
	}
	p, err := s.place(ctx, r.Place)
	if err != nil {
		return nil, err
	}
	if year < r.Since.Year() || year > s.Today().Year() || !r.State.Counts() {
		return nil, ErrState
	}
	a, err := s.score(ctx, p, r, year)
	if err != nil {
		return nil, err
	}
	return a, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if old, err := assessmentIn(ctx, tx, recognition, year); err == nil && old.Outcome != "" {
			return ErrState
		}
		return s.saveAssessment(ctx, tx, a, "assess", fmt.Sprintf("year=%d points=%d/%d grade=%s", year, a.Points, a.Of, a.Grade))
	})
}

func (s *Service) score(ctx context.Context, p *Place, r *Recognition, year int) (*Assessment, error) {
	g, err := s.Program(r.Program)
	if err != nil {
		return nil, err
	}
	rs, err := s.rules()
	if err != nil {
		return nil, err
	}
	card := rs.card(g.Card, s.Today())
	if card == nil {
		return nil, ErrState
	}
	figures, err := s.figures(ctx, p, year)
	if err != nil {
		return nil, err
	}
	used := fact.Figures{}
	for _, name := range card.card.Uses() {
		if f, ok := figures[name]; ok {
			used[name] = f
		}
	}
	result := card.card.Score(figures.Facts())
	a := &Assessment{Recognition: r.Number, Year: year, Place: p.ID, Points: result.Points, Of: result.Of, Grade: result.Grade, Advice: Keep,
		Detail: Detail{Card: g.Card, Pack: card.item.Pack, Result: result, Figures: used}}
	switch {
	case slices.Contains(g.Warn, result.Grade):
		a.Advice = Warning
	case slices.Contains(g.Promote, result.Grade):
		a.Advice = Promote
	}
	return a, nil
}

func (s *Service) saveAssessment(ctx context.Context, tx *store.Tx, a *Assessment, act, detail string) error {
	a.At, a.By = s.Clock.Now(), actor(ctx)
	body, err := json.Marshal(a.Detail)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into park_assessments (recognition, year, place, points, best, grade, advice, outcome, reason, at, made_by, body)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		on conflict (recognition, year) do update set points = excluded.points, best = excluded.best, grade = excluded.grade, advice = excluded.advice,
			outcome = excluded.outcome, reason = excluded.reason, at = excluded.at, made_by = excluded.made_by, body = excluded.body`,
		a.Recognition, a.Year, a.Place, a.Points, a.Of, a.Grade, string(a.Advice), string(a.Outcome), a.Reason, clock.Micros(a.At), a.By, string(body)); err != nil {
		return err
	}
	if err := s.line(ctx, tx, a.Place, act, detail, ""); err != nil {
		return err
	}
	return s.write(ctx, tx, "park."+act, fmt.Sprintf("recognition:%d", a.Recognition), detail)
}

// Conclude decides what comes of an assessment, with a reason: a warning also warns
// the recognition, with the time to mend of its program. Errors: ErrDenied,
// ErrNotFound, ErrState, ErrReason.
func (s *Service) Conclude(ctx context.Context, recognition int64, year int, o Outcome, reason string) (*Assessment, error) {
	if access.Of(ctx).Scope(access.AssessWork) != access.Zone {
		return nil, s.deny(ctx, "park.conclude", fmt.Sprintf("recognition:%d", recognition))
	}
	why, err := reasonable(reason)
	if err != nil {
		return nil, err
	}
	if outcomeWords[o].ZH == "" || o == "" {
		return nil, ErrState
	}
	var a *Assessment
	err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if a, err = assessmentIn(ctx, tx, recognition, year); err != nil {
			return err
		}
		if a.Outcome != "" {
			return ErrState
		}
		a.Outcome, a.Reason = o, why
		if err := s.saveAssessment(ctx, tx, a, "conclude", fmt.Sprintf("year=%d outcome=%s %s", year, o, why)); err != nil {
			return err
		}
		if o != Warning {
			return nil
		}
		r, err := recognitionIn(ctx, tx, recognition)
		if err != nil {
			return err
		}
		if r.State != Valid {
			return nil // it is warned already, or has ended
		}
		r.State, r.Reason, r.MendBy = Warned, why, s.Today().AddDays(s.mendDays(r.Program))
		return s.saveRecognition(ctx, tx, r, "recognition.warn", why)
	})
	return a, err
}

const assessmentColumns = `recognition, year, place, points, best, grade, advice, outcome, reason, at, made_by, body`

func scanAssessment(scan func(...any) error) (*Assessment, error) {
	var a Assessment
	var at int64
	var body string
	if err := scan(&a.Recognition, &a.Year, &a.Place, &a.Points, &a.Of, &a.Grade, &a.Advice, &a.Outcome, &a.Reason, &at, &a.By, &body); err != nil {
		return nil, err
	}
	a.At = clock.FromMicros(at)
	return &a, json.Unmarshal([]byte(body), &a.Detail)
}

func assessmentIn(ctx context.Context, q queryer, recognition int64, year int) (*Assessment, error) {
	a, err := scanAssessment(q.QueryRow(ctx, `select `+assessmentColumns+` from park_assessments where recognition = $1 and year = $2`, recognition, year).Scan)
	if errorsIsNoRows(err) {
		return nil, ErrNotFound
	}
	return a, err
}

// Assessments are those of a place, the newest year first, for who is inside.
func (s *Service) Assessments(ctx context.Context, place string) ([]*Assessment, error) {
	p, err := s.Get(ctx, place)
	if err != nil {
		return nil, err
	}
	if !s.Inside(ctx, p) {
		return nil, ErrNotFound
	}
	rows, err := s.DB.Read().QueryContext(ctx, `select `+assessmentColumns+` from park_assessments where place = $1 order by year desc, recognition desc`, place)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var out []*Assessment
	for rows.Next() {
		a, err := scanAssessment(rows.Scan)
		if err != nil {
			return nil, wrap(err)
		}
		out = append(out, a)
	}
	return out, wrap(rows.Err())
}
