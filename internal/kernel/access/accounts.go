package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/base32"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the tables of accounts in the services database.
var Migration = store.Migration{File: store.Services, Owner: "access", FS: migrations}

// Log keeps acts in the chain of acts (package audit).
type Log interface {
	// Write adds the entry in the act's own transaction.
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
}

// Policy says who needs a second factor (双因素策略).
type Policy string

// The policies. GB/T 22239-2019 8.1.4.1 asks two kinds of proof of those who run a
// system of level 3.
const (
	FactorStaff Policy = "staff" // officers, administrators and auditors; the default
	FactorAll   Policy = "all"   // everybody with an account
	FactorNone  Policy = "none"  // nobody; for a demo
)

// Config is what Accounts work with.
type Config struct {
	DB     *store.DB // services
	Keys   *keys.Keyring
	Clock  clock.Clock
	Random io.Reader // nil: crypto/rand
	Audit  Log
	Log    *slog.Logger
	// SecondFactor is who needs one; "": FactorStaff.
	SecondFactor Policy
	// PublicURL is how browsers reach the platform; passkeys and single sign-on
	// are bound to it. "": neither is offered.
	PublicURL string
	// Providers are the single sign-on providers.
	Providers []Provider
	// PersonKey makes the keyed hash of an identity number by which a person's
	// uses are found; nil: real-name providers are not offered.
	PersonKey func(idNumber string) keys.Key
	// Password is the cost of a password's hash; the zero value: PasswordCost.
	Password Cost
	// Idle and Absolute bound a session; 0: 30 minutes and 12 hours.
	Idle, Absolute time.Duration
}

// Accounts are the organisations, people, mandates, sessions and keys of a zone.
// It is safe for many goroutines, and several processes may share a store: what
// one changes another sees within cacheTime.
type Accounts struct {
	db     *store.DB
	keys   *keys.Keyring
	clock  clock.Clock
	random io.Reader
	audit  Log
	log    *slog.Logger
	config Config

	cache    cache
	touched  touched
	hashing  chan struct{}          // bounds the memory of password hashes
	decoy    func() (string, error) // hash that unknown names are tried against
	flows    used
	rates    *rates
	passkeys *passkeyDoor
	sso      map[string]*ssoDoor
}

// New returns the accounts in c.DB.
func New(c Config) (*Accounts, error) {
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.SecondFactor == "" {
		c.SecondFactor = FactorStaff
	}
	if c.Password == (Cost{}) {
		c.Password = PasswordCost
	}
	if c.Idle == 0 {
		c.Idle = 30 * time.Minute
	}
	if c.Absolute == 0 {
		c.Absolute = 12 * time.Hour
	}
	a := &Accounts{db: c.DB, keys: c.Keys, clock: c.Clock, random: c.Random, audit: c.Audit, log: c.Log, config: c,
		hashing: make(chan struct{}, hashesAtOnce), rates: newRates()}
	a.cache.entries = map[string]*cached{}
	a.decoy = sync.OnceValues(func() (string, error) { return a.hashPassword(context.Background(), a.token()) })
	var err error
	if a.passkeys, err = newPasskeyDoor(c.PublicURL); err != nil {
		return nil, err
	}
	a.sso, err = newSSODoors(c)
	return a, err
}

// Run writes when sessions and keys were last used, and forgets what is over,
// until the context ends.
func (a *Accounts) Run(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return a.Flush(context.WithoutCancel(ctx))
		case <-tick.C:
		}
		if err := a.Flush(ctx); err != nil {
			a.log.ErrorContext(ctx, "last uses could not be written (最近使用时间写入失败)", "error", err)
		}
		if n%30 == 0 {
			if err := a.purge(ctx); err != nil {
				a.log.ErrorContext(ctx, "sessions that are over could not be removed (过期会话清理失败)", "error", err)
			}
		}
	}
}

// purge removes sessions that are over and attempts that no longer count.
func (a *Accounts) purge(ctx context.Context) error {
	now := a.clock.Now()
	return a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `delete from access_sessions where until < $1`, clock.Micros(now)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from access_attempts where at < $1`, clock.Micros(now.Add(-attemptsKept)))
		return err
	})
}

// write runs fn in a transaction and forgets what is known of callers when it is
// durable, so that a revocation acts at once.
func (a *Accounts) write(ctx context.Context, fn func(ctx context.Context, tx *store.Tx) error) error {
	err := a.db.Write(ctx, fn)
	a.cache.forget() // also after an error: the outcome may be unknown
	return err
}

// note writes the act into the chain of acts, as done by the caller of ctx.
func (a *Accounts) note(ctx context.Context, tx *store.Tx, act, object, detail string) error {
	e := audit.Entry{Act: act, Object: object, Outcome: audit.Done, Detail: detail}
	if p := Of(ctx); p != nil {
		e.Actor, e.Org = p.ID, p.Org
	}
	return a.audit.Write(ctx, tx, e)
}

// System is the platform itself as a caller: for the first start and the demo.
func System() *Principal {
	return &Principal{ID: "system", Name: "system", Roles: []Role{Admin}, Strong: true}
}

// reader is what queries run on: the pool for reading, or a transaction.
type reader interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

type pool struct{ *sql.DB }

func (p pool) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.QueryContext(ctx, query, args...)
}

func (p pool) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return p.QueryRowContext(ctx, query, args...)
}

func (a *Accounts) read() reader { return pool{a.db.Read()} }

// collect reads all rows of a query.
func collect[T any](ctx context.Context, q reader, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, store.Wrap("read accounts", err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, store.Wrap("read accounts", err)
		}
		out = append(out, v)
	}
	return out, store.Wrap("read accounts", rows.Err())
}

var letters = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// draw takes n random bytes. A source that fails ends the program: nothing that
// is made without it could be trusted.
func (a *Accounts) draw(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(a.random, b); err != nil {
		panic("access: no randomness: " + err.Error())
	}
	return b
}

// id makes an identifier with 80 random bits.
func (a *Accounts) id(prefix string) string { return prefix + letters.EncodeToString(a.draw(10)) }

// token makes a secret with 256 random bits.
func (a *Accounts) token() string { return letters.EncodeToString(a.draw(32)) }

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// seal and open keep a personal text bound to its row and column.
func (a *Accounts) seal(column, id, text string) []byte {
	if text == "" {
		return []byte{}
	}
	return a.keys.Seal(nil, []byte(text), []byte("access_people."+column+":"+id))
}

func (a *Accounts) open(column, id string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	b, err := a.keys.Open(nil, sealed, []byte("access_people."+column+":"+id))
	return string(b), err
}

func join[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = string(v)
	}
	return strings.Join(parts, " ")
}

func split[T ~string](s string) []T {
	var out []T
	for v := range strings.FieldsSeq(s) {
		out = append(out, T(v))
	}
	return out
}

// cacheTime is how long a caller is known without asking the store, where
// another process may have changed it.
const cacheTime = 5 * time.Second

// cached is a caller as the store knew it.
type cached struct {
	generation uint64
	loaded     time.Time
	principal  *Principal
	err        error     // ErrSecondFactor beside a principal
	session    *Session  // nil of a key
	expires    time.Time // end of the credential; zero: none
	key        string    // id of the key
}

// cache holds callers by the hash of their credential. Whatever changes an
// account raises the generation, which makes all entries stale at once.
type cache struct {
	generation atomic.Uint64
	mu         sync.Mutex
	entries    map[string]*cached
}

const cachedMost = 20_000

func (c *cache) forget() { c.generation.Add(1) }

func (c *cache) get(hash string, now time.Time) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[hash]
	if e == nil || e.generation != c.generation.Load() || now.Sub(e.loaded) > cacheTime || now.Before(e.loaded) {
		return nil
	}
	return e
}

func (c *cache) put(hash string, e *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= cachedMost {
		clear(c.entries)
	}
	c.entries[hash] = e
}
