package export_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/face/export"
	"pilotzone/internal/kernel/money"
)

var rows = [][]any{
	{"订单1", money.Fen(48700), uint64(7), "a,b"}, {"=cmd|'/c calc'!A0", money.Fen(-5), int64(-3), "say \"hi\"\nthere"}, {"+1", money.Fen(0), uint64(0), ""},
	{"＝1+1", money.Fen(0), uint64(0), "\n@x"},
}

// A CSV file is read back as it was written, and no cell is a formula.
func TestCSV(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w, err := export.CSV(&b, "订单", "金额", "数", "备注")
	for _, r := range rows {
		err = errors.Join(err, w.Row(r...))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\uFEFF")
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	want := [][]string{{"订单", "金额", "数", "备注"}, {"订单1", "487.00", "7", "a,b"}, {"'=cmd|'/c calc'!A0", "-0.05", "-3", "say \"hi\"\nthere"}, {"'+1", "0.00", "0", ""}, {"'＝1+1", "0.00", "0", "'\n@x"}}
	if err != nil || !marked || !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%v, %v", got, err)
	}
}

// A workbook is read back as it was written; a text stays a text.
func TestXLSX(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w, err := export.XLSX(&b, "包裹", "订单", "金额", "数", "备注")
	for _, r := range rows {
		err = errors.Join(err, w.Row(r...))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows("包裹")
	want := [][]string{{"订单", "金额", "数", "备注"}, {"订单1", "487.00", "7", "a,b"}, {"=cmd|'/c calc'!A0", "-0.05", "-3", "say \"hi\"\nthere"}, {"+1", "0.00", "0"}, {"＝1+1", "0.00", "0", "\n@x"}}
	if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%v, %v", got, err)
	}
	if formula, err := f.GetCellFormula("包裹", "A3"); err != nil || formula != "" {
		t.Errorf("formula %q, %v", formula, err)
	}
}

// Memory does not grow with the list.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 150,000 rows")
	}
	for name, open := range map[string]func(io.Writer) (export.Writer, error){
		"csv":  func(w io.Writer) (export.Writer, error) { return export.CSV(w, "a", "b", "c") },
		"xlsx": func(w io.Writer) (export.Writer, error) { return export.XLSX(w, "a", "a", "b", "c") },
	} {
		w, err := open(io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		for i := range 150_000 {
			if i == 30_000 {
				runtime.GC()
				runtime.ReadMemStats(&before)
			}
			if err := w.Row(strings.Repeat("订单", 20), money.Fen(i), uint64(i)); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 24<<20 {
			t.Errorf("%s: memory grew by %d bytes over 120,000 rows", name, grown)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
