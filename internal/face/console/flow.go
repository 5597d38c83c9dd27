package console

import (
	"context"
	"errors"
	"maps"
	"sync"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Flow counts the flow of one Beijing day (当日流量) from the stream of decisions:
// the newest day that has any. It is safe for concurrent use.
type Flow struct {
	mu   sync.Mutex
	day  clock.Day
	now  Day
	open map[uint64]waiting // parcels declared and not concluded, by number
	// first is the first parcel of the day: older ones are not in its states.
	first uint64
}

// Day is what a day's decisions add up to.
type Day struct {
	Day       clock.Day
	Documents map[ceb.Kind]int
	Total     int // documents
	Refused   int // documents
	Repeated  int // documents
	Parcels   map[clearance.State]int
	Rejected  map[string]int // by code: lists refused and documents refused
	Held      map[string]int // by code
	Missing   map[string]int // lists that came before their documents, by the documents
	Imports   Times          // from declaration to release
	Exports   Times
	Released  int
	Dutiable  money.Fen // of released imports; later withdrawals stay in
	Duty      money.Fen
	CT, VAT   money.Fen
	Latest    []Event // newest first
	Decision  uint64  // newest
}

// Count adds the parcels in some states.
func (d *Day) Count(states ...clearance.State) (n int) {
	for _, s := range states {
		n += d.Parcels[s]
	}
	return n
}

// Tax is the whole tax.
func (d *Day) Tax() money.Fen { return d.Duty + d.CT + d.VAT }

// Event is a decision about a parcel.
type Event struct {
	Seq, Number uint64
	At          int64
	OrderNo     string
	Kind        ceb.Kind
	To          clearance.State
	Reasons     []clearance.Reason
}

// waiting is a parcel on its way.
type waiting struct {
	since  int64
	export bool
	tax    *clearance.Assessment
}

// latest is how many events the start page shows.
const latest = 12

// NewFlow counts from nothing.
func NewFlow() *Flow { return &Flow{open: make(map[uint64]waiting), now: newDay(0)} }

func newDay(day clock.Day) Day {
	return Day{Day: day, Documents: map[ceb.Kind]int{}, Parcels: map[clearance.State]int{}, Rejected: map[string]int{}, Held: map[string]int{}, Missing: map[string]int{}}
}

// Day copies the figures as they stand.
func (f *Flow) Day() Day {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.now
	d.Documents, d.Parcels, d.Rejected = maps.Clone(d.Documents), maps.Clone(d.Parcels), maps.Clone(d.Rejected)
	d.Held, d.Missing, d.Latest = maps.Clone(d.Held), maps.Clone(d.Missing), append([]Event(nil), d.Latest...)
	return d
}

// Add counts decisions, in their order.
func (f *Flow) Add(ds ...*clearance.Decision) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range ds {
		if day := clock.DayOf(clock.FromMicros(d.At)); day > f.day {
			f.day, f.now, f.first = day, newDay(day), 0
		}
		f.now.Decision = d.Seq
		f.document(d)
		if d.Number != 0 && d.From != d.To {
			f.parcel(d)
		}
	}
}

// document counts what was answered about a document.
func (f *Flow) document(d *clearance.Decision) {
	switch d.What {
	case clearance.DocRefused:
		f.now.Refused++
		once(f.now.Rejected, d.Reasons)
	case clearance.DocRepeated:
		f.now.Repeated++
	case clearance.DocStored, clearance.DocDeleted:
	case clearance.Moved:
		if d.Kind != 623 && d.Kind != 605 {
			return // an event, no document
		}
	default:
		return
	}
	f.now.Total++
	f.now.Documents[d.Kind]++
}

// parcel follows a parcel from state to state.
func (f *Flow) parcel(d *clearance.Decision) {
	export := d.Kind == 603
	if d.What == clearance.DocStored {
		if d.From == clearance.None && f.first == 0 {
			f.first = d.Number
		}
		f.open[d.Number] = waiting{since: d.At, export: export}
		for _, r := range d.Reasons {
			if r.Code == "PZ1501" && len(r.Args) > 0 {
				f.now.Missing[r.Args[0]]++
			}
		}
	}
	if f.first != 0 && d.Number >= f.first {
		if d.From != clearance.None {
			f.now.Parcels[d.From]--
		}
		f.now.Parcels[d.To]++
	}
	f.conclude(d)
	if d.What != clearance.DocStored {
		f.remember(d)
	}
}

// conclude counts why a parcel was stopped, or what its release brings.
func (f *Flow) conclude(d *clearance.Decision) {
	w := f.open[d.Number]
	if d.What == clearance.Decided {
		w.tax = d.Tax
	}
	switch d.To {
	case clearance.Waiting:
		return
	case clearance.Concluded, clearance.Review, clearance.Inspect, clearance.Detained:
		if d.What == clearance.Decided && d.To != clearance.Concluded {
			once(f.now.Held, Stopped(d))
		}
		f.open[d.Number] = w
		return
	case clearance.Refused, clearance.Expired:
		once(f.now.Rejected, Stopped(d))
	case clearance.Released:
		f.release(d, w)
	case clearance.Closed:
		if d.From != clearance.Released {
			f.release(d, w)
		}
	}
	delete(f.open, d.Number)
}

func (f *Flow) release(d *clearance.Decision, w waiting) {
	f.now.Released++
	times := &f.now.Imports
	if w.export {
		times = &f.now.Exports
	}
	if w.since != 0 {
		times.add((d.At - w.since) / 1_000_000)
	}
	if w.tax != nil {
		duty, ct, vat := w.tax.Totals()
		f.now.Dutiable += w.tax.Dutiable
		f.now.Duty, f.now.CT, f.now.VAT = f.now.Duty+duty, f.now.CT+ct, f.now.VAT+vat
	}
}

func (f *Flow) remember(d *clearance.Decision) {
	e := Event{Seq: d.Seq, Number: d.Number, At: d.At, OrderNo: d.Subject, Kind: d.Kind, To: d.To, Reasons: Stopped(d)}
	f.now.Latest = append([]Event{e}, f.now.Latest[:min(len(f.now.Latest), latest-1)]...)
}

// once counts every code of a decision once.
func once(m map[string]int, reasons []clearance.Reason) {
	seen := make(map[string]bool, len(reasons))
	for _, r := range reasons {
		if !seen[r.Code] {
			seen[r.Code] = true
			m[r.Code]++
		}
	}
}

// Stopped are the reasons of a decision's newest status, without the notes that
// it bears besides.
func Stopped(d *clearance.Decision) []clearance.Reason {
	if n := len(d.Receipts); n > 0 && d.What == clearance.Decided {
		if rungs := d.Receipts[n-1].Rungs; len(rungs) > 0 {
			return rungs[len(rungs)-1].Reasons
		}
	}
	return d.Reasons
}

// Decisions is the stream of decisions as the flow reads it; *intake.Reader is one.
type Decisions interface {
	Decision(ctx context.Context, seq uint64) (*clearance.Decision, error)
	Each(ctx context.Context, from uint64, f func(*clearance.Decision) error) error
}

// Core tells of new decisions; *intake.Service is one.
type Core interface {
	Durable() uint64
	Wait(ctx context.Context, seq uint64) error
}

// Follow counts the decisions of the day so far and then those that come, until
// ctx ends or the core closes.
func (f *Flow) Follow(ctx context.Context, core Core, stream Decisions) error {
	next, err := dayBegins(ctx, core.Durable(), stream)
	for err == nil {
		err = stream.Each(ctx, next, func(d *clearance.Decision) error {
			f.Add(d)
			next = d.Seq + 1
			return ctx.Err()
		})
		if err == nil {
			if core.Wait(ctx, next-1) != nil {
				return nil // closing
			}
		}
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// dayBegins finds the first decision of the Beijing day of the last one: times
// rise with the numbers.
func dayBegins(ctx context.Context, last uint64, stream Decisions) (uint64, error) {
	if last == 0 {
		return 1, nil
	}
	dayOf := func(seq uint64) (clock.Day, error) {
		d, err := stream.Decision(ctx, seq)
		if err != nil {
			return 0, err
		}
		return clock.DayOf(clock.FromMicros(d.At)), nil
	}
	today, err := dayOf(last)
	low, high := uint64(1), last // the first decision of today is in [low, high]
	for err == nil && low < high {
		middle := low + (high-low)/2
		var day clock.Day
		if day, err = dayOf(middle); day < today {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, err
}
