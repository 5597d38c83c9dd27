package pack

import (
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"pilotzone/internal/kernel/clock"
)

// Overlay says what a pack above may do with a table (tables.yaml, overlay).
type Overlay uint8

// The ways to lay a table over one of the same name.
const (
	OverlayNone    Overlay = iota // nothing: the table below is fixed
	OverlayRows                   // its rows join; for the same key and day they win
	OverlayReplace                // it takes the place of the whole table
)

var overlayNames = map[string]Overlay{"none": OverlayNone, "rows": OverlayRows, "replace": OverlayReplace}

// Column describes one column of a table.
type Column struct {
	Name     string
	Type     Type
	Required bool
	List     bool // several values, separated by |
	Meaning  Text // empty where the name says it all
	Values   []string

	pattern *regexp.Regexp
	form    string // the pattern as written
}

// Schema describes a table: one entry of tables.yaml.
type Schema struct {
	Name       string
	File       string
	Title      Text
	Key        []string
	Columns    []Column
	Dated      bool      // the file has the columns valid_from and valid_to
	Marked     bool      // the file has the columns source and mark
	Continuous bool      // the history of a key has no gaps
	From, To   clock.Day // validity of all rows of a table that is not dated
	Overlay    Overlay
	Source     Source
	Mark       Mark
	Line       int

	column map[string]int // place of a column in the file
}

// header is the first line of the table's file.
func (s *Schema) header() []string {
	var h []string
	for _, c := range s.Columns {
		h = append(h, c.Name)
	}
	if s.Dated {
		h = append(h, "valid_from", "valid_to")
	}
	if s.Marked {
		h = append(h, "source", "mark")
	}
	return h
}

// reserved are the column names that dated and marked add by themselves.
var reserved = []string{"valid_from", "valid_to", "source", "mark"}

// tables reads tables.yaml and the files that it names into p.
func (p *Pack) readTables(f faults, data []byte) {
	m, ok := f.document(data, "tables")
	if !ok {
		return
	}
	for _, n := range m.items("tables", true) {
		s := p.schema(f, n)
		if s == nil {
			continue
		}
		body, ok := p.files[s.File]
		if !ok {
			f.addf(s.Line, 0, Text{"表文件 %[1]s 不存在", "the file %[1]s is not there"}, Text{"补上文件，或删除该表", "add the file, or remove the table"}, s.File)
			continue
		}
		p.tables[s.Name] = p.table(s, body, faults{file: s.File, list: f.list})
	}
}

// schema reads one entry of tables.yaml; nil if the table cannot be read by it.
func (p *Pack) schema(f faults, n *yaml.Node) *Schema {
	before := len(*f.list)
	m, ok := f.mapping(n, "name", "file", "title", "key", "columns", "dated", "marked", "continuous",
		"valid_from", "valid_to", "overlay", "source", "mark")
	if !ok {
		return nil
	}
	s := &Schema{
		Name: m.match("name", true, dataName), File: m.match("file", true, tableFile), Title: m.both("title", true),
		Key: m.texts("key", true), Dated: m.yes("dated"), Marked: m.yes("marked"), Continuous: m.yes("continuous"),
		From: m.day("valid_from"), To: m.day("valid_to"), Overlay: choose(m, "overlay", false, overlayNames),
		Source: p.source(m, "source"), Mark: choose(m, "mark", true, markNames), Line: n.Line,
	}
	for _, c := range m.items("columns", true) {
		if c, ok := column(f, c); ok {
			s.Columns = append(s.Columns, c)
		}
	}
	p.judge(m, s)
	if len(*f.list) > before {
		return nil
	}
	s.column = make(map[string]int)
	for i, name := range s.header() {
		s.column[name] = i
	}
	return s
}

// judge reports what is wrong between the parts of a schema.
func (p *Pack) judge(m mapping, s *Schema) {
	names := make(map[string]bool)
	for _, c := range s.Columns {
		if names[c.Name] || slices.Contains(reserved, c.Name) {
			m.addf(m.node.Line, m.node.Column, Text{"列 %[1]q 重复或为保留名", "column %[1]q is given twice or has a reserved name"},
				Text{"改名；valid_from、valid_to 由 dated 给出，source、mark 由 marked 给出", "rename it; dated gives valid_from and valid_to, marked gives source and mark"}, c.Name)
		}
		names[c.Name] = true
	}
	for _, k := range s.Key {
		if !names[k] {
			line, column := m.at("key")
			m.addf(line, column, Text{"键列 %[1]q 不在 columns 中", "key column %[1]q is not among columns"}, Text{"补上该列，或改正 key", "add the column, or mend key"}, k)
		}
	}
	if m.has("key") && len(s.Key) == 0 {
		line, column := m.at("key")
		m.add(line, column, Text{"没有键列", "there is no key column"}, Text{"至少写一列", "name at least one"})
	}
	if s.Dated && (m.has("valid_from") || m.has("valid_to")) {
		m.add(m.node.Line, m.node.Column, Text{"dated 的表由各行给出有效期", "a dated table has its validity in the rows"},
			Text{"删除 valid_from、valid_to，或去掉 dated", "remove valid_from and valid_to, or dated"})
	}
	if s.Continuous && !s.Dated {
		m.add(m.node.Line, m.node.Column, Text{"continuous 只用于 dated 的表", "continuous is for dated tables"}, Text{"加上 dated，或去掉 continuous", "add dated, or remove continuous"})
	}
	if s.To != 0 && s.To < s.From {
		line, column := m.at("valid_to")
		m.add(line, column, Text{"失效日早于生效日", "it ends before it begins"}, Text{"改正日期", "mend the dates"})
	}
	if old, twice := p.tables[s.Name]; twice {
		line, column := m.at("name")
		m.addf(line, column, Text{"表 %[1]q 重复，首次出现在第 %[2]d 行", "table %[1]q is given twice, first on line %[2]d"}, Text{"改名，或删除一个", "rename or remove one"}, s.Name, old.Line)
	}
}

// column reads one entry of columns.
func column(f faults, n *yaml.Node) (c Column, ok bool) {
	m, ok := f.mapping(n, "name", "type", "required", "list", "meaning", "values", "pattern")
	if !ok {
		return c, false
	}
	c = Column{
		Name: m.match("name", true, dataName), Type: choose(m, "type", true, typeNames),
		Required: m.yes("required"), List: m.yes("list"), Meaning: m.both("meaning", false), Values: m.texts("values", false),
	}
	if text := m.text("pattern", false); text != "" {
		_, err := regexp.Compile(text) // alone, so that a fault shows it as written
		if err == nil {
			c.pattern, err = regexp.Compile("^(?:" + text + ")$")
		}
		if err != nil {
			line, column := m.at("pattern")
			m.addf(line, column, Text{"pattern 不是合法的正则表达式：%[1]v", "pattern is not a regular expression: %[1]v"}, Text{"改正表达式", "mend the expression"}, err)
		}
		c.form = text
	}
	return c, c.Name != "" && c.Type != 0
}
