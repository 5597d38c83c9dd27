package clock

import (
	"fmt"
	"time"
)

// Day is a calendar day of Beijing as the number yyyymmdd: 20260301. Days
// compare with < and ==. The zero Day is no day.
type Day int32

// DayOf is the Beijing day on which the instant t falls.
func DayOf(t time.Time) Day {
	return fromCivil(floorDiv(t.Unix()+8*60*60, 24*60*60))
}

// NewDay makes a day; values out of range run over as in [time.Date].
func NewDay(year int, month time.Month, day int) Day {
	return DayOf(time.Date(year, month, day, 0, 0, 0, 0, Beijing))
}

// ParseDay reads "2026-03-01" or the customs form "20260301". The date must
// exist, and the year must be 1000 to 9999.
func ParseDay(s string) (Day, error) {
	layout := time.DateOnly
	if len(s) == 8 {
		layout = "20060102"
	}
	t, err := time.ParseInLocation(layout, s, Beijing)
	if err != nil || t.Year() < 1000 {
		return 0, fmt.Errorf("day (日期) %.20q: not a date such as 2026-03-01 (不是形如 2026-03-01 的日期)", s)
	}
	return DayOf(t), nil
}

// Year is the calendar year.
func (d Day) Year() int { return int(d / 10000) }

// Month is the calendar month.
func (d Day) Month() time.Month { return time.Month(d / 100 % 100) }

// DayOfMonth is the day in the month, from 1.
func (d Day) DayOfMonth() int { return int(d % 100) }

// Valid tells whether d names a day that exists (years 1000 to 9999).
func (d Day) Valid() bool {
	return d >= 1000_01_01 && d <= 9999_12_31 && fromCivil(d.civil()) == d
}

// Time is midnight in [Beijing] at the start of the day.
func (d Day) Time() time.Time {
	return time.Date(d.Year(), d.Month(), d.DayOfMonth(), 0, 0, 0, 0, Beijing)
}

// String writes "2026-03-01".
func (d Day) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.Year(), int(d.Month()), d.DayOfMonth())
}

// MarshalText writes "2026-03-01".
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the day as [ParseDay] does.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

// AddDays is the day n days later (earlier if n is negative).
func (d Day) AddDays(n int) Day { return fromCivil(d.civil() + int64(n)) }

// AddMonths is the same day n months later; if that month is shorter, its last
// day (2026-08-31 plus 6 months is 2027-02-28).
func (d Day) AddMonths(n int) Day {
	months := d.Year()*12 + int(d.Month()) - 1 + n
	first := Day(floorDiv(int64(months), 12)*10000 + (floorMod(int64(months), 12)+1)*100 + 1)
	last := NewDay(first.Year(), first.Month()+1, 0)
	return min(first+Day(d.DayOfMonth())-1, last)
}

// Sub is the number of days from e to d: d = e.AddDays(d.Sub(e)).
func (d Day) Sub(e Day) int { return int(d.civil() - e.civil()) }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return time.Weekday(floorMod(d.civil()+4, 7)) }

// civil is the number of days since 1970-01-01. The year is taken to start in
// March, so that the leap day is the last of it.
func (d Day) civil() int64 {
	y, m, day := int64(d.Year()), int64(d.Month()), int64(d.DayOfMonth())
	if m <= 2 {
		y--
		m += 12
	}
	inYear := (153*(m-3)+2)/5 + day - 1
	return y*365 + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) + inYear - 719_468
}

// fromCivil is the day z days after 1970-01-01.
func fromCivil(z int64) Day {
	z += 719_468
	era := floorDiv(z, 146_097)
	inEra := z - era*146_097
	y := (inEra - inEra/1460 + inEra/36_524 - inEra/146_096) / 365
	inYear := inEra - (365*y + y/4 - y/100)
	mp := (5*inYear + 2) / 153
	day := inYear - (153*mp+2)/5 + 1
	year, month := y+era*400, mp+3
	if month > 12 {
		year, month = year+1, month-12
	}
	return Day(year*10000 + month*100 + day)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
