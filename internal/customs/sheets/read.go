package sheets

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"pilotzone/ceb"
	"pilotzone/internal/customs/draft"
)

// Book is an open spreadsheet.
type Book struct {
	name    string
	file    *excelize.File
	sheets  []*sheet
	rows    int // of documents, read so far
	groups  int // of rows, read so far
	defects []draft.Defect
	// groups in which a cell is wrong, with how many documents they become
	spoilt, spoiltDocs []int
}

// sheet is one sheet whose rows are documents.
type sheet struct {
	name     string
	template Template
	names    int        // number of the row with the element names
	columns  [][]target // by column; nil: not known
	titles   []string   // names of the columns
}

// Open reads the parts of a spreadsheet and finds the sheets to read. Errors are
// *Unreadable. Close it.
func Open(name string, data []byte) (*Book, error) { return OpenWithin(name, data, MaxUnzip) }

// OpenWithin is Open for a spreadsheet that unpacks to no more than most bytes.
// All of it is in memory: what is larger than UnzipXMLSizeLimit would go to a
// disk in clear.
func OpenWithin(name string, data []byte, most int64) (*Book, error) {
	if err := bounded(data, most); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: most, UnzipXMLSizeLimit: most, RawCellValue: true})
	if err != nil {
		return nil, unreadable(err)
	}
	b := &Book{name: name, file: f}
	for _, s := range f.GetSheetList() {
		t, ok := bySheet(s)
		if !ok {
			continue
		}
		found, err := b.header(s, t)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if found != nil {
			b.sheets = append(b.sheets, found)
		}
	}
	if len(b.sheets) == 0 {
		_ = f.Close() // it is refused anyway
		return nil, &Unreadable{Code: CodeNames, ZH: "没有可识别的工作表：工作表名须与模板一致，且保留元素名所在行", EN: "no sheet that is known: keep the sheets' names and the row of element names as in the template",
			FixZH: "下载模板后填写", FixEN: "download the template and fill it in"}
	}
	return b, nil
}

// bounded looks at the sizes before anything is unpacked.
func bounded(data []byte, most int64) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return unreadable(err)
	}
	var sum uint64
	for _, m := range z.File {
		if sum += m.UncompressedSize64; sum > uint64(most) || len(z.File) > 1_000 {
			return &Unreadable{Code: CodeFile, ZH: fmt.Sprintf("文件解压后超过 %d MiB", most>>20), EN: fmt.Sprintf("it unpacks to more than %d MiB", most>>20), FixZH: "分成几个文件", FixEN: "split it into several files"}
		}
	}
	return nil
}

func unreadable(err error) error {
	return &Unreadable{Code: CodeFile, ZH: "不是可读的 XLSX 文件：" + err.Error(), EN: "not an XLSX file that can be read: " + err.Error(), FixZH: "另存为 .xlsx 后再试", FixEN: "save it as .xlsx and try again"}
}

// Close frees what the book holds.
func (b *Book) Close() error { return b.file.Close() }

// Defects are those of sheets and rows that became no document, or not the
// whole of one; they are complete when Each has returned.
func (b *Book) Defects() []draft.Defect { return b.defects }

// Rows is how many rows of documents have been read.
func (b *Book) Rows() int { return b.rows }

// header finds the row of element names among the first rows; nil: none.
func (b *Book) header(name string, t Template) (*sheet, error) {
	rows, err := b.file.Rows(name)
	if err != nil {
		return nil, unreadable(err)
	}
	defer rows.Close()
	for n := 1; n <= 6 && rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, unreadable(err)
		}
		s := &sheet{name: name, template: t, names: n}
		known := 0
		for _, c := range cells {
			to := t.resolve(strings.TrimSpace(c))
			if len(to) > 0 {
				known++
			}
			s.columns, s.titles = append(s.columns, to), append(s.titles, strings.TrimSpace(c))
		}
		if known >= 2 {
			return s, b.checkHeader(s)
		}
	}
	return nil, nil
}

func (b *Book) checkHeader(s *sheet) error {
	if len(s.columns) > MaxColumns {
		return &Unreadable{Code: CodeFile, ZH: fmt.Sprintf("工作表 %s 超过 %d 列", s.name, MaxColumns), EN: fmt.Sprintf("sheet %s has over %d columns", s.name, MaxColumns)}
	}
	for i, title := range s.titles {
		if title != "" && len(s.columns[i]) == 0 {
			b.defects = append(b.defects, draft.Defect{Code: CodeColumn, Severity: draft.Refuses, File: b.name, Sheet: s.name, Cell: cell(i, s.names),
				ZH: "没有名为 " + short(title) + " 的字段", EN: "there is no field " + short(title), FixZH: "删除此列，或改用模板的元素名", FixEN: "remove the column, or use the template's names"})
		}
	}
	return nil
}

// Each reads the documents of all sheets in order. Errors: fn's, *Unreadable,
// ErrRows, the context's.
func (b *Book) Each(ctx context.Context, fn func(*draft.Draft) error) error {
	return b.EachGroup(ctx, func(drafts []*draft.Draft) error {
		for _, d := range drafts {
			if err := fn(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// EachGroup is Each with the documents together that come from the same rows:
// several in a simple sheet, else one.
func (b *Book) EachGroup(ctx context.Context, fn func([]*draft.Draft) error) error {
	b.rows, b.groups = 0, 0
	b.spoilt, b.spoiltDocs = nil, nil
	b.defects = slices.DeleteFunc(b.defects, func(d draft.Defect) bool { return d.Code != CodeColumn }) // the head's were found by Open
	for _, s := range b.sheets {
		if err := b.each(ctx, s, fn); err != nil {
			return err
		}
	}
	return nil
}

// each reads one sheet.
func (b *Book) each(ctx context.Context, s *sheet, fn func([]*draft.Draft) error) error {
	rows, err := b.file.Rows(s.name)
	if err != nil {
		return unreadable(err)
	}
	defer rows.Close()
	g := &group{b: b, s: s, fn: fn, seen: make(map[string]int)}
	blank := 0
	for n := 1; rows.Next(); n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := rows.Columns()
		if err != nil {
			return unreadable(err)
		}
		if n <= s.names {
			continue
		}
		if len(cells) > MaxColumns {
			return &Unreadable{Code: CodeFile, ZH: fmt.Sprintf("工作表 %s 第 %d 行超过 %d 列", s.name, n, MaxColumns), EN: fmt.Sprintf("sheet %s, row %d has over %d columns", s.name, n, MaxColumns)}
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			if blank++; blank > mostBlank {
				return tooMany()
			}
			continue
		}
		if b.rows++; b.rows > MaxRows {
			return tooMany()
		}
		if err := g.row(n, cells); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return unreadable(err)
	}
	return g.close()
}

// group gathers the rows of one document, or of one order in a simple sheet.
type group struct {
	b     *Book
	s     *sheet
	fn    func([]*draft.Draft) error
	key   string
	rows  []int
	cells [][]string
	seen  map[string]int // key → first row

	spoilt bool // a defect was said of the rows gathered
}

// row takes a row in; rows with the same order number, one after the other,
// are lines of one document.
func (g *group) row(n int, cells []string) error {
	key := g.keyOf(cells)
	if len(g.rows) > 0 && (key == "" || key != g.key) {
		if err := g.close(); err != nil {
			return err
		}
	}
	if first, again := g.seen[key]; again && key != "" && len(g.rows) == 0 {
		g.b.say(g.s, n, g.keyColumn(), CodeSplit, fmt.Sprintf("同一订单的商品行须相邻，此单已在第 %d 行出现", first), fmt.Sprintf("lines of one order must stand together; it began in row %d", first),
			"把同一订单的行排在一起", "sort the rows by order number")
		g.spoilt = true
	}
	if len(g.rows) == 0 {
		g.key = key
		if _, ok := g.seen[key]; !ok {
			g.seen[key] = n
		}
	}
	g.rows, g.cells = append(g.rows, n), append(g.cells, cells)
	return nil
}

// keyColumn is the column of the order number in sheets whose documents have
// lines; -1 where every row is a document.
func (g *group) keyColumn() int {
	for _, k := range g.s.template.Kinds {
		if len(draft.ShapeOf(k).Line) > 0 {
			return slices.Index(g.s.titles, "orderNo")
		}
	}
	return -1
}

func (g *group) keyOf(cells []string) string {
	if c := g.keyColumn(); c >= 0 && c < len(cells) {
		return strings.TrimSpace(cells[c])
	}
	return ""
}

// close makes the documents of the rows gathered.
func (g *group) close() error {
	if len(g.rows) == 0 {
		return nil
	}
	defer func() { g.rows, g.cells = nil, nil }()
	said := len(g.b.defects)
	g.sameHead()
	drafts := make([]*draft.Draft, 0, len(g.s.template.Kinds))
	for _, k := range g.s.template.Kinds {
		drafts = append(drafts, g.draft(k))
	}
	if g.spoilt || len(g.b.defects) > said {
		g.b.spoilt, g.b.spoiltDocs = append(g.b.spoilt, g.b.groups), append(g.b.spoiltDocs, len(drafts))
	}
	g.b.groups++
	g.spoilt = false
	return g.fn(drafts)
}

// sameHead says where lines of one document differ in its head.
func (g *group) sameHead() {
	for i := 1; i < len(g.rows); i++ {
		for c, v := range g.cells[i] {
			if c >= len(g.s.columns) || len(g.s.columns[c]) == 0 || g.s.columns[c][0].line || strings.TrimSpace(v) == "" {
				continue
			}
			if first := at(g.cells[0], c); first != strings.TrimSpace(v) {
				g.b.say(g.s, g.rows[i], c, CodeHead, "同一订单的表头字段须相同，与首行不一致", "differs from the first row of the same order", "改为与首行一致，或留空", "make it the same as in the first row, or leave it empty")
			}
		}
	}
}

// at reads a cell; the mark that safe put before a text is taken off again.
func at(cells []string, c int) string {
	if c >= len(cells) {
		return ""
	}
	v := strings.TrimSpace(cells[c])
	if len(v) > 1 && v[0] == '\'' && strings.IndexByte("=+-@", v[1]) >= 0 {
		v = v[1:]
	}
	return v
}

// draft makes the document of one kind.
func (g *group) draft(k ceb.Kind) *draft.Draft {
	s, rows := g.s, g.rows
	d := draft.New(k)
	d.File = g.b.name
	shape := draft.ShapeOf(k)
	lines := 0
	if len(shape.Line) > 0 {
		lines = len(rows)
	}
	for range lines {
		d.AddLine()
	}
	for c, targets := range s.columns {
		for _, t := range targets {
			if t.kind != k {
				continue
			}
			for i := range rows {
				v := at(g.cells[i], c)
				if v == "" || !t.line && i > 0 {
					continue
				}
				field := &shape.Head[t.field]
				if t.line {
					field = &shape.Line[t.field]
				}
				v = g.value(field, v, rows[i], c)
				if t.line {
					d.Lines[i][t.field] = v
				} else {
					d.Head[t.field] = v
				}
			}
		}
	}
	s.template.complete(d, func(line int, name string) string { return g.other(line, name) })
	rows = slices.Clone(rows)
	d.Where = func(line int, field string) draft.Place { return s.place(k, rows, line, field) }
	return d
}

// other reads the value of another column for a line (0: the head).
func (g *group) other(line int, name string) string {
	row := max(line-1, 0)
	if line > 0 {
		name = "line." + name
	}
	if c := slices.Index(g.s.titles, name); c >= 0 && row < len(g.cells) {
		return at(g.cells[row], c)
	}
	return ""
}

// say adds a defect of a cell.
func (b *Book) say(s *sheet, row, column int, code, zh, en, fixZH, fixEN string) {
	if len(b.defects) < mostDefects {
		b.defects = append(b.defects, draft.Defect{Code: code, Severity: draft.Refuses, ZH: zh, EN: en, FixZH: fixZH, FixEN: fixEN, File: b.name, Sheet: s.name, Cell: cell(max(column, 0), row)})
	}
}

// mostDefects bounds what is kept in memory of a file that is wrong everywhere.
const mostDefects = 20_000

// place finds the cell of a document's field. A field that has no column is
// shown at the first cell of its row.
func (s *sheet) place(k ceb.Kind, rows []int, line int, field string) draft.Place {
	row := rows[0]
	if line > 0 && line <= len(rows) {
		row = rows[line-1]
	}
	p := draft.Place{Sheet: s.name, Path: field}
	for _, name := range s.sources(k, line > 0, field) {
		for c, targets := range s.columns {
			for _, t := range targets {
				if t.line == (line > 0) && t.name == name {
					p.Cell = cell(c, row)
					return p
				}
			}
		}
	}
	p.Cell = cell(0, row)
	return p
}

// sources are the columns that a field may come from, itself first.
func (s *sheet) sources(k ceb.Kind, line bool, field string) []string {
	out := []string{field}
	if len(s.template.Kinds) > 1 {
		for _, d := range derived {
			if d.kind == k && d.line == line && d.field == field {
				out = append(out, d.of)
			}
		}
	}
	return out
}
