package facetest_test

import (
	"strconv"

	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
)

// parks makes a warehouse that the owner has entered and nobody confirmed yet, and
// a membership in a park that everybody sees.
func (w *world) parks() {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	office := access.With(w.t.Context(), &access.Principal{ID: "u-office", Roles: []access.Role{access.Admin}})
	own := access.With(w.t.Context(), w.callers[owner])
	_, err := w.zone.Park.Put(own, park.Change{Place: park.Place{ID: "owners-warehouse", Kind: park.Overseas, Title: pack.Text{ZH: "业主海外仓"}, Enterprise: w.ids["merchant"], Country: "502"}})
	must(err)
	w.ids["place"], w.marks["place"] = "owners-warehouse", "业主海外仓"
	_, err = w.zone.Park.Put(office, park.Change{Place: park.Place{ID: "open-park", Kind: park.Park, State: park.Open, Title: pack.Text{ZH: "公开园区"}}})
	must(err)
	m, err := w.zone.Park.Add(office, park.Offer{Place: "open-park", Enterprise: w.ids["merchant"], Since: 20260101, Room: "业主房号9527"})
	must(err)
	w.marks["membership"], w.named["membership"] = "业主房号9527", strconv.FormatInt(m.Number, 10)
	w.ids["park"] = "open-park"
}
