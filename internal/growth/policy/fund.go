package policy

import (
	"context"
	"errors"
	"strings"

	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// The accounts of a budget year and line, all in fen:
//
//	incentive/budget/2026            what is bound of the whole; ceiling: the budget
//	incentive/budget/2026/parks      what is bound of the line;  ceiling: the line
//	incentive/whole/2026             the other side of the whole
//	incentive/reserved/2026/parks    granted and not paid, negative
//	incentive/paid/2026/parks        paid, negative
//	incentive/returned/2026/parks    taken back after it was paid, negative
//	incentive/cumulative/PACK/CLAUSE/ENTERPRISE/FIRST   ceiling: the cumulative cap
//	incentive/cumulative             the other side of those
//
// What was paid and taken back stays bound: the money goes back to the treasury
// and not into the line.
const root = "incentive/"

func wholeAccount(year int) string { return root + "budget/" + itoa(year) }

func lineAccount(year int, line string) string { return wholeAccount(year) + "/" + line }

func counterAccount(year int) string { return root + "whole/" + itoa(year) }

func sideAccount(side string, year int, line string) string {
	return root + side + "/" + itoa(year) + "/" + line
}

const cumulativeCounter = root + "cumulative"

func cumulativeAccount(c *Claim, first int) string {
	return cumulativeCounter + "/" + c.Pack + "/" + c.Clause + "/" + c.Enterprise + "/" + itoa(first)
}

// grant binds an amount for a claim: budget and line, cumulative cap, the clause
// once, the facts it uses up. A limit in the way is a *Refusal, and then nothing
// of it may be kept.
func (s *Service) grant(ctx context.Context, tx *store.Tx, c *Claim, amount money.Fen) error {
	if err := s.use(ctx, tx, c); err != nil {
		return err
	}
	year := s.Today().Year()
	first := 0
	if amount > 0 {
		legs := s.bindLegs(c.Line, year, amount)
		if k := c.Frozen.Clause.Cumulative; k != nil {
			past, err := readPast(ctx, inside{tx}, c.holder())
			if err != nil {
				return err
			}
			past.leave(c.Number)
			_, first = past.within(c.Frozen.Clause, c.Year)
			if err := s.openCumulative(ctx, tx, cumulativeAccount(c, first), k.Cap); err != nil {
				return err
			}
			legs = append(legs, leg(cumulativeAccount(c, first), amount), leg(cumulativeCounter, -amount))
		}
		if err := s.post(ctx, tx, "grant/"+c.Number, c.Number, legs); err != nil {
			return err
		}
	}
	c.State, c.Granted, c.BudgetYear, c.FirstYear = Granted, amount, year, first
	return s.update(ctx, tx, c.Number, `state = $3, granted = $4, budget_year = $5, first_year = $6`, int64(Granted), int64(amount), int64(year), int64(first))
}

// use takes what an award uses up; what is taken already is a *Refusal.
func (s *Service) use(ctx context.Context, tx *store.Tx, c *Claim) error {
	clause := c.Frozen.Clause
	taken, err := s.take(ctx, tx, onceKey(clause, c.Subject, c.Year), "", c.Number)
	if err != nil {
		return err
	}
	if taken {
		return &Refusal{"once", "该条款已支持过该对象", "the clause was given to this subject already", "核对以前的申领", "look at its earlier claims"}
	}
	past, err := readPast(ctx, inside{tx}, c.holder())
	if err != nil {
		return err
	}
	past.leave(c.Number)
	if h := past.other(clause); h != nil {
		return &Refusal{"exclusive", "已按互斥条款获得支持（" + h.number + "）", "an award under a clause that excludes this one was given (" + h.number + ")", "核对以前的申领", "look at its earlier claims"}
	}
	if u, ok := past.used(clause, c.Year); ok && !s.Settings().OneFactTwoProgrammes {
		return &Refusal{"fact-used", "同一指标已用于另一项目（" + u.claim + "）", "the same figure served another programme (" + u.claim + ")", "按规则包设定，同一指标不得重复使用", "the pack's setting lets a figure serve one programme alone"}
	}
	for _, f := range clause.Uses {
		if _, err := s.take(ctx, tx, factKey(c.Subject, f, c.Year)+c.Number, programme(clause), c.Number); err != nil {
			return err
		}
	}
	return nil
}

// take writes a key; taken is true if another claim has it.
func (s *Service) take(ctx context.Context, tx *store.Tx, key, programme, claim string) (taken bool, err error) {
	res, err := tx.Exec(ctx, `insert into policy_uses (use_key, programme, claim) values ($1, $2, $3) on conflict (use_key) do nothing`, key, programme, claim)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 0, err
}

func leg(account string, amount money.Fen) ledger.Leg {
	return ledger.Leg{Account: account, Unit: ledger.CNYFen, Amount: int64(amount)}
}

// bindLegs bind an amount in whole and line.
func (s *Service) bindLegs(line string, year int, amount money.Fen) []ledger.Leg {
	return []ledger.Leg{leg(wholeAccount(year), amount), leg(counterAccount(year), -amount), leg(lineAccount(year, line), amount), leg(sideAccount("reserved", year, line), -amount)}
}

func (s *Service) openCumulative(ctx context.Context, tx *store.Tx, name string, most money.Fen) error {
	if err := s.c.Ledger.OpenAccount(ctx, tx, ledger.Opening{Name: cumulativeCounter, Unit: ledger.CNYFen, Limits: ledger.Unlimited}); err != nil {
		return err
	}
	return s.c.Ledger.OpenAccount(ctx, tx, ledger.Opening{Name: name, Unit: ledger.CNYFen, Limits: ledger.Between(0, int64(most))})
}

// post posts legs; a limit or an account that is not there is a *Refusal.
func (s *Service) post(ctx context.Context, tx *store.Tx, key, memo string, legs []ledger.Leg) error {
	err := s.c.Ledger.Post(ctx, tx, ledger.JournalEntry{Key: root + key, Memo: memo, Legs: legs})
	var limit *ledger.LimitError
	switch {
	case errors.Is(err, ledger.ErrNoAccount):
		return &Refusal{"no-budget", "该科目本年度没有预算", "the line has no budget this year", "先在预算页开立本年度预算", "open this year's budget first"}
	case errors.As(err, &limit):
		over := money.Fen(limit.WouldBe - limit.Limit).String()
		if strings.HasPrefix(limit.Name, cumulativeCounter+"/") {
			return &Refusal{"cumulative", "超过累计上限 " + over + " 元", "it passes the cumulative cap by " + over + " yuan", "调低金额", "propose less"}
		}
		return &Refusal{"budget", "超过预算 " + over + " 元", "it passes the budget by " + over + " yuan", "调低金额，或调整预算", "propose less, or raise the budget"}
	}
	return err
}

// free gives back what a claim bound and did not get paid.
func (s *Service) free(ctx context.Context, tx *store.Tx, c *Claim) error {
	if c.Granted > 0 {
		legs := s.bindLegs(c.Line, c.BudgetYear, -c.Granted)
		if c.FirstYear != 0 {
			legs = append(legs, leg(cumulativeAccount(c, c.FirstYear), -c.Granted), leg(cumulativeCounter, c.Granted))
		}
		if err := s.post(ctx, tx, "free/"+c.Number, c.Number, legs); err != nil {
			return err
		}
	}
	return s.unuse(ctx, tx, c.Number)
}

// unuse gives back what a claim used up.
func (s *Service) unuse(ctx context.Context, tx *store.Tx, number string) error {
	_, err := tx.Exec(ctx, `delete from policy_uses where claim = $1`, number)
	return err
}

// payOut moves a granted amount from reserved to paid.
func (s *Service) payOut(ctx context.Context, tx *store.Tx, c *Claim, key string) error {
	if c.Granted == 0 {
		return nil
	}
	return s.post(ctx, tx, "pay/"+key, c.Number, []ledger.Leg{leg(sideAccount("reserved", c.BudgetYear, c.Line), c.Granted), leg(sideAccount("paid", c.BudgetYear, c.Line), -c.Granted)})
}

// takeIn posts money that came back.
func (s *Service) takeIn(ctx context.Context, tx *store.Tx, c *Claim, key string, amount money.Fen) error {
	legs := []ledger.Leg{leg(sideAccount("paid", c.BudgetYear, c.Line), amount), leg(sideAccount("returned", c.BudgetYear, c.Line), -amount)}
	if c.FirstYear != 0 {
		legs = append(legs, leg(cumulativeAccount(c, c.FirstYear), -amount), leg(cumulativeCounter, amount))
	}
	return s.post(ctx, tx, "return/"+key, c.Number, legs)
}
