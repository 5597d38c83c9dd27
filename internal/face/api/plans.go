package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// WordsText is a text in both languages.
type WordsText struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// PlanText is a plan document in force (方案).
type PlanText struct {
	ID      string     `json:"id"`
	Title   WordsText  `json:"title"`
	Zone    string     `json:"zone" doc:"Pack that lays it down."`
	Source  string     `json:"source"`
	From    string     `json:"from"`
	To      string     `json:"to" doc:"Last day of its term."`
	Ended   bool       `json:"ended" doc:"Its term is over: history, not open (已到期)."`
	Note    *WordsText `json:"note,omitempty"`
	Targets int        `json:"targets"`
	Tasks   int        `json:"tasks"`
}

// TargetText is a target with where it stands (目标进展).
type TargetText struct {
	ID         string       `json:"id"`
	Place      string       `json:"place,omitempty" doc:"Division code of the county; none: the zone."`
	Title      WordsText    `json:"title"`
	Fact       string       `json:"fact,omitempty" doc:"The figure compared (指标)."`
	Counts     string       `json:"counts,omitempty" doc:"Or: the condition of what is counted."`
	Calibre    string       `json:"calibre,omitempty" doc:"Figures of two calibres are never added up (口径)."`
	Op         string       `json:"op" doc:"As the source reads."`
	Likely     string       `json:"likely,omitempty" doc:"What the Chinese probably means."`
	Value      string       `json:"value,omitempty"`
	From       string       `json:"from,omitempty"`
	To         string       `json:"to,omitempty"`
	By         string       `json:"by,omitempty"`
	EveryYear  bool         `json:"every_year,omitempty"`
	Year       int          `json:"year" doc:"Of the figure."`
	State      string       `json:"state" enum:"met,on-track,behind,missed,unknown,ended,withheld"`
	Known      bool         `json:"known"`
	Have       string       `json:"have,omitempty"`
	Withheld   bool         `json:"withheld,omitempty" doc:"Made of fewer than 3 enterprises, and the caller sees no single figures (少于3家企业，不公开)."`
	Short      string       `json:"short,omitempty" doc:"By how much it misses."`
	Unsure     int          `json:"unsure,omitempty" doc:"Of a count: subjects whose figures nobody knows."`
	Ended      bool         `json:"ended"`
	Why        WordsText    `json:"why"`
	At         string       `json:"at" doc:"Place in the document (出处)."`
	Mark       string       `json:"mark" enum:"seen,recalled,inference,design"`
	Department *WordsText   `json:"department,omitempty" doc:"Left out where the text names none."`
	Note       *WordsText   `json:"note,omitempty"`
	Places     []TargetText `json:"places,omitempty" doc:"County by county."`
}

// TaskText is a task with what was reported last (任务进展).
type TaskText struct {
	ID         string       `json:"id"`
	Title      WordsText    `json:"title"`
	At         string       `json:"at"`
	Department *WordsText   `json:"department,omitempty" doc:"Left out where the text names none."`
	Lead       *WordsText   `json:"lead,omitempty"`
	By         string       `json:"by,omitempty"`
	State      string       `json:"state" enum:"planned,working,done,stopped"`
	Percent    int64        `json:"percent"`
	Overdue    bool         `json:"overdue"`
	Reports    []ReportText `json:"reports"`
}

// ReportText is a department's report on a task.
type ReportText struct {
	Number  int64  `json:"number"`
	At      string `json:"at"`
	State   string `json:"state"`
	Percent int64  `json:"percent"`
	Note    string `json:"note"`
}

// PointText is what was reached in a month.
type PointText struct {
	Target string `json:"target"`
	Place  string `json:"place,omitempty"`
	Month  string `json:"month" doc:"YYYY-MM."`
	Known  bool   `json:"known"`
	Have   string `json:"have,omitempty"`
	State  string `json:"state"`
	// Withheld as of a target.
	Withheld bool `json:"withheld,omitempty" doc:"Made of fewer than 3 enterprises (少于3家企业，不公开)."`
}

type plansOutput struct {
	Body struct {
		Plans []PlanText `json:"plans"`
	}
}

type planInput struct {
	Plan string `path:"plan" maxLength:"64"`
}

type planOutput struct {
	Body struct {
		PlanText
		Progress []TargetText `json:"progress"`
		Standing []TaskText   `json:"standing"`
	}
}

type planCourseInput struct {
	Plan   string `path:"plan" maxLength:"64"`
	Target string `query:"target" maxLength:"64"`
}

type planCourseOutput struct {
	Body struct {
		Points []PointText `json:"points"`
	}
}

type planReportInput struct {
	Plan string `path:"plan" maxLength:"64"`
	Task string `path:"task" maxLength:"64"`
	Body struct {
		State   string `json:"state" enum:"planned,working,done,stopped"`
		Percent int64  `json:"percent,omitempty" minimum:"0" maximum:"100"`
		Note    string `json:"note" maxLength:"400"`
	}
}

type planReportOutput struct{ Body ReportText }

func (s *Server) addPlans() {
	tags := []string{"plans"}
	add(s, huma.Operation{OperationID: "list-plans", Method: http.MethodGet, Path: "/v1/plans", Tags: tags, Summary: "Plans in force / 方案", Errors: []int{401}}, access.Public, s.plans)
	add(s, huma.Operation{OperationID: "get-plan", Method: http.MethodGet, Path: "/v1/plans/{plan}", Tags: tags, Summary: "A plan: targets against what was reached, tasks / 目标与任务进展", Errors: []int{404}}, access.Public, s.plan)
	add(s, huma.Operation{OperationID: "get-plan-course", Method: http.MethodGet, Path: "/v1/plans/{plan}/course", Tags: tags, Summary: "What was reached month by month / 逐月进展", Errors: []int{404}}, access.Public, s.planCourse)
	add(s, huma.Operation{OperationID: "report-task", Method: http.MethodPost, Path: "/v1/plans/{plan}/tasks/{task}/reports", Tags: tags, Summary: "Report on a task / 报送任务进展", Errors: []int{401, 403, 404, 422}}, access.PlanReport, s.reportTask)
	s.addAssessments()
}

// ofPlan puts refusals of plans and assessments into problems.
func ofPlan(err error) *Problem {
	var r *plan.Refusal
	if !errors.As(err, &r) {
		return nil
	}
	status := map[string]int{"not_found": 404, "not_allowed": 403, "field": 422}[r.Code]
	if status == 0 {
		status = 409
	}
	return problem(status, r.Code, r.ZH, r.EN, r.FixZH, r.FixEN)
}

func textOf(t pack.Text) WordsText { return WordsText(t) }

func maybe(t pack.Text) *WordsText {
	if t == (pack.Text{}) {
		return nil
	}
	w := WordsText(t)
	return &w
}

func (s *Server) planText(p *plan.Plan) PlanText {
	return PlanText{ID: p.ID, Title: textOf(p.Title), Zone: p.Zone, Source: p.Item.Source.String(), From: p.From.String(), To: p.To.String(),
		Ended: p.Ended(s.today()), Note: maybe(p.Note), Targets: len(p.Targets), Tasks: len(p.Tasks)}
}

func (s *Server) plans(context.Context, *struct{}) (*plansOutput, error) {
	r, err := s.zone.Plan.Rules()
	if err != nil {
		return nil, err
	}
	out := &plansOutput{}
	out.Body.Plans = []PlanText{}
	for _, p := range r.Plans {
		out.Body.Plans = append(out.Body.Plans, s.planText(p))
	}
	return out, nil
}

func (s *Server) plan(ctx context.Context, in *planInput) (*planOutput, error) {
	r, err := s.zone.Plan.Rules()
	if err != nil {
		return nil, err
	}
	p, ok := r.Plan(in.Plan)
	if !ok {
		return nil, ofPlan(plan.ErrNotFound)
	}
	progress, err := s.zone.Plan.Progress(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	tasks, err := s.zone.Plan.Tasks(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := &planOutput{}
	out.Body.PlanText, out.Body.Progress, out.Body.Standing = s.planText(p), []TargetText{}, []TaskText{}
	for i := range progress {
		out.Body.Progress = append(out.Body.Progress, targetText(&progress[i]))
	}
	for i := range tasks {
		out.Body.Standing = append(out.Body.Standing, taskText(&tasks[i]))
	}
	return out, nil
}

func targetText(g *plan.Progress) TargetText {
	t := g.Target
	out := TargetText{ID: t.ID, Place: g.Place.ID, Title: textOf(t.Title), Fact: t.Fact, Calibre: t.Calibre, Op: t.Op, Likely: t.Likely, Value: t.Value.String(), From: t.From.String(), To: t.To.String(),
		By: dayText(t.By), EveryYear: t.EveryYear, Year: g.Year, State: string(g.State), Known: g.Known, Have: g.Have.String(), Withheld: g.Withheld, Short: g.Short.String(), Unsure: g.Unsure, Ended: g.Ended,
		Why: textOf(g.Why), At: t.At, Mark: t.Mark.String(), Department: maybe(t.Department), Note: maybe(t.Note)}
	if t.Count != nil {
		out.Counts = string(t.Count.Of) + ": " + t.Count.When.Source()
	}
	for i := range g.Places {
		out.Places = append(out.Places, targetText(&g.Places[i]))
	}
	return out
}

func taskText(t *plan.Standing) TaskText {
	out := TaskText{ID: t.ID, Title: textOf(t.Title), At: t.At, Department: maybe(t.Department), Lead: maybe(t.Lead), By: dayText(t.By), State: string(t.State), Percent: t.Percent, Overdue: t.Overdue, Reports: []ReportText{}}
	for i := range t.Reports {
		out.Reports = append(out.Reports, planReportText(&t.Reports[i]))
	}
	return out
}

func planReportText(r *plan.Report) ReportText {
	return ReportText{Number: r.Number, At: r.At.In(clock.Beijing).Format("2006-01-02T15:04:05-07:00"), State: string(r.State), Percent: r.Percent, Note: r.Note}
}

func (s *Server) planCourse(ctx context.Context, in *planCourseInput) (*planCourseOutput, error) {
	r, err := s.zone.Plan.Rules()
	if err != nil {
		return nil, err
	}
	if _, ok := r.Plan(in.Plan); !ok {
		return nil, ofPlan(plan.ErrNotFound)
	}
	list, err := s.zone.Plan.Course(ctx, in.Plan, in.Target)
	if err != nil {
		return nil, err
	}
	out := &planCourseOutput{}
	out.Body.Points = []PointText{}
	for _, p := range list {
		out.Body.Points = append(out.Body.Points, PointText{Target: p.Target, Place: p.Place, Month: p.Month.String()[:7], Known: p.Known, Have: p.Have.String(), State: string(p.State), Withheld: p.Withheld})
	}
	return out, nil
}

func (s *Server) reportTask(ctx context.Context, in *planReportInput) (*planReportOutput, error) {
	r, err := s.zone.Plan.Report(ctx, in.Plan, plan.Report{Task: in.Task, State: plan.TaskState(in.Body.State), Percent: in.Body.Percent, Note: in.Body.Note})
	if err != nil {
		return nil, err
	}
	return &planReportOutput{Body: planReportText(r)}, nil
}
