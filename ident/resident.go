package ident

import "time"

// beijing is the zone of birth dates: UTC+08:00.
var beijing = time.FixedZone("CST", 8*60*60)

// ResidentID is a parsed resident identity number. It is personal data.
type ResidentID struct {
	Number string    // 18 characters, a small x made capital
	Area   string    // first six digits: where it was first registered
	Birth  time.Time // midnight of the birth date in Beijing
	Male   bool      // the 17th digit is odd
}

// Age is the number of full years on the day of today in Beijing.
func (r ResidentID) Age(today time.Time) int {
	today = today.In(beijing)
	years := today.Year() - r.Birth.Year()
	if today.Month() < r.Birth.Month() || (today.Month() == r.Birth.Month() && today.Day() < r.Birth.Day()) {
		years--
	}
	return years
}

// oldest is the greatest age that is believed.
const oldest = 150

var residentWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} // 2^(17-i) mod 11

// residentRegions marks the province codes of GB/T 2260, and 81-83 of the
// residence permits for people from Hong Kong, Macao and Taiwan.
var residentRegions = regions(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
	50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83)

func regions(codes ...int) (set [100]bool) {
	for _, c := range codes {
		set[c] = true
	}
	return set
}

// ParseResidentID checks a resident identity number (GB 11643-1999) and takes it
// apart: 17 digits and a digit or X (x is accepted), a known province, a birth
// date that exists, not after today and not more than 150 years ago, and the
// check character. Numbers of 15 digits are refused: they went out of use on
// 2013-01-01. Today is taken as a day of Beijing.
func ParseResidentID(s string, today time.Time) (ResidentID, error) {
	switch {
	case len(s) == 15 && allDigits(s):
		return ResidentID{}, refuse(ResidentNo, Length, "15 位旧号码已停用，应为 18 位", "15-digit numbers are out of use: must be 18 characters")
	case len(s) != 18:
		return ResidentID{}, wrongLength(ResidentNo, "18 位", "18 characters")
	case !allDigits(s[:17]) || (s[17] != 'X' && s[17] != 'x' && !allDigits(s[17:])):
		return ResidentID{}, refuse(ResidentNo, Alphabet, "前 17 位应为数字，末位为数字或 X", "must be 17 digits and a digit or X")
	case !residentRegions[number(s[:2])]:
		return ResidentID{}, refuse(ResidentNo, Region, "省级代码不存在", "unknown province code")
	}
	if s[17] == 'x' {
		s = s[:17] + "X"
	}
	birth, ok := date(number(s[6:10]), number(s[10:12]), number(s[12:14]))
	r := ResidentID{Number: s, Area: s[:6], Birth: birth, Male: s[16]%2 == 1}
	switch {
	case !ok:
		return ResidentID{}, refuse(ResidentNo, Date, "出生日期不存在", "the birth date does not exist")
	case birth.After(today):
		return ResidentID{}, refuse(ResidentNo, FutureDate, "出生日期晚于今天", "the birth date is after today")
	case r.Age(today) > oldest:
		return ResidentID{}, refuse(ResidentNo, Age, "年龄超过 150 岁", "older than 150 years")
	case s[17] != residentCheck(s):
		return ResidentID{}, wrongCheck(ResidentNo)
	}
	return r, nil
}

func residentCheck(s string) byte {
	sum := 0
	for i, w := range residentWeights {
		sum += int(s[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// date makes a day of Beijing; ok is false if the calendar does not have it.
func date(y, m, d int) (time.Time, bool) {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, beijing)
	return t, t.Year() == y && int(t.Month()) == m && t.Day() == d
}

// MakeResidentID completes 17 digits with the check character, for made-up
// people. Errors are those of [ParseResidentID] that do not depend on today.
func MakeResidentID(prefix17 string) (string, error) {
	if len(prefix17) != 17 {
		return "", wrongLength(ResidentNo, "17 位（不含校验码）", "17 digits before the check character")
	}
	if !allDigits(prefix17) {
		return "", refuse(ResidentNo, Alphabet, "前 17 位应为数字", "must be digits")
	}
	s := prefix17 + string(residentCheck(prefix17))
	birth, _ := date(number(s[6:10]), number(s[10:12]), number(s[12:14]))
	_, err := ParseResidentID(s, birth)
	return s, err
}
