package clearance_test

import (
	"slices"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// A verdict that was given on what the officer saw does nothing to a parcel that
// has moved since, and says where it is.
func TestVerdictOfAParcelThatMoved(t *testing.T) {
	t.Parallel()
	for seen, want := range map[clearance.State]clearance.State{clearance.None: clearance.Released, clearance.Review: clearance.Released, clearance.Inspect: clearance.Review} {
		m := newMachine(t, setup{modes: []traffic.Mode{traffic.Import9610}})
		p := m.parcel(1)
		m.reach(p, clearance.Review)
		ds := m.command(clearance.Verdict, clearance.VerdictBody{Number: m.numberOf(p), Status: 800, Officer: "o1", Reason: "无误", Seen: seen}.Encode())
		m.want(p, want)
		if want == clearance.Review && (ds[0].What != clearance.NotMoved || !slices.Contains(codes(ds), "PZ3001")) {
			t.Errorf("seen %v:%s", seen, story(ds))
		}
	}
}

// A service's verdict is taken in once however often it is delivered, also by a
// machine that was restored in between.
func TestVerdictOfTheOutboxCountsOnce(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{traffic.Import9610}})
	p := m.parcel(1)
	m.reach(p, clearance.Review)
	body, err := clearance.FromOutbox(clearance.Verdict, clearance.VerdictBody{Number: m.numberOf(p), Status: 501, Officer: "o1", Reason: "不符"}.Encode(), 7)
	if err != nil {
		t.Fatal(err)
	}
	m.command(clearance.Verdict, body)
	m.want(p, clearance.Detained)
	if m.engine.Outbox() != 7 {
		t.Errorf("the outbox stands at %d", m.engine.Outbox())
	}
	if ds := m.command(clearance.Verdict, body); len(ds) != 1 || ds[0].What != clearance.NotMoved || len(ds[0].Receipts) != 0 {
		t.Errorf("delivered again:%s", story(ds))
	}
}

// What is offered to officers is what the published table does.
func TestAllowedVerdictsFollowTheTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state clearance.State
		dir   clearance.Direction
		want  []uint16
	}{
		{clearance.Review, clearance.Import, []uint16{800, 500, 501, 502, 503, 599, 700, 100}},
		{clearance.Inspect, clearance.Import, []uint16{800, 300, 501, 502, 503, 599, 700, 100}},
		{clearance.Inspect, clearance.Export, []uint16{800, 300, 100}},
		{clearance.Detained, clearance.Import, []uint16{800, 501, 502, 503, 599, 700, 100}},
		{clearance.Concluded, clearance.Export, []uint16{300, 500, 100}},
		{clearance.Waiting, clearance.Import, nil},
		{clearance.Released, clearance.Import, nil},
		{clearance.Returned, clearance.Import, nil},
	} {
		if got := clearance.Allowed(c.state, c.dir); !slices.Equal(got, c.want) {
			t.Errorf("%v %c: %v, want %v", c.state, c.dir, got, c.want)
		}
	}
}
