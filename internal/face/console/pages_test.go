package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/console"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/refdata"
)

var languages = []struct{ name, query, heading, beside string }{
	{"zh", "", "今日流量", "The flow of the day"},
	{"en", "?lang=en", "The flow of the day", "今日流量"},
}

// The start page shows what the demonstration counted by itself.
func TestStartPageShowsTheDay(t *testing.T) {
	t.Parallel()
	w := played(t)
	documents := 0
	for _, d := range w.summary.Documents {
		documents += d.Count
	}
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			p := get(t, w, "/"+l.query)
			if p.status != http.StatusOK {
				t.Fatalf("status %d\n%s", p.status, p.body)
			}
			if got := p.text("h1"); got != l.heading+" "+l.beside {
				t.Errorf("heading %q", got)
			}
			if got := p.text("#documents"); got != grouped(documents) {
				t.Errorf("documents %s, want %d", got, documents)
			}
			states := p.text("#states")
			for _, s := range []clearance.State{clearance.Released, clearance.Closed, clearance.Waiting, clearance.Refused} {
				word := map[string]string{"zh": s.Chinese(), "en": s.String()}[l.name]
				if !strings.Contains(states, word+grouped(w.summary.Count(s))) {
					t.Errorf("states %q lack %s %d", states, word, w.summary.Count(s))
				}
			}
			for _, id := range []string{"#rejected", "#speeds", "#kinds", "#missing", "#latest", "#packs"} {
				if p.text(id) == "" {
					t.Errorf("%s is empty", id)
				}
			}
			if title := p.find("#tax")[0].attr["title"]; title != yuanOf(w) {
				t.Errorf("tax %s, want %s", title, yuanOf(w))
			}
		})
	}
}

func yuanOf(w *world) string {
	whole, cents, _ := strings.Cut(w.summary.Tax.Total().String(), ".")
	n, _ := strconv.Atoi(whole)
	return grouped(n) + "." + cents
}

func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// A parcel's page tells why, what mends it, and how the tax came about.
func TestParcelPageTellsTheStory(t *testing.T) {
	t.Parallel()
	w := played(t)
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			p := get(t, w, fmt.Sprintf("/parcels/%d%s", w.summary.Samples.Released, l.query))
			if p.status != http.StatusOK {
				t.Fatalf("status %d\n%s", p.status, p.body)
			}
			for id, want := range map[string]string{"#documents": "621", "#receipts": "CEB622Message", "#working": "13%", "#taxlines": " ", "#timeline": map[string]string{"zh": "三单比对与审单", "en": "matched and decided"}[l.name]} {
				if !strings.Contains(p.text(id), want) {
					t.Errorf("%s lacks %q: %s", id, want, p.text(id))
				}
			}
			_, decisions, err := w.demo.Zone.Lookup.Parcel(t.Context(), w.summary.Samples.Released)
			if err != nil {
				t.Fatal(err)
			}
			var tax string
			for _, d := range decisions {
				if d.Tax != nil {
					tax = d.Tax.Total().String()
				}
			}
			if !strings.Contains(p.text("#tax"), tax) || !strings.Contains(p.text("#working"), "= "+tax) {
				t.Errorf("tax %s is not in %q and its working %q", tax, p.text("#tax"), p.text("#working"))
			}

			p = get(t, w, fmt.Sprintf("/parcels/%d%s", w.summary.Samples.Rejected, l.query))
			if p.text("#state") != map[string]string{"zh": "✕ 退单", "en": "✕ refused"}[l.name] {
				t.Errorf("state %q", p.text("#state"))
			}
			if len(p.find(".fix")) == 0 || len(p.find(".next")) != 1 {
				t.Errorf("a rejected parcel's page does not say what to do:\n%s", p.body)
			}
		})
	}
}

// A number leads to its parcel; an unknown one says what can be searched for.
func TestSearchLeadsToTheParcel(t *testing.T) {
	t.Parallel()
	w := played(t)
	parcel, _, err := w.demo.Zone.Lookup.Parcel(t.Context(), w.summary.Samples.Released)
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{parcel.OrderNo, strings.ToLower(parcel.WaybillNo), parcel.InvtNo, parcel.CopNo} {
		p := get(t, w, "/find?lang=en&number="+number)
		if want := fmt.Sprintf("/parcels/%d?lang=en", parcel.Number); p.status != http.StatusSeeOther || p.header.Get("Location") != want {
			t.Errorf("%s: %d %s, want %s", number, p.status, p.header.Get("Location"), want)
		}
	}
	p := get(t, w, "/find?number=%3Cscript%3E")
	if p.status != http.StatusNotFound || p.text("#none") == "" || len(p.find("script")) != 0 {
		t.Errorf("unknown number: %d\n%s", p.status, p.body)
	}
	if p := get(t, w, "/parcels/99999999"); p.status != http.StatusNotFound || p.text("#mend") == "" {
		t.Errorf("unknown parcel: %d", p.status)
	}
}

// No page has a script or a style of its own, and the policy forbids both.
func TestPagesKeepTheirPolicy(t *testing.T) {
	t.Parallel()
	w := played(t)
	for _, path := range []string{"/", "/?lang=en", fmt.Sprintf("/parcels/%d", w.summary.Samples.Released), "/find?number=x", "/parcels/0"} {
		p := get(t, w, path)
		csp := p.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for _, e := range p.elements {
			for name := range e.attr {
				if name == "style" || strings.HasPrefix(name, "on") {
					t.Errorf("%s: <%s %s> is forbidden by the policy", path, e.name, name)
				}
			}
			if e.name == "script" || e.name == "style" {
				t.Errorf("%s: <%s> is forbidden by the policy", path, e.name)
			}
		}
		if n := len(p.find("h1")); n != 1 {
			t.Errorf("%s: %d headings of the first order", path, n)
		}
	}
}

// Every link of every page leads somewhere, through the interface that serves
// both pages and API.
func TestNoDeadLinks(t *testing.T) {
	t.Parallel()
	w := played(t)
	h := asOperator(w.whole)
	seen, queue := map[string]bool{}, []string{"/", "/?lang=en", fmt.Sprintf("/parcels/%d", w.summary.Samples.Rejected), fmt.Sprintf("/parcels/%d?lang=en", w.summary.Samples.Waiting)}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		path, _, _ = strings.Cut(path, "#")
		if seen[path] || path == "" || len(seen) > 300 {
			continue
		}
		seen[path] = true
		p := get(t, h, path)
		if p.status != http.StatusOK {
			t.Errorf("%s: status %d", path, p.status)
			continue
		}
		if path == "/docs" {
			continue // the interface's own page
		}
		for _, e := range p.elements {
			for _, name := range []string{"href", "src"} {
				if v := e.attr[name]; v != "" {
					queue = append(queue, v)
				}
			}
		}
	}
	for _, want := range []string{"/docs", "/openapi.json", "/healthz", "/readyz", "/metrics", "/static/pilotzone.css"} {
		if !seen[want] {
			t.Errorf("no page links to %s", want)
		}
	}
}

// asOperator makes requests those of the operator's token.
func asOperator(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", zonetest.Bearer("operator"))
		h.ServeHTTP(w, r)
	})
}

// Strangers see nothing.
func TestPagesAreForThoseWhoMay(t *testing.T) {
	t.Parallel()
	w := played(t)
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	w.whole.ServeHTTP(rec, r)
	if rec.Code != http.StatusUnauthorized {
		t.Errorf("a stranger is answered %d", rec.Code)
	}
}

// An empty zone says what to do, and shows no empty table.
func TestEmptyDay(t *testing.T) {
	t.Parallel()
	w := played(t)
	k := console.New(console.Config{Index: w.demo.Zone.Lookup, Flow: console.NewFlow(), Rules: func() *refdata.Book { return w.demo.Zone.Intake.Rules() }})
	p := get(t, k, "/")
	if p.status != http.StatusOK || p.text("#empty") == "" || len(p.find("#states")) != 0 {
		t.Errorf("empty day: %d\n%s", p.status, p.body)
	}
}

var han = regexp.MustCompile(`\p{Han}`)

// Every code has words without the places of values.
func TestWordsOfCodes(t *testing.T) {
	t.Parallel()
	for _, c := range clearance.CodeList() {
		w := console.Words(c.Code)
		for _, text := range []string{w.ZH, w.EN} {
			if strings.ContainsAny(text, "{}") {
				t.Errorf("%s: %q shows a place", c.Code, text)
			}
		}
		if han.MatchString(c.ZH) && !han.MatchString(w.ZH) {
			t.Errorf("%s: nothing is left of %q: %q", c.Code, c.ZH, w.ZH)
		}
	}
}
