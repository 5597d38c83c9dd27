package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/scorecard"
)

// AssessmentText is a yearly assessment (年度考核).
type AssessmentText struct {
	ID       string    `json:"id"`
	Card     string    `json:"card"`
	Title    WordsText `json:"title"`
	Year     int       `json:"year"`
	Subject  string    `json:"subject"`
	Plan     string    `json:"plan,omitempty"`
	State    string    `json:"state" enum:"scored,reviewed,published,final,withdrawn"`
	Revision uint64    `json:"revision" doc:"Give it back with an act."`
	Pack     string    `json:"pack" doc:"Version that lays the card down."`
	Source   string    `json:"source"`
	Mark     string    `json:"mark" enum:"seen,recalled,inference,design"`
	Until    string    `json:"until,omitempty" doc:"Last day for objections (异议截止日)."`
	Fund     string    `json:"fund,omitempty" doc:"Shared by the result, yuan."`
	Floor    int64     `json:"floor,omitempty" doc:"Thousandths of the fund that each gets at least."`
}

// ResultText is what one place scored.
type ResultText struct {
	Rank   int        `json:"rank"`
	Place  string     `json:"place"`
	Title  WordsText  `json:"title"`
	Points string     `json:"points"`
	Of     string     `json:"of"`
	Grade  string     `json:"grade,omitempty"`
	Share  string     `json:"share,omitempty" doc:"Of the fund, yuan."`
	Lines  []LineText `json:"lines" doc:"The working (评分过程)."`
}

// LineText is what one indicator gave.
type LineText struct {
	ID       string    `json:"id"`
	Title    WordsText `json:"title"`
	Weight   string    `json:"weight"`
	Points   string    `json:"points"`
	Known    bool      `json:"known"`
	Have     string    `json:"have,omitempty"`
	Withheld bool      `json:"withheld,omitempty" doc:"Scored on a figure of fewer than 3 enterprises (少于3家企业，不公开)."`
	Working  string    `json:"working"`
}

type assessmentsOutput struct {
	Body struct {
		Assessments []AssessmentText `json:"assessments"`
	}
}

type assessmentInput struct {
	ID string `path:"id" maxLength:"80"`
}

type assessmentOutput struct{ Body AssessmentText }

type assessResultsOutput struct {
	Body struct {
		AssessmentText
		Results []ResultText `json:"results"`
	}
}

type assessScoreInput struct {
	Body struct {
		Card string `json:"card" maxLength:"64"`
		Year int    `json:"year" minimum:"2015" maximum:"2100"`
		Plan string `json:"plan,omitempty" maxLength:"64" doc:"Whose counties are scored and whose targets count."`
	}
}

type assessActInput struct {
	ID   string `path:"id" maxLength:"80"`
	Body struct {
		Act      string `json:"act" enum:"review,publish,rescore,answer,final,withdraw,fund"`
		Revision uint64 `json:"revision"`
		Until    string `json:"until,omitempty" doc:"Of publish: last day for objections."`
		Reason   string `json:"reason,omitempty" maxLength:"400" doc:"Of rescore, answer, withdraw."`
		Number   int64  `json:"number,omitempty" doc:"Of answer: the objection."`
		Upheld   bool   `json:"upheld,omitempty" doc:"Of answer."`
		Fund     string `json:"fund,omitempty" doc:"Of fund: yuan."`
		Floor    int64  `json:"floor,omitempty" minimum:"0" maximum:"1000" doc:"Of fund: thousandths that each gets at least."`
	}
}

type assessObjectInput struct {
	ID   string `path:"id" maxLength:"80"`
	Body struct {
		Place string `json:"place" maxLength:"64"`
		Words string `json:"words" maxLength:"400"`
	}
}

func (s *Server) addAssessments() {
	tags := []string{"assessments"}
	add(s, huma.Operation{OperationID: "list-assessments", Method: http.MethodGet, Path: "/v1/assessments", Tags: tags, Summary: "Assessments / 年度考核", Errors: []int{401}}, access.Public, s.assessments)
	add(s, huma.Operation{OperationID: "get-assessment", Method: http.MethodGet, Path: "/v1/assessments/{id}", Tags: tags, Summary: "Ranking with its working / 排名与评分过程", Errors: []int{404}}, access.Public, s.assessment)
	add(s, huma.Operation{OperationID: "score-assessment", Method: http.MethodPost, Path: "/v1/assessments", Tags: tags, Summary: "Score by a card / 按评分卡评分", Errors: []int{401, 403, 404, 409, 422}}, access.AssessWork, s.scoreAssessment)
	add(s, huma.Operation{OperationID: "act-on-assessment", Method: http.MethodPost, Path: "/v1/assessments/{id}/acts", Tags: tags, Summary: "Review, publish, close, share a fund / 复核、公示、生效、分配资金", Errors: []int{401, 403, 404, 409, 422}}, access.AssessWork, s.actOnAssessment)
	add(s, huma.Operation{OperationID: "object-to-assessment", Method: http.MethodPost, Path: "/v1/assessments/{id}/objections", Tags: tags, DefaultStatus: 204, Summary: "Object to a result / 提出异议", Errors: []int{401, 403, 404, 409, 422}}, access.PlanReport, s.objectToAssessment)
}

func assessmentText(a *plan.Assessment) AssessmentText {
	out := AssessmentText{ID: a.ID, Card: a.Card, Title: textOf(a.Setting.Title), Year: a.Year, Subject: string(a.Subject), Plan: a.Plan, State: string(a.State), Revision: a.Revision,
		Pack: a.Setting.Pack, Source: a.Setting.Source.String(), Mark: a.Setting.Mark, Until: dayText(a.Until), Floor: a.Floor}
	if a.Fund != 0 {
		out.Fund = a.Fund.String()
	}
	return out
}

func (s *Server) assessments(ctx context.Context, _ *struct{}) (*assessmentsOutput, error) {
	list, err := s.zone.Plan.Assessments(ctx)
	if err != nil {
		return nil, err
	}
	out := &assessmentsOutput{}
	out.Body.Assessments = []AssessmentText{}
	for i := range list {
		out.Body.Assessments = append(out.Body.Assessments, assessmentText(&list[i]))
	}
	return out, nil
}

func (s *Server) assessment(ctx context.Context, in *assessmentInput) (*assessResultsOutput, error) {
	a, err := s.zone.Plan.Assessment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.zone.Plan.Results(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &assessResultsOutput{}
	out.Body.AssessmentText, out.Body.Results = assessmentText(a), []ResultText{}
	for i := range list {
		out.Body.Results = append(out.Body.Results, assessResultText(&list[i], a.Fund))
	}
	return out, nil
}

func assessResultText(r *plan.Result, fund money.Fen) ResultText {
	out := ResultText{Rank: r.Rank, Place: r.Place.ID, Title: textOf(r.Place.Title), Points: scorecard.Points(r.Points), Of: scorecard.Points(r.Score.Of), Grade: r.Score.Grade, Lines: []LineText{}}
	if fund != 0 {
		out.Share = r.Share.String()
	}
	for _, l := range r.Score.Lines {
		out.Lines = append(out.Lines, LineText{ID: l.ID, Title: textOf(l.Title), Weight: scorecard.Points(l.Weight), Points: scorecard.Points(l.Points), Known: l.Known, Have: l.Have.String(), Working: l.Working, Withheld: r.Withholds(l.ID)})
	}
	return out
}

func (s *Server) scoreAssessment(ctx context.Context, in *assessScoreInput) (*assessmentOutput, error) {
	a, err := s.zone.Plan.Score(ctx, plan.Start{Card: in.Body.Card, Year: in.Body.Year, Plan: in.Body.Plan})
	if err != nil {
		return nil, err
	}
	return &assessmentOutput{Body: assessmentText(a)}, nil
}

func (s *Server) actOnAssessment(ctx context.Context, in *assessActInput) (*assessmentOutput, error) {
	do, b := s.zone.Plan, &in.Body
	var a *plan.Assessment
	var err error
	switch b.Act {
	case "review":
		a, err = do.Review(ctx, in.ID, b.Revision)
	case "publish":
		day, bad := clock.ParseDay(b.Until)
		if bad != nil {
			return nil, problem(422, "day", "until 应为 2026-12-31 形式的日期", "until is a day such as 2026-12-31", "改正日期", "mend the day")
		}
		a, err = do.Publish(ctx, in.ID, b.Revision, day)
	case "rescore":
		a, err = do.Rescore(ctx, in.ID, b.Revision, b.Reason)
	case "answer":
		a, err = do.Answer(ctx, in.ID, b.Revision, b.Number, b.Upheld, b.Reason)
	case "final":
		a, err = do.Close(ctx, in.ID, b.Revision)
	case "withdraw":
		a, err = do.Withdraw(ctx, in.ID, b.Revision, b.Reason)
	default:
		fund, bad := money.ParseFen(b.Fund)
		if bad != nil {
			return nil, problem(422, "fund", "fund 应为以元计的金额，如 1000000.00", "fund is an amount in yuan such as 1000000.00", "改正金额", "mend the amount")
		}
		a, err = do.Allocate(ctx, in.ID, b.Revision, fund, b.Floor)
	}
	if err != nil {
		return nil, err
	}
	return &assessmentOutput{Body: assessmentText(a)}, nil
}

func (s *Server) objectToAssessment(ctx context.Context, in *assessObjectInput) (*struct{}, error) {
	return nil, s.zone.Plan.Object(ctx, in.ID, in.Body.Place, in.Body.Words)
}
