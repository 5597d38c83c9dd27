// Package clock supplies the time: the instant now as a dependency that tests
// can set, the calendar day of Beijing ([Day]) by which rules are dated, and
// the working-day calendar ([Calendar]) that is fed with data.
//
// Invariants: no package in internal asks the operating system for the time
// itself; Beijing is UTC+08:00 without daylight-saving time, whatever zone data
// a machine has; stored instants are microseconds since 1970 UTC.
package clock

import (
	"sync"
	"time"
)

// Beijing is the zone of all rule dates (北京时间): fixed UTC+08:00.
var Beijing = time.FixedZone("CST", 8*60*60)

// Clock tells the time now.
type Clock interface {
	Now() time.Time
}

// System is the clock of the machine.
type System struct{}

// Now returns the machine's time in [Beijing].
func (System) Now() time.Time { return time.Now().In(Beijing) }

// Fixed is a clock that stands still until it is set; safe for concurrent use.
type Fixed struct {
	mu  sync.Mutex
	now time.Time
}

// NewFixed returns a clock that stands at t.
func NewFixed(t time.Time) *Fixed { return &Fixed{now: t} }

// Now returns the time the clock stands at.
func (f *Fixed) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Set moves the clock to t.
func (f *Fixed) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = t
}

// Advance moves the clock on by d.
func (f *Fixed) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// Micros is the stored form of an instant: microseconds since 1970 UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// FromMicros is the instant of a stored form, in [Beijing].
func FromMicros(us int64) time.Time { return time.UnixMicro(us).In(Beijing) }
