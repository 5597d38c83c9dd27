package event_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/growth/cultivation/event"
	"pilotzone/internal/kernel/clock"
)

func salon(capacity int64) event.Event {
	at := func(day, hour int) int64 {
		return clock.Micros(time.Date(2026, 12, day, hour, 0, 0, 0, clock.Beijing))
	}
	return event.Event{Kind: "salon", Title: "企业家沙龙", Place: "跨境贸易服务中心", Starts: at(5, 14), Ends: at(5, 17), Closes: at(4, 18), Capacity: capacity}
}

// There are never more registrations than places, and who waits moves up in the
// order of coming.
func TestPlacesAreNeverExceededInParallel(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, event.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := event.New(d.Desk)
		park := cultivationtest.Park(t.Context(), "park-a")
		e, err := s.Hold(park, salon(5))
		if err != nil {
			t.Fatal(err)
		}
		var work sync.WaitGroup
		for k := range 12 {
			work.Go(func() {
				if _, err := s.Register(cultivationtest.Enterprise(t.Context(), fmt.Sprintf("410796D0%02d", k)), e.ID, "", "张三"); err != nil {
					t.Error(err)
				}
			})
		}
		work.Wait()
		got, err := s.Event(t.Context(), e.ID)
		if err != nil || got.Taken != 5 || got.Waiting != 7 {
			t.Fatalf("%+v, %v", got, err)
		}
		list, err := s.Registrations(park, e.ID)
		if err != nil || len(list) != 12 {
			t.Fatal(len(list), err)
		}
		for _, r := range list {
			if want := map[bool]event.Standing{true: event.Registered, false: event.Waiting}[r.Number <= 5]; r.State != want {
				t.Errorf("number %d is %s", r.Number, r.State)
			}
			if r.Name != "张*" || r.Code != "" {
				t.Errorf("the host reads %q %q", r.Name, r.Code)
			}
		}
		if err := s.Cancel(cultivationtest.Enterprise(t.Context(), list[2].Party), e.ID, 3); err != nil {
			t.Fatal(err)
		}
		if list, err = s.Registrations(park, e.ID); err != nil || list[5].State != event.Registered || list[6].State != event.Waiting {
			t.Errorf("%+v, %v", list, err)
		}
		if got := d.Rang(t, "code:"+list[5].Party); len(got) != 1 || got[0] != "/events/1 活动“企业家沙龙”候补已递补，您已获得名额" {
			t.Errorf("who moved up hears %v", got)
		}
		if got := d.Rang(t, "code:"+list[6].Party); got != nil {
			t.Errorf("who still waits hears %v", got)
		}
	})
}

func TestRegistrationAndCheckIn(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, event.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := event.New(d.Desk)
		park, person, firm := cultivationtest.Park(t.Context(), "park-a"), cultivationtest.Person(t.Context(), "u-li"), cultivationtest.Enterprise(t.Context(), "410796D001")
		if _, err := s.Hold(firm, salon(1)); !errors.Is(err, cultivation.ErrDenied) {
			t.Errorf("an enterprise holds it: %v", err)
		}
		e, err := s.Hold(park, salon(1))
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Register(person, e.ID, "", "李四")
		if err != nil || len(r.Code) != 8 {
			t.Fatal(r, err)
		}
		if _, err := s.Register(person, e.ID, "", "李四"); !errors.Is(err, event.ErrTwice) {
			t.Errorf("twice: %v", err)
		}
		if list, err := s.Registrations(firm, e.ID); err != nil || len(list) != 0 {
			t.Errorf("others see %v, %v", list, err)
		}
		if err := s.Cancel(firm, e.ID, r.Number); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another cancels: %v", err)
		}
		if list, err := s.Registrations(person, e.ID); err != nil || len(list) != 1 || list[0].Name != "李四" || list[0].Code != r.Code {
			t.Errorf("%v, %v", list, err)
		}
		if ics := string(event.Calendar([]event.Event{*e}, d.Time.Now())); !strings.Contains(ics, "SUMMARY:企业家沙龙\r\n") {
			t.Error(ics)
		}
		if _, err := s.CheckIn(park, e.ID, r.Code); !errors.Is(err, cultivation.ErrState) {
			t.Errorf("a week before: %v", err)
		}
		d.Time.Set(clock.FromMicros(e.Closes))
		if _, err := s.Register(firm, e.ID, "", "王五"); !errors.Is(err, event.ErrClosed) {
			t.Errorf("at the closing time: %v", err)
		}
		d.Time.Set(clock.FromMicros(e.Starts))
		if _, err := s.CheckIn(park, e.ID, "ABCDEFGH"); !errors.Is(err, event.ErrCode) {
			t.Errorf("another code: %v", err)
		}
		if _, err := s.CheckIn(cultivationtest.Park(t.Context(), "park-b"), e.ID, r.Code); !errors.Is(err, cultivation.ErrDenied) {
			t.Errorf("another park: %v", err)
		}
		if got, err := s.CheckIn(park, e.ID, strings.ToLower(r.Code)); err != nil || got.State != event.Attended {
			t.Errorf("%v, %v", got, err)
		}
		if err := s.End(park, e.ID, event.Held); err != nil {
			t.Error(err)
		}
	})
}
