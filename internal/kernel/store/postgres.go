package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// lockSpace is the first half of our advisory lock keys ("PZON"); the second
// half is the shard, or createLock.
const (
	lockSpace  int32 = 0x505a4f4e
	createLock int32 = -1 // creation and migration of a store
)

func (s *Store) openPostgres(ctx context.Context, url string) error {
	s.Dialect = Postgres
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return fail(ErrUsage, "open store", errors.New("the PostgreSQL URL cannot be read; it has the form postgres://user@host/database"))
	}
	if !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = int32(s.opt.Readers)
	}
	lazy, err := s.createSchemas(ctx, cfg.ConnConfig)
	if err != nil {
		return err
	}
	for _, f := range files {
		c := cfg.Copy()
		c.ConnConfig.RuntimeParams["search_path"] = f.String()
		c.ConnConfig.RuntimeParams["timezone"] = "UTC"
		if c.ConnConfig.RuntimeParams["application_name"] == "" {
			c.ConnConfig.RuntimeParams["application_name"] = "pilotzone " + f.String()
		}
		if lazy && f != Search {
			c.ConnConfig.RuntimeParams["synchronous_commit"] = "on"
		}
		if s.opt.ReadOnly {
			c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
		}
		pool, err := pgxpool.NewWithConfig(ctx, c)
		if err != nil {
			return Wrap("open "+f.String(), err)
		}
		db := &DB{file: f, dialect: Postgres, pool: pool, read: stdlib.OpenDBFromPool(pool)}
		if !s.opt.ReadOnly {
			db.write = db.read
		}
		s.setDB(db)
	}
	return s.identify(ctx)
}

// createSchemas makes the three schemas when there are none. It reports whether
// the server answers commits before they are durable, unless told otherwise.
func (s *Store) createSchemas(ctx context.Context, cfg *pgx.ConnConfig) (lazy bool, err error) {
	const op = "open store"
	conn, err := pgx.ConnectConfig(ctx, cfg.Copy())
	if err != nil {
		return false, Wrap(op, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if enc := conn.PgConn().ParameterStatus("server_encoding"); enc != "UTF8" {
		return false, fail(ErrForeign, op, fmt.Errorf("the database is encoded in %s, want UTF8", enc))
	}
	count := func() (n int, err error) {
		err = conn.QueryRow(ctx, "select count(*) from pg_namespace where nspname in ('core', 'services', 'search')").Scan(&n)
		return n, Wrap(op, err)
	}
	var level string
	if err := conn.QueryRow(ctx, "show synchronous_commit").Scan(&level); err != nil {
		return false, Wrap(op, err)
	}
	lazy = level == "off"
	n, err := count()
	if err != nil || n == len(files) {
		return lazy, err
	}
	if n > 0 {
		return false, fail(ErrForeign, op, errors.New("the database has some of the schemas core, services, search, but not all"))
	}
	if s.opt.MustExist {
		return false, fail(ErrMissing, op, errors.New("the database has no schemas core, services, search"))
	}
	// The lock is given back when the connection closes.
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1, $2)", lockSpace, createLock); err != nil {
		return false, Wrap(op, err)
	}
	if n, err = count(); err != nil || n > 0 { // another process was quicker
		return lazy, err
	}
	// One statement list is one transaction.
	_, err = conn.Exec(ctx, "create schema core; create schema services; create schema search")
	return lazy, Wrap(op, err)
}
