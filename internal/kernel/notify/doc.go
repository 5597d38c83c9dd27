// Package notify tells people and programs what has happened (通知): webhooks to
// the programs of enterprises, the bell on the pages, and mail.
//
// Events come from services, in the transaction of what they tell (Publish), or
// from a follower of a stream. A webhook goes out signed to the convention
// Standard Webhooks (https://www.standardwebhooks.com), from a queue in the
// services database: at least once, with an id that stays the same, again and
// again with growing pauses until it is taken or the last pause is over. Then it
// is a dead letter, which can be replayed.
//
// Invariants: an endpoint gets events of those enterprises alone that its owner
// may see, also at the time of sending; deliveries of one endpoint about one
// thing keep their order; secrets, addresses of mail and what receivers answer
// are sealed at rest; nothing is sent to addresses inside the platform's own
// network unless the configuration says so, whatever a name resolves to, and no
// redirect is followed.
package notify

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	mrand "math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{{File: store.Services, Owner: "notify", FS: migrations}}
}

// Errors that a caller acts on.
var (
	// ErrNotFound: there is no such endpoint, delivery or notice for the caller.
	ErrNotFound = errors.New("no such endpoint or delivery (没有该推送地址或推送记录)")
	// ErrChanged: somebody changed it since it was read.
	ErrChanged = errors.New("it was changed meanwhile: read it again (已被修改，请重新读取)")
	// ErrTooMany: an owner has as many endpoints as it may have.
	ErrTooMany = errors.New("too many endpoints (推送地址数量已达上限)")
)

// Audit writes an entry in the transaction of the act; *audit.Log does.
type Audit interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
}

// Config is what the service works with.
type Config struct {
	DB     *store.DB // services
	Keys   *keys.Keyring
	Clock  clock.Clock
	Log    *slog.Logger // nil: slog.Default
	Audit  Audit        // nil: nobody keeps entries
	Random io.Reader    // of secrets and ids; nil: crypto/rand
	Jitter func() float64

	// Parties are the enterprises whose events an owner may see now, by its
	// accounts and mandates; nil, or known false: those that its endpoints name.
	Parties func(ctx context.Context, owner string) (codes []string, known bool, err error)

	// Allow are networks inside of ours to which webhooks may go all the same.
	Allow []netip.Prefix
	// AllowHTTP lets webhooks go without TLS.
	AllowHTTP bool
	// Timeout is how long a receiver may take; 15 s if 0.
	Timeout time.Duration
	// Mail is how letters leave; without an address there are none.
	Mail Mail
}

// Service sends and keeps notices. Its methods are safe for concurrent use.
type Service struct {
	c      Config
	db     *store.DB
	client *http.Client
	wake   feed.Signal

	mu    sync.Mutex
	index *index          // of the endpoints; nil: to be read anew
	busy  map[string]bool // endpoints that are being served
	slots chan struct{}
	work  sync.WaitGroup
}

// atOnce is how many receivers are served at a time.
const atOnce = 16

// New makes the service on a store in which Migrations have run.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Jitter == nil {
		c.Jitter = mrand.Float64
	}
	if c.Timeout == 0 {
		c.Timeout = 15 * time.Second
	}
	s := &Service{c: c, db: c.DB, busy: map[string]bool{}, slots: make(chan struct{}, atOnce)}
	s.client = s.newClient()
	return s
}

// id draws a new identifier.
func (s *Service) id(prefix string) (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(s.c.Random, b[:]); err != nil {
		return "", err
	}
	return prefix + hex.EncodeToString(b[:]), nil
}

func (s *Service) now() int64 { return clock.Micros(s.c.Clock.Now()) }

func (s *Service) audit(ctx context.Context, tx *store.Tx, e audit.Entry) error {
	if s.c.Audit == nil {
		return nil
	}
	return s.c.Audit.Write(ctx, tx, e)
}

// numbers takes n numbers of a counter and returns the first.
func numbers(ctx context.Context, tx *store.Tx, name string, n int) (int64, error) {
	var last int64
	err := tx.QueryRow(ctx, `insert into notify_numbers (name, last) values ($1, $2)
		on conflict (name) do update set last = notify_numbers.last + $2 returning last`, name, int64(n)).Scan(&last)
	return last - int64(n) + 1, store.Wrap("number "+name, err)
}

const (
	poll      = time.Second
	pruneEach = time.Hour
)

// Run sends what is due, and clears away what is old, until ctx ends, which is
// no error. Failures of the store are logged and tried again.
func (s *Service) Run(ctx context.Context) error {
	defer s.work.Wait()
	var pruned time.Time
	for ctx.Err() == nil {
		wake := s.wake.Wait()
		if err := s.start(ctx); err != nil && ctx.Err() == nil {
			s.c.Log.Warn("notify: can't look for what is due, will try again", "error", err)
		}
		if _, err := s.SendMails(ctx); err != nil && ctx.Err() == nil {
			s.c.Log.Warn("notify: mail waits", "error", err)
		}
		if now := s.c.Clock.Now(); now.Sub(pruned) >= pruneEach {
			pruned = now
			if err := s.Prune(ctx); err != nil && ctx.Err() == nil {
				s.c.Log.Warn("notify: old deliveries stay for now", "error", err)
			}
		}
		t := time.NewTimer(poll)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-t.C:
		}
		t.Stop()
	}
	return nil
}

// Step sends everything that is due now and returns when that is done.
func (s *Service) Step(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	s.work.Wait()
	return nil
}
