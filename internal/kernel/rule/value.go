package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Type is the type of a fact or of a value. There is none that is dynamic.
type Type uint8

// The types of values (值的类型): yes or no, a whole number, an amount of money in
// fen, a Beijing day, a text.
const (
	TypeBool Type = iota + 1
	TypeInt
	TypeMoney
	TypeDay
	TypeText
)

var typeNames = [...]string{"none", "bool", "int", "money", "day", "text"}

// String is the type as packs write it: bool, int, money, day, text.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "type " + strconv.Itoa(int(t))
}

// ParseType reads a type as packs write it.
func ParseType(s string) (Type, bool) {
	for i, n := range typeNames[1:] {
		if n == s {
			return Type(i + 1), true
		}
	}
	return 0, false
}

// Value is one typed value. The zero Value is none (无值). Values compare with ==.
type Value struct {
	t Type
	n int64
	s string
}

// Fen is an amount of money (金额).
func Fen(f money.Fen) Value { return Value{t: TypeMoney, n: int64(f)} }

// Int is a whole number (整数).
func Int(n int64) Value { return Value{t: TypeInt, n: n} }

// Bool is yes or no (是/否).
func Bool(b bool) Value {
	if b {
		return Value{t: TypeBool, n: 1}
	}
	return Value{t: TypeBool}
}

// OfDay is a Beijing day (日期).
func OfDay(d clock.Day) Value { return Value{t: TypeDay, n: int64(d)} }

// Text is a text (文本).
func Text(s string) Value { return Value{t: TypeText, s: s} }

// Type is the type of the value; 0 for no value.
func (v Value) Type() Type { return v.t }

// IsZero tells whether there is no value. (The amount 0.00 is a value.)
func (v Value) IsZero() bool { return v.t == 0 }

// Fen is the amount of a money value; 0 for other types.
func (v Value) Fen() money.Fen { return money.Fen(v.number(TypeMoney)) }

// Int is the number of an int value; 0 for other types.
func (v Value) Int() int64 { return v.number(TypeInt) }

// Bool is the answer of a bool value; false for other types.
func (v Value) Bool() bool { return v.number(TypeBool) != 0 }

// Day is the day of a day value; no day for other types.
func (v Value) Day() clock.Day { return clock.Day(v.number(TypeDay)) }

// Text is the text of a text value; "" for other types.
func (v Value) Text() string { return v.s }

func (v Value) number(t Type) int64 {
	if v.t != t {
		return 0
	}
	return v.n
}

// String writes the value plainly: 12.34 (yuan), 3, true, 2026-03-01, a text as
// it is; "" for none.
func (v Value) String() string {
	switch v.t {
	case TypeBool:
		return strconv.FormatBool(v.n != 0)
	case TypeInt:
		return strconv.FormatInt(v.n, 10)
	case TypeMoney:
		return money.Fen(v.n).String()
	case TypeDay:
		return clock.Day(v.n).String()
	}
	return v.s
}

// Plain is the value with thousands apart, the same in both languages:
// "1,048,000,000.00"; a yes or no is a tick or a cross.
func (v Value) Plain() string {
	switch v.t {
	case TypeBool:
		if v.n != 0 {
			return "✓"
		}
		return "✗"
	case TypeInt, TypeMoney:
		whole, rest, _ := strings.Cut(v.String(), ".")
		for at := len(whole) - 3; at > 0 && whole[at-1] != '-'; at -= 3 {
			whole = whole[:at] + "," + whole[at:]
		}
		if rest != "" {
			whole += "." + rest
		}
		return whole
	}
	return v.String()
}

// Parse reads a value of a type as [Value.String] writes it.
func Parse(t Type, s string) (Value, error) {
	switch t {
	case TypeBool:
		if s == "true" || s == "false" {
			return Bool(s == "true"), nil
		}
		return Value{}, errors.New("must be true or false (应为 true 或 false)")
	case TypeInt:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Value{}, errors.New("must be a whole number (应为整数)")
		}
		return Int(n), nil
	case TypeMoney:
		f, err := money.ParseFen(s)
		return Fen(f), err
	case TypeDay:
		d, err := clock.ParseDay(s)
		return OfDay(d), err
	case TypeText:
		return Text(s), nil
	}
	return Value{}, fmt.Errorf("no such type: %d (没有这种类型)", t)
}

// Add is v + w of two amounts or two numbers, for programs that sum figures; none
// counts as nothing. Other types, and sums that do not fit, are an error.
func (v Value) Add(w Value) (Value, error) {
	switch {
	case v.IsZero():
		return w, nil
	case w.IsZero():
		return v, nil
	case v.t == TypeMoney && w.t == TypeMoney:
		f, err := v.Fen().Add(w.Fen())
		return Fen(f), err
	case v.t == TypeInt && w.t == TypeInt:
		n, ok := addInt(v.n, w.n)
		if !ok {
			return Value{}, money.ErrRange
		}
		return Int(n), nil
	}
	return Value{}, fmt.Errorf("%s and %s do not add up (不能相加)", v.t, w.t)
}

type valueForm struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// MarshalJSON writes {"type":"money","value":"12.34"}, and null for none.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(valueForm{v.t.String(), v.String()})
}

// UnmarshalJSON reads what [Value.MarshalJSON] writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	var f *valueForm
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	if f == nil {
		*v = Value{}
		return nil
	}
	t, ok := ParseType(f.Type)
	if !ok {
		return fmt.Errorf("no such type: %q (没有这种类型)", f.Type)
	}
	w, err := Parse(t, f.Value)
	if err == nil {
		*v = w
	}
	return err
}

func addInt(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}
