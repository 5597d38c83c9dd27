package dxp

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// maxDefects bounds the list of defects of one envelope.
const maxDefects = 200

func (d *document) add(x Defect) {
	if len(d.defects) < maxDefects {
		d.defects = append(d.defects, x)
	}
}

// sorted returns the defects in the order of their lines.
func (d *document) sorted() []Defect {
	slices.SortStableFunc(d.defects, func(a, b Defect) int { return a.Line - b.Line })
	return d.defects
}

// check holds an element against its rule and lists all that is wrong.
func (d *document) check(e *element, r *rule, path string) {
	want := r.space
	if want == "" {
		want = Namespace
	}
	if e.space != want {
		d.add(Defect{Path: path, Line: e.line, Code: CodeNamespace,
			ZH: fmt.Sprintf("命名空间应为 %s，实为“%s”", want, e.space), EN: fmt.Sprintf("the namespace must be %s, it is %q", want, e.space)})
	}
	if r.kind == anything {
		return
	}
	d.checkAttributes(e, r, path)
	if r.kind == group {
		if len(bytes.TrimSpace(e.text)) > 0 {
			d.add(Defect{Path: path, Line: e.line, Code: CodeText, ZH: "元素之间有文本", EN: "text stands between elements"})
		}
		d.checkChildren(e, r, path)
		return
	}
	if len(e.children) > 0 {
		d.add(Defect{Path: path, Line: e.line, Code: CodeText, ZH: "值中不允许有元素", EN: "a value holds elements"})
		return
	}
	d.checkValue(e, r, path)
}

// checkChildren holds the children against the sequence.
func (d *document) checkChildren(e *element, r *rule, path string) {
	seen := make([]int, len(r.children))
	last := 0
	for _, c := range e.children {
		i := slices.IndexFunc(r.children, func(k rule) bool { return k.name == c.name })
		if i < 0 {
			d.add(Defect{Path: path + "/" + c.name, Line: c.line, Code: CodeUnknown, ZH: "此处没有该元素", EN: "the element does not belong here"})
			continue
		}
		k := &r.children[i]
		seen[i]++
		at := path + "/" + c.name
		if k.max != 1 {
			at += fmt.Sprintf("[%d]", seen[i])
		}
		switch {
		case k.max > 0 && seen[i] > k.max:
			d.add(Defect{Path: at, Line: c.line, Code: CodeCount, ZH: fmt.Sprintf("最多出现 %d 次", k.max), EN: fmt.Sprintf("may stand %d time(s) at most", k.max)})
		case i < last:
			d.add(Defect{Path: at, Line: c.line, Code: CodeOrder, ZH: "元素顺序不对，应在 " + r.children[last].name + " 之前", EN: "wrong order: it must stand before " + r.children[last].name})
		}
		last = max(last, i)
		d.check(c, k, at)
	}
	for i := range r.children {
		if k := &r.children[i]; k.min > 0 && seen[i] == 0 {
			d.add(Defect{Path: path + "/" + k.name, Line: e.line, Code: CodeMissing, ZH: "缺少必填元素", EN: "the mandatory element is missing"})
		}
	}
}

// checkAttributes holds the attributes against the rule; namespace
// declarations and those of schema instances may stand anywhere.
func (d *document) checkAttributes(e *element, r *rule, path string) {
	for _, a := range e.attrs {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" || a.Name.Space == schemaInstance {
			continue
		}
		i := slices.IndexFunc(r.attrs, func(k attrRule) bool { return a.Name == xml.Name{Local: k.name} })
		if i < 0 {
			d.add(Defect{Path: path + "/@" + a.Name.Local, Line: e.line, Code: CodeAttribute, ZH: "此处没有该属性", EN: "the attribute does not belong here"})
			continue
		}
		d.checkAttribute(a.Value, &r.attrs[i], path+"/@"+a.Name.Local, e.line)
	}
	for _, k := range r.attrs {
		if _, ok := e.attribute(k.name); k.required && !ok {
			d.add(Defect{Path: path + "/@" + k.name, Line: e.line, Code: CodeMissing, ZH: "缺少必填属性", EN: "the mandatory attribute is missing"})
		}
	}
}

func (d *document) checkAttribute(value string, k *attrRule, path string, line int) {
	switch {
	case k.fixed != "" && value != k.fixed:
		d.add(Defect{Path: path, Line: line, Code: CodeFixed, ZH: fmt.Sprintf("只能为“%s”，实为“%s”", k.fixed, value), EN: fmt.Sprintf("must be %q, it is %q", k.fixed, value)})
	case k.id && !identifier(strings.Trim(value, " \t\r\n")):
		d.add(Defect{Path: path, Line: line, Code: CodeID, ZH: "不是合法的 XML ID：不能为空，不能以数字开头", EN: "not an XML identifier: it must not be empty or start with a digit"})
	}
	d.checkLength(value, k.low, k.up, path, line)
}

// checkLength counts characters, as the schema does.
func (d *document) checkLength(value string, low, up int, path string, line int) {
	n := utf8.RuneCountInString(value)
	if n < low || up > 0 && n > up {
		d.add(Defect{Path: path, Line: line, Code: CodeLength,
			ZH: fmt.Sprintf("长度应为 %d 到 %d 个字符，实为 %d", low, up, n), EN: fmt.Sprintf("must have %d to %d characters, it has %d", low, up, n)})
	}
}

func (d *document) checkValue(e *element, r *rule, path string) {
	switch r.kind {
	case text:
		d.checkLength(string(e.text), r.low, r.up, path, e.line)
	case empty:
		if len(e.text) > 0 {
			d.add(Defect{Path: path, Line: e.line, Code: CodeText, ZH: "元素必须为空", EN: "the element must be empty"})
		}
	case dateTime:
		if !isDateTime(string(bytes.Trim(e.text, " \t\r\n"))) {
			d.add(Defect{Path: path, Line: e.line, Code: CodeTime, ZH: "不是日期时间，格式 yyyy-mm-ddThh:mm:ss", EN: "not a date and time of the form yyyy-mm-ddThh:mm:ss"})
		}
	case date:
		if !isDate(string(bytes.Trim(e.text, " \t\r\n"))) {
			d.add(Defect{Path: path, Line: e.line, Code: CodeTime, ZH: "不是日期，格式 yyyy-mm-dd", EN: "not a date of the form yyyy-mm-dd"})
		}
	case base64Of: // decode says what is wrong with it
	}
}

// isDateTime reports whether s is an xs:dateTime of a four-digit year.
func isDateTime(s string) bool {
	s, ok := withoutZone(s)
	if !ok {
		return false
	}
	day, clock, found := strings.Cut(s, "T")
	if !found {
		return false
	}
	clock, fraction, hasFraction := strings.Cut(clock, ".")
	if hasFraction && (fraction == "" || strings.Trim(fraction, "0123456789") != "") {
		return false
	}
	if clock == "24:00:00" && strings.Trim(fraction, "0") == "" {
		clock = "00:00:00" // the end of the day, which the schema allows
	}
	return exactly("2006-01-02", day) && day[:4] != "0000" && exactly("15:04:05", clock)
}

// isDate reports whether s is an xs:date of a four-digit year.
func isDate(s string) bool {
	s, ok := withoutZone(s)
	return ok && exactly("2006-01-02", s) && s[:4] != "0000"
}

func exactly(layout, s string) bool {
	_, err := time.Parse(layout, s)
	return err == nil && len(s) == len(layout)
}

// withoutZone takes a time zone off: Z, or + or - hh:mm up to 14:00.
func withoutZone(s string) (string, bool) {
	if rest, ok := strings.CutSuffix(s, "Z"); ok {
		return rest, true
	}
	if len(s) < 6 || s[len(s)-3] != ':' || s[len(s)-6] != '+' && s[len(s)-6] != '-' {
		return s, true
	}
	zone := s[len(s)-5:]
	return s[:len(s)-6], zone == "14:00" || exactly("15:04", zone) && zone < "14:00"
}

// identifier reports whether s is an xs:ID (NCName).
func identifier(s string) bool {
	for i, r := range s {
		start := r == '_' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r >= 0xC0 && r != 0xD7 && r != 0xF7
		if !start && (i == 0 || r != '-' && r != '.' && r != 0xB7 && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}
