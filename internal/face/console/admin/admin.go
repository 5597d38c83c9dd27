// Package admin is the pages of administration (管理): organisations, their people
// and roles, mandates between enterprises, and API keys. A manager sees its own
// organisation's, an administrator of the zone all.
//
// Invariants: what a page may do is decided in package access; a secret or a
// one-time code stands in the answer to the form that made it and nowhere else.
package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

type pages struct {
	*ui.Shell
	accounts *access.Accounts
}

// Register adds the pages to the shell.
func Register(s *ui.Shell, a *access.Accounts) {
	p := &pages{Shell: s, accounts: a}
	p.Nav(ui.Item{Group: ui.Administration, Path: "/organisations", ZH: "单位", EN: "Organisations", Icon: "building", Need: access.OrgManage},
		ui.Item{Group: ui.Administration, Path: "/people", ZH: "人员", EN: "People", Icon: "users", Need: access.PeopleManage},
		ui.Item{Group: ui.Administration, Path: "/mandates", ZH: "委托关系", EN: "Mandates", Icon: "heart-handshake", Need: access.OrgManage},
		ui.Item{Group: ui.Administration, Path: "/keys", ZH: "接口密钥", EN: "API keys", Icon: "key", Need: access.KeyManage})
	p.registerOrgs()
	p.registerPeople()
	p.registerMandates()
	p.registerKeys()
}

// told shows what accounts refuse: what is not there as such, the rest in its
// own words.
func told(err error) error {
	var why *access.Refusal
	switch {
	case errors.Is(err, access.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, access.ErrDenied), err == nil:
		return err
	case errors.As(err, &why):
		return problemOf(why)
	}
	return err
}

func problemOf(why *access.Refusal) *ui.Problem {
	return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(why.ZH, why.EN), Mend: ui.T(why.FixZH, why.FixEN)}
}

// inForm tells what is wrong with the entries of a form, which is then shown
// again; other errors come back as they are.
func inForm(err error) (*ui.Problem, error) {
	var why *access.Refusal
	if errors.As(err, &why) && !errors.Is(err, access.ErrDenied) && !errors.Is(err, access.ErrNotFound) {
		return problemOf(why), nil
	}
	return nil, told(err)
}

func status(p *ui.Problem) int {
	if p == nil {
		return http.StatusOK
	}
	return p.Status
}

// org is the organisation that a page is about: the one in the address, else the
// caller's own. "" lets an administrator choose one.
func (p *pages) org(r *http.Request, need access.Permission) string {
	who := access.Of(r.Context())
	if id := r.FormValue("org"); id != "" && who.Scope(need) == access.Zone {
		return id
	}
	if who.Scope(need) == access.Own {
		return who.Org
	}
	return ""
}

// of adds the organisation to an address.
func of(path, org string) string { return path + "?org=" + url.QueryEscape(org) }

// words splits what people type as a list.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool { return strings.ContainsRune(" ,;，；、\r\n\t", r) })
}
