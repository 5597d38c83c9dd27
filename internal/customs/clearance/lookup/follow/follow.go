// Package follow lets a service live on the core's stream of decisions (决定流):
// it reads on from the service's own cursor and applies each decision once, in
// the transaction that also moves the cursor.
//
// It is kernel/feed with decisions in place of encoded events: encoding a
// decision again for the way to its consumer would cost more than most
// consumers do.
package follow

import (
	"context"
	"log/slog"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
)

// Stream is the name of the core's stream in cursors.
const Stream = "decisions"

// Decisions is the stream as it is read; *intake.Reader is one.
type Decisions interface {
	// Decisions returns up to max decisions after a number, in order.
	Decisions(ctx context.Context, after uint64, max int) ([]*clearance.Decision, error)
}

// Core tells of new decisions; *intake.Service is one.
type Core interface {
	Durable() uint64                            // last decision that is durable
	Wait(ctx context.Context, seq uint64) error // until a decision after seq is durable
}

// Config is a consumer of decisions.
type Config struct {
	Name   string // of the cursor
	Source Decisions
	DB     *store.DB // of the effects and the cursor; feed.Cursors has run there
	Clock  clock.Clock
	Log    *slog.Logger // nil: slog.Default
	Batch  int          // most decisions a transaction; 1,024 if 0
	// Apply makes the effect of the decisions in the transaction that also moves
	// the cursor. It may run again after a failure.
	Apply func(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision) error
}

const defaultBatch = 1024

// Consumer applies decisions. It belongs to one goroutine.
type Consumer struct {
	c    Config
	wake feed.Signal
	feed feed.Consumer
	held []*clearance.Decision // what was read last
}

// New makes a consumer.
func New(c Config) *Consumer {
	if c.Batch == 0 {
		c.Batch = defaultBatch
	}
	f := &Consumer{c: c}
	f.feed = feed.Consumer{Name: c.Name, Stream: Stream, Source: (*source)(f), DB: c.DB, Clock: c.Clock, Batch: c.Batch, Wake: &f.wake, Log: c.Log,
		Apply: func(ctx context.Context, tx *store.Tx, _ []feed.Event) error { return c.Apply(ctx, tx, f.held) }}
	return f
}

// source gives kernel/feed the numbers and keeps the decisions.
type source Consumer

func (s *source) Read(ctx context.Context, after uint64, max int) ([]feed.Event, error) {
	ds, err := s.c.Source.Decisions(ctx, after, max)
	if err != nil {
		return nil, err
	}
	s.held = ds
	events := make([]feed.Event, len(ds))
	for i, d := range ds {
		events[i].Seq = d.Seq
	}
	return events, nil
}

// Step applies the next batch and returns how many decisions it had: 0 at the
// end of the stream.
func (f *Consumer) Step(ctx context.Context) (int, error) { return f.feed.Step(ctx) }

// CatchUp applies all decisions that are durable.
func (f *Consumer) CatchUp(ctx context.Context) error {
	for {
		n, err := f.Step(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

// Run applies decisions as they become durable until ctx ends, which is no
// error. Failures are logged and tried again; feed.ErrAhead and feed.ErrGap end it.
func (f *Consumer) Run(ctx context.Context, core Core) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for {
			seen := core.Durable()
			f.wake.Notify()
			if core.Wait(ctx, seen) != nil {
				return
			}
		}
	}()
	return f.feed.Run(ctx)
}

// Position is the number of the last decision that was applied.
func (f *Consumer) Position(ctx context.Context) (uint64, error) {
	return feed.Position(ctx, f.c.DB, f.c.Name, Stream)
}

// Forget puts the cursor before the first decision, in the transaction that
// also takes the effects back.
func (f *Consumer) Forget(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `delete from feed_cursors where consumer = $1 and stream = $2`, f.c.Name, Stream)
	return err
}
