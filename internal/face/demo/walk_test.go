package demo

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/sheets"
	"pilotzone/internal/face/site"
	"pilotzone/internal/kernel/access"
	"pilotzone/test/browser/htmlcheck"
)

// uploaded uploads messages as a file, one of them spoilt, and waits for the end
// of the job, whose work and result stay in the store.
func uploaded(t *testing.T, d *Demo) {
	t.Helper()
	first, _ := d.gen.AppendMessage(nil, d.gen.Kind(100, 311), 100, 1)
	second, _ := d.gen.AppendMessage(nil, d.gen.Kind(101, 311), 101, 1)
	data := append(append(first, bytes.Replace(second, []byte("currency>"), []byte("curency>"), 1)...), []byte("<broken")...)
	var codes []string
	for _, e := range d.gen.Zone().Enterprises {
		codes = append(codes, e.Code)
	}
	who := &access.Principal{ID: "clerk", Org: "org", Roles: []access.Role{access.Clerk}, Codes: codes}
	for _, policy := range []sheets.Policy{sheets.GoodRows, sheets.OnlyCheck} {
		j, err := d.Zone.Uploads.Upload(t.Context(), who, "f.xml", data, policy)
		for end := time.Now().Add(30 * time.Second); err == nil && !j.State.Over(); time.Sleep(5 * time.Millisecond) {
			if j, err = d.Zone.Jobs.Get(t.Context(), j.ID); time.Now().After(end) {
				t.Fatalf("the job does not end: %+v", j)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// walk opens what every role can open: the pages of the navigation, where they
// lead, and the exports. A visitor asks for a pre-flight besides, whose answer is
// the visitor's own; nothing of it may stay.
func walk(t *testing.T, d *Demo, s *site.Site, f *finder) (answers int) {
	t.Helper()
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	message, _ := d.gen.AppendMessage(nil, d.gen.Kind(200, 311), 200, 1)
	for _, v := range append([]LogIn{{Login: ""}}, LogIns()...) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &walker{t: t, f: f, client: &http.Client{Jar: jar}, base: server.URL, who: v.Login, seen: map[string]bool{}}
		if v.Login == "" {
			c.preflight(message)
		} else {
			c.signIn(v.Login, d.Password)
		}
		for _, path := range append(s.Shell.Paths(), "/parcels/export.csv", "/parcels/export.xlsx", "/audit.csv") {
			for _, link := range c.open(path) {
				if len(c.seen) < 60 {
					c.open(link)
				}
			}
		}
		answers += c.answers
	}
	return answers
}

// walker is somebody who opens pages.
type walker struct {
	t       *testing.T
	f       *finder
	client  *http.Client
	base    string
	who     string
	seen    map[string]bool
	answers int
}

var number = regexp.MustCompile(`\d+`)

// open opens a page, looks through it and returns where it leads.
func (c *walker) open(path string) []string {
	c.t.Helper()
	if c.seen[path] || strings.HasPrefix(path, "/sign-out") {
		return nil
	}
	c.seen[path] = true
	resp, err := c.client.Get(c.base + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode >= 500 {
		c.t.Errorf("%s as %s: %s", path, c.who, resp.Status)
	}
	if resp.StatusCode == http.StatusOK {
		c.answers++
	}
	c.f.look(number.ReplaceAllString(path, "N")+" as "+c.who, body, depth)
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	page, err := htmlcheck.Read(bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	links := page.Links()
	return links[:min(len(links), 40)]
}

func (c *walker) signIn(login, password string) {
	c.t.Helper()
	resp, err := c.client.PostForm(c.base+"/sign-in", url.Values{"login": {login}, "password": {password}})
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if strings.HasPrefix(resp.Request.URL.Path, "/sign-in") {
		c.t.Fatalf("%s can't sign in: %s", login, resp.Status)
	}
}

func (c *walker) preflight(message []byte) {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("files", "order.xml")
	if err != nil {
		c.t.Fatal(err)
	}
	part.Write(slices.Clone(message))
	form.Close()
	resp, err := c.client.Post(c.base+"/preflight", form.FormDataContentType(), &body)
	if err != nil {
		c.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		c.t.Errorf("pre-flight: %s", resp.Status)
	}
}
