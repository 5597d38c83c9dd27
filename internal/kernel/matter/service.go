package matter

import (
	"context"
	"embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/find"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the service and of what it stands on, in the
// services database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Migration, blob.Migration, {File: store.Services, Owner: "matter", FS: migrations}}
}

// Stream is the name of the service's stream of facts; each is an act, its body
// the JSON of [Fact].
const Stream = "matter"

// FactVersion is the version of the body of the facts.
const FactVersion = 1

// Audit is where acts are written; *audit.Log is one.
type Audit interface {
	// Write writes an entry in the transaction of the act.
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
	// Record writes an entry in a transaction of its own.
	Record(ctx context.Context, e audit.Entry) error
}

// Effect is what a submission or a result does beyond the matter itself, in the
// transaction of the act. What the applicant or the officer can mend is returned
// as Problems; any error undoes the act. It may run again, so it does nothing
// outside of tx.
type Effect func(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error

// Guard tells whether a step may be passed now: Problems if not.
type Guard func(ctx context.Context, tx *store.Tx, m *Matter) error

// Probe asks an outside service about a form before it is taken; it may be slow
// and may fail, which is a finding too and never stops a submission. The form is
// in clear.
type Probe func(ctx context.Context, m *Matter) []Finding

// Hooks are what definitions may name.
type Hooks struct {
	Effects map[string]Effect
	Guards  map[string]Guard
	Probes  map[string]Probe
}

// Config is what the service works on.
type Config struct {
	DB        *store.DB
	Keys      *keys.Keyring
	Clock     clock.Clock
	Random    io.Reader // codes of letters
	Catalogue *Catalogue
	Calendar  *clock.Calendar // working days; nil knows weekends only
	Blobs     *blob.Store
	Audit     Audit
	Hooks     Hooks
	// Applicant names an organisation as letters do; nil, or "" from it: its id.
	Applicant func(ctx context.Context, org string) string
	// Current gives the definitions of the packs in force; nil: Catalogue always.
	Current func() *Catalogue
	// Client gives the organisation and name of a client by one of its enterprise
	// codes, "" if it has no account; nil: nobody applies for others.
	Client func(ctx context.Context, code string) (org, name string, err error)
	// Cite names a clause by the id of its measure; nil: clauses are cited in
	// words alone.
	Cite func(id string) (Words, bool)
}

// Service carries the matters. It is safe for many goroutines.
type Service struct {
	c      Config
	db     *store.DB
	stream *feed.Stream
	kept   kept
}

// New makes the service on a database in which [Migrations] have run. It refuses
// definitions that name hooks which are not there.
func New(c Config) (*Service, error) {
	s := &Service{c: c, db: c.DB, stream: feed.NewStream(c.DB, Stream, c.Clock), kept: kept{byID: make(map[string]*Definition)}}
	for _, d := range s.catalogue().All() {
		if err := c.Hooks.missing(d); err != nil {
			return nil, err
		}
	}
	return s, s.loadKept(context.Background())
}

// catalogue is the definitions in force.
func (s *Service) catalogue() *Catalogue {
	if s.c.Current != nil {
		return s.c.Current()
	}
	return s.c.Catalogue
}

// missing names a hook that a definition needs and that is not there.
func (h *Hooks) missing(d *Definition) error {
	effects := append(slices.Clone(d.Submitted), d.Results.Approve.Effect, d.Results.Refuse.Effect)
	for _, name := range effects {
		if name != "" && h.Effects[name] == nil {
			return fmt.Errorf("matter %s: there is no effect %q; there are %v (没有该效果)", d.ID, name, slices.Sorted(maps.Keys(h.Effects)))
		}
	}
	for _, name := range d.Probes {
		if h.Probes[name] == nil {
			return fmt.Errorf("matter %s: there is no probe %q (没有该核验)", d.ID, name)
		}
	}
	for _, step := range d.Steps {
		for _, name := range step.Guards {
			if h.Guards[name] == nil {
				return fmt.Errorf("matter %s: there is no guard %q (没有该前置条件)", d.ID, name)
			}
		}
	}
	return nil
}

// Facts is the service's stream, for those who live on it.
func (s *Service) Facts() *feed.Stream { return s.stream }

// Today is the Beijing day by the service's clock.
func (s *Service) Today() clock.Day { return clock.DayOf(s.c.Clock.Now()) }

// Open returns the definitions in force today for which the caller may apply;
// all of them with everyone.
func (s *Service) Open(ctx context.Context, everyone bool) []*Definition {
	list := s.catalogue().On(s.Today())
	if everyone {
		return list
	}
	p := access.Of(ctx)
	return slices.DeleteFunc(list, func(d *Definition) bool { return !d.Open(p) })
}

// Search returns the services in force today that fit words, of a category and
// for an audience; the best fit first if there are words to look for.
func (s *Service) Search(text, category, audience string) []*Definition {
	list := slices.DeleteFunc(s.catalogue().On(s.Today()), func(d *Definition) bool {
		return category != "" && d.Category != category || audience != "" && !slices.Contains(d.For(), audience) || d.score(text) < find.Enough
	})
	if strings.TrimSpace(text) != "" {
		slices.SortStableFunc(list, func(a, b *Definition) int { return b.score(text) - a.score(text) })
	}
	return list
}

func (d *Definition) score(text string) int {
	return find.Score(text, d.Title.ZH, d.Title.EN, d.Keywords.ZH, d.Keywords.EN, d.Summary.ZH, d.Summary.EN)
}

// Define returns the version of a definition that is in force today, nil if none
// is.
func (s *Service) Define(id string) *Definition { return s.catalogue().Find(id, s.Today()) }

// Fact is the body of a fact: one act, without a word that anybody wrote.
type Fact struct {
	Number     string    `json:"number"`
	Definition string    `json:"definition"`
	Version    string    `json:"version"`
	Subject    string    `json:"subject,omitempty"`
	Org        string    `json:"org,omitempty"`
	Owner      string    `json:"owner"`
	Act        Act       `json:"act"`
	State      State     `json:"state"`
	Step       string    `json:"step,omitempty"`
	Actor      string    `json:"actor"`
	Due        clock.Day `json:"due,omitempty"`
	Agent      string    `json:"agent,omitempty"`
	Parent     string    `json:"parent,omitempty"`
	// To are the roles that are to hear of it, if it is for offices.
	To []access.Role `json:"to,omitempty"`
}

// mine tells whether the matter is the caller's own as an applicant.
func mine(p *access.Principal, m *Matter) bool {
	if p.Scope(access.MatterRead) != access.Own {
		return false
	}
	if m.Org != "" {
		return p.Org == m.Org || acts(p, m)
	}
	return p.ID != "" && p.ID == m.Owner
}

// office tells whether the matter is the caller's work: submitted once, and any
// of its steps, or the opinion asked for, is a role of theirs.
func office(p *access.Principal, m *Matter, d *Definition) bool {
	if m.Submitted.IsZero() || d == nil {
		return false
	}
	return d.Works(p) || supervises(p, m) || p.Scope(access.MatterWork) == access.Zone && slices.ContainsFunc(m.Asked, p.Is)
}

// consulted tells whether the caller's opinion is waited for.
func consulted(p *access.Principal, m *Matter) bool {
	return p.Scope(access.MatterWork) == access.Zone && slices.ContainsFunc(m.Consulted, p.Is)
}

// supervises tells whether the matter was escalated to the caller.
func supervises(p *access.Principal, m *Matter) bool {
	return p.Scope(access.MatterWork) == access.Zone && slices.ContainsFunc(m.Escalated, p.Is)
}

// entry begins an entry of the audit chain for an act of the caller.
func entry(p *access.Principal, act Act, m *Matter) audit.Entry {
	e := audit.Entry{Actor: "system", Act: "matter." + string(act), Object: "matter:" + m.Number, Outcome: audit.Done}
	if p != nil {
		e.Actor, e.Org = p.ID, p.Org
	}
	return e
}

// denied writes the denial down and returns it as ErrDenied.
func (s *Service) denied(ctx context.Context, act Act, m *Matter) error {
	e := entry(access.Of(ctx), act, m)
	e.Outcome = audit.Denied
	if err := s.c.Audit.Record(ctx, e); err != nil {
		return err
	}
	return ErrDenied
}

// Now is the instant by the service's clock.
func (s *Service) Now() time.Time { return s.c.Clock.Now() }

func (s *Service) now() time.Time { return s.c.Clock.Now() }
