package dxp

import "fmt"

// Codes of defects against the schemas of the envelopes.
const (
	CodeSize      = "DXP-SIZE"      // too long to be read
	CodeXML       = "DXP-XML"       // not well-formed XML
	CodeDTD       = "DXP-DTD"       // a document type declaration
	CodeDepth     = "DXP-DEPTH"     // nested too deeply, or too many elements
	CodeRoot      = "DXP-ROOT"      // not an envelope
	CodeNamespace = "DXP-NAMESPACE" // right name, wrong XML namespace
	CodeMissing   = "DXP-MISSING"   // a mandatory element or attribute is missing
	CodeUnknown   = "DXP-UNKNOWN"   // an element that does not belong here
	CodeOrder     = "DXP-ORDER"     // an element at the wrong place in the sequence
	CodeCount     = "DXP-COUNT"     // more repetitions than allowed
	CodeText      = "DXP-TEXT"      // text where none may stand, or elements inside a value
	CodeAttribute = "DXP-ATTRIBUTE" // an attribute that does not belong here
	CodeFixed     = "DXP-FIXED"     // differs from the only value allowed
	CodeLength    = "DXP-LENGTH"    // wrong number of characters
	CodeTime      = "DXP-TIME"      // not a date or time
	CodeBase64    = "DXP-BASE64"    // Data is not base64
	CodeID        = "DXP-ID"        // not an XML identifier
)

// Codes of mismatches between envelope and content: the data exchange
// platform's own (specification 202205, table 7-1).
const (
	// CodeAddress: 地址不匹配, the receiver is not the one for this message.
	CodeAddress = "2002"
	// CodeBusiness: 其他业务逻辑错误, the envelope names another message than
	// it holds.
	CodeBusiness = "2999"
)

// Defect is one fault of an envelope, at one place.
type Defect struct {
	Path   string // such as /DxpMsg/TransInfo/ReceiverIds/ReceiverId[2] or /DxpMsg/@ver
	Line   int    // line, from 1; a missing element has its parent's
	Code   string // one of the Code constants
	ZH, EN string // what is wrong
}

// Error implements error with the English text.
func (d *Defect) Error() string {
	return fmt.Sprintf("%s: line %d, %s: %s", d.Code, d.Line, d.Path, d.EN)
}
