package ceb

import (
	"bytes"
	"strconv"
	"strings"
)

// Bounds of the slow path, beyond which a message is refused whole.
const (
	// MaxElements is the largest number of elements of a message.
	MaxElements = 1 << 20

	maxSpans      = 1 << 23
	maxDocDefects = 200   // listed for one document
	maxDefects    = 20000 // listed in all
)

// mode says how the content of an open element is judged.
type mode uint8

const (
	modeNode  mode = iota // by a sequence of the tables
	modeValue             // a plain value
	modeSkip              // not at all
	modeAny               // ExtendMessage/Message: at most one element, not judged
	modeLax               // elements that the schema declares are judged, others passed
	modeSign              // by the tables of ds:Signature
)

// frame is an open element.
type frame struct {
	mode  mode
	elem  *element
	sign  *signType
	rest  *content // of sign: what may still come
	name  string
	index int // for the path, 0 = none
	line  int
	at    int // offset of the start tag
	body  int // offset after the start tag
	kids  int // first of its children in checker.kids
	seen  int // first of its counters in checker.seen
	spans int // first of its spans, -1 when it is no record
	field int // index in the record of the parent, -1 when it is none
	// text of a value
	pieces     int // text tokens
	start, end int // the only text token
	resolve    bool
	spoilt     bool // has child elements: the value is not judged
	text       bool // has text between elements
}

// kid is a child element seen, for the check of the sequence.
type kid struct {
	name  string
	part  int16 // index in element.kids, -1 unknown
	other int16 // index of the element of this name in another namespace, -1 none
	index int32
	line  int32
	at    int32
}

// checker reads one message with the slow reader, builds its records and
// finds all its defects, under both editions at once.
type checker struct {
	r        *reader
	m        *Message
	t        *table
	frames   []frame
	kids     []kid
	seen     []int32
	elements int
	doc      int // the document being read, 0 outside
	inDoc    int // defects of this document
	ids      map[string]bool
	align    aligner
}

// decodeSlow reads a message and lists all its defects. A fault of the XML or
// an unknown root is given instead of a message.
func decodeSlow(data []byte) (*Message, *Defect) {
	c := &checker{r: newReader(data), ids: map[string]bool{}}
	if f := c.r.begin(); f != nil {
		return nil, f
	}
	for {
		if f := c.r.next(); f != nil {
			return nil, c.located(f)
		}
		switch c.r.kind {
		case tokenEOF:
			c.finish()
			return c.m, nil
		case tokenStart:
			if f := c.startElement(); f != nil {
				return nil, f
			}
		case tokenEnd:
			c.endElement()
			c.r.pop()
		case tokenText, tokenCDATA:
			c.textToken()
		}
	}
}

// located gives a fault of the XML the path of the element in which it lies,
// with indexes.
func (c *checker) located(f *Defect) *Defect {
	if n := len(c.frames); n > 0 {
		f.Path = c.path()
		if len(c.r.opened) > n {
			f.Path += "/" + localName(c.r.opened[n].name)
		}
	}
	return f
}

func (c *checker) finish() {
	m := c.m
	m.Editions = m.Kind.Editions()
	for i := range m.Defects {
		m.Editions &^= m.Defects[i].Editions
	}
}

// startElement judges a start tag and opens its frame.
func (c *checker) startElement() *Defect {
	r := c.r
	if c.elements++; c.elements > MaxElements {
		return r.fault(r.start, CodeSize, say("元素过多", "too many elements").fix("请拆分为多个报文", "split it into several messages"))
	}
	f := frame{name: r.local, line: r.lineOf(r.start), at: r.start, body: r.end, seen: len(c.seen), spans: -1, field: -1}
	if len(c.frames) == 0 {
		if fault := c.startRoot(&f); fault != nil {
			return fault
		}
	} else {
		c.startChild(&c.frames[len(c.frames)-1], &f)
	}
	if f.mode == modeNode {
		f.kids = len(c.kids)
		for range f.elem.kids {
			c.seen = append(c.seen, 0)
		}
		if len(c.m.spans) > maxSpans {
			return r.fault(r.start, CodeSize, say("单证过多", "too many documents or lines").fix("请拆分为多个报文", "split it into several messages"))
		}
	}
	c.frames = append(c.frames, f)
	c.attributes(&f)
	return nil
}

func (c *checker) startRoot(f *frame) *Defect {
	r := c.r
	f.name = r.local
	kind, ok := ParseKind(r.local)
	if !ok || kind.String() != r.local {
		return r.fault(r.start, CodeRoot, say("根元素 "+r.local+" 不是 CEB 报文", "the root element "+r.local+" is no CEB message").
			fix("应为 CEB311Message 之类", "it should be CEB311Message or the like"))
	}
	if r.space != Namespace {
		return r.fault(r.start, CodeNamespace, say("根元素的命名空间是 \""+r.space+"\"", "the root element is in the namespace \""+r.space+"\"").
			fix("应为 "+Namespace, "it should be "+Namespace))
	}
	c.t = tableOf(kind)
	c.m = &Message{Kind: kind, Raw: r.data, line: f.line}
	f.mode, f.elem = modeNode, &c.t.root
	for i := range r.attrs {
		if a := &r.attrs[i]; a.space == "" {
			switch a.local {
			case "guid":
				c.m.GUID = a.value
			case "version":
				c.m.Version = a.value
			}
		}
	}
	return nil
}

// startChild finds out what the parent makes of a child.
func (c *checker) startChild(p, f *frame) {
	switch p.mode {
	case modeNode:
		c.nodeChild(p, f)
	case modeValue:
		f.mode = modeSkip
		p.spoilt = true
		c.addChild(f, CodeChild, bothEditions, say("普通值中不得有子元素", "a plain value must not hold elements"))
	case modeAny:
		f.mode = modeSkip
		if p.kids++; p.kids == 2 {
			c.addChild(f, CodeCount, bothEditions, say("只允许一个元素", "only one element is allowed here"))
		}
	case modeSign:
		c.signChild(p, f)
	case modeLax:
		c.laxChild(f)
	default:
		f.mode = modeSkip
	}
}

// nodeChild places a child in the sequence of its parent.
func (c *checker) nodeChild(p, f *frame) {
	k := kid{part: -1, other: -1, name: f.name, line: int32(f.line), at: int32(f.at)}
	f.mode = modeSkip
	if i := p.elem.child(f.name); i >= 0 {
		e := &p.elem.kids[i]
		want := Namespace
		if e.kind == typeSignature {
			want = SignatureNamespace
		}
		n := &c.seen[p.seen+i]
		*n++
		if *n > 1 || repeats(e) {
			f.index = int(*n)
		}
		if c.r.space == want {
			k.part = int16(i)
			c.known(p, f, e, i, *n)
		} else {
			k.other = int16(i)
		}
	}
	k.index = int32(f.index)
	c.kids = append(c.kids, k)
}

// repeats tells whether an element may stand more than once in some edition.
func repeats(e *element) bool {
	return e.rules[0].present && e.rules[0].maxOccurs != 1 || e.rules[1].present && e.rules[1].maxOccurs != 1
}

// known opens a child that the tables know, and its record.
func (c *checker) known(p, f *frame, e *element, i int, n int32) {
	f.elem = e
	switch e.kind {
	case typeNode:
		f.mode = modeNode
	case typeAny:
		f.mode, f.kids = modeAny, 0
	case typeSignature:
		c.openSign(f, signTypes()["Signature"])
	default:
		f.mode = modeValue
		if p.spans >= 0 && n == 1 {
			f.field = p.spans + i
		}
		return
	}
	t, m := c.t, c.m
	switch {
	case len(c.frames) > 2:
	case e == t.doc:
		c.doc, c.inDoc = len(m.Docs)+1, 0
		m.Docs = append(m.Docs, Doc{Start: f.at, Line: f.line, Index: c.doc})
		if !t.wrapped {
			m.Docs[c.doc-1].Head = c.record(f)
		}
	case e == t.head && n == 1:
		m.Docs[c.doc-1].Head = c.record(f)
	case e == t.line:
		d := &m.Docs[c.doc-1]
		d.Lines = append(d.Lines, c.record(f))
	case e.name == "BaseTransfer" && n == 1:
		m.Transfer = c.record(f)
	case e.name == "BaseSubscribe":
		m.Subscribes = append(m.Subscribes, c.record(f))
	}
}

func (c *checker) record(f *frame) Record {
	m := c.m
	f.spans = len(m.spans)
	for range f.elem.kids {
		m.spans = append(m.spans, span{})
	}
	return Record{m: m, node: f.elem, base: uint32(f.spans), line: int32(f.line)}
}

// attributes judges the attributes of the frame just opened.
func (c *checker) attributes(f *frame) {
	switch f.mode {
	case modeSkip, modeLax:
		return
	case modeSign:
		c.signAttributes(f)
		return
	}
	given := uint(0)
	for i := range c.r.attrs {
		a := &c.r.attrs[i]
		if a.space == xsiNamespace {
			c.xsi(a)
			continue
		}
		j := -1
		for n := range f.elem.attrs {
			if a.space == "" && f.elem.attrs[n].name == a.local {
				j = n
			}
		}
		if j < 0 {
			c.add("/@"+a.local, f.at, f.line, CodeAttribute, bothEditions, say("此处不允许属性 "+a.local, "the attribute "+a.local+" is not allowed here"))
			continue
		}
		given |= 1 << j
		decl := &f.elem.attrs[j]
		if v := checkValue(decl.kind, decl.rule(E2022), []byte(a.value)); v.code != "" {
			c.add("/@"+a.local, f.at, f.line, v.code, bothEditions, v.wording)
		}
	}
	for j := range f.elem.attrs {
		if given&(1<<j) == 0 {
			d := &f.elem.attrs[j]
			c.add("/@"+d.name, f.at, f.line, CodeMissing, bothEditions, say("缺少属性 "+d.name+"（"+d.zh+"）", "the attribute "+d.name+" ("+d.en+") is missing"))
		}
	}
}

// xsi judges an attribute of the XMLSchema-instance namespace. Schema
// locations are allowed and never followed.
func (c *checker) xsi(a *attribute) {
	f := &c.frames[len(c.frames)-1]
	switch a.local {
	case "schemaLocation", "noNamespaceSchemaLocation":
		return
	case "type":
		if c.ownType(f, trimmed(a.value)) {
			return
		}
	case "nil":
	default:
		c.add("/@"+a.local, f.at, f.line, CodeAttribute, bothEditions, say("此处不允许属性 xsi:"+a.local, "the attribute xsi:"+a.local+" is not allowed here"))
		return
	}
	c.add("/@"+a.local, f.at, f.line, CodeXSI, bothEditions, say("此元素不得使用 xsi:"+a.local, "xsi:"+a.local+" cannot be used on this element").
		fix("请删除该属性", "remove the attribute"))
}

// ownType tells whether a value of xsi:type names the type that the element
// has anyway, which changes nothing.
func (c *checker) ownType(f *frame, value string) bool {
	prefix, local, found := strings.Cut(value, ":")
	if !found {
		prefix, local = "", value
	}
	space, bound := c.r.lookup(prefix)
	switch {
	case !bound:
		return false
	case f.mode == modeAny:
		return space == Namespace && local == "XMLElement"
	case f.mode == modeSign:
		return f.sign.xsiType == "{"+space+"}"+local
	}
	return false
}

// notBlank tells whether the text token is more than white space. A CDATA
// section counts, whatever it holds.
func (c *checker) notBlank() bool {
	r := c.r
	text := r.data[r.start:r.end]
	if r.resolve {
		text = resolve(text)
	}
	return r.kind == tokenCDATA || len(trim(text)) > 0
}

func trimmed(s string) string { return string(trim([]byte(s))) }

func (c *checker) textToken() {
	r := c.r
	f := &c.frames[len(c.frames)-1]
	switch f.mode {
	case modeValue:
		if r.start == r.end && r.kind == tokenText {
			return
		}
		f.pieces++
		f.start, f.end = r.start, r.end
		f.resolve = f.resolve || r.resolve || r.kind == tokenCDATA
	case modeNode, modeAny:
		f.text = f.text || c.notBlank()
	case modeSign:
		c.signText(f)
	}
}

// endElement judges the content of the innermost element and closes it.
func (c *checker) endElement() {
	f := &c.frames[len(c.frames)-1]
	switch f.mode {
	case modeNode:
		c.endNode(f)
	case modeValue:
		c.endValue(f)
	case modeAny:
		c.endText(f)
	case modeSign:
		c.endSign(f)
	}
	if len(c.frames) == 2 {
		c.endOuter(f)
	}
	if f.mode == modeNode {
		c.kids = c.kids[:f.kids]
	}
	c.seen = c.seen[:f.seen]
	c.frames = c.frames[:len(c.frames)-1]
}

// endOuter closes a child of the root.
func (c *checker) endOuter(f *frame) {
	switch {
	case c.doc > 0 && f.elem == c.t.doc:
		c.m.Docs[c.doc-1].End = c.r.pos
		c.doc = 0
	case f.mode == modeSign && c.m.SignatureEnd == 0:
		c.m.SignatureStart, c.m.SignatureEnd = f.at, c.r.pos
	}
}

func (c *checker) endText(f *frame) {
	if f.text {
		c.add("", f.at, f.line, CodeText, bothEditions, say("子元素之间不得有文字", "text is not allowed between child elements"))
	}
}

func (c *checker) endNode(f *frame) {
	c.endText(f)
	kids := c.kids[f.kids:]
	for e := E2018; e <= E2022; e++ {
		if f.elem.rule(e).present && c.t.editions.Has(e) {
			c.align.check(c, f, kids, e)
		}
	}
}

// endValue judges a plain value and fills its field.
func (c *checker) endValue(f *frame) {
	raw := c.r.data
	end := c.r.start // of the end tag; an empty-element tag has no text
	s := span{uint32(f.body), uint32(f.body)}
	var text []byte
	switch {
	case f.pieces == 1 && !f.resolve:
		s = span{uint32(f.start), uint32(f.end)}
		text = raw[f.start:f.end]
		if f.elem.kind == typeDecimal {
			text = trim(text)
			s = trimSpan(raw, s)
		}
	case f.pieces > 0:
		s = span{uint32(f.body), uint32(end) | mustResolve}
		text = resolve(raw[f.body:end])
	}
	if f.field >= 0 {
		c.m.spans[f.field] = s
	}
	if f.spoilt {
		return
	}
	for e := E2018; e <= E2022; e++ {
		r := f.elem.rule(e)
		if !r.present || f.pieces == 0 && r.hasDefault {
			continue
		}
		editions := EditionSet(e)
		if f.elem.same {
			editions = f.elem.in
		}
		if v := checkValue(f.elem.kind, r, text); v.code != "" {
			c.add("", f.at, f.line, v.code, editions, v.wording.about(f.elem))
		}
		if f.elem.same {
			return
		}
	}
}

// about puts the meaning of the element before what is wrong with it.
func (w wording) about(e *element) wording {
	w.zh = e.name + "（" + e.zh + "）" + w.zh
	w.en = e.name + " (" + e.en + "): " + w.en
	return w
}

func trimSpan(raw []byte, s span) span {
	for s.start < s.end && isSpace(raw[s.start]) {
		s.start++
	}
	for s.start < s.end && isSpace(raw[s.end-1]) {
		s.end--
	}
	return s
}

// path gives the path of the innermost open element.
func (c *checker) path() string {
	var b bytes.Buffer
	for i := range c.frames {
		step(&b, c.frames[i].name, c.frames[i].index)
	}
	return b.String()
}

func step(b *bytes.Buffer, name string, index int) {
	b.WriteByte('/')
	b.WriteString(name)
	if index > 0 {
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(index))
		b.WriteByte(']')
	}
}

// addChild adds a defect of an element that is not open yet.
func (c *checker) addChild(f *frame, code string, in Editions, w wording) {
	var b bytes.Buffer
	step(&b, f.name, f.index)
	c.add(b.String(), f.at, f.line, code, in, w)
}

// add lists a defect at the innermost open element, or below it. A defect
// that another edition has in common is listed once.
func (c *checker) add(below string, at, line int, code string, in Editions, w wording) {
	m := c.m
	if in &= c.t.editions; in == 0 {
		return
	}
	if c.doc > 0 && c.inDoc > maxDocDefects || len(m.Defects) > maxDefects {
		return
	}
	path := c.path() + below
	for i := len(m.Defects) - 1; i >= 0 && i >= len(m.Defects)-2*maxDocDefects; i-- {
		if d := &m.Defects[i]; d.at == at && d.Code == code && d.Path == path && d.EN == w.en {
			d.Editions |= in
			return
		}
	}
	if c.doc > 0 {
		c.inDoc++
	}
	if c.doc > 0 && c.inDoc == maxDocDefects+1 || len(m.Defects) == maxDefects {
		code, in, w = CodeMore, c.t.editions, say("其余错误未列出", "further defects are not listed")
	}
	m.Defects = append(m.Defects, Defect{Path: path, Line: line, Code: code, ZH: w.zh, EN: w.en,
		FixZH: w.fixZH, FixEN: w.fixEN, Editions: in, at: at, doc: c.doc})
}
