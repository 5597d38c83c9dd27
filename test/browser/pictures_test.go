package browser_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/demo"
	"pilotzone/test/browser/browsertest"
)

// pictures is where the pictures of all pages are kept.
const pictures = "../../docs/screenshots"

// TestEveryPageIsAccessible opens one page of each shape in a browser, light in
// Chinese and dark in English: axe-core finds no fault, and the console is
// silent. With -update a picture of each is kept, light in both languages.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	w := zone(t)
	taken := map[string]bool{}
	for _, login := range append([]string{"", "consumer"}, people()[1:]...) {
		c := w.client(t, "")
		var b *browsertest.Tab
		switch login {
		case "":
			b = browsertest.Open(t, w.url).Go("/")
		case "consumer":
			b = browsertest.Open(t, w.url).Go("/sign-in/sso/" + demo.IdentityProvider + "?next=/passport").Find("button[value='misused']")
			b.Messages() // the provider's page is no part of the platform
			b.Click("button[value='misused']").Find("a[href='/account']")
		default:
			b, c = w.signIn(t, login), w.client(t, login)
		}
		for _, v := range w.views(c, b, login) {
			if taken[v.name] {
				continue
			}
			taken[v.name] = true
			t.Logf("%s: %s as %s", v.name, v.path, login)
			look(b, v)
		}
	}
	if len(taken) < 40 {
		t.Errorf("%d kinds of pages only", len(taken))
	}
	t.Logf("%d kinds of pages", len(taken))
}

// view is a page with the name of its picture.
type view struct{ name, path string }

// views are the pages that somebody reaches, one of each shape; the best
// examples come first.
func (w *world) views(c *client, b *browsertest.Tab, login string) []view {
	queue := []string{"/"}
	switch login {
	case "":
		queue = append(queue, "/sign-in", "/sign-in/code", "/verify", "/advisor?"+advised)
	case "clerk":
		queue = append(queue, "/keys")
	case "customs":
		refused := w.first(c, lookup.Filter{States: []clearance.State{clearance.Refused}})
		queue = append(queue, fmt.Sprintf("/parcels/%d", refused.Number), "/dashboard", "/wall")
	}
	var out []view
	seen := map[string]bool{}
	for len(queue) > 0 && len(out) < 160 {
		path := queue[0]
		queue = queue[1:]
		name := w.nameOf(path, login)
		if seen[name] || leaves(path) {
			continue
		}
		seen[name] = true
		var links []string
		if login == "consumer" {
			links = browsertest.Eval[[]string](b.Go(path), `[...document.querySelectorAll("a[href^='/']")].map(a => a.getAttribute("href").split("#")[0])`)
		} else {
			res, page := c.page(path)
			if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
				continue // a file
			}
			links = page.Links()
		}
		out = append(out, view{name, path})
		queue = append(queue, links...)
	}
	return out
}

// advised is a trade for the mode advisor.
const advised = "direction=export&buyer=consumer"

// nameOf is the name of a page's picture: its path without numbers, and the role
// where the page is another for each.
func (w *world) nameOf(path, login string) string {
	shape := w.shapeOf(path)
	if shape == "/" {
		if login == "" {
			return "front"
		}
		return "workbench-" + login
	}
	one := map[string]string{"/parcels/*": "parcel", "/parcels": "parcels", "/queues/cases/*": "case", "/enterprises/*": "enterprise", "/receipts/*": "receipt", "/matters/*": "matter"}
	if n, ok := one[shape]; ok {
		return n
	}
	for prefix, name := range map[string]string{"/docs/schemas/": "docs-schema", "/docs/": "docs-group", "/services/": "service", "/verify/": "letter-verified"} {
		if strings.HasPrefix(shape, prefix) && (name != "docs-group" || !strings.HasPrefix(shape, "/docs/schemas/")) {
			return name
		}
	}
	parts := slices.DeleteFunc(strings.Split(shape, "/"), func(p string) bool { return p == "" })
	for i, p := range parts {
		if p == "*" {
			parts[i] = "one"
		}
	}
	return strings.Join(parts, "-")
}

// look opens a page light in Chinese and dark in English.
func look(b *browsertest.Tab, v view) {
	b.Helper()
	for _, lang := range []string{"zh", "en"} {
		theme := map[string]string{"zh": "light", "en": "dark"}[lang]
		browsertest.Eval[string](b, `document.cookie = "theme=`+theme+`;path=/"`)
		b.Go(with(v.path, "lang", lang)).Find("h1")
		b.Axe()
		if lang == "zh" {
			onAPhone(b, v)
		}
		if !*update {
			continue
		}
		browsertest.Eval[string](b, `document.cookie = "theme=light;path=/"`)
		if browsertest.Eval[bool](b.Go(with(v.path, "lang", lang)).Find("h1"), `!!document.querySelector("[data-chart]")`) {
			b.Find("[data-drawn]")
		}
		b.Shot(filepath.Join(pictures, lang, v.name+".png"))
	}
}

// onAPhone: on a small screen nothing but tables and code is wider than the
// screen, and those scroll by themselves.
func onAPhone(b *browsertest.Tab, v view) {
	b.Helper()
	b.Size(390, 844)
	if over := browsertest.Eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 && v.name != "wall" {
		widest := browsertest.Eval[string](b, `[...document.querySelectorAll("main *, header *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-responsive, pre")).map(e => e.outerHTML.slice(0, 120))[0] ?? ""`)
		b.Errorf("%s is %d pixels wider than a phone: %s", v.path, over, widest)
	}
	b.Size(1360, 900)
}

// keep takes a picture of a page that only an act leads to, in the language in
// which it is shown.
func keep(b *browsertest.Tab, lang, name string) *browsertest.Tab {
	b.Helper()
	if *update {
		b.Shot(filepath.Join(pictures, lang, name+".png"))
	}
	return b
}
