package ledger_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"pilotzone/internal/kernel/ledger"
)

// acc is a readable account key.
func acc(name string) (a ledger.Account) {
	copy(a[:], name)
	return a
}

const yearly = 2_600_000 // 26,000.00 yuan, 财关税〔2018〕49号 art. 1

func openBook(t testing.TB, accounts map[string]ledger.Limits) *ledger.Book {
	t.Helper()
	b := ledger.NewBook(0)
	for name, l := range accounts {
		if err := b.Open(acc(name), ledger.CNYFen, l, 2026); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func fen(account string, p ledger.Phase, amount int64) ledger.Posting {
	return ledger.Posting{Account: acc(account), Unit: ledger.CNYFen, Phase: p, Amount: amount}
}

// Each step is one Apply; want is nil or what errors.Is/As finds.
func TestBookPhasesAndLimits(t *testing.T) {
	t.Parallel()
	type step struct {
		ps              []ledger.Posting
		want            error // sentinel, or a LimitError to compare
		posted, pending int64 // of account "a" afterwards
	}
	one := func(p ledger.Phase, amount int64) []ledger.Posting { return []ledger.Posting{fen("a", p, amount)} }
	over := func(would int64) error {
		return &ledger.LimitError{Account: acc("a"), Unit: ledger.CNYFen, Limit: yearly, WouldBe: would, Side: ledger.Ceiling}
	}
	under := func(limit, would int64) error {
		return &ledger.LimitError{Account: acc("a"), Unit: ledger.CNYFen, Limit: limit, WouldBe: would, Side: ledger.Floor}
	}
	allowance, deposit := ledger.Between(0, yearly), ledger.AtLeast(0)
	tests := []struct {
		name   string
		limits ledger.Limits
		steps  []step
	}{
		{"RULES A2: 25,600.00 used, 400.00 more is allowed", allowance, []step{
			{one(ledger.Post, 2_560_000), nil, 2_560_000, 0},
			{one(ledger.Reserve, 40_000), nil, 2_560_000, 40_000},
			{one(ledger.Charge, 40_000), nil, yearly, 0}}},
		{"RULES A2: 25,600.00 used, 400.01 more is not", allowance, []step{
			{one(ledger.Post, 2_560_000), nil, 2_560_000, 0},
			{one(ledger.Reserve, 40_001), over(2_600_001), 2_560_000, 0}}},
		{"reservations count before they are charged", allowance, []step{
			{one(ledger.Reserve, 2_000_000), nil, 0, 2_000_000},
			{one(ledger.Reserve, 600_001), over(2_600_001), 0, 2_000_000},
			{one(ledger.Post, 600_001), over(2_600_001), 0, 2_000_000},
			{one(ledger.Reserve, 600_000), nil, 0, yearly},
			{one(ledger.Free, 2_000_000), nil, 0, 600_000},
			{one(ledger.Reserve, 2_000_000), nil, 0, yearly}}},
		{"a refund gives room back, and no more than was used", allowance, []step{
			{one(ledger.Post, yearly), nil, yearly, 0},
			{one(ledger.Refund, 100), nil, yearly - 100, 0},
			{one(ledger.Reserve, 100), nil, yearly - 100, 100},
			{one(ledger.Refund, yearly), under(0, -100), yearly - 100, 100}}},
		{"no more is charged or freed than is reserved", allowance, []step{
			{one(ledger.Reserve, 10), nil, 0, 10},
			{one(ledger.Charge, 11), ledger.ErrPending, 0, 10},
			{one(ledger.Free, 11), ledger.ErrPending, 0, 10},
			{one(ledger.Free, -1), ledger.ErrPending, 0, 10},
			{one(ledger.Charge, 4), nil, 4, 6}}},
		{"a deposit is drawn down to its floor", deposit, []step{
			{one(ledger.Reserve, -1), under(0, -1), 0, 0},
			{one(ledger.Post, 1000), nil, 1000, 0},
			{one(ledger.Reserve, -600), nil, 1000, -600},
			{one(ledger.Reserve, -401), under(0, -1), 1000, -600},
			{one(ledger.Post, -401), under(0, -1), 1000, -600},
			{one(ledger.Charge, -600), nil, 400, 0},
			{one(ledger.Refund, -600), nil, 1000, 0}}},
		{"money that is only promised does not cover a draw", ledger.AtLeast(0), []step{
			{one(ledger.Reserve, 500), nil, 0, 500},
			{one(ledger.Post, -1), under(0, -1), 0, 500}}},
		{"reservations go one way", ledger.Unlimited, []step{
			{one(ledger.Reserve, 5), nil, 0, 5},
			{one(ledger.Reserve, -5), ledger.ErrDirection, 0, 5},
			{one(ledger.Free, 5), nil, 0, 0},
			{one(ledger.Reserve, -5), nil, 0, -5}}},
		{"all or nothing, also on one account", allowance, []step{
			{[]ledger.Posting{fen("a", ledger.Reserve, 7), fen("b", ledger.Reserve, 8), fen("a", ledger.Charge, 8)}, ledger.ErrPending, 0, 0},
			{[]ledger.Posting{fen("a", ledger.Reserve, 7), fen("nobody", ledger.Post, 8)}, ledger.ErrNoAccount, 0, 0},
			{[]ledger.Posting{fen("a", ledger.Reserve, 7), {Account: acc("a"), Unit: ledger.Gram, Phase: ledger.Post, Amount: 1}}, ledger.ErrUnit, 0, 0},
			{[]ledger.Posting{fen("a", ledger.Reserve, 7), fen("a", 9, 1)}, ledger.ErrPhase, 0, 0}}},
		{"postings count in their order", allowance, []step{
			{one(ledger.Reserve, yearly), nil, 0, yearly},
			{[]ledger.Posting{fen("a", ledger.Reserve, 5), fen("a", ledger.Free, yearly)}, over(yearly + 5), 0, yearly},
			{[]ledger.Posting{fen("a", ledger.Free, yearly), fen("a", ledger.Reserve, 5)}, nil, 0, 5}}},
		{"figures never wrap", ledger.Unlimited, []step{
			{one(ledger.Post, math.MaxInt64), nil, math.MaxInt64, 0},
			{one(ledger.Post, 1), ledger.ErrRange, math.MaxInt64, 0},
			{one(ledger.Reserve, 1), ledger.ErrRange, math.MaxInt64, 0},
			{one(ledger.Post, math.MinInt64), ledger.ErrRange, math.MaxInt64, 0},
			{one(ledger.Refund, -1), ledger.ErrRange, math.MaxInt64, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := openBook(t, map[string]ledger.Limits{"a": tt.limits, "b": tt.limits})
			seq := uint64(0)
			for i, s := range tt.steps {
				before := b.Snapshot(nil)
				checked := b.Check(s.ps)
				if !bytes.Equal(before, b.Snapshot(nil)) {
					t.Fatalf("step %d: Check changed the book", i)
				}
				err := b.Apply(seq+1, s.ps)
				if (checked == nil) != (err == nil) || checked != nil && checked.Error() != err.Error() {
					t.Errorf("step %d: Check said %v, Apply %v", i, checked, err)
				}
				wantErr(t, i, err, s.want)
				if err != nil && !bytes.Equal(before, b.Snapshot(nil)) {
					t.Errorf("step %d: a refused Apply changed the book", i)
				}
				if err == nil {
					seq++
				}
				if p, r := b.Balance(acc("a")); p != s.posted || r != s.pending {
					t.Fatalf("step %d: posted %d, pending %d; want %d, %d", i, p, r, s.posted, s.pending)
				}
				if tot := b.Totals(ledger.CNYFen); !tot.Zero() || tot.Accounts != 2 {
					t.Errorf("step %d: sums are not zero: %+v", i, tot)
				}
			}
		})
	}
}

func wantErr(t *testing.T, i int, err, want error) {
	t.Helper()
	var got, limit *ledger.LimitError
	switch {
	case errors.As(want, &limit):
		if !errors.As(err, &got) || *got != *limit {
			t.Errorf("step %d: %v, want %v", i, err, want)
		}
	case want == nil && err != nil, want != nil && !errors.Is(err, want):
		t.Errorf("step %d: %v, want %v", i, err, want)
	}
}

func TestApplyHappensOnce(t *testing.T) {
	t.Parallel()
	b := openBook(t, map[string]ledger.Limits{"a": ledger.Between(0, yearly)})
	ps := []ledger.Posting{fen("a", ledger.Post, 5)}
	for _, s := range []struct {
		seq    uint64
		want   error
		posted int64
	}{{0, ledger.ErrApplied, 0}, {3, nil, 5}, {3, ledger.ErrApplied, 5}, {2, ledger.ErrApplied, 5}, {9, nil, 10}} {
		if err := b.Apply(s.seq, ps); !errors.Is(err, s.want) {
			t.Errorf("Apply %d: %v, want %v", s.seq, err, s.want)
		}
		if p, _ := b.Balance(acc("a")); p != s.posted {
			t.Errorf("after %d: posted %d, want %d", s.seq, p, s.posted)
		}
	}
	if err := b.Apply(10, []ledger.Posting{fen("a", ledger.Post, yearly)}); err == nil {
		t.Fatal("over the ceiling")
	}
	if b.Seq() != 9 {
		t.Errorf("seq = %d after a refusal, want 9", b.Seq())
	}
	if err := b.Apply(10, ps); err != nil {
		t.Errorf("a refused number cannot be used again: %v", err)
	}
}

func TestOpenAndSetLimit(t *testing.T) {
	t.Parallel()
	b := openBook(t, map[string]ledger.Limits{"a": ledger.Between(0, 100)})
	if err := b.Apply(1, []ledger.Posting{fen("a", ledger.Post, 80)}); err != nil {
		t.Fatal(err)
	}
	if err := b.Open(acc("a"), ledger.CNYFen, ledger.Unlimited, 1); err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Lookup(acc("a")); e.Limits != ledger.Between(0, 100) || e.Tag != 2026 {
		t.Errorf("opening again changed the account: %+v", e)
	}
	for name, c := range map[string]struct{ got, want error }{
		"other unit":      {b.Open(acc("a"), ledger.Gram, ledger.Unlimited, 0), ledger.ErrUnit},
		"no unit":         {b.Open(acc("z"), 0, ledger.Unlimited, 0), ledger.ErrUnit},
		"floor > ceiling": {b.Open(acc("z"), ledger.Gram, ledger.Between(2, 1), 0), ledger.ErrLimits},
		"limit crossed":   {b.SetLimit(acc("a"), ledger.Between(2, 1)), ledger.ErrLimits},
		"limit of nobody": {b.SetLimit(acc("z"), ledger.Unlimited), ledger.ErrNoAccount},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if err := b.SetLimit(acc("a"), ledger.Between(0, 50)); err != nil {
		t.Fatal(err)
	}
	var limit *ledger.LimitError
	if err := b.Check([]ledger.Posting{fen("a", ledger.Reserve, 1)}); !errors.As(err, &limit) || limit.Limit != 50 {
		t.Errorf("above a lowered ceiling one more was allowed: %v", err)
	}
	if err := b.Apply(2, []ledger.Posting{fen("a", ledger.Refund, 10)}); err != nil {
		t.Errorf("may not move back towards a lowered ceiling: %v", err)
	}
	e, _ := b.Lookup(acc("a"))
	if up, down := e.Room(); up != 0 || down != 70 {
		t.Errorf("room = %d, %d; want 0, 70", up, down)
	}
	if up, down := (ledger.Entry{Limits: ledger.Unlimited}).Room(); up != math.MaxInt64 || down != math.MaxInt64 {
		t.Errorf("room without limits = %d, %d", up, down)
	}
}

func TestDropClosesOldYears(t *testing.T) {
	t.Parallel()
	b := ledger.NewBook(0)
	for i := range 10_000 {
		a := acc("")
		binary.BigEndian.PutUint32(a[:], uint32(i))
		if err := b.Open(a, ledger.CNYFen, ledger.Between(0, int64(yearly+i%3)), uint16(2025+i%2)); err != nil {
			t.Fatal(err)
		}
		phase := ledger.Post
		if i%100 == 0 {
			phase = ledger.Reserve
		}
		if err := b.Apply(uint64(i+1), []ledger.Posting{{Account: a, Unit: ledger.CNYFen, Phase: phase, Amount: int64(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.Drop(func(e ledger.Entry) bool { return e.Tag == 2025 }); n != 4901 {
		t.Errorf("dropped %d, want 4901: 5,000 of the old year less 99 with a reservation", n)
	}
	if b.Len() != 5099 || !b.Totals(ledger.CNYFen).Zero() {
		t.Errorf("%d left, totals %+v", b.Len(), b.Totals(ledger.CNYFen))
	}
	last := acc("")
	for e := range b.All() {
		if bytes.Compare(last[:], e.Account[:]) > 0 {
			t.Fatalf("%s comes after %s", e.Account, last)
		}
		last = e.Account
		i := int64(binary.BigEndian.Uint32(e.Account[:]))
		if e.Posted+e.Pending != i || e.Limits.Ceiling != yearly+i%3 {
			t.Fatalf("account %d changed: %+v", i, e)
		}
		if p, r := b.Balance(e.Account); p != e.Posted || r != e.Pending {
			t.Fatalf("account %d is not found", i)
		}
	}
	restored, err := ledger.RestoreBook(b.Snapshot(nil))
	if err != nil || !bytes.Equal(restored.Snapshot(nil), b.Snapshot(nil)) {
		t.Errorf("snapshot after Drop: %v", err)
	}
}

func TestDamagedSnapshotIsRefused(t *testing.T) {
	t.Parallel()
	b := openBook(t, map[string]ledger.Limits{"a": ledger.Between(0, 100), "b": ledger.Unlimited})
	if err := b.Apply(1, []ledger.Posting{fen("a", ledger.Post, 80)}); err != nil {
		t.Fatal(err)
	}
	good := b.Snapshot(nil)
	for n := range good {
		if _, err := ledger.RestoreBook(good[:n]); err == nil {
			t.Errorf("cut to %d bytes: accepted", n)
		}
	}
	if _, err := ledger.RestoreBook(append(bytes.Clone(good), 0)); err == nil {
		t.Error("a byte too many: accepted")
	}
	body := len(good) - 2*40
	for name, at := range map[string]int{"magic": 0, "version": 4, "posted": body + 16, "pending": body + 24, "limits": body + 32, "unit": body + 38, "refs": 4 + 4 + 8 + 64 + 4 + 16} {
		bad := bytes.Clone(good)
		bad[at] ^= 0x10
		if _, err := ledger.RestoreBook(bad); err == nil {
			t.Errorf("%s changed: accepted", name)
		}
	}
	twice := bytes.Clone(good)
	copy(twice[body+40:body+56], twice[body:body+16])
	if _, err := ledger.RestoreBook(twice); err == nil {
		t.Error("an account twice: accepted")
	}
}
