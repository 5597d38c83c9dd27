// Package announce tells enterprises what the core has decided (决定通知): it
// follows the stream of decisions and makes events of them, for webhooks and the
// bell of package notify: a new receipt to who sent the document, a change of a
// parcel's state to those who have a part in it.
//
// Invariants: an event stands for one decision and always has the same id, so
// that a decision that is read twice is told once; events hold numbers, states
// and reasons, no personal data; who has a part is asked of the search index, so
// the stream is read no further than the index has come.
package announce

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/follow"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
)

// Migrations are the tables that the follower needs.
func Migrations() []store.Migration {
	return append(notify.Migrations(), feed.Cursors(store.Services))
}

// Index knows who has a part in a parcel; *lookup.Index does.
type Index interface {
	Find(ctx context.Context, number string) ([]lookup.Parcel, error)
	Position(ctx context.Context) (uint64, error)
}

// Config is what the follower works with.
type Config struct {
	DB     *store.DB // services
	Core   follow.Decisions
	Index  Index
	Notify *notify.Service
	Clock  clock.Clock
	Log    *slog.Logger // nil: slog.Default
}

// Announcer makes events of decisions. It belongs to one goroutine.
type Announcer struct {
	c    Config
	feed *follow.Consumer
}

// New makes the follower on a store in which Migrations have run.
func New(c Config) *Announcer {
	a := &Announcer{c: c}
	a.feed = follow.New(follow.Config{Name: "announce", Source: indexed{c}, DB: c.DB, Clock: c.Clock, Log: c.Log, Batch: 256, Apply: a.apply})
	return a
}

// Follow makes events until ctx ends, which is no error.
func (a *Announcer) Follow(ctx context.Context, core follow.Core) error { return a.feed.Run(ctx, core) }

// CatchUp makes the events of all decisions that are durable and indexed.
func (a *Announcer) CatchUp(ctx context.Context) error { return a.feed.CatchUp(ctx) }

// errRebuilt: the index is being built anew. What was announced already stays
// announced; the follower goes on when the index has come there again.
var errRebuilt = errors.New("announce: the search index is behind what was announced: it is being built anew (搜索索引正在重建)")

// indexed is the stream as far as the search index has come.
type indexed struct{ c Config }

// Decisions implements follow.Decisions.
func (s indexed) Decisions(ctx context.Context, after uint64, most int) ([]*clearance.Decision, error) {
	at, err := s.c.Index.Position(ctx)
	switch {
	case err != nil:
		return nil, err
	case at < after:
		return nil, fmt.Errorf("%w: index at %d, announced up to %d", errRebuilt, at, after)
	case at == after:
		return nil, nil
	}
	list, err := s.c.Core.Decisions(ctx, after, most)
	for i, d := range list {
		if d.Seq > at {
			return list[:i], err
		}
	}
	return list, err
}

// Receipt is the data of receipt.created.
type Receipt struct {
	Cursor   string   `json:"cursor"` // its place among the receipts: GET /v1/receipts
	Decision uint64   `json:"decision"`
	Message  string   `json:"message"` // such as CEB622Message
	To       string   `json:"to"`
	Number   string   `json:"number"` // order number of a list, else the document's own
	Parcel   uint64   `json:"parcel,omitempty"`
	Status   int      `json:"status"`
	Reasons  []Reason `json:"reasons"`
}

// Move is the data of the events of parcels.
type Move struct {
	Parcel   uint64   `json:"parcel"`
	OrderNo  string   `json:"order_no"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Status   int      `json:"status"`
	Decision uint64   `json:"decision"`
	Reasons  []Reason `json:"reasons"`
}

// Reason is why, in both languages.
type Reason struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

func reasons(list []clearance.Reason) []Reason {
	out := make([]Reason, len(list))
	for i, r := range list {
		out[i] = Reason{r.Code, r.Chinese(), r.English()}
	}
	return out
}

// apply makes the events of some decisions.
func (a *Announcer) apply(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision) error {
	wanted, err := a.c.Notify.Wanted(ctx)
	if err != nil {
		return err
	}
	var events []notify.Event
	for _, d := range decisions {
		if wanted(notify.ReceiptCreated, "") {
			events = append(events, receipts(d, wanted)...)
		}
		moves, err := a.moves(ctx, d, wanted)
		if err != nil {
			return err
		}
		events = append(events, moves...)
	}
	return a.c.Notify.Publish(ctx, tx, events...)
}

// receipts are the events of a decision's receipts that somebody gets.
func receipts(d *clearance.Decision, wanted func(kind, code string) bool) []notify.Event {
	var out []notify.Event
	index := 0 // as clearance.ReceiptNode has it
	for i := range d.Receipts {
		r := &d.Receipts[i]
		for _, g := range r.Rungs {
			at := index
			index++
			if r.To == "" || !wanted(notify.ReceiptCreated, r.To) {
				continue
			}
			out = append(out, notify.Event{ID: fmt.Sprintf("receipt_%d_%d", d.Seq, at), Type: notify.ReceiptCreated, At: clock.FromMicros(d.At), Key: key(d), Parties: []string{r.To},
				Data: Receipt{Cursor: lookup.Cursor{Seq: d.Seq, Index: at}.String(), Decision: d.Seq, Message: r.Kind.String(), To: r.To, Number: d.Subject, Parcel: d.Number,
					Status: int(g.Status), Reasons: reasons(g.Reasons)}})
		}
	}
	return out
}

func key(d *clearance.Decision) string {
	if d.Number == 0 {
		return ""
	}
	return "parcel:" + strconv.FormatUint(d.Number, 10)
}

// kindsOf are the events of a change of state.
func kindsOf(to clearance.State) []string {
	switch to {
	case clearance.Review, clearance.Inspect, clearance.Detained:
		return []string{notify.ParcelMoved, notify.ParcelHeld}
	case clearance.Refused, clearance.Expired:
		return []string{notify.ParcelMoved, notify.ParcelRefused}
	}
	return []string{notify.ParcelMoved}
}

// moves are the events of a parcel whose state changed.
func (a *Announcer) moves(ctx context.Context, d *clearance.Decision, wanted func(kind, code string) bool) ([]notify.Event, error) {
	if d.Number == 0 || d.From == d.To {
		return nil, nil
	}
	bell := bellOf(d)
	kinds := kindsOf(d.To)
	if bell == nil && !wanted(kinds[0], "") && !wanted(kinds[len(kinds)-1], "") {
		return nil, nil
	}
	parties, err := a.parties(ctx, d)
	if err != nil || len(parties) == 0 {
		return nil, err
	}
	var out []notify.Event
	for i, kind := range kinds {
		e := notify.Event{ID: fmt.Sprintf("%s_%d", kind, d.Seq), Type: kind, At: clock.FromMicros(d.At), Key: key(d), Parties: parties,
			Data: Move{Parcel: d.Number, OrderNo: d.Subject, From: d.From.String(), To: d.To.String(), Status: int(d.Status), Decision: d.Seq, Reasons: reasons(d.Reasons)}}
		if i == len(kinds)-1 {
			e.Bell = bell
		}
		out = append(out, e)
	}
	return out, nil
}

// parties are the enterprises that have a part in a decision's parcel.
func (a *Announcer) parties(ctx context.Context, d *clearance.Decision) ([]string, error) {
	if l := d.List; l != nil {
		return each(l.Merchant, l.Platform, l.Agent, l.Carrier, l.Guarantor), nil
	}
	list, err := a.c.Index.Find(ctx, strconv.FormatUint(d.Number, 10))
	if err != nil {
		return nil, err
	}
	for i := range list {
		if p := &list[i]; p.Number == d.Number {
			return each(p.Merchant, p.Platform, p.Agent, p.Carrier, p.Guarantor), nil
		}
	}
	return nil, nil
}

// each is the codes that are there, each once.
func each(codes ...string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, c := range codes {
		if !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}

// bellOf is what a change of state puts to the bell of the parties: what holds
// or ends a parcel. All of a day are one line.
func bellOf(d *clearance.Decision) *notify.Bell {
	var words notify.Words
	switch d.To {
	case clearance.Review:
		words = notify.Words{ZH: "包裹转入人工审核", EN: "Parcels are held for review"}
	case clearance.Inspect:
		words = notify.Words{ZH: "包裹转入查验", EN: "Parcels are held for inspection"}
	case clearance.Detained:
		words = notify.Words{ZH: "包裹被扣留", EN: "Parcels are detained"}
	case clearance.Refused, clearance.Expired:
		words = notify.Words{ZH: "包裹被退单", EN: "Parcels were refused"}
	default:
		return nil
	}
	day := clock.DayOf(time.UnixMicro(d.At)).String()
	return &notify.Bell{Words: words, Fold: "parcel." + d.To.String() + "." + day, Link: "/parcels?state=" + d.To.String()}
}
