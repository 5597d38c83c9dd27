package api

import (
	"context"
	"net/http"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
)

// Claim is a claim of an incentive (申领). Its way through the office is that of
// the matter of the same number.
type Claim struct {
	Number     string        `json:"number"`
	Clause     string        `json:"clause"`
	Title      IncentiveText `json:"title"`
	Kind       string        `json:"kind"`
	Subject    string        `json:"subject"`
	Name       string        `json:"name"`
	Year       int           `json:"year" doc:"Of the figures."`
	State      string        `json:"state" enum:"asked,granted,paid,over,taken-back"`
	UpTo       string        `json:"up_to,omitempty" doc:"Most when it was handed in, yuan; left out: not stated."`
	Proposed   string        `json:"proposed,omitempty"`
	Granted    string        `json:"granted,omitempty"`
	Line       string        `json:"line" doc:"Budget line."`
	Flow       string        `json:"flow,omitempty"`
	PublicFrom string        `json:"public_from,omitempty"`
	PublicTo   string        `json:"public_to,omitempty"`
	List       string        `json:"list,omitempty" doc:"Payment list that it stands in."`
	Created    string        `json:"created"`
	Rules      string        `json:"rules" doc:"Packs by which it was assessed."`
}

var claimStates = map[policy.State]string{policy.Asked: "asked", policy.Granted: "granted", policy.Paid: "paid", policy.Over: "over", policy.TakenBack: "taken-back"}

func claimOf(c *policy.Claim) Claim {
	out := Claim{Number: c.Number, Clause: c.Clause, Title: incentiveText(c.Frozen.Clause.Title), Kind: string(c.Subject.Kind), Subject: c.Subject.ID, Name: c.Frozen.Name, Year: c.Year,
		State: claimStates[c.State], UpTo: yuanOf(c.Most), Proposed: yuanOf(c.Proposed), Line: c.Line, Flow: c.Flow, PublicFrom: dayText(c.PublicFrom), PublicTo: dayText(c.PublicTo), List: c.List,
		Created: c.Created.Format(time.RFC3339), Rules: c.Frozen.Rules}
	if c.State != policy.Asked && c.State != policy.Over {
		out.Granted = c.Granted.String()
	}
	return out
}

type claimsInput struct {
	State  string `query:"state" enum:"asked,granted,paid,over,taken-back"`
	Clause string `query:"clause" maxLength:"64"`
	Cursor string `query:"cursor" maxLength:"40" doc:"next of the page before."`
	Limit  int    `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

type claimsOutput struct {
	Body struct {
		Claims []Claim `json:"claims" doc:"The newest first."`
		Next   string  `json:"next,omitempty"`
	}
}

// ClaimPath names a claim in a path.
type ClaimPath struct {
	Number string `path:"number" maxLength:"40"`
}

type claimOutput struct{ Body Claim }

type startClaimInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"80"`
	Body struct {
		Kind    string `json:"kind" enum:"enterprise,park,belt,warehouse"`
		Subject string `json:"subject" minLength:"1" maxLength:"64"`
		Clause  string `json:"clause" minLength:"1" maxLength:"64"`
	}
}

type startClaimOutput struct {
	Body struct {
		Number string `json:"number" doc:"Of the matter: fill it in, add papers and submit it there."`
	}
}

type claimScoreInput struct {
	ClaimPath
	Body struct {
		Points int    `json:"points" minimum:"0" maximum:"100"`
		Reason string `json:"reason" minLength:"2" maxLength:"1000"`
	}
}

type awardProposeInput struct {
	ClaimPath
	Body struct {
		Amount string `json:"amount" doc:"Yuan, at most up_to." example:"320000.00"`
		Reason string `json:"reason" minLength:"2" maxLength:"1000"`
	}
}

// PublishedAward is a claim as the public sees it (公示).
type PublishedAward struct {
	Number   string        `json:"number"`
	Clause   string        `json:"clause"`
	Title    IncentiveText `json:"title"`
	Name     string        `json:"name"`
	Proposed string        `json:"proposed,omitempty"`
	From     string        `json:"from"`
	To       string        `json:"to"`
	State    string        `json:"state"`
}

type publishedInput struct {
	All    bool   `query:"all" doc:"Also those whose days are over."`
	Cursor string `query:"cursor" maxLength:"40"`
	Limit  int    `query:"limit" default:"40" minimum:"1" maximum:"200"`
}

type publishedOutput struct {
	Body struct {
		Publications []PublishedAward `json:"publications"`
		Next         string           `json:"next,omitempty"`
	}
}

type awardObjectInput struct {
	ClaimPath
	Body struct {
		Text    string `json:"text" minLength:"2" maxLength:"1000"`
		Contact string `json:"contact,omitempty" maxLength:"200" doc:"Needed of visitors; kept sealed."`
	}
}

type awardObjectOutput struct {
	Body struct {
		ID string `json:"id"`
	}
}

func (s *Server) addClaims() {
	add(s, policyOp("start-claim", http.MethodPost, "/v1/claims", "Start a claim; go on with its matter / 开始申领"), access.MatterApply, s.startClaim)
	add(s, policyOp("list-claims", http.MethodGet, "/v1/claims", "Claims / 申领"), access.ClaimRead, s.listClaims)
	add(s, policyOp("get-claim", http.MethodGet, "/v1/claims/{number}", "A claim / 一项申领"), access.ClaimRead, s.getClaim)
	add(s, policyOp("score-claim", http.MethodPost, "/v1/claims/{number}/scores", "Score a claim as a member of the panel / 评委打分"), access.ClaimWork, s.scoreClaim)
	add(s, policyOp("propose-award", http.MethodPost, "/v1/claims/{number}/amount", "Propose the amount / 拟支持金额"), access.ClaimWork, s.proposeAward)
	add(s, policyOp("publish-claim", http.MethodPost, "/v1/claims/{number}/publication", "Publish a claim that passed the panel / 公示"), access.ClaimWork, s.publishClaim)
	add(s, policyOp("list-award-publications", http.MethodGet, "/v1/award-publications", "Awards published / 奖补公示"), access.Public, s.awardPublications)
	add(s, policyOp("object-to-award", http.MethodPost, "/v1/award-publications/{number}/objections", "Object to an award / 提出异议"), access.Public, s.objectToAward)
}

func (s *Server) startClaim(ctx context.Context, in *startClaimInput) (*startClaimOutput, error) {
	m, err := s.zone.Policy.Begin(ctx, fact.Subject{Kind: fact.Kind(in.Body.Kind), ID: in.Body.Subject}, in.Body.Clause, in.Key)
	if err != nil {
		return nil, ofPolicy(err)
	}
	out := &startClaimOutput{}
	out.Body.Number = m.Number
	return out, nil
}

func (s *Server) listClaims(ctx context.Context, in *claimsInput) (*claimsOutput, error) {
	f := policy.ClaimFilter{Clause: in.Clause, Before: in.Cursor, Limit: in.Limit}
	for state, name := range claimStates {
		if name == in.State {
			f.State = state
		}
	}
	list, err := s.zone.Policy.Claims(ctx, f)
	if err != nil {
		return nil, ofPolicy(err)
	}
	out := &claimsOutput{}
	out.Body.Claims = []Claim{}
	for i := range list {
		out.Body.Claims = append(out.Body.Claims, claimOf(&list[i]))
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = list[n-1].Number
	}
	return out, nil
}

// claimAnswer is the answer to an act on a claim.
func (s *Server) claimAnswer(ctx context.Context, number string, err error) (*claimOutput, error) {
	if err != nil {
		return nil, ofPolicy(err)
	}
	c, err := s.zone.Policy.Claim(ctx, number)
	if err != nil {
		return nil, ofPolicy(err)
	}
	return &claimOutput{claimOf(c)}, nil
}

func (s *Server) getClaim(ctx context.Context, in *ClaimPath) (*claimOutput, error) {
	return s.claimAnswer(ctx, in.Number, nil)
}

func (s *Server) scoreClaim(ctx context.Context, in *claimScoreInput) (*claimOutput, error) {
	return s.claimAnswer(ctx, in.Number, s.zone.Policy.GiveScore(ctx, in.Number, in.Body.Points, in.Body.Reason))
}

func (s *Server) proposeAward(ctx context.Context, in *awardProposeInput) (*claimOutput, error) {
	f, err := money.ParseFen(in.Body.Amount)
	if err != nil {
		return nil, problem(422, "amount", "金额有误", "the amount is not in order", "以元计，最多两位小数", "write yuan with at most two decimals")
	}
	return s.claimAnswer(ctx, in.Number, s.zone.Policy.Propose(ctx, in.Number, f, in.Body.Reason))
}

func (s *Server) publishClaim(ctx context.Context, in *ClaimPath) (*claimOutput, error) {
	return s.claimAnswer(ctx, in.Number, s.zone.Policy.Publish(ctx, in.Number))
}

func (s *Server) awardPublications(ctx context.Context, in *publishedInput) (*publishedOutput, error) {
	list, err := s.zone.Policy.Publications(ctx, !in.All, in.Cursor, in.Limit)
	if err != nil {
		return nil, ofPolicy(err)
	}
	out := &publishedOutput{}
	out.Body.Publications = []PublishedAward{}
	for i := range list {
		c := &list[i].Claim
		out.Body.Publications = append(out.Body.Publications, PublishedAward{Number: c.Number, Clause: c.Clause, Title: incentiveText(c.Frozen.Clause.Title), Name: c.Frozen.Name,
			Proposed: yuanOf(c.Proposed), From: dayText(c.PublicFrom), To: dayText(c.PublicTo), State: claimStates[c.State]})
	}
	if n := len(list); n == in.Limit {
		out.Body.Next = list[n-1].Number
	}
	return out, nil
}

func (s *Server) objectToAward(ctx context.Context, in *awardObjectInput) (*awardObjectOutput, error) {
	o, err := s.zone.Policy.Object(ctx, in.Number, in.Body.Text, in.Body.Contact)
	if err != nil {
		return nil, ofPolicy(err)
	}
	out := &awardObjectOutput{}
	out.Body.ID = o.ID
	return out, nil
}
