package register_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pilotzone/internal/registry/register"
	"pilotzone/internal/registry/register/registertest"
)

func client(t *testing.T, h http.Handler, token string) *register.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := register.New(register.Config{URL: srv.URL, Token: token, Timeout: time.Second, Retries: 1, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const code = "91410700MA40XKJ29T"

func TestTheRegisterAnswersKnownUnknownAndDown(t *testing.T) {
	t.Parallel()
	s := &registertest.Server{Token: "secret"}
	s.Put(register.Entry{USCC: code, Name: "甲公司", Status: register.Revoked})
	c := client(t, s, "secret")
	if e, err := c.Lookup(t.Context(), code); err != nil || e.Name != "甲公司" || e.Status != register.Revoked {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := c.Lookup(t.Context(), "91410700MA40XKJ29X"); !errors.Is(err, register.ErrUnknown) {
		t.Errorf("%v", err)
	}
	s.Down.Store(true)
	before := s.Asked.Load()
	if _, err := c.Lookup(t.Context(), code); !errors.Is(err, register.ErrDown) || s.Asked.Load() != before+2 {
		t.Errorf("%v after %d tries", err, s.Asked.Load()-before)
	}
	if _, err := client(t, &registertest.Server{Token: "other"}, "secret").Lookup(t.Context(), code); !errors.Is(err, register.ErrDown) {
		t.Errorf("a wrong token is no answer about the code: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Lookup(gone, code); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerAboutSomethingElseIsNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", `{"uscc":"X","name":"甲","status":"active"}`, `{"uscc":"` + code + `","status":"maybe"}`, "<html>"} {
		c := client(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }), "")
		if _, err := c.Lookup(t.Context(), code); !errors.Is(err, register.ErrDown) {
			t.Errorf("%q: %v", body, err)
		}
	}
	away := client(t, http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound), "")
	if _, err := away.Lookup(t.Context(), code); !errors.Is(err, register.ErrDown) {
		t.Errorf("redirect: %v", err)
	}
}

func TestTheAddressIsEncryptedOrLocal(t *testing.T) {
	t.Parallel()
	for u, ok := range map[string]bool{"https://register.example/q": true, "http://127.0.0.1:1/q": true, "http://register.example/q": false, "": false, "ftp://x/": false} {
		if _, err := register.New(register.Config{URL: u}); (err == nil) != ok {
			t.Errorf("%q: %v", u, err)
		}
	}
}
