package dashboard_test

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/console/pagetest"
)

// The dashboard counts the day, and every number opens to as many parcels.
func TestEveryNumberOpens(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	for _, who := range []string{"officer", "merchant"} {
		page := s.Fine(who, "/dashboard")
		links := regexp.MustCompile(`href="(/parcels\?[^"]*)"[^>]*>\s*([0-9,]+)\s*</a>`).FindAllStringSubmatch(string(page.Body), -1)
		if len(links) < 15 {
			t.Fatalf("%s: only %d numbers open\n%s", who, len(links), page.Page.Text())
		}
		for _, l := range links {
			list := s.Get(who, html.UnescapeString(l[1]))
			if !list.Has("包裹（" + l[2] + "）") {
				title := regexp.MustCompile(`<h1[^>]*>([^<]*)`).FindStringSubmatch(string(list.Body))
				t.Errorf("%s: %s says %s and opens to %v", who, html.UnescapeString(l[1]), l[2], title)
			}
		}
	}
	all := s.All()
	released := 0
	for _, p := range all {
		if p.State == clearance.Released {
			released++
		}
	}
	page := s.Get("officer", "/dashboard")
	if !page.Has("申报包裹", fmt.Sprint(len(all)), fmt.Sprintf(">%d</a>", released), "九成不超过", "数据截至", "CEB311", "收到的单证", `hx-trigger="every 10s"`, "33 香化及化妆品") {
		t.Errorf("the board\n%s", page.Page.Text())
	}
	if strings.Contains(page.Page.Text(), "尚未计入") {
		t.Error("something is not counted")
	}
	if s.Get("merchant", "/dashboard").Has("收到的单证") {
		t.Error("an enterprise sees the zone's documents")
	}
	part := s.Get("officer", "/dashboard", "HX-Request", "true")
	if !part.Has(`<div id="figures"`) || part.Has("<html") {
		t.Errorf("the part\n%.300s", part.Body)
	}
}

// Other days, days without anything, and strangers.
func TestDaysAndStrangers(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	for who, path := range map[string]string{"officer": "/dashboard?day=2026-11-21", "stranger": "/dashboard"} {
		page := s.Fine(who, path)
		if !page.Has("当日没有数据", "没有退单") || regexp.MustCompile(`figure-value[^>]*>[1-9]`).Match(page.Body) {
			t.Errorf("%s sees on %s\n%s", who, path, page.Page.Text())
		}
	}
	if a := s.Get("officer", "/dashboard?day=x"); a.Status != 422 {
		t.Errorf("%d", a.Status)
	}
	if a := s.Get("officer", "/dashboard?day=2026-11-21"); !a.Has("回到今天", `data-chart="/dashboard/charts/flow?day=2026-11-21"`) {
		t.Error("the day is not kept")
	}
}

// Charts answer with options whose points open to parcels, and say the same as
// the tables.
func TestCharts(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	for _, name := range []string{"flow", "mode", "country", "goods", "routes"} {
		a := s.Get("officer", "/dashboard/charts/"+name)
		var option struct {
			Series []struct {
				Name string
				Data []struct {
					Value any
					Href  string
				}
				Links []struct{ Value int64 }
			}
		}
		if err := json.Unmarshal(a.Body, &option); err != nil || a.Status != 200 || len(option.Series) == 0 {
			t.Errorf("%s: %d %v %.200s", name, a.Status, err, a.Body)
			continue
		}
		var sum float64
		for _, d := range option.Series[0].Data {
			if v, ok := d.Value.(float64); ok {
				sum += v
			}
			if name != "routes" && !strings.HasPrefix(d.Href, "/parcels?") {
				t.Errorf("%s: a point opens to %q", name, d.Href)
			}
		}
		if name == "flow" && sum != float64(len(s.All())) {
			t.Errorf("the flow adds up to %v, want %d", sum, len(s.All()))
		}
	}
	if a := s.Get("officer", "/dashboard/charts/none"); a.Status != 404 {
		t.Errorf("%d", a.Status)
	}
}

// The wall screen stands alone, comes anew by itself and says how old it is.
func TestWall(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	page := s.Fine("officer", "/wall")
	if !page.Has(`data-bs-theme="dark"`, `class="wall"`, "data-age=", "数据截至", `hx-trigger="every 5s"`, "/dashboard/charts/flow", "/dashboard/charts/routes", "主要商品") || page.Has("<nav") {
		t.Errorf("%.2000s", page.Body)
	}
	for part, want := range map[string]string{"/wall": `<div id="wall-figures"`, "/wall?part=ranks": `<div id="wall-ranks"`} {
		if a := s.Get("officer", part, "HX-Request", "true"); !a.Has(want) || a.Has("<html") {
			t.Errorf("%s: %.200s", part, a.Body)
		}
	}
}
