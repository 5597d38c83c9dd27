package dsig

import (
	"bytes"
	"slices"
)

// attribute is one attribute of the start tag at hand.
type attribute struct {
	prefix, local []byte
	uri           []byte // namespace of the prefix, empty without one
	value         []byte // normalised (XML 1.0 section 3.3.3), references resolved
	declares      bool   // xmlns or xmlns:…
	emit          bool   // declarations: differs from what is in scope
}

// startTag takes a start tag or an empty-element tag at s.pos.
func (s *scanner) startTag() error {
	at := s.pos
	prefix, local, i, err := s.name(at + 1)
	if err != nil {
		return err
	}
	name := span{at + 1, i}
	i, empty, err := s.attributes(i)
	if err != nil {
		return err
	}
	if s.depth == maxDepth {
		return s.fail(at, "元素嵌套过深", "elements are nested too deeply")
	}
	outer := s.bound
	s.depth++
	s.open[s.depth-1] = name
	if err := s.declare(at); err != nil {
		return err
	}
	uri, ok := s.lookup(prefix)
	if !ok {
		return s.fail(at, "命名空间前缀未声明", "a namespace prefix is not declared")
	}
	if err := s.qualify(at); err != nil {
		return err
	}
	isSignature := string(local) == "Signature" && string(uri) == namespace
	s.note(at, local, uri, isSignature, outer)
	if !isSignature && string(uri) != namespace && !s.apex {
		s.hot, s.hotSet = s.raw[name.from:i][:0], true
		if len(prefix) > 0 {
			s.hot = s.raw[name.from : name.from+len(prefix)+1]
		}
	}
	end := i + 1
	if empty {
		end = i + 2
	}
	s.emitTag(at, name, i, empty)
	s.apex = false
	s.pos = end
	if empty {
		s.closed(at)
	}
	return nil
}

// emitTag gives the start tag out, or leaves it to the pending run when it is
// canonical as it stands: i is the offset of its '>' or '/>'.
func (s *scanner) emitTag(at int, name span, i int, empty bool) {
	if i == name.to && !empty && !s.apex {
		return // <name>
	}
	s.flush(at)
	next := i + 1
	if empty {
		next = i + 2
	}
	s.kept = next
	if s.mute {
		return
	}
	o := &s.out
	o.buf = append(append(o.buf, '<'), s.raw[name.from:name.to]...)
	if s.apex {
		s.emitScope()
	} else {
		s.emitDeclarations()
	}
	for k := range s.attrs[:s.attrCount] {
		if a := &s.attrs[k]; !a.declares {
			o.attribute(a.prefix, a.local, a.value)
		}
	}
	o.buf = append(o.buf, '>')
	if empty {
		o.buf = append(append(append(o.buf, '<', '/'), s.raw[name.from:name.to]...), '>')
	}
}

// note keeps what verification needs to know about the element just opened.
func (s *scanner) note(at int, local, uri []byte, isSignature bool, outer int) {
	if s.sub {
		return
	}
	f := &s.found
	if s.depth == 1 {
		f.rootLocal = local
	}
	if s.depth == 2 && string(local) == "ExtendMessage" && f.extend < 0 {
		f.extend = at
	}
	if s.depth == 1 || isSignature {
		for k := range s.attrs[:s.attrCount] {
			f.inheritedXML = f.inheritedXML || string(s.attrs[k].uri) == xmlNamespace
		}
	}
	switch {
	case isSignature:
		f.signatures++
		if s.depth != 2 {
			f.misplaced++
		} else if f.signature.from == 0 {
			s.flush(at)
			f.signature.from = at
			f.lateSigned = f.extend >= 0
			s.mute = true
			s.sigBound = copy(s.sigScope[:], s.scope[:outer])
		}
	case s.mute && s.depth == 3 && string(local) == "SignedInfo" && string(uri) == namespace:
		f.signedInfos++
		if f.signedInfos == 1 {
			f.signedInfo.from = at
			s.siBound = copy(s.siScope[:], s.scope[:outer])
		}
	}
}

// name reads a qualified name and returns its parts and the offset behind it.
func (s *scanner) name(i int) (prefix, local []byte, end int, err error) {
	start, colon := i, -1
	for ; i < len(s.raw); i++ {
		c := s.raw[i]
		if class[c]&nameChar != 0 {
			continue
		}
		if c >= 0x80 {
			return nil, nil, 0, errUnusual
		}
		if c != ':' || colon >= 0 {
			break
		}
		colon = i
	}
	local = s.raw[start:i]
	if colon >= 0 {
		prefix, local = s.raw[start:colon], s.raw[colon+1:i]
		if len(prefix) == 0 || class[prefix[0]]&nameStart == 0 {
			local = nil
		}
	}
	if len(local) == 0 || class[local[0]]&nameStart == 0 {
		return nil, nil, 0, s.fail(start, "标签或属性名有误", "bad name of a tag or attribute")
	}
	return prefix, local, i, nil
}

// attributes reads the attributes from behind the tag's name. It returns the
// offset of the '>' or '/>' that ends the tag.
func (s *scanner) attributes(i int) (end int, empty bool, err error) {
	s.attrCount = 0
	for {
		next := s.skipSpace(i)
		switch {
		case next >= len(s.raw):
			return 0, false, s.fail(i, "报文不完整：标签未结束", "the message ends inside a tag")
		case s.raw[next] == '>':
			return next, false, nil
		case s.raw[next] == '/' && next+1 < len(s.raw) && s.raw[next+1] == '>':
			return next, true, nil
		case next == i:
			return 0, false, s.fail(i, "标签格式错误", "malformed tag")
		case s.attrCount == maxAttributes:
			return 0, false, errUnusual
		}
		if i, err = s.attribute(next); err != nil {
			return 0, false, err
		}
	}
}

// attribute reads one attribute into s.attrs.
func (s *scanner) attribute(i int) (end int, err error) {
	at := i
	a := &s.attrs[s.attrCount]
	*a = attribute{}
	if a.prefix, a.local, i, err = s.name(i); err != nil {
		return 0, err
	}
	a.declares = string(a.prefix) == "xmlns" || len(a.prefix) == 0 && string(a.local) == "xmlns"
	for k := range s.attrs[:s.attrCount] {
		if b := &s.attrs[k]; bytes.Equal(a.prefix, b.prefix) && bytes.Equal(a.local, b.local) {
			return 0, s.fail(at, "属性重复", "an attribute is given twice")
		}
	}
	i = s.skipSpace(i)
	if i >= len(s.raw) || s.raw[i] != '=' {
		return 0, s.fail(at, "属性没有值", "an attribute has no value")
	}
	i = s.skipSpace(i + 1)
	if i >= len(s.raw) || s.raw[i] != '"' && s.raw[i] != '\'' {
		return 0, s.fail(at, "属性值没有引号", "an attribute value is not quoted")
	}
	length := bytes.IndexByte(s.raw[i+1:], s.raw[i])
	if length < 0 {
		return 0, s.fail(at, "属性值未结束", "an attribute value does not end")
	}
	if a.value, err = s.attributeValue(i+1, i+1+length); err != nil {
		return 0, err
	}
	s.attrCount++
	return i + 1 + length + 1, nil
}

// attributeValue normalises the value between two offsets: references are
// resolved, literal white space becomes spaces (XML 1.0 section 3.3.3, CDATA).
func (s *scanner) attributeValue(from, to int) ([]byte, error) {
	simple := true
	for i := from; i < to; i++ {
		switch c := s.raw[i]; {
		case c == '<' || c < 0x20 && class[c]&space == 0:
			return nil, s.fail(i, "属性值中有不允许的字符", "an attribute value has a character that is not allowed")
		case c == '&' || c < 0x20:
			simple = false
		}
	}
	if simple {
		return s.raw[from:to], nil
	}
	v := make([]byte, 0, to-from)
	for i := from; i < to; {
		switch c := s.raw[i]; c {
		case '&':
			r, end, err := s.referred(i)
			if err != nil {
				return nil, err
			}
			v = append(v, string(r)...)
			i = end
		case '\r', '\n', '\t':
			s.traits.attributeSpace = true
			if c == '\r' && i+1 < to && s.raw[i+1] == '\n' {
				i++
			}
			v = append(v, ' ')
			i++
		default:
			v = append(v, c)
			i++
		}
	}
	return v, nil
}

// declare brings the namespace declarations of the tag into scope.
func (s *scanner) declare(at int) error {
	for k := range s.attrs[:s.attrCount] {
		a := &s.attrs[k]
		if !a.declares {
			continue
		}
		prefix := a.local
		if len(a.prefix) == 0 {
			prefix = nil
		}
		if string(prefix) == "xml" && string(a.value) == xmlNamespace {
			continue // always bound, never written
		}
		if string(prefix) == "xml" || string(prefix) == "xmlns" ||
			string(a.value) == xmlNamespace || string(a.value) == xmlnsNamespace ||
			len(prefix) > 0 && len(a.value) == 0 {
			return s.fail(at, "命名空间声明有误", "bad namespace declaration")
		}
		if old, ok := s.lookup(prefix); ok && bytes.Equal(old, a.value) {
			continue // in scope already: superfluous
		}
		if s.bound == maxBindings {
			return errUnusual
		}
		s.scope[s.bound] = binding{prefix: prefix, uri: a.value, depth: s.depth}
		s.bound++
		s.hotSet = false
		a.emit = true
	}
	return nil
}

// lookup returns the namespace that a prefix is bound to; the empty prefix is
// always bound, if only to no namespace.
func (s *scanner) lookup(prefix []byte) ([]byte, bool) {
	for k := s.bound - 1; k >= 0; k-- {
		if string(s.scope[k].prefix) == string(prefix) {
			return s.scope[k].uri, true
		}
	}
	if string(prefix) == "xml" {
		return []byte(xmlNamespace), true
	}
	return nil, len(prefix) == 0
}

// qualify resolves the attributes' prefixes and puts the attributes into
// canonical order: by namespace, then by local name.
func (s *scanner) qualify(at int) error {
	if s.attrCount == 0 {
		return nil
	}
	list := s.attrs[:s.attrCount]
	seen := []byte(nil)
	for k := range list {
		a := &list[k]
		if a.declares || len(a.prefix) == 0 {
			continue
		}
		uri, ok := s.lookup(a.prefix)
		if !ok {
			return s.fail(at, "命名空间前缀未声明", "a namespace prefix is not declared")
		}
		a.uri = uri
		s.traits.prefixedAttrs = s.traits.prefixedAttrs || seen != nil && !bytes.Equal(seen, a.prefix)
		seen = a.prefix
	}
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && precedes(&list[j], &list[j-1]); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	for i := 1; i < len(list); i++ {
		a, b := &list[i-1], &list[i]
		if !a.declares && !b.declares && bytes.Equal(a.uri, b.uri) && bytes.Equal(a.local, b.local) {
			return s.fail(at, "属性重复", "an attribute is given twice")
		}
	}
	return nil
}

// precedes orders declarations first (the default one, then by prefix), then
// attributes by namespace and local name (C14N 1.0 section 2.2).
func precedes(a, b *attribute) bool {
	if a.declares != b.declares {
		return a.declares
	}
	if a.declares {
		if (len(a.prefix) == 0) != (len(b.prefix) == 0) {
			return len(a.prefix) == 0
		}
		return bytes.Compare(a.local, b.local) < 0
	}
	if c := bytes.Compare(a.uri, b.uri); c != 0 {
		return c < 0
	}
	return bytes.Compare(a.local, b.local) < 0
}

// emitDeclarations writes the declarations that change what is in scope.
func (s *scanner) emitDeclarations() {
	for k := range s.attrs[:s.attrCount] {
		if a := &s.attrs[k]; a.emit {
			s.out.attribute(a.prefix, a.local, a.value)
		}
	}
}

// emitScope writes all namespaces in scope: what the apex of a subtree carries.
func (s *scanner) emitScope() {
	var list [maxBindings]binding
	last := list[:0]
next:
	for i := range s.scope[:s.bound] {
		for j := i + 1; j < s.bound; j++ {
			if bytes.Equal(s.scope[i].prefix, s.scope[j].prefix) {
				continue next
			}
		}
		if len(s.scope[i].uri) > 0 {
			last = append(last, s.scope[i])
		}
	}
	slices.SortFunc(last, func(a, b binding) int { return bytes.Compare(a.prefix, b.prefix) })
	for _, b := range last {
		if len(b.prefix) == 0 {
			s.out.attribute(nil, []byte("xmlns"), b.uri)
		} else {
			s.out.attribute([]byte("xmlns"), b.prefix, b.uri)
		}
	}
}
