// Package plans is the pages of plans and assessments (方案目标与年度考核): targets
// against what was reached with the reason, tasks with departments' reports, score
// cards as published, and assessments with their ranking, working and funds.
//
// Invariants: what stands here for a visitor names no enterprise; the figures of
// single enterprises, and sums of fewer than three, are for offices that read figures
// alone (package plan decides); an ended target is shown as ended, never as open.
package plans

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/scorecard"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Policy, Path: "/plans", ZH: "方案与目标", EN: "Plans and targets", Icon: "list-check", Need: access.Public},
		ui.Item{Group: ui.Policy, Path: "/assessments", ZH: "年度考核", EN: "Assessments", Icon: "scale", Need: access.Public},
		ui.Item{Group: ui.Policy, Path: "/scorecards", ZH: "评分卡", EN: "Score cards", Icon: "report", Need: access.Public})
	s.Get("/plans", access.Public, p.list)
	s.Get("/plans/{plan}", access.Public, p.one)
	s.Get("/plans/{plan}/targets/{target}", access.FigureRead, p.members)
	s.Get("/plans/{plan}/tasks/{task}", access.PlanReport, p.task)
	s.Post("/plans/{plan}/tasks/{task}", access.PlanReport, p.report)
	s.Get("/plan-figures/{kind}/{id}", access.FigureRead, p.parts)
	s.Get("/scorecards", access.Public, p.cards)
	s.Get("/scorecards/{card}", access.Public, p.card)
	s.Get("/assessments", access.Public, p.assessments)
	s.Post("/assessments", access.AssessWork, p.score)
	s.Get("/assessments/{id}", access.Public, p.assessment)
	s.Post("/assessments/{id}/act", access.AssessWork, p.act)
	s.Post("/assessments/{id}/object", access.PlanReport, p.object)
}

func (p *pages) today() clock.Day { return clock.DayOf(p.zone.Config.Clock.Now()) }

// problem puts a refusal into a page's words.
func problem(err error) error {
	var r *plan.Refusal
	if !errors.As(err, &r) {
		return err
	}
	switch r.Code {
	case plan.ErrNotFound.Code, plan.ErrDenied.Code:
		return ui.NotFound()
	case "field":
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(r.ZH, r.EN), Mend: ui.T(r.FixZH, r.FixEN)}
	}
	return &ui.Problem{Status: http.StatusConflict, What: ui.T(r.ZH, r.EN), Mend: ui.T(r.FixZH, r.FixEN)}
}

// listed is a plan in the list, with how many targets stand where.
type listed struct {
	*plan.Plan
	ended  bool
	states []counted
	rows   []plan.Progress
}

type counted struct {
	state plan.State
	n     int
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	var out []listed
	for _, one := range rules.Plans {
		l := listed{Plan: one, ended: one.Ended(p.today())}
		if l.rows, err = p.zone.Plan.Progress(r.Context(), one.ID); err != nil {
			return problem(err)
		}
		for _, st := range []plan.State{plan.Met, plan.OnTrack, plan.Behind, plan.Missed, plan.Withheld, plan.Unknown, plan.Over} {
			n := 0
			for i := range l.rows {
				if l.rows[i].State == st {
					n++
				}
			}
			if n > 0 {
				l.states = append(l.states, counted{st, n})
			}
		}
		out = append(out, l)
	}
	return p.Show(w, r, ui.View{Title: ui.T("方案与目标", "Plans and targets"), Wide: true, Body: planList(out)})
}

// onePlan is the page of one plan.
type onePlan struct {
	*plan.Plan
	ended    bool
	progress []plan.Progress
	tasks    []plan.Standing
	course   map[string][]plan.Point
	reads    bool
	reports  bool
	facts    *fact.Book
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	one, ok := rules.Plan(r.PathValue("plan"))
	if !ok {
		return ui.NotFound()
	}
	v := &onePlan{Plan: one, ended: one.Ended(p.today()), course: map[string][]plan.Point{}, reads: plan.Reads(r.Context()), reports: plan.Reports(r.Context()), facts: rules.Facts}
	if v.progress, err = p.zone.Plan.Progress(r.Context(), one.ID); err != nil {
		return problem(err)
	}
	if v.tasks, err = p.zone.Plan.Tasks(r.Context(), one.ID); err != nil {
		return problem(err)
	}
	points, err := p.zone.Plan.Course(r.Context(), one.ID, "")
	if err != nil {
		return err
	}
	for _, pt := range points {
		if pt.Place == "" {
			v.course[pt.Target] = append(v.course[pt.Target], pt)
		}
	}
	return p.Show(w, r, ui.View{Title: ui.Text(one.Title), Wide: true, Back: "/plans", BackTo: ui.T("方案与目标", "Plans and targets"), Body: planPage(v)})
}

// memberView is the page of what a target counts.
type memberView struct {
	plan    string
	target  *plan.Target
	members []plan.Member
	names   map[string]string // of enterprises
	facts   *fact.Book
}

func (p *pages) members(w http.ResponseWriter, r *http.Request) error {
	v := &memberView{plan: r.PathValue("plan"), names: map[string]string{}}
	var err error
	if v.target, v.members, err = p.zone.Plan.Members(r.Context(), v.plan, r.PathValue("target")); err != nil {
		return problem(err)
	}
	const most = 200
	if len(v.members) > most {
		v.members = v.members[:most]
	}
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	v.facts = rules.Facts
	for _, m := range v.members {
		v.names[m.ID] = p.named(r.Context(), m.ID)
	}
	return p.Show(w, r, ui.View{Title: ui.Text(v.target.Title), Wide: true, Back: "/plans/" + url.PathEscape(v.plan), BackTo: ui.T("方案", "The plan"), Body: memberPage(v)})
}

// named is an enterprise's filed name; "" for what is none.
func (p *pages) named(ctx context.Context, code string) string {
	if f, err := p.zone.Registry.ByCode(ctx, code); err == nil {
		return f.Name
	}
	return ""
}

// partView is the page of what a sum is made of.
type partView struct {
	definition *fact.Definition
	who        fact.Subject
	title      ui.Text
	year       int
	parts      []plan.Part
	all        int
	divisions  names.Names
	names      map[string]string
}

func (p *pages) parts(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &partView{divisions: names.Of(p.zone), who: fact.Subject{Kind: fact.Kind(r.PathValue("kind")), ID: r.PathValue("id")}, year: p.today().Year(), names: map[string]string{}}
	if n, err := strconv.Atoi(q.Get("year")); err == nil {
		v.year = n
	}
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	v.title = ui.Text(rules.Title(v.who))
	name := q.Get("fact")
	if name == "" {
		name = "import_export_year"
	}
	if v.definition, v.parts, err = p.zone.Sums.Parts(r.Context(), v.who, name, v.year); err != nil {
		return problem(err)
	}
	const most = 200
	v.all = len(v.parts)
	v.parts = v.parts[:min(most, v.all)]
	for _, part := range v.parts {
		v.names[part.Enterprise] = p.named(r.Context(), part.Enterprise)
	}
	return p.Show(w, r, ui.View{Title: ui.Text(v.definition.Title), Wide: true, Back: "/plans", BackTo: ui.T("方案与目标", "Plans and targets"), Body: partPage(v)})
}

func (p *pages) task(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	one, ok := rules.Plan(r.PathValue("plan"))
	if !ok {
		return ui.NotFound()
	}
	tasks, err := p.zone.Plan.Tasks(r.Context(), one.ID)
	if err != nil {
		return problem(err)
	}
	for i := range tasks {
		if tasks[i].ID == r.PathValue("task") {
			return p.Show(w, r, ui.View{Title: ui.T("报送任务进展", "Report on a task"), Back: "/plans/" + url.PathEscape(one.ID), BackTo: ui.T("方案", "The plan"), Body: reportPage(&onePlan{Plan: one}, &tasks[i])})
		}
	}
	return ui.NotFound()
}

func (p *pages) report(w http.ResponseWriter, r *http.Request) error {
	percent, _ := strconv.ParseInt(strings.TrimSpace(r.PostFormValue("percent")), 10, 64) // what is no number is none
	in := plan.Report{Task: r.PathValue("task"), State: plan.TaskState(r.PostFormValue("state")), Percent: percent, Note: r.PostFormValue("note")}
	if _, err := p.zone.Plan.Report(r.Context(), r.PathValue("plan"), in); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/plans/"+url.PathEscape(r.PathValue("plan"))+"#task-"+url.PathEscape(in.Task), ui.T("已报送", "Reported"))
}

func (p *pages) cards(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("评分卡", "Score cards"), Body: cardList(rules.Cards, p.today())})
}

func (p *pages) card(w http.ResponseWriter, r *http.Request) error {
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	var found *scorecard.Card
	for _, c := range rules.Cards {
		if c.ID == r.PathValue("card") && (found == nil || c.Item.On(p.today())) {
			found = c
		}
	}
	if found == nil {
		return ui.NotFound()
	}
	return p.Show(w, r, ui.View{Title: ui.Text(found.Title), Wide: true, Back: "/scorecards", BackTo: ui.T("评分卡", "Score cards"), Body: cardPage(found, rules.Facts)})
}
