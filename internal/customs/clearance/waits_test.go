package clearance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// tick lets time pass.
func (m *machine) tick(d time.Duration) []*clearance.Decision {
	m.Helper()
	m.now = m.now.Add(d)
	if !m.engine.Due(m.now.UnixMicro()) {
		return nil
	}
	return m.command(clearance.Tick, nil)
}

const days = 24 * time.Hour

// TestListsWaitAsLongAsThePackSays: list_wait_days, with what is missing named;
// afterwards the documents decide nothing, the list may come again.
func TestListsWaitAsLongAsThePackSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wait  time.Duration
		edits []edit
	}{{7 * days, nil}, {2 * days, []edit{parameter("value: \"7\", source: {ref: design}", "value: \"2\", source: {ref: design}")}}} {
		m := newMachine(t, setup{modes: []traffic.Mode{in1210}, edits: c.edits})
		p := m.parcel(0)
		m.send(&p.List, &p.Order)
		if out := m.tick(c.wait - time.Hour); len(out) != 0 {
			t.Errorf("gave up too early:%s", story(out))
		}
		out := m.tick(2 * time.Hour)
		m.want(p, clearance.Expired)
		if s := story(out); !slices.Equal(codes(out), []string{"PZ1502"}) || !strings.Contains(s, "支付凭证、运单") || !slices.Equal(statuses(out, 622), []int{100}) {
			t.Errorf("says %v%s", statuses(out, 622), s)
		}
		m.send(p.Payment, &p.Waybill)
		m.want(p, clearance.Expired)
		m.send(again(&p.List, "1", 5))
		m.want(p, clearance.Released)
	}
}

// TestAChangedListWaitsAnew: the time runs from its current version.
func TestAChangedListWaitsAnew(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in1210}})
	p := m.parcel(0)
	m.send(&p.List)
	m.tick(5 * days)
	m.send(again(&p.List, "2", 5))
	m.tick(5 * days)
	m.want(p, clearance.Waiting)
	m.tick(3 * days)
	m.want(p, clearance.Expired)
}

// TestDocumentsWaitForTheirList: orphan_wait_days, for orders, payments and
// waybills of both directions; a change waits anew, an expired one is gone and
// its late repetition does not bring it back.
func TestDocumentsWaitForTheirList(t *testing.T) {
	t.Parallel()
	for _, mode := range []traffic.Mode{in1210, out9610} {
		for name, of := range supports {
			m := newMachine(t, setup{modes: []traffic.Mode{mode}, day: earlier, edits: always})
			p := m.parcel(0)
			doc := of(p)
			m.send(doc)
			m.tick(29 * days)
			changed := again(doc, "2", 5)
			m.send(changed)
			if out := m.tick(2 * days); len(out) != 0 {
				t.Errorf("%v %s: the change did not wait anew:%s", mode, name, story(out))
			}
			out := m.tick(29 * days)
			if len(out) != 1 || out[0].What != clearance.DocExpired || !slices.Equal(codes(out), []string{"PZ1503"}) ||
				!slices.Equal(statuses(out, doc.Kind.Receipt()), []int{100}) || out[0].Receipts[0].To != sender {
				t.Errorf("%v %s: %s", mode, name, story(out))
				continue
			}
			if err := sound(out[0]); err != nil {
				t.Error(err)
			}
			for _, d := range []*traffic.Document{changed, doc} {
				if out := m.send(d); out[0].What != clearance.DocRefused {
					t.Errorf("%v %s: a late repetition:%s", mode, name, story(out))
				}
			}
			m.send(again(doc, "1", 9))
			for _, d := range all(p) {
				if d != doc {
					m.send(d)
				}
			}
			m.want(p, map[bool]clearance.State{true: clearance.Released, false: clearance.Concluded}[mode.Import])
		}
	}
}

// TestFreedDocumentsWaitAgain: what a withdrawn, refused or expired list had
// used waits for another list from then on, and not for ever.
func TestFreedDocumentsWaitAgain(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*machine, *traffic.Parcel){
		"withdrawn": func(m *machine, p *traffic.Parcel) {
			m.send(all(p)...)
			m.tick(40 * days)
			m.send(withdrawal(p, m.invtNo[m.keys[p.OrderNo]]))
		},
		"refused by an officer": func(m *machine, p *traffic.Parcel) {
			m.send(&p.List)
			m.verdict(m.numberOf(p), 300)
			m.send(three(p)...)
			m.tick(40 * days)
			m.verdict(m.numberOf(p), 100)
		},
		"expired": func(m *machine, p *traffic.Parcel) {
			m.send(&p.Order, p.Payment, &p.Waybill)
			m.tick(25 * days)
			other := copyOf(&p.Order) // the list waits for an order that was deleted
			m.send(again(other, "3", 5), &p.List)
			m.tick(8 * days)
			m.want(p, clearance.Expired)
			m.send(again(other, "1", 9))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
			p := m.parcel(0)
			end(m, p)
			if out := what(m.tick(20*days), clearance.DocExpired); len(out) != 0 {
				t.Errorf("a freed document waits not at all:%s", story(out))
			}
			var gone []string
			for range 3 {
				for _, d := range what(m.tick(20*days), clearance.DocExpired) {
					gone = append(gone, d.Kind.String())
				}
			}
			slices.Sort(gone)
			if !slices.Equal(gone, []string{"CEB311Message", "CEB411Message", "CEB511Message"}) {
				t.Errorf("expired are %v", gone)
			}
		})
	}
}

// TestWaybillNumbersAgain FORMATS 4: not within six months of the same carrier,
// afterwards as new, whichever of list and waybill comes first; the old list
// and the new one do not touch each other.
func TestWaybillNumbersAgain(t *testing.T) {
	t.Parallel()
	for _, listFirst := range []bool{false, true} {
		for _, c := range []struct {
			months, days int
			ok           bool
		}{{5, 0, false}, {6, 0, false}, {6, 1, true}} {
			m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
			a := m.parcel(0)
			m.send(all(a)...)
			m.want(a, clearance.Released)
			m.now = m.now.AddDate(0, c.months, c.days)
			b := m.pick(func(p *traffic.Parcel) bool { return p.OrderNo != a.OrderNo && p.Route.Logistics == a.Route.Logistics })
			b.List, b.Waybill = *with(&b.List, "logisticsNo", a.WaybillNo), *with(&b.Waybill, "logisticsNo", a.WaybillNo)
			for _, d := range all(b) {
				d.Set("appTime", m.now.Format("20060102")+"101010")
			}
			docs := all(b)
			if listFirst {
				slices.Reverse(docs)
			}
			out := m.send(docs...)
			if !c.ok {
				if !slices.Contains(codes(out), "-504015") || !slices.Contains(refusal(out), "PZ1506") {
					t.Errorf("%d months, %d days, list first %v:%s", c.months, c.days, listFirst, story(out))
				}
				continue
			}
			m.want(b, clearance.Released)
			m.send(withdrawal(a, m.invtNo[m.keys[a.OrderNo]]))
			m.want(a, clearance.Withdrawn)
			if out := m.send(again(&b.Waybill, "3", 9)); !slices.Equal(codes(out), []string{"-504016"}) {
				t.Errorf("the old list's withdrawal freed the new one's waybill:%s", story(out))
			}
			m.want(b, clearance.Released)
		}
	}
}

// TestPacksSwitchedInMidStream: lists received after the switch are decided by
// the new packs, decided ones stay, and the decisions name the versions.
func TestPacksSwitchedInMidStream(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	first, second, third := m.worth(0, 1, 2, 3000*yuan, 0), m.worth(1, 1, 2, 3000*yuan, 0), m.worth(2, 1, 2, 1000*yuan, 0)
	m.send(all(first)...)
	m.want(first, clearance.Released)
	lower := rulebook(t, parameter(`value: "5000.00", from: 2019-01-01`, `value: "2000.00", from: 2019-01-01`),
		parameter(`value: "26000.00", from: 2019-01-01`, `value: "4000.00", from: 2019-01-01`), edit{"pack.yaml", `version: "2026.3"`, `version: "2027.1"`})
	out := m.command(clearance.SwitchPacks, lower.Set().Marshal())
	if len(out) != 1 || out[0].What != clearance.Switched {
		t.Fatal(story(out))
	}
	m.want(first, clearance.Released)
	if got := refusal(m.send(all(second)...)); !slices.Equal(got, []string{"1313"}) { // 3,000 + 3,000 > 4,000
		t.Errorf("refused for %v", got)
	}
	m.send(all(third)...)
	m.want(third, clearance.Released) // 3,000 + 1,000 = 4,000
	var versions []string
	for _, d := range what(m.log, clearance.Decided) {
		versions = append(versions, d.Versions)
	}
	if len(versions) != 3 || versions[0] == versions[1] || versions[1] != versions[2] || !strings.Contains(versions[2], "2027.1") {
		t.Errorf("versions %v", versions)
	}
	// A higher limit holds for an account that was opened under a lower one.
	higher := rulebook(t, parameter(`value: "26000.00", from: 2019-01-01`, `value: "9000.00", from: 2019-01-01`), edit{"pack.yaml", `version: "2026.3"`, `version: "2027.2"`})
	m.command(clearance.SwitchPacks, higher.Set().Marshal())
	fourth := m.worth(3, 1, 2, 5000*yuan, 0)
	m.send(all(fourth)...)
	m.want(fourth, clearance.Released)
}

// TestASwitchBySetComesOnce: a service's switch is taken once however often it
// is delivered, also when another came after it; one that can't be read changes
// nothing, and its number stays free.
func TestASwitchBySetComesOnce(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	first := m.engine.Rules().Set()
	second := rulebook(t, edit{"pack.yaml", `version: "2026.3"`, `version: "2027.1"`}).Set()
	body := func(set []byte, id uint64) []byte {
		b, err := clearance.FromOutbox(clearance.SwitchSet, clearance.SwitchBody(set), id)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if out := m.command(clearance.SwitchSet, body(second.Marshal(), 7)); len(out) != 1 || out[0].What != clearance.Switched || out[0].Subject != second.Version() {
		t.Fatal(story(out))
	}
	m.command(clearance.SwitchSet, body(first.Marshal(), 8))
	if out := m.command(clearance.SwitchSet, body(second.Marshal(), 7)); !slices.Equal(codes(out), []string{"PZ3005"}) {
		t.Error(story(out))
	}
	if got := m.engine.Rules().Set().Version(); got != first.Version() || m.engine.Outbox() != 8 {
		t.Errorf("in force is %s, outbox at %d", got, m.engine.Outbox())
	}
	input, _ := m.engine.Last()
	for _, b := range [][]byte{nil, {1}, body([]byte("no set"), 9), body(second.Marshal()[:100], 9)} {
		if err := m.engine.Command(input+1, clearance.Command{Kind: clearance.SwitchSet, At: m.now.UnixMicro(), Body: b}); err == nil {
			t.Errorf("takes %d bytes", len(b))
		}
	}
	if m.engine.Outbox() != 8 {
		t.Errorf("outbox at %d", m.engine.Outbox())
	}
}

// TestWaitingListsKeepTheirRules RULES Z3: a list that waits when packs are
// switched is decided by those that were in force when it came.
func TestWaitingListsKeepTheirRules(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	p := m.worth(0, 1, 2, 3000*yuan, 0)
	m.send(&p.List)
	lower := rulebook(t, parameter(`value: "5000.00", from: 2019-01-01`, `value: "2000.00", from: 2019-01-01`), edit{"pack.yaml", `version: "2026.3"`, `version: "2027.1"`})
	m.command(clearance.SwitchPacks, lower.Set().Marshal())
	out := m.send(three(p)...)
	m.want(p, clearance.Released)
	if v := what(out, clearance.Decided)[0].Versions; strings.Contains(v, "2027.1") {
		t.Errorf("decided by %s", v)
	}
	restored, err := clearance.Restore(m.engine.Snapshot(), m.config(lower), nil)
	if err != nil {
		t.Fatal(err)
	}
	m.engine = restored
}
