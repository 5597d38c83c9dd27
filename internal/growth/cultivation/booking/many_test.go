package booking_test

import (
	"errors"
	"testing"

	"pilotzone/internal/growth/cultivation/booking"
	"pilotzone/internal/growth/cultivation/cultivationtest"
)

// Nobody takes all slots: a party has forty bookings ahead at most, and may book
// again when it has given one back.
func TestBookingsAheadAreBounded(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, booking.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := booking.New(d.Desk)
		r, err := s.Save(cultivationtest.Park(t.Context(), "park-a"), workstation(50))
		if err != nil {
			t.Fatal(err)
		}
		ask := booking.Ask{Resource: r.ID, Starts: monday(9), Slots: 1}
		greedy := cultivationtest.Person(t.Context(), "p1")
		var last *booking.Booking
		for range 40 {
			if last, err = s.Book(greedy, ask); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Book(greedy, ask); !errors.Is(err, booking.ErrMany) {
			t.Errorf("one more: %v", err)
		}
		if _, err := s.Book(cultivationtest.Person(t.Context(), "p2"), ask); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		if _, err := s.Cancel(greedy, last.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Book(greedy, ask); err != nil {
			t.Errorf("after one was given back: %v", err)
		}
	})
}
