// Package names puts names to the codes that pages show: countries, customs
// districts, chapters of goods, enterprises, and reasons (名称与释义). They come from
// the packs in force, the filings and the core's own vocabulary.
package names

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/refdata"
)

// Names gives names.
type Names struct{ zone *zone.Zone }

// Of are the names of a zone.
func Of(z *zone.Zone) Names { return Names{z} }

// row reads a row of a code table that holds today.
func (n Names) row(name, code string) (ui.Text, bool) {
	table, ok := n.zone.Intake.Rules().Set().Table(name)
	if !ok {
		return ui.Text{}, false
	}
	row, ok := table.Get(clock.DayOf(n.zone.Config.Clock.Now()), code)
	if !ok {
		return ui.Text{}, false
	}
	zh, en := row.Text("name_zh"), row.Text("name_en")
	if zh == "" {
		return ui.Text{}, false
	}
	if en == "" {
		en = zh
	}
	return ui.T(zh, en), true
}

// Country is a country by customs' three digits, with the code.
func (n Names) Country(code string) ui.Text {
	if t, ok := n.row(refdata.Country.String(), code); ok {
		return ui.T(t.ZH+" "+code, t.EN+" "+code)
	}
	return ui.T(code, code)
}

// District is a customs district by its four digits, with the code. Districts
// have Chinese names alone.
func (n Names) District(code string) ui.Text {
	if t, ok := n.row(refdata.District.String(), code); ok {
		return ui.T(code+" "+t.ZH, code)
	}
	return ui.T(code, code)
}

// Division is a county or city by its division code 行政区划代码, with the code.
// Divisions have Chinese names alone.
func (n Names) Division(code string) templ.Component {
	t, _ := n.row(refdata.Division.String(), code)
	return ui.Division(t.ZH, code)
}

// Enterprise is the filed name of an enterprise; "" if it is not filed.
func (n Names) Enterprise(code string) string { return n.zone.EnterpriseName(code) }

// Cause is what a reason code says in general, without the values of one case.
func Cause(code string) ui.Text {
	c := lookup.Explain(code)
	return ui.T(c.ZH, c.EN)
}

// Fix is what mends a reason in general; empty where nothing can be done.
func Fix(code string) ui.Text {
	c := lookup.Explain(code)
	return ui.T(c.FixZH, c.FixEN)
}

// Official tells whether a code is customs' own.
func Official(code string) bool { return clearance.Codes[code].Official }

// Status is a receipt status 回执状态 in words, with its number.
func (n Names) Status(status int32) ui.Text {
	number := strconv.Itoa(int(status))
	code := number
	if status < 0 {
		code = "<0"
	}
	if t, ok := n.row("code_return_status", code); ok {
		return ui.T(number+" "+t.ZH, number+" "+t.EN)
	}
	return ui.T(number, number)
}

// Elements are the elements of a receipt's node by their place.
func Elements(k ceb.Kind) []string {
	root := ceb.Elements(k)
	if len(root) == 0 {
		return nil
	}
	node := root[0].Children
	if len(node) > 0 && len(node[0].Children) > 0 {
		node = node[0].Children
	}
	out := make([]string, len(node))
	for i, e := range node {
		out[i] = e.Name
	}
	return out
}

// Element is the text of a receipt's element; "" if it has none of that name.
func Element(n *clearance.ReceiptNode, name string) string {
	if i := slices.Index(Elements(n.Kind), name); i >= 0 && i < len(n.Fields) {
		return n.Fields[i]
	}
	return ""
}
