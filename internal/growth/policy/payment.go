package policy

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// ListState is where a payment list stands. Its number is stored.
type ListState int64

// The states of a payment list.
const (
	ListMade    ListState = 1 // 待复核
	ListChecked ListState = 2 // 已复核，待拨付
	ListDone    ListState = 3 // 已办结
	ListDropped ListState = 4 // 已作废
)

// PaymentState is where one payment stands. Its number is stored.
type PaymentState int64

// The states of a payment.
const (
	PaymentWaiting PaymentState = 1 // 待拨付
	PaymentPaid    PaymentState = 2 // 已拨付
	PaymentLeft    PaymentState = 3 // left out: failed at the bank, or a claw-back opened 未拨付
)

// Payment is one line of a payment list (拨付明细).
type Payment struct {
	List      string
	Number    int
	Claim     string
	Amount    money.Fen
	State     PaymentState
	Reference string // of the bank
	Paid      time.Time
	PaidBy    string
	Payee     Payee // masked account, unless it was exported for the bank
	Clause    string
	Name      string // of the beneficiary
}

// PaymentList is granted claims of one budget line that are paid together
// (拨付清单).
type PaymentList struct {
	ID        string
	Year      int
	Line      string
	Flow      string
	State     ListState
	Made      time.Time
	MadeBy    string
	Checked   time.Time
	CheckedBy string
	Total     money.Fen
	Payments  []Payment
}

// MakeList gathers the granted claims of a budget line that wait for payment into
// a list. Claims of a beneficiary against whom a claw-back is open stay out.
func (s *Service) MakeList(ctx context.Context, year int, line, flow string) (*PaymentList, error) {
	if err := s.may(ctx, access.ClaimWork, "payment.make", "budget:"+itoa(year)+"/"+line); err != nil {
		return nil, err
	}
	var id string
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		list, err := s.claims(ctx, inside{tx}, `where state = $1 and budget_year = $2 and line = $3 and flow = $4 and list = '' and granted > 0 order by number limit 500`, int64(Granted), int64(year), line, flow)
		if err != nil {
			return err
		}
		var take []Claim
		var total money.Fen
		for _, c := range list {
			blocked, err := s.blocked(ctx, tx, &c)
			if err != nil {
				return err
			}
			if !blocked {
				take, total = append(take, c), total+c.Granted
			}
		}
		if len(take) == 0 {
			return &Refusal{"nothing", "没有可列入清单的申领", "there is nothing to pay", "核定后、且受益人无未结追回案件的申领才能列入", "a claim must be granted, and no claw-back open against its beneficiary"}
		}
		if id, err = s.number(ctx, tx, "BF"); err != nil {
			return err
		}
		return s.makeList(ctx, tx, PaymentList{ID: id, Year: year, Line: line, Flow: flow, Total: total}, take)
	})
	if err != nil {
		return nil, err
	}
	return s.List(ctx, id)
}

func (s *Service) makeList(ctx context.Context, tx *store.Tx, l PaymentList, take []Claim) error {
	who, _ := actor(ctx)
	if _, err := tx.Exec(ctx, `insert into policy_payment_lists (id, year, line, flow, state, made, made_by, checked, checked_by, total) values ($1, $2, $3, $4, $5, $6, $7, 0, '', $8)`,
		l.ID, int64(l.Year), l.Line, l.Flow, int64(ListMade), s.now(), who, int64(l.Total)); err != nil {
		return err
	}
	for n, c := range take {
		if _, err := tx.Exec(ctx, `insert into policy_payments (list, number, claim, amount, state, reference, paid, paid_by) values ($1, $2, $3, $4, $5, '', 0, '')`,
			l.ID, int64(n+1), c.Number, int64(c.Granted), int64(PaymentWaiting)); err != nil {
			return err
		}
		if err := s.update(ctx, tx, c.Number, `list = $3`, l.ID); err != nil {
			return err
		}
	}
	return s.write(ctx, tx, "payment.make", "payments:"+l.ID, fmt.Sprintf("lines=%d total=%s", len(take), l.Total))
}

// number draws the next number of a kind, such as BF202600001.
func (s *Service) number(ctx context.Context, tx *store.Tx, kind string) (string, error) {
	name := kind + itoa(s.Today().Year())
	if _, err := tx.Exec(ctx, `insert into policy_numbers (name, last) values ($1, 1) on conflict (name) do update set last = policy_numbers.last + 1`, name); err != nil {
		return "", err
	}
	var last int64
	if err := tx.QueryRow(ctx, `select last from policy_numbers where name = $1`, name).Scan(&last); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%05d", name, last), nil
}

// blocked tells whether a claw-back is open against the beneficiary of a claim.
func (s *Service) blocked(ctx context.Context, tx *store.Tx, c *Claim) (bool, error) {
	var n int64
	err := tx.QueryRow(ctx, `select count(*) from policy_clawbacks b join policy_claims c on c.number = b.claim
		where b.state in ($1, $2) and ((c.kind = $3 and c.subject = $4) or (c.enterprise <> '' and c.enterprise = $5))`,
		int64(BackProposed), int64(BackDecided), string(c.Subject.Kind), c.Subject.ID, c.Enterprise).Scan(&n)
	return n > 0, err
}

const listColumns = `id, year, line, flow, state, made, made_by, checked, checked_by, total`

func (s *Service) lists(ctx context.Context, q querier, where string, args ...any) (out []PaymentList, err error) {
	err = rows(ctx, q, func(r *sql.Rows) error {
		var l PaymentList
		var year, state, made, checked, total int64
		if err := r.Scan(&l.ID, &year, &l.Line, &l.Flow, &state, &made, &l.MadeBy, &checked, &l.CheckedBy, &total); err != nil {
			return err
		}
		l.Year, l.State, l.Made, l.Total = int(year), ListState(state), clock.FromMicros(made), money.Fen(total)
		if checked != 0 {
			l.Checked = clock.FromMicros(checked)
		}
		out = append(out, l)
		return nil
	}, `select `+listColumns+` from policy_payment_lists `+where, args...)
	return out, err
}

// Lists are the payment lists, the newest first.
func (s *Service) Lists(ctx context.Context, before string, limit int) ([]PaymentList, error) {
	if access.Of(ctx).Scope(access.ClaimRead) != access.Zone {
		return nil, ErrDenied
	}
	return s.lists(ctx, outside{s.db}, `where ($1 = '' or id < $1) order by id desc limit $2`, before, int64(limit))
}

// List returns a payment list with its lines, accounts masked.
func (s *Service) List(ctx context.Context, id string) (*PaymentList, error) {
	if access.Of(ctx).Scope(access.ClaimRead) != access.Zone {
		return nil, ErrDenied
	}
	return s.list(ctx, outside{s.db}, id, true)
}

func (s *Service) list(ctx context.Context, q querier, id string, masked bool) (*PaymentList, error) {
	found, err := s.lists(ctx, q, `where id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	l := &found[0]
	err = rows(ctx, q, func(r *sql.Rows) error {
		p := Payment{List: id}
		var number, amount, state, paid int64
		if err := r.Scan(&number, &p.Claim, &amount, &state, &p.Reference, &paid, &p.PaidBy); err != nil {
			return err
		}
		p.Number, p.Amount, p.State = int(number), money.Fen(amount), PaymentState(state)
		if paid != 0 {
			p.Paid = clock.FromMicros(paid)
		}
		l.Payments = append(l.Payments, p)
		return nil
	}, `select number, claim, amount, state, reference, paid, paid_by from policy_payments where list = $1 order by number`, id)
	if err != nil {
		return nil, err
	}
	for i := range l.Payments {
		p := &l.Payments[i]
		c, err := s.claimIn(ctx, q, p.Claim)
		if err != nil {
			return nil, err
		}
		p.Clause, p.Name = c.Clause, c.Frozen.Name
		if err := s.unseal(c.sealedPayee, &p.Payee, "payee", c.Number); err != nil {
			return nil, err
		}
		if masked {
			p.Payee.Account = maskAccount(p.Payee.Account)
		}
	}
	return l, nil
}

// maskAccount leaves the last four characters of a bank account.
func maskAccount(account string) string {
	if len(account) <= 4 {
		return strings.Repeat("*", len(account))
	}
	return strings.Repeat("*", len(account)-4) + account[len(account)-4:]
}

// CheckList is another person's word that a list is in order; it can then be
// exported and paid.
func (s *Service) CheckList(ctx context.Context, id string) error {
	if err := s.may(ctx, access.BudgetManage, "payment.check", "payments:"+id); err != nil {
		return err
	}
	who, _ := actor(ctx)
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		l, err := s.list(ctx, inside{tx}, id, true)
		switch {
		case err != nil:
			return err
		case l.State != ListMade:
			return &Refusal{"list-state", "清单不在待复核状态", "the list is not waiting to be checked", "刷新页面", "look again"}
		case l.MadeBy == who:
			return &Refusal{"two-persons", "编制人不得复核自己的清单", "who made a list does not check it", "由另一人复核", "let another person check it"}
		}
		if _, err := tx.Exec(ctx, `update policy_payment_lists set state = $1, checked = $2, checked_by = $3 where id = $4`, int64(ListChecked), s.now(), who, id); err != nil {
			return err
		}
		return s.write(ctx, tx, "payment.check", "payments:"+id)
	})
}

// DropList gives up a list of which nothing was paid; its claims wait again.
func (s *Service) DropList(ctx context.Context, id, reason string) error {
	if err := s.may(ctx, access.ClaimWork, "payment.drop", "payments:"+id); err != nil {
		return err
	}
	reason, err := words(reason)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		l, err := s.list(ctx, inside{tx}, id, true)
		if err != nil {
			return err
		}
		for _, p := range l.Payments {
			if p.State == PaymentPaid || l.State == ListDone || l.State == ListDropped {
				return &Refusal{"list-state", "清单已拨付或已办结", "the list was paid or is closed", "逐笔办理", "deal with its lines"}
			}
		}
		if _, err := tx.Exec(ctx, `update policy_payment_lists set state = $1 where id = $2`, int64(ListDropped), id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update policy_payments set state = $1 where list = $2`, int64(PaymentLeft), id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update policy_claims set list = '' where list = $1`, id); err != nil {
			return err
		}
		return s.write(ctx, tx, "payment.drop", "payments:"+id, "reason="+reason)
	})
}

// Pay enters that the bank paid a line, with its reference: reserved money
// becomes paid. Nothing is paid while a claw-back is open against the beneficiary.
func (s *Service) Pay(ctx context.Context, id string, number int, reference string) error {
	if err := s.may(ctx, access.BudgetManage, "payment.confirm", "payments:"+id); err != nil {
		return err
	}
	reference, err := words(reference)
	if err != nil {
		return &Refusal{"reference", "请填写银行付款回单号", "give the bank's reference", "填写回单号", "write the reference"}
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, c, err := s.waiting(ctx, tx, id, number)
		if err != nil {
			return err
		}
		if blocked, err := s.blocked(ctx, tx, c); err != nil || blocked {
			if err != nil {
				return err
			}
			return &Refusal{"clawback", "受益人有未结的追回案件，不得拨付", "a claw-back is open against the beneficiary: nothing is paid", "先办结追回案件，或将此笔移出清单", "close it first, or leave the line out"}
		}
		if err := s.payOut(ctx, tx, c, fmt.Sprintf("%s/%d", id, number)); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, p, PaymentPaid, reference); err != nil {
			return err
		}
		if err := s.update(ctx, tx, c.Number, `state = $3`, int64(Paid)); err != nil {
			return err
		}
		return s.write(ctx, tx, "payment.confirm", "matter:"+c.Number, "list="+id, "amount="+p.Amount.String())
	})
}

// LeaveOut enters that a line was not paid, such as because the bank refused the
// account: the claim waits for another list.
func (s *Service) LeaveOut(ctx context.Context, id string, number int, reason string) error {
	if err := s.may(ctx, access.BudgetManage, "payment.leave", "payments:"+id); err != nil {
		return err
	}
	reason, err := words(reason)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, c, err := s.waiting(ctx, tx, id, number)
		if err != nil {
			return err
		}
		if err := s.settle(ctx, tx, p, PaymentLeft, ""); err != nil {
			return err
		}
		if err := s.update(ctx, tx, c.Number, `list = ''`); err != nil {
			return err
		}
		return s.write(ctx, tx, "payment.leave", "matter:"+c.Number, "list="+id, "reason="+reason)
	})
}

// waiting is a line of a checked list that waits, with its claim.
func (s *Service) waiting(ctx context.Context, tx *store.Tx, id string, number int) (*Payment, *Claim, error) {
	l, err := s.list(ctx, inside{tx}, id, true)
	if err != nil {
		return nil, nil, err
	}
	if l.State != ListChecked {
		return nil, nil, &Refusal{"list-state", "清单未复核或已办结", "the list is not checked, or closed", "先由另一人复核", "let another person check it first"}
	}
	for i := range l.Payments {
		p := &l.Payments[i]
		if p.Number != number || p.State != PaymentWaiting {
			continue
		}
		c, err := s.claimIn(ctx, inside{tx}, p.Claim)
		return p, c, err
	}
	return nil, nil, ErrNotFound
}

// settle ends a line, and its list with the last one.
func (s *Service) settle(ctx context.Context, tx *store.Tx, p *Payment, state PaymentState, reference string) error {
	who, _ := actor(ctx)
	if _, err := tx.Exec(ctx, `update policy_payments set state = $1, reference = $2, paid = $3, paid_by = $4 where list = $5 and number = $6`, int64(state), reference, s.now(), who, p.List, int64(p.Number)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update policy_payment_lists set state = $1 where id = $2 and not exists (select 1 from policy_payments where list = $2 and state = $3)`, int64(ListDone), p.List, int64(PaymentWaiting))
	return err
}
