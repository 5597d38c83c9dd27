package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/growth/library"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

// OpinionText is what a department was asked and answered (部门意见).
type OpinionText struct {
	Department string `json:"department"`
	Step       string `json:"step"`
	Asked      string `json:"asked"`
	Due        string `json:"due,omitempty"`
	Late       bool   `json:"late,omitempty" doc:"Missing after its last day."`
	Answered   string `json:"answered,omitempty"`
	Stance     string `json:"stance,omitempty" doc:"agree, conditions, disagree, lapsed."`
	Note       string `json:"note,omitempty"`
}

// DecisionText is a published result (办理结果公开).
type DecisionText struct {
	Number    string       `json:"number"`
	Title     matter.Words `json:"title"`
	Applicant string       `json:"applicant" doc:"Name of the organisation; results of persons are not published."`
	Result    string       `json:"result"`
	Day       string       `json:"day"`
	Letter    string       `json:"letter,omitempty" doc:"GET /v1/letters/{code} verifies it."`
}

// LatenessText counts a department's steps (办理时效).
type LatenessText struct {
	Department string `json:"department"`
	Done       int    `json:"done"`
	DoneLate   int    `json:"done_late"`
	Open       int    `json:"open"`
	OpenLate   int    `json:"open_late"`
	Missing    int    `json:"opinions_missing"`
}

// MeasureText is a measure of the library of policy (政策措施).
type MeasureText struct {
	ID          string         `json:"id"`
	Title       matter.Words   `json:"title"`
	Summary     matter.Words   `json:"summary" doc:"Our own short words; the text itself is what counts."`
	Clause      string         `json:"clause" doc:"Document and place."`
	Topics      []string       `json:"topics"`
	Audience    []string       `json:"audience"`
	Departments []matter.Words `json:"departments,omitempty"`
	Standing    string         `json:"standing" doc:"confirmed, unconfirmed, ended."`
	From        string         `json:"valid_from,omitempty"`
	To          string         `json:"valid_to,omitempty"`
	Pack        string         `json:"pack"`
	Incentives  []string       `json:"incentives,omitempty"`
	Matters     []string       `json:"matters,omitempty"`
}

// AnswerText is a published answer (公开问答).
type AnswerText struct {
	Number   string            `json:"number"`
	Topic    matter.Words      `json:"topic"`
	Day      string            `json:"day"`
	Question string            `json:"question"`
	Reply    string            `json:"reply"`
	Cites    []matter.Citation `json:"cites"`
}

func (s *Server) addDesk() {
	op := func(id, method, path, tag, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary, Errors: []int{401, 403, 404, 409, 422, 503}}
	}
	add(s, op("list-services", http.MethodGet, "/v1/services", "matters", "Search the services by words, theme and audience / 服务目录检索"), access.Public, s.services)
	add(s, op("appeal-matter", http.MethodPost, "/v1/matters/{number}/appeal", "matters", "Start an appeal against a decision, as a draft / 申诉"), access.MatterApply, s.appealMatter)
	add(s, op("list-opinions", http.MethodGet, "/v1/matters/{number}/opinions", "matters", "Opinions of departments on an application / 部门意见"), access.MatterWork, s.opinions)
	add(s, op("list-decisions", http.MethodGet, "/v1/decisions", "matters", "Published results / 办理结果公开"), access.Public, s.decisions)
	add(s, op("read-lateness", http.MethodGet, "/v1/lateness", "matters", "How the departments keep their time limits / 办理时效"), access.MatterWork, s.lateness)
	add(s, op("list-measures", http.MethodGet, "/v1/measures", "policy", "Search the library of policy / 政策措施检索"), access.Public, s.measures)
	add(s, op("read-measure", http.MethodGet, "/v1/measures/{id}", "policy", "A measure / 政策措施"), access.Public, s.measure)
	add(s, op("list-answers", http.MethodGet, "/v1/answers", "policy", "Published questions and answers / 政策问答"), access.Public, s.answers)
	add(s, op("publish-answer", http.MethodPut, "/v1/answers/{number}", "policy", "Publish the answer to a question, in words without anything personal / 公开问答"), access.MatterWork, s.publishAnswer)
	add(s, op("retract-answer", http.MethodDelete, "/v1/answers/{number}", "policy", "Take a published answer back / 撤下问答"), access.MatterWork, s.retractAnswer)
}

type servicesInput struct {
	Text  string `query:"q" maxLength:"100"`
	Theme string `query:"theme" maxLength:"40" doc:"category of the service."`
	For   string `query:"for" maxLength:"40" doc:"enterprise, consumer, park, talent …"`
}

func (s *Server) services(_ context.Context, in *servicesInput) (*kindsOutput, error) {
	out := &kindsOutput{}
	out.Body.Matters = []MatterKind{}
	for _, d := range s.zone.Matters.Search(in.Text, in.Theme, in.For) {
		out.Body.Matters = append(out.Body.Matters, matterKind(d))
	}
	return out, nil
}

type appealInput struct {
	MatterPath
	Key string `header:"Idempotency-Key" maxLength:"255" hidden:"true"`
}

func (s *Server) appealMatter(ctx context.Context, in *appealInput) (*matterOutput, error) {
	m, err := s.zone.Matters.BeginAppeal(ctx, in.Number, in.Key)
	if err != nil {
		return nil, err
	}
	return s.masked(ctx, m.Number, nil)
}

type opinionsOutput struct {
	Body struct {
		Opinions []OpinionText `json:"opinions"`
	}
}

func (s *Server) opinions(ctx context.Context, in *MatterPath) (*opinionsOutput, error) {
	list, err := s.zone.Matters.Opinions(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	out := &opinionsOutput{}
	out.Body.Opinions = []OpinionText{}
	for i := range list {
		o := &list[i]
		out.Body.Opinions = append(out.Body.Opinions, OpinionText{Department: string(o.Role), Step: o.Step, Asked: timeText(o.Asked), Due: dayText(o.Due), Late: o.Late(s.today()), Answered: timeText(o.Answered), Stance: string(o.Stance), Note: o.Note})
	}
	return out, nil
}

type decisionsInput struct {
	Service string `query:"service" maxLength:"60" doc:"id of the matter."`
	Cursor  string `query:"cursor" maxLength:"20" doc:"next of the page before."`
	Limit   int    `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

type decisionsOutput struct {
	Body struct {
		Decisions []DecisionText `json:"decisions"`
		Next      string         `json:"next,omitempty"`
	}
}

func (s *Server) decisions(ctx context.Context, in *decisionsInput) (*decisionsOutput, error) {
	before, err := numberCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := s.zone.Matters.Decisions(ctx, in.Service, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &decisionsOutput{}
	out.Body.Decisions = []DecisionText{}
	for _, d := range list {
		out.Body.Decisions = append(out.Body.Decisions, DecisionText{Number: d.Number, Title: d.Title, Applicant: d.Applicant, Result: string(d.Result), Day: d.Day.String(), Letter: d.Letter})
	}
	if len(list) == in.Limit {
		out.Body.Next = strconv.FormatUint(list[len(list)-1].Serial, 10)
	}
	return out, nil
}

type latenessInput struct {
	From string `query:"from" maxLength:"10" doc:"First day; 90 days ago if left out."`
	To   string `query:"to" maxLength:"10" doc:"Last day; today if left out."`
}

type latenessOutput struct {
	Body struct {
		Departments []LatenessText `json:"departments"`
	}
}

func (s *Server) lateness(ctx context.Context, in *latenessInput) (*latenessOutput, error) {
	to, err := dayOr(in.To, s.zone.Config.Clock.Now())
	if err != nil {
		return nil, err
	}
	from := to.AddDays(-89)
	if in.From != "" {
		if from, err = dayOr(in.From, s.zone.Config.Clock.Now()); err != nil {
			return nil, err
		}
	}
	list, err := s.zone.Matters.Lateness(ctx, from, to)
	if err != nil {
		return nil, err
	}
	out := &latenessOutput{}
	out.Body.Departments = []LatenessText{}
	for _, l := range list {
		out.Body.Departments = append(out.Body.Departments, LatenessText{string(l.Department), l.Done, l.DoneLate, l.Open, l.OpenLate, l.Missing})
	}
	return out, nil
}

type measuresInput struct {
	Text     string `query:"q" maxLength:"100"`
	Topic    string `query:"topic" maxLength:"40"`
	For      string `query:"for" maxLength:"40"`
	Pack     string `query:"pack" maxLength:"40" doc:"Name of the pack, such as hunan."`
	Standing string `query:"standing" maxLength:"20" doc:"confirmed, unconfirmed, ended."`
}

type (
	measuresOutput struct {
		Body struct {
			Measures []MeasureText `json:"measures"`
		}
	}
	measureOutput struct{ Body MeasureText }
	answersOutput struct {
		Body struct {
			Answers []AnswerText `json:"answers"`
		}
	}
)

func measureText(m *library.Measure) MeasureText {
	var departments []matter.Words
	for _, d := range m.Departments {
		departments = append(departments, matter.Words(d))
	}
	return MeasureText{ID: m.ID, Title: matter.Words(m.Title), Summary: matter.Words(m.Summary), Clause: m.Clause(), Topics: m.Topics, Audience: m.Audience, Departments: departments, Standing: m.Standing,
		From: dayText(m.From), To: dayText(m.To), Pack: m.Pack, Incentives: m.Links.Incentives, Matters: m.Links.Matters}
}

func (s *Server) measures(_ context.Context, in *measuresInput) (*measuresOutput, error) {
	out := &measuresOutput{}
	out.Body.Measures = []MeasureText{}
	for _, m := range s.zone.Library.Measures(library.Query{Text: in.Text, Topic: in.Topic, Audience: in.For, Pack: in.Pack, Standing: in.Standing}) {
		out.Body.Measures = append(out.Body.Measures, measureText(m))
	}
	return out, nil
}

type measurePath struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Server) measure(_ context.Context, in *measurePath) (*measureOutput, error) {
	m, ok := s.zone.Library.Measure(in.ID)
	if !ok {
		return nil, matter.ErrNotFound
	}
	return &measureOutput{Body: measureText(m)}, nil
}

type answersInput struct {
	Text    string `query:"q" maxLength:"100"`
	Measure string `query:"measure" maxLength:"64" doc:"Only those that cite it."`
}

func (s *Server) answers(ctx context.Context, in *answersInput) (*answersOutput, error) {
	list, err := s.zone.Library.Answers(ctx, in.Text, in.Measure)
	if err != nil {
		return nil, err
	}
	out := &answersOutput{}
	out.Body.Answers = []AnswerText{}
	for _, a := range list {
		cites := a.Cites
		if cites == nil {
			cites = []matter.Citation{}
		}
		out.Body.Answers = append(out.Body.Answers, AnswerText{Number: a.Number, Topic: a.Topic, Day: a.Day.String(), Question: a.Question, Reply: a.Reply, Cites: cites})
	}
	return out, nil
}

type publishInput struct {
	MatterPath
	Body struct {
		Question string `json:"question" maxLength:"1500" doc:"In the office's own words, without anything personal."`
		Reply    string `json:"reply" maxLength:"1500"`
	}
}

func (s *Server) publishAnswer(ctx context.Context, in *publishInput) (*emptyOutput, error) {
	return &emptyOutput{}, ofLibrary(s.zone.Library.Publish(ctx, in.Number, in.Body.Question, in.Body.Reply))
}

func (s *Server) retractAnswer(ctx context.Context, in *MatterPath) (*emptyOutput, error) {
	return &emptyOutput{}, ofLibrary(s.zone.Library.Retract(ctx, in.Number))
}

// ofLibrary says errors of the library as those of the applications they are of.
func ofLibrary(err error) error {
	switch {
	case errors.Is(err, library.ErrNotFound):
		return matter.ErrNotFound
	case errors.Is(err, library.ErrDenied):
		return matter.ErrDenied
	}
	return err
}
