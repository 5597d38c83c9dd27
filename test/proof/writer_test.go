package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/store"
)

// A second writer ends with code 2 and names the first.
func TestSecondWriterIsRefused(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p, s := newPlace(t, kind), supplyOf(t)
			if err := prepare(t.Context(), p, s); err != nil {
				t.Fatal(err)
			}
			first := start(t, p)
			_, body, _ := s.take()
			file := filepath.Join(t.TempDir(), "message.xml")
			if err := os.WriteFile(file, body, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, words := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"submit", file}} {
				code, out, errs, err := execute(t.Context(), program(t), append(words, p.args()...)...)
				if err != nil {
					t.Fatal(err)
				}
				holder := fmt.Sprintf("pilotzone serve, process %d", first.cmd.Process.Pid)
				if code != 2 || !strings.Contains(errs, holder) || out != "" {
					t.Errorf("%s: code %d, says %q %q; want 2 and %q", words[0], code, out, errs, holder)
				}
			}
			if code, err := first.stop(); code != 0 || err != nil {
				t.Errorf("the first writer ends with %d, %v", code, err)
			}
		})
	}
}

// A writer that lost its lock without knowing is fenced: it acknowledges nothing
// any more, and what it is sent is stored once, by its successor.
func TestStaleWriterIsFenced(t *testing.T) {
	t.Parallel()
	p, s := newPlace(t, "postgres"), supplyOf(t)
	if err := prepare(t.Context(), p, s); err != nil {
		t.Fatal(err)
	}
	stale, err := zone.Open(t.Context(), p.config())
	if err != nil {
		t.Fatal(err)
	}
	ok := submitter(t, s)
	for range 5 {
		if err := ok(stale); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := zone.Open(t.Context(), p.config()); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("a second writer: %v, want ErrLocked", err)
	}
	cutLock(t, p.url)
	var heir *zone.Zone
	until(t, "the lock is free", func() bool {
		heir, err = zone.Open(t.Context(), p.config())
		return !errors.Is(err, store.ErrLocked)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := ok(stale); !errors.Is(err, intake.ErrUnavailable) {
			t.Errorf("the stale writer answers %v, want ErrUnavailable", err)
		}
		if err := ok(heir); err != nil { // the same message
			t.Fatal(err)
		}
	}
	if err := heir.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the stale writer knows that it is fenced", func() bool { return errors.Is(stale.Intake.Healthy(), journal.ErrFenced) })
	if err := ok(stale); !errors.Is(err, intake.ErrUnavailable) {
		t.Errorf("the fenced writer answers %v, want ErrUnavailable", err)
	}
	if err := stale.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	last, err := zone.Open(t.Context(), p.config())
	if err != nil {
		t.Fatal(err)
	}
	if err := ok(last); err != nil {
		t.Fatal(err)
	}
	if err := last.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	whole(t, p, s)
}

// submitter sends the next message to a zone without HTTP; one that was not
// taken in comes again.
func submitter(t *testing.T, s *supply) func(*zone.Zone) error {
	return func(z *zone.Zone) error {
		m, body, _ := s.take()
		ack, err := z.Intake.Submit(t.Context(), body)
		if err != nil {
			s.declined(m)
			return err
		}
		a := &answer{}
		for _, d := range ack.Docs {
			a.Documents = append(a.Documents, documentAnswer{d.Input, int(d.Kind), d.Number, d.What})
		}
		return s.acknowledged(m, a)
	}
}

// cutLock breaks the connection that holds the writer lock, as a network does.
func cutLock(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	var cut int
	err = conn.QueryRow(t.Context(), `select count(pg_terminate_backend(pid)) from pg_locks
		where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`).Scan(&cut)
	if err = errors.Join(err, conn.Close(t.Context())); err != nil || cut != 1 {
		t.Fatalf("%d locks were cut, want 1: %v", cut, err)
	}
}
