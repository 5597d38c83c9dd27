package clearance_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
)

// TestTheLastYuanThroughTheMachine: two lists of one buyer race for what is left
// of the annual limit (25,000.00 used; 600.00 and 600.00 of the last 1,000.00),
// 10,000 times, their documents mixed at random, either list first. Exactly one
// wins, and it is the one that was complete first.
func TestTheLastYuanThroughTheMachine(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{modes: []traffic.Mode{in9610}})
	before, a, b := m.worth(0, 1, 1, 25000*yuan, 0), m.worth(1, 1, 2, 600*yuan, 0), m.worth(2, 1, 2, 600*yuan, 0)
	m.send(all(before)...)
	m.want(before, clearance.Released)
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
	prior := extract(before)
	deposit := clearance.DepositBody{Guarantor: before.List.Get("assureCode"), Amount: 1 << 40}.Encode()
	r := rand.New(rand.NewPCG(1, 2))
	wins := [2]int{}
	for round := range 10_000 {
		e := clearance.New(m.config(m.engine.Rules()))
		if err := e.Command(1, clearance.Command{Kind: clearance.Deposit, At: m.now.UnixMicro(), Body: deposit}); err != nil {
			t.Fatal(err)
		}
		input := uint64(1)
		for i := range prior {
			input++
			e.Document(input, &prior[i])
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
