package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/packs"
)

// everybody is a register in which everyone is filed.
type everybody struct{}

func (everybody) Filed(string, string, clock.Day) (bool, string) { return true, "" }
func (everybody) Apply([]byte) (string, error)                   { return "", nil }
func (everybody) Snapshot() []byte                               { return nil }
func (everybody) Restore([]byte) error                           { return nil }

var national = sync.OnceValues(func() (*refdata.Book, error) {
	p, err := pack.LoadFS(packs.Files, "national")
	if err != nil {
		return nil, err
	}
	set, err := pack.NewSet(p)
	if err != nil {
		return nil, err
	}
	return refdata.New(set)
})

func rules(t testing.TB) *refdata.Book {
	b, err := national()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const today clock.Day = 20261122

// host runs a service on a store and keeps what it committed.
type host struct {
	*testing.T
	st  *store.Store
	cfg intake.Config
	s   *intake.Service
	mu  sync.Mutex
	log []*clearance.Decision
}

func newHost(t *testing.T, st *store.Store) *host {
	ring, _, err := keys.OpenFile(filepath.Join(t.TempDir(), "k.key"), keys.AES256GCM)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{T: t, st: st}
	h.cfg = intake.Config{Keys: ring, Clock: clock.NewFixed(today.Time().Add(10 * time.Hour)), Rules: rules(t),
		Filings: func() clearance.Filings { return everybody{} },
		Committed: func(ds []*clearance.Decision) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.log = append(h.log, ds...)
		}}
	h.open()
	return h
}

func (h *host) open() {
	h.Helper()
	var err error
	if h.cfg.Journal, err = journal.Open(h.st, 0); err != nil {
		h.Fatal(err)
	}
	if h.s, err = intake.Open(context.Background(), h.cfg); err != nil {
		h.Fatal(err)
	}
}

func (h *host) deposit(guarantor string, fen int64) {
	h.Helper()
	body := clearance.DepositBody{Guarantor: guarantor, Amount: fen}.Encode()
	if _, err := h.s.Command(context.Background(), clearance.Deposit, body); err != nil {
		h.Fatal(err)
	}
}

// book is the machine's ledger as it stands.
func (h *host) book() (b []byte) {
	h.Helper()
	if err := h.s.Ask(context.Background(), func(e *clearance.Engine) { b = e.Book().Snapshot(nil) }); err != nil {
		h.Fatal(err)
	}
	return b
}

// each runs f for every message in a few goroutines.
func each(messages [][]byte, f func([]byte)) {
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < len(messages); i += 4 {
				f(messages[i])
			}
		})
	}
	wg.Wait()
}

// TestServiceOnBothStores: parcels submitted by several clients at once are all
// acknowledged, durable, decided and numbered without gaps; what is stored is
// what came in; a replay gives the same bytes; after a restart the same
// messages change nothing.
func TestServiceOnBothStores(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		h := newHost(t, st)
		g, err := traffic.New(traffic.Options{Seed: 1, Day: today, Block: 5, Modes: traffic.ImportModes()})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range g.Zone().Deposits {
			h.deposit(d.Guarantor, int64(d.Amount))
		}
		const n = 300
		var messages [][]byte
		for i := uint64(0); i < n; i += 5 {
			for _, k := range []ceb.Kind{621, 511, 411, 311} {
				b, _ := g.AppendMessage(nil, k, i, 5)
				messages = append(messages, b)
			}
		}
		each(messages, func(b []byte) {
			ack, err := h.s.Submit(ctx, b)
			if err != nil {
				t.Error(err)
				return
			}
			if ack.Decision > h.s.Durable() {
				t.Errorf("acknowledged decision %d before it was durable (%d)", ack.Decision, h.s.Durable())
			}
			for _, a := range ack.Docs {
				if raw, err := h.s.Reader().Raw(ctx, a.Input); err != nil || a.What != "stored" || !bytes.Contains(raw.Document, []byte(">"+a.Number+"<")) {
					t.Errorf("input %d (%s %s): %v", a.Input, a.What, a.Number, err)
				}
			}
		})
		h.released(n)
		h.contiguous(ctx)
		h.replayed(ctx)
		book := h.book()
		if err := h.s.Close(ctx); err != nil {
			t.Fatal(err)
		}
		h.open()
		if !bytes.Equal(book, h.book()) {
			t.Error("the accounts stand otherwise after a restart")
		}
		each(messages, func(b []byte) {
			ack, err := h.s.Submit(ctx, b)
			if err != nil {
				t.Error(err)
				return
			}
			for _, a := range ack.Docs {
				if a.What != "repeated" {
					t.Errorf("input %d, sent again: %s", a.Input, a.What)
				}
			}
		})
		if !bytes.Equal(book, h.book()) {
			t.Error("repetitions touched the accounts")
		}
		h.contiguous(ctx)
		if err := h.s.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}, journal.Migration())
}

func (h *host) released(n int) {
	h.Helper()
	got := 0
	for _, d := range h.log {
		if d.What == clearance.Decided && d.To == clearance.Released {
			got++
		}
	}
	if got != n {
		h.Errorf("%d of %d parcels are released", got, n)
	}
}

// contiguous: the stored stream has the numbers 1, 2, 3 … and is what was committed.
func (h *host) contiguous(ctx context.Context) {
	h.Helper()
	i := 0
	err := h.s.Reader().Each(ctx, 1, func(d *clearance.Decision) error {
		if d.Seq != uint64(i+1) || !bytes.Equal(d.Append(nil), h.log[i].Append(nil)) {
			return fmt.Errorf("decision %d is stored as %d", i+1, d.Seq)
		}
		i++
		return nil
	})
	if err != nil || i != len(h.log) {
		h.Errorf("%v; %d of %d decisions are stored", err, i, len(h.log))
	}
}

// replayed: the stored inputs played on an empty machine give the same bytes.
func (h *host) replayed(ctx context.Context) {
	h.Helper()
	e := clearance.New(clearance.Config{Rules: rules(h), Filings: everybody{}, Hasher: h.cfg.Keys.Hasher()})
	i := 0
	err := intake.NewPlayer(h.cfg.Journal, h.cfg.Keys, e, 2).Play(ctx, 1, func(ds []*clearance.Decision) error {
		for _, d := range ds {
			if !bytes.Equal(d.Append(nil), h.log[i].Append(nil)) {
				return fmt.Errorf("decision %d is another in the replay", d.Seq)
			}
			i++
		}
		return nil
	})
	if err != nil || i != len(h.log) {
		h.Errorf("replay: %v, %d of %d decisions", err, i, len(h.log))
	}
}

// single gives parcel i of the generator a buyer and one piece worth value.
func single(g *traffic.Gen, i, buyer uint64, value string) (*traffic.Parcel, []*traffic.Document) {
	p := g.Parcel(i)
	who := g.Person(9_000_000 + buyer)
	for _, d := range []*traffic.Document{&p.Order, &p.List} {
		d.Lines = d.Lines[:1]
		d.SetLine(0, "qty", "1")
		d.SetLine(0, "price", value)
		d.SetLine(0, "totalPrice", value)
		d.Set("buyerName", who.Name)
		d.Set("buyerIdNumber", who.ID)
		d.Set("buyerTelephone", who.Phone)
		d.Set("freight", "0")
	}
	for _, f := range []string{"goodsValue", "acturalPaid"} {
		p.Order.Set(f, value)
	}
	p.Order.Set("discount", "0")
	p.Payment.Set("payerName", who.Name)
	p.Payment.Set("payerIdNumber", who.ID)
	p.Payment.Set("amountPaid", value)
	return p, []*traffic.Document{&p.Order, p.Payment, &p.Waybill, &p.List}
}

// wrap makes one message of documents, with the head and tail of a message of
// the generator.
func wrap(g *traffic.Gen, docs []*traffic.Document, i uint64) []byte {
	frame, _ := g.AppendMessage(nil, docs[0].Kind, i, 1)
	open := bytes.IndexByte(frame[bytes.Index(frame, []byte("<ceb:CEB")):], '\n') + bytes.Index(frame, []byte("<ceb:CEB")) + 1
	b := append([]byte(nil), frame[:open]...)
	for _, d := range docs {
		b = d.Append(b)
	}
	return append(b, frame[bytes.Index(frame, []byte("<ceb:BaseTransfer>")):]...)
}

// TestTheLastYuanThroughTheService: 10,000 buyers with two lists each, 13,000.00
// and 13,000.01 of an annual limit of 26,000.00, whose lists are submitted by
// two clients at the same time: of each pair exactly one wins.
func TestTheLastYuanThroughTheService(t *testing.T) {
	t.Parallel()
	pairs := uint64(10_000)
	if testing.Short() {
		pairs = 500
	}
	ctx := context.Background()
	h := newHost(t, storetest.SQLite(t, journal.Migration()))
	h.cfg.Committed = nil
	g, err := traffic.New(traffic.Options{Seed: 3, Day: today, Modes: []traffic.Share{{Mode: traffic.Import9610, Weight: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range g.Zone().Deposits {
		h.deposit(d.Guarantor, 1<<50)
	}
	var lists [2][][]byte
	for from := uint64(0); from < pairs; from += 100 {
		for side, value := range []string{"13000", "13000.01"} {
			first := 2*from + 100*uint64(side)
			var docs [4][]*traffic.Document
			for k := range min(100, pairs-from) {
				_, four := single(g, first+k, from+k, value)
				for n, d := range four {
					docs[n] = append(docs[n], d)
				}
			}
			for _, ds := range docs[:3] {
				if _, err := h.s.EnqueueWait(ctx, wrap(g, ds, first), true); err != nil {
					t.Fatal(err)
				}
			}
			lists[side] = append(lists[side], wrap(g, docs[3], first))
		}
	}
	var wg sync.WaitGroup
	for side := range lists {
		wg.Go(func() {
			for _, b := range lists[side] {
				if _, err := h.s.Submit(ctx, b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	h.winners(ctx, pairs)
	if err := h.s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// winners reads the decisions: one released and one refused with 1313 a buyer.
func (h *host) winners(ctx context.Context, pairs uint64) {
	h.Helper()
	won, lost, first := map[clearance.Key]int{}, map[clearance.Key]int{}, [2]int{}
	err := h.s.Reader().Each(ctx, 1, func(d *clearance.Decision) error {
		switch {
		case d.What != clearance.Decided:
		case d.To == clearance.Released:
			won[d.List.Buyer]++
			first[int(d.List.Lines[0].Total)/1000%2]++
		case d.To == clearance.Refused && d.Reasons[0].Code == "1313":
			lost[d.List.Buyer]++
		default:
			return fmt.Errorf("list %s: %v %v", d.List.OrderNo, d.To, d.Reasons)
		}
		return nil
	})
	if err != nil {
		h.Fatal(err)
	}
	if len(won) != int(pairs) || len(lost) != int(pairs) {
		h.Errorf("%d buyers have a winner, %d a loser, of %d", len(won), len(lost), pairs)
	}
	for k, n := range won {
		if n != 1 || lost[k] != 1 {
			h.Errorf("buyer %v: %d winners, %d losers", k, n, lost[k])
		}
	}
	h.Log("won by the first and the second: " + strconv.Itoa(first[0]) + ", " + strconv.Itoa(first[1]))
}

// TestPacksSwitchedUnderLoad: documents that were checked by packs which are no
// longer in force when their turn comes are checked anew; a replay, which
// decodes at other times, gives the same bytes.
func TestPacksSwitchedUnderLoad(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHost(t, storetest.SQLite(t, journal.Migration()))
	var zone []*pack.Pack
	for _, name := range packs.Names() {
		p, err := pack.LoadFS(packs.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		zone = append(zone, p)
	}
	set, err := pack.NewSet(zone...)
	if err != nil {
		t.Fatal(err)
	}
	g, err := traffic.New(traffic.Options{Seed: 5, Day: today, Block: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range g.Zone().Deposits {
		h.deposit(d.Guarantor, int64(d.Amount))
	}
	var messages [][]byte
	for i := uint64(0); i < 500; i += 5 {
		for _, k := range []ceb.Kind{311, 411, 511, 621} {
			if b, n := g.AppendMessage(nil, g.Kind(i, k), i, 5); n > 0 {
				messages = append(messages, b)
			}
		}
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		for _, s := range []*pack.Set{set, rules(t).Set(), set} {
			if _, err := h.s.Command(ctx, clearance.SwitchPacks, s.Marshal()); err != nil {
				t.Error(err)
			}
		}
	}()
	each(messages, func(b []byte) {
		if _, err := h.s.Submit(ctx, b); err != nil {
			t.Error(err)
		}
	})
	<-done
	h.contiguous(ctx)
	h.replayed(ctx)
	if err := h.s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}
