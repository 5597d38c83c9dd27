package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// notes is a schema of one migration for each script.
func notes(scripts ...string) store.Migration {
	fs := fstest.MapFS{}
	for i, s := range scripts {
		fs[fmt.Sprintf("migrations/%04d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(s)}
	}
	return store.Migration{File: store.Services, Owner: "notes", FS: fs}
}

const notesTable = `create table notes (id bigint not null primary key, body bytea not null, done boolean not null);
create index notes_done on notes (done);`

func insert(ctx context.Context, tx *store.Tx, id int) error {
	_, err := tx.Exec(ctx, "insert into notes (id, body, done) values ($1, $2, $3)", id, []byte{1, 2}, true)
	return err
}

func count(t testing.TB, s *store.Store) (n int) {
	t.Helper()
	if err := s.Services.Read().QueryRow("select count(*) from notes").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteIsReadBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		hooks := 0
		err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.AfterCommit(func() { hooks++ })
			return insert(ctx, tx, 7)
		})
		if err != nil || hooks != 1 {
			t.Fatalf("write: %v, hook ran %d times", err, hooks)
		}
		var body []byte
		var done bool
		if err := s.Services.Read().QueryRow("select body, done from notes where id = $1", 7).Scan(&body, &done); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(body, []byte{1, 2}) || !done {
			t.Errorf("read %x %v", body, done)
		}
	}, notes(notesTable))
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		wrong := errors.New("wrong")
		hook := func() { t.Error("hook of a failed write ran") }
		err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.AfterCommit(hook)
			return errors.Join(insert(ctx, tx, 1), wrong)
		})
		if !errors.Is(err, wrong) {
			t.Errorf("error %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_ = insert(ctx, tx, 2)
				panic("panic in a write")
			})
		}()
		ctx, cancel := context.WithCancel(t.Context())
		err = s.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			err := insert(ctx, tx, 3)
			cancel()
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled write: %v", err)
		}
		if n := count(t, s); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		// Neither the failure nor the panic keeps the next writer out.
		if err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return insert(ctx, tx, 4) }); err != nil {
			t.Error(err)
		}
	}, notes(notesTable))
}

func TestErrorsHaveAKind(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		cases := []struct {
			name string
			kind store.Kind
			sql  string
		}{
			{"unique key", store.ErrDuplicate, `insert into notes (id, body, done) select id, body, done from notes`},
			{"null", store.ErrConstraint, `insert into notes (id, body, done) values (2, null, true)`},
			{"reference", store.ErrConstraint, `insert into marks (note) values (99)`},
			{"check", store.ErrConstraint, `insert into marks (note, size) values (1, -1)`},
			{"syntax", 0, `insert into nowhere`},
		}
		if err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return insert(ctx, tx, 1) }); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, c.sql)
				return err
			})
			if err == nil || store.KindOf(err) != c.kind || (c.kind != 0 && !errors.Is(err, c.kind)) {
				t.Errorf("%s: kind %v, want %v: %v", c.name, store.KindOf(err), c.kind, err)
			}
		}
		var n int
		err := s.Services.Read().QueryRow("select id from notes where id = 5").Scan(&n)
		if err = store.Wrap("read note", err); !errors.Is(err, sql.ErrNoRows) || store.KindOf(err) != 0 {
			t.Errorf("no row: %v", err)
		}
	}, notes(notesTable, `create table marks (note bigint not null references notes (id), size bigint check (size > 0))`))
}

func TestEveryKindSaysWhatAndHowToMend(t *testing.T) {
	t.Parallel()
	for k := store.ErrLocked; k <= store.ErrUsage; k++ {
		en, zh := k.Fix()
		if k.Error() == "" || k.ZH() == "" || en == "" || zh == "" {
			t.Errorf("kind %d has no text", k)
		}
		err := &store.Error{Kind: k, Op: "test"}
		for _, part := range []string{"test", k.Error(), k.ZH(), en, zh} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("kind %d: %q lacks %q", k, err.Error(), part)
			}
		}
	}
}

// All writers add one to the same row: none may be lost, and every one must
// come through.
func TestConcurrentWritersAreSerial(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const writers, rounds = 16, 8
		var hooks atomic.Int64
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range rounds {
					err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
						tx.AfterCommit(func() { hooks.Add(1) })
						var n int
						if err := tx.QueryRow(ctx, "select n from counter").Scan(&n); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, "update counter set n = $1", n+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		var n int
		if err := s.Services.Read().QueryRow("select n from counter").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != writers*rounds || hooks.Load() != writers*rounds {
			t.Errorf("counter %d, hooks %d, want %d", n, hooks.Load(), writers*rounds)
		}
	}, notes(`create table counter (n bigint not null)`, `insert into counter (n) values (0)`))
}

func TestSnapshotSeesOneState(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		err := s.Services.Snapshot(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			for i := range 3 {
				var n int
				if err := tx.QueryRowContext(ctx, "select count(*) from notes").Scan(&n); err != nil || n != 0 {
					t.Errorf("after %d writes the snapshot sees %d rows (%v)", i, n, err)
				}
				if err := s.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return insert(ctx, tx, i) }); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, "delete from notes")
			if err == nil {
				t.Error("a snapshot took a write")
			}
			return nil
		})
		if err != nil || count(t, s) != 3 {
			t.Errorf("%d rows, %v", count(t, s), err)
		}
	}, notes(notesTable))
}

func TestReaderPoolTakesNoWrites(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, notes(notesTable))
	_, err := s.Services.Read().Exec("delete from notes")
	if err := store.Wrap("delete", err); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("write through the reader pool: %v", err)
	}
}

func TestSQLiteSettings(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	for _, c := range []struct {
		db     *store.DB
		pragma string
		want   string
	}{
		{s.Core, "page_size", "8192"}, {s.Core, "journal_mode", "wal"}, {s.Core, "synchronous", "2"},
		{s.Services, "page_size", "8192"}, {s.Services, "journal_mode", "wal"}, {s.Services, "synchronous", "2"},
		{s.Search, "synchronous", "1"}, {s.Core, "foreign_keys", "1"}, {s.Core, "busy_timeout", "10000"},
	} {
		err := c.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			var got string
			err := tx.QueryRow(ctx, "pragma "+c.pragma).Scan(&got)
			if err == nil && got != c.want {
				t.Errorf("%s of %s is %s, want %s", c.pragma, c.db.File(), got, c.want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range store.SQLiteFiles(s.Core.Path()) {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
	}
}

func TestPathNeedsNoSpecialCharacters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "口岸 100%?a=b&c#d.db")
	s := storetest.Open(t, "sqlite:"+path, notes(notesTable))
	if _, err := os.Stat(path); err != nil || s.Core.Path() != path {
		t.Errorf("core file: %v", err)
	}
}

func TestStoreThatIsNotOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	stranger := filepath.Join(dir, "stranger.db")
	db, err := sql.Open("sqlite", stranger)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("create table t (a)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole := func(name string) string {
		path := filepath.Join(dir, name)
		if err := storetest.Open(t, "sqlite:"+path).Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b := whole("a.db"), whole("b.db")
	rename := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	rename(store.SQLiteFiles(b)[1], store.SQLiteFiles(a)[1]) // the services of another store
	lost := whole("lost.db")
	rename(lost, filepath.Join(dir, "elsewhere.db")) // core is gone, its siblings are there
	sibling := whole("sibling.db")
	for _, c := range []struct {
		name, url string
		opt       store.Options
		kind      store.Kind
	}{
		{"missing", "sqlite:" + filepath.Join(dir, "no.db"), store.Options{MustExist: true}, store.ErrMissing},
		{"missing for reading", "sqlite:" + filepath.Join(dir, "no.db"), store.Options{ReadOnly: true}, store.ErrMissing},
		{"missing folder", "sqlite:" + filepath.Join(dir, "no", "zone.db"), store.Options{}, store.ErrMissing},
		{"text file", "sqlite:" + text, store.Options{}, store.ErrForeign},
		{"another program's", "sqlite:" + stranger, store.Options{}, store.ErrForeign},
		{"folder", "sqlite:" + dir, store.Options{}, store.ErrForeign},
		{"services file lost", "sqlite:" + b, store.Options{}, store.ErrMissing},
		{"services of another store", "sqlite:" + a, store.Options{}, store.ErrForeign},
		{"core lost", "sqlite:" + lost, store.Options{}, store.ErrMissing},
		{"sibling as core", "sqlite:" + store.SQLiteFiles(sibling)[1], store.Options{}, store.ErrForeign},
		{"no scheme", filepath.Join(dir, "zone.db"), store.Options{}, store.ErrUsage},
		{"no file", "sqlite:", store.Options{}, store.ErrUsage},
		{"unreadable URL", "postgres://host:port/x", store.Options{}, store.ErrUsage},
		{"nobody listens", "postgres://u@127.0.0.1:1/x?connect_timeout=2", store.Options{}, store.ErrUnavailable},
	} {
		s, err := store.Open(t.Context(), c.url, c.opt)
		if !errors.Is(err, c.kind) || s != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.kind)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "no.db")); !errors.Is(err, os.ErrNotExist) {
		t.Error("opening a missing store made a file")
	}
}

func TestPostgresThatIsNotOurs(t *testing.T) {
	t.Parallel()
	missing, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	empty := missing.String()
	missing.Path = "/nowhere"
	half := storetest.Open(t, storetest.PostgresURL(t))
	if err := half.Search.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "drop schema search cascade")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var name string
	if err := half.Core.Read().QueryRow("select current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	partial := *missing
	partial.Path = "/" + name
	for _, c := range []struct {
		name, url string
		opt       store.Options
		kind      store.Kind
	}{
		{"no such database", missing.String(), store.Options{}, store.ErrMissing},
		{"empty database", empty, store.Options{MustExist: true}, store.ErrMissing},
		{"a schema is missing", partial.String(), store.Options{}, store.ErrForeign},
	} {
		s, err := store.Open(t.Context(), c.url, c.opt)
		if !errors.Is(err, c.kind) || s != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.kind)
		}
	}
}

// Two processes that make the same store at the same time both get it.
func TestConcurrentCreation(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			ids := make([]string, 4)
			var wg sync.WaitGroup
			for i := range ids {
				wg.Go(func() {
					s, err := store.Open(t.Context(), u, store.Options{})
					if err == nil {
						ids[i] = s.ID
						err = errors.Join(s.Migrate(t.Context(), notes(notesTable)), s.Close())
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for _, id := range ids {
				if len(id) != 32 || id != ids[0] {
					t.Errorf("identities %v", ids)
				}
			}
		})
	}
}
