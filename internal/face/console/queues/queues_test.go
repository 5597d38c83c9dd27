package queues_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/queue"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/test/browser/htmlcheck"
)

// stage is a zone with held parcels and its pages.
type stage struct {
	t      *testing.T
	zone   *zonetest.Zone
	server *httptest.Server
}

func open(t *testing.T, held int, status uint16) *stage {
	t.Helper()
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.Tokens = append(c.HTTP.Tokens, zonetest.Token("second", "officer"), zonetest.Token("clerk", "enterprise:410796D004"))
	})
	submit := func(b []byte) {
		if _, err := z.Intake.Submit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range zonetest.Kinds {
		if k != 411 {
			submit(zonetest.Message(t, z.Gen, k, 0, held))
		}
	}
	for n := 1; n <= held; n++ {
		body := clearance.VerdictBody{Number: uint64(n), Status: status, Officer: "o1", Reason: "风险布控"}
		if _, err := z.Intake.Command(t.Context(), clearance.Verdict, body.Encode()); err != nil {
			t.Fatal(err)
		}
	}
	submit(zonetest.Message(t, z.Gen, 411, 0, held))
	s := &stage{t: t, zone: z, server: httptest.NewServer(site.New(z.Zone).Handler())}
	t.Cleanup(s.server.Close)
	officer := access.With(t.Context(), &access.Principal{ID: "test", Roles: []access.Role{access.Customs}})
	s.until(func() bool {
		list, _, err := z.Queue.List(officer, queue.Filter{}, queue.Page{})
		at, err2 := z.Lookup.Position(t.Context())
		return err == nil && err2 == nil && len(list) == held && at >= z.Intake.Durable()
	})
	return s
}

func (s *stage) until(done func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatal("it does not happen")
		}
	}
}

// ask fetches a page, or sends a form and follows to where it leads.
func (s *stage) ask(as, path string, form url.Values) (int, string, *htmlcheck.Page) {
	s.t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", zonetest.Bearer(as))
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := s.server.Client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := htmlcheck.Read(strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body), page
}

// An officer finds a case in its queue, claims it and gives a verdict; another
// officer is told who holds it.
func TestOfficerWorksACase(t *testing.T) {
	t.Parallel()
	s := open(t, 2, 500)
	for _, path := range []string{"/queues", "/queues/inspection", "/queues/review", "/queues/mine", "/queues/cases/1"} {
		for _, lang := range []string{"", "?lang=en"} {
			status, _, page := s.ask("officer", path+lang, nil)
			if bad := append(page.Forbidden(), page.Foreign()...); status != 200 || len(bad) > 0 {
				t.Errorf("%s%s: %d %q", path, lang, status, bad)
			}
		}
	}
	if _, body, _ := s.ask("officer", "/queues/inspection", nil); !strings.Contains(body, "/queues/cases/1") || !strings.Contains(body, "PZ1609") {
		t.Error("the queue does not show its cases and why they are held")
	}
	seen := func() string {
		officer := access.With(t.Context(), &access.Principal{ID: "test", Roles: []access.Role{access.Customs}})
		i, err := s.zone.Queue.Item(officer, 1)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(i.Decision)
	}
	if _, body, _ := s.ask("officer", "/queues/cases/1/claim", url.Values{}); !strings.Contains(body, "作出处置") {
		t.Error("after the claim there is no form for the verdict")
	}
	if status, body, _ := s.ask("second", "/queues/cases/1/claim", url.Values{}); status != 409 || !strings.Contains(body, "已由 officer 领办") {
		t.Errorf("a second officer: %d", status)
	}
	if status, body, _ := s.ask("officer", "/queues/cases/1/verdict", url.Values{"seen": {seen()}, "status": {"800"}}); status != 409 || !strings.Contains(body, "须写明理由") {
		t.Errorf("without a reason: %d", status)
	}
	status, _, page := s.ask("officer", "/queues/cases/1/verdict", url.Values{"seen": {seen()}, "status": {"800"}, "reason": {"查验无误，放行"}})
	if status != 200 || !strings.Contains(page.Text(), "放行") || !strings.Contains(page.Text(), "本件已离开队列") {
		t.Errorf("verdict: %d\n%s", status, page.Text())
	}
	s.until(func() bool { // the parcel's page tells the officer's reason as soon as the index has it
		_, body, _ := s.ask("officer", "/parcels/1", nil)
		return strings.Contains(body, "查验无误，放行")
	})
	for _, path := range []string{"/queues", "/queues/review", "/queues/cases/1"} {
		if status, _, _ := s.ask("clerk", path, nil); status != 403 {
			t.Errorf("a clerk gets %d for %s", status, path)
		}
	}
}

// One verdict for several cases: each is said with what became of it.
func TestBatchPage(t *testing.T) {
	t.Parallel()
	s := open(t, 3, 300)
	officer := access.With(t.Context(), &access.Principal{ID: "test", Roles: []access.Role{access.Customs}})
	var cases []string
	for n := uint64(1); n <= 3; n++ {
		i, err := s.zone.Queue.Item(officer, n)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, fmt.Sprintf("%d.%d", n, i.Decision))
	}
	s.ask("second", "/queues/cases/2/claim", url.Values{})
	status, body, page := s.ask("officer", "/queues/review", url.Values{"case": cases, "status": {"800"}, "reason": {"批量核对无误"}})
	if status != 200 || strings.Count(body, "chip-green") < 2 || !strings.Contains(body, "未领办") || len(page.Forbidden()) > 0 {
		t.Errorf("batch: %d %q\n%s", status, page.Forbidden(), page.Text())
	}
}
