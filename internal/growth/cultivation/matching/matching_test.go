package matching_test

import (
	"errors"
	"testing"

	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/cultivationtest"
	"pilotzone/internal/growth/cultivation/matching"
)

func demand() matching.Listing {
	return matching.Listing{Side: matching.Demand, Title: "采购酒店布草", HS: "630231", Quantity: 10000, Unit: "件", PriceTo: 5000, Certificates: []string{"oeko tex", "CE"}, Country: "502", Delivery: 20270301, Until: 20270131, Contact: "买方 13900000001"}
}

func offer() matching.Listing {
	return matching.Listing{Side: matching.Offer, Title: "纯棉床单供应", HS: "6302310000", Quantity: 5000, Unit: "件", PriceFrom: 4000, PriceTo: 6000, Certificates: []string{"OEKO-TEX"}, Delivery: 20270201, County: "320803", Belt: "hotel-linen", Until: 20270131, Contact: "卖方 13900000002"}
}

// Both sides agree before contacts are shown; a deal counts once both confirmed it.
func TestContactsAreShownOnceBothAgreedAndDealsCountOnceBothConfirmed(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, matching.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := matching.New(d.Desk)
		buyer, seller, other, office := cultivationtest.Enterprise(t.Context(), "410796D001"), cultivationtest.Enterprise(t.Context(), "410796D002"), cultivationtest.Enterprise(t.Context(), "410796D003"), cultivationtest.Office(t.Context())
		want, err := s.List(buyer, demand())
		if err != nil {
			t.Fatal(err)
		}
		have, err := s.List(seller, offer())
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Listings(buyer, matching.Offer, false)
		if err != nil || len(list) != 1 || list[0].Contact != "" || list[0].Party != "" {
			t.Fatalf("%+v %v", list, err)
		}
		if list, err := s.Listings(office, "", false); err != nil || len(list) != 2 || list[0].Party == "" || list[0].Contact != "" || list[1].Contact != "" {
			t.Errorf("an office has a list of contacts: %+v %v", list, err)
		}
		if l, err := s.Listing(office, want.ID); err != nil || l.Contact != "买方 13900000001" {
			t.Errorf("an office reads one: %+v %v", l, err)
		} else if past, err := s.History(office, "listing", want.ID); err != nil || len(past) != 2 || past[1].Act != "contact_read" {
			t.Errorf("and nobody knows: %+v %v", past, err)
		}
		matches, err := s.Matches(buyer, want.ID)
		if err != nil || len(matches) != 1 || matches[0].Listing.Contact != "" {
			t.Fatalf("%+v %v", matches, err)
		}
		// goods 40, certificates half of 20, price 15, half the quantity 5, delivery 10, no market 2 (half of 5).
		if m := matches[0]; m.Points != 40+10+15+5+10+2 || len(m.Reasons) != 6 {
			t.Errorf("%d points: %+v", m.Points, m.Reasons)
		}
		if _, err := s.Matches(other, want.ID); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another asks for matches: %v", err)
		}
		if _, err := s.Propose(other, want.ID, have.ID); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another proposes: %v", err)
		}
		i, err := s.Propose(buyer, want.ID, have.ID)
		if err != nil || !i.BuyerYes || i.SellerYes || i.Offer.Contact != "" || i.Demand.Contact == "" {
			t.Fatalf("%+v %v", i, err)
		}
		if buys, sells := d.Rang(t, "code:410796D001"), d.Rang(t, "code:410796D002"); buys != nil || len(sells) != 1 || sells[0] != "/matching/introductions/1 有一项供需对接待您答复" {
			t.Errorf("the buyer hears %v, the seller %v", buys, sells)
		}
		if _, err := s.Propose(office, want.ID, have.ID); !errors.Is(err, cultivation.ErrState) {
			t.Errorf("twice: %v", err)
		}
		if _, err := s.Deal(buyer, i.ID, 100, 20261127); !errors.Is(err, cultivation.ErrState) {
			t.Errorf("a deal before both agreed: %v", err)
		}
		if _, err := s.Answer(office, i.ID, true); !errors.Is(err, cultivation.ErrDenied) {
			t.Errorf("an office agrees: %v", err)
		}
		if i, err = s.Answer(seller, i.ID, true); err != nil || i.State != matching.Agreed || i.Demand.Contact != "买方 13900000001" {
			t.Fatalf("%+v %v", i, err)
		}
		if _, err := s.Introduction(other, i.ID); !errors.Is(err, cultivation.ErrNotFound) {
			t.Errorf("another reads it: %v", err)
		}
		if _, err := s.Meet(office, i.ID, matching.Meeting{Day: 20261127, Place: "对接会", Minutes: "看样"}); err != nil {
			t.Error(err)
		}
		if i, err = s.Deal(seller, i.ID, 50_000_000, 20261127); err != nil || len(i.Deals) != 1 {
			t.Fatalf("%+v %v", i, err)
		}
		hold := func(want int) {
			t.Helper()
			list, err := s.Counted(t.Context(), 2026)
			if err != nil || len(list) != want {
				t.Errorf("%d count, want %d: %+v %v", len(list), want, list, err)
			}
		}
		hold(2) // the introduction and the meeting
		if _, err := s.Confirm(seller, i.ID, 1); !errors.Is(err, cultivation.ErrState) {
			t.Errorf("the same side confirms: %v", err)
		}
		if i, err = s.Confirm(buyer, i.ID, 1); err != nil || i.State != matching.Dealt {
			t.Errorf("%+v %v", i, err)
		}
		hold(3)
		if list, err := s.Introductions(other); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
	})
}

func TestGoodsOfAnotherChapterDoNotFit(t *testing.T) {
	t.Parallel()
	cultivationtest.Each(t, matching.Migrations(), func(t *testing.T, d *cultivationtest.Desk) {
		s := matching.New(d.Desk)
		buyer, seller := cultivationtest.Enterprise(t.Context(), "410796D001"), cultivationtest.Enterprise(t.Context(), "410796D002")
		want, err := s.List(buyer, demand())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			hs     string
			points int64 // of the goods
		}{{"6402", -1}, {"6304", 12}, {"6302", 28}, {"630231", 40}} {
			o := offer()
			o.HS = c.hs
			l, err := s.List(seller, o)
			if err != nil {
				t.Fatal(err)
			}
			matches, err := s.Matches(buyer, want.ID)
			if err != nil {
				t.Fatal(err)
			}
			got := int64(-1)
			if len(matches) > 0 {
				got = matches[0].Reasons[0].Points
			}
			if got != c.points {
				t.Errorf("%s: %d, want %d", c.hs, got, c.points)
			}
			if err := s.Close(seller, l.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
}
