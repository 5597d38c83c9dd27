package admin

import (
	"net/http"
	"net/url"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

// rows is how many rows a list has.
const rows = 40

func (p *pages) registerOrgs() {
	p.Get("/organisations", access.OrgManage, p.orgs)
	p.Get("/organisations/new", access.OrgManage, p.orgForm)
	p.Post("/organisations", access.OrgManage, p.addOrg)
	p.Get("/organisations/{id}", access.OrgManage, p.oneOrg)
	p.Post("/organisations/{id}", access.OrgManage, p.changeOrg)
}

type orgsView struct {
	List       []*access.Org
	Kind, Text string
	First      string // address of the first page; "" on it
	Next       string // address of the next page
}

func (p *pages) orgs(w http.ResponseWriter, r *http.Request) error {
	who := access.Of(r.Context())
	if who.Scope(access.OrgManage) == access.Own {
		return p.Done(w, r, "/organisations/"+who.Org, ui.Text{})
	}
	q := r.URL.Query()
	list, err := p.accounts.Orgs(r.Context(), access.OrgKind(q.Get("kind")), q.Get("text"), q.Get("after"), rows+1)
	if err != nil {
		return told(err)
	}
	v := orgsView{List: list, Kind: q.Get("kind"), Text: q.Get("text")}
	address := func(after string) string {
		return "/organisations?" + url.Values{"kind": {v.Kind}, "text": {v.Text}, "after": {after}}.Encode()
	}
	if len(list) > rows {
		v.List = list[:rows]
		v.Next = address(v.List[rows-1].ID)
	}
	if q.Get("after") != "" {
		v.First = address("")
	}
	return p.Show(w, r, ui.View{Title: ui.T("单位", "Organisations"), Body: orgsPage(v)})
}

type orgView struct {
	Problem *ui.Problem
	access.Org
	Codes  string
	Manage bool // may be changed
	People bool
	Keys   bool
}

var orgsCrumb = ui.T("单位", "Organisations")

func (p *pages) orgForm(w http.ResponseWriter, r *http.Request) error {
	if access.Of(r.Context()).Scope(access.OrgManage) != access.Zone {
		return access.ErrDenied
	}
	return p.showOrgForm(w, r, orgView{Org: access.Org{Kind: access.EnterpriseOrg}})
}

func (p *pages) showOrgForm(w http.ResponseWriter, r *http.Request, v orgView) error {
	return p.Show(w, r, ui.View{Title: ui.T("新增单位", "New organisation"), Body: orgFormPage(v), Status: status(v.Problem), Back: "/organisations", BackTo: orgsCrumb})
}

func (p *pages) addOrg(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	v := orgView{Org: access.Org{Kind: access.OrgKind(f.Get("kind")), Name: f.Get("name"), Filing: f.Get("filing")}, Codes: f.Get("codes")}
	v.Org.Codes = words(v.Codes)
	id, err := p.accounts.AddOrg(r.Context(), v.Org)
	if err == nil {
		return p.Done(w, r, "/organisations/"+id, ui.T("单位已建立", "The organisation is made"))
	}
	if v.Problem, err = inForm(err); err != nil {
		return err
	}
	return p.showOrgForm(w, r, v)
}

func (p *pages) oneOrg(w http.ResponseWriter, r *http.Request) error {
	o, err := p.accounts.Org(r.Context(), r.PathValue("id"))
	if err != nil {
		return told(err)
	}
	return p.showOrg(w, r, orgView{Org: *o, Codes: joined(o.Codes)})
}

func (p *pages) showOrg(w http.ResponseWriter, r *http.Request, v orgView) error {
	who := access.Of(r.Context())
	v.Manage = who.Scope(access.OrgManage) == access.Zone
	v.People, v.Keys = who.May(access.PeopleManage), who.May(access.KeyManage)
	view := ui.View{Title: ui.T(v.Org.Name, v.Org.Name), Body: orgPage(v), Status: status(v.Problem)}
	if v.Manage {
		view.Back, view.BackTo = "/organisations", orgsCrumb
	}
	return p.Show(w, r, view)
}

func (p *pages) changeOrg(w http.ResponseWriter, r *http.Request) error {
	o, err := p.accounts.Org(r.Context(), r.PathValue("id"))
	if err != nil {
		return told(err)
	}
	f := r.PostForm
	v := orgView{Org: *o, Codes: f.Get("codes")}
	v.Name, v.Filing, v.Active = f.Get("name"), f.Get("filing"), f.Get("active") == "yes"
	v.Org.Codes = words(v.Codes)
	err = p.accounts.ChangeOrg(r.Context(), v.Org)
	if err == nil {
		return p.Done(w, r, "/organisations/"+o.ID, ui.T("已保存", "Saved"))
	}
	if v.Problem, err = inForm(err); err != nil {
		return err
	}
	return p.showOrg(w, r, v)
}
