package dsig

import (
	"bytes"
	"errors"
	"sync"
	"unicode/utf8"
)

// Bounds of the scanner. Customs messages are six elements deep and carry five
// attributes at most, so the bounds refuse nothing real and keep a hostile
// message from costing memory.
const (
	maxDepth      = 128
	maxAttributes = 32
	maxBindings   = 64
)

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// errUnusual says that the message uses something that the scanner leaves to
// the library canonicaliser (names outside ASCII, very many attributes or
// namespaces).
var errUnusual = errors.New("dsig: left to the library canonicaliser")

// syntaxError says why the bytes are not a well-formed message.
type syntaxError struct {
	at     int // offset in bytes
	zh, en string
}

func (e *syntaxError) Error() string { return e.en }

// Classes of bytes.
const (
	plain     = 1 << iota // stands in character data as it is
	nameStart             // may start a name (ASCII, without the colon)
	nameChar              // may continue a name (ASCII, without the colon)
	space
)

var class = func() (t [256]uint8) {
	for c := range 256 {
		b := byte(c)
		letter := 'a' <= b|0x20 && b|0x20 <= 'z'
		if b >= 0x20 && b != '<' && b != '&' && b != '>' || b == '\t' || b == '\n' {
			t[c] |= plain
		}
		if letter || b == '_' {
			t[c] |= nameStart | nameChar
		}
		if '0' <= b && b <= '9' || b == '-' || b == '.' {
			t[c] |= nameChar
		}
		if b == ' ' || b == '\t' || b == '\n' || b == '\r' {
			t[c] |= space
		}
	}
	return t
}()

// span is a range of bytes in the message.
type span struct{ from, to int }

// binding is a namespace declaration in scope.
type binding struct {
	prefix, uri []byte
	depth       int // of the element that declares it; 0 for inherited ones
}

// finds is what a scan of a whole message learns beside its canonical form.
type finds struct {
	signatures   int    // ds:Signature elements anywhere
	misplaced    int    // of them, those that are not children of the root
	signature    span   // the first child of the root among them
	signedInfos  int    // ds:SignedInfo children of that signature
	signedInfo   span   // the first of them
	rootLocal    []byte // local name of the root
	rootEnd      int    // offset of the root's end tag
	extend       int    // offset of the child ExtendMessage, or -1
	lateSigned   bool   // the signature stands after ExtendMessage
	inheritedXML bool   // the root or the signature carries an xml: attribute
}

// traits note forms on which the library canonicaliser departs from the
// recommendation; tests that compare the two leave such messages out.
type traits struct {
	attributeSpace bool // literal tab or line end in an attribute value
	outerPI        bool // processing instruction outside the root
	prefixedAttrs  bool // attributes of two namespaces on one element
	returnInPI     bool // carriage return in a processing instruction
}

// scanner canonicalises a message in one pass over its bytes (Canonical XML
// 1.0 without comments) and takes the enveloped signature out on the way.
type scanner struct {
	raw  []byte
	pos  int
	kept int  // start of the bytes that are canonical as they stand and not yet given out
	mute bool // inside the signature: nothing is given out
	apex bool // the next start tag is the apex of a subtree
	sub  bool // a subtree, not a whole message
	out  output

	open  [maxDepth]span // names of the open elements
	depth int

	scope [maxBindings]binding
	bound int // bindings in scope

	attrs     [maxAttributes]attribute
	attrCount int

	// hot is the prefix with its colon of an element whose namespace is known
	// to be bound and not that of signatures; valid while hotSet.
	hot    []byte
	hotSet bool

	found    finds
	sigScope [maxBindings]binding // bindings in scope outside the signature
	sigBound int
	siScope  [maxBindings]binding // bindings in scope outside SignedInfo
	siBound  int
	traits   traits
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

func newScanner(raw []byte) *scanner {
	s := scanners.Get().(*scanner)
	s.raw = raw
	return s
}

// release gives the scanner back. Nothing that it produced may be used after.
func (s *scanner) release() {
	segs, buf := s.out.segs, s.out.buf
	*s = scanner{}
	if cap(buf) <= 1<<20 {
		s.out.segs, s.out.buf = segs, buf
		s.out.reset()
	}
	scanners.Put(s)
}

func (s *scanner) fail(at int, zh, en string) error { return &syntaxError{at: at, zh: zh, en: en} }

// document scans a whole message. The canonical form of everything but the
// signature is then in s.out.
func (s *scanner) document() error {
	s.found.extend = -1
	if !utf8.Valid(s.raw) {
		return s.fail(firstInvalid(s.raw), "报文不是 UTF-8 编码", "the message is not UTF-8")
	}
	if bytes.Contains(s.raw, []byte("\xEF\xBF\xBE")) || bytes.Contains(s.raw, []byte("\xEF\xBF\xBF")) {
		return s.fail(0, "报文含有 XML 不允许的字符 U+FFFE 或 U+FFFF", "the message has a character that XML forbids (U+FFFE or U+FFFF)")
	}
	if err := s.prolog(); err != nil {
		return err
	}
	if err := s.startTag(); err != nil {
		return err
	}
	if err := s.content(); err != nil {
		return err
	}
	return s.outside(true)
}

// subtree canonicalises the element at sp, whose surroundings have the given
// namespaces in scope. The apex writes all of them (inclusive
// canonicalisation, C14N 1.0 section 2.4).
func (s *scanner) subtree(sp span, scope []binding) error {
	s.raw = s.raw[:sp.to]
	s.pos, s.kept = sp.from, sp.from
	s.sub, s.apex = true, true
	s.bound = copy(s.scope[:], scope)
	for i := range s.scope[:s.bound] {
		s.scope[i].depth = 0
	}
	if err := s.startTag(); err != nil {
		return err
	}
	return s.content()
}

// content scans from behind the root's start tag to behind its end tag.
func (s *scanner) content() error {
	for s.depth > 0 {
		raw, i := s.raw, s.pos
		for i < len(raw) && class[raw[i]]&plain != 0 {
			i++
		}
		s.pos = i
		if i == len(raw) {
			return s.fail(i, "报文不完整：元素未结束", "the message ends inside an element")
		}
		var err error
		switch c := raw[i]; {
		case c == '<':
			if !s.quickTag() {
				err = s.markup()
			}
		case c == '>':
			if i >= 2 && raw[i-1] == ']' && raw[i-2] == ']' {
				return s.fail(i, "文本中不允许出现 ]]>", "]]> is not allowed in text")
			}
			s.flush(i)
			s.write("&gt;")
			s.skip(i + 1)
		case c == '&':
			err = s.reference()
		case c == '\r':
			s.lineEnd(i)
		default:
			return s.fail(i, "报文含有 XML 不允许的控制字符", "the message has a control character that XML forbids")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// quickTag takes the two commonest forms at '<': a start tag without
// attributes whose prefix is the one just seen, and an end tag without spaces.
// It returns false, with nothing changed, for every other form, for children
// of the root and for the parts of a signature.
func (s *scanner) quickTag() bool {
	raw, i, n := s.raw, s.pos, len(s.raw)
	if i+1 < n && raw[i+1] == '/' {
		if s.depth < 3 || s.depth == 3 && s.mute {
			return false
		}
		name := s.open[s.depth-1]
		e := i + 2 + name.to - name.from
		if e >= n || raw[e] != '>' || string(raw[name.from:name.to]) != string(raw[i+2:e]) {
			return false
		}
		s.pop()
		s.pos = e + 1
		return true
	}
	if !s.hotSet || s.depth < 2 || s.depth == maxDepth {
		return false
	}
	j := i + 1 + len(s.hot)
	if j >= n || string(raw[i+1:j]) != string(s.hot) || class[raw[j]]&nameStart == 0 {
		return false
	}
	for j++; j < n && class[raw[j]]&nameChar != 0; j++ {
	}
	if j >= n || raw[j] != '>' {
		return false
	}
	s.open[s.depth] = span{i + 1, j}
	s.depth++
	s.pos = j + 1
	return true
}

// pop closes the innermost element and drops its namespace declarations.
func (s *scanner) pop() {
	if s.bound > 0 && s.scope[s.bound-1].depth == s.depth {
		for s.bound > 0 && s.scope[s.bound-1].depth == s.depth {
			s.bound--
		}
		s.hotSet = false
	}
	s.depth--
}

// markup takes whatever starts with '<' inside the root.
func (s *scanner) markup() error {
	rest := s.raw[s.pos:]
	switch {
	case len(rest) < 2:
		return s.fail(s.pos, "报文不完整：标签未结束", "the message ends inside a tag")
	case rest[1] == '/':
		return s.endTag()
	case bytes.HasPrefix(rest, []byte("<!--")):
		return s.comment()
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return s.cdata()
	case rest[1] == '!':
		return s.fail(s.pos, "不允许 DTD 和标记声明", "DTDs and markup declarations are not allowed")
	case rest[1] == '?':
		return s.instruction(inRoot)
	}
	return s.startTag()
}

// endTag takes `</name>`.
func (s *scanner) endTag() error {
	at := s.pos
	name := s.raw[s.open[s.depth-1].from:s.open[s.depth-1].to]
	i := at + 2
	if !bytes.HasPrefix(s.raw[i:], name) {
		return s.fail(at, "结束标签与开始标签不一致", "the end tag does not match the start tag")
	}
	i += len(name)
	end := s.skipSpace(i)
	if end >= len(s.raw) || s.raw[end] != '>' {
		return s.fail(at, "结束标签与开始标签不一致", "the end tag does not match the start tag")
	}
	if end > i {
		s.flush(i)
		s.kept = end
	}
	s.pos = end + 1
	s.closed(at)
	return nil
}

// closed is called behind the end of the innermost element, whose end tag (or
// empty-element tag) starts at the given offset.
func (s *scanner) closed(at int) {
	if s.depth == 1 {
		s.found.rootEnd = at
		s.flush(s.pos)
	}
	if s.mute && s.depth == 3 && s.found.signedInfos == 1 && s.found.signedInfo.to == 0 {
		s.found.signedInfo.to = s.pos
	}
	if s.mute && s.depth == 2 {
		s.found.signature.to = s.pos
		s.mute = false
		s.kept = s.pos
	}
	s.pop()
}

// flush gives out the canonical bytes up to the given offset.
func (s *scanner) flush(to int) {
	if !s.mute && to > s.kept {
		s.out.run(s.raw[s.kept:to])
	}
	s.kept = to
}

// skip moves on to the given offset without giving out what lies before it.
func (s *scanner) skip(to int) { s.pos, s.kept = to, to }

func (s *scanner) write(t string) {
	if !s.mute {
		s.out.buf = append(s.out.buf, t...)
	}
}

func (s *scanner) skipSpace(i int) int {
	for i < len(s.raw) && class[s.raw[i]]&space != 0 {
		i++
	}
	return i
}

// firstInvalid returns the offset of the first byte that is not UTF-8.
func firstInvalid(b []byte) int {
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}
