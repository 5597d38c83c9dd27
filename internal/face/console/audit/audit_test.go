package audit_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	auditpages "pilotzone/internal/face/console/audit"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/store"
	"pilotzone/test/browser/htmlcheck"
)

// stage is the pages with callers known by their bearer words.
type stage struct {
	t      *testing.T
	zone   *zonetest.Zone
	server *httptest.Server
}

var callers = map[string]*access.Principal{
	"auditor":  {ID: "u-auditor", Org: "zone", Roles: []access.Role{access.Auditor}, Strong: true},
	"manager":  {ID: "u-manager", Org: "org-a", Roles: []access.Role{access.Manager}, Strong: true},
	"stranger": {ID: "u-stranger", Org: "org-b", Roles: []access.Role{access.Manager}, Strong: true},
	"orgless":  {ID: "u-orgless", Roles: []access.Role{access.Manager}, Strong: true},
	"clerk":    {ID: "u-clerk", Org: "org-a", Roles: []access.Role{access.Clerk}, Strong: true},
	"customs":  {ID: "u-customs", Org: "customs", Roles: []access.Role{access.Customs}, Strong: true},
}

func open(t *testing.T) *stage {
	t.Helper()
	z := zonetest.Open(t, nil)
	g := gate.New(gate.Config{Identify: func(_ context.Context, bearer, _ string) (*access.Principal, error) {
		if p, ok := callers[bearer]; ok {
			return p, nil
		}
		return nil, access.ErrUnknown
	}, Audit: z.Audit.Record})
	auditpages.Register(ui.New(ui.Config{Gate: g}), z.Zone)
	for i := range 100 {
		z.Clock.Advance(time.Minute)
		e := audit.Entry{Actor: fmt.Sprintf("u%d", i%4), Org: []string{"org-a", "org-b"}[i%2], Act: []string{"personal.read", "key.add", "filing.change"}[i%3],
			Object: fmt.Sprintf("parcel:%d", i), Outcome: []audit.Outcome{audit.Done, audit.Denied}[i/90], Purpose: "inspection 查验单", Detail: fmt.Sprintf("n=%d.", i)}
		if err := z.Audit.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	s := &stage{t, z, httptest.NewServer(g)}
	t.Cleanup(s.server.Close)
	return s
}

func (s *stage) ask(as, method, path string) (int, string, *htmlcheck.Page) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+as)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
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

func count(body string) int { return strings.Count(body, "<time ") }

func TestWhoSeesWhichEntries(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, tt := range []struct {
		who, path string
		status    int
		rows      int
	}{
		{"auditor", "/audit", 200, 40},
		{"auditor", "/audit?outcome=denied", 200, 10},
		{"auditor", "/audit?actor=u1&act=key.", 200, 9},
		{"auditor", "/audit?object=parcel:7", 200, 1},
		{"auditor", "/audit?org=org-a&object=parcel:7", 200, 0},
		{"auditor", "/audit?from=2026-11-22&to=2026-11-22&object=parcel:8", 200, 1},
		{"auditor", "/audit?from=2026-11-23", 200, 0},
		{"auditor", "/audit?to=2026-11-21", 200, 0},
		{"auditor", "/audit?from=yesterday", 422, 0},
		{"manager", "/audit", 200, 40},
		{"manager", "/audit?object=parcel:8", 200, 1},
		{"manager", "/audit?object=parcel:7", 200, 0},
		{"manager", "/audit?org=org-b", 403, 0},
		{"stranger", "/audit?object=parcel:8", 200, 0},
		{"orgless", "/audit", 403, 0},
		{"clerk", "/audit", 403, 0},
		{"customs", "/audit", 403, 0},
	} {
		status, body, _ := s.ask(tt.who, http.MethodGet, tt.path)
		if status != tt.status || count(body) != tt.rows {
			t.Errorf("%s %s: %d with %d entries, want %d with %d", tt.who, tt.path, status, count(body), tt.status, tt.rows)
		}
	}
	if _, body, _ := s.ask("manager", http.MethodGet, "/audit"); strings.Contains(body, "org-b") || strings.Contains(body, "/audit/verify") {
		t.Error("a manager sees another organisation or the state of the chain")
	}
}

func TestPagesFollowByKey(t *testing.T) {
	t.Parallel()
	s := open(t)
	seen := map[string]bool{}
	for path, pages := "/audit?act=personal.", 0; path != ""; pages++ {
		_, body, page := s.ask("auditor", http.MethodGet, path)
		for i := range 100 {
			if strings.Contains(body, fmt.Sprintf("n=%d.<", i)) {
				seen[fmt.Sprint(i)] = true
			}
		}
		path = ""
		for _, l := range page.Links() {
			if u, err := url.Parse(l); err == nil && u.Path == "/audit" && u.Query().Get("before") != "" {
				path = l
			}
		}
		if pages > 3 {
			t.Fatal("no end")
		}
	}
	if len(seen) != 34 {
		t.Errorf("%d entries on all pages, want 34", len(seen))
	}
}

func TestExportIsWhatTheFiltersShow(t *testing.T) {
	t.Parallel()
	s := open(t)
	for who, want := range map[string]int{"auditor": 34, "manager": 17} {
		status, body, _ := s.ask(who, http.MethodGet, "/audit.csv?act=personal.read")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
		if err != nil || status != 200 || len(rows) != want+1 {
			t.Errorf("%s: %d, %d rows, %v; want %d", who, status, len(rows), err, want)
		}
	}
	if list, _, err := s.zone.Audit.List(s.t.Context(), audit.Filter{Act: "audit.export"}, "", 10); err != nil || len(list) != 2 {
		t.Errorf("%d exports are entered, %v", len(list), err)
	}
}

func TestPageSaysHowTheChainStands(t *testing.T) {
	t.Parallel()
	s := open(t)
	if _, _, page := s.ask("auditor", http.MethodGet, "/audit?lang=en"); !strings.Contains(page.Text(), "not verified since the start") {
		t.Error(page.Text())
	}
	if err := s.zone.Audit.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	verify := func(who string) (int, string) {
		status, _, _ := s.ask(who, http.MethodPost, "/audit/verify")
		_, _, page := s.ask("auditor", http.MethodGet, "/audit?lang=en")
		return status, page.Text()
	}
	if status, text := verify("auditor"); status != 303 || !strings.Contains(text, "verified, no difference") || !strings.Contains(text, "agrees") {
		t.Errorf("%d %s", status, text)
	}
	err := s.zone.Store.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `delete from audit_entries where seq = 3`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := verify("manager"); status != 403 {
		t.Errorf("a manager verifies: %d", status)
	}
	if _, text := verify("auditor"); !strings.Contains(text, "entries 3 to 3 are missing") {
		t.Error(text)
	}
}

func TestPagesKeepTheRules(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, lang := range []string{"zh", "en"} {
		for _, path := range []string{"/audit?", "/audit?act=key.&outcome=done&actor=u1&from=2026-11-22&object=parcel:1", "/audit?from=x", "/audit?object=none"} {
			_, _, page := s.ask("auditor", http.MethodGet, path+"&lang="+lang)
			for _, v := range append(page.Forbidden(), page.Foreign()...) {
				t.Errorf("%s in %s: %s", path, lang, v)
			}
		}
	}
}
