package trade

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Cells are the figures of a merchant, by any of its codes, of the months of two
// years and between, by month, direction, mode and country.
func (s *Service) Cells(ctx context.Context, from, to int, codes ...string) (out []Cell, err error) {
	args := []any{from * 100, to*100 + 99}
	for _, c := range codes {
		args = append(args, c)
	}
	err = s.each(ctx, func(rows *sql.Rows) error {
		var c Cell
		var direction string
		err := rows.Scan(&c.Month, &direction, &c.Mode, &c.Country, &c.Parcels, &c.Value, &c.Tax)
		c.Direction = directionOf(direction)
		out = append(out, c)
		return err
	}, `select month, direction, mode, country, cast(sum(parcels) as bigint) as n, cast(sum(value) as bigint), cast(sum(tax) as bigint) from facts_trade
		where month >= $1 and month <= $2 and parcels <> 0 and enterprise in (`+bulk.PlacesFrom(3, len(codes))+`)
		group by month, direction, mode, country order by month, direction, mode, country`, args...)
	return out, err
}

func directionOf(s string) clearance.Direction {
	if s == "" {
		return 0
	}
	return clearance.Direction(s[0])
}

// Annual is what a merchant's parcels of one year come to.
type Annual struct {
	Imports, Exports Sum
	Countries        int // that were exported to 出口国别数
}

// Total is imports and exports together.
func (a Annual) Total() Sum { return a.Imports.plus(a.Exports) }

// Years are the figures of one merchant, by any of its codes, by year; years in
// which nothing counts are left out.
func (s *Service) Years(ctx context.Context, codes ...string) (map[int]Annual, error) {
	args := make([]any, len(codes))
	for i, c := range codes {
		args[i] = c
	}
	all, err := s.years(ctx, `''`, ` where enterprise in (`+bulk.Places(len(codes))+`)`, args...)
	if all[""] == nil {
		return map[int]Annual{}, err
	}
	return all[""], err
}

// AllYears are the figures of every merchant by year, in one query.
func (s *Service) AllYears(ctx context.Context) (map[string]map[int]Annual, error) {
	return s.years(ctx, "enterprise", "")
}

// years sums by a column (or by nothing), year and direction.
func (s *Service) years(ctx context.Context, by, where string, args ...any) (map[string]map[int]Annual, error) {
	out := make(map[string]map[int]Annual)
	err := s.each(ctx, func(rows *sql.Rows) error {
		var enterprise, direction string
		var year, countries int
		var sum Sum
		if err := rows.Scan(&enterprise, &year, &direction, &sum.Parcels, &sum.Value, &sum.Tax, &countries); err != nil {
			return err
		}
		if sum == (Sum{}) {
			return nil
		}
		years := out[enterprise]
		if years == nil {
			years = make(map[int]Annual)
			out[enterprise] = years
		}
		a := years[year]
		if directionOf(direction) == clearance.Import {
			a.Imports = sum
		} else {
			a.Exports, a.Countries = sum, countries
		}
		years[year] = a
		return nil
	}, `select `+by+`, month / 100 as y, direction, cast(sum(parcels) as bigint), cast(sum(value) as bigint), cast(sum(tax) as bigint),
		count(distinct case when parcels <> 0 then country end) from facts_trade`+where+` group by 1, month / 100, direction`, args...)
	return out, err
}

// Served is whom an enterprise served in a year as platform, declarant or
// carrier.
type Served struct {
	Clients    int // merchants beside itself that really traded
	AsPlatform Sum // parcels of which it was the platform, its own among them
	AsAgent    Sum // parcels of others that it declared
	AsCarrier  Sum // parcels of others that it carried
}

// ServedBy is whom one enterprise, by any of its codes, served in a year.
func (s *Service) ServedBy(ctx context.Context, year int, codes ...string) (Served, error) {
	args := make([]any, len(codes))
	for i, c := range codes {
		args[i] = c
	}
	all, err := s.served(ctx, year, ` and enterprise in (`+bulk.PlacesFrom(2, len(codes))+`)`, args...)
	if len(all) < 2 {
		for _, v := range all {
			return v, err
		}
		return Served{}, err
	}
	return s.servedAs(ctx, year, codes, all)
}

// servedAs lays together what an enterprise did under several codes; a client of
// both counts once, and its own code is no client.
func (s *Service) servedAs(ctx context.Context, year int, codes []string, parts map[string]Served) (out Served, err error) {
	for _, v := range parts {
		out.AsPlatform, out.AsAgent, out.AsCarrier = out.AsPlatform.plus(v.AsPlatform), out.AsAgent.plus(v.AsAgent), out.AsCarrier.plus(v.AsCarrier)
	}
	clients := make(map[string]bool)
	for _, code := range codes {
		list, err := s.Clients(ctx, code, year, 1<<31)
		if err != nil {
			return out, err
		}
		for _, c := range list {
			clients[c.Merchant] = !slices.Contains(codes, c.Merchant)
		}
	}
	for _, other := range clients {
		if other {
			out.Clients++
		}
	}
	return out, nil
}

// AllServed is whom every enterprise served in a year, in one query.
func (s *Service) AllServed(ctx context.Context, year int) (map[string]Served, error) {
	return s.served(ctx, year, "")
}

func (s *Service) served(ctx context.Context, year int, where string, args ...any) (map[string]Served, error) {
	out := make(map[string]Served)
	last := "" // client counted last
	var of string
	err := s.each(ctx, func(rows *sql.Rows) error {
		var enterprise, client, role string
		var sum Sum
		if err := rows.Scan(&enterprise, &client, &role, &sum.Parcels, &sum.Value, &sum.Tax); err != nil {
			return err
		}
		v := out[enterprise]
		if client != enterprise && (client != last || enterprise != of) {
			v.Clients++
			last, of = client, enterprise
		}
		switch role {
		case asPlatform:
			v.AsPlatform = v.AsPlatform.plus(sum)
		case asAgent:
			v.AsAgent = v.AsAgent.plus(sum)
		case asCarrier:
			v.AsCarrier = v.AsCarrier.plus(sum)
		}
		out[enterprise] = v
		return nil
	}, `select enterprise, client, role, parcels, value, tax from facts_served where year = $1 and parcels <> 0`+where+` order by enterprise, client, role`,
		append([]any{year}, args...)...)
	return out, err
}

// Clients are the merchants that an enterprise served in a year, most parcels
// first; at most most of them.
func (s *Service) Clients(ctx context.Context, enterprise string, year, most int) (out []Client, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		var c Client
		err := rows.Scan(&c.Merchant, &c.Parcels)
		out = append(out, c)
		return err
	}, `select client, max(parcels) as n from facts_served where enterprise = $1 and year = $2 and client <> $1 and parcels <> 0
		group by client order by n desc, client limit $3`, enterprise, year, most)
	return out, err
}

// Client is a merchant that was served.
type Client struct {
	Merchant string
	Parcels  int64 // in the role that it was served in most
}

// Since is the first year of which parcels count, 0 if none do.
func (s *Service) Since(ctx context.Context) (year int, err error) {
	var month sql.NullInt64
	err = s.db.Read().QueryRowContext(ctx, `select min(month) from facts_trade where parcels <> 0`).Scan(&month)
	return int(month.Int64) / 100, store.Wrap("read figures of trade", err)
}

// End is how far the figures reach: the last decision that is in them and when it
// was taken; 0 and the zero time if none is.
func (s *Service) End(ctx context.Context) (seq uint64, at time.Time, err error) {
	var micros int64
	err = s.db.Read().QueryRowContext(ctx, `select seq, at from facts_end where id = 1`).Scan(&seq, &micros)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, at, nil
	}
	if err != nil {
		return 0, at, store.Wrap("read figures of trade", err)
	}
	return seq, clock.FromMicros(micros), nil
}

// Behind tells whether the index, which stands at a decision, has parcels that the
// figures never saw: then it must be built anew (lookup.Index.Rebuild).
func (s *Service) Behind(ctx context.Context, index uint64) (bool, error) {
	seq, _, err := s.End(ctx)
	return seq < index, err
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
	return store.Wrap("read figures of trade", err)
}
