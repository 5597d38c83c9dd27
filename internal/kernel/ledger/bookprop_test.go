package ledger_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"pilotzone/internal/kernel/ledger"
)

// oldest is the plainest ledger there is: two maps and the rules as written.
type oldest struct {
	posted, pending map[ledger.Account]int64
	limits          map[ledger.Account]ledger.Limits
}

// apply tells whether the postings are allowed, and makes them if so.
func (o *oldest) apply(ps []ledger.Posting) bool {
	posted, pending := map[ledger.Account]int64{}, map[ledger.Account]int64{}
	for _, p := range ps {
		a := p.Account
		l, open := o.limits[a]
		if !open {
			return false
		}
		if _, seen := posted[a]; !seen {
			posted[a], pending[a] = o.posted[a], o.pending[a]
		}
		high, low := posted[a]+max(pending[a], 0), posted[a]+min(pending[a], 0)
		size, held := max(p.Amount, -p.Amount), max(pending[a], -pending[a])
		against := p.Amount != 0 && pending[a] != 0 && (p.Amount > 0) != (pending[a] > 0)
		switch p.Phase {
		case ledger.Reserve:
			if against {
				return false
			}
			pending[a] += p.Amount
		case ledger.Charge, ledger.Free:
			if against || size > held {
				return false
			}
			pending[a] -= p.Amount
			if p.Phase == ledger.Charge {
				posted[a] += p.Amount
			}
		case ledger.Post:
			posted[a] += p.Amount
		case ledger.Refund:
			posted[a] -= p.Amount
		}
		newHigh, newLow := posted[a]+max(pending[a], 0), posted[a]+min(pending[a], 0)
		if newHigh > high && newHigh > l.Ceiling || newLow < low && newLow < l.Floor {
			return false
		}
	}
	for a := range posted {
		o.posted[a], o.pending[a] = posted[a], pending[a]
	}
	return true
}

func drawPostings(t *rapid.T, accounts int) []ledger.Posting {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ledger.Posting {
		return ledger.Posting{
			Account: ledger.Account{15: byte(rapid.IntRange(0, accounts).Draw(t, "account"))},
			Unit:    ledger.CNYFen,
			Phase:   ledger.Phase(rapid.IntRange(1, 5).Draw(t, "phase")),
			Amount:  int64(rapid.IntRange(-60, 60).Draw(t, "amount")),
		}
	}), 1, 4).Draw(t, "postings")
}

// Book and the plainest ledger agree on every answer and every balance; sums are
// zero; a snapshot taken anywhere goes on as the book does.
func TestBookBehavesAsThePlainestLedger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const accounts = 5
		b := ledger.NewBook(0)
		o := &oldest{map[ledger.Account]int64{}, map[ledger.Account]int64{}, map[ledger.Account]ledger.Limits{}}
		kinds := []ledger.Limits{ledger.Between(0, 100), ledger.AtLeast(0), ledger.AtMost(50), ledger.Between(-20, 20), ledger.Unlimited}
		seq := uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			a := ledger.Account{15: byte(rapid.IntRange(0, accounts-1).Draw(t, "of"))}
			l := rapid.SampledFrom(kinds).Draw(t, "limits")
			switch rapid.IntRange(0, 9).Draw(t, "do") {
			case 0:
				if err := b.Open(a, ledger.CNYFen, l, 0); err != nil {
					t.Fatal(err)
				}
				if _, open := o.limits[a]; !open {
					o.limits[a] = l
				}
			case 1:
				if err := b.SetLimit(a, l); err == nil {
					o.limits[a] = l
				}
			case 2:
				r, err := ledger.RestoreBook(b.Snapshot(nil))
				if err != nil {
					t.Fatal(err)
				}
				b = r
			default:
				ps := drawPostings(t, accounts)
				want := o.apply(ps)
				err := b.Apply(seq+1, ps)
				if (err == nil) != want {
					t.Fatalf("%v: %v, the plainest ledger says %v", ps, err, want)
				}
				if err == nil {
					seq++
				}
			}
			for a := range o.limits {
				if p, r := b.Balance(a); p != o.posted[a] || r != o.pending[a] {
					t.Fatalf("account %s: %d, %d; want %d, %d", a, p, r, o.posted[a], o.pending[a])
				}
			}
			if !b.Totals(ledger.CNYFen).Zero() || b.Len() != len(o.limits) {
				t.Fatalf("totals %+v", b.Totals(ledger.CNYFen))
			}
		}
	})
}

// Two lists race for the last yuan of an allowance: exactly one wins, ten
// thousand times; and the same calls give the same bytes.
func TestLastYuanIsWonOnce(t *testing.T) {
	t.Parallel()
	run := func() []byte {
		b := ledger.NewBook(0)
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range uint64(10_000) {
			var a ledger.Account
			binary.BigEndian.PutUint64(a[:], rng.Uint64())
			if err := b.Open(a, ledger.CNYFen, ledger.Between(0, yearly), 2026); err != nil {
				t.Fatal(err)
			}
			if err := b.Apply(3*i+1, []ledger.Posting{{Account: a, Unit: ledger.CNYFen, Phase: ledger.Post, Amount: yearly - 100}}); err != nil {
				t.Fatal(err)
			}
			last := []ledger.Posting{{Account: a, Unit: ledger.CNYFen, Phase: ledger.Reserve, Amount: 100}}
			first, second := b.Apply(3*i+2, last), b.Apply(3*i+3, last)
			var limit *ledger.LimitError
			if first != nil || !errors.As(second, &limit) {
				t.Fatalf("first %v, second %v", first, second)
			}
		}
		return b.Snapshot(nil)
	}
	if !bytes.Equal(run(), run()) {
		t.Error("the same calls gave different books")
	}
}

func bigBook(tb testing.TB, n int) *ledger.Book {
	b := ledger.NewBook(n)
	rng := rand.New(rand.NewPCG(3, 4))
	for range n {
		var a ledger.Account
		binary.BigEndian.PutUint64(a[:], rng.Uint64())
		binary.BigEndian.PutUint64(a[8:], rng.Uint64())
		if err := b.Open(a, ledger.CNYFen, ledger.Between(0, yearly), 2026); err != nil {
			tb.Fatal(err)
		}
	}
	return b
}

// BenchmarkBook measures at two million accounts.
func BenchmarkBook(b *testing.B) {
	const n = 2_000_000
	book := bigBook(b, n)
	var keys []ledger.Account
	for e := range book.All() {
		keys = append(keys, e.Account)
	}
	rand.New(rand.NewPCG(5, 6)).Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	b.Run("ReserveCharge", func(b *testing.B) {
		b.ReportAllocs()
		ps := make([]ledger.Posting, 1)
		i := 0
		for b.Loop() {
			ps[0] = ledger.Posting{Account: keys[i%n], Unit: ledger.CNYFen, Phase: ledger.Reserve + ledger.Phase(i/n%2), Amount: 1}
			if err := book.Apply(book.Seq()+1, ps); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
	b.Run("Snapshot", func(b *testing.B) {
		var buf []byte
		for b.Loop() {
			buf = book.Snapshot(buf[:0])
		}
		b.ReportMetric(float64(len(buf))/n, "B/account")
	})
	b.Run("Restore", func(b *testing.B) {
		buf := book.Snapshot(nil)
		for b.Loop() {
			if _, err := ledger.RestoreBook(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Totals", func(b *testing.B) {
		for b.Loop() {
			if !book.Totals(ledger.CNYFen).Zero() {
				b.Fatal("sums")
			}
		}
	})
}
