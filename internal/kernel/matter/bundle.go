package matter

import (
	"context"
	"errors"

	"pilotzone/internal/kernel/store"
)

// startParts starts the matters of a bundle (一件事) as drafts, each with what
// the shared form says under the names of its fields.
func (s *Service) startParts(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error {
	for _, id := range d.Bundle {
		part := s.Define(id)
		if part == nil {
			return Problems{{Code: "bundle", ZH: "事项 " + id + " 今日未开办", EN: "the matter " + id + " is not offered today", FixZH: "联系窗口", FixEN: "ask the office"}}
		}
		v := &Matter{Parent: m.Number, Relation: relationPart, Org: m.Org, Owner: m.Owner, Agent: m.Agent, Client: m.Client}
		if err := s.insertNew(ctx, tx, part, v, "", m.Form); err != nil {
			return err
		}
	}
	return nil
}

// submitParts hands in those matters of a bundle that need nothing more. The
// others stay drafts for the applicant to go on with.
func (s *Service) submitParts(ctx context.Context, number string) error {
	numbers, err := s.texts(ctx, `select number from matter_matters where parent = $1 and relation = $2 and state = 'draft' order by serial`, number, relationPart)
	if err != nil {
		return err
	}
	for _, part := range numbers {
		var more Problems
		if _, err := s.Submit(ctx, part, 0, ""); err != nil && !errors.As(err, &more) {
			return err
		}
	}
	return nil
}

// settle ends a bundle when the last of its matters has ended: approved if all
// that were not withdrawn were.
func (s *Service) settle(ctx context.Context, tx *store.Tx, m *Matter) error {
	if m.Relation != relationPart {
		return nil
	}
	bundle, err := s.load(ctx, tx, m.Parent)
	if err != nil {
		return err
	}
	var running, refused int
	if err := tx.QueryRow(ctx, `select coalesce(cast(sum(case when state in ('draft', 'open', 'returned') then 1 else 0 end) as bigint), 0), coalesce(cast(sum(case when state = 'refused' then 1 else 0 end) as bigint), 0)
		from matter_matters where parent = $1 and relation = $2 and serial <> $3`, m.Parent, relationPart, int64(m.Serial)).Scan(&running, &refused); err != nil {
		return store.Wrap("read matters", err)
	}
	if running > 0 || bundle.State != Open {
		return nil
	}
	bundle.State, bundle.Closed, bundle.Changed = Approved, s.now(), s.now()
	if refused > 0 || m.State == Refused {
		bundle.State = Refused
	}
	bundle.Revision++
	if err := s.update(ctx, tx, bundle); err != nil {
		return err
	}
	return s.record(ctx, tx, bundle, Line{Act: Note, Note: "全部事项已办结 / all its matters have ended"}, "")
}
