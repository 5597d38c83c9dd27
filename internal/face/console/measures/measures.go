// Package measures is the pages of the library of policy (政策措施库) and of
// published answers (政策问答): to search, to read a clause in short words with
// what leads on from it, to ask a question with the clauses that fit shown
// first, and, for offices, to publish an answer.
//
// Invariants: all of it but publishing is for anybody; what a measure says is our
// own short words with the clause cited, and whether it is confirmed stands
// beside it.
package measures

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/library"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/pack"
)

type pages struct {
	*ui.Shell
	library *library.Service
	matters *matter.Service
	set     func() *pack.Set // in force
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z.Library, z.Matters, z.Set}
	s.Nav(ui.Item{Group: ui.Policy, Path: "/measures", ZH: "政策措施库", EN: "Library of policy", Icon: "book", Need: access.Public},
		ui.Item{Group: ui.Policy, Path: "/answers", ZH: "政策问答", EN: "Questions and answers", Icon: "message-report", Need: access.Public})
	s.Get("/measures", access.Public, p.list)
	s.Get("/measures/{id}", access.Public, p.one)
	s.Get("/answers", access.Public, p.answers)
	s.Get("/answers/ask", access.Public, p.ask)
	s.Get("/answers/publish/{number}", access.MatterWork, p.prepare)
	s.Post("/answers/publish/{number}", access.MatterWork, p.publish)
	s.Post("/answers/retract/{number}", access.MatterWork, p.retract)
}

// listView is the library with what was looked for.
type listView struct {
	query                   library.Query
	list                    []*library.Measure
	topics, audience, packs []string
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &listView{query: library.Query{Text: q.Get("q"), Topic: q.Get("topic"), Audience: q.Get("for"), Pack: q.Get("zone"), Standing: q.Get("standing")},
		topics: p.library.Topics(), audience: p.library.Audiences(), packs: p.library.Packs()}
	v.list = p.library.Measures(v.query)
	return p.Show(w, r, ui.View{Title: ui.T("政策措施库", "Library of policy"), Body: list(v)})
}

// oneView is a measure with what leads on from it.
type oneView struct {
	m        *library.Measure
	ended    bool
	services []*matter.Definition
	related  []*library.Measure
	answers  []library.Answer
	names    map[string]ui.Text // of incentives, by id
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	m, ok := p.library.Measure(r.PathValue("id"))
	if !ok {
		return ui.NotFound()
	}
	v := &oneView{m: m, ended: m.Ended(p.library.Today()), names: make(map[string]ui.Text)}
	for _, id := range m.Links.Incentives {
		v.names[id] = ui.T(id, id)
	}
	for _, i := range p.set().Items("incentives") {
		v.names[i.ID] = of(i.Title)
	}
	for _, id := range m.Links.Matters {
		if d := p.matters.Define(id); d != nil {
			v.services = append(v.services, d)
		}
	}
	for _, other := range p.library.Measures(library.Query{Topic: m.Topics[0]}) {
		if other.ID != m.ID && len(v.related) < 5 {
			v.related = append(v.related, other)
		}
	}
	var err error
	if v.answers, err = p.library.Answers(r.Context(), "", m.ID); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T(m.Title.ZH, m.Title.EN), Body: one(v), Back: "/measures", BackTo: ui.T("政策措施库", "Library of policy")})
}

func (p *pages) answers(w http.ResponseWriter, r *http.Request) error {
	text := r.URL.Query().Get("q")
	found, err := p.library.Answers(r.Context(), text, "")
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("政策问答", "Questions and answers"), Body: answers(text, found, access.Of(r.Context()).May(access.MatterWork))})
}

// ask shows what fits a question before it is sent: measures and answers that
// there are already.
func (p *pages) ask(w http.ResponseWriter, r *http.Request) error {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	v := &asking{text: q, about: r.URL.Query().Get("about"), who: access.Of(r.Context())}
	if m, ok := p.library.Measure(v.about); ok {
		v.measure = m
	}
	v.list = p.library.Suggest(q, 5)
	if q != "" {
		var err error
		if v.answers, err = p.library.Answers(r.Context(), q, ""); err != nil {
			return err
		}
		v.answers = v.answers[:min(3, len(v.answers))]
	}
	if d := p.matters.Define("policy-consultation"); d != nil {
		v.open = d.Open(v.who)
	}
	return p.Show(w, r, ui.View{Title: ui.T("政策咨询", "Ask a question"), Body: ask(v), Back: "/answers", BackTo: ui.T("政策问答", "Questions and answers")})
}

// asking is a question that is being written.
type asking struct {
	text    string
	about   string
	measure *library.Measure
	list    []*library.Measure
	answers []library.Answer
	who     *access.Principal
	open    bool
}

// question is what goes into the form of the application.
func (v *asking) question() string {
	if v.measure != nil {
		return "关于" + v.measure.Clause() + "：" + v.text
	}
	return v.text
}

func (p *pages) prepare(w http.ResponseWriter, r *http.Request) error {
	a, err := p.library.Ready(r.Context(), r.PathValue("number"))
	if err != nil {
		return problem(err)
	}
	return p.showPublish(w, r, a, nil)
}

func (p *pages) showPublish(w http.ResponseWriter, r *http.Request, a *library.Answer, fault *ui.Problem) error {
	v := ui.View{Title: ui.T("公开问答", "Publish question and answer"), Body: publish(a, fault), Back: "/matters/" + url.PathEscape(a.Number), BackTo: ui.T("办件 "+a.Number, "Application "+a.Number)}
	if fault != nil {
		v.Status = fault.Status
	}
	return p.Show(w, r, v)
}

func (p *pages) publish(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	question, reply := r.PostForm.Get("question"), r.PostForm.Get("reply")
	err := p.library.Publish(r.Context(), number, question, reply)
	var shown *ui.Problem
	switch {
	case err == nil:
		return p.Done(w, r, "/answers", ui.T("已公开", "Published"))
	case !errors.As(problem(err), &shown) || shown.Status != http.StatusUnprocessableEntity:
		return problem(err)
	}
	a, readyErr := p.library.Ready(r.Context(), number)
	if readyErr != nil {
		return problem(readyErr)
	}
	a.Question, a.Reply = question, reply
	return p.showPublish(w, r, a, shown)
}

func (p *pages) retract(w http.ResponseWriter, r *http.Request) error {
	if err := p.library.Retract(r.Context(), r.PathValue("number")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/answers", ui.T("已撤下", "Taken back"))
}

// problem says in words what can be mended.
func problem(err error) error {
	var list matter.Problems
	switch {
	case errors.As(err, &list):
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(list[0].ZH, list[0].EN), Mend: ui.T(list[0].FixZH, list[0].FixEN)}
	case errors.Is(err, matter.ErrNotFound), errors.Is(err, library.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, library.ErrDenied), errors.Is(err, matter.ErrDenied):
		return &ui.Problem{Status: http.StatusForbidden, What: ui.T("无权公开该问答", "This is not yours to publish"), Mend: ui.T("由答复部门公开", "Have it done by the office that answered")}
	}
	return err
}
