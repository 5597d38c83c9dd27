// Package booking is what can be booked by the hour (共享资源预约): workstations
// 免租工位, live rooms 共享直播间, mentors 企业导师 and rooms.
//
// Invariants: a seat is taken by one booking a slot, whatever happens at the same
// time (a unique key says so); slots lie whole within the opening hours; who
// cancels too late or does not come is counted, and who missed too often waits.
// What an owner keeps, the owner alone changes.
package booking

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{cultivation.Migration, {File: store.Services, Owner: "booking", FS: files}}
}

// Kind is a kind of what can be booked. Its name is stored.
type Kind string

// The kinds.
const (
	Workstation Kind = "workstation"  // 免租工位
	LiveRoom    Kind = "live-room"    // 共享直播间
	Mentor      Kind = "mentor"       // 企业导师
	MeetingRoom Kind = "meeting-room" // 会议室
)

var kindWords = map[Kind]pack.Text{Workstation: {ZH: "工位", EN: "Workstation"}, LiveRoom: {ZH: "直播间", EN: "Live room"}, Mentor: {ZH: "导师", EN: "Mentor"}, MeetingRoom: {ZH: "会议室", EN: "Meeting room"}}

// Kinds are all kinds, in the order in which they are shown.
func Kinds() []Kind { return []Kind{Workstation, LiveRoom, Mentor, MeetingRoom} }

// Words are the kind's names.
func (k Kind) Words() pack.Text { return kindWords[k] }

// State is what became of a booking. Its name is stored.
type State string

// The states.
const (
	Booked    State = "booked"
	Cancelled State = "cancelled"
	Attended  State = "attended"
	Missed    State = "missed"
)

var stateWords = map[State]pack.Text{Booked: {ZH: "已预约", EN: "booked"}, Cancelled: {ZH: "已取消", EN: "cancelled"}, Attended: {ZH: "已到场", EN: "attended"}, Missed: {ZH: "未到场", EN: "missed"}}

// Words are the state's names.
func (s State) Words() pack.Text { return stateWords[s] }

// Resource is what can be booked (可预约资源).
type Resource struct {
	ID          int64  `json:"id,omitempty" readOnly:"true"`
	Kind        Kind   `json:"kind" enum:"workstation,live-room,mentor,meeting-room"`
	Title       string `json:"title" maxLength:"80"`
	Place       string `json:"place" maxLength:"120"`
	Owner       string `json:"owner,omitempty" readOnly:"true" doc:"Who keeps it."`
	Seats       int64  `json:"seats" minimum:"1" maximum:"500" doc:"How many bookings at the same time."`
	Slot        int64  `json:"slot" minimum:"15" maximum:"1440" doc:"Minutes of a slot."`
	Opens       int64  `json:"opens" minimum:"0" maximum:"1440" doc:"Minute of the day, Beijing."`
	Closes      int64  `json:"closes" minimum:"0" maximum:"1440"`
	Weekdays    int64  `json:"weekdays" minimum:"1" maximum:"127" doc:"Bit 0 is Sunday, bit 6 Saturday."`
	Ahead       int64  `json:"ahead" minimum:"1" maximum:"366" doc:"Days that can be booked ahead."`
	CancelHours int64  `json:"cancel_hours" minimum:"0" maximum:"720" doc:"Until how many hours before one may cancel."`
	MostSlots   int64  `json:"most_slots" minimum:"1" maximum:"96" doc:"Slots of one booking."`
	Active      bool   `json:"active"`
	Note        string `json:"note,omitempty" maxLength:"500"`
}

// Booking is a booking (预约).
type Booking struct {
	ID       int64  `json:"id"`
	Resource int64  `json:"resource"`
	Title    string `json:"title" doc:"Of the resource."`
	Place    string `json:"place"`
	Party    string `json:"party" doc:"For whom: enterprise code, org:ID or person:ID."`
	Seat     int64  `json:"seat" doc:"From 0."`
	Starts   int64  `json:"starts" doc:"µs UTC"`
	Ends     int64  `json:"ends"`
	State    State  `json:"state"`
	Purpose  string `json:"purpose,omitempty"`

	owner       string
	cancelHours int64
	sealed      []byte
}

// Service is the room. Its methods are safe for concurrent use.
type Service struct{ *cultivation.Desk }

// New makes the room on a store in which Migrations have run.
func New(d *cultivation.Desk) *Service { return &Service{d} }

const resourceColumns = `id, kind, title, place, owner, seats, slot, opens, closes, weekdays, ahead, cancel_hours, most_slots, active, note`

func scanResource(r cultivation.Row, v *Resource) error {
	return r.Scan(&v.ID, (*string)(&v.Kind), &v.Title, &v.Place, &v.Owner, &v.Seats, &v.Slot, &v.Opens, &v.Closes, &v.Weekdays, &v.Ahead, &v.CancelHours, &v.MostSlots, &v.Active, &v.Note)
}

// Resources lists what can be booked; of a kind, if one is named. With own, what
// the caller keeps alone, closed ones too.
func (s *Service) Resources(ctx context.Context, kind Kind, own bool) ([]Resource, error) {
	list, err := cultivation.All(ctx, s.Reader(), scanResource, `select `+resourceColumns+` from booking_resources where ($1 = '' or kind = $1) order by kind, title, id`, string(kind))
	return slices.DeleteFunc(list, func(r Resource) bool {
		keeps, _ := cultivation.Reach(ctx, access.ParkManage, r.Owner)
		return own && !keeps || !r.Active && !keeps
	}), err
}

// Resource is one by its number. Errors: cultivation.ErrNotFound.
func (s *Service) Resource(ctx context.Context, id int64) (*Resource, error) {
	return resource(ctx, s.Reader(), id)
}

func resource(ctx context.Context, q cultivation.Querier, id int64) (*Resource, error) {
	return cultivation.One(ctx, q, scanResource, `select `+resourceColumns+` from booking_resources where id = $1`, id)
}

// check holds a resource against what can be.
func (r *Resource) check() error {
	if kindWords[r.Kind] == (pack.Text{}) {
		return cultivation.Invalid("kind", "没有该资源类别", "there is no such kind", "从类别中选择", "choose one of the kinds")
	}
	if err := cultivation.Clean(&r.Title, "title", pack.Text{ZH: "名称", EN: "the title"}, 2, 80); err != nil {
		return err
	}
	if err := cultivation.Clean(&r.Place, "place", pack.Text{ZH: "地点", EN: "the place"}, 2, 120); err != nil {
		return err
	}
	if err := cultivation.Clean(&r.Note, "note", pack.Text{ZH: "说明", EN: "the note"}, 0, 500); err != nil {
		return err
	}
	at := cultivation.Wrong("seats slot opens closes days ahead cancel most", r.Seats < 1 || r.Seats > 500, r.Slot < 15, r.Opens < 0, r.Closes > 1440 || r.Opens+r.Slot > r.Closes,
		r.Weekdays < 1 || r.Weekdays > 127, r.Ahead < 1 || r.Ahead > 366, r.CancelHours < 0, r.MostSlots < 1 || r.MostSlots > 96)
	if at != "" {
		return cultivation.Invalid("hours", "席位、开放时间或时段设置有误", "seats, opening hours or slots are not in order", "开放时间内至少容纳一个时段，席位 1 至 500", "at least one slot within the hours, 1 to 500 seats").At(at)
	}
	return nil
}

// Save writes a resource, new if it has no number. Errors: cultivation.ErrDenied,
// ErrNotFound, refusals of what is not in order.
func (s *Service) Save(ctx context.Context, r Resource) (*Resource, error) {
	if !access.Of(ctx).May(access.ParkManage) {
		return nil, cultivation.ErrDenied
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	owner, err := cultivation.Party(ctx, "")
	if err != nil {
		return nil, err
	}
	return &r, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		act := "changed"
		if r.ID == 0 {
			act, r.Owner = "opened", owner
			if r.ID, err = s.Number(ctx, tx, "resource"); err != nil {
				return err
			}
		} else {
			old, err := resource(ctx, tx, r.ID)
			if err != nil {
				return err
			}
			if keeps, _ := cultivation.Reach(ctx, access.ParkManage, old.Owner); !keeps {
				return cultivation.ErrNotFound
			}
			r.Owner = old.Owner
		}
		if _, err := tx.Exec(ctx, `insert into booking_resources (`+resourceColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
			on conflict (id) do update set kind = excluded.kind, title = excluded.title, place = excluded.place, seats = excluded.seats, slot = excluded.slot, opens = excluded.opens, closes = excluded.closes,
			weekdays = excluded.weekdays, ahead = excluded.ahead, cancel_hours = excluded.cancel_hours, most_slots = excluded.most_slots, active = excluded.active, note = excluded.note`,
			r.ID, string(r.Kind), r.Title, r.Place, r.Owner, r.Seats, r.Slot, r.Opens, r.Closes, r.Weekdays, r.Ahead, r.CancelHours, r.MostSlots, r.Active, r.Note); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "resource", ID: r.ID, Act: act, Note: r.Title})
	})
}

// Slot is one slot of a day: when, and how many seats are free.
type Slot struct {
	Starts int64 `json:"starts" doc:"µs UTC"`
	Ends   int64 `json:"ends"`
	Free   int64 `json:"free"`
}

// slotsOf are the slots of a day by the opening hours, all free.
func (r *Resource) slotsOf(day clock.Day) []Slot {
	var out []Slot
	if r.Weekdays>>uint(day.Weekday())&1 == 0 {
		return nil
	}
	for m := r.Opens; m+r.Slot <= r.Closes; m += r.Slot {
		from := day.Time().Add(time.Duration(m) * time.Minute)
		out = append(out, Slot{clock.Micros(from), clock.Micros(from.Add(time.Duration(r.Slot) * time.Minute)), r.Seats})
	}
	return out
}

// Day are the slots of a day with what is free.
func (s *Service) Day(ctx context.Context, id int64, day clock.Day) ([]Slot, error) {
	r, err := s.Resource(ctx, id)
	if err != nil || !day.Valid() {
		return nil, err
	}
	out := r.slotsOf(day)
	type taken struct{ starts, n int64 }
	list, err := cultivation.All(ctx, s.Reader(), func(row cultivation.Row, v *taken) error { return row.Scan(&v.starts, &v.n) },
		`select starts, count(*) from booking_slots where resource = $1 and starts >= $2 and starts < $3 group by starts`, id, clock.Micros(day.Time()), clock.Micros(day.AddDays(1).Time()))
	for _, t := range list {
		for i := range out {
			if out[i].Starts == t.starts {
				out[i].Free -= t.n
			}
		}
	}
	return out, err
}

const bookingColumns = `b.id, b.resource, r.title, r.place, b.party, b.seat, b.starts, b.ends, b.state, b.purpose, r.owner, r.cancel_hours`
const bookingTables = ` from booking_bookings b join booking_resources r on r.id = b.resource `

func scanBooking(r cultivation.Row, v *Booking) error {
	return r.Scan(&v.ID, &v.Resource, &v.Title, &v.Place, &v.Party, &v.Seat, &v.Starts, &v.Ends, (*string)(&v.State), &v.sealed, &v.owner, &v.cancelHours)
}

// open reads what the booking is for.
func (s *Service) open(list []Booking) error {
	for i := range list {
		plain, err := s.Keys.Open(nil, list[i].sealed, cultivation.Bound("booking", list[i].ID))
		if err != nil {
			return fmt.Errorf("booking %d: %w", list[i].ID, err)
		}
		list[i].Purpose = string(plain)
	}
	return nil
}

// Bookings are those that the caller made or whose resource it keeps, that end
// after a time, at most n.
func (s *Service) Bookings(ctx context.Context, after time.Time, n int) ([]Booking, error) {
	where, args := "1 = 1", []any(nil)
	if access.Of(ctx).Scope(access.BookingMake) != access.Zone {
		mine, values := cultivation.In("b.party", cultivation.Parties(ctx), 3)
		kept, _ := cultivation.In("r.owner", cultivation.Parties(ctx), 3)
		where, args = "("+mine+" or "+kept+")", values
	}
	list, err := cultivation.All(ctx, s.Reader(), scanBooking, `select `+bookingColumns+bookingTables+`where b.ends >= $1 and `+where+` order by b.starts, b.id limit $2`, append([]any{clock.Micros(after), int64(n)}, args...)...)
	if err != nil {
		return nil, err
	}
	return list, s.open(list)
}

// Booking is one by its number, if the caller made it, keeps its resource or is an
// office.
func (s *Service) Booking(ctx context.Context, id int64) (*Booking, error) {
	b, err := booking(ctx, s.Reader(), id)
	if err != nil {
		return nil, err
	}
	list := []Booking{*b}
	return &list[0], s.open(list)
}

func booking(ctx context.Context, q cultivation.Querier, id int64) (*Booking, error) {
	b, err := cultivation.One(ctx, q, scanBooking, `select `+bookingColumns+bookingTables+`where b.id = $1`, id)
	if err != nil {
		return nil, err
	}
	mine, _ := cultivation.Reach(ctx, access.BookingMake, b.Party)
	if kept, _ := cultivation.Reach(ctx, access.ParkManage, b.owner); !mine && !kept {
		return nil, cultivation.ErrNotFound
	}
	return b, nil
}

// Calendar is bookings as an iCalendar file (RFC 5545).
func Calendar(list []Booking, now time.Time) []byte {
	events := make([]cultivation.Appointment, 0, len(list))
	for _, b := range list {
		if b.State == Booked || b.State == Attended {
			events = append(events, cultivation.Appointment{ID: fmt.Sprintf("booking-%d", b.ID), Title: b.Title, Place: b.Place, Starts: clock.FromMicros(b.Starts), Ends: clock.FromMicros(b.Ends), Note: strings.TrimSpace(b.Purpose)})
		}
	}
	return cultivation.Calendar(events, now)
}
