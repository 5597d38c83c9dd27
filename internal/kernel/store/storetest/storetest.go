// Package storetest gives tests a fresh store of either kind: a SQLite store
// in a temporary folder, and a PostgreSQL database on a private server that is
// started once for a test binary and ends with it.
//
// Without PostgreSQL programs on the machine that half is skipped; with
// PILOTZONE_REQUIRE_PG=1 in the environment it fails instead.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/pgtemp"
)

// Each runs f on a fresh SQLite store and on a fresh PostgreSQL store, as
// parallel subtests. The migrations given have run on both.
func Each(t *testing.T, f func(t *testing.T, s *store.Store), migrations ...store.Migration) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t, migrations...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t, migrations...))
	})
}

// SQLite opens a fresh SQLite store.
func SQLite(t testing.TB, migrations ...store.Migration) *store.Store {
	t.Helper()
	return Open(t, SQLiteURL(t), migrations...)
}

// Postgres opens a store on a fresh PostgreSQL database, or skips the test.
func Postgres(t testing.TB, migrations ...store.Migration) *store.Store {
	t.Helper()
	return Open(t, PostgresURL(t), migrations...)
}

// Open opens the store at url, migrates it and closes it when the test ends.
func Open(t testing.TB, url string, migrations ...store.Migration) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	if err := s.Migrate(t.Context(), migrations...); err != nil {
		t.Fatal(err)
	}
	return s
}

// SQLiteURL is the address of a SQLite store that does not exist yet.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "zone.db")
}

// shared is the server of this test binary. It is never stopped: it ends with
// the process.
var shared = sync.OnceValues(func() (*pgtemp.Server, error) {
	return pgtemp.Start(context.Background(), pgtemp.Options{})
})

var databases atomic.Int64

// PostgresURL makes an empty database on the private server and returns its
// address, or skips the test. The database goes with the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server, err := shared()
	need(t, err)
	name := fmt.Sprintf("test_%d", databases.Add(1))
	// A template, so that no test pays for a database from nothing.
	url, err := server.Create(t.Context(), name, "template0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Drop(context.WithoutCancel(t.Context()), name); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return url
}

// Server starts a PostgreSQL server for one test alone, which may stop and
// start it, or skips the test.
func Server(t testing.TB, opt pgtemp.Options) *pgtemp.Server {
	t.Helper()
	server, err := pgtemp.Start(t.Context(), opt)
	need(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stop server: %v", err)
		}
	})
	return server
}

// need skips or fails the test when there is no server.
func need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, pgtemp.ErrNotInstalled) && os.Getenv("PILOTZONE_REQUIRE_PG") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}
