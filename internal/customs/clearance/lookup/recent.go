package lookup

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
)

// ReceiptFilter chooses receipts; a zero field but Within asks for nothing.
type ReceiptFilter struct {
	Within   Reach
	Party    string // whose they are
	Kind     ceb.Kind
	Statuses []int32
	From, To clock.Day // Beijing days, both included
	Number   string    // by which Find finds the parcel, or of a document without one
}

// parties are those whose receipts are asked for; all of them if zone is true.
func (f *ReceiptFilter) parties() (list []string, zone bool) {
	switch {
	case f.Party != "" && (f.Within.All || slices.Contains(f.Within.Parties, f.Party)):
		return []string{f.Party}, false
	case f.Party != "":
		return nil, false
	}
	return f.Within.Parties, f.Within.All
}

// Receipt is a receipt with what it is about.
type Receipt struct {
	clearance.ReceiptNode
	At      int64  // µs UTC
	Parcel  uint64 // 0: it belongs to none
	Subject string // number of the document
}

// Cursor is its place.
func (r *Receipt) Cursor() Cursor { return Cursor{Seq: r.Seq, Index: r.Index} }

// The bounds of one search for receipts: decisions read in one go, and in all.
const (
	atOnce   = 400
	mostLook = 6000
)

// RecentReceipts returns up to limit receipts that the filter chooses before a
// cursor (the zero Cursor: from the newest), newest first, and where to go on. It
// looks at a bounded number of decisions, so a page may be short while there are
// more; next is zero only at the end.
func (x *Index) RecentReceipts(ctx context.Context, f ReceiptFilter, before Cursor, limit int) (list []Receipt, next Cursor, err error) {
	b := &backwards{x: x, f: &f, before: before, limit: limit}
	if err := b.open(ctx); err != nil {
		return nil, next, err
	}
	for looked := 0; b.high > b.low && len(b.list) <= limit; {
		if looked >= mostLook {
			return b.list, Cursor{Seq: b.high}, nil
		}
		seqs, from, err := b.seqs(ctx)
		if err != nil {
			return nil, next, err
		}
		if err := b.take(ctx, seqs); err != nil {
			return nil, next, err
		}
		looked, b.high = looked+len(seqs), from
	}
	if len(b.list) > limit {
		b.list = b.list[:limit]
		next = b.list[limit-1].Cursor()
	}
	return b.list, next, nil
}

// backwards walks decisions from high (not included) down to low.
type backwards struct {
	x         *Index
	f         *ReceiptFilter
	before    Cursor
	limit     int
	low, high uint64
	parties   []string
	zone      bool
	numbered  []uint64 // of a filter by number
	list      []Receipt
}

func (b *backwards) open(ctx context.Context) error {
	end, err := b.x.Position(ctx)
	if err != nil {
		return err
	}
	b.low, b.high = 1, end+1
	if b.before.Seq != 0 {
		b.high = min(b.high, b.before.Seq+1)
	}
	b.parties, b.zone = b.f.parties()
	if !b.zone && len(b.parties) == 0 {
		b.high = b.low
	}
	if b.f.To != 0 {
		if b.high, err = b.x.firstFrom(ctx, b.f.To.AddDays(1).Time().UnixMicro(), b.high); err != nil {
			return err
		}
	}
	if b.f.From != 0 {
		if b.low, err = b.x.firstFrom(ctx, b.f.From.Time().UnixMicro(), b.high); err != nil {
			return err
		}
	}
	if b.f.Number != "" {
		b.numbered, err = b.x.seqsOf(ctx, b.f.Number)
	}
	return err
}

// firstFrom is the first decision before end that was taken at a time or later;
// end if there is none. Times rise with the numbers.
func (x *Index) firstFrom(ctx context.Context, at int64, end uint64) (uint64, error) {
	low, high := uint64(1), end
	for low < high {
		middle := low + (high-low)/2
		var found int64
		err := x.core.Each(ctx, middle, func(d *clearance.Decision) error { found = d.At; return errEnough })
		if err != nil && !errors.Is(err, errEnough) {
			return 0, err
		}
		if found < at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// seqsOf are the decisions about a number's parcels and documents, in order.
func (x *Index) seqsOf(ctx context.Context, number string) (out []uint64, err error) {
	parcels, err := x.Find(ctx, number)
	if err != nil {
		return nil, err
	}
	for _, p := range parcels {
		_, decisions, err := x.Parcel(ctx, p.Number)
		if err != nil {
			return nil, err
		}
		for _, d := range decisions {
			out = append(out, d.Seq)
		}
	}
	answers, err := x.Answers(ctx, number)
	for _, d := range answers {
		out = append(out, d.Seq)
	}
	slices.Sort(out)
	return slices.Compact(out), err
}

// seqs are the next decisions to look at, in order, all from a number on.
func (b *backwards) seqs(ctx context.Context) (seqs []uint64, from uint64, err error) {
	switch {
	case b.f.Number != "":
		seqs, from = slices.DeleteFunc(slices.Clone(b.numbered), func(s uint64) bool { return s < b.low || s >= b.high }), b.low
	case b.zone:
		from = max(b.low, b.high-min(b.high, atOnce))
		for s := from; s < b.high; s++ {
			seqs = append(seqs, s)
		}
	default:
		from = b.low
		for _, p := range b.parties {
			list, complete, err := b.runs(ctx, p)
			if err != nil {
				return nil, 0, err
			}
			seqs, from = append(seqs, list...), max(from, complete)
		}
		seqs = slices.DeleteFunc(seqs, func(s uint64) bool { return s < from })
		slices.Sort(seqs)
		seqs = slices.Compact(seqs)
	}
	if n := len(seqs); n > atOnce {
		seqs = seqs[n-atOnce:]
		from = seqs[0]
	}
	return seqs, from, nil
}

// runsBack is how many rows of a party's index are read in one go.
const runsBack = 8

// runs are decisions with receipts for a party within the bounds: all of them
// from complete on.
func (b *backwards) runs(ctx context.Context, party string) (seqs []uint64, complete uint64, err error) {
	rows := 0
	add := func(r *sql.Rows) error {
		var first uint64
		var more []byte
		err := r.Scan(&first, &more)
		rows, complete = rows+1, first
		for _, s := range unpack(first, more) {
			if s >= b.low && s < b.high {
				seqs = append(seqs, s)
			}
		}
		return err
	}
	// The run in which the upper end stands, then those before it.
	err = b.x.each(ctx, add, `select first, more from receipts where party = $1 and last >= $2 order by last limit 1`, party, int64(b.high))
	if err != nil {
		return nil, 0, err
	}
	rows = 0
	err = b.x.each(ctx, add, `select first, more from receipts where party = $1 and last < $2 and last >= $3 order by last desc limit 8`, party, int64(b.high), int64(b.low))
	if rows < runsBack {
		complete = b.low
	}
	return seqs, complete, err
}

// take adds the receipts of decisions that the filter chooses, newest first.
func (b *backwards) take(ctx context.Context, seqs []uint64) error {
	var found []Receipt
	err := b.x.fetch(ctx, seqs, func(d *clearance.Decision) {
		nodes := d.Nodes()
		for i := range nodes {
			if n := &nodes[i]; b.chooses(n) {
				found = append(found, Receipt{ReceiptNode: *n, At: d.At, Parcel: d.Number, Subject: d.Subject})
			}
		}
	})
	slices.SortFunc(found, func(a, c Receipt) int { return cmp.Or(cmp.Compare(c.Seq, a.Seq), cmp.Compare(c.Index, a.Index)) })
	b.list = append(b.list, found...)
	return err
}

func (b *backwards) chooses(n *clearance.ReceiptNode) bool {
	if b.before.Seq != 0 && (n.Seq > b.before.Seq || n.Seq == b.before.Seq && n.Index >= b.before.Index) {
		return false
	}
	return (b.zone || slices.Contains(b.parties, n.To)) && (b.f.Kind == 0 || n.Kind == b.f.Kind) &&
		(len(b.f.Statuses) == 0 || slices.Contains(b.f.Statuses, n.Status))
}

// ReceiptAt returns one receipt within reach. Error: ErrNotFound.
func (x *Index) ReceiptAt(ctx context.Context, within Reach, c Cursor) (r Receipt, err error) {
	err = x.fetch(ctx, []uint64{c.Seq}, func(d *clearance.Decision) {
		for _, n := range d.Nodes() {
			if n.Index == c.Index && (within.All || slices.Contains(within.Parties, n.To)) {
				r = Receipt{ReceiptNode: n, At: d.At, Parcel: d.Number, Subject: d.Subject}
			}
		}
	})
	if err == nil && r.Seq == 0 {
		err = ErrNotFound
	}
	return r, err
}
