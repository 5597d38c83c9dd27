package notify

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Words is a text in both languages.
type Words struct{ ZH, EN string }

// Type is a kind of event that a webhook can ask for (事件类型).
type Type struct {
	Name string
	Words
}

// The kinds of events.
const (
	ReceiptCreated = "receipt.created"
	ParcelMoved    = "parcel.state_changed"
	ParcelHeld     = "parcel.held"
	ParcelRefused  = "parcel.refused"
	TaxBillChanged = "taxbill.changed"
	MatterChanged  = "matter.changed"
	FilingChanged  = "filing.changed"
	// DirectoryChanged tells owners of entries, DirectoryAlert those whom an entry
	// concerns: who sells where a measure applies.
	DirectoryChanged = "directory.changed"
	DirectoryAlert   = "directory.alert"
	WebhookTest      = "webhook.test"
)

// Types lists the kinds of events with their meaning.
func Types() []Type {
	return []Type{
		{ReceiptCreated, Words{"回执：一份单证得到一条新回执", "a document has a new receipt"}},
		{ParcelMoved, Words{"包裹状态变化", "a parcel's state has changed"}},
		{ParcelHeld, Words{"包裹转入人工审核、查验或扣留", "a parcel is held for review, inspection or detention"}},
		{ParcelRefused, Words{"包裹退单", "a parcel was refused"}},
		{TaxBillChanged, Words{"电子税单生成、汇总或作废", "a tax bill was made, summed up or made void"}},
		{MatterChanged, Words{"办件进展", "a matter has moved on"}},
		{FilingChanged, Words{"企业备案变化", "an enterprise's filing has changed"}},
		{DirectoryAlert, Words{"名录提醒：目的地有新的标准或准入措施", "a standard or market measure concerns what the enterprise sells"}},
		{WebhookTest, Words{"测试推送", "a delivery to try the endpoint"}},
	}
}

// Event is something that happened. Its data hold no personal data.
type Event struct {
	ID      string // the same fact always has the same
	Type    string
	At      time.Time
	Key     string   // events with the same reach an endpoint in order, such as "parcel:12"; "": no order
	Parties []string // enterprises that have a part
	Data    any      // becomes JSON
	Bell    *Bell    // what stands at the bell of the parties; nil: nothing
}

// envelope is the body of a webhook, as the convention lays it down.
type envelope struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data"`
}

func (e *Event) body() ([]byte, error) {
	return json.Marshal(envelope{e.Type, e.At.UTC().Format(time.RFC3339Nano), e.Data})
}

// index knows which endpoints get the events of an enterprise.
type index struct {
	byCode map[string][]*target
	all    []*target
}

type target struct {
	id, owner string
	types     []string
	codes     []string
}

func (t *target) takes(kind string) bool { return len(t.types) == 0 || slices.Contains(t.types, kind) }

// Wanted tells whether any endpoint gets events of a kind of an enterprise, or,
// of the enterprise "", of anybody: publishers need not make events that nobody
// gets.
func (s *Service) Wanted(ctx context.Context) (func(kind, code string) bool, error) {
	x, err := s.targets(ctx)
	if err != nil {
		return nil, err
	}
	return func(kind, code string) bool {
		takes := func(t *target) bool { return t.takes(kind) }
		if code == "" {
			return slices.ContainsFunc(x.all, takes)
		}
		return slices.ContainsFunc(x.byCode[code], takes) || slices.ContainsFunc(x.byCode[everybody], takes)
	}, nil
}

// targets reads the endpoints, once until one of them changes.
func (s *Service) targets(ctx context.Context) (*index, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index != nil {
		return s.index, nil
	}
	rows, err := s.db.Read().QueryContext(ctx, `select e.id, e.owner, e.types, c.code from notify_endpoints e
		join notify_endpoint_codes c on c.endpoint = e.id where e.active = true order by e.id, c.code`)
	if err != nil {
		return nil, store.Wrap("read endpoints", err)
	}
	defer rows.Close()
	x, last := &index{byCode: map[string][]*target{}}, &target{}
	for rows.Next() {
		var id, owner, types, code string
		if err := rows.Scan(&id, &owner, &types, &code); err != nil {
			return nil, store.Wrap("read endpoints", err)
		}
		if id != last.id {
			last = &target{id: id, owner: owner, types: strings.Fields(types)}
			x.all = append(x.all, last)
		}
		last.codes = append(last.codes, code)
		x.byCode[code] = append(x.byCode[code], last)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Wrap("read endpoints", err)
	}
	s.index = x
	return x, nil
}

// changed has the endpoints read anew.
func (s *Service) changed() {
	s.mu.Lock()
	s.index = nil
	s.mu.Unlock()
	s.wake.Notify()
}

// sight remembers, for one transaction, what owners may see.
type sight map[string]func(code string) bool

func (s *Service) may(ctx context.Context, seen sight, owner, code string) (bool, error) {
	if s.c.Parties == nil {
		return true, nil
	}
	f, ok := seen[owner]
	if !ok {
		codes, known, err := s.c.Parties(ctx, owner)
		if err != nil {
			return false, err
		}
		f = func(c string) bool { return !known || slices.Contains(codes, c) }
		seen[owner] = f
	}
	return f(code), nil
}

// delivery is one event on its way to one endpoint.
type delivery struct {
	event    *Event
	endpoint string
	party    string
}

// Publish queues events for the endpoints of their parties and puts them to the
// bell, in the transaction of what they tell. The same event twice is one.
func (s *Service) Publish(ctx context.Context, tx *store.Tx, events ...Event) error {
	x, err := s.targets(ctx)
	if err != nil {
		return err
	}
	var out []delivery
	seen := sight{}
	for i := range events {
		e := &events[i]
		done := map[string]bool{}
		for _, code := range e.Parties {
			for _, t := range slices.Concat(x.byCode[code], x.byCode[everybody]) {
				if code == "" || done[t.id] || !t.takes(e.Type) {
					continue
				}
				if !slices.Contains(t.codes, everybody) {
					if ok, err := s.may(ctx, seen, t.owner, code); err != nil {
						return err
					} else if !ok {
						continue
					}
				}
				done[t.id] = true
				out = append(out, delivery{e, t.id, code})
			}
		}
	}
	if err := s.queue(ctx, tx, out); err != nil {
		return err
	}
	return s.ring(ctx, tx, events)
}

// queue writes deliveries.
func (s *Service) queue(ctx context.Context, tx *store.Tx, list []delivery) error {
	if len(list) == 0 {
		return nil
	}
	id, err := numbers(ctx, tx, "deliveries", len(list))
	if err != nil {
		return err
	}
	now, written := s.now(), map[string]bool{}
	for i, d := range list {
		if !written[d.event.ID] {
			written[d.event.ID] = true
			body, err := d.event.body()
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `insert into notify_events (id, type, at, body) values ($1, $2, $3, $4) on conflict (id) do nothing`,
				d.event.ID, d.event.Type, clock.Micros(d.event.At), body); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `insert into notify_deliveries (id, endpoint, event, party, ordering, state, attempts, due, made, done, status, error)
			values ($1, $2, $3, $4, $5, 0, 0, $6, $6, 0, 0, '') on conflict (endpoint, event) do nothing`,
			id+int64(i), d.endpoint, d.event.ID, d.party, d.event.Key, now); err != nil {
			return err
		}
	}
	tx.AfterCommit(s.wake.Notify)
	return nil
}
