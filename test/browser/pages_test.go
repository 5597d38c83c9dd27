package browser_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pilotzone/internal/face/demo"
)

var update = flag.Bool("update", false, "write the pictures in docs/screenshots")

// people are the log-ins of the demonstration, one a role, and a visitor.
func people() []string {
	out := []string{""}
	for _, l := range demo.LogIns() {
		if l.Login != "panel" && l.Login != "treasurer" { // as commerce and admin
			out = append(out, l.Login)
		}
	}
	return out
}

func with(path, key, value string) string {
	if strings.Contains(path, "?") {
		return path + "&" + key + "=" + url.QueryEscape(value)
	}
	return path + "?" + key + "=" + url.QueryEscape(value)
}

// leaves are links that are no pages: files, streams, and what ends the session.
func leaves(path string) bool {
	for _, p := range []string{"/static/", "/v1/", "/openapi", "/sign-in/sso", "/metrics", "/healthz", "/readyz", "/referrals/", "/passport/referrals/"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return strings.HasSuffix(path, "/calendar") || strings.Contains(path, "export") || strings.Contains(path, "lang=") || strings.Contains(path, ".")
}

// TestEveryPageInBothLanguages opens, as every role, each page that the
// navigation and the pages lead to: it is there, says nothing in the other
// language, holds nothing that the content policy refuses, and no link is dead.
func TestEveryPageInBothLanguages(t *testing.T) {
	t.Parallel()
	w := zone(t)
	for _, login := range people() {
		t.Run("as "+login, func(t *testing.T) {
			t.Parallel()
			c := w.client(t, login)
			seen, said, shapes := map[string]bool{}, map[string]bool{}, map[string]int{}
			queue := []string{"/"}
			for len(queue) > 0 {
				path := queue[0]
				queue = queue[1:]
				// Some of each shape are enough: one parcel is like another.
				shape := w.shapeOf(path)
				if seen[path] || shapes[shape] >= 4 || leaves(path) {
					continue
				}
				seen[path] = true
				shapes[shape]++
				res, page := c.page(with(path, "lang", "en"))
				if res.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", path, res.Status)
					continue
				}
				if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
					continue
				}
				_, chinese := c.page(with(path, "lang", "zh"))
				for _, f := range slices.Concat(page.Foreign(), chinese.Foreign(), page.Forbidden()) {
					if !said[f] {
						t.Errorf("%.90s: %.100s", path, f)
					}
					said[f] = true
				}
				queue = append(queue, page.Links()...)
			}
			if len(seen) < 3 {
				t.Errorf("saw %d pages only", len(seen))
			}
			t.Logf("%d pages", len(seen))
		})
	}
}

// wildcard is a place of a pattern that a path fills in.
var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// shapeOf is a path with its numbers, identifiers and filters left out: that of
// the route which answers it.
func (w *world) shapeOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	_, pattern := w.site.Gate.Mux().Handler(httptest.NewRequest(http.MethodGet, path, nil))
	_, route, ok := strings.Cut(pattern, " ")
	if !ok || path == "/" {
		return path
	}
	return wildcard.ReplaceAllString(route, "*")
}
