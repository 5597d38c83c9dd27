package journal_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/pgtemp"
	"pilotzone/internal/kernel/store/storetest"
)

// childURL is the variable that makes [TestCrashChild] the writer of a store;
// childBatches says after how many batches it ends, for ever when empty.
const (
	childURL     = "PILOTZONE_TEST_JOURNAL"
	childBatches = "PILOTZONE_TEST_BATCHES"
)

// TestCrashChild is not a test of its own: it is the process that is killed or
// watched. It commits and prints the number of each batch once that is durable.
func TestCrashChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		t.Skip("runs as a child of TestKilledWriterLosesNothing")
	}
	s, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context(), journal.Migration()); err != nil {
		t.Fatal(err)
	}
	j := open(t, s)
	state, err := j.Acquire(t.Context(), "child")
	if err != nil {
		t.Fatal(err)
	}
	m := newMaker(state)
	m.segments, m.size = 8, 20000
	limit, _ := strconv.Atoi(os.Getenv(childBatches)) // 0 when it is empty
	for n := 0; limit == 0 || n < limit; n++ {
		b := m.next()
		if err := j.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("durable %d\n", b.Number)
	}
}

func TestKilledWriterLosesNothing(t *testing.T) {
	t.Parallel()
	urls := map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			s := storetest.Open(t, u, journal.Migration())
			reader := open(t, s)
			rnd := rand.New(rand.NewPCG(1, 2))
			for kill := range 5 {
				last := killWriter(t, u, 1+rnd.IntN(60), time.Duration(rnd.IntN(8000))*time.Microsecond)
				state := settle(t, s)
				if state.Batch < last || state.Batch > last+1 {
					t.Fatalf("kill %d: batch %d was acknowledged, the log ends with %d", kill, last, state.Batch)
				}
				verify(t, reader)
			}
		})
	}
}

// killWriter starts a writer, kills it a moment after it has acknowledged so
// many batches, and returns the last batch that it acknowledged.
func killWriter(t *testing.T, url string, batches int, moment time.Duration) (last uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	cmd.Env = append(os.Environ(), childURL+"="+url)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	said := []string{}
	for n := 0; lines.Scan(); {
		said = append(said, lines.Text())
		if _, err := fmt.Sscanf(lines.Text(), "durable %d", &last); err != nil {
			continue
		}
		if n++; n == batches {
			time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
		}
	}
	err = cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the writer was not killed: %v\n%s", err, strings.Join(said, "\n"))
	}
	return last
}

// settle becomes the writer for a moment, which waits for what the killed one
// may have left under way, and returns the end of the log.
func settle(t *testing.T, s *store.Store) journal.State {
	t.Helper()
	j, err := journal.Open(s, 0)
	if err != nil {
		t.Fatal(err)
	}
	state, err := j.Acquire(t.Context(), "settle")
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return state
}

// persist commits b whatever happens in between, as the core does: after a
// failure it asks what the log holds until it is told, and commits again when
// the batch is not there. It returns the failures.
func persist(ctx context.Context, j journal.Journal, b *journal.Batch) (failures []error, err error) {
	for {
		err := j.Commit(ctx, b)
		if err == nil {
			return failures, nil
		}
		for failures = append(failures, err); err != nil; {
			var state journal.State
			state, err = j.Current(ctx)
			if err == nil && state.Batch == b.Number {
				return failures, nil
			}
			if errors.Is(err, journal.ErrFenced) || ctx.Err() != nil {
				return failures, errors.Join(err, ctx.Err())
			}
			if err != nil {
				time.Sleep(10 * time.Millisecond) // the database is down
			}
		}
	}
}

func TestJournalOutlivesItsServer(t *testing.T) {
	t.Parallel()
	server := storetest.Server(t, pgtemp.Options{})
	url, err := server.Create(t.Context(), "zone", "")
	if err != nil {
		t.Fatal(err)
	}
	j := acquire(t, storetest.Open(t, url, journal.Migration()))
	m := newMaker(journal.State{})
	committed := make(chan struct{}, 1)
	stop := make(chan struct{})
	done := make(chan error, 1)
	var failures []error
	go func() {
		for {
			f, err := persist(t.Context(), j, m.next())
			failures = append(failures, f...)
			select {
			case <-stop:
				done <- err
				return
			case committed <- struct{}{}:
			default:
			}
			if err != nil {
				done <- err
				return
			}
		}
	}()
	for i, down := range []func() error{server.Halt, server.Crash, server.Crash} {
		for range 5 {
			<-committed
		}
		if err := down(); err != nil {
			t.Fatalf("stop %d: %v", i, err)
		}
		if err := server.Resume(t.Context()); err != nil {
			t.Fatalf("start %d: %v", i, err)
		}
	}
	for range 5 {
		<-committed
	}
	close(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if len(failures) < 3 {
		t.Errorf("the server was stopped three times, commits failed %d times", len(failures))
	}
	for _, err := range failures {
		if !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, journal.ErrUnknown) {
			t.Errorf("failure without a kind: %v", err)
		}
	}
	state, err := j.Current(t.Context())
	if err != nil || state.Batch != m.batch || state.Epoch != 1 {
		t.Errorf("state %+v, want batch %d (%v)", state, m.batch, err)
	}
	verify(t, j)
}
