package feed

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Errors on which a consumer stops, because no retry mends them.
var (
	// ErrAhead: the cursor stands beyond the end of its stream. The store of the
	// stream was restored from an older backup than the consumer's.
	ErrAhead = errors.New("feed: cursor is ahead of its stream: restore both from one backup, services before core / 游标超前于事实流，请从同一备份恢复")
	// ErrGap: a number is missing in the stream.
	ErrGap = errors.New("feed: number missing in stream: restore it from its backup / 事实流编号不连续，请从备份恢复")
	// ErrMoved: another process moved the cursor meanwhile; its effects count.
	ErrMoved = errors.New("feed: cursor was moved by another process / 游标已被其他进程推进")
)

// Consumer applies a stream's facts, each exactly once (消费者).
type Consumer struct {
	Name   string // with Stream, the cursor's key
	Stream string
	Source Source
	DB     *store.DB // of the effects and the cursor; Cursors has run there
	Clock  clock.Clock

	// Apply makes the effect of the events in the transaction that also moves the
	// cursor. It may run again after a failure, so it has no effect outside of tx.
	Apply func(ctx context.Context, tx *store.Tx, events []Event) error

	Batch int           // most events a transaction, 256 if 0
	Wake  *Signal       // of the source; nil if it has none in this process
	Poll  time.Duration // longest time without looking, 1 s if 0
	Pause time.Duration // after the first failure, doubled up to 64 times; 100 ms if 0
	Log   *slog.Logger  // nil: slog.Default
}

const (
	defaultBatch = 256
	defaultPoll  = time.Second
	defaultPause = 100 * time.Millisecond
	mostDoubling = 6
)

// Run applies events until ctx ends, which is no error. Failures of the source,
// the database or Apply are logged and tried again with growing pauses; ErrAhead
// and ErrGap end it.
func (c *Consumer) Run(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		var wake <-chan struct{}
		if c.Wake != nil {
			wake = c.Wake.Wait()
		}
		n, err := c.Step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrAhead), errors.Is(err, ErrGap):
			return err
		case err != nil && !errors.Is(err, ErrMoved):
			c.log().Warn("feed: consumer failed, will try again", "consumer", c.Name, "stream", c.Stream, "failures", failures+1, "error", err)
			rest(ctx, orElse(c.Pause, defaultPause)<<min(failures, mostDoubling), nil)
			failures++
			continue
		case err == nil && n == 0:
			rest(ctx, orElse(c.Poll, defaultPoll), wake)
		}
		failures = 0
	}
	return nil
}

func (c *Consumer) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.Default()
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// rest waits for d, for wake or for the end of ctx.
func rest(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-wake:
	}
}

// Step applies one batch and returns how many events it had: 0 at the end of
// the stream.
func (c *Consumer) Step(ctx context.Context) (int, error) {
	at, err := Position(ctx, c.DB, c.Name, c.Stream)
	if err != nil {
		return 0, err
	}
	events, err := c.Source.Read(ctx, at, orElse(c.Batch, defaultBatch))
	if err != nil {
		return 0, fmt.Errorf("feed: consumer %s reads %s after %d: %w", c.Name, c.Stream, at, err)
	}
	if len(events) == 0 {
		return 0, c.behind(ctx, at)
	}
	for i, e := range events {
		if want := at + uint64(i) + 1; e.Seq != want {
			return 0, fmt.Errorf("%w: consumer %s, stream %s, number %d stands where %d should", ErrGap, c.Name, c.Stream, e.Seq, want)
		}
	}
	err = c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := c.move(ctx, tx, at, events[len(events)-1].Seq); err != nil {
			return err
		}
		return c.Apply(ctx, tx, events)
	})
	if err != nil {
		return 0, err
	}
	return len(events), nil
}

// behind makes sure that the cursor's own event is there when nothing follows it.
func (c *Consumer) behind(ctx context.Context, at uint64) error {
	if at == 0 {
		return nil
	}
	own, err := c.Source.Read(ctx, at-1, 1)
	if err != nil {
		return fmt.Errorf("feed: consumer %s reads %s after %d: %w", c.Name, c.Stream, at-1, err)
	}
	if len(own) == 0 {
		return fmt.Errorf("%w: consumer %s, stream %s, cursor %d", ErrAhead, c.Name, c.Stream, at)
	}
	return nil
}

// move puts the cursor from one number to another, or ErrMoved.
func (c *Consumer) move(ctx context.Context, tx *store.Tx, from, to uint64) error {
	now := c.Clock.Now().UnixMicro()
	query := `update feed_cursors set seq = $1, at = $2 where consumer = $3 and stream = $4 and seq = $5`
	args := []any{int64(to), now, c.Name, c.Stream, int64(from)}
	if from == 0 {
		query = `insert into feed_cursors (seq, at, consumer, stream) values ($1, $2, $3, $4) on conflict (consumer, stream) do nothing`
		args = args[:4]
	}
	res, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: consumer %s, stream %s, from %d", ErrMoved, c.Name, c.Stream, from)
	}
	return err
}

// Position returns how far a consumer has come in a stream, 0 at first.
func Position(ctx context.Context, db *store.DB, consumer, stream string) (uint64, error) {
	var seq int64
	err := db.Read().QueryRowContext(ctx, `select seq from feed_cursors where consumer = $1 and stream = $2`, consumer, stream).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return uint64(seq), store.Wrap("read cursor of "+consumer, err)
}
