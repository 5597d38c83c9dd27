package parks

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// editView is the form of a place.
type editView struct {
	park.Place
	lat, lon string
	fresh    bool
	office   bool
	kinds    []park.Kind
	parents  []*park.Place
	fault    *park.Refusal
}

func (v *editView) error(field string) ui.Text {
	if v.fault == nil || v.fault.Field != field {
		return ui.Text{}
	}
	return ui.T(v.fault.ZH+"。"+v.fault.FixZH, v.fault.EN+". "+v.fault.FixEN)
}

func (p *pages) form(w http.ResponseWriter, r *http.Request, v *editView) error {
	ctx := r.Context()
	v.office = park.Office(ctx)
	v.kinds = park.Kinds()
	if access.Of(ctx).Scope(access.ParkManage) == access.None { // an enterprise enters what it owns
		v.kinds = []park.Kind{park.Overseas, park.Consolidation, park.Incubator}
		if v.Enterprise == "" && len(access.Of(ctx).Codes) > 0 {
			v.Enterprise = customsCode(access.Of(ctx).Codes)
		}
	}
	all, err := p.zone.Park.List(ctx, park.Query{Kinds: []park.Kind{park.Park, park.Belt}, Limit: 500})
	if err != nil {
		return err
	}
	v.parents = all
	view := ui.View{Title: ui.T("登记场所", "Enter a place"), Body: editForm(v), Back: "/parks", BackTo: heads["/parks"]}
	if !v.fresh {
		view.Title, view.Back, view.BackTo = ui.T("变更登记", "Change a place"), at(v.ID), ui.T("返回该场所", "Back to the place")
	}
	if v.fault != nil {
		view.Status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, view)
}

// customsCode is the first of some codes that is a customs code.
func customsCode(codes []string) string {
	for _, c := range codes {
		if len(c) == 10 {
			return c
		}
	}
	return ""
}

func (p *pages) enter(w http.ResponseWriter, r *http.Request) error {
	return p.form(w, r, &editView{fresh: true, Place: park.Place{Kind: park.Kind(r.FormValue("kind"))}})
}

func (p *pages) edit(w http.ResponseWriter, r *http.Request) error {
	place, err := p.zone.Park.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return shown(err)
	}
	if !p.zone.Park.Manages(r.Context(), place) {
		return ui.NotFound()
	}
	v := &editView{Place: *place}
	if place.At.Known() {
		v.lat, v.lon = place.At.Texts()
	}
	return p.form(w, r, v)
}

// put enters or changes a place from its form.
func (p *pages) put(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	v := &editView{fresh: r.PathValue("id") == "", lat: f.Get("lat"), lon: f.Get("lon")}
	c := park.Change{}
	if !v.fresh {
		old, err := p.zone.Park.Get(r.Context(), r.PathValue("id"))
		if err != nil {
			return shown(err)
		}
		c.Place, c.Was = *old, number(f.Get("revision"))
	} else {
		c.ID, c.Kind = strings.TrimSpace(f.Get("id")), park.Kind(f.Get("kind"))
	}
	err := read(&c.Place, f)
	if err == nil {
		var place *park.Place
		if place, err = p.zone.Park.Put(r.Context(), c); err == nil {
			return p.Done(w, r, at(place.ID), ui.T("已保存", "Saved"))
		}
	}
	var refused *park.Refusal
	if errors.As(err, &refused) && (refused.Field != "" || refused.Code == park.ErrTaken.Code) {
		v.Place, v.fault = c.Place, refused
		return p.form(w, r, v)
	}
	return shown(err)
}

// read puts what a form says into a place.
func read(p *park.Place, f url.Values) error {
	text := func(name string) string { return strings.TrimSpace(f.Get(name)) }
	p.Title = pack.Text{ZH: text("title_zh"), EN: text("title_en")}
	p.Industry = pack.Text{ZH: text("industry_zh"), EN: text("industry_en")}
	p.Note = pack.Text{ZH: text("note_zh"), EN: text("note_en")}
	p.County, p.Country, p.Address, p.Capacity, p.Parent = text("county"), text("country"), text("address"), text("capacity"), text("parent")
	p.Facilities, p.Services = f["facilities"], f["services"]
	p.OneStop, p.SelfBuilt, p.SelfUsed = f.Get("one_stop") == "yes", f.Get("self_built") == "yes", f.Get("self_used") == "yes"
	for name, to := range map[string]*string{"org": &p.Org, "enterprise": &p.Enterprise, "layout": &p.Layout} {
		if f.Has(name) {
			*to = text(name)
		}
	}
	if s := park.State(text("state")); s != "" {
		p.State = s
	}
	if p.Counties = nil; text("counties") != "" {
		p.Counties = strings.Fields(text("counties"))
	}
	p.Area, p.Opened = 0, 0
	if v := text("area"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return &park.Refusal{Code: "field", Field: "area", ZH: "面积有误", EN: "the area is not in order", FixZH: "以平方米填写整数", FixEN: "write whole square metres"}
		}
		p.Area = n
	}
	if v := text("opened"); v != "" {
		d, err := clock.ParseDay(v)
		if err != nil {
			return &park.Refusal{Code: "field", Field: "opened", ZH: "日期有误", EN: "the date is not in order", FixZH: "写成 2026-03-01", FixEN: "write it as 2026-03-01"}
		}
		p.Opened = d
	}
	var err error
	p.At, err = park.ParsePoint(text("lat"), text("lon"))
	return err
}

// number reads a revision; 0 if it is none.
func number(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
