package directory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Daily tells owners of entries that end soon, once for each of the days that the
// directory lays down, and returns how many were told. A day on which it did not
// run is made up for.
func (s *Service) Daily(ctx context.Context) (int, error) {
	today, n := s.Today(), 0
	for _, d := range s.rules().list {
		if d.Expiry == nil || len(d.Expiry.Warn) == 0 || d != s.Define(d.ID) {
			continue
		}
		last := today.AddDays(slices.Max(d.Expiry.Warn))
		ids, err := s.ending(ctx, d.ID, today, last)
		if err != nil {
			return n, err
		}
		for _, id := range ids {
			told, err := s.warn(ctx, d, id, today)
			if err != nil {
				return n, err
			}
			if told {
				n++
			}
		}
	}
	return n, nil
}

func (s *Service) ending(ctx context.Context, directory string, from, to clock.Day) ([]string, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select id from directory_entries where directory = $1 and state = 'published' and valid_to >= $2 and valid_to <= $3 order by serial`, directory, int64(from), int64(to))
	if err != nil {
		return nil, store.Wrap("read directories", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, store.Wrap("read directories", err)
		}
		out = append(out, id)
	}
	return out, store.Wrap("read directories", rows.Err())
}

// warn tells the owner of one entry, unless that was done for the days left.
func (s *Service) warn(ctx context.Context, d *Definition, id string, today clock.Day) (told bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		told = false
		e, err := s.load(ctx, tx, d.ID, id)
		if err != nil {
			return err
		}
		var before int
		if err := tx.QueryRow(ctx, `select told from directory_entries where serial = $1`, int64(e.Serial)).Scan(&before); err != nil {
			return store.Wrap("read directories", err)
		}
		left, step := e.To.Sub(today), 0
		for _, w := range d.Expiry.Warn {
			if left <= w && (step == 0 || w < step) {
				step = w
			}
		}
		if step == 0 || before != 0 && before <= step {
			return nil
		}
		if _, err := tx.Exec(ctx, `update directory_entries set told = $2 where serial = $1`, int64(e.Serial), step); err != nil {
			return err
		}
		told = true
		return s.tell(ctx, tx, e, fmt.Sprintf("ends %d %d", e.Serial, e.To),
			fmt.Sprintf("%s“%s”将于 %s 到期（还有%d天）", d.Title.ZH, e.Name, e.To, left), fmt.Sprintf("%s, “%s”: ends on %s, in %d days", d.Title.EN, e.Name, e.To, left))
	})
	return told, err
}

// Run brings shipped entries in whenever the set in force changes, and does the
// daily work, until the context ends.
func (s *Service) Run(ctx context.Context) error {
	var done clock.Day
	var seen any
	for {
		today, set := s.Today(), s.c.Rules()
		if today != done || seen != any(set) {
			if _, err := s.Sync(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			if _, err := s.Daily(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			done, seen = today, set
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
