package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"
	"modernc.org/sqlite"
)

// PageSize is the page size of the SQLite files in bytes. Large pages keep the
// chains of big blobs short.
const PageSize = 8192

// applicationID marks our SQLite files in their header ("PZ" and the number of
// the [File]), so that neither a stranger's file nor a sibling is taken for core.
const applicationID = 0x505a0000

// ofdLocks makes SQLite take locks that survive a close of another descriptor
// of the same file in this process; POSIX locks would vanish silently when
// anything in the process opens and closes a database file. The choice holds
// for the whole process and must precede the first connection; where it cannot
// be had (not Linux) SQLite's default stays in force.
var ofdLocks = sync.OnceFunc(func() { _, _ = sqlite.OFDLocking(true) })

// sqlitePath returns the file of the logical database f whose core is at path.
func sqlitePath(path string, f File) string {
	if f == Core {
		return path
	}
	return strings.TrimSuffix(path, ".db") + "." + f.String() + ".db"
}

// SQLiteFiles returns the files of the store whose core database is at path,
// in the order core, services, search.
func SQLiteFiles(path string) [3]string {
	return [3]string{path, sqlitePath(path, Services), sqlitePath(path, Search)}
}

func (s *Store) openSQLite(ctx context.Context, path string) error {
	s.Dialect = SQLite
	if path == "" {
		return fail(ErrUsage, "open store", errors.New("sqlite: needs the name of a file"))
	}
	ofdLocks()
	s.lock = &fileLocks{path: strings.TrimSuffix(path, ".db") + ".lock"}
	isNew, err := missingFile(path)
	if err != nil {
		return err
	}
	if isNew && s.opt.MustExist {
		return fail(ErrMissing, "open "+path, nil)
	}
	if isNew {
		release, err := s.lock.hold(ctx, s.opt.Clock, "create")
		if err != nil {
			return err
		}
		defer release()
		if isNew, err = missingFile(path); err != nil { // another process may have been quicker
			return err
		}
	}
	order := files
	if !isNew {
		slices.Reverse(order[:]) // core says best what is wrong
	}
	for _, f := range order {
		if err := s.openFile(ctx, sqlitePath(path, f), f, isNew); err != nil {
			return err
		}
	}
	return s.identify(ctx)
}

// missingFile reports whether there is no database at path. An empty file is
// the trace of a creation that was cut short.
func missingFile(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return false, fail(ErrMissing, "open "+path, err)
		}
		return true, nil
	case errors.Is(err, fs.ErrPermission):
		return false, fail(ErrDenied, "open "+path, err)
	case err != nil:
		return false, fail(ErrUnavailable, "open "+path, err)
	case !info.Mode().IsRegular():
		return false, fail(ErrForeign, "open "+path, errors.New("not a regular file"))
	}
	return info.Size() == 0, nil
}

// openFile opens the pools of one file. A missing search file is made anew:
// it is derived. A missing services file is an error unless the store is new.
func (s *Store) openFile(ctx context.Context, path string, f File, isNew bool) error {
	missing, err := missingFile(path)
	if err != nil {
		return err
	}
	if missing && (s.opt.ReadOnly || (!isNew && f != Search)) {
		if s.opt.ReadOnly && f == Search {
			return nil // a backup has no search index
		}
		return fail(ErrMissing, "open "+path, errors.New("the store exists, but this file of it does not"))
	}
	if missing {
		// Made here and not by SQLite, so that nobody else may read it.
		file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return fail(ErrDenied, "create "+path, err)
		}
		if err := file.Close(); err != nil {
			return fail(ErrUnavailable, "create "+path, err)
		}
	}
	marked, err := probeFile(ctx, path, f)
	if err != nil {
		return err
	}
	if !marked && s.opt.ReadOnly {
		return fail(ErrForeign, "open "+path, errors.New("the file is empty"))
	}
	db := &DB{file: f, dialect: SQLite, path: path, dsn: sqliteDSN(path, f, "write")}
	s.setDB(db)
	mode := "read"
	if s.opt.ReadOnly {
		mode = "ro"
	}
	if !s.opt.ReadOnly {
		if db.write, err = sqlitePool(db.dsn, 1); err != nil {
			return fail(ErrUsage, "open "+path, err)
		}
		db.queue = semaphore.NewWeighted(1)
		// The first connection sets page size and journal mode of a new file.
		if !marked {
			_, err = db.write.ExecContext(ctx, fmt.Sprintf("pragma application_id = %d", applicationID|int(f)))
		} else {
			err = db.write.PingContext(ctx)
		}
		if err != nil {
			return Wrap("open "+path, err)
		}
	}
	if db.read, err = sqlitePool(sqliteDSN(path, f, mode), s.opt.Readers); err != nil {
		return fail(ErrUsage, "open "+path, err)
	}
	return nil
}

// probeFile looks at a file without changing it: it refuses one that is not the
// part f of a store, and reports false for one with nothing in it, which is new
// or whose creation was cut short.
func probeFile(ctx context.Context, path string, f File) (marked bool, err error) {
	op := "open " + path
	db, err := sqlitePool(sqliteDSN(path, f, "ro"), 1)
	if err != nil {
		return false, fail(ErrUsage, op, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var id, tables int
	if err := db.QueryRowContext(ctx, "pragma application_id").Scan(&id); err != nil {
		return false, Wrap(op, err)
	}
	want := applicationID | int(f)
	if id == want {
		return true, nil
	}
	if err := db.QueryRowContext(ctx, "select count(*) from sqlite_master").Scan(&tables); err != nil {
		return false, Wrap(op, err)
	}
	if tables > 0 || id != 0 {
		return false, fail(ErrForeign, op, fmt.Errorf("application id %#x, want %#x for %s", id, want, f))
	}
	return false, nil
}

// sqliteDSN is the data source name of a connection in one of the modes
// "write", "read" (of a file that is written too) and "ro" (nothing is).
func sqliteDSN(path string, f File, mode string) string {
	q := url.Values{}
	q.Set("_busy_timeout", "10000")
	q.Set("_foreign_keys", "1")
	switch mode {
	case "write":
		q.Add("_pragma", fmt.Sprintf("page_size(%d)", PageSize))
		q.Add("_pragma", "cache_size(-32768)") // 32 MiB: a batch never spills into the log before its commit
		checkpoint := 16 << 20
		if f == Core {
			checkpoint = 128 << 20 // a backstop: the journal checkpoints beside its commits
		}
		q.Add("_pragma", fmt.Sprintf("wal_autocheckpoint(%d)", checkpoint/PageSize))
		q.Add("_pragma", fmt.Sprintf("journal_size_limit(%d)", 256<<20))
		q.Set("_journal_mode", "WAL")
		q.Set("_synchronous", "FULL")
		if f == Search {
			q.Set("_synchronous", "NORMAL") // may lose its end: it is built again from there
		}
		q.Set("_txlock", "immediate")
	case "read":
		q.Add("_pragma", "cache_size(-8192)")
		q.Set("_query_only", "1")
	case "ro":
		q.Add("_pragma", "cache_size(-8192)")
		q.Set("mode", "ro")
	}
	name := &url.URL{Path: filepath.ToSlash(path)}
	return "file:" + name.EscapedPath() + "?" + q.Encode()
}

// sqlitePool opens a pool of at most n connections.
func sqlitePool(dsn string, n int) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// sqliteConnect opens one connection.
func sqliteConnect(ctx context.Context, dsn string) (driver.Conn, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return c.Connect(ctx)
}
