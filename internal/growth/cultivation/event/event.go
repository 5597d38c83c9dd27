// Package event is events with registration (活动报名): innovation and skills
// contests, salons, job fairs, matchmaking and training days.
//
// Invariants: never more registrations than places, whatever happens at the same
// time; whoever comes too late waits, and moves up in the order of coming when
// somebody gives a place back; an account has one registration that counts; a
// check-in code opens one registration of one event. Who comes is sealed.
package event

import (
	"context"
	"embed"
	"encoding/base32"
	"fmt"
	"time"

	"crypto/hmac"
	"crypto/sha256"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the services database.
func Migrations() []store.Migration {
	return []store.Migration{cultivation.Migration, {File: store.Services, Owner: "event", FS: files}}
}

// Kind is a kind of event. Its name is stored.
type Kind string

var kinds = []struct {
	kind  Kind
	words pack.Text
}{
	{"contest", pack.Text{ZH: "创新创业大赛", EN: "Innovation contest"}}, {"skills", pack.Text{ZH: "职业技能竞赛", EN: "Skills contest"}}, {"salon", pack.Text{ZH: "沙龙", EN: "Salon"}},
	{"job-fair", pack.Text{ZH: "人才对接会", EN: "Job fair"}}, {"matchmaking", pack.Text{ZH: "产销对接会", EN: "Matchmaking"}}, {"training", pack.Text{ZH: "培训讲座", EN: "Training"}},
}

// Kinds are all kinds in the order in which they are shown.
func Kinds() []Kind {
	out := make([]Kind, len(kinds))
	for i := range kinds {
		out[i] = kinds[i].kind
	}
	return out
}

// Words are the kind's names.
func (k Kind) Words() pack.Text {
	for _, v := range kinds {
		if v.kind == k {
			return v.words
		}
	}
	return pack.Text{}
}

// State is how an event stands. Its name is stored.
type State string

// The states of events.
const (
	Open   State = "open"
	Called State = "cancelled"
	Held   State = "held"
)

// Words are the state's names.
func (s State) Words() pack.Text {
	return map[State]pack.Text{Open: {ZH: "报名中", EN: "open"}, Called: {ZH: "已取消", EN: "cancelled"}, Held: {ZH: "已举办", EN: "held"}}[s]
}

// Event is an event (活动). Events are public.
type Event struct {
	ID       int64  `json:"id,omitempty" readOnly:"true"`
	Kind     Kind   `json:"kind" enum:"contest,skills,salon,job-fair,matchmaking,training"`
	Title    string `json:"title" maxLength:"80"`
	Place    string `json:"place" maxLength:"120"`
	Summary  string `json:"summary,omitempty" maxLength:"2000"`
	Host     string `json:"host,omitempty" readOnly:"true"`
	Starts   int64  `json:"starts" doc:"µs UTC"`
	Ends     int64  `json:"ends"`
	Closes   int64  `json:"closes" doc:"End of registration, µs UTC."`
	Capacity int64  `json:"capacity" minimum:"1" maximum:"100000"`
	State    State  `json:"state,omitempty" readOnly:"true"`
	Taken    int64  `json:"taken,omitempty" readOnly:"true" doc:"Places given away."`
	Waiting  int64  `json:"waiting,omitempty" readOnly:"true"`
}

// Standing is what became of a registration. Its name is stored.
type Standing string

// The standings.
const (
	Registered Standing = "registered"
	Waiting    Standing = "waiting"
	Cancelled  Standing = "cancelled"
	Attended   Standing = "attended"
	Missed     Standing = "missed"
)

// Words are the standing's names.
func (s Standing) Words() pack.Text {
	return map[Standing]pack.Text{Registered: {ZH: "已报名", EN: "registered"}, Waiting: {ZH: "候补", EN: "waiting"}, Cancelled: {ZH: "已取消", EN: "cancelled"},
		Attended: {ZH: "已签到", EN: "attended"}, Missed: {ZH: "未到", EN: "missed"}}[s]
}

// Registration is somebody's place (报名).
type Registration struct {
	Event  int64    `json:"event"`
	Number int64    `json:"number"`
	Party  string   `json:"party"`
	State  Standing `json:"state"`
	At     int64    `json:"at" doc:"µs UTC"`
	Name   string   `json:"name" doc:"Who comes; masked for all but the party itself."`
	Code   string   `json:"code,omitempty" doc:"Check-in code; the party's alone."`

	sealed  []byte
	account string
}

// Service is the room. Its methods are safe for concurrent use.
type Service struct {
	*cultivation.Desk
	secret []byte
}

// New makes the room on a store in which Migrations have run.
func New(d *cultivation.Desk) *Service {
	return &Service{d, d.Keys.Derive("event check-in")}
}

const columns = `id, kind, title, place, summary, host, starts, ends, closes, capacity, state,
	(select count(*) from event_registrations r where r.event = event_events.id and r.state in ('registered', 'attended', 'missed')),
	(select count(*) from event_registrations r where r.event = event_events.id and r.state = 'waiting')`

func scan(r cultivation.Row, v *Event) error {
	return r.Scan(&v.ID, (*string)(&v.Kind), &v.Title, &v.Place, &v.Summary, &v.Host, &v.Starts, &v.Ends, &v.Closes, &v.Capacity, (*string)(&v.State), &v.Taken, &v.Waiting)
}

// Events are the events that end after a time, at most n.
func (s *Service) Events(ctx context.Context, after time.Time, n int) ([]Event, error) {
	return cultivation.All(ctx, s.Reader(), scan, `select `+columns+` from event_events where ends >= $1 order by starts, id limit $2`, clock.Micros(after), int64(n))
}

// Event is one by its number. Errors: cultivation.ErrNotFound.
func (s *Service) Event(ctx context.Context, id int64) (*Event, error) {
	return one(ctx, s.Reader(), id)
}

func one(ctx context.Context, q cultivation.Querier, id int64) (*Event, error) {
	return cultivation.One(ctx, q, scan, `select `+columns+` from event_events where id = $1`, id)
}

// Hold announces an event. Parks and offices do. Errors: cultivation.ErrDenied,
// refusals of what is not in order.
func (s *Service) Hold(ctx context.Context, e Event) (*Event, error) {
	if !access.Of(ctx).May(access.ParkManage) {
		return nil, cultivation.ErrDenied
	}
	if err := e.check(s.Now()); err != nil {
		return nil, err
	}
	host, err := cultivation.Party(ctx, "")
	if err != nil {
		return nil, err
	}
	e.Host, e.State, e.Taken, e.Waiting = host, Open, 0, 0
	return &e, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if e.ID, err = s.Number(ctx, tx, "event"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into event_events (id, kind, title, place, summary, host, starts, ends, closes, capacity, state) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			e.ID, string(e.Kind), e.Title, e.Place, e.Summary, e.Host, e.Starts, e.Ends, e.Closes, e.Capacity, string(e.State)); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "event", ID: e.ID, Act: "announced", Note: e.Title})
	})
}

func (e *Event) check(now int64) error {
	if e.Kind.Words() == (pack.Text{}) {
		return cultivation.Invalid("kind", "没有该活动类别", "there is no such kind", "从类别中选择", "choose one of the kinds")
	}
	if err := cultivation.Clean(&e.Title, "title", pack.Text{ZH: "名称", EN: "the title"}, 2, 80); err != nil {
		return err
	}
	if err := cultivation.Clean(&e.Place, "place", pack.Text{ZH: "地点", EN: "the place"}, 2, 120); err != nil {
		return err
	}
	if err := cultivation.Clean(&e.Summary, "summary", pack.Text{ZH: "简介", EN: "the summary"}, 0, 2000); err != nil {
		return err
	}
	if at := cultivation.Wrong("starts ends closes capacity", e.Starts <= now, e.Ends <= e.Starts, e.Closes > e.Ends || e.Closes <= now, e.Capacity < 1 || e.Capacity > 100000); at != "" {
		return cultivation.Invalid("time", "时间或名额有误", "times or capacity are not in order", "开始在将来、结束晚于开始、报名截止不晚于结束、名额至少 1", "it starts in the future, ends after that, registration closes before its end, at least one place").At(at)
	}
	return nil
}

// mine tells whether the caller holds the event or sees to all.
func hosts(ctx context.Context, e *Event) bool {
	keeps, _ := cultivation.Reach(ctx, access.ParkManage, e.Host)
	return keeps
}

// code is the check-in code of a registration.
func (s *Service) code(event, number int64) string {
	m := hmac.New(sha256.New, s.secret)
	fmt.Fprintf(m, "%d %d", event, number)
	return base32.StdEncoding.EncodeToString(m.Sum(nil))[:8]
}

const registrationColumns = `event, number, party, account, state, at, name, code`

func scanRegistration(r cultivation.Row, v *Registration) error {
	return r.Scan(&v.Event, &v.Number, &v.Party, &v.account, (*string)(&v.State), &v.At, &v.sealed, &v.Code)
}

// show opens names: whole for the party itself, masked for others, who get no
// code either.
func (s *Service) show(ctx context.Context, list []Registration) ([]Registration, error) {
	for i := range list {
		r := &list[i]
		plain, err := s.Keys.Open(nil, r.sealed, cultivation.Bound("registration", r.Event, r.Number))
		if err != nil {
			return nil, fmt.Errorf("registration %d of event %d: %w", r.Number, r.Event, err)
		}
		r.Name = string(plain)
		if _, office := cultivation.Reach(ctx, access.BookingMake, r.Party); office || !owns(ctx, r) {
			r.Name, r.Code = keys.MaskName(r.Name), ""
		}
	}
	return list, nil
}

func owns(ctx context.Context, r *Registration) bool {
	sees, _ := cultivation.Reach(ctx, access.BookingMake, r.Party)
	return sees
}

// Registrations are the registrations of an event: all for who holds it, the
// caller's own for others.
func (s *Service) Registrations(ctx context.Context, id int64) ([]Registration, error) {
	e, err := s.Event(ctx, id)
	if err != nil {
		return nil, err
	}
	where, args := cultivation.In("party", cultivation.Parties(ctx), 2)
	if hosts(ctx, e) {
		where, args = "1 = 1", nil
	}
	list, err := cultivation.All(ctx, s.Reader(), scanRegistration, `select `+registrationColumns+` from event_registrations where event = $1 and `+where+` order by number`, append([]any{id}, args...)...)
	if err != nil {
		return nil, err
	}
	return s.show(ctx, list)
}

// Calendar is events as an iCalendar file.
func Calendar(list []Event, now time.Time) []byte {
	out := make([]cultivation.Appointment, 0, len(list))
	for _, e := range list {
		if e.State != Called {
			out = append(out, cultivation.Appointment{ID: fmt.Sprintf("event-%d", e.ID), Title: e.Title, Place: e.Place, Note: e.Summary, Starts: clock.FromMicros(e.Starts), Ends: clock.FromMicros(e.Ends)})
		}
	}
	return cultivation.Calendar(out, now)
}
