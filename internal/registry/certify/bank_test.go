package certify_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

func TestAnAccountIsProvedWithinThreeTriesAndSevenDays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := open(t, s)
		clerk, other := as(t, "u1", b.org, access.Clerk), as(t, "u2", b.far, access.Clerk)
		m := b.submit(t, clerk, form(good))
		_, amount := b.amount(t)
		if err := b.Confirm(other, m.Number, amount); !errors.Is(err, matter.ErrNotFound) {
			t.Fatalf("another enterprise: %v", err)
		}
		if err := b.Again(clerk, m.Number); code(err) != "running" {
			t.Fatal(err)
		}
		for _, want := range []string{"amount", "amount", "failed", "failed"} {
			if err := b.Confirm(clerk, m.Number, amount+1); code(err) != want {
				t.Fatalf("%v, want %s", err, want)
			}
		}
		if err := b.Confirm(clerk, m.Number, amount); code(err) != "failed" {
			t.Fatalf("the right amount after three wrong ones: %v", err)
		}
		if err := b.Again(clerk, m.Number); err != nil {
			t.Fatal(err)
		}
		_, amount = b.amount(t)
		b.clock.Advance(7*24*time.Hour + time.Second)
		if err := b.Confirm(clerk, m.Number, amount); code(err) != "expired" {
			t.Fatalf("after seven days: %v", err)
		}
		for range 3 {
			if err := b.Again(clerk, m.Number); err != nil {
				t.Fatal(err)
			}
			b.clock.Advance(7*24*time.Hour + time.Second)
		}
		if err := b.Again(clerk, m.Number); code(err) != "limit" {
			t.Fatalf("a sixth payment in 30 days: %v", err)
		}
	}, migrations()...)
}

func TestTheAmountIsForTheBankAlone(t *testing.T) {
	t.Parallel()
	b := open(t, storetest.SQLite(t, migrations()...))
	clerk := as(t, "u1", b.org, access.Clerk)
	m := b.submit(t, clerk, form(good))
	for _, role := range access.Roles() {
		_, err := b.Orders(as(t, "x", b.org, role), 0, 10)
		if may := role == access.Bank; may != (err == nil) {
			t.Errorf("%s: %v", role, err)
		}
	}
	c, err := b.Challenge(clerk, m.Number)
	if err != nil || c.Account != "25********01" || c.TriesLeft != 3 {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := b.log.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, _, err := b.log.List(access.With(t.Context(), access.System()), audit.Filter{}, "", 200)
	if err != nil {
		t.Fatal(err)
	}
	read := slices.ContainsFunc(list, func(r audit.Record) bool { return r.Act == "personal.read" && r.Object == "payouts" && r.Purpose != "" })
	if !read {
		t.Error("the bank's reading is not on record")
	}
}
