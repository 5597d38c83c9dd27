// Package matters is the pages of applications (事项办理): the catalogue, the form
// and its papers, the review before it is sent, one's own applications, the
// offices' queue, the page of one application, letters and their verification,
// and the small payments by which bank accounts are proved.
//
// Invariants: every form is made of its definition, so a new matter needs no
// page; forms work without scripts, which only save as one types; what is shown
// of a form is masked but to whoever fills it in, or who says for what purpose;
// papers leave as downloads alone.
package matters

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/library"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/registry/certify"
)

type pages struct {
	*ui.Shell
	matters  *matter.Service
	certify  *certify.Service
	accounts *access.Accounts
	library  *library.Service
	site     string // how browsers reach the platform
	fileSize int64
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z.Matters, z.Certify, z.Accounts, z.Library, z.Config.HTTP.PublicURL, z.Blobs.Limits().File}
	s.Nav(ui.Item{Group: ui.Policy, Path: "/services", ZH: "服务目录", EN: "Services", Icon: "book", Need: access.Public},
		ui.Item{Group: ui.Policy, Path: "/matters/mine", ZH: "我的办件", EN: "My applications", Icon: "file-text", Need: access.MatterApply, Signed: true},
		ui.Item{Group: ui.Policy, Path: "/matters/queue", ZH: "待办事项", EN: "Applications to decide", Icon: "clipboard-check", Need: access.MatterWork},
		ui.Item{Group: ui.Finance, Path: "/payouts", ZH: "账户验证打款", EN: "Payments that prove accounts", Icon: "building-bank", Need: access.PayoutTake})
	s.Get("/services", access.Public, p.catalogue)
	s.Get("/services/{id}", access.Public, p.guide)
	s.Get("/matters", access.Public, func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, "/services", http.StatusSeeOther)
		return nil
	})
	s.Get("/decisions", access.Public, p.decisions)
	s.Get("/verify", access.Public, p.verifyForm)
	s.Get("/verify/{code}", access.Public, p.verify)
	s.Get("/matters/mine", access.MatterRead, p.mine)
	s.Get("/matters/{number}", access.MatterRead, p.one)
	s.Get("/matters/{number}/letter", access.MatterRead, p.letter)
	s.Raw("/matters/{number}/documents/{file}", access.MatterRead, p.download)
	s.Post("/matters/{number}/comment", access.MatterRead, p.comment)
	s.Post("/matters/{number}/reveal", access.MatterRead, p.reveal)
	p.registerApplicant()
	p.registerOffice()
}

// problem turns what people can mend into a page; other errors come back.
func problem(err error) error {
	var list matter.Problems
	var file *blob.Refusal
	switch {
	case errors.As(err, &list):
		v := &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(list[0].ZH, list[0].EN), Mend: ui.T(list[0].FixZH, list[0].FixEN)}
		if len(list) > 1 {
			v.What, v.Mend = ui.T("有几处需要改正", "Some things are to be mended"), ui.Text{}
			for _, p := range list {
				v.Items = append(v.Items, ui.T(p.ZH+"："+p.FixZH, p.EN+": "+p.FixEN))
			}
		}
		return v
	case errors.As(err, &file):
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(file.ZH, file.EN), Mend: ui.T(file.FixZH, file.FixEN)}
	case errors.Is(err, matter.ErrNotFound), errors.Is(err, blob.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, matter.ErrDenied):
		return &ui.Problem{Status: http.StatusForbidden, What: ui.T("无权办理该事项", "This is not yours to do"), Mend: ui.T("由有权的人办理", "Have it done by somebody who may")}
	case errors.Is(err, matter.ErrStale):
		return &ui.Problem{Status: http.StatusConflict, What: ui.T("办件已有变化", "The application has changed meanwhile"), Mend: ui.T("返回办件页，看过最新情况后再操作", "Go back to it, look at it as it is now, then decide")}
	}
	return err
}

// address is the page of a matter, or one below it.
func address(number, below string) string {
	if below != "" {
		below = "/" + below
	}
	return "/matters/" + url.PathEscape(number) + below
}

// listView is a list of matters.
type listView struct {
	rows    []row
	filter  matter.Filter
	base    string
	chips   []filterChip
	next    string
	first   string
	count   int
	office  bool
	waiting matter.Waiting
}

type row struct {
	m     matter.Matter
	title ui.Text
	step  ui.Text
	late  bool
	who   string // officer's name
}

type filterChip struct {
	words ui.Text
	href  string
	on    bool
	count int // -1: not counted
}

func (p *pages) mine(w http.ResponseWriter, r *http.Request) error {
	v := &listView{base: "/matters/mine"}
	v.filter.State = matter.State(r.URL.Query().Get("state"))
	for _, s := range []matter.State{"", matter.Draft, matter.Open, matter.Returned, matter.Approved, matter.Refused, matter.Withdrawn} {
		words, href := ui.T(s.ZH(), s.EN()), v.base+"?state="+string(s)
		if s == "" {
			words, href = ui.T("全部", "All"), v.base
		}
		v.chips = append(v.chips, filterChip{words: words, href: href, on: s == v.filter.State, count: -1})
	}
	if err := p.fill(r, v); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("我的办件", "My applications"), Wide: true, Body: list(v)})
}

// fill reads the rows of a page of a list.
func (p *pages) fill(r *http.Request, v *listView) error {
	q := r.URL.Query()
	v.filter.Before, _ = strconv.ParseUint(q.Get("before"), 10, 63)
	v.filter.Limit = 40
	matters, err := p.matters.List(r.Context(), v.filter)
	if err != nil {
		return err
	}
	if v.count, err = p.matters.Count(r.Context(), v.filter); err != nil {
		return err
	}
	for _, m := range matters {
		v.rows = append(v.rows, p.row(r.Context(), m))
	}
	if v.filter.Before != 0 {
		q.Del("before")
		v.first = v.base + "?" + q.Encode()
	}
	if len(matters) == v.filter.Limit {
		q.Set("before", strconv.FormatUint(matters[len(matters)-1].Serial, 10))
		v.next = v.base + "?" + q.Encode()
	}
	return nil
}

func (p *pages) row(ctx context.Context, m matter.Matter) row {
	out := row{m: m, title: ui.T(m.Definition, m.Definition), late: m.Late(p.matters.Today()), who: p.name(ctx, m.Officer)}
	if d := p.matters.DefinitionOf(&m); d != nil {
		out.title = ui.T(d.Title.ZH, d.Title.EN)
		if s := d.Step(m.Step); s != nil && m.State == matter.Open {
			out.step = ui.T(s.Title.ZH, s.Title.EN)
		}
	}
	return out
}

// name is the name of an account as the reader may see it; its id without one.
func (p *pages) name(ctx context.Context, id string) string {
	if id == "" {
		return ""
	}
	if name, err := p.accounts.NameOf(ctx, id); err == nil && name != "" {
		return name
	}
	return id
}

// object is the page of one matter.
type object struct {
	m         *matter.Matter
	d         *matter.Definition
	mine      bool
	opinions  []opinion
	linked    []row
	agent     string // organisation that acts for the applicant, as named
	bundle    bool
	measures  []*library.Measure // to cite
	until     clock.Day          // last day for an appeal, 0 if there is none
	origin    *matter.Matter     // of an appeal
	today     clock.Day
	lines     []line
	files     []blob.File
	acts      []matter.Act
	letter    *matter.Letter
	challenge *certify.Challenge
	officer   string
	clear     bool // the form is in clear, for a purpose that was entered
	fault     *ui.Problem
	clerk     bool // may not read in clear
}

type line struct {
	matter.Line
	who  string
	step ui.Text
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	o, err := p.object(r.Context(), r.PathValue("number"))
	if err != nil {
		return problem(err)
	}
	return p.show(w, r, o)
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, o *object) error {
	back, to := "/matters/mine", ui.T("我的办件", "My applications")
	if !o.mine {
		back, to = "/matters/queue", ui.T("待办事项", "Applications to decide")
	}
	v := ui.View{Title: ui.T(o.d.Title.ZH+" "+o.m.Number, o.d.Title.EN+" "+o.m.Number), Body: page(o), Back: back, BackTo: to}
	if o.fault != nil {
		v.Status = o.fault.Status
	}
	return p.Show(w, r, v)
}

func (p *pages) object(ctx context.Context, number string) (*object, error) {
	m, err := p.matters.Get(ctx, number)
	if err != nil {
		return nil, err
	}
	o := &object{m: m, d: p.matters.DefinitionOf(m), mine: p.matters.Mine(ctx, m), today: p.matters.Today(), acts: p.matters.Acts(ctx, m), officer: p.name(ctx, m.Officer)}
	history, err := p.matters.History(ctx, number)
	if err != nil {
		return nil, err
	}
	for _, l := range history {
		v := line{Line: l, who: p.name(ctx, l.Actor)}
		if s := o.d.Step(l.Step); s != nil {
			v.step = ui.T(s.Title.ZH, s.Title.EN)
		}
		o.lines = append(o.lines, v)
	}
	if o.files, err = p.matters.Documents(ctx, number); err != nil {
		return nil, err
	}
	if o.letter, err = p.matters.LetterOf(ctx, m); err != nil && !errors.Is(err, matter.ErrNotFound) {
		return nil, err
	} else if err != nil {
		o.letter = nil
	}
	if o.challenge, err = p.certify.Challenge(ctx, number); err != nil {
		return nil, err
	}
	if err := p.around(ctx, o); err != nil {
		return nil, err
	}
	who := access.Of(ctx)
	o.clerk = !o.d.Works(who) && !who.May(access.PersonalClear)
	return o, nil
}

func (p *pages) download(w http.ResponseWriter, r *http.Request) error {
	f, data, err := p.matters.Download(r.Context(), r.PathValue("number"), r.PathValue("file"))
	if err != nil {
		return problem(err)
	}
	for name, value := range f.Headers() {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // the reader has gone: nobody to tell
	return nil
}

func (p *pages) comment(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	if err := p.matters.Say(r.Context(), number, r.PostForm.Get("comment"), r.PostForm.Get("key")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, address(number, ""), ui.T("已留言", "Your comment was added"))
}

// reveal shows the form in clear, once, for the purpose that was entered.
func (p *pages) reveal(w http.ResponseWriter, r *http.Request) error {
	m, err := p.matters.Reveal(r.Context(), r.PathValue("number"), r.PostForm.Get("purpose"))
	if err != nil {
		return problem(err)
	}
	o, err := p.object(r.Context(), m.Number)
	if err != nil {
		return problem(err)
	}
	o.m, o.clear = m, true
	return p.show(w, r, o)
}
