// Package repository is the enterprise cultivation repository (企业培育库): tiers by a
// score card of the packs from each enterprise's figures, with working and history;
// the officer in charge (一对一服务), visits, service cards of key enterprises
// (分级联系服务), and applications for status that are followed (高新技术、专精特新).
//
// Invariants: a tier is computed and never typed; it is computed for every filed
// enterprise each month, and each change of tier is kept with the working that led to
// it; what an enterprise's card shows of it is its own and the offices'. Seeds: 000
// III(二)3 and 4, 001 (1)(10), 002 (2), 003 III(六).
package repository

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{cultivation.Migration, {File: store.Services, Owner: "repository", FS: files}}
}

// Card is the id of the score card of tiers.
const Card = "enterprise-tier"

// Entry is an enterprise of the repository (入库企业).
type Entry struct {
	Code    string             `json:"code" doc:"Customs code of the filing."`
	Tier    string             `json:"tier" doc:"Grade of the score card."`
	Points  int64              `json:"points" doc:"Thousandths."`
	Year    int                `json:"year" doc:"Of the figures."`
	Score   *cultivation.Score `json:"score,omitempty" doc:"Why this tier."`
	At      int64              `json:"at" doc:"When it was computed, µs UTC."`
	Officer string             `json:"officer,omitempty" doc:"Account in charge."`
	Name    string             `json:"name,omitempty" doc:"Of the account in charge."`
	Since   int64              `json:"since,omitempty" doc:"µs UTC"`
	Key     bool               `json:"key" doc:"Key enterprise with a service card."`

	changes int64
}

// Title are the words of the tier.
func (e *Entry) Title() pack.Text {
	if e.Score == nil {
		return pack.Text{ZH: "未分层", EN: "none"}
	}
	return pack.Text(e.Score.Title)
}

// Past is a tier that an enterprise came to.
type Past struct {
	Tier   string             `json:"tier"`
	Points int64              `json:"points"`
	Year   int                `json:"year"`
	At     int64              `json:"at" doc:"µs UTC"`
	Score  *cultivation.Score `json:"score"`
}

// Config is what the room works on beside the desk.
type Config struct {
	// Score scores all filed enterprises by a card, by code.
	Score func(ctx context.Context, card string, year int) (map[string]*cultivation.Score, error)
	// Officer is the name of an account that may be put in charge.
	Officer func(ctx context.Context, account string) (name string, ok bool)
	Log     *slog.Logger
}

// Service is the room. Its methods are safe for concurrent use.
type Service struct {
	*cultivation.Desk
	Config
}

// New makes the room on a store in which Migrations have run.
func New(d *cultivation.Desk, c Config) *Service {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Service{d, c}
}

const columns = `code, tier, points, year, score, at, changes, officer, name, since, is_key`

func scan(r cultivation.Row, v *Entry) error {
	var score string
	if err := r.Scan(&v.Code, &v.Tier, &v.Points, &v.Year, &score, &v.At, &v.changes, &v.Officer, &v.Name, &v.Since, &v.Key); err != nil {
		return err
	}
	return unscore(score, &v.Score)
}

func unscore(text string, to **cultivation.Score) error {
	if text == "" {
		return nil
	}
	*to = &cultivation.Score{}
	return json.Unmarshal([]byte(text), *to)
}

// Run computes the tiers at the start of each month, until ctx ends; the first time
// some minutes after the start, when the figures have come up with the decisions.
func (s *Service) Run(ctx context.Context) error {
	for wait := 5 * time.Minute; ; wait = time.Hour {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		if err := s.Month(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "tiers were not computed, tried again in an hour (企业分层未能计算，一小时后重试)", "error", err)
		}
	}
}

// Month computes all tiers if they were not computed this month.
func (s *Service) Month(ctx context.Context) error {
	month := int64(s.Today() / 100)
	n, err := cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *int64) error { return r.Scan(v) }, `select count from repository_runs where month = $1`, month)
	if err != nil || len(n) > 0 {
		return err
	}
	count, err := s.Compute(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into repository_runs (month, at, count) values ($1, $2, $3) on conflict (month) do nothing`, month, s.Now(), int64(count))
		return err
	})
}

// Compute computes the tier of every filed enterprise from this year's figures, and
// in January from last year's, which are whole. It tells how many there were.
// Without a card in force nothing is computed.
func (s *Service) Compute(ctx context.Context) (int, error) {
	year := yearOf(s.Today())
	scores, err := s.Score(ctx, Card, year)
	if errors.Is(err, cultivation.ErrNoCard) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, code := range slices.Sorted(maps.Keys(scores)) {
		if err := s.keep(ctx, code, year, scores[code]); err != nil {
			return 0, fmt.Errorf("tier of %s: %w", code, err)
		}
	}
	return len(scores), nil
}

// Recompute computes all tiers now. Offices do. Errors: cultivation.ErrDenied.
func (s *Service) Recompute(ctx context.Context) (int, error) {
	if access.Of(ctx).Scope(access.Cultivate) != access.Zone {
		return 0, cultivation.ErrDenied
	}
	return s.Compute(ctx)
}

// yearOf is the year whose figures count on a day.
func yearOf(day clock.Day) int {
	if day.Month() == time.January {
		return day.Year() - 1
	}
	return day.Year()
}

// keep writes the tier of an enterprise, and a change of it into its history.
func (s *Service) keep(ctx context.Context, code string, year int, score *cultivation.Score) error {
	text, err := json.Marshal(score)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		list, err := cultivation.All(ctx, tx, scan, `select `+columns+` from repository_enterprises where code = $1`, code)
		if err != nil {
			return err
		}
		changes := int64(1)
		if len(list) > 0 {
			changes = list[0].changes
			if list[0].Tier == score.Grade {
				_, err := tx.Exec(ctx, `update repository_enterprises set points = $1, year = $2, score = $3, at = $4 where code = $5`, score.Points, int64(year), string(text), s.Now(), code)
				return err
			}
			changes++
		}
		if _, err := tx.Exec(ctx, `insert into repository_enterprises (`+columns+`) values ($1, $2, $3, $4, $5, $6, $7, '', '', 0, false)
			on conflict (code) do update set tier = excluded.tier, points = excluded.points, year = excluded.year, score = excluded.score, at = excluded.at, changes = excluded.changes`,
			code, score.Grade, score.Points, int64(year), string(text), s.Now(), changes); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into repository_tiers (code, number, tier, points, year, score, at) values ($1, $2, $3, $4, $5, $6, $7)`, code, changes, score.Grade, score.Points, int64(year), string(text), s.Now())
		return err
	})
}

// Query chooses entries of the repository.
type Query struct {
	Tier    string
	Officer string // account; "-" nobody
	Key     bool   // those with a service card alone
}

// Entries are the enterprises of the repository, most points first: all for offices,
// an enterprise's own for others.
func (s *Service) Entries(ctx context.Context, q Query) ([]Entry, error) {
	where, args := "1 = 1", []any(nil)
	switch access.Of(ctx).Scope(access.FigureRead) {
	case access.None:
		return nil, cultivation.ErrDenied
	case access.Own:
		where, args = cultivation.In("code", cultivation.Parties(ctx), 4)
	}
	officer := q.Officer
	return cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from repository_enterprises where ($1 = '' or tier = $1) and ($2 = '' or officer = $2 or $2 = '-' and officer = '') and (is_key or not $3) and `+where+` order by points desc, code limit 5000`,
		append([]any{q.Tier, officer, q.Key}, args...)...)
}

// Entry is one. Errors: cultivation.ErrNotFound.
func (s *Service) Entry(ctx context.Context, code string) (*Entry, error) {
	if sees, _ := cultivation.Reach(ctx, access.FigureRead, code); !sees {
		return nil, cultivation.ErrNotFound
	}
	return cultivation.One(ctx, s.Reader(), scan, `select `+columns+` from repository_enterprises where code = $1`, code)
}

// Tiers are the tiers that an enterprise came to, the newest first. Errors:
// cultivation.ErrNotFound.
func (s *Service) Tiers(ctx context.Context, code string) ([]Past, error) {
	if sees, _ := cultivation.Reach(ctx, access.FigureRead, code); !sees {
		return nil, cultivation.ErrNotFound
	}
	return cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *Past) error {
		var score string
		if err := r.Scan(&v.Tier, &v.Points, &v.Year, &score, &v.At); err != nil {
			return err
		}
		return unscore(score, &v.Score)
	}, `select tier, points, year, score, at from repository_tiers where code = $1 order by number desc`, code)
}

// Share is how many enterprises are in a tier.
type Share struct {
	Tier  string `json:"tier"`
	Count int64  `json:"count"`
}

// Shares count the enterprises by tier. Offices ask. Errors: cultivation.ErrDenied.
func (s *Service) Shares(ctx context.Context) ([]Share, error) {
	if access.Of(ctx).Scope(access.FigureRead) != access.Zone {
		return nil, cultivation.ErrDenied
	}
	return cultivation.All(ctx, s.Reader(), func(r cultivation.Row, v *Share) error { return r.Scan(&v.Tier, &v.Count) },
		`select tier, count(*) from repository_enterprises group by tier order by max(points) desc`)
}
