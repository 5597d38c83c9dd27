package sheets_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/customs/sheets"
)

// The rows of the first sheet come with their numbers, blank ones left out; what
// is no spreadsheet is refused in words.
func TestRowsOfAPlainSheet(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer f.Close()
	for cell, v := range map[string]any{"A1": "number", "B1": "value", "A2": "461620260000000001", "B2": 12.5, "A4": "461620260000000002", "B4": "7"} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	var rows []int
	var cells []string
	err = sheets.EachRow(t.Context(), b.Bytes(), func(n int, c []string) error {
		rows, cells = append(rows, n), append(cells, strings.Join(c, "|"))
		return nil
	})
	if err != nil || !slices.Equal(rows, []int{1, 2, 4}) || !slices.Equal(cells, []string{"number|value", "461620260000000001|12.5", "461620260000000002|7"}) {
		t.Errorf("%v %v, %v", rows, cells, err)
	}
	var bad *sheets.Unreadable
	if err := sheets.EachRow(t.Context(), []byte("PK\x03\x04"), nil); !errors.As(err, &bad) || bad.FixZH == "" {
		t.Errorf("%v", err)
	}
}
