package pack

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Table is a table of a pack, or of packs laid over each other. It is
// immutable.
type Table struct {
	*Schema
	rows  []record
	index map[string][]int32 // key to rows: the pack above first, then by first day
}

// record is a row as read.
type record struct {
	values   []string
	key      string
	from, to clock.Day
	source   Source
	mark     Mark
	pack     string
	line     int
}

func (r *record) covers(day clock.Day) bool { return r.from <= day && (r.to == 0 || day <= r.to) }

// Row is one row of a table.
type Row struct {
	t *Table
	r *record
}

// keySeparator joins the parts of a key; a cell cannot hold it (control
// characters are refused).
const keySeparator = "\x1f"

// table reads the file of a table.
func (p *Pack) table(s *Schema, body []byte, f faults) *Table {
	t := &Table{Schema: s, index: make(map[string][]int32)}
	if !utf8.Valid(body) {
		f.add(0, 0, Text{"不是 UTF-8 编码", "the file is not UTF-8"}, Text{"另存为 UTF-8（无 BOM）", "save it as UTF-8 without BOM"})
		return t
	}
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if want := s.header(); err != nil || !slices.Equal(header, want) {
		f.addf(1, 1, Text{"表头应为 %[1]s", "the header must be %[1]s"}, Text{"按 tables.yaml 的 columns 改写表头", "write it as columns in tables.yaml say"}, strings.Join(want, ","))
		return t
	}
	columns, version := s.cells(), p.Version()
	for {
		values, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if at := (*csv.ParseError)(nil); errors.As(err, &at) {
			f.addf(at.Line, at.Column, Text{"CSV 格式错误：%[1]v", "not CSV: %[1]v"}, Text{"检查引号", "look at the quotes"}, at.Err)
			continue
		}
		line, _ := r.FieldPos(0)
		if len(values) != len(columns) {
			f.addf(line, 0, Text{"应有 %[1]d 列，实有 %[2]d 列", "%[1]d columns are expected, there are %[2]d"}, Text{"补齐或删去单元格；含逗号的内容加引号", "add or remove cells; quote those with commas"}, len(columns), len(values))
			continue
		}
		row := record{values: values, line: line, pack: version, source: s.Source, mark: s.Mark, from: s.From, to: s.To}
		if p.cellFaults(&row, columns, f, func(i int) (int, int) { return r.FieldPos(i) }) {
			t.add(row)
		}
	}
	t.check(f)
	return t
}

// cells are the columns of the file, with those that dated and marked add.
func (s *Schema) cells() []Column {
	columns := slices.Clone(s.Columns)
	for i, c := range columns {
		columns[i].Required = c.Required || slices.Contains(s.Key, c.Name)
	}
	if s.Dated {
		columns = append(columns, Column{Name: "valid_from", Type: Date}, Column{Name: "valid_to", Type: Date})
	}
	if s.Marked {
		columns = append(columns, Column{Name: "source", Type: Txt, Required: true},
			Column{Name: "mark", Type: Txt, Required: true, Values: sortedKeys(markNames)})
	}
	return columns
}

// cellFaults reports what is wrong in the cells of a row and takes over its
// validity, source and mark; it returns whether the row is in order.
func (p *Pack) cellFaults(row *record, columns []Column, f faults, at func(int) (int, int)) bool {
	good := true
	bad := func(i int, what, mend Text, args ...any) {
		line, column := at(i)
		good = false
		f.addf(line, column, what, mend, append([]any{columns[i].Name, row.values[i]}, args...)...)
	}
	for i, c := range columns {
		text := row.values[i]
		if text == "" {
			if c.Required {
				bad(i, Text{"列 %[1]s 不能为空", "%[1]s must not be empty"}, Text{"填写值", "fill it in"})
			}
			continue
		}
		if strings.TrimSpace(text) != text || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '\u00a0' }) {
			bad(i, Text{"列 %[1]s 的值 %[2]q 首尾有空白或含控制字符", "%[1]s %[2]q has blanks at its ends or control characters"}, Text{"删除空白和控制字符", "remove them"})
			continue
		}
		parts := []string{text}
		if c.List {
			parts = strings.Split(text, "|")
		}
		for _, part := range parts {
			v, err := parse(c.Type, part)
			switch {
			case err != nil:
				bad(i, Text{"列 %[1]s 的值 %[2]q 不是 %[3]s：%[4]v", "%[1]s %[2]q is not of type %[3]s: %[4]v"}, Text{"按类型改写", "write it in the type's form"}, c.Type.String(), err)
			case c.pattern != nil && !c.pattern.MatchString(part):
				bad(i, Text{"列 %[1]s 的值 %[2]q 形式不对", "%[1]s %[2]q has the wrong form"}, Text{"应符合 %[3]s", "it must match %[3]s"}, c.pattern.String())
			case len(c.Values) > 0 && !slices.Contains(c.Values, part):
				bad(i, Text{"列 %[1]s 的值 %[2]q 不认识", "%[1]s %[2]q is not known"}, Text{"可用的值：%[3]s", "use one of: %[3]s"}, strings.Join(c.Values, ", "))
			}
			switch c.Name {
			case "valid_from":
				row.from = clock.Day(v.n)
			case "valid_to":
				row.to = clock.Day(v.n)
			case "source":
				ref, at, _ := strings.Cut(text, ":")
				o, ok := p.Origins[ref]
				if !ok {
					bad(i, Text{"来源 %[3]q 未在 pack.yaml 中登记", "source %[3]q is not listed in pack.yaml"}, Text{"写成 来源:条款，来源须已登记", "write source:article with a listed source"}, ref)
				}
				row.source = Source{Document: o.Document, Article: at}
			case "mark":
				row.mark = markNames[text]
			}
		}
	}
	return good
}

// add appends a row and indexes it.
func (t *Table) add(row record) {
	parts := make([]string, len(t.Key))
	for i, k := range t.Key {
		parts[i] = row.values[t.column[k]]
	}
	row.key = strings.Join(parts, keySeparator)
	t.index[row.key] = append(t.index[row.key], int32(len(t.rows)))
	t.rows = append(t.rows, row)
}

// check reports keys whose rows overlap or, if they may not, have gaps, and
// sorts the rows of each key by their first day.
func (t *Table) check(f faults) {
	for _, rows := range t.index {
		if !t.Dated {
			for _, i := range rows[1:] {
				f.addf(t.rows[i].line, 0, Text{"键 %[1]q 与第 %[2]d 行重复", "key %[1]q is that of line %[2]d too"}, Text{"删除或合并其中一行", "remove or merge one of the rows"},
					strings.ReplaceAll(t.rows[i].key, keySeparator, ","), t.rows[rows[0]].line)
			}
			continue
		}
		if len(rows) > 0 {
			checkSpans(f, rows, t.Continuous, func(i int32) span { return span{t.rows[i].from, t.rows[i].to, t.rows[i].line, 0} })
		}
	}
}

// Len is the number of rows, over all days.
func (t *Table) Len() int { return len(t.rows) }

// Get returns the row in force on day under the key, whose parts stand in the
// order of Schema.Key.
func (t *Table) Get(day clock.Day, key ...string) (Row, bool) {
	k := ""
	if len(key) == 1 {
		k = key[0]
	} else {
		k = strings.Join(key, keySeparator)
	}
	if i := t.find(day, k); i >= 0 {
		return Row{t, &t.rows[i]}, true
	}
	return Row{}, false
}

// find is the place of the row in force on day, -1 if there is none.
func (t *Table) find(day clock.Day, key string) int32 {
	for _, i := range t.index[key] {
		if t.rows[i].covers(day) {
			return i
		}
	}
	return -1
}

// On yields the rows in force on day, in the order of the file (a lower pack's
// rows first).
func (t *Table) On(day clock.Day) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for i := range t.rows {
			if r := &t.rows[i]; r.covers(day) && t.find(day, r.key) == int32(i) && !yield(Row{t, r}) {
				return
			}
		}
	}
}

// Boundaries are the days on which the content of the table changes, in no
// order.
func (t *Table) Boundaries() []clock.Day {
	days := make(map[clock.Day]bool)
	t.boundaries(days)
	return slices.Collect(maps.Keys(days))
}

// boundaries adds the days on which the content of the table changes.
func (t *Table) boundaries(days map[clock.Day]bool) {
	for i := range t.rows {
		addBoundary(days, t.rows[i].from, t.rows[i].to)
	}
}

func addBoundary(days map[clock.Day]bool, from, to clock.Day) {
	days[from] = true
	if to != 0 {
		days[to.AddDays(1)] = true
	}
}

// Text is a cell as it stands in the file; "" for a column that is not there.
func (r Row) Text(column string) string {
	if i, ok := r.t.column[column]; ok {
		return r.r.values[i]
	}
	return ""
}

// List are the values of a list cell; none if it is empty.
func (r Row) List(column string) []string {
	if v := r.Text(column); v != "" {
		return strings.Split(v, "|")
	}
	return nil
}

// Int is the value of an int, days or grams cell; 0 if it is empty.
func (r Row) Int(column string) int64 { return r.parsed(column, Int).n }

// Fen is the value of a fen cell; 0 if it is empty.
func (r Row) Fen(column string) money.Fen { return money.Fen(r.parsed(column, Fen).n) }

// Rate is the value of a rate cell; 0 if it is empty.
func (r Row) Rate(column string) money.Rate { return r.parsed(column, Rate).rate }

// Bool is the value of a bool cell; false if it is empty.
func (r Row) Bool(column string) bool { return r.parsed(column, Bool).n == 1 }

// parsed reads a cell again; it was found in order when the pack was loaded.
func (r Row) parsed(column string, t Type) parsed {
	v, err := parse(t, r.Text(column))
	if err != nil {
		return parsed{}
	}
	return v
}

// File is the row's file in its pack.
func (r Row) File() string { return r.t.File }

// Line is the row's line in its file.
func (r Row) Line() int { return r.r.line }

// From is the first day of the row's validity; 0 is since ever.
func (r Row) From() clock.Day { return r.r.from }

// To is the last day of the row's validity; 0 is open.
func (r Row) To() clock.Day { return r.r.to }

// Source is what the row rests on.
func (r Row) Source() Source { return r.r.source }

// Mark is how far the row can be trusted.
func (r Row) Mark() Mark { return r.r.mark }

// Pack is the version of the pack that lays the row down.
func (r Row) Pack() string { return r.r.pack }
