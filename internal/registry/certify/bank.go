package certify

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// ChallengeState is where a small payment stands (打款验证状态). Its name is stored.
type ChallengeState string

// The states of a challenge.
const (
	Ordered   ChallengeState = "ordered"   // waits for the bank 待打款
	Paid      ChallengeState = "paid"      // the bank says it is paid 已打款
	Confirmed ChallengeState = "confirmed" // the amount was named 已验证
	Failed    ChallengeState = "failed"    // three wrong answers 验证失败
	Replaced  ChallengeState = "replaced"  // by a newer one 已作废
)

// Bounds of a challenge.
const (
	maxTries  = 3
	validFor  = 7 * 24 * time.Hour
	maxAmount = 999 // fen; three tries hit by chance three times in a thousand
	maxOrders = 5   // of one organisation in 30 days
)

// Challenge is what an applicant may know of a small payment: never its amount.
type Challenge struct {
	ID        string
	Matter    string
	Account   string // masked
	State     ChallengeState
	TriesLeft int
	Created   time.Time
	Expires   time.Time
}

// Over tells whether its time is over.
func (c *Challenge) Over(now time.Time) bool { return c.State != Confirmed && now.After(c.Expires) }

// Order is a small payment that a bank is to make (打款指令).
type Order struct {
	ID      string
	Number  uint64 // in the order in which they came
	Bank    string
	Account string
	Holder  string
	Amount  money.Fen
	State   ChallengeState
	Created time.Time
}

// Payout is a way to banks beside their taking orders here; it gets each order
// in the transaction that makes it. *feed.Stream behind FeedPayout is one.
type Payout interface {
	Order(ctx context.Context, tx *store.Tx, o Order) error
}

// FeedPayout writes orders into a stream, sealed, for a bank's connector to take.
type FeedPayout struct {
	Stream *feed.Stream
	Keys   *keys.Keyring
}

// Order implements Payout: a fact "order", version 1, its body the sealed JSON of
// the order, bound to "payout order ID"; the id stands before it, up to a blank.
func (p FeedPayout) Order(ctx context.Context, tx *store.Tx, o Order) error {
	plain, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = p.Stream.Append(ctx, tx, feed.Fact{Kind: "order", Version: 1, Body: p.Keys.Seal([]byte(o.ID+" "), plain, []byte("payout order "+o.ID))})
	return err
}

type account struct{ Bank, Account, Holder string }

// domain keeps the keys of accounts apart from all others.
const domain = 'B'

func (s *Service) accountKey(number string) []byte {
	k := s.c.Keys.Hasher().Key(domain, []byte(number))
	return k[:]
}

// challenge is the effect of a submission: a payment is ordered, unless the
// account is proved already or the one under way is for the same account.
func (s *Service) challenge(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	a := account{Bank: text(m, "bank_name"), Account: text(m, "bank_account"), Holder: text(m, "name")}
	if ok, err := s.isProved(ctx, tx, m.Org, a.Account); err != nil || ok {
		return err
	}
	last, key, err := s.last(ctx, tx, m.Number)
	if err != nil {
		return err
	}
	if last != nil && (last.State == Ordered || last.State == Paid) && string(key) == string(s.accountKey(a.Account)) && !last.Over(s.c.Clock.Now()) {
		return nil
	}
	return s.order(ctx, tx, m.Number, m.Org, a)
}

func (s *Service) order(ctx context.Context, tx *store.Tx, number, org string, a account) error {
	now := s.c.Clock.Now()
	var recent int
	if err := tx.QueryRow(ctx, `select count(*) from certify_challenges where org = $1 and created > $2`, org, clock.Micros(now.Add(-30*24*time.Hour))).Scan(&recent); err != nil {
		return store.Wrap("read challenges", err)
	}
	if recent >= maxOrders {
		return matter.Problems{{Code: "limit", Field: "bank_account", ZH: "30天内打款验证已达5次", EN: "five payments in 30 days are the most", FixZH: "核对账号，稍后再试，或联系窗口人工核实", FixEN: "check the account number and try later, or ask the office to verify it"}}
	}
	if _, err := tx.Exec(ctx, `update certify_challenges set state = 'replaced' where matter = $1 and state in ('ordered', 'paid')`, number); err != nil {
		return err
	}
	o, err := s.draw(a)
	if err != nil {
		return err
	}
	o.Created = now
	if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from certify_challenges`).Scan(&o.Number); err != nil {
		return store.Wrap("read challenges", err)
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into certify_challenges (id, number, matter, org, account_key, account, amount, state, tries, created, expires, paid, confirmed)
		values ($1, $2, $3, $4, $5, $6, $7, 'ordered', 0, $8, $9, 0, 0)`, o.ID, int64(o.Number), number, org, s.accountKey(a.Account),
		s.c.Keys.Seal(nil, plain, []byte("certify account "+o.ID)), s.c.Keys.Seal(nil, fmt.Appendf(nil, "%03d", int64(o.Amount)), []byte("certify amount "+o.ID)),
		clock.Micros(now), clock.Micros(now.Add(validFor))); err != nil {
		return err
	}
	if err := s.write(ctx, tx, "payout.order", "payout:"+o.ID, "matter="+number); err != nil {
		return err
	}
	if s.c.Payout != nil {
		return s.c.Payout.Order(ctx, tx, o)
	}
	return nil
}

func (s *Service) draw(a account) (Order, error) {
	o := Order{Bank: a.Bank, Account: a.Account, Holder: a.Holder, State: Ordered}
	n, err := rand.Int(s.c.Random, big.NewInt(maxAmount))
	if err != nil {
		return o, fmt.Errorf("certify: draw an amount: %w", err)
	}
	o.Amount = money.Fen(n.Int64() + 1)
	id, err := rand.Int(s.c.Random, new(big.Int).Lsh(big.NewInt(1), 80))
	if err != nil {
		return o, fmt.Errorf("certify: draw an id: %w", err)
	}
	o.ID = fmt.Sprintf("P%020x", id)
	return o, nil
}

// isProved tells whether the organisation has proved the account before.
func (s *Service) isProved(ctx context.Context, tx *store.Tx, org, number string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `select count(*) from certify_challenges where org = $1 and account_key = $2 and state = 'confirmed'`, org, s.accountKey(number)).Scan(&n)
	return n > 0, store.Wrap("read challenges", err)
}

// proved is the guard of the step that approves: the form's account is proved.
func (s *Service) proved(ctx context.Context, tx *store.Tx, m *matter.Matter) error {
	ok, err := s.isProved(ctx, tx, m.Org, text(m, "bank_account"))
	if err != nil || ok {
		return err
	}
	return matter.Problems{{Code: "bank-account", Field: "bank_account", ZH: "对公账户尚未通过打款验证", EN: "the bank account is not proved yet", FixZH: "等申请人回填收到的金额；账号有误的退回更正", FixEN: "wait until the applicant has named the amount; if the number is wrong, return the matter"}}
}

const challengeColumns = `id, matter, account, state, tries, created, expires, account_key`

func (s *Service) scan(row interface{ Scan(...any) error }) (*Challenge, []byte, error) {
	c := &Challenge{}
	var sealed, key []byte
	var tries int
	var created, expires int64
	if err := row.Scan(&c.ID, &c.Matter, &sealed, &c.State, &tries, &created, &expires, &key); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil, nil
		}
		return nil, nil, store.Wrap("read challenges", err)
	}
	a, err := s.open(c.ID, sealed)
	if err != nil {
		return nil, nil, err
	}
	c.Account, c.TriesLeft, c.Created, c.Expires = keys.MaskID(a.Account), maxTries-tries, clock.FromMicros(created), clock.FromMicros(expires)
	return c, key, nil
}

func (s *Service) open(id string, sealed []byte) (a account, err error) {
	plain, err := s.c.Keys.Open(nil, sealed, []byte("certify account "+id))
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(plain, &a)
}

func (s *Service) last(ctx context.Context, tx *store.Tx, number string) (*Challenge, []byte, error) {
	return s.scan(tx.QueryRow(ctx, `select `+challengeColumns+` from certify_challenges where matter = $1 order by number desc limit 1`, number))
}

// Challenge returns the newest payment of a matter that the caller may see, nil
// if there is none.
func (s *Service) Challenge(ctx context.Context, number string) (*Challenge, error) {
	if _, err := s.matters.Get(ctx, number); err != nil {
		return nil, err
	}
	c, _, err := s.scan(s.db.Read().QueryRowContext(ctx, `select `+challengeColumns+` from certify_challenges where matter = $1 order by number desc limit 1`, number))
	return c, err
}

// Confirm takes the amount that the applicant saw on their account. A wrong one
// costs a try; the third wrong one ends the payment. What hinders is Problems.
func (s *Service) Confirm(ctx context.Context, number string, amount money.Fen) error {
	m, err := s.applicants(ctx, number)
	if err != nil {
		return err
	}
	var refused error // committed with the try that it costs
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		refused = nil
		c, _, err := s.last(ctx, tx, m.Number)
		if err != nil {
			return err
		}
		if refused = s.answerable(c); refused != nil {
			return nil
		}
		right, err := s.amount(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if amount == right {
			if _, err := tx.Exec(ctx, `update certify_challenges set state = 'confirmed', confirmed = $2 where id = $1`, c.ID, clock.Micros(s.c.Clock.Now())); err != nil {
				return err
			}
			return s.matters.AddNote(ctx, tx, m.Number, "对公账户已通过打款验证", "the bank account is proved")
		}
		state := c.State
		if c.TriesLeft--; c.TriesLeft <= 0 {
			state = Failed
		}
		refused = wrongAmount(c.TriesLeft)
		if _, err := tx.Exec(ctx, `update certify_challenges set tries = tries + 1, state = $2 where id = $1`, c.ID, string(state)); err != nil {
			return err
		}
		return s.write(ctx, tx, "payout.wrong", "payout:"+c.ID, fmt.Sprintf("matter=%s tries_left=%d", m.Number, c.TriesLeft))
	})
	if err != nil {
		return err
	}
	return refused
}

func wrongAmount(left int) error {
	if left > 0 {
		return matter.Problems{{Code: "amount", Field: "amount", ZH: fmt.Sprintf("金额不符，还可尝试%d次", left), EN: fmt.Sprintf("this is not the amount; %d more tries", left), FixZH: "查看账户入账明细，按元填写，如 3.45", FixEN: "look at the account's entries and write the amount in yuan, such as 3.45"}}
	}
	return matter.Problems{{Code: "failed", Field: "amount", ZH: "三次金额不符，本次验证失败", EN: "three wrong answers: this payment proves nothing any more", FixZH: "重新发起打款验证", FixEN: "ask for a new payment"}}
}

// answerable refuses answers to a payment that can't be confirmed any more.
func (s *Service) answerable(c *Challenge) error {
	say := func(code, zh, en, fixZH, fixEN string) error {
		return matter.Problems{{Code: code, Field: "amount", ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN}}
	}
	switch {
	case c == nil:
		return say("none", "该办件没有打款验证", "no payment was ordered for this matter", "先提交办件", "submit the matter first")
	case c.State == Confirmed:
		return say("confirmed", "账户已通过验证", "the account is proved already", "无需再次填写", "nothing is left to do")
	case c.State == Failed || c.State == Replaced:
		return say("failed", "本次验证已结束", "this payment proves nothing any more", "重新发起打款验证", "ask for a new payment")
	case c.Over(s.c.Clock.Now()):
		return say("expired", "已超过7天，本次验证失效", "seven days are over: this payment proves nothing any more", "重新发起打款验证", "ask for a new payment")
	}
	return nil
}

func (s *Service) amount(ctx context.Context, tx *store.Tx, id string) (money.Fen, error) {
	var sealed []byte
	if err := tx.QueryRow(ctx, `select amount from certify_challenges where id = $1`, id).Scan(&sealed); err != nil {
		return 0, store.Wrap("read challenges", err)
	}
	return s.openAmount(id, sealed)
}

func (s *Service) openAmount(id string, sealed []byte) (money.Fen, error) {
	plain, err := s.c.Keys.Open(nil, sealed, []byte("certify amount "+id))
	if err != nil {
		return 0, err
	}
	var n int64
	if _, err := fmt.Sscanf(string(plain), "%d", &n); err != nil {
		return 0, fmt.Errorf("certify: stored amount: %w", err)
	}
	return money.Fen(n), nil
}

// applicants returns a matter that the caller applied in.
func (s *Service) applicants(ctx context.Context, number string) (*matter.Matter, error) {
	m, err := s.matters.Get(ctx, number)
	if err != nil {
		return nil, err
	}
	if !s.matters.Mine(ctx, m) {
		return nil, s.allowedNone(ctx, "payout.confirm", "matter:"+number)
	}
	return m, nil
}

func (s *Service) allowedNone(ctx context.Context, act, object string) error {
	if err := s.c.Audit.Record(ctx, audit.Entry{Actor: actor(ctx), Act: act, Object: object, Outcome: audit.Denied}); err != nil {
		return err
	}
	return matter.ErrDenied
}

// Again orders a new payment for a matter of the caller's, when the one before
// failed or is over.
func (s *Service) Again(ctx context.Context, number string) error {
	m, err := s.applicants(ctx, number)
	if err != nil {
		return err
	}
	if m.State.Closed() {
		return matter.Problems{{Code: "state", ZH: "办件已办结", EN: "the matter is closed", FixZH: "无需验证", FixEN: "nothing is left to do"}}
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, _, err := s.last(ctx, tx, number)
		if err != nil {
			return err
		}
		if c == nil || c.State == Confirmed || c.State != Failed && !c.Over(s.c.Clock.Now()) {
			return matter.Problems{{Code: "running", ZH: "打款验证正在进行或已完成", EN: "a payment is under way, or the account is proved", FixZH: "查看账户入账，回填金额", FixEN: "look at the account's entries and enter the amount"}}
		}
		var sealed []byte
		if err := tx.QueryRow(ctx, `select account from certify_challenges where id = $1`, c.ID).Scan(&sealed); err != nil {
			return store.Wrap("read challenges", err)
		}
		a, err := s.open(c.ID, sealed)
		if err != nil {
			return err
		}
		return s.order(ctx, tx, number, m.Org, a)
	})
}

// Orders returns the payments that wait for a bank, by number above after, in
// clear: the caller needs PayoutTake, and the reading is on record.
func (s *Service) Orders(ctx context.Context, after uint64, limit int) ([]Order, error) {
	if err := s.allowed(ctx, access.PayoutTake, "payout.take", "payouts"); err != nil {
		return nil, err
	}
	rows, err := s.db.Read().QueryContext(ctx, `select id, number, account, amount, state, created from certify_challenges where state = 'ordered' and number > $1 and expires > $3 order by number limit $2`, int64(after), limit, clock.Micros(s.c.Clock.Now()))
	if err != nil {
		return nil, store.Wrap("read challenges", err)
	}
	defer rows.Close()
	var out []Order
	for rows.Next() {
		var o Order
		var sealed, amount []byte
		var created int64
		if err := rows.Scan(&o.ID, &o.Number, &sealed, &amount, &o.State, &created); err != nil {
			return nil, store.Wrap("read challenges", err)
		}
		a, err := s.open(o.ID, sealed)
		if err != nil {
			return nil, err
		}
		if o.Amount, err = s.openAmount(o.ID, amount); err != nil {
			return nil, err
		}
		o.Bank, o.Account, o.Holder, o.Created = a.Bank, a.Account, a.Holder, clock.FromMicros(created)
		out = append(out, o)
	}
	if err := rows.Err(); err != nil || len(out) == 0 {
		return nil, store.Wrap("read challenges", err)
	}
	e := audit.Entry{Actor: actor(ctx), Act: "personal.read", Object: "payouts", Outcome: audit.Done, Purpose: "make the payments that prove accounts",
		Detail: fmt.Sprintf("orders=%d first=%s last=%s", len(out), out[0].ID, out[len(out)-1].ID)}
	return out, s.c.Audit.Record(ctx, e)
}

// MarkPaid says that the bank made a payment.
func (s *Service) MarkPaid(ctx context.Context, id string) error {
	if err := s.allowed(ctx, access.PayoutTake, "payout.paid", "payout:"+id); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		r, err := tx.Exec(ctx, `update certify_challenges set state = 'paid', paid = $2 where id = $1 and state = 'ordered'`, id, clock.Micros(s.c.Clock.Now()))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, notOrdered(ctx, tx, id))
		}
		return s.write(ctx, tx, "payout.paid", "payout:"+id, "")
	})
}

// notOrdered tells a payment that is paid already, which is fine, from one that
// is not there.
func notOrdered(ctx context.Context, tx *store.Tx, id string) error {
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from certify_challenges where id = $1`, id).Scan(&n); err != nil {
		return store.Wrap("read challenges", err)
	}
	if n == 0 {
		return matter.ErrNotFound
	}
	return nil
}
