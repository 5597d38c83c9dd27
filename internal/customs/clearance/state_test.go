package clearance_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/ledger"
)

const (
	firstEvent, lastEvent = clearance.ListNew, clearance.ToRefuse
	lastState             = clearance.Expired
)

// unreachable are the states that a direction does not have: an import is
// concluded and closed at 800, an export's receipt has no 501-599 and 700.
var unreachable = map[bool][]clearance.State{
	true:  {clearance.Concluded, clearance.Closed},
	false: {clearance.Detained, clearance.Returned},
}

// TestEveryCellOfTheStateTable drives each cell by real documents and holds
// the outcome against it (DESIGN section 1).
func TestEveryCellOfTheStateTable(t *testing.T) {
	t.Parallel()
	for _, mode := range []traffic.Mode{traffic.Import9610, traffic.Export9610} {
		for ev := firstEvent; ev <= lastEvent; ev++ {
			for s := clearance.None; s <= lastState; s++ {
				t.Run(fmt.Sprintf("%v %v in %v", mode, ev, s), func(t *testing.T) {
					t.Parallel()
					if slices.Contains(unreachable[mode.Import], s) {
						return // TestStatesThatADirectionDoesNotHave
					}
					m := newMachine(t, setup{modes: []traffic.Mode{mode}})
					p := m.parcel(0)
					m.reach(p, s)
					d := driver{m, p, ev, s, clearance.Table[ev][s]}
					d.check()
				})
			}
		}
	}
}

// reach brings a parcel into a state by documents and officers' words.
func (m *machine) reach(p *traffic.Parcel, s clearance.State) {
	m.Helper()
	hold := func(status uint16) {
		m.send(&p.List)
		m.verdict(m.numberOf(p), status)
		m.send(three(p)...)
	}
	switch s {
	case clearance.None:
		m.send(three(p)...)
		return
	case clearance.Waiting:
		m.send(&p.List)
	case clearance.Concluded:
		m.send(all(p)...)
	case clearance.Review:
		hold(300)
	case clearance.Inspect:
		hold(500)
	case clearance.Detained:
		hold(300)
		m.verdict(m.numberOf(p), 502)
	case clearance.Returned:
		hold(500)
		m.verdict(m.numberOf(p), 700)
	case clearance.Refused:
		hold(300)
		m.verdict(m.numberOf(p), 100)
	case clearance.Released:
		m.send(all(p)...)
		if !p.Route.Import {
			m.send(p.Arrival)
		}
	case clearance.Closed:
		m.send(p.Documents()...)
	case clearance.Withdrawn:
		m.send(all(p)...)
		m.send(withdrawal(p, m.invtNo[m.keys[p.OrderNo]]))
	case clearance.Deleted:
		m.send(&p.List, again(&p.List, "3", 1))
	case clearance.Expired:
		m.send(&p.List)
		m.now = m.now.AddDate(0, 0, 8)
		m.command(clearance.Tick, nil)
	}
	m.want(p, s)
}

// driver drives one cell.
type driver struct {
	*machine
	p    *traffic.Parcel
	ev   clearance.Event
	s    clearance.State
	cell clearance.Cell
}

// happen lets the event happen.
func (d *driver) happen() []*clearance.Decision {
	p := d.p
	late, old := again(&p.List, "1", 20), again(&p.List, "1", -20)
	officer := map[clearance.Event]uint16{clearance.ToReview: 300, clearance.ToInspect: 500, clearance.ToDetain: 501,
		clearance.ToReturn: 700, clearance.ToRelease: 800, clearance.ToRefuse: 100}
	switch d.ev {
	case clearance.ListNew:
		return d.send(&p.List)
	case clearance.ListRepeat:
		if d.s == clearance.Deleted { // what the state stands on is the deletion
			return d.raw(d.history[len(d.history)-1].raw)
		}
		return d.send(&p.List)
	case clearance.ListClash:
		return d.send(late)
	case clearance.ListStale:
		return d.send(old)
	case clearance.ListChange:
		return d.send(with(late, "appType", "2"))
	case clearance.ListDelete:
		return d.send(with(late, "appType", "3"))
	case clearance.Timeout:
		d.now = d.now.AddDate(0, 0, 8)
		return d.command(clearance.Tick, nil)
	case clearance.Withdraw:
		return d.send(withdrawal(p, d.listNumber()))
	case clearance.Arrive:
		if p.Route.Import {
			return d.send(d.foreignMove(507))
		}
		return d.send(with(p.Arrival, "copNo", "XA-AGAIN", "guid", newGUID()))
	case clearance.Depart:
		if p.Route.Import {
			return d.send(d.foreignMove(509))
		}
		return d.send(with(p.Departed, "copNo", "XD-AGAIN", "guid", newGUID()))
	}
	return d.verdict(d.numberOf(p), officer[d.ev])
}

// listNumber is the number that the list has, or one that none has.
func (d *driver) listNumber() string {
	if no := d.invtNo[d.keys[d.p.OrderNo]]; no != "" {
		return no
	}
	return fmt.Sprintf("%s2026%c%09d", d.p.Route.Customs, "EI"[map[bool]int{true: 1}[d.p.Route.Import]], max(1, d.numberOf(d.p)))
}

// foreignMove is an arrival or departure of an export that has the import's
// waybill number with the same carrier.
func (d *driver) foreignMove(kind int) *traffic.Document {
	e := generator(d, setup{modes: []traffic.Mode{traffic.Export9610}, day: today}).Parcel(0)
	doc := e.Arrival
	if kind == 509 {
		doc = e.Departed
	}
	doc = with(doc, "logisticsCode", d.p.Route.Logistics.Code, "copNo", "X-"+strconv.Itoa(kind))
	doc.SetLine(0, "logisticsNo", d.p.WaybillNo)
	return doc
}

// check lets the event happen and holds the outcome against the cell.
func (d *driver) check() {
	d.Helper()
	if !d.cell.Defined {
		d.undefined()
		return
	}
	before := d.engine.Book().Snapshot(nil)
	out := d.happen()
	fail := func(format string, args ...any) {
		d.Helper()
		d.Errorf(format+"; decisions:%s", append(args, story(out))...)
	}
	moves := d.ev == clearance.Arrive || d.ev == clearance.Depart
	officer := d.ev >= clearance.ToReview
	switch {
	case officer && !d.p.Route.Import && (d.ev == clearance.ToDetain || d.ev == clearance.ToReturn):
		if d.stateOf(d.p) != d.s || (d.s != clearance.None && !slices.Contains(codes(out), "PZ3002")) {
			fail("no refusal of a status that exports do not have")
		}
	case d.cell.Code != "":
		if d.stateOf(d.p) != d.s || !slices.Contains(codes(out), d.cell.Code) || len(out) != 1 {
			fail("want refusal %s, state as before", d.cell.Code)
		}
		if string(before) != string(d.engine.Book().Snapshot(nil)) {
			fail("a refusal touched the accounts")
		}
	case d.cell.Repeat:
		if len(out) != 1 || out[0].What != clearance.DocRepeated || out[0].From != d.s || out[0].To != d.s || len(out[0].Postings) != 0 {
			fail("want the answer again and nothing else")
		}
	case moves && d.p.Route.Import, moves && d.cell.Effect == clearance.Flag, d.cell.Effect == clearance.Flag:
		if d.stateOf(d.p) != d.s || string(before) != string(d.engine.Book().Snapshot(nil)) || len(what(out, clearance.Moved)) != 0 {
			fail("want it remembered only")
		}
	case d.ev == clearance.Timeout && d.cell.Next == d.s:
		if len(out) != 0 {
			fail("a time-out of what does not wait")
		}
	default:
		d.moved(out, fail)
	}
	d.receipts(out, fail)
}

// moved holds a cell that leads to another state.
func (d *driver) moved(out []*clearance.Decision, fail func(string, ...any)) {
	d.Helper()
	i := slices.IndexFunc(out, func(v *clearance.Decision) bool { return v.Number != 0 })
	if i < 0 || out[i].From != d.s || out[i].To != d.cell.Next {
		fail("want %v → %v", d.s, d.cell.Next)
		return
	}
	v := out[i]
	want := map[clearance.Effect][]ledger.Phase{clearance.Charge: {ledger.Charge}, clearance.Free: {ledger.Free},
		clearance.Settle: {ledger.Refund}}[d.cell.Effect]
	if !d.p.Route.Import {
		want = nil // exports have no accounts in the core
	}
	seen := map[ledger.Phase]bool{}
	for _, p := range v.Postings {
		seen[p.Phase] = true
	}
	if len(seen) != len(want) || (len(want) == 1 && !seen[want[0]]) {
		fail("postings %v, want %v", v.Postings, want)
	}
	rungs := slices.Clone(d.cell.Rungs)
	if d.ev == clearance.ToDetain {
		rungs = []int{501}
	}
	kind := d.p.List.Kind.Receipt()
	if d.ev == clearance.Withdraw {
		kind, rungs = 606, []int{2, 399}
		if d.p.Route.Import {
			kind, rungs = 624, []int{2, 120, 399}
		}
	}
	if got := statuses(out[i:i+1], kind); !slices.Equal(got, rungs) {
		fail("receipts %v, want %v", got, rungs)
	}
	if d.cell.Effect == clearance.Restart || d.cell.Next == clearance.Expired || d.cell.Next == clearance.Deleted {
		return
	}
	if got := d.stateOf(d.p); got != d.cell.Next {
		fail("ends as %v", got)
	}
}

// receipts: every document is answered once, to its sender, in a sound message.
func (d *driver) receipts(out []*clearance.Decision, fail func(string, ...any)) {
	d.Helper()
	for _, v := range out {
		for _, r := range v.Receipts {
			if r.To != sender {
				fail("receipt goes to %q", r.To)
			}
		}
		if err := sound(v); err != nil {
			fail("%v", err)
		}
	}
}

// undefined: nothing is stored under the number, so that the list can be
// neither repeated nor clashing nor older; sent with any guid or time it is new.
// The other way round, a number that is stored is never new.
func (d *driver) undefined() {
	d.Helper()
	if (d.ev == clearance.ListNew) == (d.s == clearance.None) {
		d.Fatalf("cell %v in %v should be defined", d.ev, d.s)
	}
	if d.ev != clearance.ListNew {
		out := d.happen()
		if out[0].What != clearance.DocStored || out[0].From != clearance.None || out[0].To != clearance.Waiting {
			d.Errorf("a list under an empty number is not new: %s", story(out))
		}
		return
	}
	for _, list := range []*traffic.Document{&d.p.List, again(&d.p.List, "1", 20), again(&d.p.List, "1", -20)} {
		for _, v := range d.send(list) {
			if v.From == clearance.None && v.To != clearance.None {
				d.Errorf("a stored list became new: %s", story([]*clearance.Decision{v}))
			}
		}
	}
}

// TestStatesThatADirectionDoesNotHave: imports are not concluded (399) or
// closed (899), exports not detained or returned (FORMATS section 3: those
// statuses are not in CEB604).
func TestStatesThatADirectionDoesNotHave(t *testing.T) {
	t.Parallel()
	for _, mode := range []traffic.Mode{traffic.Import1210, traffic.Export9610} {
		for ev := firstEvent; ev <= lastEvent; ev++ {
			for s := clearance.None; s <= lastState; s++ {
				if slices.Contains(unreachable[mode.Import], s) {
					continue
				}
				m := newMachine(t, setup{modes: []traffic.Mode{mode}})
				p := m.parcel(0)
				m.reach(p, s)
				d := driver{m, p, ev, s, clearance.Table[ev][s]}
				d.happen()
				if got := m.stateOf(p); slices.Contains(unreachable[mode.Import], got) {
					t.Errorf("%v: %v in %v leads to %v", mode, ev, s, got)
				}
			}
		}
	}
}

// TestRepeatedListsAreAnsweredWithAnOfficialStatus: the answer is given again,
// with a status that the receipt knows and with its words.
func TestRepeatedListsAreAnsweredWithAnOfficialStatus(t *testing.T) {
	t.Parallel()
	want := map[clearance.State]int{clearance.Waiting: 2, clearance.Review: 300, clearance.Inspect: 500, clearance.Detained: 502,
		clearance.Returned: 700, clearance.Refused: 100, clearance.Released: 800, clearance.Withdrawn: 399, clearance.Expired: 100}
	for s, status := range want {
		m := newMachine(t, setup{modes: []traffic.Mode{traffic.Import1210}})
		p := m.parcel(0)
		m.reach(p, s)
		m.now = m.now.Add(time.Hour)
		out := m.send(&p.List)
		if got := statuses(out, 622); len(got) != 1 || got[0] != status {
			t.Errorf("%v: repeated list answered with %v, want %d", s, got, status)
		}
		if len(out[0].Receipts[0].Rungs[0].Reasons) == 0 {
			t.Errorf("%v: repeated list answered without a word", s)
		}
	}
}

// TestOfficersStatuses: every status of an officer goes into the receipt as it
// is; unknown ones and unknown parcels are refused.
func TestOfficersStatuses(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{traffic.Import1210}})
	p := m.parcel(0)
	m.reach(p, clearance.Review)
	id, value := p.Buyer.ID, int64(p.Basket.Dutiable())
	for _, status := range []uint16{500, 300, 501, 502, 503, 599} {
		out := m.verdict(m.numberOf(p), status)
		if got := statuses(out, 622); !slices.Equal(got, []int{int(status)}) || out[0].Status != status {
			t.Errorf("%d: receipts %v%s", status, got, story(out))
		}
		if posted, pending := m.allowance(id, 2026); posted != 0 || pending != value {
			t.Errorf("%d: allowance stands at %d, %d while it is held", status, posted, pending)
		}
	}
	if out := m.verdict(m.numberOf(p), 120); !slices.Contains(codes(out), "PZ3002") {
		t.Errorf("120 is no officer's:%s", story(out))
	}
	if out := m.verdict(99, 800); !slices.Contains(codes(out), "PZ3003") {
		t.Errorf("no such parcel:%s", story(out))
	}
	m.verdict(m.numberOf(p), 800)
	m.want(p, clearance.Released)
	if posted, pending := m.allowance(id, 2026); posted != value || pending != 0 {
		t.Errorf("allowance stands at %d, %d after the release", posted, pending)
	}
}
