// Package sheets takes documents in as spreadsheets (电子表格报送): it makes XLSX
// templates from the facts of the message family, reads filled ones as drafts
// row by row, checks every cell as the platform checks a message, writes the
// defects back into the sheet as comments, and sends the good rows through
// intake as a job that goes on when nobody watches.
//
// Invariants: a file is hostile: what it unpacks to, its rows, columns and time
// are bounded, formulas count by their value only, and nothing of it is written
// to a disk in clear; what is written into a sheet never begins a formula; the
// same rows give the same documents, so a job that runs again changes nothing.
package sheets

import (
	"errors"
	"fmt"

	"pilotzone/internal/customs/draft"
)

// Bounds of a spreadsheet.
const (
	MaxRows    = 50_000    // of documents and their lines, all sheets together
	MaxColumns = 400       // of a sheet
	MaxUnzip   = 192 << 20 // bytes of what it unpacks to
	mostBlank  = 100_000   // rows in which nothing stands
)

// Codes of defects that spreadsheets have of their own.
const (
	CodeFile   = "SHEET-FILE"   // no spreadsheet that can be read
	CodeNames  = "SHEET-NAMES"  // no sheet with the row of element names
	CodeColumn = "SHEET-COLUMN" // a column that the kind does not have
	CodeNumber = "SHEET-NUMBER" // digits that the spreadsheet has dropped
	CodeHead   = "SHEET-HEAD"   // lines of one document differ in its head
	CodeSplit  = "SHEET-SPLIT"  // lines of one document stand apart
	CodeRight  = "SHEET-RIGHT"  // the sender may not send for this enterprise
)

// ErrRows says that there are more rows than are read.
var ErrRows = errors.New("too many rows (行数过多)")

// Unreadable says why a spreadsheet can't be read as a whole.
type Unreadable struct {
	Code         string
	ZH, EN       string
	FixZH, FixEN string
}

// Error is the English text with the Chinese behind it.
func (u *Unreadable) Error() string { return u.EN + " (" + u.ZH + ")" }

// Defect is the same as a defect of a file.
func (u *Unreadable) Defect(file string) draft.Defect {
	return draft.Defect{Code: u.Code, Severity: draft.Refuses, ZH: u.ZH, EN: u.EN, FixZH: u.FixZH, FixEN: u.FixEN, File: file}
}

func tooMany() error {
	return fmt.Errorf("%w: %w", ErrRows, &Unreadable{Code: CodeFile, ZH: fmt.Sprintf("超过 %d 行", MaxRows), EN: fmt.Sprintf("over %d rows", MaxRows), FixZH: "分成几个文件", FixEN: "split it into several files"})
}
