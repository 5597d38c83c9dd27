package feed_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
)

// core takes commands in as the clearance core does: by their id, each once, and
// it may fail before or after it has taken one.
type core struct {
	held  []feed.Command
	tries int
}

func (c *core) last() uint64 {
	if len(c.held) == 0 {
		return 0
	}
	return c.held[len(c.held)-1].ID
}

func (c *core) submit(_ context.Context, cmd feed.Command) error {
	c.tries++
	if c.tries%5 == 1 {
		return errors.New("core is stopping")
	}
	if cmd.ID > c.last() {
		c.held = append(c.held, cmd)
	}
	if c.tries%5 == 3 {
		return errors.New("outcome unknown")
	}
	return nil
}

func TestCommandsReachTheCoreOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		out := feed.NewOutbox(s.Services, noon)
		add := func(n int) {
			for i := range n {
				if err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					_, err := out.Add(ctx, tx, "filing", []byte(fmt.Sprint(i)))
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
		add(20)
		waits(t, out, 20)
		c := &core{}
		ctx, cancel := context.WithCancel(t.Context())
		reached := make(chan struct{}, 100)
		d := &feed.Deliverer{Outbox: out, Last: c.last, Poll: time.Hour, Pause: time.Microsecond,
			Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Submit: func(ctx context.Context, cmd feed.Command) error {
				err := c.submit(ctx, cmd)
				if err == nil && (cmd.ID == 20 || cmd.ID == 25) {
					reached <- struct{}{}
				}
				return err
			}}
		ended := make(chan error)
		go func() { ended <- d.Run(ctx) }()
		<-reached
		add(5)
		<-reached
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if len(c.held) != 25 || c.tries <= 25 {
			t.Fatalf("core holds %d commands after %d tries", len(c.held), c.tries)
		}
		for i, cmd := range c.held {
			if cmd.ID != uint64(i+1) || cmd.Kind != "filing" || string(cmd.Body) != fmt.Sprint(i%20) {
				t.Errorf("command %d = %+v", i, cmd)
			}
		}
		if err := out.Delivered(t.Context(), 25); err != nil {
			t.Fatal(err)
		}
		waits(t, out, 0)

		// A core from an older backup gets the later commands again.
		c.held = c.held[:10]
		again, err := out.Commands(t.Context(), c.last(), 100)
		if err != nil || len(again) != 15 {
			t.Errorf("%d commands again, %v; want 15", len(again), err)
		}
		// A core that is ahead of the outbox is a restored store.
		d.Last = func() uint64 { return 26 }
		if err := d.Run(t.Context()); !errors.Is(err, feed.ErrAhead) {
			t.Errorf("core ahead: %v, want ErrAhead", err)
		}
	})
}

func waits(t *testing.T, out *feed.Outbox, want int) {
	t.Helper()
	if n, err := out.Waiting(t.Context()); err != nil || n != want {
		t.Errorf("%d commands wait, %v; want %d", n, err, want)
	}
}
