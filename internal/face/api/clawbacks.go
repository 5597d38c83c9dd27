package api

import (
	"context"
	"net/http"
	"time"

	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
)

// ClawBack is an award that is to be given back (追回). All amounts are yuan.
type ClawBack struct {
	ID       string `json:"id"`
	Claim    string `json:"claim"`
	State    string `json:"state" enum:"proposed,decided,dropped,returned" doc:"decided: waits for the money."`
	Amount   string `json:"amount" doc:"To be returned."`
	Returned string `json:"returned" doc:"That came back."`
	Opened   string `json:"opened"`
	Watch    bool   `json:"watch,omitempty" doc:"Proposed by the watch over the figures."`
	Reason   string `json:"reason"`
	Decided  string `json:"decided,omitempty"`
	Decision string `json:"decision,omitempty"`
}

var backStates = map[policy.BackState]string{policy.BackProposed: "proposed", policy.BackDecided: "decided", policy.BackDropped: "dropped", policy.BackReturned: "returned"}

func clawBack(b *policy.ClawBack) ClawBack {
	out := ClawBack{ID: b.ID, Claim: b.Claim, State: backStates[b.State], Amount: b.Amount.String(), Returned: b.Returned.String(), Opened: b.Opened.Format(time.RFC3339),
		Watch: b.OpenedBy == access.System().ID, Reason: b.Reason, Decision: b.Decision}
	if !b.Decided.IsZero() {
		out.Decided = b.Decided.Format(time.RFC3339)
	}
	return out
}

type clawBacksInput struct {
	Claim  string `query:"claim" maxLength:"40" doc:"Number of a claim; left out: all of the zone."`
	Cursor string `query:"cursor" maxLength:"40" doc:"next of the page before."`
	Limit  int    `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

type clawBacksOutput struct {
	Body struct {
		ClawBacks []ClawBack `json:"claw_backs" doc:"The newest first."`
		Next      string     `json:"next,omitempty"`
	}
}

type clawBackOutput struct{ Body ClawBack }

type openClawBackInput struct {
	ClaimPath
	Body struct {
		Amount string `json:"amount" doc:"Yuan, at most what was granted and has not come back." example:"20000.00"`
		Reason string `json:"reason" minLength:"2" maxLength:"1000"`
	}
}

// ClawBackPath names a claw-back in a path.
type ClawBackPath struct {
	ID string `path:"id" maxLength:"40"`
}

type decideClawBackInput struct {
	ClawBackPath
	Body struct {
		Take     bool   `json:"take" doc:"false: it is not taken back."`
		Decision string `json:"decision" minLength:"2" maxLength:"1000" doc:"Why."`
	}
}

type returnMoneyInput struct {
	ClawBackPath
	Body struct {
		Amount    string `json:"amount" doc:"Yuan that came back, at most what is still to be returned." example:"20000.00"`
		Reference string `json:"reference" minLength:"2" maxLength:"1000" doc:"Of the bank."`
	}
}

func (s *Server) addClawBacks() {
	add(s, policyOp("list-claw-backs", http.MethodGet, "/v1/claw-backs", "Awards to be given back / 奖补追回"), access.ClaimRead, s.clawBacks)
	add(s, policyOp("open-claw-back", http.MethodPost, "/v1/claims/{number}/claw-backs", "Propose to take an award back / 提出追回"), access.ClaimWork, s.openClawBack)
	add(s, policyOp("decide-claw-back", http.MethodPost, "/v1/claw-backs/{id}/decision", "Decide what another person proposed / 决定追回"), access.BudgetManage, s.decideClawBack)
	add(s, policyOp("enter-returned-money", http.MethodPost, "/v1/claw-backs/{id}/returns", "Money came back / 登记退回款项"), access.BudgetManage, s.returnMoney)
}

func (s *Server) clawBacks(ctx context.Context, in *clawBacksInput) (*clawBacksOutput, error) {
	list, err := s.zone.Policy.ClawBacks(ctx, in.Claim, in.Cursor, in.Limit)
	if err != nil {
		return nil, ofPolicy(err)
	}
	out := &clawBacksOutput{}
	out.Body.ClawBacks = []ClawBack{}
	for i := range list {
		out.Body.ClawBacks = append(out.Body.ClawBacks, clawBack(&list[i]))
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = list[n-1].ID
	}
	return out, nil
}

// clawBackAnswer is the answer to an act on a claw-back.
func (s *Server) clawBackAnswer(ctx context.Context, id string, err error) (*clawBackOutput, error) {
	if err != nil {
		return nil, ofPolicy(err)
	}
	b, err := s.zone.Policy.ClawBack(ctx, id)
	if err != nil {
		return nil, ofPolicy(err)
	}
	return &clawBackOutput{clawBack(b)}, nil
}

// yuanIn reads an amount of a request.
func yuanIn(text string) (money.Fen, error) {
	f, err := money.ParseFen(text)
	if err != nil || f <= 0 {
		return 0, problem(422, "amount", "金额有误", "the amount is not in order", "以元计，大于零，最多两位小数", "write yuan above zero with at most two decimals")
	}
	return f, nil
}

func (s *Server) openClawBack(ctx context.Context, in *openClawBackInput) (*clawBackOutput, error) {
	f, err := yuanIn(in.Body.Amount)
	if err != nil {
		return nil, err
	}
	b, err := s.zone.Policy.OpenClawBack(ctx, in.Number, f, in.Body.Reason)
	if err != nil {
		return nil, ofPolicy(err)
	}
	return &clawBackOutput{clawBack(b)}, nil
}

func (s *Server) decideClawBack(ctx context.Context, in *decideClawBackInput) (*clawBackOutput, error) {
	return s.clawBackAnswer(ctx, in.ID, s.zone.Policy.DecideClawBack(ctx, in.ID, in.Body.Take, in.Body.Decision))
}

func (s *Server) returnMoney(ctx context.Context, in *returnMoneyInput) (*clawBackOutput, error) {
	f, err := yuanIn(in.Body.Amount)
	if err != nil {
		return nil, err
	}
	return s.clawBackAnswer(ctx, in.ID, s.zone.Policy.ReturnMoney(ctx, in.ID, f, in.Body.Reference))
}
