// Package intake is the way of a message through the core: received, decoded
// and checked by workers in chunks, applied in order by one goroutine (the
// machine of package clearance), made durable by the committer, and only then
// acknowledged.
//
// Invariants: nothing is asked of the database on this way; nothing is
// acknowledged before the journal's commit has returned; when a commit fails
// or its outcome is unknown the machine's memory is thrown away and built anew
// from the journal; queues are bounded, and a full one answers ErrBusy instead
// of growing.
package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/refdata"
)

// Errors that a caller acts on.
var (
	// ErrBusy: the queue is full; try again later (HTTP 429).
	ErrBusy = errors.New("the platform is busy: try again later (平台繁忙，请稍后重试)")
	// ErrUnavailable: the store can't be written now; nothing was taken in (HTTP 503).
	ErrUnavailable = errors.New("the store is not available: nothing was taken in, send it again later (存储不可用，报文未受理，请稍后重发)")
	// ErrClosed: the service is shutting down.
	ErrClosed = errors.New("the service is shutting down (服务正在停止)")
	// ErrTooLarge: the message is larger than the limit.
	ErrTooLarge = errors.New("message too large: at most 100 documents and 8 MiB (报文过大)")
)

// Judge decides about a message's signature by the sender's policy: the
// reasons refuse every document of it.
type Judge interface {
	Judge(m *ceb.Message, at time.Time) []clearance.Reason
}

// Config is what the service needs. Zero numbers take the defaults.
type Config struct {
	Journal journal.Journal
	Keys    *keys.Keyring
	Clock   clock.Clock
	Log     *slog.Logger
	Rules   *refdata.Book            // packs for an empty store; a store that has inputs knows its own
	Filings func() clearance.Filings // makes an empty view of the filings
	Judge   Judge                    // nil: signatures are not looked at
	Holder  string                   // who holds the writer lock, for the message to a second writer

	Workers       int              // decoders; default GOMAXPROCS
	Queue         int              // messages that may wait; default 4096
	MaxMessage    int              // bytes; default 8 MiB
	ChunkDocs     int              // default 64
	ChunkBytes    int              // default 256 KiB
	BatchDocs     int              // documents a commit at most; default 12,000
	Linger        time.Duration    // how long a commit waits for more while more is queued; default 20 ms
	SnapshotEvery uint64           // inputs between snapshots; default 300,000
	Memory        clearance.Limits // bounds of the machine's memory; part of its behaviour: a store is always opened with the same

	// Committed is called after each commit, in order, with the decisions that
	// became durable; it must not keep them long. nil: nobody asks.
	Committed func([]*clearance.Decision)
}

func (c *Config) defaults() {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&c.Workers, runtime.GOMAXPROCS(0))
	set(&c.Queue, 4096)
	set(&c.MaxMessage, 8<<20)
	set(&c.ChunkDocs, 64)
	set(&c.ChunkBytes, 256<<10)
	set(&c.BatchDocs, 12_000)
	if c.Linger == 0 {
		c.Linger = 20 * time.Millisecond
	}
	if c.SnapshotEvery == 0 {
		c.SnapshotEvery = 300_000
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
}

// Service is a running core. It is the only writer of its store.
type Service struct {
	cfg      Config
	jobs     chan *job
	chunks   chan *chunk
	commands chan *command
	batches  chan *batch
	results  chan error
	stop     chan struct{}
	stopped  sync.Once
	gate     sync.RWMutex // guards closing against senders
	closing  bool
	wg       sync.WaitGroup
	workers  sync.WaitGroup
	healing  sync.WaitGroup // loads the machine anew after a failed commit

	engine    *clearance.Engine // owned by the core goroutine
	rules     atomic.Pointer[refdata.Book]
	filings   atomic.Pointer[clearance.Filings]
	state     journal.State // owned by the core goroutine
	broken    atomic.Pointer[error]
	abandoned atomic.Bool // no snapshot at the end

	outbox  atomic.Uint64 // last deposit that a service's outbox delivered
	durable atomic.Uint64 // last decision that is durable
	waiters struct {
		sync.Mutex
		ch chan struct{}
	}
	seals  sealer
	keeper *keeper
	stats  Stats
}

// Stats are counters since the start; read them at any time.
type Stats struct {
	Messages, Documents, Decisions, Commits, Bytes, Refused atomic.Uint64
	CommitTimes                                             latencies
}

// Open takes the writer lock, loads the state and starts the service. A store
// that was never used gets its first input: the packs of Config.Rules.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	cfg.defaults()
	s := &Service{cfg: cfg, jobs: make(chan *job, cfg.Queue), chunks: make(chan *chunk, 2*cfg.Workers), commands: make(chan *command, 64),
		batches: make(chan *batch, 1), results: make(chan error, 1), stop: make(chan struct{}), seals: sealer{cfg.Keys}}
	s.waiters.ch = make(chan struct{})
	s.keeper = newKeeper(s)
	state, err := cfg.Journal.Acquire(ctx, cfg.Holder)
	if err != nil {
		return nil, err
	}
	s.state = state
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	for range cfg.Workers {
		s.workers.Add(1)
		go s.decode()
	}
	s.wg.Add(2)
	go s.core()
	go s.commit()
	if state.LastInput == 0 {
		if err := s.first(ctx); err != nil {
			return nil, errors.Join(err, s.Close(ctx))
		}
	}
	return s, nil
}

// first switches the packs of the configuration on, as input number 1.
func (s *Service) first(ctx context.Context) error {
	_, err := s.Command(ctx, clearance.SwitchPacks, s.cfg.Rules.Set().Marshal())
	if err != nil {
		return fmt.Errorf("first input: %w", err)
	}
	return nil
}

// Close stops taking messages, finishes those that were taken, writes a
// snapshot and gives the lock back.
func (s *Service) Close(ctx context.Context) error {
	s.stopped.Do(func() {
		close(s.stop)
		s.gate.Lock()
		s.closing = true
		close(s.jobs)
		close(s.commands)
		s.gate.Unlock()
		s.workers.Wait()
		close(s.chunks)
	})
	s.wg.Wait()
	s.healing.Wait()
	var err error
	if s.healthy() == nil && !s.abandoned.Load() && !s.keeper.settled(s.engine.NextLayer()) {
		s.abandoned.Store(true)
	}
	s.keeper.close()
	if s.healthy() == nil && !s.abandoned.Load() {
		err = s.saveSnapshot(ctx)
	}
	return errors.Join(err, s.cfg.Journal.Close())
}

// Abandon stops as Close does, but writes no snapshot: what is left is what a
// sudden end leaves. For measurements and proofs.
func (s *Service) Abandon() error {
	s.abandoned.Store(true)
	return s.Close(context.Background())
}

// Outbox is the number of the last deposit that a service's outbox delivered.
func (s *Service) Outbox() uint64 { return s.outbox.Load() }

// Durable is the number of the last decision that is durable.
func (s *Service) Durable() uint64 { return s.durable.Load() }

// Wait returns when a decision after seq is durable or ctx ends.
func (s *Service) Wait(ctx context.Context, seq uint64) error {
	for {
		s.waiters.Lock()
		ch := s.waiters.ch
		s.waiters.Unlock()
		if s.durable.Load() > seq {
			return nil
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.stop:
			return ErrClosed
		}
	}
}

func (s *Service) advance(last uint64) {
	s.durable.Store(last)
	s.waiters.Lock()
	close(s.waiters.ch)
	s.waiters.ch = make(chan struct{})
	s.waiters.Unlock()
}

// Rules is the rule book in force.
func (s *Service) Rules() *refdata.Book { return s.rules.Load() }

// Stats gives the counters.
func (s *Service) Stats() *Stats { return &s.stats }

// healthy is nil while the store takes commits.
func (s *Service) healthy() error {
	if p := s.broken.Load(); p != nil {
		return *p
	}
	return nil
}

// Healthy says whether the store takes commits, and if not why.
func (s *Service) Healthy() error { return s.healthy() }
