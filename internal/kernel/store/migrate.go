package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
)

// Migration is the schema of one package in one logical database.
//
// FS holds numbered files `0001_name.sql` at its root or in a folder
// `migrations`, each one transaction, forward only, in the SQL that both
// dialects share. Lines from `-- only postgres` (or `-- only sqlite`) to the
// next `-- end` are run on that dialect alone. Which files have run is kept in
// the table `OWNER_versions` beside the owner's tables.
type Migration struct {
	File  File
	Owner string // name of the package: lower-case letters
	FS    fs.FS
}

// migrationSet remembers what was migrated, so that a backup can make the same
// tables.
type migrationSet struct {
	mu  sync.Mutex
	all []Migration
}

var (
	ownerPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	filePattern  = regexp.MustCompile(`^([0-9]+)_[a-z0-9_]+\.sql$`)
)

// Migrate brings the tables of all owners given to the version of this
// program. A store that was opened for reading is only checked. Errors are of
// the kinds [ErrNewer], [ErrOlder] (reading) and [ErrLocked].
func (s *Store) Migrate(ctx context.Context, migrations ...Migration) error {
	var pending []*goose.Provider
	for _, m := range migrations {
		p, behind, err := s.provider(ctx, m)
		if err != nil {
			return err
		}
		if behind {
			pending = append(pending, p)
		}
	}
	if len(pending) > 0 {
		release, err := s.lockMigration(ctx)
		if err != nil {
			return err
		}
		defer release()
	}
	for _, p := range pending {
		if _, err := p.Up(ctx); err != nil {
			return Wrap("migrate store", err)
		}
	}
	s.migrations.mu.Lock()
	defer s.migrations.mu.Unlock()
	for _, m := range migrations {
		same := func(o Migration) bool { return o.File == m.File && o.Owner == m.Owner }
		if !slices.ContainsFunc(s.migrations.all, same) {
			s.migrations.all = append(s.migrations.all, m)
		}
	}
	return nil
}

// Migrations returns all that was migrated since the store was opened.
func (s *Store) Migrations() []Migration {
	s.migrations.mu.Lock()
	defer s.migrations.mu.Unlock()
	return slices.Clone(s.migrations.all)
}

// provider prepares the migrations of m and says whether some have not run.
func (s *Store) provider(ctx context.Context, m Migration) (*goose.Provider, bool, error) {
	op := fmt.Sprintf("migrate %s of %s", m.Owner, m.File)
	db := s.DB(m.File)
	if db == nil {
		return nil, false, fail(ErrMissing, op, nil)
	}
	steps, err := readMigrations(m, s.Dialect)
	if err != nil {
		return nil, false, fail(ErrUsage, op, err)
	}
	dialect := goose.DialectSQLite3
	if s.Dialect == Postgres {
		dialect = goose.DialectPostgres
	}
	table := m.Owner + "_versions"
	target := steps[len(steps)-1].Version
	have, err := s.version(ctx, db, table)
	switch {
	case err != nil:
		return nil, false, Wrap(op, err)
	case have > target:
		return nil, false, fail(ErrNewer, op, fmt.Errorf("the store has version %d, this program knows %d", have, target))
	case have < target && s.opt.ReadOnly:
		return nil, false, fail(ErrOlder, op, fmt.Errorf("the store has version %d, this program needs %d", have, target))
	case have == target:
		return nil, false, nil
	}
	p, err := goose.NewProvider(dialect, db.write, nil,
		goose.WithGoMigrations(steps...), goose.WithTableName(table),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	return p, true, Wrap(op, err)
}

// version returns the newest migration recorded in table, 0 when there is none.
func (s *Store) version(ctx context.Context, db *DB, table string) (int64, error) {
	exists := `select count(*) from sqlite_master where type = 'table' and name = $1`
	if s.Dialect == Postgres {
		exists = `select count(*) from pg_tables where schemaname = current_schema() and tablename = $1`
	}
	var n int
	if err := db.read.QueryRowContext(ctx, exists, table).Scan(&n); err != nil || n == 0 {
		return 0, err
	}
	var v sql.NullInt64
	err := db.read.QueryRowContext(ctx, `select max(version_id) from `+table).Scan(&v)
	return v.Int64, err
}

// readMigrations reads the steps of m for one dialect, by number.
func readMigrations(m Migration, d Dialect) ([]*goose.Migration, error) {
	if !ownerPattern.MatchString(m.Owner) {
		return nil, fmt.Errorf("owner %q: want lower-case letters", m.Owner)
	}
	var names []string
	for _, pattern := range []string{"*.sql", "migrations/*.sql"} {
		found, err := fs.Glob(m.FS, pattern)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	var steps []*goose.Migration
	for _, name := range names {
		parts := filePattern.FindStringSubmatch(path.Base(name))
		if parts == nil {
			return nil, fmt.Errorf("%s: want a name such as 0001_first.sql", name)
		}
		number, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		text, err := fs.ReadFile(m.FS, name)
		if err != nil {
			return nil, err
		}
		script, err := forDialect(string(text), d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		steps = append(steps, goose.NewGoMigration(number, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, script); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}}, nil))
	}
	if len(steps) == 0 {
		return nil, errors.New("no migration files")
	}
	slices.SortFunc(steps, func(a, b *goose.Migration) int { return int(a.Version - b.Version) })
	return steps, nil
}

// forDialect drops the parts of a script that are for the other dialect.
func forDialect(script string, d Dialect) (string, error) {
	var b strings.Builder
	only := ""
	for i, line := range strings.Split(script, "\n") {
		word, ok := strings.CutPrefix(strings.TrimSpace(line), "-- only ")
		switch {
		case ok && (only != "" || (word != SQLite.String() && word != Postgres.String())):
			return "", fmt.Errorf("line %d: %q", i+1, line)
		case ok:
			only = word
		case strings.TrimSpace(line) == "-- end":
			only = ""
		case only == "" || only == d.String():
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	if only != "" {
		return "", fmt.Errorf("-- only %s has no -- end", only)
	}
	return b.String(), nil
}

// lockMigration keeps other processes from migrating at the same time. On
// SQLite that is the writer lock: an older program must not go on writing.
func (s *Store) lockMigration(ctx context.Context) (release func(), err error) {
	if s.Dialect == SQLite {
		return s.lock.hold(ctx, s.opt.Clock, "migrate")
	}
	conn, err := pgx.ConnectConfig(ctx, s.Core.pool.Config().ConnConfig)
	if err != nil {
		return nil, Wrap("migrate store", err)
	}
	release = func() { _ = conn.Close(context.WithoutCancel(ctx)) } // the lock goes with the connection
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1, $2)", lockSpace, createLock); err != nil {
		release()
		return nil, Wrap("migrate store", err)
	}
	return release, nil
}
