// Package passport is the allowance passport of consumers (个人额度护照): a person
// who has proved who they are sees every use of their identity in this zone, is
// told of each new one, freezes the identity, and disputes a use.
//
// Uses are made from the core's decisions alone, under the keyed hash of the
// identity number; no personal text is stored but a holder's own address, sealed.
// What a consumer does becomes a command to the core in the same transaction: a
// freeze holds later lists for review, an upheld dispute restores the zone's own
// count of the allowance once. Customs' count is another one, and it binds: an
// upheld dispute makes the letter that refers it there.
//
// Invariant: an operation for a consumer reaches the person of the principal in
// the context and nobody else; whose use it is not looks as if there were none.
package passport

import (
	"context"
	"embed"
	"errors"
	"log/slog"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/follow"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables, cursor and outbox, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, feed.Cursors(store.Services), {File: store.Services, Owner: "passport", FS: migrations}}
}

// The kinds of commands to the core that this service writes; their bodies are
// those of clearance.PersonFreeze and clearance.DisputeUpheld.
const (
	CommandFreeze  = "person.freeze"
	CommandDispute = "person.dispute"
)

// Errors that a caller acts on.
var (
	// ErrDenied: the caller is no consumer who proved who they are.
	ErrDenied = errors.New("passport: sign in with a provider that proves who you are / 请通过实名认证登录")
	// ErrNotFound: there is no such use of the caller's identity.
	ErrNotFound = errors.New("passport: no such use of your identity / 没有该笔身份使用记录")
	// ErrAddress: that is no mail address.
	ErrAddress = errors.New("passport: that is no mail address / 邮箱地址无效")
)

// Commands takes commands to the core, each in the transaction that causes it;
// *feed.Outbox is one.
type Commands interface {
	Add(ctx context.Context, tx *store.Tx, kind string, body []byte) (uint64, error)
}

// Machine lets the core be asked; *intake.Service is one.
type Machine interface {
	Ask(ctx context.Context, f func(*clearance.Engine)) error
}

// Audit writes an entry in the transaction of the act; *audit.Log is one.
type Audit interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
}

// Post sends letters to holders who gave an address; *notify.Service is one.
type Post interface {
	Send(ctx context.Context, tx *store.Tx, letters ...notify.Letter) error
}

// Notes writes into the history of a matter; *matter.Service is one.
type Notes interface {
	AddNote(ctx context.Context, tx *store.Tx, number, zh, en string) error
}

// UseMatters gives the service the matters, which are made after it: they know its
// effects.
func (s *Service) UseMatters(n Notes) { s.notes = n }

// Config is what the service works on.
type Config struct {
	Store    *store.Store
	Core     follow.Decisions
	Machine  Machine
	Commands Commands
	Keys     *keys.Keyring
	Clock    clock.Clock
	Audit    Audit
	Post     Post   // nil: no letters
	Site     string // address of the platform for links in letters, without a slash at its end; "": no links
	Log      *slog.Logger
}

// Service keeps the uses. Its methods are safe beside each other, but CatchUp
// and Follow belong to one goroutine.
type Service struct {
	c      Config
	db     *store.DB
	feed   *follow.Consumer
	hasher *keys.Hasher // of the follower
	notes  Notes
}

// New makes the service on a store in which [Migrations] have run.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	s := &Service{c: c, db: c.Store.Services, hasher: c.Keys.Hasher()}
	s.feed = follow.New(follow.Config{Name: "passport", Source: c.Core, DB: s.db, Clock: c.Clock, Log: c.Log, Apply: s.apply})
	return s
}

// CatchUp takes in all decisions that are durable.
func (s *Service) CatchUp(ctx context.Context) error { return s.feed.CatchUp(ctx) }

// Follow takes decisions in as they become durable until ctx ends, which is no
// error.
func (s *Service) Follow(ctx context.Context, core follow.Core) error { return s.feed.Run(ctx, core) }

// Dispute is where a dispute of a use stands (异议). The numbers are stored.
type Dispute uint8

// The states of a dispute.
const (
	NoDispute Dispute = iota
	Open              // handed in, not decided 办理中
	Upheld            // the person did not buy it 成立
	Dismissed         // 不成立
	Withdrawn         // taken back 已撤回
)

// String is the state's name in the API.
func (d Dispute) String() string {
	return [...]string{"none", "open", "upheld", "dismissed", "withdrawn"}[d]
}

// Chinese is the state for people.
func (d Dispute) Chinese() string {
	return [...]string{"无", "办理中", "异议成立", "异议不成立", "已撤回"}[d]
}

// Use is one use of an identity by a list of this zone (身份使用记录).
type Use struct {
	Person   keys.Key
	Parcel   uint64 // parcel number
	At       int64  // µs UTC, when the list came
	Day      clock.Day
	OrderNo  string
	InvtNo   string // list number 清单编号, once it is given
	Platform string // enterprise code of the platform
	Merchant string // and of the seller
	Goods    string // names of the first goods, once the list is decided
	Amount   money.Fen
	Tax      money.Fen
	Reserved money.Fen // of the year's allowance, while the list is held
	Charged  money.Fen // once it is released
	State    clearance.State
	Standing bool // false: the list was changed and names somebody else now
	Dispute  Dispute
	Matter   string // number of the matter of the dispute
}

// person is the consumer who calls.
func person(ctx context.Context) (keys.Key, error) {
	p := access.Of(ctx)
	if p.Scope(access.PassportUse) == access.None || p == nil || p.Person == (keys.Key{}) {
		return keys.Key{}, ErrDenied
	}
	return p.Person, nil
}

func (s *Service) now() int64 { return s.c.Clock.Now().UnixMicro() }
