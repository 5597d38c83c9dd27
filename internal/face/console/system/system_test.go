package system_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/keys"
	"pilotzone/test/browser/htmlcheck"
)

func ask(t *testing.T, server *httptest.Server, as, method, path string, form url.Values) (int, *htmlcheck.Page) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", zonetest.Bearer(as))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	page, err := htmlcheck.Read(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, page
}

func TestSystemPageTellsHowThePlatformStands(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	server := httptest.NewServer(site.New(z.Zone).Handler())
	defer server.Close()
	for _, lang := range []string{"zh", "en"} {
		for _, path := range []string{"/system?", "/system/rotate?"} {
			status, page := ask(t, server, "operator", http.MethodGet, path+"lang="+lang, nil)
			if status != 200 {
				t.Fatalf("%s: %d %s", path, status, page.Text())
			}
			for _, v := range append(page.Forbidden(), page.Foreign()...) {
				t.Errorf("%s in %s: %s", path, lang, v)
			}
		}
	}
	_, page := ask(t, server, "operator", http.MethodGet, "/system?lang=en", nil)
	for _, want := range []string{"taking messages in", "aes-256-gcm", "seals and opens", "national@", "sqlite", "seals of the audit chain"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the page lacks %q:\n%s", want, page.Text())
		}
	}
	if status, _ := ask(t, server, "officer", http.MethodGet, "/system", nil); status != 403 {
		t.Errorf("an officer: %d", status)
	}
}

// The rotation of a running zone: confirmed, entered, at once in use, and what was
// sealed before still opens.
func TestRotationByPage(t *testing.T) {
	t.Parallel()
	z := zonetest.Open(t, nil)
	server := httptest.NewServer(site.New(z.Zone).Handler())
	defer server.Close()
	sealed := z.Keys.Seal(nil, []byte("before"), nil)
	for _, tt := range []struct {
		who    string
		form   url.Values
		status int
		keys   int
	}{
		{"officer", url.Values{"cipher": {"sm4-gcm"}, "confirm": {"yes"}}, 403, 1},
		{"operator", url.Values{"cipher": {"sm4-gcm"}}, 422, 1},
		{"operator", url.Values{"cipher": {"rot13"}, "confirm": {"yes"}}, 422, 1},
		{"operator", url.Values{"cipher": {"sm4-gcm"}, "confirm": {"yes"}}, 303, 2},
	} {
		if status, page := ask(t, server, tt.who, http.MethodPost, "/system/rotate", tt.form); status != tt.status || len(z.Keys.DataKeys()) != tt.keys {
			t.Errorf("%s %v: %d, %d keys\n%s", tt.who, tt.form, status, len(z.Keys.DataKeys()), page.Text())
		}
	}
	if k := z.Keys.DataKeys()[1]; k.Cipher != keys.SM4GCM || !k.Seals {
		t.Errorf("%+v", k)
	}
	if got, err := z.Keys.Open(nil, sealed, nil); err != nil || string(got) != "before" {
		t.Errorf("%q, %v", got, err)
	}
	list, _, err := z.Audit.List(t.Context(), audit.Filter{Act: "keys.rotate"}, "", 5)
	if err != nil || len(list) != 1 || list[0].Actor != "token:operator" || list[0].Entry.Object != "key:2" || list[0].Outcome != audit.Done {
		t.Errorf("%+v, %v", list, err)
	}
}
