package ident

import (
	"errors"
	"fmt"
	"time"
)

// Kind names a scheme of identifiers.
type Kind string

// The kinds. Those up to [HS] can be given to [Check].
const (
	USCC        Kind = "uscc"         // unified social credit code (统一社会信用代码)
	ResidentNo  Kind = "resident-id"  // resident identity number (公民身份号码)
	CustomsCode Kind = "customs-code" // customs registration code (海关注册编码)
	S10         Kind = "s10"          // international postal item (国际邮件号)
	ISO6346     Kind = "iso6346"      // container number (集装箱号)
	GTIN        Kind = "gtin"         // bar code number (商品条码)
	HS          Kind = "hs"           // commodity code (商品编码)

	Organisation  Kind = "organisation-code"  // organisation code (组织机构代码)
	DeclarationNo Kind = "declaration-number" // declaration number (报关单号)
	AirWaybill    Kind = "awb"                // air waybill number (空运单号)
)

// Kinds lists the kinds that [Check] knows.
func Kinds() []Kind { return []Kind{USCC, ResidentNo, CustomsCode, S10, ISO6346, GTIN, HS} }

// Reason says why a value is refused. The names are stable.
type Reason string

// The reasons.
const (
	Length     Reason = "length"      // wrong number of characters
	Alphabet   Reason = "alphabet"    // a character that the scheme does not use
	Structure  Reason = "structure"   // a part has a value that the scheme does not define
	Region     Reason = "region"      // unknown province, area or country
	Chapter    Reason = "chapter"     // a chapter that the Harmonized System does not have
	Date       Reason = "date"        // a date that does not exist
	FutureDate Reason = "future_date" // a date after today
	Age        Reason = "age"         // older than 150 years
	CheckDigit Reason = "check_digit" // the check character does not fit
	Prefix     Reason = "prefix"      // does not begin as it must
	Unknown    Reason = "kind"        // the kind of identifier is not known
)

// Error is a refusal. Find it with errors.As.
type Error struct {
	Kind   Kind
	Reason Reason
	ZH, EN string // what is wrong, in Chinese and English, without the value
	// Warning marks a doubt: lawful values with this fault exist, so that a
	// register should be asked before the value is refused.
	Warning bool
}

// Error gives kind, reason and both sentences.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s: %s (%s)", e.Kind, e.Reason, e.EN, e.ZH)
}

// IsWarning tells whether err is a doubt and not a refusal.
func IsWarning(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Warning
}

// Check tells whether value is a well-formed identifier of the kind: nil, or an
// [*Error]. Resident numbers are judged by the machine's date; use [CheckAt]
// where the date must be given.
func Check(kind Kind, value string) error { return CheckAt(kind, value, time.Now()) }

// CheckAt is [Check] with the instant by which dates and ages are judged.
func CheckAt(kind Kind, value string, today time.Time) error {
	switch kind {
	case USCC:
		return CheckUSCC(value)
	case ResidentNo:
		_, err := ParseResidentID(value, today)
		return err
	case CustomsCode:
		_, err := ParseCustomsCode(value)
		return err
	case S10:
		return CheckS10(value)
	case ISO6346:
		return CheckISO6346(value)
	case GTIN:
		return CheckGTIN(value)
	case HS:
		return CheckHS(value)
	case Organisation:
		return CheckOrganisation(value)
	case DeclarationNo:
		_, err := ParseDeclarationNo(value)
		return err
	case AirWaybill:
		return CheckAirWaybill(value)
	}
	return &Error{Kind: kind, Reason: Unknown, ZH: "未知的标识类型", EN: "unknown kind of identifier"}
}

func refuse(k Kind, r Reason, zh, en string) error {
	return &Error{Kind: k, Reason: r, ZH: zh, EN: en}
}

func warn(k Kind, r Reason, zh, en string) error {
	return &Error{Kind: k, Reason: r, ZH: zh, EN: en, Warning: true}
}

func wrongLength(k Kind, zh, en string) error {
	return refuse(k, Length, "长度不对，应为 "+zh, "wrong length: must be "+en)
}

func wrongCheck(k Kind) error {
	return refuse(k, CheckDigit, "校验码不符", "the check digit does not fit")
}

// allDigits tells whether s is ASCII digits only.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// number reads ASCII digits; the caller has checked that they are.
func number(s string) (n int) {
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// capital tells whether c is an ASCII capital letter.
func capital(c byte) bool { return c >= 'A' && c <= 'Z' }

// indexes turns an alphabet into a table from character to value, -1 if absent.
func indexes(alphabet string) (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = int8(i)
	}
	return t
}
