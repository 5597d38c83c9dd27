package demo

import (
	"sync"
	"time"

	"pilotzone/internal/kernel/clock"
)

// Clock is the zone's clock: it is set through the day while the traffic plays,
// and then runs on at the pace of the machine's.
type Clock struct {
	mu     sync.Mutex
	at     time.Time
	real   clock.Clock
	origin time.Time // of real when it was let go; zero while it is set by hand
}

// NewClock is a clock that stands at a time until it is let go.
func NewClock(at time.Time, real clock.Clock) *Clock { return &Clock{at: at, real: real} }

// Now implements clock.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.origin.IsZero() {
		return c.at
	}
	return c.at.Add(c.real.Now().Sub(c.origin))
}

// Set moves a clock that stands forward to a time.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.origin.IsZero() && at.After(c.at) {
		c.at = at
	}
}

// Skip moves a clock that runs forward, as when days of a publication pass.
func (c *Clock) Skip(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > 0 {
		c.at = c.at.Add(d)
	}
}

// Run lets the clock go.
func (c *Clock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.origin.IsZero() {
		c.origin = c.real.Now()
	}
}

// Running tells whether the clock was let go: the day has been played.
func (c *Clock) Running() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.origin.IsZero()
}
