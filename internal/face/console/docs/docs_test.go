package docs_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/console/docs"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/test/browser/htmlcheck"
)

// TestEveryOperationIsDocumented: each stands on a page in both languages with
// its example; no link is dead; nothing of others is loaded.
func TestEveryOperationIsDocumented(t *testing.T) {
	t.Parallel()
	g := gate.New(gate.Config{})
	server := api.New(zonetest.Open(t, nil).Zone, g)
	docs.Register(ui.New(ui.Config{Gate: g}), server, "")
	ask := func(path, lang string) (int, string) {
		t.Helper()
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Language", lang)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for _, lang := range []string{"zh", "en"} {
		seen, queue, all := map[string]bool{}, []string{"/docs"}, ""
		for len(queue) > 0 {
			path, _, _ := strings.Cut(queue[0], "#")
			queue = queue[1:]
			if seen[path] || !strings.HasPrefix(path, "/docs") {
				continue
			}
			seen[path] = true
			status, body := ask(path, lang)
			if status != 200 {
				t.Errorf("%s: %d", path, status)
				continue
			}
			page, err := htmlcheck.Read(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if bad := append(page.Foreign(), page.Forbidden()...); len(bad) > 0 {
				t.Errorf("%s in %s: %q", path, lang, bad)
			}
			if len(body) > 400<<10 {
				t.Errorf("%s is %d bytes", path, len(body))
			}
			all += body
			queue = append(queue, page.Links()...)
		}
		for _, g := range server.Reference("").Groups {
			for _, op := range g.Operations {
				if !strings.Contains(all, `id="`+op.ID+`"`) || op.Curl == "" || op.Status >= 300 {
					t.Errorf("%s in %s: not documented, or without an example that succeeds", op.ID, lang)
				}
			}
		}
	}
	for _, path := range []string{"/docs/nothing", "/docs/schemas/Nothing"} {
		if status, _ := ask(path, "zh"); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
}
