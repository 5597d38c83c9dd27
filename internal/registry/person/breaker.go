package person

import (
	"sync"
	"time"
)

// breaker keeps questions from a service that fails (熔断): after some failures
// in a row nothing is asked for a while; then one question is let through, and
// its outcome decides.
type breaker struct {
	failures int           // in a row, to open
	pause    time.Duration // while open
	now      func() time.Time

	mu    sync.Mutex
	count int
	until time.Time
	trial bool // the one question is under way
}

// allow tells whether a question may be asked; if so, done must be called.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.count < b.failures:
		return true
	case b.trial || b.now().Before(b.until):
		return false
	}
	b.trial = true
	return true
}

// done takes the outcome of a question that was allowed.
func (b *breaker) done(ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
	if ok {
		b.count = 0
		return
	}
	if b.count++; b.count >= b.failures {
		b.count = b.failures
		b.until = b.now().Add(b.pause)
	}
}

// open tells whether nothing is asked now.
func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count >= b.failures
}
