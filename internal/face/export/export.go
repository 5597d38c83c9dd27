// Package export writes lists as files (导出), row by row as they are read: CSV
// for programs, XLSX for people. Memory stays the same however long the list is.
//
// Invariants: what is written is what the caller hands in; a text that a
// spreadsheet would take for a formula is written so that it is a text.
package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/kernel/money"
)

// Writer writes a table. A cell is a string, a money.Fen (yuan with two
// decimals), an int64 or a uint64.
type Writer interface {
	Row(cells ...any) error
	// Close ends the file. After an error of Row it is not called, so that what
	// came so far is seen to be cut off.
	Close() error
}

// MostRows is how many rows a sheet of XLSX takes, the head not counted.
const MostRows = excelize.TotalRows - 1

// ErrTooMany says that a sheet takes no more rows.
var ErrTooMany = errors.New("a sheet takes 1,048,575 rows: narrow the filters, or take CSV (单表最多 1,048,575 行，请缩小范围或改用 CSV)")

// CSV begins a CSV file in UTF-8 with a mark of it, which spreadsheets need, and
// its head.
func CSV(w io.Writer, head ...string) (Writer, error) {
	c := &csvWriter{w: bufio.NewWriterSize(w, 64<<10)}
	if _, err := c.w.WriteString("\uFEFF"); err != nil {
		return nil, err
	}
	return c, c.Row(texts(head)...)
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

type csvWriter struct{ w *bufio.Writer }

func (c *csvWriter) Row(cells ...any) error {
	for i, v := range cells {
		if i > 0 {
			c.w.WriteByte(',')
		}
		text, number := text(v)
		if !number {
			text = plain(text)
		}
		if strings.ContainsAny(text, ",\"\r\n") {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		c.w.WriteString(text)
	}
	_, err := c.w.WriteString("\r\n") // keeps the errors of the others
	return err
}

func (c *csvWriter) Close() error { return c.w.Flush() }

// text is a cell in words, and whether it is a number.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, false
	case money.Fen:
		return v.String(), true
	default:
		return fmt.Sprint(v), true
	}
}

// plain keeps a text from being taken for a formula.
func plain(s string) string {
	if r, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) { // spreadsheets of East Asia take the wide signs, too
		return "'" + s
	}
	return s
}

// XLSX begins a workbook of one sheet with its head. Rows wait in a file of the
// system's temporary folder; the workbook goes to w when it is closed.
func XLSX(w io.Writer, sheet string, head ...string) (Writer, error) {
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	x := &xlsxWriter{to: w, file: f, stream: s}
	if err := x.begin(head); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return x, nil
}

type xlsxWriter struct {
	to     io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	rows   int
	yuan   int // style
}

func (x *xlsxWriter) begin(head []string) error {
	bold, err := x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	format := "#,##0.00"
	if x.yuan, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return err
	}
	if err := x.stream.SetColWidth(1, max(len(head), 1), 18); err != nil {
		return err
	}
	if err := x.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(head))
	for i, h := range head {
		cells[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	return x.stream.SetRow("A1", cells)
}

func (x *xlsxWriter) Row(cells ...any) error {
	if x.rows == MostRows {
		return ErrTooMany
	}
	row := make([]any, len(cells))
	for i, v := range cells {
		row[i] = v
		if fen, ok := v.(money.Fen); ok {
			row[i] = excelize.Cell{StyleID: x.yuan, Value: yuan(fen)}
		}
	}
	x.rows++
	at, err := excelize.CoordinatesToCellName(1, x.rows+1)
	if err != nil {
		return err
	}
	return x.stream.SetRow(at, row)
}

// yuan is an amount as a spreadsheet keeps numbers: binary floating point, exact
// to the fen up to 2^53 fen. What is larger stays a text.
func yuan(f money.Fen) any {
	if f > 1<<53 || f < -1<<53 {
		return f.String()
	}
	return float64(f) / 100
}

func (x *xlsxWriter) Close() error {
	err := x.stream.Flush()
	if err == nil {
		err = x.file.Write(x.to)
	}
	return errors.Join(err, x.file.Close())
}
