package job_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/job"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

var ring = sync.OnceValue(func() *keys.Keyring {
	k, err := keys.New(keys.AES256GCM, time.Unix(1, 0), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

func queue(t *testing.T, s *store.Store, edit func(*job.Config)) *job.Queue {
	t.Helper()
	c := job.Config{DB: s.Services, Keys: ring(), Clock: clock.System{}, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Lease: 300 * time.Millisecond, Poll: 100 * time.Millisecond, Pause: time.Millisecond}
	if edit != nil {
		edit(&c)
	}
	return job.New(c)
}

// start runs the queue until the returned stop, or the test's end.
func start(t *testing.T, q *job.Queue) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = q.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

func until(t *testing.T, q *job.Queue, id string, want job.State) job.Job {
	t.Helper()
	for end := time.Now().Add(8 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		j, err := q.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State == want {
			return j
		}
	}
	j, _ := q.Get(t.Context(), id)
	t.Fatalf("job %+v never became %s", j, want)
	return j
}

// TestJobIsDone: what it was given arrives, what it made is there, and nothing
// of it stands in the database in clear.
func TestJobIsDone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		q := queue(t, s, nil)
		big := bytes.Repeat([]byte("11010519491231002X,"), 150_000) // three pieces
		q.Handle("copy", func(ctx context.Context, r *job.Run) error {
			data, err := r.File(ctx, "in")
			if err != nil || string(r.Args) != "args" {
				return fmt.Errorf("%w: %q", err, r.Args)
			}
			r.Progress(7, 9, "copied")
			return errors.Join(r.PutFile(ctx, "out", data), r.SetResult(ctx, []byte("fine")))
		})
		start(t, q)
		j, added, err := q.Add(t.Context(), job.Spec{Kind: "copy", Key: "k", Owner: "p1", Args: []byte("args"), Files: map[string][]byte{"in": big}})
		if err != nil || !added {
			t.Fatal(added, err)
		}
		got := until(t, q, j.ID, job.Done)
		if got.Done != 7 || got.Total != 9 || got.Note != "copied" || string(got.Result) != "fine" || got.FinishedAt.IsZero() {
			t.Errorf("job is %+v", got)
		}
		if out, err := q.File(t.Context(), j.ID, "out"); err != nil || !bytes.Equal(out, big) {
			t.Errorf("file of %d bytes, %v", len(out), err)
		}
		var stored []byte
		if err := s.Services.Read().QueryRowContext(t.Context(), `select data from job_files where number = 0 and name = 'in'`).Scan(&stored); err != nil || bytes.Contains(stored, []byte("11010519491231002X")) {
			t.Errorf("a file stands in clear, %v", err)
		}
		again, added, err := q.Add(t.Context(), job.Spec{Kind: "copy", Key: "k"})
		if err != nil || added || again.ID != j.ID {
			t.Errorf("a kind and key name one job: %v %v %v", again.ID, added, err)
		}
		if _, err := q.Get(t.Context(), "none"); !errors.Is(err, job.ErrNotFound) {
			t.Errorf("unknown job: %v", err)
		}
		if err := q.Cancel(t.Context(), j.ID); !errors.Is(err, job.ErrOver) {
			t.Errorf("cancel of a job that is over: %v", err)
		}
		if err := q.Cancel(t.Context(), "none"); !errors.Is(err, job.ErrNotFound) {
			t.Errorf("cancel of no job: %v", err)
		}
	}, job.Migration)
}

// TestJobIsTriedAgain: failures are tried again up to Most, permanent ones and
// panics by their kind, and a failed job can be retried.
func TestJobIsTriedAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		q := queue(t, s, nil)
		var runs atomic.Int32
		q.Handle("third", func(context.Context, *job.Run) error {
			if runs.Add(1) < 3 {
				panic("not yet")
			}
			return nil
		})
		q.Handle("never", func(context.Context, *job.Run) error { return errors.New("no") })
		q.Handle("once", func(context.Context, *job.Run) error { return job.Permanent(errors.New("bad file")) })
		start(t, q)
		for kind, want := range map[string]struct {
			state    job.State
			attempts int
		}{"third": {job.Done, 3}, "never": {job.Failed, 2}, "once": {job.Failed, 1}, "unknown": {job.Failed, 1}} {
			most := 2
			if kind == "third" {
				most = 5
			}
			j, _, err := q.Add(t.Context(), job.Spec{Kind: kind, Most: most})
			if err != nil {
				t.Fatal(err)
			}
			if got := until(t, q, j.ID, want.state); got.Attempts != want.attempts || (got.Problem == "") != (want.state == job.Done) {
				t.Errorf("%s: %+v", kind, got)
			}
			if kind == "once" {
				if err := q.Retry(t.Context(), j.ID); err != nil {
					t.Error(err)
				}
			}
		}
	}, job.Migration)
}

// TestJobSurvivesASuddenEnd: a job whose worker died runs again once its lease
// is over, and the first worker changes nothing any more.
func TestJobSurvivesASuddenEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first, second := queue(t, s, nil), queue(t, s, nil)
		begun := make(chan struct{})
		first.Handle("long", func(ctx context.Context, r *job.Run) error {
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		})
		second.Handle("long", func(ctx context.Context, r *job.Run) error { return r.SetResult(ctx, []byte("2")) })
		stop := start(t, first)
		j, _, err := first.Add(t.Context(), job.Spec{Kind: "long"})
		if err != nil {
			t.Fatal(err)
		}
		<-begun
		stop()
		if got, _ := first.Get(t.Context(), j.ID); got.State != job.Running {
			t.Fatalf("a job whose worker ended is %s", got.State)
		}
		start(t, second)
		until(t, second, j.ID, job.Done)
	}, job.Migration)
}

// TestJobIsCancelled: a running handler is told, and the job stays cancelled.
func TestJobIsCancelled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		q := queue(t, s, nil)
		told := make(chan error, 1)
		begun := make(chan struct{})
		q.Handle("long", func(ctx context.Context, r *job.Run) error {
			close(begun)
			<-ctx.Done()
			told <- context.Cause(ctx)
			return nil
		})
		start(t, q)
		j, _, err := q.Add(t.Context(), job.Spec{Kind: "long"})
		if err != nil {
			t.Fatal(err)
		}
		<-begun
		if err := q.Cancel(t.Context(), j.ID); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-told:
			if !errors.Is(err, job.ErrLost) {
				t.Errorf("told %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("the handler was not told")
		}
		if got := until(t, q, j.ID, job.Cancelled); got.FinishedAt.IsZero() {
			t.Errorf("%+v", got)
		}
	}, job.Migration)
}

// TestJobsAreListedAndRemoved: newest first, page by page, by owner; those over
// for longer than Keep go with their files.
func TestJobsAreListedAndRemoved(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := clock.NewFixed(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))
		q := queue(t, s, func(c *job.Config) { c.Clock, c.Workers = now, 1 })
		q.Handle("k", func(context.Context, *job.Run) error { return nil })
		var ids []string
		for i := range 5 {
			now.Advance(time.Second)
			j, _, err := q.Add(t.Context(), job.Spec{Kind: "k", Owner: fmt.Sprint("p", i%2), Org: "o", Files: map[string][]byte{"in": nil}})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, j.ID)
		}
		page, err := q.List(t.Context(), job.Filter{Owner: "p0", Limit: 2})
		if err != nil || len(page) != 2 || page[0].ID != ids[4] || page[1].ID != ids[2] {
			t.Fatalf("first page %v %v", page, err)
		}
		page, err = q.List(t.Context(), job.Filter{Owner: "p0", Org: "o", Kind: "k", Limit: 2, Before: page[1].ID})
		if err != nil || len(page) != 1 || page[0].ID != ids[0] {
			t.Fatalf("second page %v %v", page, err)
		}
		stop := start(t, q)
		for _, id := range ids {
			until(t, q, id, job.Done)
		}
		stop()
		now.Advance(31 * 24 * time.Hour)
		start(t, q)
		for end := time.Now().Add(8 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			if left, err := q.List(t.Context(), job.Filter{}); err != nil || len(left) == 0 || time.Now().After(end) {
				if len(left) != 0 || err != nil {
					t.Fatalf("left %v %v", left, err)
				}
				break
			}
		}
	}, job.Migration)
}
