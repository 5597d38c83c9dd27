package directory

import (
	"context"
	"errors"

	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
)

// Effects are what definitions of matters may name:
//
//   - "directory-check" (on_submit) holds the form against the directories that
//     the matter enters, so that the applicant mends it and not the officer;
//   - "directory-enter" (on approval) makes or changes the entries.
//
// Which directories a matter enters, and what it lays down there, say the
// directories (key `enter`).
func (s *Service) Effects() map[string]matter.Effect {
	return map[string]matter.Effect{
		"directory-check": func(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
			return s.byMatter(ctx, tx, m, false)
		},
		"directory-enter": func(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
			return s.byMatter(ctx, tx, m, true)
		},
	}
}

// byMatter makes or changes the entries of a matter; without write it only looks
// whether it could.
func (s *Service) byMatter(ctx context.Context, tx *store.Tx, m *matter.Matter, write bool) error {
	today := s.Today()
	for _, d := range s.rules().list {
		way := d.Way(m.Definition)
		if way == nil || d != s.rules().find(d.ID, today) {
			continue
		}
		e, err := s.enters(ctx, tx, d, way, m)
		if err != nil {
			return err
		}
		if err := s.judge(ctx, tx, d, e, e.Fields); err != nil {
			return err
		}
		if !write {
			continue
		}
		e.State, e.Matter, e.Proposal, e.Proposed, e.Reason = Published, m.Number, nil, "", ""
		if err := s.store(ctx, tx, d, e, Enter, ""); err != nil {
			return err
		}
	}
	return nil
}

// enters is the entry that a matter makes or changes, with its new values.
func (s *Service) enters(ctx context.Context, tx *store.Tx, d *Definition, way *Way, m *matter.Matter) (*Entry, error) {
	owner := s.ownerOf(ctx, m)
	e, err := s.named(ctx, tx, d, way, m, owner)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for k, v := range e.Fields {
		values[k] = v
	}
	for k, v := range d.clean(m.Form) {
		values[k] = v
	}
	for k, v := range way.Set {
		switch v {
		case "true", "false":
			values[k] = v == "true"
		case "today":
			values[k] = s.Today().String()
		default:
			values[k] = v
		}
	}
	if way.Months > 0 && d.Expiry != nil {
		values[d.Expiry.Field] = s.Today().AddMonths(way.Months).AddDays(-1).String()
	}
	e.Fields = d.clean(values)
	return e, nil
}

func (s *Service) named(ctx context.Context, tx *store.Tx, d *Definition, way *Way, m *matter.Matter, owner string) (*Entry, error) {
	now := s.c.Clock.Now()
	fresh := &Entry{Directory: d.ID, Owner: owner, State: Draft, Created: now, Changed: now}
	if way.Entry == "" {
		return fresh, s.required(ctx, tx, d, owner)
	}
	id, _ := m.Form[way.Entry].(string)
	e, err := s.load(ctx, tx, d.ID, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	if err != nil || e.Owner != owner || e.State != Published && e.State != Suspended {
		return nil, Problems{{Code: "entry", Field: way.Entry, ZH: "《" + d.Title.ZH + "》中没有本单位的该条目", EN: "there is no such entry of yours in " + d.Title.EN,
			FixZH: "填写本单位已公布条目的编号（见“我的条目”）", FixEN: "give the id of a published entry of yours (see My entries)"}}
	}
	return e, nil
}

// ownerOf is the name under which the applicant holds entries.
func (s *Service) ownerOf(ctx context.Context, m *matter.Matter) string {
	if m.Org == "" {
		return m.Owner
	}
	return ownerAmong(s.c.Codes(ctx, m.Org), m.Org)
}
