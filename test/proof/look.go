package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
)

// look compares what is stored with what was acknowledged, and has the program
// prove the store itself.
func (r *report) look(ctx context.Context, program string, p place, s *supply) error {
	if err := r.inside(ctx, p, s); err != nil {
		return err
	}
	for _, c := range []struct {
		words []string
		code  *int
	}{{[]string{"replay"}, &r.ReplayExit}, {[]string{"ledger", "verify"}, &r.LedgerExit}} {
		code, out, errs, err := execute(ctx, program, append(c.words, p.args()...)...)
		if err != nil {
			return err
		}
		if *c.code = code; code != 0 {
			r.problem("%v exits %d: %s %s", c.words, code, tail(out), tail(errs))
		}
	}
	return nil
}

// inside reads the store.
func (r *report) inside(ctx context.Context, p place, s *supply) (err error) {
	a, err := zone.OpenArchive(ctx, p.config())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	state, err := a.Journal.Current(ctx)
	if err != nil {
		return err
	}
	r.Commits, r.Decisions = state.Batch, state.LastDecision
	difference, err := a.Journal.Verify(ctx)
	if err != nil {
		return err
	}
	if difference != nil {
		r.problem("journal: %s", difference)
	}
	found := newFound(s)
	if err := a.Reader.Each(ctx, 1, found.decision); err != nil {
		return err
	}
	r.documents(found)
	if err := r.bytes(ctx, a.Reader, found); err != nil {
		return err
	}
	engine, err := a.Restored(ctx)
	if err != nil {
		return err
	}
	if engine == nil {
		r.problem("there is no snapshot although the service was stopped in good order")
		return nil
	}
	if _, last := engine.Last(); last != state.LastDecision {
		r.problem("the snapshot ends with decision %d, the journal with %d", last, state.LastDecision)
	}
	r.accounts(found, engine)
	r.allowances(found, engine, s.gen.Day())
	return nil
}

// found is what the stream of decisions says.
type found struct {
	supply   *supply
	stored   map[document][]uint64 // inputs under which it was stored
	repeated int
	next     uint64
	postings map[ledger.Account]balance
	lists    map[uint64]*list // by parcel number
	strange  []string
}

// balance is what postings come to.
type balance struct{ posted, pending int64 }

// list is a decided list and what it takes of an allowance.
type list struct {
	buyer    clearance.Key
	dutiable money.Fen
	state    clearance.State
}

func newFound(s *supply) *found {
	return &found{supply: s, stored: make(map[document][]uint64), next: 1, postings: make(map[ledger.Account]balance), lists: make(map[uint64]*list)}
}

// decision takes the next decision in.
func (f *found) decision(d *clearance.Decision) error {
	if d.Seq != f.next {
		f.strange = append(f.strange, fmt.Sprintf("decision %d comes where %d should", d.Seq, f.next))
	}
	f.next = d.Seq + 1
	switch d.What {
	case clearance.DocStored:
		name, err := documentOf(d.Kind, d.Subject)
		if err != nil {
			return err
		}
		f.stored[name] = append(f.stored[name], d.Input)
	case clearance.DocRepeated:
		f.repeated++
	}
	for _, p := range d.Postings {
		b := f.postings[p.Account]
		b.add(p)
		f.postings[p.Account] = b
	}
	if d.What == clearance.Decided && d.Tax != nil {
		f.lists[d.Number] = &list{d.List.Buyer, d.Tax.Dutiable, d.To}
	} else if l := f.lists[d.Number]; l != nil && d.Number != 0 && d.To != clearance.None {
		l.state = d.To
	}
	return nil
}

// add is the meaning of the phases (package ledger), written down a second time.
func (b *balance) add(p ledger.Posting) {
	switch p.Phase {
	case ledger.Reserve:
		b.pending += p.Amount
	case ledger.Charge:
		b.pending, b.posted = b.pending-p.Amount, b.posted+p.Amount
	case ledger.Free:
		b.pending -= p.Amount
	case ledger.Post:
		b.posted += p.Amount
	case ledger.Refund:
		b.posted -= p.Amount
	}
}

// documents holds the documents that were acknowledged against those that are
// stored.
func (r *report) documents(f *found) {
	for _, text := range f.strange {
		r.problem("%s", text)
	}
	for name, o := range f.supply.answered {
		n := len(f.stored[name])
		switch {
		case o.what == "refused":
			r.Refused++
			if n != 0 {
				r.problem("%s of parcel %d was refused and is stored %d times", name.kind, name.parcel, n)
			}
			continue
		case n != 1:
			r.problem("%s of parcel %d was acknowledged %d times and is stored %d times", name.kind, name.parcel, o.times, n)
		}
		r.Acknowledged++
	}
	for name := range f.stored {
		if _, ok := f.supply.answered[name]; !ok {
			r.problem("%s of parcel %d is stored and was never acknowledged, although all was sent again", name.kind, name.parcel)
		}
		r.Found++
	}
	r.Repeated = f.repeated
}

// bytes holds what is stored of each document against what was sent.
func (r *report) bytes(ctx context.Context, reader *intake.Reader, f *found) error {
	var message []byte
	for name, inputs := range f.stored {
		raw, err := reader.Raw(ctx, inputs[0])
		if err != nil {
			return fmt.Errorf("%s of parcel %d: %w", name.kind, name.parcel, err)
		}
		message, _ = f.supply.gen.AppendMessage(message[:0], name.kind, name.parcel, 1)
		sent, err := ceb.Decode(message)
		if err != nil {
			return err
		}
		if d := sent.Docs[0]; raw.Kind != name.kind || !bytes.Equal(raw.Document, sent.Raw[d.Start:d.End]) {
			r.problem("%s of parcel %d is stored with other bytes than were sent", name.kind, name.parcel)
		}
	}
	return nil
}

// accounts holds the balances of the service's memory, as its snapshot has them,
// against the sums of all postings of all decisions.
func (r *report) accounts(f *found, engine *clearance.Engine) {
	for e := range engine.Book().All() {
		sum := f.postings[e.Account]
		delete(f.postings, e.Account)
		r.Accounts++
		if sum != (balance{e.Posted, e.Pending}) {
			r.problem("account %s holds %d and %d reserved, its decisions come to %d and %d", e.Account, e.Posted, e.Pending, sum.posted, sum.pending)
		}
		if e.Posted+max(e.Pending, 0) > e.Limits.Ceiling || e.Posted+min(e.Pending, 0) < e.Limits.Floor {
			r.problem("account %s holds %d and %d reserved, outside its limits", e.Account, e.Posted, e.Pending)
		}
	}
	for a, sum := range f.postings {
		if sum != (balance{}) {
			r.problem("account %s has postings of %d and is not in the snapshot", a, sum.posted)
		}
	}
}

// allowances holds what each buyer has used against the lists that stand: the
// same figure once more, from the taxes and not from the postings.
func (r *report) allowances(f *found, engine *clearance.Engine, day clock.Day) {
	used := make(map[clearance.Key]balance)
	for _, l := range f.lists {
		b := used[l.buyer]
		switch l.state {
		case clearance.Released, clearance.Closed:
			b.posted += int64(l.dutiable)
		case clearance.Review, clearance.Inspect, clearance.Detained:
			b.pending += int64(l.dutiable)
		}
		used[l.buyer] = b
	}
	for buyer, b := range used {
		r.Buyers++
		if a := engine.Allowance(buyer, day); a.Used != money.Fen(b.posted) || a.Reserved != money.Fen(b.pending) {
			r.problem("a buyer has used %s and reserved %s, the lists come to %s and %s", a.Used, a.Reserved, money.Fen(b.posted), money.Fen(b.pending))
		}
	}
	for _, l := range f.lists {
		if l.state == clearance.Refused {
			r.ListsRefused++
		}
	}
	r.Parcels = len(f.lists)
}
