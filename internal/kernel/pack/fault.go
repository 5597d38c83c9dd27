package pack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong in a pack: where, what, and how to mend it.
type Fault struct {
	File   string // path in the pack's folder
	Line   int    // from 1; 0 where the fault has no line
	Column int    // from 1, in characters (YAML) or bytes (CSV); 0 where the fault has no column
	What   Text
	Mend   Text
}

// String writes the fault on one line, English first.
func (f Fault) String() string {
	where := f.File
	if f.Line > 0 {
		where += fmt.Sprintf(":%d", f.Line)
		if f.Column > 0 {
			where += fmt.Sprintf(":%d", f.Column)
		}
	}
	return fmt.Sprintf("%s: %s; %s (%s；%s)", where, f.What.EN, f.Mend.EN, f.What.ZH, f.Mend.ZH)
}

// Faults are all faults of a pack, in order of place. It is the error that the
// loaders return for a pack that is not in order.
type Faults []Fault

// Error writes one line a fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// mostFaults bounds the list, so that a wrong column in a long table does not
// bury the rest; the last one then says that there are more.
const mostFaults = 1000

// faults collects the faults of one file.
type faults struct {
	file string
	list *Faults
}

func (f faults) add(line, column int, what, mend Text) {
	if len(*f.list) > mostFaults {
		return
	}
	*f.list = append(*f.list, Fault{File: f.file, Line: line, Column: column, What: what, Mend: mend})
}

// addf is add with the same arguments put into all four texts (each text uses
// the ones that it names by index, %[1]q).
func (f faults) addf(line, column int, what, mend Text, args ...any) {
	put := func(t Text) Text { return Text{ZH: fill(t.ZH, args), EN: fill(t.EN, args)} }
	f.add(line, column, put(what), put(mend))
}

// fill formats text when it has a place for an argument.
func fill(text string, args []any) string {
	if !strings.Contains(text, "%") {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// sorted puts the faults in order of place and closes a cut list with a note.
func (fs Faults) sorted() Faults {
	more := len(fs) > mostFaults
	if more {
		fs = fs[:mostFaults]
	}
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	fs = slices.Compact(fs) // a part that two look at is reported once
	if more {
		fs = append(fs, Fault{File: "pack.yaml",
			What: Text{ZH: fmt.Sprintf("错误超过 %d 处，其余未列出", mostFaults), EN: fmt.Sprintf("more than %d faults, the others are not listed", mostFaults)},
			Mend: Text{ZH: "先修正已列出的错误", EN: "mend the listed ones first"}})
	}
	return fs
}
