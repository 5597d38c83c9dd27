package pack

import (
	"maps"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Format is the newest version of the pack format that this program reads; it
// stands in pack.yaml. Format 1 has no sheets and no matters.
const Format = 2

var (
	packName  = regexp.MustCompile(`^[a-z][a-z0-9]{1,31}$`)
	release   = regexp.MustCompile(`^[0-9]{4}\.[0-9]{1,4}$`)
	parent    = regexp.MustCompile(`^[a-z][a-z0-9]{1,31}(@[0-9]{4}\.[0-9]{1,4})?$`)
	dataName  = regexp.MustCompile(`^[a-z][a-z0-9_]{1,63}$`)
	tableFile = regexp.MustCompile(`^tables/[a-z][a-z0-9_]{1,63}\.csv$`)
)

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// head reads pack.yaml into p.
func (p *Pack) head(f faults, data []byte) {
	m, ok := f.document(data, "format", "name", "title", "version", "parents", "description", "sources")
	if !ok {
		return
	}
	if v := m.text("format", true); v != "" {
		n, err := strconv.Atoi(v)
		if p.format = n; err != nil || n < 1 || n > Format || v != strconv.Itoa(n) {
			line, column := m.at("format")
			m.addf(line, column, Text{"格式版本 %[1]q 不支持", "format %[1]q is not supported"},
				Text{"本程序读格式 1 至 %[2]d", "this program reads formats 1 to %[2]d"}, v, Format)
		}
	}
	p.Name = m.match("name", true, packName)
	p.Title = m.both("title", true)
	p.Release = m.match("version", true, release)
	p.Description = m.both("description", true)
	for _, v := range m.texts("parents", false) {
		if !parent.MatchString(v) {
			line, column := m.at("parents")
			m.addf(line, column, Text{"上级包 %[1]q 形式不对", "parent %[1]q has the wrong form"},
				Text{"写包名，或 包名@版本", "write a name, or name@version"}, v)
			continue
		}
		p.Parents = append(p.Parents, v)
	}
	p.Origins = make(map[string]Origin)
	for _, n := range m.items("sources", true) {
		p.origin(f, n)
	}
}

// origin reads one entry of the list of sources.
func (p *Pack) origin(f faults, n *yaml.Node) {
	m, ok := f.mapping(n, "id", "document", "date", "read", "licence", "trust")
	if !ok {
		return
	}
	o := Origin{
		ID: m.match("id", true, regexp.MustCompile(`^[a-z][a-z0-9-]{1,63}$`)), Document: m.text("document", true), Date: m.day("date"),
		Read: m.text("read", true), Licence: m.text("licence", false), Trust: m.text("trust", false),
	}
	if _, twice := p.Origins[o.ID]; twice && o.ID != "" {
		line, column := m.at("id")
		m.addf(line, column, Text{"来源 %[1]q 重复", "source %[1]q is given twice"}, Text{"改名，或合并为一个", "rename it, or make one of them"}, o.ID)
		return
	}
	p.Origins[o.ID] = o
}

// source reads {ref: id, at: 第一条} under a key; ref must be in pack.yaml.
func (p *Pack) source(m mapping, key string) Source {
	n := m.fields[key]
	if n == nil {
		m.missing(key)
		return Source{}
	}
	s, ok := m.mapping(n, "ref", "at")
	if !ok {
		return Source{}
	}
	ref, at := s.text("ref", true), s.text("at", false)
	if ref == "" {
		return Source{}
	}
	o, ok := p.Origins[ref]
	if !ok {
		line, column := s.at("ref")
		s.addf(line, column, Text{"来源 %[1]q 未在 pack.yaml 中登记", "source %[1]q is not listed in pack.yaml"},
			Text{"在 pack.yaml 的 sources 中补上，或改用已登记的来源", "add it to sources in pack.yaml, or use one that is there"}, ref)
		return Source{}
	}
	return Source{Document: o.Document, Article: at}
}

// parameters reads parameters.yaml into p.
func (p *Pack) parameters(f faults, data []byte) {
	m, ok := f.document(data, "parameters")
	if !ok {
		return
	}
	for _, n := range m.items("parameters", true) {
		p.parameter(f, n)
	}
}

// parameter reads one parameter.
func (p *Pack) parameter(f faults, n *yaml.Node) {
	m, ok := f.mapping(n, "name", "type", "unit", "meaning", "overridable", "continuous", "values")
	if !ok {
		return
	}
	v := &Param{
		Name: m.match("name", true, dataName), Type: choose(m, "type", true, typeNames), Unit: m.text("unit", false),
		Meaning: m.both("meaning", true), Overridable: m.yes("overridable"), Continuous: p.continuous(m), Line: n.Line,
	}
	if v.Type == Date {
		line, column := m.at("type")
		m.add(line, column, Text{"参数不能是 date 类型", "a parameter cannot be a date"}, Text{"用 text，或写成带日期的值", "use text, or a dated value"})
	}
	lines := make(map[*Value][2]int)
	values := m.items("values", true)
	if m.has("values") && len(values) == 0 {
		line, column := m.at("values")
		m.add(line, column, Text{"没有任何值", "there are no values"}, Text{"至少写一个值", "give at least one"})
	}
	kept := make([]*Value, 0, len(values))
	for _, n := range values {
		if x := p.value(f, n, v.Type); x != nil {
			kept = append(kept, x)
			lines[x] = [2]int{n.Line, n.Column}
		}
	}
	checkSpans(f, kept, v.Continuous, func(x *Value) span { return span{x.From, x.To, lines[x][0], lines[x][1]} })
	for _, x := range kept {
		v.Values = append(v.Values, *x)
	}
	if v.Name == "" {
		return
	}
	if old, twice := p.params[v.Name]; twice {
		line, column := m.at("name")
		m.addf(line, column, Text{"参数 %[1]q 重复，首次出现在第 %[2]d 行", "parameter %[1]q is given twice, first on line %[2]d"},
			Text{"合并为一个参数的多个值", "make them values of one parameter"}, v.Name, old.Line)
		return
	}
	p.params[v.Name] = v
}

// value reads one dated value of a parameter of type t.
func (p *Pack) value(f faults, n *yaml.Node, t Type) *Value {
	m, ok := f.mapping(n, "value", "from", "to", "source", "mark")
	if !ok {
		return nil
	}
	v := &Value{Type: t, Pack: p.Version(), From: m.day("from"), To: m.day("to"), Source: p.source(m, "source"), Mark: choose(m, "mark", true, markNames)}
	v.Text = m.text("value", true)
	if t != 0 && v.Text != "" {
		parsed, err := parse(t, v.Text)
		if err != nil {
			line, column := m.at("value")
			m.addf(line, column, Text{"值 %[1]q 不是 %[2]s：%[3]v", "value %[1]q is not of type %[2]s: %[3]v"},
				Text{"按类型改写", "write it in the type's form"}, v.Text, t.String(), err)
		}
		v.v = parsed
	}
	if (m.has("from") && v.From == 0) || (m.has("to") && v.To == 0) {
		return nil // a bad date is reported; spans cannot be judged
	}
	return v
}
