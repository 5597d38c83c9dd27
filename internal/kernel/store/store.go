// Package store opens the databases of a zone and gives every other package
// one way to read and write them, on SQLite (the default: three files beside
// each other) and on PostgreSQL (three schemas of one database).
//
// Invariants: SQL is written in the subset that both understand, with the same
// table names; a write is one transaction that happens whole or not at all; on
// SQLite writers of this process wait in a queue, on PostgreSQL a transaction
// that lost a race runs again; driver errors are mapped to [Kind] here and
// nowhere else, by result code and never by text.
package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"pilotzone/internal/kernel/clock"
)

// Dialect is the family of the database behind a store.
type Dialect uint8

// The two dialects.
const (
	SQLite   Dialect = iota + 1 // files, pure Go
	Postgres                    // PostgreSQL 15 or newer
)

// String returns "sqlite" or "postgres", the names that migrations use too.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "sqlite"
	case Postgres:
		return "postgres"
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}

// File is one of the three logical databases of a store.
type File uint8

// The three logical databases. No transaction spans two of them.
const (
	Core     File = iota + 1 // the decisions of the core and their ledger: written by the committer alone
	Services                 // everything the other services own
	Search                   // the search index: derived, built behind, may be thrown away
)

// String returns "core", "services" or "search": the PostgreSQL schema, and
// the part of a SQLite file name.
func (f File) String() string {
	switch f {
	case Core:
		return "core"
	case Services:
		return "services"
	case Search:
		return "search"
	}
	return fmt.Sprintf("File(%d)", uint8(f))
}

// files is the order in which databases are opened and created. Core comes
// last, so that a store whose core exists has its siblings too.
var files = [...]File{Search, Services, Core}

// Options are the choices of [Open]. The zero value reads and writes, and
// makes the store when it is missing.
type Options struct {
	ReadOnly  bool        // nothing is created, migrated or written
	MustExist bool        // a missing store is ErrMissing instead of being made
	Readers   int         // most connections of one database for reading; 0 means 8
	Clock     clock.Clock // nil means the machine's clock
	Random    io.Reader   // source of the store's identity; nil means crypto/rand
}

func (o Options) withDefaults() Options {
	if o.ReadOnly {
		o.MustExist = true
	}
	o.Readers = cmp.Or(o.Readers, 8)
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return o
}

// Store is an open store. Its methods are safe for concurrent use.
type Store struct {
	Core     *DB // written by the committer alone
	Services *DB
	Search   *DB // nil when a store opened for reading, such as a backup, has none
	Dialect  Dialect
	ID       string // 32 hex digits, the same in all three databases

	opt        Options
	lock       *fileLocks // SQLite: the locks of this process on the store
	migrations migrationSet
}

// Open opens the store that url names: `sqlite:FILE` (FILE is the core
// database; `.services.db` and `.search.db` stand beside it) or a PostgreSQL
// URL (`postgres://…`, the schemas core, services and search of one database).
// The caller closes it. Errors are of the kinds [ErrMissing], [ErrForeign],
// [ErrUnavailable], [ErrDenied] and [ErrUsage].
func Open(ctx context.Context, url string, opt Options) (*Store, error) {
	opt = opt.withDefaults()
	s := &Store{opt: opt}
	var err error
	switch scheme, rest, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		err = s.openSQLite(ctx, rest)
	case "postgres", "postgresql":
		err = s.openPostgres(ctx, url)
	default:
		err = fail(ErrUsage, "open store", fmt.Errorf("%q begins with neither sqlite: nor postgres://", redact(url)))
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// DB returns the logical database f.
func (s *Store) DB(f File) *DB {
	switch f {
	case Core:
		return s.Core
	case Services:
		return s.Services
	case Search:
		return s.Search
	}
	return nil
}

// ReadOnly reports whether the store was opened for reading alone.
func (s *Store) ReadOnly() bool { return s.opt.ReadOnly }

// Clock is the clock the store was opened with.
func (s *Store) Clock() clock.Clock { return s.opt.Clock }

// Close closes all connections. Writer locks must have been released by their
// holders before.
func (s *Store) Close() error {
	var errs []error
	for _, f := range files {
		if db := s.DB(f); db != nil {
			errs = append(errs, db.close())
		}
	}
	return errors.Join(errs...)
}

// setDB puts db in its place.
func (s *Store) setDB(db *DB) {
	switch db.file {
	case Core:
		s.Core = db
	case Services:
		s.Services = db
	case Search:
		s.Search = db
	}
}

// redact cuts the part of a URL that may hold a password.
func redact(url string) string {
	if i := strings.Index(url, "@"); i >= 0 {
		scheme, _, _ := strings.Cut(url, "://")
		return scheme + "://…" + url[i:]
	}
	return url
}
