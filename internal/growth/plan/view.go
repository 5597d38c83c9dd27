package plan

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

const assessmentColumns = `id, card, year, subject, plan, state, revision, scored, scorer, reviewer, until, fund, floor, body`

func scanAssessment(row interface{ Scan(...any) error }) (*Assessment, error) {
	var a Assessment
	var scored, until, fund, revision int64
	var subject, state string
	var body []byte
	err := row.Scan(&a.ID, &a.Card, &a.Year, &subject, &a.Plan, &state, &revision, &scored, &a.Scorer, &a.Reviewer, &until, &fund, &a.Floor, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	a.Subject, a.State, a.Revision = fact.Kind(subject), AssessState(state), uint64(revision)
	a.Scored, a.Until, a.Fund = clock.FromMicros(scored), clock.Day(until), money.Fen(fund)
	return &a, json.Unmarshal(body, &a.Setting)
}

// Assessment is one that the caller may see: those published are public.
func (s *Service) Assessment(ctx context.Context, id string) (*Assessment, error) {
	a, err := scanAssessment(s.db.Read().QueryRowContext(ctx, `select `+assessmentColumns+` from plan_assessments where id = $1`, id))
	if err != nil {
		return nil, err
	}
	if !a.Public() && !Assesses(ctx) {
		return nil, ErrNotFound
	}
	return a, nil
}

// Assessments are those that the caller may see, the newest year first.
func (s *Service) Assessments(ctx context.Context) ([]Assessment, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select `+assessmentColumns+` from plan_assessments order by year desc, id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Assessment
	for rows.Next() {
		a, err := scanAssessment(rows)
		if err != nil {
			return nil, err
		}
		if a.Public() || Assesses(ctx) {
			out = append(out, *a)
		}
	}
	return out, rows.Err()
}

// Results are the results of an assessment that the caller may see, by rank. The
// figures behind them are for offices alone.
func (s *Service) Results(ctx context.Context, id string) ([]Result, error) {
	if _, err := s.Assessment(ctx, id); err != nil {
		return nil, err
	}
	list, err := readResults(ctx, s.db.Read().QueryContext, id)
	if !Reads(ctx) {
		for i := range list {
			list[i].public()
		}
	}
	return list, err
}

func readResults(ctx context.Context, query func(context.Context, string, ...any) (*sql.Rows, error), id string) ([]Result, error) {
	rows, err := query(ctx, `select place, points, rank, share, body from plan_results where assessment = $1 order by rank, place`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Result
	for rows.Next() {
		var r Result
		var share int64
		var data []byte
		var body resultBody
		if err := rows.Scan(&r.Place.ID, &r.Points, &r.Rank, &share, &data); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, &body); err != nil {
			return nil, err
		}
		r.Share, r.Place.Title, r.Score, r.Figures = money.Fen(share), body.Title, body.Score, body.Figures
		out = append(out, r)
	}
	return out, rows.Err()
}

// Objection is an objection against a result (异议).
type Objection struct {
	Number   int64
	Place    string
	At       time.Time
	Actor    string
	Org      string
	Words    string
	State    string // open, upheld, dismissed
	Answer   string
	Answered time.Time // zero: not yet
}

// Objections are the objections against an assessment; departments and those who
// assess see them.
func (s *Service) Objections(ctx context.Context, id string) ([]Objection, error) {
	if !Assesses(ctx) && !Reports(ctx) {
		return nil, nil
	}
	if _, err := s.Assessment(ctx, id); err != nil {
		return nil, err
	}
	rows, err := s.db.Read().QueryContext(ctx, `select number, place, at, actor, org, words, state, answer, answered from plan_objections where assessment = $1 order by number`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Objection
	for rows.Next() {
		var o Objection
		var at, answered int64
		if err := rows.Scan(&o.Number, &o.Place, &at, &o.Actor, &o.Org, &o.Words, &o.State, &o.Answer, &answered); err != nil {
			return nil, err
		}
		o.At = clock.FromMicros(at)
		if answered != 0 {
			o.Answered = clock.FromMicros(answered)
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// Act is one act in the history of an assessment (办理记录).
type Act struct {
	Number int64
	At     time.Time
	Actor  string
	Org    string
	Act    string
	Note   string
}

// Acts are what was done with an assessment, oldest first; those who assess see
// it.
func (s *Service) Acts(ctx context.Context, id string) ([]Act, error) {
	if !Assesses(ctx) {
		return nil, nil
	}
	rows, err := s.db.Read().QueryContext(ctx, `select number, at, actor, org, act, note from plan_acts where assessment = $1 order by number`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Act
	for rows.Next() {
		var a Act
		var at int64
		if err := rows.Scan(&a.Number, &at, &a.Actor, &a.Org, &a.Act, &a.Note); err != nil {
			return nil, err
		}
		a.At = clock.FromMicros(at)
		out = append(out, a)
	}
	return out, rows.Err()
}
