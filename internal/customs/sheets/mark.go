package sheets

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/customs/draft"
)

const (
	problemSheet = "问题 Problems"
	mostComments = 2_000  // comments of a file: programs get slow with more
	mostComment  = 30_000 // bytes of one comment; the format allows 32,767 characters
)

// Mark writes the book again with what is wrong: the cells red and with
// comments, and a sheet that lists all problems. Beyond the first 2,000 cells
// there is no comment; the list has them all.
func (b *Book) Mark(ctx context.Context, defects []draft.Defect) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	red, err := f.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFC7CE"}}, Font: &excelize.Font{Color: "9C0006"}})
	if err != nil {
		return nil, err
	}
	text := "@"
	plain, err := f.NewStyle(&excelize.Style{CustomNumFmt: &text})
	if err != nil {
		return nil, err
	}
	m := &marker{f: f, red: red, plain: plain, bySheet: make(map[string]map[string][]*draft.Defect)}
	for i := range defects {
		d := &defects[i]
		if d.Cell == "" {
			continue
		}
		if m.bySheet[d.Sheet] == nil {
			m.bySheet[d.Sheet] = make(map[string][]*draft.Defect)
		}
		m.bySheet[d.Sheet][d.Cell] = append(m.bySheet[d.Sheet][d.Cell], d)
	}
	for i, s := range b.sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", s.name)
		} else {
			_, err = f.NewSheet(s.name)
		}
		if err != nil {
			return nil, err
		}
		if err := m.sheet(ctx, b, s); err != nil {
			return nil, err
		}
	}
	if err := m.problems(defects); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, fmt.Errorf("write problems (无法写出问题表): %w", err)
	}
	return out.Bytes(), nil
}

type marker struct {
	f          *excelize.File
	red, plain int
	bySheet    map[string]map[string][]*draft.Defect
	comments   int
}

// sheet copies a sheet row by row with its marks. Comments are added before the
// stream is closed, as the writer wants it.
func (m *marker) sheet(ctx context.Context, b *Book, s *sheet) error {
	rows, err := b.file.Rows(s.name)
	if err != nil {
		return unreadable(err)
	}
	defer rows.Close()
	w, err := m.f.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, max(1, len(s.titles)), 18); err != nil {
		return err
	}
	marks := m.bySheet[s.name]
	last := b.lastRow(s)
	for n := 1; rows.Next() && n <= last; n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := rows.Columns()
		if err != nil {
			return unreadable(err)
		}
		line := make([]any, min(max(len(cells), len(s.titles)), MaxColumns))
		for c := range line {
			v := excelize.Cell{StyleID: m.plain, Value: nil}
			if c < len(cells) {
				v.Value = safe(cells[c])
			}
			if len(marks[cell(c, n)]) > 0 {
				v.StyleID = m.red
			}
			line[c] = v
		}
		if err := w.SetRow(cell(0, n), line); err != nil {
			return err
		}
	}
	if err := m.comment(s.name, marks); err != nil {
		return err
	}
	return w.Flush()
}

// lastRow is where the reading stopped: what lies below was not looked at.
func (b *Book) lastRow(s *sheet) int { return s.names + MaxRows + mostBlank }

func (m *marker) comment(sheet string, marks map[string][]*draft.Defect) error {
	cells := make([]string, 0, len(marks))
	for c := range marks {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, compareCells)
	for _, c := range cells {
		if m.comments++; m.comments > mostComments {
			return nil
		}
		var text strings.Builder
		for _, d := range marks[c] {
			if text.Len() < mostComment {
				fmt.Fprintf(&text, "[%s] %s\n%s\n", d.Code, both(d.ZH, d.EN), both(d.FixZH, d.FixEN))
			}
		}
		if err := m.f.AddComment(sheet, excelize.Comment{Cell: c, Author: "pilotzone", Text: strings.TrimSpace(text.String()), Width: 320, Height: 140}); err != nil {
			return err
		}
	}
	return nil
}

func both(zh, en string) string {
	if en == "" || en == zh {
		return zh
	}
	return zh + "\n" + en
}

// compareCells orders cells by row, then column.
func compareCells(a, b string) int {
	ac, ar, _ := excelize.CellNameToCoordinates(a)
	bc, br, _ := excelize.CellNameToCoordinates(b)
	if ar != br {
		return ar - br
	}
	return ac - bc
}

// problems lists what is wrong.
func (m *marker) problems(defects []draft.Defect) error {
	var rows [][]string
	for i := range defects {
		d := &defects[i]
		rows = append(rows, []string{d.Sheet, d.Cell, d.Number, d.Code, d.ZH, d.FixZH, d.EN, d.FixEN})
	}
	return table(m.f, problemSheet, []string{"工作表 sheet", "单元格 cell", "单证编号 number", "代码 code", "原因", "改正方法", "cause", "fix"}, rows)
}

// table writes a sheet with a head and rows of text.
func table(f *excelize.File, name string, head []string, rows [][]string) error {
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, len(head), 22); err != nil {
		return err
	}
	for i, r := range append([][]string{head}, rows...) {
		line := make([]any, len(r))
		for j, v := range r {
			line[j] = safe(v)
		}
		if err := w.SetRow(cell(0, i+1), line); err != nil {
			return err
		}
	}
	return w.Flush()
}

// workbook is a file of one sheet.
func workbook(name string, head []string, rows [][]string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	if err := table(f, name, head, rows); err != nil {
		return nil, err
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, fmt.Errorf("write %s (无法写出表格): %w", name, err)
	}
	return out.Bytes(), nil
}
