package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"pilotzone/test/browser/browsertest"
)

// TestByKeysAlone signs in, finds a parcel and comes back without a mouse: the
// first key leads past the frame, what has the focus shows it, and "/" goes to
// the search box.
func TestByKeysAlone(t *testing.T) {
	t.Parallel()
	w := zone(t)
	focus := `document.activeElement.id || document.activeElement.innerText.trim()`
	b := browsertest.Open(t, w.url).Go("/sign-in")
	if got := browsertest.Eval[string](b.Keys(kb.Tab), focus); got != "跳到正文" {
		t.Errorf("the first key leads to %q", got)
	}
	if !browsertest.Eval[bool](b, `document.activeElement.getBoundingClientRect().left >= 0 && getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
		t.Error("the focus does not show")
	}
	b.Keys(kb.Enter)
	for i := 0; browsertest.Eval[string](b.Keys(kb.Tab), focus) != "login"; i++ {
		if i > 10 {
			t.Fatal("the login name is not reached by key")
		}
	}
	b.Keys("customs").Keys(kb.Tab).Keys(w.Password).Keys(kb.Enter).Find("a[href='/account']")
	b.Loaded().Keys("/")
	if got := browsertest.Eval[string](b, focus); got != "find" {
		t.Errorf(`"/" leads to %q`, got)
	}
	b.Type("#find", "3").Keys(kb.Enter).See("包裹 3").Loaded()
	// The menu of the person opens and closes by key, and gives the focus back.
	browsertest.Eval[bool](b, `(document.querySelector("details.drop summary").focus(), true)`)
	b.Keys(kb.Enter).Find("details.drop[open]").Keys(kb.Escape)
	if browsertest.Eval[bool](b, `!!document.querySelector("details.drop[open]") || !document.activeElement.matches("details.drop summary")`) {
		t.Error("Escape does not close the menu")
	}
}

// TestPagesReadWithoutScripts: with scripts off a list, a parcel and a form read
// and work.
func TestPagesReadWithoutScripts(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b := browsertest.Open(t, w.url).NoScripts()
	b.Go("/sign-in").Type("#login", "customs").Type("#password", w.Password).Click("main form button[type=submit]").Find("a[href='/account']")
	b.Go("/parcels?state=released").See("包裹（").Click("tbody a[href^='/parcels/']").See("单证并列比对", "放行")
	b.Go("/preflight").Find("main form button")
}
