package fact

import (
	"context"
	"embed"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service in the services database, and those of
// trade in the search database.
func Migrations() []store.Migration {
	return append(trade.Migrations(), store.Migration{File: store.Services, Owner: "fact", FS: migrations})
}

var (
	// ErrNotFound: there is no such thing, or it is not the caller's to see.
	ErrNotFound = errors.New("fact: no such figures / 没有该指标或无权查看")
	// ErrDenied: the caller may not do this.
	ErrDenied = errors.New("fact: this is not yours to do / 无权进行该操作")
)

// Audit is where acts are written; *audit.Log is one.
type Audit = matter.Audit

// Source gives figures that it knows; rooms are sources (指标来源).
type Source interface {
	// Compute adds what it knows of a subject in a year to figures, which hold what
	// was computed before.
	Compute(ctx context.Context, s Subject, year int, into Figures) error
}

// BulkSource is a source that computes all subjects of a kind at once. Those that
// are none are asked for each.
type BulkSource interface {
	Source
	ComputeAll(ctx context.Context, k Kind, year int, into map[string]Figures) error
}

// Config is what the service works on.
type Config struct {
	DB           *store.DB // services
	Trade        *trade.Service
	Declarations *declaration.Service
	Registry     *registry.Registry
	Audit        Audit
	Clock        clock.Clock
	Random       io.Reader
	Rules        func() *pack.Set // in force now
	// OrgName names an organisation that the caller chose for a consent; ok is false
	// if there is none. nil takes every one.
	OrgName func(ctx context.Context, id string) (name string, ok bool)
}

// Service keeps and answers figures. It is safe for many goroutines.
type Service struct {
	c     Config
	db    *store.DB
	books books

	mu      sync.RWMutex
	sources []Source
	owners  map[Kind]Owner
}

// Owner tells whether a subject is the caller's own; ctx is the caller's.
type Owner func(ctx context.Context, p *access.Principal, id string) bool

// New makes the service on stores in which [Migrations] have run.
func New(c Config) *Service {
	s := &Service{c: c, db: c.DB, owners: make(map[Kind]Owner)}
	s.owners[Enterprise] = func(_ context.Context, p *access.Principal, id string) bool { return slices.Contains(p.Codes, id) }
	s.owners[Park] = func(_ context.Context, p *access.Principal, id string) bool { return p.Org != "" && p.Org == id }
	return s
}

// Add lets a room give figures that it knows; sources are asked in the order in
// which they were added.
func (s *Service) Add(src Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = append(s.sources, src)
}

// OwnedBy says whose subjects of a kind are.
func (s *Service) OwnedBy(k Kind, owner Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners[k] = owner
}

func (s *Service) given() []Source {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sources
}

// Book is the facts of the set in force.
func (s *Service) Book() (*Book, error) { return s.books.of(s.c.Rules()) }

// Env is all facts of a set as typed variables.
func (s *Service) Env(set *pack.Set) (*rule.Env, error) {
	b, err := s.books.of(set)
	if err != nil {
		return nil, err
	}
	return b.Env, nil
}

func (s *Service) today() clock.Day { return clock.DayOf(s.c.Clock.Now()) }

func (s *Service) now() int64 { return clock.Micros(s.c.Clock.Now()) }

// owns tells whether a subject is the caller's own.
func (s *Service) owns(ctx context.Context, who Subject) bool {
	p := access.Of(ctx)
	s.mu.RLock()
	own := s.owners[who.Kind]
	s.mu.RUnlock()
	return p != nil && who.ID != "" && own != nil && own(ctx, p, who.ID)
}

// Owns tells whether a subject is the caller's own.
func (s *Service) Owns(ctx context.Context, who Subject) bool { return s.owns(ctx, who) }

// Enterprises are all filed enterprises, by their code.
func (s *Service) Enterprises(ctx context.Context) ([]string, error) {
	var out []string
	for after := ""; ; {
		list, err := s.c.Registry.List(ctx, after, 1000)
		if err != nil || len(list) == 0 {
			return out, err
		}
		for i := range list {
			out = append(out, codeOf(&list[i]))
		}
		after = list[len(list)-1].ID
	}
}

// codeOf is the code by which an enterprise's figures are kept: its customs code,
// or the id of its filing where it has none.
func codeOf(f *registry.Filing) string {
	if f.CustomsCode != "" {
		return f.CustomsCode
	}
	return f.ID
}

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

// deny enters a denied act and returns err.
func (s *Service) deny(ctx context.Context, act, object string, err error) error {
	id, org := actor(ctx)
	return errors.Join(err, s.c.Audit.Record(ctx, audit.Entry{Actor: id, Org: org, Act: act, Object: object, Outcome: audit.Denied}))
}
