package ident

// Registration is a customs registration code (海关注册编码) taken apart. It has
// no check digit.
type Registration struct {
	Area   string // characters 1-4: province and city
	Zone   byte   // character 5: economic area (1 special economic zone … 9 other)
	Type   byte   // character 6: kind of enterprise (1 state-owned … 8 broker, 9 other)
	Serial string // characters 7-10
}

// Broker tells whether the enterprise only declares for others (报关企业).
func (r Registration) Broker() bool { return r.Type == '8' }

// ParseCustomsCode checks a customs registration code of 10 digits and capital
// letters: a known province in characters 1-2, digits in 3-4, and no zero as
// economic area or kind of enterprise. Letters are accepted in these two,
// because customs has added some without a published list.
func ParseCustomsCode(s string) (Registration, error) {
	if len(s) != 10 {
		return Registration{}, wrongLength(CustomsCode, "10 位", "10 characters")
	}
	for i := range 10 {
		if c := s[i]; (c < '0' || c > '9') && !capital(c) {
			return Registration{}, refuse(CustomsCode, Alphabet, "只允许数字和大写字母", "only digits and capital letters")
		}
	}
	switch {
	case !allDigits(s[:4]):
		return Registration{}, refuse(CustomsCode, Structure, "前 4 位地区码应为数字", "characters 1-4, the area, must be digits")
	case !residentRegions[number(s[:2])]:
		return Registration{}, refuse(CustomsCode, Region, "省级代码不存在", "unknown province code")
	case s[4] == '0':
		return Registration{}, refuse(CustomsCode, Structure, "第 5 位经济区划码不能为 0", "character 5, the economic area, must not be 0")
	case s[5] == '0':
		return Registration{}, refuse(CustomsCode, Structure, "第 6 位企业类型码不能为 0", "character 6, the kind of enterprise, must not be 0")
	}
	return Registration{Area: s[:4], Zone: s[4], Type: s[5], Serial: s[6:]}, nil
}

// Declaration is a declaration number (报关单号) taken apart.
type Declaration struct {
	Office string // digits 1-4: customs office (关区)
	Year   int    // digits 5-8
	Import bool   // digit 9: 1 import, 0 export
	Serial string // digits 10-18
	Item   int    // item of the declaration, from the tax system's form of 21 digits; else 0
}

// ParseDeclarationNo checks a declaration number of 18 digits: office, year,
// direction, serial number.
func ParseDeclarationNo(s string) (Declaration, error) {
	if len(s) != 18 {
		return Declaration{}, wrongLength(DeclarationNo, "18 位", "18 digits")
	}
	if !allDigits(s) {
		return Declaration{}, refuse(DeclarationNo, Alphabet, "只允许数字", "only digits")
	}
	d := Declaration{Office: s[:4], Year: number(s[4:8]), Import: s[8] == '1', Serial: s[9:]}
	switch {
	case s[8] > '1':
		return Declaration{}, refuse(DeclarationNo, Structure, "第 9 位应为 1（进口）或 0（出口）", "digit 9 must be 1 (import) or 0 (export)")
	case d.Year < firstCustomsYear:
		return Declaration{}, refuse(DeclarationNo, Date, "第 5–8 位年份不合理", "digits 5-8 are not a plausible year")
	}
	return d, nil
}

// firstCustomsYear is when customs became one national administration again;
// an earlier year is taken for a typing fault.
const firstCustomsYear = 1980

// ParseDeclarationItem checks the 21 digits by which the tax system names one
// item of a declaration: the 18 of the declaration, a 0, and the item number.
func ParseDeclarationItem(s string) (Declaration, error) {
	if len(s) != 21 {
		return Declaration{}, wrongLength(DeclarationNo, "21 位", "21 digits")
	}
	d, err := ParseDeclarationNo(s[:18])
	if err != nil {
		return Declaration{}, err
	}
	if !allDigits(s[18:]) {
		return Declaration{}, refuse(DeclarationNo, Alphabet, "只允许数字", "only digits")
	}
	if d.Item = number(s[19:]); s[18] != '0' || d.Item == 0 {
		return Declaration{}, refuse(DeclarationNo, Structure, "第 19 位应为 0，第 20–21 位为项号", "digit 19 must be 0 and digits 20-21 an item number")
	}
	return d, nil
}

// CheckHS checks a commodity code of the Harmonized System: 4 digits (heading,
// 品目), 6 (subheading, 子目), 8 (tariff line, 税目), 10 (customs code, 商品编号)
// or 13 (with the inspection suffix, 检验检疫编码), in chapters 01-97 without 77
// or in the national chapters 98-99.
func CheckHS(s string) error {
	switch len(s) {
	case 4, 6, 8, 10, 13:
	default:
		return wrongLength(HS, "4、6、8、10 或 13 位", "4, 6, 8, 10 or 13 digits")
	}
	if !allDigits(s) {
		return refuse(HS, Alphabet, "只允许数字", "only digits")
	}
	if c := s[:2]; c == "00" || c == "77" {
		return refuse(HS, Chapter, "没有该章（01–97 章，不含 77；98–99 为本国使用）", "no such chapter (01-97 without 77; 98-99 are national)")
	}
	return nil
}

// CheckHSPrefix checks that a commodity code refines a shorter one: both well
// formed, and the first begins with the second (a 10-digit code must begin with
// the declared 4 or 6 digits).
func CheckHSPrefix(code, shorter string) error {
	for _, s := range []string{code, shorter} {
		if err := CheckHS(s); err != nil {
			return err
		}
	}
	if len(shorter) > len(code) || code[:len(shorter)] != shorter {
		return refuse(HS, Prefix, "商品编码与所属的较短编码不一致", "the code does not begin with the shorter one")
	}
	return nil
}
