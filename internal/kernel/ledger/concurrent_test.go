package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"pilotzone/internal/kernel/ledger"
)

// 64 clients draw on one budget, each transfer sent up to three times by
// different clients. The floor holds, the budget is used to its last fen, and
// every transfer counts once.
func TestSixtyFourClients(t *testing.T) {
	t.Parallel()
	const clients, budget, amount, distinct = 64, 1000, 10, 160
	eachLedger(t, func(t *testing.T, z zone) {
		z.open("purse", ledger.CNYFen, ledger.Unlimited)
		z.open("budget", ledger.CNYFen, ledger.AtLeast(0))
		for i := range 4 {
			z.open(fmt.Sprint("firm", i), ledger.CNYFen, ledger.Between(0, 300))
		}
		if err := z.transfer(yuan("fund", "purse", "budget", budget)); err != nil {
			t.Fatal(err)
		}
		var work atomic.Int64
		var mu sync.Mutex
		won := map[string]bool{}
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for {
					n := int(work.Add(1)) - 1
					if n >= distinct*3 {
						return
					}
					n %= distinct
					tr := yuan(fmt.Sprint("t", n), "budget", fmt.Sprint("firm", n%4), amount)
					err := z.transfer(tr)
					var limit *ledger.LimitError
					if err != nil && !errors.As(err, &limit) {
						t.Errorf("transfer %d: %v", n, err)
					}
					if err == nil {
						mu.Lock()
						won[tr.Key] = true
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		got := int64(0)
		for i := range 4 {
			b := z.balance(fmt.Sprint("firm", i))
			if b > 300 {
				t.Errorf("firm %d holds %d, over its ceiling", i, b)
			}
			got += b
		}
		if left := z.balance("budget"); left != 0 || got != budget || len(won) != budget/amount {
			t.Errorf("budget left %d, firms hold %d, %d transfers won; want 0, %d, %d", left, got, len(won), budget, budget/amount)
		}
		z.verified()
	})
}

// Two clients race for the last fen of an account, again and again: one wins.
func TestLastFenOfAnAccountIsWonOnce(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, z zone) {
		z.open("purse", ledger.CNYFen, ledger.Unlimited)
		for round := range 60 {
			name := fmt.Sprint("a", round)
			z.open(name, ledger.CNYFen, ledger.Between(0, 100))
			var won atomic.Int64
			var wg sync.WaitGroup
			for c := range 2 {
				wg.Go(func() {
					if z.transfer(yuan(fmt.Sprint(name, "/", c), "purse", name, 60)) == nil {
						won.Add(1)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 || z.balance(name) != 60 {
				t.Fatalf("round %d: %d won, balance %d", round, won.Load(), z.balance(name))
			}
		}
	})
}

// The sequential meaning of the operations that the histories below record.
const (
	histAccounts = 3
	histFloor    = 0
	histCeiling  = 100
	opMove       = 1 // SQL: from, to, amount, key
	opPhase      = 2 // Book: account, phase, amount
	opRead       = 3 // account
)

type histOp struct {
	kind, from, to, key int
	phase               ledger.Phase
	amount              int64
}

type histResult struct {
	ok              bool
	posted, pending int64
}

type histState struct {
	posted, pending [histAccounts]int64
	done            uint64 // keys posted
}

func histStep(s histState, op histOp) (histResult, histState) {
	was := s
	switch op.kind {
	case opRead:
		return histResult{true, s.posted[op.from], s.pending[op.from]}, s
	case opMove:
		if s.done>>op.key&1 == 1 {
			return histResult{ok: true}, s
		}
		s.posted[op.from] -= op.amount
		s.posted[op.to] += op.amount
		s.done |= 1 << op.key
		if s.posted[op.from] < histFloor || s.posted[op.to] > histCeiling {
			return histResult{}, was
		}
	case opPhase:
		p, r := &s.posted[op.from], &s.pending[op.from]
		switch op.phase {
		case ledger.Reserve:
			*r += op.amount
		case ledger.Charge:
			*r -= op.amount
			*p += op.amount
		case ledger.Free:
			*r -= op.amount
		case ledger.Refund:
			*p -= op.amount
		}
		if *p < histFloor || *r < 0 || *p+*r > histCeiling {
			return histResult{}, was
		}
	}
	return histResult{ok: true}, s
}

var histModel = porcupine.Model{
	Init: func() any { return histState{posted: [histAccounts]int64{50, 50, 50}} },
	Step: func(state, in, out any) (bool, any) {
		want, next := histStep(state.(histState), in.(histOp))
		return want == out.(histResult), next
	},
}

// record runs the operations of several clients and checks their history.
func record(t *testing.T, clients, each int, next func(rng *rand.Rand) histOp, do func(histOp) histResult) {
	t.Helper()
	var mu sync.Mutex
	var history []porcupine.Operation
	start := time.Now()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), 7))
			for range each {
				op := next(rng)
				call := time.Since(start).Nanoseconds()
				out := do(op)
				ret := time.Since(start).Nanoseconds()
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: c, Input: op, Call: call, Output: out, Return: ret})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(history) != clients*each {
		t.Fatalf("%d operations recorded", len(history))
	}
	if res := porcupine.CheckOperationsTimeout(histModel, history, 30*time.Second); res != porcupine.Ok {
		t.Errorf("history of %d operations: %s, want linearizable", len(history), res)
	}
}

// A history of concurrent transfers, retries and readings of the SQL ledger is
// one that some order of single operations explains.
func TestLedgerIsLinearizable(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, z zone) {
		z.open("purse", ledger.CNYFen, ledger.Unlimited)
		name := func(i int) string { return fmt.Sprint("acc", i) }
		for i := range histAccounts {
			z.open(name(i), ledger.CNYFen, ledger.Between(histFloor, histCeiling))
			if err := z.transfer(yuan(name(i), "purse", name(i), 50)); err != nil {
				t.Fatal(err)
			}
		}
		// The content of a move follows from its key, so that a drawn key that was
		// drawn before is a retry.
		next := func(rng *rand.Rand) histOp {
			if rng.IntN(3) == 0 {
				return histOp{kind: opRead, from: rng.IntN(histAccounts)}
			}
			key := rng.IntN(64)
			return histOp{kind: opMove, key: key, from: key % 3, to: (key + 1 + key/3%2) % 3, amount: int64(10 + key%7*5)}
		}
		record(t, 8, 40, next, func(op histOp) histResult {
			if op.kind == opRead {
				return histResult{ok: true, posted: z.balance(name(op.from))}
			}
			err := z.transfer(yuan(fmt.Sprint("move", op.key), name(op.from), name(op.to), op.amount))
			var limit *ledger.LimitError
			if err != nil && !errors.As(err, &limit) {
				t.Errorf("%+v: %v", op, err)
			}
			return histResult{ok: err == nil}
		})
		z.verified()
	})
}

// So is one of a Book that a single goroutine owns and others reach by a channel.
func TestBookBehindAChannelIsLinearizable(t *testing.T) {
	t.Parallel()
	b := ledger.NewBook(0)
	at := func(i int) ledger.Account { return acc(fmt.Sprint("acc", i)) }
	for i := range histAccounts {
		if err := b.Open(at(i), ledger.CNYFen, ledger.Between(histFloor, histCeiling), 0); err != nil {
			t.Fatal(err)
		}
		if err := b.Apply(b.Seq()+1, []ledger.Posting{{Account: at(i), Unit: ledger.CNYFen, Phase: ledger.Post, Amount: 50}}); err != nil {
			t.Fatal(err)
		}
	}
	type request struct {
		op    histOp
		reply chan histResult
	}
	requests := make(chan request)
	owner := make(chan struct{})
	go func() {
		defer close(owner)
		for r := range requests {
			if r.op.kind == opRead {
				p, pend := b.Balance(at(r.op.from))
				r.reply <- histResult{true, p, pend}
				continue
			}
			err := b.Apply(b.Seq()+1, []ledger.Posting{{Account: at(r.op.from), Unit: ledger.CNYFen, Phase: r.op.phase, Amount: r.op.amount}})
			r.reply <- histResult{ok: err == nil}
		}
	}()
	next := func(rng *rand.Rand) histOp {
		if rng.IntN(3) == 0 {
			return histOp{kind: opRead, from: rng.IntN(histAccounts)}
		}
		phases := []ledger.Phase{ledger.Reserve, ledger.Reserve, ledger.Charge, ledger.Free, ledger.Refund}
		return histOp{kind: opPhase, from: rng.IntN(histAccounts), phase: phases[rng.IntN(len(phases))], amount: int64(1 + rng.IntN(30))}
	}
	record(t, 16, 60, next, func(op histOp) histResult {
		reply := make(chan histResult)
		requests <- request{op, reply}
		return <-reply
	})
	close(requests)
	<-owner
	if !b.Totals(ledger.CNYFen).Zero() {
		t.Error("sums are not zero")
	}
}

// The checker itself must see a history that nothing explains: two clients both
// told that they drew the last 50.
func TestHistoriesThatCannotBeAreSeen(t *testing.T) {
	t.Parallel()
	draw := func(c int) porcupine.Operation {
		return porcupine.Operation{ClientId: c, Input: histOp{kind: opMove, key: c, from: 0, to: 1 + c, amount: 50}, Output: histResult{ok: true}, Call: 0, Return: 10}
	}
	if porcupine.CheckOperations(histModel, []porcupine.Operation{draw(0), draw(1)}) {
		t.Error("a double draw passes for linearizable")
	}
}
