package dsig

import (
	"bytes"
	"unicode/utf8"
)

// place says where a processing instruction stands.
type place int

const (
	inRoot place = iota
	beforeRoot
	afterRoot
)

// prolog takes everything in front of the root: byte order mark, XML
// declaration, comments, processing instructions, white space.
func (s *scanner) prolog() error {
	if bytes.HasPrefix(s.raw, []byte("\xEF\xBB\xBF")) {
		s.skip(3)
	}
	rest := s.raw[s.pos:]
	if bytes.HasPrefix(rest, []byte("<?xml")) && len(rest) > 5 && class[rest[5]]&space != 0 {
		end := bytes.Index(rest, []byte("?>"))
		if end < 0 {
			return s.fail(s.pos, "XML 声明未结束", "the XML declaration does not end")
		}
		if err := s.declaration(rest[5:end]); err != nil {
			return err
		}
		s.skip(s.pos + end + 2)
	}
	return s.outside(false)
}

// declaration checks the XML declaration: version 1.0 and UTF-8 only.
func (s *scanner) declaration(d []byte) error {
	order := []string{"version", "encoding", "standalone"}
	seen := 0
	for {
		d = bytes.TrimLeft(d, " \t\r\n")
		if len(d) == 0 {
			break
		}
		eq := bytes.IndexByte(d, '=')
		if eq < 0 {
			return s.badDeclaration()
		}
		name := string(bytes.TrimRight(d[:eq], " \t\r\n"))
		d = bytes.TrimLeft(d[eq+1:], " \t\r\n")
		if len(d) == 0 || d[0] != '"' && d[0] != '\'' {
			return s.badDeclaration()
		}
		end := bytes.IndexByte(d[1:], d[0])
		if end < 0 {
			return s.badDeclaration()
		}
		value := string(d[1 : 1+end])
		d = d[end+2:]
		if len(d) > 0 && class[d[0]]&space == 0 {
			return s.badDeclaration()
		}
		for seen < len(order) && order[seen] != name {
			if seen == 0 {
				return s.badDeclaration() // the version is required
			}
			seen++
		}
		if seen == len(order) || !declared(name, value) {
			return s.badDeclaration()
		}
		seen++
	}
	if seen == 0 {
		return s.badDeclaration()
	}
	return nil
}

func declared(name, value string) bool {
	switch name {
	case "version":
		return value == "1.0"
	case "encoding":
		return bytes.EqualFold([]byte(value), []byte("UTF-8"))
	}
	return value == "yes" || value == "no"
}

func (s *scanner) badDeclaration() error {
	return s.fail(s.pos, "XML 声明有误，仅支持 version=\"1.0\" 和 UTF-8 编码", "bad XML declaration: only version 1.0 in UTF-8 is read")
}

// outside takes what stands before or behind the root. White space and
// comments go; processing instructions stay, on lines of their own (C14N 1.0
// section 2.3).
func (s *scanner) outside(behind bool) error {
	for {
		s.skip(s.skipSpace(s.pos))
		rest := s.raw[s.pos:]
		var err error
		switch {
		case len(rest) == 0 && behind:
			return nil
		case len(rest) == 0:
			return s.fail(s.pos, "报文没有内容", "the message is empty")
		case rest[0] != '<':
			return s.fail(s.pos, "根元素之外有文本", "there is text outside the root element")
		case bytes.HasPrefix(rest, []byte("<!--")):
			err = s.comment()
		case bytes.HasPrefix(rest, []byte("<!")):
			return s.fail(s.pos, "不允许 DTD 和标记声明", "DTDs and markup declarations are not allowed")
		case bytes.HasPrefix(rest, []byte("<?")):
			where := beforeRoot
			if behind {
				where = afterRoot
			}
			err = s.instruction(where)
		case behind:
			return s.fail(s.pos, "报文有多个根元素", "there is more than one root element")
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// comment drops `<!-- … -->`.
func (s *scanner) comment() error {
	body := s.raw[s.pos+4:]
	end := bytes.Index(body, []byte("--"))
	if end < 0 || end+2 >= len(body) || body[end+2] != '>' {
		return s.fail(s.pos, "注释格式错误", "malformed comment")
	}
	if err := s.checkChars(body[:end]); err != nil {
		return err
	}
	s.flush(s.pos)
	s.skip(s.pos + 4 + end + 3)
	return nil
}

// cdata writes the content of a CDATA section as text.
func (s *scanner) cdata() error {
	body := s.raw[s.pos+9:]
	end := bytes.Index(body, []byte("]]>"))
	if end < 0 {
		return s.fail(s.pos, "CDATA 未结束", "the CDATA section does not end")
	}
	if err := s.checkChars(body[:end]); err != nil {
		return err
	}
	s.flush(s.pos)
	if !s.mute {
		s.out.text(normalLineEnds(body[:end]))
	}
	s.skip(s.pos + 9 + end + 3)
	return nil
}

// instruction takes `<?target data?>`.
func (s *scanner) instruction(where place) error {
	at := s.pos
	i := at + 2
	start := i
	for i < len(s.raw) && class[s.raw[i]]&nameChar != 0 {
		i++
	}
	target := s.raw[start:i]
	if i < len(s.raw) && s.raw[i] >= 0x80 {
		return errUnusual
	}
	if len(target) == 0 || class[target[0]]&nameStart == 0 || bytes.EqualFold(target, []byte("xml")) {
		return s.fail(at, "处理指令格式错误", "malformed processing instruction")
	}
	end := bytes.Index(s.raw[i:], []byte("?>"))
	if end < 0 || end > 0 && class[s.raw[i]]&space == 0 {
		return s.fail(at, "处理指令格式错误", "malformed processing instruction")
	}
	data := s.raw[i : i+end]
	if err := s.checkChars(data); err != nil {
		return err
	}
	s.traits.outerPI = s.traits.outerPI || where != inRoot
	s.traits.returnInPI = s.traits.returnInPI || bytes.IndexByte(data, '\r') >= 0
	data = normalLineEnds(bytes.TrimLeft(data, " \t\r\n"))
	s.flush(at)
	if !s.mute {
		o := &s.out
		if where == afterRoot {
			o.buf = append(o.buf, '\n')
		}
		o.buf = append(append(o.buf, '<', '?'), target...)
		if len(data) > 0 {
			o.buf = append(append(o.buf, ' '), data...)
		}
		o.buf = append(o.buf, '?', '>')
		if where == beforeRoot {
			o.buf = append(o.buf, '\n')
		}
	}
	s.skip(i + end + 2)
	return nil
}

// reference takes an entity or character reference in text.
func (s *scanner) reference() error {
	at := s.pos
	r, end, err := s.referred(at)
	if err != nil {
		return err
	}
	if s.raw[at+1] != '#' && (r == '&' || r == '<' || r == '>') {
		s.pos = end // canonical as it stands
		return nil
	}
	s.flush(at)
	if !s.mute {
		var b [utf8.UTFMax]byte
		s.out.text(b[:utf8.EncodeRune(b[:], r)])
	}
	s.skip(end)
	return nil
}

// referred resolves the reference at the offset of its ampersand and returns
// the character and the offset behind the semicolon.
func (s *scanner) referred(at int) (rune, int, error) {
	rest := s.raw[at:min(len(s.raw), at+16)]
	end := bytes.IndexByte(rest, ';')
	if end < 2 {
		return 0, 0, s.fail(at, "& 未转义", "an ampersand is not escaped")
	}
	name := rest[1:end]
	if name[0] != '#' {
		switch string(name) {
		case "amp":
			return '&', at + end + 1, nil
		case "lt":
			return '<', at + end + 1, nil
		case "gt":
			return '>', at + end + 1, nil
		case "quot":
			return '"', at + end + 1, nil
		case "apos":
			return '\'', at + end + 1, nil
		}
		return 0, 0, s.fail(at, "不允许自定义实体", "entities other than the five of XML are not allowed")
	}
	r, ok := number(name[1:])
	if !ok || !allowed(r) {
		return 0, 0, s.fail(at, "字符引用有误", "bad character reference")
	}
	return r, at + end + 1, nil
}

// number reads the digits of a character reference, decimal or (after x)
// hexadecimal.
func number(digits []byte) (rune, bool) {
	base := rune(10)
	if len(digits) > 0 && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	var r rune
	for _, c := range digits {
		var d rune
		switch {
		case '0' <= c && c <= '9':
			d = rune(c - '0')
		case base == 16 && 'a' <= c|0x20 && c|0x20 <= 'f':
			d = rune(c|0x20-'a') + 10
		default:
			return 0, false
		}
		if r = r*base + d; r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, true
}

// allowed reports whether XML 1.0 allows the character (production 2, Char).
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		0x20 <= r && r <= 0xD7FF || 0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= utf8.MaxRune
}

// lineEnd turns CR LF and a lone CR into LF (XML 1.0 section 2.11).
func (s *scanner) lineEnd(at int) {
	s.flush(at)
	s.skip(at + 1)
	if s.pos >= len(s.raw) || s.raw[s.pos] != '\n' {
		s.write("\n")
	}
}

// checkChars refuses control characters in comments, CDATA and instructions.
func (s *scanner) checkChars(b []byte) error {
	for _, c := range b {
		if c < 0x20 && class[c]&space == 0 {
			return s.fail(s.pos, "报文含有 XML 不允许的控制字符", "the message has a control character that XML forbids")
		}
	}
	return nil
}

// normalLineEnds returns b with line ends normalised; b itself when there is
// nothing to do.
func normalLineEnds(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
}
