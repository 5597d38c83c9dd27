package facetest_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/gate"
)

// question is one way to ask for something of the owner.
type question struct {
	pattern string
	request
	asked []string // what the question itself names
}

// questions are all ways to read: every route with every identifier of the
// owner's things in its path, and in every parameter that it takes.
func (w *world) questions() []question {
	parameters := w.parameters()
	var out []question
	plain := map[string]bool{} // paths without wildcards, once
	for _, r := range w.site.Gate.Routes() {
		if r.Kind == gate.Asset || r.Method() != http.MethodGet || skipped(r) {
			continue
		}
		for _, id := range w.identifiers() {
			path := fill(r.Path(), w.value(id))
			if !plain[path] {
				plain[path] = true
				out = append(out, question{r.Pattern, request{method: http.MethodGet, path: path}, []string{id}})
			}
			for _, names := range parameters[r.Pattern] {
				q := url.Values{}
				for _, name := range strings.Fields(names) {
					q.Set(name, id)
				}
				out = append(out, question{r.Pattern, request{method: http.MethodGet, path: path + "?" + q.Encode()}, []string{id}})
			}
		}
	}
	// The chain of acts first: later it holds what the asker itself has typed.
	slices.SortStableFunc(out, func(a, b question) int {
		return cmp.Compare(map[bool]int{true: 0, false: 1}[strings.Contains(a.pattern, "audit")], map[bool]int{true: 0, false: 1}[strings.Contains(b.pattern, "audit")])
	})
	return out
}

// skipped are streams, what asks other services, and the document of the
// interface, whose examples are of the same made-up traffic and open to all.
func skipped(r gate.Route) bool {
	return strings.HasPrefix(r.Path(), "/openapi.") || r.Path() == "/docs" || strings.HasPrefix(r.Path(), "/docs/") || strings.HasPrefix(r.Path(), "/sign-in/sso/") || strings.HasPrefix(r.Path(), "/account/link/") || r.Path() == "/metrics"
}

func (w *world) identifiers() []string {
	return slices.Compact(slices.Sorted(maps.Values(w.ids)))
}

// value fills the wildcards of a path: those that have a name of their own by
// the owner's thing of that name, all others by the identifier.
func (w *world) value(id string) func(string) string {
	return func(name string) string {
		if v, ok := w.named[name]; ok {
			return url.PathEscape(v)
		}
		return url.PathEscape(id)
	}
}

// parameters are the query parameters of each route: those of operations as the
// document lists them, one a question; of pages the usual ones, all at once.
func (w *world) parameters() map[string][]string {
	var doc struct {
		Paths map[string]map[string]struct{ Parameters []struct{ Name, In string } }
	}
	if err := json.Unmarshal([]byte(w.ask(request{method: http.MethodGet, path: "/openapi.json"}).body), &doc); err != nil {
		w.t.Fatal(err)
	}
	out := map[string][]string{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			for _, p := range op.Parameters {
				if p.In == "query" {
					key := strings.ToUpper(method) + " " + path
					out[key] = append(out[key], p.Name)
				}
			}
		}
	}
	for _, r := range w.site.Gate.Routes() {
		if r.Kind == gate.Page {
			out[r.Pattern] = []string{"q number enterprise party org code object actor order search name text"}
		}
	}
	return out
}

// plain is the text of an answer, spreadsheets unpacked.
func plain(t *testing.T, a answer) string {
	t.Helper()
	if !strings.HasPrefix(a.body, "PK") {
		return a.body
	}
	z, err := zip.NewReader(bytes.NewReader([]byte(a.body)), int64(len(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// TestStrangersSeeNothing asks for everything of one enterprise as another, and
// as a consumer who is on none of its lists: by every identifier, at every route,
// in every parameter. Nothing of it is seen, but for what the question itself
// names. The owner sees each thing, so that the test is not blind.
func TestStrangersSeeNothing(t *testing.T) {
	t.Parallel()
	w := build(t)
	questions := w.questions()
	seen := map[string]string{}
	for _, q := range questions {
		q.as = owner
		text := plain(t, w.ask(q.request))
		for name, mark := range w.marks {
			if strings.Contains(text, mark) && !slices.Contains(q.asked, mark) {
				seen[name] = q.path
			}
		}
	}
	for name := range w.marks {
		if seen[name] == "" {
			t.Errorf("the owner sees no %s: the test is blind to it", name)
		}
	}
	for _, as := range []string{stranger, nobody, ""} {
		for _, q := range questions {
			if strings.HasPrefix(q.path, "/openapi.") {
				continue // its examples are the program's own, whatever zone it serves
			}
			q.as = as
			text := plain(t, w.ask(q.request))
			for name, mark := range w.marks {
				if strings.Contains(text, mark) && !slices.ContainsFunc(q.asked, func(a string) bool { return strings.Contains(a, mark) }) {
					t.Errorf("%q sees the %s at %s", as, name, q.path)
				}
			}
		}
	}
	if got := w.ask(request{as: buyer, method: http.MethodGet, path: "/v1/passport/uses"}); !strings.Contains(got.body, w.marks["order"]) {
		t.Errorf("the buyer does not see the use: %d %s", got.status, got.body)
	}
	t.Logf("%d questions, %d marks", len(questions), len(w.marks))
}

// TestStrangersChangeNothing does everything to the things of one enterprise as
// another: whatever it is answered, the owner finds everything as before.
func TestStrangersChangeNothing(t *testing.T) {
	t.Parallel()
	w := build(t)
	before, again := w.picture(), w.picture()
	form := url.Values{"reason": {"x"}, "note": {"x"}, "name": {"x"}, "purpose": {"inspection"}, "overlap": {"0s"}, "since": {"2026-01-01"}, "status": {"100"}, "url": {"https://evil.example/"},
		"codes": {w.ids["merchant"]}, "active": {""}, "case": {"1.1"}, "id": {w.ids["key"]}, "org": {w.ids["organisation"]}, "upto": {"9999"}}.Encode()
	bodies := w.bodies()
	tried, hidden := 0, 0
	for _, r := range w.site.Gate.Routes() {
		if r.Kind == gate.Asset || r.Method() == http.MethodGet || strings.HasPrefix(r.Path(), "/account") || strings.HasPrefix(r.Path(), "/sign") || strings.HasPrefix(r.Path(), "/set-up") {
			continue
		}
		if !strings.Contains(r.Path(), "{") && r.Kind == gate.API {
			continue // makes something of the stranger's own
		}
		body, kind := form, contentType(r)
		if r.Kind == gate.API {
			body, kind = bodies[r.Pattern].body, bodies[r.Pattern].kind
		}
		for _, id := range w.identifiers() {
			tried++
			got := w.ask(request{as: stranger, method: r.Method(), path: fill(r.Path(), w.value(id)), body: body, kind: kind})
			if got.status == http.StatusInternalServerError {
				t.Errorf("%s with %s: %d %.300s", r.Pattern, id, got.status, got.body)
			}
			if got.status == http.StatusNotFound {
				hidden++
			}
		}
	}
	after := w.picture()
	for path, text := range before {
		// Deliveries of webhooks are tried again meanwhile; the interface tells the
		// endpoint itself.
		moves := strings.HasPrefix(path, "/webhooks") || strings.Contains(path, "/deliveries")
		if again[path] == text && after[path] != text && !moves {
			t.Errorf("a stranger changed what the owner sees at %s", path)
		}
	}
	if hidden < 50 {
		t.Errorf("only %d attempts came to a thing that is not there for a stranger: the test is blind", hidden)
	}
	t.Logf("%d attempts, %d not there, %d pages compared", tried, hidden, len(before))
}

// bodies are what operations are sent: their examples, which are whole, so that
// nothing but whose the thing is stands in the way.
func (w *world) bodies() map[string]struct{ body, kind string } {
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal([]byte(w.ask(request{method: http.MethodGet, path: "/openapi.json"}).body), &doc); err != nil {
		w.t.Fatal(err)
	}
	patterns := map[string]string{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			patterns[op.OperationID] = strings.ToUpper(method) + " " + path
		}
	}
	out := map[string]struct{ body, kind string }{}
	for _, e := range api.Examples() {
		kind := e.Type
		if kind == "" && e.Body != "" {
			kind = "application/json"
		}
		out[patterns[e.ID]] = struct{ body, kind string }{api.Fill(e.Body, api.Shown), kind}
	}
	return out
}

// picture is what the owner sees, by path.
func (w *world) picture() map[string]string {
	out := map[string]string{}
	for _, r := range w.site.Gate.Routes() {
		if r.Kind == gate.Asset || r.Method() != http.MethodGet || skipped(r) || strings.HasPrefix(r.Path(), "/account") || strings.HasPrefix(r.Path(), "/sign") {
			continue
		}
		for _, id := range w.identifiers() {
			path := fill(r.Path(), w.value(id))
			if _, done := out[path]; done {
				continue
			}
			if got := w.ask(request{as: owner, method: http.MethodGet, path: path}); got.status == http.StatusOK {
				out[path] = got.body
			}
		}
	}
	return out
}
