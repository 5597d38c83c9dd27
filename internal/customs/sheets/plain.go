package sheets

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// EachRow calls fn with the cells of each row of a spreadsheet's first sheet that
// is not blank, and the row's number from 1, in bounded memory. Formulas count by
// their value. Errors: fn's, *Unreadable, ErrRows, the context's.
func EachRow(ctx context.Context, data []byte, fn func(row int, cells []string) error) error {
	if err := bounded(data, MaxUnzip); err != nil {
		return err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: MaxUnzip, UnzipXMLSizeLimit: MaxUnzip, RawCellValue: true})
	if err != nil {
		return unreadable(err)
	}
	defer f.Close()
	rows, err := f.Rows(f.GetSheetName(0))
	if err != nil {
		return unreadable(err)
	}
	defer rows.Close()
	count := 0
	for n := 1; rows.Next(); n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		cells, err := rows.Columns()
		if err != nil {
			return unreadable(err)
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			if n-count > mostBlank {
				return tooMany()
			}
			continue
		}
		if count++; count > MaxRows || len(cells) > MaxColumns {
			return tooMany()
		}
		if err := fn(n, cells); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return unreadable(err)
	}
	return nil
}
