package lookup_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/kernel/store"
)

func describe(p lookup.Parcel) string { return fmt.Sprintf("%+v", p) }

// Each enterprise gets just its own receipts, all of them once and in order,
// whatever the size of the pages.
func TestReceipts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, core *coretest.Core, x *lookup.Index) {
		small := open(st, core, 2)
		for n := range 6 {
			core.Send(t, coretest.Parcel(n)...)
			catchUp(t, small)
		}
		want := map[string][]string{}
		var all []string
		err := core.Reader().Each(t.Context(), 1, func(d *clearance.Decision) error {
			for _, n := range d.Nodes() {
				want[n.To] = append(want[n.To], describeNode(n))
				all = append(all, describeNode(n))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want[""], want["stranger"] = all, nil
		if len(want) != 6 || len(want[coretest.Agent]) != 18 {
			t.Fatalf("%d enterprises, %d receipts for the agent", len(want)-2, len(want[coretest.Agent]))
		}
		for enterprise, list := range want {
			for _, limit := range []int{1, 2, 5, 1000} {
				var got []string
				var at lookup.Cursor
				for {
					nodes, next, err := x.Receipts(t.Context(), enterprise, at, limit)
					if err != nil || len(nodes) > limit {
						t.Fatalf("%d receipts, %v", len(nodes), err)
					}
					if len(nodes) == 0 {
						if next != at {
							t.Errorf("cursor moved from %v to %v without receipts", at, next)
						}
						break
					}
					for _, n := range nodes {
						got = append(got, describeNode(n))
					}
					if at, err = lookup.ParseCursor(next.String()); err != nil || at != next {
						t.Fatalf("cursor %v came back as %v, %v", next, at, err)
					}
				}
				if !slices.Equal(got, list) {
					t.Errorf("%q by %d:\n%s\nwant\n%s", enterprise, limit, strings.Join(got, "\n"), strings.Join(list, "\n"))
				}
			}
		}
		nodes, _, err := x.Receipts(t.Context(), coretest.Agent, lookup.Cursor{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		m, err := ceb.Decode(clearance.AppendReceipts(nil, nodes))
		if err != nil || len(m.Defects) > 0 || len(m.Docs) != 18 {
			t.Errorf("rendered receipts: %v, %v", err, m.Defects)
		}
	})
}

func describeNode(n clearance.ReceiptNode) string {
	return fmt.Sprint(n.Seq, ".", n.Index, " ", n.Kind, " ", n.Status, " ", strings.Join(n.Fields, "|"))
}

func TestParseCursor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]lookup.Cursor{"": {}, "0": {}, "12.3": {Seq: 12, Index: 3}, "12": {Seq: 12, Index: 1 << 30}} {
		if got, err := lookup.ParseCursor(text); err != nil || got != want {
			t.Errorf("%q = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"x", "1.x", "-1", "1.-1", "1.2.3", "."} {
		if got, err := lookup.ParseCursor(text); err == nil {
			t.Errorf("%q = %v, want an error", text, got)
		}
	}
}
