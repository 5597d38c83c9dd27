package demo_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/face/demo"
	"pilotzone/internal/kernel/clock"
)

const testParcels = 1500

// The demonstration is a self-test of the whole way: no outcome may differ from
// what the plan expects.
func TestDayMeetsExpectations(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d, err := demo.Open(ctx, demo.Options{Parcels: testParcels, Clock: clock.NewFixed(clock.Day(20261122).Time().Add(9 * time.Hour))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	s, err := d.Play(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	if s.Differed != 0 {
		t.Errorf("%d outcomes differ", s.Differed)
	}
}
