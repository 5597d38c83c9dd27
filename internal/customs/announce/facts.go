package announce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

// TaxBills follows the stream of tax bills and tells guarantor, merchant and
// declarant what became of theirs.
func TaxBills(c Config, bills *taxbill.Service) *feed.Consumer {
	stream := bills.Facts()
	return &feed.Consumer{Name: "announce", Stream: stream.Name(), Source: stream, DB: c.DB, Clock: c.Clock, Wake: &stream.Signal, Log: c.Log,
		Apply: func(ctx context.Context, tx *store.Tx, facts []feed.Event) error {
			var events []notify.Event
			for i := range facts {
				e, err := billEvent(ctx, bills, &facts[i])
				if err != nil {
					return err
				}
				if e != nil {
					events = append(events, *e)
				}
			}
			return c.Notify.Publish(ctx, tx, events...)
		}}
}

// billEvent is the event of one fact; nil when its bill is gone.
func billEvent(ctx context.Context, bills *taxbill.Service, e *feed.Event) (*notify.Event, error) {
	var f taxbill.Fact
	if err := json.Unmarshal(e.Body, &f); err != nil {
		return nil, err
	}
	b, _, err := bills.Bill(ctx, f.TaxNo)
	if errors.Is(err, taxbill.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &notify.Event{ID: fmt.Sprintf("taxbill_%d", e.Seq), Type: notify.TaxBillChanged, At: e.At, Key: fmt.Sprintf("parcel:%d", f.Parcel), Parties: each(b.Guarantor, b.Merchant, b.Agent), Data: f}, nil
}
