package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Stream is the name of the service's stream of facts; each is an act, its body
// the JSON of [Fact].
const Stream = "directory"

// FactVersion is the version of the body of the facts.
const FactVersion = 1

// Fact is the body of a fact: one act, without a word that anybody wrote.
type Fact struct {
	Directory string `json:"directory"`
	ID        string `json:"id"`
	Serial    uint64 `json:"serial"`
	Owner     string `json:"owner,omitempty"`
	Act       Act    `json:"act"`
	State     State  `json:"state"`
	Revision  uint64 `json:"revision"`
	Actor     string `json:"actor"`
}

// Audit is where acts are written; *audit.Log is one.
type Audit interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
	Record(ctx context.Context, e audit.Entry) error
}

// Bell is where owners are told; *notify.Service is one.
type Bell interface {
	Tell(ctx context.Context, tx *store.Tx, list ...notify.Notice) error
}

// Clients knows who really traded through whom (真实服务关系), from cleared
// trade.
type Clients interface {
	// Client tells whether a provider served a client in a year.
	Client(ctx context.Context, provider, client string, year int) (bool, error)
	// Served counts the enterprises that a provider served in a year.
	Served(ctx context.Context, provider string, year int) (int, error)
}

// Config is what the service works on.
type Config struct {
	DB     *store.DB
	Keys   *keys.Keyring
	Clock  clock.Clock
	Random io.Reader // codes of certificates
	Rules  func() *pack.Set
	Audit  Audit
	Bell   Bell
	// Clients may be nil: then nobody can rate.
	Clients Clients
	// Codes are the enterprise codes of an organisation, for entries that come by
	// matter.
	Codes func(ctx context.Context, org string) []string
}

// Service keeps the directories. It is safe for many goroutines.
type Service struct {
	c      Config
	db     *store.DB
	stream *feed.Stream
	book   atomic.Pointer[book]
}

// New makes the service on a database in which [Migrations] have run.
func New(c Config) *Service {
	return &Service{c: c, db: c.DB, stream: feed.NewStream(c.DB, Stream, c.Clock)}
}

// Facts is the service's stream, for those who live on it.
func (s *Service) Facts() *feed.Stream { return s.stream }

// Today is the Beijing day by the service's clock.
func (s *Service) Today() clock.Day { return clock.DayOf(s.c.Clock.Now()) }

// rules are the directories of the set in force, read once a set.
func (s *Service) rules() *book {
	set := s.c.Rules()
	if b := s.book.Load(); b != nil && b.set == set {
		return b
	}
	b, _ := compile(set) // a set with faults is refused before it is switched on
	s.book.Store(b)
	return b
}

// Define returns the version of a directory that is in force today, nil if none
// is.
func (s *Service) Define(id string) *Definition { return s.rules().find(id, s.Today()) }

// Definitions are the directories in force that the caller is shown, by theme
// and title.
func (s *Service) Definitions(ctx context.Context) []*Definition {
	var out []*Definition
	as, today := reader(access.Of(ctx)), s.Today()
	for _, d := range s.rules().list {
		if d.From <= today && (d.To == 0 || today <= d.To) && (d.Visibility.rank() <= as.rank() || holds(access.Of(ctx), d)) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *Definition) int {
		return cmp.Or(cmp.Compare(a.Theme, b.Theme), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// define returns a directory that the caller is shown, or may hold entries in.
func (s *Service) define(ctx context.Context, id string) (*Definition, error) {
	d, p := s.Define(id), access.Of(ctx)
	if d == nil || d.Visibility.rank() > reader(p).rank() && !holds(p, d) {
		return nil, ErrNotFound
	}
	return d, nil
}

// holds tells whether the caller may have entries of its own in a directory.
func holds(p *access.Principal, d *Definition) bool {
	return d.Holders == ByOwners && p.Scope(access.ListingEdit) == access.Own && OwnerOf(p) != ""
}

func by(p *access.Principal) (actor, org string) {
	if p == nil {
		return "system", ""
	}
	return p.ID, p.Org
}

func entry(p *access.Principal, act string, e *Entry) audit.Entry {
	actor, org := by(p)
	return audit.Entry{Actor: actor, Org: org, Act: "directory." + act, Object: "directory:" + e.Directory + "/" + e.ID, Outcome: audit.Done,
		Detail: fmt.Sprintf("revision=%d state=%s", e.Revision, e.State)}
}

// denied writes the denial down and returns it as ErrDenied.
func (s *Service) denied(ctx context.Context, act string, e *Entry) error {
	a := entry(access.Of(ctx), act, e)
	a.Outcome = audit.Denied
	if err := s.c.Audit.Record(ctx, a); err != nil {
		return err
	}
	return ErrDenied
}

func (s *Service) fact(ctx context.Context, tx *store.Tx, e *Entry, act Act, actor string) error {
	body, err := json.Marshal(Fact{Directory: e.Directory, ID: e.ID, Serial: e.Serial, Owner: e.Owner, Act: act, State: e.State, Revision: e.Revision, Actor: actor})
	if err != nil {
		return err
	}
	_, err = s.stream.Append(ctx, tx, feed.Fact{Kind: string(act), Version: FactVersion, Body: body})
	return err
}

// tell puts a line to the bell of the owner.
func (s *Service) tell(ctx context.Context, tx *store.Tx, e *Entry, fold string, zh, en string) error {
	if e.Owner == "" || s.c.Bell == nil {
		return nil
	}
	return s.c.Bell.Tell(ctx, tx, notify.Notice{Recipient: recipient(e.Owner), Type: notify.DirectoryChanged, Fold: fold,
		Words: notify.Words{ZH: zh, EN: en}, Link: "/directories/" + e.Directory + "/" + e.ID})
}
