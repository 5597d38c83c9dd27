package matters

import (
	"context"
	"net/http"
	"slices"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// services is the catalogue of services (服务目录) with what was looked for.
type services struct {
	text, theme, audience string
	themes, audiences     []string
	groups                []group
	running               []row // of the caller
	count                 int
}

type group struct {
	category string
	list     []*matter.Definition
}

// catalogue shows the services by theme, those that fit what is looked for, and
// what of the caller's is under way.
func (p *pages) catalogue(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &services{text: q.Get("q"), theme: q.Get("theme"), audience: q.Get("for")}
	for _, d := range p.matters.Open(r.Context(), true) {
		v.themes = with(v.themes, d.Category)
		for _, a := range d.For() {
			v.audiences = with(v.audiences, a)
		}
	}
	slices.Sort(v.audiences)
	for _, d := range p.matters.Search(v.text, v.theme, v.audience) {
		i := slices.IndexFunc(v.groups, func(g group) bool { return g.category == d.Category })
		if i < 0 {
			v.groups, i = append(v.groups, group{category: d.Category}), len(v.groups)
		}
		v.groups[i].list = append(v.groups[i].list, d)
		v.count++
	}
	var err error
	if v.running, err = p.running(r.Context(), matter.Filter{State: matter.Open}); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("服务目录", "Services"), Body: catalogue(v)})
}

func with(list []string, v string) []string {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// running are the caller's own applications of a filter, a few.
func (p *pages) running(ctx context.Context, f matter.Filter) ([]row, error) {
	if access.Of(ctx).Scope(access.MatterRead) != access.Own {
		return nil, nil
	}
	f.Limit = 5
	list, err := p.matters.List(ctx, f)
	if err != nil {
		return nil, err
	}
	var out []row
	for _, m := range list {
		out = append(out, p.row(ctx, m))
	}
	return out, nil
}

// service is the page of one service.
type service struct {
	d       *matter.Definition
	who     *access.Principal
	parts   []*matter.Definition // of a bundle
	clients []matter.Client
	running []row
}

func (p *pages) guide(w http.ResponseWriter, r *http.Request) error {
	v := &service{d: p.matters.Define(r.PathValue("id")), who: access.Of(r.Context())}
	if v.d == nil || v.d.AppealOf() != "" {
		return ui.NotFound()
	}
	for _, id := range v.d.Bundle {
		if part := p.matters.Define(id); part != nil {
			v.parts = append(v.parts, part)
		}
	}
	var err error
	if v.d.Open(v.who) {
		if v.clients, err = p.matters.Clients(r.Context()); err != nil {
			return err
		}
	}
	if v.running, err = p.running(r.Context(), matter.Filter{Definition: v.d.ID}); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T(v.d.Title.ZH, v.d.Title.EN), Body: guide(v), Back: "/services", BackTo: ui.T("服务目录", "Services")})
}

// decisions are the published results, for anybody.
func (p *pages) decisions(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	list, err := p.matters.Decisions(r.Context(), q.Get("service"), number64(q.Get("before")), 40)
	if err != nil {
		return err
	}
	next := ""
	if len(list) == 40 {
		q.Set("before", text(list[39].Serial))
		next = "/decisions?" + q.Encode()
	}
	return p.Show(w, r, ui.View{Title: ui.T("办理结果公开", "Published decisions"), Wide: true, Body: decisions(list, next)})
}

// lateness shows how the departments keep their time limits.
func (p *pages) lateness(w http.ResponseWriter, r *http.Request) error {
	today := p.matters.Today()
	list, err := p.matters.Lateness(r.Context(), today.AddDays(-89), today)
	if err != nil {
		return problem(err)
	}
	return p.Show(w, r, ui.View{Title: ui.T("办理时效", "Time limits kept"), Wide: true, Body: lateness(list, today), Back: "/matters/queue", BackTo: ui.T("待办事项", "Applications to decide")})
}
