package queue

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/store"
)

// MostReason bounds reasons and notes, in characters: a receipt has room for
// 1,000, the mark included.
const MostReason = 400

// Claim gives the case to the caller for the length of a lease, or renews it.
// Errors: ErrNotFound, ErrHeld (by another officer), ErrDenied.
func (s *Service) Claim(ctx context.Context, parcel uint64) (*Item, error) {
	return s.change(ctx, parcel, func(ctx context.Context, tx *store.Tx, c *deskCase) error { return c.claim(ctx, tx, Claimed, "") })
}

// TakeOver gives a case that another officer holds to the caller, who supervises
// the queues (access.QueueSupervise) and says why. Errors: ErrNotFound,
// ErrReason, ErrDenied.
func (s *Service) TakeOver(ctx context.Context, parcel uint64, reason string) (*Item, error) {
	if access.Of(ctx).Scope(access.QueueSupervise) != access.Zone {
		return nil, ErrDenied
	}
	reason, err := reasonable(reason)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, parcel, func(ctx context.Context, tx *store.Tx, c *deskCase) error { return c.claim(ctx, tx, TakenOver, reason) })
}

// Release puts a case that the caller holds back into its queue. Errors:
// ErrNotFound, ErrNotHeld, ErrDenied.
func (s *Service) Release(ctx context.Context, parcel uint64) (*Item, error) {
	return s.change(ctx, parcel, func(ctx context.Context, tx *store.Tx, c *deskCase) error {
		if err := c.held(); err != nil {
			return err
		}
		if err := c.log(ctx, tx, Act{Kind: Released}, "queue.release"); err != nil {
			return err
		}
		return c.hold(ctx, tx, "", "", 0)
	})
}

// Note writes a note among officers. Errors: ErrNotFound, ErrReason, ErrDenied.
func (s *Service) Note(ctx context.Context, parcel uint64, text string) (*Item, error) {
	text, err := reasonable(text)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, parcel, func(ctx context.Context, tx *store.Tx, c *deskCase) error {
		return c.log(ctx, tx, Act{Kind: Noted, Text: text}, "queue.note")
	})
}

// Ask is a verdict asked for: the parcel, and the decision that the officer saw
// it at (Item.Decision).
type Ask struct {
	Parcel uint64
	Seen   uint64
}

// Verdict gives a status (回执状态) with its reason to a parcel that the caller
// holds. The reason goes to the enterprise in its receipt. The command is on its
// way when Verdict returns; see Settled. Errors: ErrNotFound, ErrNotHeld,
// ErrMoved, ErrStatus, ErrReason, ErrPending, ErrDenied.
func (s *Service) Verdict(ctx context.Context, ask Ask, status uint16, reason string) (*Item, error) {
	return s.verdict(ctx, ask, status, reason, false)
}

// Confirm ends the case of a parcel returned abroad: it has left, as the words
// say, such as the number of the transport document. Errors as of Verdict.
func (s *Service) Confirm(ctx context.Context, ask Ask, words string) (*Item, error) {
	words, err := reasonable(words)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, ask.Parcel, func(ctx context.Context, tx *store.Tx, c *deskCase) error {
		switch {
		case c.item.Queue != Return:
			return ErrStatus
		case ask.Seen != c.item.Decision:
			return movedTo(c.item.State)
		}
		if err := c.held(); err != nil {
			return err
		}
		if err := c.log(ctx, tx, Act{Kind: Done, Text: words, Status: c.item.Status}, "queue.confirm"); err != nil {
			return err
		}
		now := c.s.Clock.Now().UnixMicro()
		c.item.Queue, c.item.Left, c.item.Holder, c.item.HolderName, c.item.Until = Nowhere, now, "", "", 0
		_, err := tx.Exec(ctx, `update queue_items set queue = 0, left_at = $1, claimed_by = '', claim_name = '', claim_until = 0 where parcel = $2`, now, int64(c.item.Parcel))
		return err
	})
}

// Outcome is what became of one parcel of a batch.
type Outcome struct {
	Parcel uint64
	Item   *Item
	Err    error // nil: the verdict is on its way
}

// MostBatch is how many parcels a batch may have.
const MostBatch = 200

// Batch gives one verdict to several parcels of the same queue, each recorded by
// itself; those that nobody holds are claimed for it. A parcel that is refused
// does not stop the others.
func (s *Service) Batch(ctx context.Context, asks []Ask, status uint16, reason string) ([]Outcome, error) {
	if len(asks) > MostBatch {
		return nil, &Refusal{"batch", fmt.Sprintf("一次最多 %d 件", MostBatch), fmt.Sprintf("at most %d at once", MostBatch), "分批处置", "do it in parts"}
	}
	out := make([]Outcome, 0, len(asks))
	var queue Queue
	for _, a := range asks {
		o := Outcome{Parcel: a.Parcel}
		now, err := s.Item(ctx, a.Parcel)
		switch {
		case err != nil:
			o.Err = err
		case queue != Nowhere && now.Queue != queue:
			o.Err = movedTo(now.State)
		default:
			queue = now.Queue
			o.Item, o.Err = s.verdict(ctx, a, status, reason, true)
		}
		out = append(out, o)
	}
	return out, nil
}

func (s *Service) verdict(ctx context.Context, ask Ask, status uint16, reason string, claim bool) (*Item, error) {
	if access.Of(ctx).Scope(access.VerdictGive) != access.Zone {
		return nil, ErrDenied
	}
	reason, err := reasonable(reason)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, ask.Parcel, func(ctx context.Context, tx *store.Tx, c *deskCase) error {
		i := c.item
		switch {
		case i.Queue == Nowhere, ask.Seen != i.Decision:
			return movedTo(i.State)
		case i.verdict != 0:
			return ErrPending
		}
		if claim && c.free() {
			if err := c.claim(ctx, tx, Claimed, ""); err != nil {
				return err
			}
		}
		if err := c.held(); err != nil {
			return err
		}
		if !contains(i.Allowed(), status) {
			return ErrStatus
		}
		if err := c.log(ctx, tx, Act{Kind: Given, Status: status, Text: reason}, "parcel.verdict"); err != nil {
			return err
		}
		body := clearance.VerdictBody{Number: i.Parcel, Status: status, Officer: c.caller.ID, Reason: reason, Seen: i.State}
		if _, err := s.Commands.Add(ctx, tx, CommandVerdict, body.Encode()); err != nil {
			return err
		}
		i.verdict, i.Pending = i.acts, true
		_, err := tx.Exec(ctx, `update queue_items set verdict = $1 where parcel = $2`, i.acts, int64(i.Parcel))
		return err
	})
}

func contains(list []uint16, v uint16) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// reasonable trims what an officer wrote and bounds it.
func reasonable(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 2 || n > MostReason || !utf8.ValidString(text) {
		return "", ErrReason
	}
	return text, nil
}

// deskCase is one case while it is changed.
type deskCase struct {
	s      *Service
	caller *access.Principal
	item   *Item
}

// change runs f on the case in one transaction. The row is locked by its
// update first, so that two officers come one after the other.
func (s *Service) change(ctx context.Context, parcel uint64, f func(context.Context, *store.Tx, *deskCase) error) (*Item, error) {
	caller := access.Of(ctx)
	if caller.Scope(access.QueueWork) != access.Zone {
		return nil, ErrDenied
	}
	var out *Item
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update queue_items set acts = acts where parcel = $1`, int64(parcel)); err != nil {
			return err
		}
		i, err := s.item(ctx, tx, parcel)
		if err != nil {
			return err
		}
		if i == nil {
			return ErrNotFound
		}
		out = i
		return f(ctx, tx, &deskCase{s, caller, i})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// free tells whether nobody holds the case now.
func (c *deskCase) free() bool {
	return c.item.Holder == "" || c.item.Until <= c.s.Clock.Now().UnixMicro()
}

// held is an error unless the caller holds the case now.
func (c *deskCase) held() error {
	if c.free() || c.item.Holder != c.caller.ID {
		return ErrNotHeld
	}
	return nil
}

// claim gives the case to the caller; kind TakenOver takes it from whoever has it.
func (c *deskCase) claim(ctx context.Context, tx *store.Tx, kind ActKind, reason string) error {
	i := c.item
	switch {
	case i.Queue == Nowhere:
		return movedTo(i.State)
	case kind == Claimed && !c.free() && i.Holder != c.caller.ID:
		return heldBy(i)
	}
	if c.free() || i.Holder != c.caller.ID {
		if err := c.log(ctx, tx, Act{Kind: kind, Text: reason}, "queue."+string(kind)); err != nil {
			return err
		}
	}
	return c.hold(ctx, tx, c.caller.ID, c.caller.Name, c.s.Clock.Now().Add(c.s.Lease).UnixMicro())
}

// hold writes who holds the case and until when.
func (c *deskCase) hold(ctx context.Context, tx *store.Tx, who, name string, until int64) error {
	c.item.Holder, c.item.HolderName, c.item.Until = who, name, until
	_, err := tx.Exec(ctx, `update queue_items set claimed_by = $1, claim_name = $2, claim_until = $3 where parcel = $4`, who, name, until, int64(c.item.Parcel))
	return err
}

// log writes the caller's act and its entry in the audit chain. Who acts keeps
// what they hold.
func (c *deskCase) log(ctx context.Context, tx *store.Tx, a Act, act string) error {
	a.At, a.Officer, a.Name = c.s.Clock.Now().UnixMicro(), c.caller.ID, c.caller.Name
	if err := c.s.write(ctx, tx, c.item, a); err != nil {
		return err
	}
	e := audit.Entry{Actor: c.caller.ID, Org: c.caller.Org, Act: act, Object: fmt.Sprintf("parcel:%d", c.item.Parcel), Outcome: audit.Done, Purpose: a.Text}
	if a.Status != 0 {
		e.Detail = fmt.Sprintf("status=%d", a.Status)
	}
	if err := c.s.Audit.Write(ctx, tx, e); err != nil {
		return err
	}
	if !c.free() && c.item.Holder == c.caller.ID {
		return c.hold(ctx, tx, c.caller.ID, c.caller.Name, c.s.Clock.Now().Add(c.s.Lease).UnixMicro())
	}
	return nil
}

// write appends an act to the case and counts it.
func (s *Service) write(ctx context.Context, tx *store.Tx, i *Item, a Act) error {
	i.acts++
	a.Number = i.acts
	if _, err := tx.Exec(ctx, `insert into queue_acts (parcel, number, at, kind, officer, name, status, decision, body) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		int64(i.Parcel), a.Number, a.At, string(a.Kind), a.Officer, a.Name, int64(a.Status), int64(a.Decision),
		s.Keys.Seal(nil, []byte(a.Text), aad("act", i.Parcel, a.Number))); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update queue_items set acts = $1 where parcel = $2`, i.acts, int64(i.Parcel))
	return err
}
