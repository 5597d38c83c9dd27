package personcheck_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/customs/clearance/lookup/coretest"
	"pilotzone/internal/customs/personcheck"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry/person"
	"pilotzone/internal/registry/person/persontest"
)

// fixture is a core that asks for verification, the service behind it and the
// stand-in of the outside one.
type fixture struct {
	*personcheck.Service
	core    *coretest.Core
	outbox  *feed.Outbox
	outside *persontest.Server
	store   *store.Store
	log     *safeLog
	taken   uint64
}

type safeLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func each(t *testing.T, f func(t *testing.T, x *fixture)) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		outside, err := persontest.Start("", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = outside.Close() })
		x := &fixture{core: coretest.OpenWith(t, st, coretest.Rules(t, true)), outside: outside, store: st, log: &safeLog{}}
		x.outbox = feed.NewOutbox(st.Services, x.core.Clock)
		x.Service = x.service(t)
		f(t, x)
	}, append(personcheck.Migrations(), journal.Migration())...)
}

// service makes another service on the same store, as a restart does.
func (x *fixture) service(t *testing.T) *personcheck.Service {
	client, err := person.NewClient(person.ClientConfig{URL: x.outside.URL, Retries: -1, Failures: 1000})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(x.log, nil))
	persons := &person.Service{DB: x.store.Services, Verifier: client, Clock: x.core.Clock, Days: func(on clock.Day) int64 { return x.core.Rules().On(on).Periods.PersonAnswer }}
	return personcheck.New(personcheck.Config{Store: x.store, Core: x.core.Reader(), Persons: persons, Commands: x.outbox, Keys: x.core.Keys, Clock: x.core.Clock, Log: log, Pause: time.Millisecond})
}

// deliver gives the outbox's commands to the core.
func (x *fixture) deliver(t *testing.T) {
	t.Helper()
	list, err := x.outbox.Commands(t.Context(), x.taken, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		body, err := clearance.FromOutbox(clearance.PersonAnswer, c.Body, c.ID)
		if err == nil {
			_, err = x.core.Command(t.Context(), clearance.PersonAnswer, body)
		}
		if err != nil || c.Kind != personcheck.CommandAnswer {
			t.Fatal(c.Kind, err)
		}
		x.taken = c.ID
	}
}

// round takes questions in, asks and delivers.
func (x *fixture) round(t *testing.T) error {
	t.Helper()
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := x.Step(t.Context())
	x.deliver(t)
	return err
}

// state is the state of the newest decision about a parcel.
func (x *fixture) state(t *testing.T, number uint64) clearance.State {
	t.Helper()
	s := clearance.None
	if err := x.core.Reader().Each(t.Context(), 1, func(d *clearance.Decision) error {
		if d.Number == number {
			s = d.To
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (x *fixture) want(t *testing.T, number uint64, s clearance.State) {
	t.Helper()
	if got := x.state(t, number); got != s {
		t.Errorf("parcel %d is %v, want %v", number, got, s)
	}
}

// TestAnswersDecide A14, A16 through the whole way: list, question, service,
// outbox, core.
func TestAnswersDecide(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		ids := map[string]persontest.Answer{}
		for n, a := range map[int]persontest.Answer{1: persontest.Match, 2: persontest.Mismatch, 3: persontest.Unknown} {
			ids[coretest.List(n).Head[ceb.H621BuyerIdNumber]] = a
		}
		x.outside.Say(func(_, number string) persontest.Answer { return ids[number] })
		for n := 1; n <= 3; n++ {
			x.core.Send(t, coretest.Parcel(n)...)
			x.want(t, uint64(n), clearance.Waiting)
		}
		if err := x.round(t); err != nil {
			t.Fatal(err)
		}
		x.want(t, 1, clearance.Released)
		x.want(t, 2, clearance.Refused)
		x.want(t, 3, clearance.Released) // orderer and payer are one
		if n, _, err := x.Waiting(t.Context()); n != 0 || err != nil {
			t.Errorf("%d questions are left, %v", n, err)
		}
		asked := x.outside.Asked()
		x.core.Send(t, coretest.Parcel(1)...) // a repetition
		if err := x.round(t); err != nil || x.outside.Asked() != asked {
			t.Errorf("asked again: %d, %v", x.outside.Asked()-asked, err)
		}
	})
}

// TestAnOutageHolds: lists wait, a restart loses no question, and when the
// service is back they go on by themselves, each person asked about once.
func TestAnOutageHolds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		x.outside.Down(true)
		for n := 1; n <= 5; n++ {
			x.core.Send(t, coretest.Parcel(n)...)
		}
		for range 3 {
			if err := x.round(t); !errors.Is(err, person.ErrDown) {
				t.Fatal(err)
			}
		}
		x.core.Clock.Set(x.core.Clock.Now().Add(20 * 24 * time.Hour)) // longer than list_wait_days
		x.Service = x.service(t)
		if n, since, err := x.Waiting(t.Context()); n != 5 || since.IsZero() || err != nil {
			t.Fatalf("%d questions since %v, %v", n, since, err)
		}
		x.outside.Down(false)
		before := x.outside.Asked()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- x.Run(ctx, x.core) }()
		for deadline := time.Now().Add(20 * time.Second); x.state(t, 5) != clearance.Released || x.state(t, 1) != clearance.Released; time.Sleep(5 * time.Millisecond) {
			x.deliver(t)
			if time.Now().After(deadline) {
				t.Fatal("they do not go on")
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n := x.outside.Asked() - before; n != 5 {
			t.Errorf("asked %d times", n)
		}
	})
}

// TestTheCacheAnswers: a question about somebody whose answer holds is not asked
// outside.
func TestTheCacheAnswers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, x *fixture) {
		l := coretest.List(1)
		k := clearance.CheckKey(x.core.Keys.Hasher(), l.Head[ceb.H621BuyerIdNumber], l.Head[ceb.H621BuyerName])
		persons := &person.Service{DB: x.store.Services, Clock: x.core.Clock}
		if err := x.store.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return persons.Keep(ctx, tx, k, person.Answer{Result: person.Verified, Checked: x.core.Clock.Now()})
		}); err != nil {
			t.Fatal(err)
		}
		x.core.Send(t, coretest.Parcel(1)...)
		if err := x.round(t); err != nil {
			t.Fatal(err)
		}
		x.want(t, 1, clearance.Released)
		if n := x.outside.Asked(); n != 0 {
			t.Errorf("asked %d times", n)
		}
	})
}

// TestNoTraceOfPersons: neither the files of the store nor the log hold a name
// or a number, whether the service answers or not.
func TestNoTraceOfPersons(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t, append(personcheck.Migrations(), journal.Migration())...)
	outside, err := persontest.Start("", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	x := &fixture{core: coretest.OpenWith(t, st, coretest.Rules(t, true)), outside: outside, store: st, log: &safeLog{}}
	x.outbox = feed.NewOutbox(st.Services, x.core.Clock)
	x.Service = x.service(t)
	x.core.Send(t, coretest.Parcel(1)...)
	x.outside.Down(true)
	if err := x.round(t); err == nil || strings.Contains(err.Error(), "测试订购人") {
		t.Errorf("an outage says %v", err)
	}
	x.outside.Down(false)
	if err := x.round(t); err != nil {
		t.Fatal(err)
	}
	id, name := coretest.List(1).Head[ceb.H621BuyerIdNumber], coretest.List(1).Head[ceb.H621BuyerName]
	files, err := filepath.Glob(filepath.Join(filepath.Dir(st.Services.Path()), "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue // the folder of another thing
		}
		if bytes.Contains(data, []byte(id)) || bytes.Contains(data, []byte(name)) {
			t.Errorf("%s has the person in clear", f)
		}
	}
	if s := x.log.String(); strings.Contains(s, id) || strings.Contains(s, name) {
		t.Error(s)
	}
}
