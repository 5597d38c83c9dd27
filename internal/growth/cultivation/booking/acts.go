package booking

import (
	"context"
	"fmt"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Refusals of bookings.
var (
	ErrTaken  = cultivation.Conflict("taken", "所选时段已约满", "the slots are taken", "选择其他时段", "choose other slots")
	ErrLate   = cultivation.Conflict("late", "已过可取消时间", "it is too late to cancel", "联系场地方；未到场将计入缺席", "call whoever keeps it; who does not come is counted")
	ErrMany   = cultivation.Conflict("many", "未到期的预约过多", "too many bookings lie ahead", "取消不用的预约，或待其结束后再预约", "cancel those that are not needed, or wait until some are over")
	ErrBarred = cultivation.Conflict("barred", "近期多次缺席，暂不能预约", "missed too often of late to book now", "待缺席记录过期后再预约", "book again when the records have lapsed")
	ErrWhen   = cultivation.Invalid("when", "时段不在开放时间内，或不在可预约日期内", "the slots are not within the hours, or not within the days that can be booked", "从可预约时段中选择", "choose from the slots that are offered").At("starts")
)

// mostAhead bounds the bookings of a party that lie ahead, so that nobody takes all
// slots of a room of which others want some too.
const mostAhead = 40

// Absences that bar from booking, as the packs lay down: this many within this
// many days.
const (
	missedMost = "booking_missed_most"
	missedDays = "booking_missed_days"
)

// Ask is a booking asked for: slots of a resource from a time on.
type Ask struct {
	Resource int64  `json:"resource"`
	Party    string `json:"party,omitempty" doc:"For whom; the caller's own if left out."`
	Starts   int64  `json:"starts" doc:"µs UTC: the start of a slot."`
	Slots    int64  `json:"slots" minimum:"1" maximum:"96"`
	Purpose  string `json:"purpose,omitempty" maxLength:"200"`
}

// Book books. Errors: ErrTaken, ErrWhen, ErrBarred, cultivation.ErrNotFound,
// ErrDenied.
func (s *Service) Book(ctx context.Context, a Ask) (*Booking, error) {
	if !access.Of(ctx).May(access.BookingMake) {
		return nil, cultivation.ErrDenied
	}
	party, err := cultivation.Party(ctx, a.Party)
	if err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&a.Purpose, "purpose", pack.Text{ZH: "用途", EN: "the purpose"}, 0, 200); err != nil {
		return nil, err
	}
	for range raceRounds {
		out, err := s.book(ctx, a, party)
		if store.KindOf(err) != store.ErrDuplicate {
			return out, err
		}
	}
	return nil, ErrTaken
}

// raceRounds is how often a seat is chosen anew when others are faster.
const raceRounds = 5

func (s *Service) book(ctx context.Context, a Ask, party string) (*Booking, error) {
	out := &Booking{Party: party, Resource: a.Resource, State: Booked, Purpose: a.Purpose}
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		r, err := resource(ctx, tx, a.Resource)
		if err != nil {
			return err
		}
		slots, err := s.wanted(r, a)
		if err != nil {
			return err
		}
		if err := s.barred(ctx, tx, party); err != nil {
			return err
		}
		if err := s.many(ctx, tx, party); err != nil {
			return err
		}
		out.Title, out.Place, out.Starts, out.Ends = r.Title, r.Place, slots[0].Starts, slots[len(slots)-1].Ends
		if out.Seat, err = freeSeat(ctx, tx, r, slots); err != nil {
			return err
		}
		return s.put(ctx, tx, out, slots)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// wanted are the slots asked for, if they can be booked now.
func (s *Service) wanted(r *Resource, a Ask) ([]Slot, error) {
	day, today := clock.DayOf(clock.FromMicros(a.Starts)), s.Today()
	if a.Slots < 1 || a.Slots > r.MostSlots {
		return nil, ErrWhen.At("slots")
	}
	if !r.Active || a.Starts <= s.Now() || day > today.AddDays(int(r.Ahead)) {
		return nil, ErrWhen
	}
	all := r.slotsOf(day)
	for i := range all {
		if all[i].Starts == a.Starts && i+int(a.Slots) <= len(all) {
			return all[i : i+int(a.Slots)], nil
		}
	}
	return nil, ErrWhen
}

// many refuses a party that has booked as much ahead as anybody may.
func (s *Service) many(ctx context.Context, tx *store.Tx, party string) error {
	var n int64
	if err := tx.QueryRow(ctx, `select count(*) from booking_bookings where party = $1 and state = $2 and ends > $3`, party, string(Booked), s.Now()).Scan(&n); err != nil {
		return err
	}
	if n >= mostAhead {
		return ErrMany
	}
	return nil
}

// barred refuses who missed too often of late.
func (s *Service) barred(ctx context.Context, tx *store.Tx, party string) error {
	var n int64
	most, days := s.Setting(missedMost), s.Setting(missedDays)
	if most == 0 || days == 0 {
		return nil // the packs lay down no such rule
	}
	since := clock.Micros(s.Today().AddDays(-int(days)).Time())
	if err := tx.QueryRow(ctx, `select count(*) from booking_bookings where party = $1 and state = $2 and starts >= $3`, party, string(Missed), since).Scan(&n); err != nil {
		return err
	}
	if n >= most {
		return ErrBarred
	}
	return nil
}

// freeSeat is the lowest seat that is free in all of the slots.
func freeSeat(ctx context.Context, tx *store.Tx, r *Resource, slots []Slot) (int64, error) {
	taken, err := cultivation.All(ctx, tx, func(row cultivation.Row, v *int64) error { return row.Scan(v) },
		`select distinct seat from booking_slots where resource = $1 and starts >= $2 and starts <= $3`, r.ID, slots[0].Starts, slots[len(slots)-1].Starts)
	if err != nil {
		return 0, err
	}
	used := make(map[int64]bool, len(taken))
	for _, t := range taken {
		used[t] = true
	}
	for seat := range r.Seats {
		if !used[seat] {
			return seat, nil
		}
	}
	return 0, ErrTaken
}

func (s *Service) put(ctx context.Context, tx *store.Tx, b *Booking, slots []Slot) (err error) {
	if b.ID, err = s.Number(ctx, tx, "booking"); err != nil {
		return err
	}
	sealed := s.Keys.Seal(nil, []byte(b.Purpose), cultivation.Bound("booking", b.ID))
	if _, err := tx.Exec(ctx, `insert into booking_bookings (id, resource, party, account, seat, starts, ends, state, made, purpose) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		b.ID, b.Resource, b.Party, access.Of(ctx).ID, b.Seat, b.Starts, b.Ends, string(b.State), s.Now(), sealed); err != nil {
		return err
	}
	for _, slot := range slots {
		if _, err := tx.Exec(ctx, `insert into booking_slots (resource, starts, seat, booking) values ($1, $2, $3, $4)`, b.Resource, slot.Starts, b.Seat, b.ID); err != nil {
			return err
		}
	}
	return s.Wrote(ctx, tx, cultivation.Did{Room: "booking", ID: b.ID, Act: "booked", Note: b.Title})
}

// Cancel gives the slots back. Who made it may until CancelHours before; who keeps
// the resource, and an office, until it starts. Errors: ErrLate,
// cultivation.ErrState, ErrNotFound.
func (s *Service) Cancel(ctx context.Context, id int64) (*Booking, error) {
	return s.change(ctx, id, Cancelled, func(b *Booking) error {
		end := b.Starts
		if _, office := cultivation.Reach(ctx, access.BookingMake, b.Party); !office && !s.keeps(ctx, b) {
			end -= b.cancelHours * int64(time.Hour/time.Microsecond)
		}
		if s.Now() >= end {
			return ErrLate
		}
		return nil
	})
}

// CheckIn says that somebody came, or did not. Who keeps the resource or an
// office says so, once it has started. Errors: cultivation.ErrDenied, ErrState.
func (s *Service) CheckIn(ctx context.Context, id int64, came bool) (*Booking, error) {
	to := Missed
	if came {
		to = Attended
	}
	return s.change(ctx, id, to, func(b *Booking) error {
		switch {
		case !s.keeps(ctx, b):
			return cultivation.ErrDenied
		case !came && s.Now() < b.Starts, came && s.Now() < b.Starts-int64(time.Hour/time.Microsecond):
			return cultivation.Conflict("early", "尚未开始", "it has not started", "开始后再登记", "say so when it has started")
		}
		return nil
	})
}

// keeps tells whether the caller keeps the resource or sees to all.
func (s *Service) keeps(ctx context.Context, b *Booking) bool {
	keeps, _ := cultivation.Reach(ctx, access.ParkManage, b.owner)
	return keeps
}

func (s *Service) change(ctx context.Context, id int64, to State, may func(*Booking) error) (*Booking, error) {
	var out *Booking
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, err := booking(ctx, tx, id)
		if err != nil {
			return err
		}
		if b.State != Booked {
			return cultivation.ErrState
		}
		if err := may(b); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update booking_bookings set state = $1 where id = $2`, string(to), id); err != nil {
			return err
		}
		if to == Cancelled {
			if _, err := tx.Exec(ctx, `delete from booking_slots where booking = $1`, id); err != nil {
				return err
			}
		}
		b.State, out = to, b
		return s.Wrote(ctx, tx, cultivation.Did{Room: "booking", ID: id, Act: string(to), Note: fmt.Sprintf("%s · %s", b.Title, clock.FromMicros(b.Starts).In(clock.Beijing).Format("2006-01-02 15:04"))})
	})
	if err != nil {
		return nil, err
	}
	list := []Booking{*out}
	return &list[0], s.open(list)
}
