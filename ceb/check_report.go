package ceb

import (
	"bytes"
	"strconv"
)

// path gives the path of the innermost open element.
func (c *checker) path() string {
	var b bytes.Buffer
	for i := range c.frames {
		step(&b, c.frames[i].name, c.frames[i].index)
	}
	return b.String()
}

func step(b *bytes.Buffer, name string, index int) {
	b.WriteByte('/')
	b.WriteString(name)
	if index > 0 {
		b.WriteByte('[')
		b.WriteString(strconv.Itoa(index))
		b.WriteByte(']')
	}
}

// addChild adds a defect of an element that is not open yet.
func (c *checker) addChild(f *frame, code string, in Editions, w wording) {
	var b bytes.Buffer
	step(&b, f.name, f.index)
	c.add(b.String(), f.at, f.line, code, in, w)
}

// add lists a defect at the innermost open element, or below it. A defect
// that another edition has in common is listed once.
func (c *checker) add(below string, at, line int, code string, in Editions, w wording) {
	m := c.m
	if in &= c.t.editions; in == 0 {
		return
	}
	if c.doc > 0 && c.inDoc > maxDocDefects || len(m.Defects) > maxDefects {
		return
	}
	path := c.path() + below
	for i := len(m.Defects) - 1; i >= 0 && i >= len(m.Defects)-2*maxDocDefects; i-- {
		if d := &m.Defects[i]; d.at == at && d.Code == code && d.Path == path && d.EN == w.en {
			d.Editions |= in
			return
		}
	}
	if c.doc > 0 {
		c.inDoc++
	}
	if c.doc > 0 && c.inDoc == maxDocDefects+1 || len(m.Defects) == maxDefects {
		code, in, w = CodeMore, c.t.editions, say("其余错误未列出", "further defects are not listed")
	}
	m.Defects = append(m.Defects, Defect{Path: path, Line: line, Code: code, ZH: w.zh, EN: w.en,
		FixZH: w.fixZH, FixEN: w.fixEN, Editions: in, at: at, doc: c.doc})
}
