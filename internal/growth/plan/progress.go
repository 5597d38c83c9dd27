package plan

import (
	"context"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// Progress is where a target stands (进展): of the zone, or of one county.
type Progress struct {
	Plan   *Plan
	Target *Target
	Place  Named // zero: the zone
	Year   int   // of the figure
	State  State
	Have   rule.Value
	Known  bool
	Short  rule.Value // by how much it misses; none if it does not, or is not known
	Why    pack.Text
	Ended  bool // its term is over: history, not open
	Unsure int  // of a count: subjects whose figures are not known
	Few    bool // made of fewer enterprises than [fact.Fewest]
	// Withheld: the figure is known and the reader does not see it, since it is made
	// of few enterprises.
	Withheld bool
	Origins  []fact.Origin
	Open     string     // page of what it is made of
	Places   []Progress // of a target of each county
}

// Permille is how far the goal is reached, 0 to 1000; of a target of each county
// how many of them reach it.
func (p *Progress) Permille() int64 {
	want, _ := p.Target.goal(p.Target.Op)
	have, all := number(p.Have), number(want)
	if p.Target.EachCounty && p.Place.ID == "" {
		all = int64(len(p.Places))
	}
	switch {
	case !p.Known || p.Withheld || have <= 0:
		return 0
	case p.State == Met || all <= 0:
		return 1000
	}
	x := big.NewRat(have, all)
	f, ok := money.RoundRat(x.Mul(x, big.NewRat(1000, 1)))
	if !ok {
		return 1000
	}
	return min(int64(f), 1000)
}

// seenPlan is progress that was looked at a moment ago.
type seenPlan struct {
	at   time.Time
	day  clock.Day
	list []Progress
}

// fresh is for how long progress is not computed anew: figures of a whole zone
// take their time.
const fresh = time.Minute

// Progress is where all targets of a plan stand today, for the caller: figures of
// few enterprises are withheld from whoever sees no single ones. The error is
// [ErrNotFound] for a plan that is not in force.
func (s *Service) Progress(ctx context.Context, plan string) ([]Progress, error) {
	list, err := s.progress(ctx, plan)
	if err != nil || Reads(ctx) {
		return list, err
	}
	return public(list), nil
}

// progress is Progress with every figure.
func (s *Service) progress(ctx context.Context, plan string) ([]Progress, error) {
	r, err := s.Rules()
	if err != nil {
		return nil, err
	}
	p, ok := r.Plan(plan)
	if !ok {
		return nil, ErrNotFound
	}
	if list, ok := s.recent(plan); ok {
		return list, nil
	}
	s.one.Lock() // figures of a whole zone are read once, however many ask
	defer s.one.Unlock()
	if list, ok := s.recent(plan); ok {
		return list, nil
	}
	out := make([]Progress, 0, len(p.Targets))
	l := s.look()
	for _, t := range p.Targets {
		g, err := l.target(ctx, p, t, s.today(), 0)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	s.mu.Lock()
	s.seen[plan] = seenPlan{at: s.now(), day: s.today(), list: out}
	s.mu.Unlock()
	return out, nil
}

// recent is progress that was looked at a moment ago.
func (s *Service) recent(plan string) ([]Progress, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, ok := s.seen[plan]
	return was.list, ok && was.day == s.today() && s.now().Sub(was.at) < fresh
}

// looker reads figures, each once.
type looker struct {
	s     *Service
	known map[string]fact.Figures
	all   map[int]map[string]fact.Figures
}

func (s *Service) look() *looker {
	return &looker{s, map[string]fact.Figures{}, map[int]map[string]fact.Figures{}}
}

func (l *looker) figures(ctx context.Context, who fact.Subject, year int) (fact.Figures, error) {
	key := fmt.Sprint(who.Kind, "/", who.ID, "/", year)
	if f, ok := l.known[key]; ok {
		return f, nil
	}
	f, err := l.s.c.Figures.FiguresIn(ctx, who, year)
	if err == nil {
		l.known[key] = f
	}
	return f, err
}

// target says where a target stands on a day. only is a year to be judged of a
// target of every year; 0 is the year of the day.
func (l *looker) target(ctx context.Context, p *Plan, t *Target, on clock.Day, only int) (Progress, error) {
	year := min(on.Year(), t.last(p).Year())
	if only != 0 {
		year = only
	}
	if !t.EachCounty {
		return l.one(ctx, p, t, Named{}, on, year)
	}
	g := Progress{Plan: p, Target: t, Year: year, Ended: on > t.last(p)}
	states := map[State]int{}
	for _, place := range p.Places {
		one, err := l.one(ctx, p, t, place, on, year)
		if err != nil {
			return g, err
		}
		states[one.State]++
		g.Places = append(g.Places, one)
	}
	g.Have, g.Known = rule.Int(int64(states[Met])), len(p.Places) > 0
	g.State = worst(states)
	g.Why = pack.Text{ZH: fmt.Sprintf("%d 个县区中 %d 个已达到", len(p.Places), states[Met]), EN: fmt.Sprintf("%d of %d counties reach it", states[Met], len(p.Places))}
	return g, nil
}

// worst is the state of all counties together: that of the least of them, where
// anything is known.
func worst(states map[State]int) State {
	for _, s := range []State{Missed, Behind, OnTrack, Withheld, Unknown, Over, Met} {
		if states[s] > 0 {
			return s
		}
	}
	return Unknown
}

// one judges the target of the zone or of one county.
func (l *looker) one(ctx context.Context, p *Plan, t *Target, place Named, on clock.Day, year int) (g Progress, err error) {
	g = Progress{Plan: p, Target: t, Place: place, Year: year, Ended: on > t.last(p)}
	if t.Count != nil {
		err = l.count(ctx, &g)
	} else {
		err = l.fact(ctx, &g)
	}
	if err != nil {
		return g, err
	}
	v := t.judge(p, g.Have, g.Known, on, year)
	g.State, g.Short, g.Why = v.state, v.short, v.why
	return g, nil
}

// fact reads the fact of a target, summed over years where it says so.
func (l *looker) fact(ctx context.Context, g *Progress) error {
	t := g.Target
	who := fact.Subject{Kind: fact.Place, ID: g.Plan.Zone}
	if g.Place.ID != "" {
		who = fact.Subject{Kind: fact.County, ID: g.Place.ID}
	}
	g.Open = "/figures/" + string(who.Kind) + "/" + url.PathEscape(who.ID) + "?year=" + fmt.Sprint(g.Year)
	first := g.Year
	if t.SumFrom != 0 {
		first = min(t.SumFrom, g.Year)
	}
	most, summed := 0, false
	for year := first; year <= g.Year; year++ {
		f, err := l.figures(ctx, who, year)
		if err != nil {
			return err
		}
		one := f[t.Fact]
		if !one.Known {
			continue // of a sum: the years that are known count
		}
		if g.Have, err = g.Have.Add(one.Value); err != nil {
			return err
		}
		g.Known = true
		most, summed = max(most, one.Of), summed || one.Of > 0
		g.Origins = append(g.Origins, one.Origins...)
	}
	g.Few = summed && most < fact.Fewest
	return nil
}

// count counts the subjects that meet a condition.
func (l *looker) count(ctx context.Context, g *Progress) error {
	list, ok, err := l.subjects(ctx, g.Target.Count.Of, g.Year)
	if err != nil || !ok {
		return err
	}
	n := int64(0)
	for _, one := range list {
		a, err := g.Target.Count.When.Answer(one.figures.Facts())
		if err != nil {
			return err
		}
		switch a.Holds {
		case rule.Yes:
			n++
		case rule.Unknown:
			g.Unsure++
		}
	}
	g.Have, g.Known = rule.Int(n), true
	if g.Target.Count.Of == fact.Enterprise {
		g.Few = fact.Figure{Of: madeOf(int(n), len(list)-g.Unsure)}.Few()
	}
	g.Open = "/plans/" + url.PathEscape(g.Plan.ID) + "/targets/" + url.PathEscape(g.Target.ID)
	return nil
}

// counted is a subject with its figures.
type counted struct {
	Named
	figures fact.Figures
}

// subjects are all subjects of a kind with their figures, by id; ok is false if
// there is no register of them.
func (l *looker) subjects(ctx context.Context, kind fact.Kind, year int) (out []counted, ok bool, err error) {
	if kind == fact.Enterprise {
		all, have := l.all[year]
		if !have {
			if all, err = l.s.c.Figures.FiguresOf(ctx, year); err != nil {
				return nil, false, err
			}
			l.all[year] = all
		}
		for id, f := range all {
			out = append(out, counted{Named{ID: id}, f})
		}
		slices.SortFunc(out, func(a, b counted) int { return strings.Compare(a.ID, b.ID) })
		return out, true, nil
	}
	names := l.s.c.Subjects[kind]
	if names == nil {
		return nil, false, nil
	}
	list, err := names(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, n := range list {
		f, err := l.figures(ctx, fact.Subject{Kind: kind, ID: n.ID}, year)
		if err != nil {
			return nil, false, err
		}
		out = append(out, counted{n, f})
	}
	return out, true, nil
}

// Member is one subject that a target counts, with the working.
type Member struct {
	Named
	Holds rule.Tri
	Terms []rule.Term
	Open  string // page of its figures
}

// Members are the subjects that a target counts: those that meet its condition
// first, then those of which it can't be told, then the nearest. The caller sees
// single figures of the zone; [ErrDenied] otherwise.
func (s *Service) Members(ctx context.Context, plan, target string) (*Target, []Member, error) {
	if !Reads(ctx) {
		return nil, nil, ErrDenied
	}
	r, err := s.Rules()
	if err != nil {
		return nil, nil, err
	}
	p, ok := r.Plan(plan)
	if !ok {
		return nil, nil, ErrNotFound
	}
	t, ok := p.Target(target)
	if !ok || t.Count == nil {
		return nil, nil, ErrNotFound
	}
	year := min(s.today().Year(), t.last(p).Year())
	list, _, err := s.look().subjects(ctx, t.Count.Of, year)
	if err != nil {
		return nil, nil, err
	}
	var out []Member
	for _, one := range list {
		a, err := t.Count.When.Answer(one.figures.Facts())
		if err != nil {
			return nil, nil, err
		}
		out = append(out, Member{Named: one.Named, Holds: a.Holds, Terms: a.Terms,
			Open: "/figures/" + string(t.Count.Of) + "/" + url.PathEscape(one.ID) + "?year=" + fmt.Sprint(year)})
	}
	slices.SortStableFunc(out, func(a, b Member) int {
		if a.Holds != b.Holds {
			return int(b.Holds) - int(a.Holds)
		}
		return 0
	})
	return t, out, nil
}
