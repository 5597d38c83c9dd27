package booking_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/booking"
	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/kernel/clock"
)

func workstation(seats int64) booking.Resource {
	return booking.Resource{Kind: booking.Workstation, Title: "A 区工位", Place: "高新区创业园 3 楼", Seats: seats, Slot: 60, Opens: 540, Closes: 1080, Weekdays: 0b0111110, Ahead: 14, CancelHours: 24, MostSlots: 4, Active: true}
}

// monday at an hour of the week after the start.
func monday(hour int) int64 {
	return clock.Micros(time.Date(2026, 11, 30, hour, 0, 0, 0, clock.Beijing))
}

// Seats are never taken twice, however many book and cancel at the same time.
func TestSeatsAreNeverTakenTwiceInParallel(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, booking.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := booking.New(d.Desk)
		r, err := s.Save(cultivationtest.Park(t.Context(), "park-a"), workstation(2))
		if err != nil {
			t.Fatal(err)
		}
		var work sync.WaitGroup
		var lock sync.Mutex
		made := map[int64]bool{}
		for k := range 6 {
			work.Go(func() {
				draw := rand.New(rand.NewPCG(uint64(k), 7))
				ctx := cultivationtest.Enterprise(t.Context(), fmt.Sprintf("410796D00%d", k))
				for range 8 {
					b, err := s.Book(ctx, booking.Ask{Resource: r.ID, Starts: monday(9 + draw.IntN(5)), Slots: 1 + draw.Int64N(3)})
					if err != nil {
						if !errors.Is(err, booking.ErrTaken) {
							t.Errorf("book: %v", err)
						}
						continue
					}
					lock.Lock()
					made[b.ID] = true
					lock.Unlock()
					if draw.IntN(3) == 0 {
						if _, err := s.Cancel(ctx, b.ID); err != nil {
							t.Errorf("cancel: %v", err)
						}
					}
				}
			})
		}
		work.Wait()
		list, err := s.Bookings(cultivationtest.Office(t.Context()), d.Time.Now(), 1000)
		if err != nil || len(list) != len(made) || len(made) == 0 {
			t.Fatalf("%d bookings of %d, %v", len(list), len(made), err)
		}
		taken := map[string]int64{}
		for _, b := range list {
			if b.State != booking.Booked {
				continue
			}
			for at := b.Starts; at < b.Ends; at += int64(time.Hour / time.Microsecond) {
				key := fmt.Sprint(at, b.Seat)
				if other := taken[key]; other != 0 {
					t.Errorf("bookings %d and %d have seat %d at the same time", other, b.ID, b.Seat)
				}
				taken[key] = b.ID
			}
		}
		slots, err := s.Day(t.Context(), r.ID, 20261130)
		if err != nil || len(slots) != 9 {
			t.Fatalf("%d slots, %v", len(slots), err)
		}
		free := int64(0)
		for _, v := range slots {
			free += v.Free
		}
		if free != 2*9-int64(len(taken)) {
			t.Errorf("%d free, %d taken of 18", free, len(taken))
		}
	})
}

func TestBookingRules(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, booking.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := booking.New(d.Desk)
		park, firm, other := cultivationtest.Park(t.Context(), "park-a"), cultivationtest.Enterprise(t.Context(), "410796D001"), cultivationtest.Enterprise(t.Context(), "410796D002")
		r, err := s.Save(park, workstation(1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(firm, workstation(1)); !errors.Is(err, cultivation.ErrDenied) {
			t.Errorf("an enterprise keeps a place: %v", err)
		}
		if _, err := s.Save(cultivationtest.Park(t.Context(), "park-b"), *r); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another park changes it: %v", err)
		}
		for name, c := range map[string]struct {
			starts, slots int64
		}{
			"on a Sunday": {clock.Micros(time.Date(2026, 11, 29, 9, 0, 0, 0, clock.Beijing)), 1}, "before it opens": {monday(8), 1}, "beyond the end": {monday(17), 2},
			"not at a slot's start": {monday(9) + 1, 1}, "too many slots": {monday(9), 5}, "in the past": {clock.Micros(d.Time.Now()), 1},
			"too far ahead": {clock.Micros(time.Date(2026, 12, 14, 9, 0, 0, 0, clock.Beijing)), 1},
		} {
			if _, err := s.Book(firm, booking.Ask{Resource: r.ID, Starts: c.starts, Slots: c.slots}); !errors.Is(err, booking.ErrWhen) {
				t.Errorf("%s: %v", name, err)
			}
		}
		b, err := s.Book(firm, booking.Ask{Resource: r.ID, Starts: monday(10), Slots: 2, Purpose: "直播带货"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Book(other, booking.Ask{Resource: r.ID, Starts: monday(11), Slots: 1}); !errors.Is(err, booking.ErrTaken) {
			t.Errorf("taken: %v", err)
		}
		if _, err := s.Booking(other, b.ID); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another sees it: %v", err)
		}
		if got, err := s.Booking(park, b.ID); err != nil || got.Purpose != "直播带货" {
			t.Errorf("%v %v", got, err)
		}
		if ics := booking.Calendar([]booking.Booking{*b}, d.Time.Now()); !bytes.Contains(ics, []byte("DTSTART:20261130T020000Z\r\n")) {
			t.Errorf("%s", ics)
		}
		d.Time.Set(time.Date(2026, 11, 29, 10, 0, 0, 0, clock.Beijing)) // exactly 24 hours before
		if _, err := s.Cancel(firm, b.ID); !errors.Is(err, booking.ErrLate) {
			t.Errorf("late: %v", err)
		}
		d.Time.Set(time.Date(2026, 11, 29, 9, 59, 59, 0, clock.Beijing))
		if _, err := s.Cancel(firm, b.ID); err != nil {
			t.Errorf("in time: %v", err)
		}
		if _, err := s.Cancel(firm, b.ID); !errors.Is(err, cultivation.ErrState) {
			t.Errorf("twice: %v", err)
		}
		if history, err := s.History(park, "booking", b.ID); err != nil || len(history) != 2 {
			t.Errorf("%v, %v", history, err)
		}
	})
}

// Who missed three times within 90 days may not book until they have lapsed.
func TestAbsencesBarFromBooking(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, booking.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := booking.New(d.Desk)
		park, firm := cultivationtest.Park(t.Context(), "park-a"), cultivationtest.Enterprise(t.Context(), "410796D001")
		r, err := s.Save(park, workstation(1))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			b, err := s.Book(firm, booking.Ask{Resource: r.ID, Starts: monday(10 + i), Slots: 1})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.CheckIn(firm, b.ID, true); !errors.Is(err, cultivation.ErrDenied) {
				t.Errorf("checked in by itself: %v", err)
			}
			d.Time.Set(clock.FromMicros(monday(10+i) + 1))
			if _, err := s.CheckIn(park, b.ID, false); err != nil {
				t.Fatal(err)
			}
		}
		ask := booking.Ask{Resource: r.ID, Starts: monday(15), Slots: 1}
		if _, err := s.Book(firm, ask); !errors.Is(err, booking.ErrBarred) {
			t.Errorf("barred: %v", err)
		}
		d.Time.Set(time.Date(2027, 3, 1, 9, 0, 0, 0, clock.Beijing)) // 91 days after
		ask.Starts = clock.Micros(time.Date(2027, 3, 1, 10, 0, 0, 0, clock.Beijing))
		if _, err := s.Book(firm, ask); err != nil {
			t.Errorf("lapsed: %v", err)
		}
	})
}
