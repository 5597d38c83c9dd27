package ident

// CheckGTIN checks a bar code number (GTIN-8, -12, -13, -14): digits, the last
// of which makes the sum, weighted 3 and 1 in turn from the right, a multiple
// of ten. GTIN-13 is the EAN-13 of Chinese shops (商品条码, GB 12904).
func CheckGTIN(s string) error {
	switch len(s) {
	case 8, 12, 13, 14:
	default:
		return wrongLength(GTIN, "8、12、13 或 14 位", "8, 12, 13 or 14 digits")
	}
	if !allDigits(s) {
		return refuse(GTIN, Alphabet, "只允许数字", "only digits")
	}
	last := len(s) - 1
	if s[last] != gtinCheck(s[:last]) {
		return wrongCheck(GTIN)
	}
	return nil
}

func gtinCheck(s string) byte {
	sum := 0
	for i := range len(s) {
		weight := 1
		if (len(s)-i)%2 == 1 {
			weight = 3
		}
		sum += int(s[i]-'0') * weight
	}
	return byte('0' + (10-sum%10)%10)
}

// MakeGTIN13 completes 12 digits with the check digit, for made-up data.
func MakeGTIN13(prefix12 string) (string, error) {
	if len(prefix12) != 12 {
		return "", wrongLength(GTIN, "12 位（不含校验码）", "12 digits before the check digit")
	}
	if !allDigits(prefix12) {
		return "", refuse(GTIN, Alphabet, "只允许数字", "only digits")
	}
	return prefix12 + string(gtinCheck(prefix12)), nil
}
