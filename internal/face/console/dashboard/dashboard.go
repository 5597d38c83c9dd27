// Package dashboard is the figures of the day (运行看板) and the screen on the wall
// (大屏): what was declared and released, what is held and why, how long release
// takes, and what it is worth by mode, country and goods.
//
// Invariants: figures are of what the table of permissions reaches for the
// caller; every number opens to the parcels that it counts, for those who may see
// parcels; each says up to when it is complete.
package dashboard

import (
	"encoding/json"
	"net/http"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/oversight/stats"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Oversight, Path: "/dashboard", ZH: "运行看板", EN: "Dashboard", Icon: "chart-bar", Need: access.StatsRead},
		ui.Item{Group: ui.Oversight, Path: "/wall", ZH: "大屏", EN: "Wall screen", Icon: "device-tv", Need: access.StatsRead})
	s.Get("/dashboard", access.StatsRead, p.dashboard)
	s.Get("/dashboard/charts/{name}", access.StatsRead, p.chart)
	s.Get("/wall", access.StatsRead, p.wall)
}

func (p *pages) dashboard(w http.ResponseWriter, r *http.Request) error {
	b, err := p.board(r)
	if err != nil {
		return err
	}
	if ui.Partial(r) {
		return p.Fragment(w, r, figures(b))
	}
	day := b.query.From.String()
	return p.Show(w, r, ui.View{Title: ui.T("运行看板 "+day, "Dashboard "+day), Wide: true, Charts: true, Body: page(b)})
}

func (p *pages) wall(w http.ResponseWriter, r *http.Request) error {
	b, err := p.board(r)
	if err != nil {
		return err
	}
	if ui.Partial(r) {
		if r.URL.Query().Get("part") == "ranks" {
			return p.Fragment(w, r, wallRanks(b))
		}
		return p.Fragment(w, r, wallFigures(b))
	}
	zone := ui.T("跨境电子商务综合试验区", "Cross-border e-commerce pilot zone")
	if p.Zone != nil {
		zone = p.Zone()
	}
	return p.Show(w, r, ui.View{Title: ui.T("大屏", "Wall screen"), Wall: true, Charts: true, Script: "wall.js", Body: wall(b, zone)})
}

// chart answers with the option of a chart.
func (p *pages) chart(w http.ResponseWriter, r *http.Request) error {
	b, err := p.board(r)
	if err != nil {
		return err
	}
	var option map[string]any
	switch r.PathValue("name") {
	case "flow":
		option = b.flow(r.Context())
	case "mode":
		option = b.bars(r.Context(), lookup.ByMode, b.standing[lookup.ByMode])
	case "country":
		option = b.bars(r.Context(), lookup.ByCountry, b.standing[lookup.ByCountry])
	case "goods":
		option = b.bars(r.Context(), lookup.ByGoods, stats.Chapters(b.standing[lookup.ByGoods]))
	case "routes":
		if option, err = p.routes(r.Context(), b); err != nil {
			return err
		}
	default:
		return ui.NotFound()
	}
	if r.URL.Query().Get("wall") != "" {
		enlarge(option)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(option)
}
