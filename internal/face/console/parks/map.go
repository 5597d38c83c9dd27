package parks

import (
	"pilotzone/internal/growth/park"
	"pilotzone/internal/growth/park/basemap"
)

// drawing is the map of some places: lines of the base map or a grid, and a mark a
// place.
type drawing struct {
	width, height        string
	areas, lines         []string
	meridians, parallels []basemap.Mark
	marks                []mark
	base                 bool   // a base map was loaded
	approval             string // 审图号 of it
	absent               int    // places without coordinates
}

// mark is a place on the drawing.
type mark struct {
	*park.Place
	number      int
	x, y, below string
}

const mapWidth = 800

// draw makes the map of places; nil if none has coordinates.
func (p *pages) draw(places []*park.Place) *drawing {
	var points []basemap.Point
	for _, place := range places {
		if place.At.Known() {
			points = append(points, basemap.Point{Lon: float64(place.At.Lon) / 1e6, Lat: float64(place.At.Lat) / 1e6})
		}
	}
	if len(points) == 0 {
		return nil
	}
	plane := basemap.Fit(points, mapWidth)
	d := &drawing{width: basemap.Number(plane.Width), height: basemap.Number(plane.Height), absent: len(places) - len(points)}
	if base := p.zone.BaseMap; base != nil {
		d.base, d.approval = true, base.Approval
		d.areas, d.lines = plane.Paths(base)
	}
	d.meridians, d.parallels = plane.Grid()
	for n, place := range places {
		if !place.At.Known() {
			continue
		}
		x, y := plane.At(basemap.Point{Lon: float64(place.At.Lon) / 1e6, Lat: float64(place.At.Lat) / 1e6})
		d.marks = append(d.marks, mark{Place: place, number: n + 1, x: basemap.Number(x), y: basemap.Number(y), below: basemap.Number(y + 4)})
	}
	return d
}

// fill is the colour of a kind of place on the map; its word and number stand
// beside it in the list.
func fill(k park.Kind) string {
	switch k {
	case park.Park:
		return "#206bc4"
	case park.Node:
		return "#ae3ec9"
	case park.Overseas, park.Consolidation:
		return "#0b7285"
	}
	return "#2b8a3e"
}
