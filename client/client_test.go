package client_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pilotzone/client"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
)

// flaky is a network that loses answers: of each request but the first two it
// does what it is told.
type flaky struct {
	next  http.Handler
	asked atomic.Int32
	fail  func(n int32, w http.ResponseWriter, r *http.Request, next http.Handler) bool
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := f.asked.Add(1); f.fail != nil && f.fail(n, w, r, f.next) {
		return
	}
	f.next.ServeHTTP(w, r)
}

func serve(t *testing.T, z *zonetest.Zone, fail func(int32, http.ResponseWriter, *http.Request, http.Handler) bool) (string, *flaky) {
	t.Helper()
	f := &flaky{next: api.New(z.Zone, api.Gate(z.Zone)).Handler(), fail: fail}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL, f
}

func open(t *testing.T, address, name string) *client.Client {
	t.Helper()
	c, err := client.New(address, strings.TrimPrefix(zonetest.Bearer(name), "Bearer "), client.WithRetries(6, time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMessagesReceiptsParcels: a program of a platform sends the documents of
// some parcels, reads all receipts in their order and page by page, and a parcel.
func TestMessagesReceiptsParcels(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	address, _ := serve(t, z, nil)
	c := open(t, address, "operator")
	for _, k := range zonetest.Kinds {
		ack, err := c.Submit(t.Context(), zonetest.Message(t, z.Gen, k, 0, 5))
		if err != nil || len(ack.Documents) != 5 || ack.Message != k.String() || ack.Sandbox {
			t.Fatalf("%v %+v", err, ack)
		}
	}
	until(t, func() bool { at, err := z.Lookup.Position(t.Context()); return err == nil && at == z.Intake.Durable() })
	read := func(q client.ReceiptQuery) (cursors []string) {
		for r, err := range c.Receipts(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Message == "" || r.To == "" || r.Fields["returnStatus"] == "" {
				t.Fatalf("%+v", r)
			}
			cursors = append(cursors, r.Cursor)
		}
		return cursors
	}
	all, small := read(client.ReceiptQuery{}), read(client.ReceiptQuery{Page: 3})
	if len(all) < 20 || strings.Join(all, " ") != strings.Join(small, " ") {
		t.Errorf("%d receipts at once, %d by threes\n%v\n%v", len(all), len(small), all, small)
	}
	if rest := read(client.ReceiptQuery{After: all[9]}); strings.Join(rest, " ") != strings.Join(all[10:], " ") {
		t.Errorf("from the middle: %v", rest)
	}
	wrong := bytes.Replace(zonetest.Message(t, z.Gen, 311, 7, 1), []byte("<ceb:orderNo>"), []byte("<ceb:orderNo>!"), 1)
	if r, err := c.Preflight(t.Context(), "order.xml", wrong); err != nil || len(r.Parcels)+len(r.Defects) == 0 {
		t.Errorf("pre-flight: %v %+v", err, r)
	}
	p, err := c.Parcel(t.Context(), "1")
	if err != nil || p.State != "released" || len(p.Timeline) == 0 {
		t.Errorf("%v %+v", err, p)
	}
}

// TestProblemsAreTyped: what is refused says so in both languages, and is not
// tried again.
func TestProblemsAreTyped(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	address, f := serve(t, z, nil)
	for _, v := range []struct {
		name string
		do   func() error
		code string
	}{
		{"no such parcel", func() error { _, err := open(t, address, "operator").Parcel(t.Context(), "NOPE/1"); return err }, "not_found"},
		{"nobody's key", func() error { _, err := open(t, address, "nobody").Parcel(t.Context(), "1"); return err }, "unknown_credential"},
		{"a broken message", func() error {
			_, err := open(t, address, "operator").Submit(t.Context(), []byte("<CEB311Message/>"))
			return err
		}, "message_refused"},
	} {
		before := f.asked.Load()
		var p *client.Problem
		if err := v.do(); !errors.As(err, &p) || p.Code != v.code || p.Chinese() == "" || p.Detail == "" {
			t.Errorf("%s: %v", v.name, err)
		}
		if n := f.asked.Load() - before; n != 1 {
			t.Errorf("%s: asked %d times", v.name, n)
		}
	}
	if _, err := client.New("zone.example.cn", "k"); err == nil {
		t.Error("an address without a scheme is taken")
	}
}

// TestLostAnswersAreAskedAgain: the platform is busy, a proxy is in the way, an
// answer is lost after the work was done: the message is taken in once and the
// caller sees the first answer.
func TestLostAnswersAreAskedAgain(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	address, f := serve(t, z, func(n int32, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		switch n {
		case 1:
			http.Error(w, "bad gateway", http.StatusBadGateway)
		case 2:
			w.Header().Set("Retry-After", "0")
			http.Error(w, `{"code":"busy"}`, http.StatusTooManyRequests)
		case 3: // done, but the answer is lost
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	})
	c := open(t, address, "operator")
	ack, err := c.Submit(t.Context(), zonetest.Message(t, z.Gen, 311, 0, 1))
	if err != nil || ack.Documents[0].What != "stored" || f.asked.Load() != 4 {
		t.Errorf("%v %+v after %d requests", err, ack, f.asked.Load())
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.Parcel(ctx, "1"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestWebhooksArriveAndVerify: from an address added over the interface to an
// event that the receiver verifies; the wrong secret does not.
func TestWebhooksArriveAndVerify(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, func(c *zone.Config) {
		c.Notify = zone.Notify{Allow: []string{"127.0.0.0/8"}, AllowHTTP: true}
		c.Clock = nil
	})
	address, _ := serve(t, z, nil)
	c := open(t, address, "operator")
	var mu sync.Mutex
	secret := ""
	seen := map[string]*client.Event{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		copied := r.Clone(r.Context())
		if _, err := client.ReadWebhook(&http.Request{Header: copied.Header, Body: http.NoBody}, secret); !errors.Is(err, client.ErrSignature) {
			t.Errorf("another body verifies: %v", err)
		}
		e, err := client.ReadWebhook(r, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", secret)
		if err != nil {
			t.Error(err)
			return
		}
		seen[e.Type] = e
	}))
	defer receiver.Close()
	hook, err := c.AddWebhook(t.Context(), client.Webhook{URL: receiver.URL, Note: "test", Types: []string{"receipt.created", "parcel.state_changed", "taxbill.changed"}})
	if err != nil || hook.Secret == "" || hook.ID == "" {
		t.Fatalf("%v %+v", err, hook)
	}
	mu.Lock()
	secret = hook.Secret
	mu.Unlock()
	for _, k := range zonetest.Kinds {
		if _, err := c.Submit(t.Context(), zonetest.Message(t, z.Gen, k, 0, 1)); err != nil {
			t.Fatal(err)
		}
	}
	until(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(seen) == 3 })
	mu.Lock()
	defer mu.Unlock()
	if e := seen["parcel.state_changed"]; !strings.Contains(string(e.Data), `"parcel":1`) || e.ID == "" {
		t.Errorf("%s %s", e.ID, e.Data)
	}
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come about")
		}
	}
}
