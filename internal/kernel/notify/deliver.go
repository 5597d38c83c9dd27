package notify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// State is where a delivery or a letter stands.
type State uint8

// The states. Their numbers are stored.
const (
	Waiting   State = iota // to be sent, or to be sent again
	Delivered              // taken
	Dead                   // given up: it can be replayed
	Cancelled              // its owner may not see the enterprise any more
)

// String is the state's name in the API.
func (s State) String() string { return [...]string{"waiting", "delivered", "dead", "cancelled"}[s] }

// Chinese is the state's name for people.
func (s State) Chinese() string {
	return [...]string{"待推送", "已送达", "死信", "已取消"}[s]
}

// pauses are between the attempts; after the last one a delivery is dead, a day
// and some hours after the first attempt.
var pauses = [...]time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour}

const (
	mostRest     = 5 * time.Minute // of an endpoint that can't be reached
	mostAsked    = time.Hour       // that a receiver may ask for with Retry-After
	batch        = 50
	keptOfAnswer = 512 // bytes
)

// pause is how long to wait after a number of failures, a little more or less
// by chance, so that not all come back at once.
func (s *Service) pause(failures int) time.Duration {
	d := pauses[min(failures, len(pauses))-1]
	return d + time.Duration((s.c.Jitter()-0.5)*0.4*float64(d))
}

// start begins to serve the endpoints that have something due and are not being
// served.
func (s *Service) start(ctx context.Context) error {
	now := s.now()
	rows, err := s.db.Read().QueryContext(ctx, `select distinct d.endpoint from notify_deliveries d join notify_endpoints e on e.id = d.endpoint
		where d.state = 0 and d.due <= $1 and e.active = true and e.rest_until <= $1`, now)
	if err != nil {
		return store.Wrap("read deliveries", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return store.Wrap("read deliveries", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return store.Wrap("read deliveries", err)
	}
	for _, id := range ids {
		s.mu.Lock()
		taken := s.busy[id]
		s.busy[id] = true
		s.mu.Unlock()
		if taken {
			continue
		}
		s.work.Go(func() {
			s.slots <- struct{}{}
			defer func() { <-s.slots }()
			err := s.drain(ctx, id)
			s.mu.Lock()
			delete(s.busy, id)
			s.mu.Unlock()
			if err != nil && ctx.Err() == nil {
				s.c.Log.Warn("notify: deliveries wait", "endpoint", id, "error", err)
				return
			}
			if ctx.Err() == nil {
				s.wake.Notify() // something may have come meanwhile
			}
		})
	}
	return nil
}

// outgoing is a delivery with all that it takes to send it.
type outgoing struct {
	id       int64
	event    string
	party    string
	attempts int
	body     []byte
}

// receiver is an endpoint as deliveries need it.
type receiver struct {
	id, owner, url string
	secret, older  []byte // older: nil when its time is over
	failures       int
	zone           bool // gets the events of everybody
}

// drain sends what is due to one endpoint, one after the other, until there is
// nothing more or it can't be reached.
func (s *Service) drain(ctx context.Context, endpoint string) error {
	for ctx.Err() == nil {
		r, err := s.receiver(ctx, endpoint)
		if err != nil || r == nil {
			return err
		}
		list, err := s.due(ctx, endpoint)
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			on, err := s.send(ctx, r, &list[i])
			if err != nil || !on {
				return err
			}
		}
	}
	return nil
}

// receiver reads an endpoint; nil when it is to be left alone.
func (s *Service) receiver(ctx context.Context, id string) (*receiver, error) {
	r := &receiver{id: id}
	var secret, older []byte
	var until, rest int64
	var active bool
	err := s.db.Read().QueryRowContext(ctx, `select owner, url, secret, older, older_until, active, failures, rest_until,
		(select count(*) from notify_endpoint_codes c where c.endpoint = e.id and c.code = $1) > 0 from notify_endpoints e where id = $2`, everybody, id).
		Scan(&r.owner, &r.url, &secret, &older, &until, &active, &r.failures, &rest, &r.zone)
	if err != nil {
		return nil, store.Wrap("read endpoint", err)
	}
	if !active || rest > s.now() {
		return nil, nil
	}
	if r.secret, err = s.c.Keys.Open(nil, secret, secretOf(id)); err != nil {
		return nil, err
	}
	if len(older) > 0 && until > s.now() {
		r.older, err = s.c.Keys.Open(nil, older, secretOf(id))
	}
	return r, err
}

// due reads what may go now: of deliveries with one order the first alone.
func (s *Service) due(ctx context.Context, endpoint string) ([]outgoing, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select d.id, d.event, d.party, d.attempts, v.body from notify_deliveries d join notify_events v on v.id = d.event
		where d.endpoint = $1 and d.state = 0 and d.due <= $2 and (d.ordering = '' or not exists (
			select 1 from notify_deliveries b where b.endpoint = d.endpoint and b.ordering = d.ordering and b.state = 0 and b.id < d.id))
		order by d.id limit $3`, endpoint, s.now(), batch)
	if err != nil {
		return nil, store.Wrap("read deliveries", err)
	}
	defer rows.Close()
	var out []outgoing
	for rows.Next() {
		var d outgoing
		if err := rows.Scan(&d.id, &d.event, &d.party, &d.attempts, &d.body); err != nil {
			return nil, store.Wrap("read deliveries", err)
		}
		out = append(out, d)
	}
	return out, store.Wrap("read deliveries", rows.Err())
}

// outcome is what became of an attempt.
type outcome struct {
	status int
	error  string
	answer []byte
	after  time.Duration // that the receiver asks for
	took   time.Duration
}

func (o *outcome) ok() bool { return o.status >= 200 && o.status < 300 }

// away tells whether the receiver as a whole seems to be gone, so that the
// others need not be tried now.
func (o *outcome) away() bool { return o.status == 0 || o.status == 429 || o.status >= 500 }

// send makes one attempt and writes down what became of it. on tells whether to
// go on with the endpoint.
func (s *Service) send(ctx context.Context, r *receiver, d *outgoing) (on bool, err error) {
	if d.party != "" && !r.zone {
		if ok, err := s.may(ctx, sight{}, r.owner, d.party); err != nil {
			return false, err
		} else if !ok {
			return true, s.finish(ctx, r, d, Cancelled, &outcome{error: "not_allowed_any_more"})
		}
	}
	o := s.post(ctx, r, d)
	if ctx.Err() != nil {
		return false, nil // stopping: it goes out again
	}
	switch {
	case o.ok():
		return true, s.finish(ctx, r, d, Delivered, o)
	case o.status == http.StatusGone:
		return false, s.gone(ctx, r, d, o)
	case d.attempts >= len(pauses):
		return !o.away(), s.finish(ctx, r, d, Dead, o)
	}
	return !o.away(), s.finish(ctx, r, d, Waiting, o)
}

func (s *Service) post(ctx context.Context, r *receiver, d *outgoing) *outcome {
	began := s.c.Clock.Now()
	o := &outcome{}
	req, err := s.request(ctx, r, d, began)
	if err != nil {
		o.error = "bad_address"
		return o
	}
	resp, err := s.client.Do(req)
	o.took = s.c.Clock.Now().Sub(began)
	if err != nil {
		o.error = word(err)
		return o
	}
	defer resp.Body.Close()
	o.status = resp.StatusCode
	o.answer, _ = io.ReadAll(io.LimitReader(resp.Body, keptOfAnswer)) // what came is what is shown
	o.took = s.c.Clock.Now().Sub(began)
	switch {
	case o.ok():
	case o.status >= 300 && o.status < 400:
		o.error = "redirect"
	default:
		o.error = "status_" + strconv.Itoa(o.status)
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		o.after = min(time.Duration(seconds)*time.Second, mostAsked)
	}
	return o
}

// request signs a delivery with the newest secret and, for a while after a
// rotation, with the one before.
func (s *Service) request(ctx context.Context, r *receiver, d *outgoing, at time.Time) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(d.body))
	if err != nil {
		return nil, err
	}
	var signatures []string
	for _, secret := range [][]byte{r.secret, r.older} {
		if secret == nil {
			continue
		}
		hook, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return nil, err
		}
		signature, err := hook.Sign(d.event, at, d.body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "pilotzone-webhooks/1")
	req.Header.Set(standardwebhooks.HeaderWebhookID, d.event)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return req, nil
}

func answerOf(delivery int64, number int) []byte {
	return fmt.Appendf(nil, "notify_attempts response %d/%d", delivery, number)
}

// finish writes an attempt down and what the delivery and its endpoint are after
// it.
func (s *Service) finish(ctx context.Context, r *receiver, d *outgoing, state State, o *outcome) error {
	now := s.c.Clock.Now()
	failures := r.failures
	var rest time.Duration
	switch {
	case o.ok():
		failures = 0
	case o.away() && state != Cancelled:
		failures++
		rest = max(min(s.pause(failures), mostRest), o.after)
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.record(ctx, tx, d, state, o, now); err != nil {
			return err
		}
		if failures != r.failures || rest > 0 {
			if _, err := tx.Exec(ctx, `update notify_endpoints set failures = $1, rest_until = $2 where id = $3`, int64(failures), clock.Micros(now.Add(rest)), r.id); err != nil {
				return err
			}
		}
		if state == Dead {
			return s.tellOwner(ctx, tx, r)
		}
		return nil
	})
	if err == nil {
		r.failures = failures
	}
	return err
}

// record writes the attempt and the delivery's new state.
func (s *Service) record(ctx context.Context, tx *store.Tx, d *outgoing, state State, o *outcome, now time.Time) error {
	var last int64
	if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) from notify_attempts where delivery = $1`, d.id).Scan(&last); err != nil {
		return store.Wrap("read attempts", err)
	}
	number := int(last) + 1
	if _, err := tx.Exec(ctx, `insert into notify_attempts (delivery, number, at, took, status, error, response) values ($1, $2, $3, $4, $5, $6, $7)`,
		d.id, int64(number), clock.Micros(now), o.took.Microseconds(), int64(o.status), o.error, s.c.Keys.Seal(nil, o.answer, answerOf(d.id, number))); err != nil {
		return err
	}
	due, done := now, clock.Micros(now)
	if state == Waiting {
		due, done = now.Add(max(s.pause(d.attempts+1), o.after)), 0
	}
	_, err := tx.Exec(ctx, `update notify_deliveries set state = $1, attempts = attempts + 1, due = $2, done = $3, status = $4, error = $5 where id = $6`,
		int64(state), clock.Micros(due), done, int64(o.status), o.error, d.id)
	return err
}

// gone switches an endpoint off that says that it is no more (410).
func (s *Service) gone(ctx context.Context, r *receiver, d *outgoing, o *outcome) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.record(ctx, tx, d, Dead, o, s.c.Clock.Now()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update notify_endpoints set active = false, reason = 'gone', revision = revision + 1 where id = $1`, r.id); err != nil {
			return err
		}
		tx.AfterCommit(s.changed)
		return s.tellOwner(ctx, tx, r)
	})
}

// tellOwner puts a dead letter to the bell of the endpoint's owner.
func (s *Service) tellOwner(ctx context.Context, tx *store.Tx, r *receiver) error {
	return s.put(ctx, tx, []Notice{{Recipient: "org:" + r.owner, Fold: "webhook:" + r.id, Type: "webhook.dead", Link: "/webhooks/" + r.id,
		Words: Words{"推送未送达，已转为死信：" + host(r.url), "deliveries were given up: " + host(r.url)}, Count: 1}})
}
