package clearance_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/refdata"
)

// player makes a random history: documents of a few parcels of few buyers in
// any order, faulty, repeated, changed, deleted; withdrawals, arrivals, officers'
// words, deposits, ticks, filings.
type player struct {
	*machine
	r    *rand.Rand
	ps   []*traffic.Parcel
	sent []*traffic.Document
	n    int64
}

func newPlayer(t testing.TB, seed uint64) *player {
	m := newMachine(t, setup{modes: []traffic.Mode{in9610, out9610}, edits: []edit{parameter("value: \"0\", source: {ref: design}", "value: \"300\", source: {ref: design}")}})
	g := &player{machine: m, r: rand.New(rand.NewPCG(seed, 1))}
	for i := range uint64(6) {
		p := m.parcel(i * 3)
		if p.Route.Import {
			value := []string{"13000", "4999.99", "2500.01", "26000", "100", "200"}[g.r.IntN(6)]
			fen := map[string]int64{"13000": 1300000, "4999.99": 499999, "2500.01": 250001, "26000": 2600000, "100": 10000, "200": 20000}[value]
			code := []string{"2103909000", "1701999090"}[g.r.IntN(2)]
			for _, d := range []*traffic.Document{&p.Order, &p.List} {
				d.Lines = d.Lines[:1]
			}
			m.buyer(p, uint64(g.r.IntN(2)))
			m.cargo(p, 0, code, 1, money.Fen(fen), "0.9")
			m.total(p, money.Fen(fen), 0)
		}
		if g.r.IntN(5) == 0 {
			p.List.Set("copNo", "XC-FAULT")
			p.List.SetLine(0, "unit", "142")
		}
		g.ps = append(g.ps, p)
	}
	return g
}

// step does one random thing.
func (g *player) step() {
	p := g.ps[g.r.IntN(len(g.ps))]
	docs := whole(p)
	g.n++
	switch k := g.r.IntN(44); {
	case k >= 40:
		for _, d := range docs[:len(docs)-g.r.IntN(2)] {
			g.sent = append(g.sent, d)
			g.send(d)
		}
	case k < 18:
		d := docs[g.r.IntN(len(docs))]
		g.sent = append(g.sent, d)
		g.send(d)
	case k < 25 && len(g.sent) > 0:
		g.send(g.sent[g.r.IntN(len(g.sent))])
	case k < 29:
		d := again(docs[g.r.IntN(len(docs))], string(rune('1'+g.r.IntN(3))), g.n%29)
		g.sent = append(g.sent, d)
		g.send(d)
	case k < 32:
		if no := g.invtNo[g.keys[p.OrderNo]]; no != "" {
			d := withdrawal(p, no)
			g.sent = append(g.sent, d)
			g.send(d)
		}
	case k < 37:
		for _, q := range g.ps { // rather one that is held
			if s := g.stateOf(q); s == clearance.Review || s == clearance.Inspect || s == clearance.Detained {
				p = q
			}
		}
		g.verdict(g.numberOf(p), []uint16{501, 100, 300, 500, 502, 503, 599, 700, 800}[g.r.IntN(9)])
	case k < 38:
		g.deposit(g.gen.Zone().Deposits[0].Guarantor, int64(g.r.IntN(2_000_000)-1_000_000))
	case k < 39:
		g.command(clearance.FilingChange, []byte(string("+-"[g.r.IntN(2)])+p.Route.Merchant.Code))
	default:
		g.now = g.now.Add(time.Duration(g.r.IntN([]int{30, 300, 900}[g.r.IntN(3)])) * time.Hour)
		if g.engine.Due(g.now.UnixMicro()) {
			g.command(clearance.Tick, nil)
		}
	}
}

// TestTheBookIsTheSumOfTheDecisions: after any history, rebuilt from the
// decisions' postings alone, it stands as the engine's; no account is outside
// its limits, what is charged or reserved is that of the lists that stand, and
// sums are zero.
func TestTheBookIsTheSumOfTheDecisions(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(150) {
		g := newPlayer(t, seed)
		for range 20 + seed {
			g.step()
		}
		sum := ledger.NewBook(0)
		for e := range g.engine.Book().All() {
			if err := sum.Open(e.Account, e.Unit, e.Limits, e.Tag); err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range g.log {
			seen[d.What.String()]++
			if d.What == clearance.Decided || d.What == clearance.Moved {
				seen["→"+d.To.String()]++
			}
			if len(d.Postings) == 0 {
				continue
			}
			if err := sum.Apply(d.Seq, d.Postings); err != nil {
				t.Fatalf("decision %d: %v", d.Seq, err)
			}
		}
		for e := range g.engine.Book().All() {
			have, _ := sum.Lookup(e.Account)
			if have.Posted != e.Posted || have.Pending != e.Pending {
				t.Fatalf("account %v stands at %d, %d; its decisions sum to %d, %d", e.Account, e.Posted, e.Pending, have.Posted, have.Pending)
			}
			if high, low := e.Posted+max(e.Pending, 0), e.Posted+min(e.Pending, 0); high > e.Limits.Ceiling || low < e.Limits.Floor {
				t.Fatalf("account %v stands at %d, %d outside of %+v", e.Account, e.Posted, e.Pending, e.Limits)
			}
		}
		if err := verifyStanding(g); err != "" {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"decided", "moved", "refused", "repeated", "deleted", "expired", "→released", "→refused", "→withdrawn",
		"→returned", "→detained", "→review", "→closed", "→expired", "account", "filing"} {
		if seen[want] == 0 {
			t.Errorf("no history has %s: %v", want, seen)
		}
	}
}

// verifyStanding: each buyer's allowance is the sum of the dutiable values of
// the lists that stand, held or released.
func verifyStanding(g *player) string {
	want := map[string][2]int64{}
	value := map[clearance.Key]int64{}
	for _, d := range g.log {
		if d.What == clearance.Decided && d.Tax != nil {
			value[d.Parcel] = int64(d.Tax.Dutiable)
		}
	}
	for _, p := range g.ps {
		v := want[p.Buyer.ID]
		switch k := g.keys[p.OrderNo]; g.state[k] {
		case clearance.Released:
			v[0] += value[k]
		case clearance.Review, clearance.Inspect, clearance.Detained:
			v[1] += value[k]
		}
		want[p.Buyer.ID] = v
	}
	for _, p := range g.ps {
		if !p.Route.Import {
			continue
		}
		var have [2]int64
		for year := 2026; year < 2030; year++ { // a history may last
			v := pair(g.allowance(p.Buyer.ID, year))
			have[0], have[1] = have[0]+v[0], have[1]+v[1]
		}
		if have != want[p.Buyer.ID] {
			return "allowance of " + p.Buyer.ID + story(g.log)
		}
	}
	return ""
}

// TestEveryReceiptOfAnyHistoryIsSound: valid by its schema, marked, with a
// status that its text lists, rising within an answer; and every document is
// answered to its sender.
func TestEveryReceiptOfAnyHistoryIsSound(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		g := newPlayer(t, 1000+seed)
		for range 80 {
			g.step()
		}
		answered := map[uint64]bool{}
		for _, d := range g.log {
			if err := sound(d); err != nil {
				t.Fatal(err, story([]*clearance.Decision{d}))
			}
			for _, v := range d.Receipts {
				answered[d.Input] = answered[d.Input] || v.To == sender
			}
		}
		for _, s := range g.history {
			if s.raw != nil && !answered[s.input] {
				t.Fatalf("input %d was not answered:\n%s", s.input, s.raw)
			}
		}
	}
}

// replay plays a history on another machine, through a snapshot after `cut`
// inputs when that is not negative.
func replay(t testing.TB, g *player, cut int) (log []byte) {
	t.Helper()
	return replayWith(t, g, cut, rulebook(t, parameter("value: \"0\", source: {ref: design}", "value: \"300\", source: {ref: design}")))
}

// replayWith is replay by other rules.
func replayWith(t testing.TB, g *player, cut int, book *refdata.Book) (log []byte) {
	t.Helper()
	f := &filings{not: map[string]bool{}}
	config := clearance.Config{Rules: book, Filings: f, Hasher: keyring().Hasher()}
	e := clearance.New(config)
	x := clearance.Extractor{Hasher: keyring().Hasher(), Rules: book}
	for i, s := range g.history {
		if i == cut {
			parts := e.Snapshot()
			config.Filings = &filings{}
			var err error
			if e, err = clearance.Restore(parts, config, nil); err != nil {
				t.Fatal(err)
			}
			for name, b := range e.Snapshot() {
				if !slices.Equal(b, parts[name]) {
					t.Fatalf("snapshot part %s is another after a restore", name)
				}
			}
		}
		if s.cmd != nil {
			if err := e.Command(s.input, *s.cmd); err != nil {
				t.Fatal(err)
			}
		} else {
			m, err := ceb.Decode(s.raw)
			if err != nil {
				t.Fatal(err)
			}
			docs := x.Docs(m, s.at.UnixMicro(), nil)
			for k := range docs {
				e.Document(s.input+uint64(k), &docs[k])
			}
		}
		for _, d := range e.Take() {
			log = d.Append(log)
		}
	}
	return log
}

// TestTheSameInputsGiveTheSameBytes: run again, and run with a restart from a
// snapshot anywhere in the middle, which itself gives the same snapshot again.
func TestTheSameInputsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		g := newPlayer(t, seed)
		for range 100 {
			g.step()
		}
		var want []byte
		for _, d := range g.log {
			want = d.Append(want)
		}
		if got := replay(t, g, -1); !slices.Equal(got, want) {
			t.Fatalf("seed %d: other decisions", seed)
		}
		if seed >= 4 { // a restart reads the packs anew, which takes its time
			continue
		}
		cut := g.r.IntN(len(g.history))
		if got := replay(t, g, cut); !slices.Equal(got, want) {
			t.Fatalf("seed %d, restart before input %d: other decisions", seed, cut)
		}
	}
}
