package clearance_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// TestTheLastYuanThroughTheMachine: two lists of one buyer race for the annual
// limit (13,000.00 and 13,000.01, a fen more than it has), 10,000 times, their documents mixed at random, either list first. Exactly one
// wins, and it is the one that was complete first.
func TestTheLastYuanThroughTheMachine(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	a, b := m.worth(1, 1, 1, 13000*yuan, 0), m.worth(2, 1, 1, 13000*yuan+1, 0)
	extract := func(p *traffic.Parcel) (docs []clearance.Doc) {
		for _, d := range all(p) {
			msg, err := ceb.Decode(message(d))
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, m.extract.Docs(msg, m.now.UnixMicro(), nil)...)
		}
		return docs
	}
	race := [2][]clearance.Doc{extract(a), extract(b)}
	r := rand.New(rand.NewPCG(1, 2))
	wins := [2]int{}
	for round := range 10_000 {
		e := clearance.New(m.config(m.engine.Rules()))
		input := uint64(0)
		for _, p := range []*traffic.Parcel{a, b} {
			input++
			body := clearance.DepositBody{Guarantor: p.List.Get("assureCode"), Amount: 1 << 40}.Encode()
			if err := e.Command(input, clearance.Command{Kind: clearance.Deposit, At: m.now.UnixMicro(), Body: body}); err != nil {
				t.Fatal(err)
			}
		}
		order := []int{0, 0, 0, 0, 1, 1, 1, 1} // which parcel's next document
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		docs := [2][]int{r.Perm(4), r.Perm(4)}
		for _, who := range order {
			input++
			e.Document(input, &race[who][docs[who][0]])
			docs[who] = docs[who][1:]
		}
		loser := order[len(order)-1] // complete last
		var states [2]clearance.State
		var why []string
		for _, d := range e.Take() {
			for who := range race {
				if d.What == clearance.Decided && d.Parcel == race[who][0].Key {
					states[who], why = d.To, append(why, refusal([]*clearance.Decision{d})...)
				}
			}
		}
		if states[1-loser] != clearance.Released || states[loser] != clearance.Refused || !slices.Equal(why, []string{"1313"}) {
			t.Fatalf("round %d, order %v: %v %v", round, order, states, why)
		}
		wins[1-loser]++
	}
	if wins[0] < 4000 || wins[1] < 4000 {
		t.Errorf("wins %v: not much of a race", wins)
	}
}
