package draft

import (
	"regexp"
	"strconv"
	"strings"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
)

// Severity says what a defect does.
type Severity string

// The severities.
const (
	Refuses Severity = "refuses" // the document or the list is refused 退单
	Reviews Severity = "reviews" // a person looks at it 转人工
	Notes   Severity = "notes"   // only said 提示
)

// Defect is one thing to say about a document, with where it stands (问题).
type Defect struct {
	Code     string   `json:"code" doc:"Official code where there is one, else the platform's own."`
	Official bool     `json:"official" doc:"The code is customs' own."`
	Severity Severity `json:"severity" enum:"refuses,reviews,notes"`
	ZH       string   `json:"zh"`
	EN       string   `json:"en"`
	FixZH    string   `json:"fix_zh,omitempty"`
	FixEN    string   `json:"fix_en,omitempty"`
	Kind     int      `json:"kind,omitempty" doc:"Kind of document, such as 621."`
	Number   string   `json:"number,omitempty" doc:"Number of the document."`
	File     string   `json:"file,omitempty"`
	Path     string   `json:"path,omitempty" doc:"Element or JSON pointer."`
	Line     int      `json:"line,omitempty" doc:"Line of the file, from 1."`
	Sheet    string   `json:"sheet,omitempty"`
	Cell     string   `json:"cell,omitempty"`
	Context  string   `json:"context,omitempty" doc:"The line itself."`
	Further  bool     `json:"further,omitempty" doc:"Found on the supposition that the other defects are mended."`
}

// At puts the defect at a place.
func (d Defect) At(p Place) Defect {
	d.Path, d.Line, d.Sheet, d.Cell, d.Context = p.Path, p.Line, p.Sheet, p.Cell, p.Context
	return d
}

// OfReason says a reason of the platform as a defect.
func OfReason(r clearance.Reason, s Severity) Defect {
	d := Defect{Code: r.Code, Official: clearance.Codes[r.Code].Official, Severity: s, ZH: r.Chinese(), EN: r.English()}
	d.FixZH, d.FixEN = r.Fix()
	return d
}

// OfSchema says a defect of the schema.
func OfSchema(c *ceb.Defect) Defect {
	return Defect{Code: c.Code, Severity: Refuses, ZH: c.ZH, EN: c.EN, FixZH: c.FixZH, FixEN: c.FixEN, Path: c.Path, Line: c.Line}
}

// byLine are the codes whose first value is the number of a line, with the
// field that they are about.
var byLine = map[string]string{"1322": "", "PZ1101": "totalPrice", "PZ1402": "gcode", "PZ1403": "unit1", "PZ1404": "unit2", "PZ1405": "unit2", "PZ1407": "gcode",
	"PZ1509": "gname", "PZ1601": "gcode", "PZ1602": "qty", "PZ1604": "price", "PZ1605": "gcode", "PZ1709": "gcode", "-301002": "gnum", "-621027": "gnum"}

// byHead are fields of the head that codes are about which do not name them.
var byHead = map[string]string{"PZ1401": "netWeight", "PZ1406": "assureCode", "1311": "assureCode", "1313": "buyerIdNumber", "1327": "payerIdNumber",
	"1332": "acturalPaid", "13035": "payCode", "13127": "buyerIdNumber", "130126": "buyerTelephone", "1300": "buyerIdNumber", "PZ1506": "logisticsNo",
	"PZ1507": "taxTotal", "PZ1508": "payTransactionId", "PZ1408": "tradeMode", "PZ1603": "copNo", "-621005": "copNo", "22001": "payCode",
	"PZ1009": "appStatus", "PZ1707": "charge"}

var word = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]+`)

// FieldOf finds what a reason about a document of a kind speaks of: the line (0
// is the head) and the field, "" when it speaks of the whole.
func FieldOf(k ceb.Kind, r clearance.Reason) (line int, field string) {
	s := ShapeOf(k)
	if s == nil {
		return 0, ""
	}
	if f, ok := byLine[r.Code]; ok && len(r.Args) > 0 {
		if n, err := strconv.Atoi(r.Args[0]); err == nil && n > 0 && len(s.Line) > 0 {
			if f == "" && len(r.Args) > 1 {
				f = named(r.Args[1], s.line)
			}
			if _, ok := s.line[f]; !ok {
				f = ""
			}
			return n, f
		}
	}
	for _, a := range r.Args {
		if f := named(a, s.head); f != "" {
			return 0, f
		}
	}
	if n, f := lineNamed(s, r); n > 0 {
		return n, f
	}
	if f := byHead[r.Code]; f != "" {
		if _, ok := s.head[f]; ok {
			return 0, f
		}
	}
	return 0, ""
}

var ordinal = regexp.MustCompile(`第(\d+)项`)

// lineNamed finds "第2项 gcode" and the like in a reason's values.
func lineNamed(s *Shape, r clearance.Reason) (int, string) {
	for _, a := range r.Args {
		m := ordinal.FindStringSubmatch(a)
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err == nil && n > 0 {
			return n, named(a, s.line)
		}
	}
	return 0, ""
}

func named(text string, in map[string]ceb.Field) string {
	for _, w := range word.FindAllString(text, 4) {
		if _, ok := in[w]; ok {
			return w
		}
	}
	return ""
}

var indexed = regexp.MustCompile(`^/[^/]+/([^/\[]+)\[(\d+)\](?:/([^/\[]+)(?:\[(\d+)\])?)?(?:/([^/\[]+))?`)

// OfPath finds what a path of a schema defect speaks of: document (from 1), line
// (0: head) and field.
func OfPath(k ceb.Kind, path string) (doc, line int, field string) {
	s := ShapeOf(k)
	m := indexed.FindStringSubmatch(path)
	if s == nil || m == nil || m[1] != s.Node {
		return 0, 0, ""
	}
	doc, _ = strconv.Atoi(m[2]) // digits by the expression
	switch {
	case s.HeadNode == "":
		return doc, 0, strings.TrimPrefix(m[3], "@")
	case s.LineNode != "" && m[3] == s.LineNode:
		line = 1
		if m[4] != "" {
			line, _ = strconv.Atoi(m[4]) // digits by the expression
		}
	}
	return doc, line, m[5]
}
