// Package rules is the pages of the rule packs (规则包): what is in force with
// clause, validity and mark, found by word, kind and day; what begins or ends to
// hold soon; and for administrators the changes: proposals with their faults,
// differences and shadow runs, switching on at a time, and the way back.
//
// Invariants: nothing is changed by looking; a proposal with a fault is shown with
// file and line and is not kept; what a shadow run names of parcels is shown to
// administrators alone.
package rules

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// largest bounds an upload of packs.
const largest = 48 << 20

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Administration, Path: "/packs", ZH: "规则包", EN: "Rules", Icon: "scale", Need: access.RulesRead, Signed: true},
		ui.Item{Group: ui.Administration, Path: "/packs/proposals", ZH: "规则变更", EN: "Changes of rules", Icon: "history", Need: access.PackSwitch})
	s.Get("/packs", access.RulesRead, p.list)
	s.Get("/packs/rules/{kind}/{name}", access.RulesRead, p.one)
	s.Get("/packs/tables/{name}", access.RulesRead, p.table)
	s.Get("/packs/history", access.RulesRead, p.history)
	s.Get("/packs/proposals", access.PackSwitch, p.proposals)
	s.Upload("/packs/proposals", access.PackSwitch, largest, p.propose)
	s.Post("/packs/shipped", access.PackSwitch, p.shipped)
	s.Post("/packs/rollback", access.PackSwitch, p.back)
	s.Get("/packs/proposals/{number}", access.PackSwitch, p.proposal)
	s.Post("/packs/proposals/{number}/shadow", access.PackSwitch, p.shadow)
	s.Post("/packs/proposals/{number}/schedule", access.PackSwitch, p.schedule)
	s.Post("/packs/proposals/{number}/switch", access.PackSwitch, p.switchOn)
	s.Post("/packs/proposals/{number}/cancel", access.PackSwitch, p.cancel)
}

func (p *pages) today() clock.Day { return clock.DayOf(p.zone.Config.Clock.Now()) }

// perPage is how many rules a page shows.
const perPage = 40

// listView is the list of rules.
type listView struct {
	text, kind string
	day        clock.Day
	history    bool
	fault      ui.Text
	packs      []*pack.Pack
	rows       []rulebook.Entry
	count      int
	turns      []pack.Turn
	first      string
	next       string
}

// soon is how far ahead the page looks, in days.
const soon = 184

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	q, set := r.URL.Query(), p.zone.Set()
	v := &listView{text: strings.TrimSpace(q.Get("q")), kind: q.Get("kind"), day: p.today(), history: q.Get("history") == "yes", packs: set.Packs(), turns: set.Turns(p.today().AddDays(1), p.today().AddDays(soon))}
	if text := q.Get("on"); text != "" {
		day, err := clock.ParseDay(text)
		if err != nil {
			v.fault = ui.T("日期有误，按 2026-03-01 的格式填写", "this is no date: write it as 2026-03-01")
		} else {
			v.day = day
		}
	}
	found := rulebook.Find(set, rulebook.Query{Text: v.text, Kind: v.kind, Day: v.day, History: v.history})
	v.count = len(found)
	after, err := strconv.Atoi(q.Get("after"))
	if err != nil || after < 0 || after > len(found) {
		after = 0
	}
	v.rows = found[after:min(after+perPage, len(found))]
	if after > 0 {
		v.first = with(q, "")
	}
	if after+perPage < len(found) {
		v.next = with(q, strconv.Itoa(after+perPage))
	}
	return p.Show(w, r, ui.View{Title: ui.T("现行规则", "Rules in force"), Wide: true, Body: list(v)})
}

// with is the address of the list from another place on.
func with(q url.Values, after string) string {
	q = url.Values{"q": q["q"], "kind": q["kind"], "on": q["on"], "history": q["history"]}
	if after != "" {
		q.Set("after", after)
	}
	for k, v := range q {
		if len(v) == 0 || v[0] == "" {
			delete(q, k)
		}
	}
	if len(q) == 0 {
		return "/packs"
	}
	return "/packs?" + q.Encode()
}

// open is the page of a rule.
func open(kind, name string) string {
	if kind == "table" {
		return "/packs/tables/" + url.PathEscape(name)
	}
	return "/packs/rules/" + kind + "/" + url.PathEscape(name)
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	kind, name := r.PathValue("kind"), r.PathValue("name")
	found := rulebook.Find(p.zone.Set(), rulebook.Query{Kind: kind, Name: name, Day: p.today(), History: true})
	if len(found) == 0 || kind == "" || kind == "table" {
		return ui.NotFound()
	}
	last := found[len(found)-1]
	return p.Show(w, r, ui.View{Title: ui.T(last.Title.ZH, last.Title.EN), Wide: true, Back: "/packs?kind=" + url.QueryEscape(kind), BackTo: ui.T("现行规则", "Rules in force"), Body: versions(kind, name, found)})
}

// rowsView is a table with the rows that were looked for.
type rowsView struct {
	table *pack.Table
	text  string
	rows  []rulebook.Row
	more  bool
}

// mostRows is how many rows of a table are shown.
const mostRows = 100

func (p *pages) table(w http.ResponseWriter, r *http.Request) error {
	t, ok := p.zone.Set().Table(r.PathValue("name"))
	if !ok {
		return ui.NotFound()
	}
	v := &rowsView{table: t, text: strings.TrimSpace(r.URL.Query().Get("q"))}
	v.rows, v.more = rulebook.Rows(t, v.text, p.today(), mostRows)
	return p.Show(w, r, ui.View{Title: ui.T(t.Title.ZH, t.Title.EN), Wide: true, Back: "/packs?kind=table", BackTo: ui.T("现行规则", "Rules in force"), Body: rows(v)})
}

func (p *pages) history(w http.ResponseWriter, r *http.Request) error {
	list, err := p.zone.Rulebook.Switches(r.Context(), 200)
	if err != nil {
		return problem(err)
	}
	return p.Show(w, r, ui.View{Title: ui.T("规则启用记录", "How the rules came about"), Back: "/packs", BackTo: ui.T("现行规则", "Rules in force"), Body: history(list, access.Of(r.Context()).May(access.PackSwitch))})
}

// problem says a refusal in words.
func problem(err error) error {
	var r *rulebook.Refusal
	if !errors.As(err, &r) {
		return err
	}
	status := http.StatusConflict
	switch {
	case errors.Is(r, rulebook.ErrDenied):
		status = http.StatusForbidden
	case errors.Is(r, rulebook.ErrNotFound):
		status = http.StatusNotFound
	case slices.Contains([]string{rulebook.ErrNote.Code, rulebook.ErrTime.Code, rulebook.ErrUnknown.Code, rulebook.ErrFaults.Code}, r.Code):
		status = http.StatusUnprocessableEntity
	}
	p := &ui.Problem{Status: status, What: ui.T(r.ZH, r.EN), Mend: ui.T(r.FixZH, r.FixEN)}
	for _, f := range r.Faults {
		p.Items = append(p.Items, faultText(f))
	}
	return p
}

// faultText is a fault of a pack with its place.
func faultText(f pack.Fault) ui.Text {
	where := place(f)
	return ui.T(where+" "+f.What.ZH+"；"+f.Mend.ZH, where+" "+f.What.EN+"; "+f.Mend.EN)
}

// place is where a fault stands.
func place(f pack.Fault) string {
	if f.Line == 0 {
		return f.File
	}
	return f.File + ":" + strconv.Itoa(f.Line)
}
