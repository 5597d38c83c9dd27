package matters

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/library"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// opinion is what a department was asked, with who answered.
type opinion struct {
	matter.Opinion
	who  string
	late bool
}

// around reads what belongs to a matter: the opinions of departments, its appeal
// or its parts, its agent, and the clauses that can be cited.
func (p *pages) around(ctx context.Context, o *object) error {
	list, err := p.matters.Opinions(ctx, o.m.Number)
	if err != nil {
		return err
	}
	for _, v := range list {
		o.opinions = append(o.opinions, opinion{v, p.name(ctx, v.By), v.Late(o.today)})
	}
	linked, err := p.matters.Linked(ctx, o.m)
	if err != nil {
		return err
	}
	for i, m := range linked {
		if o.m.IsAppeal() && m.Number == o.m.Parent {
			o.origin = &linked[i]
		}
		o.linked = append(o.linked, p.row(ctx, m))
	}
	if o.m.Agent != "" {
		o.agent = o.m.Agent
		if org, err := p.accounts.Org(access.With(ctx, access.System()), o.m.Agent); err == nil {
			o.agent = org.Name
		}
	}
	o.bundle = len(o.d.Bundle) > 0
	o.until = p.matters.AppealUntil(o.m)
	if o.d.Cites && o.can(matter.Approve) {
		o.measures = p.library.Measures(library.Query{})
	}
	return nil
}

// doing is what the form of an officer says.
func doing(r *http.Request) matter.Doing {
	f := r.PostForm
	do := matter.Doing{Act: matter.Act(f.Get("act")), Revision: number64(f.Get("revision")), Note: f.Get("note"), To: f.Get("to"), Key: f.Get("key"),
		Stance: matter.Stance(f.Get("stance")), Outcome: matter.Outcome(f.Get("outcome"))}
	for _, role := range f["roles"] {
		do.Roles = append(do.Roles, access.Role(role))
	}
	for name, values := range f {
		if field, ok := strings.CutPrefix(name, "mark:"); ok && strings.TrimSpace(values[0]) != "" {
			do.Marks = append(do.Marks, matter.Mark{Field: field, Note: strings.TrimSpace(values[0])})
		}
	}
	slices.SortFunc(do.Marks, func(a, b matter.Mark) int { return strings.Compare(a.Field, b.Field) })
	return do
}

// cites are the clauses of the form: a measure of the library is named by its id
// at the beginning.
func (p *pages) cites(lines []string) []string {
	var out []string
	for _, l := range lines {
		l = strings.TrimSpace(l)
		id, _, _ := strings.Cut(l, " ")
		if _, ok := p.library.Measure(id); ok {
			l = "measure:" + id
		}
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

// appeal starts an appeal against a decision and leads to its form.
func (p *pages) appeal(w http.ResponseWriter, r *http.Request) error {
	m, err := p.matters.BeginAppeal(r.Context(), r.PathValue("number"), r.PostForm.Get("key"))
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(m.Number, "form"), ui.Text{})
}

// asked are the departments that the step asks, ticked from the beginning.
func (o *object) asked() []string {
	var out []string
	if s := o.d.Step(o.m.Step); s != nil && s.Consult != nil {
		for _, r := range s.Consult.Roles {
			out = append(out, string(r))
		}
	}
	return out
}

// stances are what a department can answer.
func stances() []ui.Option {
	out := []ui.Option{{Label: ui.T("请选择", "Choose")}}
	for _, s := range []matter.Stance{matter.Agrees, matter.Conditions, matter.Disagrees} {
		out = append(out, ui.Option{Value: string(s), Label: ui.T(s.ZH(), s.EN())})
	}
	return out
}

func text(n uint64) string { return strconv.FormatUint(n, 10) }

// fieldName is the name of a field or a paper in words.
func (o *object) fieldName(field string) ui.Text {
	if id, ok := strings.CutPrefix(field, "document:"); ok {
		if d := o.d.Document(id); d != nil {
			return ui.T("材料："+d.Title.ZH, "Document: "+d.Title.EN)
		}
	}
	if f := o.d.Field(field); f != nil {
		return in(f.Label)
	}
	return ui.T(field, field)
}

// publishable tells whether the office may publish the answer.
func (o *object) publishable() bool {
	return !o.mine && o.d.Answer != nil && o.m.State == matter.Approved && o.m.Form[o.d.Answer.Consent] == true
}
