package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, clock.Beijing)

// zone is a SQL ledger under test.
type zone struct {
	testing.TB
	db *store.DB
	l  *ledger.Ledger
}

func eachLedger(t *testing.T, f func(t *testing.T, z zone)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f(t, zone{t, s.Services, ledger.New(s.Services, clock.NewFixed(noon))})
	}, ledger.Migration)
}

func (z zone) write(fn func(ctx context.Context, tx *store.Tx) error) error {
	return z.db.Write(z.Context(), fn)
}

func (z zone) open(name string, u ledger.Unit, l ledger.Limits) {
	z.Helper()
	z.openAll(u, l, name)
}

func (z zone) openAll(u ledger.Unit, l ledger.Limits, names ...string) {
	z.Helper()
	if err := z.write(func(ctx context.Context, tx *store.Tx) error {
		for _, n := range names {
			if err := z.l.OpenAccount(ctx, tx, ledger.Opening{Name: n, Unit: u, Limits: l}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		z.Fatal(err)
	}
}

func (z zone) transfer(t ledger.Transfer) error {
	return z.write(func(ctx context.Context, tx *store.Tx) error { return z.l.Transfer(ctx, tx, t) })
}

func (z zone) balance(name string) int64 {
	z.Helper()
	a, err := z.l.Balance(z.Context(), name)
	if err != nil {
		z.Fatal(err)
	}
	return a.Balance
}

func (z zone) verified() {
	z.Helper()
	diff, err := z.l.Verify(z.Context())
	if err != nil || len(diff) != 0 {
		z.Errorf("verify: %v, %v; want no difference", diff, err)
	}
}

func yuan(key, from, to string, amount int64) ledger.Transfer {
	return ledger.Transfer{Key: key, Debit: from, Credit: to, Amount: amount, Unit: ledger.CNYFen, Memo: "test"}
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, z zone) {
		z.open("purse", ledger.CNYFen, ledger.Unlimited)
		z.open("budget", ledger.CNYFen, ledger.Between(0, 1000))
		z.open("grams", ledger.Gram, ledger.Unlimited)
		limit := func(name string, lim, would int64, side ledger.Side) *ledger.LimitError {
			return &ledger.LimitError{Name: name, Unit: ledger.CNYFen, Limit: lim, WouldBe: would, Side: side}
		}
		for i, s := range []struct {
			t      ledger.Transfer
			want   error
			budget int64
		}{
			{yuan("k1", "purse", "budget", 700), nil, 700},
			{yuan("k1", "purse", "budget", 700), nil, 700},                 // the same again: once
			{yuan("k1", "purse", "budget", 701), ledger.ErrKeyReused, 700}, // other content
			{yuan("k1", "budget", "purse", 700), ledger.ErrKeyReused, 700}, // other direction
			{yuan("k2", "purse", "budget", 301), limit("budget", 1000, 1001, ledger.Ceiling), 700},
			{yuan("k2", "purse", "budget", 300), nil, 1000}, // a refused key is still free
			{yuan("k3", "budget", "purse", 1001), limit("budget", 0, -1, ledger.Floor), 1000},
			{yuan("k3", "budget", "purse", 1000), nil, 0},
			{yuan("k4", "purse", "nobody", 1), ledger.ErrNoAccount, 0},
			{yuan("k4", "purse", "grams", 1), ledger.ErrUnit, 0},
			{yuan("k4", "purse", "purse", 1), ledger.ErrTransfer, 0},
			{yuan("k4", "purse", "budget", 0), ledger.ErrTransfer, 0},
			{yuan("k4", "purse", "budget", -5), ledger.ErrTransfer, 0},
			{yuan("k4", "purse", "budget", ledger.MaxAmount+1), ledger.ErrTransfer, 0},
			{yuan("", "purse", "budget", 1), ledger.ErrTransfer, 0},
		} {
			wantErr(t, i, z.transfer(s.t), s.want)
			if got := z.balance("budget"); got != s.budget {
				t.Fatalf("step %d: budget holds %d, want %d", i, got, s.budget)
			}
		}
		lines, err := z.l.Statement(t.Context(), "budget", 1, 10)
		if err != nil || len(lines) != 2 {
			t.Fatalf("statement: %v, %v; want 2 lines after the first", lines, err)
		}
		if n := lines[1]; n.Number != 3 || n.Transfer != "k3" || n.Amount != -1000 || n.Balance != 0 || n.Memo != "test" || !n.At.Equal(noon) {
			t.Errorf("last line = %+v", n)
		}
		z.verified()
	})
}

func TestJournalEntries(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, z zone) {
		for _, name := range []string{"a", "b", "c"} {
			z.open(name, ledger.CNYFen, ledger.Between(-100, 100))
		}
		z.open("g1", ledger.Gram, ledger.Unlimited)
		z.open("g2", ledger.Gram, ledger.Unlimited)
		leg := func(name string, amount int64) ledger.Leg {
			u := ledger.CNYFen
			if strings.HasPrefix(name, "g") {
				u = ledger.Gram
			}
			return ledger.Leg{Account: name, Unit: u, Amount: amount}
		}
		var limit *ledger.LimitError
		for i, s := range []struct {
			legs []ledger.Leg
			want error
			a, g int64
		}{
			{[]ledger.Leg{leg("a", -60), leg("b", 20), leg("c", 40), leg("g1", 5), leg("g2", -5)}, nil, -60, 5},
			{[]ledger.Leg{leg("a", 10), leg("b", 20), leg("c", -30), leg("b", 0)}, ledger.ErrTransfer, -60, 5},
			{[]ledger.Leg{leg("a", 10), leg("b", -9)}, ledger.ErrTransfer, -60, 5},
			{[]ledger.Leg{leg("a", 10), leg("g1", -10)}, ledger.ErrTransfer, -60, 5},
			{[]ledger.Leg{leg("a", 5), leg("a", -5)}, ledger.ErrTransfer, -60, 5},
			{[]ledger.Leg{leg("a", 5)}, ledger.ErrTransfer, -60, 5},
			{nil, ledger.ErrTransfer, -60, 5},
		} {
			err := z.write(func(ctx context.Context, tx *store.Tx) error {
				return z.l.Post(ctx, tx, ledger.JournalEntry{Key: fmt.Sprint("e", i), Legs: s.legs})
			})
			wantErr(t, i, err, s.want)
			if a, g := z.balance("a"), z.balance("g1"); a != s.a || g != s.g {
				t.Fatalf("step %d: a %d, g1 %d; want %d, %d", i, a, g, s.a, s.g)
			}
		}
		// A refused entry leaves nothing in a transaction that goes on.
		err := z.write(func(ctx context.Context, tx *store.Tx) error {
			err := z.l.Post(ctx, tx, ledger.JournalEntry{Key: "x", Legs: []ledger.Leg{leg("a", 50), leg("b", 30), leg("c", -80), leg("g1", 1), leg("g2", -1)}})
			if err != nil {
				return err
			}
			refused := z.l.Post(ctx, tx, ledger.JournalEntry{Key: "y", Legs: []ledger.Leg{leg("a", -50), leg("b", 51), leg("c", -1)}})
			if !errors.As(refused, &limit) || limit.Name != "b" || limit.WouldBe != 101 {
				t.Errorf("refused: %v, want the limit of b at 101", refused)
			}
			a, err := z.l.BalanceIn(ctx, tx, "a")
			if err != nil || a.Balance != -10 || a.Legs != 2 {
				t.Errorf("a within the transaction = %+v, %v", a, err)
			}
			return z.l.Transfer(ctx, tx, yuan("y", "a", "c", 1))
		})
		if err != nil || z.balance("a") != -11 || z.balance("b") != 50 || z.balance("c") != -39 {
			t.Errorf("%v; a %d, b %d, c %d", err, z.balance("a"), z.balance("b"), z.balance("c"))
		}
		z.verified()
	})
}

func TestAccountsAndLimits(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, z zone) {
		z.open("purse", ledger.CNYFen, ledger.Unlimited)
		z.open("a", ledger.CNYFen, ledger.Between(0, 100))
		z.open("a", ledger.CNYFen, ledger.Between(0, 5)) // stays as it is
		if err := z.transfer(yuan("k", "purse", "a", 80)); err != nil {
			t.Fatal(err)
		}
		open := func(o ledger.Opening) error {
			return z.write(func(ctx context.Context, tx *store.Tx) error { return z.l.OpenAccount(ctx, tx, o) })
		}
		set := func(name string, l ledger.Limits) error {
			return z.write(func(ctx context.Context, tx *store.Tx) error { return z.l.SetLimits(ctx, tx, name, l) })
		}
		for i, s := range []struct{ got, want error }{
			{open(ledger.Opening{Name: "a", Unit: ledger.Gram, Limits: ledger.Unlimited}), ledger.ErrUnit},
			{open(ledger.Opening{Name: "", Unit: ledger.Gram, Limits: ledger.Unlimited}), ledger.ErrTransfer},
			{open(ledger.Opening{Name: "z", Unit: 9, Limits: ledger.Unlimited}), ledger.ErrTransfer},
			{open(ledger.Opening{Name: "z", Unit: ledger.Gram, Limits: ledger.Between(1, 2)}), ledger.ErrLimits},
			{set("nobody", ledger.Unlimited), ledger.ErrNoAccount},
			{set("a", ledger.Between(5, 4)), ledger.ErrLimits},
			{set("a", ledger.Between(0, 79)), &ledger.LimitError{Name: "a", Unit: ledger.CNYFen, Limit: 79, WouldBe: 80, Side: ledger.Ceiling}},
			{set("a", ledger.Between(81, 99)), &ledger.LimitError{Name: "a", Unit: ledger.CNYFen, Limit: 81, WouldBe: 80, Side: ledger.Floor}},
			{set("a", ledger.Between(80, 80)), nil},
		} {
			wantErr(t, i, s.got, s.want)
		}
		a, err := z.l.Balance(t.Context(), "a")
		if err != nil || a.Limits != ledger.Between(80, 80) || a.Balance != 80 || a.Unit != ledger.CNYFen || a.Legs != 1 {
			t.Errorf("a = %+v, %v", a, err)
		}
		if p, err := z.l.Balance(t.Context(), "purse"); err != nil || p.Limits != ledger.Unlimited {
			t.Errorf("purse = %+v, %v", p, err)
		}
		// Without limits there still is the range of the figures: refused, not wrapped.
		z.open("heap", ledger.CNYFen, ledger.AtLeast(0))
		for i := range 5 {
			var want error
			if i >= 3 { // the purse would fall below -2^62
				want = ledger.ErrRange
			}
			wantErr(t, i, z.transfer(yuan(fmt.Sprint("big", i), "purse", "heap", ledger.MaxAmount)), want)
		}
		if h := z.balance("heap"); h != 3*ledger.MaxAmount {
			t.Errorf("heap holds %d", h)
		}
		z.verified()
	})
}

func TestVerifyFindsEveryKindOfDamage(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]struct {
		sql  string
		want []string // subjects, each at least once
	}{
		"balance":      {`update ledger_accounts set balance = balance + 1 where name = 'a'`, []string{"unit 1", "a"}},
		"two balances": {`update ledger_accounts set balance = balance + case name when 'a' then 1 else -1 end where name in ('a', 'b')`, []string{"a", "b"}},
		"lost leg":     {`delete from ledger_legs where account = 'a' and number = 1`, []string{"a", "k1"}},
		"lost entry":   {`delete from ledger_legs where transfer = 'k1'`, []string{"a", "b", "k1"}},
		"line balance": {`update ledger_legs set balance = balance + 1 where account = 'a' and number = 1`, []string{"a"}},
		"amount":       {`update ledger_legs set amount = amount + 1 where account = 'a' and number = 1`, []string{"a", "k1"}},
		"memo":         {`update ledger_transfers set memo = 'other' where key = 'k2'`, []string{"k2"}},
		"leg count":    {`update ledger_accounts set legs = legs + 1 where name = 'b'`, []string{"b"}},
		"limit":        {`update ledger_accounts set ceiling = 1 where name = 'b'`, []string{"b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachLedger(t, func(t *testing.T, z zone) {
				z.open("a", ledger.CNYFen, ledger.Unlimited)
				z.open("b", ledger.CNYFen, ledger.Unlimited)
				for i, amount := range []int64{10, 20} {
					if err := z.transfer(yuan(fmt.Sprint("k", i+1), "a", "b", amount)); err != nil {
						t.Fatal(err)
					}
				}
				z.verified()
				if err := z.write(func(ctx context.Context, tx *store.Tx) error {
					unguard := `pragma ignore_check_constraints = on`
					if tx.Dialect() == store.Postgres {
						unguard = `alter table ledger_accounts drop constraint ledger_accounts_check`
					}
					if _, err := tx.Exec(ctx, unguard); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, d.sql)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				diff, err := z.l.Verify(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				found := map[string]bool{}
				for _, f := range diff {
					found[f.Subject] = true
					if f.ZH == "" || f.EN == "" || strings.ContainsAny(f.EN, "{}") {
						t.Errorf("finding without words: %+v", f)
					}
				}
				for _, w := range d.want {
					if !found[w] {
						t.Errorf("nothing found about %s: %v", w, diff)
					}
				}
				if len(found) != len(d.want) {
					t.Errorf("found %v, want %v", diff, d.want)
				}
			})
		})
	}
}

// Any list of transfers leaves the balances that plain addition gives, those
// refused left out, and a ledger that verifies.
func TestTransfersAddUp(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, z zone) {
		names := []string{"p", "q", "r"}
		run := 0
		rapid.Check(t, func(rt *rapid.T) {
			run++
			want := map[string]int64{}
			z.openAll(ledger.Piece, ledger.Between(-50, 50), fmt.Sprint("p", run), fmt.Sprint("q", run), fmt.Sprint("r", run))
			for i := range rapid.IntRange(1, 5).Draw(rt, "transfers") {
				from := rapid.SampledFrom(names).Draw(rt, "from")
				to := rapid.SampledFrom(names).Filter(func(s string) bool { return s != from }).Draw(rt, "to")
				amount := rapid.Int64Range(1, 60).Draw(rt, "amount")
				tr := ledger.Transfer{Key: fmt.Sprint(run, "/", i), Debit: fmt.Sprint(from, run), Credit: fmt.Sprint(to, run), Amount: amount, Unit: ledger.Piece}
				ok := want[from]-amount >= -50 && want[to]+amount <= 50
				for range rapid.IntRange(1, 2).Draw(rt, "tries") {
					err := z.transfer(tr)
					var limit *ledger.LimitError
					if ok != (err == nil) || err != nil && !errors.As(err, &limit) {
						rt.Fatalf("transfer %+v: %v", tr, err)
					}
				}
				if ok {
					want[from], want[to] = want[from]-amount, want[to]+amount
				}
			}
			for _, n := range names {
				if got := z.balance(fmt.Sprint(n, run)); got != want[n] {
					rt.Fatalf("%s holds %d, want %d", n, got, want[n])
				}
			}
		})
		z.verified()
	})
}
