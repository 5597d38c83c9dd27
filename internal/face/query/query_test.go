package query_test

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/query"
	"pilotzone/internal/kernel/access"
)

// What is written is read back the same.
func TestFiltersGoThereAndBack(t *testing.T) {
	t.Parallel()
	for _, f := range []lookup.Filter{
		{}, {Number: "XO 1/2&3"}, {States: []clearance.State{clearance.Refused, clearance.Expired}, Reasons: []string{"1313", "-621005", "PZ1501"}},
		{From: 20261101, To: 20261122, Direction: clearance.Export, Modes: []string{"9710", "9810"}, Customs: []string{"4616"}, Countries: []string{"502"}},
		{Goods: []string{"33", "9506"}, Parties: []string{"410796D004"}, Merchants: []string{"410796D011"}, Least: 100, Most: 99_950, Statuses: []uint16{800, 899}},
		{Slots: []string{"202611221030"}, ReleaseSlots: []string{"202611221040"}, Times: []string{"I031"}, Direction: clearance.Import},
	} {
		got, faults := query.Parcels(query.Values(f))
		if len(faults) > 0 || !reflect.DeepEqual(got, f) {
			t.Errorf("%+v comes back as %+v, %v", f, got, faults)
		}
		for name := range query.Values(f) {
			if zh, en := query.Fix(name); zh == "" || en == "" {
				t.Errorf("%s is not explained", name)
			}
		}
	}
}

// A filter that cannot be read is a fault of its name.
func TestFaults(t *testing.T) {
	t.Parallel()
	for raw, name := range map[string]string{
		"state=lost": "state", "state=none": "state", "status=8x": "status", "status=99999": "status", "reason=a'b": "reason", "from=2026-02-30": "from", "to=yesterday": "to",
		"mode=96": "mode", "direction=up": "direction", "customs=46": "customs", "country=CN": "country", "goods=330": "goods", "enterprise=%25": "enterprise", "merchant=x": "merchant",
		"least=-1": "least", "most=1.234": "most", "slot=1": "slot", "release_slot=x": "release_slot", "release_time=X1": "release_time",
		"number=" + strings.Repeat("1", 81): "number", "reason=" + strings.Repeat("1,", 30) + url.QueryEscape(codes(61)): "reason",
	} {
		q, err := url.ParseQuery(raw)
		if err != nil {
			t.Fatal(err)
		}
		_, faults := query.Parcels(q)
		if len(faults) != 1 || faults[0].Name != name || faults[0].FixEN == "" || faults[0].FixZH == "" {
			t.Errorf("%.40s: %+v", raw, faults)
		}
	}
	for _, raw := range []string{"reason=1313,PZ1501&reason=1313", "reason=1313+PZ1501", "reason=1313、PZ1501"} {
		q, _ := url.ParseQuery(raw)
		if f, faults := query.Parcels(q); len(faults) > 0 || strings.Join(f.Reasons, " ") != "1313 PZ1501" {
			t.Errorf("%s: %v, %v", raw, f.Reasons, faults)
		}
	}
}

func codes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("C" + strings.Repeat("1", i%9+1) + string(rune('a'+i%26)) + " ")
	}
	return b.String()
}

// The reach is what the table of permissions gives: a caller without enterprises
// sees nothing, and so does a visitor.
func TestReach(t *testing.T) {
	t.Parallel()
	mandate := access.Mandate{Codes: []string{"B"}}
	for name, c := range map[string]struct {
		p    *access.Principal
		want lookup.Reach
	}{
		"visitor":   {nil, lookup.Only()},
		"officer":   {&access.Principal{ID: "o", Roles: []access.Role{access.Customs}}, lookup.Everything()},
		"clerk":     {&access.Principal{ID: "c", Roles: []access.Role{access.Clerk}, Codes: []string{"A"}, Mandates: []access.Mandate{mandate}}, lookup.Only("A", "B")},
		"unbound":   {&access.Principal{ID: "c", Roles: []access.Role{access.Clerk}}, lookup.Only()},
		"a key":     {&access.Principal{ID: "k", Roles: []access.Role{access.Clerk}, Codes: []string{"A"}, Limit: []access.Permission{access.MessageSend}}, lookup.Only()},
		"statistic": {&access.Principal{ID: "b", Roles: []access.Role{access.Bank}}, lookup.Only()},
	} {
		got := query.Reach(access.With(t.Context(), c.p), access.ParcelRead)
		if got.All != c.want.All || strings.Join(got.Parties, " ") != strings.Join(c.want.Parties, " ") {
			t.Errorf("%s reaches %+v, want %+v", name, got, c.want)
		}
	}
}

// Columns are chosen by name, in their own order.
func TestColumns(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]string{"": "number state reasons order_no mode merchant value tax declared", "tax number nothing": "number tax", "nothing": "number state reasons order_no mode merchant value tax declared"} {
		var got []string
		for _, c := range query.Chosen(strings.Fields(names)) {
			got = append(got, c.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v", names, got)
		}
	}
	p := &lookup.Parcel{Number: 7, State: clearance.Released, Reasons: []string{"a", "b"}}
	for _, c := range query.Columns() {
		if c.ZH == "" || c.EN == "" || c.Cell(p, false) == nil || c.Cell(p, true) == nil {
			t.Errorf("column %s", c.Name)
		}
	}
}

// FuzzParcels: any address is read or is a fault; what is read is written and
// read the same.
func FuzzParcels(f *testing.F) {
	f.Add("state=released&from=2026-11-22&least=1.5&reason=1313+PZ1501")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		got, faults := query.Parcels(q)
		if len(faults) > 0 {
			return
		}
		again, faults := query.Parcels(query.Values(got))
		if len(faults) > 0 || !reflect.DeepEqual(got, again) {
			t.Errorf("%q: %+v, then %+v, %v", raw, got, again, faults)
		}
	})
}

// Filters of receipts are read and written alike.
func TestReceiptFilters(t *testing.T) {
	t.Parallel()
	for _, f := range []lookup.ReceiptFilter{{}, {Party: "410796D004", Kind: 622, Statuses: []int32{100, -621005}, From: 20261101, To: 20261122, Number: "XO1"}} {
		got, faults := query.Receipts(query.ReceiptValues(f))
		if len(faults) > 0 || !reflect.DeepEqual(got, f) {
			t.Errorf("%+v comes back as %+v, %v", f, got, faults)
		}
	}
	for raw, name := range map[string]string{"kind=621": "kind", "kind=x": "kind", "status=x": "status", "enterprise=410796D004+410796D011": "enterprise", "from=x": "from"} {
		q, _ := url.ParseQuery(raw)
		if _, faults := query.Receipts(q); len(faults) != 1 || faults[0].Name != name || faults[0].FixZH == "" {
			t.Errorf("%s: %+v", raw, faults)
		}
	}
}

// Every code of the vocabulary can be asked for.
func TestEveryReasonCanBeAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range clearance.CodeList() {
		f, faults := query.Parcels(url.Values{query.ReasonCode: {c.Code}})
		if len(faults) > 0 || len(f.Reasons) != 1 || f.Reasons[0] != c.Code {
			t.Errorf("%s: %v, %v", c.Code, f.Reasons, faults)
		}
	}
	for s := clearance.Waiting; s <= clearance.Expired; s++ {
		if f, faults := query.Parcels(url.Values{query.State: {s.String()}}); len(faults) > 0 || len(f.States) != 1 {
			t.Errorf("%s: %v", s, faults)
		}
	}
}
