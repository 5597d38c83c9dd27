package rulebook

import (
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// Entry is one rule of a set as a person looks for it: a value of a parameter, a
// table, a version of an item.
type Entry struct {
	Kind     string // parameter, table, or the kind of an item
	Name     string
	Title    pack.Text
	Value    string // of a parameter with its unit; number of rows of a table; nothing of an item
	From, To clock.Day
	Source   pack.Source
	Mark     pack.Mark
	Pack     string // version of the pack that lays it down
	File     string // where it stands in that pack; empty for parameters
	Line     int
	Detail   string // an item as its file has it
	InForce  bool   // on the day asked for
}

// Query says which rules to find. The zero value finds all.
type Query struct {
	Text    string // in name, title, value, source or content
	Kind    string
	Name    string
	Day     clock.Day
	History bool // also what is not in force on the day
}

// Kinds are the kinds that a query may name.
func Kinds() []string { return append([]string{"parameter", "table"}, pack.Kinds()...) }

// Find lists the rules of a set, by kind, name and first day.
func Find(set *pack.Set, q Query) []Entry {
	var out []Entry
	text := strings.ToLower(strings.TrimSpace(q.Text))
	add := func(e Entry) {
		e.InForce = e.From <= q.Day && (e.To == 0 || q.Day <= e.To)
		if q.Kind != "" && q.Kind != e.Kind || q.Name != "" && q.Name != e.Name || !q.History && !e.InForce {
			return
		}
		if text != "" && !strings.Contains(strings.ToLower(strings.Join([]string{e.Name, e.Title.ZH, e.Title.EN, e.Value, e.Source.String(), e.Pack, e.Detail}, "\x00")), text) {
			return
		}
		out = append(out, e)
	}
	for _, name := range set.Params() {
		p, _ := set.Describe(name)
		for _, v := range set.History(name) {
			add(Entry{Kind: "parameter", Name: name, Title: p.Meaning, Value: strings.TrimSpace(v.Text + " " + unitOf(p)), From: v.From, To: v.To, Source: v.Source, Mark: v.Mark, Pack: v.Pack})
		}
	}
	for _, name := range set.Tables() {
		t, _ := set.Table(name)
		add(Entry{Kind: "table", Name: name, Title: t.Title, Value: strconv.Itoa(t.Len()), From: t.From, To: t.To, Source: t.Source, Mark: t.Mark, File: t.File, Detail: columns(t)})
	}
	for _, kind := range pack.Kinds() {
		for _, i := range set.Items(kind) {
			add(Entry{Kind: kind, Name: i.ID, Title: i.Title, From: i.From, To: i.To, Source: i.Source, Mark: i.Mark, Pack: i.Pack, File: i.File, Line: i.Line, Detail: i.YAML()})
		}
	}
	return out
}

// unitOf is the unit of a parameter for people.
func unitOf(p *pack.Param) string {
	if p.Unit == "" && p.Type == pack.Fen {
		return "元"
	}
	return p.Unit
}

// columns names the columns of a table.
func columns(t *pack.Table) string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// Row is a row of a table as a person looks for it.
type Row struct {
	Cells    []string // in the order of the columns
	From, To clock.Day
	Source   pack.Source
	Mark     pack.Mark
	Pack     string
}

// Rows finds the rows of a table in force on a day that hold a text in some
// cell, at most limit; more tells whether there are others.
func Rows(t *pack.Table, text string, day clock.Day, limit int) (out []Row, more bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	for r := range t.On(day) {
		cells := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			cells[i] = r.Text(c.Name)
		}
		if text != "" && !slices.ContainsFunc(cells, func(c string) bool { return strings.Contains(strings.ToLower(c), text) }) {
			continue
		}
		if len(out) == limit {
			return out, true
		}
		out = append(out, Row{cells, r.From(), r.To(), r.Source(), r.Mark(), r.Pack()})
	}
	return out, false
}
