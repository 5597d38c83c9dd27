// Package enterprises is the pages of filed enterprises (备案企业): the list, one
// enterprise with its state, kinds, certificates, suspensions and every revision
// held against the one before, and what the administrator does with a filing.
//
// Invariants: who reads its own alone sees its own and its clients' by mandate
// alone, and others as if they were not there; holders of certificates are
// masked; a change says why and waits until clearance decides by it.
package enterprises

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/registry"
	"pilotzone/internal/registry/certify"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Administration, Path: "/enterprises", ZH: "备案企业", EN: "Enterprises", Icon: "building", Need: access.EnterpriseRead},
		ui.Item{Group: ui.Administration, Path: "/enterprises/due", ZH: "到期与复核", EN: "Filings to look at", Icon: "clock", Need: access.FilingEdit})
	s.Get("/enterprises", access.EnterpriseRead, p.list)
	s.Get("/enterprises/due", access.FilingEdit, p.due)
	s.Get("/enterprises/{id}", access.EnterpriseRead, p.one)
	s.Post("/enterprises/{id}/suspend", access.FilingEdit, p.suspend)
	s.Post("/enterprises/{id}/resume", access.FilingEdit, p.resume)
	s.Post("/enterprises/{id}/inspect", access.FilingEdit, p.inspect)
}

// perPage is how many enterprises a page of the list shows.
const perPage = 40

type listView struct {
	text, kind string
	rows       []registry.Filing
	today      clock.Day
	count      int // of all, for who sees the zone; -1: own alone
	first      string
	next       string
}

func (p *pages) today() clock.Day { return clock.DayOf(p.zone.Config.Clock.Now()) }

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &listView{text: strings.TrimSpace(q.Get("text")), kind: q.Get("kind"), today: p.today(), count: -1}
	var err error
	if access.Of(r.Context()).Scope(access.EnterpriseRead) == access.Zone {
		if v.rows, err = p.zone.Registry.Search(r.Context(), v.text, registry.Role(v.kind), q.Get("after"), perPage+1); err != nil {
			return err
		}
		if v.count, err = p.zone.Registry.Count(r.Context()); err != nil {
			return err
		}
	} else if v.rows, err = p.own(r.Context(), v); err != nil {
		return err
	}
	if q.Get("after") != "" {
		v.first = with(q, "")
	}
	if len(v.rows) > perPage {
		v.rows = v.rows[:perPage]
		v.next = with(q, v.rows[perPage-1].ID)
	}
	return p.Show(w, r, ui.View{Title: ui.T("备案企业", "Enterprises"), Wide: true, Body: list(v)})
}

// with is the list's address from after an id on.
func with(q url.Values, after string) string {
	q = url.Values{"text": q["text"], "kind": q["kind"]}
	if after != "" {
		q.Set("after", after)
	}
	return "/enterprises?" + q.Encode()
}

// own are the filings of the caller's organisation and of its clients.
func (p *pages) own(ctx context.Context, v *listView) ([]registry.Filing, error) {
	var out []registry.Filing
	for _, code := range access.Of(ctx).Parties() {
		f, err := p.zone.Registry.ByCode(ctx, code)
		if errors.Is(err, registry.ErrNotFiled) {
			continue
		}
		if err != nil {
			return nil, err
		}
		same := func(o registry.Filing) bool { return o.ID == f.ID }
		matches := strings.Contains(strings.ToLower(f.Name+" "+f.ID+" "+f.CustomsCode), strings.ToLower(v.text))
		if matches && f.Kinds.Has(registry.Role(v.kind)) && !slices.ContainsFunc(out, same) {
			out = append(out, *f)
		}
	}
	return out, nil
}

// find returns a filing by id or code that the caller may see.
func (p *pages) find(r *http.Request) (*registry.Filing, error) {
	id := r.PathValue("id")
	f, err := p.zone.Registry.Get(r.Context(), id)
	if errors.Is(err, registry.ErrNotFiled) {
		f, err = p.zone.Registry.ByCode(r.Context(), id)
	}
	if errors.Is(err, registry.ErrNotFiled) {
		return nil, ui.NotFound()
	}
	if err != nil {
		return nil, err
	}
	if !access.Of(r.Context()).Sees(access.EnterpriseRead, f.ID, f.CustomsCode, f.USCC) {
		return nil, ui.NotFound()
	}
	return f, nil
}

// object is the page of one enterprise.
type object struct {
	f         *registry.Filing
	today     clock.Day
	revisions []revision
	review    *certify.Review
	edit      bool
	parcels   bool
	fault     *ui.Problem
}

// revision is an entry of the history with what it changed.
type revision struct {
	registry.Revision
	who     string
	changes []change
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error { return p.show(w, r, nil) }

func (p *pages) show(w http.ResponseWriter, r *http.Request, fault *ui.Problem) error {
	f, err := p.find(r)
	if err != nil {
		return err
	}
	who := access.Of(r.Context())
	o := &object{f: f, today: p.today(), edit: who.Scope(access.FilingEdit) == access.Zone, parcels: who.Sees(access.ParcelRead, f.ID, f.CustomsCode, f.USCC), fault: fault}
	history, err := p.zone.Registry.History(r.Context(), f.ID)
	if err != nil {
		return err
	}
	for i := range history {
		v := revision{Revision: history[i], who: p.name(r.Context(), history[i].Author.By)}
		if i > 0 {
			v.changes = differences(&history[i-1].Filing, &history[i].Filing)
		}
		o.revisions = append(o.revisions, v)
	}
	slices.Reverse(o.revisions)
	if o.edit {
		if o.review, err = p.zone.Certify.ReviewOf(r.Context(), f.ID); err != nil {
			return err
		}
	}
	v := ui.View{Title: ui.T("企业 "+f.ID, "Enterprise "+f.ID), Body: page(o), Back: "/enterprises", BackTo: ui.T("备案企业", "Enterprises")}
	if fault != nil {
		v.Status = fault.Status
	}
	return p.Show(w, r, v)
}

// name is the name of an account as the reader may see it; its id without one.
func (p *pages) name(ctx context.Context, id string) string {
	if name, err := p.zone.Accounts.NameOf(ctx, id); err == nil && name != "" {
		return name
	}
	return id
}

// from is the day from which a change counts: today if none is given.
func (p *pages) from(r *http.Request) (clock.Day, error) {
	text := r.PostForm.Get("from")
	if text == "" {
		return p.today(), nil
	}
	d, err := clock.ParseDay(text)
	if err != nil {
		return 0, &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("日期有误", "The date is not in order"), Mend: ui.T("按 2026-03-01 的格式填写", "Write it as 2026-03-01")}
	}
	return d, nil
}

func (p *pages) suspend(w http.ResponseWriter, r *http.Request) error {
	from, err := p.from(r)
	if err == nil {
		err = p.zone.Certify.Suspend(r.Context(), r.PathValue("id"), from, strings.TrimSpace(r.PostForm.Get("reason")))
	}
	return p.done(w, r, err, ui.T("已暂停备案", "The filing was suspended"))
}

func (p *pages) resume(w http.ResponseWriter, r *http.Request) error {
	from, err := p.from(r)
	if err == nil {
		err = p.zone.Certify.Resume(r.Context(), r.PathValue("id"), from, strings.TrimSpace(r.PostForm.Get("reason")))
	}
	return p.done(w, r, err, ui.T("已恢复备案", "The filing was resumed"))
}

func (p *pages) inspect(w http.ResponseWriter, r *http.Request) error {
	err := p.zone.Certify.Inspect(r.Context(), r.PathValue("id"), r.PostForm.Get("passed") == "yes", strings.TrimSpace(r.PostForm.Get("reason")))
	return p.done(w, r, err, ui.T("已登记复核", "The look was recorded"))
}

// done leads back to the enterprise once clearance decides by the change; what
// can be mended is said on its page.
func (p *pages) done(w http.ResponseWriter, r *http.Request, err error, what ui.Text) error {
	var list matter.Problems
	var shown *ui.Problem
	switch {
	case errors.As(err, &list):
		return p.show(w, r, &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(list[0].ZH, list[0].EN), Mend: ui.T(list[0].FixZH, list[0].FixEN)})
	case errors.As(err, &shown):
		return p.show(w, r, shown)
	case errors.Is(err, matter.ErrDenied):
		return &ui.Problem{Status: http.StatusForbidden, What: ui.T("无权办理", "This is not yours to do"), Mend: ui.T("由管理员办理", "Have an administrator do it")}
	case errors.Is(err, registry.ErrNotFiled):
		return ui.NotFound()
	case err != nil:
		return err
	}
	if err := p.zone.Settle(r.Context()); err != nil {
		return err
	}
	return p.Done(w, r, "/enterprises/"+url.PathEscape(r.PathValue("id")), what)
}

// due are the filings to be looked at again, and those that end.
func (p *pages) due(w http.ResponseWriter, r *http.Request) error {
	soon := p.today().AddMonths(2)
	reviews, err := p.zone.Certify.ReviewsDue(r.Context(), soon, 200)
	if err != nil {
		return err
	}
	ending, err := p.zone.Certify.Expiring(r.Context(), soon, 200)
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("到期与复核", "Filings to look at"), Body: due(reviews, ending, p.today()), Back: "/enterprises", BackTo: ui.T("备案企业", "Enterprises")})
}
