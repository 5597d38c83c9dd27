package park

import (
	"errors"
	"fmt"
	"slices"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/scorecard"
)

// ItemKind is the kind of sheet that lays recognitions down; PlaceKind the one of
// places that a pack brings.
const (
	ItemKind  = "recognitions"
	PlaceKind = "places"
)

// Grade is the level of a recognition (级别). Its name is stored.
type Grade string

// The grades, from low to high.
const (
	Municipal  Grade = "municipal"  // 市级
	Provincial Grade = "provincial" // 省级
	National   Grade = "national"   // 国家级
)

var gradeWords = map[Grade]pack.Text{Municipal: {ZH: "市级", EN: "municipal"}, Provincial: {ZH: "省级", EN: "provincial"}, National: {ZH: "国家级", EN: "national"}}

// Words are the grade's name; none: not recognised.
func (g Grade) Words() pack.Text {
	if w, ok := gradeWords[g]; ok {
		return w
	}
	return pack.Text{ZH: "未认定", EN: "not recognised"}
}

// rank orders grades: 0 is none.
func (g Grade) rank() int {
	return slices.Index([]Grade{Municipal, Provincial, National}, g) + 1
}

// Condition is one condition of a recognition (认定条件).
type Condition struct {
	ID   string
	Says pack.Text
	Mark pack.Mark // 0: as the item
	Note pack.Text
	When *rule.Condition
}

// Program is a recognition as data (认定事项): what is recognised and on which
// conditions.
type Program struct {
	Item            *pack.Item
	Target          Kind
	Grade           Grade
	Stated          bool // the source states conditions
	Conditions      []Condition
	PublicationDays int
	ValidMonths     int // 0: until it is removed
	Card            string
	Promote, Warn   []string // grades of the card
	MendDays        int
	AppealDays      int
	After           string // recognition that must stand first
	Decides, Note   pack.Text
}

// raw is the kind's own keys of an item.
type raw struct {
	Target     Kind  `yaml:"target"`
	Grade      Grade `yaml:"grade"`
	Stated     bool  `yaml:"stated"`
	Conditions []struct {
		ID   string    `yaml:"id"`
		When string    `yaml:"when"`
		Says pack.Text `yaml:"says"`
		Mark string    `yaml:"mark"`
		Note pack.Text `yaml:"note"`
	} `yaml:"conditions"`
	PublicationDays int       `yaml:"publication_days"`
	ValidMonths     int       `yaml:"valid_months"`
	Card            string    `yaml:"card"`
	Promote         []string  `yaml:"promote_grades"`
	Warn            []string  `yaml:"warn_grades"`
	MendDays        int       `yaml:"mend_days"`
	AppealDays      int       `yaml:"appeal_days"`
	After           string    `yaml:"after"`
	Decides         pack.Text `yaml:"decides"`
	Note            pack.Text `yaml:"note"`
}

var marks = map[string]pack.Mark{"seen": pack.Seen, "recalled": pack.Recalled, "inference": pack.Inference, "design": pack.Design}

func program(i *pack.Item, env *rule.Env) (*Program, error) {
	var r raw
	if err := i.Decode(&r); err != nil {
		return nil, err
	}
	p := &Program{Item: i, Target: r.Target, Grade: r.Grade, Stated: r.Stated, PublicationDays: r.PublicationDays, ValidMonths: r.ValidMonths,
		Card: r.Card, Promote: r.Promote, Warn: r.Warn, MendDays: max(r.MendDays, 1), AppealDays: max(r.AppealDays, 1), After: r.After, Decides: r.Decides, Note: r.Note}
	var all []error
	for n, c := range r.Conditions {
		when, err := env.Condition(c.When)
		if err != nil {
			all = append(all, &conditionError{n, err})
			continue
		}
		p.Conditions = append(p.Conditions, Condition{ID: c.ID, Says: c.Says, Mark: marks[c.Mark], Note: c.Note, When: when})
	}
	return p, errors.Join(all...)
}

// conditionError is a condition that does not compile, by its place.
type conditionError struct {
	n   int
	err error
}

func (e *conditionError) Error() string { return fmt.Sprintf("condition %d: %v", e.n+1, e.err) }
func (e *conditionError) Unwrap() error { return e.err }

// rules are the programs and cards of a set, compiled once.
type rules struct {
	set      *pack.Set
	programs []*Program
	cards    map[string][]cardVersion
}

type cardVersion struct {
	item *pack.Item
	card *scorecard.Card
}

// compile makes the rules of a set. A set was checked before it was switched on,
// so a fault here is one of the program.
func compile(set *pack.Set) (*rules, error) {
	book, err := fact.Compile(set)
	if err != nil {
		return nil, err
	}
	r := &rules{set: set, cards: map[string][]cardVersion{}}
	wanted := map[string]bool{}
	for _, i := range set.Items(ItemKind) {
		p, err := program(i, book.Env)
		if err != nil {
			return nil, err
		}
		r.programs = append(r.programs, p)
		wanted[p.Card] = true
	}
	for _, i := range set.Items("scorecards") {
		if !wanted[i.ID] {
			continue
		}
		card, err := scorecard.Compile(i, book.Env)
		if err != nil {
			return nil, err
		}
		r.cards[i.ID] = append(r.cards[i.ID], cardVersion{i, card})
	}
	return r, nil
}

// card is the version of a score card in force on a day, nil if there is none.
func (r *rules) card(id string, day clock.Day) *cardVersion {
	for n := range r.cards[id] {
		if r.cards[id][n].item.On(day) {
			return &r.cards[id][n]
		}
	}
	return nil
}

// find is the version of a program in force on a day, nil if there is none.
func (r *rules) find(id string, day clock.Day) *Program {
	for _, p := range r.programs {
		if p.Item.ID == id && p.Item.On(day) {
			return p
		}
	}
	return nil
}

// rules are those of the set in force.
func (s *Service) rules() (*rules, error) {
	set := s.Rules()
	if r := s.compiled.Load(); r != nil && r.set == set {
		return r, nil
	}
	r, err := compile(set)
	if err != nil {
		return nil, fmt.Errorf("recognitions (认定规则): %w", err)
	}
	s.compiled.Store(r)
	return r, nil
}

// Programs are the recognitions in force today for a kind of place (all kinds if
// ""), the lowest grade first.
func (s *Service) Programs(k Kind) ([]*Program, error) {
	r, err := s.rules()
	if err != nil {
		return nil, err
	}
	var out []*Program
	for _, p := range r.programs {
		if p.Item.On(s.Today()) && (k == "" || p.Target == k) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *Program) int { return a.Grade.rank() - b.Grade.rank() })
	return out, nil
}

// Program is a recognition in force today by id; ErrNotFound without one.
func (s *Service) Program(id string) (*Program, error) {
	r, err := s.rules()
	if err != nil {
		return nil, err
	}
	if p := r.find(id, s.Today()); p != nil {
		return p, nil
	}
	return nil, ErrNotFound
}

// Check reports what is wrong with the recognitions and places of a set beyond
// their schemas.
func Check(set *pack.Set) (out pack.Faults) {
	book, err := fact.Compile(set)
	if err != nil {
		return nil // fact.Check reports it
	}
	for _, i := range set.Items(ItemKind) {
		p, err := program(i, book.Env)
		out = append(out, conditionFaults(i, err)...)
		if p != nil {
			out = append(out, p.faults(set)...)
		}
	}
	return append(out, placeFaults(set)...)
}

func conditionFaults(i *pack.Item, err error) (out pack.Faults) {
	mend := pack.Text{ZH: "按 docs/rules.md 改正表达式", EN: "mend the expression by docs/rules.md"}
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, e := range list {
		var c *conditionError
		switch {
		case e == nil:
		case errors.As(e, &c):
			out = append(out, i.FaultAt(pack.Text{ZH: "条件无法编译：" + c.err.Error(), EN: "the condition does not compile: " + c.err.Error()}, mend, "conditions", fmt.Sprint(c.n), "when"))
		default:
			out = append(out, i.Fault(pack.Text{ZH: "认定无法读取：" + e.Error(), EN: "the recognition can't be read: " + e.Error()}, pack.Text{ZH: "按模式改正", EN: "mend it by the schema"}))
		}
	}
	return out
}

func (p *Program) faults(set *pack.Set) (out pack.Faults) {
	for n := range p.Conditions {
		if p.Conditions[n].When.Unreachable() {
			out = append(out, p.Item.FaultAt(pack.Text{ZH: "该条件永远不能满足", EN: "this condition can never hold"}, pack.Text{ZH: "检查界限", EN: "look at its bounds"}, "conditions", fmt.Sprint(n), "when"))
		}
	}
	if p.After != "" && !slices.ContainsFunc(set.Items(ItemKind), func(i *pack.Item) bool { return i.ID == p.After }) {
		out = append(out, p.Item.FaultAt(pack.Text{ZH: "没有认定 " + p.After, EN: "there is no recognition " + p.After}, pack.Text{ZH: "改正 after", EN: "mend after"}, "after"))
	}
	if p.Card != "" && !slices.ContainsFunc(set.Items("scorecards"), func(i *pack.Item) bool { return i.ID == p.Card }) {
		out = append(out, p.Item.FaultAt(pack.Text{ZH: "没有评分卡 " + p.Card, EN: "there is no score card " + p.Card}, pack.Text{ZH: "改正 card", EN: "mend card"}, "card"))
	}
	return out
}
