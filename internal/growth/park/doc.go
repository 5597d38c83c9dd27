// Package park keeps what stands somewhere and who is in it: parks 园区, industrial
// belts 产业带, exhibition and selection centres 展示选品中心, incubators 孵化中心,
// overseas and consolidation warehouses 海外仓与集货仓, logistics nodes 物流节点;
// their recognition against conditions that are data (认定), the yearly assessment
// by score card (考核), warning, removal and appeal. It gives their figures to
// package fact.
//
// One mechanism carries all kinds: a Place with Members from day to day. A figure
// of a place is made of its members' figures during their membership.
//
// Invariants: every act is one transaction with its line of history and its entry
// of the audit chain; an act names the revision it was decided on; a membership
// begins when the enterprise has said yes, and its figures are counted only while
// its consent stands; what a recognition was decided on is kept by value; a
// recognition ends only with a reason, and a warned one not before its time to mend
// is over.
package park

import (
	"context"
	"embed"
	"log/slog"
	"sync/atomic"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{{File: store.Services, Owner: "park", FS: migrations}}
}

// Figures are the figures of subjects; *fact.Service gives them.
type Figures interface {
	FiguresIn(ctx context.Context, s fact.Subject, year int) (fact.Figures, error)
}

// Consents tell whether an enterprise lets an organisation see its figures, and
// take such a consent; *fact.Service is one.
type Consents interface {
	Consents(ctx context.Context, enterprise, org string) bool
	// Give takes the caller's consent for a purpose until a day.
	Give(ctx context.Context, enterprise, org, purpose string, until clock.Day) (*fact.Consent, error)
	// EndBy lets consents for a purpose end on a day at the latest.
	EndBy(ctx context.Context, tx *store.Tx, enterprise, org, purpose string, last clock.Day) error
}

// Trade tells what was cleared here; Cleared is it over the search index.
type Trade interface {
	// Of sums the parcels in force of a merchant from a day to a day, both included.
	Of(ctx context.Context, merchant string, from, to clock.Day) (Sum, error)
	// With sums those of them that went to or came from a country.
	With(ctx context.Context, merchant, country string, from, to clock.Day) (Sum, error)
	// By sums those of a merchant in which another enterprise had a part.
	By(ctx context.Context, merchant, enterprise string, from, to clock.Day) (Sum, error)
	// First is the day of a merchant's first parcel in force; 0: none.
	First(ctx context.Context, merchant string) (clock.Day, error)
}

// Filings tell how an enterprise is filed; *registry.Registry is one.
type Filings interface {
	ByCode(ctx context.Context, code string) (*registry.Filing, error)
}

// Config is what the service works on.
type Config struct {
	DB       *store.DB
	Clock    clock.Clock
	Audit    matter.Audit
	Rules    func() *pack.Set // the set in force
	Figures  Figures
	Consents Consents
	Trade    Trade
	Filings  Filings
	// Tell puts notices to the bell in the transaction of an act; nil: nobody is told.
	Tell func(ctx context.Context, tx *store.Tx, list ...notify.Notice) error
	Log  *slog.Logger
}

// Service keeps places. It is safe for many goroutines.
type Service struct {
	Config
	compiled atomic.Pointer[rules]
	seeded   atomic.Pointer[pack.Set]
}

// New makes the service on a database in which [Migrations] have run.
func New(c Config) *Service { return &Service{Config: c} }

// Today is the Beijing day by the service's clock.
func (s *Service) Today() clock.Day { return clock.DayOf(s.Clock.Now()) }

func actor(ctx context.Context) string {
	if p := access.Of(ctx); p != nil && p.ID != "" {
		return p.ID
	}
	return "system"
}

func orgOf(ctx context.Context) string {
	if p := access.Of(ctx); p != nil {
		return p.Org
	}
	return ""
}

// write enters an act into the audit chain, in its transaction.
func (s *Service) write(ctx context.Context, tx *store.Tx, act, object, detail string) error {
	return s.Audit.Write(ctx, tx, audit.Entry{Actor: actor(ctx), Org: orgOf(ctx), Act: act, Object: object, Outcome: audit.Done, Detail: detail})
}

// deny writes down that an act was refused to the caller, and refuses.
func (s *Service) deny(ctx context.Context, act, object string) error {
	e := audit.Entry{Actor: actor(ctx), Org: orgOf(ctx), Act: act, Object: object, Outcome: audit.Denied}
	if err := s.Audit.Record(ctx, e); err != nil {
		return err
	}
	return ErrDenied
}

// tell puts a notice to the bell of an enterprise or organisation, in the act's
// transaction.
func (s *Service) tell(ctx context.Context, tx *store.Tx, recipient, zh, en, link string) error {
	if s.Tell == nil {
		return nil
	}
	return s.Tell(ctx, tx, notify.Notice{Recipient: recipient, Type: "park", Words: notify.Words{ZH: zh, EN: en}, Link: link})
}

// tellRunners tells who runs a place: its operator and the enterprise that owns it.
func (s *Service) tellRunners(ctx context.Context, tx *store.Tx, place, zh, en string) error {
	p, err := placeIn(ctx, tx, place)
	if err != nil {
		return err
	}
	for prefix, id := range map[string]string{"org:": p.Org, "code:": p.Enterprise} {
		if id == "" {
			continue
		}
		if err := s.tell(ctx, tx, prefix+id, p.Title.ZH+"："+zh, p.ID+": "+en, "/parks/"+p.ID); err != nil {
			return err
		}
	}
	return nil
}
