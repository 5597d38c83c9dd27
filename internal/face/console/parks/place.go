package parks

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/scorecard"
)

// object is the page of one place.
type object struct {
	*park.Place
	grade           park.Grade
	office, manages bool
	inside          bool
	mayApply        bool
	operator        string // name of the operating organisation
	recognitions    []recognition
	within          []*park.Place // places that stand in it or show it
	goods           []*park.Goods
	belts           []*park.Place
	factories       int
	// for who is inside
	year        int
	years       []int
	figures     []figureRow
	members     []member
	programs    []*park.Program
	assessments []*park.Assessment
	progress    map[int64]*park.Progress
	history     []line
	today       string
	words       names.Names
}

type recognition struct {
	*park.Recognition
	title ui.Text
}

type member struct {
	*park.Member
	name string
}

type line struct {
	park.Line
	who     string
	details []detail
}

// detail is one part of what a line of history says.
type detail struct {
	name  ui.Text // none: what somebody wrote
	value templ.Component
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	o, err := p.load(r)
	if err != nil {
		return shown(err)
	}
	back := map[park.Kind]string{park.Belt: "/belts", park.Centre: "/centres", park.Incubator: "/incubators", park.Overseas: "/warehouses", park.Consolidation: "/warehouses"}[o.Kind]
	if back == "" {
		back = "/parks"
	}
	return p.Show(w, r, ui.View{Title: title(o.Place), Wide: true, Body: page(o), Back: back, BackTo: heads[back]})
}

// yearOf is the year that the page asks about: this one unless it says another.
func (p *pages) yearOf(r *http.Request) int {
	now := p.zone.Park.Today().Year()
	if y, err := strconv.Atoi(r.FormValue("year")); err == nil && y >= 2016 && y <= now {
		return y
	}
	return now
}

func (p *pages) load(r *http.Request) (*object, error) {
	ctx, s := r.Context(), p.zone.Park
	place, err := s.Get(ctx, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	o := &object{Place: place, office: park.Office(ctx), manages: s.Manages(ctx, place), inside: s.Inside(ctx, place), today: s.Today().String(), words: names.Of(p.zone),
		mayApply: access.Of(ctx).Scope(access.MatterApply) != access.None}
	if o.grade, err = s.GradeOf(ctx, place.ID); err != nil {
		return nil, err
	}
	o.operator = p.operatorName(r, place)
	list, err := s.Recognitions(ctx, place.ID)
	if err != nil {
		return nil, err
	}
	for _, g := range list {
		o.recognitions = append(o.recognitions, recognition{g, p.programTitle(g.Program)})
	}
	if err := p.around(r, o); err != nil {
		return nil, err
	}
	if o.inside {
		return o, p.insideOf(r, o)
	}
	return o, nil
}

// operatorName is the operating organisation by name.
func (p *pages) operatorName(r *http.Request, place *park.Place) string {
	if place.Org == "" {
		return ""
	}
	org, err := p.zone.Accounts.Org(access.With(r.Context(), access.System()), place.Org)
	if err != nil {
		return place.Org
	}
	return org.Name
}

func (p *pages) programTitle(id string) ui.Text {
	if g, err := p.zone.Park.Program(id); err == nil {
		return both(g.Item.Title)
	}
	return ui.T(id, id)
}

// around is what belongs to a place and is public: places in it, goods, factories.
func (p *pages) around(r *http.Request, o *object) error {
	ctx, s := r.Context(), p.zone.Park
	all, err := s.List(ctx, park.Query{Limit: 500})
	if err != nil {
		return err
	}
	for _, place := range all {
		if place.Parent == o.ID {
			o.within = append(o.within, place)
		}
		if place.Kind == park.Belt {
			o.belts = append(o.belts, place)
		}
	}
	switch o.Kind {
	case park.Centre:
		o.goods, err = s.GoodsOn(ctx, park.GoodsQuery{Place: o.ID, Text: r.FormValue("text"), All: o.manages})
	case park.Belt:
		if o.goods, err = s.GoodsOn(ctx, park.GoodsQuery{Belt: o.ID, Online: true, Text: r.FormValue("text")}); err != nil {
			return err
		}
		var list []park.Factory
		list, err = s.Factories(ctx, o.ID, "")
		o.factories = len(list)
	}
	return err
}

// insideOf is what is for who is inside.
func (p *pages) insideOf(r *http.Request, o *object) error {
	ctx, s := r.Context(), p.zone.Park
	o.year = p.yearOf(r)
	for y := s.Today().Year(); y > s.Today().Year()-4; y-- {
		o.years = append(o.years, y)
	}
	figures, err := s.FiguresOf(ctx, o.ID, o.year)
	if err != nil {
		return err
	}
	o.figures = p.rowsOf(figures)
	list, err := s.Members(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, m := range list {
		o.members = append(o.members, member{m, p.zone.EnterpriseName(m.Enterprise)})
	}
	if o.programs, err = s.Programs(o.Kind); err != nil {
		return err
	}
	if o.assessments, err = s.Assessments(ctx, o.ID); err != nil {
		return err
	}
	if o.Kind == park.Incubator {
		progress, err := s.Progress(ctx, o.ID)
		if err != nil {
			return err
		}
		o.progress = map[int64]*park.Progress{}
		for _, g := range progress {
			o.progress[g.Member.Number] = g
		}
	}
	history, err := s.History(ctx, o.ID)
	for _, l := range history {
		o.history = append(o.history, line{l, p.name(ctx, l.By), p.details(l.Note, o.assessments)})
	}
	return err
}

// details are the words of a line of history: what the register noted of an
// enterprise, a recognition or an assessment, then what somebody wrote.
func (p *pages) details(note string, assessed []*park.Assessment) (out []detail) {
	words := strings.Fields(note)
	for len(words) > 0 {
		key, value, ok := strings.Cut(words[0], "=")
		name, known := detailWords[key]
		if !ok || !known {
			break
		}
		words, note = words[1:], strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(note), words[0]))
		d := detail{name, ui.Plain(value)}
		switch key {
		case "enterprise":
			d.value = ui.Firm(p.zone.EnterpriseName(value), value)
		case "program":
			d.value = ui.Words(p.programTitle(value))
		case "points":
			have, of, _ := strings.Cut(value, "/")
			d.value = ui.Plain(thousandths(have) + " / " + thousandths(of))
		case "grade":
			for _, a := range assessed {
				if a.Grade == value {
					d.value = ui.Words(both(a.Detail.Result.GradeTitle))
				}
			}
		case "outcome":
			d.value = ui.Words(both(park.Outcome(value).Words()))
		}
		if value != "" {
			out = append(out, d)
		}
	}
	if number, program, ok := strings.Cut(note, " "); ok { // an application notes its matter and what is applied for
		if title := p.programTitle(program); title.ZH != program {
			return append(out, detail{ui.T("办件", "matter"), ui.Plain(number)}, detail{value: ui.Words(title)})
		}
	}
	if note != "" {
		out = append(out, detail{value: ui.Data(note)})
	}
	return out
}

// thousandths are points as people read them.
func thousandths(text string) string {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return scorecard.Points(n)
	}
	return text
}

// farView is how far a place is from a recognition.
type farView struct {
	place    *park.Place
	program  *park.Program
	far      *park.Far
	figures  map[string]figureRow
	missing  ui.Text
	years    []int
	mayApply bool
}

func (p *pages) far(w http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), p.zone.Park
	place, err := s.Get(ctx, r.PathValue("id"))
	if err != nil {
		return shown(err)
	}
	year := s.Today().Year() - 1 // the last full one
	if r.FormValue("year") != "" {
		year = p.yearOf(r)
	}
	v := &farView{place: place, figures: map[string]figureRow{}, years: []int{s.Today().Year(), s.Today().Year() - 1}}
	if v.far, err = s.HowFar(ctx, place.ID, r.FormValue("program"), year); err != nil {
		return shown(err)
	}
	if v.program, err = s.Program(v.far.Program); err != nil {
		return shown(err)
	}
	for _, row := range p.rowsOf(v.far.Figures) {
		v.figures[row.Fact] = row
	}
	if v.far.Missing != "" {
		v.missing = p.programTitle(v.far.Missing)
	}
	v.mayApply = access.Of(ctx).Scope(access.MatterApply) != access.None && s.Manages(ctx, place) && !park.Office(ctx) && place.State == park.Open
	return p.Show(w, r, ui.View{Title: ui.T("距“"+both(v.program.Item.Title).ZH+"”还差多少", "How far from: "+both(v.program.Item.Title).EN), Wide: true, Body: farPage(v), Back: at(place.ID), BackTo: ui.T("返回该场所", "Back to the place")})
}

// factTitle is what people call a term's fact: one of the figures, or the
// expression as it stands.
func (v *farView) factTitle(name string) ui.Text {
	if row, ok := v.figures[name]; ok {
		return row.name
	}
	return ui.T(name, name)
}
