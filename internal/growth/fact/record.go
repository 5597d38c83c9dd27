package fact

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/kernel/clock"
)

// record is all that is known of one enterprise, before it is put into figures.
type record struct {
	codes    []string // by which its parcels name it
	here     map[int]trade.Annual
	served   trade.Served
	declared map[int]declaration.Annual
	evidence []Evidence
}

// record reads what is known of one subject.
func (s *Service) record(ctx context.Context, who Subject, year int) (r record, err error) {
	if r.evidence, err = s.accepted(ctx, who); err != nil || who.Kind != Enterprise {
		return r, err
	}
	r.codes = s.codes(ctx, who.ID)
	if r.here, err = s.c.Trade.Years(ctx, r.codes...); err != nil {
		return r, err
	}
	if r.declared, err = s.c.Declarations.Years(ctx, r.codes...); err != nil {
		return r, err
	}
	r.served, err = s.c.Trade.ServedBy(ctx, year, r.codes...)
	return r, err
}

// codes are the codes by which an enterprise may stand in messages: its customs
// code and its unified social credit code.
func (s *Service) codes(ctx context.Context, id string) []string {
	out := []string{id}
	f, err := s.c.Registry.ByCode(ctx, id)
	if err != nil {
		return out // it is not filed, or can't be read: its own code is what we have
	}
	for _, c := range []string{f.CustomsCode, f.USCC} {
		if c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// accepted is the evidence of a subject that stands, the newest last.
func (s *Service) accepted(ctx context.Context, who Subject) (out []Evidence, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		e, err := scanEvidence(rows)
		out = append(out, e)
		return err
	}, `select `+evidenceColumns+` from fact_evidence where kind = $1 and subject = $2 and state = $3 order by reviewed_at, id`, string(who.Kind), who.ID, int(Accepted))
	return out, err
}

// records reads what is known of all enterprises that are filed, or of which there
// is a figure, in a few queries.
func (s *Service) records(ctx context.Context, year int) (map[string]*record, error) {
	here, err := s.c.Trade.AllYears(ctx)
	if err != nil {
		return nil, err
	}
	served, err := s.c.Trade.AllServed(ctx, year)
	if err != nil {
		return nil, err
	}
	declared, err := s.c.Declarations.AllYears(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*record)
	split, err := s.filed(ctx, out, func(code string) bool { return here[code] != nil || served[code].Clients > 0 || declared[code] != nil })
	if err != nil {
		return nil, err
	}
	for id, r := range out {
		r.here, r.served, r.declared = here[id], served[id], declared[id]
	}
	for _, id := range split { // stands in messages under two codes
		whole, err := s.record(ctx, Subject{Enterprise, id}, year)
		if err != nil {
			return nil, err
		}
		out[id] = &whole
	}
	err = s.each(ctx, func(rows *sql.Rows) error {
		e, err := scanEvidence(rows)
		if r := out[e.Subject.ID]; r != nil && !slices.Contains(split, e.Subject.ID) {
			r.evidence = append(r.evidence, e)
		}
		return err
	}, `select `+evidenceColumns+` from fact_evidence where kind = $1 and state = $2 order by reviewed_at, id`, string(Enterprise), int(Accepted))
	return out, err
}

// filed enters all filed enterprises; split are those that have figures under a
// second code.
func (s *Service) filed(ctx context.Context, out map[string]*record, has func(code string) bool) (split []string, err error) {
	for after := ""; ; {
		list, err := s.c.Registry.List(ctx, after, 1000)
		if err != nil || len(list) == 0 {
			return split, err
		}
		for i := range list {
			id := codeOf(&list[i])
			out[id] = &record{codes: []string{id}}
			if other := list[i].USCC; other != "" && other != id && has(other) {
				split = append(split, id)
			}
		}
		after = list[len(list)-1].ID
	}
}

// since is the first year of which parcels were cleared here, 0 if none were.
func (s *Service) since(ctx context.Context) (int, error) { return s.c.Trade.Since(ctx) }

// lastDay is the day at which a year is looked at: its last one, or today.
func (s *Service) lastDay(year int) clock.Day { return min(s.today(), clock.NewDay(year, 12, 31)) }

// Clients are the merchants that an enterprise, by any of its codes, served in a
// year, most parcels first; for those who may see its figures.
func (s *Service) Clients(ctx context.Context, enterprise string, year, most int) ([]trade.Client, error) {
	codes := s.codes(ctx, enterprise)
	sums := make(map[string]int64)
	for _, code := range codes {
		list, err := s.c.Trade.Clients(ctx, code, year, most)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if !slices.Contains(codes, c.Merchant) {
				sums[c.Merchant] += c.Parcels
			}
		}
	}
	out := make([]trade.Client, 0, len(sums))
	for merchant, n := range sums {
		out = append(out, trade.Client{Merchant: merchant, Parcels: n})
	}
	slices.SortFunc(out, func(a, b trade.Client) int {
		return cmp.Or(cmp.Compare(b.Parcels, a.Parcels), cmp.Compare(a.Merchant, b.Merchant))
	})
	return out[:min(len(out), most)], nil
}
