package announce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

// Bills finds tax bills; *taxbill.Service does.
type Bills interface {
	Bill(ctx context.Context, taxNo string) (*taxbill.Bill, []taxbill.Step, error)
}

// Streams are the facts of other services that enterprises are told of.
type Streams struct {
	Filings  *feed.Stream // of the registry
	TaxBills *feed.Stream // of package taxbill
	Matters  *feed.Stream // of package matter
	Bills    Bills
	DB       *store.DB // services
	Notify   *notify.Service
	Clock    clock.Clock
	Log      *slog.Logger // nil: slog.Default
}

// Consumers follow the streams: one each, to be run beside each other.
func (s *Streams) Consumers() []*feed.Consumer {
	var out []*feed.Consumer
	for _, v := range []struct {
		stream *feed.Stream
		event  func(ctx context.Context, e *feed.Event) (*notify.Event, error)
	}{{s.Filings, s.filing}, {s.TaxBills, s.taxBill}, {s.Matters, s.matter}} {
		out = append(out, &feed.Consumer{Name: "announce", Stream: v.stream.Name(), Source: v.stream, DB: s.DB, Clock: s.Clock, Wake: &v.stream.Signal, Log: s.Log,
			Apply: func(ctx context.Context, tx *store.Tx, facts []feed.Event) error {
				var events []notify.Event
				for i := range facts {
					e, err := v.event(ctx, &facts[i])
					if err != nil {
						return err
					}
					if e != nil {
						e.ID, e.At = fmt.Sprintf("%s_%d", v.stream.Name(), facts[i].Seq), facts[i].At
						events = append(events, *e)
					}
				}
				return s.Notify.Publish(ctx, tx, events...)
			}})
	}
	return out
}

// Filing is the data of filing.changed.
type Filing struct {
	ID          string   `json:"id"`
	CustomsCode string   `json:"customs_code,omitempty"`
	USCC        string   `json:"uscc,omitempty"`
	Kinds       []string `json:"kinds"`
	State       string   `json:"state"` // on the day of the change
	Revision    uint64   `json:"revision"`
}

func (s *Streams) filing(_ context.Context, e *feed.Event) (*notify.Event, error) {
	f, err := registry.DecodeFiling(e.Body)
	if err != nil {
		return nil, err
	}
	return &notify.Event{Type: notify.FilingChanged, Key: "filing:" + f.ID, Parties: each(f.CustomsCode, f.USCC),
		Data: Filing{f.ID, f.CustomsCode, f.USCC, f.Kinds.Names(), f.State(clock.DayOf(e.At)).String(), f.Revision}}, nil
}

func (s *Streams) taxBill(ctx context.Context, e *feed.Event) (*notify.Event, error) {
	var f taxbill.Fact
	if err := json.Unmarshal(e.Body, &f); err != nil {
		return nil, err
	}
	b, _, err := s.Bills.Bill(ctx, f.TaxNo)
	if errors.Is(err, taxbill.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &notify.Event{Type: notify.TaxBillChanged, Key: "parcel:" + fmt.Sprint(f.Parcel), Parties: each(b.Guarantor, b.Merchant, b.Agent), Data: f}, nil
}

// Matter is the data of matter.changed.
type Matter struct {
	Number     string `json:"number"`
	Definition string `json:"definition"`
	Act        string `json:"act"`
	State      string `json:"state"`
	StateZH    string `json:"state_zh"`
	Step       string `json:"step,omitempty"`
	Due        string `json:"due,omitempty"` // last day of the office's step
}

// offices are the acts of an office that an applicant is told of.
var offices = map[matter.Act]bool{matter.Accept: true, matter.Approve: true, matter.Refuse: true, matter.Return: true, matter.Comment: true}

func (s *Streams) matter(_ context.Context, e *feed.Event) (*notify.Event, error) {
	var f matter.Fact
	if err := json.Unmarshal(e.Body, &f); err != nil {
		return nil, err
	}
	if f.Act != matter.Submit && f.Act != matter.Withdraw && !offices[f.Act] {
		return nil, nil
	}
	v := &notify.Event{Type: notify.MatterChanged, Key: "matter:" + f.Number, Owner: f.Org, Person: f.Owner,
		Data: Matter{f.Number, f.Definition, string(f.Act), string(f.State), f.State.ZH(), f.Step, dayOf(f.Due)}}
	if offices[f.Act] && f.Actor != f.Owner {
		v.Bell = &notify.Bell{Words: notify.Words{ZH: "办件 " + f.Number + "：" + f.State.ZH(), EN: "Matter " + f.Number + ": " + f.State.EN()}, Link: "/matters/" + f.Number, Fold: "matter:" + f.Number}
	}
	return v, nil
}

func dayOf(d clock.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
