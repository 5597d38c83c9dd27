// Package browser_test walks the console as people do: in a headless browser,
// on a demonstration zone that has played its day.
package browser_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/demo"
	"pilotzone/internal/face/site"
	"pilotzone/internal/kernel/clock"
	"pilotzone/test/browser/browsertest"
	"pilotzone/test/browser/htmlcheck"
)

// parcels of the day that is played.
const parcels = 900

// world is the demonstration that the tests of this package share.
type world struct {
	*demo.Demo
	summary *demo.Summary
	site    *site.Site
	url     string
	close   func() error

	mu       sync.Mutex
	sessions map[string]string // by log-in
}

// open and hunan are the worlds: Xinxiang, where most tests are, and Hunan with the
// incentives of its measures.
var (
	open  = sync.OnceValues(func() (*world, error) { return newWorld("xinxiang", parcels) })
	hunan = sync.OnceValues(func() (*world, error) { return newWorld("hunan", parcels/3) })
)

// opened are the worlds that tests have used; TestMain closes them.
var (
	opening sync.Mutex
	opened  []*world
)

func newWorld(zone string, parcels int) (*world, error) {
	ctx := context.Background()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &world{sessions: map[string]string{}, url: fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port)}
	w.Demo, err = demo.Open(ctx, demo.Options{Zone: zone, Parcels: parcels, Seed: 7, PublicURL: w.url, Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return nil, err
	}
	w.site = site.New(w.Demo.Zone)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: w.site.Handler()}}
	server.Start()
	w.close = func() error {
		server.Close()
		return w.Demo.Close(ctx)
	}
	opening.Lock()
	opened = append(opened, w)
	opening.Unlock()
	if w.summary, err = w.Demo.Play(ctx, func(int, int) {}); err != nil {
		return nil, err
	}
	if err := w.hold(ctx); err != nil {
		return nil, err
	}
	return w, w.Demo.Zone.Lookup.CatchUp(ctx)
}

// hold sends one more parcel and has it held for review, so that the officers'
// queue is never empty: what is drawn for inspection is drawn by lot.
func (w *world) hold(ctx context.Context) error {
	folder, err := w.Samples()
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.xml"))
	if err != nil {
		return err
	}
	slices.Reverse(files) // the list comes first, and waits
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		ack, err := w.Zone.Intake.Submit(ctx, data)
		if err != nil {
			return err
		}
		if i == 0 {
			body := clearance.VerdictBody{Number: ack.Docs[0].Parcel, Status: 300, Officer: "demo", Reason: "申报价格待核"}
			if _, err := w.Zone.Intake.Command(ctx, clearance.Verdict, body.Encode()); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, w := range opened {
		if err := w.close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func zone(t testing.TB) *world { return worldOf(t, open) }

func worldOf(t testing.TB, open func() (*world, error)) *world {
	t.Helper()
	w, err := open()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// signIn opens a tab in which somebody has signed in. The walks of signing in
// itself go through the form.
func (w *world) signIn(t testing.TB, login string) *browsertest.Tab {
	t.Helper()
	b := browsertest.Open(t, w.url).Go("/")
	browsertest.Eval[string](b, fmt.Sprintf("document.cookie = %q", sessionCookie+"="+w.session(t, login)+";path=/"))
	if !browsertest.Eval[bool](b.Go("/").Find("main"), `!!document.querySelector("a[href='/account']")`) {
		t.Logf("the session of %s is over: through the form", login)
		b.Go("/sign-in").Type("#login", login).Type("#password", w.Password).Click("main form button[type=submit]").Find("a[href='/account']")
	}
	return b
}

// sessionCookie is the name of the cookie that keeps a session on plain HTTP.
const sessionCookie = "session"

// session signs somebody in, once: an address may not do so as often as it likes.
func (w *world) session(t testing.TB, login string) string {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sessions[login] == "" {
		once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := once.PostForm(w.url+"/sign-in", url.Values{"login": {login}, "password": {w.Password}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		for _, c := range res.Cookies() {
			if c.Name == sessionCookie {
				w.sessions[login] = c.Value
			}
		}
		if w.sessions[login] == "" {
			t.Fatalf("%s can't sign in: %s", login, res.Status)
		}
	}
	return w.sessions[login]
}

// client is a browser without a window: a person who signed in, for tests that
// open many pages.
type client struct {
	testing.TB
	*http.Client
	base string
}

// client signs somebody in; "" stays a visitor.
func (w *world) client(t testing.TB, login string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t, &http.Client{Jar: jar}, w.url}
	if login == "" {
		return c
	}
	home, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(home, []*http.Cookie{{Name: sessionCookie, Value: w.session(t, login), Path: "/"}})
	return c
}

// page opens a page.
func (c *client) page(path string) (*http.Response, *htmlcheck.Page) {
	c.Helper()
	req, err := http.NewRequestWithContext(c.Context(), http.MethodGet, c.base+path, nil)
	if err != nil {
		c.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	res, err := c.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer res.Body.Close()
	p, err := htmlcheck.Read(res.Body)
	if err != nil {
		c.Fatal(err)
	}
	return res, p
}
