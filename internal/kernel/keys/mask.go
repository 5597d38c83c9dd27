package keys

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaskID masks an identity number (证件号码): the first and last four characters
// of a resident ID stay (1101**********002X), fewer of shorter numbers, and
// nothing of one below six characters.
func MaskID(s string) string {
	n := utf8.RuneCountInString(s)
	switch {
	case n >= 15:
		return mask(s, 4, 4)
	case n >= 8:
		return mask(s, 2, 2)
	case n >= 6:
		return mask(s, 1, 1)
	}
	return mask(s, 0, 0)
}

// MaskPhone masks a telephone number (电话): 138****5678 of a mobile number; the
// last two characters of other numbers of at least seven.
func MaskPhone(s string) string {
	n := utf8.RuneCountInString(s)
	switch {
	case n >= 11:
		return mask(s, n-8, 4)
	case n >= 7:
		return mask(s, 0, 2)
	}
	return mask(s, 0, 0)
}

// MaskName masks a person's name (姓名): the first character stays, each other
// one but for spaces becomes a star; of a single character nothing stays.
func MaskName(s string) string {
	if utf8.RuneCountInString(s) < 2 {
		return mask(s, 0, 0)
	}
	return mask(s, 1, 0)
}

// mask keeps the first and last so many characters, and spaces.
func mask(s string, first, last int) string {
	n := utf8.RuneCountInString(s)
	var b strings.Builder
	b.Grow(len(s))
	i := 0
	for _, r := range s {
		if i < first || i >= n-last || r == ' ' {
			b.WriteRune(r)
		} else {
			b.WriteByte('*')
		}
		i++
	}
	return b.String()
}

// addressTail stands for the rest of an address, whatever its length.
const addressTail = "****"

// addressReach bounds in characters how much of an address may stay.
const addressReach = 16

// MaskAddress masks an address (地址): province, city and county stay
// (河南省新乡市红旗区****), the rest goes, its length too. Where no division is
// found nothing stays.
func MaskAddress(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	runes := []rune(s)
	return string(runes[:divisionEnd(runes)]) + addressTail
}

// divisionEnd returns where the administrative divisions at the beginning of an
// address end: at most three, each named by its last character. Of two such
// characters in a row the second ends the name (红旗区, 郑州市).
func divisionEnd(runes []rune) int {
	end, found, start := 0, 0, 0
	for i, r := range runes {
		if i == addressReach || found == 3 || unicode.IsDigit(r) {
			break
		}
		if i == start || !isDivision(runes[i-1], r) {
			continue
		}
		if i+1 < len(runes) && isDivision(r, runes[i+1]) {
			continue
		}
		end, start = i+1, i+1
		found++
	}
	return end
}

// isDivision reports whether a name ending in these two characters may be an
// administrative division; residential and industrial areas (小区, 园区) are not.
func isDivision(before, r rune) bool {
	switch r {
	case '省', '市', '县', '旗', '盟', '州':
		return !strings.ContainsRune("城超", before) // 城市, 超市
	case '区':
		return !strings.ContainsRune("小社园校厂库院片景工业发居", before)
	}
	return false
}
