package clearance_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// checked switches the verification of orderers on.
var checked = parameter(`values:
      - {value: "off", source: {ref: design}, mark: design}`, `values:
      - {value: "required", source: {ref: design}, mark: design}`)

// answer is the verification service's word about a parcel's orderer, as the
// list names them.
func (m *machine) answer(p *traffic.Parcel, r clearance.PersonResult) []*clearance.Decision {
	m.Helper()
	k := clearance.CheckKey(keyring().Hasher(), p.List.Get("buyerIdNumber"), p.List.Get("buyerName"))
	return m.command(clearance.PersonAnswer, clearance.PersonAnswerBody{Check: k, Result: r, Checked: m.now.UnixMicro()}.Encode())
}

// TestPersonCheckDecides RULES A14, A16: whatever the order in which documents
// and answer come, a verified orderer need not pay themselves, one whose name
// and number do not agree is refused, an unknown one must be the payer.
func TestPersonCheckDecides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		result   clearance.PersonResult
		payer    bool // somebody else pays
		state    clearance.State
		codes    []string
		notes    string
		required bool
	}{
		{"A14 verified, pays themselves", clearance.PersonVerified, false, clearance.Released, nil, "", true},
		{"A14 verified, somebody else pays", clearance.PersonVerified, true, clearance.Released, nil, "PZ1517", true},
		{"A14 unknown, pays themselves", clearance.PersonUnknown, false, clearance.Released, nil, "", true},
		{"A14 unknown, somebody else pays", clearance.PersonUnknown, true, clearance.Refused, []string{"1327"}, "", true},
		{"A16 mismatch", clearance.PersonMismatch, false, clearance.Refused, []string{"1300"}, "", true},
		{"A16 mismatch, somebody else pays", clearance.PersonMismatch, true, clearance.Refused, []string{"1300", "1327"}, "", true},
		{"off: an answer changes nothing", clearance.PersonMismatch, false, clearance.Released, nil, "", false},
		{"off: a verified orderer pays themselves all the same", clearance.PersonVerified, true, clearance.Refused, []string{"1327"}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			edits := []edit{checked}
			if !c.required {
				edits = nil
			}
			r := rand.New(rand.NewPCG(5, 6))
			for range 40 {
				m := newMachine(t, setup{modes: []traffic.Mode{in9610}, edits: edits})
				p := m.parcel(3)
				if c.payer {
					p.Payment.Set("payerIdNumber", m.other().ID)
					p.Payment.Set("payerName", m.other().Name)
				}
				acts := []func() []*clearance.Decision{func() []*clearance.Decision { return m.answer(p, c.result) }}
				for _, d := range all(p) {
					acts = append(acts, func() []*clearance.Decision { return m.send(d) })
				}
				var out []*clearance.Decision
				for _, i := range r.Perm(len(acts)) {
					out = append(out, acts[i]()...)
				}
				m.want(p, c.state)
				if got := refusal(out); !slices.Equal(got, c.codes) {
					t.Fatalf("refused for %v, want %v%s", got, c.codes, story(out))
				}
				if c.notes != "" && !slices.Contains(codes(what(out, clearance.Decided)), c.notes) {
					t.Fatalf("no %s:%s", c.notes, story(out))
				}
			}
		})
	}
}

// TestUnansweredListsHold: while the service is down a list waits, says so,
// names whom to ask about, outlives list_wait_days and goes on by itself.
func TestUnansweredListsHold(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}, edits: []edit{checked}})
	p := m.worth(0, 1, 1, 100*yuan, 0)
	out := m.send(all(p)...)
	m.want(p, clearance.Waiting)
	asked := what(out, clearance.Asked)
	key := clearance.CheckKey(keyring().Hasher(), p.Buyer.ID, p.Buyer.Name)
	if len(asked) != 1 || asked[0].Person != key || asked[0].Source != m.history[len(m.history)-1].input || !slices.Equal(codes(asked), []string{"PZ1510"}) {
		t.Fatalf("asked %+v", asked)
	}
	if !slices.Contains(codes(what(out, clearance.DocStored)), "PZ1510") {
		t.Errorf("the list's sender is not told:%s", story(out))
	}
	if again := m.send(&p.List); !slices.Equal(statuses(again, 622), []int{2}) || again[0].Receipts[0].Rungs[0].Reasons[1].Code != "PZ1510" {
		t.Errorf("a repetition says%s", story(again))
	}
	if out := m.tick(20 * days); len(out) != 0 {
		t.Errorf("it did not hold:%s", story(out))
	}
	q := m.worth(1, 1, 1, 100*yuan, 0) // of the same person: waits as well
	m.send(all(q)...)
	m.want(q, clearance.Waiting)
	out = m.answer(p, clearance.PersonVerified)
	m.want(p, clearance.Released)
	m.want(q, clearance.Released)
	if len(what(out, clearance.Decided)) != 2 || len(what(out, clearance.Identity)) != 1 {
		t.Errorf("the answer did%s", story(out))
	}
	third := m.worth(2, 1, 1, 100*yuan, 0) // needs no question
	if out := m.send(all(third)...); len(what(out, clearance.Asked)) != 0 {
		t.Errorf("asked again:%s", story(out))
	}
	m.want(third, clearance.Released)
	m.now = m.now.Add(366 * days) // person_answer_days
	late := m.worth(3, 1, 1, 100*yuan, 0)
	m.send(all(late)...)
	m.want(late, clearance.Waiting)
	m.answer(late, clearance.PersonMismatch)
	m.want(late, clearance.Refused)
}

// TestAHeldListThatLosesADocumentExpires: only the missing answer is no fault of
// the enterprises.
func TestAHeldListThatLosesADocumentExpires(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}, edits: []edit{checked}})
	p := m.parcel(0)
	m.send(all(p)...)
	m.tick(8 * days)
	m.want(p, clearance.Waiting)
	m.send(again(p.Payment, "3", 5))
	m.tick(8 * days)
	m.want(p, clearance.Expired)
	m.answer(p, clearance.PersonVerified)
	m.want(p, clearance.Expired)
}

// TestWithdrawnWhileHeld: an answer moves nothing that no longer waits, and a
// changed list asks about the orderer that it names now.
func TestWithdrawnWhileHeld(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}, edits: []edit{checked}})
	p := m.parcel(0)
	m.send(all(p)...)
	m.send(again(&p.List, "3", 5))
	m.want(p, clearance.Deleted)
	m.answer(p, clearance.PersonVerified)
	m.want(p, clearance.Deleted)
	q := m.parcel(1)
	m.send(all(q)...)
	changed := again(&q.List, "2", 5)
	changed.Set("buyerName", q.Buyer.Name+"某")
	if out := what(m.send(changed), clearance.Asked); len(out) != 1 {
		t.Fatalf("the new name is not asked about:%s", story(out))
	}
	m.answer(q, clearance.PersonVerified) // about the old name
	m.want(q, clearance.Waiting)
	q.List = *changed
	m.answer(q, clearance.PersonVerified)
	m.want(q, clearance.Refused) // the order has another name
}

// TestFreeze: lists decided while an identity is frozen go to a person, with
// the day; others and later ones do not.
func TestFreeze(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	a, b, c, other := m.worth(0, 1, 1, 100*yuan, 0), m.worth(1, 1, 1, 100*yuan, 0), m.worth(2, 1, 1, 100*yuan, 0), m.worth(3, 2, 1, 100*yuan, 0)
	person := clearance.PersonKey(keyring().Hasher(), a.Buyer.ID)
	m.send(all(a)...)
	m.want(a, clearance.Released)
	m.send(&b.List) // waits for its documents while the freeze comes
	m.command(clearance.PersonFreeze, clearance.PersonFreezeBody{Person: person, Frozen: true}.Encode())
	out := m.send(three(b)...)
	m.want(b, clearance.Review)
	decided := what(out, clearance.Decided)
	if !slices.Equal(statuses(out, 622), []int{120, 300}) || decided[0].Reasons[0].Code != "PZ1512" || decided[0].Reasons[0].Args[0] != today.String() {
		t.Errorf("held for%s", story(out))
	}
	m.send(all(other)...)
	m.want(other, clearance.Released)
	if since, on := m.engine.Frozen(person); !on || since == 0 {
		t.Error("the machine does not know of the freeze")
	}
	m.verdict(m.numberOf(b), 800)
	m.want(b, clearance.Released)
	m.command(clearance.PersonFreeze, clearance.PersonFreezeBody{Person: person}.Encode())
	m.send(all(c)...)
	m.want(c, clearance.Released)
}

// disputed upholds a dispute of a parcel by its buyer.
func (m *machine) disputed(p *traffic.Parcel, who string, outbox uint64) []*clearance.Decision {
	m.Helper()
	return m.command(clearance.DisputeUpheld, clearance.DisputeBody{Number: m.numberOf(p), Person: clearance.PersonKey(keyring().Hasher(), who), Matter: "M1", Outbox: outbox}.Encode())
}

// TestDisputeRestoresOnce: an upheld dispute gives the person's own count back
// exactly once, whatever the parcel's state, and leaves the guarantee.
func TestDisputeRestoresOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(m *machine, p *traffic.Parcel)
		after  func(m *machine, p *traffic.Parcel)
	}{
		"released":           {func(m *machine, p *traffic.Parcel) { m.send(all(p)...) }, func(*machine, *traffic.Parcel) {}},
		"withdrawn after it": {func(m *machine, p *traffic.Parcel) { m.send(all(p)...) }, func(m *machine, p *traffic.Parcel) { m.send(withdrawal(p, m.invtNo[m.keys[p.OrderNo]])) }},
		"held, released after it": {func(m *machine, p *traffic.Parcel) {
			m.send(&p.List)
			m.verdict(m.numberOf(p), 300)
			m.send(three(p)...)
		}, func(m *machine, p *traffic.Parcel) { m.verdict(m.numberOf(p), 800) }},
		"withdrawn before it": {func(m *machine, p *traffic.Parcel) {
			m.send(all(p)...)
			m.send(withdrawal(p, m.invtNo[m.keys[p.OrderNo]]))
		}, func(*machine, *traffic.Parcel) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{in9610}, edits: []edit{rice}})
			p, other := m.worth(0, 1, 1, 100*yuan, 0), m.worth(1, 1, 1, 70*yuan, 0)
			m.cargo(p, 0, "1006302001", 1, 100*yuan, "1")
			m.send(all(other)...)
			c.before(m, p)
			guarantee := pair(m.guarantee(p.List.Get("assureCode")))
			if out := m.disputed(p, m.other().ID, 0); !slices.Equal(codes(out), []string{"PZ3006"}) {
				t.Fatalf("somebody else's dispute:%s", story(out))
			}
			out := m.disputed(p, p.Buyer.ID, 7)
			if len(out) != 1 || out[0].What != clearance.NotMoved || out[0].From != out[0].To || !slices.Equal(codes(out), []string{"PZ1516"}) {
				t.Fatalf("upheld:%s", story(out))
			}
			if pair(m.guarantee(p.List.Get("assureCode"))) != guarantee {
				t.Error("the guarantee moved")
			}
			for _, again := range [][]*clearance.Decision{m.disputed(p, p.Buyer.ID, 7), m.disputed(p, p.Buyer.ID, 8)} {
				if !slices.Equal(codes(again), []string{"PZ3005"}) || len(again[0].Postings) != 0 {
					t.Fatalf("again:%s", story(again))
				}
			}
			c.after(m, p)
			if posted, pending := m.allowance(p.Buyer.ID, 2026); posted != int64(70*yuan) || pending != 0 {
				t.Errorf("allowance stands at %d, %d", posted, pending)
			}
			if posted, pending := m.grams(p.Buyer.ID, "rice", 2026); posted != 0 || pending != 0 {
				t.Errorf("rice stands at %d, %d", posted, pending)
			}
		})
	}
}

// TestDisputeOfAnotherYear return_restores_purchase_year: to the year of the
// purchase, or as far as it was used to the year of the dispute.
func TestDisputeOfAnotherYear(t *testing.T) {
	t.Parallel()
	other := parameter("记回原购买年度, en: a return gives the allowance back to the year of the purchase}\n    values:\n      - {value: \"true\"", "记回原购买年度, en: a return gives the allowance back to the year of the purchase}\n    values:\n      - {value: \"false\"")
	for name, c := range map[string]struct {
		edits    []edit
		old, now int64
	}{"purchase": {nil, 0, int64(30 * yuan)}, "dispute": {[]edit{other}, int64(100 * yuan), 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, setup{modes: []traffic.Mode{in9610}, edits: c.edits})
			p, q := m.worth(0, 1, 1, 100*yuan, 0), m.worth(1, 1, 1, 30*yuan, 0)
			m.send(all(p)...)
			m.now = m.now.Add(60 * days)
			m.send(all(q)...)
			m.disputed(p, p.Buyer.ID, 0)
			for year, want := range map[int]int64{2026: c.old, 2027: c.now} {
				if posted, _ := m.allowance(p.Buyer.ID, year); posted != want {
					t.Errorf("%d stands at %d, want %d", year, posted, want)
				}
			}
		})
	}
}

// TestADisputedParcelIsLookedAt: a list that waits or comes again after the
// dispute goes to a person.
func TestADisputedParcelIsLookedAt(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	p := m.parcel(0)
	m.send(&p.List)
	m.disputed(p, p.Buyer.ID, 0)
	out := m.send(three(p)...)
	m.want(p, clearance.Review)
	if !slices.Contains(codes(out), "PZ1515") {
		t.Error(story(out))
	}
}

// TestDisputeOfALaterList: what a list declared anew under the order takes of the
// accounts can be disputed as well, once.
func TestDisputeOfALaterList(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	p := m.worth(0, 1, 1, 100*yuan, 0)
	m.send(all(p)...)
	m.disputed(p, p.Buyer.ID, 0)
	m.send(withdrawal(p, m.invtNo[m.keys[p.OrderNo]]))
	m.send(again(&p.List, "1", 5))
	m.want(p, clearance.Review)
	m.verdict(m.numberOf(p), 800)
	if posted, _ := m.allowance(p.Buyer.ID, 2026); posted != int64(100*yuan) {
		t.Fatalf("the new list charges %d", posted)
	}
	if out := m.disputed(p, p.Buyer.ID, 0); !slices.Equal(codes(out), []string{"PZ1516"}) {
		t.Errorf("not restored:%s", story(out))
	}
	if out := m.disputed(p, p.Buyer.ID, 0); !slices.Equal(codes(out), []string{"PZ3005"}) {
		t.Errorf("restored twice:%s", story(out))
	}
	if posted, pending := m.allowance(p.Buyer.ID, 2026); posted != 0 || pending != 0 {
		t.Errorf("allowance stands at %d, %d", posted, pending)
	}
}

// TestServiceCommandsAreTakenOnce: by their number in the outbox, also when a
// restart has them delivered again.
func TestServiceCommandsAreTakenOnce(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	person := clearance.PersonKey(keyring().Hasher(), m.other().ID)
	body := func(on bool, id uint64) []byte {
		b, err := clearance.FromOutbox(clearance.PersonFreeze, clearance.PersonFreezeBody{Person: person, Frozen: on}.Encode(), id)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	m.command(clearance.PersonFreeze, body(true, 4))
	m.command(clearance.PersonFreeze, body(false, 5))
	restored, err := clearance.Restore(m.engine.Snapshot(), m.config(m.engine.Rules()), nil)
	if err != nil {
		t.Fatal(err)
	}
	m.engine = restored
	if out := m.command(clearance.PersonFreeze, body(true, 4)); !slices.Equal(codes(out), []string{"PZ3005"}) {
		t.Error(story(out))
	}
	if _, on := m.engine.Frozen(person); on {
		t.Error("an old command froze the identity")
	}
	if m.engine.Outbox() != 5 {
		t.Errorf("outbox stands at %d", m.engine.Outbox())
	}
	for _, k := range []clearance.CommandKind{clearance.PersonAnswer, clearance.PersonFreeze, clearance.DisputeUpheld} {
		for _, b := range [][]byte{nil, {1}, {1, 9}, {1, 9, 1, 2, 3}} {
			input, _ := m.engine.Last()
			if err := m.engine.Command(input+1, clearance.Command{Kind: k, At: m.now.UnixMicro(), Body: b}); err == nil {
				t.Errorf("kind %d takes %v", k, b)
			}
		}
	}
}

// TestPersonsReplayAlike: histories with answers, freezes and disputes give the
// same bytes again, and over a restart from a snapshot in the middle.
func TestPersonsReplayAlike(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		m := newMachine(t, setup{modes: []traffic.Mode{in9610}, edits: []edit{checked}})
		r := rand.New(rand.NewPCG(seed, 3))
		var ps []*traffic.Parcel
		for i := range uint64(6) {
			p := m.worth(i, i%2, 1, 900*yuan, 0)
			p.List.Set("orderNo", p.OrderNo)
			ps = append(ps, p)
		}
		for range 90 {
			p := ps[r.IntN(len(ps))]
			switch k := r.IntN(10); {
			case k < 6:
				m.send(all(p)[r.IntN(4)])
			case k < 7:
				m.answer(p, clearance.PersonResult(1+r.IntN(3)))
			case k < 8:
				m.command(clearance.PersonFreeze, clearance.PersonFreezeBody{Person: clearance.PersonKey(keyring().Hasher(), p.Buyer.ID), Frozen: r.IntN(2) == 0}.Encode())
			case k < 9:
				m.disputed(p, p.Buyer.ID, 0)
			default:
				m.tick(time.Duration(r.IntN(100)) * time.Hour)
			}
		}
		g := &player{machine: m, r: r}
		var want []byte
		for _, d := range m.log {
			want = d.Append(want)
		}
		cuts := []int{-1}
		if seed < 3 {
			cuts = append(cuts, r.IntN(len(m.history)))
		}
		for _, cut := range cuts {
			if got := replayWith(t, g, cut, m.engine.Rules()); !bytes.Equal(got, want) {
				t.Fatalf("seed %d, restart before input %d: other decisions", seed, cut)
			}
		}
	}
}

// TestASnapshotOfEngine1GoesOn: it lacks what engine 2 added, and says 1 in its
// head.
func TestASnapshotOfEngine1GoesOn(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	p := m.parcel(0)
	m.send(&p.List)
	parts := m.engine.Snapshot()
	if parts["head"][0] != clearance.EngineVersion {
		t.Fatalf("head begins with %d", parts["head"][0])
	}
	parts["head"][0] = 1
	delete(parts, "frozen")
	restored, err := clearance.Restore(parts, m.config(m.engine.Rules()), nil)
	if err != nil {
		t.Fatal(err)
	}
	m.engine = restored
	m.send(three(p)...)
	m.want(p, clearance.Released)
	parts["head"][0] = 3
	if _, err := clearance.Restore(parts, m.config(m.engine.Rules()), nil); err == nil {
		t.Error("a snapshot of a newer engine is taken")
	}
}
