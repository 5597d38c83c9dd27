package console_test

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotzone/internal/face/api"
	"pilotzone/internal/face/console"
	"pilotzone/internal/face/demo"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/clock"
)

// world is a small zone whose day has been played, with its console.
type world struct {
	*console.Console
	whole   http.Handler // pages and API, as they are served
	demo    *demo.Demo
	summary *demo.Summary
}

var (
	once   sync.Once
	shared world
	broken error
	parts  []func()
)

func TestMain(m *testing.M) {
	m.Run()
	for _, stop := range parts {
		stop()
	}
}

// played plays one day for all tests of the package.
func played(t *testing.T) *world {
	t.Helper()
	once.Do(func() { broken = play() })
	if broken != nil {
		t.Fatal(broken)
	}
	return &shared
}

func play() error {
	ctx, stop := context.WithCancel(context.Background())
	parts = append(parts, stop)
	d, err := demo.Open(ctx, demo.Options{Parcels: 400, Tokens: []zone.Token{zonetest.Token("operator", "operator")}, Clock: clock.NewFixed(clock.Day(20261122).Time().Add(9 * time.Hour))})
	if err != nil {
		return err
	}
	parts = append(parts, func() { _ = d.Close(context.Background()) })
	shared.Console, shared.demo = console.Of(d.Zone), d
	g := api.Gate(d.Zone)
	api.New(d.Zone, g)
	shared.Console.Register(g)
	shared.whole = g
	if shared.summary, err = d.Play(ctx, nil); err != nil {
		return err
	}
	go func() { _ = shared.Flow.Follow(ctx, d.Zone.Intake, d.Zone.Reader()) }()
	for shared.Flow.Day().Decision < d.Zone.Intake.Durable() {
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// element is one element of a page, with the text in it.
type element struct {
	name string
	attr map[string]string
	text *strings.Builder
}

func (e *element) has(class string) bool {
	for _, c := range strings.Fields(e.attr["class"]) {
		if c == class {
			return true
		}
	}
	return false
}

// page is a page read as a browser without scripts would: its elements in
// order. Marks that do not close properly are a fault.
type page struct {
	t        *testing.T
	status   int
	header   http.Header
	body     string
	elements []*element
}

func get(t *testing.T, h http.Handler, path string) *page {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	p := &page{t: t, status: w.Code, header: w.Header(), body: w.Body.String()}
	if strings.HasPrefix(p.header.Get("Content-Type"), "text/html") && p.status != http.StatusSeeOther {
		p.read()
	}
	return p
}

func (p *page) read() {
	p.t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.Replace(p.body, "<!doctype html>", "", 1)))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "link", "input", "img"}, xml.HTMLEntity
	var open []*element
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			p.t.Fatalf("the page is not well-formed: %v\n%s", err, p.body)
		}
		switch v := token.(type) {
		case xml.StartElement:
			e := &element{name: v.Name.Local, attr: map[string]string{}, text: &strings.Builder{}}
			for _, a := range v.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			open, p.elements = append(open, e), append(p.elements, e)
		case xml.EndElement:
			if n := len(open); n == 0 || open[n-1].name != v.Name.Local {
				p.t.Fatalf("</%s> closes nothing", v.Name.Local)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text.Write(v)
			}
		}
	}
}

// find gives the elements of a selector: name, #id, .class or name.class.
func (p *page) find(selector string) (out []*element) {
	name, class, _ := strings.Cut(selector, ".")
	name, id, _ := strings.Cut(name, "#")
	for _, e := range p.elements {
		if (name == "" || e.name == name) && (id == "" || e.attr["id"] == id) && (class == "" || e.has(class)) {
			out = append(out, e)
		}
	}
	return out
}

// text is the text of the only element of a selector.
func (p *page) text(selector string) string {
	p.t.Helper()
	list := p.find(selector)
	if len(list) != 1 {
		p.t.Fatalf("%d elements %s in\n%s", len(list), selector, p.body)
	}
	return strings.Join(strings.Fields(list[0].text.String()), " ")
}
