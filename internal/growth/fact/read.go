package fact

import (
	"context"

	"pilotzone/internal/kernel/access"
)

// mayRead tells whether the caller may see figures of a subject, and keeps the
// look where it is another's. What is not the caller's is as if it were not there.
func (s *Service) mayRead(ctx context.Context, who Subject, year int) error {
	p := access.Of(ctx)
	scope := p.Scope(access.FigureRead)
	if scope == access.None || who.ID == "" {
		return s.deny(ctx, "figure.read", string(who.Kind)+":"+who.ID, ErrNotFound)
	}
	if s.owns(ctx, who) {
		return nil
	}
	if who.Kind != Enterprise {
		if scope == access.Zone {
			return nil
		}
		return s.deny(ctx, "figure.read", string(who.Kind)+":"+who.ID, ErrNotFound)
	}
	consent, err := s.consentOf(ctx, who.ID, p.Org)
	if err != nil {
		return err
	}
	if scope != access.Zone && consent == "" {
		return s.deny(ctx, "figure.read", "enterprise:"+who.ID, ErrNotFound)
	}
	return s.looked(ctx, who.ID, year, consent)
}

// Figures are the figures of a subject in a year, for the caller: with FigureRead
// over the zone, for one's own, or by the enterprise's consent; ErrNotFound
// otherwise. A look of another is kept where the owner sees it.
func (s *Service) Figures(ctx context.Context, who Subject, year int) (Figures, error) {
	if err := s.mayRead(ctx, who, year); err != nil {
		return nil, err
	}
	return s.FiguresIn(ctx, who, year)
}

// FiguresIn is Figures for programs of the house: the caller is not asked.
func (s *Service) FiguresIn(ctx context.Context, who Subject, year int) (Figures, error) {
	b, err := s.Book()
	if err != nil {
		return nil, err
	}
	r, err := s.record(ctx, who, year)
	if err != nil {
		return nil, err
	}
	since, err := s.since(ctx)
	if err != nil {
		return nil, err
	}
	q := asked{who: who, year: year, since: since, ref: s.lastDay(year)}
	into := b.first(q, &r)
	for _, src := range s.given() {
		if err := src.Compute(ctx, who, year, into); err != nil {
			return nil, err
		}
	}
	b.last(into, q, &r)
	return into, nil
}

// first is what is there before the sources are asked.
func (b *Book) first(q asked, r *record) Figures {
	if q.who.Kind == Enterprise {
		return b.enterprise(q, r)
	}
	return make(Figures, len(b.list))
}

// last is what comes after the sources: evidence, and what follows from it.
func (b *Book) last(into Figures, q asked, r *record) {
	b.evidence(into, q, r.evidence)
	if q.who.Kind == Enterprise {
		b.before(into, q, r)
	}
	b.unknowns(into, q.who.Kind)
}

// FiguresOf are the figures of all filed enterprises in a year, by their code, in
// a few queries; for programs of the house.
func (s *Service) FiguresOf(ctx context.Context, year int) (map[string]Figures, error) {
	b, err := s.Book()
	if err != nil {
		return nil, err
	}
	records, err := s.records(ctx, year)
	if err != nil {
		return nil, err
	}
	since, err := s.since(ctx)
	if err != nil {
		return nil, err
	}
	ref := s.lastDay(year)
	ask := func(id string) asked { return asked{who: Subject{Enterprise, id}, year: year, since: since, ref: ref} }
	out := make(map[string]Figures, len(records))
	for id, r := range records {
		out[id] = b.first(ask(id), r)
	}
	for _, src := range s.given() {
		if err := computeAll(ctx, src, year, out); err != nil {
			return nil, err
		}
	}
	for id, r := range records {
		b.last(out[id], ask(id), r)
	}
	return out, nil
}

func computeAll(ctx context.Context, src Source, year int, into map[string]Figures) error {
	if all, ok := src.(BulkSource); ok {
		return all.ComputeAll(ctx, Enterprise, year, into)
	}
	for id, f := range into {
		if err := src.Compute(ctx, Subject{Enterprise, id}, year, f); err != nil {
			return err
		}
	}
	return nil
}
