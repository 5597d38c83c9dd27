package zone_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/ledger"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry"
)

func submit(t *testing.T, z *zone.Zone, data []byte) *intake.Ack {
	t.Helper()
	ack, err := z.Intake.Submit(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return ack
}

// parcels sends whole parcels through.
func parcels(t *testing.T, z *zone.Zone, first uint64, n int) *intake.Ack {
	t.Helper()
	g := zonetest.Traffic(t)
	var last *intake.Ack
	for _, k := range zonetest.Kinds {
		last = submit(t, z, zonetest.Message(t, g, k, first, n))
	}
	return last
}

func open(t *testing.T, c zone.Config) *zone.Zone {
	t.Helper()
	z, err := zone.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func shut(t *testing.T, z *zone.Zone) {
	t.Helper()
	if err := z.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestAZoneGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	c := zonetest.Config(t.TempDir())
	z := open(t, c)
	zonetest.Furnish(t, z, zonetest.Traffic(t))
	if a := parcels(t, z, 0, 3); a.Docs[0].State != "released" {
		t.Fatalf("%+v", a)
	}
	durable := z.Intake.Durable()
	shut(t, z)

	z = open(t, c)
	defer shut(t, z)
	if z.Intake.Durable() != durable {
		t.Errorf("durable is %d, was %d", z.Intake.Durable(), durable)
	}
	// The filings and the security are known as before, and the parcels too.
	if a := parcels(t, z, 3, 2); a.Docs[1].State != "released" {
		t.Errorf("%+v", a)
	}
	if a := submit(t, z, zonetest.Message(t, zonetest.Traffic(t), 621, 0, 3)); a.Docs[0].What != "repeated" {
		t.Errorf("%+v", a)
	}
	if err := z.Lookup.CatchUp(t.Context()); err != nil && !strings.Contains(err.Error(), "moved") {
		t.Error(err)
	}
}

func TestSecondWriterIsToldWhoHoldsTheStore(t *testing.T) {
	t.Parallel()
	c := zonetest.Config(t.TempDir())
	c.Holder = "the first one"
	z := open(t, c)
	defer shut(t, z)
	_, err := zone.Open(t.Context(), c)
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), "the first one") {
		t.Errorf("%v", err)
	}
	a, err := zone.OpenArchive(t.Context(), c) // reading needs no lock
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestKeyFileIsMadeForANewStoreOnly(t *testing.T) {
	t.Parallel()
	c := zonetest.Config(t.TempDir())
	var notice strings.Builder
	c.Notice = &notice
	z := open(t, c)
	shut(t, z)
	if !strings.Contains(notice.String(), z.Config.Key) || !strings.Contains(notice.String(), "密钥") {
		t.Errorf("notice: %q", notice.String())
	}
	if err := os.Rename(z.Config.Key, z.Config.Key+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := zone.Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), "--key") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(z.Config.Key); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a new key file was made for a store in use: %v", err)
	}
	c.Key = z.Config.Key + ".away"
	shut(t, open(t, c))
}

func TestConfigurationTellsAllFaults(t *testing.T) {
	t.Parallel()
	c := zone.Config{Store: "oracle:x", Cipher: "des", Packs: []string{"atlantis"}, HTTP: zone.HTTP{Listen: "0.0.0.0:80", HeaderBytes: 1, Proxies: []string{"10.0.0.5", "10.0.0.0/24", "balancer"},
		Tokens: []zone.Token{{Name: "", Role: "king", SHA256: "abc"}}}, Intake: zone.Intake{Queue: -1}}
	var faults zone.Faults
	if err := c.Validate(); !errors.As(err, &faults) {
		t.Fatalf("%v", err)
	}
	for _, field := range []string{"store", "cipher", "packs[0]", "http.tokens[0].name", "http.tokens[0].role", "http.tokens[0].sha256", "http.header_bytes", "http.proxies[2]", "intake.queue"} {
		if !strings.Contains(faults.Error(), field+": ") {
			t.Errorf("%s is not named: %v", field, faults)
		}
	}
	d := zone.Default()
	if err := d.Validate(); err != nil {
		t.Errorf("the default: %v", err)
	}
	for _, f := range faults {
		if f.ZH == "" || f.EN == "" {
			t.Errorf("%+v lacks a language", f)
		}
	}
}

func TestLoadRefusesUnknownNames(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zone.yaml")
	for text, want := range map[string]string{"": "", "store: sqlite:a.db\nhttp:\n  read_timeout: 5s\n": "", "http: {listn: x}\n": "listn", "drop: 7\n": "drop"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := zone.Load(path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) && want != "drop" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFilingsReachTheCoreInOrder(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	order := zonetest.Message(t, z.Gen, 311, 0, 1)
	sender := z.Gen.Parcel(0).Order
	var merchant string
	for _, f := range sender.Head {
		if f.Name == "ebcCode" {
			merchant = f.Value
		}
	}
	by := registry.Author{By: "test"}
	if _, err := z.Registry.Suspend(t.Context(), by, merchant, zonetest.Day, "x"); err != nil {
		t.Fatal(err)
	}
	if err := z.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := submit(t, z.Zone, order); a.Docs[0].What != "refused" || a.Docs[0].Reasons[0].Code != "-10102" {
		t.Errorf("%+v", a)
	}
	if _, err := z.Registry.Resume(t.Context(), by, merchant, zonetest.Day); err != nil {
		t.Fatal(err)
	}
	if err := z.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := submit(t, z.Zone, order); a.Docs[0].What != "stored" {
		t.Errorf("%+v", a)
	}
}

func TestSignatureRequiredByThePolicy(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	order := zonetest.Message(t, z.Gen, 311, 0, 1)
	m, err := ceb.Decode(order)
	if err != nil {
		t.Fatal(err)
	}
	sender := m.Transfer.Text(ceb.BTCopCode)
	if _, err := z.Registry.SetPolicy(t.Context(), registry.Author{By: "test"}, sender, 311, registry.Required); err != nil {
		t.Fatal(err)
	}
	if err := z.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := submit(t, z.Zone, order)
	if a.Docs[0].What != "refused" || !strings.Contains(a.Docs[0].Reasons[0].Chinese(), "签名") {
		t.Errorf("%+v", a)
	}
}

func TestTheSameOnBothStores(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := zonetest.Config(t.TempDir())
			c.Key = filepath.Join(t.TempDir(), "zone.key")
			c.Store = url(t)
			z := open(t, c)
			zonetest.Furnish(t, z, zonetest.Traffic(t))
			if a := parcels(t, z, 0, 20); a.Docs[0].State != "released" {
				t.Fatalf("%+v", a)
			}
			shut(t, z)
			proofs(t, c, true, true)
		})
	}
}

// proofs runs both proofs and checks their verdicts.
func proofs(t *testing.T, c zone.Config, replayOK, ledgerOK bool) (*zone.Replay, *zone.LedgerReport) {
	t.Helper()
	a, err := zone.OpenArchive(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	calls := 0
	r, err := a.Replay(t.Context(), func(done, total uint64) {
		if done > total {
			t.Errorf("progress %d of %d", done, total)
		}
		calls++
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.OK() != replayOK || calls == 0 {
		t.Errorf("replay: %+v", r)
	}
	l, err := a.VerifyLedger(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.OK() != ledgerOK || l.Decisions != r.Decisions {
		t.Errorf("ledger: %+v", l)
	}
	return r, l
}

func TestProofsOfAHonestStore(t *testing.T) {
	t.Parallel()
	c := zonetest.Config(t.TempDir())
	z := open(t, c)
	zonetest.Furnish(t, z, zonetest.Traffic(t))
	parcels(t, z, 0, 50)
	proofs(t, c, true, true) // while it is written, without a snapshot
	shut(t, z)
	_, l := proofs(t, c, true, true)
	if l.Compared == 0 || l.Postings == 0 || l.Accounts < 10 {
		t.Errorf("%+v", l)
	}
}

// TestProofsFindAForgedDecision: somebody who has the key writes a decision that
// no input leads to, with a sound chain.
func TestProofsFindAForgedDecision(t *testing.T) {
	t.Parallel()
	c := zonetest.Config(t.TempDir())
	z := open(t, c)
	g := zonetest.Traffic(t)
	zonetest.Furnish(t, z, g)
	parcels(t, z, 0, 2)
	shut(t, z)
	forge(t, c, clearance.DepositBody{Guarantor: "nobody", Amount: 100}, &clearance.Decision{What: clearance.Account, Engine: clearance.EngineVersion, Subject: "nobody",
		Postings: []ledger.Posting{{Account: ledger.Account{1}, Unit: ledger.CNYFen, Phase: ledger.Post, Amount: -5}}})
	r, l := proofs(t, c, false, false)
	if r.Chain != "" || r.Differences != 1 || len(r.First) != 1 {
		t.Fatalf("%+v", r)
	}
	found := false
	for _, f := range r.First[0].Fields {
		found = found || f.Field == "Postings"
	}
	if !found || !strings.Contains(l.Differences[0], "limit") {
		t.Errorf("%+v %+v", r.First, l)
	}
}

// TestDecisionsOfAnOlderEngineAreListedApart: the same, but decided by an engine
// of an older version.
func TestDecisionsOfAnOlderEngineAreListedApart(t *testing.T) {
	t.Parallel()
	c := zonetest.Config(t.TempDir())
	shut(t, open(t, c))
	forge(t, c, clearance.DepositBody{Guarantor: "somebody", Amount: 100}, &clearance.Decision{What: clearance.Account, Engine: clearance.EngineVersion - 1, Subject: "SOMEBODY"})
	if r, _ := proofs(t, c, true, true); r.Newer != 1 || r.Differences != 0 || len(r.First) != 1 {
		t.Errorf("%+v", r)
	}
}

// forge appends a deposit and a decision about it that the machine did not make.
func forge(t *testing.T, c zone.Config, body clearance.DepositBody, d *clearance.Decision) {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, c.Store, store.Options{Clock: c.Clock})
	if err != nil {
		t.Fatal(err)
	}
	ring, _, err := keys.OpenFile(strings.TrimSuffix(strings.TrimPrefix(c.Store, "sqlite:"), ".db")+".key", keys.AES256GCM)
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(st, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := j.Acquire(ctx, "forger")
	if err != nil {
		t.Fatal(err)
	}
	zip, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Micros(c.Clock.Now())
	d.Seq, d.Input, d.At = s.LastDecision+1, s.LastInput+1, now
	err = j.Commit(ctx, &journal.Batch{Number: s.Batch + 1, FirstInput: d.Input, LastInput: d.Input, FirstDecision: d.Seq, LastDecision: d.Seq, At: now,
		Inputs:    []journal.Input{{Seq: d.Input, Kind: uint8(clearance.Deposit), At: now, Body: ring.Seal(nil, body.Encode(), []byte("pilotzone input"))}},
		Decisions: []journal.DecisionBlock{{First: d.Seq, Count: 1, Block: ring.Seal(nil, zip.EncodeAll(d.Append(nil), nil), []byte("pilotzone decisions"))}}})
	if err := errors.Join(err, j.Close(), st.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestReceiptsAreGroupedByEnterpriseAndKind(t *testing.T) {
	t.Parallel()
	var nodes []clearance.ReceiptNode
	for i := range 250 {
		nodes = append(nodes, clearance.ReceiptNode{Kind: 312, To: "a", Seq: uint64(i)}, clearance.ReceiptNode{Kind: 622, To: "b", Seq: uint64(i)})
	}
	got := zone.Group(nodes)
	total := 0
	for _, m := range got {
		if len(m.Nodes) > 100 {
			t.Errorf("%d receipts in one message", len(m.Nodes))
		}
		for i, n := range m.Nodes {
			if n.Kind != m.Kind || n.To != m.To || i > 0 && n.Seq <= m.Nodes[i-1].Seq {
				t.Fatalf("%+v in %s to %s", n, m.Kind, m.To)
			}
		}
		total += len(m.Nodes)
	}
	if len(got) != 6 || total != len(nodes) {
		t.Errorf("%d messages, %d receipts", len(got), total)
	}
}

func TestFormatReceiptIsValid(t *testing.T) {
	t.Parallel()
	_, err := ceb.Decode([]byte("<CEB311Message"))
	var d *ceb.Defect
	if !errors.As(err, &d) {
		t.Fatal(err)
	}
	long := *d
	long.ZH = strings.Repeat("很长", 900)
	for _, r := range []*intake.Refusal{{Defects: []ceb.Defect{*d}}, {Kind: 311, Defects: []ceb.Defect{long}}, {Reason: &clearance.Reason{Code: "PZ4002", Args: []string{"<&>"}}}} {
		b := zone.FormatReceipt(r, time.Now())
		if v := ceb.Validate(b, 0); !v.Valid {
			t.Errorf("%+v\n%s", v.Errors, b)
		}
	}
}

func TestFolderNamesAreHarmless(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "unknown", "../../etc": "______etc", "4107960001": "4107960001", "a/b\x00c": "a_b_c", strings.Repeat("x", 100): strings.Repeat("x", 64)} {
		if got := zone.FolderName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
