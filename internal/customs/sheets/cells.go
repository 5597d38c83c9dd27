package sheets

import (
	"regexp"
	"strconv"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/customs/draft"
)

// cell names a cell; columns count from 0, rows from 1.
func cell(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil {
		return "A" + strconv.Itoa(row)
	}
	return name
}

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

var scientific = regexp.MustCompile(`^-?\d(\.\d+)?[eE]\+?\d+$`)

// times are fields that people may write as a date cell, with the layout that
// the message wants.
var times = map[string]string{"payTime": "20060102150405", "accountingDate": "20060102150405", "appTime": "20060102150405", "ieDate": "20060102", "declTime": "20060102"}

// value is a cell's value as the message wants it: dates of the spreadsheet in
// the message's form; long numbers that it has rounded are a defect.
func (g *group) value(f *draft.Field, v string, row, column int) string {
	if layout, ok := times[f.Name]; ok && len(v) < 13 && len(v) != 8 {
		if n, err := strconv.ParseFloat(v, 64); err == nil && n > 20_000 && n < 100_000 {
			if t, err := excelize.ExcelDateToTime(n, false); err == nil {
				return t.Format(layout)
			}
		}
	}
	if !scientific.MatchString(v) {
		return v
	}
	if f.Type == "string" {
		g.b.say(g.s, row, column, CodeNumber, "此单元格是数字格式，表格软件已丢失末位数字", "the cell is formatted as a number: the spreadsheet has dropped its last digits",
			"把单元格设为“文本”后重新输入", "format the cell as text and type it again")
		return v
	}
	if n, err := strconv.ParseFloat(v, 64); err == nil { // 1E-05 and the like, as spreadsheets store them
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return v
}
