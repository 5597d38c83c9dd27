// Package policy is the pages of incentives (政策兑现): what an enterprise or a park
// can claim by its own figures, the catalogue of clauses, applications with the
// panel, publications, payment lists, budgets, claw-backs and the simulation of a
// clause.
//
// Invariants: every amount is shown as the most, with who decides; what the text
// does not state is said to be not stated; a clause whose validity is past or not
// confirmed says so; each condition shows what there is, what is wanted and by how
// much it misses, and its figures open.
package policy

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

type pages struct {
	*ui.Shell
	zone   *zone.Zone
	policy *policy.Service
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z, z.Policy}
	s.Nav(ui.Item{Group: ui.Policy, Path: "/policy/claims", ZH: "我能申领什么", EN: "What can I claim", Icon: "coin", Need: access.ClaimRead},
		ui.Item{Group: ui.Policy, Path: "/policy/applications", ZH: "奖补申领", EN: "Claims of incentives", Icon: "clipboard-check", Need: access.ClaimRead},
		ui.Item{Group: ui.Policy, Path: "/policy/clauses", ZH: "奖补条款", EN: "Incentive clauses", Icon: "scale", Need: access.Public},
		ui.Item{Group: ui.Policy, Path: "/policy/publications", ZH: "奖补公示", EN: "Awards published", Icon: "report", Need: access.Public},
		ui.Item{Group: ui.Policy, Path: "/policy/payments", ZH: "奖补拨付", EN: "Payments of awards", Icon: "cash", Need: access.ClaimWork},
		ui.Item{Group: ui.Policy, Path: "/policy/budgets", ZH: "奖补预算", EN: "Budgets of incentives", Icon: "table", Need: access.ClaimWork},
		ui.Item{Group: ui.Policy, Path: "/policy/clawbacks", ZH: "奖补追回", EN: "Claw-backs", Icon: "gavel", Need: access.ClaimWork},
		ui.Item{Group: ui.Policy, Path: "/policy/simulate", ZH: "奖补测算", EN: "Simulation of clauses", Icon: "chart-bar", Need: access.ClaimWork})
	s.Get("/policy/claims", access.ClaimRead, p.claims)
	s.Post("/policy/claims", access.MatterApply, p.begin)
	s.Get("/policy/clauses", access.Public, p.clauses)
	s.Get("/policy/clauses/{id}", access.Public, p.clause)
	s.Post("/policy/clauses/{id}/confirm", access.BudgetManage, p.confirm)
	s.Get("/policy/publications", access.Public, p.publications)
	s.Get("/policy/publications/{number}/object", access.Public, p.objection)
	s.Post("/policy/publications/{number}/object", access.Public, p.object)
	p.registerOffice()
	p.registerMoney()
}

// problem turns what people can mend into a page; other errors come back.
func problem(err error) error {
	var refused *policy.Refusal
	var list matter.Problems
	switch {
	case errors.As(err, &refused):
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(refused.ZH, refused.EN), Mend: ui.T(refused.FixZH, refused.FixEN)}
	case errors.As(err, &list):
		v := &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(list[0].ZH, list[0].EN), Mend: ui.T(list[0].FixZH, list[0].FixEN)}
		for _, x := range list[1:] {
			v.Items = append(v.Items, ui.T(x.ZH+"："+x.FixZH, x.EN+": "+x.FixEN))
		}
		return v
	case errors.Is(err, policy.ErrNotFound), errors.Is(err, matter.ErrNotFound), errors.Is(err, fact.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, policy.ErrDenied), errors.Is(err, matter.ErrDenied):
		return &ui.Problem{Status: http.StatusForbidden, What: ui.T("无权办理", "This is not yours to do"), Mend: ui.T("由有权的人办理", "Have it done by somebody who may")}
	case errors.Is(err, store.ErrConflict):
		return &ui.Problem{Status: http.StatusConflict, What: ui.T("同时有其他操作", "Something else happened at the same time"), Mend: ui.T("再试一次", "Try again")}
	}
	return err
}

// field reads a field of a form.
func field(r *http.Request, name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }

// amount reads an amount in yuan of a form.
func amount(r *http.Request, name string) (money.Fen, error) {
	f, err := money.ParseFen(strings.NewReplacer(",", "", "，", "").Replace(field(r, name)))
	if err != nil || f < 0 {
		return 0, &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("金额有误", "The amount is not in order"), Mend: ui.T("以元计，最多两位小数，如 320000.00", "Write yuan with at most two decimals, such as 320000.00")}
	}
	return f, nil
}

// office tells whether the reader sees claims of the whole zone.
func office(ctx context.Context) bool { return access.Of(ctx).Scope(access.ClaimRead) == access.Zone }

// works tells whether the reader works claims.
func works(ctx context.Context) bool { return access.Of(ctx).Scope(access.ClaimWork) == access.Zone }

// manages tells whether the reader manages budgets.
func manages(ctx context.Context) bool {
	return access.Of(ctx).Scope(access.BudgetManage) == access.Zone
}

// claimsView is what a subject can claim.
type claimsView struct {
	book       *fact.Book
	assessment *policy.Assessment
	own        []policy.Holder
	clients    []policy.Holder // of those for whom the reader may apply by a mandate
	office     bool
	start      bool // the reader may apply
	text, kind string
}

// claims is the page "what can I claim".
func (p *pages) claims(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &claimsView{office: office(ctx), text: strings.TrimSpace(q.Get("subject")), kind: q.Get("kind"), start: access.Of(ctx).Scope(access.MatterApply) == access.Own}
	var err error
	if v.book, err = p.zone.Facts.Book(); err != nil {
		return err
	}
	if !v.office {
		if v.own, err = p.policy.Own(ctx); err != nil {
			return problem(err)
		}
		if v.clients, err = p.policy.Clients(ctx); err != nil {
			return problem(err)
		}
	}
	who := fact.Subject{Kind: fact.Kind(v.kind), ID: v.text}
	if who.Kind == "" {
		who.Kind = fact.Enterprise
	}
	if all := slices.Concat(v.own, v.clients); who.ID == "" && len(all) > 0 {
		who = all[0].Subject
	}
	if who.ID != "" {
		v.assessment, err = p.policy.Assess(ctx, policy.Query{Subject: who})
		if v.office && errors.Is(err, policy.ErrNotFound) {
			err = nil // the page says that nothing was found
		}
		if err != nil {
			return problem(err)
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("我能申领什么", "What can I claim"), Body: claims(v)})
}

// begin starts a claim and leads to its form.
func (p *pages) begin(w http.ResponseWriter, r *http.Request) error {
	m, err := p.policy.Begin(r.Context(), fact.Subject{Kind: fact.Kind(field(r, "kind")), ID: field(r, "subject")}, field(r, "clause"), field(r, "key"))
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/matters/"+url.PathEscape(m.Number)+"/form", ui.Text{})
}

// catalogueView is the catalogue of clauses.
type catalogueView struct {
	list      []*policy.Clause
	confirmed map[string]*policy.Confirmation
	book      *fact.Book
	today     clock.Day
	text      string
}

func (p *pages) catalogue(ctx context.Context) (*catalogueView, error) {
	book, err := p.policy.Book()
	if err != nil {
		return nil, err
	}
	v := &catalogueView{today: p.policy.Today()}
	v.list = book.Now(v.today)
	if v.confirmed, err = p.policy.Confirmations(ctx); err != nil {
		return nil, err
	}
	v.book, err = p.zone.Facts.Book()
	return v, err
}

func (p *pages) clauses(w http.ResponseWriter, r *http.Request) error {
	v, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	v.text = strings.TrimSpace(r.URL.Query().Get("text"))
	var found []*policy.Clause
	for _, c := range v.list {
		if v.text == "" || strings.Contains(strings.ToLower(c.Title.ZH+c.Title.EN+c.Clause.ZH+c.Clause.EN+c.Source.Document), strings.ToLower(v.text)) {
			found = append(found, c)
		}
	}
	v.list = found
	return p.Show(w, r, ui.View{Title: ui.T("奖补条款", "Incentive clauses"), Body: clauses(v)})
}

func (p *pages) clause(w http.ResponseWriter, r *http.Request) error {
	v, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	for _, c := range v.list {
		if c.ID == r.PathValue("id") {
			return p.Show(w, r, ui.View{Title: ui.T(c.Title.ZH, c.Title.EN), Body: clause(v, c), Back: "/policy/clauses", BackTo: ui.T("奖补条款", "Incentive clauses")})
		}
	}
	return ui.NotFound()
}

func (p *pages) confirm(w http.ResponseWriter, r *http.Request) error {
	var until clock.Day
	if text := field(r, "until"); text != "" {
		d, err := clock.ParseDay(text)
		if err != nil {
			return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("日期有误", "The date is not in order"), Mend: ui.T("按 2026-12-31 的格式填写", "Write it as 2026-12-31")}
		}
		until = d
	}
	id := r.PathValue("id")
	if err := p.policy.Confirm(r.Context(), id, field(r, "document"), until); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/policy/clauses/"+url.PathEscape(id), ui.T("已登记效力确认", "The confirmation is entered"))
}

// perPage is how many rows a page of a list shows.
const perPage = 40

type publicationsView struct {
	list    []policy.Publication
	current bool
	today   clock.Day
	next    string
}

func (p *pages) publications(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &publicationsView{current: q.Get("all") == "", today: p.policy.Today()}
	var err error
	if v.list, err = p.policy.Publications(r.Context(), v.current, q.Get("before"), perPage); err != nil {
		return err
	}
	if len(v.list) == perPage {
		v.next = "/policy/publications?" + url.Values{"all": {q.Get("all")}, "before": {v.list[perPage-1].Number}}.Encode()
	}
	return p.Show(w, r, ui.View{Title: ui.T("奖补公示", "Awards published"), Body: publications(v)})
}

func (p *pages) objection(w http.ResponseWriter, r *http.Request) error {
	list, err := p.policy.Publications(r.Context(), true, "", 200)
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].Number == r.PathValue("number") {
			return p.Show(w, r, ui.View{Title: ui.T("提出异议", "Object to an award"), Body: objection(&list[i]), Back: "/policy/publications", BackTo: ui.T("奖补公示", "Awards published")})
		}
	}
	return ui.NotFound()
}

func (p *pages) object(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.policy.Object(r.Context(), r.PathValue("number"), field(r, "text"), field(r, "contact")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/policy/publications", ui.T("异议已收到，将在公示期结束前后核查处理", "The objection is received and will be looked into"))
}

// whole reads a whole number of the address or 0.
func whole(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
