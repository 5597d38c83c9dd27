package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestSheetCommand: a template is written, an empty one is fine, a row with
// something missing is not, and the sheet with comments comes out.
func TestSheetCommand(t *testing.T) {
	s := newScript(t)
	file := filepath.Join(s.dir, "t.xlsx")
	s.run(0, "", "sheet", "template", "411", file)
	s.run(2, "", "sheet", "template", "999")
	s.run(0, "", "sheet", "check", file)
	f, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStr("411 支付凭证", "B4", "x"); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	marked := filepath.Join(s.dir, "m.xlsx")
	out, _ := s.run(1, "", "sheet", "check", "--json", "--mark", marked, file)
	var r struct {
		Documents, Faulty int
		Defects           []struct{ Cell string }
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Documents != 1 || r.Faulty != 1 || len(r.Defects) < 5 || r.Defects[0].Cell == "" {
		t.Errorf("%v %s", err, out)
	}
	if f, err = excelize.OpenFile(marked); err != nil {
		t.Fatal(err)
	}
	if comments, err := f.GetComments("411 支付凭证"); err != nil || len(comments) == 0 {
		t.Errorf("%v %v", comments, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	text := filepath.Join(s.dir, "t.txt")
	if err := os.WriteFile(text, []byte("no spreadsheet"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(1, "", "sheet", "check", text)
	s.run(2, "", "sheet", "check", filepath.Join(s.dir, "nothing.xlsx"))
}
