// Package basemap reads an operator's base map (底图) and puts places on a plane:
// GeoJSON polygons and lines in degrees become paths of a drawing of fixed width.
// The program brings no map: one that is shown to the public needs an approval
// number 审图号 (地图管理条例), which the operator of the platform has to hold.
//
// Invariants: a file is read bounded (size, points, depth); what is not a
// geometry of lines or areas is left out and never trusted; nothing is fetched.
package basemap

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

// The bounds of a file.
const (
	MostBytes  = 16 << 20
	MostPoints = 300_000
)

// Point is a place in degrees, longitude and latitude (WGS 84, or as the file has
// it).
type Point struct{ Lon, Lat float64 }

// Map is a base map: lines, of which closed ones bound areas. The zero Map is the
// empty one.
type Map struct {
	Approval string // 审图号, as the operator states it; "" none
	Lines    []Line
	points   int
}

// Line is a line or the edge of an area.
type Line struct {
	Points []Point
	Area   bool
}

// Load reads a GeoJSON file; approval is shown under the map.
func Load(path, approval string) (*Map, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := Parse(f)
	if m != nil {
		m.Approval = approval
	}
	return m, err
}

// geometry is what we take of any object of GeoJSON.
type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometry    json.RawMessage `json:"geometry"`
	Geometries  json.RawMessage `json:"geometries"`
	Features    json.RawMessage `json:"features"`
}

// Parse reads GeoJSON (RFC 7946): FeatureCollection, Feature or a geometry.
func Parse(r io.Reader) (*Map, error) {
	data, err := io.ReadAll(io.LimitReader(r, MostBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MostBytes {
		return nil, fmt.Errorf("the base map is larger than %d bytes (底图文件过大)", MostBytes)
	}
	m := &Map{}
	if err := m.read(data, 0); err != nil {
		return nil, fmt.Errorf("base map (底图): %w", err)
	}
	if len(m.Lines) == 0 {
		return nil, errors.New("the base map has no lines or areas (底图中没有线或面)")
	}
	return m, nil
}

// deepest bounds collections within collections.
const deepest = 6

func (m *Map) read(data []byte, depth int) error {
	if depth > deepest {
		return errors.New("it is nested too deep (嵌套过深)")
	}
	var g geometry
	if err := json.Unmarshal(data, &g); err != nil {
		return err
	}
	switch g.Type {
	case "FeatureCollection":
		return m.each(g.Features, depth)
	case "GeometryCollection":
		return m.each(g.Geometries, depth)
	case "Feature":
		if len(g.Geometry) == 0 || string(g.Geometry) == "null" {
			return nil
		}
		return m.read(g.Geometry, depth+1)
	case "LineString":
		return m.line(g.Coordinates, 0, false)
	case "MultiLineString":
		return m.line(g.Coordinates, 1, false)
	case "Polygon":
		return m.line(g.Coordinates, 1, true)
	case "MultiPolygon":
		return m.line(g.Coordinates, 2, true)
	case "Point", "MultiPoint":
		return nil
	}
	return fmt.Errorf("%q is no GeoJSON type (不是 GeoJSON 类型)", g.Type)
}

func (m *Map) each(list json.RawMessage, depth int) error {
	var items []json.RawMessage
	if len(list) > 0 {
		if err := json.Unmarshal(list, &items); err != nil {
			return err
		}
	}
	for _, item := range items {
		if err := m.read(item, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// line reads coordinates that are lists of lines, levels deep.
func (m *Map) line(data json.RawMessage, levels int, area bool) error {
	if levels > 0 {
		var parts []json.RawMessage
		if err := json.Unmarshal(data, &parts); err != nil {
			return err
		}
		for _, p := range parts {
			if err := m.line(p, levels-1, area); err != nil {
				return err
			}
		}
		return nil
	}
	var raw [][]float64
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if m.points += len(raw); m.points > MostPoints {
		return fmt.Errorf("it has more than %d points (坐标点过多)", MostPoints)
	}
	l := Line{Area: area, Points: make([]Point, 0, len(raw))}
	for _, c := range raw {
		if len(c) < 2 || math.Abs(c[0]) > 180 || math.Abs(c[1]) > 90 {
			return errors.New("a coordinate is out of range (坐标超出范围)")
		}
		l.Points = append(l.Points, Point{c[0], c[1]})
	}
	if len(l.Points) > 1 {
		m.Lines = append(m.Lines, l)
	}
	return nil
}

// Plane puts degrees onto a drawing: north is up, a degree of longitude is as wide
// as it is at the middle latitude.
type Plane struct {
	Width, Height  float64
	west, north    float64
	perLon, perLat float64
	east, south    float64
	step           float64 // of the grid, degrees
	latScale       float64
}

// Fit makes the plane of a width that shows all points, and of the map what lies
// around them.
func Fit(points []Point, width float64) *Plane {
	p := &Plane{Width: width, west: 180, east: -180, north: -90, south: 90}
	for _, q := range points {
		p.west, p.east = math.Min(p.west, q.Lon), math.Max(p.east, q.Lon)
		p.south, p.north = math.Min(p.south, q.Lat), math.Max(p.north, q.Lat)
	}
	if len(points) == 0 {
		p.west, p.east, p.south, p.north = 73, 135, 18, 54
	}
	pad := math.Max(math.Max(p.east-p.west, p.north-p.south)*0.12, 0.05)
	p.west, p.east, p.south, p.north = p.west-pad, p.east+pad, p.south-pad, p.north+pad
	p.latScale = math.Max(math.Cos((p.north+p.south)/2*math.Pi/180), 0.05)
	p.perLon = width / (p.east - p.west)
	p.perLat = p.perLon / p.latScale
	p.Height = math.Min(math.Max((p.north-p.south)*p.perLat, width/4), width*1.2)
	middle := (p.north + p.south) / 2
	p.north, p.south = middle+p.Height/p.perLat/2, middle-p.Height/p.perLat/2
	p.step = 10
	for _, s := range []float64{5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02} {
		if (p.east-p.west)/p.step < 4 {
			p.step = s
		}
	}
	return p
}

// At is where a point stands on the drawing.
func (p *Plane) At(q Point) (x, y float64) {
	return (q.Lon - p.west) * p.perLon, (p.north - q.Lat) * p.perLat
}

// Mark is a line of the grid with its degree.
type Mark struct {
	At    float64 // x of a meridian, y of a parallel
	Label string
}

// Grid are the meridians and parallels of the drawing.
func (p *Plane) Grid() (meridians, parallels []Mark) {
	digits := 0
	if p.step < 1 {
		digits = len(strconv.FormatFloat(p.step, 'f', -1, 64)) - 2
	}
	for n := math.Ceil(p.west / p.step); n*p.step < p.east; n++ {
		x, _ := p.At(Point{Lon: n * p.step})
		meridians = append(meridians, Mark{x, strconv.FormatFloat(n*p.step, 'f', digits, 64) + "°"})
	}
	for n := math.Ceil(p.south / p.step); n*p.step < p.north; n++ {
		_, y := p.At(Point{Lat: n * p.step})
		parallels = append(parallels, Mark{y, strconv.FormatFloat(n*p.step, 'f', digits, 64) + "°"})
	}
	return meridians, parallels
}

// Paths are the base map's lines on the drawing as SVG path data, those that lie
// outside left out: areas first.
func (p *Plane) Paths(m *Map) (areas, lines []string) {
	if m == nil {
		return nil, nil
	}
	for _, l := range m.Lines {
		if d := p.path(l); d != "" && l.Area {
			areas = append(areas, d)
		} else if d != "" {
			lines = append(lines, d)
		}
	}
	return areas, lines
}

func (p *Plane) path(l Line) string {
	west, east, south, north := 180.0, -180.0, 90.0, -90.0
	for _, q := range l.Points {
		west, east = math.Min(west, q.Lon), math.Max(east, q.Lon)
		south, north = math.Min(south, q.Lat), math.Max(north, q.Lat)
	}
	if west > p.east || east < p.west || south > p.north || north < p.south {
		return ""
	}
	var b strings.Builder
	lastX, lastY := math.Inf(-1), math.Inf(-1)
	for n, q := range l.Points {
		x, y := p.At(q)
		if math.Abs(x-lastX) < 0.5 && math.Abs(y-lastY) < 0.5 && n < len(l.Points)-1 {
			continue // closer than can be seen
		}
		lastX, lastY = x, y
		op := byte('L')
		if b.Len() == 0 {
			op = 'M'
		}
		b.WriteByte(op)
		b.WriteString(Number(x))
		b.WriteByte(' ')
		b.WriteString(Number(y))
	}
	if l.Area {
		b.WriteByte('Z')
	}
	return b.String()
}

// Number writes a coordinate of the drawing to a tenth.
func Number(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
