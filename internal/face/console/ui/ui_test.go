package ui_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/console/ui/internal/sheet"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/kernel/access"
)

// TestStyleSheetIsFresh: the sheet holds what the pages use; `go generate` writes
// it.
func TestStyleSheetIsFresh(t *testing.T) {
	t.Parallel()
	words, err := sheet.Words(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile("css/tabler.min.css")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("static/tabler.css")
	if err != nil {
		t.Fatal(err)
	}
	if sheet.Purge(string(whole), words) != string(kept) {
		t.Error("static/tabler.css is stale: go generate ./internal/face/console/ui")
	}
}

// TestPurgeKeepsWhatIsUsed holds the cutting of rules against plain cases.
func TestPurgeKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ css, words, want string }{
		{`.a{x:1}.b{x:2}`, "a", `.a{x:1}`},
		{`.a,.b .c,p{x:1}`, "b c", `.b .c,p{x:1}`},
		{`@media print{.a{x:1}.b{x:2}}`, "b", `@media print{.b{x:2}}`},
		{`@media print{.a{x:1}}`, "b", ``},
		{`.a:not(.z){x:1}`, "a", `.a:not(.z){x:1}`},
		{`.a{content:"}{"}.b{x:2}`, "b", `.b{x:2}`},
		{`@charset "UTF-8";/*! kept */p{x:1}`, "", `@charset "UTF-8";/*! kept */p{x:1}`},
		{`.col-md\:6{x:1}.mb-3{x:2}`, "mb-3", `.mb-3{x:2}`},
		{`.is(.a,.b) .c,.d{x:1}`, "is a c d", `.d{x:1}`},
	} {
		words, err := sheet.Words(fstest.MapFS{"x.templ": {Data: []byte(c.words)}})
		if err != nil {
			t.Fatal(err)
		}
		if got := sheet.Purge(c.css, words); got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.css, c.words, got, c.want)
		}
	}
}

func serve(t *testing.T) *httptest.Server {
	g := gate.New(gate.Config{})
	s := ui.New(ui.Config{Gate: g})
	s.Nav(ui.Item{Group: ui.Clearance, Path: "/here", ZH: "此处", EN: "Here", Icon: "home", Need: access.Public})
	s.Get("/here", access.Public, func(w http.ResponseWriter, r *http.Request) error {
		return s.Show(w, r, ui.View{Title: ui.T("此处", "Here"), Body: ui.Plain(ui.Say(r.Context(), "正文", "the text"))})
	})
	s.Get("/never", access.SystemRead, func(http.ResponseWriter, *http.Request) error { panic("reached") })
	s.Get("/fails", access.Public, func(http.ResponseWriter, *http.Request) error { return os.ErrClosed })
	s.Upload("/files", access.Public, 40<<20, func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, r.Body)
		return err
	})
	s.Post("/act", access.Public, func(w http.ResponseWriter, r *http.Request) error {
		return s.Done(w, r, "/here", ui.T("已完成", "It is done"))
	})
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return server
}

func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// TestPagesSpeakTheReadersLanguage: Chinese first, English by address and then
// by cookie, and never both at once.
func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	t.Parallel()
	server := serve(t)
	_, zh := get(t, server.URL+"/here")
	res, en := get(t, server.URL+"/here?lang=en")
	_, kept := get(t, server.URL+"/here", "Cookie", res.Cookies()[0].String())
	for _, c := range []struct{ body, has, hasNot string }{{zh, "正文", "the text"}, {en, "the text", "正文"}, {kept, "the text", "正文"}, {zh, `lang="zh-CN"`, `lang="en"`}, {en, `lang="en"`, `lang="zh-CN"`}} {
		if !strings.Contains(c.body, c.has) || strings.Contains(c.body, c.hasNot) {
			t.Errorf("want %q and not %q", c.has, c.hasNot)
		}
	}
}

// TestWhoMayNotIsLedToTheSignIn, and back afterwards; the navigation shows only
// what the reader may open.
func TestWhoMayNotIsLedToTheSignIn(t *testing.T) {
	t.Parallel()
	server := serve(t)
	res, _ := get(t, server.URL+"/never?a=1")
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/sign-in?next=%2Fnever%3Fa%3D1" {
		t.Errorf("%d to %s", res.StatusCode, res.Header.Get("Location"))
	}
}

// TestNobodyIsLedElsewhere: what a form or an address asks to go back to is a
// path of ours as browsers read it, who drop tabs and line ends.
func TestNobodyIsLedElsewhere(t *testing.T) {
	t.Parallel()
	server := serve(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for back, want := range map[string]string{
		"/here?q=%E4%B8%AD": "/here?q=%E4%B8%AD", "//evil.example": "/", "/\\evil.example": "/", "/\t/evil.example": "/", "\t//evil.example": "/", "/\n/evil.example": "/",
		"/\r/evil.example": "/", "/ /evil.example": "/", "/\x00/evil.example": "/", "https://evil.example": "/", "javascript:alert(1)": "/", "": "/",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/choose", strings.NewReader(url.Values{"back": {back}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Location"); got != want {
			t.Errorf("back to %q leads to %q, want %q", back, got, want)
		}
	}
}

// TestFilesOfVisitorsAreBounded: forms with files are read within a bound for
// all of them together.
func TestFilesOfVisitorsAreBounded(t *testing.T) {
	t.Parallel()
	server := serve(t)
	post := func(body io.Reader, size int64) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/files", body)
		if err != nil {
			return nil, err
		}
		req.ContentLength = size
		return http.DefaultClient.Do(req)
	}
	status := func(res *http.Response, err error) int {
		if err != nil {
			t.Error(err)
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	slow, send := io.Pipe()
	first := make(chan int)
	go func() { first <- status(post(slow, 40<<20)) }()
	// More than the buffers of the connection hold: the handler reads.
	if _, err := send.Write(make([]byte, 16<<20)); err != nil {
		t.Fatal(err)
	}
	if got := status(post(strings.NewReader("a"), -1)); got != http.StatusServiceUnavailable {
		t.Errorf("one more of unknown size: %d", got)
	}
	if got := status(post(strings.NewReader("a"), 1)); got != http.StatusOK {
		t.Errorf("one more that is small: %d", got)
	}
	if _, err := send.Write(make([]byte, 24<<20)); err != nil {
		t.Fatal(err)
	}
	send.Close()
	if got := <-first; got != http.StatusOK {
		t.Errorf("the first: %d", got)
	}
	if got := status(post(strings.NewReader("a"), -1)); got != http.StatusOK {
		t.Errorf("afterwards: %d", got)
	}
}

// TestFaultsAreSaidInWords: an error inside is a reference, never its text.
func TestFaultsAreSaidInWords(t *testing.T) {
	t.Parallel()
	server := serve(t)
	res, body := get(t, server.URL+"/fails")
	if res.StatusCode != 500 || !strings.Contains(body, "编号 P") || strings.Contains(body, os.ErrClosed.Error()) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, _ := get(t, server.URL+"/nowhere"); res.StatusCode != 404 {
		t.Errorf("%d", res.StatusCode)
	}
}

// TestWhatWasDoneIsSaidOnce and posts of other sites are refused.
func TestWhatWasDoneIsSaidOnce(t *testing.T) {
	t.Parallel()
	server := serve(t)
	post := func(header, value string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/act", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(header, value)
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	res := post("Accept", "text/html")
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Fatalf("%d %v", res.StatusCode, res.Cookies())
	}
	shown, body := get(t, server.URL+"/here", "Cookie", res.Cookies()[0].String())
	if !strings.Contains(body, "已完成") || shown.Cookies()[0].MaxAge >= 0 {
		t.Error("what was done is not said, or is said again")
	}
	if res := post("Sec-Fetch-Site", "cross-site"); res.StatusCode != 403 {
		t.Errorf("a post of another site: %d", res.StatusCode)
	}
}

// TestFirstPageIsSmall: under 100 KB over the wire with all that it loads.
func TestFirstPageIsSmall(t *testing.T) {
	t.Parallel()
	server := serve(t)
	_, body := get(t, server.URL+"/here", "Accept-Encoding", "gzip")
	total := len(body)
	for _, name := range []string{"theme.js", "tabler.css", "app.css", "mark.svg", "htmx.min.js", "app.js", "icons.svg"} {
		res, file := get(t, server.URL+ui.Asset(name), "Accept-Encoding", "gzip")
		if res.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %v", name, res.Header)
		}
		total += len(file)
	}
	if total > 100_000 {
		t.Errorf("%d bytes", total)
	}
	t.Logf("%d bytes", total)
}
