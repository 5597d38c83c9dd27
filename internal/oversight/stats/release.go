package stats

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/store"
)

// Times is how long parcels of one direction took from their first list to
// their release (放行时长). It is made of buckets that are at most an eighth wide;
// two of them add up.
type Times struct {
	N       int64
	buckets []bucket // by length
}

type bucket struct {
	number int
	n      int64
}

// TimesOf reads the times of a direction from counts by lookup.ByTime.
func TimesOf(counts []lookup.Count, d clearance.Direction) (t Times) {
	for _, c := range counts {
		if len(c.Value) < 2 || c.Value[0] != byte(d) {
			continue
		}
		if number, err := strconv.Atoi(c.Value[1:]); err == nil {
			t.N += c.N
			t.buckets = append(t.buckets, bucket{number, c.N})
		}
	}
	slices.SortFunc(t.buckets, func(a, b bucket) int { return a.number - b.number })
	return t
}

// Percentile is the time within which a share of the parcels, in percent, was
// released: the end of the bucket in which the last of them is. 0 if there are none.
func (t Times) Percentile(percent int64) time.Duration {
	rank := (t.N*percent + 99) / 100
	for _, b := range t.buckets {
		if rank -= b.n; rank <= 0 {
			return time.Duration(lookup.BucketEnd(b.number)) * time.Microsecond
		}
	}
	return 0
}

// Over are the buckets (values of lookup.ByTime) of parcels that took longer than
// the bucket in which a share in percent ends.
func (t Times) Over(percent int64, d clearance.Direction) (out []string) {
	limit := t.Percentile(percent)
	for _, b := range t.buckets {
		if time.Duration(lookup.BucketEnd(b.number))*time.Microsecond > limit {
			out = append(out, TimeValue(d, b.number))
		}
	}
	return out
}

// TimeValue is the value of lookup.ByTime for a direction's bucket.
func TimeValue(d clearance.Direction, number int) string {
	s := strconv.Itoa(number)
	return string(rune(d)) + "000"[:max(0, 3-len(s))] + s
}

// Chapters adds headings to their HS chapters (类章), the most frequent first.
func Chapters(headings []lookup.Count) []lookup.Count {
	sums := make(map[string]lookup.Count)
	for _, c := range headings {
		if len(c.Value) >= 2 {
			k := c.Value[:2]
			was := sums[k]
			sums[k] = lookup.Count{Value: k, N: was.N + c.N, Fen: was.Fen + c.Fen}
		}
	}
	return order(sums)
}

// Documents returns the documents that came in on the days, by ten minutes and
// kind, in order. They are of the whole zone: the query's reach must be everything.
func (s *Service) Documents(ctx context.Context, q Query) (out []Documents, err error) {
	if !q.Within.All {
		return nil, nil
	}
	from, to := q.bounds()
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var d Documents
			err := rows.Scan(&d.Slot, &d.Kind, &d.Accepted, &d.Refused, &d.Repeated)
			out = append(out, d)
			return err
		}, `select slot, kind, accepted, refused, repeated from stats_documents where day >= $1 and day <= $2 order by day, slot, kind`, from, to)
	})
	return out, store.Wrap("read figures", err)
}
