package zone

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"pilotzone/internal/customs/clearance/journal"
)

// Part is a worker of the zone (服务部件).
type Part struct {
	Name string // such as "tax bills"
	Err  string // why it stopped for good; "" while it runs
}

// parts keeps how the workers do.
type parts struct {
	mu   sync.Mutex
	list map[string]string // error by name
}

func (p *parts) set(name, err string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.list == nil {
		p.list = map[string]string{}
	}
	p.list[name] = err
}

// Parts lists the workers by name.
func (z *Zone) Parts() []Part {
	z.parts.mu.Lock()
	defer z.parts.mu.Unlock()
	out := make([]Part, 0, len(z.parts.list))
	for _, name := range slices.Sorted(maps.Keys(z.parts.list)) {
		out = append(out, Part{name, z.parts.list[name]})
	}
	return out
}

// State is how the core and what lives on it stand, for people.
type State struct {
	Unhealthy     string // why nothing is taken in; "" when it is
	Waiting, Room int    // messages in the queue, and places in it
	Durable       uint64 // last durable decision
	Indexed       uint64 // last one in the search index
	Outbox        int    // commands that the core has not taken yet
	Snapshot      uint64 // last input in the newest snapshot, 0: there is none
}

// State asks all parts.
func (z *Zone) State(ctx context.Context) (s State, err error) {
	if err := z.Intake.Healthy(); err != nil {
		s.Unhealthy = strings.TrimSpace(err.Error())
	}
	s.Waiting, s.Room = z.Intake.Queued()
	s.Durable = z.Intake.Durable()
	if s.Indexed, err = z.Lookup.Position(ctx); err != nil {
		return s, err
	}
	if s.Outbox, err = z.Outbox.Waiting(ctx); err != nil {
		return s, err
	}
	s.Snapshot, err = journal.NewestSnapshot(ctx, z.Store, 0)
	return s, err
}
