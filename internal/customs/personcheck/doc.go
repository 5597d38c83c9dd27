// Package personcheck carries the verification of orderers between the core and
// the outside service (订购人身份核验, RULES A14, A16). The core says whose answer
// a list waits for; this package reads name and number from that list's raw
// bytes, asks the service, keeps the answer under its keyed hash and commands
// the core to take it in.
//
// Invariants: a question that the core asked is in the table until its answer is
// in the outbox, in one transaction with the cache; while the service is down the
// questions stay, in their order, and nothing is lost over a restart; name and
// number are in memory only while they are asked about. Nothing here is on the
// way of a message.
package personcheck

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/lookup/follow"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry/person"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables, with those of the answers, the cursor and the
// outbox, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, feed.Cursors(store.Services), person.Migration, {File: store.Services, Owner: "personcheck", FS: migrations}}
}

// CommandAnswer is the kind of the commands to the core that this package
// writes; their bodies are those of clearance.PersonAnswer.
const CommandAnswer = "person.answer"

// Core reads what the core made durable; *intake.Reader is one.
type Core interface {
	follow.Decisions
	// Raw gives the bytes of the document with an input number.
	Raw(ctx context.Context, input uint64) (*intake.Raw, error)
}

// Commands takes commands to the core, each in the transaction that causes it;
// *feed.Outbox is one.
type Commands interface {
	Add(ctx context.Context, tx *store.Tx, kind string, body []byte) (uint64, error)
}

// Config is what the service works on.
type Config struct {
	Store    *store.Store
	Core     Core
	Persons  *person.Service
	Commands Commands
	Keys     *keys.Keyring
	Clock    clock.Clock
	Log      *slog.Logger  // nil: slog.Default
	Parallel int           // questions asked at a time; default 4
	Pause    time.Duration // after a failure, doubled up to 64 times; default 500 ms
}

// Service asks what the core wants to know. Its methods belong to one goroutine
// but for Waiting.
type Service struct {
	c    Config
	db   *store.DB
	feed *follow.Consumer
	wake feed.Signal
}

// New makes the service on a store in which [Migrations] have run.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Parallel == 0 {
		c.Parallel = 4
	}
	if c.Pause == 0 {
		c.Pause = 500 * time.Millisecond
	}
	s := &Service{c: c, db: c.Store.Services}
	s.feed = follow.New(follow.Config{Name: "personcheck", Source: c.Core, DB: s.db, Clock: c.Clock, Log: c.Log, Apply: s.apply})
	return s
}

// CatchUp takes in all questions that the core has asked.
func (s *Service) CatchUp(ctx context.Context) error { return s.feed.CatchUp(ctx) }

// Run takes questions in as they come and asks the service, until ctx ends,
// which is no error.
func (s *Service) Run(ctx context.Context, core follow.Core) error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.work(ctx)
	}()
	err := s.feed.Run(ctx, core)
	cancel()
	<-ended
	return err
}

// work asks until ctx ends. After a failure it pauses, longer each time, so that
// a service that is down is not pressed.
func (s *Service) work(ctx context.Context) {
	const longest = 64
	pause, purged := s.c.Pause, time.Time{}
	for ctx.Err() == nil {
		wake := s.wake.Wait()
		if now := s.c.Clock.Now(); now.Sub(purged) > 24*time.Hour {
			purged = now
			if err := s.c.Persons.Purge(ctx); err != nil {
				s.c.Log.Warn("personcheck: old answers are still there", "error", err)
			}
		}
		n, err := s.Step(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			s.c.Log.Warn("personcheck: no answer, lists wait (身份核验暂无结果，清单等待)", "error", err, "again_in", pause)
			wait(ctx, nil, pause)
			pause = min(2*pause, longest*s.c.Pause)
		case n == 0:
			pause = s.c.Pause
			wait(ctx, wake, longest*s.c.Pause)
		default:
			pause = s.c.Pause
		}
	}
}

func wait(ctx context.Context, wake <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-wake:
	case <-t.C:
	case <-ctx.Done():
	}
}
