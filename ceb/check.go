package ceb

// Bounds of the slow path, beyond which a message is refused whole.
const (
	// MaxElements is the largest number of elements of a message.
	MaxElements = 1 << 20

	maxSpans      = 1 << 23
	maxDocDefects = 1000  // listed for one document
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
