package policy

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Edit is a clause as it might be issued: what is left out stays as it is.
type Edit struct {
	Clause     string
	Conditions map[string]string // expression by id of the condition
	Cap        *money.Fen
	Percent    *money.Rate
	Formula    string
}

// Trial asks what clauses would cost (预算测算).
type Trial struct {
	Set     *pack.Set // nil: in force
	Clauses []string  // nil: all with money
	Edits   []Edit
	Day     clock.Day // 0: today
}

// Outcome is one subject of a trial that qualifies, or nearly.
type Outcome struct {
	Holder Holder
	Entry  Entry
}

// ClauseTrial is what one clause would cost.
type ClauseTrial struct {
	Clause    *Clause
	Looked    int
	Qualify   []Outcome
	Nearly    []Outcome
	Cost      money.Fen  // sum of the most of all that qualify
	Unknown   int        // of them, without an amount: not stated, or a figure is missing
	Left      *money.Fen // of the budget line this year; nil: no such line
	OverLimit bool
}

// crowd is all subjects of a kind with figures by year and what they had.
type crowd struct {
	s       *Service
	pasts   map[string]*past
	holders map[fact.Kind][]Holder
	years   map[int]map[string]fact.Figures // of enterprises
	others  map[fact.Subject]map[int]fact.Figures
}

// Simulate holds clauses against all subjects of the zone, for those who work
// claims: who would qualify, who nearly, and what it would cost at most.
func (s *Service) Simulate(ctx context.Context, t Trial) ([]ClauseTrial, error) {
	if err := s.may(ctx, access.ClaimWork, "policy.simulate", "clauses:"+strings.Join(t.Clauses, ",")); err != nil {
		return nil, err
	}
	if t.Day == 0 {
		t.Day = s.Today()
	}
	list, err := s.trialled(t)
	if err != nil {
		return nil, err
	}
	crowd, err := s.crowd(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ClauseTrial, 0, len(list))
	for _, c := range list {
		r, err := crowd.trial(ctx, c, t.Day)
		if err != nil {
			return nil, err
		}
		if r.Left, err = s.left(ctx, lineOf(c)); err != nil {
			return nil, err
		}
		r.OverLimit = r.Left != nil && r.Cost > *r.Left
		out = append(out, *r)
	}
	return out, nil
}

// trialled are the clauses of a trial, edited.
func (s *Service) trialled(t Trial) ([]*Clause, error) {
	set := t.Set
	if set == nil {
		set = s.c.Rules()
	}
	env, err := s.c.Figures.Env(set)
	if err != nil {
		return nil, err
	}
	book, err := Compile(set, env)
	if err != nil {
		return nil, err
	}
	var out []*Clause
	for _, c := range book.Now(t.Day) {
		if c.Kind == Case || len(t.Clauses) > 0 && !slices.Contains(t.Clauses, c.ID) || len(t.Clauses) == 0 && c.Kind != Award {
			continue
		}
		for _, e := range t.Edits {
			if e.Clause == c.ID {
				if err := c.edit(e); err != nil {
					return nil, err
				}
			}
		}
		var bad error
		c.compile(env, func(err error, keys ...string) {
			bad = &Refusal{"expression", "表达式有误：" + err.Error(), "the expression is wrong: " + err.Error(), "见规则表达式说明", "see the manual of expressions"}
		})
		if bad != nil {
			return nil, bad
		}
		out = append(out, c)
	}
	return out, nil
}

// edit changes a clause of a book that nobody else holds.
func (c *Clause) edit(e Edit) error {
	for id, when := range e.Conditions {
		n := slices.IndexFunc(c.Conditions, func(x Condition) bool { return x.ID == id })
		if n < 0 {
			return &Refusal{"condition", "没有条件 " + id, "there is no condition " + id, "改正", "mend it"}
		}
		c.Conditions[n].When = when
	}
	if e.Cap == nil && e.Percent == nil && e.Formula == "" {
		return nil
	}
	if c.Amount == nil {
		c.Amount = &Amount{}
	}
	if e.Cap != nil {
		c.Amount.Cap = e.Cap
	}
	if e.Percent != nil {
		if c.Amount.Of == "" {
			return &Refusal{"percent", "该条款没有费用指标，不能设比例", "the clause has no cost to take a share of", "改用最高额", "give a cap"}
		}
		c.Amount.Percent = e.Percent
	}
	if e.Formula != "" {
		c.Amount.Formula = e.Formula
	}
	return nil
}

func (s *Service) left(ctx context.Context, line string) (*money.Fen, error) {
	l := Line{Year: s.Today().Year(), Line: line}
	var n int64
	if err := s.db.Read().QueryRowContext(ctx, `select count(*) from policy_budgets where year = $1 and line = $2`, int64(l.Year), line).Scan(&n); err != nil || n == 0 {
		return nil, err
	}
	if err := s.stand(ctx, &l); err != nil {
		return nil, err
	}
	left := l.Left()
	return &left, nil
}

func (s *Service) crowd(ctx context.Context) (*crowd, error) {
	c := &crowd{s: s, pasts: map[string]*past{}, holders: map[fact.Kind][]Holder{}, years: map[int]map[string]fact.Figures{}, others: map[fact.Subject]map[int]fact.Figures{}}
	confirmed := map[string]*Confirmation{}
	if err := readConfirmations(ctx, outside{s.db}, confirmed); err != nil {
		return nil, err
	}
	c.pasts[""] = &past{confirmed: confirmed}
	var claims []held
	var enterprises []string
	err := rows(ctx, outside{s.db}, func(r *sql.Rows) error {
		var v held
		var state, year, granted, first int64
		var kind, enterprise string
		if err := r.Scan(&v.number, &v.pack, &v.clause, &kind, &v.subject.ID, &enterprise, &year, &state, &granted, &first); err != nil {
			return err
		}
		v.subject.Kind, v.year, v.state, v.granted, v.first = fact.Kind(kind), int(year), State(state), money.Fen(granted), int(first)
		claims, enterprises = append(claims, v), append(enterprises, enterprise)
		return nil
	}, `select number, pack, clause, kind, subject, enterprise, year, state, granted, first_year from policy_claims order by number`)
	if err != nil {
		return nil, err
	}
	c.gather(claims, enterprises)
	return c, c.gatherUses(ctx)
}

// gather sorts claims by subject and by enterprise.
func (c *crowd) gather(claims []held, enterprises []string) {
	at := func(key string) *past {
		if c.pasts[key] == nil {
			c.pasts[key] = &past{confirmed: c.pasts[""].confirmed}
		}
		return c.pasts[key]
	}
	for i, v := range claims {
		subject := string(v.subject.Kind) + "/" + v.subject.ID
		p := at(subject)
		p.claims = append(p.claims, v)
		if own := string(fact.Enterprise) + "/" + enterprises[i]; enterprises[i] != "" && own != subject {
			p := at(own)
			p.claims = append(p.claims, v)
		}
	}
}

func (c *crowd) gatherUses(ctx context.Context) error {
	return rows(ctx, outside{c.s.db}, func(r *sql.Rows) error {
		var u use
		var kind, subject string
		if err := r.Scan(&u.key, &u.programme, &u.claim, &kind, &subject); err != nil {
			return err
		}
		if p := c.pasts[kind+"/"+subject]; p != nil {
			p.uses = append(p.uses, u)
		}
		return nil
	}, `select u.use_key, u.programme, u.claim, c.kind, c.subject from policy_uses u join policy_claims c on c.number = u.claim where u.programme <> '' order by u.use_key`)
}

// past is what a holder had, its enterprise's awards among it.
func (c *crowd) past(h *Holder) *past {
	p := c.pasts[string(h.Subject.Kind)+"/"+h.Subject.ID]
	if p == nil {
		p = c.pasts[""]
	}
	out := *p
	out.subject, out.enterprise = h.Subject, h.Enterprise
	if own := c.pasts[string(fact.Enterprise)+"/"+h.Enterprise]; h.Subject.Kind != fact.Enterprise && h.Enterprise != "" && own != nil {
		out.claims = append(slices.Clone(out.claims), own.claims...)
	}
	return &out
}

// BulkFigures reads the figures of all enterprises at once; *fact.Service is one.
type BulkFigures interface {
	FiguresOf(ctx context.Context, year int) (map[string]fact.Figures, error)
}

func (c *crowd) read(ctx context.Context, who fact.Subject, year int) (fact.Figures, error) {
	if bulk, ok := c.s.c.Figures.(BulkFigures); ok && who.Kind == fact.Enterprise {
		if c.years[year] == nil {
			all, err := bulk.FiguresOf(ctx, year)
			if err != nil {
				return nil, err
			}
			c.years[year] = all
		}
		return c.years[year][who.ID], nil
	}
	if f, ok := c.others[who][year]; ok {
		return f, nil
	}
	f, err := c.s.c.Figures.FiguresIn(ctx, who, year)
	if c.others[who] == nil {
		c.others[who] = map[int]fact.Figures{}
	}
	c.others[who][year] = f
	return f, err
}

func (c *crowd) of(ctx context.Context, k fact.Kind) ([]Holder, error) {
	if list, ok := c.holders[k]; ok {
		return list, nil
	}
	list, err := c.s.c.Holders(ctx, k)
	c.holders[k] = list
	return list, err
}

// trial holds one clause against all of its subjects.
func (c *crowd) trial(ctx context.Context, clause *Clause, day clock.Day) (*ClauseTrial, error) {
	list, err := c.of(ctx, clause.Subject)
	if err != nil {
		return nil, err
	}
	r := &ClauseTrial{Clause: clause, Looked: len(list)}
	for i := range list {
		e, err := c.entry(ctx, clause, &list[i], day)
		if err != nil {
			return nil, err
		}
		switch e.Standing {
		case Claimable:
			r.Qualify = append(r.Qualify, Outcome{list[i], *e})
			if e.Most.Amount == nil {
				r.Unknown++
			}
			if r.Cost, err = r.Cost.Add(amountOrZero(e.Most.Amount)); err != nil {
				return nil, err
			}
		case Nearly:
			r.Nearly = append(r.Nearly, Outcome{list[i], *e})
		}
	}
	return r, nil
}

func (c *crowd) entry(ctx context.Context, clause *Clause, h *Holder, day clock.Day) (*Entry, error) {
	w := &weigher{s: c.s, ctx: ctx, h: h, day: day, read: c.read, figures: map[int]fact.Figures{}, past: c.past(h), settings: c.s.Settings()}
	return w.entry(clause, 0)
}

// Table is the trial as rows for a file: who would qualify, and nearly.
func (r *ClauseTrial) Table() [][]string {
	out := [][]string{{"条款 clause", "对象 subject", "名称 name", "情况 standing", "最高金额 up to", "尚缺 missing"}}
	for _, list := range [][]Outcome{r.Qualify, r.Nearly} {
		for _, o := range list {
			amount := "未规定 not stated"
			if o.Entry.Most.Amount != nil {
				amount = o.Entry.Most.Amount.String()
			}
			out = append(out, []string{r.Clause.ID, o.Holder.Subject.ID, o.Holder.Name, string(o.Entry.Standing), amount, strings.Join(o.Entry.Missing, " ")})
		}
	}
	return out
}

// difference is one subject whose most under a clause is another.
type difference struct {
	holder   Holder
	clause   *Clause
	old, new *Entry
}

// amounts are what the subject could claim before and after.
func (d *difference) amounts() (old, new money.Fen) {
	of := func(e *Entry) money.Fen {
		if e == nil || e.Standing != Claimable {
			return 0
		}
		return amountOrZero(e.Most.Amount)
	}
	return of(d.old), of(d.new)
}

// compare holds a clause as it is and as it would be against all subjects.
func (c *crowd) compare(ctx context.Context, old, new *Clause, day clock.Day, each func(difference)) (looked int64, err error) {
	shown := cmp.Or(new, old)
	list, err := c.of(ctx, shown.Subject)
	if err != nil {
		return 0, err
	}
	for i := range list {
		d := difference{holder: list[i], clause: shown}
		if old != nil && old.Subject == shown.Subject {
			if d.old, err = c.entry(ctx, old, &list[i], day); err != nil {
				return 0, err
			}
		}
		if new != nil {
			if d.new, err = c.entry(ctx, new, &list[i], day); err != nil {
				return 0, err
			}
		}
		before, after := d.amounts()
		if before != after || can(d.old) != can(d.new) {
			each(d)
		}
	}
	return int64(len(list)), nil
}

func can(e *Entry) bool { return e != nil && e.Standing == Claimable }

// said is an entry in words.
func said(e *Entry) pack.Text {
	switch {
	case e == nil:
		return pack.Text{ZH: "无此条款", EN: "no such clause"}
	case e.Standing != Claimable:
		return pack.Text{ZH: "不可申领", EN: "can't be claimed"}
	case e.Most.Amount == nil:
		return pack.Text{ZH: "可申领，金额未规定", EN: "can be claimed, no amount stated"}
	}
	return pack.Text{ZH: fmt.Sprintf("最高 %s 元", e.Most.Amount), EN: fmt.Sprintf("up to %s yuan", e.Most.Amount)}
}
