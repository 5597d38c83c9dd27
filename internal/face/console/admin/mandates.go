package admin

import (
	"errors"
	"net/http"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

func (p *pages) registerMandates() {
	p.Get("/mandates", access.OrgManage, p.mandates)
	p.Get("/mandates/new", access.OrgManage, p.mandateForm)
	p.Post("/mandates", access.OrgManage, p.offer)
	p.Get("/mandates/{id}", access.OrgManage, p.mandate)
	p.Post("/mandates/{id}/accept", access.OrgManage, p.accept)
	p.Post("/mandates/{id}/refuse", access.OrgManage, p.refuse)
	p.Post("/mandates/{id}/revoke", access.OrgManage, p.revoke)
}

func (p *pages) mandates(w http.ResponseWriter, r *http.Request) error {
	org := p.org(r, access.OrgManage)
	list, err := p.accounts.Mandates(r.Context(), org)
	if err != nil {
		return told(err)
	}
	own := access.Of(r.Context()).Org
	return p.Show(w, r, ui.View{Title: ui.T("委托关系", "Mandates"), Body: mandatesPage(list, own, p.offers(r))})
}

// offers tells whether the caller can offer a mandate: it belongs to an
// enterprise whose mandates it manages.
func (p *pages) offers(r *http.Request) bool {
	return access.Of(r.Context()).Scope(access.OrgManage) == access.Own
}

type mandateForm struct {
	Problem                      *ui.Problem
	Side, Code, Kinds, From, Til string
}

func (p *pages) mandateForm(w http.ResponseWriter, r *http.Request) error {
	if !p.offers(r) {
		return access.ErrDenied
	}
	return p.showMandateForm(w, r, mandateForm{Side: "client"})
}

func (p *pages) showMandateForm(w http.ResponseWriter, r *http.Request, v mandateForm) error {
	return p.Show(w, r, ui.View{Title: ui.T("新增委托", "New mandate"), Body: mandateFormPage(v), Status: status(v.Problem), Back: "/mandates", BackTo: ui.T("委托关系", "Mandates")})
}

func (p *pages) offer(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	v := mandateForm{Side: f.Get("side"), Code: strings.ToUpper(strings.TrimSpace(f.Get("code"))), Kinds: f.Get("kinds"), From: f.Get("from"), Til: f.Get("to")}
	id, err := p.offerTyped(r, v)
	if err == nil {
		return p.Done(w, r, "/mandates/"+id, ui.T("已发出，等待对方确认", "Offered: it waits for the other side"))
	}
	if errors.Is(err, access.ErrNotFound) {
		v.Problem, err = &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("没有使用该企业代码的单位", "No organisation has this enterprise code"), Mend: ui.T("核对代码；对方须先在平台开户", "Check the code; the other side needs an account here first")}, nil
	} else {
		v.Problem, err = inForm(err)
	}
	if err != nil {
		return err
	}
	return p.showMandateForm(w, r, v)
}

func (p *pages) offerTyped(r *http.Request, v mandateForm) (string, error) {
	other, err := p.accounts.OrgOfCode(r.Context(), v.Code)
	if err != nil {
		return "", err
	}
	own := access.Of(r.Context()).Org
	g := access.Grant{Agent: other.ID, Client: own, Kinds: words(v.Kinds)}
	if v.Side == "agent" {
		g.Agent, g.Client = own, other.ID
	}
	for _, d := range []struct {
		text string
		day  *clock.Day
	}{{v.From, &g.From}, {v.Til, &g.To}} {
		if d.text == "" {
			continue
		}
		if *d.day, err = clock.ParseDay(d.text); err != nil {
			return "", &access.Refusal{Code: "day", ZH: "日期不正确：" + d.text, EN: "not a day: " + d.text, FixZH: "按 2026-03-01 填写", FixEN: "enter such as 2026-03-01"}
		}
	}
	return p.accounts.OfferMandate(r.Context(), g)
}

type mandateView struct {
	*access.Grant
	Steps  []stepRow
	Accept bool
	Refuse bool
	Revoke bool
}

type stepRow struct {
	access.Step
	Who string
}

func (p *pages) mandate(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	g, steps, err := p.accounts.MandateHistory(ctx, r.PathValue("id"))
	if err != nil {
		return told(err)
	}
	v := mandateView{Grant: g}
	for _, s := range steps {
		name, err := p.accounts.NameOf(ctx, s.Actor)
		if err != nil {
			return err
		}
		if name == "" {
			name = s.Actor
		}
		v.Steps = append(v.Steps, stepRow{s, name})
	}
	who := access.Of(ctx)
	side := who.Org != "" && (who.Org == g.Agent || who.Org == g.Client)
	v.Accept = side && g.State == access.Offered && who.Org != g.OfferedBy
	v.Refuse = side && g.State == access.Offered
	v.Revoke = g.State == access.Accepted
	return p.Show(w, r, ui.View{Title: ui.T("委托", "Mandate"), Body: mandatePage(v), Back: "/mandates", BackTo: ui.T("委托关系", "Mandates")})
}

func (p *pages) accept(w http.ResponseWriter, r *http.Request) error {
	return p.turned(w, r, p.accounts.AcceptMandate(r.Context(), r.PathValue("id")), ui.T("委托已生效", "The mandate is in force"))
}

func (p *pages) refuse(w http.ResponseWriter, r *http.Request) error {
	return p.turned(w, r, p.accounts.RefuseMandate(r.Context(), r.PathValue("id"), r.PostForm.Get("note")), ui.T("委托未成立", "The mandate did not come about"))
}

func (p *pages) revoke(w http.ResponseWriter, r *http.Request) error {
	return p.turned(w, r, p.accounts.RevokeMandate(r.Context(), r.PathValue("id"), r.PostForm.Get("note")), ui.T("委托已撤销，立即生效", "The mandate is revoked, at once"))
}

func (p *pages) turned(w http.ResponseWriter, r *http.Request, err error, done ui.Text) error {
	if err != nil {
		return told(err)
	}
	return p.Done(w, r, "/mandates/"+r.PathValue("id"), done)
}
