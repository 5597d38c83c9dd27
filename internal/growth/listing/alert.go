package listing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

// Alert is the data of directory.alert.
type Alert struct {
	Directory string `json:"directory"`
	ID        string `json:"id"`
	Revision  uint64 `json:"revision"`
	Title     string `json:"title"`
	Country   string `json:"country"`
	Goods     string `json:"goods,omitempty"`
	Change    string `json:"change"` // publish or put
}

// Follower tells those whom published entries with a market concern. Run it
// beside the zone.
func (s *Service) Follower() *feed.Consumer {
	stream := s.c.Directories.Facts()
	return &feed.Consumer{Name: "market alerts", Stream: stream.Name(), Source: stream, DB: s.c.DB, Clock: s.c.Clock, Wake: &stream.Signal, Log: s.c.Log, Apply: s.alert}
}

// alerting are the acts that bring something new to those who sell.
var alerting = map[directory.Act]bool{directory.Publish: true, directory.Put: true, directory.Enter: true, directory.Ship: true}

func (s *Service) alert(ctx context.Context, tx *store.Tx, events []feed.Event) error {
	for _, ev := range events {
		var f directory.Fact
		if err := json.Unmarshal(ev.Body, &f); err != nil {
			return fmt.Errorf("listing: fact %d of directories: %w", ev.Seq, err)
		}
		d := s.c.Directories.Define(f.Directory)
		if d == nil || d.Market == nil || !alerting[f.Act] || f.State != directory.Published {
			continue
		}
		e, err := s.c.Directories.Record(ctx, f.Directory, f.ID)
		if errors.Is(err, directory.ErrNotFound) || err == nil && e.Revision != f.Revision {
			continue // a newer revision has its own fact
		}
		if err != nil {
			return err
		}
		event, err := s.event(ctx, d, e, ev)
		if err != nil {
			return err
		}
		if event == nil {
			continue
		}
		event.Data = Alert{Directory: d.ID, ID: e.ID, Revision: e.Revision, Title: e.Name, Country: e.Text(d.Market.Country), Goods: e.Text(d.Market.Goods), Change: string(f.Act)}
		if err := s.c.Notify.Publish(ctx, tx, *event); err != nil {
			return err
		}
	}
	return nil
}

// event is the alert of one fact; nil if nobody sold there.
func (s *Service) event(ctx context.Context, d *directory.Definition, e *directory.Entry, ev feed.Event) (*notify.Event, error) {
	filter, ok := market(d, e, clock.DayOf(ev.At))
	if !ok {
		return nil, nil
	}
	counts, err := s.c.Index.Tally(ctx, filter, lookup.ByMerchant)
	if err != nil || len(counts[lookup.ByMerchant]) == 0 {
		return nil, err
	}
	country := d.Form.Field(d.Market.Country).Text(e.Fields[d.Market.Country])
	out := &notify.Event{ID: fmt.Sprintf("directory-%d", ev.Seq), Type: notify.DirectoryAlert, At: ev.At, Key: fmt.Sprintf("directory:%d", e.Serial),
		Bell: &notify.Bell{Words: notify.Words{ZH: "您销往" + country.ZH + "的商品有新的标准或准入措施：" + e.Name, EN: "A standard or measure for what you sell to " + country.EN + ": " + e.Name},
			Link: "/directories/" + d.ID + "/" + e.ID, Fold: fmt.Sprintf("measure %d", e.Serial)}}
	for _, m := range counts[lookup.ByMerchant] {
		out.Parties = append(out.Parties, m.Value)
	}
	return out, nil
}

// Concern is an entry that concerns what a merchant sells.
type Concern struct {
	Entry   directory.Entry
	Parcels int64
	Exact   bool          // Parcels is exact
	Behind  lookup.Filter // chooses those parcels
}

// maxConcerns bounds how many entries are held against a merchant's trade at
// once.
const maxConcerns = 500

// Concerns are the entries in force of a directory with a market that concern
// what a merchant (any of its codes) sold within the year that ends today.
func (s *Service) Concerns(ctx context.Context, id string, codes ...string) ([]Concern, error) {
	d := s.c.Directories.Define(id)
	if d == nil || d.Market == nil || len(codes) == 0 {
		return nil, nil
	}
	today := clock.DayOf(s.c.Clock.Now())
	sold := lookup.Filter{}
	var out []Concern
	list, err := s.c.Directories.Records(ctx, id, "", today)
	if err != nil {
		return nil, err
	}
	countries := map[string]bool{}
	if len(list) > 0 {
		sold, _ = market(d, &list[0], today)
		sold.Countries, sold.Goods, sold.Merchants = nil, nil, codes
		counts, err := s.c.Index.Tally(ctx, sold, lookup.ByCountry)
		if err != nil {
			return nil, err
		}
		for _, c := range counts[lookup.ByCountry] {
			countries[c.Value] = true
		}
	}
	for i := range list {
		f, ok := market(d, &list[i], today)
		if !ok || !countries[f.Countries[0]] || len(out) >= maxConcerns {
			continue
		}
		f.Merchants = codes
		n, err := s.c.Index.Count(ctx, f)
		if err != nil {
			return nil, err
		}
		if n.N > 0 {
			out = append(out, Concern{Entry: list[i], Parcels: n.N, Exact: n.Exact, Behind: f})
		}
	}
	return out, nil
}
