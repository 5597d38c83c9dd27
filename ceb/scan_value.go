package ceb

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Classes of bytes in a value.
const (
	classPlain = iota
	classEnd   // <
	classRef   // &
	classAngle // >, which must not follow ]]
	classCR    // carriage return, to be normalised
	classMulti // first byte of a longer character
	classBad
)

var classes = func() (c [256]uint8) {
	for i := range c {
		switch {
		case i >= 0xC2 && i <= 0xF4:
			c[i] = classMulti
		case i >= utf8.RuneSelf, i < ' ' && i != '\t' && i != '\n' && i != '\r':
			c[i] = classBad
		}
	}
	c['<'], c['&'], c['>'], c['\r'] = classEnd, classRef, classAngle, classCR
	return c
}()

// value reads a text up to the next <, judges it and notes its span.
func (s *scanner) value(k *tag, at *span) bool {
	d, start := s.d, s.p
	p, extra, complex := start, 0, false
	for {
		if p = skipPlain(d, p); p >= len(d) {
			return false
		}
		switch classes[d[p]] {
		case classPlain: // tab or line feed
			p++
		case classEnd:
			s.p = p
			if p-start > MaxText {
				return false
			}
			return s.noted(k, at, d[start:p], p-start-extra, complex)
		case classRef:
			_, n := reference(d[p:])
			if n == 0 {
				return false
			}
			complex = true
			p += n
		case classAngle:
			if p >= start+2 && d[p-1] == ']' && d[p-2] == ']' {
				return false
			}
			p++
		case classCR:
			complex = true
			p++
		case classMulti:
			n := 0
			for p+2 < len(d) && d[p]-0xE4 <= 5 && d[p+1]&0xC0 == 0x80 && d[p+2]&0xC0 == 0x80 {
				p += 3 // U+4000 to U+9FFF, most Chinese characters
				n++
			}
			extra += 2 * n
			if n == 0 {
				r, size := utf8.DecodeRune(d[p:])
				if r == utf8.RuneError && size <= 1 || !isChar(r) {
					return false
				}
				p += size
				extra += size - 1
			}
		default:
			return false
		}
	}
}

// skipPlain passes over characters that mean nothing in XML, eight at a time:
// it stops at bytes below 32 or above 127 and at < > &, or near the end of the
// data at any byte that is not plain.
func skipPlain(d []byte, p int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for p+8 <= len(d) {
		w := binary.LittleEndian.Uint64(d[p:])
		angle := (w &^ (ones * 2)) ^ ones*'<' // < and > differ in this bit alone
		ref := w ^ ones*'&'
		stop := (w | (w-ones*' ')&^w | (angle-ones)&^angle | (ref-ones)&^ref) & highs
		if stop != 0 {
			return p + bits.TrailingZeros64(stop)/8
		}
		p += 8
	}
	for p < len(d) && classes[d[p]] == classPlain {
		p++
	}
	return p
}

// noted judges a text of the given number of characters and keeps its span. A
// complex text has references or line ends to resolve.
func (s *scanner) noted(k *tag, at *span, text []byte, chars int, complex bool) bool {
	end := uint32(s.p)
	*at = span{end - uint32(len(text)), end}
	if complex {
		at.end |= mustResolve
		return s.judge(k, resolve(text), false)
	}
	switch {
	case k.kind == typeString && k.plain:
		return int32(chars) >= k.minLen && (k.maxLen == noLimit || int32(chars) <= k.maxLen)
	case k.kind == typeDecimal:
		empty := len(text) == 0
		if len(text) > 0 && (isSpace(text[0]) || isSpace(text[len(text)-1])) {
			text = trim(text)
			*at = trimSpan(s.d, *at)
		}
		if !k.plain {
			return s.judge(k, text, empty)
		}
		total, frac, ok := parseDecimal(text)
		return ok && (k.total == noLimit || total <= int(k.total)) && (k.frac == noLimit || frac <= int(k.frac))
	}
	return s.judge(k, text, len(text) == 0)
}

// judge is the general way: by the rules of each edition. Without text an
// element may take its default.
func (s *scanner) judge(k *tag, text []byte, empty bool) bool {
	for i := range k.elem.rules {
		r := &k.elem.rules[i]
		if !r.present || empty && r.hasDefault || checkValue(k.kind, r, text).code == "" {
			continue
		}
		if k.elem.same {
			return false
		}
		s.editions &^= 1 << i
	}
	return s.editions != 0
}

// prolog reads byte order mark and XML declaration.
func (s *scanner) prolog() bool {
	if bytes.HasPrefix(s.d, []byte("\xEF\xBB\xBF")) {
		s.p = 3
	}
	if rest := s.d[s.p:]; bytes.HasPrefix(rest, []byte("<?xml")) {
		const begin = `<?xml version="1.0" encoding="UTF-8"`
		if len(rest) < len(begin) || string(rest[:len(begin)]) != begin && string(rest[:len(begin)]) != `<?xml version="1.0" encoding="utf-8"` {
			return false
		}
		rest = rest[len(begin):]
		for _, end := range [...]string{`?>`, ` ?>`, ` standalone="no"?>`, ` standalone="yes"?>`} {
			if len(rest) >= len(end) && string(rest[:len(end)]) == end {
				s.p += len(begin) + len(end)
				s.space()
				return true
			}
		}
		return false
	}
	s.space()
	return true
}

// rootTag reads the start tag of the root and finds the tables of its kind.
func (s *scanner) rootTag() *tag {
	s.rootLine = s.lineAt(s.p)
	rest := s.d[s.p:]
	skip := 1
	s.style = styleDefault
	if bytes.HasPrefix(rest, []byte("<ceb:")) {
		skip, s.style = 5, styleCEB
	}
	if len(rest) < skip+14 || string(rest[skip:skip+3]) != "CEB" || rest[0] != '<' {
		return nil
	}
	kind, ok := kindOf(rest[skip+3 : skip+6])
	if !ok {
		return nil
	}
	s.t = tableOf(kind)
	root := &scanTables()[kind][s.style]
	if len(rest) <= len(root.open) || string(rest[:len(root.open)]) != root.open {
		return nil
	}
	s.p += len(root.open)
	seen := 0
	for {
		at := s.p
		s.space()
		if s.p >= len(s.d) {
			return nil
		}
		if s.d[s.p] == '>' {
			s.p++
			break
		}
		bit := 0
		if at < s.p {
			bit = s.rootAttribute()
		}
		if bit == 0 || seen&bit != 0 {
			return nil
		}
		seen |= bit
	}
	want := attrGUID | attrVersion | attrCEB
	if s.style == styleDefault {
		want = attrGUID | attrVersion | attrDefault
	}
	if seen&want != want {
		return nil
	}
	s.signs = seen&attrDS != 0
	return root
}

// Attributes of the root that the scanner knows.
const (
	attrGUID = 1 << iota
	attrVersion
	attrDefault
	attrCEB
	attrDS
	attrXSI
)

// rootAttribute reads one attribute and gives its bit, 0 if it is unknown or
// its value wrong.
func (s *scanner) rootAttribute() int {
	name, value, ok := s.attribute()
	if !ok {
		return 0
	}
	text := s.d[value.start:value.end]
	switch string(name) {
	case "guid":
		if len(text) == 36 {
			s.guid = value
			return attrGUID
		}
	case "version":
		if len(text) >= 1 && len(text) <= 10 {
			s.version = value
			return attrVersion
		}
	case "xmlns":
		if string(text) == Namespace {
			return attrDefault
		}
	case "xmlns:ceb":
		if string(text) == Namespace {
			return attrCEB
		}
	case "xmlns:ds":
		if string(text) == SignatureNamespace {
			return attrDS
		}
	case "xmlns:xsi":
		if string(text) == xsiNamespace {
			return attrXSI
		}
	}
	return 0
}

// attribute reads name="value" of printable ASCII without references, in one
// line.
func (s *scanner) attribute() (name []byte, value span, ok bool) {
	d, p := s.d, s.p
	for p < len(d) && (d[p]|0x20 >= 'a' && d[p]|0x20 <= 'z' || d[p] == ':') {
		p++
	}
	name = d[s.p:p]
	if p+1 >= len(d) || d[p] != '=' || d[p+1] != '"' && d[p+1] != '\'' {
		return nil, span{}, false
	}
	quote := d[p+1]
	p += 2
	value.start = uint32(p)
	n := bytes.IndexByte(d[p:], quote)
	if n < 0 || n > 1000 {
		return nil, span{}, false
	}
	for end := p + n; p < end; p++ {
		if p = skipPlain(d[:end], p); p < end && d[p] != '>' {
			return nil, span{}, false
		}
	}
	// What is plain in a text is not in an attribute: white space becomes spaces
	// there (XML 1.0 section 3.3.3), which the slow path does.
	if bytes.ContainsAny(d[value.start:int(value.start)+n], "\t\n\r") {
		return nil, span{}, false
	}
	value.end = value.start + uint32(n)
	s.p = int(value.end) + 1
	return name, value, true
}
