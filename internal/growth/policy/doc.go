// Package policy is incentives (奖补政策): clauses of policy documents as data, what
// an enterprise or a park can claim by its own figures, claims from application
// through panel and publication to payment, budgets, and claw-back.
//
// A clause (kind `incentives`) says who gets what under which conditions, up to
// how much, how often and who decides. [Service.Assess] holds it against the
// figures of package fact and says for each condition what there is and by how
// much it misses. A claim is a matter (incentive-claim); clause, figures and
// working stand with it by value. Money is in the ledger: budgets and cumulative
// caps are accounts with ceilings, posted in the transaction of the grant.
//
// Invariants: an amount is a cap, never a promise: a department decides; what the
// text does not state stays unstated; no grant passes the assessed maximum, a
// budget, a cumulative cap or a frequency, whatever happens at the same time; who
// opens a claw-back or makes a payment list does not decide it; an open claw-back
// stops payments to the beneficiary; sums of the accounts are zero, always.
package policy

import (
	"context"
	"embed"
	"errors"
	"io"
	"log/slog"
	"strings"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service and of what it stands on, in the
// services database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, feed.Cursors(store.Services), ledger.Migration, {File: store.Services, Owner: "policy", FS: migrations}}
}

// Matter is the definition of a claim.
const Matter = "incentive-claim"

var (
	// ErrNotFound: there is no such thing, or it is not the caller's to see.
	ErrNotFound = errors.New("policy: no such thing / 没有该记录或无权查看")
	// ErrDenied: the caller may not do this.
	ErrDenied = errors.New("policy: this is not yours to do / 无权进行该操作")
)

// Refusal is something that can't be done now, with its cure.
type Refusal struct {
	Code         string // stable
	ZH, EN       string
	FixZH, FixEN string
}

// Error is what is wrong and its cure in both languages.
func (r *Refusal) Error() string {
	return "policy: " + r.EN + ": " + r.FixEN + " / " + r.ZH + "：" + r.FixZH
}

// problems is the refusal as what is wrong with a matter.
func (r *Refusal) problems() matter.Problems {
	return matter.Problems{{Code: r.Code, ZH: r.ZH, EN: r.EN, FixZH: r.FixZH, FixEN: r.FixEN}}
}

// Figures is where figures come from; *fact.Service is one.
type Figures interface {
	// Figures are those of a subject, if the caller may see them.
	Figures(ctx context.Context, s fact.Subject, year int) (fact.Figures, error)
	// FiguresIn are the same for the program itself.
	FiguresIn(ctx context.Context, s fact.Subject, year int) (fact.Figures, error)
	// Env is the facts of a set, for expressions.
	Env(set *pack.Set) (*rule.Env, error)
}

// Holder is a subject with whose it is (主体): an enterprise by its code, or a park,
// belt, warehouse … of an organisation or enterprise.
type Holder struct {
	Subject    fact.Subject
	Name       string
	Org        string // organisation that it belongs to; "" none
	Enterprise string // customs code of the enterprise that benefits; "" none
}

// Config is what the service works on.
type Config struct {
	DB      *store.DB // services
	Keys    *keys.Keyring
	Clock   clock.Clock
	Random  io.Reader // ids
	Ledger  *ledger.Ledger
	Audit   matter.Audit
	Figures Figures
	Rules   func() *pack.Set // in force now
	// Holder is one subject; ErrNotFound if there is none.
	Holder func(ctx context.Context, who fact.Subject) (*Holder, error)
	// Holders are all subjects of a kind, by id.
	Holders func(ctx context.Context, k fact.Kind) ([]Holder, error)
	Log     *slog.Logger
}

// Service is incentives. It is safe for many goroutines.
type Service struct {
	c       Config
	db      *store.DB
	matters *matter.Service
	books   books
}

// New makes the service on a database in which [Migrations] have run. Give its
// Effects and Guards to the service of matters, and that service to Use.
func New(c Config) *Service { return &Service{c: c, db: c.DB} }

// Use says which service carries the matters.
func (s *Service) Use(m *matter.Service) { s.matters = m }

// Book is the clauses of the set in force.
func (s *Service) Book() (*Book, error) { return s.books.of(s.c.Rules(), s.c.Figures.Env) }

// Today is the Beijing day.
func (s *Service) Today() clock.Day { return clock.DayOf(s.c.Clock.Now()) }

func (s *Service) now() int64 { return clock.Micros(s.c.Clock.Now()) }

// setting is a parameter of the set in force, or def where no pack has it.
func (s *Service) setting(name string, def int64) int64 {
	if v, ok := s.c.Rules().Param(name, s.Today()); ok {
		if v.Type == pack.Bool {
			if v.Bool() {
				return 1
			}
			return 0
		}
		return v.Int()
	}
	return def
}

// Settings are how claims are worked, by the set in force (办理设定).
type Settings struct {
	OneFactTwoProgrammes bool // may one fact of a year serve two programmes?
	PublicationDays      int
	PanelMembers         int
	PanelPass            int // mean points of 100
	YearsShift           bool
	NearlyPermille       int // from which share of a threshold on a figure is near it
}

// Settings are those in force now.
func (s *Service) Settings() Settings {
	return Settings{OneFactTwoProgrammes: s.setting("one_fact_two_programmes", 0) == 1, PublicationDays: int(s.setting("publication_days", 7)),
		PanelMembers: int(s.setting("panel_members", 3)), PanelPass: int(s.setting("panel_pass_points", 60)),
		YearsShift: s.setting("instalment_years_shift", 0) == 1, NearlyPermille: int(s.setting("nearly_permille", 800))}
}

// actor is how the caller is named in what it does.
func actor(ctx context.Context) (id, org string) {
	if p := access.Of(ctx); p != nil && p.ID != "" {
		return p.ID, p.Org
	}
	return "system", ""
}

// write enters an act into the chain in its transaction.
func (s *Service) write(ctx context.Context, tx *store.Tx, act, object string, detail ...string) error {
	id, org := actor(ctx)
	return s.c.Audit.Write(ctx, tx, audit.Entry{Actor: id, Org: org, Act: act, Object: object, Outcome: audit.Done, Detail: strings.Join(detail, " ")})
}

// deny enters a denied act; the error is ErrDenied.
func (s *Service) deny(ctx context.Context, act, object string) error {
	id, org := actor(ctx)
	return errors.Join(ErrDenied, s.c.Audit.Record(ctx, audit.Entry{Actor: id, Org: org, Act: act, Object: object, Outcome: audit.Denied}))
}

// may is nil if the caller has a permission over the zone; else the denial is
// written.
func (s *Service) may(ctx context.Context, need access.Permission, act, object string) error {
	if access.Of(ctx).Scope(need) == access.Zone {
		return nil
	}
	return s.deny(ctx, act, object)
}
