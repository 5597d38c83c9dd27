package park

import (
	"context"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// Step is one condition with its answer (条件对照).
type Step struct {
	ID    string      `json:"id"`
	Says  pack.Text   `json:"says"`
	Mark  string      `json:"mark"`
	Note  pack.Text   `json:"note"`
	Holds rule.Tri    `json:"holds"`
	Terms []rule.Term `json:"terms"`
}

// Far is how far a place is from a recognition (距认定还差): each condition with
// what there is, what is wanted and by how much it misses, on figures by value.
type Far struct {
	Place   string       `json:"place"`
	Program string       `json:"program"`
	Pack    string       `json:"pack"` // version of the pack that laid the conditions down
	Year    int          `json:"year"` // of the figures
	Holds   rule.Tri     `json:"holds"`
	Steps   []Step       `json:"steps"`
	Missing string       `json:"missing,omitempty"` // recognition that must stand first and does not
	Figures fact.Figures `json:"figures"`
}

// subjectOf is whose figures a place is judged by: an incubator by those of the
// enterprise that runs it. ok is false where there is none.
func subjectOf(p *Place) (fact.Subject, bool) {
	switch p.Kind {
	case Park:
		return fact.Subject{Kind: fact.Park, ID: p.ID}, true
	case Belt:
		return fact.Subject{Kind: fact.Belt, ID: p.ID}, true
	case Overseas, Consolidation:
		return fact.Subject{Kind: fact.Warehouse, ID: p.ID}, true
	case Incubator:
		return fact.Subject{Kind: fact.Enterprise, ID: p.Enterprise}, p.Enterprise != ""
	}
	return fact.Subject{}, false
}

// Subject is whose figures a place is judged by; ok is false where there is none.
func (p *Place) Subject() (s fact.Subject, ok bool) { return subjectOf(p) }

// FiguresOf are a place's figures of a year, for who is inside; none for a kind of
// place that has no figures, or whose enterprise has not consented.
func (s *Service) FiguresOf(ctx context.Context, place string, year int) (fact.Figures, error) {
	p, err := s.Get(ctx, place)
	if err != nil {
		return nil, err
	}
	if !s.Inside(ctx, p) {
		return nil, ErrNotFound
	}
	return s.figuresFor(ctx, p, year)
}

// figuresFor are the figures of a place as the caller may see them: none where they
// are an enterprise's that has not consented.
func (s *Service) figuresFor(ctx context.Context, p *Place, year int) (fact.Figures, error) {
	if !s.opensFigures(ctx, p) {
		return fact.Figures{}, nil
	}
	return s.figures(ctx, p, year)
}

func (s *Service) figures(ctx context.Context, p *Place, year int) (fact.Figures, error) {
	subject, ok := subjectOf(p)
	if !ok {
		return fact.Figures{}, nil
	}
	return s.Figures.FiguresIn(ctx, subject, year)
}

// HowFar holds a place against a recognition on the figures of a year, for who is
// inside. Errors: ErrNotFound.
func (s *Service) HowFar(ctx context.Context, place, program string, year int) (*Far, error) {
	p, err := s.Get(ctx, place)
	if err != nil {
		return nil, err
	}
	if !s.Inside(ctx, p) {
		return nil, ErrNotFound
	}
	g, err := s.Program(program)
	if err != nil {
		return nil, err
	}
	return s.far(ctx, p, g, year)
}

func (s *Service) far(ctx context.Context, p *Place, g *Program, year int) (*Far, error) {
	if p.Kind != g.Target {
		return nil, ErrNotFound
	}
	figures, err := s.figuresFor(ctx, p, year)
	if err != nil {
		return nil, err
	}
	far := &Far{Place: p.ID, Program: g.Item.ID, Pack: g.Item.Pack, Year: year, Holds: rule.Yes, Figures: fact.Figures{}}
	for _, c := range g.Conditions {
		a, err := c.When.Answer(figures.Facts())
		if err != nil {
			return nil, err
		}
		mark := c.Mark
		if mark == 0 {
			mark = g.Item.Mark
		}
		far.Steps = append(far.Steps, Step{ID: c.ID, Says: c.Says, Mark: markName(mark), Note: c.Note, Holds: a.Holds, Terms: a.Terms})
		far.Holds = min(far.Holds, a.Holds)
		for _, name := range c.When.Uses() {
			if f, ok := figures[name]; ok {
				far.Figures[name] = f
			}
		}
	}
	if g.After != "" {
		stands, err := s.stands(ctx, p.ID, g.After)
		if err != nil {
			return nil, err
		}
		if !stands {
			far.Missing, far.Holds = g.After, rule.No
		}
	}
	return far, nil
}
