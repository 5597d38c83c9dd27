package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// Proposal is a set of packs that is to come into force (规则提案).
type Proposal struct {
	Number   int64          `json:"number"`
	State    string         `json:"state" enum:"proposed,scheduled,switched,cancelled,refused"`
	StateZH  string         `json:"state_zh"`
	Base     string         `json:"base" doc:"Rules that it was made against, by version."`
	Version  string         `json:"version" doc:"Rules that it would bring into force."`
	Packs    []string       `json:"packs" doc:"Packs that it brings; with a minus those that it takes away."`
	Note     string         `json:"note"`
	By       string         `json:"by"`
	Made     string         `json:"made"`
	Due      string         `json:"due,omitempty" doc:"When it is to be switched on."`
	Approved string         `json:"approved,omitempty" doc:"Who scheduled it or switched it on."`
	Closed   string         `json:"closed,omitempty"`
	Problem  *ProblemItem   `json:"problem,omitempty" doc:"Why it was refused when its time came."`
	Faults   []ProblemItem  `json:"faults,omitempty"`
	Job      string         `json:"job,omitempty" doc:"The newest shadow run (试运行)."`
	Trial    []ShadowReport `json:"trial,omitempty" doc:"Its reports, a room each; get-proposal alone has them."`
	TrialAt  string         `json:"trial_at,omitempty"`
}

// moment writes a time as the interface does; nothing for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(clock.Beijing).Format(time.RFC3339)
}

func proposalOf(p *rulebook.Proposal) Proposal {
	zh, _ := p.State.Words()
	out := Proposal{Number: p.Number, State: string(p.State), StateZH: zh, Base: p.Base, Version: p.Version, Packs: p.Packs, Note: p.Note, By: p.ByName, Made: moment(p.Made), Due: moment(p.Due),
		Approved: p.ApprovedBy, Closed: moment(p.Closed), Job: p.Job, TrialAt: moment(p.TrialAt)}
	if r := p.Problem; r != nil {
		out.Problem = &ProblemItem{Code: r.Code, Message: r.EN, MessageZH: r.ZH, Fix: r.FixEN, FixZH: r.FixZH}
		out.Faults = packFaults(r.Faults)
	}
	return out
}

// ShadowReport is what a shadow run of one room found (试运行报告).
type ShadowReport struct {
	Room    string        `json:"room"`
	ZH      string        `json:"zh"`
	EN      string        `json:"en"`
	Looked  int64         `json:"looked" doc:"How many subjects were judged by both sets."`
	Differ  int64         `json:"differ" doc:"How many of them otherwise."`
	Gain    int64         `json:"gain" doc:"Of those, who gains."`
	Lose    int64         `json:"lose" doc:"And who loses."`
	Cost    string        `json:"cost" doc:"Yuan more, or less, that the public pays out."`
	Notes   []PairText    `json:"notes" doc:"What was looked at and what was supposed."`
	Totals  []ShadowTotal `json:"totals"`
	Parties []ShadowParty `json:"parties" doc:"Enterprises that it concerns, most concerned first."`
	Cases   []ShadowCase  `json:"cases" doc:"The first ones."`
	More    int64         `json:"more" doc:"Cases that are not listed."`
}

// PairText is a text in both languages.
type PairText struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// ShadowTotal is one sum under both sets.
type ShadowTotal struct {
	ZH  string `json:"zh"`
	EN  string `json:"en"`
	Old string `json:"old"`
	New string `json:"new"`
}

// ShadowParty is an enterprise that a set would treat otherwise.
type ShadowParty struct {
	Who    string `json:"who"`
	Name   string `json:"name"`
	Gain   int64  `json:"gain"`
	Lose   int64  `json:"lose"`
	Change int64  `json:"change"`
	Amount string `json:"amount" doc:"Yuan more, or less, that it pays or gets."`
}

// ShadowCase is one subject that the sets judge otherwise.
type ShadowCase struct {
	Subject string   `json:"subject"`
	Who     string   `json:"who"`
	Open    string   `json:"open,omitempty" doc:"Its page."`
	Effect  string   `json:"effect" enum:"gains,loses,neuter"`
	Old     PairText `json:"old"`
	New     PairText `json:"new"`
	Amount  string   `json:"amount" doc:"Yuan, new less old."`
}

func shadowOf(r *rulebook.Report) ShadowReport {
	v := ShadowReport{Room: r.Room, ZH: r.Title.ZH, EN: r.Title.EN, Looked: r.Looked, Differ: r.Differ, Gain: r.Gain, Lose: r.Lose, Cost: r.Cost.String(), More: r.CasesOff,
		Notes: []PairText{}, Totals: []ShadowTotal{}, Parties: []ShadowParty{}, Cases: []ShadowCase{}}
	for _, n := range r.Notes {
		v.Notes = append(v.Notes, PairText(n))
	}
	for _, t := range r.Totals {
		v.Totals = append(v.Totals, ShadowTotal{t.Name.ZH, t.Name.EN, t.Old, t.New})
	}
	for _, p := range r.Parties {
		v.Parties = append(v.Parties, ShadowParty{p.Who, p.Name, p.Gain, p.Lose, p.Change, p.Amount.String()})
	}
	for _, c := range r.Cases {
		v.Cases = append(v.Cases, ShadowCase{c.Subject, c.Who, c.Open, string(c.Effect), PairText(c.Old), PairText(c.New), c.Amount.String()})
	}
	return v
}

type proposalOutput struct{ Body Proposal }

type proposalsOutput struct {
	Body struct {
		Proposals []Proposal `json:"proposals" doc:"Newest first."`
		Next      int64      `json:"next,omitempty" doc:"Give it as cursor for the next page; none at the end."`
	}
}

type proposalsInput struct {
	Cursor int64 `query:"cursor" minimum:"0" doc:"next of the page before."`
	Limit  int   `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

// ProposalPath names a proposal in a path.
type ProposalPath struct {
	Number int64 `path:"number" minimum:"1"`
}

type shippedInput struct {
	Body struct {
		Packs []string `json:"packs" minItems:"1" maxItems:"20" doc:"Names of packs that this program ships."`
		Note  string   `json:"note" minLength:"2" maxLength:"500" doc:"Why (原因)."`
	}
}

type scheduleInput struct {
	ProposalPath
	Body struct {
		Due time.Time `json:"due" doc:"When it is to be switched on."`
	}
}

type shadowInput struct {
	ProposalPath
	Day string `query:"as_of" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"Judge what is stored as if it came in on that Beijing day; left out: on its own days. For rules that begin later."`
}

// PackChange is one difference that a proposal makes (规则差异).
type PackChange struct {
	What string `json:"what" doc:"parameter, table, matters or the kind of an item."`
	Name string `json:"name"`
	Key  string `json:"key,omitempty" doc:"Of the row, or first day of the version."`
	ZH   string `json:"zh,omitempty"`
	EN   string `json:"en,omitempty"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
	From string `json:"from,omitempty" doc:"First day on which it can show."`
}

type changesOutput struct {
	Body struct {
		Changes []PackChange `json:"changes"`
	}
}

func (s *Server) addProposals(op func(id, method, path, summary string) huma.Operation, sent func(huma.Operation, string) huma.Operation) {
	add(s, op("list-proposals", http.MethodGet, "/v1/packs/proposals", "Proposed changes of the rules / 规则提案"), access.PackSwitch, s.proposals)
	add(s, sent(op("propose-pack", http.MethodPost, "/v1/packs/proposals", "Propose a pack / 提交规则提案"), "It is laid over the rules in force and checked; a set with a fault is refused whole."), access.PackSwitch, s.propose)
	add(s, op("propose-shipped-packs", http.MethodPost, "/v1/packs/shipped", "Propose packs that this program ships / 提交自带规则包"), access.PackSwitch, s.proposeShipped)
	add(s, op("get-proposal", http.MethodGet, "/v1/packs/proposals/{number}", "A proposal with its shadow run / 规则提案"), access.PackSwitch, s.proposal)
	add(s, op("get-differences", http.MethodGet, "/v1/packs/proposals/{number}/differences", "What a proposal changes / 规则差异"), access.PackSwitch, s.differences)
	add(s, op("run-shadow", http.MethodPost, "/v1/packs/proposals/{number}/shadow", "Start a shadow run over stored parcels and figures / 试运行"), access.PackSwitch, s.shadow)
	add(s, op("schedule-proposal", http.MethodPost, "/v1/packs/proposals/{number}/schedule", "Switch a proposal on at a time / 排期启用"), access.PackSwitch, s.schedule)
	add(s, op("switch-proposal", http.MethodPost, "/v1/packs/proposals/{number}/switch", "Switch a proposal on now / 立即启用"), access.PackSwitch, s.switchProposal)
	add(s, op("cancel-proposal", http.MethodPost, "/v1/packs/proposals/{number}/cancel", "Cancel a proposal / 取消提案"), access.PackSwitch, s.cancelProposal)
}

func answered(p *rulebook.Proposal, err error) (*proposalOutput, error) {
	if err != nil {
		return nil, ofRulebook(err)
	}
	return &proposalOutput{proposalOf(p)}, nil
}

func (s *Server) proposals(ctx context.Context, in *proposalsInput) (*proposalsOutput, error) {
	list, err := s.zone.Rulebook.List(ctx, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, ofRulebook(err)
	}
	out := &proposalsOutput{}
	out.Body.Proposals = []Proposal{}
	for i, p := range list {
		if i == in.Limit {
			out.Body.Next = list[i-1].Number
			break
		}
		out.Body.Proposals = append(out.Body.Proposals, proposalOf(p))
	}
	return out, nil
}

func (s *Server) propose(ctx context.Context, in *packInput) (*proposalOutput, error) {
	p, err := readPack(in.RawBody)
	if err != nil {
		return nil, err
	}
	return answered(s.zone.Rulebook.Propose(ctx, rulebook.Draft{Packs: []*pack.Pack{p}, Note: in.Note}))
}

func (s *Server) proposeShipped(ctx context.Context, in *shippedInput) (*proposalOutput, error) {
	return answered(s.zone.ProposeShipped(ctx, in.Body.Packs, in.Body.Note))
}

func (s *Server) proposal(ctx context.Context, in *ProposalPath) (*proposalOutput, error) {
	p, err := s.zone.Rulebook.Get(ctx, in.Number)
	if err != nil {
		return nil, ofRulebook(err)
	}
	out := proposalOf(p)
	for i := range p.Trial {
		out.Trial = append(out.Trial, shadowOf(&p.Trial[i]))
	}
	return &proposalOutput{out}, nil
}

func (s *Server) differences(ctx context.Context, in *ProposalPath) (*changesOutput, error) {
	list, err := s.zone.Rulebook.Differences(ctx, in.Number)
	if err != nil {
		return nil, ofRulebook(err)
	}
	out := &changesOutput{}
	out.Body.Changes = []PackChange{}
	for _, c := range list {
		v := PackChange{What: c.What, Name: c.Name, Key: c.Key, ZH: c.Text.ZH, EN: c.Text.EN, Old: c.Old, New: c.New}
		if c.From != 0 {
			v.From = c.From.String()
		}
		out.Body.Changes = append(out.Body.Changes, v)
	}
	return out, nil
}

func (s *Server) shadow(ctx context.Context, in *shadowInput) (*proposalOutput, error) {
	var day clock.Day
	if in.Day != "" {
		var err error
		if day, err = clock.ParseDay(in.Day); err != nil {
			return nil, problem(422, "day", "日期有误", "this is no date", "按 2026-03-01 的格式填写", "write it as 2026-03-01")
		}
	}
	return answered(s.zone.Rulebook.StartTrial(ctx, in.Number, day))
}

func (s *Server) schedule(ctx context.Context, in *scheduleInput) (*proposalOutput, error) {
	return answered(s.zone.Rulebook.Schedule(ctx, in.Number, in.Body.Due))
}

func (s *Server) switchProposal(ctx context.Context, in *ProposalPath) (*proposalOutput, error) {
	p, err := s.zone.Rulebook.Switch(ctx, in.Number)
	if err == nil {
		err = s.zone.Rulebook.Settled(ctx)
	}
	return answered(p, err)
}

func (s *Server) cancelProposal(ctx context.Context, in *ProposalPath) (*proposalOutput, error) {
	return answered(s.zone.Rulebook.Cancel(ctx, in.Number))
}
