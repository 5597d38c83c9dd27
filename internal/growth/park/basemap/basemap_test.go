package basemap_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotzone/internal/growth/park/basemap"
)

const square = `{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"name":"x"},"geometry":{"type":"Polygon","coordinates":[[[113,35],[114,35],[114,36],[113,36],[113,35]]]}},
 {"type":"Feature","geometry":{"type":"LineString","coordinates":[[113.1,35.1],[113.9,35.9]]}},
 {"type":"Feature","geometry":{"type":"Point","coordinates":[113,35]}},
 {"type":"Feature","geometry":null}]}`

func TestLinesAndAreasOfAFileAreDrawnAroundThePlaces(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "base.geojson")
	if err := os.WriteFile(file, []byte(square), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := basemap.Load(file, "GS(2026)0000")
	if err != nil {
		t.Fatal(err)
	}
	p := basemap.Fit([]basemap.Point{{Lon: 113.2, Lat: 35.2}, {Lon: 113.8, Lat: 35.8}}, 800)
	areas, lines := p.Paths(m)
	if len(areas) != 1 || len(lines) != 1 || !strings.HasPrefix(areas[0], "M") || !strings.HasSuffix(areas[0], "Z") || m.Approval == "" {
		t.Errorf("areas %v, lines %v", areas, lines)
	}
	far := basemap.Fit([]basemap.Point{{Lon: 109, Lat: 18}}, 800)
	if areas, lines := far.Paths(m); areas != nil || lines != nil {
		t.Errorf("what lies elsewhere is drawn: %v %v", areas, lines)
	}
}

func TestEveryPlaceLiesOnTheDrawing(t *testing.T) {
	t.Parallel()
	for name, points := range map[string][]basemap.Point{
		"one": {{109.4, 18.3}}, "two": {{113, 35}, {114, 36}}, "wide": {{73, 18}, {135, 54}}, "high": {{113, 20}, {113.1, 50}}, "none": nil,
	} {
		p := basemap.Fit(points, 800)
		for _, q := range points {
			if x, y := p.At(q); x < 0 || x > p.Width || name != "high" && (y < 0 || y > p.Height) {
				t.Errorf("%s: %v is at %v %v of %v %v", name, q, x, y, p.Width, p.Height)
			}
		}
		meridians, parallels := p.Grid()
		if len(meridians) < 2 || len(meridians) > 60 || len(parallels) > 60 || math.IsNaN(p.Height) {
			t.Errorf("%s: %d meridians, %d parallels", name, len(meridians), len(parallels))
		}
	}
}

func TestFilesThatAreNoMapsAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "no lines": `{"type":"FeatureCollection","features":[]}`, "no type": `{}`, "out of range": `{"type":"LineString","coordinates":[[200,1],[1,1]]}`,
		"one number": `{"type":"LineString","coordinates":[[1],[2]]}`, "topology": `{"type":"Topology"}`,
		"deep": strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 9) + strings.Repeat(`]}`, 9),
	} {
		if _, err := basemap.Parse(strings.NewReader(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(square))
	f.Add([]byte(`{"type":"MultiPolygon","coordinates":[[[[1,2],[3,4],[1,2]]]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := basemap.Parse(bytes.NewReader(data))
		if err != nil {
			return
		}
		p := basemap.Fit([]basemap.Point{{Lon: 113, Lat: 35}}, 800)
		areas, lines := p.Paths(m)
		for _, d := range append(areas, lines...) {
			if strings.Trim(d, "MLZ0123456789.- ") != "" {
				t.Errorf("path %q", d)
			}
		}
	})
}
