package traffic

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pilotzone/internal/kernel/clock"
)

// TestPlansAreWhatTheyPromise runs whole days through the tests' own platform:
// every parcel must end as its expectation says, and every document must be
// answered as the message says.
func TestPlansAreWhatTheyPromise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seed   uint64
		n      int
		day    clock.Day
		buyers int
		mix    Mix
	}{
		{1, 1_600, testDay, 3_000, DefaultMix()},
		{2, 800, 20241214, 300, DefaultMix()},
		{3, 400, testDay, 50, DefaultMix()},
		{4, 400, testDay, 3_000, nil},
		{5, 60, testDay, 10, DefaultMix()},
	} {
		t.Run(fmt.Sprintf("seed %d", c.seed), func(t *testing.T) {
			t.Parallel()
			g := testGen(t, Options{Seed: c.seed, Day: c.day, Block: BlockFor(c.n), Buyers: c.buyers})
			p, err := g.Plan(c.n, c.mix)
			if err != nil {
				t.Fatal(err)
			}
			run(t, g, p)
		})
	}
}

func run(t *testing.T, g *Gen, p *Plan) {
	j := newJudge(t, g)
	var buf []byte
	for k, m := range p.Messages() {
		var err error
		if buf, err = p.Append(buf[:0], k, anyListNumber); err != nil {
			t.Fatal(err)
		}
		whole, docs, codes := j.message(buf)
		checkAnswers(t, &m, k, whole, docs, codes, p)
	}
	ends := map[Trouble]map[State]int{}
	for i := range p.Expect() {
		e := &p.Expect()[i]
		state, code := j.state[e.CopNo], j.code[e.CopNo]
		if state == 0 {
			state = Rejected // the list was never accepted
		}
		if ends[e.Trouble] == nil {
			ends[e.Trouble] = map[State]int{}
		}
		ends[e.Trouble][state]++
		if !e.Final.Has(state) {
			t.Errorf("parcel %d (%v, %s): %v %s, expected %v %v", e.Parcel, e.Trouble, e.Mode, state.Names(), code, e.Final.Names(), e.Codes)
		}
		if state == Rejected && len(e.Codes) > 0 && code != "" && !slices.Contains(e.Codes, code) {
			t.Errorf("parcel %d (%v): code %s, expected %v", e.Parcel, e.Trouble, code, e.Codes)
		}
	}
	for tr, states := range ends {
		t.Logf("%v: %v", tr, states)
	}
	total := map[string]int64{}
	for i := range p.Expect() {
		e := &p.Expect()[i]
		total[e.Buyer] += e.Dutiable
	}
	for id, want := range total {
		if id != "" && j.used[id] != want*1000 {
			t.Errorf("buyer %s used %d, expected %d fen", id, j.used[id], want)
		}
	}
}

// checkAnswers holds the answers of the judge to the wants of a message.
func checkAnswers(t *testing.T, m *Message, k int, whole Answer, docs []Answer, codes []string, p *Plan) {
	t.Helper()
	wants := map[int]Want{}
	for _, w := range m.Wants {
		wants[w.Document] = w
	}
	if w, ok := wants[-1]; (ok && w.Answer != whole) || (!ok && whole != Accepted) {
		t.Errorf("message %d (%v, %v) as a whole: %v", k, m.Kind, m.Damage, whole)
		return
	}
	for n, a := range docs {
		e := Expectation{Final: Released}
		if m.Kind != 507 && m.Kind != 509 {
			e = p.Expect()[m.docs[n].parcel]
		}
		w, ok := wants[n]
		switch {
		case ok && w.Answer != a:
			t.Errorf("message %d (%v), document %d of %v: %v, wanted %v", k, m.Kind, n, e.Trouble, a, w.Answer)
		case ok && codes[n] != "" && len(w.Codes) > 0 && !slices.Contains(w.Codes, codes[n]):
			t.Errorf("message %d (%v), document %d of %v: code %s, wanted %v", k, m.Kind, n, e.Trouble, codes[n], w.Codes)
		case !ok && a != Accepted && !e.Final.Has(Rejected):
			t.Errorf("message %d (%v), document %d of %v: %v %s", k, m.Kind, n, e.Trouble, a, codes[n])
		}
	}
}

func TestThePlanHasEveryTroubleInItsShare(t *testing.T) {
	t.Parallel()
	const n = 4_000
	g := testGen(t, Options{Seed: 12, Day: testDay, Block: BlockFor(n)})
	p, err := g.Plan(n, DefaultMix())
	if err != nil {
		t.Fatal(err)
	}
	counts := p.Counts()
	for _, tr := range Troubles() {
		want := DefaultMix()[tr] * n / 10_000
		switch tr {
		case OverAnnual:
			want = (want + seriesLength - 1) / seriesLength * seriesLength
		case FraudRing:
			want = max(want, ringSize)
		}
		if counts[tr] != want {
			t.Errorf("%v: %d parcels, want %d", tr, counts[tr], want)
		}
	}
	if counts[None] < n*8/10 {
		t.Errorf("only %d parcels without trouble", counts[None])
	}
}

func TestAnEmptyMixMakesNoTrouble(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 12, Day: testDay, Block: 5})
	p, err := g.Plan(300, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Counts()[None]; n != 300 {
		t.Errorf("%d of 300 are without trouble", n)
	}
	for _, m := range p.Messages() {
		if len(m.Wants) != 0 || m.Damage != Whole {
			t.Fatalf("%+v", m)
		}
	}
}

func TestTheScheduleIsADayInOrderAndInterleaved(t *testing.T) {
	t.Parallel()
	const n = 2_000
	g := testGen(t, Options{Seed: 31, Day: testDay, Block: BlockFor(n)})
	p, err := g.Plan(n, DefaultMix())
	if err != nil {
		t.Fatal(err)
	}
	var buf []byte
	last, changes, single, many := 0, 0, 0, 0
	documents := 0
	for k, m := range p.Messages() {
		if m.Second < last || m.Second >= 86_400 {
			t.Fatalf("message %d at %d after %d", k, m.Second, last)
		}
		last = m.Second
		if k > 0 && p.Messages()[k-1].Sender != m.Sender {
			changes++
		}
		switch d := m.Documents(); {
		case d == 1:
			single++
		case d > 100:
			t.Fatalf("%d documents", d)
		default:
			many++
		}
		documents += m.Documents()
		if buf, err = p.Append(buf[:0], k, anyListNumber); err != nil {
			t.Fatal(err)
		}
		if !m.Damage.Readable() {
			continue
		}
		got := mustParse(t, buf)
		if got.sender != m.Sender.Code || got.kind != m.Kind.String()[3:6] || (len(got.docs) != m.Documents()) {
			t.Fatalf("message %d is %s of %s with %d documents: %+v", k, got.kind, got.sender, len(got.docs), m)
		}
		now := string(g.appendTime(nil, uint32(m.Second)))
		for _, d := range got.docs {
			if d.head["appTime"] > now && m.Damage == Whole {
				t.Fatalf("message %d arrives at %s before it was made at %s", k, now, d.head["appTime"])
			}
		}
	}
	if changes < len(p.Messages())/2 || many < 100 || single < 100 {
		t.Errorf("%d messages of one, %d of more, %d changes of sender of %d", single, many, changes, len(p.Messages()))
	}
}

func TestWithdrawalsWaitForTheListNumber(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 5, Day: testDay, Block: 2})
	p, err := g.Plan(200, Mix{WithdrawnAfterRelease: 500})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for k, m := range p.Messages() {
		if !m.NeedsListNumber {
			continue
		}
		found++
		if out, err := p.Append([]byte("keep"), k, nil); !errors.Is(err, ErrNoListNumber) || string(out) != "keep" {
			t.Errorf("%s, %v", out, err)
		}
		asked := ""
		out, err := p.Append(nil, k, func(copNo string) (string, bool) { asked = copNo; return "461620261000000042", true })
		if err != nil {
			t.Fatal(err)
		}
		d := mustParse(t, out).docs[0]
		if d.head["invtNo"] != "461620261000000042" || d.head["copNo"] != asked || p.Expect()[m.Parcels()[0]].CopNo != asked {
			t.Errorf("%v for %s", d.head, asked)
		}
		valid(t, out)
	}
	if found != 10 {
		t.Errorf("%d withdrawals", found)
	}
}

func TestTheRingIsARing(t *testing.T) {
	t.Parallel()
	const n = 3_000
	g := testGen(t, Options{Seed: 6, Day: testDay, Block: BlockFor(n)})
	p, err := g.Plan(n, DefaultMix())
	if err != nil {
		t.Fatal(err)
	}
	merchants, addresses, phones, ids := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int64{}
	members := 0
	for k, m := range p.Messages() {
		if m.Kind != 311 || m.Damage != Whole {
			continue
		}
		raw, err := p.Append(nil, k, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range mustParse(t, raw).docs {
			if p.Expect()[m.Parcels()[i]].Trouble != FraudRing {
				continue
			}
			members++
			merchants[d.head["ebcCode"]]++
			addresses[d.head["consigneeAddress"]]++
			phones[d.head["buyerTelephone"]]++
			value := decimal(t, d.head["goodsValue"])
			ids[d.head["buyerIdNumber"]] += value
			if value > 5_000_00000 || value < 4_400_00000 {
				t.Errorf("value %d", value)
			}
		}
	}
	if members < ringSize || len(merchants) != 3 || len(addresses) != 3 || len(phones) != 2 || len(ids) != (members+1)/2 {
		t.Errorf("%d members, %d merchants, %d addresses, %d phones, %d identities", members, len(merchants), len(addresses), len(phones), len(ids))
	}
}

func TestDamagedMessagesAreDamaged(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 5, Day: testDay, Block: 1})
	j := newJudge(t, g)
	for i := range uint64(40) {
		for _, whole := range [][]byte{g.AppendOrder(nil, i), g.AppendList(nil, i)} {
			for d := Whole + 1; d < damageCount; d++ {
				raw := d.apply(bytes.Clone(whole))
				answer, docs, _ := j.message(raw)
				refused := answer == Refused || (len(docs) == 1 && docs[0] == Refused)
				if bytes.Equal(raw, whole) || !refused || (answer == Refused) == d.Readable() {
					t.Errorf("%v: message %v, documents %v", d, answer, docs)
				}
			}
		}
	}
}

func TestSmallPlansWork(t *testing.T) {
	t.Parallel()
	g := testGen(t, Options{Seed: 5, Day: testDay, Block: 1})
	for n := 1; n < 60; n += 3 {
		p, err := g.Plan(n, DefaultMix())
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Expect()) != n || len(p.Messages()) < 3*n {
			t.Errorf("%d parcels: %d expectations, %d messages", n, len(p.Expect()), len(p.Messages()))
		}
		if quiet := p.Counts()[None]; quiet < n/2 {
			t.Errorf("%d of %d parcels without trouble", quiet, n)
		}
	}
	if _, err := g.Plan(0, nil); err == nil {
		t.Error("a plan of nothing was made")
	}
}

func TestLabelsAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, tr := range append(Troubles(), None) {
		if tr.String() == "" || seen[tr.String()] {
			t.Errorf("label %q", tr)
		}
		seen[tr.String()] = true
	}
}
