package ident

import "fmt"

// containerValues gives A=10, B=12 … Z=38, leaving out the multiples of 11.
var containerValues = func() (t [26]int) {
	v := 10
	for i := range t {
		if v%11 == 0 {
			v++
		}
		t[i] = v
		v++
	}
	return t
}()

// CheckISO6346 checks a container number: 3 capital letters of the owner, U, J
// or Z, 6 digits, check digit. A number whose check sum leaves 10 is marked as a
// warning: the standard writes it as 0 and tells owners to avoid it, because it
// cannot be told from a remainder of 0.
func CheckISO6346(s string) error {
	if len(s) != 11 {
		return wrongLength(ISO6346, "11 位", "11 characters")
	}
	if !capital(s[0]) || !capital(s[1]) || !capital(s[2]) || !capital(s[3]) || !allDigits(s[4:]) {
		return refuse(ISO6346, Alphabet, "应为 4 个大写字母和 7 个数字", "must be 4 capital letters and 7 digits")
	}
	if s[3] != 'U' && s[3] != 'J' && s[3] != 'Z' {
		return refuse(ISO6346, Structure, "第 4 位应为 U、J 或 Z", "character 4 must be U, J or Z")
	}
	rest := containerRest(s)
	switch {
	case int(s[10]-'0') != rest%10:
		return wrongCheck(ISO6346)
	case rest == 10:
		return warn(ISO6346, CheckDigit, "余数为 10（校验码写作 0），箱主一般避免使用", "the check sum leaves 10 (written 0), which owners avoid")
	}
	return nil
}

func containerRest(s string) int {
	sum := 0
	for i := range 10 {
		v := int(s[i]) - '0'
		if i < 4 {
			v = containerValues[s[i]-'A']
		}
		sum += v << i
	}
	return sum % 11
}

// MakeISO6346 completes 10 characters with the check digit, for made-up data.
func MakeISO6346(prefix10 string) (string, error) {
	if len(prefix10) != 10 {
		return "", wrongLength(ISO6346, "10 位（不含校验码）", "10 characters before the check digit")
	}
	s := prefix10 + "0"
	if err := CheckISO6346(s); err != nil && err.(*Error).Reason != CheckDigit {
		return "", err
	}
	s = prefix10 + string(rune('0'+containerRest(s)%10))
	return s, CheckISO6346(s)
}

var s10Weights = [8]int{8, 6, 4, 2, 3, 5, 9, 7}

// CheckS10 checks the number of a postal item (UPU S10): 2 capital letters of
// the service, 8 digits, check digit, ISO code of the country of posting.
func CheckS10(s string) error {
	if len(s) != 13 {
		return wrongLength(S10, "13 位", "13 characters")
	}
	if !capital(s[0]) || !capital(s[1]) || !allDigits(s[2:11]) || !capital(s[11]) || !capital(s[12]) {
		return refuse(S10, Alphabet, "应为 2 个大写字母、9 个数字、2 个大写字母", "must be 2 capital letters, 9 digits, 2 capital letters")
	}
	if !isCountry(s[11:]) {
		return refuse(S10, Region, "国家代码不存在", "unknown country code")
	}
	if s[10] != s10Check(s[2:10]) {
		return wrongCheck(S10)
	}
	return nil
}

func s10Check(serial string) byte {
	sum := 0
	for i, w := range s10Weights {
		sum += int(serial[i]-'0') * w
	}
	return "50987654321"[sum%11] // 11 − 0 is written 5, 11 − 1 is written 0
}

// MakeS10 forms the number of a postal item from the two letters of the service,
// a serial number of up to 8 digits and the country, for made-up data.
func MakeS10(service string, serial int, country string) (string, error) {
	if serial < 0 || serial > 99_999_999 {
		return "", wrongLength(S10, "至多 8 位序号", "a serial number of at most 8 digits")
	}
	digits := fmt.Sprintf("%08d", serial)
	s := service + digits + string(s10Check(digits)) + country
	return s, CheckS10(s)
}

// CheckAirWaybill checks an air waybill number: 11 digits without a hyphen, 3 of
// the airline, 7 serial, and the serial modulo 7 as check digit.
func CheckAirWaybill(s string) error {
	if len(s) != 11 {
		return wrongLength(AirWaybill, "11 位（不含连字符）", "11 digits without a hyphen")
	}
	if !allDigits(s) {
		return refuse(AirWaybill, Alphabet, "只允许数字", "only digits")
	}
	if int(s[10]-'0') != number(s[3:10])%7 {
		return wrongCheck(AirWaybill)
	}
	return nil
}

// MakeAirWaybill completes 10 digits with the check digit, for made-up data.
func MakeAirWaybill(prefix10 string) (string, error) {
	if len(prefix10) != 10 {
		return "", wrongLength(AirWaybill, "10 位（不含校验码）", "10 digits before the check digit")
	}
	if !allDigits(prefix10) {
		return "", refuse(AirWaybill, Alphabet, "只允许数字", "only digits")
	}
	return prefix10 + string(rune('0'+number(prefix10[3:])%7)), nil
}
