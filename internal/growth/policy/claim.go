package policy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// State is where a claim stands as to its money (申领状态); its way through the
// office is that of the matter. Its number is stored.
type State int64

// The states.
const (
	Asked     State = 1 // 办理中
	Granted   State = 2 // the amount is bound in the budget 已核定
	Paid      State = 3 // 已拨付
	Over      State = 4 // refused or withdrawn 未获支持
	TakenBack State = 5 // 已追回
)

// stands tells whether an award counts as given.
func (s State) stands() bool { return s == Granted || s == Paid }

// Payee is where an award is paid to (收款账户). Account is masked unless read for
// a payment.
type Payee struct {
	Name    string `json:"name"`
	Bank    string `json:"bank"`
	Account string `json:"account"`
}

// Frozen is what stands with a claim by value: the clause, its working and the
// figures as they were when it was handed in.
type Frozen struct {
	Clause  *Clause      `json:"clause"`
	Entry   Entry        `json:"entry"`
	Figures fact.Figures `json:"figures"`
	Rules   string       `json:"rules"` // version of the set of packs
	Name    string       `json:"name"`  // of the subject
}

// Claim is one claim of an incentive (申领). Its number is that of its matter.
type Claim struct {
	Number      string
	Pack        string
	Clause      string
	Year        int // of the figures
	Subject     fact.Subject
	Enterprise  string
	Org         string
	Agent       string // organisation that applied by a mandate; "" none
	State       State
	Flow        string
	Line        string
	BudgetYear  int
	Most        *money.Fen // nil: the clause states no amount
	Proposed    *money.Fen // nil: the office proposes none yet
	Granted     money.Fen
	FirstYear   int
	PublicFrom  clock.Day
	PublicTo    clock.Day
	List        string
	Created     time.Time
	Changed     time.Time
	Frozen      Frozen
	sealedPayee []byte
}

const claimColumns = `number, pack, clause, year, kind, subject, enterprise, org, state, flow, line, budget_year, most, proposed, granted, first_year, public_from, public_to, list, created, changed, payee, body, agent`

func (s *Service) seal(value any, place, id string) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return s.c.Keys.Seal(nil, text, []byte("policy/"+place+"/"+id)), nil
}

func (s *Service) unseal(sealed []byte, into any, place, id string) error {
	text, err := s.c.Keys.Open(nil, sealed, []byte("policy/"+place+"/"+id))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// optional is an amount as it is stored: -1 is none.
func optional(f *money.Fen) int64 {
	if f == nil {
		return -1
	}
	return int64(*f)
}

func fenOf(n int64) *money.Fen {
	if n < 0 {
		return nil
	}
	f := money.Fen(n)
	return &f
}

func (s *Service) scan(r *sql.Rows) (*Claim, error) {
	var c Claim
	var year, state, budget, most, proposed, granted, first, from, to, created, changed int64
	var kind string
	var body []byte
	if err := r.Scan(&c.Number, &c.Pack, &c.Clause, &year, &kind, &c.Subject.ID, &c.Enterprise, &c.Org, &state, &c.Flow, &c.Line, &budget, &most, &proposed, &granted,
		&first, &from, &to, &c.List, &created, &changed, &c.sealedPayee, &body, &c.Agent); err != nil {
		return nil, err
	}
	c.Year, c.Subject.Kind, c.State, c.BudgetYear, c.Granted, c.FirstYear = int(year), fact.Kind(kind), State(state), int(budget), money.Fen(granted), int(first)
	c.Most, c.Proposed, c.PublicFrom, c.PublicTo, c.Created, c.Changed = fenOf(most), fenOf(proposed), clock.Day(from), clock.Day(to), clock.FromMicros(created), clock.FromMicros(changed)
	if err := s.unseal(body, &c.Frozen, "claim", c.Number); err != nil {
		return nil, err
	}
	c.Frozen.Entry.Clause = c.Frozen.Clause
	return &c, nil
}

// claims reads claims by a condition.
func (s *Service) claims(ctx context.Context, q querier, where string, args ...any) (out []Claim, err error) {
	err = rows(ctx, q, func(r *sql.Rows) error {
		c, err := s.scan(r)
		if err == nil {
			out = append(out, *c)
		}
		return err
	}, `select `+claimColumns+` from policy_claims `+where, args...)
	return out, err
}

func (s *Service) claimIn(ctx context.Context, q querier, number string) (*Claim, error) {
	list, err := s.claims(ctx, q, `where number = $1`, number)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return &list[0], nil
}

// insert writes a claim that was handed in, or hands it in again.
func (s *Service) insert(ctx context.Context, tx *store.Tx, c *Claim, payee Payee) error {
	body, err := s.seal(c.Frozen, "claim", c.Number)
	if err != nil {
		return err
	}
	sealed, err := s.seal(payee, "payee", c.Number)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from policy_claims where number = $1 and state = $2`, c.Number, int64(Asked)); err != nil {
		return err
	}
	// What was completed is judged anew: points were given to what stood there before.
	if _, err := tx.Exec(ctx, `delete from policy_scores where claim = $1`, c.Number); err != nil {
		return err
	}
	now := s.now()
	_, err = tx.Exec(ctx, `insert into policy_claims (`+claimColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		c.Number, c.Pack, c.Clause, int64(c.Year), string(c.Subject.Kind), c.Subject.ID, c.Enterprise, c.Org, int64(Asked), c.Flow, c.Line, int64(0), optional(c.Most), int64(-1), int64(0),
		int64(0), int64(0), int64(0), "", now, now, sealed, body, c.Agent)
	return err
}

// ClaimFilter chooses claims.
type ClaimFilter struct {
	State   State // 0: any
	Clause  string
	Subject fact.Subject
	Before  string // number of the last one of the page before
	Limit   int    // 1 to 200; 40 if 0
}

// Claims lists claims that the caller may see, the newest first: its own are
// those of its organisation and of its enterprise codes, and those with which it
// applied for a client whose mandate is in force.
func (s *Service) Claims(ctx context.Context, f ClaimFilter) ([]Claim, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 40
	}
	where := `where ($1 = 0 or state = $1) and ($2 = '' or clause = $2) and ($3 = '' or (kind = $3 and subject = $4)) and ($5 = '' or number < $5)`
	args := []any{int64(f.State), f.Clause, string(f.Subject.Kind), f.Subject.ID, f.Before}
	p := access.Of(ctx)
	switch p.Scope(access.ClaimRead) {
	case access.None:
		return nil, ErrDenied
	case access.Own:
		where += ` and (org <> '' and org = $6`
		args = append(args, p.Org)
		for _, code := range p.Codes {
			args = append(args, code)
			where += ` or enterprise = $` + strconv.Itoa(len(args))
		}
		for _, m := range mandated(p) {
			for _, code := range append([]string{m.Client}, m.Codes...) {
				args = append(args, code)
				where += ` or enterprise <> '' and agent = $6 and enterprise = $` + strconv.Itoa(len(args))
			}
		}
		where += `)`
	}
	args = append(args, int64(f.Limit))
	return s.claims(ctx, outside{s.db}, where+` order by number desc limit $`+strconv.Itoa(len(args)), args...)
}

// Claim returns a claim that the caller may see; ErrNotFound otherwise.
func (s *Service) Claim(ctx context.Context, number string) (*Claim, error) {
	c, err := s.claimIn(ctx, outside{s.db}, number)
	if err != nil {
		return nil, err
	}
	p := access.Of(ctx)
	if p.Scope(access.ClaimRead) == access.Zone || p.Scope(access.ClaimRead) == access.Own && owns(p, c.holder()) || handles(p, c) {
		return c, nil
	}
	return nil, ErrNotFound
}

// update changes columns of a claim.
func (s *Service) update(ctx context.Context, tx *store.Tx, number, set string, args ...any) error {
	args = append([]any{number, s.now()}, args...)
	res, err := tx.Exec(ctx, `update policy_claims set changed = $2, `+set+` where number = $1`, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}

// holder is the beneficiary of a claim.
func (c *Claim) holder() *Holder {
	return &Holder{Subject: c.Subject, Name: c.Frozen.Name, Org: c.Org, Enterprise: c.Enterprise}
}
