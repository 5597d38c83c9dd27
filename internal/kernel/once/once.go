// Package once makes a request that comes twice happen once (幂等): a caller
// gives a key of its own with a request, and for a day the same key with the
// same input gets the answer of the first.
//
// Invariants: a key belongs to its caller; the same key with another input is
// refused; while the first is under way the second is told to wait; answers are
// sealed at rest, since they may hold secrets that are shown once. A run of the
// program that died over a request leaves its key free: the request is then done
// again, so what must never happen twice notes its command (Note) in the
// transaction that makes it.
package once

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{{File: store.Services, Owner: "once", FS: migrations}}
}

// Errors of Begin.
var (
	// ErrOther: the key was used with another input.
	ErrOther = errors.New("the idempotency key was used with another input (幂等键已用于其他内容)")
	// ErrUnderWay: the first request with the key is not answered yet.
	ErrUnderWay = errors.New("the first request with the idempotency key is under way (相同幂等键的请求正在处理)")
)

// Kept is how long a key counts.
const Kept = 24 * time.Hour

// Answer is what a request was answered.
type Answer struct {
	Status int
	Kind   string // content type
	Body   []byte
}

// Store keeps keys. It is safe for concurrent use.
type Store struct {
	db    *store.DB
	keys  *keys.Keyring
	clock clock.Clock
	run   string
}

// New opens the keys on a database in which Migrations have run.
func New(db *store.DB, ring *keys.Keyring, c clock.Clock) *Store {
	return &Store{db: db, keys: ring, clock: c, run: rand.Text()}
}

// Call is one request with its key.
type Call struct {
	Caller string
	Key    string // as the caller gave it
	Input  [sha256.Size]byte
}

func (c *Call) hashed() string {
	sum := sha256.Sum256([]byte(c.Key))
	return hex.EncodeToString(sum[:])
}

func (c *Call) aad() []byte { return []byte("once_keys body " + c.Caller + " " + c.hashed()) }

// Begin takes a request up: nil means that it is to be done, and Finish or
// Abandon called; an answer, that it was done before. Errors: ErrOther,
// ErrUnderWay.
func (s *Store) Begin(ctx context.Context, c *Call) (*Answer, error) {
	now := clock.Micros(s.clock.Now())
	var before *Answer
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		before = nil
		var input, body []byte
		var run string
		var state, until int64
		a := Answer{}
		err := tx.QueryRow(ctx, `select input, run, state, status, kind, body, until from once_keys where caller = $1 and key = $2`, c.Caller, c.hashed()).
			Scan(&input, &run, &state, &a.Status, &a.Kind, &body, &until)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return store.Wrap("read idempotency key", err)
		case until <= now: // over: as if it were not there
		case string(input) != string(c.Input[:]):
			return ErrOther
		case state == 1:
			if a.Body, err = s.keys.Open(nil, body, c.aad()); err != nil {
				return err
			}
			before = &a
			return nil
		case run == s.run:
			return ErrUnderWay
		}
		_, err = tx.Exec(ctx, `insert into once_keys (caller, key, input, run, state, status, kind, body, at, until) values ($1, $2, $3, $4, 0, 0, '', $5, $6, $7)
			on conflict (caller, key) do update set input = excluded.input, run = excluded.run, state = 0, status = 0, kind = '', body = excluded.body, at = excluded.at, until = excluded.until`,
			c.Caller, c.hashed(), c.Input[:], s.run, []byte{}, now, clock.Micros(s.clock.Now().Add(Kept)))
		return err
	})
	return before, err
}

// Finish keeps the answer.
func (s *Store) Finish(ctx context.Context, c *Call, a Answer) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update once_keys set state = 1, status = $1, kind = $2, body = $3 where caller = $4 and key = $5`,
			int64(a.Status), a.Kind, s.keys.Seal(nil, a.Body, c.aad()), c.Caller, c.hashed())
		return err
	})
}

// Abandon frees the key of a request that was not done, or whose doing again
// does no harm.
func (s *Store) Abandon(ctx context.Context, c *Call) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `delete from once_keys where caller = $1 and key = $2 and state = 0`, c.Caller, c.hashed())
		return err
	})
}

// Command is the command that a caller's key has become already, 0 none.
func (s *Store) Command(ctx context.Context, tx *store.Tx, caller, key string) (uint64, error) {
	c := Call{Caller: caller, Key: key}
	var id, until int64
	err := tx.QueryRow(ctx, `select command, until from once_commands where caller = $1 and key = $2`, caller, c.hashed()).Scan(&id, &until)
	if errors.Is(err, sql.ErrNoRows) || err == nil && until <= clock.Micros(s.clock.Now()) {
		return 0, nil
	}
	return uint64(id), store.Wrap("read idempotency key", err)
}

// Note keeps which command a caller's key has become, in its transaction.
func (s *Store) Note(ctx context.Context, tx *store.Tx, caller, key string, command uint64) error {
	c := Call{Caller: caller, Key: key}
	_, err := tx.Exec(ctx, `insert into once_commands (caller, key, command, until) values ($1, $2, $3, $4)
		on conflict (caller, key) do update set command = excluded.command, until = excluded.until`,
		caller, c.hashed(), int64(command), clock.Micros(s.clock.Now().Add(Kept)))
	return err
}

const pruneEach = 10 * time.Minute

// Run clears away keys that no longer count, until ctx ends, which is no error.
func (s *Store) Run(ctx context.Context) error {
	tick := time.NewTicker(pruneEach)
	defer tick.Stop()
	for {
		if err := s.Prune(ctx); err != nil && ctx.Err() == nil && store.KindOf(err) == 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Prune clears away keys that no longer count.
func (s *Store) Prune(ctx context.Context) error {
	now := clock.Micros(s.clock.Now())
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, table := range []string{"once_keys", "once_commands"} {
			if _, err := tx.Exec(ctx, `delete from `+table+` where until <= $1`, now); err != nil {
				return err
			}
		}
		return nil
	})
}
