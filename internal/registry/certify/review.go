package certify

import (
	"context"
	"errors"
	"fmt"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

// reviewMonths is how long after its first day, and after each look, a filing is
// looked at again (复核周期).
const reviewMonths = 12

// Review is when a filing ends and is to be looked at again (备案复核).
type Review struct {
	Filing string
	Name   string
	Until  clock.Day // last day of the filing; 0 is open
	Due    clock.Day // by when it is looked at again
	Done   clock.Day // when it last was; 0: never
	By     string
	Passed bool
	Note   string
}

// Follower keeps the list of reviews behind the registry: one row a filing, made
// with its first revision. Run it beside the zone.
func (s *Service) Follower() *feed.Consumer {
	stream := s.c.Registry.Stream()
	return &feed.Consumer{Name: "certify", Stream: stream.Name(), Source: stream, DB: s.db, Clock: s.c.Clock, Wake: &stream.Signal, Log: s.c.Log, Apply: s.follow}
}

func (s *Service) follow(ctx context.Context, tx *store.Tx, events []feed.Event) error {
	for _, e := range events {
		f, err := registry.DecodeFiling(e.Body)
		if err != nil {
			return err
		}
		first := f.From
		if first == 0 {
			first = clock.DayOf(e.At)
		}
		if _, err := tx.Exec(ctx, `insert into certify_reviews (filing, name, until, due, done, done_by, passed, note) values ($1, $2, $3, $4, 0, '', true, '')
			on conflict (filing) do update set name = excluded.name, until = excluded.until`, f.ID, f.Name, int64(f.To), int64(first.AddMonths(reviewMonths))); err != nil {
			return err
		}
	}
	return nil
}

// ReviewsDue returns the filings that are to be looked at again by a day, the
// longest due first, those without a valid filing any more left out. The caller
// needs FilingEdit.
func (s *Service) ReviewsDue(ctx context.Context, by clock.Day, limit int) ([]Review, error) {
	return s.reviews(ctx, `due <= $1 and (until = 0 or until >= $2) order by due, filing limit $3`, int64(by), int64(clock.DayOf(s.c.Clock.Now())), limit)
}

// Expiring returns the filings whose last day lies from today to a day. The
// caller needs FilingEdit.
func (s *Service) Expiring(ctx context.Context, by clock.Day, limit int) ([]Review, error) {
	return s.reviews(ctx, `until > 0 and until >= $1 and until <= $2 order by until, filing limit $3`, int64(clock.DayOf(s.c.Clock.Now())), int64(by), limit)
}

func (s *Service) reviews(ctx context.Context, where string, args ...any) ([]Review, error) {
	if err := s.allowed(ctx, access.FilingEdit, "filing.reviews", "filings"); err != nil {
		return nil, err
	}
	rows, err := s.db.Read().QueryContext(ctx, `select filing, name, until, due, done, done_by, passed, note from certify_reviews where `+where, args...)
	if err != nil {
		return nil, store.Wrap("read reviews", err)
	}
	defer rows.Close()
	var out []Review
	for rows.Next() {
		var r Review
		if err := rows.Scan(&r.Filing, &r.Name, &r.Until, &r.Due, &r.Done, &r.By, &r.Passed, &r.Note); err != nil {
			return nil, store.Wrap("read reviews", err)
		}
		out = append(out, r)
	}
	return out, store.Wrap("read reviews", rows.Err())
}

// Inspect records that a filing was looked at again (复核): passed, it is due in
// a year; not passed, it is suspended from today.
func (s *Service) Inspect(ctx context.Context, filing string, passed bool, note string) error {
	if err := s.allowed(ctx, access.FilingEdit, "filing.inspect", "filing:"+filing); err != nil {
		return err
	}
	if !passed && note == "" {
		return noReason()
	}
	today := clock.DayOf(s.c.Clock.Now())
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		r, err := tx.Exec(ctx, `update certify_reviews set due = $2, done = $3, done_by = $4, passed = $5, note = $6 where filing = $1`,
			filing, int64(today.AddMonths(reviewMonths)), int64(today), actor(ctx), passed, note)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, registry.ErrNotFiled)
		}
		if !passed {
			if _, err := s.c.Registry.ChangeIn(ctx, tx, registry.Author{By: actor(ctx), Note: note}, filing, registry.Suspending(today, note)); err != nil {
				return faults(err)
			}
		}
		return s.write(ctx, tx, "filing.inspect", "filing:"+filing, fmt.Sprintf("passed=%t", passed))
	})
}

// Suspend makes a filing not count from a day on (暂停), Resume makes it count
// again (恢复); both need FilingEdit, say why, and are one transaction with their
// entry of the audit chain.
func (s *Service) Suspend(ctx context.Context, filing string, from clock.Day, reason string) error {
	if reason == "" {
		return noReason()
	}
	return s.edit(ctx, "filing.suspend", filing, from, reason, registry.Suspending(from, reason))
}

// Resume ends the suspension that has no end.
func (s *Service) Resume(ctx context.Context, filing string, from clock.Day, reason string) error {
	if reason == "" {
		return noReason()
	}
	return s.edit(ctx, "filing.resume", filing, from, reason, registry.Resuming(from))
}

func (s *Service) edit(ctx context.Context, act, filing string, from clock.Day, reason string, edit func(*registry.Filing) error) error {
	if err := s.allowed(ctx, access.FilingEdit, act, "filing:"+filing); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := s.c.Registry.ChangeIn(ctx, tx, registry.Author{By: actor(ctx), Note: reason}, filing, edit); err != nil {
			return faults(err)
		}
		return s.write(ctx, tx, act, "filing:"+filing, "from="+from.String())
	})
}

func noReason() error {
	return matter.Problems{{Code: "reason", Field: "reason", ZH: "须说明理由", EN: "a reason is needed", FixZH: "写明理由，企业能看到", FixEN: "say why; the enterprise reads it"}}
}

// faults turns the registry's faults into problems.
func faults(err error) error {
	var fs registry.Faults
	if errors.As(err, &fs) {
		return problems(fs)
	}
	return err
}

// ReviewOf returns when a filing is to be looked at again, nil while it is not
// listed yet. The caller needs FilingEdit.
func (s *Service) ReviewOf(ctx context.Context, filing string) (*Review, error) {
	list, err := s.reviews(ctx, `filing = $1`, filing)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}
