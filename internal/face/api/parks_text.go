package api

import (
	"errors"
	"net/http"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

// Place is a park, a belt, a centre, an incubator, a warehouse or a node (场所).
type Place struct {
	ID         string   `json:"id,omitempty" readOnly:"true"`
	Kind       string   `json:"kind" enum:"park,belt,centre,incubator,warehouse,consolidation,node"`
	State      string   `json:"state,omitempty" enum:"proposed,planned,open,closed" doc:"Of a new one, an office may say planned or open; an operator's is proposed."`
	TitleZH    string   `json:"title_zh" maxLength:"80"`
	TitleEN    string   `json:"title_en,omitempty" maxLength:"120"`
	Org        string   `json:"org,omitempty" maxLength:"40" doc:"Organisation that operates it (运营单位)."`
	Enterprise string   `json:"enterprise,omitempty" maxLength:"10" doc:"Customs code of the enterprise that owns or runs it."`
	County     string   `json:"county,omitempty" maxLength:"6" doc:"Division code (区划代码)."`
	Counties   []string `json:"counties,omitempty" maxItems:"20"`
	Country    string   `json:"country,omitempty" maxLength:"3" doc:"Customs' code, of an overseas warehouse."`
	Address    string   `json:"address,omitempty" maxLength:"200"`
	Latitude   string   `json:"latitude,omitempty" maxLength:"12" doc:"Degrees, WGS 84, at most six decimals."`
	Longitude  string   `json:"longitude,omitempty" maxLength:"12"`
	Area       int64    `json:"area_m2,omitempty" minimum:"0"`
	Facilities []string `json:"facilities,omitempty" maxItems:"20"`
	Services   []string `json:"services,omitempty" maxItems:"30"`
	OneStop    bool     `json:"one_stop,omitempty" doc:"One-stop services (一站式综合服务)."`
	SelfBuilt  bool     `json:"self_built,omitempty"`
	SelfUsed   bool     `json:"self_used,omitempty"`
	Layout     string   `json:"layout,omitempty" doc:"Role in the zone's layout: zone, park, centre, channel, node."`
	IndustryZH string   `json:"industry_zh,omitempty" maxLength:"150"`
	IndustryEN string   `json:"industry_en,omitempty" maxLength:"150"`
	Parent     string   `json:"parent,omitempty" maxLength:"40"`
	Capacity   string   `json:"capacity,omitempty" maxLength:"100"`
	Reviewed   bool     `json:"reviewed,omitempty" readOnly:"true" doc:"An office held area, facilities and services against papers (已核)."`
	Grade      string   `json:"grade,omitempty" readOnly:"true" doc:"Highest recognition today: municipal, provincial, national."`
	Source     string   `json:"source,omitempty" readOnly:"true" doc:"Clause that names it, of one that a pack brings."`
	Mark       string   `json:"mark,omitempty" readOnly:"true"`
	Revision   uint64   `json:"revision,omitempty" doc:"Of what the caller knows; 0 enters a new one."`
}

func placeText(p *park.Place, g park.Grade) Place {
	t := Place{ID: p.ID, Kind: string(p.Kind), State: string(p.State), TitleZH: p.Title.ZH, TitleEN: p.Title.EN, Org: p.Org, Enterprise: p.Enterprise, County: p.County, Counties: p.Counties,
		Country: p.Country, Address: p.Address, Area: p.Area, Facilities: p.Facilities, Services: p.Services, OneStop: p.OneStop, SelfBuilt: p.SelfBuilt, SelfUsed: p.SelfUsed, Layout: p.Layout,
		IndustryZH: p.Industry.ZH, IndustryEN: p.Industry.EN, Parent: p.Parent, Capacity: p.Capacity, Reviewed: p.Reviewed, Grade: string(g), Source: p.Source, Mark: p.Mark, Revision: p.Revision}
	if p.At.Known() {
		t.Latitude, t.Longitude = p.At.Texts()
	}
	return t
}

func (t *Place) place(id string) (park.Place, error) {
	at, err := park.ParsePoint(t.Latitude, t.Longitude)
	return park.Place{ID: id, Kind: park.Kind(t.Kind), State: park.State(t.State), Title: pack.Text{ZH: t.TitleZH, EN: t.TitleEN}, Org: t.Org, Enterprise: t.Enterprise, County: t.County, Counties: t.Counties,
		Country: t.Country, Address: t.Address, At: at, Area: t.Area, Facilities: t.Facilities, Services: t.Services, OneStop: t.OneStop, SelfBuilt: t.SelfBuilt, SelfUsed: t.SelfUsed, Layout: t.Layout,
		Industry: pack.Text{ZH: t.IndustryZH, EN: t.IndustryEN}, Parent: t.Parent, Capacity: t.Capacity}, err
}

// PlacePath names a place in a path.
type PlacePath struct {
	ID string `path:"place" maxLength:"40" doc:"id of the place."`
}

// Membership is an enterprise in a place from a day to a day (入驻).
type Membership struct {
	Number     int64  `json:"number"`
	Place      string `json:"place"`
	Enterprise string `json:"enterprise" doc:"Customs code."`
	Role       string `json:"role" doc:"tenant, supplier, incubated, served."`
	State      string `json:"state" doc:"offered, active, declined, ended."`
	Since      string `json:"since"`
	Until      string `json:"until,omitempty" doc:"Last day."`
	Space      int64  `json:"space_m2,omitempty"`
	Room       string `json:"room,omitempty"`
	Note       string `json:"note,omitempty"`
	Published  bool   `json:"published,omitempty" doc:"In the public list of source factories."`
	Revision   uint64 `json:"revision"`
}

func membershipText(m *park.Member) Membership {
	return Membership{Number: m.Number, Place: m.Place, Enterprise: m.Enterprise, Role: string(m.Role), State: string(m.State), Since: dayText(m.Since), Until: dayText(m.Until), Space: m.Space, Room: m.Room,
		Note: m.Note, Published: m.Published, Revision: m.Revision}
}

// PlaceFigure is one figure of a place (指标), here and elsewhere apart.
type PlaceFigure struct {
	Fact      string              `json:"fact"`
	Known     bool                `json:"known"`
	Value     string              `json:"value,omitempty" doc:"Money in yuan."`
	Here      string              `json:"here,omitempty" doc:"Cleared here."`
	Elsewhere string              `json:"elsewhere,omitempty" doc:"Registered here, cleared elsewhere, or by evidence."`
	Origins   []PlaceFigureOrigin `json:"origins,omitempty"`
}

// PlaceFigureOrigin is one part of a figure; open is its page on the console.
type PlaceFigureOrigin struct {
	ZH      string `json:"zh"`
	EN      string `json:"en"`
	Value   string `json:"value,omitempty"`
	Open    string `json:"open,omitempty"`
	Counted bool   `json:"counted"`
}

func placeFigures(figures fact.Figures) []PlaceFigure {
	out := []PlaceFigure{}
	for _, name := range figures.Names() {
		f := figures[name]
		t := PlaceFigure{Fact: name, Known: f.Known, Value: f.Value.String(), Here: f.Here.String(), Elsewhere: f.Elsewhere.String()}
		for _, o := range f.Origins {
			t.Origins = append(t.Origins, PlaceFigureOrigin{ZH: o.ZH, EN: o.EN, Value: o.Value.String(), Open: o.Open, Counted: !o.Aside})
		}
		out = append(out, t)
	}
	return out
}

// Distance is how far a place is from a recognition (距认定还差).
type Distance struct {
	Program string         `json:"program"`
	TitleZH string         `json:"title_zh"`
	TitleEN string         `json:"title_en"`
	Grade   string         `json:"grade"`
	Source  string         `json:"source"`
	Stated  bool           `json:"stated" doc:"The source states conditions; false: they are settings."`
	Holds   string         `json:"holds" doc:"yes, no, unknown."`
	Missing string         `json:"missing,omitempty" doc:"Recognition that must stand first."`
	Steps   []DistanceStep `json:"conditions"`
}

// DistanceStep is one condition with its terms.
type DistanceStep struct {
	ID    string         `json:"id"`
	ZH    string         `json:"zh"`
	EN    string         `json:"en"`
	Mark  string         `json:"mark"`
	Holds string         `json:"holds"`
	Terms []DistanceTerm `json:"terms"`
}

// DistanceTerm is one comparison: what there is, what is wanted, by how much it
// misses.
type DistanceTerm struct {
	Fact  string `json:"fact"`
	Op    string `json:"op"`
	Have  string `json:"have,omitempty"`
	Want  string `json:"want"`
	Short string `json:"short,omitempty"`
	Holds string `json:"holds"`
	Group int    `json:"group,omitempty" doc:"Terms of one or share a group above 0."`
}

func distanceText(g *park.Program, far *park.Far) Distance {
	d := Distance{Program: g.Item.ID, TitleZH: g.Item.Title.ZH, TitleEN: g.Item.Title.EN, Grade: string(g.Grade), Source: g.Item.Source.String(), Stated: g.Stated, Holds: far.Holds.String(), Missing: far.Missing, Steps: []DistanceStep{}}
	for _, s := range far.Steps {
		step := DistanceStep{ID: s.ID, ZH: s.Says.ZH, EN: s.Says.EN, Mark: s.Mark, Holds: s.Holds.String()}
		for _, t := range s.Terms {
			term := DistanceTerm{Fact: t.Fact, Op: t.Op, Have: t.Have.String(), Want: t.Want.String(), Holds: t.Holds.String(), Group: t.Group}
			if t.Holds == rule.No {
				term.Short = t.Short.String()
			}
			step.Terms = append(step.Terms, term)
		}
		d.Steps = append(d.Steps, step)
	}
	return d
}

// ofPark turns refusals of the register into problems.
func ofPark(err error) error {
	var r *park.Refusal
	if !errors.As(err, &r) {
		return err
	}
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, park.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, park.ErrDenied):
		status = http.StatusForbidden
	case errors.Is(err, park.ErrStale):
		status = http.StatusPreconditionFailed
	case errors.Is(err, park.ErrState), errors.Is(err, park.ErrOverlap), errors.Is(err, park.ErrTaken), errors.Is(err, park.ErrWaiting):
		status = http.StatusConflict
	}
	p := problem(status, r.Code, r.ZH, r.EN, r.FixZH, r.FixEN)
	if r.Field != "" {
		p.Errors = append(p.Errors, ProblemItem{Path: r.Field, Code: r.Code, Message: r.EN, MessageZH: r.ZH, Fix: r.FixEN, FixZH: r.FixZH})
	}
	return p
}
