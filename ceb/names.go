package ceb

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// isNameStart and isNameChar follow XML 1.0, fifth edition, productions 4 and
// 4a; the colon is left to the caller.
func isNameStart(c rune) bool {
	switch {
	case c < utf8.RuneSelf:
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
	case c <= 0x2FF:
		return c >= 0xC0 && c != 0xD7 && c != 0xF7
	}
	return c >= 0x370 && c <= 0x1FFF && c != 0x37E || c == 0x200C || c == 0x200D ||
		c >= 0x2070 && c <= 0x218F || c >= 0x2C00 && c <= 0x2FEF || c >= 0x3001 && c <= 0xD7FF ||
		c >= 0xF900 && c <= 0xFDCF || c >= 0xFDF0 && c <= 0xFFFD || c >= 0x10000 && c <= 0xEFFFF
}

func isNameChar(c rune) bool {
	return isNameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.' || c == 0xB7 ||
		c >= 0x300 && c <= 0x36F || c == 0x203F || c == 0x2040
}

// nameLen gives the number of colons in, and the length of, the XML name at
// the start of d.
func nameLen(d []byte) (colons, size int) {
	for size < len(d) && size <= maxName {
		c, n := rune(d[size]), 1
		if c >= utf8.RuneSelf {
			if c, n = utf8.DecodeRune(d[size:]); c == utf8.RuneError && n <= 1 {
				return
			}
		}
		switch {
		case c == ':':
			colons++
		case size == 0 && !isNameStart(c), !isNameChar(c):
			return
		}
		size += n
	}
	return
}

// isNCName tells whether s is a name without colon.
func isNCName(s string) bool {
	colons, n := nameLen([]byte(s))
	return n > 0 && n == len(s) && colons == 0
}

func localName(name string) string { return name[strings.IndexByte(name, ':')+1:] }

// name reads an XML name with at most one colon.
func (r *reader) name() (string, *Defect) {
	if r.pos >= len(r.data) {
		return "", r.truncated()
	}
	colons, n := nameLen(r.data[r.pos:])
	raw := r.data[r.pos : r.pos+n]
	switch {
	case r.pos+n == len(r.data):
		return "", r.truncated()
	case n > maxName:
		return "", r.fault(r.pos, CodeSize, say("名称过长", "a name is too long"))
	case n == 0 && r.data[r.pos] >= utf8.RuneSelf:
		if f := r.checkRune(r.pos, r.data[r.pos:]); f != nil {
			return "", f
		}
		fallthrough
	case n == 0:
		return "", r.malformed(r.pos, "此处应为名称；文字 < 请写作 &lt;", "a name is expected here; write &lt; for a plain <")
	case colons > 1 || raw[0] == ':' || raw[n-1] == ':' || colons == 1 && !isNCName(localName(string(raw))):
		return "", r.malformed(r.pos, "名称中的冒号有误", "a name with a misplaced colon")
	case r.asciiOnly && !ascii(raw):
		return "", r.checkRune(r.pos, raw)
	}
	r.pos += n
	if s, ok := r.names[string(raw)]; ok {
		return s, nil
	}
	s := string(raw)
	if len(r.names) < 1000 {
		r.names[s] = s
	}
	return s, nil
}

func ascii(d []byte) bool {
	for _, c := range d {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (r *reader) startTag() *Defect {
	at := r.pos
	r.pos++
	name, f := r.name()
	if f != nil {
		return f
	}
	if len(r.opened) == 0 && r.rootSeen {
		return r.malformed(at, "根元素之后还有元素", "a second root element")
	}
	if len(r.opened) >= MaxDepth {
		return r.fault(at, CodeDepth, say("元素嵌套超过 256 层", "elements are nested more than 256 deep"))
	}
	r.rootSeen = true
	r.opened = append(r.opened, open{name: name, bindings: len(r.bindings)})
	r.attrs = r.attrs[:0]
	for {
		spaced := r.skipSpace()
		switch c := r.peek(); {
		case r.pos >= len(r.data):
			return r.truncated()
		case c == '>':
			r.pos++
		case c == '/' && r.pos+1 < len(r.data) && r.data[r.pos+1] == '>':
			r.pos += 2
			r.closeNow = true
		case c == '/' && r.pos+1 == len(r.data):
			return r.truncated()
		case !spaced:
			return r.malformed(r.pos, "标签有误", "malformed tag")
		default:
			if f := r.attribute(); f != nil {
				return f
			}
			continue
		}
		break
	}
	r.kind, r.start, r.end = tokenStart, at, r.pos
	return r.resolveNames(name, at)
}

// attribute reads one attribute; namespaces are bound at once and resolved
// when the tag is whole.
func (r *reader) attribute() *Defect {
	at := r.pos
	name, f := r.name()
	if f != nil {
		return f
	}
	if len(r.attrs) >= MaxAttributes {
		return r.fault(at, CodeSize, say("属性过多", "too many attributes"))
	}
	r.skipSpace()
	if r.peek() != '=' {
		return r.unfinished("属性缺少等号", "an attribute without =")
	}
	r.pos++
	r.skipSpace()
	value, f := r.attributeValue()
	if f != nil {
		return f
	}
	a := attribute{local: name, value: value}
	if i := strings.IndexByte(name, ':'); i >= 0 {
		a.prefix, a.local = name[:i], name[i+1:]
	}
	for i := range r.attrs {
		if r.attrs[i].local == a.local && r.attrs[i].prefix == a.prefix {
			return r.malformed(at, "属性 "+name+" 重复", "the attribute "+name+" is given twice")
		}
	}
	r.attrs = append(r.attrs, a)
	return nil
}

func (r *reader) unfinished(zh, en string) *Defect {
	if r.pos >= len(r.data) {
		return r.truncated()
	}
	return r.malformed(r.pos, zh, en)
}

func (r *reader) attributeValue() (string, *Defect) {
	q := r.peek()
	if q != '"' && q != '\'' {
		return "", r.unfinished("属性值应加引号", "an attribute value without quotes")
	}
	r.pos++
	n := bytes.IndexByte(r.data[r.pos:], q)
	if n < 0 {
		return "", r.truncated()
	}
	r.start, r.end = r.pos, r.pos+n
	raw := r.data[r.start:r.end]
	if i := bytes.IndexByte(raw, '<'); i >= 0 {
		return "", r.malformed(r.start+i, "属性值中不得出现 <", "an attribute value must not contain <")
	}
	if f := r.checkChars(); f != nil {
		return "", f
	}
	r.pos = r.end + 1
	if !bytes.ContainsAny(raw, "&\t\n\r") {
		return string(raw), nil
	}
	value := make([]byte, 0, n)
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '&':
			text, size := reference(raw[i:])
			if size == 0 {
				return "", r.badReference(r.start + i)
			}
			value = utf8.AppendRune(value, text)
			i += size
			continue
		case c == '\r' && i+1 < len(raw) && raw[i+1] == '\n':
		case isSpace(c):
			value = append(value, ' ')
		default:
			value = append(value, c)
		}
		i++
	}
	return string(value), nil
}

// resolveNames binds the namespaces that the tag declares and gives element
// and attributes their namespace.
func (r *reader) resolveNames(name string, at int) *Defect {
	kept := r.attrs[:0]
	for _, a := range r.attrs {
		prefix := a.local
		switch {
		case a.prefix == "" && a.local == "xmlns":
			prefix = ""
		case a.prefix != "xmlns":
			kept = append(kept, a)
			continue
		case a.value == "" || prefix == "xmlns":
			return r.malformed(at, "命名空间声明有误", "malformed namespace declaration")
		}
		if (prefix == "xml") != (a.value == xmlNamespace) || a.value == xmlnsNamespace {
			return r.malformed(at, "命名空间声明有误", "malformed namespace declaration")
		}
		if len(r.bindings) >= maxBindings {
			return r.fault(at, CodeSize, say("命名空间声明过多", "too many namespace declarations"))
		}
		r.bindings = append(r.bindings, binding{prefix, a.value})
	}
	r.attrs = kept
	prefix := ""
	r.local = localName(name)
	if len(r.local) < len(name) {
		prefix = name[:len(name)-len(r.local)-1]
	}
	var ok bool
	if r.space, ok = r.lookup(prefix); !ok {
		return r.unbound(at, prefix)
	}
	for i := range r.attrs {
		a := &r.attrs[i]
		if a.prefix == "" {
			continue
		}
		if a.space, ok = r.lookup(a.prefix); !ok {
			return r.unbound(at, a.prefix)
		}
		for j := range i {
			if r.attrs[j].local == a.local && r.attrs[j].space == a.space {
				return r.malformed(at, "属性 "+a.local+" 重复", "the attribute "+a.local+" is given twice")
			}
		}
	}
	return nil
}

func (r *reader) unbound(at int, prefix string) *Defect {
	return r.fault(at, CodeNamespace, say("前缀 "+prefix+" 没有声明命名空间", "the prefix "+prefix+" is bound to no namespace").
		fix("请在根元素声明 xmlns:"+prefix+"=\""+Namespace+"\"", "declare xmlns:"+prefix+"=\""+Namespace+"\" in the root element"))
}

func (r *reader) lookup(prefix string) (string, bool) {
	for i := len(r.bindings) - 1; i >= 0; i-- {
		if r.bindings[i].prefix == prefix {
			return r.bindings[i].space, true
		}
	}
	if prefix == "xml" {
		return xmlNamespace, true
	}
	return "", prefix == ""
}

// endTag reads </name>. The end of an element stays in force until pop.
func (r *reader) endTag() *Defect {
	at := r.pos
	r.pos += 2
	name, f := r.name()
	if f != nil {
		return f
	}
	if len(r.opened) == 0 {
		return r.malformed(at, "多余的结束标签 </"+name+">", "an end tag </"+name+"> without a start")
	}
	if want := r.opened[len(r.opened)-1].name; name != want {
		return r.malformed(at, "结束标签 </"+name+"> 与开始标签 <"+want+"> 不符", "the end tag </"+name+"> does not match <"+want+">")
	}
	r.skipSpace()
	if r.peek() != '>' {
		return r.unfinished("结束标签有误", "malformed end tag")
	}
	r.pos++
	r.kind, r.start, r.end = tokenEnd, at, r.pos
	return nil
}

// pop forgets the innermost element after its end token.
func (r *reader) pop() {
	last := len(r.opened) - 1
	r.bindings = r.bindings[:r.opened[last].bindings]
	r.opened = r.opened[:last]
}

// reference reads one of the five entities or a character reference at the
// start of d, which begins with &. It gives size 0 when there is none.
func reference(d []byte) (c rune, size int) {
	switch {
	case len(d) < 4:
		return 0, 0
	case d[1] == '#':
		return charReference(d)
	case bytes.HasPrefix(d, []byte("&lt;")):
		return '<', 4
	case bytes.HasPrefix(d, []byte("&gt;")):
		return '>', 4
	case bytes.HasPrefix(d, []byte("&amp;")):
		return '&', 5
	case bytes.HasPrefix(d, []byte("&quot;")):
		return '"', 6
	case bytes.HasPrefix(d, []byte("&apos;")):
		return '\'', 6
	}
	return 0, 0
}

func charReference(d []byte) (rune, int) {
	i, base := 2, rune(10)
	if d[2] == 'x' {
		i, base = 3, 16
	}
	first := i
	c := rune(0)
	for ; i < len(d) && d[i] != ';'; i++ {
		n := digit(d[i])
		if n >= base || c > utf8.MaxRune {
			return 0, 0
		}
		c = c*base + n
	}
	if i == first || i == len(d) || !isChar(c) {
		return 0, 0
	}
	return c, i + 1
}

func digit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return 99
}

// isChar follows XML 1.0, production 2.
func isChar(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' || c >= ' ' && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= utf8.MaxRune
}

// appendText appends a checked text with references resolved and line ends
// made \n. CDATA holds no references.
func appendText(dst, raw []byte, cdata bool) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c == '&' && !cdata:
			r, size := reference(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
			continue
		case c == '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			c = '\n'
		}
		dst = append(dst, c)
		i++
	}
	return dst
}
