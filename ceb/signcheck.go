package ceb

import (
	"bytes"
	"strings"
)

// signChild judges a child of an element of ds:Signature.
func (c *checker) signChild(p, f *frame) {
	space, t := c.r.space, p.sign
	if t.value != "" {
		f.mode, p.spoilt = modeSkip, true
		c.addChild(f, CodeChild, bothEditions, say("普通值中不得有子元素", "a plain value must not hold elements"))
		return
	}
	if !p.spoilt {
		if rest := p.rest.after(space, f.name); rest != nil {
			p.rest = rest
		} else {
			p.spoilt = true
			c.addChild(f, CodeUnknown, bothEditions, say("此处不允许元素 "+f.name, "the element "+f.name+" is not allowed here").
				fix(wantedFix(p.rest)))
		}
	}
	switch s := signTypes()[f.name]; {
	case space == SignatureNamespace && s != nil:
		c.openSign(f, s)
	case space == SignatureNamespace, space == "":
		f.mode = modeSkip
	default:
		c.laxChild(f)
	}
}

func wantedFix(rest *content) (zh, en string) {
	names := strings.Join(rest.wanted(), ", ")
	if names == "" {
		return "请删除", "remove it"
	}
	return "此处可为 " + names, "allowed here: " + names
}

func (c *checker) openSign(f *frame, t *signType) {
	f.mode, f.sign, f.rest = modeSign, t, t.model
}

// laxChild opens an element under a lax wildcard: it is judged if one of the
// two schemas declares it at its top, and passed over otherwise.
func (c *checker) laxChild(f *frame) {
	f.mode = modeLax
	switch c.r.space {
	case SignatureNamespace:
		if t := signTypes()[f.name]; t != nil && !t.local {
			c.openSign(f, t)
		}
	case Namespace:
		side := 0
		if c.t.imports {
			side = 1
		}
		e := tables().global[side][f.name]
		if e == nil {
			return
		}
		f.elem = e
		switch e.kind {
		case typeNode:
			f.mode = modeNode
		default:
			f.mode = modeValue
		}
	}
}

// signAttributes judges the attributes of an element of ds:Signature.
func (c *checker) signAttributes(f *frame) {
	given := uint(0)
	for i := range c.r.attrs {
		a := &c.r.attrs[i]
		if a.space == xsiNamespace {
			c.xsi(a)
			continue
		}
		j := -1
		for n := range f.sign.attrs {
			if a.space == "" && f.sign.attrs[n].name == a.local {
				j = n
			}
		}
		if j < 0 {
			c.add("/@"+a.local, f.at, f.line, CodeAttribute, bothEditions, say("此处不允许属性 "+a.local, "the attribute "+a.local+" is not allowed here"))
			continue
		}
		given |= 1 << j
		c.signAttribute(f, f.sign.attrs[j].kind, a)
	}
	for j, d := range f.sign.attrs {
		if d.required && given&(1<<j) == 0 {
			c.add("/@"+d.name, f.at, f.line, CodeMissing, bothEditions, say("缺少属性 "+d.name, "the attribute "+d.name+" is missing"))
		}
	}
}

func (c *checker) signAttribute(f *frame, kind string, a *attribute) {
	value := string(collapse([]byte(a.value)))
	switch {
	case kind == "uri" && !isURI(value):
		c.add("/@"+a.local, f.at, f.line, CodeURI, bothEditions, say("不是合法的 URI", "not a URI"))
	case kind == "id" && (!isNCName(value) || c.ids[value]):
		c.add("/@"+a.local, f.at, f.line, CodeID, bothEditions, say("标识不合法或重复", "not an identifier, or used twice"))
	case kind == "id":
		c.ids[value] = true
	}
}

// signText notes text in an element of ds:Signature.
func (c *checker) signText(f *frame) {
	r := c.r
	switch {
	case f.sign.value != "":
		if r.start < r.end {
			f.pieces++
			f.start, f.end = r.start, r.end
			f.resolve = f.resolve || r.resolve || r.kind == tokenCDATA
		}
	case !f.sign.mixed:
		f.text = f.text || c.notBlank()
	}
}

// endSign judges the content of an element of ds:Signature.
func (c *checker) endSign(f *frame) {
	c.endText(f)
	switch t := f.sign; {
	case f.spoilt:
	case t.value != "":
		var text []byte
		switch {
		case f.pieces == 1 && !f.resolve:
			text = c.r.data[f.start:f.end]
		case f.pieces > 0:
			text = resolve(c.r.data[f.body:c.r.start])
		}
		if v := signValue(t.value, text); v.code != "" {
			c.add("", f.at, f.line, v.code, bothEditions, v.wording)
		}
	case !f.rest.mayEnd():
		name := f.rest.wanted()[0]
		c.add("/"+strings.TrimPrefix(name, "##"), f.at, f.line, CodeMissing, bothEditions, say("缺少 "+name, name+" is missing"))
	}
}

func signValue(kind string, text []byte) verdict {
	switch {
	case kind == "base64" && !isBase64(text):
		return verdict{CodeBase64, say("不是合法的 base64", "not base64")}
	case kind == "integer" && !isInteger(trim(text)):
		return verdict{CodeInteger, say("应为整数", "a whole number is wanted")}
	}
	return verdict{}
}

// isInteger reads xs:integer; more than 24 digits are refused, as libxml2 does.
func isInteger(text []byte) bool {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	for _, c := range text {
		if !isDigit(c) {
			return false
		}
	}
	return len(text) > 0 && len(bytes.TrimLeft(text, "0")) <= maxDigits
}

// isBase64 judges as libxml2 does: letters that are no base64 are passed over;
// the padding must fit the number of letters and leave no bits behind.
func isBase64(text []byte) bool {
	letters, pads, last := 0, 0, int8(0)
	for _, c := range text {
		switch v := base64Values[c]; {
		case v < 0:
		case v == 64:
			pads++
		case pads > 0:
			return false
		default:
			letters++
			last = v
		}
	}
	switch pads {
	case 0:
		return letters%4 == 0
	case 1:
		return letters%4 == 3 && last&3 == 0
	case 2:
		return letters%4 == 2 && last&15 == 0
	}
	return false
}

// base64Values holds the value of each letter, 64 for =, -1 for all others.
var base64Values = func() (v [256]int8) {
	for i := range v {
		v[i] = -1
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") {
		v[c] = int8(i)
	}
	return v
}()
