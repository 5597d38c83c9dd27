package job

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
)

// Sealer seals what a job was given and what it made; keys.Keyring does.
type Sealer interface {
	Seal(dst, plain, aad []byte) []byte
	Open(dst, sealed, aad []byte) ([]byte, error)
}

// Config is what a queue needs. Zero durations and numbers take the defaults.
type Config struct {
	DB      *store.DB // the services database
	Keys    Sealer
	Clock   clock.Clock
	Random  io.Reader // for identifiers and leases; crypto/rand.Reader
	Log     *slog.Logger
	Workers int           // jobs at a time; default 2
	Lease   time.Duration // a worker that says nothing for so long has died; default 30 s
	Poll    time.Duration // longest time without looking; default 15 s
	Pause   time.Duration // after the first failure, doubled up to 64 times; default 1 s
	Keep    time.Duration // how long jobs that are over are kept; default 30 days
}

// Queue is the jobs of a zone. Its methods are safe for concurrent use.
type Queue struct {
	c        Config
	wake     feed.Signal
	handlers map[string]Handler
}

// New makes a queue. Handle what it runs before Run.
func New(c Config) *Queue {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&c.Lease, 30*time.Second)
	def(&c.Poll, 15*time.Second)
	def(&c.Pause, time.Second)
	def(&c.Keep, 30*24*time.Hour)
	if c.Workers == 0 {
		c.Workers = 2
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Queue{c: c, handlers: make(map[string]Handler)}
}

func (q *Queue) random() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(q.c.Random, b[:]); err != nil {
		return "", fmt.Errorf("job: no random number (无法取得随机数): %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// Add writes a job down in a transaction of its own; see AddTx.
func (q *Queue) Add(ctx context.Context, s Spec) (j Job, added bool, err error) {
	err = q.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		j, added, err = q.AddTx(ctx, tx, s)
		return err
	})
	return j, added, err
}

// AddTx writes a job down in the transaction that causes it. If its kind and
// key name a job already, that one is returned and nothing is added.
func (q *Queue) AddTx(ctx context.Context, tx *store.Tx, s Spec) (j Job, added bool, err error) {
	id, err := q.random()
	if err != nil {
		return Job{}, false, err
	}
	if s.Key == "" {
		s.Key = id
	}
	old, err := scan(tx.QueryRow(ctx, `select `+columns+` from job_jobs where kind = $1 and key = $2`, s.Kind, s.Key))
	switch {
	case err == nil:
		return old, false, nil
	case !errors.Is(err, sql.ErrNoRows):
		return Job{}, false, err
	}
	if s.Most == 0 {
		s.Most = 10
	}
	now := q.c.Clock.Now().UnixMicro()
	_, err = tx.Exec(ctx, `insert into job_jobs (id, kind, key, owner, org, title, state, args, attempts, most, due, lease, done, total, note, result, problem, created_at, finished_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, '', 0, 0, '', $11, '', $10, 0)`,
		id, s.Kind, s.Key, s.Owner, s.Org, s.Title, string(Waiting), q.seal(s.Args, id, "args"), s.Most, now, []byte{})
	if err != nil {
		return Job{}, false, err
	}
	for _, name := range sortedNames(s.Files) {
		if err := q.putFile(ctx, tx, id, name, s.Files[name]); err != nil {
			return Job{}, false, err
		}
	}
	tx.AfterCommit(q.wake.Notify)
	at := clock.FromMicros(now)
	return Job{ID: id, Kind: s.Kind, Key: s.Key, Owner: s.Owner, Org: s.Org, Title: s.Title, State: Waiting, Due: at, CreatedAt: at}, true, nil
}

func sortedNames(files map[string][]byte) []string {
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

const columns = `id, kind, key, owner, org, title, state, attempts, due, done, total, note, problem, created_at, finished_at`

type row interface{ Scan(...any) error }

func scan(r row, more ...any) (Job, error) {
	var j Job
	var state string
	var due, created, finished int64
	err := r.Scan(append([]any{&j.ID, &j.Kind, &j.Key, &j.Owner, &j.Org, &j.Title, &state, &j.Attempts, &due, &j.Done, &j.Total, &j.Note, &j.Problem, &created, &finished}, more...)...)
	if err != nil {
		return Job{}, store.Wrap("read job", err)
	}
	j.State, j.Due, j.CreatedAt = State(state), clock.FromMicros(due), clock.FromMicros(created)
	if finished != 0 {
		j.FinishedAt = clock.FromMicros(finished)
	}
	return j, nil
}

// Get reads a job with its result; ErrNotFound.
func (q *Queue) Get(ctx context.Context, id string) (Job, error) {
	var sealed []byte
	j, err := scan(q.c.DB.Read().QueryRowContext(ctx, `select `+columns+`, result from job_jobs where id = $1`, id), &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return Job{}, ErrNotFound
	}
	if err == nil && len(sealed) > 0 {
		j.Result, err = q.open(sealed, id, "result")
	}
	return j, err
}

// Filter says which jobs List returns. Empty fields do not limit.
type Filter struct {
	Kind, Owner, Org string
	Before           string // id of the last job of the page before
	Limit            int    // default 40
}

// List returns jobs, newest first.
func (q *Queue) List(ctx context.Context, f Filter) ([]Job, error) {
	query, args := `select `+columns+` from job_jobs where 1 = 1`, []any{}
	and := func(cond string, v ...any) {
		for _, x := range v {
			args = append(args, x)
			cond = fmt.Sprintf(cond, len(args))
		}
		query += " and " + cond
	}
	if f.Kind != "" {
		and(`kind = $%d`, f.Kind)
	}
	if f.Owner != "" {
		and(`owner = $%d`, f.Owner)
	}
	if f.Org != "" {
		and(`org = $%d`, f.Org)
	}
	if f.Before != "" {
		last, err := q.Get(ctx, f.Before)
		if err != nil {
			return nil, err
		}
		args = append(args, last.CreatedAt.UnixMicro(), last.ID)
		query += fmt.Sprintf(` and (created_at < $%d or created_at = $%d and id < $%d)`, len(args)-1, len(args)-1, len(args))
	}
	if f.Limit <= 0 {
		f.Limit = 40
	}
	args = append(args, f.Limit)
	query += fmt.Sprintf(` order by created_at desc, id desc limit $%d`, len(args))
	rows, err := q.c.DB.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, store.Wrap("list jobs", err)
	}
	defer rows.Close()
	var out []Job
	for rows.Next() {
		j, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, store.Wrap("list jobs", rows.Err())
}

// Cancel ends a job that is not over. A worker that runs it is told at its next
// sign of life; what it has done by then stays done. Errors: ErrNotFound, ErrOver.
func (q *Queue) Cancel(ctx context.Context, id string) error {
	err := q.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := q.c.Clock.Now().UnixMicro()
		r, err := tx.Exec(ctx, `update job_jobs set state = $1, lease = '', finished_at = $2 where id = $3 and state in ('waiting', 'running')`, string(Cancelled), now, id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		if _, err := scan(tx.QueryRow(ctx, `select `+columns+` from job_jobs where id = $1`, id)); err != nil {
			return err
		}
		return ErrOver
	})
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Retry lets a job that failed or was cancelled wait again, with all its
// attempts. Errors: ErrNotFound when there is no such job or it did not fail.
func (q *Queue) Retry(ctx context.Context, id string) error {
	return q.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		r, err := tx.Exec(ctx, `update job_jobs set state = $1, attempts = 0, due = $2, finished_at = 0 where id = $3 and state in ('failed', 'cancelled')`,
			string(Waiting), q.c.Clock.Now().UnixMicro(), id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		tx.AfterCommit(q.wake.Notify)
		return nil
	})
}
