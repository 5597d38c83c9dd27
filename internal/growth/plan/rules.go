package plan

import (
	"errors"
	"strconv"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/scorecard"
)

// ItemKind is the kind of sheet that lays plans down.
const ItemKind = "plans"

// Rules are the plans and score cards of a set of packs, compiled.
type Rules struct {
	Plans []*Plan
	Cards []*scorecard.Card
	Facts *fact.Book
}

// Plan is a plan document as data (方案).
type Plan struct {
	ID      string
	Title   pack.Text
	Zone    string    // name of the pack that lays it down: the subject of its zone figures
	From    clock.Day // first day of the plan
	To      clock.Day // last day
	Note    pack.Text
	Places  []Named // counties and districts that it binds, by division code
	Targets []*Target
	Tasks   []Task
	Item    *pack.Item
}

// Target is one target of a plan (目标).
type Target struct {
	ID         string
	Title      pack.Text
	Fact       string // what is compared; "" where subjects are counted
	Count      *Count
	Op         string // >= > = range, as the source reads
	Likely     string // what the Chinese probably means; "" for the same
	Value      rule.Value
	From, To   rule.Value // of a range
	By         clock.Day  // 0: no day is stated
	EveryYear  bool
	SumFrom    int  // yearly figures add up from this year on; 0: they do not
	EachCounty bool // it binds every county
	Department pack.Text
	At         string // place in the document
	Mark       pack.Mark
	Note       pack.Text
	Calibre    string
	Unit       pack.Text
	Yearly     bool // the figure is of a year
}

// Count is how many subjects meet a condition (达到条件的个数).
type Count struct {
	Of   fact.Kind
	When *rule.Condition
}

// Task is one task of a plan (任务).
type Task struct {
	ID         string
	Title      pack.Text
	At         string
	Department pack.Text // empty: the text names none
	Lead       pack.Text
	By         clock.Day
	Targets    []string
}

// Plan is the plan of an id.
func (r *Rules) Plan(id string) (*Plan, bool) {
	for _, p := range r.Plans {
		if p.ID == id {
			return p, true
		}
	}
	return nil, false
}

// Card is the card of an id.
func (r *Rules) Card(id string) (*scorecard.Card, bool) {
	for _, c := range r.Cards {
		if c.ID == id {
			return c, true
		}
	}
	return nil, false
}

// Target is the target of an id.
func (p *Plan) Target(id string) (*Target, bool) {
	for _, t := range p.Targets {
		if t.ID == id {
			return t, true
		}
	}
	return nil, false
}

// Task is the task of an id.
func (p *Plan) Task(id string) (*Task, bool) {
	for i := range p.Tasks {
		if p.Tasks[i].ID == id {
			return &p.Tasks[i], true
		}
	}
	return nil, false
}

// Ended tells whether the plan's term is over on a day.
func (p *Plan) Ended(on clock.Day) bool { return on > p.To }

type planForm struct {
	Period  struct{ From, To clock.Day }
	Note    pack.Text
	Places  []placeForm
	Targets []targetForm
	Tasks   []taskForm
}

type placeForm struct {
	ID    string
	Title pack.Text
}

type targetForm struct {
	ID    string
	Title pack.Text
	Fact  string
	Count *struct {
		Of   fact.Kind
		When string
	}
	Op, Likely, Value, From, To string
	By                          clock.Day
	Every                       string
	SumFrom                     int `yaml:"sum_from"`
	Scope                       string
	Department                  pack.Text
	At                          string
	Mark                        string
	Note                        pack.Text
}

type taskForm struct {
	ID         string
	Title      pack.Text
	At         string
	Department pack.Text
	Lead       pack.Text
	By         clock.Day
	Targets    []string
}

// Compile makes the rules of a set. What is wrong in a plan or card is left out
// of them; [Check] says it. The error is facts that can't be read.
func Compile(set *pack.Set) (*Rules, error) {
	r, _, err := compile(set)
	return r, err
}

// Check reports what is wrong with the plans and score cards of a set beyond
// their schemas: facts that are not there or not of the subject, values of
// another type, days outside of the plan, ids twice.
func Check(set *pack.Set) pack.Faults {
	_, faults, err := compile(set)
	if err != nil {
		return nil // package fact says it
	}
	return faults
}

func compile(set *pack.Set) (*Rules, pack.Faults, error) {
	book, err := fact.Compile(set)
	if err != nil {
		return nil, nil, err
	}
	r := &Rules{Facts: book}
	faults := scorecard.Check(set, book.Env)
	for _, i := range set.Items(scorecard.Kind) {
		if c, err := scorecard.Compile(i, book.Env); err == nil {
			r.Cards = append(r.Cards, c)
		}
	}
	for _, i := range set.Items(ItemKind) {
		b := planCompiler{item: i, book: book}
		p := b.plan()
		faults = append(faults, b.faults...)
		if p != nil {
			r.Plans = append(r.Plans, p)
		}
	}
	return r, faults, nil
}

type planCompiler struct {
	item   *pack.Item
	book   *fact.Book
	faults pack.Faults
	at     []string
}

func (b *planCompiler) fault(zh, en string, keys ...string) {
	b.faults = append(b.faults, b.item.FaultAt(pack.Text{ZH: zh, EN: en}, pack.Text{ZH: "改正方案；写法见 docs/plans.md", EN: "mend the plan; docs/plans.md says how it is written"}, append(b.at[:len(b.at):len(b.at)], keys...)...))
}

func (b *planCompiler) plan() *Plan {
	var f planForm
	if err := b.item.Decode(&f); err != nil {
		b.fault("方案无法读取："+err.Error(), "the plan can't be read: "+err.Error())
		return nil
	}
	p := &Plan{ID: b.item.ID, Title: b.item.Title, Zone: b.item.FromPack(), From: f.Period.From, To: f.Period.To, Note: f.Note, Item: b.item}
	if p.To < p.From {
		b.fault("计划期结束早于开始", "the plan ends before it begins", "period")
	}
	for _, n := range f.Places {
		p.Places = append(p.Places, Named(n))
	}
	for i, t := range f.Targets {
		b.at = []string{"targets", strconv.Itoa(i)}
		if _, twice := p.Target(t.ID); twice {
			b.fault("目标 "+t.ID+" 重复", "the target "+t.ID+" stands twice")
			continue
		}
		if out := b.target(p, &t); out != nil {
			p.Targets = append(p.Targets, out)
		}
	}
	for i, t := range f.Tasks {
		b.at = []string{"tasks", strconv.Itoa(i)}
		if _, twice := p.Task(t.ID); twice {
			b.fault("任务 "+t.ID+" 重复", "the task "+t.ID+" stands twice")
			continue
		}
		for _, id := range t.Targets {
			if _, ok := p.Target(id); !ok {
				b.fault("没有目标 "+id, "there is no target "+id, "targets")
			}
		}
		p.Tasks = append(p.Tasks, Task(t))
	}
	b.at = nil
	return p
}

func (b *planCompiler) target(p *Plan, f *targetForm) *Target {
	t := &Target{ID: f.ID, Title: f.Title, Fact: f.Fact, Op: f.Op, Likely: f.Likely, By: f.By, EveryYear: f.Every == "year", SumFrom: f.SumFrom,
		EachCounty: f.Scope == "each-county", Department: f.Department, At: f.At, Mark: markOf(f.Mark, b.item.Mark), Note: f.Note}
	before := len(b.faults)
	kind := b.measure(t, f)
	if t.By != 0 && (t.By < p.From || t.By > p.To) {
		b.fault("期限在计划期之外", "the day lies outside of the plan", "by")
	}
	if t.SumFrom != 0 && !t.Yearly {
		b.fault("只有年度指标可以逐年累计", "only figures of a year add up", "sum_from")
	}
	if t.EachCounty && t.Count != nil {
		b.fault("对各县区的目标须用指标，不能用个数", "a target of each county compares a fact, not a number of subjects", "count")
	}
	if kind != 0 {
		for _, v := range []struct {
			key, text string
			to        *rule.Value
		}{{"value", f.Value, &t.Value}, {"from", f.From, &t.From}, {"to", f.To, &t.To}} {
			if v.text == "" {
				continue
			}
			var err error
			if *v.to, err = rule.Parse(kind, v.text); err != nil {
				b.fault(v.text+"："+err.Error(), v.text+": "+err.Error(), v.key)
			}
		}
	}
	if len(b.faults) > before {
		return nil
	}
	if t.Op == "range" && number(t.From) > number(t.To) {
		b.fault("区间上限低于下限", "the range ends below where it begins", "to")
		return nil
	}
	return t
}

// measure says what the target compares and returns the type of its value.
func (b *planCompiler) measure(t *Target, f *targetForm) rule.Type {
	if f.Count != nil {
		when, err := b.book.Env.Condition(f.Count.When)
		var all rule.Errors
		if errors.As(err, &all) {
			for _, e := range all {
				b.fault(e.ZH, e.EN, "count", "when")
			}
		}
		if err != nil {
			return 0
		}
		for _, name := range when.Uses() {
			if d := b.book.Find(name); !d.Of(f.Count.Of) {
				b.fault("指标 "+name+" 不属于 "+string(f.Count.Of), "the fact "+name+" is none of a "+string(f.Count.Of), "count", "when")
			}
			t.Yearly = t.Yearly || b.book.Find(name).Period == fact.OfYear
		}
		t.Count, t.Unit = &Count{f.Count.Of, when}, pack.Text{ZH: "个", EN: string(f.Count.Of) + "s"}
		return rule.TypeInt
	}
	d := b.book.Find(f.Fact)
	if f.Fact == "" || d == nil {
		b.fault("没有名为 "+f.Fact+" 的指标", "there is no fact "+f.Fact, "fact")
		return 0
	}
	kind := fact.Place
	if t.EachCounty {
		kind = fact.County
	}
	if !d.Of(kind) {
		b.fault("指标 "+f.Fact+" 不属于 "+string(kind), "the fact "+f.Fact+" is none of a "+string(kind), "fact")
	}
	if d.Type != rule.TypeInt && d.Type != rule.TypeMoney {
		b.fault("目标须为数值或金额", "a target is a number or an amount", "fact")
	}
	t.Calibre, t.Unit, t.Yearly = d.Calibre, d.Unit, d.Period == fact.OfYear
	return d.Type
}

func markOf(s string, otherwise pack.Mark) pack.Mark {
	for _, m := range []pack.Mark{pack.Seen, pack.Recalled, pack.Inference, pack.Design} {
		if m.String() == s {
			return m
		}
	}
	return otherwise
}

// number is the figure of a value: fen, or a whole number.
func number(v rule.Value) int64 {
	if v.Type() == rule.TypeMoney {
		return int64(v.Fen())
	}
	return v.Int()
}
