package notify_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

const own, other = "91410700MA9A", "91410700MA9B"

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// bench is a service with what a test turns.
type bench struct {
	*notify.Service
	t     *testing.T
	db    *store.DB
	clock *clock.Fixed
	acts  []audit.Entry
	ring  *keys.Keyring
}

// Ring is the keys with which the service seals.
func (b *bench) Ring() *keys.Keyring { return b.ring }

// Write implements notify.Audit.
func (b *bench) Write(_ context.Context, _ *store.Tx, e audit.Entry) error {
	b.acts = append(b.acts, e)
	return nil
}

func each(t *testing.T, edit func(*notify.Config), f func(t *testing.T, b *bench)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := &bench{t: t, db: s.Services, clock: clock.NewFixed(time.Now().Truncate(time.Second))}
		ring, err := keys.New(keys.AES256GCM, b.clock.Now(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		b.ring = ring
		c := notify.Config{DB: s.Services, Keys: ring, Clock: b.clock, Log: slog.New(slog.DiscardHandler), Audit: b, Jitter: func() float64 { return 0.5 },
			Allow: loopback, AllowHTTP: true, Timeout: 300 * time.Millisecond}
		if edit != nil {
			edit(&c)
		}
		b.Service = notify.New(c)
		f(t, b)
	}, notify.Migrations()...)
}

func (b *bench) publish(events ...notify.Event) {
	b.t.Helper()
	err := b.db.Write(b.t.Context(), func(ctx context.Context, tx *store.Tx) error { return b.Publish(ctx, tx, events...) })
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) step() {
	b.t.Helper()
	if err := b.Step(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) add(e notify.Endpoint) (*notify.Endpoint, string) {
	b.t.Helper()
	if e.Codes == nil {
		e.Codes = []string{own}
	}
	if e.Owner == "" {
		e.Owner = "org-1"
	}
	v, secret, err := b.Add(b.t.Context(), audit.Entry{Actor: "p1", Org: e.Owner}, e)
	if err != nil {
		b.t.Fatal(err)
	}
	return v, secret
}

func (b *bench) states(endpoint string) string {
	b.t.Helper()
	list, err := b.Deliveries(b.t.Context(), notify.Filter{Endpoint: endpoint, Any: true, Limit: 200})
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, d := range slices.Backward(list) {
		out = append(out, d.Event+"="+d.State.String())
	}
	return strings.Join(out, " ")
}

func event(id, kind, key string, parties ...string) notify.Event {
	return notify.Event{ID: id, Type: kind, At: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC), Key: key, Parties: parties, Data: map[string]string{"parcel": key}}
}

// receiverOf is a program of an enterprise: it verifies what it gets and answers
// as it is told.
type receiverOf struct {
	*httptest.Server
	mu      sync.Mutex
	answers []func(w http.ResponseWriter) // one a request; then 204
	got     []string                      // ids
	bodies  []string
	headers []http.Header
}

func receive(t *testing.T, answers ...func(w http.ResponseWriter)) *receiverOf {
	t.Helper()
	r := &receiverOf{answers: answers}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.got = append(r.got, req.Header.Get("webhook-id"))
		r.bodies, r.headers = append(r.bodies, string(body)), append(r.headers, req.Header)
		answer := func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }
		if len(r.answers) > 0 {
			answer, r.answers = r.answers[0], r.answers[1:]
		}
		r.mu.Unlock()
		answer(w)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiverOf) ids() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.got, " ")
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { http.Error(w, "answer "+fmt.Sprint(code), code) }
}

func slow(w http.ResponseWriter) { time.Sleep(500 * time.Millisecond); w.WriteHeader(200) }

// TestDeliverySurvivesAReceiverThatFailsTimesOutAndComesBack: at least once,
// with the same id and a signature that verifies, order kept for one thing.
func TestDeliverySurvivesAReceiverThatFailsTimesOutAndComesBack(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		r := receive(t, status(500), slow)
		e, secret := b.add(notify.Endpoint{URL: r.URL + "/in"})
		b.publish(event("d1", notify.ParcelMoved, "parcel:1", own), event("d2", notify.ParcelMoved, "parcel:1", own), event("d3", notify.ParcelMoved, "parcel:2", own))
		b.publish(event("d1", notify.ParcelMoved, "parcel:1", own)) // again: nothing
		b.step()
		if got := r.ids(); got != "d1" { // the receiver rests after a 500
			t.Fatalf("got %s", got)
		}
		b.step()
		if got := r.ids(); got != "d1" {
			t.Fatalf("before its time: %s", got)
		}
		b.clock.Advance(6 * time.Second)
		b.step() // times out
		b.clock.Advance(31 * time.Second)
		b.step()
		if got := r.ids(); got != "d1 d1 d1 d2 d3" && got != "d1 d3 d1 d2 d3" && got != "d1 d1 d1 d3 d2" {
			t.Fatalf("got %s", got)
		}
		if got := b.states(e.ID); got != "d1=delivered d2=delivered d3=delivered" {
			t.Errorf("states %s", got)
		}
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		last := len(r.bodies) - 1
		if err := hook.Verify([]byte(r.bodies[last]), r.headers[last]); err != nil {
			t.Errorf("signature: %v", err)
		}
		if err := hook.Verify([]byte(r.bodies[last]+" "), r.headers[last]); err == nil {
			t.Error("a changed body verifies")
		}
		var body struct {
			Type, Timestamp string
			Data            map[string]string
		}
		if err := json.Unmarshal([]byte(r.bodies[0]), &body); err != nil || body.Type != notify.ParcelMoved || body.Timestamp != "2026-11-22T02:00:00Z" || body.Data["parcel"] != "parcel:1" {
			t.Errorf("%v %+v", err, body)
		}
		list, err := b.Deliveries(t.Context(), notify.Filter{Endpoint: e.ID, State: notify.Delivered})
		if err != nil {
			t.Fatal(err)
		}
		_, sent, attempts, err := b.Delivery(t.Context(), list[len(list)-1].ID)
		if err != nil || string(sent) != r.bodies[0] || len(attempts) != 3 || attempts[0].Status != 500 || string(attempts[0].Answer) != "answer 500\n" || attempts[1].Error != "timeout" || attempts[2].Status != 204 {
			t.Errorf("%v %s %+v", err, sent, attempts)
		}
	})
}

// TestDeadLettersAreReplayed: after the last pause a delivery is dead and its
// owner is told; one or all are sent again with the same id.
func TestDeadLettersAreReplayed(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		var bad []func(http.ResponseWriter)
		for range 22 {
			bad = append(bad, status(422)) // refuses this one, is not away
		}
		r := receive(t, bad...)
		e, _ := b.add(notify.Endpoint{URL: r.URL})
		b.publish(event("d1", notify.ParcelHeld, "parcel:1", own), event("d2", notify.ParcelHeld, "parcel:2", own))
		for range 11 {
			b.step()
			b.clock.Advance(11 * time.Hour)
		}
		if got := b.states(e.ID); got != "d1=dead d2=dead" || len(r.got) != 22 {
			t.Fatalf("%s after %d attempts", got, len(r.got))
		}
		if n, err := b.Dead(t.Context(), "org-1"); n != 2 || err != nil {
			t.Errorf("%d dead letters, %v", n, err)
		}
		bell, err := b.Notices(t.Context(), "p1", []string{"org:org-1"}, 0, 10)
		if err != nil || len(bell) != 1 || bell[0].Count != 2 || bell[0].Read {
			t.Errorf("%v %+v", err, bell)
		}
		list, err := b.Deliveries(t.Context(), notify.Filter{Endpoint: e.ID, State: notify.Dead})
		if err != nil || len(list) != 2 {
			t.Fatal(err, list)
		}
		by := audit.Entry{Actor: "p1"}
		if err := b.Replay(t.Context(), by, "ep_other", list[0].ID); !errors.Is(err, notify.ErrNotFound) {
			t.Errorf("replayed by way of another endpoint: %v", err)
		}
		if err := b.Replay(t.Context(), by, e.ID, list[0].ID); err != nil {
			t.Fatal(err)
		}
		b.step()
		if got := b.states(e.ID); got != "d1=dead d2=delivered" {
			t.Errorf("after one replay: %s", got)
		}
		if n, err := b.ReplaySince(t.Context(), by, e.ID, b.clock.Now()); n != 0 || err != nil {
			t.Errorf("replayed %d since now, %v", n, err)
		}
		if n, err := b.ReplaySince(t.Context(), by, e.ID, list[1].Made); n != 1 || err != nil {
			t.Errorf("replayed %d, %v", n, err)
		}
		b.step()
		if got := b.states(e.ID); got != "d1=delivered d2=delivered" || !strings.HasSuffix(r.ids(), "d2 d1") {
			t.Errorf("after all: %s", got)
		}
		if got := len(b.acts); got != 3 { // add, replay, replay since
			t.Errorf("%d entries: %+v", got, b.acts)
		}
	})
}

// TestEndpointsGetTheirOwnAlone: events of enterprises that an endpoint does not
// name, or that its owner may not see any more, are not sent to it.
func TestEndpointsGetTheirOwnAlone(t *testing.T) {
	var mu sync.Mutex
	may := map[string][]string{"org-1": {own, other}, "org-2": {other}, "org-3": {other}}
	each(t, func(c *notify.Config) {
		c.Parties = func(_ context.Context, owner string) ([]string, bool, error) {
			mu.Lock()
			defer mu.Unlock()
			return may[owner], owner != "zone", nil
		}
	}, func(t *testing.T, b *bench) {
		mu.Lock()
		may["org-1"] = []string{own, other}
		mu.Unlock()
		r := receive(t, status(500))
		mine, _ := b.add(notify.Endpoint{URL: r.URL, Codes: []string{own, other}, Types: []string{notify.ParcelMoved}})
		theirs, _ := b.add(notify.Endpoint{URL: r.URL, Owner: "org-2", Codes: []string{other}})
		greedy, _ := b.add(notify.Endpoint{URL: r.URL, Owner: "org-3", Codes: []string{own}}) // names what it may not see
		whole, _ := b.add(notify.Endpoint{URL: r.URL, Owner: "zone", Codes: []string{notify.Everybody}})
		b.publish(event("d1", notify.ParcelMoved, "", own), event("d2", notify.ParcelMoved, "", other), event("d3", notify.ReceiptCreated, "", own), event("d4", notify.ParcelMoved, "", own))
		wanted, err := b.Wanted(t.Context())
		if err != nil || !wanted(notify.ReceiptCreated, "anybody") {
			t.Errorf("%v", err)
		}
		for _, v := range []struct {
			id   string
			want string
		}{{mine.ID, "d1=waiting d2=waiting d4=waiting"}, {theirs.ID, "d2=waiting"}, {greedy.ID, ""}, {whole.ID, "d1=waiting d2=waiting d3=waiting d4=waiting"}} {
			if got := b.states(v.id); got != v.want {
				t.Errorf("%s: %s, want %s", v.id, got, v.want)
			}
		}
		mu.Lock()
		may["org-1"] = []string{other} // the mandate is revoked
		mu.Unlock()
		for range 3 {
			b.step()
			b.clock.Advance(time.Minute)
		}
		if got := b.states(mine.ID); got != "d1=cancelled d2=delivered d4=cancelled" {
			t.Errorf("after the mandate: %s", got)
		}
	})
}

// TestKeysManageTheirEnterprisesEndpoints: a key that stands for some of its
// organisation's enterprises does not manage, nor read, what gets events of others.
func TestKeysManageTheirEnterprisesEndpoints(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		wide, _ := b.add(notify.Endpoint{URL: "https://a.example.cn/", Owner: "org-1", Codes: []string{own, other}})
		narrow, _ := b.add(notify.Endpoint{URL: "https://b.example.cn/", Owner: "org-1", Codes: []string{own}})
		for _, v := range []struct {
			name string
			p    access.Principal
			want []string
		}{
			{"manager", access.Principal{ID: "p", Codes: []string{own, other}}, []string{wide.ID, narrow.ID}},
			{"manager whose organisation lost a code", access.Principal{ID: "p", Codes: []string{own}}, []string{wide.ID, narrow.ID}},
			{"key of both", access.Principal{ID: "key:k", Key: "k", Codes: []string{own, other}}, []string{wide.ID, narrow.ID}},
			{"key of one", access.Principal{ID: "key:k", Key: "k", Codes: []string{own}}, []string{narrow.ID}},
		} {
			v.p.Org, v.p.Roles = "org-1", []access.Role{access.Manager}
			list, err := b.EndpointsFor(t.Context(), &v.p)
			if err != nil || len(list) != len(v.want) {
				t.Errorf("%s: %d endpoints, %v; want %d", v.name, len(list), err, len(v.want))
			}
			for _, e := range []string{wide.ID, narrow.ID} {
				_, err := b.EndpointFor(t.Context(), &v.p, e)
				if may := slices.Contains(v.want, e); may != (err == nil) || !may && !errors.Is(err, notify.ErrNotFound) {
					t.Errorf("%s: %v, want %t", v.name, err, may)
				}
			}
		}
	})
}

// TestSecretsRotateWithOverlap: during the overlap both secrets verify, after it
// the new one alone; nothing of them stands in the tables in clear.
func TestSecretsRotateWithOverlap(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		r := receive(t)
		e, older := b.add(notify.Endpoint{URL: r.URL})
		newer, err := b.Rotate(t.Context(), audit.Entry{Actor: "p1"}, e.ID, time.Minute)
		if err != nil || newer == older || !strings.HasPrefix(newer, "whsec_") {
			t.Fatal(err, newer)
		}
		verifies := func(secret string) bool {
			hook, err := standardwebhooks.NewWebhook(secret)
			if err != nil {
				t.Fatal(err)
			}
			last := len(r.bodies) - 1
			return hook.VerifyIgnoringTimestamp([]byte(r.bodies[last]), r.headers[last]) == nil
		}
		if _, err := b.Test(t.Context(), audit.Entry{}, e.ID); err != nil {
			t.Fatal(err)
		}
		b.step()
		if !verifies(older) || !verifies(newer) {
			t.Error("in the overlap both must verify")
		}
		b.clock.Advance(2 * time.Minute)
		if _, err := b.Test(t.Context(), audit.Entry{}, e.ID); err != nil {
			t.Fatal(err)
		}
		b.step()
		if verifies(older) || !verifies(newer) {
			t.Error("after the overlap the newer alone must verify")
		}
		if _, err := b.Test(t.Context(), audit.Entry{}, "ep_none"); !errors.Is(err, notify.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}

func TestEndpointsAreChangedAndRemoved(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		r := receive(t, status(http.StatusGone))
		e, _ := b.add(notify.Endpoint{URL: r.URL, Note: "a"})
		e.Note, e.Revision = "b", 7
		if err := b.Change(t.Context(), audit.Entry{}, *e); !errors.Is(err, notify.ErrChanged) {
			t.Errorf("a change of what is older: %v", err)
		}
		e.Revision = 1
		if err := b.Change(t.Context(), audit.Entry{}, *e); err != nil {
			t.Fatal(err)
		}
		b.publish(event("d1", notify.ParcelMoved, "", own), event("d2", notify.ParcelMoved, "", own))
		b.step()
		v, err := b.Endpoint(t.Context(), e.ID)
		if err != nil || v.Active || v.Reason != "gone" || v.Note != "b" || b.states(e.ID) != "d1=dead d2=waiting" {
			t.Errorf("%v %+v %s", err, v, b.states(e.ID))
		}
		v.Active = true
		if err := b.Change(t.Context(), audit.Entry{}, *v); err != nil {
			t.Fatal(err)
		}
		b.step()
		if got := b.states(e.ID); got != "d1=dead d2=delivered" {
			t.Errorf("active again: %s", got)
		}
		b.clock.Advance(31 * 24 * time.Hour)
		if err := b.Prune(t.Context()); err != nil || b.states(e.ID) != "" {
			t.Errorf("%v %s", err, b.states(e.ID))
		}
		if err := b.Remove(t.Context(), audit.Entry{}, e.ID); err != nil {
			t.Fatal(err)
		}
		if list, err := b.Endpoints(t.Context(), ""); err != nil || len(list) != 0 {
			t.Errorf("%v %+v", err, list)
		}
	})
}

// TestNothingGoesInside: addresses of internal networks are refused, as they are
// written and as names resolve; redirects are not followed.
func TestNothingGoesInside(t *testing.T) {
	for _, address := range []string{"ftp://a.example/x", "https://", "nothing", "http://a.example/", "https://u:p@a.example/", "https://a.example/#x",
		"https://127.0.0.1/", "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest", "https://[::1]/", "https://[fe80::1]/",
		"https://[fd00::1]/", "https://[::ffff:10.0.0.1]/", "https://100.64.0.1/", "https://0.0.0.0/", "https://[64:ff9b::a00:1]/", "https://[::10.0.0.1]/", "https://224.0.0.1/", "https://255.255.255.255/"} {
		s := notify.New(notify.Config{})
		var fault *notify.Fault
		if err := s.Check(address); !errors.As(err, &fault) || fault.ZH == "" || fault.FixEN == "" {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := notify.New(notify.Config{}).Check("https://hooks.example.cn/pilotzone?x=1"); err != nil {
		t.Error(err)
	}
	each(t, func(c *notify.Config) { c.Allow = loopback[1:] }, func(t *testing.T, b *bench) {
		r := receive(t)
		_, port, _ := strings.Cut(strings.TrimPrefix(r.URL, "http://"), ":")
		e, _ := b.add(notify.Endpoint{URL: "http://localhost:" + port}) // a name that leads inside
		b.publish(event("d1", notify.ParcelMoved, "", own))
		b.step()
		list, err := b.Deliveries(t.Context(), notify.Filter{Endpoint: e.ID, Any: true})
		if err != nil || len(list) != 1 || r.ids() != "" || list[0].Error != "address_refused" && list[0].Error != "connection_refused" {
			t.Errorf("%v %+v %s", err, list, r.ids())
		}
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	each(t, nil, func(t *testing.T, b *bench) {
		aim := receive(t)
		r := receive(t, func(w http.ResponseWriter) { w.Header().Set("Location", aim.URL); w.WriteHeader(307) })
		e, _ := b.add(notify.Endpoint{URL: r.URL})
		b.publish(event("d1", notify.ParcelMoved, "", own))
		b.step()
		list, err := b.Deliveries(t.Context(), notify.Filter{Endpoint: e.ID, Any: true})
		if err != nil || aim.ids() != "" || list[0].Error != "redirect" || list[0].Status != 307 {
			t.Errorf("%v %+v", err, list)
		}
	})
}
