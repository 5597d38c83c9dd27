package ceb

import (
	"bytes"
	"sync"
)

// The fast scanner walks a message once along the tables of its kind. It knows
// the forms that senders use: the prefix ceb or the default namespace, no
// comments in between, a signature of the usual shape. At anything else, and
// at any defect, it gives up and the slow path decides; what it accepts, the
// slow path would accept with the same result.

// tag is an element prepared for the scanner, for one namespace style.
type tag struct {
	open     string // "<ceb:orderNo"
	shut     string // "</ceb:orderNo>"
	kind     valueType
	plain    bool // the limits below hold in all editions, and nothing else does
	minLen   int32
	maxLen   int32
	total    int16
	frac     int16
	must, in Editions // that demand it, that define it
	elem     *element
	kids     []tag
}

// style is the namespace style of a message.
type style uint8

const (
	styleCEB     style = iota // prefix ceb
	styleDefault              // default namespace
)

// scanTable holds the root elements of a kind in both styles.
type scanTable [2]tag

var scanTables = sync.OnceValue(func() map[Kind]*scanTable {
	all := map[Kind]*scanTable{}
	for _, t := range tables().list {
		all[t.kind] = &scanTable{makeTag(&t.root, "ceb:"), makeTag(&t.root, "")}
	}
	return all
})

func makeTag(e *element, prefix string) tag {
	g := tag{open: "<" + prefix + e.name, shut: "</" + prefix + e.name + ">", kind: e.kind, in: e.in, elem: e}
	for i := range e.rules {
		if r := &e.rules[i]; r.present && r.minOccurs > 0 {
			g.must |= 1 << i
		}
	}
	r := &e.rules[1]
	if !r.present {
		r = &e.rules[0]
	}
	g.plain = e.same && !r.hasDefault && !r.collapse
	g.minLen, g.maxLen, g.total, g.frac = r.minLen, r.maxLen, r.total, r.frac
	for i := range e.kids {
		g.kids = append(g.kids, makeTag(&e.kids[i], prefix))
	}
	return g
}

// scanner is the state of one pass. It is pooled; what it found is copied out.
type scanner struct {
	d        []byte
	p        int
	t        *table
	style    style
	signs    bool // ds is bound in the root
	editions Editions
	elements int
	counted  int // offset up to which lines are counted
	line     int
	spans    []span
	docs     []scanDoc
	lines    []scanRecord
	subs     []scanRecord
	transfer scanRecord
	guid     span
	version  span
	sign     span
	rootLine int
}

type scanDoc struct {
	start, end, line int
	head             scanRecord
	lines, lineEnd   int
}

type scanRecord struct {
	node *element
	base uint32
	line int32
}

// maxPooled bounds the memory that an idle scanner keeps.
const maxPooled = 1 << 17

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// scan reads a message that is valid under at least one edition and of usual
// form. It gives nil for all others.
func scan(data []byte) *Message {
	if len(data) > MaxSize {
		return nil
	}
	s := scanners.Get().(*scanner)
	defer func() {
		s.d = nil
		if cap(s.spans) <= maxPooled {
			scanners.Put(s)
		}
	}()
	*s = scanner{d: data, line: 1, spans: s.spans[:0], docs: s.docs[:0], lines: s.lines[:0], subs: s.subs[:0]}
	if !s.message() {
		return nil
	}
	return s.build()
}

// message reads the whole document.
func (s *scanner) message() bool {
	if !s.prolog() {
		return false
	}
	root := s.rootTag()
	if root == nil {
		return false
	}
	s.editions = s.t.editions
	for i := range root.kids {
		if !s.part(&root.kids[i], i) {
			return false
		}
	}
	if !s.closes(root) {
		return false
	}
	s.space()
	return s.p == len(s.d) && s.elements <= MaxElements && len(s.spans) <= maxSpans
}

// part reads one child of the root as often as it stands there.
func (s *scanner) part(g *tag, index int) bool {
	count := int32(0)
	for s.opens(g) {
		count++
		switch {
		case g.kind == typeSignature:
			return false // not in the namespace of the message
		case index == 0:
			if !s.doc(g) {
				return false
			}
		case index == s.t.transfer && count == 1:
			s.transfer = s.record(g)
			if !s.fields(g, s.transfer.base) {
				return false
			}
		case g.elem.name == "BaseSubscribe":
			r := s.record(g)
			s.subs = append(s.subs, r)
			if !s.fields(g, r.base) {
				return false
			}
		default:
			return false
		}
	}
	if g.kind == typeSignature && s.p < len(s.d)-1 && s.d[s.p] == '<' && s.d[s.p+1] != '/' {
		if !s.signature() {
			return false
		}
		count++
	}
	return s.occurs(g, count)
}

// occurs judges how often an element stood, and drops the editions that do
// not allow it.
func (s *scanner) occurs(g *tag, count int32) bool {
	if count == 0 {
		s.editions &^= g.must
		return s.editions != 0
	}
	s.editions &= g.in
	for i := range g.elem.rules {
		if most := g.elem.rules[i].maxOccurs; most != noLimit && count > most {
			s.editions &^= 1 << i
		}
	}
	return s.editions != 0
}

// doc reads one document, after its start tag.
func (s *scanner) doc(g *tag) bool {
	i := len(s.docs)
	s.docs = append(s.docs, scanDoc{start: s.p - len(g.open) - 1, line: s.lineAt(s.p)})
	if !s.t.wrapped {
		r := s.record(g)
		s.docs[i].head = r
		if !s.fields(g, r.base) {
			return false
		}
		s.docs[i].end = s.p
		return true
	}
	head := &g.kids[0]
	if !s.opens(head) {
		return false
	}
	r := s.record(head)
	s.docs[i].head = r
	if !s.fields(head, r.base) {
		return false
	}
	s.docs[i].lines = len(s.lines)
	if len(g.kids) > 1 {
		line := &g.kids[1]
		for s.opens(line) {
			r := s.record(line)
			s.lines = append(s.lines, r)
			if !s.fields(line, r.base) {
				return false
			}
		}
		if !s.occurs(line, int32(len(s.lines)-s.docs[i].lines)) {
			return false
		}
	}
	s.docs[i].lineEnd = len(s.lines)
	if !s.closes(g) {
		return false
	}
	s.docs[i].end = s.p
	return true
}

// record makes room for the fields of a node whose start tag has been read.
func (s *scanner) record(g *tag) scanRecord {
	base := len(s.spans)
	n := len(g.kids)
	if cap(s.spans) < base+n {
		s.spans = append(s.spans, make([]span, n+base)...)
	}
	s.spans = s.spans[:base+n]
	clear(s.spans[base:])
	return scanRecord{node: g.elem, base: uint32(base), line: int32(s.lineAt(s.p))}
}

// fields reads the plain values of a node and its end tag.
func (s *scanner) fields(g *tag, base uint32) bool {
	spans := s.spans[base:]
	d := s.d
	s.elements += len(g.kids) + 1
	for j := range g.kids {
		k := &g.kids[j]
		p := skipSpace(d, s.p)
		end := p + len(k.open)
		if end >= len(d) {
			return false
		}
		s.p = p
		if string(d[p:end]) != k.open {
			if s.editions &^= k.must; s.editions == 0 {
				return false
			}
			continue
		}
		if c := d[end]; c == '>' {
			s.p = end + 1
		} else if c == '/' && d[min(end+1, len(d)-1)] == '>' {
			if s.p = end + 2; !s.judge(k, nil, true) {
				return false
			}
			spans[j] = span{uint32(s.p), uint32(s.p)}
			continue
		} else {
			if s.editions &^= k.must; s.editions == 0 {
				return false
			}
			continue
		}
		if s.editions &= k.in; s.editions == 0 || !s.value(k, &spans[j]) {
			return false
		}
		end = s.p + len(k.shut)
		if end > len(d) || string(d[s.p:end]) != k.shut {
			return false
		}
		s.p = end
	}
	return s.closes(g)
}

// opens reads the start tag of an element without attributes, if it is next.
func (s *scanner) opens(g *tag) bool {
	s.p = skipSpace(s.d, s.p)
	end := s.p + len(g.open)
	if end >= len(s.d) || string(s.d[s.p:end]) != g.open || s.d[end] != '>' {
		return false
	}
	s.p = end + 1
	return true
}

// closes reads the end tag of an element, if it is next.
func (s *scanner) closes(g *tag) bool {
	s.p = skipSpace(s.d, s.p)
	end := s.p + len(g.shut)
	if end > len(s.d) || string(s.d[s.p:end]) != g.shut {
		return false
	}
	s.p = end
	return true
}

func skipSpace(d []byte, p int) int {
	for p < len(d) && isSpace(d[p]) {
		p++
	}
	return p
}

func (s *scanner) space() { s.p = skipSpace(s.d, s.p) }

// lineAt gives the line of an offset; offsets come in order.
func (s *scanner) lineAt(p int) int {
	s.line += bytes.Count(s.d[s.counted:p], newline)
	s.counted = p
	return s.line
}

// build copies what was found into a message.
func (s *scanner) build() *Message {
	m := &Message{Kind: s.t.kind, GUID: string(s.d[s.guid.start:s.guid.end]), Version: "1.0", Raw: s.d, Editions: s.editions, Fast: true, line: s.rootLine,
		SignatureStart: int(s.sign.start), SignatureEnd: int(s.sign.end)}
	if v := s.d[s.version.start:s.version.end]; string(v) != "1.0" {
		m.Version = string(v)
	}
	m.spans = append(make([]span, 0, len(s.spans)), s.spans...)
	m.Docs = m.one[:]
	if len(s.docs) > 1 {
		m.Docs = make([]Doc, len(s.docs))
	}
	lines := m.few[:0]
	if n := len(s.lines) + len(s.subs); n > len(m.few) {
		lines = make([]Record, 0, n)
	}
	for i := range s.docs {
		from := &s.docs[i]
		d := &m.Docs[i]
		d.Head, d.Start, d.End, d.Line, d.Index = from.head.of(m), from.start, from.end, from.line, i+1
		if from.lineEnd > from.lines {
			first := len(lines)
			for _, r := range s.lines[from.lines:from.lineEnd] {
				lines = append(lines, r.of(m))
			}
			d.Lines = lines[first:len(lines):len(lines)]
		}
	}
	if s.transfer.node != nil {
		m.Transfer = s.transfer.of(m)
	}
	if len(s.subs) > 0 {
		first := len(lines)
		for _, r := range s.subs {
			lines = append(lines, r.of(m))
		}
		m.Subscribes = lines[first:]
	}
	return m
}

func (r scanRecord) of(m *Message) Record {
	return Record{m: m, node: r.node, base: r.base, line: r.line}
}
