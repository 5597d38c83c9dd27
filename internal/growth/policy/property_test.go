package policy

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// bench is the service with nothing but its money.
type bench struct {
	*Service
	t      *testing.T
	ledger *ledger.Ledger
	claims []string
}

const (
	wholeCap = 60_000_00
	lineCap  = 40_000_00
	eachCap  = 15_000_00 // cumulative, an enterprise
	crowdOf  = 6         // enterprises
	claimsOf = 10        // an enterprise
)

func newBench(t *testing.T, s *store.Store) *bench {
	ring, err := keys.New(keys.AES256GCM, time.Unix(0, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFixed(time.Date(2026, 3, 2, 9, 0, 0, 0, clock.Beijing))
	empty, err := pack.NewSet()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, ledger: ledger.New(s.Services, c)}
	b.Service = New(Config{DB: s.Services, Keys: ring, Clock: c, Random: rand.Reader, Ledger: b.ledger, Audit: audit.New(audit.Config{DB: s.Services, Keys: ring, Clock: c}), Rules: func() *pack.Set { return empty }})
	admin := as("boss")
	for _, l := range []Line{{Year: 2026, Cap: wholeCap}, {Year: 2026, Line: "one", Cap: lineCap}, {Year: 2026, Line: "two", Cap: lineCap}} {
		if err := b.SetBudget(admin, l, "年度预算"); err != nil {
			t.Fatal(err)
		}
	}
	b.enter()
	return b
}

func as(id string) context.Context {
	return access.With(context.Background(), &access.Principal{ID: id, Roles: []access.Role{access.Admin}})
}

// enter writes claims of two lines, each of a year of its own.
func (b *bench) enter() {
	b.t.Helper()
	err := b.db.Write(b.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for e := range crowdOf {
			for n := range claimsOf {
				line := []string{"one", "two"}[n%2]
				clause := &Clause{ID: "clause-" + line, Pack: "trial", Frequency: Yearly, Cumulative: &Cumulative{Cap: eachCap, Years: 3, Per: "enterprise"}, Uses: []string{"jobs_year"}, Programme: "trial"}
				c := &Claim{Number: fmt.Sprintf("PZ%d%02d", e, n), Pack: clause.Pack, Clause: clause.ID, Year: 2024 + n%3, Subject: fact.Subject{Kind: fact.Enterprise, ID: fmt.Sprintf("E%d", e)},
					Enterprise: fmt.Sprintf("E%d", e), Flow: FlowCity, Line: line, Frozen: Frozen{Clause: clause, Name: "甲"}}
				if err := b.insert(ctx, tx, c, Payee{Name: "甲", Account: "252345678901"}); err != nil {
					return err
				}
				b.claims = append(b.claims, c.Number)
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// random does one random thing to the money of a claim.
func (b *bench) random(r *mathrand.Rand) error {
	number := b.claims[r.IntN(len(b.claims))]
	amount := money.Fen(1 + r.IntN(9_000_00))
	switch r.IntN(6) {
	case 0, 1, 2:
		return b.approve(number, amount)
	case 3:
		l, err := b.MakeList(as("maker"), 2026, []string{"one", "two"}[r.IntN(2)], FlowCity)
		if err != nil {
			return err
		}
		if err := b.CheckList(as("checker"), l.ID); err != nil {
			return err
		}
		for _, p := range l.Payments {
			if r.IntN(3) == 0 {
				err = errors.Join(err, b.LeaveOut(as("checker"), l.ID, p.Number, "账户有误"))
				continue
			}
			err = errors.Join(err, b.Pay(as("checker"), l.ID, p.Number, "回单"))
		}
		return err
	case 4:
		back, err := b.OpenClawBack(as("maker"), number, amount, "核查发现问题")
		if err != nil {
			return err
		}
		return b.DecideClawBack(as("checker"), back.ID, r.IntN(4) > 0, "核实后决定")
	}
	list, err := b.ClawBacks(as("checker"), "", "", 50)
	for _, back := range list {
		if back.State == BackDecided {
			return b.ReturnMoney(as("checker"), back.ID, min(back.Amount-back.Returned, amount), "回单")
		}
	}
	return err
}

func (b *bench) approve(number string, amount money.Fen) error {
	return b.db.Write(as("boss"), func(ctx context.Context, tx *store.Tx) error {
		c, err := b.claimIn(ctx, inside{tx}, number)
		if err != nil || c.State != Asked {
			return err
		}
		return b.grant(ctx, tx, c, amount)
	})
}

// expected are errors that a random act may meet.
func expected(err error) bool {
	var r *Refusal
	var ps matter.Problems
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !expected(e) {
				return false
			}
		}
		return true
	}
	return err == nil || errors.As(err, &r) || errors.As(err, &ps) || errors.Is(err, ErrNotFound) || errors.Is(err, store.ErrConflict)
}

// TestRandomAwardsInParallelBreakNoCap: whatever is approved, paid, left out, taken
// back and returned at the same time, no budget and no cumulative cap is passed,
// sums are zero, and the accounts are what the claims say.
func TestRandomAwardsInParallelBreakNoCap(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBench(t, s)
		var wait sync.WaitGroup
		for worker := range 6 {
			wait.Go(func() {
				r := mathrand.New(mathrand.NewPCG(uint64(worker), 20260302))
				for range 25 {
					if err := b.random(r); !expected(err) {
						t.Errorf("worker %d: %v", worker, err)
						return
					}
				}
			})
		}
		wait.Wait()
		b.prove()
	}, append(append(matter.Migrations(), Migrations()...), audit.Migration)...)
}

// prove holds the accounts against the claims.
func (b *bench) prove() {
	b.t.Helper()
	ctx := as("boss")
	wrong, err := b.ledger.Verify(ctx)
	if err != nil || len(wrong) > 0 {
		b.t.Fatalf("%v, %v", wrong, err)
	}
	lines, err := b.Budgets(ctx, 2026)
	if err != nil {
		b.t.Fatal(err)
	}
	all, err := b.claimsOfAll(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	bound := map[string]money.Fen{}
	each := map[string]money.Fen{}
	granted := 0
	for _, c := range all {
		back, err := b.returned(ctx, outside{b.db}, c.Number)
		if err != nil {
			b.t.Fatal(err)
		}
		if c.State.stands() || c.State == TakenBack && c.List != "" { // what was paid stays bound
			bound[c.Line] += c.Granted
			bound[""] += c.Granted
		}
		if c.State.stands() {
			granted++
			each[c.Enterprise+c.Clause+itoa(c.FirstYear)] += c.Granted - back
		}
	}
	for _, l := range lines {
		if l.Bound != bound[l.Line] || l.Bound > l.Cap || l.Line != "" && l.Bound != l.Reserved+l.Paid+l.Returned {
			b.t.Errorf("line %q: %+v, the claims say %s", l.Line, l, bound[l.Line])
		}
	}
	for who, sum := range each {
		if sum > eachCap {
			b.t.Errorf("%s has %s", who, sum)
		}
	}
	if granted == 0 {
		b.t.Error("nothing was granted: the test shows nothing")
	}
}

func (b *bench) claimsOfAll(ctx context.Context) ([]Claim, error) {
	return b.Service.claims(ctx, outside{b.db}, `order by number`)
}
