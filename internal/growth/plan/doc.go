// Package plan keeps plans and assessments (方案目标与绩效考核): the targets and tasks of
// a zone's plan document against what was reached, and counties, parks and zones
// scored each year by published cards, ranked, with funds weighted by the result.
//
// A plan is data: kind `plans` of the packs. A target compares a fact of the zone
// or of each county, or the number of enterprises, parks, belts or brands that
// meet a condition, with a figure, in the words of its source; docs/plans.md
// explains it. What was reached is kept month by month, so that the course of
// years is what was seen then, not computed anew.
//
// Invariants: the calibres of trade are never added up or compared; a figure that
// nobody knows makes a target unknown, never missed by nought; a target whose term
// is over is shown as ended and is not open; an assessment is kept by value, with
// the card and every line of its working; who scored one does not review it; the
// shares of a fund sum to the fund, to the fen.
package plan

import (
	"context"
	"embed"
	"strings"
	"sync"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migration is the tables of the service, in the services database.
var Migration = store.Migration{File: store.Services, Owner: "plan", FS: migrations}

// Figures are the figures of subjects; *fact.Service gives them.
type Figures interface {
	FiguresIn(ctx context.Context, who fact.Subject, year int) (fact.Figures, error)
	FiguresOf(ctx context.Context, year int) (map[string]fact.Figures, error)
	Counties(ctx context.Context, day clock.Day) (map[string]string, error)
}

// Named is a subject with its name.
type Named struct {
	ID    string
	Title pack.Text
}

// Config is what the service works on.
type Config struct {
	DB      *store.DB // services
	Clock   clock.Clock
	Audit   matter.Audit
	Rules   func() *pack.Set // in force now
	Figures Figures
	// Subjects lists what a target counts or an assessment scores, by kind;
	// enterprises need none. A kind without is a register that there is not.
	Subjects map[fact.Kind]func(ctx context.Context) ([]Named, error)
}

// Service keeps plans and assessments. It is safe for many goroutines.
type Service struct {
	c  Config
	db *store.DB

	mu    sync.Mutex
	set   *pack.Set
	rules *Rules
	err   error
	seen  map[string]seenPlan // progress looked at a moment ago

	one sync.Mutex // held while progress is computed
}

// New makes the service on a store in which [Migration] has run.
func New(c Config) *Service { return &Service{c: c, db: c.DB, seen: map[string]seenPlan{}} }

// Rules are the plans and cards of the set in force, compiled once a set.
func (s *Service) Rules() (*Rules, error) {
	set := s.c.Rules()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set != set || s.rules == nil && s.err == nil {
		s.set, s.seen = set, map[string]seenPlan{}
		s.rules, s.err = Compile(set)
	}
	return s.rules, s.err
}

func (s *Service) today() clock.Day { return clock.DayOf(s.c.Clock.Now()) }

func (s *Service) now() time.Time { return s.c.Clock.Now() }

// actor is how the caller is named in what it does.
func actor(ctx context.Context) (id, org string) {
	if p := access.Of(ctx); p != nil {
		return p.ID, p.Org
	}
	return "system", ""
}

// write enters an act into the chain in its transaction.
func (s *Service) write(ctx context.Context, tx *store.Tx, act, object string, detail ...string) error {
	id, org := actor(ctx)
	return s.c.Audit.Write(ctx, tx, audit.Entry{Actor: id, Org: org, Act: act, Object: object, Outcome: audit.Done, Detail: strings.Join(detail, " ")})
}

// deny enters a denied act and returns [ErrDenied].
func (s *Service) deny(ctx context.Context, act, object string) error {
	id, org := actor(ctx)
	if err := s.c.Audit.Record(ctx, audit.Entry{Actor: id, Org: org, Act: act, Object: object, Outcome: audit.Denied}); err != nil {
		return err
	}
	return ErrDenied
}

// office lets only those through who have a permission for the whole zone.
func (s *Service) office(ctx context.Context, need access.Permission, act, object string) error {
	if access.Of(ctx).Scope(need) == access.Zone {
		return nil
	}
	return s.deny(ctx, act, object)
}

// Assesses tells whether the caller works on assessments.
func Assesses(ctx context.Context) bool {
	return access.Of(ctx).Scope(access.AssessWork) == access.Zone
}

// Reports tells whether the caller reports on tasks and objects to results.
func Reports(ctx context.Context) bool { return access.Of(ctx).Scope(access.PlanReport) == access.Zone }

// Reads tells whether the caller sees the figures of single enterprises behind
// those of the zone.
func Reads(ctx context.Context) bool { return access.Of(ctx).Scope(access.FigureRead) == access.Zone }
