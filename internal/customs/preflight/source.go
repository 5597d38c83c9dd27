package preflight

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/draft"
)

// source is a document of the files on its way through the trial.
type source struct {
	draft   *draft.Draft // or
	message *ceb.Message
	at      int // of the message's documents
	file    string
	offset  int // lines of the file before the message
	doc     clearance.Doc
	defects []draft.Defect
	further []draft.Defect // found when the others are supposed mended
	what    string
	status  int32
	parcel  clearance.Key
}

func (s *source) number() string {
	if s.draft != nil {
		return s.draft.Number()
	}
	if n := clearance.NumberOf(&s.doc); n != "" {
		return n
	}
	return s.value("orderNo")
}

// value reads a field of the head of a message's document.
func (s *source) value(name string) string {
	if s.message == nil {
		return s.draft.Get(0, name)
	}
	shape := draft.ShapeOf(s.message.Kind)
	if f, ok := shape.HeadField(name); ok && s.message.Docs[s.at].Head.Valid() {
		return s.message.Docs[s.at].Head.Text(f)
	}
	return ""
}

// place finds where a field stands; line 0 is the head, field "" the whole.
func (s *source) place(line int, field string) draft.Place {
	if s.draft != nil {
		return s.draft.Place(line, field)
	}
	d := &s.message.Docs[s.at]
	shape := draft.ShapeOf(s.message.Kind)
	raw := s.message.Raw
	at, node, path := d.Start, shape.HeadNode, "/"+s.message.Kind.String()+"/"+shape.Node+"["+strconv.Itoa(d.Index)+"]"
	within := raw[d.Start:d.End]
	if line > 0 {
		node = shape.LineNode
	}
	if node != "" {
		path += "/" + node
		if line > 0 {
			path += "[" + strconv.Itoa(line) + "]"
		}
		if i := element(within, node, max(line, 1)); i >= 0 {
			at = d.Start + i
			within = within[i:]
		}
	}
	if field != "" {
		path += "/" + field
		if i := element(within, field, 1); i >= 0 {
			at += i
		}
	}
	return draft.Place{Line: s.offset + 1 + bytes.Count(raw[:at], []byte("\n")), Path: path, Context: lineAt(raw, at)}
}

// element finds the n-th start tag of a name, whatever its prefix; -1.
func element(raw []byte, name string, n int) int {
	for at := 0; ; {
		i := bytes.Index(raw[at:], []byte(name))
		if i < 0 {
			return -1
		}
		i += at
		at = i + len(name)
		open := bytes.LastIndexByte(raw[:i], '<')
		if open < 0 || at >= len(raw) || !strings.ContainsRune(" \t\r\n/>", rune(raw[at])) {
			continue
		}
		if prefix := raw[open+1 : i]; len(prefix) > 0 && (prefix[len(prefix)-1] != ':' || !plainName(prefix[:len(prefix)-1])) {
			continue
		}
		if n--; n == 0 {
			return open
		}
	}
}

func plainName(b []byte) bool {
	for _, c := range b {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return len(b) > 0
}

// mostContext is how much of a line is shown, in bytes.
const mostContext = 240

func lineAt(raw []byte, at int) string {
	from := bytes.LastIndexByte(raw[:at], '\n') + 1
	to := len(raw)
	if i := bytes.IndexByte(raw[at:], '\n'); i >= 0 {
		to = at + i
	}
	if at-from > mostContext/2 {
		from = at
	}
	line := raw[from:min(to, from+mostContext)]
	for len(line) > 0 && !utf8.Valid(line) { // cut in the middle of a character
		line = line[:len(line)-1]
	}
	return strings.TrimSpace(string(line))
}

// say adds reasons as defects at their places.
func (s *source) say(to *[]draft.Defect, severity draft.Severity, reasons ...clearance.Reason) {
	for _, r := range reasons {
		line, field := draft.FieldOf(s.kind(), r)
		*to = append(*to, s.stamp(draft.OfReason(r, severity).At(s.place(line, field))))
	}
}

func (s *source) kind() ceb.Kind {
	if s.draft != nil {
		return s.draft.Kind
	}
	return s.message.Kind
}

func (s *source) stamp(d draft.Defect) draft.Defect {
	d.Kind, d.Number, d.File = int(s.kind()), s.number(), s.file
	return d
}

// schema adds what the schema has against a document of a message.
func (s *source) schema() {
	bad := s.message.Docs[s.at].Under(s.message.Edition())
	for i := range bad {
		_, line, field := draft.OfPath(s.message.Kind, bad[i].Path)
		p := s.place(line, field)
		d := draft.OfSchema(&bad[i])
		p.Path = d.Path
		if d.Line > 0 {
			p.Line = s.offset + d.Line
		}
		s.defects = append(s.defects, s.stamp(d.At(p)))
	}
}
