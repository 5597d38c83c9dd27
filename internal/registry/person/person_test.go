package person_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
	"pilotzone/internal/registry/person"
	"pilotzone/internal/registry/person/persontest"
)

var somebody = person.Identity{Name: "测试人", Number: "11010519491231002X"}

func service(t *testing.T, says func(string, string) persontest.Answer) *persontest.Server {
	t.Helper()
	s, err := persontest.Start("secret", says)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func client(t *testing.T, c person.ClientConfig) *person.Client {
	t.Helper()
	if c.Token == "" {
		c.Token = "secret"
	}
	c.Pause = time.Millisecond
	k, err := person.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestAnswers A14, A16: what the service says is what comes out.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for says, want := range map[persontest.Answer]person.Result{persontest.Match: person.Verified, persontest.Mismatch: person.Mismatch, persontest.Unknown: person.Unknown} {
		s := service(t, func(name, number string) persontest.Answer {
			if name != somebody.Name || number != somebody.Number {
				t.Errorf("asked about %q, %q", name, number)
			}
			return says
		})
		if got, err := client(t, person.ClientConfig{URL: s.URL}).Verify(t.Context(), somebody); got != want || err != nil {
			t.Errorf("%s: %v, %v", says, got, err)
		}
	}
}

// TestNoAnswerIsNoResult: whatever goes wrong, the question stays open, and the
// error names nobody.
func TestNoAnswerIsNoResult(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  error
		tries int
	}{
		"503": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, person.ErrDown, 3},
		"429, patience": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		}, person.ErrDown, 1},
		"token":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, person.ErrRefused, 1},
		"wrong address": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, person.ErrRefused, 1},
		"no JSON":       {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>"+r.URL.String()) }, person.ErrDown, 1},
		"other words":   {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"result":"yes"}`) }, person.ErrDown, 1},
		"endless":       {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(" ", 1<<20)) }, person.ErrDown, 1},
		"redirected away": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, person.ErrDown, 1},
		"too slow": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, person.ErrDown, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				if r.URL.Path != "/" || r.URL.RawQuery != "" {
					t.Errorf("asked at %s", r.URL)
				}
				_, _ = http.MaxBytesReader(w, r.Body, 1024).Read(make([]byte, 1024))
				c.serve(w, r)
			}))
			defer s.Close()
			r, err := client(t, person.ClientConfig{URL: s.URL, Timeout: 150 * time.Millisecond}).Verify(t.Context(), somebody)
			if r != 0 || !errors.Is(err, c.want) {
				t.Errorf("%v, %v", r, err)
			}
			if strings.Contains(err.Error(), somebody.Number) || strings.Contains(err.Error(), somebody.Name) || strings.Contains(err.Error(), s.URL) {
				t.Errorf("the error says %q", err)
			}
			if asked != c.tries {
				t.Errorf("asked %d times, want %d", asked, c.tries)
			}
		})
	}
	if _, err := client(t, person.ClientConfig{URL: "http://127.0.0.1:1/"}).Verify(t.Context(), somebody); !errors.Is(err, person.ErrDown) {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestRefusesIdentitiesInClear: plain http is for this machine alone.
func TestRefusesIdentitiesInClear(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{"https://id.example/verify": true, "http://127.0.0.1:9/": true, "http://localhost/": true, "http://[::1]/": true,
		"http://id.example/": false, "ftp://id.example/": false, "": false, "https://": false, "http://127.0.0.1.example/": false} {
		if _, err := person.NewClient(person.ClientConfig{URL: address}); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestBreaker: after failures in a row the service is left alone; one question
// finds out that it is back.
func TestBreaker(t *testing.T) {
	t.Parallel()
	s := service(t, nil)
	c := client(t, person.ClientConfig{URL: s.URL, Retries: -1, Failures: 3, Open: 300 * time.Millisecond})
	s.Down(true)
	for range 10 {
		if _, err := c.Verify(t.Context(), somebody); !errors.Is(err, person.ErrDown) {
			t.Fatal(err)
		}
	}
	if s.Asked() != 3 || !c.Open() {
		t.Errorf("asked %d times while open %v", s.Asked(), c.Open())
	}
	time.Sleep(320 * time.Millisecond)
	for range 5 {
		_, _ = c.Verify(t.Context(), somebody)
	}
	if s.Asked() != 4 {
		t.Errorf("asked %d times after the pause", s.Asked())
	}
	s.Down(false)
	time.Sleep(320 * time.Millisecond)
	if r, err := c.Verify(t.Context(), somebody); r != person.Verified || err != nil || c.Open() {
		t.Errorf("back: %v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 4 { // callers who leave say nothing about the service
		if _, err := c.Verify(ctx, somebody); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if c.Open() {
		t.Error("open because callers left")
	}
}

// TestIdentitiesAreMasked wherever they are printed.
func TestIdentitiesAreMasked(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "who", somebody)
	fmt.Fprintf(&b, "%v %+v %#v %s", somebody, somebody, somebody, &somebody)
	if s := b.String(); strings.Contains(s, somebody.Number) || strings.Contains(s, somebody.Name) {
		t.Error(s)
	}
}

// TestAnswersHoldForAWhile on both stores: person_answer_days, without a trace
// of the person.
func TestAnswersHoldForAWhile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		now := clock.NewFixed(clock.Day(20261122).Time())
		s := &person.Service{DB: st.Services, Clock: now, Days: func(clock.Day) int64 { return 10 }}
		k := keys.Key{1, 2}
		for _, r := range []person.Result{person.Mismatch, person.Verified} {
			if err := st.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return s.Keep(ctx, tx, k, person.Answer{Result: r, Checked: now.Now()})
			}); err != nil {
				t.Fatal(err)
			}
		}
		now.Set(now.Now().Add(240 * time.Hour))
		if a, ok, err := s.Cached(t.Context(), k); !ok || a.Result != person.Verified || err != nil {
			t.Errorf("after ten days: %v, %v, %v", a, ok, err)
		}
		now.Set(now.Now().Add(time.Second))
		if _, ok, err := s.Cached(t.Context(), k); ok || err != nil {
			t.Errorf("after ten days and a second: %v, %v", ok, err)
		}
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := st.Services.Read().QueryRowContext(t.Context(), `select count(*) from person_answers`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d answers are left, %v", n, err)
		}
		if _, ok, err := s.Cached(t.Context(), keys.Key{9}); ok || err != nil {
			t.Errorf("nobody: %v, %v", ok, err)
		}
	}, person.Migration)
}

// FuzzAnswer: whatever a service sends, the client gives one of three results or
// an error.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{"result":"match"}`, `{"result":1}`, `{`, "", `[{"result":"match"}]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r, err := person.Parse([]byte(body))
		if (r == 0) != (err != nil) || r > person.Mismatch || err != nil && !errors.Is(err, person.ErrDown) {
			t.Errorf("%q: %v, %v", body, r, err)
		}
	})
}
