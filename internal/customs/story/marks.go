package story

import (
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
)

// place is a field that a reason speaks of.
type place struct {
	key    string
	line   int32
	papers []Role
}

// compare lays the documents side by side and puts the machine's reasons at
// their fields: those of the decision on the list where the shown versions are
// the ones that it judged, and those of a document's own answer where that
// version is shown.
func (s *Story) compare(decisions []*clearance.Decision) {
	s.Rows = s.rows()
	for i := range s.Papers {
		p := &s.Papers[i]
		if v := p.Version(); v != nil && p.Role != Arrival && p.Role != Departure {
			s.markAll(v.Reasons, v.Decision, p.Role, v.What != clearance.DocRefused)
		}
	}
	at := judgedAt(decisions)
	i := slices.IndexFunc(decisions, func(d *clearance.Decision) bool { return d.Seq == at })
	if at == 0 || i < 0 || !s.judgedShown() {
		return
	}
	d := decisions[i]
	hard := map[string]bool{}
	for _, r := range stopped(d) {
		hard[r.Code] = d.To != clearance.Released && d.To != clearance.Closed && d.To != clearance.Concluded
	}
	for _, r := range d.Reasons {
		s.markAll([]clearance.Reason{r}, d.Seq, NoRole, !hard[r.Code])
	}
}

// judgedShown tells whether the documents shown are the ones that were judged.
func (s *Story) judgedShown() bool {
	for i := range s.Papers {
		p := &s.Papers[i]
		switch p.Role {
		case Order, Payment, Waybill, List:
			if v := p.Version(); v != nil && !v.Counts {
				return false
			}
		}
	}
	return true
}

// markAll puts reasons at their places; own is the document whose answer they
// are, NoRole for the decision on the list.
func (s *Story) markAll(reasons []clearance.Reason, decision uint64, own Role, warning bool) {
	for _, r := range reasons {
		if r.Code == "PZ1501" || r.Code == "1800" || r.Code == "2600" {
			continue // said by the missing column, the state
		}
		m := Mark{Reason: r, Warning: warning, Decision: decision}
		found := false
		for _, at := range s.places(r, own) {
			m.Papers = at.papers
			found = s.mark(at, m) || found
		}
		if !found {
			if m.Papers = nil; own != NoRole {
				m.Papers = []Role{own}
			}
			s.General = append(s.General, m)
		}
	}
}

// mark marks one row; false if it is not shown.
func (s *Story) mark(at place, m Mark) bool {
	for i := range s.Rows {
		row := &s.Rows[i]
		if row.Key != at.key || row.Line != at.line {
			continue
		}
		row.Marks = append(row.Marks, m)
		for j := range s.Papers {
			if slices.Contains(at.papers, s.Papers[j].Role) && !s.Papers[j].Missing() {
				row.Cells[j].Marked = true
			}
		}
		return true
	}
	return false
}

// fixed are the places of reasons that always speak of the same fields.
var fixed = map[string][]place{
	"1320":   {{"lines", 0, []Role{Order, List}}},
	"1332":   {{"paid", 0, []Role{Order, Payment}}},
	"13035":  {{"pay_enterprise", 0, []Role{Order, Payment}}},
	"PZ1508": {{"pay_no", 0, []Role{Order, Payment}}},
	"130126": {{"buyer_phone", 0, []Role{Order, List}}},
	"PZ1401": {{"gross", 0, []Role{List}}, {"net", 0, []Role{List}}},
	"PZ1406": {{"guarantor", 0, []Role{List}}},
	"1311":   {{"guarantor", 0, []Role{List}}},
	"PZ1408": {{"mode", 0, []Role{List}}},
	"PZ1506": {{"waybill_no", 0, []Role{Waybill, List}}},
	"PZ1507": {{"tax_total", 0, []Role{Order}}},
	"PZ1703": {{"statistics", 0, []Role{List}}},
	"PZ1704": {{"goods_value", 0, []Role{List}}},
	"PZ1707": {{"paid", 0, []Role{Payment}}, {"goods_value", 0, []Role{Order}}},
	"PZ1708": {{"line_currency", 1, []Role{List}}},
	"22001":  {{"pay_enterprise", 0, []Role{Payment}}},
}

// ofLine are reasons whose first value is the number of a line of goods.
var ofLine = map[string]place{
	"PZ1402": {"code", 0, []Role{List}}, "PZ1403": {"unit1", 0, []Role{List}}, "PZ1404": {"unit2", 0, []Role{List}}, "PZ1405": {"unit2", 0, []Role{List}},
	"PZ1407": {"code", 0, []Role{List}}, "PZ1509": {"name", 0, []Role{Order, List}}, "PZ1601": {"code", 0, []Role{List}}, "PZ1602": {"code", 0, []Role{List}},
	"PZ1604": {"code", 0, []Role{List}}, "PZ1605": {"code", 0, []Role{List}}, "PZ1709": {"code", 0, []Role{List}},
}

// places finds the fields that a reason speaks of.
func (s *Story) places(r clearance.Reason, own Role) []place {
	if list, ok := fixed[r.Code]; ok {
		return list
	}
	arg := func(i int) string {
		if i < len(r.Args) {
			return r.Args[i]
		}
		return ""
	}
	if at, ok := ofLine[r.Code]; ok {
		at.line = number(arg(0))
		if at.key == "unit2" && s.raw("unit2", at.line, List) == "" {
			at.key = "unit1" // the field is missing: its neighbour stands for it
		}
		return []place{at}
	}
	switch r.Code {
	case "1322":
		return s.byElement(lastWord(arg(1)), number(arg(0)), Order, List)
	case "1327":
		return s.persons(Order, Payment)
	case "13127":
		return s.persons(Order, List)
	case "PZ1504":
		switch arg(0) {
		case "商品价格":
			return []place{{"goods_value", 0, []Role{Order, List}}}
		case "运杂费":
			return []place{{"freight", 0, []Role{Order, List}}}
		}
		if arg(1) == "运单" {
			return s.byElement(lastWord(arg(0)), 0, Order, Waybill)
		}
		return s.byElement(lastWord(arg(0)), 0, Order, List)
	case "PZ1505":
		other := Waybill
		if arg(1) == "清单" {
			other = List
		}
		return s.byElement(lastWord(arg(0)), 0, Order, other)
	case "PZ1101":
		return []place{{"total", number(arg(0)), []Role{own}}}
	case "1300", "-10102", "PZ1003", "PZ1002", "PZ1004", "PZ1005", "PZ1006", "PZ1008":
		return s.ownField(firstWord(arg(0)), arg(1), own)
	case "0002":
		return s.byPath(arg(0), own)
	}
	return nil
}

// persons are name and identity number, whichever differs between two papers.
func (s *Story) persons(a, b Role) (out []place) {
	for _, key := range []string{"buyer_name", "buyer_id"} {
		if s.raw(key, 0, a) != s.raw(key, 0, b) {
			out = append(out, place{key, 0, []Role{a, b}})
		}
	}
	return out
}

// byElement finds the row of an element.
func (s *Story) byElement(element string, line int32, papers ...Role) []place {
	list := headFields
	if line > 0 {
		list = lineFields
	}
	for i := range list {
		for _, r := range papers {
			if slices.Contains(strings.Split(list[i].elements[r], "|"), element) {
				return []place{{list[i].key, line, papers}}
			}
		}
	}
	return nil
}

// ownField is a field of one document, in its head or in the lines that have
// the value.
func (s *Story) ownField(element, value string, own Role) []place {
	if own == NoRole {
		own = List
	}
	p := s.Paper(own)
	if p == nil {
		return nil
	}
	if slices.Contains(namesOf(p.Kind).head, element) {
		return s.byElement(element, 0, own)
	}
	var out []place
	for _, l := range p.lines {
		if l[element] == value {
			out = append(out, s.byElement(element, number(l["gnum"]), own)...)
		}
	}
	return out
}

// byPath finds the row of a path of the schema's checker, such as
// /CEB621Message/Inventory[1]/InventoryList[2]/gcode.
func (s *Story) byPath(path string, own Role) []place {
	parts := strings.Split(path, "/")
	if len(parts) < 2 {
		return nil
	}
	element, node := parts[len(parts)-1], parts[len(parts)-2]
	if _, at, ok := strings.Cut(node, "["); ok && strings.Contains(node, "List[") {
		return s.byElement(element, number(strings.TrimSuffix(at, "]")), own)
	}
	return s.byElement(element, 0, own)
}

func number(text string) int32 {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

func firstWord(text string) string {
	first, _, _ := strings.Cut(text, " ")
	return first
}

func lastWord(text string) string { return text[strings.LastIndexByte(text, ' ')+1:] }
