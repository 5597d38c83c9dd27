package figures

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
)

// consenting is the page of consents and looks.
type consenting struct {
	names    names.Names
	today    clock.Day
	gives    bool
	own      []string
	given    []fact.Consent
	received []fact.Consent
	looks    []fact.Look
	orgs     map[string]string // names by id
	choices  []ui.Option       // parks and banks that consent may be given to
	mine     string            // id of the caller's organisation
	form     map[string]string
	fault    map[string]ui.Text
}

// mostLooks is how many looks are listed.
const mostLooks = 100

func (p *pages) consents(w http.ResponseWriter, r *http.Request) error {
	return p.consenting(w, r, map[string]string{}, nil)
}

func (p *pages) consenting(w http.ResponseWriter, r *http.Request, form map[string]string, fault map[string]ui.Text) error {
	ctx := r.Context()
	v := consenting{names: p.names(), today: p.today(), gives: access.Of(ctx).May(access.ConsentGive), own: p.own(ctx), form: form, fault: fault, orgs: make(map[string]string)}
	var err error
	if v.given, err = p.zone.Facts.Given(ctx); err != nil {
		return err
	}
	if v.received, err = p.zone.Facts.Received(ctx); err != nil {
		return err
	}
	if v.looks, err = p.zone.Facts.Looks(ctx, mostLooks); err != nil {
		return err
	}
	if v.gives {
		if v.choices, err = p.choices(ctx); err != nil {
			return err
		}
	}
	if who := access.Of(ctx); who != nil {
		v.mine = who.Org
	}
	for _, c := range v.given {
		v.name(p, ctx, c.Org)
	}
	for _, l := range v.looks {
		v.name(p, ctx, l.Org)
	}
	status := http.StatusOK
	if fault != nil {
		status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, ui.View{Title: ui.T("指标授权与查看记录", "Consents and looks"), Wide: true, Status: status, Body: consents(v)})
}

// choices are the parks and banks of the zone, by name.
func (p *pages) choices(ctx context.Context) ([]ui.Option, error) {
	out := []ui.Option{{Label: ui.T("其他单位（在下一栏填写编号）", "Another organisation (its id in the next field)")}}
	for _, kind := range []access.OrgKind{access.ParkOrg, access.BankOrg} {
		list, err := p.zone.Accounts.Orgs(access.With(ctx, access.System()), kind, "", "", 200)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if o.Active {
				out = append(out, ui.Option{Value: o.ID, Label: ui.T(o.Name, o.Name)})
			}
		}
	}
	return out, nil
}

func (v *consenting) name(p *pages, ctx context.Context, org string) {
	if _, ok := v.orgs[org]; ok || org == "" {
		return
	}
	v.orgs[org] = org
	if o, err := p.zone.Accounts.Org(access.With(ctx, access.System()), org); err == nil {
		v.orgs[org] = o.Name
	}
}

// give gives a consent.
func (p *pages) give(w http.ResponseWriter, r *http.Request) error {
	form := map[string]string{}
	for _, name := range []string{"enterprise", "org", "other", "purpose", "until"} {
		form[name] = strings.TrimSpace(r.PostFormValue(name))
	}
	org := form["org"]
	if org == "" {
		org = form["other"]
	}
	until, _ := clock.ParseDay(form["until"]) // what is no day is a fault of the room's
	_, err := p.zone.Facts.Give(r.Context(), form["enterprise"], org, form["purpose"], until)
	var bad matter.Problems
	if errors.As(err, &bad) {
		return p.consenting(w, r, form, faults(bad))
	}
	if err != nil {
		return said(err)
	}
	return p.Done(w, r, "/consents", ui.T("已授权", "The consent is given"))
}

func (p *pages) withdrawConsent(w http.ResponseWriter, r *http.Request) error {
	if err := p.zone.Facts.WithdrawConsent(r.Context(), r.PathValue("id"), r.PostFormValue("reason")); err != nil {
		return said(err)
	}
	return p.Done(w, r, "/consents", ui.T("已撤回授权，对方即刻不能再看", "The consent is withdrawn: they can look no more from now on"))
}

// stateOf is where a consent stands.
func (v *consenting) stateOf(c fact.Consent) (tone, icon string, word ui.Text) {
	switch {
	case !c.Withdrawn.IsZero():
		return "grey", "ban", ui.T("已撤回", "withdrawn")
	case !c.On(v.today):
		return "grey", "clock", ui.T("已到期", "over")
	}
	return "green", "circle-check", ui.T("有效", "in force")
}

func (v *consenting) ownOptions() (out []ui.Option) {
	for _, code := range v.own {
		label := code
		if name := v.names.Enterprise(code); name != "" {
			label = name + " " + code
		}
		out = append(out, ui.Option{Value: code, Label: ui.T(label, label)})
	}
	return out
}
