package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// RuleText is one rule of the packs in force (规则条目).
type RuleText struct {
	Kind    string `json:"kind" doc:"parameter, table or the kind of an item."`
	Name    string `json:"name"`
	ZH      string `json:"zh"`
	EN      string `json:"en"`
	Value   string `json:"value,omitempty" doc:"Of a parameter with its unit; number of rows of a table."`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty" doc:"Last day, included."`
	Source  string `json:"source" doc:"Document and article (出处)."`
	Mark    string `json:"mark" enum:"seen,recalled,inference,design" doc:"How far it can be trusted (依据等级)."`
	Pack    string `json:"pack,omitempty" doc:"Version of the pack that lays it down."`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Detail  string `json:"detail,omitempty" doc:"An item as its file has it."`
	InForce bool   `json:"in_force" doc:"On the day asked for."`
}

type rulesInput struct {
	Text    string `query:"q" maxLength:"100" doc:"In name, title, value, source or content."`
	Kind    string `query:"kind" maxLength:"40"`
	Name    string `query:"name" maxLength:"64"`
	Day     string `query:"on" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"Beijing day; today if left out."`
	History bool   `query:"history" doc:"Also what is not in force on the day."`
	Cursor  int    `query:"cursor" minimum:"0" doc:"next of the page before."`
	Limit   int    `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

type rulesOutput struct {
	Body struct {
		Version string     `json:"version" doc:"Packs in force, by version."`
		Count   int        `json:"count"`
		Rules   []RuleText `json:"rules"`
		Next    int        `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

type rowsInput struct {
	Table string `path:"table" maxLength:"64"`
	Text  string `query:"q" maxLength:"100" doc:"In any cell."`
	Day   string `query:"on" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"Beijing day; today if left out."`
	Most  int    `query:"most" default:"40" minimum:"1" maximum:"200" doc:"How many rows at most."`
}

type rowsOutput struct {
	Body struct {
		Columns []string   `json:"columns"`
		Rows    [][]string `json:"rows"`
		More    bool       `json:"more" doc:"There are others: narrow the search."`
	}
}

// RuleTurn is something that begins or ends to hold by itself (将生效或失效).
type RuleTurn struct {
	Day    string `json:"day"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	Begins string `json:"begins,omitempty"`
	Ends   string `json:"ends,omitempty"`
	Rows   int    `json:"rows,omitempty"`
}

type turnsInput struct {
	Days int `query:"days" default:"92" minimum:"1" maximum:"1100" doc:"How far ahead, in days."`
}

type turnsOutput struct {
	Body struct {
		Turns []RuleTurn `json:"turns"`
	}
}

func (s *Server) addRules(op func(id, method, path, summary string) huma.Operation) {
	add(s, op("list-rules", http.MethodGet, "/v1/rules", "Rules in force with clause, validity and mark / 现行规则"), access.RulesRead, s.rules)
	add(s, op("list-rule-rows", http.MethodGet, "/v1/rules/tables/{table}", "Rows of a table in force / 规则表"), access.RulesRead, s.ruleRows)
	add(s, op("list-turns", http.MethodGet, "/v1/rules/turns", "What begins or ends to hold soon / 将生效与将失效"), access.RulesRead, s.turns)
}

// dayOr reads a day, today if there is none.
func (s *Server) dayOr(text string) (clock.Day, error) {
	if text == "" {
		return s.today(), nil
	}
	day, err := clock.ParseDay(text)
	if err != nil {
		return 0, problem(422, "day", "日期有误", "this is no date", "按 2026-03-01 的格式填写", "write it as 2026-03-01")
	}
	return day, nil
}

func (s *Server) rules(_ context.Context, in *rulesInput) (*rulesOutput, error) {
	day, err := s.dayOr(in.Day)
	if err != nil {
		return nil, err
	}
	set := s.zone.Set()
	found := rulebook.Find(set, rulebook.Query{Text: in.Text, Kind: in.Kind, Name: in.Name, Day: day, History: in.History})
	out := &rulesOutput{}
	out.Body.Version, out.Body.Count, out.Body.Rules = set.Version(), len(found), []RuleText{}
	for i := in.Cursor; i < len(found) && i < in.Cursor+in.Limit; i++ {
		out.Body.Rules = append(out.Body.Rules, ruleOf(found[i]))
	}
	if end := in.Cursor + in.Limit; end < len(found) {
		out.Body.Next = end
	}
	return out, nil
}

func ruleOf(e rulebook.Entry) RuleText {
	v := RuleText{Kind: e.Kind, Name: e.Name, ZH: e.Title.ZH, EN: e.Title.EN, Value: e.Value, Source: e.Source.String(), Mark: e.Mark.String(), Pack: e.Pack, File: e.File, Line: e.Line,
		Detail: e.Detail, InForce: e.InForce}
	if e.From != 0 {
		v.From = e.From.String()
	}
	if e.To != 0 {
		v.To = e.To.String()
	}
	return v
}

func (s *Server) ruleRows(_ context.Context, in *rowsInput) (*rowsOutput, error) {
	day, err := s.dayOr(in.Day)
	if err != nil {
		return nil, err
	}
	t, ok := s.zone.Set().Table(in.Table)
	if !ok {
		return nil, problem(404, "not_found", "没有该表", "there is no such table", "核对名称", "check the name")
	}
	out := &rowsOutput{}
	out.Body.Columns, out.Body.Rows = []string{}, [][]string{}
	for _, c := range t.Columns {
		out.Body.Columns = append(out.Body.Columns, c.Name)
	}
	rows, more := rulebook.Rows(t, in.Text, day, in.Most)
	for _, r := range rows {
		out.Body.Rows = append(out.Body.Rows, r.Cells)
	}
	out.Body.More = more
	return out, nil
}

func (s *Server) turns(_ context.Context, in *turnsInput) (*turnsOutput, error) {
	out := &turnsOutput{}
	out.Body.Turns = []RuleTurn{}
	for _, v := range s.zone.Set().Turns(s.today().AddDays(1), s.today().AddDays(in.Days)) {
		out.Body.Turns = append(out.Body.Turns, RuleTurn{v.Day.String(), v.What, v.Name, v.Text.ZH, v.Text.EN, v.Begins, v.Ends, v.Rows})
	}
	return out, nil
}
