package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
)

// otherLine is the budget line of clauses that name none.
const otherLine = "other"

// Effects are what the definition of claims may name.
func (s *Service) Effects() map[string]matter.Effect {
	return map[string]matter.Effect{"claim-submit": s.submitted, "claim-approve": s.approved, "claim-refuse": s.refused}
}

// Guards are what the steps of claims may name.
func (s *Service) Guards() map[string]matter.Guard {
	return map[string]matter.Guard{"claim-panel": s.panelDone, "claim-published": s.publicationDone, "claim-decidable": s.decidable}
}

func text(m *matter.Matter, field string) string {
	v, _ := m.Form[field].(string)
	return v
}

// whole reads a whole number of a form.
func whole(m *matter.Matter, field string) int {
	switch v := m.Form[field].(type) {
	case int:
		return v
	case int64:
		return int(v)
	case float64:
		return int(v)
	case json.Number:
		n, _ := v.Int64() // the schema takes integers only
		return int(n)
	}
	return 0
}

func problem(code, field, zh, en, fixZH, fixEN string) matter.Problems {
	return matter.Problems{{Code: code, Field: field, ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN}}
}

// Begin starts a claim for a subject of the caller's, or of a client by a mandate:
// the matter with its form filled in from the assessment. key makes a repeated start give the same one.
func (s *Service) Begin(ctx context.Context, who fact.Subject, clause, key string) (*matter.Matter, error) {
	h, err := s.Holder(ctx, who)
	if err != nil {
		return nil, err
	}
	p := access.Of(ctx)
	if !owns(p, h) && !actsFor(p, h) {
		return nil, s.deny(ctx, "claim.begin", "clause:"+clause)
	}
	book, err := s.Book()
	if err != nil {
		return nil, err
	}
	c := book.Find(clause, s.Today())
	if c == nil || c.Subject != who.Kind {
		return nil, ErrNotFound
	}
	form := map[string]any{"clause": c.ID, "clause_title": c.Title.ZH, "subject_kind": string(who.Kind), "subject": who.ID, "subject_name": h.Name,
		"year": c.Year(s.Today())}
	if !owns(p, h) {
		return s.matters.BeginFor(ctx, h.Enterprise, Matter, key, form)
	}
	return s.matters.Begin(ctx, Matter, key, form)
}

// submitted is the effect of handing a claim in: the clause is held against the
// figures as they are, and both are kept by value. It runs again after a return
// for completion.
func (s *Service) submitted(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	who := fact.Subject{Kind: fact.Kind(text(m, "subject_kind")), ID: text(m, "subject")}
	h, err := s.holder(ctx, who)
	if errors.Is(err, ErrNotFound) || err == nil && !mayClaim(access.Of(ctx), m, h) {
		return problem("subject", "subject", "申请对象不存在或不属于你单位", "this is not a subject of your organisation", "从“我能申领什么”页面开始申请", "start from the page “What can I claim”")
	}
	if err != nil {
		return err
	}
	book, err := s.Book()
	if err != nil {
		return err
	}
	c := book.Find(text(m, "clause"), s.Today())
	if c == nil || c.Subject != who.Kind {
		return problem("clause", "clause", "没有这一条款", "there is no such clause", "从“我能申领什么”页面开始申请", "start from the page “What can I claim”")
	}
	entry, figures, err := s.weigh(ctx, inside{tx}, h, c, whole(m, "year"), m.Number)
	if err != nil {
		return err
	}
	if ps := refusals(entry); ps != nil {
		return ps
	}
	claim := &Claim{Number: m.Number, Pack: c.Pack, Clause: c.ID, Year: entry.Year, Subject: who, Enterprise: h.Enterprise, Org: m.Org, Agent: m.Agent, Flow: c.Flow, Line: lineOf(c), Most: entry.Most.Amount,
		Frozen: Frozen{Clause: c, Entry: *entry, Figures: figures, Rules: book.Set.Version(), Name: h.Name}}
	return s.insert(ctx, tx, claim, Payee{Name: text(m, "payee"), Bank: text(m, "bank_name"), Account: text(m, "bank_account")})
}

func lineOf(c *Clause) string {
	if c.Budget == "" {
		return otherLine
	}
	return c.Budget
}

// weigh holds one clause against one subject; without is a claim that does not
// stand in its own way.
func (s *Service) weigh(ctx context.Context, q querier, h *Holder, c *Clause, year int, without string) (*Entry, fact.Figures, error) {
	past, err := readPast(ctx, q, h)
	if err != nil {
		return nil, nil, err
	}
	past.leave(without)
	w := &weigher{s: s, ctx: ctx, h: h, day: s.Today(), read: s.c.Figures.FiguresIn, figures: map[int]fact.Figures{}, past: past, settings: s.Settings()}
	e, err := w.entry(c, year)
	if err != nil {
		return nil, nil, err
	}
	all, used := w.figures[e.Year], fact.Figures{}
	for _, name := range c.Facts() {
		if f, ok := all[name]; ok {
			used[name] = f
		}
	}
	return e, used, nil
}

// leave takes a claim out of the past.
func (p *past) leave(number string) {
	for i := range p.claims {
		if p.claims[i].number == number {
			p.claims = append(p.claims[:i], p.claims[i+1:]...)
			break
		}
	}
	kept := p.uses[:0]
	for _, u := range p.uses {
		if u.claim != number {
			kept = append(kept, u)
		}
	}
	p.uses = kept
}

// refusals are why an entry can't be handed in, nil if it can.
func refusals(e *Entry) matter.Problems {
	if e.Standing == ByCase || e.Standing == Claimable {
		return nil
	}
	var ps matter.Problems
	for _, r := range e.Reasons {
		ps = append(ps, matter.Problem{Code: r.Code, Field: "clause", ZH: r.ZH, EN: r.EN, FixZH: r.FixZH, FixEN: r.FixEN})
	}
	for _, t := range e.Tests {
		switch t.Answer.Holds {
		case rule.No:
			ps = append(ps, matter.Problem{Code: "condition", Field: "clause", ZH: "条件未满足：" + t.ZH, EN: "a condition does not hold: " + t.EN, FixZH: "达到条件后再申请；数据有误的，补充佐证", FixEN: "apply when it holds; where a figure is wrong, file evidence"})
		case rule.Unknown:
			ps = append(ps, matter.Problem{Code: "evidence", Field: "clause", ZH: "缺少数据，无法判断：" + t.ZH, EN: "a figure is missing: " + t.EN, FixZH: "先在“佐证材料”中申报并通过审核", FixEN: "file evidence of it first and have it reviewed"})
		}
	}
	return ps
}

// decidable is the guard of the decision: the clause is known to be in force and
// an amount is proposed.
func (s *Service) decidable(ctx context.Context, tx *store.Tx, m *matter.Matter) error {
	c, err := s.claimIn(ctx, inside{tx}, m.Number)
	if err != nil {
		return err
	}
	entry, _, err := s.weighAgain(ctx, tx, c)
	if err != nil {
		return err
	}
	return s.decide(c, entry)
}

func (s *Service) decide(c *Claim, e *Entry) error {
	switch {
	case e.Force == Unconfirmed:
		return problem("validity", "", "条款效力尚未确认："+e.Clause.Validity.ZH, "the clause's validity is not confirmed: "+e.Clause.Validity.EN, "在条款页登记确认文件后再审批", "enter the document that confirms it on the clause's page first")
	case e.Standing != ByCase && e.awardable() != nil:
		r := e.awardable()
		return problem(r.Code, "", r.ZH, r.EN, r.FixZH, r.FixEN)
	case c.Proposed == nil && c.Frozen.Clause.Kind != Priority:
		return problem("amount", "", "尚未提出拟支持金额", "no amount is proposed yet", "在申领页填写拟支持金额", "propose an amount on the claim's page")
	}
	return nil
}

// weighAgain holds the clause of a claim, as it stood, against the figures of now.
func (s *Service) weighAgain(ctx context.Context, tx *store.Tx, c *Claim) (*Entry, fact.Figures, error) {
	if err := s.revive(c); err != nil {
		return nil, nil, err
	}
	return s.weigh(ctx, inside{tx}, c.holder(), c.Frozen.Clause, c.Year, c.Number)
}

// revive compiles the clause that stands with a claim.
func (s *Service) revive(c *Claim) error {
	env, err := s.c.Figures.Env(s.c.Rules())
	if err != nil {
		return err
	}
	var bad error
	c.Frozen.Clause.compile(env, func(err error, _ ...string) { bad = fmt.Errorf("claim %s: %w", c.Number, err) })
	return bad
}

// approved is the effect of the decision: the amount is bound in budget and caps,
// in the transaction of the act.
func (s *Service) approved(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	c, err := s.claimIn(ctx, inside{tx}, m.Number)
	if err != nil {
		return err
	}
	if c.State != Asked && c.State != Over {
		return problem("state", "", "该申领已办结", "the claim is closed", "刷新页面", "look again")
	}
	entry, _, err := s.weighAgain(ctx, tx, c)
	if err != nil {
		return err
	}
	if err := s.decide(c, entry); err != nil {
		return err
	}
	amount := amountOrZero(c.Proposed)
	if most := least(c.Most, entry.Most.Amount); entry.Most.Stated && (most == nil || amount > *most) {
		return problem("amount", "", "拟支持金额超过最高可得 "+amountOrZero(most).String()+" 元", "the amount is above the most that can be given, "+amountOrZero(most).String()+" yuan", "调低拟支持金额", "propose less")
	}
	if err := s.grant(ctx, tx, c, amount); err != nil {
		var r *Refusal
		if errors.As(err, &r) {
			return r.problems()
		}
		return err
	}
	return s.write(ctx, tx, "claim.grant", "matter:"+m.Number, "amount="+amount.String(), "clause="+c.Clause)
}

// least is the lesser of two amounts, either of which may not be there.
func least(a, b *money.Fen) *money.Fen {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// refused is the effect of a refusal.
func (s *Service) refused(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	return s.over(ctx, tx, m.Number)
}

func (s *Service) over(ctx context.Context, tx *store.Tx, number string) error {
	_, err := tx.Exec(ctx, `update policy_claims set state = $1, changed = $2 where number = $3 and state = $4`, int64(Over), s.now(), number, int64(Asked))
	return err
}

// again lets a claim count as asked for once more, when an appeal opened it again:
// it is published, and objected to, like any other.
func (s *Service) again(ctx context.Context, tx *store.Tx, number string) error {
	_, err := tx.Exec(ctx, `update policy_claims set state = $1, changed = $2 where number = $3 and state = $4`, int64(Asked), s.now(), number, int64(Over))
	return err
}

// FollowMatters ends claims that their applicants withdrew, and takes those up
// again that an appeal opened, until ctx ends.
func (s *Service) FollowMatters(ctx context.Context) error {
	return s.follower().Run(ctx)
}

func (s *Service) follower() *feed.Consumer {
	facts := s.matters.Facts()
	return &feed.Consumer{Name: "policy", Stream: facts.Name(), Source: facts, DB: s.db, Clock: s.c.Clock, Wake: &facts.Signal, Log: s.c.Log,
		Apply: func(ctx context.Context, tx *store.Tx, events []feed.Event) error {
			for _, e := range events {
				var f matter.Fact
				if err := json.Unmarshal(e.Body, &f); err != nil {
					return fmt.Errorf("policy: fact %d of the matters: %w", e.Seq, err)
				}
				if f.Definition != Matter {
					continue
				}
				var err error
				switch f.Act {
				case matter.Withdraw:
					err = s.over(ctx, tx, f.Number)
				case matter.Reopen:
					err = s.again(ctx, tx, f.Number)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}}
}
