package lookup

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// eraBits: an era holds the traces of 2^eraBits decisions, some 30 MB.
const eraBits = 20

// batch collects what a run of decisions writes.
type batch struct {
	parcels map[uint64]*Parcel // all of them changed
	before  map[uint64]*Parcel // those that there were
	traces  map[int64]*run
	parties map[string]*run
	refused []*clearance.Decision
}

// run is a rising list of decisions, packed.
type run struct {
	key         int64  // of a trace
	party       string // of receipts
	first, last uint64
	more        []byte
}

func (r *run) add(seq uint64) {
	if r.first == 0 {
		r.first, r.last = seq, seq
	} else if seq > r.last {
		r.more = binary.AppendUvarint(r.more, seq-r.last)
		r.last = seq
	}
}

// unpack gives the decisions of a run back.
func unpack(first uint64, more []byte) []uint64 {
	out := []uint64{first}
	for len(more) > 0 {
		d, n := binary.Uvarint(more)
		if n <= 0 {
			return out
		}
		first += d
		out, more = append(out, first), more[n:]
	}
	return out
}

// Change is what a batch of decisions made of one parcel.
type Change struct {
	Before *Parcel // nil: the parcel is new
	After  *Parcel
}

// Rider keeps figures that are exactly those of the index: it works in the
// transaction in which the index takes decisions in, and is thrown away with it.
type Rider interface {
	// Take takes the decisions of a batch and what they changed, parcels by number.
	Take(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision, changes []Change) error
	// Clear throws all figures away.
	Clear(ctx context.Context, tx *store.Tx) error
}

// apply indexes decisions in the transaction that moves the cursor.
func (x *Index) apply(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision) error {
	b := &batch{parcels: make(map[uint64]*Parcel), before: make(map[uint64]*Parcel),
		traces: make(map[int64]*run, 2*len(decisions)), parties: make(map[string]*run)}
	if err := b.load(ctx, tx, decisions); err != nil {
		return err
	}
	for _, d := range decisions {
		b.add(d)
	}
	changes := b.changes()
	if err := b.write(ctx, tx, changes); err != nil {
		return err
	}
	for _, r := range x.riders {
		if err := r.Take(ctx, tx, decisions, changes); err != nil {
			return err
		}
	}
	return nil
}

// changes are the parcels of the batch by number.
func (b *batch) changes() []Change {
	out := make([]Change, 0, len(b.parcels))
	for n, p := range b.parcels {
		out = append(out, Change{Before: b.before[n], After: p})
	}
	slices.SortFunc(out, func(x, y Change) int { return cmp.Compare(x.After.Number, y.After.Number) })
	return out
}

// begins tells whether the decision is the first about its parcel.
func begins(d *clearance.Decision) bool {
	return d.What == clearance.DocStored && d.From == clearance.None && (d.Kind == 621 || d.Kind == 603)
}

// load fetches the rows of parcels that began before this batch.
func (b *batch) load(ctx context.Context, tx *store.Tx, ds []*clearance.Decision) error {
	seen := make(map[uint64]bool)
	var old []uint64
	for _, d := range ds {
		if d.Number != 0 && !seen[d.Number] {
			seen[d.Number] = true
			if !begins(d) {
				old = append(old, d.Number)
			}
		}
	}
	return inChunks(old, func(numbers []uint64) error {
		rows, err := tx.Query(ctx, `select `+columns+` from parcels where number in (`+bulk.Places(len(numbers))+`)`, anys(numbers)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			p, err := scan(rows)
			if err != nil {
				return err
			}
			was := p
			b.parcels[p.Number], b.before[p.Number] = &p, &was
		}
		return rows.Err()
	})
}

// add takes one decision in.
func (b *batch) add(d *clearance.Decision) {
	if d.Number != 0 {
		b.parcel(d)
	}
	if d.What == clearance.DocRefused {
		b.refused = append(b.refused, d)
	}
	if d.Parcel != (clearance.Key{}) {
		b.trace(hashKey(d.Parcel), d.Seq)
	}
	for _, n := range numbers(d) {
		if n != "" {
			b.trace(hashNumber(n), d.Seq)
		}
	}
	for i := range d.Receipts {
		if to := d.Receipts[i].To; to != "" {
			r := b.parties[to]
			if r == nil {
				r = &run{party: to}
				b.parties[to] = r
			}
			r.add(d.Seq)
		}
	}
}

func (b *batch) parcel(d *clearance.Decision) {
	p := b.parcels[d.Number]
	if p == nil {
		p = &Parcel{Number: d.Number, Day: clock.DayOf(clock.FromMicros(d.At)), Declared: d.At}
		b.parcels[d.Number] = p
	}
	p.learn(d)
}

func (b *batch) trace(hash int64, seq uint64) {
	r := b.traces[hash]
	if r == nil {
		r = &run{key: hash}
		b.traces[hash] = r
	}
	r.add(seq)
}

// numbers are those by which people find the decision's parcel.
func numbers(d *clearance.Decision) []string {
	if d.Kind == 0 || d.What == clearance.Moved {
		return nil // accounts, filings, packs; a move tells no number anew
	}
	out := append(make([]string, 0, 4), d.Subject)
	if l := d.List; l != nil {
		out = append(out, l.WaybillNo, l.CopNo)
	}
	if d.What == clearance.Decided {
		return out // its receipts name documents that were stored before
	}
	for i := range d.Receipts {
		switch r := &d.Receipts[i]; r.Kind {
		case 622:
			out = append(out, r.Fields[4])
		case 604:
			out = append(out, r.Fields[1], r.Fields[6])
		case 404, 304:
			out = append(out, r.Fields[1])
		}
	}
	return out
}

// hashNumber is the place of a number in the traces; letters count alike in
// either case.
func hashNumber(n string) int64 {
	return int64(xxhash.Sum64String(strings.ToUpper(n)) &^ 1)
}

// hashKey is the place of a parcel's key, never that of a number.
func hashKey(k clearance.Key) int64 {
	return int64(binary.LittleEndian.Uint64(k[:8]) | 1)
}
