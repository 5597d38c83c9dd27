package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/pgtemp"
	"pilotzone/internal/kernel/store/storetest"
)

// outage is a zone under load whose store fails.
type outage struct {
	zone   *zone.Zone
	place  place
	supply *supply
	url    string
	sent   chan error
	cease  context.CancelFunc // ends the sending at once

	mu       sync.Mutex
	problems []problem
}

// underLoad opens a zone of this process, with its interface, and sends to it
// until finish.
func underLoad(t *testing.T, p place, populated func()) *outage {
	t.Helper()
	o := &outage{place: p, supply: supplyOf(t), sent: make(chan error, 1)}
	var err error
	if o.zone, err = zone.Open(t.Context(), p.config()); err != nil {
		t.Fatal(err)
	}
	if err := populate(t.Context(), o.zone, o.supply); err != nil {
		t.Fatal(err)
	}
	if populated != nil {
		populated()
	}
	server := httptest.NewServer(api.New(o.zone, api.Gate(o.zone)).Handler())
	t.Cleanup(server.Close)
	o.url = server.URL
	c := &clients{supply: o.supply, number: 6, patient: true, declined: func(p problem) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.problems = append(o.problems, p)
	}}
	var ctx context.Context
	ctx, o.cease = context.WithTimeout(context.WithoutCancel(t.Context()), deadline)
	t.Cleanup(o.cease)
	go func() { o.sent <- c.send(ctx, o.url) }()
	return o
}

// acknowledges waits until more messages are acknowledged.
func (o *outage) acknowledges(t *testing.T) {
	t.Helper()
	from := o.supply.done()
	until(t, "messages are acknowledged", func() bool { return o.supply.done() >= from+20 })
}

// refuses waits until the failed store shows: messages are answered 503, with
// cause and remedy in both languages, and the service says that it is not ready.
func (o *outage) refuses(t *testing.T, kind store.Kind) {
	t.Helper()
	o.mu.Lock()
	before := len(o.problems)
	o.mu.Unlock()
	until(t, "messages are refused", func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return len(o.problems) >= before+10
	})
	if status, err := get(t.Context(), o.url+"/readyz"); err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("readyz: %d, %v, want 503", status, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.problems[before:] {
		if p.Status != http.StatusServiceUnavailable || p.Code != "unavailable" || p.Fix == "" || p.FixZH == "" {
			t.Fatalf("refused with %+v", p)
		}
		if !strings.Contains(p.Detail, kind.Error()) || !strings.Contains(p.DetailZH, kind.ZH()) {
			t.Fatalf("refused without the cause %q: %+v", kind, p)
		}
	}
}

// finish has everything answered, waits for the index behind the core, closes
// the zone and looks at its store.
func (o *outage) finish(t *testing.T) {
	t.Helper()
	o.supply.close()
	if err := <-o.sent; err != nil {
		t.Fatal(err)
	}
	if n := o.supply.waiting(); n > 0 {
		t.Fatalf("%d messages are without an answer", n)
	}
	until(t, "the index has caught up", func() bool {
		at, err := o.zone.Lookup.Position(t.Context())
		return err == nil && at == o.zone.Intake.Durable()
	})
	select {
	case err := <-o.zone.Failed():
		t.Errorf("a part of the service stopped for good: %v", err)
	default:
	}
	if err := o.zone.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	whole(t, o.place, o.supply)
}

// room is what is left free on a small disk, so that it is soon full.
const room = 3 << 20

// smallDisk mounts a file system in memory at a folder. fill leaves little room
// on it, free makes much.
func smallDisk(t *testing.T, dir string) (fill, free func()) {
	t.Helper()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0777,size=128m")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skipf("this user may not mount a small file system: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	fill = func() {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(dir, &fs); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ballast, make([]byte, int64(fs.Bavail)*fs.Bsize-room), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fill, func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFullDiskSQLite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fill, free := smallDisk(t, dir)
	o := underLoad(t, place{"sqlite:" + filepath.Join(dir, "zone.db"), filepath.Join(t.TempDir(), "zone.key")}, fill)
	o.refuses(t, store.ErrFull)
	free()
	o.acknowledges(t)
	o.finish(t)
}

func TestFullDiskPostgres(t *testing.T) {
	t.Parallel()
	server := storetest.Server(t, pgtemp.Options{})
	dir := filepath.Join(server.Dir(), "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	fill, free := smallDisk(t, dir)
	url := databaseOn(t, server, filepath.Join(dir, "space"))
	o := underLoad(t, place{url, filepath.Join(t.TempDir(), "zone.key")}, fill)
	o.refuses(t, store.ErrFull)
	free()
	o.acknowledges(t)
	o.finish(t)
	if err := server.Halt(); err != nil { // before the disk is unmounted
		t.Fatal(err)
	}
}

// databaseOn makes a database whose tables lie in a folder.
func databaseOn(t *testing.T, server *pgtemp.Server, folder string) (url string) {
	t.Helper()
	owner, err := os.Stat(server.Dir())
	if err != nil {
		t.Fatal(err)
	}
	ids := owner.Sys().(*syscall.Stat_t)
	if err := errors.Join(os.Mkdir(folder, 0o700), os.Chown(folder, int(ids.Uid), int(ids.Gid))); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"create tablespace small location '" + folder + "'", "create database zone tablespace small"} {
		if _, err := conn.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server.URL("zone")
}

func TestDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	server := storetest.Server(t, pgtemp.Options{Durable: true})
	url, err := server.Create(t.Context(), "zone", "")
	if err != nil {
		t.Fatal(err)
	}
	o := underLoad(t, place{url, filepath.Join(t.TempDir(), "zone.key")}, nil)
	for i, down := range []func() error{server.Halt, server.Crash} {
		o.acknowledges(t)
		if err := down(); err != nil {
			t.Fatalf("stop %d: %v", i, err)
		}
		o.refuses(t, store.ErrUnavailable)
		if err := server.Resume(t.Context()); err != nil {
			t.Fatalf("start %d: %v", i, err)
		}
	}
	o.acknowledges(t)
	o.finish(t)
}

// A service can be stopped while its database is away, and knows everything
// when it is started again.
func TestCloseWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	server := storetest.Server(t, pgtemp.Options{Durable: true})
	url, err := server.Create(t.Context(), "zone", "")
	if err != nil {
		t.Fatal(err)
	}
	o := underLoad(t, place{url, filepath.Join(t.TempDir(), "zone.key")}, nil)
	o.acknowledges(t)
	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	o.refuses(t, store.ErrUnavailable)
	o.cease()
	if err := <-o.sent; err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		if err := o.zone.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Logf("closed with: %v", err) // what could not be told to the database
		}
	}()
	until(t, "the zone closes", func() bool {
		select {
		case <-closed:
			return true
		default:
			return false
		}
	})
	if err := server.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := start(t, o.place)
	o.supply.close()
	if err := (&clients{supply: o.supply, number: 4}).send(t.Context(), v.url); err != nil {
		t.Fatal(err)
	}
	if code, err := v.stop(); code != 0 || err != nil {
		t.Fatalf("the service ends with %d, %v", code, err)
	}
	whole(t, o.place, o.supply)
}
