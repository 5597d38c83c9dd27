package dsig

import (
	"bytes"
	"hash"
)

// smallRun is the length in bytes below which a run is copied into the
// output's own buffer. Longer runs are referred to where they stand in the
// message, so that a message that is already canonical is hashed in place.
const smallRun = 256

// output collects canonical bytes as a list of segments. A segment is either a
// long run of the message itself or a part of buf.
type output struct {
	segs [][]byte
	buf  []byte
	open int // start of the part of buf that is not yet a segment
}

func (o *output) reset() {
	clear(o.segs)
	o.segs = o.segs[:0]
	o.buf = o.buf[:0]
	o.open = 0
}

// run appends a piece of the message. The piece must stay unchanged for as
// long as the output is used.
func (o *output) run(b []byte) {
	if len(b) < smallRun {
		o.buf = append(o.buf, b...)
		return
	}
	o.seal()
	o.segs = append(o.segs, b)
}

// seal turns the open part of buf into a segment. Growing buf later moves only
// what is appended afterwards: sealed segments keep the array they point into.
func (o *output) seal() {
	if len(o.buf) > o.open {
		o.segs = append(o.segs, o.buf[o.open:len(o.buf):len(o.buf)])
		o.open = len(o.buf)
	}
}

// text appends character data as canonical XML writes it (C14N 1.0 section
// 2.3, text nodes).
func (o *output) text(b []byte) {
	for _, c := range b {
		switch c {
		case '&':
			o.buf = append(o.buf, "&amp;"...)
		case '<':
			o.buf = append(o.buf, "&lt;"...)
		case '>':
			o.buf = append(o.buf, "&gt;"...)
		case '\r':
			o.buf = append(o.buf, "&#xD;"...)
		default:
			o.buf = append(o.buf, c)
		}
	}
}

// attribute appends ` name="value"` as canonical XML writes it (C14N 1.0
// section 2.3, attribute nodes). The value is the normalised one.
func (o *output) attribute(prefix, local, value []byte) {
	o.buf = append(o.buf, ' ')
	if len(prefix) > 0 {
		o.buf = append(append(o.buf, prefix...), ':')
	}
	o.buf = append(append(o.buf, local...), '=', '"')
	for _, c := range value {
		switch c {
		case '&':
			o.buf = append(o.buf, "&amp;"...)
		case '<':
			o.buf = append(o.buf, "&lt;"...)
		case '"':
			o.buf = append(o.buf, "&quot;"...)
		case '\t':
			o.buf = append(o.buf, "&#x9;"...)
		case '\n':
			o.buf = append(o.buf, "&#xA;"...)
		case '\r':
			o.buf = append(o.buf, "&#xD;"...)
		default:
			o.buf = append(o.buf, c)
		}
	}
	o.buf = append(o.buf, '"')
}

// sum feeds all segments to h.
func (o *output) sum(h hash.Hash) {
	o.seal()
	for _, s := range o.segs {
		h.Write(s)
	}
}

// bytes returns a copy of the whole output.
func (o *output) bytes() []byte {
	o.seal()
	return bytes.Join(o.segs, nil)
}
