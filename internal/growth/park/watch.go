package park

import (
	"context"
	"errors"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
)

// Run enters the places of new packs and watches the recognised ones, once a day
// and when the set in force changes, until ctx ends (动态管理).
func (s *Service) Run(ctx context.Context) error {
	ctx = access.With(ctx, access.System())
	var done clock.Day
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := s.Seed(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("the places of the packs could not be entered, will try again (规则包中的场所未能登记，将重试)", "error", err)
		}
		if today := s.Today(); today != done {
			if err := s.Watch(ctx); err == nil {
				done = today
			} else if ctx.Err() == nil {
				s.Log.Warn("recognised places could not be watched, will try again (认定动态监测未完成，将重试)", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Watch ends recognitions whose time is over and flags those whose conditions
// hold neither on the last full year nor on the running one; a flag goes when they
// hold again. It decides nothing: offices do.
func (s *Service) Watch(ctx context.Context) error {
	list, err := s.recognitions(ctx, `state in ('valid', 'warned') order by number`)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := s.look(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) look(ctx context.Context, r *Recognition) error {
	today := s.Today()
	if r.Until != 0 && r.Until < today {
		return s.note(ctx, r.Number, "recognition.expire", func(r *Recognition) { r.State, r.Ended = Expired, r.Until.AddDays(1) })
	}
	far, err := s.fails(ctx, r)
	if err != nil {
		return err
	}
	switch {
	case far != nil && r.Flagged == 0:
		return s.note(ctx, r.Number, "recognition.flag", func(r *Recognition) { r.Flagged, r.Flag = today, far })
	case far == nil && r.Flagged != 0:
		return s.note(ctx, r.Number, "recognition.unflag", func(r *Recognition) { r.Flagged, r.Flag = 0, nil })
	}
	return nil
}

// fails is how far a place is from what it was recognised for, if its conditions
// do not hold; nil if they do, or cannot be told.
func (s *Service) fails(ctx context.Context, r *Recognition) (*Far, error) {
	g, err := s.Program(r.Program)
	if errors.Is(err, ErrNotFound) {
		return nil, nil // the program is no more; what it gave stands
	}
	if err != nil {
		return nil, err
	}
	p, err := s.place(ctx, r.Place)
	if err != nil {
		return nil, err
	}
	var last *Far
	for _, year := range []int{s.Today().Year(), s.Today().Year() - 1} {
		if last, err = s.far(ctx, p, g, year); err != nil {
			return nil, err
		}
		if last.Holds != rule.No {
			return nil, nil
		}
	}
	return last, nil
}

// note changes a recognition by the program itself.
func (s *Service) note(ctx context.Context, number int64, act string, change func(*Recognition)) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		r, err := recognitionIn(ctx, tx, number)
		if err != nil {
			return err
		}
		if !r.State.Counts() {
			return nil // ended meanwhile
		}
		change(r)
		return s.saveRecognition(ctx, tx, r, act, "")
	})
}
