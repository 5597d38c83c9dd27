package figures

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/query"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/registry"
)

// started is the first page: whose figures the caller may see.
type started struct {
	own      []named
	consents []named // of enterprises that let the caller look
	zone     bool
	text     string
	found    []named
}

// named is a subject with its name.
type named struct {
	who   fact.Subject
	name  string
	until clock.Day // of a consent
}

// start leads to the caller's only enterprise, else lists whose figures they may
// see.
func (p *pages) start(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := started{zone: access.Of(ctx).Scope(access.FigureRead) == access.Zone, text: strings.TrimSpace(r.URL.Query().Get("text"))}
	own := p.own(ctx)
	given, err := p.zone.Facts.Received(ctx)
	if err != nil {
		return err
	}
	if len(own) == 1 && !v.zone && len(given) == 0 {
		return p.figures(w, r, fact.Subject{Kind: fact.Enterprise, ID: own[0]})
	}
	n := p.names()
	for _, code := range own {
		v.own = append(v.own, named{who: fact.Subject{Kind: fact.Enterprise, ID: code}, name: n.Enterprise(code)})
	}
	for _, c := range given {
		if c.On(p.today()) {
			v.consents = append(v.consents, named{fact.Subject{Kind: fact.Enterprise, ID: c.Enterprise}, n.Enterprise(c.Enterprise), c.Until})
		}
	}
	if v.zone {
		if v.found, err = p.search(r, v.text); err != nil {
			return err
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("指标", "Figures"), Body: begin(v)})
}

// search finds filed enterprises by name or code.
func (p *pages) search(r *http.Request, text string) (out []named, err error) {
	list, err := p.zone.Registry.Search(r.Context(), text, registry.Kinds(0), "", 40)
	for i := range list {
		id := list[i].CustomsCode
		if id == "" {
			id = list[i].ID
		}
		out = append(out, named{who: fact.Subject{Kind: fact.Enterprise, ID: id}, name: list[i].Name})
	}
	return out, err
}

// path is the page of a subject's figures.
func path(who fact.Subject, year int) string {
	at := "/figures/" + url.PathEscape(string(who.Kind)) + "/" + url.PathEscape(who.ID)
	if year != 0 {
		at += fmt.Sprintf("?year=%d", year)
	}
	return at
}

func subject(r *http.Request) (fact.Subject, bool) {
	who := fact.Subject{Kind: fact.Kind(r.PathValue("kind")), ID: r.PathValue("id")}
	return who, slices.Contains(fact.Kinds, who.Kind)
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	who, ok := subject(r)
	if !ok {
		return ui.NotFound()
	}
	return p.figures(w, r, who)
}

// line is one fact in the table.
type line struct {
	d *fact.Definition
	f fact.Figure
}

// sheet is the page of a subject's figures.
type sheet struct {
	who      fact.Subject
	name     string
	year     int
	years    []int
	lines    []line
	themes   []theme // the lines in their groups
	trend    []trendRow
	county   string
	names    names.Names
	placings []fact.Placing
	place    bool // the caller may say where it counts
	parcels  bool // the caller may open parcels
	file     bool // evidence can be filed in a matter
	fault    map[string]ui.Text
	today    clock.Day
}

// trendRow is a fact over the years.
type trendRow struct {
	d      *fact.Definition
	values []fact.Figure
}

// shownYears is how many years the trend shows.
const shownYears = 5

func (p *pages) figures(w http.ResponseWriter, r *http.Request, who fact.Subject) error {
	return p.sheet(w, r, who, nil)
}

func (p *pages) sheet(w http.ResponseWriter, r *http.Request, who fact.Subject, fault map[string]ui.Text) error {
	ctx := r.Context()
	caller := access.Of(ctx)
	v := sheet{names: p.names(), who: who, year: p.year(r), today: p.today(), fault: fault, parcels: caller.May(access.ParcelRead), place: caller.Scope(access.Cultivate) == access.Zone,
		file: caller.Scope(access.EvidenceFile) == access.Own && caller.May(access.MatterApply)}
	f, err := p.zone.Facts.Figures(ctx, who, v.year)
	if err != nil {
		return said(err)
	}
	book, err := p.zone.Facts.Book()
	if err != nil {
		return err
	}
	for _, d := range book.Of(who.Kind) {
		v.lines = append(v.lines, line{d, f[d.Name]})
	}
	v.themes = grouped(v.lines)
	if err := p.trend(r, &v); err != nil {
		return err
	}
	if who.Kind == fact.Enterprise {
		v.name, v.county = p.names().Enterprise(who.ID), p.zone.Facts.County(ctx, who.ID)
		if v.placings, err = p.zone.Facts.Placings(ctx, who.ID); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if fault != nil {
		status = http.StatusUnprocessableEntity
	}
	word := names.Kind(who.Kind)
	title := ui.T(word.ZH+" "+who.ID+" 的指标", "Figures of "+strings.ToLower(word.EN)+" "+who.ID)
	return p.Show(w, r, ui.View{Title: title, Wide: true, Status: status, Body: figures(v)})
}

// trend reads the money of the years before.
func (p *pages) trend(r *http.Request, v *sheet) error {
	for y := v.today.Year() - shownYears + 1; y <= v.today.Year(); y++ {
		f, err := p.zone.Facts.FiguresIn(r.Context(), v.who, y)
		if err != nil {
			return err
		}
		v.years = append(v.years, y)
		if v.trend == nil {
			for _, l := range v.lines {
				if l.d.Period == fact.OfYear && l.d.Type == rule.TypeMoney && l.d.Calibre != "" {
					v.trend = append(v.trend, trendRow{d: l.d})
				}
			}
		}
		for i := range v.trend {
			v.trend[i].values = append(v.trend[i].values, f[v.trend[i].d.Name])
		}
	}
	return nil
}

// opens tells whether an origin leads somewhere that the reader may go.
func (v *sheet) opens(o fact.Origin) bool {
	return o.Open != "" && (v.parcels || !strings.HasPrefix(o.Open, "/parcels"))
}

// served is the page of those whom an enterprise served.
type served struct {
	who  fact.Subject
	year int
	list []client
}

type client struct {
	trade.Client
	name string
	open string
}

func (p *pages) clients(w http.ResponseWriter, r *http.Request) error {
	who, ok := subject(r)
	if !ok || who.Kind != fact.Enterprise {
		return ui.NotFound()
	}
	v := served{who: who, year: p.year(r)}
	if _, err := p.zone.Facts.Figures(r.Context(), who, v.year); err != nil {
		return said(err)
	}
	list, err := p.zone.Facts.Clients(r.Context(), who.ID, v.year, 1000)
	if err != nil {
		return err
	}
	n, may := p.names(), access.Of(r.Context()).May(access.ParcelRead)
	for _, c := range list {
		one := client{Client: c, name: n.Enterprise(c.Merchant)}
		if may {
			one.open = query.Address(lookup.Filter{Parties: []string{who.ID}, Merchants: []string{c.Merchant}, States: trade.InForce,
				From: clock.NewDay(v.year, 1, 1), To: clock.NewDay(v.year, 12, 31)})
		}
		v.list = append(v.list, one)
	}
	return p.Show(w, r, ui.View{Title: ui.T("服务的企业 "+who.ID, "Enterprises served by "+who.ID), Back: path(who, v.year), BackTo: ui.T("指标", "Figures"), Body: clients(v)})
}

// county says where an enterprise counts.
func (p *pages) county(w http.ResponseWriter, r *http.Request) error {
	who, ok := subject(r)
	if !ok || who.Kind != fact.Enterprise {
		return ui.NotFound()
	}
	if _, err := p.zone.Registry.ByCode(r.Context(), who.ID); errors.Is(err, registry.ErrNotFiled) {
		return ui.NotFound()
	} else if err != nil {
		return err
	}
	from, _ := clock.ParseDay(r.PostFormValue("from")) // what is no day is a fault of the room's
	err := p.zone.Facts.SetCounty(r.Context(), fact.Placing{Enterprise: who.ID, County: strings.TrimSpace(r.PostFormValue("county")), From: from, Note: r.PostFormValue("note")})
	var bad matter.Problems
	if errors.As(err, &bad) {
		return p.sheet(w, r, who, faults(bad))
	}
	if err != nil {
		return said(err)
	}
	return p.Done(w, r, path(who, 0), ui.T("已登记归属县区", "Its county is recorded"))
}

// current marks the chosen one of several links.
func current(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"aria-current": "true"}
	}
	return nil
}
