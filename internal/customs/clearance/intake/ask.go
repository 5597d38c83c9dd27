package intake

import (
	"context"
	"time"

	"pilotzone/internal/customs/clearance"
)

// Ask runs f on the machine between two inputs, in the core's own goroutine,
// and returns when all that f can have seen is durable. f must be quick, only
// read, and keep nothing of the machine.
func (s *Service) Ask(ctx context.Context, f func(*clearance.Engine)) error {
	if s.healthy() != nil {
		return ErrUnavailable
	}
	var seen uint64
	view := s.filings.Load() // another one after a failed commit
	c := &command{done: make(chan struct{}), ask: func(e *clearance.Engine) {
		f(e)
		_, seen = e.Last()
	}}
	if err := s.sendCommand(ctx, c); err != nil {
		return err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if c.err != nil || seen == 0 {
		return c.err
	}
	return s.durableOr(ctx, seen, view)
}

// durableOr waits until decision seq is durable; when the commit that carried
// it failed instead, what was seen never happened.
func (s *Service) durableOr(ctx context.Context, seq uint64, view *clearance.Filings) error {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		s.waiters.Lock()
		ch := s.waiters.ch
		s.waiters.Unlock()
		switch {
		case s.healthy() != nil || s.filings.Load() != view:
			return ErrUnavailable
		case s.durable.Load() >= seq:
			return nil
		}
		select {
		case <-ch:
		case <-look.C: // a failed commit wakes nobody
		case <-ctx.Done():
			return ctx.Err()
		case <-s.stop:
			return ErrClosed
		}
	}
}

// Filings is the view of the filings that the machine decides by. After a
// failed commit it is a new one: ask again each time.
func (s *Service) Filings() clearance.Filings { return *s.filings.Load() }

// Queued is the number of messages that wait to be decoded, and of those that
// may.
func (s *Service) Queued() (waiting, room int) { return len(s.jobs), cap(s.jobs) }
