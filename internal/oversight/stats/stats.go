// Package stats makes the figures of the zone (统计): how many parcels and what
// they are worth by state, mode, direction, country, goods, merchant and reason,
// how long release takes, and what came in when.
//
// Figures of the whole zone are kept by Beijing day of the first list, in the
// tables stats_* of the search database. They are made in the transaction in
// which the search index takes decisions in, from what changed in it: a parcel
// that changes is taken out where it stood and put in where it stands, so a
// correction restates its own day. Figures of some enterprises are counted from
// the index when they are asked for.
//
// Invariant: every figure is the number of parcels that lookup.Index.List shows
// under the filter that Query.Open gives; a test holds the two equal.
package stats

import (
	"context"
	"database/sql"
	"embed"
	"slices"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the figures, in the search database.
func Migrations() []store.Migration {
	return []store.Migration{{File: store.Search, Owner: "stats", FS: migrations}}
}

// Service keeps and answers figures. It is the index's rider
// (lookup.Config.Riders) and reads beside everything.
type Service struct {
	db    *store.DB
	clock clock.Clock
}

// New makes the service of a store in which Migrations have run.
func New(st *store.Store, c clock.Clock) *Service { return &Service{db: st.Search, clock: c} }

// Index counts what the zone's figures do not say; *lookup.Index is it.
type Index interface {
	Tally(ctx context.Context, f lookup.Filter, facets ...lookup.Facet) (map[lookup.Facet][]lookup.Count, error)
	RefusalsByReason(ctx context.Context, f lookup.RefusalFilter) ([]lookup.Count, error)
}

// Query asks for figures of parcels by Beijing day of their first list.
type Query struct {
	Within   lookup.Reach
	From, To clock.Day         // both included; 0 is no bound
	States   []clearance.State // only parcels in these; none: in any
}

// Today asks for the figures of the day that it is.
func (s *Service) Today(within lookup.Reach) Query {
	day := clock.DayOf(s.clock.Now())
	return Query{Within: within, From: day, To: day}
}

// Filter chooses the parcels that the query counts.
func (q Query) Filter() lookup.Filter {
	return lookup.Filter{Within: q.Within, From: q.From, To: q.To, States: q.States}
}

// Open chooses the parcels behind one figure: those of the query that have a
// value of a facet.
func (q Query) Open(facet lookup.Facet, value string) lookup.Filter {
	f := q.Filter()
	switch facet {
	case lookup.ByDirection:
		f.Direction = clearance.Direction(value[0])
	case lookup.ByMode:
		f.Modes = []string{value}
	case lookup.ByState:
		state, _ := clearance.ParseState(value)
		f.States = []clearance.State{state}
	case lookup.ByCustoms:
		f.Customs = []string{value}
	case lookup.ByCountry:
		f.Countries = []string{value}
	case lookup.ByReason:
		f.Reasons = []string{value}
	case lookup.ByParty:
		f.Parties = []string{value}
	case lookup.ByMerchant:
		f.Merchants = []string{value}
	case lookup.ByGoods:
		f.Goods = []string{value}
	case lookup.BySlot:
		f.Slots = []string{value}
	case lookup.ByReleaseSlot:
		f.ReleaseSlots = []string{value}
	case lookup.ByTime:
		f.Times = []string{value}
	}
	return f
}

// rolled are the facets of which figures are kept.
var rolled = []lookup.Facet{lookup.ByDirection, lookup.ByMode, lookup.ByState, lookup.ByCustoms, lookup.ByCountry, lookup.ByReason,
	lookup.ByMerchant, lookup.ByGoods, lookup.BySlot, lookup.ByReleaseSlot, lookup.ByTime}

// Figures counts parcels by facets, the most frequent value first. Those of the
// whole zone come from the kept figures, those of some enterprises (and of facets
// of which no figures are kept) from the index.
func (s *Service) Figures(ctx context.Context, x Index, q Query, facets ...lookup.Facet) (map[lookup.Facet][]lookup.Count, error) {
	kept := func(f lookup.Facet) bool { return slices.Contains(rolled, f) }
	if !q.Within.All || !all(facets, kept) {
		return x.Tally(ctx, q.Filter(), facets...)
	}
	return s.zone(ctx, q, facets)
}

func all[T any](list []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !ok(v) })
}

// bounds are the days of a query as the tables have them.
func (q Query) bounds() (from, to int64) {
	to = int64(q.To)
	if to == 0 {
		to = 99999999
	}
	return int64(q.From), to
}

// zone adds the kept figures of the days.
func (s *Service) zone(ctx context.Context, q Query, facets []lookup.Facet) (map[lookup.Facet][]lookup.Count, error) {
	out := make(map[lookup.Facet][]lookup.Count, len(facets))
	from, to := q.bounds()
	err := s.db.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, facet := range facets {
			sums := make(table)
			err := each(ctx, tx, func(rows *sql.Rows) error {
				var body []byte
				if err := rows.Scan(&body); err != nil {
					return err
				}
				return sums.read(body)
			}, `select body from stats_days where facet = $1 and day >= $2 and day <= $3`, int64(facet), from, to)
			if err != nil {
				return err
			}
			out[facet] = sums.counts(q.States)
		}
		return nil
	})
	return out, store.Wrap("read figures", err)
}

func each(ctx context.Context, tx *sql.Tx, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
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
}

// Refused counts the documents that were refused, by code. Those of the whole
// zone come from the kept figures.
func (s *Service) Refused(ctx context.Context, x Index, q Query) (out []lookup.Count, err error) {
	if !q.Within.All {
		return x.RefusalsByReason(ctx, lookup.RefusalFilter{Within: q.Within, From: q.From, To: q.To})
	}
	from, to := q.bounds()
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var c lookup.Count
			err := rows.Scan(&c.Value, &c.N)
			out = append(out, c)
			return err
		}, `select reason, cast(sum(n) as bigint) as all_n from stats_refused where day >= $1 and day <= $2 group by reason order by all_n desc, reason`, from, to)
	})
	return out, store.Wrap("read figures", err)
}

// End is how far the figures reach.
type End struct {
	Seq uint64    // last decision that is in them
	At  time.Time // when it was taken; zero: none
}

// End tells how far the figures reach.
func (s *Service) End(ctx context.Context) (e End, err error) {
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var at int64
			err := rows.Scan(&e.Seq, &at)
			e.At = clock.FromMicros(at)
			return err
		}, `select seq, at from stats_end where id = 1`)
	})
	return e, store.Wrap("read figures", err)
}
