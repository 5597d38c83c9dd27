package demo_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo"
	"pilotzone/internal/kernel/clock"
)

// morning is the machine's time of the tests.
func morning() clock.Clock { return clock.NewFixed(clock.Day(20261122).Time().Add(9 * time.Hour)) }

func open(t *testing.T, o demo.Options) *demo.Demo {
	t.Helper()
	o.Clock, o.Log = morning(), slog.New(slog.DiscardHandler)
	d, err := demo.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// The demonstration is a self-test of the whole way: no outcome may differ from
// what the plan expects, whatever the seed.
func TestDayMeetsExpectations(t *testing.T) {
	t.Parallel()
	for seed, parcels := range map[uint64]int{2: 400, 3: 1} {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			t.Parallel()
			d := open(t, demo.Options{Parcels: parcels, Seed: seed})
			last := 0
			s, err := d.Play(t.Context(), func(done, total int) {
				if done < last || done > total {
					t.Errorf("progress %d of %d after %d", done, total, last)
				}
				last = done
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range s.Differences {
				t.Errorf("parcel %d (%s): %s", v.Parcel, v.Trouble, v.What)
			}
			if s.Differed != 0 || last != s.Messages {
				t.Errorf("%d outcomes differ, %d of %d messages answered", s.Differed, last, s.Messages)
			}
			adds(t, s)
		})
	}
}

// adds holds the figures of a summary against each other.
func adds(t *testing.T, s *demo.Summary) {
	t.Helper()
	states := s.Unlisted
	for v := range 16 {
		states += s.Count(clearance.State(v))
	}
	if states != s.Parcels {
		t.Errorf("%d parcels have a state, of %d", states, s.Parcels)
	}
	if s.Ring.Found != s.Ring.Planted {
		t.Errorf("ring: found %d parcels of %d", s.Ring.Found, s.Ring.Planted)
	}
	var out strings.Builder
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"包裹 parcels", "单证 documents", "增值税 VAT", "outcomes that differ"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
}

// Every kind of trouble leaves its mark in the summary of a day that has all.
func TestSummaryShowsTroubles(t *testing.T) {
	t.Parallel()
	d := open(t, demo.Options{Parcels: 1200})
	s, err := d.Play(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.Differences {
		t.Errorf("parcel %d (%s): %s", v.Parcel, v.Trouble, v.What)
	}
	adds(t, s)
	codes := map[string]bool{}
	for _, c := range s.Rejected {
		codes[c.Code] = true
	}
	for _, code := range []string{"1300", "1313", "1320", "1322", "1327", "1332", "13035", "13127", "130126", "-10102", "-301010", "-621005", "PZ1401", "PZ1601", "PZ1704"} {
		if !codes[code] {
			t.Errorf("nothing was rejected with %s", code)
		}
	}
	if s.Spoilt == 0 || s.Answers[clearance.DocRepeated] == 0 || s.Count(clearance.Waiting) == 0 || s.Count(clearance.Withdrawn) == 0 || s.Limits.AtAnnual == 0 || s.Tax.Total() == 0 {
		t.Errorf("spoilt %d repeated %d waiting %d withdrawn %d annual limits used up %d tax %s", s.Spoilt, s.Answers[clearance.DocRepeated],
			s.Count(clearance.Waiting), s.Count(clearance.Withdrawn), s.Limits.AtAnnual, s.Tax.Total())
	}
}

// A store that holds something is refused, and left as it is.
func TestUsedStoreIsRefused(t *testing.T) {
	t.Parallel()
	o := demo.Options{Parcels: 3, Store: "sqlite:" + filepath.Join(t.TempDir(), "zone.db"), Clock: morning(), Log: slog.New(slog.DiscardHandler)}
	d, err := demo.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Play(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Open(t.Context(), o); !errors.Is(err, demo.ErrUsed) {
		t.Errorf("error %v, want ErrUsed", err)
	}
}

// Options that make no sense are refused in both languages.
func TestBadOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]demo.Options{
		"zone": {Zone: "mars"}, "parcels": {Parcels: -1}, "too many parcels": {Parcels: demo.MostParcels + 1}, "a day without a tariff": {Day: 20240105},
	} {
		o.Clock = morning()
		if d, err := demo.Open(t.Context(), o); err == nil {
			t.Errorf("%s: accepted", name)
			_ = d.Close(t.Context())
		} else if !strings.Contains(err.Error(), "（") && !strings.Contains(err.Error(), "(") {
			t.Errorf("%s: %v is said in one language", name, err)
		}
	}
}

// The clock goes forward by hand, then with the machine's, and never back.
func TestClock(t *testing.T) {
	t.Parallel()
	start := clock.Day(20261122).Time()
	machine := clock.NewFixed(start.Add(50 * time.Hour))
	c := demo.NewClock(start, machine)
	c.Set(start.Add(time.Hour))
	c.Set(start)
	machine.Advance(time.Minute)
	if got := c.Now(); !got.Equal(start.Add(time.Hour)) || c.Running() {
		t.Errorf("a standing clock says %s", got)
	}
	c.Run()
	machine.Advance(time.Minute)
	c.Set(start.Add(9 * time.Hour))
	if got := c.Now(); !got.Equal(start.Add(time.Hour+time.Minute)) || !c.Running() {
		t.Errorf("a running clock says %s", got)
	}
}
