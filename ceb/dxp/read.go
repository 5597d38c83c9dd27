package dxp

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds. A message of 100 lists has 250 KB; its envelope adds a third and a
// kilobyte.
const (
	// MaxSize is the length in bytes above which an envelope is not read.
	MaxSize = 64 << 20
	// maxFrame bounds an envelope without the content of Data.
	maxFrame    = 1 << 20
	maxDepth    = 32
	maxElements = 4096
)

// element is an element of an envelope.
type element struct {
	name, space string
	attrs       []xml.Attr
	text        []byte // all text directly in it, except the payload
	children    []*element
	line        int
	payload     span // of Data: the text in the raw bytes; empty when it was read like all text
}

type span struct{ from, to int }

// document is an envelope that has been read.
type document struct {
	raw     []byte
	root    *element
	data    span // payload cut out before reading; empty when nothing was
	used    bool // the payload turned out to be that of a Data element
	count   int
	counted int // offset up to which line ends are counted
	lines   int // line ends before it
	defects []Defect
}

// read reads an envelope with encoding/xml, in two strokes: the payload, by far
// the longest text, is cut out first and goes past the decoder.
func read(raw []byte) (*document, *Defect) {
	if len(raw) > MaxSize {
		return nil, &Defect{Path: "/", Line: 1, Code: CodeSize, ZH: fmt.Sprintf("信封超过 %d 字节", MaxSize), EN: fmt.Sprintf("the envelope is longer than %d bytes", MaxSize)}
	}
	d := &document{raw: raw, data: payload(raw)}
	bad := d.parse()
	if d.data.to > 0 && (bad != nil && bad.Code != CodeSize || bad == nil && !d.used) {
		// What looked like a payload may have stood in a comment or elsewhere.
		first := bad
		d = &document{raw: raw}
		if bad = d.parse(); bad != nil && bad.Code == CodeSize && first != nil {
			bad = first
		}
	}
	if bad != nil {
		return nil, bad
	}
	return d, nil
}

// payload finds the text of the first element that looks like Data.
func payload(raw []byte) span {
	for at := 0; ; {
		i := bytes.Index(raw[at:], []byte("Data"))
		if i < 0 {
			return span{}
		}
		i += at
		at = i + 4
		start := i
		if start > 0 && raw[start-1] == ':' {
			for start--; start > 0 && raw[start-1] != '<' && raw[start-1] != '>' && i-start < 64; start-- {
			}
		}
		if start == 0 || raw[start-1] != '<' || at >= len(raw) || !strings.ContainsRune(" \t\r\n>", rune(raw[at])) {
			continue
		}
		end := bytes.IndexByte(raw[at:], '>')
		if end < 0 || raw[at+end-1] == '/' {
			return span{}
		}
		from := at + end + 1
		if bytes.HasPrefix(bytes.TrimLeft(raw[from:], " \t\r\n"), []byte("<![CDATA[")) {
			if n := bytes.Index(raw[from:], []byte("]]>")); n >= 0 {
				return span{from, from + n + 3}
			}
			return span{}
		}
		n := bytes.IndexByte(raw[from:], '<')
		if n <= 0 {
			return span{}
		}
		return span{from, from + n}
	}
}

// offset turns an offset in what the decoder reads into one in raw.
func (d *document) offset(o int64) int {
	at := int(o)
	if d.data.to > 0 && at > d.data.from {
		at += d.data.to - d.data.from
	}
	return at
}

// line returns the line of an offset in raw. Offsets are asked for in rising
// order, so each line end is counted once.
func (d *document) line(at int) int {
	if at > d.counted {
		d.lines += bytes.Count(d.raw[d.counted:at], []byte{'\n'})
		d.counted = at
	}
	return d.lines + 1
}

// parse builds the tree.
func (d *document) parse() *Defect {
	frame := d.raw
	if d.data.to > 0 {
		frame = slices.Concat(d.raw[:d.data.from], d.raw[d.data.to:])
	}
	if len(frame) > maxFrame {
		return &Defect{Path: "/", Line: 1, Code: CodeSize, ZH: "信封除数据外过长", EN: fmt.Sprintf("the envelope without its data is longer than %d bytes", maxFrame)}
	}
	body := bytes.TrimPrefix(frame, []byte("\xEF\xBB\xBF"))
	mark := int64(len(frame) - len(body))
	dec := xml.NewDecoder(bytes.NewReader(body))
	var open []*element
	for {
		at := d.offset(dec.InputOffset() + mark)
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			at = d.offset(dec.InputOffset() + mark)
			return d.bad(open, at, CodeXML, "不是格式良好的 XML", "not well-formed XML: "+plain(err))
		}
		switch t := token.(type) {
		case xml.Directive:
			return d.bad(open, at, CodeDTD, "不允许 DTD", "DTDs are not allowed")
		case xml.CharData:
			if len(open) > 0 {
				e := open[len(open)-1]
				e.text = append(e.text, t...)
			} else if len(bytes.TrimSpace(t)) > 0 {
				return d.bad(open, at, CodeXML, "根元素之外有文本", "there is text outside the root element")
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.StartElement:
			e, bad := d.start(open, at, t)
			if bad != nil {
				return bad
			}
			if d.data.to > 0 && dec.InputOffset()+mark == int64(d.data.from) && e.name == "Data" {
				e.payload, d.used = d.data, true
			}
			open = append(open, e)
		}
	}
	if d.root == nil {
		return d.bad(nil, 0, CodeXML, "没有内容", "there is no element")
	}
	return nil
}

// start adds an element to the tree.
func (d *document) start(open []*element, at int, t xml.StartElement) (*element, *Defect) {
	d.count++
	switch {
	case len(open) == maxDepth || d.count > maxElements:
		return nil, d.bad(open, at, CodeDepth, "元素嵌套过深或过多", "elements are nested too deeply, or there are too many")
	case len(open) == 0 && d.root != nil:
		return nil, d.bad(open, at, CodeXML, "有多个根元素", "there is more than one root element")
	case twice(t.Attr):
		return nil, d.bad(open, at, CodeXML, "属性重复", "an attribute is given twice")
	}
	e := &element{name: t.Name.Local, space: t.Name.Space, attrs: t.Attr, line: d.line(at)}
	if len(open) == 0 {
		d.root = e
	} else {
		up := open[len(open)-1]
		up.children = append(up.children, e)
	}
	return e, nil
}

// bad says why the envelope cannot be read, inside the innermost open element.
func (d *document) bad(open []*element, at int, code, zh, en string) *Defect {
	var path strings.Builder
	for _, e := range open {
		path.WriteString("/" + e.name)
	}
	if path.Len() == 0 {
		path.WriteByte('/')
	}
	return &Defect{Path: path.String(), Line: d.line(at), Code: code, ZH: zh, EN: en}
}

// plain drops the decoder's own line numbers, which do not count the payload.
func plain(err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Msg
	}
	return err.Error()
}

func twice(attrs []xml.Attr) bool {
	for i, a := range attrs {
		for _, b := range attrs[:i] {
			if a.Name == b.Name {
				return true
			}
		}
	}
	return false
}

// child returns the first child of that name.
func (e *element) child(name string) *element {
	if e != nil {
		for _, c := range e.children {
			if c.name == name {
				return c
			}
		}
	}
	return nil
}

func (e *element) childText(name string) string {
	if c := e.child(name); c != nil {
		return string(c.text)
	}
	return ""
}

func (e *element) attribute(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// decode decodes the payload of Data into a buffer of its own; it is the only
// copy made of it.
func (d *document) decode(data *element, path string) ([]byte, bool) {
	text := data.text
	if data.payload.to > 0 {
		text = d.raw[data.payload.from:data.payload.to]
		if len(bytes.TrimSpace(data.text)) > 0 {
			text = slices.Concat(text, data.text) // a comment stood inside
		}
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(out, text) // steps over line ends by itself
	if err != nil {
		tidy, ok := tidied(text)
		if ok {
			n, err = base64.StdEncoding.Strict().Decode(out, tidy)
		}
		if !ok || err != nil {
			d.add(Defect{Path: path, Line: data.line, Code: CodeBase64, ZH: "Data 不是 base64", EN: "Data is not base64"})
			return nil, false
		}
	}
	return out[:n], true
}

// tidied returns the text without spaces, tabs, character references to white
// space (as serialisers write for CR LF) and the marks of a CDATA section; false
// when it holds anything else that is not base64.
func tidied(text []byte) ([]byte, bool) {
	text = bytes.Trim(text, " \t\r\n")
	if bytes.HasPrefix(text, []byte("<![CDATA[")) {
		end := bytes.Index(text, []byte("]]>"))
		text = slices.Concat(text[len("<![CDATA["):end], text[end+len("]]>"):])
		if bytes.IndexByte(text, '&') >= 0 {
			return nil, false
		}
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n':
		case '&':
			end := bytes.IndexByte(text[i:min(len(text), i+8)], ';')
			if end < 0 || !slices.Contains([]string{"&#13", "&#10", "&#9", "&#32", "&#xD", "&#xd", "&#xA", "&#xa", "&#x9", "&#x20"}, string(text[i:i+end])) {
				return nil, false
			}
			i += end
		default:
			out = append(out, c)
		}
	}
	return out, true
}
