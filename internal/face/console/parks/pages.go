// Package parks is the pages of parks and places (园区与场所): the public lists with
// the map, one place with its members, figures, distance from recognition and
// assessments for who is inside, the acts of operators, enterprises and offices,
// the worklist of recognition, source factories and online zones.
//
// Invariants: what a visitor sees is public; members, figures and reasons are for
// who is inside the place (package park decides); a map is drawn here, nothing is
// fetched for it, and the same places stand in a list beside it.
package parks

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Parks, Path: "/parks", ZH: "园区与节点", EN: "Parks and nodes", Icon: "building-community", Need: access.Public},
		ui.Item{Group: ui.Parks, Path: "/belts", ZH: "产业带", EN: "Industrial belts", Icon: "route", Need: access.Public},
		ui.Item{Group: ui.Parks, Path: "/factories", ZH: "源头工厂", EN: "Source factories", Icon: "building", Need: access.Public},
		ui.Item{Group: ui.Parks, Path: "/centres", ZH: "展示选品中心", EN: "Exhibition centres", Icon: "eye", Need: access.Public},
		ui.Item{Group: ui.Parks, Path: "/incubators", ZH: "孵化中心", EN: "Incubators", Icon: "plus", Need: access.Public},
		ui.Item{Group: ui.Parks, Path: "/warehouses", ZH: "海外仓与集货仓", EN: "Warehouses", Icon: "package", Need: access.Public},
		ui.Item{Group: ui.Parks, Path: "/recognitions/publications", ZH: "认定公示", EN: "Recognitions published", Icon: "report", Need: access.Public},
		ui.Item{Group: ui.Parks, Path: "/recognitions", ZH: "认定工作台", EN: "Recognition worklist", Icon: "clipboard-check", Need: access.ParkRead},
		ui.Item{Group: ui.Parks, Path: "/memberships", ZH: "我的入驻", EN: "My memberships", Icon: "heart-handshake", Need: access.ConsentGive})
	s.Get("/parks", access.Public, p.list("/parks", park.Park, park.Node))
	s.Get("/belts", access.Public, p.list("/belts", park.Belt))
	s.Get("/centres", access.Public, p.list("/centres", park.Centre))
	s.Get("/incubators", access.Public, p.list("/incubators", park.Incubator))
	s.Get("/warehouses", access.Public, p.list("/warehouses", park.Overseas, park.Consolidation))
	s.Get("/factories", access.Public, p.factories)
	for _, path := range []string{"/parks/{id}", "/belts/{id}", "/centres/{id}"} {
		s.Get(path, access.Public, p.one)
	}
	s.Get("/parks/{id}/far", access.FigureRead, p.far)
	p.registerActs(s)
}

func (p *pages) registerActs(s *ui.Shell) {
	s.Get("/places/new", access.ListingEdit, p.enter)
	s.Post("/places/new", access.ListingEdit, p.put)
	s.Get("/parks/{id}/edit", access.ListingEdit, p.edit)
	s.Post("/parks/{id}/edit", access.ListingEdit, p.put)
	s.Post("/parks/{id}/state", access.ParkManage, p.move)
	s.Post("/parks/{id}/review", access.ParkManage, p.review)
	s.Post("/parks/{id}/members", access.ListingEdit, p.offer)
	s.Post("/parks/{id}/goods", access.ListingEdit, p.display)
	s.Post("/parks/{id}/apply", access.MatterApply, p.apply)
	s.Get("/memberships", access.ConsentGive, p.mine)
	s.Post("/memberships/{number}/answer", access.ConsentGive, p.answer)
	s.Post("/memberships/{number}/leave", access.ListingEdit, p.leave)
	s.Get("/recognitions", access.ParkRead, p.worklist)
	s.Get("/recognitions/publications", access.Public, p.publications)
	s.Post("/recognitions/{matter}/publish", access.ParkManage, p.publish)
	s.Post("/recognitions/{matter}/object", access.WorkbenchRead, p.object)
	s.Post("/recognitions/{matter}/settle", access.ParkManage, p.settle)
	s.Post("/recognitions/{number}/act", access.ParkManage, p.recognitionAct)
	s.Post("/recognitions/{number}/assess", access.AssessWork, p.assess)
	s.Post("/recognitions/{number}/conclude", access.AssessWork, p.conclude)
	s.Post("/recognitions/{number}/appeal", access.MatterApply, p.appeal)
}

// heads are the titles of the lists.
var heads = map[string]ui.Text{
	"/parks": ui.T("园区与节点", "Parks and nodes"), "/belts": ui.T("产业带", "Industrial belts"), "/centres": ui.T("展示选品中心", "Exhibition and selection centres"),
	"/incubators": ui.T("孵化中心", "Incubators"), "/warehouses": ui.T("海外仓与集货仓", "Overseas and consolidation warehouses"),
}

type listView struct {
	path         string
	kinds        []park.Kind
	kind         string
	text, county string
	rows         []row
	drawing      *drawing
	mayEnter     bool
	names        names.Names
}

// row is a place with its grade.
type row struct {
	*park.Place
	grade park.Grade
}

func (p *pages) list(path string, kinds ...park.Kind) ui.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := r.URL.Query()
		v := &listView{names: names.Of(p.zone), path: path, kinds: kinds, kind: q.Get("kind"), text: strings.TrimSpace(q.Get("text")), county: strings.TrimSpace(q.Get("county"))}
		asked := park.Query{Kinds: kinds, Text: v.text, County: v.county, Limit: 500}
		if k := park.Kind(v.kind); slices.Contains(kinds, k) {
			asked.Kinds = []park.Kind{k}
		}
		places, err := p.zone.Park.List(r.Context(), asked)
		if err != nil {
			return err
		}
		grades, err := p.zone.Park.Grades(r.Context())
		if err != nil {
			return err
		}
		for _, place := range places {
			v.rows = append(v.rows, row{place, grades[place.ID]})
		}
		v.drawing = p.draw(places)
		v.mayEnter = access.Of(r.Context()).Scope(access.ListingEdit) != access.None && (access.Of(r.Context()).Scope(access.ParkManage) != access.None || path == "/warehouses" || path == "/incubators")
		return p.Show(w, r, ui.View{Title: heads[path], Wide: true, Body: list(v)})
	}
}

// belts are the open and planned belts, for choices.
func (p *pages) belts(ctx context.Context) ([]*park.Place, error) {
	return p.zone.Park.List(ctx, park.Query{Kinds: []park.Kind{park.Belt}, Limit: 500})
}

type factoriesView struct {
	belt, text string
	belts      []*park.Place
	rows       []park.Factory
}

func (p *pages) factories(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &factoriesView{belt: q.Get("belt"), text: strings.TrimSpace(q.Get("text"))}
	var err error
	if v.belts, err = p.belts(r.Context()); err != nil {
		return err
	}
	if v.rows, err = p.zone.Park.Factories(r.Context(), v.belt, v.text); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("源头工厂名录", "Source factories"), Wide: true, Body: factories(v)})
}

// name is the name of an account as the reader may see it; its id without one.
func (p *pages) name(ctx context.Context, id string) string {
	if id == "system" {
		return id
	}
	if name, err := p.zone.Accounts.NameOf(ctx, id); err == nil && name != "" {
		return name
	}
	return id
}

// shown turns a refusal of the register into a problem in words.
func shown(err error) error {
	var r *park.Refusal
	var list matter.Problems
	switch {
	case errors.Is(err, park.ErrNotFound), errors.Is(err, matter.ErrNotFound):
		return ui.NotFound()
	case errors.As(err, &r):
		status := http.StatusUnprocessableEntity
		switch {
		case errors.Is(err, park.ErrDenied):
			status = http.StatusForbidden
		case errors.Is(err, park.ErrStale), errors.Is(err, park.ErrState), errors.Is(err, park.ErrWaiting), errors.Is(err, park.ErrOverlap), errors.Is(err, park.ErrTaken):
			status = http.StatusConflict
		}
		return &ui.Problem{Status: status, What: ui.T(r.ZH, r.EN), Mend: ui.T(r.FixZH, r.FixEN)}
	case errors.As(err, &list) && len(list) > 0:
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(list[0].ZH, list[0].EN), Mend: ui.T(list[0].FixZH, list[0].FixEN)}
	case errors.Is(err, matter.ErrDenied):
		return &ui.Problem{Status: http.StatusForbidden, What: ui.T("无权办理", "This is not yours to do"), Mend: ui.T("使用单位账号办理", "Use an account of the organisation")}
	}
	return err
}

// done leads back after an act.
func (p *pages) done(w http.ResponseWriter, r *http.Request, err error, to string, what ui.Text) error {
	if err != nil {
		return shown(err)
	}
	return p.Done(w, r, to, what)
}

func at(id string) string { return "/parks/" + url.PathEscape(id) }
