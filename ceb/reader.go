package ceb

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Bounds of what is read. A message beyond them is refused with a defect that
// names the bound.
const (
	// MaxSize is the longest message read, in bytes.
	MaxSize = 64 << 20
	// MaxText is the longest single text, in bytes, white space included.
	MaxText = 10_000_000
	// MaxDepth is the deepest nesting of elements.
	MaxDepth = 256
	// MaxAttributes is the largest number of attributes of one element.
	MaxAttributes = 64

	maxName     = 1000
	maxBindings = 100 // namespace declarations in force at one place
)

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
	xsiNamespace   = "http://www.w3.org/2001/XMLSchema-instance"
)

// tokenKind says what the reader found.
type tokenKind uint8

const (
	tokenEOF tokenKind = iota
	tokenStart
	tokenEnd
	tokenText
	tokenCDATA
)

// attribute of a start tag, with its value normalised as XML demands.
type attribute struct {
	prefix, local, space string
	value                string
}

// open is an element whose end has not been read.
type open struct {
	name     string // as written, with prefix
	bindings int    // number of namespace bindings before it
}

type binding struct{ prefix, space string }

// reader reads XML 1.0 with namespaces from memory, one token at a time. It
// knows no DTD and no entities but the five of XML. It is strict: the first
// fault of well-formedness ends it with a Defect.
//
// After next, the fields below describe the token. Empty elements give a start
// and an end token.
type reader struct {
	data []byte
	pos  int

	kind          tokenKind
	start, end    int // bytes of the token, for text of its content
	local, space  string
	attrs         []attribute
	resolve       bool // text holds references or line ends to be resolved
	opened        []open
	bindings      []binding
	closeNow      bool // an empty-element tag awaits its end token
	rootSeen      bool
	asciiOnly     bool
	names         map[string]string
	linePos, line int
}

func newReader(data []byte) *reader {
	return &reader{data: data, line: 1, names: make(map[string]string, 64)}
}

// lineOf gives the line of an offset. Offsets are asked for mostly in order.
func (r *reader) lineOf(at int) int {
	if at < r.linePos {
		return 1 + bytes.Count(r.data[:at], newline)
	}
	r.line += bytes.Count(r.data[r.linePos:at], newline)
	r.linePos = at
	return r.line
}

var newline = []byte{'\n'}

func (r *reader) fault(at int, code string, w wording) *Defect {
	at = min(at, len(r.data))
	path := ""
	for _, o := range r.opened {
		path += "/" + localName(o.name)
	}
	if path == "" {
		path = "/"
	}
	return &Defect{Path: path, Line: 1 + bytes.Count(r.data[:at], newline), Code: code,
		ZH: w.zh, EN: w.en, FixZH: w.fixZH, FixEN: w.fixEN, Editions: bothEditions, at: at}
}

func (r *reader) malformed(at int, zh, en string) *Defect {
	return r.fault(at, CodeXML, say(zh, en))
}

func (r *reader) truncated() *Defect {
	return r.fault(len(r.data), CodeTruncated, say("报文不完整，在根元素结束之前中断", "the message ends before its root element does").
		fix("请重新发送完整报文", "send the whole message again"))
}

// begin checks size, byte order mark and XML declaration.
func (r *reader) begin() *Defect {
	d := r.data
	if len(d) > MaxSize {
		return r.fault(0, CodeSize, say(fmt.Sprintf("报文超过上限 %d 字节", MaxSize),
			fmt.Sprintf("the message has more than %d bytes", MaxSize)).
			fix("请拆分为多个报文", "split it into several messages"))
	}
	if len(d) >= 2 && (d[0] == 0xFE && d[1] == 0xFF || d[0] == 0xFF && d[1] == 0xFE || d[0] == 0 || d[1] == 0) {
		return r.encoding("UTF-16/32")
	}
	if bytes.HasPrefix(d, []byte("\xEF\xBB\xBF")) {
		r.pos = 3
	}
	if rest := d[r.pos:]; bytes.HasPrefix(rest, []byte("<?xml")) && len(rest) > 5 && isSpace(rest[5]) {
		return r.declaration()
	}
	return nil
}

func (r *reader) encoding(name string) *Defect {
	return r.fault(r.pos, CodeEncoding, say("报文编码为 "+name+"，只接受 UTF-8", "the message is encoded in "+name+"; only UTF-8 is accepted").
		fix("请将文件另存为 UTF-8，并声明 encoding=\"UTF-8\"", "save the file as UTF-8 and declare encoding=\"UTF-8\""))
}

// declaration reads <?xml version="1.0" encoding="UTF-8" standalone="no"?>.
func (r *reader) declaration() *Defect {
	at := r.pos
	r.pos += 5
	bad := func() *Defect {
		return r.malformed(at, "XML 声明有误", "the XML declaration is malformed").withFix(
			"应为 <?xml version=\"1.0\" encoding=\"UTF-8\"?>", "write <?xml version=\"1.0\" encoding=\"UTF-8\"?>")
	}
	for step := 0; ; {
		spaced := r.skipSpace()
		if bytes.HasPrefix(r.data[r.pos:], []byte("?>")) {
			r.pos += 2
			if step == 0 {
				return bad()
			}
			return nil
		}
		name, value, ok := r.pseudoAttribute()
		if !ok || !spaced {
			return bad()
		}
		switch {
		case name == "version" && step == 0 && isVersion(value):
			step = 1
		case name == "encoding" && step == 1:
			step = 2
			switch upper(value) {
			case "UTF-8", "UTF8":
			case "ASCII", "US-ASCII":
				r.asciiOnly = true
			default:
				return r.encoding(value)
			}
		case name == "standalone" && (step == 1 || step == 2) && (value == "yes" || value == "no"):
			step = 3
		default:
			return bad()
		}
	}
}

func (d *Defect) withFix(zh, en string) *Defect {
	d.FixZH, d.FixEN = zh, en
	return d
}

func isVersion(s string) bool {
	if len(s) < 3 || s[:2] != "1." {
		return false
	}
	for _, c := range []byte(s[2:]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func upper(s string) string { return string(bytes.ToUpper([]byte(s))) }

func (r *reader) pseudoAttribute() (name, value string, ok bool) {
	d, p := r.data, r.pos
	for p < len(d) && d[p] >= 'a' && d[p] <= 'z' {
		p++
	}
	name = string(d[r.pos:p])
	r.pos = p
	r.skipSpace()
	if r.peek() != '=' {
		return
	}
	r.pos++
	r.skipSpace()
	q := r.peek()
	if q != '"' && q != '\'' {
		return
	}
	n := bytes.IndexByte(d[r.pos+1:min(len(d), r.pos+100)], q)
	if n < 0 {
		return
	}
	value = string(d[r.pos+1 : r.pos+1+n])
	r.pos += n + 2
	return name, value, true
}

// peek gives the next byte, 0 at the end (0 is never legal in XML).
func (r *reader) peek() byte {
	if r.pos < len(r.data) {
		return r.data[r.pos]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func (r *reader) skipSpace() bool {
	at := r.pos
	for r.pos < len(r.data) && isSpace(r.data[r.pos]) {
		r.pos++
	}
	return r.pos > at
}

// next reads the next token. Comments and processing instructions are checked
// and passed over.
func (r *reader) next() *Defect {
	if r.closeNow {
		r.closeNow = false
		r.kind = tokenEnd
		return nil
	}
	for r.pos < len(r.data) {
		if r.data[r.pos] != '<' {
			if len(r.opened) > 0 {
				return r.text()
			}
			if r.skipSpace(); r.pos < len(r.data) && r.data[r.pos] != '<' {
				return r.malformed(r.pos, "根元素之外有多余内容", "content outside the root element")
			}
			continue
		}
		rest := r.data[r.pos:]
		switch {
		case len(rest) < 2:
			return r.truncated()
		case rest[1] == '/':
			return r.endTag()
		case rest[1] == '?':
			if f := r.instruction(); f != nil {
				return f
			}
		case rest[1] == '!':
			if bytes.HasPrefix(rest, []byte("<!--")) {
				if f := r.comment(); f != nil {
					return f
				}
				continue
			}
			return r.declarationOrCDATA(rest)
		default:
			return r.startTag()
		}
	}
	if len(r.opened) > 0 || !r.rootSeen {
		return r.truncated()
	}
	r.kind = tokenEOF
	return nil
}

func (r *reader) declarationOrCDATA(rest []byte) *Defect {
	switch {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")) && len(r.opened) > 0:
		n := bytes.Index(rest, []byte("]]>"))
		if n < 0 {
			return r.truncated()
		}
		r.kind, r.start, r.end = tokenCDATA, r.pos+9, r.pos+n
		r.pos += n + 3
		return r.checkText(false)
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
		return r.fault(r.pos, CodeDTD, say("不接受文档类型声明 (DTD)", "document type declarations (DTD) are not accepted").
			fix("请删除 <!DOCTYPE …>", "remove <!DOCTYPE …>"))
	}
	return r.malformed(r.pos, "无法识别的标记 <!", "unknown markup after <!")
}

func (r *reader) comment() *Defect {
	at := r.pos
	n := bytes.Index(r.data[at+4:], []byte("--"))
	if n < 0 {
		return r.truncated()
	}
	r.start, r.end = at+4, at+4+n
	r.pos = r.end + 2
	if r.peek() != '>' {
		return r.malformed(at, "注释中不得出现 --", "a comment must not contain --")
	}
	r.pos++
	return r.checkChars()
}

func (r *reader) instruction() *Defect {
	at := r.pos
	r.pos += 2
	name, f := r.name()
	if f != nil {
		return f
	}
	if name == "xml" {
		return r.malformed(at, "XML 声明只能位于报文开头", "the XML declaration must stand at the very start").withFix(
			"请删除其前面的空白或重复的声明", "remove what stands before it, or the second declaration")
	}
	n := bytes.Index(r.data[r.pos:], []byte("?>"))
	if n < 0 {
		return r.truncated()
	}
	if n > 0 && !isSpace(r.data[r.pos]) {
		return r.malformed(at, "处理指令有误", "malformed processing instruction")
	}
	r.start, r.end = r.pos, r.pos+n
	r.pos += n + 2
	return r.checkChars()
}

// text reads character data up to the next tag.
func (r *reader) text() *Defect {
	n := bytes.IndexByte(r.data[r.pos:], '<')
	if n < 0 {
		n = len(r.data) - r.pos
	}
	r.kind, r.start, r.end = tokenText, r.pos, r.pos+n
	r.pos += n
	return r.checkText(true)
}

// checkText checks a text or CDATA token and finds out whether it must be
// resolved.
func (r *reader) checkText(markup bool) *Defect {
	text := r.data[r.start:r.end]
	if len(text) > MaxText {
		return r.fault(r.start, CodeSize, say(fmt.Sprintf("文本长 %d 字节，超过上限 %d", len(text), MaxText),
			fmt.Sprintf("a text of %d bytes, more than %d", len(text), MaxText)))
	}
	if f := r.checkChars(); f != nil {
		return f
	}
	r.resolve = bytes.IndexByte(text, '\r') >= 0
	if !markup {
		return nil
	}
	if i := bytes.Index(text, []byte("]]>")); i >= 0 {
		return r.malformed(r.start+i, "文本中不得出现 ]]>", "text must not contain ]]>").withFix("请写作 ]]&gt;", "write ]]&gt;")
	}
	for i := 0; ; {
		n := bytes.IndexByte(text[i:], '&')
		if n < 0 {
			return nil
		}
		r.resolve = true
		i += n
		_, size := reference(text[i:])
		if size == 0 {
			return r.badReference(r.start + i)
		}
		i += size
	}
}

func (r *reader) badReference(at int) *Defect {
	rest := r.data[at:min(len(r.data), at+40)]
	if n := bytes.IndexByte(rest, ';'); n > 1 && rest[1] != '#' {
		if _, size := nameLen(rest[1:n]); size == n-1 {
			return r.fault(at, CodeEntity, say("未定义的实体 "+string(rest[:n+1]), "undefined entity "+string(rest[:n+1])).
				fix("只可使用 &amp; &lt; &gt; &quot; &apos; 与字符引用", "only &amp; &lt; &gt; &quot; &apos; and character references are known"))
		}
	}
	return r.malformed(at, "& 之后不是合法的引用", "& is not followed by a reference").withFix("文字 & 请写作 &amp;", "write &amp; for a plain &")
}

// checkChars checks the bytes of the token for UTF-8 and legal characters.
func (r *reader) checkChars() *Defect {
	d := r.data[r.start:r.end]
	for i := 0; i < len(d); {
		c := d[i]
		if c < utf8.RuneSelf {
			if c < ' ' && !isSpace(c) {
				return r.fault(r.start+i, CodeChar, say(fmt.Sprintf("含有 XML 不允许的字符 0x%02X", c),
					fmt.Sprintf("the character 0x%02X is not allowed in XML", c)).fix("请删除该字符", "remove it"))
			}
			i++
			continue
		}
		if f := r.checkRune(r.start+i, d[i:]); f != nil {
			return f
		}
		_, n := utf8.DecodeRune(d[i:])
		i += n
	}
	return nil
}

func (r *reader) checkRune(at int, d []byte) *Defect {
	c, n := utf8.DecodeRune(d)
	if c == utf8.RuneError && n <= 1 || r.asciiOnly {
		return r.fault(at, CodeEncoding, say("含有不是 UTF-8 的字节，可能是 GBK 编码", "bytes that are not UTF-8, perhaps GBK").
			fix("请将文件另存为 UTF-8", "save the file as UTF-8"))
	}
	if c == 0xFFFE || c == 0xFFFF {
		return r.fault(at, CodeChar, say(fmt.Sprintf("含有 XML 不允许的字符 U+%04X", c), fmt.Sprintf("the character U+%04X is not allowed in XML", c)).
			fix("请删除该字符", "remove it"))
	}
	return nil
}
