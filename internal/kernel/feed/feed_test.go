package feed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

var noon = clock.NewFixed(time.Date(2026, 3, 1, 12, 0, 0, 0, clock.Beijing))

// effects is a table of a consumer: how often each event had its effect.
func effects(f store.File) store.Migration {
	return store.Migration{File: f, Owner: "effects", FS: fstest.MapFS{"0001_effects.sql": {Data: []byte(
		`create table effects (seq bigint not null primary key, times bigint not null, body bytea not null);`)}}}
}

func each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	storetest.Each(t, f, feed.Migration, feed.Cursors(store.Services), feed.Cursors(store.Search), effects(store.Services), effects(store.Search))
}

func appendFacts(t testing.TB, db *store.DB, s *feed.Stream, bodies ...string) uint64 {
	t.Helper()
	var last uint64
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		var facts []feed.Fact
		for _, b := range bodies {
			facts = append(facts, feed.Fact{Kind: "note", Version: 3, Body: []byte(b)})
		}
		last, err = s.Append(ctx, tx, facts...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return last
}

func apply(ctx context.Context, tx *store.Tx, events []feed.Event) error {
	for _, e := range events {
		if _, err := tx.Exec(ctx, `insert into effects (seq, times, body) values ($1, 1, $2)
			on conflict (seq) do update set times = effects.times + 1`, int64(e.Seq), e.Body); err != nil {
			return err
		}
	}
	return nil
}

func consumer(s *feed.Stream, db *store.DB) *feed.Consumer {
	return &feed.Consumer{Name: "test", Stream: s.Name(), Source: s, DB: db, Clock: noon, Apply: apply, Batch: 7,
		Pause: time.Microsecond, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

// once checks that each of n events had its effect exactly once.
func once(t *testing.T, db *store.DB, n int) {
	t.Helper()
	var count, distinct, last int
	if err := db.Read().QueryRow(`select coalesce(sum(times), 0), count(*), coalesce(max(seq), 0) from effects`).Scan(&count, &distinct, &last); err != nil {
		t.Fatal(err)
	}
	if count != n || distinct != n || last != n {
		t.Errorf("%d effects of %d events up to %d, want %d", count, distinct, last, n)
	}
}

func position(t *testing.T, db *store.DB, want uint64) {
	t.Helper()
	if got, err := feed.Position(t.Context(), db, "test", "notes"); err != nil || got != want {
		t.Errorf("cursor at %d, %v; want %d", got, err, want)
	}
}

func TestAppendNumbersInTheFactsTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		notes := feed.NewStream(s.Services, "notes", noon)
		if last := appendFacts(t, s.Services, notes, "a", "b"); last != 2 {
			t.Errorf("last = %d, want 2", last)
		}
		failed := errors.New("the fact failed")
		err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := notes.Append(ctx, tx, feed.Fact{Kind: "note"}); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		appendFacts(t, s.Services, feed.NewStream(s.Services, "others", noon), "x")
		appendFacts(t, s.Services, notes, "c", "")
		events, err := notes.Read(t.Context(), 1, 9)
		if err != nil || len(events) != 3 {
			t.Fatalf("read %d events, %v; want 3", len(events), err)
		}
		for i, e := range events {
			if e.Seq != uint64(i+2) || e.Kind != "note" || e.Version != 3 || string(e.Body) != []string{"b", "c", ""}[i] || !e.At.Equal(noon.Now()) {
				t.Errorf("event %d = %+v", i, e)
			}
		}
		if few, err := notes.Read(t.Context(), 0, 2); err != nil || len(few) != 2 {
			t.Errorf("read %d of at most 2, %v", len(few), err)
		}
		if last, err := notes.Last(t.Context()); err != nil || last != 4 {
			t.Errorf("last = %d, %v; want 4", last, err)
		}
		if last, err := feed.NewStream(s.Services, "none", noon).Last(t.Context()); err != nil || last != 0 {
			t.Errorf("last of an empty stream = %d, %v", last, err)
		}
	})
}

// While many append, a reader never sees a number before all below it.
func TestNumbersAppearInOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		notes := feed.NewStream(s.Services, "notes", noon)
		const writers, each = 8, 15
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					appendFacts(t, s.Services, notes, fmt.Sprint(w, "/", i))
				}
			})
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		for over := false; ; {
			events, err := notes.Read(t.Context(), 0, writers*each+1)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range events {
				if e.Seq != uint64(i+1) {
					t.Fatalf("number %d stands at %d", e.Seq, i+1)
				}
			}
			if over {
				if len(events) != writers*each {
					t.Errorf("%d events, want %d", len(events), writers*each)
				}
				return
			}
			select {
			case <-done:
				over = true
			default:
			}
		}
	})
}

// The effect and the cursor are in one transaction, in whichever database the
// consumer has its effects: after failures and panics at random places each
// event has had its effect once.
func TestEffectsHappenOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		notes := feed.NewStream(s.Services, "notes", noon)
		const n = 60
		for i := range n {
			appendFacts(t, s.Services, notes, fmt.Sprint(i))
		}
		for _, db := range []*store.DB{s.Services, s.Search} {
			rng := rand.New(rand.NewPCG(1, 2))
			c := consumer(notes, db)
			c.Batch = 3
			crashed := 0
			c.Apply = func(ctx context.Context, tx *store.Tx, events []feed.Event) error {
				if err := apply(ctx, tx, events); err != nil {
					return err
				}
				switch rng.IntN(4) {
				case 0:
					crashed++
					return errors.New("out of luck")
				case 1:
					crashed++
					panic("crash after the effect")
				}
				return nil
			}
			for {
				before, err := feed.Position(t.Context(), db, "test", "notes")
				if err != nil {
					t.Fatal(err)
				}
				got, err := surviving(func() (int, error) { return c.Step(t.Context()) })
				if err != nil {
					position(t, db, before)
					continue
				}
				position(t, db, before+uint64(got))
				if got == 0 {
					break
				}
			}
			if crashed < 5 {
				t.Errorf("only %d crashes", crashed)
			}
			once(t, db, n)
		}
	})
}

// surviving turns a panic into an error, as a process that starts again would.
func surviving(f func() (int, error)) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// Two processes with the same consumer share the work without doubling it.
func TestTwoProcessesOfOneConsumer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		notes := feed.NewStream(s.Services, "notes", noon)
		const n = 80
		for i := range n {
			appendFacts(t, s.Services, notes, fmt.Sprint(i))
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				c := consumer(notes, s.Services)
				c.Batch = 2
				for {
					got, err := c.Step(t.Context())
					if err != nil && !errors.Is(err, feed.ErrMoved) {
						t.Error(err)
						return
					}
					if err == nil && got == 0 {
						return
					}
				}
			})
		}
		wg.Wait()
		once(t, s.Services, n)
		position(t, s.Services, n)
	})
}

// Run catches up, wakes on the signal long before it would look by itself,
// outlives failures and ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		notes := feed.NewStream(s.Services, "notes", noon)
		appendFacts(t, s.Services, notes, "1", "2", "3")
		ctx, cancel := context.WithCancel(t.Context())
		applied := make(chan uint64, 100)
		c := consumer(notes, s.Services)
		c.Wake, c.Poll = &notes.Signal, time.Hour
		failures := 3
		c.Apply = func(ctx context.Context, tx *store.Tx, events []feed.Event) error {
			if failures > 0 {
				failures--
				return errors.New("not yet")
			}
			last := events[len(events)-1].Seq
			tx.AfterCommit(func() { applied <- last })
			return apply(ctx, tx, events)
		}
		var log bytes.Buffer
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		ended := make(chan error)
		go func() { ended <- c.Run(ctx) }()
		upTo := func(want uint64) {
			for {
				select {
				case got := <-applied:
					if got == want {
						return
					}
				case <-time.After(20 * time.Second):
					t.Fatalf("event %d was not applied", want)
				}
			}
		}
		upTo(3)
		for i := range 5 {
			upTo(appendFacts(t, s.Services, notes, fmt.Sprint(i)))
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		once(t, s.Services, 8)
		if got := bytes.Count(log.Bytes(), []byte("not yet")); got != 3 {
			t.Errorf("%d failures in the log, want 3", got)
		}
	})
}

// list is a source that a test can cut.
type list []feed.Event

func (l list) Read(_ context.Context, after uint64, max int) ([]feed.Event, error) {
	var out []feed.Event
	for _, e := range l {
		if e.Seq > after && len(out) < max {
			out = append(out, e)
		}
	}
	return out, nil
}

func TestBrokenStreamsStopTheConsumer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		notes := feed.NewStream(s.Services, "notes", noon)
		c := consumer(notes, s.Services)
		full := list{{Seq: 1}, {Seq: 2}, {Seq: 3}}
		c.Apply = func(context.Context, *store.Tx, []feed.Event) error { return nil }
		c.Source = full
		if err := stepAll(t, c); err != nil {
			t.Fatal(err)
		}
		position(t, s.Services, 3)
		for _, tt := range []struct {
			name   string
			source list
			want   error
		}{
			{"restored from an older backup", full[:2], feed.ErrAhead},
			{"lost altogether", nil, feed.ErrAhead},
			{"a number is missing", append(full[:3:3], feed.Event{Seq: 5}), feed.ErrGap},
		} {
			c.Source = tt.source
			if err := c.Run(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
			position(t, s.Services, 3)
		}
		c.Source = append(full[:3:3], feed.Event{Seq: 4})
		if err := stepAll(t, c); err != nil {
			t.Error(err)
		}
		position(t, s.Services, 4)
	})
}

func stepAll(t *testing.T, c *feed.Consumer) error {
	for {
		if n, err := c.Step(t.Context()); n == 0 || err != nil {
			return err
		}
	}
}
