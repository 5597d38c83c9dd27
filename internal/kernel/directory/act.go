package directory

import (
	"context"
	"slices"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/store"
)

// Doing is one act on an entry.
type Doing struct {
	Directory, ID string
	Act           Act
	Revision      uint64 // that it was decided on
	Reason        string // needed for Return, Suspend and an office's Remove
}

// Acts are what the caller can do with an entry now.
func (s *Service) Acts(ctx context.Context, e *Entry) []Act {
	d := s.Define(e.Directory)
	if d == nil {
		return nil
	}
	return acts(access.Of(ctx), d, e)
}

func acts(p *access.Principal, d *Definition, e *Entry) []Act {
	var out []Act
	if e.State == Removed || e.Shipped != "" {
		return nil
	}
	switch {
	case edits(p):
		if e.Proposed == Waiting || e.State == Waiting {
			out = append(out, Publish, Return)
		} else if e.State == Draft && e.Owner == "" || e.State == Suspended {
			out = append(out, Publish)
		}
		if e.State == Published {
			out = append(out, Suspend)
			if d.Recheck > 0 {
				out = append(out, Recheck)
			}
		}
		out = append(out, Put, Remove)
	case mine(p, e.Owner):
		if e.State == Draft || e.Proposed == Draft {
			out = append(out, Submit)
		}
		if e.State == Waiting || e.Proposed != "" {
			out = append(out, Retract)
		}
		out = append(out, Put, Remove)
	}
	return out
}

// Act does one act. Problems say what stands against it.
func (s *Service) Act(ctx context.Context, do Doing) (*Entry, error) {
	d, err := s.define(ctx, do.Directory)
	if err != nil {
		return nil, err
	}
	p := access.Of(ctx)
	var out *Entry
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := s.load(ctx, tx, d.ID, do.ID)
		if err != nil {
			return err
		}
		if !s.sees(p, d, e) {
			return ErrNotFound
		}
		if !edits(p) && !mine(p, e.Owner) {
			return ErrDenied
		}
		if e.Revision != do.Revision {
			return ErrStale
		}
		if do.Act == Put || !slices.Contains(acts(p, d, e), do.Act) {
			return Problems{{Code: "state", ZH: "当前状态不能进行该操作", EN: "this cannot be done as the entry stands", FixZH: "刷新后查看可办操作", FixEN: "look at what can be done now"}}
		}
		if strings.TrimSpace(do.Reason) == "" && edits(p) && (do.Act == Return || do.Act == Suspend || do.Act == Remove) {
			return Problems{{Code: "required", Field: "reason", ZH: "未填写理由", EN: "a reason is missing", FixZH: "填写理由，所有者能看到", FixEN: "say why: the owner reads it"}}
		}
		if err := s.move(ctx, tx, d, e, do); err != nil {
			return err
		}
		out = e
		return s.store(ctx, tx, d, e, do.Act, strings.TrimSpace(do.Reason))
	})
	if err != nil {
		return nil, s.refused(ctx, do.Act, do.Directory, do.ID, err)
	}
	return s.shown(p, d, out), nil
}

// move changes the entry as the act says.
func (s *Service) move(ctx context.Context, tx *store.Tx, d *Definition, e *Entry, do Doing) error {
	waits := e.Fields
	if e.Proposed != "" {
		waits = e.Proposal
	}
	e.Reason = ""
	switch do.Act {
	case Submit:
		if err := s.judge(ctx, tx, d, e, waits); err != nil {
			return err
		}
		if e.Proposed != "" {
			e.Proposed = Waiting
		} else {
			s.forward(d, e, false)
		}
	case Retract:
		if e.Proposed != "" {
			e.Proposal, e.Proposed = nil, ""
		} else {
			e.State = Draft
		}
	case Publish:
		if err := s.judge(ctx, tx, d, e, waits); err != nil {
			return err
		}
		if e.Proposed == Waiting {
			e.Fields, e.Proposal, e.Proposed = e.Proposal, nil, ""
		} else {
			e.State = Published
		}
	case Return:
		if e.Proposed != "" {
			e.Proposed = Draft
		} else {
			e.State = Draft
		}
		e.Reason = do.Reason
	case Suspend:
		e.State, e.Reason = Suspended, do.Reason
	case Remove:
		e.State, e.Reason, e.Proposal, e.Proposed = Removed, do.Reason, nil, ""
	}
	return nil
}
