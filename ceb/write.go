package ceb

import (
	"strings"
	"unicode/utf8"
)

// AppendOpen appends the XML declaration and the start tag of the root. Import
// receipts use the default namespace, all other messages the prefix ceb, as the
// official samples do.
func AppendOpen(dst []byte, k Kind, guid string) []byte {
	return appendOpen(dst, k, guid, "1.0")
}

func appendOpen(dst []byte, k Kind, guid, version string) []byte {
	t := mustTable(k)
	dst = append(dst, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<"...)
	dst = append(dst, t.prefix...)
	dst = append(dst, t.root.name...)
	dst = append(dst, ` guid="`...)
	dst = appendEscaped(dst, guid)
	dst = append(dst, `" version="`...)
	dst = appendEscaped(dst, version)
	if t.prefix == "" {
		dst = append(dst, `" xmlns="`...)
	} else {
		dst = append(dst, `" xmlns:ceb="`...)
	}
	return append(dst, Namespace+"\">\n"...)
}

// mustTable is for writing, where an unknown kind is a fault of the program.
func mustTable(k Kind) *table {
	t := tableOf(k)
	if t == nil {
		panic("ceb: unknown kind " + k.String())
	}
	return t
}

// AppendNode appends one document: its head, indexed by Field, and its lines,
// each indexed by Field, in the order of the schema. An optional field whose
// text is "" is left out; a mandatory one is written empty. Shorter slices
// leave the rest empty.
func AppendNode(dst []byte, k Kind, head []string, lines [][]string) []byte {
	t := mustTable(k)
	if !t.wrapped {
		return t.appendFields(dst, t.head, head)
	}
	dst = t.appendTag(dst, "<", t.doc.name)
	dst = t.appendFields(dst, t.head, head)
	if t.line != nil {
		for _, line := range lines {
			dst = t.appendFields(dst, t.line, line)
		}
	}
	return t.appendTag(dst, "</", t.doc.name)
}

// AppendClose appends BaseTransfer, indexed by Field, and the end tag of the
// root. Receipts have no BaseTransfer: give nil.
func AppendClose(dst []byte, k Kind, transfer []string) []byte {
	t := mustTable(k)
	if transfer != nil && t.transfer >= 0 {
		dst = t.appendFields(dst, &t.root.kids[t.transfer], transfer)
	}
	return t.appendTag(dst, "</", t.root.name)
}

// FieldCount gives the number of fields of the head and of a line (0 when the
// kind has no lines).
func FieldCount(k Kind) (head, line int) {
	t := tableOf(k)
	if t == nil {
		return 0, 0
	}
	if t.line != nil {
		line = len(t.line.kids)
	}
	return len(t.head.kids), line
}

func (t *table) appendTag(dst []byte, mark, name string) []byte {
	dst = append(dst, mark...)
	dst = append(dst, t.prefix...)
	dst = append(dst, name...)
	return append(dst, ">\n"...)
}

// appendFields appends a node with its plain values, one a line.
func (t *table) appendFields(dst []byte, node *element, values []string) []byte {
	dst = t.appendTag(dst, "<", node.name)
	for i := range node.kids {
		e := &node.kids[i]
		text := ""
		if i < len(values) {
			text = values[i]
		}
		if text == "" && e.optional {
			continue
		}
		dst = append(dst, e.open...)
		dst = appendEscaped(dst, text)
		dst = append(dst, e.shut...)
	}
	return t.appendTag(dst, "</", node.name)
}

// appendEscaped appends text with the marks of XML escaped. Line ends other
// than \n and tabs are written as references, so that they survive reading;
// characters that XML forbids become U+FFFD.
func appendEscaped(dst []byte, text string) []byte {
	if plain(text) {
		return append(dst, text...)
	}
	last := 0
	for i := 0; i < len(text); i++ {
		var with string
		switch c := text[i]; {
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '"':
			with = "&quot;"
		case c == '\r':
			with = "&#13;"
		case c == '\n' || c == '\t' || c >= ' ' && c < 0x80:
			continue
		case c < ' ':
			with = "\uFFFD"
		default:
			size, good := goodRune(text[i:])
			if good {
				i += size - 1
				continue
			}
			dst = append(append(dst, text[last:i]...), "\uFFFD"...)
			i += size - 1
			last = i + 1
			continue
		}
		dst = append(append(dst, text[last:i]...), with...)
		last = i + 1
	}
	return append(dst, text[last:]...)
}

// special marks the bytes of ASCII that text can't hold as they are.
var special = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = c != '\n' && c != '\t'
	}
	for _, c := range "&<>\"" {
		t[c] = true
	}
	return t
}()

// plain tells whether text needs no escaping: the usual case, told in one pass.
func plain(text string) bool {
	high := byte(0)
	for i := 0; i < len(text); i++ {
		if special[text[i]] {
			return false
		}
		high |= text[i]
	}
	// U+FFFE and U+FFFF begin with EF BF in UTF-8; the slow way sorts them out.
	return high < 0x80 || utf8.ValidString(text) && !strings.Contains(text, "\xef\xbf")
}
