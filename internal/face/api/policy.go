package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// IncentiveText is a text in both languages.
type IncentiveText struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

func incentiveText(t pack.Text) IncentiveText { return IncentiveText{t.ZH, t.EN} }

// IncentiveCondition is a condition of a clause (条件).
type IncentiveCondition struct {
	ID   string `json:"id"`
	When string `json:"when" doc:"Expression over facts."`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// Incentive is a clause of an incentive policy (奖补条款). Every amount is the most.
type Incentive struct {
	ID          string               `json:"id"`
	Pack        string               `json:"pack"`
	Title       IncentiveText        `json:"title"`
	Clause      IncentiveText        `json:"clause"`
	Source      string               `json:"source"`
	Mark        string               `json:"mark"`
	From        string               `json:"from,omitempty"`
	To          string               `json:"to,omitempty"`
	Subject     string               `json:"subject"`
	Beneficiary IncentiveText        `json:"beneficiary"`
	Kind        string               `json:"kind" enum:"award,priority,case"`
	Conditions  []IncentiveCondition `json:"conditions"`
	Cap         string               `json:"cap,omitempty" doc:"Yuan; left out: not stated (未规定)."`
	Per         string               `json:"per,omitempty" doc:"The cap is for each of this fact."`
	Percent     string               `json:"percent,omitempty" doc:"Most as a share of the cost."`
	Of          string               `json:"of,omitempty" doc:"The cost, a fact."`
	Formula     string               `json:"formula,omitempty"`
	Cumulative  string               `json:"cumulative,omitempty" doc:"Most an enterprise gets in all its years, yuan."`
	Frequency   string               `json:"frequency"`
	Flow        string               `json:"flow,omitempty"`
	Budget      string               `json:"budget,omitempty"`
	Decides     IncentiveText        `json:"decides"`
	Confirmed   bool                 `json:"confirmed" doc:"It is certain that the clause is in force; if not, nothing is granted before an office confirms it."`
	Why         *IncentiveText       `json:"why,omitempty" doc:"Why it is not certain."`
}

func incentiveOf(c *policy.Clause) Incentive {
	out := Incentive{ID: c.ID, Pack: c.Pack, Title: incentiveText(c.Title), Clause: incentiveText(c.Clause), Source: c.Source.String(), Mark: c.Mark, Subject: string(c.Subject),
		Beneficiary: incentiveText(c.Beneficiary), Kind: string(c.Kind), Conditions: []IncentiveCondition{}, Frequency: string(c.Frequency), Flow: c.Flow, Budget: c.Budget,
		Decides: incentiveText(c.Decides), Confirmed: c.Validity.Confirmed}
	if c.From != 0 {
		out.From = c.From.String()
	}
	if c.To != 0 {
		out.To = c.To.String()
	}
	if !c.Validity.Confirmed {
		out.Why = &IncentiveText{c.Validity.ZH, c.Validity.EN}
	}
	for _, x := range c.Conditions {
		out.Conditions = append(out.Conditions, IncentiveCondition{x.ID, x.When, x.ZH, x.EN})
	}
	if a := c.Amount; a != nil {
		out.Per, out.Of, out.Formula, out.Cap = a.Per, a.Of, a.Formula, yuanOf(a.Cap)
		if a.Percent != nil {
			out.Percent = a.Percent.String()
		}
	}
	if c.Cumulative != nil {
		out.Cumulative = c.Cumulative.Cap.String()
	}
	return out
}

// yuanOf is an amount that may not be there.
func yuanOf(f *money.Fen) string {
	if f == nil {
		return ""
	}
	return f.String()
}

// IncentiveTerm is one comparison of a condition.
type IncentiveTerm struct {
	Fact  string `json:"fact"`
	Op    string `json:"op"`
	Have  string `json:"have,omitempty" doc:"Left out: nobody knows it."`
	Want  string `json:"want"`
	Short string `json:"short,omitempty" doc:"By how much it misses."`
	Holds string `json:"holds" enum:"no,unknown,yes"`
	Group int    `json:"group,omitempty" doc:"Of terms with the same number one is enough."`
}

// IncentiveTest is a condition with its answer.
type IncentiveTest struct {
	ID    string          `json:"id"`
	ZH    string          `json:"zh"`
	EN    string          `json:"en"`
	Holds string          `json:"holds" enum:"no,unknown,yes"`
	Near  bool            `json:"near"`
	Terms []IncentiveTerm `json:"terms"`
}

// IncentiveStanding is how a subject stands with a clause (可申领情况).
type IncentiveStanding struct {
	Clause   string          `json:"clause"`
	Title    IncentiveText   `json:"title"`
	Source   string          `json:"source"`
	Standing string          `json:"standing" enum:"claimable,nearly,not,claimed,running,case"`
	Force    string          `json:"force" enum:"in-force,confirmed,unconfirmed,ended,coming"`
	Year     int             `json:"year" doc:"Of the figures."`
	UpTo     string          `json:"up_to,omitempty" doc:"Most that can be given, yuan; left out: not stated, or a figure is missing."`
	Stated   bool            `json:"stated" doc:"The text says how much."`
	Working  []IncentiveText `json:"working"`
	Tests    []IncentiveTest `json:"tests"`
	Missing  []string        `json:"missing" doc:"Facts that nobody knows: file evidence."`
	Reasons  []IncentiveText `json:"reasons"`
	Number   string          `json:"number,omitempty" doc:"Application or award that stands in the way."`
	Decides  IncentiveText   `json:"decides"`
}

func standingOf(e *policy.Entry) IncentiveStanding {
	out := IncentiveStanding{Clause: e.Clause.ID, Title: incentiveText(e.Clause.Title), Source: e.Clause.Source.String(), Standing: string(e.Standing), Force: string(e.Force), Year: e.Year,
		UpTo: yuanOf(e.Most.Amount), Stated: e.Most.Stated, Working: []IncentiveText{}, Tests: []IncentiveTest{}, Missing: e.Missing, Reasons: []IncentiveText{}, Number: e.Number, Decides: incentiveText(e.Clause.Decides)}
	for _, s := range e.Most.Steps {
		out.Working = append(out.Working, IncentiveText{s.ZH + " " + yuanOf(s.Amount), s.EN + " " + yuanOf(s.Amount)})
	}
	for _, r := range e.Reasons {
		out.Reasons = append(out.Reasons, IncentiveText{r.ZH, r.EN})
	}
	if out.Missing == nil {
		out.Missing = []string{}
	}
	for _, t := range e.Tests {
		test := IncentiveTest{ID: t.ID, ZH: t.ZH, EN: t.EN, Holds: t.Answer.Holds.String(), Near: t.Near, Terms: []IncentiveTerm{}}
		for _, x := range t.Answer.Terms {
			term := IncentiveTerm{Fact: x.Fact, Op: x.Op, Want: x.Want.String(), Holds: x.Holds.String(), Group: x.Group}
			if x.Known {
				term.Have = x.Have.String()
			}
			if !x.Short.IsZero() {
				term.Short = x.Short.String()
			}
			test.Terms = append(test.Terms, term)
		}
		out.Tests = append(out.Tests, test)
	}
	return out
}

type incentivesOutput struct {
	Body struct {
		Clauses []Incentive `json:"clauses"`
	}
}

type incentiveInput struct {
	ID string `path:"id" maxLength:"64"`
}

type incentiveOutput struct{ Body Incentive }

type assessInput struct {
	Kind    string `query:"kind" default:"enterprise" enum:"enterprise,park,belt,county,brand,warehouse,zone"`
	Subject string `query:"subject" maxLength:"64" doc:"Customs code of an enterprise, or id."`
}

type assessOutput struct {
	Body struct {
		Kind    string              `json:"kind"`
		Subject string              `json:"subject"`
		Name    string              `json:"name"`
		Day     string              `json:"day"`
		Clauses []IncentiveStanding `json:"clauses" doc:"Those that can be claimed first."`
	}
}

func policyOp(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"incentives"}, Summary: summary, Errors: []int{401, 403, 404, 409, 422, 503}}
}

func (s *Server) addPolicy() {
	add(s, policyOp("list-incentives", http.MethodGet, "/v1/incentives", "Clauses of incentives / 奖补条款"), access.Public, s.incentives)
	add(s, policyOp("get-incentive", http.MethodGet, "/v1/incentives/{id}", "One clause / 一项条款"), access.Public, s.incentive)
	add(s, policyOp("assess-incentives", http.MethodGet, "/v1/incentive-assessment", "What can be claimed / 我能申领什么"), access.ClaimRead, s.assessIncentives)
	s.addClaims()
	s.addAwardMoney()
}

// ofPolicy puts refusals of incentives into problems.
func ofPolicy(err error) error {
	var r *policy.Refusal
	switch {
	case errors.As(err, &r):
		return problem(422, r.Code, r.ZH, r.EN, r.FixZH, r.FixEN)
	case errors.Is(err, policy.ErrNotFound), errors.Is(err, fact.ErrNotFound), errors.Is(err, matter.ErrNotFound):
		return problem(404, "not-found", "没有该记录或无权查看", "there is no such thing, or it is not yours to see", "核对编号", "check the number")
	case errors.Is(err, policy.ErrDenied), errors.Is(err, matter.ErrDenied):
		return problem(403, "denied", "无权进行该操作", "this is not yours to do", "由有权的人办理", "have it done by somebody who may")
	}
	return err
}

func (s *Server) incentives(ctx context.Context, _ *struct{}) (*incentivesOutput, error) {
	book, err := s.zone.Policy.Book()
	if err != nil {
		return nil, err
	}
	out := &incentivesOutput{}
	out.Body.Clauses = []Incentive{}
	for _, c := range book.Now(s.zone.Policy.Today()) {
		out.Body.Clauses = append(out.Body.Clauses, incentiveOf(c))
	}
	return out, nil
}

func (s *Server) incentive(ctx context.Context, in *incentiveInput) (*incentiveOutput, error) {
	book, err := s.zone.Policy.Book()
	if err != nil {
		return nil, err
	}
	c := book.Find(in.ID, s.zone.Policy.Today())
	if c == nil {
		return nil, ofPolicy(policy.ErrNotFound)
	}
	return &incentiveOutput{incentiveOf(c)}, nil
}

func (s *Server) assessIncentives(ctx context.Context, in *assessInput) (*assessOutput, error) {
	a, err := s.zone.Policy.Assess(ctx, policy.Query{Subject: fact.Subject{Kind: fact.Kind(in.Kind), ID: in.Subject}})
	if err != nil {
		return nil, ofPolicy(err)
	}
	out := &assessOutput{}
	out.Body.Kind, out.Body.Subject, out.Body.Name, out.Body.Day = in.Kind, in.Subject, a.Holder.Name, a.Day.String()
	out.Body.Clauses = []IncentiveStanding{}
	for i := range a.Entries {
		out.Body.Clauses = append(out.Body.Clauses, standingOf(&a.Entries[i]))
	}
	return out, nil
}
