package declaration

import (
	"context"
	"fmt"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
)

// Matter is the id of the matter in which an enterprise's file is reviewed
// (异地报关单申报); its form names the file in the field "batch".
const Matter = "declaration-filing"

// Effects are what the matter does here, by the names that its definition uses.
func (s *Service) Effects() map[string]matter.Effect {
	return map[string]matter.Effect{"declarations-check": s.handed, "declarations-accept": s.approved, "declarations-refuse": s.refused}
}

// Matters carries reviews; *matter.Service is one.
type Matters interface {
	Begin(ctx context.Context, definition, key string, form map[string]any) (*matter.Matter, error)
	Submit(ctx context.Context, number string, revision uint64, key string) (*matter.Matter, error)
}

// Hand hands a file that waits in for review. A file that was handed in stays with
// its matter.
func (s *Service) Hand(ctx context.Context, matters Matters, id string) (*matter.Matter, error) {
	b, err := s.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	m, err := matters.Begin(ctx, Matter, "declarations "+id, map[string]any{"batch": b.ID, "rows": b.Rows, "value": b.Value.String(), "truthful": true})
	if err != nil {
		return nil, err
	}
	if m.State != matter.Draft {
		return m, nil
	}
	return matters.Submit(ctx, m.Number, m.Revision, "declarations "+id)
}

func (s *Service) batchOf(ctx context.Context, tx *store.Tx, m *matter.Matter) (*Batch, error) {
	id, _ := m.Form["batch"].(string)
	b, err := scanBatch(tx.QueryRow(ctx, `select `+batchColumns+` from declaration_batches where id = $1`, id))
	if err != nil || b.Org != m.Org || b.State != Waiting {
		return nil, matter.Problems{{Code: "batch", Field: "batch", ZH: "没有待审核的该批报关单", EN: "there is no such file that waits for review", FixZH: "从“报关单”页面重新上传", FixEN: "upload it again from the page of declarations"}}
	}
	return &b, nil
}

// handed is the effect of handing in: the file must be the applicant's, and wait.
func (s *Service) handed(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	b, err := s.batchOf(ctx, tx, m)
	if err != nil {
		return err
	}
	if b.Matter != "" && b.Matter != m.Number {
		return matter.Problems{{Code: "batch", Field: "batch", ZH: "该批报关单正在 " + b.Matter + " 中审核", EN: "the file is under review in " + b.Matter, FixZH: "查看该办件", FixEN: "follow that matter"}}
	}
	_, err = tx.Exec(ctx, `update declaration_batches set matter = $1 where id = $2`, m.Number, b.ID)
	return err
}

// approved is the effect of approval.
func (s *Service) approved(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	b, err := s.batchOf(ctx, tx, m)
	if err != nil {
		return err
	}
	if err := foreign(ctx, tx, b.ID); err != nil {
		return err
	}
	return s.accept(ctx, tx, b)
}

// foreign refuses a file with a number that came to stand under another enterprise
// since the file was read: two files for one declaration may wait at once.
func foreign(ctx context.Context, tx *store.Tx, batch string) error {
	var line int
	err := tx.QueryRow(ctx, `select coalesce(min(n.line), 0) from declaration_rows n join declaration_rows o on o.number = n.number and o.state = 1 and o.enterprise <> n.enterprise where n.batch = $1`, batch).Scan(&line)
	if err != nil || line == 0 {
		return err
	}
	return matter.Problems{{Code: "foreign", Field: "batch", ZH: fmt.Sprintf("第 %d 行的报关单号已登记在其他企业名下", line), EN: fmt.Sprintf("the declaration of row %d stands under another enterprise", line),
		FixZH: "不予采信，请两家企业核对报关单号", FixEN: "refuse the file, and let the two check the number"}}
}

// refused is the effect of refusal.
func (s *Service) refused(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	b, err := s.batchOf(ctx, tx, m)
	if err != nil {
		return err
	}
	return s.close(ctx, tx, b, Refused, "declaration.refuse")
}

func (s *Service) close(ctx context.Context, tx *store.Tx, b *Batch, to BatchState, act string) error {
	if _, err := tx.Exec(ctx, `update declaration_batches set state = $1, decided = $2, decider = $3 where id = $4`, int(to), clock.Micros(s.c.Clock.Now()), actor(ctx), b.ID); err != nil {
		return err
	}
	return s.write(ctx, tx, act, "declarations:"+b.ID, fmt.Sprintf("rows=%d", b.Rows))
}

// Withdraw takes a file back: its declarations no longer count, and what they
// replaced stays replaced; a new file puts it right. An office that may file for
// the zone, or the organisation that filed it.
func (s *Service) Withdraw(ctx context.Context, id string) error {
	b, err := s.Batch(ctx, id)
	if err != nil {
		return err
	}
	p := access.Of(ctx)
	scope := p.Scope(access.EvidenceFile)
	if scope != access.Zone && (scope != access.Own || b.Org == "" || b.Org != p.Org) {
		return s.deny(ctx, "declaration.withdraw", "declarations:"+id)
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update declaration_rows set state = $1 where batch = $2 and state <> $1`, int(Replaced), id); err != nil {
			return err
		}
		return s.close(ctx, tx, b, Taken, "declaration.withdraw")
	})
}
