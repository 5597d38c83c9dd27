package backup

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pilotzone/internal/kernel/store"
)

// rowsAtOnce and bytesAtOnce bound a transaction on the copy.
const (
	rowsAtOnce  = 2000
	bytesAtOnce = 8 << 20
)

// copyPostgres makes a SQLite store with the same identity and the same tables
// at path and fills it: services and then core, each from one snapshot.
func copyPostgres(ctx context.Context, s *store.Store, path string) error {
	id, err := hex.DecodeString(s.ID)
	if err != nil {
		return err
	}
	copied, err := store.Open(ctx, "sqlite:"+path, store.Options{Random: bytes.NewReader(id), Clock: s.Clock()})
	if err != nil {
		return err
	}
	err = copied.Migrate(ctx, s.Migrations()...)
	if err := errors.Join(err, copied.Close()); err != nil {
		return err
	}
	files := store.SQLiteFiles(path)
	for _, c := range []struct {
		db   *store.DB
		path string
	}{{s.Services, files[1]}, {s.Core, files[0]}} {
		if err := copyTables(ctx, c.db, c.path, s.Migrations()); err != nil {
			return store.Wrap("copy "+c.db.File().String(), err)
		}
	}
	// The search index and the lock file of the copy are of no use in a backup.
	return errors.Join(os.Remove(files[2]), os.Remove(strings.TrimSuffix(path, ".db")+".lock"))
}

// copyTables fills the file at path from a snapshot of db.
func copyTables(ctx context.Context, db *store.DB, path string, migrations []store.Migration) (err error) {
	// Plain SQLite without the settings of a store: nobody else sees the file
	// yet, references may wait for their target, and the log would be left over.
	to, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?_foreign_keys=0&_journal_mode=DELETE&_synchronous=OFF")
	if err != nil {
		return err
	}
	to.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, to.Close()) }()
	return db.Snapshot(ctx, func(ctx context.Context, from *sql.Tx) error {
		tables, err := tablesOf(ctx, from, db.File(), migrations)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if err := copyTable(ctx, from, to, table); err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
		}
		return nil
	})
}

// tablesOf returns the tables to copy: all but those that making the copy has
// filled.
func tablesOf(ctx context.Context, from *sql.Tx, f store.File, migrations []store.Migration) ([]string, error) {
	filled := []string{"store_identity"}
	for _, m := range migrations {
		if m.File == f {
			filled = append(filled, m.Owner+"_versions")
		}
	}
	rows, err := from.QueryContext(ctx, `select tablename from pg_tables where schemaname = current_schema() order by tablename`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if !slices.Contains(filled, name) {
			out = append(out, name)
		}
	}
	return out, rows.Err()
}

// copyTable copies all rows of a table.
func copyTable(ctx context.Context, from *sql.Tx, to *sql.DB, table string) error {
	columns, err := columnsOf(ctx, to, table)
	if err != nil {
		return err
	}
	names := strings.Join(columns, ", ")
	rows, err := from.QueryContext(ctx, "select "+names+" from "+quote(table))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	insert := "insert into " + quote(table) + " (" + names + ") values (" + marks + ")"
	for more := true; more; {
		if more, err = copyPiece(ctx, rows, to, insert, len(columns)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// copyPiece copies rows in one transaction and reports whether there may be
// more.
func copyPiece(ctx context.Context, rows *sql.Rows, to *sql.DB, insert string, columns int) (more bool, err error) {
	tx, err := to.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	stmt, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return false, err
	}
	values, into := make([]any, columns), make([]any, columns)
	for i := range values {
		into[i] = &values[i]
	}
	for n, size := 0, 0; n < rowsAtOnce && size < bytesAtOnce; n++ {
		if more = rows.Next(); !more {
			break
		}
		if err := rows.Scan(into...); err != nil {
			return false, err
		}
		for _, v := range values {
			switch v := v.(type) {
			case []byte:
				size += len(v)
			case string:
				size += len(v)
			}
		}
		if _, err := stmt.ExecContext(ctx, values...); err != nil {
			return false, err
		}
	}
	return more, tx.Commit()
}

// columnsOf returns the quoted names of the columns of a table of the copy.
func columnsOf(ctx context.Context, to *sql.DB, table string) ([]string, error) {
	rows, err := to.QueryContext(ctx, `select name from pragma_table_info($1) order by cid`, table)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, quote(name))
	}
	if len(out) == 0 && rows.Err() == nil {
		return nil, errors.New("the migrations run on this store do not make it: run all migrations before the backup")
	}
	return out, rows.Err()
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
