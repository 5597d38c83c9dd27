package ledger

import (
	"fmt"
	"math"
	"math/bits"
)

// Apply posts all of the postings or none, in their order: each must be allowed
// after those before it, so a change of a list frees before it reserves anew.
//
// seq makes it happen once: it must be above Seq, else the answer is ErrApplied
// and nothing is done. A refused Apply does not use up its number. Refusals are a
// *LimitError or one of the package's errors.
func (b *Book) Apply(seq uint64, ps []Posting) error {
	if seq <= b.seq {
		return fmt.Errorf("%w: %d, the last one is %d", ErrApplied, seq, b.seq)
	}
	if err := b.run(ps); err != nil {
		return err
	}
	b.seq = seq
	return nil
}

// Check reports what Apply would answer to the postings, and changes nothing.
func (b *Book) Check(ps []Posting) error {
	contra := b.contra
	if err := b.run(ps); err != nil {
		return err
	}
	b.rollback()
	b.contra = contra
	return nil
}

// run moves the accounts; after an error all is as before.
func (b *Book) run(ps []Posting) error {
	b.undo = b.undo[:0]
	contra := b.contra
	for i := range ps {
		if err := b.move(&ps[i]); err != nil {
			b.rollback()
			b.contra = contra
			return err
		}
	}
	return nil
}

func (b *Book) rollback() {
	for i := len(b.undo) - 1; i >= 0; i-- {
		u := b.undo[i]
		e := b.at(u.at)
		e.posted, e.pending = u.posted, u.pending
	}
	b.undo = b.undo[:0]
}

func (b *Book) move(p *Posting) error {
	i, ok := b.find(&p.Account)
	if !ok {
		return fmt.Errorf("%w: %s", ErrNoAccount, p.Account)
	}
	e := b.at(i)
	if e.unit != p.Unit {
		return fmt.Errorf("%w: account %s is in %s, not %s", ErrUnit, p.Account, e.unit, p.Unit)
	}
	posted, pending, err := step(e, p)
	if err != nil {
		return err
	}
	if err := b.within(e, posted, pending); err != nil {
		return err
	}
	c := b.contra[e.unit]
	cPosted, ok1 := sub(c.posted, posted-e.posted)
	cPending, ok2 := sub(c.pending, pending-e.pending)
	if !ok1 || !ok2 {
		return fmt.Errorf("%w: contra account of %s", ErrRange, e.unit)
	}
	b.contra[e.unit].posted, b.contra[e.unit].pending = cPosted, cPending
	b.undo = append(b.undo, undo{at: i, posted: e.posted, pending: e.pending})
	e.posted, e.pending = posted, pending
	return nil
}

// step returns the balances after a posting, not yet held against the limits.
func step(e *entry, p *Posting) (posted, pending int64, err error) {
	posted, pending = e.posted, e.pending
	if p.Amount == math.MinInt64 {
		return 0, 0, fmt.Errorf("%w: account %s, amount %d", ErrRange, p.Account, p.Amount)
	}
	ok1, ok2 := true, true
	switch p.Phase {
	case Reserve:
		if pending > 0 && p.Amount < 0 || pending < 0 && p.Amount > 0 {
			return 0, 0, fmt.Errorf("%w: account %s holds %d, asked %d", ErrDirection, p.Account, pending, p.Amount)
		}
		pending, ok1 = add(pending, p.Amount)
	case Charge, Free:
		if p.Amount > 0 && pending < p.Amount || p.Amount < 0 && pending > p.Amount {
			return 0, 0, fmt.Errorf("%w: account %s holds %d, %s of %d", ErrPending, p.Account, pending, p.Phase, p.Amount)
		}
		pending -= p.Amount
		if p.Phase == Charge {
			posted, ok1 = add(posted, p.Amount)
		}
	case Post:
		posted, ok1 = add(posted, p.Amount)
	case Refund:
		posted, ok1 = sub(posted, p.Amount)
	default:
		return 0, 0, fmt.Errorf("%w: %s", ErrPhase, p.Phase)
	}
	_, ok2 = add(posted, pending)
	if !ok1 || !ok2 {
		return 0, 0, fmt.Errorf("%w: account %s, %s of %d", ErrRange, p.Account, p.Phase, p.Amount)
	}
	return posted, pending, nil
}

// within holds new balances against the limits, each only if it is approached.
func (b *Book) within(e *entry, posted, pending int64) error {
	l := &b.limits[e.limit]
	high := posted + max(pending, 0)
	if l.Ceiling != NoCeiling && high > l.Ceiling && high > e.posted+max(e.pending, 0) {
		return &LimitError{Account: e.key, Unit: e.unit, Limit: l.Ceiling, WouldBe: high, Side: Ceiling}
	}
	low := posted + min(pending, 0)
	if l.Floor != NoFloor && low < l.Floor && low < e.posted+min(e.pending, 0) {
		return &LimitError{Account: e.key, Unit: e.unit, Limit: l.Floor, WouldBe: low, Side: Floor}
	}
	return nil
}

func add(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

func sub(a, b int64) (int64, bool) {
	c := a - b
	return c, (c < a) == (b > 0)
}

// Totals are the sums of a unit over all accounts, and its contra account.
type Totals struct {
	Unit                        Unit
	Accounts                    int
	Posted, Pending             Sum // over the accounts
	ContraPosted, ContraPending int64
}

// Zero reports whether accounts and contra account cancel out, as they must.
func (t Totals) Zero() bool {
	return t.Posted.plus(t.ContraPosted) == (Sum{}) && t.Pending.plus(t.ContraPending) == (Sum{})
}

// Sum is an exact sum of int64 figures in 128 bits (two's complement), because
// millions of figures that each fit may not fit together.
type Sum struct {
	Hi int64
	Lo uint64
}

func (s Sum) plus(v int64) Sum {
	lo, carry := bits.Add64(s.Lo, uint64(v), 0)
	return Sum{Hi: s.Hi + v>>63 + int64(carry), Lo: lo}
}

// Int64 returns the sum and whether it fits.
func (s Sum) Int64() (int64, bool) {
	return int64(s.Lo), s.Hi == int64(s.Lo)>>63
}

// Totals adds a unit up anew from all accounts: the proof that sums are zero.
func (b *Book) Totals(u Unit) Totals {
	t := Totals{Unit: u}
	if u.Valid() {
		t.ContraPosted, t.ContraPending = b.contra[u].posted, b.contra[u].pending
	}
	for i := range b.count {
		if e := b.at(i); e.unit == u {
			t.Accounts++
			t.Posted = t.Posted.plus(e.posted)
			t.Pending = t.Pending.plus(e.pending)
		}
	}
	return t
}
