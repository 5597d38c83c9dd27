package demo

import (
	"strconv"
	"sync"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/money"
)

// record is what became of the day's parcels, as the stream of decisions says.
type record struct {
	mu       sync.Mutex
	parcels  []parcel
	index    map[uint64]int    // of a parcel by its number
	invt     map[string]string // list number by the enterprise's own number copNo
	kinds    map[ceb.Kind]int  // documents taken in
	answers  map[clearance.What]int
	held     []holding // not yet looked at by an officer
	rejected map[string]int
	holds    map[string]int
	notes    map[string]int
	phones   map[uint64]*shared
	tax      taxes
	last     int64 // time of the last decision, µs UTC
}

// parcel is the outcome of one.
type parcel struct {
	number   uint64
	state    clearance.State
	told     []string // codes of refusals
	waited   string   // documents that the list waited for, in words
	refused  bool     // its list was refused as a document
	held     bool     // a person had to look at it
	assessed *clearance.Assessment
	class    string // exports: summary or statistics
}

// holding is a parcel that waits for an officer since a time.
type holding struct {
	number uint64
	index  int
	since  int64
	export bool
}

// taxes are sums over released parcels.
type taxes struct{ Dutiable, Duty, CT, VAT money.Fen }

// Total is the whole tax.
func (t *taxes) Total() money.Fen { return t.Duty + t.CT + t.VAT }

func newRecord(parcels int) *record {
	return &record{parcels: make([]parcel, parcels), index: make(map[uint64]int, parcels), invt: make(map[string]string), kinds: make(map[ceb.Kind]int),
		answers: make(map[clearance.What]int), rejected: make(map[string]int), holds: make(map[string]int), notes: make(map[string]int), phones: make(map[uint64]*shared)}
}

// committed takes decisions that became durable.
func (r *record) committed(ds []*clearance.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range ds {
		r.last = d.At
		r.document(d)
		switch {
		case d.What == clearance.DocStored && isList(d.Kind):
			r.declared(d)
		case d.What == clearance.Decided:
			r.decided(d)
		case d.What == clearance.Moved, d.What == clearance.DocDeleted && d.Number != 0:
			r.moved(d)
		}
	}
}

func isList(k ceb.Kind) bool { return k == 621 || k == 603 }

// document counts what was answered about documents.
func (r *record) document(d *clearance.Decision) {
	switch d.What {
	case clearance.DocStored, clearance.DocRefused, clearance.DocRepeated, clearance.DocDeleted:
	case clearance.Moved:
		if d.Kind != 623 && d.Kind != 605 {
			return
		}
	default:
		return
	}
	r.kinds[d.Kind]++
	r.answers[d.What]++
	if d.What == clearance.DocRefused {
		r.count(r.rejected, d.Reasons)
	}
}

// count counts each code of a decision once.
func (r *record) count(to map[string]int, reasons []clearance.Reason) {
	for i, v := range reasons {
		if !told(codes(reasons[:i]), v.Code) {
			to[v.Code]++
		}
	}
}

func codes(reasons []clearance.Reason) []string {
	out := make([]string, len(reasons))
	for i := range reasons {
		out[i] = reasons[i].Code
	}
	return out
}

func (r *record) declared(d *clearance.Decision) {
	i, ok := r.indexOf(d.Subject)
	if !ok {
		return
	}
	p := &r.parcels[i]
	r.index[d.Number] = i
	p.number, p.state = d.Number, d.To
	for _, v := range d.Reasons {
		if v.Code == "PZ1501" && len(v.Args) > 0 {
			p.waited = v.Args[0]
		}
	}
}

// indexOf reads the plan's number of a parcel out of its order number.
func (r *record) indexOf(orderNo string) (int, bool) {
	if len(orderNo) != 20 {
		return 0, false
	}
	n, err := strconv.Atoi(orderNo[10:])
	return n, err == nil && n >= 0 && n < len(r.parcels)
}

func (r *record) decided(d *clearance.Decision) {
	i, ok := r.index[d.Number]
	if !ok {
		return
	}
	p := &r.parcels[i]
	p.state, p.assessed = d.To, d.Tax
	if d.InvtNo != "" && d.List != nil {
		r.invt[d.List.CopNo] = d.InvtNo
	}
	if d.Kind == 621 && d.List != nil {
		r.share(d)
	}
	last := lastRung(d)
	switch d.To {
	case clearance.Refused:
		p.told = append(p.told, codes(last)...)
		r.count(r.rejected, last)
	case clearance.Review, clearance.Inspect:
		p.held = true
		r.count(r.holds, last)
		r.held = append(r.held, holding{number: d.Number, index: i, since: d.At, export: d.Kind == 603})
	case clearance.Released:
		r.release(p)
	}
	for _, v := range d.Reasons {
		switch v.Code {
		case "PZ1701":
			p.class = "statistics"
		case "PZ1702":
			p.class = "summary"
		}
	}
	if d.To != clearance.Refused {
		r.count(r.notes, d.Reasons)
	}
}

// lastRung are the reasons of the list's newest status, without the notes that
// a decision bears besides.
func lastRung(d *clearance.Decision) []clearance.Reason {
	if n := len(d.Receipts); n > 0 {
		if rungs := d.Receipts[n-1].Rungs; len(rungs) > 0 {
			return rungs[len(rungs)-1].Reasons
		}
	}
	return nil
}

func (r *record) moved(d *clearance.Decision) {
	i, ok := r.index[d.Number]
	if !ok {
		return
	}
	p := &r.parcels[i]
	if d.To == clearance.Released && d.From != clearance.Released {
		r.release(p)
	}
	p.state = d.To
}

func (r *record) release(p *parcel) {
	if p.assessed == nil {
		return
	}
	duty, ct, vat := p.assessed.Totals()
	r.tax.Dutiable += p.assessed.Dutiable
	r.tax.Duty, r.tax.CT, r.tax.VAT = r.tax.Duty+duty, r.tax.CT+ct, r.tax.VAT+vat
}

// refuse notes that a document of a parcel was refused.
func (r *record) refuse(i int, list bool, said []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &r.parcels[i]
	p.told = append(p.told, said...)
	p.refused = p.refused || list
}

// listNumber implements traffic.ListNumbers.
func (r *record) listNumber(copNo string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.invt[copNo]
	return n, ok
}

// due takes out the holdings that began before a time.
func (r *record) due(before int64) (out []holding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for n < len(r.held) && r.held[n].since <= before {
		n++
	}
	out, r.held = r.held[:n:n], r.held[n:]
	return out
}

// told tells whether one of the codes was said.
func told(said []string, wanted ...string) bool {
	for _, s := range said {
		for _, w := range wanted {
			if s == w {
				return true
			}
		}
	}
	return false
}
