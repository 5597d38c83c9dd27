package event

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Refusals of registrations.
var (
	ErrClosed = cultivation.Conflict("closed", "报名已截止或活动已取消", "registration has closed, or the event was cancelled", "查看其他活动", "look for other events")
	ErrTwice  = cultivation.Conflict("twice", "已报名", "registered already", "在“我的报名”中查看", "see it among your registrations")
	ErrCode   = cultivation.Invalid("code", "签到码不属于该活动的有效报名", "the code is of no registration of this event", "核对签到码", "check the code")
)

// Register takes a place for somebody, or puts them on the waiting list. name is
// who comes. Errors: ErrClosed, ErrTwice, cultivation.ErrDenied, ErrNotFound.
func (s *Service) Register(ctx context.Context, id int64, asked, name string) (*Registration, error) {
	who := access.Of(ctx)
	if !who.May(access.BookingMake) {
		return nil, cultivation.ErrDenied
	}
	party, err := cultivation.Party(ctx, asked)
	if err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&name, "name", pack.Text{ZH: "参加人姓名", EN: "the name of who comes"}, 2, 60); err != nil {
		return nil, err
	}
	out := &Registration{Event: id, Party: party, account: who.ID, Name: name}
	return out, s.change(ctx, id, func(ctx context.Context, tx *store.Tx, e *Event) error {
		if e.State != Open || s.Now() >= e.Closes {
			return ErrClosed
		}
		list, err := cultivation.All(ctx, tx, scanRegistration, `select `+registrationColumns+` from event_registrations where event = $1 and party = $2 and account = $3 and state <> 'cancelled'`, id, party, who.ID)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			return ErrTwice
		}
		out.State, out.At = Registered, s.Now()
		if e.Taken >= e.Capacity {
			out.State = Waiting
		}
		if out.Number, err = s.Number(ctx, tx, fmt.Sprintf("registration:%d", id)); err != nil {
			return err
		}
		out.Code = s.code(id, out.Number)
		if _, err := tx.Exec(ctx, `insert into event_registrations (`+registrationColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, out.Number, party, who.ID, string(out.State), out.At, s.Keys.Seal(nil, []byte(name), cultivation.Bound("registration", id, out.Number)), out.Code); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "event", ID: id, Act: string(out.State), Note: fmt.Sprint(out.Number)})
	})
}

// Cancel gives a place back; the first who waits moves up. Errors:
// cultivation.ErrNotFound, ErrState.
func (s *Service) Cancel(ctx context.Context, id, number int64) error {
	return s.change(ctx, id, func(ctx context.Context, tx *store.Tx, e *Event) error {
		r, err := registration(ctx, tx, id, number)
		switch {
		case err != nil:
			return err
		case !owns(ctx, r) && !hosts(ctx, e):
			return cultivation.ErrNotFound
		case r.State != Registered && r.State != Waiting, s.Now() >= e.Starts:
			return cultivation.ErrState
		}
		if err := s.stand(ctx, tx, r, Cancelled); err != nil {
			return err
		}
		if r.State == Waiting {
			return nil
		}
		next, err := cultivation.One(ctx, tx, scanRegistration, `select `+registrationColumns+` from event_registrations where event = $1 and state = 'waiting' order by number limit 1`, id)
		if errors.Is(err, cultivation.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.stand(ctx, tx, next, Registered); err != nil {
			return err
		}
		return s.Tell(ctx, tx, next.Party, cultivation.News{Link: fmt.Sprintf("/events/%d", id), Act: fmt.Sprintf("moved_up %d", next.Number),
			Words: pack.Text{ZH: "活动“" + e.Title + "”候补已递补，您已获得名额", EN: "A place has become free for you: " + e.Title}})
	})
}

// CheckIn says that who has the code has come. Who holds the event does, from a
// day before it starts on. Errors: ErrCode, cultivation.ErrNotFound, ErrState.
func (s *Service) CheckIn(ctx context.Context, id int64, code string) (*Registration, error) {
	var out *Registration
	err := s.change(ctx, id, func(ctx context.Context, tx *store.Tx, e *Event) error {
		if !hosts(ctx, e) {
			return cultivation.ErrDenied
		}
		r, err := cultivation.One(ctx, tx, scanRegistration, `select `+registrationColumns+` from event_registrations where event = $1 and code = $2`, id, strings.ToUpper(strings.TrimSpace(code)))
		switch {
		case errors.Is(err, cultivation.ErrNotFound):
			return ErrCode
		case err != nil:
			return err
		case r.State != Registered, e.State != Open, s.Now() < e.Starts-24*3600*1e6:
			return cultivation.ErrState
		}
		out = r
		return s.stand(ctx, tx, r, Attended)
	})
	if err != nil {
		return nil, err
	}
	list, err := s.show(ctx, []Registration{*out})
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

// End calls an event off, or closes one that was held: who did not come is
// marked so. Errors: cultivation.ErrDenied, ErrState.
func (s *Service) End(ctx context.Context, id int64, to State) error {
	return s.change(ctx, id, func(ctx context.Context, tx *store.Tx, e *Event) error {
		switch {
		case !hosts(ctx, e):
			return cultivation.ErrDenied
		case e.State != Open, to != Called && to != Held, to == Held && s.Now() < e.Starts:
			return cultivation.ErrState
		}
		if _, err := tx.Exec(ctx, `update event_events set state = $1 where id = $2`, string(to), id); err != nil {
			return err
		}
		if to == Held {
			if _, err := tx.Exec(ctx, `update event_registrations set state = 'missed' where event = $1 and state = 'registered'`, id); err != nil {
				return err
			}
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "event", ID: id, Act: string(to), Note: e.Title})
	})
}

func registration(ctx context.Context, q cultivation.Querier, id, number int64) (*Registration, error) {
	return cultivation.One(ctx, q, scanRegistration, `select `+registrationColumns+` from event_registrations where event = $1 and number = $2`, id, number)
}

func (s *Service) stand(ctx context.Context, tx *store.Tx, r *Registration, to Standing) error {
	if _, err := tx.Exec(ctx, `update event_registrations set state = $1 where event = $2 and number = $3`, string(to), r.Event, r.Number); err != nil {
		return err
	}
	if to != Cancelled {
		r.State = to
	}
	return s.Wrote(ctx, tx, cultivation.Did{Room: "event", ID: r.Event, Act: string(to), Note: fmt.Sprint(r.Number)})
}

// change runs f on an event in one transaction. Its row is written first, so that
// those who want the last place come one after the other.
func (s *Service) change(ctx context.Context, id int64, f func(context.Context, *store.Tx, *Event) error) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update event_events set capacity = capacity where id = $1`, id); err != nil {
			return err
		}
		e, err := one(ctx, tx, id)
		if err != nil {
			return err
		}
		return f(ctx, tx, e)
	})
}
