package pack

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Mark says how far a value can be trusted (依据等级).
type Mark uint8

// The marks, from firm to soft. A decision that rests on one below Seen says
// so.
const (
	Seen      Mark = iota + 1 // read in a stored text of the rule (已查见原文)
	Recalled                  // known, but not found in any text read (待核)
	Inference                 // our reading; no source says it (推断)
	Design                    // a default that we propose, not law (平台设定)
)

var markNames = map[string]Mark{"seen": Seen, "recalled": Recalled, "inference": Inference, "design": Design}

// String is the mark as the files write it.
func (m Mark) String() string {
	for name, v := range markNames {
		if v == m {
			return name
		}
	}
	return ""
}

// Type is the type of a parameter or column.
type Type uint8

// The types. Fen is written in yuan ("5000.00"), Rate as a decimal ("0.70"),
// Days and Grams as whole numbers, Date as 2026-01-01. A parameter is of type
// Int, Fen, Rate, Bool, Text, Days or Grams; a column may also be a Date.
const (
	Int Type = iota + 1
	Fen
	Rate
	Bool
	Txt
	Days
	Grams
	Date
)

var typeNames = map[string]Type{"int": Int, "fen": Fen, "rate": Rate, "bool": Bool, "text": Txt, "days": Days, "grams": Grams, "date": Date}

// String is the type as the files write it.
func (t Type) String() string {
	for name, v := range typeNames {
		if v == t {
			return name
		}
	}
	return ""
}

// whole matches a whole number in its one canonical writing.
var whole = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)

// parsed is the value of one cell.
type parsed struct {
	n    int64      // Int, Fen, Days, Grams, Date; Bool as 0 or 1
	rate money.Rate // Rate
}

// parse reads text as t; the error texts say what is expected.
func parse(t Type, text string) (v parsed, err error) {
	switch t {
	case Int, Days, Grams:
		if !whole.MatchString(text) {
			return v, fmt.Errorf("not a whole number (不是整数)")
		}
		v.n, err = strconv.ParseInt(text, 10, 64)
		if err == nil && t != Int && v.n < 0 {
			err = money.ErrNegative
		}
	case Fen:
		var f money.Fen
		f, err = money.ParseFen(text)
		v.n = int64(f)
	case Rate:
		v.rate, err = money.ParseRate(text)
	case Bool:
		switch text {
		case "true":
			v.n = 1
		case "false":
		default:
			err = fmt.Errorf("neither true nor false (应为 true 或 false)")
		}
	case Date:
		var d clock.Day
		d, err = parseDay(text)
		v.n = int64(d)
	case Txt:
		if !utf8.ValidString(text) {
			err = fmt.Errorf("not UTF-8 (不是 UTF-8)")
		}
	}
	return v, err
}

// parseDay reads 2026-01-01 only, so that a file has one way to write a day.
func parseDay(text string) (clock.Day, error) {
	if len(text) != len("2026-01-01") {
		return 0, fmt.Errorf("not a date such as 2026-01-01 (不是形如 2026-01-01 的日期)")
	}
	return clock.ParseDay(text)
}

// Value is a parameter's value on a day, with what it rests on.
type Value struct {
	Type   Type
	Text   string    // as the file writes it
	From   clock.Day // first day; 0 = since ever
	To     clock.Day // last day; 0 = open
	Source Source
	Mark   Mark
	Pack   string // version of the pack that lays it down

	v parsed
}

// Int is the value of an int, days or grams parameter; 0 for other types.
func (v *Value) Int() int64 {
	switch v.Type {
	case Int, Days, Grams:
		return v.v.n
	}
	return 0
}

// Fen is the value of a fen parameter; 0 for other types.
func (v *Value) Fen() money.Fen {
	if v.Type != Fen {
		return 0
	}
	return money.Fen(v.v.n)
}

// Rate is the value of a rate parameter; 0 for other types.
func (v *Value) Rate() money.Rate { return v.v.rate }

// Bool is the value of a bool parameter; false for other types.
func (v *Value) Bool() bool { return v.Type == Bool && v.v.n == 1 }

// covers tells whether the value is in force on day.
func (v *Value) covers(day clock.Day) bool {
	return v.From <= day && (v.To == 0 || day <= v.To)
}

// Param is a parameter: a named value with a history.
type Param struct {
	Name        string
	Type        Type
	Unit        string // 元/单, ‰ …; empty where the type says it all
	Meaning     Text
	Overridable bool // a pack above may lay down other values
	Continuous  bool // its history has no gaps
	Values      []Value
	Line        int
}

// On returns the value in force on day.
func (p *Param) On(day clock.Day) (*Value, bool) {
	i, found := slices.BinarySearchFunc(p.Values, day, func(v Value, d clock.Day) int { return cmp.Compare(v.From, d) })
	if !found {
		i--
	}
	if i < 0 || !p.Values[i].covers(day) {
		return nil, false
	}
	return &p.Values[i], true
}
