package audit

import (
	"context"
	"sync"
)

// maxGroup bounds how many entries one transaction takes.
const maxGroup = 256

// group joins entries that come at the same time into one transaction: the first
// that finds nobody writing writes for all who wait.
type group struct {
	mu      sync.Mutex
	waiting []*waiter
	writing bool
}

type waiter struct {
	entry Entry
	done  chan error
}

// add returns when the entry is written, or not.
func (g *group) add(ctx context.Context, e Entry, write func(context.Context, []Entry) error) error {
	w := &waiter{entry: e, done: make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	lead := !g.writing
	g.writing = true
	g.mu.Unlock()
	if lead {
		// Others' entries must not fail because this caller went away.
		go g.drain(context.WithoutCancel(ctx), write)
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain writes until nobody waits.
func (g *group) drain(ctx context.Context, write func(context.Context, []Entry) error) {
	for {
		g.mu.Lock()
		list := g.waiting
		if len(list) == 0 {
			g.writing = false
			g.mu.Unlock()
			return
		}
		list = list[:min(len(list), maxGroup)]
		g.waiting = g.waiting[len(list):]
		g.mu.Unlock()
		entries := make([]Entry, len(list))
		for i, w := range list {
			entries[i] = w.entry
		}
		err := write(ctx, entries)
		for _, w := range list {
			w.done <- err
		}
	}
}
