// Package library is the library of policy (政策措施库): every clause of the
// documents in force as a measure in short words, with whom it is for and what
// leads on from it, and the answers to questions that an office published
// (政策问答).
//
// Invariants: a measure is an item of kind `measures` of the set of packs in
// force, never its text; a question is published only if whoever asked agreed,
// in words that the office wrote, and never with what looks like a number of a
// person; each publication and each withdrawal is in the audit chain.
package library

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/find"
	"pilotzone/internal/kernel/form"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Kind is the kind of the items.
const Kind = "measures"

// Measure is one clause of a policy document (政策措施).
type Measure struct {
	ID          string
	Title       pack.Text
	Summary     pack.Text // our own short words
	Document    string    // 出处文件
	At          string    // 条款
	Topics      []string
	Audience    []string
	Departments []pack.Text // as the clause names them
	Standing    string      // confirmed, unconfirmed, ended
	Note        pack.Text
	Links       Links
	From, To    clock.Day
	Mark        string
	Pack        string // name of the pack
}

// Links are what leads on from a measure, by id.
type Links struct {
	Incentives   []string `yaml:"incentives"`
	Plans        []string `yaml:"plans"`
	Recognitions []string `yaml:"recognitions"`
	Matters      []string `yaml:"matters"`
	Measures     []string `yaml:"measures"`
}

// Clause is the place of the measure as it is cited.
func (m *Measure) Clause() string { return strings.TrimSpace(m.Document + " " + m.At) }

// Ended tells whether its last day is past.
func (m *Measure) Ended(today clock.Day) bool {
	return m.Standing == "ended" || m.To != 0 && today > m.To
}

// own are the keys of the kind.
type own struct {
	Summary     pack.Text   `yaml:"summary"`
	Topics      []string    `yaml:"topics"`
	Audience    []string    `yaml:"audience"`
	Departments []pack.Text `yaml:"departments"`
	Standing    string      `yaml:"standing"`
	Note        pack.Text   `yaml:"note"`
	Links       Links       `yaml:"links"`
}

// compiled are the measures of one set.
type compiled struct {
	set  *pack.Set
	list []*Measure
	byID map[string]*Measure
}

func compile(set *pack.Set) (*compiled, error) {
	c := &compiled{set: set, byID: make(map[string]*Measure)}
	for _, i := range set.Items(Kind) {
		var o own
		if err := i.Decode(&o); err != nil {
			return nil, err
		}
		m := &Measure{ID: i.ID, Title: i.Title, Summary: o.Summary, Document: i.Source.Document, At: i.Source.Article, Topics: o.Topics, Audience: o.Audience, Departments: o.Departments,
			Standing: cmp.Or(o.Standing, "confirmed"), Note: o.Note, Links: o.Links, From: i.From, To: i.To, Mark: i.Mark.String(), Pack: i.FromPack()}
		c.list = append(c.list, m)
		c.byID[m.ID] = m // the latest version stands for the id
	}
	return c, nil
}

// Check finds links that lead nowhere.
func Check(set *pack.Set) pack.Faults {
	var out pack.Faults
	matters, err := matter.Load(set.MatterFiles())
	for _, i := range set.Items(Kind) {
		var o own
		if err := i.Decode(&o); err != nil {
			out = append(out, i.Fault(pack.Text{ZH: err.Error(), EN: err.Error()}, pack.Text{ZH: "按模式改正", EN: "mend it as the schema says"}))
			continue
		}
		lost := func(kind, id string) {
			out = append(out, i.FaultAt(pack.Text{ZH: "没有 " + kind + " " + id, EN: "there is no " + kind + " " + id}, pack.Text{ZH: "改正编号，或去掉该链接", EN: "correct the id, or leave the link out"}, "links", kind))
		}
		for kind, ids := range map[string][]string{"incentives": o.Links.Incentives, "plans": o.Links.Plans, "recognitions": o.Links.Recognitions, Kind: o.Links.Measures} {
			for _, id := range ids {
				if !slices.ContainsFunc(set.Items(kind), func(v *pack.Item) bool { return v.ID == id }) {
					lost(kind, id)
				}
			}
		}
		for _, id := range o.Links.Matters {
			if err == nil && !slices.ContainsFunc(matters.All(), func(d *matter.Definition) bool { return d.ID == id }) {
				lost("matters", id)
			}
		}
	}
	return out
}

// Audit is where acts are written; *audit.Log is one.
type Audit interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
	Record(ctx context.Context, e audit.Entry) error
}

// Config is what the service works on.
type Config struct {
	DB      *store.DB // services
	Audit   Audit
	Clock   clock.Clock
	Matters *matter.Service
	Rules   func() *pack.Set // in force
}

// Service is the library. It is safe for many goroutines.
type Service struct {
	c    Config
	last atomic.Pointer[compiled]
}

// New makes the service on a database in which [Migrations] have run.
func New(c Config) *Service { return &Service{c: c} }

// Use gives the service the applications whose answers it publishes; they need
// its citations, so one of the two comes first.
func (s *Service) Use(m *matter.Service) { s.c.Matters = m }

// now are the measures of the set in force. A set is checked before it is
// switched on, so it can be compiled.
func (s *Service) now() *compiled {
	set := s.c.Rules()
	if c := s.last.Load(); c != nil && c.set == set {
		return c
	}
	c, err := compile(set)
	if err != nil {
		c = &compiled{set: set}
	}
	s.last.Store(c)
	return c
}

// Today is the Beijing day by the service's clock.
func (s *Service) Today() clock.Day { return clock.DayOf(s.c.Clock.Now()) }

// Query chooses measures. The zero value is all.
type Query struct {
	Text     string
	Topic    string
	Audience string
	Pack     string // name of the pack, such as hunan
	Standing string
}

// Measures are those of a query: by document and id without words to look for,
// the best fit first with some.
func (s *Service) Measures(q Query) []*Measure { return s.measures(q, find.Enough) }

func (s *Service) measures(q Query, least int) []*Measure {
	type hit struct {
		m     *Measure
		score int
	}
	var hits []hit
	for _, m := range s.now().list {
		if q.Topic != "" && !slices.Contains(m.Topics, q.Topic) || q.Audience != "" && !slices.Contains(m.Audience, q.Audience) || q.Pack != "" && m.Pack != q.Pack || q.Standing != "" && m.Standing != q.Standing {
			continue
		}
		score := find.Score(q.Text, m.Title.ZH, m.Title.EN, m.Summary.ZH, m.Summary.EN, m.Clause())
		if score >= least {
			hits = append(hits, hit{m, score})
		}
	}
	if strings.TrimSpace(q.Text) != "" {
		slices.SortStableFunc(hits, func(a, b hit) int { return b.score - a.score })
	}
	out := make([]*Measure, len(hits))
	for i, h := range hits {
		out[i] = h.m
	}
	return out
}

// Suggest are the few measures that fit a question best.
func (s *Service) Suggest(question string, most int) []*Measure {
	if strings.TrimSpace(question) == "" {
		return nil
	}
	list := s.measures(Query{Text: question}, find.Some)
	return list[:min(most, len(list))]
}

// Measure is one by id.
func (s *Service) Measure(id string) (*Measure, bool) {
	m, ok := s.now().byID[id]
	return m, ok
}

// Cite names a measure as a decision cites it.
func (s *Service) Cite(id string) (form.Words, bool) {
	m, ok := s.Measure(id)
	if !ok {
		return form.Words{}, false
	}
	return form.W(m.Clause()+" "+m.Title.ZH, m.Clause()+" "+m.Title.EN), true
}

// Topics are the topics that the measures in force have, sorted.
func (s *Service) Topics() []string { return s.values(func(m *Measure) []string { return m.Topics }) }

// Audiences are those whom the measures in force are for, sorted.
func (s *Service) Audiences() []string {
	return s.values(func(m *Measure) []string { return m.Audience })
}

// Packs are the packs that have measures, sorted.
func (s *Service) Packs() []string {
	return s.values(func(m *Measure) []string { return []string{m.Pack} })
}

func (s *Service) values(of func(*Measure) []string) []string {
	var out []string
	for _, m := range s.now().list {
		for _, v := range of(m) {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	slices.Sort(out)
	return out
}
