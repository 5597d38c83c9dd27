package passport_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/passport"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/blob"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/packs"
)

var update = flag.Bool("update", false, "write the golden letter anew")

// value is the dutiable value of coretest's parcels.
const value = money.Fen(48_700)

// desk is a core with the passport, its matter, the outbox and a box of letters.
type desk struct {
	*passport.Service
	t       *testing.T
	core    *coretest.Core
	store   *store.Store
	outbox  *feed.Outbox
	matters *matter.Service
	post    *post
	taken   uint64
}

type post struct{ letters []notify.Letter }

func (p *post) Send(_ context.Context, _ *store.Tx, l ...notify.Letter) error {
	p.letters = append(p.letters, l...)
	return nil
}

func migrations() []store.Migration {
	list := append(passport.Migrations(), journal.Migration(), audit.Migration)
	for _, m := range matter.Migrations() {
		known := false
		for _, v := range list {
			known = known || v.File == m.File && v.Owner == m.Owner
		}
		if !known {
			list = append(list, m)
		}
	}
	return list
}

func each(t *testing.T, f func(t *testing.T, d *desk)) {
	storetest.Each(t, func(t *testing.T, st *store.Store) { f(t, newDesk(t, st)) }, migrations()...)
}

func newDesk(t *testing.T, st *store.Store) *desk {
	t.Helper()
	d := &desk{t: t, core: coretest.Open(t, st), store: st, post: &post{}}
	log := audit.New(audit.Config{DB: st.Services, Keys: d.core.Keys, Clock: d.core.Clock})
	d.outbox = feed.NewOutbox(st.Services, d.core.Clock)
	d.Service = passport.New(passport.Config{Store: st, Core: d.core.Reader(), Machine: d.core, Commands: d.outbox, Keys: d.core.Keys, Clock: d.core.Clock, Audit: log, Post: d.post, Site: "https://zone.example"})
	catalogue, err := matter.Load(one{})
	check(t, err)
	d.matters, err = matter.New(matter.Config{DB: st.Services, Keys: d.core.Keys, Clock: d.core.Clock, Random: rand.Reader, Catalogue: catalogue,
		Blobs: blob.New(st.Services, d.core.Keys, d.core.Clock, rand.Reader, blob.Limits{}), Audit: log, Hooks: matter.Hooks{Effects: d.Effects()}})
	check(t, err)
	d.UseMatters(d.matters)
	return d
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sync takes decisions in and delivers commands, until nothing moves.
func (d *desk) sync() {
	d.t.Helper()
	check(d.t, d.CatchUp(d.t.Context()))
	list, err := d.outbox.Commands(d.t.Context(), d.taken, 100)
	check(d.t, err)
	for _, c := range list {
		kind := map[string]clearance.CommandKind{passport.CommandFreeze: clearance.PersonFreeze, passport.CommandDispute: clearance.DisputeUpheld}[c.Kind]
		body, err := clearance.FromOutbox(kind, c.Body, c.ID)
		check(d.t, err)
		_, err = d.core.Command(d.t.Context(), kind, body)
		check(d.t, err)
		d.taken = c.ID
	}
	check(d.t, d.CatchUp(d.t.Context()))
}

func (d *desk) send(docs ...coretest.Doc) {
	d.t.Helper()
	d.core.Send(d.t, docs...)
	d.sync()
}

// consumer is the buyer of parcel n, signed in.
func (d *desk) consumer(n int) context.Context {
	k := clearance.PersonKey(d.core.Keys.Hasher(), coretest.List(n).Head[ceb.H621BuyerIdNumber])
	return access.With(d.t.Context(), &access.Principal{ID: "c" + strconv.Itoa(n), Roles: []access.Role{access.Consumer}, Person: k})
}

func (d *desk) officer() context.Context {
	return access.With(d.t.Context(), &access.Principal{ID: "o1", Org: "customs", Roles: []access.Role{access.Customs}})
}

func (d *desk) use(n int) *passport.Use {
	d.t.Helper()
	u, err := d.Use(d.consumer(n), uint64(n))
	check(d.t, err)
	return u
}

func problem(err error, code string) bool {
	var ps matter.Problems
	return errors.As(err, &ps) && len(ps) == 1 && ps[0].Code == code && ps[0].ZH != "" && ps[0].FixEN != ""
}

// golden holds text against a file, or writes it.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		check(t, os.MkdirAll(filepath.Dir(file), 0o755))
		check(t, os.WriteFile(file, []byte(text), 0o644))
	}
	have, err := os.ReadFile(file)
	check(t, err)
	if string(have) != text {
		t.Errorf("%s is stale: run with -update\n%s", file, text)
	}
}

// one is the folder of definitions with that of the dispute alone.
type one struct{}

func (one) Open(name string) (fs.File, error) { return packs.Matters().Open(name) }

func (one) ReadDir(string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(packs.Matters(), ".")
	return slices.DeleteFunc(list, func(e fs.DirEntry) bool { return e.Name() != passport.Matter+".yaml" }), err
}

// BenchmarkUses takes in the decisions of lists of many persons.
func BenchmarkUses(b *testing.B) {
	st := storetest.SQLite(b, migrations()...)
	ring, err := keys.New(keys.AES256GCM, time.Now(), rand.Reader)
	check(b, err)
	src := &many{n: 2 * b.N}
	s := passport.New(passport.Config{Store: st, Core: src, Keys: ring, Clock: clock.NewFixed(coretest.Day.Time())})
	b.ResetTimer()
	check(b, s.CatchUp(b.Context()))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lists/s")
}

// many is a stream of two decisions a list.
type many struct{ n int }

func (m *many) Decisions(_ context.Context, after uint64, most int) (out []*clearance.Decision, err error) {
	for seq := int(after) + 1; seq <= m.n && len(out) < most; seq++ {
		parcel := uint64(seq+1) / 2
		var k clearance.Key
		binary.LittleEndian.PutUint64(k[:], parcel*0x9E3779B97F4A7C15)
		d := &clearance.Decision{Seq: uint64(seq), At: int64(seq), What: clearance.DocStored, Kind: 621, Number: parcel, To: clearance.Waiting,
			List: &clearance.List{Buyer: k, OrderNo: "XO-Bench", Platform: coretest.Platform, Merchant: coretest.Merchant}}
		if seq%2 == 0 {
			d.What, d.To, d.Tax = clearance.Decided, clearance.Released, &clearance.Assessment{Dutiable: value}
		}
		out = append(out, d)
	}
	return out, nil
}
