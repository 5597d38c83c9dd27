package pack

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"pilotzone/internal/kernel/clock"
)

// Set is the packs that are switched on, resolved: for every parameter and
// table the pack above wins over the one below where that one allows it. A Set
// is immutable and safe for concurrent use.
type Set struct {
	packs   []*Pack
	version string
	params  map[string]layers
	tables  map[string]*Table
	items   map[string][]*Item // by kind: resolved, by id and first day
}

// layers are the parameters of one name, the pack above first. Rarely more
// than one.
type layers []*Param

// NewSet lays packs over each other, the first at the bottom: NewSet(national,
// xinxiang). The error is [Faults] and says everything that does not fit.
func NewSet(packs ...*Pack) (*Set, error) {
	s := &Set{packs: slices.Clone(packs), params: make(map[string]layers), tables: make(map[string]*Table), items: make(map[string][]*Item)}
	var found Faults
	versions := make([]string, len(packs))
	for i, p := range packs {
		versions[i] = p.Version()
		in := func(file string) faults { return faults{file: p.Name + "/" + file, list: &found} }
		s.parents(p, packs[:i], in("pack.yaml"))
		for _, name := range p.Params() {
			s.layParam(p.params[name], in("parameters.yaml"))
		}
		for _, name := range p.Tables() {
			s.layTable(p.tables[name], in("tables.yaml"))
		}
		s.layItems(p)
	}
	s.version = strings.Join(versions, ",")
	if len(found) > 0 {
		return nil, found.sorted()
	}
	return s, nil
}

// parents reports a pack laid twice and parents that are not below it.
func (s *Set) parents(p *Pack, below []*Pack, f faults) {
	for _, q := range below {
		if q.Name == p.Name {
			f.addf(0, 0, Text{"规则包 %[1]q 启用了两次", "pack %[1]q is switched on twice"}, Text{"只启用一个版本", "switch on one version"}, p.Name)
		}
	}
	for _, want := range p.Parents {
		if !slices.ContainsFunc(below, func(q *Pack) bool { return want == q.Name || want == q.Name+"@"+q.Release }) {
			f.addf(0, 0, Text{"上级包 %[1]q 未在其下启用", "parent %[1]q is not switched on below it"},
				Text{"先启用上级包（及所要求的版本），再叠加本包", "switch on the parent (in the version asked for) first, then this pack"}, want)
		}
	}
}

// layParam puts a parameter over those of its name.
func (s *Set) layParam(v *Param, f faults) {
	old := s.params[v.Name]
	if len(old) > 0 {
		base := old[len(old)-1]
		if !base.Overridable {
			f.addf(v.Line, 0, Text{"参数 %[1]q 在下层包中不可覆盖", "parameter %[1]q may not be overridden"},
				Text{"删除它；只有下层标明 overridable: true 的参数可以覆盖", "remove it; only parameters that say overridable: true below may be"}, v.Name)
		}
		if base.Type != v.Type {
			f.addf(v.Line, 0, Text{"参数 %[1]q 的类型 %[2]s 与下层的 %[3]s 不同", "parameter %[1]q is of type %[2]s, below it is %[3]s"},
				Text{"改成相同的类型", "give it the same type"}, v.Name, v.Type.String(), base.Type.String())
		}
	}
	s.params[v.Name] = append(layers{v}, old...)
}

// layTable puts a table over the one of its name.
func (s *Set) layTable(t *Table, f faults) {
	old, ok := s.tables[t.Name]
	if !ok {
		s.tables[t.Name] = t
		return
	}
	if old.Overlay == OverlayNone {
		f.addf(t.Line, 0, Text{"表 %[1]q 在下层包中不可覆盖", "table %[1]q may not be laid over"},
			Text{"删除它；只有下层标明 overlay: rows 或 replace 的表可以覆盖", "remove it; only tables that say overlay: rows or replace below may be"}, t.Name)
		return
	}
	if !slices.Equal(old.header(), t.header()) || !slices.Equal(old.Key, t.Key) {
		f.addf(t.Line, 0, Text{"表 %[1]q 的列或键与下层不同：%[2]s", "table %[1]q has other columns or keys than below: %[2]s"},
			Text{"照抄下层的 columns、key、dated 与 marked", "copy columns, key, dated and marked from below"}, t.Name, strings.Join(old.header(), ","))
		return
	}
	if old.Overlay == OverlayReplace {
		schema := *t.Schema
		schema.Overlay = OverlayReplace
		s.tables[t.Name] = &Table{Schema: &schema, rows: t.rows, index: t.index}
		return
	}
	s.tables[t.Name] = join(old, t)
}

// join is the table below with the rows of the one above: for the same key and
// day the row above wins.
func join(below, above *Table) *Table {
	t := &Table{Schema: below.Schema, rows: slices.Concat(below.rows, above.rows), index: make(map[string][]int32, len(below.index))}
	first := int32(len(below.rows))
	for key, rows := range above.index {
		for _, i := range rows {
			t.index[key] = append(t.index[key], first+i)
		}
	}
	for key, rows := range below.index {
		t.index[key] = append(t.index[key], rows...)
	}
	return t
}

// Version names the packs of the set in decisions, from the bottom:
// "national@2026.1+1f0c22aa,xinxiang@2026.1+9b0d3c11".
func (s *Set) Version() string { return s.version }

// Packs are the packs of the set, from the bottom.
func (s *Set) Packs() []*Pack { return slices.Clone(s.packs) }

// Param returns the value in force on day: that of the highest pack which has
// one for the day. The value shows its source, mark and pack.
func (s *Set) Param(name string, day clock.Day) (*Value, bool) {
	for _, p := range s.params[name] {
		if v, ok := p.On(day); ok {
			return v, true
		}
	}
	return nil, false
}

// History are all values of a parameter that can ever be in force, by first day.
// Where packs lie over each other their values may overlap: the one above, which
// comes after the one below of the same day, wins.
func (s *Set) History(name string) []*Value {
	var out []*Value
	for _, p := range slices.Backward(s.params[name]) { // the pack above last
		for i := range p.Values {
			out = append(out, &p.Values[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *Value) int { return int(a.From) - int(b.From) })
	return out
}

// Describe returns what the lowest pack that lays the parameter down says of
// it: type, unit, meaning.
func (s *Set) Describe(name string) (*Param, bool) {
	l := s.params[name]
	if len(l) == 0 {
		return nil, false
	}
	return l[len(l)-1], true
}

// Params are the names of all parameters, sorted.
func (s *Set) Params() []string { return sortedKeys(s.params) }

// Table returns a table as the packs lay it over each other.
func (s *Set) Table(name string) (*Table, bool) {
	t, ok := s.tables[name]
	return t, ok
}

// Tables are the names of all tables, sorted.
func (s *Set) Tables() []string { return sortedKeys(s.tables) }

// Boundaries are the days on which a parameter or one of the named tables
// changes, ascending; the first is 0 (since ever). Between two of them all
// look-ups give the same.
func (s *Set) Boundaries(tables ...string) []clock.Day {
	days := map[clock.Day]bool{0: true}
	for _, l := range s.params {
		for _, p := range l {
			for i := range p.Values {
				addBoundary(days, p.Values[i].From, p.Values[i].To)
			}
		}
	}
	for _, name := range tables {
		if t, ok := s.tables[name]; ok {
			t.boundaries(days)
		}
	}
	out := make([]clock.Day, 0, len(days))
	for d := range days {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// Marshal is the set by value: the archives of its packs, each after its
// length. A pack switch enters the core in this form, so that a replay needs
// nothing else.
func (s *Set) Marshal() []byte {
	var out []byte
	for _, p := range s.packs {
		a := p.Archive()
		out = binary.BigEndian.AppendUint32(out, uint32(len(a)))
		out = append(out, a...)
	}
	return out
}

// UnmarshalSet reads what [Set.Marshal] wrote. Its items were judged when the
// set was switched on and are not judged by the schemas again, so that a program
// whose schemas ask for more still reads what is stored.
func UnmarshalSet(data []byte) (*Set, error) {
	var packs []*Pack
	for len(data) > 0 {
		if len(data) < 4 {
			return nil, fmt.Errorf("set of packs (规则包组合): %w", errArchive)
		}
		n := binary.BigEndian.Uint32(data)
		if data = data[4:]; uint64(n) > uint64(len(data)) {
			return nil, fmt.Errorf("set of packs (规则包组合): %w", errArchive)
		}
		p, err := fromArchive(data[:n], true)
		if err != nil {
			return nil, fmt.Errorf("set of packs (规则包组合), pack %d: %w", len(packs)+1, err)
		}
		packs, data = append(packs, p), data[n:]
	}
	return NewSet(packs...)
}
