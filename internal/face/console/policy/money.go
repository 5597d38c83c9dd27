package policy

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

func (p *pages) registerMoney() {
	p.Get("/policy/budgets", access.ClaimWork, p.budgets)
	p.Get("/policy/budgets/{year}/{line}", access.ClaimWork, p.statement)
	p.Post("/policy/budgets", access.BudgetManage, p.setBudget)
	p.Get("/policy/payments", access.ClaimWork, p.payments)
	p.Post("/policy/payments", access.ClaimWork, p.makeList)
	p.Get("/policy/payments/{id}", access.ClaimWork, p.payment)
	p.Post("/policy/payments/{id}/check", access.BudgetManage, p.checkList)
	p.Post("/policy/payments/{id}/drop", access.ClaimWork, p.dropList)
	p.Post("/policy/payments/{id}/lines/{number}", access.BudgetManage, p.settle)
	p.Post("/policy/payments/{id}/export", access.BudgetManage, p.export)
	p.Get("/policy/simulate", access.ClaimWork, p.simulate)
	p.Raw("/policy/simulate/list", access.ClaimWork, p.simulated)
}

type budgetsView struct {
	year  int
	lines []policy.Line
}

func (p *pages) budgets(w http.ResponseWriter, r *http.Request) error {
	v := &budgetsView{year: whole(r.URL.Query().Get("year"))}
	if v.year == 0 {
		v.year = p.policy.Today().Year()
	}
	var err error
	if v.lines, err = p.policy.Budgets(r.Context(), v.year); err != nil {
		return problem(err)
	}
	return p.Show(w, r, ui.View{Title: ui.T("奖补预算", "Budgets of incentives"), Wide: true, Body: budgets(v)})
}

type statementView struct {
	year    int
	line    string
	rows    []ledger.Line
	changes []policy.BudgetChange
	next    string
}

// wholeLine is how the whole of a budget is named in an address.
const wholeLine = "whole"

func (p *pages) statement(w http.ResponseWriter, r *http.Request) error {
	v := &statementView{year: whole(r.PathValue("year")), line: r.PathValue("line")}
	line := v.line
	if line == wholeLine {
		line = ""
	}
	after := int64(whole(r.URL.Query().Get("after")))
	var err error
	if v.changes, err = p.policy.BudgetChanges(r.Context(), v.year, line); err != nil {
		return problem(err)
	}
	if len(v.changes) == 0 {
		return ui.NotFound()
	}
	if v.rows, err = p.policy.Statement(r.Context(), v.year, line, after, perPage); err != nil {
		return problem(err)
	}
	if len(v.rows) == perPage {
		v.next = r.URL.Path + "?after=" + strconv.FormatInt(v.rows[perPage-1].Number, 10)
	}
	back := "/policy/budgets?year=" + strconv.Itoa(v.year)
	return p.Show(w, r, ui.View{Title: ui.T("预算明细 "+strconv.Itoa(v.year)+" "+v.line, "Statement of "+v.line+" "+strconv.Itoa(v.year)), Body: statement(v), Back: back, BackTo: ui.T("奖补预算", "Budgets of incentives")})
}

func (p *pages) setBudget(w http.ResponseWriter, r *http.Request) error {
	f, err := amount(r, "cap")
	if err != nil {
		return err
	}
	l := policy.Line{Year: whole(field(r, "year")), Line: field(r, "line"), Title: pack.Text{ZH: field(r, "title"), EN: field(r, "title_en")}, Cap: f}
	if l.Title.EN == "" {
		l.Title.EN = l.Title.ZH
	}
	if err := p.policy.SetBudget(r.Context(), l, field(r, "reason")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/policy/budgets?year="+strconv.Itoa(l.Year), ui.T("预算已更新", "The budget is set"))
}

type paymentsView struct {
	lists []policy.PaymentList
	lines []policy.Line
	next  string
}

func (p *pages) payments(w http.ResponseWriter, r *http.Request) error {
	v := &paymentsView{}
	var err error
	if v.lists, err = p.policy.Lists(r.Context(), r.URL.Query().Get("before"), perPage); err != nil {
		return problem(err)
	}
	if v.lines, err = p.policy.Budgets(r.Context(), 0); err != nil {
		return problem(err)
	}
	if len(v.lists) == perPage {
		v.next = "/policy/payments?before=" + url.QueryEscape(v.lists[perPage-1].ID)
	}
	return p.Show(w, r, ui.View{Title: ui.T("奖补拨付", "Payments of awards"), Wide: true, Body: payments(v)})
}

func (p *pages) makeList(w http.ResponseWriter, r *http.Request) error {
	l, err := p.policy.MakeList(r.Context(), p.yearOf(r), field(r, "line"), field(r, "flow"))
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/policy/payments/"+url.PathEscape(l.ID), ui.T("清单已编制", "The list is made"))
}

// yearOf is the budget year of a form, by default this year.
func (p *pages) yearOf(r *http.Request) int {
	if y := whole(field(r, "year")); y != 0 {
		return y
	}
	return p.policy.Today().Year()
}

type paymentView struct {
	l     *policy.PaymentList
	names map[string]string
}

func (p *pages) payment(w http.ResponseWriter, r *http.Request) error {
	l, err := p.policy.List(r.Context(), r.PathValue("id"))
	if err != nil {
		return problem(err)
	}
	v := &paymentView{l: l, names: map[string]string{}}
	for _, id := range []string{l.MadeBy, l.CheckedBy} {
		if id != "" {
			v.names[id] = p.name(r.Context(), id)
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("拨付清单 "+l.ID, "Payment list "+l.ID), Wide: true, Body: payment(v), Back: "/policy/payments", BackTo: ui.T("奖补拨付", "Payments of awards")})
}

func (p *pages) listDone(w http.ResponseWriter, r *http.Request, err error, done ui.Text) error {
	if err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/policy/payments/"+url.PathEscape(r.PathValue("id")), done)
}

func (p *pages) checkList(w http.ResponseWriter, r *http.Request) error {
	return p.listDone(w, r, p.policy.CheckList(r.Context(), r.PathValue("id")), ui.T("已复核", "Checked"))
}

func (p *pages) dropList(w http.ResponseWriter, r *http.Request) error {
	return p.listDone(w, r, p.policy.DropList(r.Context(), r.PathValue("id"), field(r, "reason")), ui.T("清单已作废", "The list is dropped"))
}

func (p *pages) settle(w http.ResponseWriter, r *http.Request) error {
	id, number := r.PathValue("id"), r.PathValue("number")
	words := field(r, "words_"+number)
	if field(r, "act") == "leave" {
		return p.listDone(w, r, p.policy.LeaveOut(r.Context(), id, whole(number), words), ui.T("已移出清单", "Left out"))
	}
	return p.listDone(w, r, p.policy.Pay(r.Context(), id, whole(number), words), ui.T("已登记拨付", "The payment is entered"))
}

func (p *pages) export(w http.ResponseWriter, r *http.Request) error {
	format := policy.XLSX
	if field(r, "format") == string(policy.CSV) {
		format = policy.CSV
	}
	data, err := p.policy.ExportList(r.Context(), r.PathValue("id"), format, field(r, "purpose"))
	if err != nil {
		return problem(err)
	}
	return send(w, r.PathValue("id"), format, data)
}

// send sends a file to keep.
func send(w http.ResponseWriter, name string, format policy.Format, data []byte) error {
	kind := "text/csv; charset=utf-8"
	if format == policy.XLSX {
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.Map(plainName, name)+"."+string(format)+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(data)
	return err
}

// plainName leaves letters, digits and hyphens of a file's name.
func plainName(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
		return r
	}
	return -1
}

type simulateView struct {
	clauses []*policy.Clause
	chosen  *policy.Clause
	trial   *policy.ClauseTrial
	query   url.Values
}

// trial reads what is to be simulated of an address: a clause, and what is to be
// otherwise in it.
func trial(q url.Values, c *policy.Clause) (policy.Trial, error) {
	e := policy.Edit{Clause: c.ID, Conditions: map[string]string{}, Formula: strings.TrimSpace(q.Get("formula"))}
	for _, x := range c.Conditions {
		if when := strings.TrimSpace(q.Get("when_" + x.ID)); when != "" && when != x.When {
			e.Conditions[x.ID] = when
		}
	}
	bad := &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("金额或比例有误", "Amount or share is not in order"), Mend: ui.T("金额如 500000.00，比例如 0.80", "Write an amount as 500000.00, a share as 0.80")}
	if text := strings.TrimSpace(q.Get("cap")); text != "" {
		f, err := money.ParseFen(text)
		if err != nil || f < 0 {
			return policy.Trial{}, bad
		}
		e.Cap = &f
	}
	if text := strings.TrimSpace(q.Get("percent")); text != "" {
		share, err := money.ParseRate(text)
		if err != nil {
			return policy.Trial{}, bad
		}
		e.Percent = &share
	}
	return policy.Trial{Clauses: []string{c.ID}, Edits: []policy.Edit{e}}, nil
}

// chosen is the clause that an address names, with the clauses that there are.
func (p *pages) chosen(r *http.Request) (*simulateView, error) {
	book, err := p.policy.Book()
	if err != nil {
		return nil, err
	}
	v := &simulateView{query: r.URL.Query()}
	for _, c := range book.Now(p.policy.Today()) {
		if c.Kind == policy.Case {
			continue
		}
		v.clauses = append(v.clauses, c)
		if c.ID == v.query.Get("clause") {
			v.chosen = c
		}
	}
	return v, nil
}

func (p *pages) run(r *http.Request, v *simulateView) error {
	t, err := trial(v.query, v.chosen)
	if err != nil {
		return err
	}
	list, err := p.policy.Simulate(r.Context(), t)
	if err != nil {
		return problem(err)
	}
	if len(list) > 0 {
		v.trial = &list[0]
	}
	return nil
}

func (p *pages) simulate(w http.ResponseWriter, r *http.Request) error {
	v, err := p.chosen(r)
	if err != nil {
		return err
	}
	if v.chosen != nil && v.query.Get("run") != "" {
		if err := p.run(r, v); err != nil {
			return err
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("奖补测算", "Simulation of clauses"), Body: simulate(v)})
}

// simulated is the list of a simulation as a file.
func (p *pages) simulated(w http.ResponseWriter, r *http.Request) error {
	v, err := p.chosen(r)
	if err != nil {
		return err
	}
	if v.chosen == nil {
		return ui.NotFound()
	}
	if err := p.run(r, v); err != nil {
		return err
	}
	if v.trial == nil {
		return ui.NotFound()
	}
	data, err := policy.File(policy.XLSX, "测算", v.trial.Table())
	if err != nil {
		return err
	}
	return send(w, "simulation-"+v.chosen.ID, policy.XLSX, data)
}
