package rulebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
)

// Switch switches a proposal on now. The command is on its way when it returns;
// see Settled. Errors: ErrDenied, ErrNotFound, ErrClosed, ErrTwo, ErrStale,
// ErrPending, ErrFaults with the faults.
func (s *Service) Switch(ctx context.Context, number int64) (*Proposal, error) {
	p, err := s.Get(ctx, number)
	if err != nil {
		return nil, err
	}
	set, err := s.sound(ctx, p)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, number, "pack.switch", func(ctx context.Context, tx *store.Tx, p *Proposal) error {
		if err := s.mayApprove(ctx, p); err != nil {
			return err
		}
		return s.apply(ctx, tx, p, set)
	})
}

// sound reads the set of a proposal and judges it again, by today's rules and by
// this program.
func (s *Service) sound(ctx context.Context, p *Proposal) (*pack.Set, error) {
	set, err := s.SetOf(ctx, p.Version)
	if err != nil {
		return nil, err
	}
	if found := s.Check(set, clock.DayOf(s.Clock.Now())); len(found) > 0 {
		return nil, faulty(found)
	}
	return set, nil
}

// apply closes a proposal as switched on and writes the command.
func (s *Service) apply(ctx context.Context, tx *store.Tx, p *Proposal, set *pack.Set) error {
	now := s.Set()
	if p.Base != now.Version() {
		return ErrStale
	}
	p.State, p.Closed = Switched, s.Clock.Now()
	return s.write(ctx, tx, &Switch{Kind: ByProposal, Proposal: p.Number, By: p.Approved, ByName: p.ApprovedBy, Note: p.Note}, now, set)
}

// write records a switch with its command to the core, both in one transaction.
func (s *Service) write(ctx context.Context, tx *store.Tx, v *Switch, before, after *pack.Set) error {
	last, err := lastSwitch(ctx, tx)
	if err != nil {
		return err
	}
	if last != nil {
		v.Number = last.Number
		if last.Command > s.Delivered() {
			return ErrPending
		}
	}
	v.Number, v.Before, v.After, v.At = v.Number+1, before.Version(), after.Version(), s.Clock.Now()
	if err := keepSet(ctx, tx, before); err != nil {
		return err
	}
	if err := keepSet(ctx, tx, after); err != nil {
		return err
	}
	if v.Command, err = s.Commands.Add(ctx, tx, CommandSwitch, clearance.SwitchBody(after.Marshal())); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into rulebook_switches (`+switchColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		v.Number, string(v.Kind), v.Proposal, v.Before, v.After, int64(v.Command), v.By, v.ByName, v.At.UnixMicro(), v.Note)
	return err
}

func lastSwitch(ctx context.Context, tx *store.Tx) (*Switch, error) {
	v, err := scanSwitch(tx.QueryRow(ctx, `select `+switchColumns+` from rulebook_switches order by number desc limit 1`))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return v, err
}

// Back goes back to the rules before the last switch, by one step; going back
// again undoes that. The set was in force before, so only what the core needs is
// checked: a room's fault in it does not stand in the way. Errors: ErrDenied,
// ErrNote, ErrNoBefore, ErrPending, ErrFaults.
func (s *Service) Back(ctx context.Context, note string) (*Switch, error) {
	caller := access.Of(ctx)
	if caller.Scope(access.PackSwitch) != access.Zone {
		return nil, ErrDenied
	}
	note, err := reasonable(note)
	if err != nil {
		return nil, err
	}
	v := &Switch{Kind: Rollback, By: caller.ID, ByName: caller.Name, Note: note}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		last, err := lastSwitch(ctx, tx)
		if err != nil {
			return err
		}
		now := s.Set()
		if last == nil {
			return ErrNoBefore
		}
		if last.After != now.Version() {
			return ErrPending
		}
		var body []byte
		if err := tx.QueryRow(ctx, `select body from rulebook_sets where version = $1`, last.Before).Scan(&body); err != nil {
			return err
		}
		set, err := pack.UnmarshalSet(body)
		if err != nil {
			return err
		}
		if _, err := refdata.New(set); err != nil {
			var bad pack.Faults
			if errors.As(err, &bad) {
				return faulty(bad)
			}
			return err
		}
		if err := s.write(ctx, tx, v, now, set); err != nil {
			return err
		}
		return s.Audit.Write(ctx, tx, audit.Entry{Actor: caller.ID, Org: caller.Org, Act: "pack.rollback", Object: fmt.Sprintf("switch:%d", v.Number), Outcome: audit.Done, Purpose: note,
			Detail: v.Before + " -> " + v.After})
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Settled returns when the core has taken the last switch, or ctx ends.
func (s *Service) Settled(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var command int64
		if err := s.DB.Read().QueryRowContext(ctx, `select coalesce(max(command), 0) from rulebook_switches`).Scan(&command); err != nil {
			return store.Wrap("read switches of packs", err)
		}
		if uint64(command) <= s.Delivered() {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Run switches proposals on when their time comes, until ctx ends. What came due
// while the service was down is switched on at the start.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(s.Poll)
	defer tick.Stop()
	for {
		changed := s.signal.Wait()
		if err := s.Due(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("a scheduled set of packs could not be switched on, will try again (规则排期启用失败，将重试)", "error", err)
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Due switches on the proposals whose time has come, in the order of their
// times. One that has faults by now, or that was made against other rules, is
// refused and says why.
func (s *Service) Due(ctx context.Context) error {
	ctx = access.With(ctx, access.System())
	for {
		var number int64
		err := s.DB.Read().QueryRowContext(ctx, `select number from rulebook_proposals where state = $1 and due_at <= $2 order by due_at, number limit 1`,
			string(Scheduled), s.Clock.Now().UnixMicro()).Scan(&number)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return store.Wrap("look for scheduled packs", err)
		}
		if err := s.Settled(ctx); err != nil { // an earlier one decides against which rules this one stands
			return err
		}
		if err := s.due(ctx, number); err != nil {
			return err
		}
	}
}

func (s *Service) due(ctx context.Context, number int64) error {
	p, err := s.Get(ctx, number)
	if err != nil {
		return err
	}
	set, why := s.sound(ctx, p)
	if why == nil {
		_, why = s.change(ctx, number, "pack.switch", func(ctx context.Context, tx *store.Tx, p *Proposal) error { return s.apply(ctx, tx, p, set) })
	}
	var refused *Refusal
	if why == nil || errors.Is(why, ErrPending) || !errors.As(why, &refused) || errors.Is(why, ErrClosed) {
		if errors.Is(why, ErrClosed) {
			return nil
		}
		return why
	}
	_, err = s.change(ctx, number, "pack.refuse", func(_ context.Context, _ *store.Tx, p *Proposal) error {
		p.State, p.Closed, p.Problem = Refused, s.Clock.Now(), refused
		return nil
	})
	return err
}
