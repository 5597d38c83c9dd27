package person

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migration makes the table of answers in the services database.
var Migration = store.Migration{File: store.Services, Owner: "person", FS: migrations}

// Answer is a verification with its time.
type Answer struct {
	Result  Result
	Checked time.Time
}

// Service verifies identities and remembers the answers for as long as they
// hold.
type Service struct {
	DB       *store.DB // services
	Verifier Verifier
	Clock    clock.Clock
	// Days is how long an answer holds on a Beijing day (parameter
	// person_answer_days).
	Days func(clock.Day) int64
}

// holds tells whether an answer still holds.
func (s *Service) holds(a Answer) bool {
	now := s.Clock.Now()
	return now.Sub(a.Checked) <= time.Duration(s.Days(clock.DayOf(now)))*24*time.Hour
}

// querier is a *store.Tx or the pool for reading.
type querier interface {
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

type pool struct{ db *sql.DB }

func (p pool) QueryRow(ctx context.Context, q string, args ...any) *sql.Row {
	return p.db.QueryRowContext(ctx, q, args...)
}

// Cached is the answer about a key, if there is one that still holds.
func (s *Service) Cached(ctx context.Context, k keys.Key) (Answer, bool, error) {
	return s.cached(ctx, pool{s.DB.Read()}, k)
}

// CachedIn is Cached within a transaction.
func (s *Service) CachedIn(ctx context.Context, tx *store.Tx, k keys.Key) (Answer, bool, error) {
	return s.cached(ctx, tx, k)
}

func (s *Service) cached(ctx context.Context, q querier, k keys.Key) (Answer, bool, error) {
	var result, at int64
	err := q.QueryRow(ctx, `select result, checked from person_answers where key = $1`, k[:]).Scan(&result, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return Answer{}, false, nil
	}
	if err != nil {
		return Answer{}, false, store.Wrap("answer about a person", err)
	}
	a := Answer{Result: Result(result), Checked: time.UnixMicro(at)}
	return a, s.holds(a), nil
}

// Keep remembers an answer in the transaction of its effect.
func (s *Service) Keep(ctx context.Context, tx *store.Tx, k keys.Key, a Answer) error {
	_, err := tx.Exec(ctx, `insert into person_answers (key, result, checked) values ($1, $2, $3)
		on conflict (key) do update set result = excluded.result, checked = excluded.checked`, k[:], int64(a.Result), a.Checked.UnixMicro())
	return err
}

// Ask asks the service, past the cache.
func (s *Service) Ask(ctx context.Context, who Identity) (Answer, error) {
	r, err := s.Verifier.Verify(ctx, who)
	return Answer{Result: r, Checked: s.Clock.Now()}, err
}

// Purge forgets the answers that no longer hold.
func (s *Service) Purge(ctx context.Context) error {
	now := s.Clock.Now()
	before := now.Add(-time.Duration(s.Days(clock.DayOf(now))) * 24 * time.Hour).UnixMicro()
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `delete from person_answers where checked < $1`, before)
		return err
	})
}
