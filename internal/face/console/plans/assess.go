package plans

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/scorecard"
)

// assessList is the page of all assessments.
type assessList struct {
	list  []plan.Assessment
	works bool
	cards []*scorecard.Card
	plans []*plan.Plan
	year  int
}

func (p *pages) assessments(w http.ResponseWriter, r *http.Request) error {
	v := &assessList{works: plan.Assesses(r.Context()), year: p.today().Year()}
	var err error
	if v.list, err = p.zone.Plan.Assessments(r.Context()); err != nil {
		return err
	}
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	v.plans = rules.Plans
	for _, c := range rules.Cards {
		if k := fact.Kind(c.Subject); k == fact.County || k == fact.Place || k == fact.Park {
			v.cards = append(v.cards, c)
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("年度考核", "Assessments"), Wide: true, Body: assessPage(v)})
}

func (v *assessList) cardOptions() (out []ui.Option) {
	for _, c := range v.cards {
		out = append(out, ui.Option{Value: c.ID, Label: ui.Text(c.Title)})
	}
	return out
}

func (v *assessList) planOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: ui.T("不涉及方案", "none")}}
	for _, p := range v.plans {
		out = append(out, ui.Option{Value: p.ID, Label: ui.Text(p.Title)})
	}
	return out
}

func (p *pages) score(w http.ResponseWriter, r *http.Request) error {
	year, _ := strconv.Atoi(strings.TrimSpace(r.PostFormValue("year"))) // what is no number is refused as a year
	a, err := p.zone.Plan.Score(r.Context(), plan.Start{Card: r.PostFormValue("card"), Year: year, Plan: r.PostFormValue("plan")})
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/assessments/"+url.PathEscape(a.ID), ui.T("已评分", "Scored"))
}

// assessed is the page of one assessment.
type assessed struct {
	*plan.Assessment
	results    []plan.Result
	objections []plan.Objection
	acts       []plan.Act
	works      bool
	objects    bool
	reads      bool
	today      clock.Day
	facts      *fact.Book
}

func (p *pages) assessment(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	v := &assessed{works: plan.Assesses(ctx), objects: plan.Reports(ctx), reads: plan.Reads(ctx), today: p.today()}
	var err error
	if v.Assessment, err = p.zone.Plan.Assessment(ctx, id); err != nil {
		return problem(err)
	}
	if v.results, err = p.zone.Plan.Results(ctx, id); err != nil {
		return problem(err)
	}
	if v.objections, err = p.zone.Plan.Objections(ctx, id); err != nil {
		return problem(err)
	}
	if v.acts, err = p.zone.Plan.Acts(ctx, id); err != nil {
		return err
	}
	rules, err := p.zone.Plan.Rules()
	if err != nil {
		return err
	}
	v.facts = rules.Facts
	title := v.Setting.Title
	year := strconv.Itoa(v.Year)
	return p.Show(w, r, ui.View{Title: ui.T(year+" 年 "+title.ZH, title.EN+" "+year), Wide: true, Back: "/assessments", BackTo: ui.T("年度考核", "Assessments"), Body: assessedPage(v)})
}

// upheld tells whether an objection was upheld, so that it may be scored anew.
func (v *assessed) upheld() bool {
	for _, o := range v.objections {
		if o.State == "upheld" {
			return true
		}
	}
	return false
}

// act does what an officer chose.
func (p *pages) act(w http.ResponseWriter, r *http.Request) error {
	id, form := r.PathValue("id"), r.PostFormValue
	was, _ := strconv.ParseUint(form("revision"), 10, 64) // another number is stale
	ctx, do := r.Context(), p.zone.Plan
	var err error
	switch form("act") {
	case "review":
		_, err = do.Review(ctx, id, was)
	case "publish":
		day, bad := clock.ParseDay(strings.TrimSpace(form("until")))
		if bad != nil {
			return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("截止日有误", "The day is not in order"), Mend: ui.T("写作 2026-12-31", "Write it as 2026-12-31")}
		}
		_, err = do.Publish(ctx, id, was, day)
	case "rescore":
		_, err = do.Rescore(ctx, id, was, form("rescore"))
	case "answer":
		number, _ := strconv.ParseInt(form("number"), 10, 64) // no number is not found
		_, err = do.Answer(ctx, id, was, number, form("upheld") == "yes", form("answer"))
	case "final":
		_, err = do.Close(ctx, id, was)
	case "withdraw":
		_, err = do.Withdraw(ctx, id, was, form("withdraw"))
	case "fund":
		fund, bad := money.ParseFen(strings.ReplaceAll(strings.TrimSpace(form("fund")), ",", ""))
		floor, _ := strconv.ParseInt(strings.TrimSpace(form("floor")), 10, 64) // nothing is none
		if bad != nil {
			return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("资金总额有误", "The fund is not in order"), Mend: ui.T("填写元，如 1000000.00", "Write yuan, such as 1000000.00")}
		}
		_, err = do.Allocate(ctx, id, was, fund, floor)
	default:
		return ui.NotFound()
	}
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/assessments/"+url.PathEscape(id), ui.T("已办理", "Done"))
}

func (p *pages) object(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.zone.Plan.Object(r.Context(), id, r.PostFormValue("place"), r.PostFormValue("words")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/assessments/"+url.PathEscape(id), ui.T("异议已提交", "The objection is entered"))
}
