package lookup_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

func each(t *testing.T, f func(t *testing.T, st *store.Store, core *coretest.Core, x *lookup.Index)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		core := coretest.Open(t, st)
		f(t, st, core, open(st, core, 0))
	}, append(lookup.Migrations(), journal.Migration())...)
}

func open(st *store.Store, core *coretest.Core, batch int) *lookup.Index {
	return lookup.New(lookup.Config{Store: st, Core: core.Reader(), Clock: core.Clock, Batch: batch})
}

func catchUp(t *testing.T, x *lookup.Index) {
	t.Helper()
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func numbers(list []lookup.Parcel) (out []uint64) {
	for _, p := range list {
		out = append(out, p.Number)
	}
	return out
}

func TestEveryNumberFindsTheParcel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *store.Store, core *coretest.Core, x *lookup.Index) {
		for n := range 3 {
			core.Send(t, coretest.Parcel(n)...)
		}
		core.Send(t, coretest.List(7)) // waits for its documents
		core.Send(t, coretest.Payment(7))
		core.Send(t, coretest.Order(8)) // no list yet
		catchUp(t, x)
		p, _, err := x.Parcel(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if p.State != clearance.Released || p.Status != 800 || p.Direction != clearance.Import || p.Mode != "9610" || p.OrderNo != coretest.OrderNo(1) ||
			p.WaybillNo != coretest.WaybillNo(1) || p.CopNo != coretest.CopNo(1) || p.Merchant != coretest.Merchant || p.Platform != coretest.Platform ||
			p.Agent != coretest.Agent || p.Carrier != coretest.Carrier || p.Guarantor != coretest.Carrier || p.Customs != coretest.Customs ||
			p.Day != coretest.Day || p.Dutiable != 48700 || p.Tax != 4432 || p.Key == (clearance.Key{}) || p.InvtNo == "" || p.PreNo == "" {
			t.Errorf("parcel 2 = %+v", *p)
		}
		for _, c := range []struct {
			number string
			want   []uint64
		}{
			{"2", []uint64{2}}, {p.OrderNo, []uint64{2}}, {" " + strings.ToLower(p.OrderNo) + "\n", []uint64{2}}, {p.InvtNo, []uint64{2}}, {p.PreNo, []uint64{2}},
			{p.WaybillNo, []uint64{2}}, {p.CopNo, []uint64{2}}, {coretest.PayNo(1), []uint64{2}},
			{coretest.PayNo(7), []uint64{4}}, {coretest.OrderNo(7), []uint64{4}}, {coretest.CopNo(7), []uint64{4}},
			{coretest.OrderNo(8), nil}, {"nothing", nil}, {"", nil}, {"99", nil}, {p.InvtNo[:8] + "E" + p.InvtNo[9:], nil},
		} {
			got, err := x.Find(t.Context(), c.number)
			if err != nil || !slices.Equal(numbers(got), c.want) {
				t.Errorf("Find(%q) = %v, %v; want %v", c.number, numbers(got), err, c.want)
			}
		}
		if _, _, err := x.Parcel(t.Context(), 99); !errors.Is(err, lookup.ErrNotFound) {
			t.Errorf("Parcel(99): %v", err)
		}
	})
}

// Documents that came before their list got a number, days apart and in other
// batches, are the parcel's as soon as the list is there.
func TestDecisionsAndDocumentsOfAParcel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *store.Store, core *coretest.Core, x *lookup.Index) {
		core.Send(t, coretest.Waybill(1), coretest.Order(1))
		catchUp(t, x)
		core.Clock.Set(core.Clock.Now().Add(24 * time.Hour))
		core.Send(t, coretest.Payment(1), coretest.Order(2))
		catchUp(t, x)
		core.Send(t, coretest.List(1).With(ceb.H621NetWeight, "3")) // refused: net over gross
		core.Send(t, coretest.List(1))
		core.Send(t, coretest.List(1)) // repeated
		catchUp(t, x)
		p, decisions, err := x.Parcel(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		core.Send(t, coretest.Cancel(1, p.InvtNo).With(ceb.H623EbcCode, "410796D999"), coretest.Cancel(1, p.InvtNo).With(ceb.H623Guid, strings.Repeat("A", 36)))
		if len(decisions) != 7 {
			t.Errorf("%d decisions before the withdrawal, want 7", len(decisions))
		}
		catchUp(t, x)
		p, decisions, err = x.Parcel(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if p.State != clearance.Withdrawn || p.Day != coretest.Day.AddDays(1) || p.Decision != decisions[len(decisions)-1].Seq {
			t.Errorf("parcel = %+v", *p)
		}
		for i, d := range decisions {
			if i > 0 && d.Seq <= decisions[i-1].Seq {
				t.Errorf("decision %d after %d", d.Seq, decisions[i-1].Seq)
			}
		}
		docs, err := x.Documents(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		want := []lookup.Document{
			{Kind: 511, Number: coretest.WaybillNo(1), Sender: coretest.Carrier, What: clearance.DocStored},
			{Kind: 311, Number: coretest.OrderNo(1), Sender: coretest.Platform, What: clearance.DocStored},
			{Kind: 411, Number: coretest.PayNo(1), Sender: coretest.Payer, What: clearance.DocStored},
			{Kind: 621, Number: coretest.CopNo(1), Sender: coretest.Agent, What: clearance.DocRefused},
			{Kind: 621, Number: coretest.CopNo(1), Sender: coretest.Agent, What: clearance.DocStored},
			{Kind: 621, Number: coretest.CopNo(1), Sender: coretest.Agent, What: clearance.DocRepeated},
			{Kind: 623, Number: p.InvtNo, Sender: coretest.Agent, What: clearance.DocRefused},
			{Kind: 623, Number: p.InvtNo, Sender: coretest.Agent, What: clearance.Moved},
		}
		if len(docs) != len(want) {
			t.Fatalf("documents = %+v", docs)
		}
		for i, d := range docs {
			raw, err := core.Reader().Raw(t.Context(), d.Input)
			if err != nil || raw.Kind != want[i].Kind || !strings.Contains(string(raw.Document), d.Number) {
				t.Errorf("document %d: raw %v", i, err)
			}
			d.Input, d.At, d.Decision = 0, 0, 0
			if d != want[i] {
				t.Errorf("document %d = %+v, want %+v", i, d, want[i])
			}
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *store.Store, core *coretest.Core, x *lookup.Index) {
		for n := range 5 {
			core.Send(t, coretest.Parcel(n)...)
		}
		core.Clock.Set(core.Clock.Now().Add(24 * time.Hour))
		core.Send(t, coretest.List(5), coretest.List(6))
		core.Verdict(t, 5, 300) // has no effect: released
		catchUp(t, x)
		for name, c := range map[string]struct {
			filter lookup.Filter
			page   lookup.Page
			want   []uint64
		}{
			"all":        {want: []uint64{7, 6, 5, 4, 3, 2, 1}},
			"page":       {page: lookup.Page{Before: 6, Limit: 2}, want: []uint64{5, 4}},
			"state":      {filter: lookup.Filter{States: []clearance.State{clearance.Waiting}}, want: []uint64{7, 6}},
			"released":   {filter: lookup.Filter{States: []clearance.State{clearance.Released}, Modes: []string{"9610"}, Customs: []string{"4616"}, Direction: clearance.Import}, page: lookup.Page{Limit: 1}, want: []uint64{5}},
			"exports":    {filter: lookup.Filter{Direction: clearance.Export}},
			"first day":  {filter: lookup.Filter{To: coretest.Day}, page: lookup.Page{Limit: 3}, want: []uint64{5, 4, 3}},
			"second day": {filter: lookup.Filter{From: coretest.Day.AddDays(1)}, want: []uint64{7, 6}},
			"no day":     {filter: lookup.Filter{From: coretest.Day.AddDays(2)}},
			"merchant":   {filter: lookup.Filter{Within: lookup.Only(coretest.Merchant)}, want: []uint64{7, 6, 5, 4, 3, 2, 1}},
			"carrier":    {filter: lookup.Filter{Parties: []string{coretest.Carrier}, From: coretest.Day, To: coretest.Day}, page: lookup.Page{Before: 3}, want: []uint64{2, 1}},
			"nobody":     {filter: lookup.Filter{Within: lookup.Only([]string{}...)}},
			"several":    {filter: lookup.Filter{Within: lookup.Only(coretest.Merchant, coretest.Agent)}, page: lookup.Page{Limit: 1}, want: []uint64{7}},
			"stranger":   {filter: lookup.Filter{Within: lookup.Only(coretest.Payer)}},
		} {
			if c.filter.Within.Parties == nil {
				c.filter.Within = lookup.Everything()
			}
			got, err := x.List(t.Context(), c.filter, c.page)
			if err != nil || !slices.Equal(numbers(got.Parcels), c.want) {
				t.Errorf("%s: %v, %v; want %v", name, numbers(got.Parcels), err, c.want)
			}
		}
	})
}

// An enterprise that a changed list no longer names does not see it any more.
func TestPartyThatLeft(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *store.Store, core *coretest.Core, x *lookup.Index) {
		list := coretest.List(1)
		core.Send(t, list)
		catchUp(t, x)
		other := list.With(ceb.H621Guid, strings.Repeat("B", 36)).With(ceb.H621AppType, "2").With(ceb.H621AgentCode, "410798D221")
		core.Send(t, other)
		catchUp(t, x)
		for party, want := range map[string]int{coretest.Agent: 0, "410798D221": 1, coretest.Merchant: 1} {
			got, err := x.List(t.Context(), lookup.Filter{Within: lookup.Only(party)}, lookup.Page{})
			if err != nil || len(got.Parcels) != want || got.Total != (lookup.Total{N: int64(want), Exact: true}) {
				t.Errorf("%s sees %v of %v, %v; want %d", party, numbers(got.Parcels), got.Total, err, want)
			}
		}
	})
}

// A withdrawn list that is declared again is a parcel of its own: each shows its
// own decisions, and the order number finds both.
func TestDeclaredAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *store.Store, core *coretest.Core, x *lookup.Index) {
		core.Send(t, coretest.Parcel(1)...)
		catchUp(t, x)
		core.Send(t, coretest.Cancel(1, "46162026I000000001"), coretest.List(1).With(ceb.H621Guid, strings.Repeat("E", 36)))
		catchUp(t, x)
		list, err := x.Find(t.Context(), coretest.OrderNo(1))
		if err != nil || !slices.Equal(numbers(list), []uint64{2, 1}) || list[0].State != clearance.Released || list[1].State != clearance.Withdrawn {
			t.Fatalf("Find = %+v, %v", list, err)
		}
		for number, want := range map[uint64]int{1: 6, 2: 5} { // three documents each, and list, decision, withdrawal
			_, decisions, err := x.Parcel(t.Context(), number)
			if err != nil || len(decisions) != want {
				t.Errorf("parcel %d has %d decisions, %v; want %d", number, len(decisions), err, want)
			}
		}
	})
}

// Following in small batches, in one go, and building anew give the same index.
func TestRebuildGivesTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, core *coretest.Core, x *lookup.Index) {
		small := open(st, core, 3)
		for n := range 4 {
			core.Send(t, coretest.Parcel(n)...)
			catchUp(t, small)
		}
		core.Send(t, coretest.Cancel(2, "46162026I000000003"))
		catchUp(t, small)
		before := everything(t, x)
		if err := x.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := everything(t, x)
		if len(before) < 10 || !slices.Equal(before, after) {
			t.Errorf("before:\n%s\nafter:\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
		if at, err := x.Position(t.Context()); err != nil || at != core.Durable() {
			t.Errorf("at %d, %v; want %d", at, err, core.Durable())
		}
	})
}

// everything is all that the index answers.
func everything(t *testing.T, x *lookup.Index) (out []string) {
	t.Helper()
	list, err := x.List(t.Context(), lookup.Filter{Within: lookup.Everything()}, lookup.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list.Parcels {
		out = append(out, describe(p))
		_, ds, err := x.Parcel(t.Context(), p.Number)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range ds {
			out = append(out, string(d.Append(nil)))
		}
	}
	for _, e := range []string{coretest.Agent, coretest.Carrier, coretest.Payer, coretest.Platform} {
		nodes, _, err := x.Receipts(t.Context(), e, lookup.Cursor{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			out = append(out, e+strings.Join(n.Fields, "|"))
		}
	}
	return out
}

func TestFollow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, _ *store.Store, core *coretest.Core, x *lookup.Index) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- x.Follow(ctx, core) }()
		for n := range 3 {
			core.Send(t, coretest.Parcel(n)...)
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
				list, err := x.List(t.Context(), lookup.Filter{Within: lookup.Everything(), States: []clearance.State{clearance.Released}}, lookup.Page{})
				if err != nil {
					t.Fatal(err)
				}
				if len(list.Parcels) == n+1 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("parcel %d is not indexed", n+1)
				}
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Follow ended with %v", err)
		}
	})
}
