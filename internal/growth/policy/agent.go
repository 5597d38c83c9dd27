package policy

import (
	"context"
	"errors"
	"slices"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/matter"
)

// mandated are the mandates of the caller by which it may apply for clients: one
// that is narrowed to kinds of messages is none.
func mandated(p *access.Principal) []access.Mandate {
	if p == nil || p.Org == "" || p.Scope(access.MatterApply) != access.Own {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.Mandates), func(m access.Mandate) bool { return len(m.Kinds) > 0 })
}

// reaches tells whether a mandate is of the enterprise that a subject belongs to.
func reaches(m access.Mandate, h *Holder) bool {
	return h.Enterprise != "" && (m.Client == h.Enterprise || slices.Contains(m.Codes, h.Enterprise))
}

// actsFor tells whether the caller is an agent of whom a subject belongs to, by a
// mandate that is in force now (代办).
func actsFor(p *access.Principal, h *Holder) bool {
	return slices.ContainsFunc(mandated(p), func(m access.Mandate) bool { return reaches(m, h) })
}

// mayClaim tells whether the caller may claim for a subject in a matter: what an
// agent applies for is its client's, and not its own or another client's.
func mayClaim(p *access.Principal, m *matter.Matter, h *Holder) bool {
	if m.Agent != "" && p != nil && p.Org == m.Agent {
		return slices.ContainsFunc(mandated(p), func(x access.Mandate) bool { return x.Client == m.Client && reaches(x, h) })
	}
	return owns(p, h)
}

// handles tells whether the caller is the agent who applied with a claim.
func handles(p *access.Principal, c *Claim) bool {
	return c.Agent != "" && p != nil && p.Org == c.Agent && p.Scope(access.ClaimRead) == access.Own && actsFor(p, c.holder())
}

// Clients are the subjects of those for whom the caller may apply by a mandate
// (委托方的对象), of all kinds.
func (s *Service) Clients(ctx context.Context) ([]Holder, error) {
	p := access.Of(ctx)
	if p.Scope(access.ClaimRead) == access.None {
		return nil, ErrDenied
	}
	var out []Holder
	for _, m := range mandated(p) {
		for _, code := range m.Codes {
			h, err := s.holder(ctx, fact.Subject{Kind: fact.Enterprise, ID: code})
			if errors.Is(err, ErrNotFound) {
				continue // a code of the same enterprise under which no figures are kept
			}
			if err != nil {
				return nil, err
			}
			if !owns(p, h) && !slices.ContainsFunc(out, func(o Holder) bool { return o.Subject == h.Subject }) {
				out = append(out, *h)
			}
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	rest, err := s.others(ctx, func(h *Holder) bool { return !owns(p, h) && actsFor(p, h) })
	return append(out, rest...), err
}

// others are the subjects that are no enterprises and that are wanted.
func (s *Service) others(ctx context.Context, want func(*Holder) bool) (out []Holder, _ error) {
	for _, k := range fact.Kinds {
		if k == fact.Enterprise {
			continue
		}
		list, err := s.c.Holders(ctx, k)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if want(&list[i]) {
				out = append(out, list[i])
			}
		}
	}
	return out, nil
}

// reading is how the caller reads figures of a subject: an agent does so by its
// mandate, and that it looked is written into the chain.
func (s *Service) reading(ctx context.Context, h *Holder) (reader, error) {
	p := access.Of(ctx)
	if p.Scope(access.ClaimRead) != access.Own || owns(p, h) || !actsFor(p, h) {
		return s.c.Figures.Figures, nil
	}
	id, org := actor(ctx)
	return s.c.Figures.FiguresIn, s.c.Audit.Record(ctx, audit.Entry{Actor: id, Org: org, Act: "claim.assess", Object: string(h.Subject.Kind) + ":" + h.Subject.ID, Outcome: audit.Done, Detail: "mandate=true"})
}
