// Package browsertest drives a headless Chromium through pages as a person
// would, and looks at what a person can't see: messages of the console,
// violations of the content policy, faults of accessibility (axe-core).
//
// axe.min.js is axe-core 4.14.1, MPL-2.0, unchanged; it goes into tests alone.
package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed axe.min.js
var axe string

// patience is how long a page may take to show what is waited for. It bounds a
// test that fails; nothing is measured by it.
const patience = 30 * time.Second

// programs are the browsers that Debian ships.
var programs = []string{"chromium-headless-shell", "chromium"}

var browser = sync.OnceValues(func() (context.Context, error) {
	path := ""
	for _, p := range programs {
		if found, err := exec.LookPath(p); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, fmt.Errorf("none of %s is installed", strings.Join(programs, ", "))
	}
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	options = append(options, chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.WindowSize(1360, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "zh-CN"))
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	return ctx, chromedp.Do(ctx) // starts it; it ends with the process
})

// Tab is a window of a browser of its own, with its own cookies.
type Tab struct {
	testing.TB
	ctx  context.Context
	base string

	mu       sync.Mutex
	messages []string
}

// Open opens a tab on the site at base. Without a browser the test is skipped,
// or fails when PILOTZONE_REQUIRE_BROWSER is set. At the end the test fails if
// the console held an error.
func Open(t testing.TB, base string) *Tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		if os.Getenv("PILOTZONE_REQUIRE_BROWSER") != "" {
			t.Fatal(err)
		}
		t.Skip("no browser: ", err)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	tab := &Tab{TB: t, ctx: ctx, base: strings.TrimSuffix(base, "/")}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" || strings.Contains(m.Text, "Content Security Policy") {
				tab.mu.Lock()
				tab.messages = append(tab.messages, m.String())
				tab.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		if t.Failed() {
			tab.picture()
		}
		cancel()
		for _, m := range tab.Messages() {
			t.Errorf("the console says: %s", m)
		}
	})
	return tab
}

// Messages are the errors that the console held, and are forgotten by it.
func (b *Tab) Messages() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.messages
	b.messages = nil
	return out
}

// Context is the tab's, for what this package has no word for.
func (b *Tab) Context() context.Context { return b.ctx }

// do runs steps within the patience, and fails the test with what was tried.
func (b *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.Fatalf("%s: %v\n%s", what, err, b.where())
	}
}

func (b *Tab) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1500)`))
	return text
}

// Go opens a page of the site.
func (b *Tab) Go(path string) *Tab {
	b.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.base + path
	}
	b.do("open "+path, chromedp.Navigate(path))
	return b
}

// Click clicks what a CSS selector finds.
func (b *Tab) Click(css string) *Tab {
	b.Helper()
	b.do("click "+css, chromedp.WaitVisible(chromedp.CSS(css)), chromedp.Click(chromedp.CSS(css)))
	return b
}

// Press clicks the button or link with a word: one of the page rather than one
// of the frame around it, and one that says just that rather than one that
// contains it.
func (b *Tab) Press(word string) *Tab {
	b.Helper()
	expression := fmt.Sprintf(`(() => { const want = %q; const all = ["main", "header", "nav"].flatMap(p => ["button", "a", "summary"].flatMap(e => [...document.querySelectorAll(p + " " + e)]));
		const el = all.find(e => e.innerText.trim() === want) ?? all.find(e => e.innerText.includes(want));
		if (!el) return false; el.scrollIntoView({block: "center"}); el.click(); return true })()`, word)
	b.waitFor("press "+word, expression)
	return b
}

// Type empties a field and types into it.
func (b *Tab) Type(css, text string) *Tab {
	b.Helper()
	b.waitFor("empty "+css, fmt.Sprintf(`(() => { const el = document.querySelector(%q); if (!el) return false; el.value = ""; el.focus(); return true })()`, css))
	b.do("type into "+css, chromedp.SendKeys(chromedp.CSS(css), text))
	return b
}

// Choose sets a select or a date to a value.
func (b *Tab) Choose(css, value string) *Tab {
	b.Helper()
	b.waitFor("choose "+css, fmt.Sprintf(`(() => { const el = document.querySelector(%q); if (!el) return false; el.value = %q;
		el.dispatchEvent(new Event("change", {bubbles: true})); return el.value === %q })()`, css, value, value))
	return b
}

// Keys presses keys one after the other: a text, or one of kb's keys.
func (b *Tab) Keys(keys string) *Tab {
	b.Helper()
	b.do("press keys", chromedp.KeyEvent(keys))
	return b
}

// Upload gives a file input its files.
func (b *Tab) Upload(css string, files ...string) *Tab {
	b.Helper()
	b.do("upload into "+css, chromedp.SetUploadFiles(chromedp.CSS(css), files))
	return b
}

// See waits until the page shows a text.
func (b *Tab) See(texts ...string) *Tab {
	b.Helper()
	for _, text := range texts {
		b.waitFor("see "+text, fmt.Sprintf(`!!document.body && document.body.innerText.includes(%q)`, text))
	}
	return b
}

// Find waits until a CSS selector finds something.
func (b *Tab) Find(css string) *Tab {
	b.Helper()
	b.waitFor("find "+css, fmt.Sprintf(`!!document.querySelector(%q)`, css))
	return b
}

// Loaded waits until the page and its scripts are there.
func (b *Tab) Loaded() *Tab {
	b.Helper()
	b.waitFor("load", `document.readyState === "complete"`)
	return b
}

// Has tells whether the page shows a text now.
func (b *Tab) Has(text string) bool {
	return Eval[bool](b, fmt.Sprintf(`document.body.innerText.includes(%q)`, text))
}

// Text is the text of what a CSS selector finds.
func (b *Tab) Text(css string) string {
	b.Helper()
	b.Find(css)
	return Eval[string](b, fmt.Sprintf(`document.querySelector(%q).innerText`, css))
}

// Path is the address of the page without its host.
func (b *Tab) Path() string { return Eval[string](b, `location.pathname + location.search`) }

// Eval evaluates an expression in the page.
func Eval[T any](b *Tab, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// waitFor waits until an expression is true, over loads of pages.
func (b *Tab) waitFor(what, expression string) {
	b.Helper()
	end := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && ok {
			return
		}
		if time.Now().After(end) {
			b.Fatalf("%s: not within %s (%v)\n%s", what, patience, err, b.where())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Axe fails the test for every fault of accessibility that axe-core finds.
func (b *Tab) Axe() *Tab {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe+"; true")); err != nil {
		b.Fatal("axe: ", err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v =>
		({id: v.id, help: v.help, nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + " | " + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? ""))}))))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal("axe: ", err)
	}
	var list []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		b.Fatal("axe: ", err)
	}
	for _, v := range list {
		b.Errorf("%s: axe %s: %s\n\t%s", b.Path(), v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
	return b
}

// Size sets the size of the window.
func (b *Tab) Size(width, height int64) *Tab {
	b.do("size", chromedp.EmulateViewport(width, height))
	return b
}

// NoScripts switches the scripts of pages off.
func (b *Tab) NoScripts() *Tab {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		b.Fatal(err)
	}
	return b
}

// Shot writes a picture of the page into a PNG file.
func (b *Tab) Shot(file string) *Tab {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal("screenshot: ", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.Fatal(err)
	}
	return b
}

// picture leaves a picture of a test that failed.
func (b *Tab) picture() {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return
	}
	file := filepath.Join(os.TempDir(), "pilotzone-"+strings.NewReplacer("/", "-", " ", "-").Replace(b.Name())+".png")
	if os.WriteFile(file, png, 0o600) == nil {
		b.Logf("a picture of the page: %s", file)
	}
}
