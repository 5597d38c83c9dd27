package ceb

import (
	"strings"
	"testing"
)

// limits of the elements that appear in the tables below.
var (
	c36    = rule{minLen: 36, maxLen: 36, total: noLimit, frac: noLimit}
	upTo60 = rule{minLen: 1, maxLen: 60, total: noLimit, frac: noLimit}
	free   = rule{minLen: noLimit, maxLen: noLimit, total: noLimit, frac: noLimit}
	n19    = rule{minLen: noLimit, maxLen: noLimit, total: 19, frac: 5}
	n4     = rule{minLen: noLimit, maxLen: noLimit, total: 4, frac: noLimit}
	rmb    = rule{minLen: 3, maxLen: 3, total: noLimit, frac: noLimit, hasDefault: true, fixed: true, preset: "142"}
	folded = rule{minLen: 1, maxLen: 1, total: noLimit, frac: noLimit, collapse: true}
)

func TestValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind valueType
		rule rule
		text string
		want string
	}{
		// C36: exactly 36 characters, counted as characters and not as bytes
		{typeString, c36, strings.Repeat("A", 36), ""},
		{typeString, c36, strings.Repeat("名", 36), ""},
		{typeString, c36, strings.Repeat("A", 35), CodeLength},
		{typeString, c36, strings.Repeat("A", 37), CodeLength},
		{typeString, c36, "", CodeEmpty},
		// C1..60
		{typeString, upTo60, " ", ""},
		{typeString, upTo60, strings.Repeat("😀", 60), ""},
		{typeString, upTo60, strings.Repeat("😀", 61), CodeLength},
		{typeString, upTo60, "", CodeEmpty},
		// no limit
		{typeString, free, "", ""},
		// white space collapsed before counting
		{typeString, folded, "  1\n", ""},
		{typeString, folded, " \t", CodeEmpty},
		{typeString, folded, "1 2", CodeLength},
		// the only value
		{typeString, rmb, "142", ""},
		{typeString, rmb, "502", CodeFixed},
		{typeString, rmb, " 142", CodeFixed},
		// N19,5
		{typeDecimal, n19, "12345678901234.12345", ""},
		{typeDecimal, n19, "123456789012345.12345", CodeDigits},
		{typeDecimal, n19, "1234567890123456789", ""},
		{typeDecimal, n19, "12345678901234567890", CodeDigits},
		{typeDecimal, n19, "0.123456", CodeDigits},
		{typeDecimal, n19, "0.1234500", ""},
		{typeDecimal, n19, "000000000000000000000000000001.5", ""},
		{typeDecimal, n19, "-1.5", ""},
		{typeDecimal, n19, "+.5", ""},
		{typeDecimal, n19, "5.", ""},
		{typeDecimal, n19, " 5 ", ""},
		{typeDecimal, n19, ".", CodeDecimal},
		{typeDecimal, n19, "-", CodeDecimal},
		{typeDecimal, n19, "", CodeDecimal},
		{typeDecimal, n19, "1e5", CodeDecimal},
		{typeDecimal, n19, "1,000", CodeDecimal},
		{typeDecimal, n19, "1.2.3", CodeDecimal},
		{typeDecimal, n19, "１", CodeDecimal},
		{typeDecimal, n19, "1." + strings.Repeat("0", 24), CodeDecimal},
		// N4 and plain xs:int
		{typeInt, n4, "1234", ""},
		{typeInt, n4, "00001234", ""},
		{typeInt, n4, "-1234", ""},
		{typeInt, n4, "12345", CodeDigits},
		{typeInt, free, "2147483647", ""},
		{typeInt, free, "2147483648", CodeInt},
		{typeInt, free, "-2147483648", ""},
		{typeInt, free, "-2147483649", CodeInt},
		{typeInt, free, strings.Repeat("9", 1000), CodeInt},
		{typeInt, free, strings.Repeat("0", 1000) + "7", ""},
		{typeInt, free, " 1", CodeInt},
		{typeInt, free, "1.0", CodeInt},
		{typeInt, free, "", CodeInt},
		{typeInt, free, "+", CodeInt},
	}
	for _, tt := range tests {
		if got := checkValue(tt.kind, &tt.rule, []byte(tt.text)); got.code != tt.want {
			t.Errorf("%v %q: got %q, want %q", tt.kind, tt.text, got.code, tt.want)
		} else if got.code != "" && (got.zh == "" || got.en == "") {
			t.Errorf("%v %q: no text in both languages", tt.kind, tt.text)
		}
	}
}

func TestURIs(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "#a", "http://www.w3.org/2000/09/xmldsig#sha1", "http://a:80/b?c#d", "a b", "%41", "http://[::1]/", "urn:x:y", "中文", "//a", "?", "a/b:c", "mailto:a@b", "http://h:2147483647"} {
		if !isURI(s) {
			t.Errorf("%q is a URI", s)
		}
	}
	for _, s := range []string{"%4", "%zz", "http://a:b/", "1:2", ":a", "##", "a[b", "http://[zz", "http://a:", "http://h:2147483648", "a_b:c"} {
		if isURI(s) {
			t.Errorf("%q is no URI", s)
		}
	}
}

func TestSignatureValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind, text string
		good       bool
	}{
		{"base64", "", true}, {"base64", "YWJj", true}, {"base64", "YW Jj\n", true}, {"base64", "YQ==", true}, {"base64", "YWI=", true},
		{"base64", "YR==", false}, {"base64", "YWJ", false}, {"base64", "YW=Jj", false}, {"base64", "====", false},
		{"integer", "-12", true}, {"integer", " 12 ", true}, {"integer", "", false}, {"integer", "1.0", false},
		{"integer", strings.Repeat("9", 24), true}, {"integer", strings.Repeat("9", 25), false},
	}
	for _, tt := range tests {
		if got := signValue(tt.kind, []byte(tt.text)).code == ""; got != tt.good {
			t.Errorf("%s %q: %v", tt.kind, tt.text, got)
		}
	}
}

func TestContentOfSignatureElements(t *testing.T) {
	t.Parallel()
	tests := []struct {
		element, children string
		good              bool
	}{
		{"Signature", "SignedInfo SignatureValue", true}, {"Signature", "SignedInfo SignatureValue KeyInfo", true},
		{"Signature", "SignatureValue SignedInfo", false}, {"Signature", "SignedInfo", false},
		{"SignedInfo", "CanonicalizationMethod SignatureMethod Reference Reference", true},
		{"KeyInfo", "", false}, {"KeyInfo", "KeyName X509Data KeyName other", true}, {"KeyInfo", "Reference", false},
		{"DSAKeyValue", "P Q G Y J Seed PgenCounter", true}, {"DSAKeyValue", "Y", true}, {"DSAKeyValue", "P Y", false}, {"DSAKeyValue", "Y Seed", false},
		{"PGPData", "PGPKeyID PGPKeyPacket other other", true}, {"PGPData", "PGPKeyPacket", true}, {"PGPData", "other", false}, {"PGPData", "PGPKeyPacket PGPKeyID", false},
		{"SPKIData", "SPKISexp other SPKISexp", true}, {"SPKIData", "other", false}, {"SPKIData", "SPKISexp other other", false},
		{"Transform", "XPath other XPath", true}, {"Transform", "", true}, {"KeyValue", "RSAKeyValue RSAKeyValue", false}, {"Object", "other Manifest", true},
	}
	for _, tt := range tests {
		rest := signTypes()[tt.element].model
		for _, child := range strings.Fields(tt.children) {
			space := SignatureNamespace
			if child == "other" {
				space = "urn:other"
			}
			if rest = rest.after(space, child); rest == nil {
				break
			}
		}
		if got := rest != nil && rest.mayEnd(); got != tt.good {
			t.Errorf("%s with %q: %v", tt.element, tt.children, got)
		}
	}
}
