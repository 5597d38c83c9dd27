package ceb

import (
	"fmt"
	"strings"
)

// Codes of defects. They are stable; docs/ceb-codes.md explains each.
const (
	CodeSize      = "CEB-SIZE"      // the message or a text in it is too long to read
	CodeEncoding  = "CEB-ENCODING"  // not UTF-8
	CodeChar      = "CEB-CHAR"      // a character that XML forbids
	CodeDTD       = "CEB-DTD"       // a document type declaration
	CodeEntity    = "CEB-ENTITY"    // an entity other than the five of XML
	CodeDepth     = "CEB-DEPTH"     // nested too deep
	CodeXML       = "CEB-XML"       // not well-formed in another way
	CodeTruncated = "CEB-TRUNCATED" // ends before the root element does
	CodeRoot      = "CEB-ROOT"      // the root element is no message of the family
	CodeEdition   = "CEB-EDITION"   // the demanded edition does not define the message
	CodeNamespace = "CEB-NAMESPACE" // right name, wrong XML namespace
	CodeMissing   = "CEB-MISSING"   // a mandatory element or attribute is missing
	CodeUnknown   = "CEB-UNKNOWN"   // an element that does not belong here at all
	CodeOrder     = "CEB-ORDER"     // an element at the wrong place in the sequence
	CodeRepeat    = "CEB-REPEAT"    // an element given again that may stand once
	CodeCount     = "CEB-COUNT"     // more repetitions than allowed
	CodeText      = "CEB-TEXT"      // text between elements
	CodeChild     = "CEB-CHILD"     // an element inside a plain value
	CodeAttribute = "CEB-ATTRIBUTE" // an attribute that does not belong here
	CodeXSI       = "CEB-XSI"       // xsi:nil or xsi:type used against the schema
	CodeEmpty     = "CEB-EMPTY"     // a value that must not be empty is empty
	CodeLength    = "CEB-LENGTH"    // wrong number of characters
	CodeInt       = "CEB-INT"       // not a whole number (32 bits)
	CodeDecimal   = "CEB-DECIMAL"   // not a decimal number
	CodeDigits    = "CEB-DIGITS"    // too many digits, or too many after the point
	CodeFixed     = "CEB-FIXED"     // differs from the only value allowed
	CodeURI       = "CEB-URI"       // signature: not a URI
	CodeBase64    = "CEB-BASE64"    // signature: not base64
	CodeInteger   = "CEB-INTEGER"   // signature: not an integer
	CodeID        = "CEB-ID"        // signature: not an identifier, or used twice
	CodeMore      = "CEB-MORE"      // further defects were not listed
)

// Defect is one fault of a message, at one place.
type Defect struct {
	// Path names the element, for example
	// /CEB311Message/Order[1]/OrderHead/orderNo. Elements that may repeat
	// carry an index; attributes end in /@name.
	Path string
	// Line is the line (from 1) on which the element of Path begins. A missing
	// element has the line of its parent.
	Line int
	// Code is one of the Code constants.
	Code string
	// ZH and EN say what is wrong, FixZH and FixEN how to mend it ("" when
	// there is nothing more to say).
	ZH, EN       string
	FixZH, FixEN string
	// Editions are those under which this is a defect. Faults of the XML
	// itself are defects under all.
	Editions Editions

	at  int // offset of the element, for sorting
	doc int // 1-based document, 0 outside
}

// Error implements error with the English text.
func (d *Defect) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: line %d", d.Code, d.Line)
	if d.Path != "" {
		fmt.Fprintf(&b, ", %s", d.Path)
	}
	fmt.Fprintf(&b, ": %s", d.EN)
	if d.FixEN != "" {
		fmt.Fprintf(&b, " (%s)", d.FixEN)
	}
	return b.String()
}

// Message gives both texts in one line, Chinese first, with the fix.
func (d *Defect) Message() string {
	s := d.ZH
	if d.FixZH != "" {
		s += "，" + d.FixZH
	}
	s += " / " + d.EN
	if d.FixEN != "" {
		s += "; " + d.FixEN
	}
	return s
}

// wording is what a defect says, in both languages.
type wording struct{ zh, en, fixZH, fixEN string }

func say(zh, en string) wording { return wording{zh: zh, en: en} }

func (w wording) fix(zh, en string) wording {
	w.fixZH, w.fixEN = zh, en
	return w
}
