package notify

import (
	"context"
	"time"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Delivery is one event on its way to an endpoint (推送记录).
type Delivery struct {
	ID       uint64
	Endpoint string
	Event    string // its id, which is the webhook-id
	Type     string
	State    State
	Attempts int // since it was made or replayed
	Due      time.Time
	Made     time.Time
	Done     time.Time // zero while it waits
	Status   int       // of HTTP, of the last attempt; 0: no answer
	Error    string    // a stable word
}

// Attempt is one try of a delivery.
type Attempt struct {
	Number int
	At     time.Time
	Took   time.Duration
	Status int
	Error  string
	Answer []byte // the beginning of what the receiver answered
}

// Filter narrows a list of deliveries.
type Filter struct {
	Endpoint string
	State    State
	Any      bool   // any state
	Before   uint64 // only older than this one
	Limit    int    // 1 to 200; 50 if 0
}

// Deliveries lists an endpoint's, newest first.
func (s *Service) Deliveries(ctx context.Context, f Filter) ([]Delivery, error) {
	before, limit := int64(f.Before), f.Limit
	if before == 0 {
		before = 1<<63 - 1
	}
	if limit <= 0 {
		limit = 50
	}
	states := [2]int64{int64(f.State), int64(f.State)}
	if f.Any {
		states = [2]int64{0, int64(Cancelled)}
	}
	return s.deliveries(ctx, `where d.endpoint = $1 and d.state >= $2 and d.state <= $3 and d.id < $4 order by d.id desc limit $5`,
		f.Endpoint, states[0], states[1], before, min(limit, 200))
}

func (s *Service) deliveries(ctx context.Context, where string, args ...any) ([]Delivery, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select d.id, d.endpoint, d.event, v.type, d.state, d.attempts, d.due, d.made, d.done, d.status, d.error
		from notify_deliveries d join notify_events v on v.id = d.event `+where, args...)
	if err != nil {
		return nil, store.Wrap("read deliveries", err)
	}
	defer rows.Close()
	var out []Delivery
	for rows.Next() {
		var d Delivery
		var due, made, done int64
		if err := rows.Scan(&d.ID, &d.Endpoint, &d.Event, &d.Type, &d.State, &d.Attempts, &due, &made, &done, &d.Status, &d.Error); err != nil {
			return nil, store.Wrap("read deliveries", err)
		}
		d.Due, d.Made = clock.FromMicros(due), clock.FromMicros(made)
		if done != 0 {
			d.Done = clock.FromMicros(done)
		}
		out = append(out, d)
	}
	return out, store.Wrap("read deliveries", rows.Err())
}

// Delivery reads one with what was sent and all attempts.
func (s *Service) Delivery(ctx context.Context, id uint64) (*Delivery, []byte, []Attempt, error) {
	list, err := s.deliveries(ctx, `where d.id = $1`, int64(id))
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, nil, nil, err
	}
	var body []byte
	if err := s.db.Read().QueryRowContext(ctx, `select body from notify_events where id = $1`, list[0].Event).Scan(&body); err != nil {
		return nil, nil, nil, store.Wrap("read event", err)
	}
	attempts, err := s.attempts(ctx, id)
	return &list[0], body, attempts, err
}

func (s *Service) attempts(ctx context.Context, id uint64) ([]Attempt, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select number, at, took, status, error, response from notify_attempts where delivery = $1 order by number`, int64(id))
	if err != nil {
		return nil, store.Wrap("read attempts", err)
	}
	defer rows.Close()
	var out []Attempt
	for rows.Next() {
		var a Attempt
		var at, took int64
		var sealed []byte
		if err := rows.Scan(&a.Number, &at, &took, &a.Status, &a.Error, &sealed); err != nil {
			return nil, store.Wrap("read attempts", err)
		}
		if a.Answer, err = s.c.Keys.Open(nil, sealed, answerOf(int64(id), a.Number)); err != nil {
			return nil, err
		}
		a.At, a.Took = clock.FromMicros(at), time.Duration(took)*time.Microsecond
		out = append(out, a)
	}
	return out, store.Wrap("read attempts", rows.Err())
}

// Replay sends a delivery that is done, dead or cancelled once more, with the
// same id. ErrNotFound: there is none, or it waits already.
func (s *Service) Replay(ctx context.Context, by audit.Entry, endpoint string, id uint64) error {
	n, err := s.again(ctx, by, endpoint, `and id = $3 and state <> 0`, int64(id))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// ReplaySince sends all dead letters of an endpoint made since a time once more
// and returns how many there are.
func (s *Service) ReplaySince(ctx context.Context, by audit.Entry, endpoint string, since time.Time) (int, error) {
	return s.again(ctx, by, endpoint, `and made >= $3 and state = 2`, clock.Micros(since))
}

func (s *Service) again(ctx context.Context, by audit.Entry, endpoint, which string, arg int64) (int, error) {
	by.Act, by.Object, by.Outcome = "webhook.replay", "webhook:"+endpoint, audit.Done
	var n int64
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.Exec(ctx, `update notify_deliveries set state = 0, attempts = 0, due = $1, done = 0 where endpoint = $2 `+which, s.now(), endpoint, arg)
		if err != nil {
			return err
		}
		if n, err = res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		// An endpoint that rested is tried at once.
		if _, err := tx.Exec(ctx, `update notify_endpoints set rest_until = 0 where id = $1`, endpoint); err != nil {
			return err
		}
		tx.AfterCommit(s.wake.Notify)
		return s.audit(ctx, tx, by)
	})
	return int(n), err
}

// Dead counts the dead letters of an owner's endpoints, of all if it is "".
func (s *Service) Dead(ctx context.Context, owner string) (int, error) {
	var n int
	err := s.db.Read().QueryRowContext(ctx, `select count(*) from notify_deliveries d join notify_endpoints e on e.id = d.endpoint
		where d.state = 2 and (e.owner = $1 or $1 = '')`, owner).Scan(&n)
	return n, store.Wrap("count dead letters", err)
}

// What is kept of what is over.
const (
	keptDays       = 30
	keptDeliveries = 10_000 // an endpoint
	keptNotices    = 90     // days
	pruneAtOnce    = 5_000
)

// Prune clears away deliveries and letters that are over and old, beyond those
// that the log keeps, and old notices.
func (s *Service) Prune(ctx context.Context) error {
	now := s.c.Clock.Now()
	old := clock.Micros(now.AddDate(0, 0, -keptDays))
	endpoints, err := s.Endpoints(ctx, "")
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, e := range endpoints {
			which := `select id from notify_deliveries where endpoint = $1 and state <> 0 and (made < $2 or id <= coalesce((
				select id from notify_deliveries where endpoint = $1 order by id desc limit 1 offset $3), 0)) order by id limit $4`
			args := []any{e.ID, old, int64(keptDeliveries), int64(pruneAtOnce)}
			for _, q := range []string{`delete from notify_attempts where delivery in (` + which + `)`, `delete from notify_deliveries where id in (` + which + `)`} {
				if _, err := tx.Exec(ctx, q, args...); err != nil {
					return err
				}
			}
		}
		for _, q := range []struct {
			text string
			arg  int64
		}{{`delete from notify_events where at < $1 and not exists (select 1 from notify_deliveries d where d.event = notify_events.id)`, old},
			{`delete from notify_mails where state <> 0 and made < $1`, old},
			{`delete from notify_seen where notice in (select id from notify_notices where at < $1)`, clock.Micros(now.AddDate(0, 0, -keptNotices))},
			{`delete from notify_notices where at < $1`, clock.Micros(now.AddDate(0, 0, -keptNotices))}} {
			if _, err := tx.Exec(ctx, q.text, q.arg); err != nil {
				return err
			}
		}
		return nil
	})
}
