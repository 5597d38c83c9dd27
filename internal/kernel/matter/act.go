package matter

import (
	"context"
	"errors"
	"slices"
	"strings"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/store"
)

// Doing is what an officer does with a matter (办理).
type Doing struct {
	Act      Act
	Revision uint64        // that it was decided on; 0 is not allowed but for Claim and Comment
	Note     string        // reason; needed for Refuse, Return and Consult
	To       string        // Assign: an account; Consult: a role; Answer: the role that answers, if the caller has several that are asked
	Key      string        // idempotency key
	Roles    []access.Role // Consult: the departments asked at once; those of the step if none
	Stance   Stance        // Answer
	Marks    []Mark        // Return: what is to be completed
	Cites    []string      // Approve: the clauses that it rests on: "measure:ID", or a document and article in words
	Outcome  Outcome       // Approve of an appeal
}

// needsReason are the acts that say why.
var needsReason = []Act{Refuse, Return, Consult, Answer, Comment}

// Do does one act of an office on an open matter: claim, release, assign,
// accept, approve, refuse, return, consult, answer. Effects run in the same
// transaction, and what they or the guards object to is returned as Problems.
func (s *Service) Do(ctx context.Context, number string, do Doing) (*Matter, error) {
	p := access.Of(ctx)
	if slices.Contains(needsReason, do.Act) && do.Note == "" {
		return nil, Problems{{Code: "reason", Field: "note", ZH: do.Act.ZH() + "须说明理由", EN: "a reason is needed", FixZH: "写明理由，申请人能看到", FixEN: "say why; the applicant reads it"}}
	}
	do.Note = cut(do.Note, maxNote)
	var out *Matter
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		m, err := s.load(ctx, tx, number)
		if err != nil {
			return err
		}
		d := s.DefinitionOf(m)
		if !office(p, m, d) {
			return ErrNotFound
		}
		out = m
		if was, err := s.done(ctx, tx, m, do.Key); err != nil || was {
			return err
		}
		if err := s.may(p, m, d, do); err != nil {
			return err
		}
		if err := s.another(ctx, tx, m, do.Act); err != nil {
			return err
		}
		if err := s.perform(ctx, tx, m, d, do); err != nil {
			return err
		}
		m.Revision++
		m.Changed = s.now()
		if err := s.update(ctx, tx, m); err != nil {
			return err
		}
		l := Line{Act: do.Act, Note: do.Note, Internal: do.Act == Consult || do.Act == Answer || do.Act == Claim || do.Act == Release || do.Act == Assign}
		return s.record(ctx, tx, m, l, do.Key)
	})
	if errors.Is(err, ErrDenied) || errors.Is(err, ErrNotFound) {
		if out == nil {
			out = &Matter{Number: number}
		}
		if denied := s.denied(ctx, do.Act, out); !errors.Is(denied, ErrDenied) {
			return nil, denied
		}
	}
	if err != nil {
		return nil, err
	}
	d := s.DefinitionOf(out)
	out.Form = d.Mask(out.Form)
	return out, nil
}

// may tells whether the caller may do the act in the matter's step now.
func (s *Service) may(p *access.Principal, m *Matter, d *Definition, do Doing) error {
	if m.State != Open {
		return wrongState(m, do.Act)
	}
	if do.Revision != m.Revision && do.Act != Answer && (do.Revision != 0 || do.Act != Claim) {
		return ErrStale
	}
	step := d.Step(m.Step)
	if do.Act == Answer {
		if !consulted(p, m) {
			return ErrDenied
		}
		return nil
	}
	if !step.Theirs(p) && (!supervises(p, m) || do.Act != Assign && do.Act != Release) {
		return ErrDenied
	}
	switch do.Act {
	case Claim, Release, Assign:
		return nil
	}
	if !slices.Contains(officeActs, do.Act) || !step.Allows(do.Act) {
		return wrongState(m, do.Act)
	}
	if m.Officer != "" && m.Officer != p.ID {
		return Problems{{Code: "claimed", ZH: "该办件已由他人认领", EN: "a colleague has claimed it", FixZH: "请对方放回，或改为指派给自己", FixEN: "have it put back, or assign it to yourself"}}
	}
	return nil
}

func (s *Service) perform(ctx context.Context, tx *store.Tx, m *Matter, d *Definition, do Doing) error {
	switch do.Act {
	case Claim:
		if m.Officer != "" && m.Officer != access.Of(ctx).ID {
			return Problems{{Code: "claimed", ZH: "该办件已由他人认领", EN: "a colleague has claimed it", FixZH: "选择其他办件", FixEN: "take another one"}}
		}
		m.Officer = access.Of(ctx).ID
	case Release:
		m.Officer = ""
	case Assign:
		if do.To == "" {
			return Problems{{Code: "required", Field: "to", ZH: "未选择经办人", EN: "to whom?", FixZH: "选择经办人", FixEN: "choose somebody"}}
		}
		m.Officer = cut(do.To, maxKey)
	case Accept:
		if err := s.passable(ctx, tx, m, d); err != nil {
			return err
		}
		m.Officer = ""
		if err := s.left(ctx, tx, m, d); err != nil {
			return err
		}
		return s.enter(ctx, tx, m, d.next(m.Step))
	case Approve:
		return s.approve(ctx, tx, m, d, do)
	case Refuse:
		return s.close(ctx, tx, m, d, Refused, closing{reason: do.Note})
	case Return:
		return s.sendBack(ctx, tx, m, d, do.Marks)
	case Consult:
		return s.consult(ctx, tx, m, d, do)
	case Answer:
		return s.answer(ctx, tx, m, do)
	}
	return nil
}

// approve ends a matter well: all who must be heard were, its guards hold, and
// what it has to cite is cited.
func (s *Service) approve(ctx context.Context, tx *store.Tx, m *Matter, d *Definition, do Doing) error {
	if err := s.passable(ctx, tx, m, d); err != nil {
		return err
	}
	cites, err := s.cited(d, do.Cites)
	if err != nil {
		return err
	}
	if m.IsAppeal() {
		if err := s.uphold(ctx, tx, m, do.Outcome, do.Note); err != nil {
			return err
		}
	}
	return s.close(ctx, tx, m, d, Approved, closing{reason: do.Note, cites: cites})
}

// passable tells whether the step may be passed now.
func (s *Service) passable(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error {
	if err := s.heard(ctx, tx, m, d); err != nil {
		return err
	}
	return s.guard(ctx, tx, m, d)
}

// sendBack returns a matter to its applicant, with what is to be completed.
func (s *Service) sendBack(ctx context.Context, tx *store.Tx, m *Matter, d *Definition, marks []Mark) error {
	var out []Mark
	for _, k := range marks {
		id, paper := strings.CutPrefix(k.Field, "document:")
		if paper && d.Document(id) == nil || !paper && d.Field(k.Field) == nil {
			return Problems{{Code: "field", Field: k.Field, ZH: "表单没有此字段或材料", EN: "the form has no such field or document", FixZH: "从表单字段和材料中选择", FixEN: "choose one of the form's"}}
		}
		if k.Note = cut(k.Note, maxNote); k.Note != "" {
			out = append(out, k)
		}
	}
	if err := s.left(ctx, tx, m, d); err != nil {
		return err
	}
	if err := s.lapse(ctx, tx, m); err != nil {
		return err
	}
	m.State, m.Due, m.Marks, m.Escalated = Returned, 0, out, nil
	return nil
}

func (s *Service) guard(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error {
	for _, name := range d.Step(m.Step).Guards {
		if err := s.c.Hooks.Guards[name](ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// closing is what a decision says.
type closing struct {
	reason string
	cites  []Citation
}

// close ends a matter with its effect and its letter.
func (s *Service) close(ctx context.Context, tx *store.Tx, m *Matter, d *Definition, to State, c closing) error {
	if err := s.left(ctx, tx, m, d); err != nil {
		return err
	}
	if err := s.lapse(ctx, tx, m); err != nil {
		return err
	}
	m.State, m.Due, m.Closed, m.Escalated = to, 0, s.now(), nil
	result := d.Results.Approve
	if to == Refused {
		result = d.Results.Refuse
	}
	if result.Effect != "" {
		if err := s.c.Hooks.Effects[result.Effect](ctx, tx, m, d); err != nil {
			return err
		}
	}
	if result.Letter != nil {
		if err := s.write(ctx, tx, m, d, result.Letter, c); err != nil {
			return err
		}
	}
	return s.settle(ctx, tx, m)
}

// Say leaves a comment that applicant and offices read, in any state but draft.
func (s *Service) Say(ctx context.Context, number, text, key string) error {
	p := access.Of(ctx)
	if text == "" {
		return Problems{{Code: "required", Field: "note", ZH: "未填写留言", EN: "there is no text", FixZH: "写下要说的话", FixEN: "write it down"}}
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		m, err := s.load(ctx, tx, number)
		if err != nil {
			return err
		}
		if d := s.DefinitionOf(m); !mine(p, m) && !office(p, m, d) {
			return ErrNotFound
		}
		if m.State == Draft {
			return wrongState(m, Comment)
		}
		if was, err := s.done(ctx, tx, m, key); err != nil || was {
			return err
		}
		return s.record(ctx, tx, m, Line{Act: Comment, Note: cut(text, maxNote)}, key)
	})
	if errors.Is(err, ErrNotFound) {
		if denied := s.denied(ctx, Comment, &Matter{Number: number}); !errors.Is(denied, ErrDenied) {
			return denied
		}
	}
	return err
}

// Acts are what the caller can do with a matter now, the likeliest first.
func (s *Service) Acts(ctx context.Context, m *Matter) []Act {
	p, d := access.Of(ctx), s.DefinitionOf(m)
	var out []Act
	if mine(p, m) {
		switch m.State {
		case Draft, Returned:
			out = append(out, Submit, Save, Attach, Withdraw)
		case Open:
			out = append(out, Withdraw, Comment)
		}
		if until := s.AppealUntil(m); until != 0 && s.Today() <= until {
			out = append(out, AppealAgainst)
		}
		return out
	}
	if m.State != Open || !office(p, m, d) {
		return nil
	}
	if step := d.Step(m.Step); step != nil && step.Theirs(p) {
		switch m.Officer {
		case "":
			out = append(append(out, Claim), step.Acts...)
		case p.ID:
			out = append(append(out, step.Acts...), Release)
		}
		out = append(out, Assign)
	} else if supervises(p, m) {
		out = append(out, Release, Assign)
	}
	if consulted(p, m) {
		out = append(out, Answer)
	}
	return append(out, Comment)
}
