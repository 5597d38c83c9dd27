package webhooks_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/console/webhooks"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/store"
	"pilotzone/test/browser/htmlcheck"
)

const code = "91410700MA9A"

var callers = map[string]*access.Principal{
	"manager":  {ID: "u-manager", Codes: []string{code}, Roles: []access.Role{access.Manager}, Strong: true},
	"stranger": {ID: "u-stranger", Codes: []string{"91410700MA9B"}, Roles: []access.Role{access.Manager}, Strong: true},
	"clerk":    {ID: "u-clerk", Codes: []string{code}, Roles: []access.Role{access.Clerk}, Strong: true},
}

type stage struct {
	t      *testing.T
	zone   *zonetest.Zone
	server *httptest.Server
	client *http.Client
}

func open(t *testing.T) *stage {
	t.Helper()
	z := zonetest.Open(t, func(c *zone.Config) {
		c.Notify = zone.Notify{Allow: []string{"127.0.0.0/8"}, AllowHTTP: true}
		c.Bare = true
	})
	g := gate.New(gate.Config{Identify: func(_ context.Context, bearer, _ string) (*access.Principal, error) {
		if p, ok := callers[bearer]; ok {
			return p, nil
		}
		return nil, access.ErrUnknown
	}})
	webhooks.Register(ui.New(ui.Config{Gate: g}), z.Notify, z.Config.Clock.Now)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t, z, httptest.NewServer(g), &http.Client{Jar: jar}}
	t.Cleanup(s.server.Close)
	return s
}

// ask follows redirects; every page is looked through for text in the wrong
// language and for what the content policy refuses.
func (s *stage) ask(as, method, path string, form url.Values) (int, string, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+as)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		page, err := htmlcheck.Read(strings.NewReader(string(body)))
		if err != nil {
			s.t.Fatal(err)
		}
		if bad := append(page.Foreign(), page.Forbidden()...); len(bad) > 0 {
			s.t.Errorf("%s %s: %q", method, path, bad)
		}
	}
	return resp.StatusCode, string(body), resp.Request.URL.Path
}

// TestFromAddressToReplay: an address is added, its secret shown once; a test
// delivery fails, is read with its answer, becomes a dead letter, is replayed.
func TestFromAddressToReplay(t *testing.T) {
	t.Parallel()
	s := open(t)
	var answer atomic.Int32
	answer.Store(http.StatusGone)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(answer.Load()))
		_, _ = io.WriteString(w, "answered by the receiver")
	}))
	defer receiver.Close()
	if status, body, _ := s.ask("manager", "POST", "/webhooks", url.Values{"url": {"ftp://x"}, "codes": {"91410700MA9B"}}); status != 422 || !strings.Contains(body, "codes-error") {
		t.Errorf("faults: %d", status)
	}
	if status, body, _ := s.ask("manager", "POST", "/webhooks", url.Values{"url": {"ftp://x"}, "codes": {code}}); status != 422 || !strings.Contains(body, "url-error") {
		t.Errorf("faults: %d", status)
	}
	status, body, _ := s.ask("manager", "POST", "/webhooks", url.Values{"url": {receiver.URL + "/in"}, "codes": {code}, "note": {"我们的接收端"}, "types": {notify.ReceiptCreated}})
	if status != 200 || !strings.Contains(body, "whsec_") {
		t.Fatalf("%d %s", status, body)
	}
	id := regexp.MustCompile(`/webhooks/(ep_[0-9a-f]+)`).FindStringSubmatch(body)[1]
	step := func() {
		t.Helper()
		if err := s.zone.Notify.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_, _, at := s.ask("manager", "POST", "/webhooks/"+id+"/test", nil)
	step()
	for _, v := range []struct{ path, has string }{{"/webhooks", receiver.URL}, {"/webhooks/new", "parcel.held"}, {"/webhooks/" + id, "webhook.test"}, {"/webhooks/" + id + "?state=dead", "webhook.test"},
		{"/webhooks/" + id + "/edit", "我们的接收端"}, {at, "answered by the receiver"}} {
		for _, lang := range []string{"zh", "en"} {
			s.ask("manager", "POST", "/language", url.Values{"lang": {lang}})
			sep := "?"
			if strings.Contains(v.path, "?") {
				sep = "&"
			}
			status, body, _ := s.ask("manager", "GET", v.path+sep+"lang="+lang, nil)
			if status != 200 || !strings.Contains(body, v.has) {
				t.Errorf("%s in %s: %d lacks %q", v.path, lang, status, v.has)
			}
			if strings.Contains(body, "whsec_") {
				t.Errorf("%s shows the secret again", v.path)
			}
			if status, body, _ := s.ask("stranger", "GET", v.path, nil); strings.Contains(v.path, id) && status != 404 || strings.Contains(body, receiver.URL) {
				t.Errorf("a stranger at %s: %d", v.path, status)
			}
			if status, _, _ := s.ask("clerk", "GET", v.path, nil); status != 403 {
				t.Errorf("a clerk at %s: %d", v.path, status)
			}
		}
	}
	for _, act := range []string{"/edit", "/secret", "/test", "/remove", "/replay"} {
		if status, _, _ := s.ask("stranger", "POST", "/webhooks/"+id+act, url.Values{"overlap": {"0s"}, "since": {"2026-01-01"}}); status != 404 {
			t.Errorf("a stranger does %s: %d", act, status)
		}
	}
	if status, body, _ := s.ask("manager", "GET", "/webhooks/"+id, nil); status != 200 || !strings.Contains(body, "410") {
		t.Errorf("switched off: %d", status)
	}
	revision := regexp.MustCompile(`name="revision" value="(\d+)"`)
	_, body, _ = s.ask("manager", "GET", "/webhooks/"+id+"/edit", nil)
	form := url.Values{"url": {receiver.URL + "/in"}, "codes": {code}, "active": {"yes"}, "revision": {revision.FindStringSubmatch(body)[1]}}
	if status, _, _ := s.ask("manager", "POST", "/webhooks/"+id+"/edit", form); status != 200 {
		t.Errorf("change: %d", status)
	}
	if status, _, _ := s.ask("manager", "POST", "/webhooks/"+id+"/edit", form); status != 412 {
		t.Errorf("change of an older state: %d", status)
	}
	answer.Store(204)
	if status, _, _ := s.ask("manager", "POST", "/webhooks/"+id+"/replay", url.Values{"since": {zonetest.Day.String()}}); status != 200 {
		t.Errorf("replay: %d", status)
	}
	step()
	if status, body, _ := s.ask("manager", "GET", "/webhooks/"+id+"?state=delivered", nil); status != 200 || !strings.Contains(body, "webhook.test") {
		t.Errorf("after the replay: %d", status)
	}
	if status, body, _ := s.ask("manager", "POST", at+"/replay", nil); status != 200 || !strings.Contains(body, "webhook-id") {
		t.Errorf("replay of one: %d", status)
	}
	if status, body, _ := s.ask("manager", "POST", "/webhooks/"+id+"/secret", url.Values{"overlap": {"24h"}}); status != 200 || !strings.Contains(body, "whsec_") {
		t.Errorf("rotation: %d", status)
	}
	if _, body, at := s.ask("manager", "POST", "/webhooks/"+id+"/remove", nil); at != "/webhooks" || strings.Contains(body, receiver.URL) {
		t.Errorf("removed: %s", at)
	}
}

// TestBellIsReadByItsOwner: notices of one's enterprises, opened and marked.
func TestBellIsReadByItsOwner(t *testing.T) {
	t.Parallel()
	s := open(t)
	tell := notify.Notice{Recipient: "code:" + code, Type: notify.ParcelHeld, Words: notify.Words{ZH: "包裹转入查验", EN: "Parcels are held for inspection"}, Link: "/notices?x=1", Count: 3}
	if err := s.zone.Store.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return s.zone.Notify.Tell(ctx, tx, tell) }); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := s.ask("manager", "GET", "/notices", nil); !strings.Contains(body, "包裹转入查验") || !strings.Contains(body, `<td class="number">3</td>`) || !strings.Contains(body, "chip-blue") {
		t.Errorf("%s", body)
	}
	if _, body, _ := s.ask("stranger", "GET", "/notices", nil); strings.Contains(body, "包裹转入查验") {
		t.Error("a stranger reads it")
	}
	if status, _, _ := s.ask("stranger", "POST", "/notices/1/open", nil); status != 404 {
		t.Errorf("a stranger opens it: %d", status)
	}
	if _, body, at := s.ask("manager", "POST", "/notices/1/open", nil); at != "/notices" || strings.Contains(body, "chip-blue") || !strings.Contains(body, "已读") {
		t.Errorf("opened: %s", at)
	}
	if _, body, _ := s.ask("clerk", "GET", "/notices", nil); !strings.Contains(body, "chip-blue") {
		t.Error("a colleague has not read it")
	}
	if _, body, _ := s.ask("clerk", "POST", "/notices/read", url.Values{"upto": {"1"}}); strings.Contains(body, "chip-blue") {
		t.Error("all must be read")
	}
}
