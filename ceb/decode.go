package ceb

import (
	"bytes"
	"sort"
)

// Field is the index of an element inside its node. The generated constants
// name them: H311OrderNo is orderNo in the head (or the only node) of CEB311,
// L311Gnum is gnum in its lines, BTDxpId is dxpId in BaseTransfer.
type Field int

// span is the text of a field as bytes of the message. A zero end means that
// the field is absent.
type span struct{ start, end uint32 }

// mustResolve in span.end marks a text with references, line ends, comments or
// CDATA sections in it.
const mustResolve = 1 << 31

// Record is one node of a message (表头, 表体): a view on its bytes, without
// copies. It stays good as long as Message.Raw is not changed. The zero
// Record is not valid.
type Record struct {
	m    *Message
	node *element
	base uint32
	line int32
}

// Valid tells whether the node is there.
func (r Record) Valid() bool { return r.m != nil }

// Line is the line on which the node begins, from 1.
func (r Record) Line() int { return int(r.line) }

// Name is the name of the node, for example "OrderHead".
func (r Record) Name() string {
	if r.node == nil {
		return ""
	}
	return r.node.name
}

func (r Record) span(f Field) span {
	if r.m == nil || uint(f) >= uint(len(r.node.kids)) {
		return span{}
	}
	return r.m.spans[r.base+uint32(f)]
}

// Has tells whether the element is there, be it empty.
func (r Record) Has(f Field) bool { return r.span(f).end != 0 }

// Bytes gives the text of an element with references resolved, nil if it is
// absent. White space around decimals is left out. An empty element whose
// schema gives it a default or fixed value has that value. The bytes may be part of Message.Raw and must not be changed.
func (r Record) Bytes(f Field) []byte {
	s := r.span(f)
	if s.end == 0 {
		return nil
	}
	if s.end&mustResolve != 0 {
		text := resolve(r.m.Raw[s.start : s.end&^mustResolve])
		if r.node.kids[f].kind == typeDecimal {
			text = trim(text)
		}
		return text
	}
	if s.start == s.end {
		return r.preset(f)
	}
	return r.m.Raw[s.start:s.end:s.end]
}

// Text is Bytes as a string; "" if the element is absent.
func (r Record) Text(f Field) string { return string(r.Bytes(f)) }

// Fields is the number of fields the node has in its table.
func (r Record) Fields() int {
	if r.node == nil {
		return 0
	}
	return len(r.node.kids)
}

func (r Record) preset(f Field) []byte {
	if rule := r.node.kids[f].rule(r.m.Edition()); rule.hasDefault {
		return []byte(rule.preset)
	}
	return []byte{}
}

// resolve gives the text of an element's content in full: references, line
// ends, CDATA sections; comments and instructions left out. The content has
// been read once, so it is well-formed.
func resolve(raw []byte) []byte {
	text := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '<')
		if n < 0 {
			return appendText(text, raw, false)
		}
		text = appendText(text, raw[:n], false)
		raw = raw[n:]
		var end string
		switch {
		case bytes.HasPrefix(raw, []byte("<![CDATA[")):
			end = "]]>"
			if n := bytes.Index(raw, []byte(end)); n >= 0 {
				text = appendText(text, raw[9:n], true)
			}
		case bytes.HasPrefix(raw, []byte("<!--")):
			raw, end = raw[4:], "-->"
		case bytes.HasPrefix(raw, []byte("<?")):
			end = "?>"
		default: // a child element: a defect, and no part of the text
			end = ">"
		}
		n = bytes.Index(raw, []byte(end))
		if n < 0 {
			return text
		}
		raw = raw[n+len(end):]
	}
	return text
}

// Doc is one business document of a message (业务节点).
type Doc struct {
	// Head is the head node, or the only node of kinds without lines.
	Head Record
	// Lines are the line nodes in order.
	Lines []Record
	// Start and End bound the document node in Message.Raw, tags included.
	Start, End int
	// Line is the line on which the document begins.
	Line int
	// Index is the place of the document in the message, from 1.
	Index int
	// Defects are the document's own.
	Defects []Defect
}

// Under lists the defects of the document under one edition.
func (d *Doc) Under(e Edition) []Defect { return under(d.Defects, e) }

// Message is a decoded message.
type Message struct {
	Kind Kind
	// GUID and Version are the attributes of the root.
	GUID, Version string
	Docs          []Doc
	// Transfer is BaseTransfer; not valid in receipts.
	Transfer Record
	// Subscribes are the BaseSubscribe nodes.
	Subscribes []Record
	// Raw is what was decoded.
	Raw []byte
	// SignatureStart and SignatureEnd bound ds:Signature in Raw, 0 and 0 when
	// there is none.
	SignatureStart, SignatureEnd int
	// Editions are those under which the whole message is valid.
	Editions Editions
	// Defects lists all defects, those of documents included. It is empty when
	// the message is valid under at least one edition.
	Defects []Defect
	// Fast tells that the fast scanner read the message.
	Fast bool

	spans []span
	line  int // of the root
	// room for the usual message of one document with few lines
	one [1]Doc
	few [2]Record
}

// Edition is the edition by which the message is to be judged: the newest
// under which it is valid, else the one with fewer defects, and of equals the
// newest.
func (m *Message) Edition() Edition {
	if m.Editions != 0 {
		return m.Editions.Newest()
	}
	return fewest(m.Defects, m.Kind.Editions())
}

// Under lists the defects of the whole message under one edition.
func (m *Message) Under(e Edition) []Defect { return under(m.Defects, e) }

func under(all []Defect, e Edition) []Defect {
	var list []Defect
	for _, d := range all {
		if d.Editions.Has(e) {
			list = append(list, d)
		}
	}
	return list
}

func fewest(all []Defect, among Editions) Edition {
	best, count := Edition(0), 0
	for e := E2022; e >= E2018; e-- {
		n := len(under(all, e))
		if among.Has(e) && (best == 0 || n < count) {
			best, count = e, n
		}
	}
	return best
}

// Decode reads a message and checks it against the editions of its schema.
// It gives an error, always a *Defect, only when the bytes are not a
// well-formed message of a known kind; what is against the schema is in
// Message.Defects. The message keeps data and must be its only owner.
func Decode(data []byte) (*Message, error) {
	if m := scan(data); m != nil {
		return m, nil
	}
	m, fault := decodeSlow(data)
	if fault != nil {
		return nil, fault
	}
	m.settle()
	return m, nil
}

// settle drops the defects of other editions when the message is valid under
// one, and hands the rest to their documents.
func (m *Message) settle() {
	if m.Editions != 0 {
		m.Defects = nil
		return
	}
	sort.SliceStable(m.Defects, func(i, j int) bool { return m.Defects[i].at < m.Defects[j].at })
	for i := range m.Defects {
		if n := m.Defects[i].doc; n > 0 && n <= len(m.Docs) {
			m.Docs[n-1].Defects = append(m.Docs[n-1].Defects, m.Defects[i])
		}
	}
}
