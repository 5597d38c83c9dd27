package lookup

import (
	"context"
	"path/filepath"
	"testing"
	"time"
	"runtime/pprof"
	"os"

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

type everybody struct{}

func (everybody) Filed(string, string, clock.Day) (bool, string) { return true, "" }
func (everybody) Apply([]byte) (string, error)                  { return "", nil }
func (everybody) Snapshot() []byte                              { return nil }
func (everybody) Restore([]byte) error                          { return nil }

func TestMeasure(t *testing.T) {
	ctx := context.Background()
	var st *store.Store
	if os.Getenv("PG") != "" {
		st = storetest.Postgres(t, append(Migrations(), journal.Migration())...)
	} else {
		st = storetest.SQLite(t, append(Migrations(), journal.Migration())...)
	}
	j, err := journal.Open(st, 0)
	if err != nil {
		t.Fatal(err)
	}
	ring, _, err := keys.OpenFile(filepath.Join(t.TempDir(), "k.key"), keys.AES256GCM)
	if err != nil {
		t.Fatal(err)
	}
	national, _ := pack.LoadFS(packs.Files, "national")
	set, err := pack.NewSet(national)
	if err != nil {
		t.Fatal(err)
	}
	book, err := refdata.New(set)
	if err != nil {
		t.Fatal(err)
	}
	day := clock.Day(20261122)
	clk := clock.NewFixed(day.Time().Add(10 * time.Hour))
	cfg := intake.Config{Journal: j, Keys: ring, Clock: clk, Rules: book, Filings: func() clearance.Filings { return everybody{} }}
	s, err := intake.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	g, err := traffic.New(traffic.Options{Seed: 1, Day: day, Buyers: 3000000})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range g.Zone().Deposits {
		if _, err := s.Command(ctx, clearance.Deposit, clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount)}.Encode()); err != nil {
			t.Fatal(err)
		}
	}
	n := uint64(20000)
	start := time.Now()
	var last intake.Pending
	for i := uint64(0); i < n; i += 100 {
		for _, k := range []ceb.Kind{311, 411, 511, 621} {
			k = g.Kind(i, k)
			if k == 0 {
				continue
			}
			b, _ := g.AppendMessage(nil, k, i, 100)
			p, err := s.EnqueueWait(ctx, b, true)
			if err != nil {
				t.Fatal(err)
			}
			last = p
		}
	}
	if _, err := last.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	t.Log("core", time.Since(start), s.Durable())
	x := New(Config{Store: st, Core: s.Reader(), Clock: clk})
	f, _ := os.Create("/tmp/lookup.prof")
	pprof.StartCPUProfile(f)
	start = time.Now()
	if err := x.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	d := time.Since(start)
	pprof.StopCPUProfile()
	t.Log("index", d, float64(n)/d.Seconds(), "parcels/s")
	for _, table := range []string{"parcels", "parties", "traces", "receipts"} {
		var c int
		st.Search.Read().QueryRow("select count(*) from " + table).Scan(&c)
		t.Log(table, c)
	}
	ps, err := x.List(ctx, Filter{State: clearance.Released}, Page{Limit: 3})
	if err != nil { t.Fatal(err) }
	for _, p := range ps { t.Logf("%+v", p) }
	for _, q := range []string{ps[0].WaybillNo, ps[0].OrderNo, ps[0].InvtNo, ps[0].PreNo, ps[0].CopNo} {
		start = time.Now()
		l, err := x.Find(ctx, q)
		t.Log(q, len(l), err, time.Since(start))
	}
	start = time.Now()
	_, ds, err := x.Parcel(ctx, ps[0].Number)
	t.Log(len(ds), err, time.Since(start))
	docs, err := x.Documents(ctx, ps[0].Number)
	t.Logf("%+v %v", docs, err)
	start = time.Now()
	nodes, cur, err := x.Receipts(ctx, docs[0].Sender, Cursor{}, 1000)
	t.Log(len(nodes), cur, err, time.Since(start))
	for _, f := range []Filter{{}, {Party: ps[0].Merchant}, {Party: ps[0].Merchant, State: clearance.Released}, {From: day, To: day}} {
		start = time.Now()
		l, err := x.List(ctx, f, Page{})
		t.Log(len(l), err, time.Since(start))
	}
	if os.Getenv("PG") != "" {
		for range 3 {
			start = time.Now()
			l, err := x.Find(ctx, ps[0].OrderNo)
			t.Log("again", len(l), err, time.Since(start))
		}
		for _, q := range []string{"explain analyze select t.seq, t.more from eras e cross join traces t where t.era = e.era and t.hash = 123456 order by t.seq desc limit 1000",
			"explain analyze select p.* from parties s join parcels p on p.number = s.number where s.party='"+ps[0].Merchant+"' order by s.number desc limit 50"} {
		rows, err := st.Search.Read().Query(q)
		if err != nil { t.Fatal(err) }
		for rows.Next() { var l string; rows.Scan(&l); t.Log(l) }
		rows.Close()
		}
	}
	fi, _ := os.Stat(st.Search.Path())
	if fi != nil { t.Log("bytes per parcel", fi.Size()/int64(n)) }
	s.Close(ctx)
}
