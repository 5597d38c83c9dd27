package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/semaphore"
)

// maxAttempts bounds how often a transaction that lost a race runs again.
const maxAttempts = 200

// DB is one logical database of a store.
type DB struct {
	file    File
	dialect Dialect
	path    string // SQLite: the file
	dsn     string // SQLite: of a writing connection
	pool    *pgxpool.Pool
	read    *sql.DB
	write   *sql.DB             // SQLite: one connection; PostgreSQL: the same as read
	queue   *semaphore.Weighted // SQLite: first come, first served
	losers  sync.Mutex          // PostgreSQL: transactions that lost run one after the other
}

// File says which of the three databases this is.
func (d *DB) File() File { return d.file }

// Dialect says which family of database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Path is the file of a SQLite database, "" on PostgreSQL.
func (d *DB) Path() string { return d.path }

// Read returns the pool for queries. On SQLite its connections refuse writes.
// Errors of database/sql get their kind by [Wrap].
func (d *DB) Read() *sql.DB { return d.read }

// Pool is the connection pool of PostgreSQL for work below database/sql (COPY,
// LISTEN); nil on SQLite.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Connect opens a connection of its own for work below database/sql, with the
// settings of a writer. SQLite only.
func (d *DB) Connect(ctx context.Context) (driver.Conn, error) {
	if d.dialect != SQLite {
		return nil, fail(ErrUsage, "connect to "+d.file.String(), errors.New("a driver connection is for SQLite only"))
	}
	c, err := sqliteConnect(ctx, d.dsn)
	return c, Wrap("connect to "+d.file.String(), err)
}

// Tx is a transaction that [DB.Write] began. It must not be used after the
// function it was given to has returned, nor by several goroutines at once.
type Tx struct {
	tx    *sql.Tx
	db    *DB
	after []func()
}

// Dialect says which family of database the transaction runs on.
func (t *Tx) Dialect() Dialect { return t.db.dialect }

// Exec runs a statement.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	r, err := t.tx.ExecContext(ctx, query, args...)
	return r, Wrap("write "+t.db.file.String(), err)
}

// Query runs a query; the caller closes the rows before its next statement.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r, err := t.tx.QueryContext(ctx, query, args...)
	return r, Wrap("read "+t.db.file.String(), err)
}

// QueryRow runs a query that returns at most one row; Scan reports
// sql.ErrNoRows when there is none.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return t.tx.QueryRowContext(ctx, query, args...)
}

// Prepare prepares a statement that lives as long as the transaction.
func (t *Tx) Prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	s, err := t.tx.PrepareContext(ctx, query)
	return s, Wrap("prepare on "+t.db.file.String(), err)
}

// AfterCommit has f run once the transaction is durable, in the goroutine of
// the writer and outside the transaction: to wake workers, not to do work.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// Write runs fn in one transaction: it is committed when fn returns nil and
// rolled back otherwise. When Write returns nil the changes are durable.
//
// Transactions are serializable. On SQLite they wait in a queue, first come
// first served; on PostgreSQL fn runs again when it lost a race, so it must not
// have effects other than SQL: put those into [Tx.AfterCommit]. An error of
// kind [ErrUnavailable] leaves open whether the transaction took place.
func (d *DB) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if d.write == nil {
		return fail(ErrReadOnly, "write "+d.file.String(), nil)
	}
	for attempt := 1; ; attempt++ {
		hooks, err := d.attempt(ctx, attempt, fn)
		if err == nil {
			for _, h := range hooks {
				h()
			}
			return nil
		}
		if KindOf(err) != ErrConflict || attempt == maxAttempts {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return fmt.Errorf("write %s: %w", d.file, err)
		}
	}
}

// Turn waits for the turn of a writer and takes it until release is called, for
// work below database/sql beside [DB.Write]. On PostgreSQL, where writers need
// no queue, it returns at once.
func (d *DB) Turn(ctx context.Context) (release func(), err error) {
	if d.queue == nil {
		return func() {}, nil
	}
	if err := d.queue.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("write %s: wait for the writers before: %w", d.file, err)
	}
	return func() { d.queue.Release(1) }, nil
}

// attempt takes the turn of a writer and tries once.
func (d *DB) attempt(ctx context.Context, attempt int, fn func(context.Context, *Tx) error) ([]func(), error) {
	release, err := d.Turn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if attempt > 2 {
		// Losers take turns: among themselves they cannot conflict, so each
		// meets newcomers only.
		d.losers.Lock()
		defer d.losers.Unlock()
	}
	return d.once(ctx, fn)
}

// once runs fn in one transaction.
func (d *DB) once(ctx context.Context, fn func(context.Context, *Tx) error) (hooks []func(), err error) {
	op := "write " + d.file.String()
	opt := &sql.TxOptions{}
	if d.dialect == Postgres {
		opt.Isolation = sql.LevelSerializable
	}
	raw, err := d.write.BeginTx(ctx, opt)
	if err != nil {
		return nil, Wrap(op, err)
	}
	done := false
	defer func() {
		if !done { // also when fn panics: the turn must not end with an open transaction
			_ = raw.Rollback()
		}
	}()
	tx := &Tx{tx: raw, db: d}
	if err := fn(ctx, tx); err != nil {
		return nil, Wrap(op, err)
	}
	if err := raw.Commit(); err != nil {
		return nil, Wrap("commit "+d.file.String(), err)
	}
	done = true
	return tx.after, nil
}

// pause waits before attempt+1: up to 1 ms after the first loss, doubling up to
// 64 ms, at random, so that losers do not meet again.
func pause(ctx context.Context, attempt int) error {
	limit := time.Millisecond << min(attempt-1, 6)
	t := time.NewTimer(rand.N(limit))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Snapshot runs fn on one connection in a read-only transaction that sees one
// state of the database from beginning to end, whatever is written meanwhile.
// On SQLite a long snapshot keeps the write-ahead log from being reused.
func (d *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	op := "read " + d.file.String()
	opt := &sql.TxOptions{ReadOnly: true}
	if d.dialect == Postgres {
		opt.Isolation = sql.LevelRepeatableRead
	}
	tx, err := d.read.BeginTx(ctx, opt)
	if err != nil {
		return Wrap(op, err)
	}
	defer func() { _ = tx.Rollback() }()
	return Wrap(op, fn(ctx, tx))
}

// close closes all connections of d.
func (d *DB) close() error {
	var errs []error
	if d.read != nil {
		errs = append(errs, d.read.Close())
	}
	if d.write != nil && d.write != d.read {
		errs = append(errs, d.write.Close())
	}
	if d.pool != nil {
		d.pool.Close()
	}
	return errors.Join(errs...)
}
