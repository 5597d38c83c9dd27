package matter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/form"
	"pilotzone/internal/kernel/store"
)

// maxKey bounds idempotency keys; maxNote bounds reasons and comments, in bytes.
const (
	maxKey  = 100
	maxNote = 4000
)

// Begin starts a matter as a draft for the caller: for their organisation, or
// for themselves. The same key of the same caller gives the same matter. form is
// what is known already; it may be nil.
func (s *Service) Begin(ctx context.Context, definition, key string, form map[string]any) (*Matter, error) {
	p := access.Of(ctx)
	d := s.Define(definition)
	if d == nil {
		return nil, ErrNotFound
	}
	if !d.Open(p) {
		return nil, s.denied(ctx, Start, &Matter{Number: "new " + d.ID})
	}
	return s.begin(ctx, d, &Matter{Org: p.Org}, key, form, nil)
}

// begin writes a new draft of the caller's, once a key; may is asked first, in
// its transaction.
func (s *Service) begin(ctx context.Context, d *Definition, m *Matter, key string, form map[string]any, may func(context.Context, *store.Tx) error) (*Matter, error) {
	p := access.Of(ctx)
	key = cut(key, maxKey)
	m.Owner = p.ID
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if key != "" {
			old, err := s.scan(tx.QueryRow(ctx, `select `+columns+` from matter_matters where owner = $1 and start_key = $2`, p.ID, key))
			if err == nil {
				*m = *old
				return nil
			} else if !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		if may != nil {
			if err := may(ctx, tx); err != nil {
				return err
			}
		}
		return s.insertNew(ctx, tx, d, m, key, form)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// insertNew writes a draft by a definition, which is kept with it.
func (s *Service) insertNew(ctx context.Context, tx *store.Tx, d *Definition, m *Matter, key string, form map[string]any) error {
	d, err := s.keep(ctx, tx, d)
	if err != nil {
		return err
	}
	m.Definition, m.Version, m.State, m.Revision, m.Form, m.Created, m.Changed = d.ID, d.Version, Draft, 1, d.Form.Keep(form), s.now(), s.now()
	m.subject(d)
	if err := s.insert(ctx, tx, m, key); err != nil {
		return err
	}
	return s.record(ctx, tx, m, Line{Act: Start}, "")
}

func (m *Matter) subject(d *Definition) {
	if d.Subject == "" {
		return // an appeal keeps that of its origin
	}
	text, _ := m.Form[d.Subject].(string)
	m.Subject = cut(text, maxKey)
}

// record writes history, audit entry and fact of an act of the caller.
func (s *Service) record(ctx context.Context, tx *store.Tx, m *Matter, l Line, key string) error {
	p := access.Of(ctx)
	l.Actor, l.Step = "system", m.Step
	if p != nil && l.Act != Note {
		l.Actor = p.ID
		if mine(p, m) {
			l.Org = p.Org
		}
	}
	if err := s.line(ctx, tx, m, l, key); err != nil {
		return err
	}
	e := entry(p, l.Act, m)
	e.Detail = fmt.Sprintf("definition=%s state=%s step=%s revision=%d", m.Definition, m.State, m.Step, m.Revision)
	if err := s.c.Audit.Write(ctx, tx, e); err != nil {
		return err
	}
	if l.Act == Consult {
		return s.fact(ctx, tx, m, l.Act, l.Actor, m.Consulted...)
	}
	return s.fact(ctx, tx, m, l.Act, l.Actor)
}

// change is one act of the applicant on a matter of theirs: it is loaded, held
// against the revision (0: whatever it is), edited, written and recorded. The
// same key happens once.
func (s *Service) change(ctx context.Context, number string, revision uint64, l Line, key string, states []State, edit func(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error) (*Matter, error) {
	p := access.Of(ctx)
	var out *Matter
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		m, err := s.load(ctx, tx, number)
		if err != nil {
			return err
		}
		out = m
		d := s.DefinitionOf(m)
		if !mine(p, m) {
			if office(p, m, d) {
				return ErrDenied
			}
			return ErrNotFound
		}
		if !p.May(access.MatterApply) {
			return ErrDenied
		}
		if was, err := s.done(ctx, tx, m, key); err != nil || was {
			return err
		}
		if revision != 0 && revision != m.Revision {
			return ErrStale
		}
		if !slices.Contains(states, m.State) {
			return wrongState(m, l.Act)
		}
		if err := edit(ctx, tx, m, d); err != nil {
			return err
		}
		m.Revision++
		m.Changed = s.now()
		if err := s.update(ctx, tx, m); err != nil {
			return err
		}
		if l.Act == Save {
			return nil // drafts are saved as they are typed: no line for each
		}
		return s.record(ctx, tx, m, l, key)
	})
	if errors.Is(err, ErrDenied) || errors.Is(err, ErrNotFound) && out != nil {
		if denied := s.denied(ctx, l.Act, out); !errors.Is(denied, ErrDenied) {
			return nil, denied
		}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

var filling = []State{Draft, Returned}

// Save keeps a form as it is so far. What is wrong with it is told and does not
// hinder.
func (s *Service) Save(ctx context.Context, number string, revision uint64, form map[string]any) (*Matter, Problems, error) {
	m, err := s.change(ctx, number, revision, Line{Act: Save}, "", filling, func(_ context.Context, _ *store.Tx, m *Matter, d *Definition) error {
		m.Form = d.Form.Keep(form)
		m.subject(d)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return m, s.DefinitionOf(m).Check(m.Form), nil
}

func owner(number string) string { return "matter:" + number }

// Attach lodges a paper under one of the documents asked for. A *blob.Refusal
// says what is wrong with the file.
func (s *Service) Attach(ctx context.Context, number, document, name string, data []byte) (*blob.File, error) {
	var f *blob.File
	_, err := s.change(ctx, number, 0, Line{Act: Attach, Note: document}, "", filling, func(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error {
		doc := d.Document(document)
		if doc == nil {
			return Problems{{Code: "document", Field: "document:" + document, ZH: "该事项没有此项材料", EN: "this matter asks for no such document", FixZH: "从材料清单中选择", FixEN: "choose one of the list"}}
		}
		if kind, err := blob.Sniff(blob.CleanName(name), data); err == nil && len(doc.Accept) > 0 && !slices.Contains(doc.Accept, kind) {
			return &blob.Refusal{Code: "type", ZH: "此项材料不接受 " + string(kind), EN: "this document is not taken as " + string(kind),
				FixZH: "可用格式：" + typeList(doc.Accept), FixEN: "it is taken as " + typeList(doc.Accept)}
		}
		var err error
		f, err = s.c.Blobs.Put(ctx, tx, blob.Upload{Owner: owner(number), Slot: document, Name: name, By: access.Of(ctx).ID, Data: data})
		return err
	})
	return f, err
}

func typeList(types []blob.Type) string {
	out := ""
	for i, t := range types {
		if i > 0 {
			out += ", "
		}
		out += string(t)
	}
	return out
}

// Detach takes a paper away.
func (s *Service) Detach(ctx context.Context, number, file string) error {
	_, err := s.change(ctx, number, 0, Line{Act: Detach}, "", filling, func(ctx context.Context, tx *store.Tx, _ *Matter, _ *Definition) error {
		list, err := s.c.Blobs.ListIn(ctx, tx, owner(number))
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(f blob.File) bool { return f.ID == file }) {
			return blob.ErrNotFound
		}
		return s.c.Blobs.Remove(ctx, tx, file)
	})
	return err
}

// check is all that hinders a submission: the form and missing papers.
func (s *Service) check(m *Matter, d *Definition, files []blob.File) Problems {
	return append(d.Check(m.Form), form.Missing(d.Documents, m.Form, func(document string) bool {
		return slices.ContainsFunc(files, func(f blob.File) bool { return f.Slot == document })
	})...)
}

// Submit hands a draft or a completed matter in: all that is wrong is returned
// at once, as Problems. The probes are asked first; then, in one transaction,
// the effects of a submission run and the first step (or the one that returned
// it) begins.
func (s *Service) Submit(ctx context.Context, number string, revision uint64, key string) (*Matter, error) {
	m, d, err := s.own(ctx, number)
	if err != nil {
		return nil, err
	}
	files, err := s.c.Blobs.List(ctx, owner(number))
	if err != nil {
		return nil, err
	}
	var findings []Finding
	if slices.Contains(filling, m.State) && len(s.check(m, d, files)) == 0 {
		findings = s.probe(ctx, m, d)
	}
	out, err := s.change(ctx, number, revision, Line{Act: Submit}, key, filling, func(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error {
		files, err := s.c.Blobs.ListIn(ctx, tx, owner(number))
		if err != nil {
			return err
		}
		if problems := s.check(m, d, files); len(problems) > 0 {
			return problems
		}
		step := d.Step(m.Step)
		if step == nil {
			step = d.next("")
		}
		m.State, m.Submitted, m.Findings, m.Marks = Open, s.now(), findings, nil
		if len(d.Bundle) > 0 {
			return s.startParts(ctx, tx, m, d)
		}
		if err := s.enter(ctx, tx, m, step); err != nil {
			return err
		}
		for _, name := range d.Submitted {
			if err := s.c.Hooks.Effects[name](ctx, tx, m, d); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(d.Bundle) > 0 {
		err = s.submitParts(ctx, number)
	}
	return out, err
}

func (s *Service) probe(ctx context.Context, m *Matter, d *Definition) []Finding {
	var out []Finding
	for _, name := range d.Probes {
		for _, f := range s.c.Hooks.Probes[name](ctx, m) {
			f.Probe = name
			out = append(out, f)
		}
	}
	return out
}

// enter begins a step: its time limit runs from the working day after today.
func (s *Service) enter(ctx context.Context, tx *store.Tx, m *Matter, step *Step) error {
	if err := s.lapse(ctx, tx, m); err != nil {
		return err
	}
	m.Step, m.Escalated = step.ID, nil
	m.Due = s.c.Calendar.AddWorking(s.Today(), step.Days)
	return s.entered(ctx, tx, m, step)
}

// Withdraw takes a matter back that is not closed.
func (s *Service) Withdraw(ctx context.Context, number string, revision uint64, reason, key string) (*Matter, error) {
	return s.change(ctx, number, revision, Line{Act: Withdraw, Note: cut(reason, maxNote)}, key, []State{Draft, Open, Returned}, func(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error {
		if err := s.left(ctx, tx, m, d); err != nil {
			return err
		}
		if err := s.lapse(ctx, tx, m); err != nil {
			return err
		}
		m.State, m.Due, m.Closed, m.Escalated, m.Marks = Withdrawn, 0, s.now(), nil, nil
		return s.settle(ctx, tx, m)
	})
}

// cut bounds a text in bytes without halving a character.
func cut(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// AddNote lets an effect or a service write into the history what it did, in its
// transaction; it reads in Chinese and English.
func (s *Service) AddNote(ctx context.Context, tx *store.Tx, number, zh, en string) error {
	m, err := s.load(ctx, tx, number)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, m, Line{Act: Note, Note: zh + " / " + en}, "")
}

// own loads a matter of the caller's for filling in, with its form in clear.
// Someone else of the organisation who reads it is written down.
func (s *Service) own(ctx context.Context, number string) (*Matter, *Definition, error) {
	m, err := s.scan(s.db.Read().QueryRowContext(ctx, `select `+columns+` from matter_matters where number = $1`, number))
	if err != nil {
		return nil, nil, err
	}
	p := access.Of(ctx)
	if !mine(p, m) {
		return nil, nil, ErrNotFound
	}
	return m, s.DefinitionOf(m), nil
}

// Fill returns a matter of the caller's with its form in clear, for filling in,
// and what is wrong so far. A colleague of the one who started it is written
// into the audit chain as a reader.
func (s *Service) Fill(ctx context.Context, number string) (*Matter, Problems, error) {
	m, d, err := s.own(ctx, number)
	if err != nil {
		return nil, nil, err
	}
	files, err := s.c.Blobs.List(ctx, owner(number))
	if err != nil {
		return nil, nil, err
	}
	if p := access.Of(ctx); p.ID != m.Owner && d.Form.Personal(m.Form) {
		e := entry(p, "", m)
		e.Act, e.Purpose = "personal.read", "continue the application"
		if err := s.c.Audit.Record(ctx, e); err != nil {
			return nil, nil, err
		}
	}
	return m, s.check(m, d, files), nil
}
