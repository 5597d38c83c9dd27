package lookup_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// shapes are the shapes of filters that the pages offer.
func shapes() map[string]lookup.Filter {
	everything := lookup.Everything()
	day := coretest.Day
	return map[string]lookup.Filter{
		"all":                      {Within: everything},
		"state":                    {Within: everything, States: []clearance.State{clearance.Inspect}},
		"two states":               {Within: everything, States: []clearance.State{clearance.Refused, clearance.Review}},
		"status":                   {Within: everything, Statuses: []uint16{501}},
		"reason":                   {Within: everything, Reasons: []string{"1313"}},
		"reason and state":         {Within: everything, Reasons: []string{"PZ1501"}, States: []clearance.State{clearance.Waiting}},
		"mode":                     {Within: everything, Modes: []string{"9810"}},
		"direction":                {Within: everything, Direction: clearance.Export},
		"district":                 {Within: everything, Customs: []string{"4618"}},
		"country":                  {Within: everything, Countries: []string{"502", "116"}},
		"chapter":                  {Within: everything, Goods: []string{"33"}},
		"heading":                  {Within: everything, Goods: []string{"9506"}},
		"chapters":                 {Within: everything, Goods: []string{"33", "9506", "64"}},
		"one day":                  {Within: everything, From: day.AddDays(1), To: day.AddDays(1)},
		"from a day":               {Within: everything, From: day.AddDays(2)},
		"to a day":                 {Within: everything, To: day},
		"days":                     {Within: everything, From: day, To: day.AddDays(2), Direction: clearance.Import},
		"value":                    {Within: everything, Least: 100_000, Most: 200_000},
		"dear":                     {Within: everything, Least: 450_000, States: []clearance.State{clearance.Released}},
		"own":                      {Within: lookup.Only("410796M000")},
		"own of many clients":      {Within: lookup.Only("410796M000", "410796M007", "410796M120", "410798A003")},
		"own, one client":          {Within: lookup.Only("410796M000", "410798A003"), Parties: []string{"410796M007"}},
		"own, state, day":          {Within: lookup.Only("410798A003"), States: []clearance.State{clearance.Released}, From: day, To: day.AddDays(1)},
		"own, everything":          {Within: lookup.Only("410798A003", "410796M001"), States: []clearance.State{clearance.Released}, Modes: []string{"1210", "1239"}, Direction: clearance.Import, Customs: []string{"4616"}, Countries: []string{"502"}, Goods: []string{"33"}, From: day, Least: 10_000, Most: 400_000},
		"merchant":                 {Within: everything, Merchants: []string{"410796M003"}},
		"nobody":                   {Within: lookup.Only()},
		"no such thing":            {Within: everything, Reasons: []string{"nothing"}, Modes: []string{"9610"}},
		"number":                   {Within: everything, Number: coretest.OrderNo(77)},
		"number of another's":      {Within: lookup.Only("nobody"), Number: coretest.OrderNo(77)},
		"ten minutes":              {Within: everything, Slots: []string{lookup.Slot(day.Time().UnixMicro())}},
		"state, mode, country":     {Within: everything, States: []clearance.State{clearance.Released}, Modes: []string{"9610"}, Countries: []string{"502"}},
		"state, district, a day":   {Within: everything, States: []clearance.State{clearance.Detained}, Customs: []string{"4616"}, From: day, To: day},
		"party, reason, direction": {Within: everything, Parties: []string{"410798A011"}, Reasons: []string{"2600"}, Direction: clearance.Import},
	}
}

func streamed(t testing.TB, st *store.Store, s coretest.Stream) *lookup.Index {
	t.Helper()
	x := lookup.New(lookup.Config{Store: st, Core: s, Clock: clock.NewFixed(coretest.Day.Time())})
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x
}

// Every filter finds just the parcels that a look at each of them finds, page by
// page, and says how many there are; facets count the same.
func TestFiltersAgainstLookingAtEveryParcel(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		x := streamed(t, st, coretest.Stream{Parcels: 3000, PerDay: 900})
		var all []lookup.Parcel
		if err := x.Each(t.Context(), lookup.Filter{Within: lookup.Everything()}, func(p *lookup.Parcel) error { all = append(all, *p); return nil }); err != nil || len(all) != 3000 {
			t.Fatal(len(all), err)
		}
		for name, f := range shapes() {
			var want []uint64
			sums := map[lookup.Facet]map[string]lookup.Count{}
			for _, p := range all {
				if f.Number != "" && p.OrderNo != f.Number || !f.Matches(&p) {
					continue
				}
				want = append(want, p.Number)
				p.Facets(func(facet lookup.Facet, v string) {
					if sums[facet] == nil {
						sums[facet] = map[string]lookup.Count{}
					}
					c := sums[facet][v]
					sums[facet][v] = lookup.Count{Value: v, N: c.N + 1, Fen: c.Fen + p.Value}
				})
			}
			var got []uint64
			for page := (lookup.Page{Limit: 137}); ; {
				found, err := x.List(t.Context(), f, page)
				if err != nil {
					t.Fatal(name, err)
				}
				got = append(got, numbers(found.Parcels)...)
				if found.Total != (lookup.Total{N: int64(len(want)), Exact: true}) {
					t.Fatalf("%s: total %v, want %d", name, found.Total, len(want))
				}
				if page.Before = found.Next; page.Before == 0 {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %d parcels, want %d", name, len(got), len(want))
			}
			if empty := name == "nobody" || strings.HasPrefix(name, "no such") || strings.HasPrefix(name, "number of"); (len(want) == 0) != empty {
				t.Errorf("%s: the test has %d parcels of it", name, len(want))
			}
			if f.Number != "" {
				continue
			}
			tally, err := x.Tally(t.Context(), f, lookup.Facets()...)
			if err != nil {
				t.Fatal(name, err)
			}
			for facet, counts := range tally {
				have := map[string]lookup.Count{}
				for _, c := range counts {
					have[c.Value] = c
				}
				if !maps.Equal(have, sums[facet]) && len(have)+len(sums[facet]) > 0 {
					t.Errorf("%s by %s: %v, want %v", name, facet, have, sums[facet])
				}
			}
		}
	}, lookup.Migrations()...)
}

// No shape of filter reads a table from end to end.
func TestNoFilterScans(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, lookup.Migrations()...)
	x := streamed(t, st, coretest.Stream{Parcels: 700, PerDay: 300})
	type asked struct {
		query string
		args  []any
	}
	var list []asked
	x.Watch(func(query string, args []any) { list = append(list, asked{query, args}) })
	for name, f := range shapes() {
		list = nil
		if _, err := x.List(t.Context(), f, lookup.Page{}); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Tally(t.Context(), f, lookup.Facets()...); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Refusals(t.Context(), lookup.RefusalFilter{Within: f.Within, From: f.From, Reason: "1313"}, lookup.Page{}); err != nil {
			t.Fatal(err)
		}
		if _, err := x.RefusalsByReason(t.Context(), lookup.RefusalFilter{Within: f.Within, From: f.From}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := x.RecentReceipts(t.Context(), lookup.ReceiptFilter{Within: f.Within, From: f.From, Number: f.Number}, lookup.Cursor{}, 40); err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 && name != "nobody" {
			t.Errorf("%s asks nothing", name)
		}
		for _, q := range list {
			for _, step := range plan(t, st, q.query, q.args) {
				if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "SCAN c") && !strings.Contains(step, "SCAN eras") && !strings.Contains(step, "(subquery") {
					t.Errorf("%s: %s\n%s", name, step, q.query)
				}
			}
		}
	}
}

func plan(t *testing.T, st *store.Store, query string, args []any) (out []string) {
	t.Helper()
	rows, err := st.Search.Read().QueryContext(t.Context(), "explain query plan "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		out = append(out, detail)
	}
	return out
}

// Refused documents are found by sender and code, page by page, and are nobody
// else's.
func TestRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := coretest.Stream{Parcels: 1500, PerDay: 500}
		x := streamed(t, st, s)
		want := map[string][]uint64{}
		err := s.Each(t.Context(), 1, func(d *clearance.Decision) error {
			if d.What == clearance.DocRefused {
				for _, k := range []string{"|", d.Receipts[0].To + "|", "|" + d.Reasons[0].Code, d.Receipts[0].To + "|" + d.Reasons[0].Code} {
					want[k] = append([]uint64{d.Seq}, want[k]...)
				}
			}
			return nil
		})
		if err != nil || len(want["|"]) < 50 {
			t.Fatal(len(want["|"]), err)
		}
		for k, seqs := range want {
			party, reason, _ := strings.Cut(k, "|")
			reach := lookup.Everything()
			if party != "" {
				reach = lookup.Only(party)
			}
			f := lookup.RefusalFilter{Within: reach, Reason: reason}
			var got []uint64
			for page := (lookup.Page{Limit: 7}); ; {
				list, err := x.Refusals(t.Context(), f, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range list {
					got = append(got, r.Seq)
				}
				if len(list) < 7 {
					break
				}
				page.Before = got[len(got)-1]
			}
			if !slices.Equal(got, seqs) {
				t.Errorf("%q: %v, want %v", k, got, seqs)
			}
			counts, err := x.RefusalsByReason(t.Context(), f)
			var n int64
			for _, c := range counts {
				n += c.N
			}
			if err != nil || n != int64(len(seqs)) {
				t.Errorf("%q: %d counted, %v; want %d", k, n, err, len(seqs))
			}
		}
		for _, f := range []lookup.RefusalFilter{{}, {Within: lookup.Only("nobody")}, {Within: lookup.Only(coretest.Payer), Sender: "410796C001"}, {Within: lookup.Everything(), From: coretest.Day.AddDays(9)}} {
			if list, err := x.Refusals(t.Context(), f, lookup.Page{}); err != nil || len(list) > 0 {
				t.Errorf("%+v: %v, %v", f, list, err)
			}
		}
	}, lookup.Migrations()...)
}

// Above 10,000 a total may be estimated; it is exact where the sets' sizes tell.
func TestTotalsOfChunks(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, lookup.Migrations()...)
	x := streamed(t, st, coretest.Stream{Parcels: 12_000, PerDay: 5_000, After: 60_000})
	for name, f := range map[string]lookup.Filter{
		"all":       {Within: lookup.Everything()},
		"released":  {Within: lookup.Everything(), States: []clearance.State{clearance.Released}},
		"two terms": {Within: lookup.Everything(), States: []clearance.State{clearance.Released}, Direction: clearance.Import},
	} {
		total, err := x.Count(t.Context(), f)
		var n int64
		if each := x.Each(t.Context(), f, func(*lookup.Parcel) error { n++; return nil }); err != nil || each != nil || total != (lookup.Total{N: n, Exact: true}) {
			t.Errorf("%s: %v, %v; want %d (%v)", name, total, err, n, each)
		}
	}
	page, err := x.List(t.Context(), lookup.Filter{Within: lookup.Everything()}, lookup.Page{Before: 65_540, Limit: 10})
	if want := "[65539 65538 65537 65536 65535 65534 65533 65532 65531 65530]"; err != nil || fmt.Sprint(numbers(page.Parcels)) != want {
		t.Errorf("over the edge of a chunk: %v, %v", numbers(page.Parcels), err)
	}
}
