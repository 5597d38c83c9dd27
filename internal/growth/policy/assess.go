package policy

import (
	"context"
	"errors"
	"slices"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

// Standing is how a subject stands with a clause (可申领情况).
type Standing string

// The standings.
const (
	Claimable Standing = "claimable" // all conditions hold 可申领
	Nearly    Standing = "nearly"    // little is missing, or evidence of it 接近符合
	NotNow    Standing = "not"       // 暂不符合
	Claimed   Standing = "claimed"   // had already 已享受
	Running   Standing = "running"   // an application is under way 办理中
	ByCase    Standing = "case"      // the text leaves it to a decision 一事一议
)

// Force is whether a clause is in force (效力状态).
type Force string

// The states of force.
const (
	InForce     Force = "in-force"    // 有效
	Confirmed   Force = "confirmed"   // by an office, where the pack was not sure 经确认有效
	Unconfirmed Force = "unconfirmed" // 效力待确认
	Ended       Force = "ended"       // 已失效
	Coming      Force = "coming"      // 尚未生效
)

// Reason is why something can't be claimed now, with what helps.
type Reason struct {
	Code  string `json:"code"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
	FixZH string `json:"fix_zh,omitempty"`
	FixEN string `json:"fix_en,omitempty"`
}

// Test is one condition with its answer.
type Test struct {
	ID     string      `json:"id"`
	ZH     string      `json:"zh"`
	EN     string      `json:"en"`
	When   string      `json:"when"`
	Answer rule.Answer `json:"answer"`
	Near   bool        `json:"near"` // it fails by little
}

// Entry is one clause held against a subject.
type Entry struct {
	Clause   *Clause       `json:"-"`
	Standing Standing      `json:"standing"`
	Force    Force         `json:"force"`
	Year     int           `json:"year"` // of the figures
	Tests    []Test        `json:"tests,omitempty"`
	Most     Most          `json:"most"`
	Reasons  []Reason      `json:"reasons,omitempty"`
	Missing  []string      `json:"missing,omitempty"` // facts that nobody knows
	Number   string        `json:"number,omitempty"`  // of the application or award in the way
	Confirm  *Confirmation `json:"confirmation,omitempty"`
}

// Assessment is all clauses held against a subject (申领评估).
type Assessment struct {
	Subject fact.Subject
	Holder  Holder
	Day     clock.Day
	Entries []Entry              // claimable first
	Figures map[int]fact.Figures // by year
}

// Query asks what a subject can claim.
type Query struct {
	Subject fact.Subject
	Day     clock.Day // 0: today
	Year    int       // of the figures; 0: what each clause says
}

// Holder finds a subject of which the caller may assess claims: its own, one of a
// client by a mandate, or any with ClaimRead over the zone. ErrNotFound otherwise.
func (s *Service) Holder(ctx context.Context, who fact.Subject) (*Holder, error) {
	h, err := s.holder(ctx, who)
	if err != nil {
		return nil, err
	}
	if !s.sees(ctx, h) {
		return nil, ErrNotFound
	}
	return h, nil
}

func (s *Service) holder(ctx context.Context, who fact.Subject) (*Holder, error) {
	if who.ID == "" {
		return nil, ErrNotFound
	}
	return s.c.Holder(ctx, who)
}

// sees tells whether the caller may read claims of a holder.
func (s *Service) sees(ctx context.Context, h *Holder) bool {
	p := access.Of(ctx)
	switch p.Scope(access.ClaimRead) {
	case access.Zone:
		return true
	case access.Own:
		return owns(p, h) || actsFor(p, h)
	}
	return false
}

func owns(p *access.Principal, h *Holder) bool {
	return p != nil && (h.Org != "" && h.Org == p.Org || h.Enterprise != "" && slices.Contains(p.Codes, h.Enterprise))
}

// Own are the caller's own subjects of all kinds.
func (s *Service) Own(ctx context.Context) ([]Holder, error) {
	p := access.Of(ctx)
	if p.Scope(access.ClaimRead) == access.None {
		return nil, ErrDenied
	}
	var out []Holder
	for _, code := range p.Codes {
		h, err := s.holder(ctx, fact.Subject{Kind: fact.Enterprise, ID: code})
		if errors.Is(err, ErrNotFound) {
			continue // a code of the same enterprise under which no figures are kept
		}
		if err != nil {
			return nil, err
		}
		out = append(out, *h)
	}
	rest, err := s.others(ctx, func(h *Holder) bool { return owns(p, h) })
	return append(out, rest...), err
}

// Assess holds all clauses against a subject. The caller must own it, hold a
// mandate of whom it belongs to, or read claims of the zone; its figures are read
// as [fact.Service.Figures] allows, or by the mandate.
func (s *Service) Assess(ctx context.Context, q Query) (*Assessment, error) {
	h, err := s.Holder(ctx, q.Subject)
	if err != nil {
		return nil, err
	}
	read, err := s.reading(ctx, h)
	if err != nil {
		return nil, err
	}
	return s.assess(ctx, h, q, read)
}

// reader reads figures of a subject in a year.
type reader func(ctx context.Context, who fact.Subject, year int) (fact.Figures, error)

func (s *Service) assess(ctx context.Context, h *Holder, q Query, read reader) (*Assessment, error) {
	if q.Day == 0 {
		q.Day = s.Today()
	}
	book, err := s.Book()
	if err != nil {
		return nil, err
	}
	past, err := s.past(ctx, h)
	if err != nil {
		return nil, err
	}
	a := &Assessment{Subject: h.Subject, Holder: *h, Day: q.Day, Figures: map[int]fact.Figures{}}
	w := &weigher{s: s, ctx: ctx, h: h, day: q.Day, read: read, figures: a.Figures, past: past, settings: s.Settings()}
	for _, c := range book.Now(q.Day) {
		if c.Subject != h.Subject.Kind {
			continue
		}
		e, err := w.entry(c, q.Year)
		if err != nil {
			return nil, err
		}
		a.Entries = append(a.Entries, *e)
	}
	slices.SortStableFunc(a.Entries, func(x, y Entry) int { return order(&x) - order(&y) })
	return a, nil
}

// order puts what can be claimed first.
func order(e *Entry) int {
	return slices.Index([]Standing{Claimable, Running, Nearly, NotNow, Claimed, ByCase}, e.Standing)
}

// weigher holds clauses against one subject.
type weigher struct {
	s        *Service
	ctx      context.Context
	h        *Holder
	day      clock.Day
	read     reader
	figures  map[int]fact.Figures
	past     *past
	settings Settings
}

func (w *weigher) of(year int) (rule.Facts, error) {
	f, ok := w.figures[year]
	if !ok {
		var err error
		if f, err = w.read(w.ctx, w.h.Subject, year); err != nil {
			return nil, err
		}
		w.figures[year] = f
	}
	return f.Facts(), nil
}

func (w *weigher) entry(c *Clause, year int) (*Entry, error) {
	if year == 0 {
		year = c.Year(w.day)
	}
	e := &Entry{Clause: c, Year: year}
	e.Force, e.Confirm = w.force(c)
	if c.Kind == Case {
		e.Standing = ByCase
		w.timely(e)
		return e, nil
	}
	facts, err := w.of(year)
	if err != nil {
		return nil, err
	}
	if err := e.test(facts, w.settings.NearlyPermille); err != nil {
		return nil, err
	}
	if e.Most, err = w.most(c, year, facts); err != nil {
		return nil, err
	}
	e.Missing = missing(e)
	e.Standing = standing(e.Tests)
	w.block(e)
	return e, nil
}

// force says whether the clause is in force on the day, and who confirmed it.
func (w *weigher) force(c *Clause) (Force, *Confirmation) {
	switch {
	case w.day < c.From:
		return Coming, nil
	case c.To != 0 && w.day > c.To:
		return Ended, nil
	case c.Validity.Confirmed:
		return InForce, nil
	}
	if k := w.past.confirmed[c.Pack+"/"+c.ID]; k != nil && (k.Until == 0 || w.day <= k.Until) {
		return Confirmed, k
	}
	return Unconfirmed, nil
}

// test answers the conditions.
func (e *Entry) test(facts rule.Facts, permille int) error {
	for _, c := range e.Clause.Conditions {
		answer, err := c.compiled.Answer(facts)
		if err != nil {
			return err
		}
		e.Tests = append(e.Tests, Test{ID: c.ID, ZH: c.ZH, EN: c.EN, When: c.When, Answer: answer, Near: answer.Holds == rule.No && near(answer.Terms, permille)})
	}
	return nil
}

// near tells whether each comparison that fails misses by little; of
// alternatives one is enough.
func near(terms []rule.Term, permille int) bool {
	groups := map[int]bool{}
	for _, t := range terms {
		ok := t.Holds != rule.No || close(t, permille)
		if t.Group == 0 {
			if !ok {
				return false
			}
			continue
		}
		groups[t.Group] = groups[t.Group] || ok
	}
	for _, ok := range groups {
		if !ok {
			return false
		}
	}
	return true
}

// close tells whether a figure has come to permille of a threshold that is to be
// reached.
func close(t rule.Term, permille int) bool {
	if !t.Known || t.Short.IsZero() || t.Op != ">=" && t.Op != ">" {
		return false
	}
	have, want := number(t.Have), number(t.Want)
	return want > 0 && have > 0 && have >= want/1000*int64(permille)+want%1000*int64(permille)/1000
}

func number(v rule.Value) int64 {
	switch v.Type() {
	case rule.TypeMoney:
		return int64(v.Fen())
	case rule.TypeInt:
		return v.Int()
	}
	return 0
}

// standing is how the conditions come out: nearly, if nothing fails by far, and
// not more is unknown than is fulfilled.
func standing(tests []Test) Standing {
	yes, unknown, nearby, far := 0, 0, 0, 0
	for _, t := range tests {
		switch {
		case t.Answer.Holds == rule.Yes:
			yes++
		case t.Answer.Holds == rule.Unknown:
			unknown++
		case t.Near:
			nearby++
		default:
			far++
		}
	}
	switch {
	case far == 0 && unknown == 0 && nearby == 0:
		return Claimable
	case far == 0 && unknown <= yes+nearby:
		return Nearly
	}
	return NotNow
}

// missing are the facts that nobody knows and that would matter.
func missing(e *Entry) []string {
	out := slices.Clone(e.Most.Missing)
	for _, t := range e.Tests {
		if t.Answer.Holds != rule.Unknown {
			continue
		}
		for _, term := range t.Answer.Terms {
			if !term.Known && term.Fact != "" {
				out = append(out, term.Fact)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// most is the clause's most with what is left of a cumulative cap, and with what
// earlier years left unused where the setting shifts it.
func (w *weigher) most(c *Clause, year int, facts rule.Facts) (Most, error) {
	m, err := c.Most(facts)
	if err != nil || m.Amount == nil {
		return m, err
	}
	if c.Frequency == ThreeYears && w.settings.YearsShift {
		if err := w.shift(c, year, &m); err != nil {
			return m, err
		}
	}
	if c.Cumulative != nil {
		had, _ := w.past.within(c, year)
		left := max(c.Cumulative.Cap-had, 0)
		m.step(left, "累计上限 "+c.Cumulative.Cap.String()+" 的余额", "left of the cumulative cap of "+c.Cumulative.Cap.String())
		m.least(left)
	}
	return m, nil
}

// shift adds what the two years before left unused.
func (w *weigher) shift(c *Clause, year int, m *Most) error {
	for _, y := range []int{year - 1, year - 2} {
		facts, err := w.of(y)
		if err != nil {
			return err
		}
		then, err := c.Most(facts)
		if err != nil {
			return err
		}
		if then.Amount == nil {
			continue
		}
		if left := *then.Amount - w.past.granted(c, y); left > 0 {
			m.step(left, itoa(y)+" 年未用额度顺延", "left unused in "+itoa(y))
			total := *m.Amount + left
			m.Amount = &total
		}
	}
	return nil
}

// awardable is nil if an award may be given for the entry by all that this room
// knows without its locks; else the first reason.
func (e *Entry) awardable() *Reason {
	if e.Standing == Claimable {
		return nil
	}
	if len(e.Reasons) > 0 {
		return &e.Reasons[0]
	}
	return &Reason{Code: "conditions", ZH: "条件不再满足", EN: "the conditions no longer hold", FixZH: "核对指标与佐证", FixEN: "look at figures and evidence"}
}

// amountOrZero is the amount, 0 where there is none.
func amountOrZero(f *money.Fen) money.Fen {
	if f == nil {
		return 0
	}
	return *f
}
