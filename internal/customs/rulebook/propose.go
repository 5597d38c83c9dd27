package rulebook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// Draft is what somebody wants to come into force.
type Draft struct {
	Packs []*pack.Pack // each takes the place of the one of its name, or is laid on top
	Drop  []string     // packs that are to go, by name
	Note  string       // why
}

// Lay puts the packs of a draft over a set. The error is [pack.Faults] if they
// do not fit.
func (d Draft) Lay(set *pack.Set) (*pack.Set, error) {
	list := slices.DeleteFunc(set.Packs(), func(p *pack.Pack) bool { return slices.Contains(d.Drop, p.Name) })
	for _, p := range d.Packs {
		if at := slices.IndexFunc(list, func(q *pack.Pack) bool { return q.Name == p.Name }); at >= 0 {
			list[at] = p
		} else {
			list = append(list, p)
		}
	}
	return pack.NewSet(list...)
}

// Judge lays a draft over the set in force and says all that is wrong with it.
func (s *Service) Judge(ctx context.Context, d Draft) (*pack.Set, pack.Faults, error) {
	if access.Of(ctx).Scope(access.PackSwitch) != access.Zone {
		return nil, nil, ErrDenied
	}
	set, err := d.Lay(s.Set())
	var bad pack.Faults
	if errors.As(err, &bad) {
		return nil, bad, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return set, s.Check(set, clock.DayOf(s.Clock.Now())), nil
}

// Propose keeps a draft laid over the set in force. A set with a fault is refused
// whole. Errors: ErrDenied, ErrNote, ErrSame, ErrFaults with the faults.
func (s *Service) Propose(ctx context.Context, d Draft) (*Proposal, error) {
	note, err := reasonable(d.Note)
	if err != nil {
		return nil, err
	}
	set, found, err := s.Judge(ctx, d)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		s.refuse(ctx, d, found)
		return nil, faulty(found)
	}
	base := s.Set()
	if set.Version() == base.Version() {
		return nil, ErrSame
	}
	caller := access.Of(ctx)
	p := &Proposal{State: Proposed, Base: base.Version(), Version: set.Version(), Note: note, By: caller.ID, ByName: caller.Name, Made: s.Clock.Now(), Revision: 1}
	for _, k := range d.Packs {
		p.Packs = append(p.Packs, k.Version())
	}
	for _, name := range d.Drop {
		p.Packs = append(p.Packs, "-"+name)
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := keepSet(ctx, tx, base); err != nil {
			return err
		}
		if err := keepSet(ctx, tx, set); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from rulebook_proposals`).Scan(&p.Number); err != nil {
			return err
		}
		if err := insertProposal(ctx, tx, p); err != nil {
			return err
		}
		return s.audit(ctx, tx, "pack.propose", p, audit.Done, note)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// refuse writes down that a set with faults was refused.
func (s *Service) refuse(ctx context.Context, d Draft, found pack.Faults) {
	var names []string
	for _, p := range d.Packs {
		names = append(names, p.Version())
	}
	caller := access.Of(ctx)
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.Audit.Write(ctx, tx, audit.Entry{Actor: caller.ID, Org: caller.Org, Act: "pack.propose", Object: "pack:" + strings.Join(names, ","), Outcome: audit.Failed,
			Detail: fmt.Sprintf("faults=%d", len(found))})
	})
	if err != nil {
		s.Log.Warn("a refused set of packs could not be written down", "error", err)
	}
}

// Schedule lets a proposal come into force at a time. Errors: ErrDenied,
// ErrNotFound, ErrClosed, ErrTime, ErrTwo, ErrStale.
func (s *Service) Schedule(ctx context.Context, number int64, due time.Time) (*Proposal, error) {
	if !due.After(s.Clock.Now()) {
		return nil, ErrTime
	}
	p, err := s.change(ctx, number, "pack.schedule", func(ctx context.Context, tx *store.Tx, p *Proposal) error {
		if err := s.mayApprove(ctx, p); err != nil {
			return err
		}
		if p.Base != s.Set().Version() {
			return ErrStale
		}
		p.State, p.Due = Scheduled, due
		return nil
	})
	s.signal.Notify()
	return p, err
}

// Cancel ends a proposal that is open. Errors: ErrDenied, ErrNotFound, ErrClosed.
func (s *Service) Cancel(ctx context.Context, number int64) (*Proposal, error) {
	return s.change(ctx, number, "pack.cancel", func(_ context.Context, _ *store.Tx, p *Proposal) error {
		p.State, p.Closed = Cancelled, s.Clock.Now()
		return nil
	})
}

// mayApprove asks for a second person where the setting does, and keeps who
// approved.
func (s *Service) mayApprove(ctx context.Context, p *Proposal) error {
	caller := access.Of(ctx)
	if s.TwoPeople && caller.ID == p.By {
		return ErrTwo
	}
	p.Approved, p.ApprovedBy = caller.ID, caller.Name
	return nil
}

// change runs f on an open proposal in one transaction, with its audit entry.
func (s *Service) change(ctx context.Context, number int64, act string, f func(context.Context, *store.Tx, *Proposal) error) (*Proposal, error) {
	if access.Of(ctx).Scope(access.PackSwitch) != access.Zone {
		return nil, ErrDenied
	}
	var out *Proposal
	err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := lockProposal(ctx, tx, number)
		if err != nil {
			return err
		}
		if !p.State.Open() {
			return ErrClosed
		}
		if err := f(ctx, tx, p); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, act, p, audit.Done, ""); err != nil {
			return err
		}
		out = p
		return updateProposal(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// audit writes an act on a proposal.
func (s *Service) audit(ctx context.Context, tx *store.Tx, act string, p *Proposal, outcome audit.Outcome, detail string) error {
	caller := access.Of(ctx)
	if detail == "" {
		detail = p.Version
		if !p.Due.IsZero() {
			detail += " due=" + p.Due.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	return s.Audit.Write(ctx, tx, audit.Entry{Actor: caller.ID, Org: caller.Org, Act: act, Object: fmt.Sprintf("proposal:%d", p.Number), Outcome: outcome, Detail: detail})
}

// reasonable trims what somebody wrote and bounds it.
func reasonable(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 2 || n > 500 || !utf8.ValidString(text) {
		return "", ErrNote
	}
	return text, nil
}
