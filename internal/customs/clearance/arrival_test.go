package clearance_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// allModes are the supervision modes of both directions.
var allModes = []traffic.Mode{traffic.Import9610, traffic.Import1210, traffic.Import1239,
	traffic.Export9610, traffic.Export1210, traffic.Export9710, traffic.Export9810}

// outcome is what was decided about a parcel, without what depends on when and
// as which input it came.
func (m *machine) outcome(p *traffic.Parcel) string {
	k := m.keys[p.OrderNo]
	text := m.state[k].String()
	for _, d := range m.log {
		if d.Parcel != k || d.What != clearance.Decided {
			continue
		}
		c := *d
		c.Seq, c.Input, c.At, c.Number, c.InvtNo, c.Receipts = 0, 0, 0, 0, "", nil
		c.To, c.Status = 0, 0 // an export whose goods are there already is released at once
		text += fmt.Sprintf("\n%x", c.Append(nil))
	}
	return text
}

// whole are the documents that bring a parcel to its end.
func whole(p *traffic.Parcel) []*traffic.Document {
	if p.Route.Import {
		return all(p)
	}
	return append(all(p), p.Arrival, p.Departed)
}

// permutations of 0..n-1.
func permutations(n int) (out [][]int) {
	var next func(head, rest []int)
	next = func(head, rest []int) {
		if len(rest) == 0 {
			out = append(out, slices.Clone(head))
		}
		for i := range rest {
			next(append(head, rest[i]), slices.Concat(rest[:i], rest[i+1:]))
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	next(nil, order)
	return out
}

// TestOrderOfArrivalDoesNotMatter: all orders of the documents (24 of the four
// import documents; with arrival and departure 120 of an export's five) end
// alike, at once or a day apart, in every mode.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	for _, mode := range allModes {
		for _, day := range []time.Duration{0, 24 * time.Hour} {
			t.Run(fmt.Sprintf("%v %v apart", mode, day), func(t *testing.T) {
				t.Parallel()
				want := ""
				for _, order := range permutations(len(whole(newMachine(t, setup{modes: []traffic.Mode{mode}}).parcel(3)))) {
					m := newMachine(t, setup{modes: []traffic.Mode{mode}})
					p := m.parcel(3)
					docs := whole(p)
					for _, i := range order {
						m.now = m.now.Add(day)
						m.command(clearance.Tick, nil)
						m.send(docs[i])
					}
					got := m.outcome(p)
					if want == "" {
						want = got
						m.want(p, map[bool]clearance.State{true: clearance.Released, false: clearance.Closed}[mode.Import])
					}
					if got != want {
						t.Fatalf("order %v: %s\nwant %s%s", order, got, want, story(m.log[len(m.log)-8:]))
					}
				}
			})
		}
	}
}

// TestRepeatsChangeNothing: documents in any order, days apart, and any of those
// sent already sent again at any time; before 2024-12-15 with the exports'
// receipts of payment too.
func TestRepeatsChangeNothing(t *testing.T) {
	t.Parallel()
	for _, day := range []setup{{day: today}, {day: earlier, edits: always}} {
		want := map[string]string{}
		for _, mode := range allModes {
			m := newMachine(t, setup{modes: []traffic.Mode{mode}, day: day.day, edits: day.edits})
			p := m.parcel(5)
			m.send(whole(p)...)
			want[mode.String()] = m.outcome(p)
		}
		rapid.Check(t, func(r *rapid.T) {
			mode := rapid.SampledFrom(allModes).Draw(r, "mode")
			m := newMachine(t, setup{modes: []traffic.Mode{mode}, day: day.day, edits: day.edits})
			p := m.parcel(5)
			docs := rapid.Permutation(whole(p)).Draw(r, "order")
			for i, d := range docs {
				m.now = m.now.Add(time.Duration(rapid.IntRange(0, 24).Draw(r, "hours")) * time.Hour)
				m.command(clearance.Tick, nil)
				m.send(d)
				for _, again := range rapid.SliceOfN(rapid.SampledFrom(docs[:i+1]), 0, 2).Draw(r, "again") {
					book := string(m.engine.Book().Snapshot(nil))
					for _, v := range m.send(again) {
						if v.What != clearance.DocRepeated || len(v.Postings) > 0 || v.From != v.To {
							r.Fatalf("a repeated %v was not only answered: %s", again.Kind, story([]*clearance.Decision{v}))
						}
						if err := sound(v); err != nil {
							r.Fatal(err)
						}
					}
					if book != string(m.engine.Book().Snapshot(nil)) {
						r.Fatalf("a repeated %v touched the accounts", again.Kind)
					}
				}
			}
			if got := m.outcome(p); got != want[mode.String()] {
				r.Fatalf("%s\nwant %s%s", got, want[mode.String()], story(m.log))
			}
		})
	}
}

// TestInterleavedParcels: documents of several parcels, some of them faulty,
// mixed at random give each parcel the outcome that it has alone.
func TestInterleavedParcels(t *testing.T) {
	t.Parallel()
	modes := allModes
	faulty := func(m *machine, n int) []*traffic.Parcel {
		var out []*traffic.Parcel
		for i := range n {
			p := m.parcel(uint64(17 * i))
			switch {
			case i%4 == 1 && p.Route.Import:
				p.Payment.Set("amountPaid", "1.23")
			case i%4 == 2:
				p.Waybill.Set("consignee", "某某") // exports have no such element
				p.List.SetLine(0, "unit", "142")
			}
			out = append(out, p)
		}
		return out
	}
	const n = 9
	want := make([]string, n)
	refused := 0
	for i := range n {
		m := newMachine(t, setup{modes: modes})
		p := faulty(m, n)[i]
		m.send(whole(p)...)
		want[i] = m.outcome(p)
		if m.stateOf(p) == clearance.Refused {
			refused++
		}
	}
	if refused == 0 || refused == n {
		t.Fatalf("%d of %d parcels are refused: the test is not about much", refused, n)
	}
	rapid.Check(t, func(r *rapid.T) {
		m := newMachine(t, setup{modes: modes})
		ps := faulty(m, n)
		var docs []*traffic.Document
		for _, p := range ps {
			docs = append(docs, whole(p)...)
		}
		for _, d := range rapid.Permutation(docs).Draw(r, "order") {
			m.send(d)
		}
		for i, p := range ps {
			if got := m.outcome(p); got != want[i] {
				r.Fatalf("parcel %d: %s\nalone %s", i, got, want[i])
			}
		}
	})
}
