package clearance_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
)

// planStates are the machine's states in the words of a plan.
var planStates = map[clearance.State]traffic.State{
	clearance.None:    traffic.Rejected, // the list was never taken in
	clearance.Waiting: traffic.Waiting, clearance.Refused: traffic.Rejected, clearance.Expired: traffic.Rejected,
	clearance.Released: traffic.Released, clearance.Closed: traffic.Closed, clearance.Withdrawn: traffic.Withdrawn, clearance.Deleted: traffic.Deleted,
}

// TestADayWithEveryTrouble plays days of 3,000 parcels with every trouble of
// the generator and holds each expectation against the machine's outcome.
func TestADayWithEveryTrouble(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seed  uint64
		n     int
		day   clock.Day
		edits []edit
	}{{11, 3000, today, []edit{rates}}, {12, 500, earlier, append([]edit{rates}, always...)}} {
		t.Run(fmt.Sprint(c.day), func(t *testing.T) {
			t.Parallel()
			g, err := traffic.New(traffic.Options{Seed: c.seed, Day: c.day, Block: traffic.BlockFor(c.n)})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := g.Plan(c.n, traffic.DefaultMix())
			if err != nil {
				t.Fatal(err)
			}
			d := &dayOf{machine: newMachine(t, setup{gen: g, day: c.day, edits: c.edits}), plan: plan, codes: map[string][]string{}}
			d.filings.not[g.Zone().Unfiled.Code] = true
			for k := range plan.Messages() {
				d.play(k)
			}
			d.hold()
		})
	}
}

type dayOf struct {
	*machine
	plan  *traffic.Plan
	codes map[string][]string // of refusals, by order number
}

// play takes message k in and holds the answers of its documents to its wants.
func (d *dayOf) play(k int) {
	d.Helper()
	m := &d.plan.Messages()[k]
	d.now = d.gen.Day().Time().Add(time.Duration(m.Second) * time.Second)
	raw, err := d.plan.Append(nil, k, d.numbers)
	if err != nil {
		d.Fatalf("message %d: %v", k, err)
	}
	whole := slices.ContainsFunc(m.Wants, func(w traffic.Want) bool { return w.Document < 0 })
	if _, err := ceb.Decode(raw); err != nil {
		if !whole || errors.Unwrap(err) != nil {
			d.Errorf("message %d (%v): %v", k, m.Kind, err)
		}
		return
	}
	if whole {
		d.Errorf("message %d (%v, %v) is taken in", k, m.Kind, m.Damage)
	}
	out := d.raw(raw)
	first, _ := d.engine.Last()
	first -= uint64(m.Documents()) - 1
	for n := range m.Documents() {
		var ds []*clearance.Decision
		for _, v := range out {
			if v.Input == first+uint64(n) {
				ds = append(ds, v)
			}
		}
		d.answer(k, n, m, ds)
	}
}

func (d *dayOf) answer(k, n int, m *traffic.Message, ds []*clearance.Decision) {
	d.Helper()
	got := traffic.Accepted
	switch ds[0].What {
	case clearance.DocRepeated:
		got = traffic.Repeated
	case clearance.DocRefused:
		got = traffic.Refused
	}
	var said []string
	for _, v := range ds {
		for _, r := range v.Receipts {
			for _, g := range r.Rungs {
				if g.Status < 0 || g.Status == 100 {
					said = append(said, fmt.Sprint(g.Status))
					for _, why := range g.Reasons {
						said = append(said, why.Code)
					}
				}
			}
		}
	}
	var e traffic.Expectation
	if m.Kind != 507 && m.Kind != 509 {
		e = d.plan.Expect()[m.Parcels()[n]]
		d.codes[e.OrderNo] = append(d.codes[e.OrderNo], said...)
	}
	want := traffic.Accepted
	var wantCodes []string
	for _, w := range m.Wants {
		if w.Document == n {
			want, wantCodes = w.Answer, w.Codes
		}
	}
	switch {
	case len(m.Wants) > 0 && got != want:
		d.Errorf("message %d (%v) of %v: %v, want %v:%s", k, m.Kind, e.Trouble, got, want, story(ds))
	case len(wantCodes) > 0 && !slices.ContainsFunc(wantCodes, func(c string) bool { return slices.Contains(said, c) }):
		d.Errorf("message %d (%v) of %v: codes %v, want one of %v", k, m.Kind, e.Trouble, said, wantCodes)
	case len(m.Wants) == 0 && got != traffic.Accepted && e.Final&traffic.Rejected == 0:
		d.Errorf("message %d (%v) of %v: %v:%s", k, m.Kind, e.Trouble, got, story(ds))
	}
}

// numbers finds the list number of an enterprise's number.
func (d *dayOf) numbers(copNo string) (string, bool) {
	for i := len(d.log) - 1; i >= 0; i-- {
		if v := d.log[i]; v.What == clearance.Decided && v.List.CopNo == copNo && v.InvtNo != "" {
			return v.InvtNo, true
		}
	}
	return "", false
}

// hold compares every parcel's end with its expectation.
func (d *dayOf) hold() {
	decided := map[string]*clearance.Decision{}
	for _, v := range d.log {
		if v.What == clearance.Decided {
			decided[v.List.OrderNo] = v
		}
		if err := sound(v); err != nil {
			d.Fatal(err)
		}
	}
	total := map[string]int64{}
	seen := map[traffic.Trouble]int{}
	for _, e := range d.plan.Expect() {
		seen[e.Trouble]++
		state := d.state[d.keys[e.OrderNo]]
		if e.Final&planStates[state] == 0 {
			d.Errorf("%v parcel %d %s ends %v, want %v; said %v", e.Trouble, e.Parcel, e.Mode, state, e.Final.Names(), d.codes[e.OrderNo])
			continue
		}
		v := decided[e.OrderNo]
		if len(e.Codes) > 0 && state != clearance.Waiting && !slices.ContainsFunc(e.Codes, func(c string) bool { return slices.Contains(d.codes[e.OrderNo], c) }) {
			d.Errorf("%v parcel %d: said %v, want one of %v", e.Trouble, e.Parcel, d.codes[e.OrderNo], e.Codes)
		}
		if e.Decision != "" && (v == nil || v.Tax == nil || v.Tax.Decision != e.Decision || v.Tax.Reason != e.Reason) {
			d.Errorf("%v parcel %d: tax %+v, want %s %s", e.Trouble, e.Parcel, v, e.Decision, e.Reason)
		}
		if e.Class != "" && v != nil {
			want := map[string]string{"summary": "PZ1702", "statistics": "PZ1701"}[e.Class]
			if !slices.Contains(codes([]*clearance.Decision{v}), want) {
				d.Errorf("%v parcel %d: class %s, said %v", e.Trouble, e.Parcel, e.Class, codes([]*clearance.Decision{v}))
			}
		}
		if e.Trouble != traffic.FraudRing || state == clearance.Released {
			total[e.Buyer] += e.Dutiable
		}
	}
	for id, want := range total {
		if id == "" {
			continue
		}
		if posted, pending := d.allowance(id, d.gen.Day().Year()); posted != want || pending != 0 {
			d.Errorf("buyer %s stands at %d, %d, want %d", id, posted, pending, want)
		}
	}
	for _, tr := range traffic.Troubles() {
		if seen[tr] == 0 {
			d.Errorf("the day has no %v", tr)
		}
	}
}
