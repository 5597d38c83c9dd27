package pack

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pilotzone/internal/kernel/clock"
)

// Change is one difference between two sets: a value that is added, changed or
// removed. Old is empty for what is new, New for what is gone.
type Change struct {
	What string // parameter, table, matter, or the kind of an item
	Name string // of the parameter, table, matter or item
	Key  string // of the row, or the first day of the version; empty for the whole
	Text Text   // title or meaning
	Old  string
	New  string
	From clock.Day // first day on which the difference can show; 0 = since ever
	Pack string    // that lays the new value down, or laid the old one
}

// mostRowChanges bounds the rows that are listed for one table; one more change
// then says how many there are.
const mostRowChanges = 200

// Diff lists what a new set changes against an old one, in the order of
// parameters, tables, items and matters.
func Diff(old, new *Set) []Change {
	var out []Change
	out = append(out, diffParams(old, new)...)
	for _, name := range union(old.Tables(), new.Tables()) {
		out = append(out, diffTable(old.tables[name], new.tables[name], name)...)
	}
	for _, kind := range kinds {
		out = append(out, diffItems(old.items[kind], new.items[kind])...)
	}
	return append(out, diffMatters(old, new)...)
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// values writes the history of a parameter by first day.
func (s *Set) values(name string) map[clock.Day]*Value {
	out := make(map[clock.Day]*Value)
	for _, p := range slices.Backward(s.params[name]) { // the pack above last
		for i := range p.Values {
			out[p.Values[i].From] = &p.Values[i]
		}
	}
	return out
}

func diffParams(old, new *Set) (out []Change) {
	for _, name := range union(old.Params(), new.Params()) {
		a, b := old.values(name), new.values(name)
		meaning := Text{}
		if p, ok := new.Describe(name); ok {
			meaning = p.Meaning
		} else if p, ok := old.Describe(name); ok {
			meaning = p.Meaning
		}
		for _, day := range slices.Sorted(maps.Keys(merged(a, b))) {
			x, y := a[day], b[day]
			if x != nil && y != nil && x.Text == y.Text && x.To == y.To && x.Source == y.Source && x.Mark == y.Mark {
				continue
			}
			c := Change{What: "parameter", Name: name, Key: dayText(day), Text: meaning, From: day}
			if x != nil {
				c.Old, c.Pack = valueText(x), x.Pack
			}
			if y != nil {
				c.New, c.Pack = valueText(y), y.Pack
			}
			out = append(out, c)
		}
	}
	return out
}

func merged[K comparable, V any](a, b map[K]V) map[K]V {
	out := maps.Clone(a)
	if out == nil {
		out = make(map[K]V)
	}
	maps.Copy(out, b)
	return out
}

func dayText(d clock.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func valueText(v *Value) string {
	text := v.Text
	if v.To != 0 {
		text += " → " + v.To.String()
	}
	return text + " · " + v.Source.String() + " · " + v.Mark.String()
}

// rows are the rows of a table by key and first day, as the file writes them.
func rowsOf(t *Table) map[string]*record {
	out := make(map[string]*record)
	if t == nil {
		return out
	}
	for _, list := range t.index {
		for _, i := range slices.Backward(list) { // the pack above last
			r := &t.rows[i]
			out[strings.ReplaceAll(r.key, keySeparator, ",")+"@"+dayText(r.from)] = r
		}
	}
	return out
}

func diffTable(old, new *Table, name string) (out []Change) {
	if old == new {
		return nil
	}
	title := Text{}
	for _, t := range []*Table{old, new} {
		if t != nil {
			title = t.Title
		}
	}
	a, b := rowsOf(old), rowsOf(new)
	more := 0
	for _, key := range slices.Sorted(maps.Keys(merged(a, b))) {
		x, y := a[key], b[key]
		if x != nil && y != nil && slices.Equal(x.values, y.values) && x.to == y.to {
			continue
		}
		if len(out) == mostRowChanges {
			more++
			continue
		}
		c := Change{What: "table", Name: name, Key: strings.TrimSuffix(key, "@"), Text: title}
		if x != nil {
			c.Old, c.From, c.Pack = strings.Join(x.values, ","), x.from, x.pack
		}
		if y != nil {
			c.New, c.From, c.Pack = strings.Join(y.values, ","), y.from, y.pack
		}
		out = append(out, c)
	}
	if more > 0 {
		out = append(out, Change{What: "table", Name: name, Text: title, New: fmt.Sprintf("+%d", more)})
	}
	return out
}

func diffItems(old, new []*Item) (out []Change) {
	index := func(list []*Item) map[string]*Item {
		out := make(map[string]*Item, len(list))
		for _, i := range list {
			out[i.ID+"@"+dayText(i.From)] = i
		}
		return out
	}
	a, b := index(old), index(new)
	for _, key := range slices.Sorted(maps.Keys(merged(a, b))) {
		x, y := a[key], b[key]
		if x != nil && y != nil && x.YAML() == y.YAML() {
			continue
		}
		i := cmp.Or(y, x)
		c := Change{What: i.Kind, Name: i.ID, Key: dayText(i.From), Text: i.Title, From: i.From, Pack: i.Pack}
		if x != nil {
			c.Old = x.YAML()
		}
		if y != nil {
			c.New = y.YAML()
		}
		out = append(out, c)
	}
	return out
}

func diffMatters(old, new *Set) (out []Change) {
	files := func(s *Set) flat { f, _ := s.MatterFiles().(flat); return f }
	a, b := files(old), files(new)
	for _, name := range slices.Sorted(maps.Keys(merged(a, b))) {
		if bytes.Equal(a[name], b[name]) {
			continue
		}
		out = append(out, Change{What: matterFolder, Name: strings.TrimSuffix(name, ".yaml"), Old: string(a[name]), New: string(b[name])})
	}
	return out
}

// Turn is a day on which something of a set begins or ends to hold.
type Turn struct {
	Day    clock.Day
	What   string // parameter, table, or the kind of an item
	Name   string
	Text   Text
	Begins string // what holds from the day on; empty if something only ends
	Ends   string // what held until the day before; empty if something only begins
	Rows   int    // of a table: how many rows turn
}

// Turns are the days from one on, until another one included, on which something
// changes by itself: what a person should know beforehand.
func (s *Set) Turns(from, until clock.Day) []Turn {
	var out []Turn
	in := func(d clock.Day) bool { return from <= d && d <= until }
	after := func(to clock.Day) clock.Day {
		if to == 0 {
			return 0
		}
		return to.AddDays(1)
	}
	for _, name := range s.Params() {
		p, _ := s.Describe(name)
		for day, v := range s.values(name) {
			if in(day) {
				out = append(out, Turn{Day: day, What: "parameter", Name: name, Text: p.Meaning, Begins: v.Text})
			}
			if d := after(v.To); in(d) {
				out = append(out, Turn{Day: d, What: "parameter", Name: name, Text: p.Meaning, Ends: v.Text})
			}
		}
	}
	for _, name := range s.Tables() {
		t := s.tables[name]
		days := make(map[clock.Day]int)
		for i := range t.rows {
			days[t.rows[i].from]++
			days[after(t.rows[i].to)]++
		}
		for d, n := range days {
			if in(d) && d != 0 {
				out = append(out, Turn{Day: d, What: "table", Name: name, Text: t.Title, Rows: n})
			}
		}
	}
	for _, kind := range kinds {
		for _, i := range s.items[kind] {
			if in(i.From) {
				out = append(out, Turn{Day: i.From, What: kind, Name: i.ID, Text: i.Title, Begins: i.Title.ZH})
			}
			if d := after(i.To); in(d) {
				out = append(out, Turn{Day: d, What: kind, Name: i.ID, Text: i.Title, Ends: i.Title.ZH})
			}
		}
	}
	slices.SortFunc(out, func(a, b Turn) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.What, b.What), cmp.Compare(a.Name, b.Name), cmp.Compare(b.Ends, a.Ends))
	})
	return out
}
