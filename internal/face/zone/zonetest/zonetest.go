// Package zonetest opens zones for tests: on a SQLite store in a temporary
// folder, with a clock that stands, invented enterprises filed and security
// deposited.
package zonetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/registry"
)

// Day is the Beijing day on which the tests play.
const Day = clock.Day(20261122)

// Zone is a zone with the traffic that belongs to it.
type Zone struct {
	*zone.Zone
	Gen   *traffic.Gen
	Clock *clock.Fixed
	Log   *Log
}

// Log keeps what was logged, so that a test can look for what must not be there.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String is all that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Config is the configuration of a test's zone in a folder.
func Config(dir string) zone.Config {
	c := zone.Default()
	c.Store = "sqlite:" + filepath.Join(dir, "zone.db")
	c.Clock = clock.NewFixed(Day.Time().Add(10 * time.Hour))
	c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	c.HTTP.Listen = "127.0.0.1:0"
	c.HTTP.Rate, c.HTTP.Burst = 1e6, 1e6 // what is tested is not how fast
	c.HTTP.Tokens = []zone.Token{Token("operator", "operator"), Token("officer", "officer")}
	c.HTTP.PasswordCost = access.Cost{Passes: 1, Memory: 64, Threads: 1}
	return c
}

// Token is a configured token of a name: Bearer makes its header.
func Token(name, role string) zone.Token {
	sum := sha256.Sum256([]byte("secret-" + name))
	return zone.Token{Name: name, Role: role, SHA256: hex.EncodeToString(sum[:])}
}

// Bearer is the Authorization header of the token of a name. Every test's zone
// knows "operator" and "officer".
func Bearer(name string) string { return "Bearer secret-" + name }

// Open opens a new zone, changed by edit if that is not nil, and closes it at the
// end of the test.
func Open(t testing.TB, edit func(*zone.Config)) *Zone {
	t.Helper()
	log := &Log{}
	c := Config(t.TempDir())
	c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if edit != nil {
		edit(&c)
	}
	z, err := zone.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := z.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	fixed, _ := c.Clock.(*clock.Fixed)
	v := &Zone{Zone: z, Gen: Traffic(t), Clock: fixed, Log: log}
	Furnish(t, z, v.Gen)
	return v
}

// Traffic makes import messages of invented people.
func Traffic(t testing.TB) *traffic.Gen {
	t.Helper()
	g, err := traffic.New(traffic.Options{Seed: 1, Day: Day, Modes: traffic.ImportModes()})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Filings are the enterprises of the traffic, whose signatures are not looked at.
func Filings(t testing.TB, g *traffic.Gen) []registry.Filing {
	t.Helper()
	var list []registry.Filing
	for _, e := range g.Zone().Enterprises {
		kinds, err := registry.ParseKinds(strings.Join(e.Kinds.Names(), "|"))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, registry.Filing{ID: e.Code, CustomsCode: e.Code, USCC: e.USCC, Name: e.Name, Kinds: kinds,
			Policies: []registry.Policy{{Mode: registry.Off}}})
	}
	return list
}

// Furnish files the enterprises and lodges their security.
func Furnish(t testing.TB, z *zone.Zone, g *traffic.Gen) {
	t.Helper()
	if err := z.File(t.Context(), registry.Author{By: "test"}, Filings(t, g)...); err != nil {
		t.Fatal(err)
	}
	for _, d := range g.Zone().Deposits {
		body := clearance.DepositBody{Guarantor: d.Guarantor, Amount: int64(d.Amount)}
		if _, err := z.Intake.Command(t.Context(), clearance.Deposit, body.Encode()); err != nil {
			t.Fatal(err)
		}
	}
}

// Kinds are the messages of an import parcel in their order.
var Kinds = []ceb.Kind{311, 411, 511, 621}

// Message writes the message of a kind for n parcels from the first on.
func Message(t testing.TB, g *traffic.Gen, k ceb.Kind, first uint64, n int) []byte {
	t.Helper()
	b, count := g.AppendMessage(nil, k, first, n)
	if count != n {
		t.Fatalf("%s for %d parcels holds %d", k, n, count)
	}
	return b
}
