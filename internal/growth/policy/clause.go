package policy

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// ItemKind and BudgetKind are the kinds of sheets of this room.
const (
	ItemKind   = "incentives"
	BudgetKind = "budgets"
)

// Kind says what a clause gives (条款类别).
type Kind string

// The kinds of clause.
const (
	Award    Kind = "award"    // money 资金
	Priority Kind = "priority" // preference without money 优先支持
	Case     Kind = "case"     // case by case, without published conditions 一事一议
)

// Frequency says how often a subject gets it (频次).
type Frequency string

// The frequencies.
const (
	Once         Frequency = "once"               // 一次性
	OncePerStep  Frequency = "once-per-threshold" // 每档一次
	Yearly       Frequency = "yearly"             // 每年
	PerCase      Frequency = "per-case"           // 每例
	ThreeYears   Frequency = "three-years"        // 分三年
	currentYear            = "current"
	FlowProvince           = "province" // paid by the province directly 省级直接
	FlowCity               = "city"     // through the city 经市州拨付
)

// MarkedText is how words of a text are read, and how sure that is (条文理解).
type MarkedText struct {
	At   string `yaml:"at" json:"at"` // id of a condition, or a key
	Mark string `yaml:"mark" json:"mark"`
	ZH   string `yaml:"zh" json:"zh"`
	EN   string `yaml:"en" json:"en"`
}

// Condition is one test of a clause (条件).
type Condition struct {
	ID   string `yaml:"id" json:"id"`
	When string `yaml:"when" json:"when"` // expression
	ZH   string `yaml:"zh" json:"zh"`
	EN   string `yaml:"en" json:"en"`

	compiled *rule.Condition
}

// Graded says by what a text grades within the cap (分档依据).
type Graded struct {
	ZH string   `yaml:"zh" json:"zh"`
	EN string   `yaml:"en" json:"en"`
	By []string `yaml:"by" json:"by"`
}

// Amount is the most that can be given (最高金额): the least of what is stated.
type Amount struct {
	Cap     *money.Fen  `yaml:"-" json:"cap,omitempty"`
	Per     string      `yaml:"per" json:"per,omitempty"` // the cap is for each of these
	Percent *money.Rate `yaml:"-" json:"percent,omitempty"`
	Of      string      `yaml:"of" json:"of,omitempty"` // the cost
	Formula string      `yaml:"formula" json:"formula,omitempty"`

	CapText     string `yaml:"cap" json:"-"`
	PercentText string `yaml:"percent" json:"-"`
	compiled    *rule.Amount
}

// Stated tells whether the text says how much at all.
func (a *Amount) Stated() bool {
	return a != nil && (a.Cap != nil || a.Percent != nil || a.Formula != "")
}

// Cumulative bounds all awards of a clause to one enterprise (累计上限).
type Cumulative struct {
	Cap     money.Fen `yaml:"-" json:"cap"`
	CapText string    `yaml:"cap" json:"-"`
	Years   int       `yaml:"years" json:"years"`
	Per     string    `yaml:"per" json:"per"`
}

// Window is the part of the year in which a clause can be claimed (申报期).
type Window struct {
	From string `yaml:"from" json:"from"` // 03-01
	To   string `yaml:"to" json:"to"`
}

// Validity says whether it is certain that a clause is in force (效力).
type Validity struct {
	Confirmed bool   `yaml:"confirmed" json:"confirmed"`
	ZH        string `yaml:"zh" json:"zh,omitempty"`
	EN        string `yaml:"en" json:"en,omitempty"`
}

// Clause is one clause of an incentive policy as data (奖补条款).
type Clause struct {
	ID      string      `yaml:"-" json:"id"`
	Pack    string      `yaml:"-" json:"pack"`    // name of the pack
	Version string      `yaml:"-" json:"version"` // of the pack
	Title   pack.Text   `yaml:"-" json:"title"`
	From    clock.Day   `yaml:"-" json:"from,omitempty"`
	To      clock.Day   `yaml:"-" json:"to,omitempty"`
	Source  pack.Source `yaml:"-" json:"source"`
	Mark    string      `yaml:"-" json:"mark"`

	Clause      pack.Text    `yaml:"clause" json:"clause"`
	Subject     fact.Kind    `yaml:"subject" json:"subject"`
	Beneficiary pack.Text    `yaml:"beneficiary" json:"beneficiary"`
	Kind        Kind         `yaml:"kind" json:"kind"`
	Conditions  []Condition  `yaml:"conditions" json:"conditions,omitempty"`
	Graded      *Graded      `yaml:"graded" json:"graded,omitempty"`
	Amount      *Amount      `yaml:"amount" json:"amount,omitempty"`
	Frequency   Frequency    `yaml:"frequency" json:"frequency"`
	Cumulative  *Cumulative  `yaml:"cumulative" json:"cumulative,omitempty"`
	ClaimYear   string       `yaml:"claim_year" json:"claim_year"`
	Window      *Window      `yaml:"window" json:"window,omitempty"`
	Validity    Validity     `yaml:"validity" json:"validity"`
	Flow        string       `yaml:"flow" json:"flow,omitempty"`
	Budget      string       `yaml:"budget" json:"budget,omitempty"`
	Decides     pack.Text    `yaml:"decides" json:"decides"`
	Papers      []pack.Text  `yaml:"papers" json:"papers,omitempty"`
	Programme   string       `yaml:"programme" json:"programme"`
	Uses        []string     `yaml:"uses" json:"uses,omitempty"`
	Exclusive   []string     `yaml:"exclusive_with" json:"exclusive_with,omitempty"`
	ClawBack    []Condition  `yaml:"claw_back" json:"claw_back,omitempty"`
	Readings    []MarkedText `yaml:"readings" json:"readings,omitempty"`
	Note        pack.Text    `yaml:"note" json:"note"`

	item *pack.Item
}

// On tells whether the clause is in force on a day, as far as its days say.
func (c *Clause) On(day clock.Day) bool { return c.From <= day && (c.To == 0 || day <= c.To) }

// Year is the year of the figures that a claim on a day rests on.
func (c *Clause) Year(day clock.Day) int {
	if c.ClaimYear == currentYear {
		return day.Year()
	}
	return day.Year() - 1
}

// OnceOnly tells whether a subject gets it once and never again.
func (c *Clause) OnceOnly() bool { return c.Frequency == Once || c.Frequency == OncePerStep }

// Facts are all facts that the clause names, sorted.
func (c *Clause) Facts() []string {
	var out []string
	for _, list := range [][]Condition{c.Conditions, c.ClawBack} {
		for _, x := range list {
			if x.compiled != nil {
				out = append(out, x.compiled.Uses()...)
			}
		}
	}
	if c.Graded != nil {
		out = append(out, c.Graded.By...)
	}
	if c.Amount != nil {
		out = append(out, c.Amount.Per, c.Amount.Of)
		if c.Amount.compiled != nil {
			out = append(out, c.Amount.compiled.Uses()...)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" })
}

// openTo tells whether a day lies in the window.
func (w *Window) openTo(day clock.Day) bool {
	if w == nil {
		return true
	}
	now := fmt.Sprintf("%02d-%02d", int(day.Month()), day.DayOfMonth())
	if w.From <= w.To {
		return w.From <= now && now <= w.To
	}
	return w.From <= now || now <= w.To
}

// decode reads a clause of an item, without its expressions.
func decode(i *pack.Item) (*Clause, error) {
	c := &Clause{Kind: Award, ClaimYear: "previous"}
	if err := i.Decode(c); err != nil {
		return nil, err
	}
	c.ID, c.Pack, c.Version, c.Title, c.From, c.To, c.Source, c.Mark, c.item = i.ID, i.FromPack(), i.Pack, i.Title, i.From, i.To, i.Source, i.Mark.String(), i
	if c.Programme == "" {
		c.Programme = c.ID
	}
	return c, c.figures()
}

// figures reads the amounts and rates of a clause.
func (c *Clause) figures() error {
	if a := c.Amount; a != nil {
		if a.CapText != "" {
			f, err := money.ParseFen(a.CapText)
			if err != nil {
				return err
			}
			a.Cap = &f
		}
		if a.PercentText != "" {
			r, err := money.ParseRate(a.PercentText)
			if err != nil {
				return err
			}
			a.Percent = &r
		}
	}
	if c.Cumulative != nil {
		f, err := money.ParseFen(c.Cumulative.CapText)
		if err != nil {
			return err
		}
		c.Cumulative.Cap = f
	}
	return nil
}

// compile compiles the expressions of a clause; fault is told of each that
// cannot be, with its place in the item.
func (c *Clause) compile(env *rule.Env, fault func(err error, keys ...string)) {
	for key, list := range map[string][]Condition{"conditions": c.Conditions, "claw_back": c.ClawBack} {
		for n := range list {
			x, err := env.Condition(list[n].When)
			if err != nil {
				fault(err, key, fmt.Sprint(n), "when")
			}
			list[n].compiled = x
		}
	}
	if c.Amount != nil && c.Amount.Formula != "" {
		x, err := env.Amount(c.Amount.Formula)
		if err != nil {
			fault(err, "amount", "formula")
		}
		c.Amount.compiled = x
	}
}

// Book is the clauses of a set of packs, compiled (条款册).
type Book struct {
	Set  *pack.Set
	list []*Clause
}

// All are all versions of all clauses, by id and first day.
func (b *Book) All() []*Clause { return b.list }

// Now are the clauses to be shown on a day: for each id the version in force, or
// the last one that ended, or the first that is to come.
func (b *Book) Now(day clock.Day) []*Clause {
	var out []*Clause
	for n := 0; n < len(b.list); {
		end := n + 1
		for end < len(b.list) && b.list[end].ID == b.list[n].ID {
			end++
		}
		out = append(out, versionOn(b.list[n:end], day))
		n = end
	}
	return out
}

func versionOn(list []*Clause, day clock.Day) *Clause {
	best := list[0]
	for _, c := range list {
		if c.From <= day {
			best = c
		}
	}
	return best
}

// Find returns the version of a clause to be shown on a day; nil if there is none.
func (b *Book) Find(id string, day clock.Day) *Clause {
	var list []*Clause
	for _, c := range b.list {
		if c.ID == id {
			list = append(list, c)
		}
	}
	if list == nil {
		return nil
	}
	return versionOn(list, day)
}

// Compile makes the book of a set; the error is of the first clause that cannot
// be used, which [Check] would have reported.
func Compile(set *pack.Set, env *rule.Env) (*Book, error) {
	b := &Book{Set: set}
	for _, i := range set.Items(ItemKind) {
		c, err := decode(i)
		if err != nil {
			return nil, err
		}
		var bad error
		c.compile(env, func(err error, keys ...string) {
			bad = fmt.Errorf("incentive %s, %s: %w", c.ID, strings.Join(keys, "."), err)
		})
		if bad != nil {
			return nil, bad
		}
		b.list = append(b.list, c)
	}
	b.mirror()
	return b, nil
}

// mirror makes clauses exclude each other both ways, whichever of them says so:
// else the order of the claims would decide.
func (b *Book) mirror() {
	for _, c := range b.list {
		for _, other := range slices.Clone(c.Exclusive) {
			for _, d := range b.list {
				if d.Pack == c.Pack && d.ID == other && !slices.Contains(d.Exclusive, c.ID) {
					d.Exclusive = append(d.Exclusive, c.ID)
				}
			}
		}
	}
}

// books keeps the book of the set in use.
type books struct {
	mu   sync.Mutex
	book *Book
}

func (k *books) of(set *pack.Set, env func(*pack.Set) (*rule.Env, error)) (*Book, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.book != nil && k.book.Set == set {
		return k.book, nil
	}
	e, err := env(set)
	if err != nil {
		return nil, err
	}
	b, err := Compile(set, e)
	if err == nil {
		k.book = b
	}
	return b, err
}
