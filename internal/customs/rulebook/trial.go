package rulebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/job"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// jobKind is the kind of the jobs that run shadow runs.
const jobKind = "pack-shadow"

// asked is what a job was asked for.
type asked struct {
	Number int64 `json:"number"`
	Day    int32 `json:"day"` // a clock.Day, 0 for none: see AsOf
}

// StartTrial asks for a shadow run of a proposal; its report is stored with the
// proposal when it is done. With a day, what is stored is judged as of it. Errors:
// ErrDenied, ErrNotFound, ErrClosed, ErrTrying.
func (s *Service) StartTrial(ctx context.Context, number int64, day clock.Day) (*Proposal, error) {
	return s.change(ctx, number, "pack.shadow", func(ctx context.Context, tx *store.Tx, p *Proposal) error {
		caller := access.Of(ctx)
		if err := s.trying(ctx, p); err != nil {
			return err
		}
		args, err := json.Marshal(asked{number, int32(day)})
		if err != nil {
			return err
		}
		j, _, err := s.Jobs.AddTx(ctx, tx, job.Spec{Kind: jobKind, Owner: caller.ID, Org: caller.Org, Title: fmt.Sprintf("规则提案 %d 试运行 shadow run of proposal %d", number, number), Args: args, Most: 3})
		p.Job = j.ID
		return err
	})
}

// trying refuses another shadow run while one of the proposal is on its way: each
// judges all that is stored, twice.
func (s *Service) trying(ctx context.Context, p *Proposal) error {
	if p.Job == "" {
		return nil
	}
	j, err := s.Jobs.Get(ctx, p.Job)
	switch {
	case errors.Is(err, job.ErrNotFound): // it is over, and forgotten
		return nil
	case err != nil:
		return err
	case !j.State.Over():
		return ErrTrying
	}
	return nil
}

// runTrial runs the rooms' shadow runs one after the other.
func (s *Service) runTrial(ctx context.Context, r *job.Run) error {
	ctx = access.With(ctx, access.System())
	var a asked
	if err := json.Unmarshal(r.Args, &a); err != nil {
		return job.Permanent(err)
	}
	number := a.Number
	if a.Day != 0 {
		ctx = AsOf(ctx, clock.Day(a.Day))
	}
	p, err := s.Get(ctx, number)
	if err != nil {
		return job.Permanent(err)
	}
	before, err := s.SetOf(ctx, p.Base)
	if err != nil {
		return err
	}
	after, err := s.SetOf(ctx, p.Version)
	if err != nil {
		return err
	}
	var reports []Report
	for _, t := range s.tried() {
		report, err := t.run(ctx, before, after, func(done, total int64) { r.Progress(done, total, t.room) })
		if err != nil {
			return fmt.Errorf("shadow run of %s: %w", t.room, err)
		}
		reports = append(reports, report)
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := lockProposal(ctx, tx, number)
		if err != nil {
			return err
		}
		p.Trial, p.TrialAt = reports, s.Clock.Now()
		if err := s.audit(ctx, tx, "pack.shadow-done", p, audit.Done, ""); err != nil {
			return err
		}
		return updateProposal(ctx, tx, p)
	})
}

// Differences lists what a proposal changes against the rules that it was made
// against, by kind. Errors: ErrDenied, ErrNotFound.
func (s *Service) Differences(ctx context.Context, number int64) ([]pack.Change, error) {
	p, err := s.Get(ctx, number)
	if err != nil {
		return nil, err
	}
	before, err := s.SetOf(ctx, p.Base)
	if err != nil {
		return nil, err
	}
	after, err := s.SetOf(ctx, p.Version)
	if err != nil {
		return nil, err
	}
	return pack.Diff(before, after), nil
}
