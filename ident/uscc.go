package ident

// usccAlphabet is the alphabet of GB 32100-2015: no I, O, S, V, Z. A character
// stands for its index.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

var (
	usccValues  = indexes(usccAlphabet)
	usccWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28} // 3^i mod 31
)

// CheckUSCC checks a unified social credit code (GB 32100-2015): 18 characters
// of its alphabet, digits in the area code (characters 3-8), check character.
//
// A check character that does not fit is a warning: some codes that were issued
// early in pilot areas are lawful without it, and only the register can tell.
func CheckUSCC(s string) error {
	if len(s) != 18 {
		return wrongLength(USCC, "18 位", "18 characters")
	}
	sum := 0
	for i := range 18 {
		v := usccValues[s[i]]
		if v < 0 {
			return refuse(USCC, Alphabet, "含有不允许的字符（不用 I、O、S、V、Z 和小写字母）",
				"contains a character outside the alphabet (no I, O, S, V, Z, no small letters)")
		}
		if i < 17 {
			sum += int(v) * usccWeights[i]
		}
	}
	if !allDigits(s[2:8]) {
		return refuse(USCC, Structure, "第 3–8 位行政区划码应为数字", "characters 3-8, the area code, must be digits")
	}
	if s[17] != usccCheck(sum) {
		return warn(USCC, CheckDigit, "校验码不符（早期试点代码可能合法，请查登记系统）",
			"the check character does not fit (some early codes are lawful without it: ask the register)")
	}
	return nil
}

// usccCheck needs the outer mod: without it a sum of 0 would ask for a 32nd
// character.
func usccCheck(sum int) byte { return usccAlphabet[(31-sum%31)%31] }

// MakeUSCC completes 17 characters to a valid code, for made-up data.
func MakeUSCC(prefix17 string) (string, error) {
	if len(prefix17) != 17 {
		return "", wrongLength(USCC, "17 位（不含校验码）", "17 characters before the check character")
	}
	sum := 0
	for i := range 17 {
		sum += max(int(usccValues[prefix17[i]]), 0) * usccWeights[i]
	}
	s := prefix17 + string(usccCheck(sum))
	return s, CheckUSCC(s)
}

// OrganisationOf returns the organisation code inside a well-formed unified
// social credit code (characters 9-17).
func OrganisationOf(uscc string) string { return uscc[8:17] }

var organisationWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// CheckOrganisation checks an organisation code (GB 11714): 8 digits or capital
// letters and a check character, without the hyphen before it. A check character
// that does not fit is a warning only.
func CheckOrganisation(s string) error {
	if len(s) != 9 {
		return wrongLength(Organisation, "9 位（不含连字符）", "9 characters without a hyphen")
	}
	sum, ok := organisationSum(s[:8])
	if c := s[8]; !ok || (c != 'X' && (c < '0' || c > '9')) {
		return refuse(Organisation, Alphabet, "只允许数字和大写字母，末位为数字或 X",
			"only digits and capital letters, the last a digit or X")
	}
	if s[8] != organisationCheck(sum) {
		return warn(Organisation, CheckDigit, "校验码不符", "the check character does not fit")
	}
	return nil
}

func organisationSum(s string) (sum int, ok bool) {
	for i := range 8 {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			sum += int(c-'0') * organisationWeights[i]
		case capital(c):
			sum += int(c-'A'+10) * organisationWeights[i]
		default:
			return 0, false
		}
	}
	return sum, true
}

func organisationCheck(sum int) byte { return "0X987654321"[sum%11] }

// MakeOrganisation completes 8 characters to a valid organisation code, for
// made-up data.
func MakeOrganisation(prefix8 string) (string, error) {
	if len(prefix8) != 8 {
		return "", wrongLength(Organisation, "8 位（不含校验码）", "8 characters before the check character")
	}
	sum, _ := organisationSum(prefix8)
	s := prefix8 + string(organisationCheck(sum))
	return s, CheckOrganisation(s)
}
