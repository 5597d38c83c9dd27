package traffic

import "bytes"

// Damage is how the bytes of a message are spoilt.
type Damage uint8

// The damages.
const (
	Whole          Damage = iota
	Truncated             // the file ends in the middle
	Mismatched            // an end tag does not fit its start
	WithDTD               // a document type with an entity
	BadUTF8               // a byte that is no UTF-8
	ControlByte           // a character that XML does not allow
	UnknownRoot           // a message kind that does not exist
	MissingElement        // a mandatory element is left out
	WrongLength           // a code of fixed length is too long
	damageCount
)

var damageNames = [...]string{"whole", "truncated", "mismatched-tags", "dtd", "bad-utf8", "control-byte",
	"unknown-root", "missing-element", "wrong-length"}

// String names the damage.
func (d Damage) String() string { return damageNames[d] }

// Readable tells whether the message is still a well-formed message of a known
// kind: the fault is then in the document, and has a path.
func (d Damage) Readable() bool { return d == Whole || d == MissingElement || d == WrongLength }

// apply spoils a message. It may write into the bytes given.
func (d Damage) apply(raw []byte) []byte {
	switch d {
	case Truncated:
		return raw[:len(raw)*3/5]
	case Mismatched:
		return bytes.Replace(raw, []byte("</ceb:orderNo>"), []byte("</ceb:orderN0>"), 1)
	case WithDTD:
		return bytes.Replace(raw, []byte("?>\n"), []byte("?>\n<!DOCTYPE x [<!ENTITY e \"eeee\">]>\n"), 1)
	case BadUTF8:
		return bytes.Replace(raw, []byte("<ceb:ebpName>"), []byte("<ceb:ebpName>\xff\xfe"), 1)
	case ControlByte:
		return bytes.Replace(raw, []byte("<ceb:ebpName>"), []byte("<ceb:ebpName>\x02"), 1)
	case UnknownRoot:
		return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("<ceb:CEB"), []byte("<ceb:CEB9")), []byte("</ceb:CEB"), []byte("</ceb:CEB9"))
	case MissingElement:
		from, to := bytes.Index(raw, []byte("<ceb:ebcCode>")), bytes.Index(raw, []byte("<ceb:ebcName>"))
		return append(raw[:from:from], raw[to:]...)
	case WrongLength:
		return bytes.Replace(raw, []byte("</ceb:appTime>"), []byte("00</ceb:appTime>"), 1)
	}
	return raw
}
