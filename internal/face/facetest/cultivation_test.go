package facetest_test

import (
	"time"

	"pilotzone/internal/growth/cultivation/booking"
	"pilotzone/internal/growth/cultivation/event"
	"pilotzone/internal/growth/cultivation/fair"
	"pilotzone/internal/growth/cultivation/matching"
	"pilotzone/internal/growth/cultivation/talent"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// cultivation makes what the owner has in the rooms of cultivation: a registration, a
// booking, an application for booths, a demand, an employment record, a profile and
// a self-check. Each is the first of its room, number 1.
func (w *world) cultivation() {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	office := access.With(w.t.Context(), &access.Principal{ID: "u-office", Org: "o-office", Roles: []access.Role{access.Admin}})
	own := access.With(w.t.Context(), w.callers[owner])
	v, now := &w.zone.Cultivation, w.zone.Clock.Now()
	today := clock.DayOf(now)
	e, err := v.Events.Hold(office, event.Event{Kind: "salon", Title: "公开沙龙", Place: "中心", Starts: clock.Micros(now.Add(50 * time.Hour)), Ends: clock.Micros(now.Add(52 * time.Hour)), Closes: clock.Micros(now.Add(49 * time.Hour)), Capacity: 9})
	must(err)
	_, err = v.Events.Register(own, e.ID, "", "业主报名人")
	must(err)
	must(v.Events.End(office, e.ID, event.Called)) // an open one counts whoever registers, strangers too
	r, err := v.Bookings.Save(office, booking.Resource{Kind: booking.LiveRoom, Title: "公开直播间", Place: "中心", Seats: 1, Slot: 60, Opens: 0, Closes: 1440, Weekdays: 127, Ahead: 14, MostSlots: 4, Active: true})
	must(err)
	_, err = v.Bookings.Book(own, booking.Ask{Resource: r.ID, Starts: clock.Micros(today.AddDays(2).Time().Add(9 * time.Hour)), Slots: 1, Purpose: "业主的直播用途"})
	must(err)
	f, err := v.Fairs.Open(office, fair.Fair{Title: "公开展会", Place: "广州", Starts: today.AddDays(60), Ends: today.AddDays(62), Opens: today, Closes: today.AddDays(20), Card: "fair-booths", Categories: []fair.Category{{ID: "home", Title: "家居", Booths: 5}}})
	must(err)
	_, err = v.Fairs.Apply(own, f.ID, fair.Ask{Category: "home", Booths: 1, Goods: "业主的展品"})
	must(err)
	_, err = v.Matching.List(own, matching.Listing{Side: matching.Demand, Title: "公开需求", HS: "630231", Quantity: 1, Unit: "件", Until: today.AddDays(60), Contact: "业主联系方式"})
	must(err)
	_, err = v.Talent.File(own, talent.Hire{Name: "业主员工", Identity: "11010119900307002X", Job: "业主的岗位", From: today.AddDays(-30)})
	must(err)
	_, err = v.Talent.SaveOwn(own, talent.Profile{Name: "业主档案名", Skills: []string{"运营"}})
	must(err)
	_, err = v.AEO.Answer(own, w.ids["merchant"], nil)
	must(err)
	must(v.AEO.Move(own, w.ids["merchant"], "premises", "done", "业主整改说明"))
	for name, mark := range map[string]string{"registration": "业主报名人", "booking": "业主的直播用途", "booth application": "业主的展品", "demand's contact": "业主联系方式", "employee": "业主员工", "job": "业主的岗位", "profile": "业主档案名", "self-check's task": "业主整改说明"} {
		w.marks[name] = mark
	}
}
