package taxbill_test

import (
	"context"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/kernel/clock"
)

// Following takes decisions in as they come and sums up what the clock's day
// makes due.
func TestFollow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		x.parcels(t, 1)
		x.core.Clock.Set(clock.Day(20261223).Time().Add(9 * time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- x.Follow(ctx, x.core) }()
		x.core.Send(t, coretest.Parcel(2)...)
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
			due, err := x.DueOn(t.Context(), 20261223)
			if err != nil {
				t.Fatal(err)
			}
			bills, err := x.List(t.Context(), taxbill.Filter{Status: taxbill.Generated, From: 20261223}, taxbill.Page{})
			if err != nil {
				t.Fatal(err)
			}
			if len(due) == 1 && due[0].Amount == parcelTax && len(bills) == 1 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("due %+v, bills %+v", due, bills)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Follow ended with %v", err)
		}
	})
}

// The core understands the command that restores security.
func TestCoreTakesTheDeposit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		x.parcels(t, 1)
		if _, err := x.Summarise(t.Context(), 20261223); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Pay(t.Context(), taxbill.Payment{DutyNo: "PZD20261223000001", Amount: parcelTax, Day: 20261224, Reference: "bank"}); err != nil {
			t.Fatal(err)
		}
		commands, err := x.outbox.Commands(t.Context(), 0, 10)
		if err != nil || len(commands) != 1 {
			t.Fatalf("%v, %v", commands, err)
		}
		answer, err := x.core.Command(t.Context(), clearance.Deposit, commands[0].Body)
		if err != nil {
			t.Fatal(err)
		}
		d, err := x.core.Reader().Decision(t.Context(), answer.Last)
		if err != nil || d.What != clearance.Account || d.Subject != coretest.Carrier || len(d.Postings) != 1 || d.Postings[0].Amount != int64(parcelTax) {
			t.Errorf("decision = %+v, %v", d, err)
		}
	})
}
