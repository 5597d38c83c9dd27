package fact

import (
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// ItemKind is the kind of sheet that lays facts down.
const ItemKind = "facts"

// Period says of what time a fact is (期间).
type Period string

// The periods.
const (
	OfYear Period = "year"  // a calendar year of Beijing
	Ever   Period = "ever"  // all that was, up to the year's end
	Point  Period = "point" // as it stands at the year's end
)

// Option is one value that a text may have.
type Option struct {
	ID    string    `yaml:"id"`
	Title pack.Text `yaml:"title"`
}

// Definition is a fact as data (指标定义).
type Definition struct {
	Name     string // as expressions name it: turnover_year
	Title    pack.Text
	Subjects []Kind
	Type     rule.Type
	Calibre  string // transactions, turnover, import_export or ""
	Unit     pack.Text
	Period   Period
	Computed string    // what the platform computes it from; "": evidence alone
	Evidence pack.Text // paper that is asked; empty: evidence is not taken
	Adds     bool      // accepted papers for different parts add up
	Months   int       // evidence counts for so many months; 0: without end
	Meaning  pack.Text // how it is counted
	Options  []Option
	Item     *pack.Item
}

// Of tells whether subjects of a kind have the fact.
func (d *Definition) Of(k Kind) bool { return slices.Contains(d.Subjects, k) }

// Takes tells whether evidence for it is taken.
func (d *Definition) Takes() bool { return d.Evidence.ZH != "" }

// Name is the fact's name of an item's id: turnover-year is turnover_year.
func Name(id string) string { return strings.ReplaceAll(id, "-", "_") }

// raw is the kind's own keys of an item.
type raw struct {
	Subject  subjects  `yaml:"subject"`
	Type     string    `yaml:"type"`
	Calibre  string    `yaml:"calibre"`
	Unit     pack.Text `yaml:"unit"`
	Period   Period    `yaml:"period"`
	Computed string    `yaml:"computed"`
	Evidence pack.Text `yaml:"evidence"`
	Several  string    `yaml:"several"`
	Months   int       `yaml:"valid_months"`
	Meaning  pack.Text `yaml:"meaning"`
	Options  []Option  `yaml:"options"`
}

// subjects reads one kind or a list of them.
type subjects []Kind

// UnmarshalYAML reads `enterprise` as [enterprise].
func (s *subjects) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*s = subjects{Kind(n.Value)}
		return nil
	}
	var list []Kind
	err := n.Decode(&list)
	*s = list
	return err
}

func define(i *pack.Item) (*Definition, error) {
	var r raw
	if err := i.Decode(&r); err != nil {
		return nil, err
	}
	t, _ := rule.ParseType(r.Type) // the schema knows the types
	return &Definition{Name: Name(i.ID), Title: i.Title, Subjects: r.Subject, Type: t, Calibre: r.Calibre, Unit: r.Unit, Period: r.Period, Computed: r.Computed,
		Evidence: r.Evidence, Adds: r.Several == "add", Months: r.Months, Meaning: r.Meaning, Options: r.Options, Item: i}, nil
}

// Book is the facts of a set of packs, compiled (指标册).
type Book struct {
	Env    *rule.Env
	byName map[string]*Definition
	list   []*Definition
}

// Find returns a fact by name, nil if there is none.
func (b *Book) Find(name string) *Definition { return b.byName[name] }

// All are the facts, by name.
func (b *Book) All() []*Definition { return b.list }

// Of are the facts of a kind of subject, by name.
func (b *Book) Of(k Kind) (out []*Definition) {
	for _, d := range b.list {
		if d.Of(k) {
			out = append(out, d)
		}
	}
	return out
}

// Compile makes the book of a set. Of several versions of a fact in time the last
// one is taken: what a fact means does not change with the day that is asked about.
func Compile(set *pack.Set) (*Book, error) {
	b := &Book{byName: make(map[string]*Definition)}
	for _, i := range set.Items(ItemKind) {
		d, err := define(i)
		if err != nil {
			return nil, err
		}
		b.byName[d.Name] = d
	}
	vars := make([]rule.Var, 0, len(b.byName))
	for _, d := range b.byName {
		b.list = append(b.list, d)
	}
	slices.SortFunc(b.list, func(x, y *Definition) int { return strings.Compare(x.Name, y.Name) })
	for _, d := range b.list {
		vars = append(vars, rule.Var{Name: d.Name, Type: d.Type, Calibre: d.Calibre, ZH: d.Title.ZH, EN: d.Title.EN, Unit: d.Unit.ZH})
	}
	env, err := rule.New(vars)
	b.Env = env
	return b, err
}

// books keeps the books of the sets in use, by set.
type books struct {
	mu   sync.Mutex
	set  *pack.Set
	book *Book
	err  error
}

func (c *books) of(set *pack.Set) (*Book, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.set != set || c.book == nil && c.err == nil {
		c.set = set
		c.book, c.err = Compile(set)
	}
	return c.book, c.err
}

// Check reports what is wrong with the facts of a set beyond their schema.
func Check(set *pack.Set) (out pack.Faults) {
	seen := make(map[string]*Definition)
	for _, i := range set.Items(ItemKind) {
		d, err := define(i)
		if err != nil {
			out = append(out, i.Fault(pack.Text{ZH: "指标无法读取：" + err.Error(), EN: "the fact can't be read: " + err.Error()}, pack.Text{ZH: "按模式改正", EN: "mend it by the schema"}))
			continue
		}
		if was := seen[d.Name]; was != nil && (was.Type != d.Type || was.Calibre != d.Calibre) {
			out = append(out, i.Fault(pack.Text{ZH: "指标 " + d.Name + " 的类型或口径与前一版本不同", EN: "fact " + d.Name + " has another type or calibre than its version before"},
				pack.Text{ZH: "改用另一 id", EN: "give it another id"}))
		}
		seen[d.Name] = d
		out = append(out, d.faults()...)
	}
	return out
}

func (d *Definition) faults() (out pack.Faults) {
	fault := func(zh, en, mendZH, mendEN string) {
		out = append(out, d.Item.Fault(pack.Text{ZH: d.Name + "：" + zh, EN: d.Name + ": " + en}, pack.Text{ZH: mendZH, EN: mendEN}))
	}
	if d.Calibre != "" && d.Type != rule.TypeMoney {
		fault("只有金额才有口径", "only money has a calibre", "删除 calibre 或改为 money", "remove calibre, or make it money")
	}
	if (d.Options != nil) != (d.Type == rule.TypeText) {
		fault("文本指标须列出可选值，其他类型不得列出", "a text needs options, and no other type has them", "补充或删除 options", "add or remove options")
	}
	if d.Adds && none(d.Type).IsZero() {
		fault("只有数与金额可以相加", "only numbers and money add up", "删除 several: add", "remove several: add")
	}
	return out
}
