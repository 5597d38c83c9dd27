package policy

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

func (p *pages) registerOffice() {
	p.Get("/policy/applications", access.ClaimRead, p.applications)
	p.Get("/policy/applications/{number}", access.ClaimRead, p.application)
	p.Post("/policy/applications/{number}/score", access.ClaimWork, p.score)
	p.Post("/policy/applications/{number}/propose", access.ClaimWork, p.propose)
	p.Post("/policy/applications/{number}/publish", access.ClaimWork, p.publish)
	p.Post("/policy/applications/{number}/unpublish", access.ClaimWork, p.unpublish)
	p.Post("/policy/applications/{number}/objections/{id}", access.ClaimWork, p.resolve)
	p.Post("/policy/applications/{number}/clawback", access.ClaimWork, p.openBack)
	p.Get("/policy/clawbacks", access.ClaimRead, p.backs)
	p.Post("/policy/clawbacks/{id}/decide", access.BudgetManage, p.decideBack)
	p.Post("/policy/clawbacks/{id}/return", access.BudgetManage, p.returnBack)
}

// row is a claim in a list with the step of its matter.
type row struct {
	policy.Claim
	step string
}

type applicationsView struct {
	rows   []row
	state  int
	step   string
	office bool
	next   string
}

// stepOf is the step in which a claim's matter is open, "" if it is in none or not
// the reader's.
func (p *pages) stepOf(ctx context.Context, number string) string {
	m, err := p.zone.Matters.Get(ctx, number)
	if err != nil || m.State != matter.Open {
		return ""
	}
	return m.Step
}

func (p *pages) applications(w http.ResponseWriter, r *http.Request) error {
	q, ctx := r.URL.Query(), r.Context()
	v := &applicationsView{state: whole(q.Get("state")), step: q.Get("step"), office: office(ctx)}
	list, err := p.policy.Claims(ctx, policy.ClaimFilter{State: policy.State(v.state), Before: q.Get("before"), Limit: perPage})
	if err != nil {
		return problem(err)
	}
	for _, c := range list {
		next := row{Claim: c}
		if c.State == policy.Asked {
			next.step = p.stepOf(ctx, c.Number)
		}
		if v.step == "" || v.step == next.step {
			v.rows = append(v.rows, next)
		}
	}
	if len(list) == perPage {
		v.next = "/policy/applications?" + url.Values{"state": {q.Get("state")}, "step": {v.step}, "before": {list[perPage-1].Number}}.Encode()
	}
	return p.Show(w, r, ui.View{Title: ui.T("奖补申领", "Claims of incentives"), Wide: true, Body: applications(v)})
}

// applicationView is one claim with all that belongs to it.
type applicationView struct {
	c          *policy.Claim
	book       *fact.Book
	step       string
	panel      *policy.Panel // nil: not the reader's to see
	mine       *policy.Score // what the reader gave
	objections []policy.Objection
	backs      []policy.ClawBack
	works      bool
	names      map[string]string
}

func (p *pages) application(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, err := p.policy.Claim(ctx, r.PathValue("number"))
	if err != nil {
		return problem(err)
	}
	v := &applicationView{c: c, step: p.stepOf(ctx, c.Number), works: works(ctx), names: map[string]string{}}
	if v.book, err = p.zone.Facts.Book(); err != nil {
		return err
	}
	if v.backs, err = p.policy.ClawBacks(ctx, c.Number, "", 20); err != nil {
		return problem(err)
	}
	if v.works {
		if v.panel, err = p.policy.PanelOf(ctx, c.Number); err != nil {
			return problem(err)
		}
		if v.objections, err = p.policy.Objections(ctx, c.Number); err != nil {
			return problem(err)
		}
		n := slices.IndexFunc(v.panel.Scores, func(s policy.Score) bool { return s.Member == access.Of(ctx).ID })
		if n >= 0 {
			v.mine = &v.panel.Scores[n]
		}
		p.nameAll(ctx, v)
	}
	return p.Show(w, r, ui.View{Title: ui.T("申领 "+c.Number, "Claim "+c.Number), Body: application(v), Back: "/policy/applications", BackTo: ui.T("奖补申领", "Claims of incentives")})
}

// nameAll finds the names of the accounts on a page.
func (p *pages) nameAll(ctx context.Context, v *applicationView) {
	add := func(id string) {
		if id != "" && v.names[id] == "" {
			v.names[id] = p.name(ctx, id)
		}
	}
	for _, s := range v.panel.Scores {
		add(s.Member)
	}
	for _, o := range v.objections {
		add(o.Account)
		add(o.Answerer)
	}
	for _, b := range v.backs {
		add(b.OpenedBy)
		add(b.DecidedBy)
	}
}

// name is the name of an account as the reader may see it; its id without one.
func (p *pages) name(ctx context.Context, id string) string {
	if name, err := p.zone.Accounts.NameOf(ctx, id); err == nil && name != "" {
		return name
	}
	return id
}

// back leads to the claim after an act.
func (p *pages) back(w http.ResponseWriter, r *http.Request, err error, done ui.Text) error {
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/policy/applications/"+url.PathEscape(r.PathValue("number")), done)
}

func (p *pages) score(w http.ResponseWriter, r *http.Request) error {
	points := whole(field(r, "points"))
	if field(r, "points") == "" {
		points = -1
	}
	return p.back(w, r, p.policy.GiveScore(r.Context(), r.PathValue("number"), points, field(r, "score_reason")), ui.T("已打分", "Scored"))
}

func (p *pages) propose(w http.ResponseWriter, r *http.Request) error {
	f, err := amount(r, "amount")
	if err != nil {
		return err
	}
	return p.back(w, r, p.policy.Propose(r.Context(), r.PathValue("number"), f, field(r, "amount_reason")), ui.T("已填写拟支持金额", "The amount is proposed"))
}

func (p *pages) publish(w http.ResponseWriter, r *http.Request) error {
	return p.back(w, r, p.policy.Publish(r.Context(), r.PathValue("number")), ui.T("已公示", "Published"))
}

func (p *pages) unpublish(w http.ResponseWriter, r *http.Request) error {
	return p.back(w, r, p.policy.Unpublish(r.Context(), r.PathValue("number"), field(r, "unpublish_reason")), ui.T("已撤回公示", "The publication was ended"))
}

func (p *pages) resolve(w http.ResponseWriter, r *http.Request) error {
	return p.back(w, r, p.policy.Resolve(r.Context(), r.PathValue("id"), field(r, "upheld_"+r.PathValue("id")) == "yes", field(r, "answer_"+r.PathValue("id"))), ui.T("异议已处理", "The objection is resolved"))
}

func (p *pages) openBack(w http.ResponseWriter, r *http.Request) error {
	f, err := amount(r, "back_amount")
	if err == nil {
		_, err = p.policy.OpenClawBack(r.Context(), r.PathValue("number"), f, field(r, "back_reason"))
	}
	return p.back(w, r, err, ui.T("已提出追回", "The claw-back is proposed"))
}

type backsView struct {
	list  []policy.ClawBack
	names map[string]string
}

func (p *pages) backs(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &backsView{names: map[string]string{}}
	if !office(ctx) {
		return ui.NotFound()
	}
	var err error
	if v.list, err = p.policy.ClawBacks(ctx, "", "", 200); err != nil {
		return problem(err)
	}
	for _, b := range v.list {
		for _, id := range []string{b.OpenedBy, b.DecidedBy} {
			if id != "" && v.names[id] == "" {
				v.names[id] = p.name(ctx, id)
			}
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("奖补追回", "Claw-backs"), Wide: true, Body: backs(v)})
}

func (p *pages) decideBack(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.policy.DecideClawBack(r.Context(), id, field(r, "take") == "yes", field(r, "decision_"+id)); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/policy/clawbacks", ui.T("已决定", "Decided"))
}

func (p *pages) returnBack(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	f, err := amount(r, "amount_"+id)
	if err == nil {
		err = p.policy.ReturnMoney(r.Context(), id, f, field(r, "reference_"+id))
	}
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/policy/clawbacks", ui.T("已登记退回款项", "The money is entered"))
}
