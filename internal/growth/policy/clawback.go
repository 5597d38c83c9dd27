package policy

import (
	"context"
	"database/sql"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
)

// BackState is where a claw-back stands. Its number is stored.
type BackState int64

// The states of a claw-back.
const (
	BackProposed BackState = 1 // 待决定
	BackDecided  BackState = 2 // 已决定，待退回
	BackDropped  BackState = 3 // 不追回
	BackReturned BackState = 4 // 已退回
)

// ClawBack is an award that is to be given back (追回).
type ClawBack struct {
	ID        string
	Claim     string
	State     BackState
	Amount    money.Fen // to be returned
	Returned  money.Fen
	Opened    time.Time
	OpenedBy  string // "system": the watch over the figures
	Decided   time.Time
	DecidedBy string
	Reason    string
	Decision  string
}

// OpenClawBack proposes to take an award back, whole or in part. Until it is
// closed nothing is paid to the beneficiary.
func (s *Service) OpenClawBack(ctx context.Context, claim string, amount money.Fen, reason string) (*ClawBack, error) {
	if err := s.may(ctx, access.ClaimWork, "clawback.open", "matter:"+claim); err != nil {
		return nil, err
	}
	reason, err := words(reason)
	if err != nil {
		return nil, err
	}
	b := &ClawBack{Claim: claim, State: BackProposed, Amount: amount, Reason: reason}
	return b, s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.propose(ctx, tx, b) })
}

func (s *Service) propose(ctx context.Context, tx *store.Tx, b *ClawBack) error {
	c, err := s.claimIn(ctx, inside{tx}, b.Claim)
	if err != nil {
		return err
	}
	had, err := s.returned(ctx, inside{tx}, b.Claim)
	if err != nil {
		return err
	}
	if !c.State.stands() || b.Amount <= 0 || b.Amount > c.Granted-had {
		return &Refusal{"clawback-amount", "只能追回已核定的金额，最多 " + (c.Granted - had).String() + " 元", "only what was granted can be taken back, at most " + (c.Granted - had).String() + " yuan", "改正金额", "mend the amount"}
	}
	if c.State == Granted && b.Amount != c.Granted {
		return &Refusal{"clawback-whole", "尚未拨付的只能全额追回，即 " + c.Granted.String() + " 元", "what is not paid yet is taken back whole, " + c.Granted.String() + " yuan", "填写全额，或在拨付后部分追回", "give the whole amount, or take a part back once it is paid"}
	}
	if blocked, err := s.backOpen(ctx, tx, b.Claim); err != nil || blocked {
		if err != nil {
			return err
		}
		return &Refusal{"clawback-open", "该申领已有未结的追回案件", "a claw-back of this claim is open already", "先办结", "close it first"}
	}
	if b.ID, err = s.id("cb_"); err != nil {
		return err
	}
	sealed, err := s.seal(b.Reason, "clawback", b.ID)
	if err != nil {
		return err
	}
	none, err := s.seal("", "clawback-decision", b.ID)
	if err != nil {
		return err
	}
	b.OpenedBy, _ = actor(ctx)
	b.Opened = s.c.Clock.Now()
	if _, err := tx.Exec(ctx, `insert into policy_clawbacks (id, claim, state, amount, returned, opened, opened_by, decided, decided_by, reason, decision) values ($1, $2, $3, $4, 0, $5, $6, 0, '', $7, $8)`,
		b.ID, b.Claim, int64(BackProposed), int64(b.Amount), clock.Micros(b.Opened), b.OpenedBy, sealed, none); err != nil {
		return err
	}
	return s.write(ctx, tx, "clawback.open", "matter:"+b.Claim, "clawback="+b.ID, "amount="+b.Amount.String())
}

func (s *Service) backOpen(ctx context.Context, tx *store.Tx, claim string) (bool, error) {
	var n int64
	err := tx.QueryRow(ctx, `select count(*) from policy_clawbacks where claim = $1 and state in ($2, $3)`, claim, int64(BackProposed), int64(BackDecided)).Scan(&n)
	return n > 0, err
}

// returned is what of a claim has come back.
func (s *Service) returned(ctx context.Context, q querier, claim string) (money.Fen, error) {
	list, err := s.backs(ctx, q, `where claim = $1`, claim)
	var sum money.Fen
	for _, b := range list {
		if b.State == BackReturned {
			sum += b.Amount
		}
	}
	return sum, err
}

func (s *Service) backs(ctx context.Context, q querier, where string, args ...any) (out []ClawBack, err error) {
	err = rows(ctx, q, func(r *sql.Rows) error {
		var b ClawBack
		var state, amount, returned, opened, decided int64
		var reason, decision []byte
		if err := r.Scan(&b.ID, &b.Claim, &state, &amount, &returned, &opened, &b.OpenedBy, &decided, &b.DecidedBy, &reason, &decision); err != nil {
			return err
		}
		b.State, b.Amount, b.Returned, b.Opened = BackState(state), money.Fen(amount), money.Fen(returned), clock.FromMicros(opened)
		if decided != 0 {
			b.Decided = clock.FromMicros(decided)
		}
		if err := s.unseal(reason, &b.Reason, "clawback", b.ID); err != nil {
			return err
		}
		if err := s.unseal(decision, &b.Decision, "clawback-decision", b.ID); err != nil {
			return err
		}
		out = append(out, b)
		return nil
	}, `select id, claim, state, amount, returned, opened, opened_by, decided, decided_by, reason, decision from policy_clawbacks `+where, args...)
	return out, err
}

// ClawBacks are the claw-backs, the newest first; claim "" is all of the zone,
// before the last one of the page before.
func (s *Service) ClawBacks(ctx context.Context, claim, before string, limit int) ([]ClawBack, error) {
	if claim != "" {
		if _, err := s.Claim(ctx, claim); err != nil {
			return nil, err
		}
	} else if access.Of(ctx).Scope(access.ClaimRead) != access.Zone {
		return nil, ErrDenied
	}
	return s.backs(ctx, outside{s.db}, `where ($1 = '' or claim = $1)
		and ($2 = '' or opened < (select b.opened from policy_clawbacks b where b.id = $2) or opened = (select b.opened from policy_clawbacks b where b.id = $2) and id > $2)
		order by opened desc, id limit $3`, claim, before, int64(limit))
}

// ClawBack returns a claw-back of a claim that the caller may see; ErrNotFound
// otherwise.
func (s *Service) ClawBack(ctx context.Context, id string) (*ClawBack, error) {
	list, err := s.backs(ctx, outside{s.db}, `where id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	if _, err := s.Claim(ctx, list[0].Claim); err != nil {
		return nil, err
	}
	return &list[0], nil
}

func (s *Service) back(ctx context.Context, tx *store.Tx, id string) (*ClawBack, *Claim, error) {
	list, err := s.backs(ctx, inside{tx}, `where id = $1`, id)
	if err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		return nil, nil, ErrNotFound
	}
	c, err := s.claimIn(ctx, inside{tx}, list[0].Claim)
	return &list[0], c, err
}

// DecideClawBack is another person's decision: to take the award back or not. Of
// an award that was not paid the money is free at once.
func (s *Service) DecideClawBack(ctx context.Context, id string, take bool, decision string) error {
	if err := s.may(ctx, access.BudgetManage, "clawback.decide", "clawback:"+id); err != nil {
		return err
	}
	decision, err := words(decision)
	if err != nil {
		return err
	}
	who, _ := actor(ctx)
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, c, err := s.back(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case b.State != BackProposed:
			return &Refusal{"clawback-state", "该追回案件已决定", "it is decided already", "刷新页面", "look again"}
		case b.OpenedBy == who:
			return &Refusal{"two-persons", "提出人不得自行决定", "who proposed it does not decide it", "由另一人决定", "let another person decide"}
		}
		state := BackDropped
		if take {
			if state, err = s.withdraw(ctx, tx, b, c); err != nil {
				return err
			}
		}
		sealed, err := s.seal(decision, "clawback-decision", id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update policy_clawbacks set state = $1, decided = $2, decided_by = $3, decision = $4 where id = $5`, int64(state), s.now(), who, sealed, id); err != nil {
			return err
		}
		return s.write(ctx, tx, "clawback.decide", "matter:"+b.Claim, "clawback="+id, "take="+yesNo(take))
	})
}

// withdraw takes an award back: what was not paid is free at once and never paid.
func (s *Service) withdraw(ctx context.Context, tx *store.Tx, b *ClawBack, c *Claim) (BackState, error) {
	if c.State == Paid {
		return BackDecided, nil
	}
	if c.List != "" {
		return 0, &Refusal{"listed", "该申领在拨付清单 " + c.List + " 中", "the claim stands in payment list " + c.List, "先将其移出清单", "leave it out of the list first"}
	}
	if err := s.free(ctx, tx, c); err != nil {
		return 0, err
	}
	b.Amount = c.Granted
	if _, err := tx.Exec(ctx, `update policy_clawbacks set amount = $1 where id = $2`, int64(b.Amount), b.ID); err != nil {
		return 0, err
	}
	return BackReturned, s.update(ctx, tx, c.Number, `state = $3`, int64(TakenBack))
}

// ReturnMoney enters that money of a claw-back came back, with the bank's
// reference. The last part closes it.
func (s *Service) ReturnMoney(ctx context.Context, id string, amount money.Fen, reference string) error {
	if err := s.may(ctx, access.BudgetManage, "clawback.return", "clawback:"+id); err != nil {
		return err
	}
	reference, err := words(reference)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b, c, err := s.back(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case b.State != BackDecided || amount <= 0 || amount > b.Amount-b.Returned:
			return &Refusal{"return-amount", "没有待退回的款项，或金额超过待退回的 " + (b.Amount - b.Returned).String() + " 元", "nothing is to be returned, or the amount is above the " + (b.Amount - b.Returned).String() + " yuan that are", "改正金额", "mend the amount"}
		}
		total := b.Returned + amount
		if err := s.takeIn(ctx, tx, c, id+"/"+total.String(), amount); err != nil {
			return err
		}
		state := BackDecided
		if total == b.Amount {
			state = BackReturned
		}
		if _, err := tx.Exec(ctx, `update policy_clawbacks set returned = $1, state = $2 where id = $3`, int64(total), int64(state), id); err != nil {
			return err
		}
		if err := s.backWhole(ctx, tx, c, state); err != nil {
			return err
		}
		return s.write(ctx, tx, "clawback.return", "matter:"+c.Number, "clawback="+id, "amount="+amount.String(), "reference="+reference)
	})
}

// backWhole ends an award of which everything came back: it counts no longer.
func (s *Service) backWhole(ctx context.Context, tx *store.Tx, c *Claim, state BackState) error {
	if state != BackReturned {
		return nil
	}
	sum, err := s.returned(ctx, inside{tx}, c.Number)
	if err != nil || sum < c.Granted {
		return err
	}
	if err := s.unuse(ctx, tx, c.Number); err != nil {
		return err
	}
	return s.update(ctx, tx, c.Number, `state = $3`, int64(TakenBack))
}

// Watch holds the awards of the last three years against the figures of now, and
// proposes a claw-back where a condition is known not to hold any more, once an
// award. It returns how many it proposed.
func (s *Service) Watch(ctx context.Context) (int, error) {
	system := access.With(ctx, access.System())
	since := s.Today().Year() - 3
	list, err := s.claims(ctx, outside{s.db}, `where state in ($1, $2) and year >= $3 and granted > 0 and not exists (select 1 from policy_clawbacks b where b.claim = policy_claims.number) order by number`,
		int64(Granted), int64(Paid), int64(since))
	if err != nil {
		return 0, err
	}
	proposed := 0
	for i := range list {
		c := &list[i]
		why, err := s.broken(system, c)
		if err != nil {
			return proposed, err
		}
		if why == nil {
			continue
		}
		b := &ClawBack{Claim: c.Number, State: BackProposed, Amount: c.Granted, Reason: "指标更正后不再符合：" + why.ZH + " / no longer so after a correction: " + why.EN}
		if err := s.db.Write(system, func(ctx context.Context, tx *store.Tx) error { return s.propose(ctx, tx, b) }); err != nil {
			return proposed, err
		}
		proposed++
	}
	return proposed, nil
}

// broken is the condition of an award that is known not to hold by the figures of
// now, nil if there is none.
func (s *Service) broken(ctx context.Context, c *Claim) (*Condition, error) {
	if err := s.revive(c); err != nil {
		return nil, err
	}
	figures, err := s.c.Figures.FiguresIn(ctx, c.Subject, c.Year)
	if err != nil {
		return nil, err
	}
	facts := figures.Facts()
	tests, bad := c.Frozen.Clause.ClawBack, rule.Yes
	if len(tests) == 0 {
		tests, bad = c.Frozen.Clause.Conditions, rule.No
	}
	for i := range tests {
		answer, err := tests[i].compiled.Answer(facts)
		if err != nil {
			return nil, err
		}
		if answer.Holds == bad {
			return &tests[i], nil
		}
	}
	return nil, nil
}
