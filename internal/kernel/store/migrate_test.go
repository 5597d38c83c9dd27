package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"testing"
	"testing/fstest"

	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

func TestMigrationsRunForwardOnce(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			one := notes(notesTable)
			two := notes(notesTable, `alter table notes add column size bigint not null default 3`)
			storetest.Open(t, u, one)
			s := storetest.Open(t, u, two, two)
			if err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return insert(ctx, tx, 1) }); err != nil {
				t.Fatal(err)
			}
			var size int
			if err := s.Services.Read().QueryRow("select size from notes").Scan(&size); err != nil || size != 3 {
				t.Errorf("size %d, %v", size, err)
			}
			if n := len(s.Migrations()); n != 1 {
				t.Errorf("%d migrations remembered, want 1", n)
			}
			old, err := store.Open(t.Context(), u, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = old.Close() })
			if err := old.Migrate(t.Context(), one); !errors.Is(err, store.ErrNewer) {
				t.Errorf("an older program: %v, want ErrNewer", err)
			}
			reader, err := store.Open(t.Context(), u, store.Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = reader.Close() })
			if err := reader.Migrate(t.Context(), two); err != nil {
				t.Errorf("a reader of the same version: %v", err)
			}
			three := notes(notesTable, "select 1", "select 1")
			if err := reader.Migrate(t.Context(), three); !errors.Is(err, store.ErrOlder) {
				t.Errorf("a reader of a newer version: %v, want ErrOlder", err)
			}
			err = reader.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return insert(ctx, tx, 2) })
			if !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("write to a store opened for reading: %v", err)
			}
			if _, err := reader.LockWriter(t.Context(), 0, "x"); !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("lock of a store opened for reading: %v", err)
			}
		})
	}
}

func TestFailedMigrationLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		err := s.Migrate(t.Context(), notes(notesTable, `create table other (id bigint); insert into nowhere values (1)`))
		if err == nil {
			t.Fatal("a wrong migration ran")
		}
		if err := s.Migrate(t.Context(), notes(notesTable, `create table other (id bigint)`)); err != nil {
			t.Errorf("the corrected migration: %v", err)
		}
	})
}

func TestDialectParts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		err := s.Migrate(t.Context(), notes(`create table dialect (name text not null);
			-- only sqlite
			insert into dialect values ('sqlite');
			-- end
			-- only postgres
			insert into dialect values ('postgres');
			-- end`))
		if err != nil {
			t.Fatal(err)
		}
		var name string
		if err := s.Services.Read().QueryRow("select name from dialect").Scan(&name); err != nil || name != s.Dialect.String() {
			t.Errorf("ran the part for %q (%v)", name, err)
		}
	})
}

func TestUnusableMigrations(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	file := func(name, text string) store.Migration {
		return store.Migration{File: store.Core, Owner: "x", FS: fstest.MapFS{name: {Data: []byte(text)}}}
	}
	owner := file("1_a.sql", "select 1")
	owner.Owner = "X; drop"
	for name, m := range map[string]store.Migration{
		"no files":        {File: store.Core, Owner: "x", FS: fstest.MapFS{}},
		"file name":       file("first.sql", "select 1"),
		"owner":           owner,
		"unknown dialect": file("1_a.sql", "-- only oracle\nselect 1\n-- end"),
		"part not ended":  file("1_a.sql", "-- only sqlite\nselect 1"),
		"part in part":    file("1_a.sql", "-- only sqlite\n-- only postgres\nselect 1\n-- end"),
	} {
		if err := s.Migrate(t.Context(), m); !errors.Is(err, store.ErrUsage) {
			t.Errorf("%s: %v, want ErrUsage", name, err)
		}
	}
}

// modernc.org/sqlite works with the version of modernc.org/libc alone that it
// was made with; a newer one corrupts memory or does not build.
func TestLibcIsPinned(t *testing.T) {
	t.Parallel()
	const want = "v1.77.1"
	text, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^\s*(?:require\s+)?modernc\.org/libc\s+(\S+)`).FindSubmatch(text)
	if m == nil || string(m[1]) != want {
		t.Errorf("go.mod requires modernc.org/libc %s, want %s", bytes.Join(m, []byte(" ")), want)
	}
	if bytes.Contains(text, []byte("modernc.org/libc =>")) {
		t.Error("go.mod replaces modernc.org/libc")
	}
}
