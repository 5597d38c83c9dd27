// Package names puts names to the codes that pages show: countries, customs
// districts, chapters of goods, enterprises, and reasons (名称与释义). They come from
// the packs in force, the filings and the core's own vocabulary.
package names

import (
	"strings"

	"pilotzone/internal/customs/clearance"
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
func (n Names) row(t refdata.CodeTable, code string) (ui.Text, bool) {
	table, ok := n.zone.Intake.Rules().Set().Table(t.String())
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
	if t, ok := n.row(refdata.Country, code); ok {
		return ui.T(t.ZH+" "+code, t.EN+" "+code)
	}
	return ui.T(code, code)
}

// District is a customs district by its four digits, with the code. Districts
// have Chinese names alone.
func (n Names) District(code string) ui.Text {
	if t, ok := n.row(refdata.District, code); ok {
		return ui.T(code+" "+t.ZH, code)
	}
	return ui.T(code, code)
}

// Enterprise is the filed name of an enterprise; "" if it is not filed.
func (n Names) Enterprise(code string) string { return n.zone.EnterpriseName(code) }

// Cause is what a reason code says in general, without the values of one case.
func Cause(code string) ui.Text {
	c, ok := clearance.Codes[code]
	if !ok {
		return ui.T(code, code)
	}
	return ui.T(general(c.ZH), general(c.EN))
}

// Fix is what mends a reason in general; empty where nothing can be done.
func Fix(code string) ui.Text {
	c := clearance.Codes[code]
	return ui.T(general(c.FixZH), general(c.FixEN))
}

// Official tells whether a code is customs' own.
func Official(code string) bool { return clearance.Codes[code].Official }

// general writes "…" where a case's values stand.
func general(text string) string {
	for _, place := range []string{"{1}", "{2}", "{3}", "{4}", "{5}", "{6}", "{7}", "{8}", "{9}"} {
		text = strings.ReplaceAll(text, place, "…")
	}
	return text
}
