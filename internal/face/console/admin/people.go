package admin

import (
	"net/http"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

func (p *pages) registerPeople() {
	p.Get("/people", access.PeopleManage, p.people)
	p.Get("/people/new", access.PeopleManage, p.personForm)
	p.Post("/people", access.PeopleManage, p.addPerson)
	p.Get("/people/{id}", access.PeopleManage, p.onePerson)
	p.Post("/people/{id}", access.PeopleManage, p.changePerson)
	p.Post("/people/{id}/reset", access.PeopleManage, p.resetPerson)
	p.Post("/people/{id}/link", access.PeopleManage, p.linkPerson)
	p.Post("/people/{id}/unlink", access.PeopleManage, p.unlinkPerson)
}

func (p *pages) people(w http.ResponseWriter, r *http.Request) error {
	id := p.org(r, access.PeopleManage)
	if id == "" {
		return p.Done(w, r, "/organisations", ui.T("请先选择单位", "Choose the organisation first"))
	}
	o, err := p.accounts.Org(r.Context(), id)
	if err != nil {
		return told(err)
	}
	list, err := p.accounts.People(r.Context(), id)
	if err != nil {
		return told(err)
	}
	return p.Show(w, r, ui.View{Title: ui.T("人员", "People"), Body: peoplePage(o, list), Back: "/organisations/" + id, BackTo: ui.T(o.Name, o.Name)})
}

type personView struct {
	Problem *ui.Problem
	access.Person
	Kind      access.OrgKind
	Providers []access.Provider // that it can be linked to by hand
	Links     []string
	Self      bool
}

func (v personView) roleOptions() []ui.Option {
	var out []ui.Option
	for _, r := range access.OrgRoles(v.Kind) {
		out = append(out, ui.Option{Value: string(r), Label: ui.Role(r)})
	}
	return out
}

func (v personView) roleValues() []string {
	out := make([]string, len(v.Roles))
	for i, r := range v.Roles {
		out[i] = string(r)
	}
	return out
}

func (p *pages) personForm(w http.ResponseWriter, r *http.Request) error {
	return p.showPersonForm(w, r, personView{Person: access.Person{Org: p.org(r, access.PeopleManage)}})
}

func (p *pages) showPersonForm(w http.ResponseWriter, r *http.Request, v personView) error {
	o, err := p.accounts.Org(r.Context(), v.Org)
	if err != nil {
		return told(err)
	}
	v.Kind = o.Kind
	return p.Show(w, r, ui.View{Title: ui.T("新增人员", "New person"), Body: personFormPage(v), Status: status(v.Problem), Back: of("/people", v.Org), BackTo: ui.T("人员", "People")})
}

// typed is a person as the form says.
func typed(r *http.Request, v access.Person) access.Person {
	v.Name, v.Mail, v.Roles = r.PostForm.Get("name"), r.PostForm.Get("mail"), nil
	for _, role := range r.PostForm["roles"] {
		v.Roles = append(v.Roles, access.Role(role))
	}
	return v
}

func (p *pages) addPerson(w http.ResponseWriter, r *http.Request) error {
	v := personView{Person: typed(r, access.Person{Org: p.org(r, access.PeopleManage), Login: r.PostForm.Get("login")})}
	id, code, err := p.accounts.AddPerson(r.Context(), v.Person)
	if err == nil {
		return p.showCode(w, r, id, v.Login, code)
	}
	if v.Problem, err = inForm(err); err != nil {
		return err
	}
	return p.showPersonForm(w, r, v)
}

// showCode shows a one-time code, once.
func (p *pages) showCode(w http.ResponseWriter, r *http.Request, id, login, code string) error {
	return p.Show(w, r, ui.View{Title: ui.T("一次性代码", "One-time code"), Body: codePage(login, code), Back: "/people/" + id, BackTo: ui.T(login, login)})
}

func (p *pages) onePerson(w http.ResponseWriter, r *http.Request) error {
	v, err := p.accounts.Person(r.Context(), r.PathValue("id"))
	if err != nil {
		return told(err)
	}
	return p.showPerson(w, r, personView{Person: *v})
}

func (p *pages) showPerson(w http.ResponseWriter, r *http.Request, v personView) error {
	ctx := r.Context()
	if v.Org != "" {
		o, err := p.accounts.Org(ctx, v.Org)
		if err != nil {
			return told(err)
		}
		v.Kind = o.Kind
	}
	var err error
	if v.Links, err = p.accounts.Links(ctx, v.ID); err != nil {
		return told(err)
	}
	who := access.Of(ctx)
	if who.Scope(access.PeopleManage) == access.Zone {
		for _, d := range p.accounts.Providers() {
			if d.Kind != access.RealNameProvider {
				v.Providers = append(v.Providers, d)
			}
		}
	}
	v.Self = who.ID == v.ID
	title := v.Login
	if v.Name != "" {
		title = v.Name + " · " + v.Login
	}
	return p.Show(w, r, ui.View{Title: ui.T(title, title), Body: personPage(v), Status: status(v.Problem), Back: of("/people", v.Org), BackTo: ui.T("人员", "People")})
}

func (p *pages) changePerson(w http.ResponseWriter, r *http.Request) error {
	old, err := p.accounts.Person(r.Context(), r.PathValue("id"))
	if err != nil {
		return told(err)
	}
	v := personView{Person: typed(r, *old)}
	v.Active = r.PostForm.Get("active") == "yes"
	err = p.accounts.ChangePerson(r.Context(), v.Person)
	if err == nil {
		return p.Done(w, r, "/people/"+old.ID, ui.T("已保存", "Saved"))
	}
	if v.Problem, err = inForm(err); err != nil {
		return err
	}
	return p.showPerson(w, r, v)
}

func (p *pages) resetPerson(w http.ResponseWriter, r *http.Request) error {
	v, err := p.accounts.Person(r.Context(), r.PathValue("id"))
	if err != nil {
		return told(err)
	}
	code, err := p.accounts.ResetPerson(r.Context(), v.ID)
	if err != nil {
		return told(err)
	}
	return p.showCode(w, r, v.ID, v.Login, code)
}

func (p *pages) linkPerson(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	err := p.accounts.LinkPerson(r.Context(), id, r.PostForm.Get("provider"), r.PostForm.Get("subject"))
	if err == nil {
		return p.Done(w, r, "/people/"+id, ui.T("已关联单点登录身份", "The identity is linked"))
	}
	problem, err := inForm(err)
	if err != nil {
		return err
	}
	v, err := p.accounts.Person(r.Context(), id)
	if err != nil {
		return told(err)
	}
	return p.showPerson(w, r, personView{Person: *v, Problem: problem})
}

func (p *pages) unlinkPerson(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.accounts.Unlink(r.Context(), id, r.PostForm.Get("provider")); err != nil {
		return told(err)
	}
	return p.Done(w, r, "/people/"+id, ui.T("已取消关联", "The link is removed"))
}
