package store_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// lockURL is the variable that makes [TestLockChild] the holder of a lock.
const lockURL = "PILOTZONE_TEST_LOCK"

// TestLockChild is not a test of its own: it is another process that holds the
// lock until its input ends.
func TestLockChild(t *testing.T) {
	url := os.Getenv(lockURL)
	if url == "" {
		t.Skip("runs as a child of TestOneWriterAcrossProcesses")
	}
	s, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.LockWriter(t.Context(), 0, "child"); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("locked\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestOneWriterAcrossProcesses(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			s := storetest.Open(t, u)
			pid, kill := lockedByChild(t, u)
			_, err := s.LockWriter(t.Context(), 0, "parent")
			locked, ok := errors.AsType[*store.LockedError](err)
			if !errors.Is(err, store.ErrLocked) || !ok || locked.Holder.PID != pid || locked.Holder.Name != "child" {
				t.Fatalf("while the child holds the lock: %v, %+v", err, locked)
			}
			if age := time.Since(locked.Holder.Since); age < 0 || age > time.Minute {
				t.Errorf("held since %v", locked.Holder.Since)
			}
			kill() // a dead process holds nothing
			l, err := s.LockWriter(t.Context(), 0, "parent")
			if err != nil {
				t.Fatalf("after the child was killed: %v", err)
			}
			if !l.Held() {
				t.Error("the new lock is not held")
			}
			if err := errors.Join(l.Release(), l.Release()); err != nil || l.Held() {
				t.Errorf("release: %v, held %v", err, l.Held())
			}
		})
	}
}

// lockedByChild starts a process that holds the lock, and returns its number
// and a function that kills it.
func lockedByChild(t *testing.T, url string) (pid int, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockChild$")
	cmd.Env = append(os.Environ(), lockURL+"="+url)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(func() { _ = in.Close(); kill() })
	line := make([]byte, 100)
	n, err := out.Read(line)
	if err != nil || !strings.HasPrefix(string(line[:n]), "locked") {
		t.Fatalf("child: %q, %v", line[:n], err)
	}
	return cmd.Process.Pid, kill
}

func TestMigrationWaitsForNoWriterOfItsOwn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l, err := s.LockWriter(t.Context(), 0, "test")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Migrate(t.Context(), notes(notesTable)); err != nil {
			t.Errorf("migrate beside the writer of the same process: %v", err)
		}
		if !l.Held() {
			t.Error("the migration released the writer's lock")
		}
		if _, err := s.LockWriter(t.Context(), 0, "again"); !errors.Is(err, store.ErrLocked) {
			t.Errorf("second lock in the same process: %v", err)
		}
		if err := l.Release(); err != nil {
			t.Error(err)
		}
	})
}

func TestLostLockIsNoticed(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	l, err := s.LockWriter(t.Context(), 3, "test")
	if err != nil {
		t.Fatal(err)
	}
	if other, err := s.LockWriter(t.Context(), 4, "test"); err != nil {
		t.Errorf("lock of another shard: %v", err)
	} else if err := other.Release(); err != nil {
		t.Error(err)
	}
	var n int
	err = s.Core.Read().QueryRow(`select count(pg_terminate_backend(pid)) from pg_locks
		where locktype = 'advisory' and objid = 3 and database = (select oid from pg_database where datname = current_database())`).Scan(&n)
	if err != nil || n != 1 {
		t.Fatalf("%d connections held the lock, %v", n, err)
	}
	select {
	case <-l.Lost():
	case <-time.After(10 * time.Second):
		t.Fatal("the loss was not noticed")
	}
	if l.Held() {
		t.Error("a lost lock counts as held")
	}
	again, err := s.LockWriter(t.Context(), 3, "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Release(), again.Release()); err != nil {
		t.Error(err)
	}
}
