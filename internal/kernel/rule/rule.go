// Package rule reads the conditions (条件) and amounts (金额公式) of packs: CEL
// expressions over typed facts (指标) with exact money and Beijing days.
//
// A condition answers No, Unknown or Yes: a fact that nobody knows is never an
// error and never a guess, and what does not depend on it is decided all the
// same (false && unknown is No). The answer shows every comparison: what there
// is, what is wanted, and by how much it misses.
//
// Money is its own type and never mixes with whole numbers; the figures of two
// calibres (口径: transactions, turnover, import_export) are never added up or
// compared, which is a fault when the expression is compiled. There is nothing
// dynamic, no loop, no floating point; length, depth and cost are limited.
// docs/rules.md is the manual.
//
// Invariants: nothing here reads the clock or does I/O; what is compiled is
// immutable and safe for concurrent use.
package rule

import (
	"fmt"
	"strings"
)

// Var is one fact that expressions may name (指标).
type Var struct {
	Name    string // transactions_year: lower-case letters, digits, _
	Type    Type
	Calibre string // 口径: transactions, turnover or import_export; "" for none
	ZH, EN  string // what people call it
	Unit    string // 元, 家, m² …; may be empty
}

// Facts gives the value of a fact; known is false where nobody knows it.
type Facts func(name string) (v Value, known bool)

// Tri is an answer in three values (三值). The order makes and the lesser, or the
// greater of two.
type Tri uint8

// The answers: it does not hold, it cannot be told, it holds.
const (
	No Tri = iota
	Unknown
	Yes
)

// String is no, unknown or yes.
func (t Tri) String() string {
	switch t {
	case No:
		return "no"
	case Yes:
		return "yes"
	}
	return "unknown"
}

// MarshalText writes the answer as [Tri.String].
func (t Tri) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads no, unknown or yes.
func (t *Tri) UnmarshalText(text []byte) error {
	for _, u := range []Tri{No, Unknown, Yes} {
		if u.String() == string(text) {
			*t = u
			return nil
		}
	}
	return fmt.Errorf("%q is no, unknown or yes (应为 no、unknown 或 yes)", text)
}

// Not is the opposite; the opposite of Unknown is Unknown.
func (t Tri) Not() Tri { return Yes - t }

// Answer is what a condition comes to, with its working.
type Answer struct {
	Holds Tri
	Terms []Term // in the order of the expression
}

// Term is one comparison of a condition.
type Term struct {
	Fact  string // the fact compared; where it is computed of several, the expression
	Op    string // >= > == != < <=
	Have  Value  // what there is; none if not known
	Known bool
	Want  Value // what it is compared with; none if not known
	Short Value // by how much it misses (money, int; days as int); none if it holds or has no distance
	Holds Tri
	Group int // terms of one || share a group above 0; 0 stands for itself
}

// Error is a fault of an expression with its place (表达式错误).
type Error struct {
	Source string // the expression
	Line   int    // from 1
	Column int    // from 1, in characters
	ZH, EN string // what is wrong and how to mend it
}

// Error writes the place and the fault, English first.
func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s (%s)", e.Line, e.Column, e.EN, e.ZH)
}

// Errors are all faults found in one expression.
type Errors []*Error

// Error writes one line a fault.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}
