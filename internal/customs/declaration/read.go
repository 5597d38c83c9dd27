package declaration

import (
	"context"
	"database/sql"

	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// Annual is what the declarations of an enterprise in force come to in a year.
type Annual struct {
	Imports, Exports money.Fen // of those that count
	Count            int       // of those that count
	Aside            int       // that are shown apart and do not count
}

// Total is imports and exports together.
func (a Annual) Total() money.Fen { return a.Imports + a.Exports }

// Years are the sums of one enterprise, by any of its codes, by year.
func (s *Service) Years(ctx context.Context, codes ...string) (map[int]Annual, error) {
	args := make([]any, len(codes))
	for i, c := range codes {
		args[i] = c
	}
	all, err := s.years(ctx, `''`, ` and enterprise in (`+bulk.Places(len(codes))+`)`, args...)
	if all[""] == nil {
		return map[int]Annual{}, err
	}
	return all[""], err
}

// AllYears are the sums of every enterprise by year, in one query.
func (s *Service) AllYears(ctx context.Context) (map[string]map[int]Annual, error) {
	return s.years(ctx, "enterprise", "")
}

func (s *Service) years(ctx context.Context, by, where string, args ...any) (map[string]map[int]Annual, error) {
	out := make(map[string]map[int]Annual)
	err := s.each(ctx, func(rows *sql.Rows) error {
		var enterprise, direction string
		var year, n int
		var counts bool
		var value money.Fen
		if err := rows.Scan(&enterprise, &year, &direction, &counts, &n, &value); err != nil {
			return err
		}
		if out[enterprise] == nil {
			out[enterprise] = make(map[int]Annual)
		}
		a := out[enterprise][year]
		switch {
		case !counts:
			a.Aside += n
		case direction == "I":
			a.Imports, a.Count = a.Imports+value, a.Count+n
		default:
			a.Exports, a.Count = a.Exports+value, a.Count+n
		}
		out[enterprise][year] = a
		return nil
	}, `select `+by+`, year, direction, aside = '' as counts, count(*), cast(sum(value) as bigint) from declaration_rows where state = 1`+where+` group by 1, year, direction, aside = ''`, args...)
	return out, err
}

func (s *Service) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	err := func() error {
		rows, err := s.db.Read().QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := f(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}()
	return store.Wrap("read declarations", err)
}
