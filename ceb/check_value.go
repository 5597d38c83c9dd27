package ceb

import "strings"

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
