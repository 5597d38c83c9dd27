package ceb_test

import (
	"fmt"
	"strings"
	"testing"

	"pilotzone/ceb"
	"pilotzone/ceb/cebtest"
)

// leaf is an element with a plain value in a sample that has one element a
// line.
type leaf struct {
	path         string // with indexes
	line, parent int    // 1-based
	element      ceb.Element
	next         *leaf // the following element of the same node, if it is a leaf
}

// outline finds the leaves of a sample, in order.
func outline(k ceb.Kind, lines []string) []*leaf {
	type node struct {
		path string
		line int
		kids []ceb.Element
		seen map[string]int
		last *leaf
	}
	stack := []*node{{path: "/" + k.String(), line: 2, kids: ceb.Elements(k), seen: map[string]int{}}}
	var list []*leaf
	for i, line := range lines[2:] {
		top := stack[len(stack)-1]
		name, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "<ceb:"), ">")
		switch {
		case strings.HasPrefix(name, "</"):
			if stack = stack[:len(stack)-1]; len(stack) == 0 {
				return list
			}
			continue
		case strings.HasPrefix(line, "<ds:"):
			continue
		}
		var e ceb.Element
		for _, kid := range top.kids {
			if kid.Name == name {
				e = kid
			}
		}
		top.seen[name]++
		path := top.path + "/" + name
		if f2018, f2022 := e.Facets(ceb.E2018), e.Facets(ceb.E2022); f2018.Defined && f2018.MaxOccurs != 1 || f2022.Defined && f2022.MaxOccurs != 1 {
			path += fmt.Sprintf("[%d]", top.seen[name])
		}
		if rest == "" {
			stack = append(stack, &node{path: path, line: i + 3, kids: e.Children, seen: map[string]int{}})
			top.last = nil
			continue
		}
		l := &leaf{path: path, line: i + 3, parent: top.line, element: e}
		if top.last != nil {
			top.last.next = l
		}
		top.last = l
		list = append(list, l)
	}
	return list
}

// expect checks that a mutant has exactly one defect, of this code and place.
func expect(t *testing.T, what string, lines []string, e ceb.Edition, code, path string, line int) {
	t.Helper()
	v := ceb.Validate([]byte(strings.Join(lines, "\n")), e)
	if v.Valid || len(v.Errors) != 1 || v.Errors[0].Code != code || v.Errors[0].Path != path || v.Errors[0].Line != line {
		t.Errorf("%s, edition %v: want %s at %s line %d, got %+v", what, e, code, path, line, v.Errors)
	}
}

func with(lines []string, at int, replacement ...string) []string {
	out := append([]string{}, lines[:at-1]...)
	out = append(out, replacement...)
	return append(out, lines[at:]...)
}

// TestEveryElementIsGuarded takes every element of every kind and edition,
// damages it in every way, and expects one defect at the right place.
func TestEveryElementIsGuarded(t *testing.T) {
	t.Parallel()
	for _, k := range ceb.Kinds() {
		for e := ceb.E2018; e <= ceb.E2022; e++ {
			if !k.Editions().Has(e) {
				continue
			}
			t.Run(fmt.Sprint(k, e), func(t *testing.T) {
				t.Parallel()
				data := cebtest.Message(k, cebtest.Options{Edition: e, Optional: true, Lines: 2, Prefix: "ceb"})
				if v := ceb.Validate(data, e); !v.Valid {
					t.Fatalf("the sample is not valid: %+v\n%s", v.Errors, data)
				}
				lines := strings.Split(string(data), "\n")
				for _, l := range outline(k, lines) {
					guard(t, lines, l, e)
				}
			})
		}
	}
}

func guard(t *testing.T, lines []string, l *leaf, e ceb.Edition) {
	t.Helper()
	text, name, f := lines[l.line-1], l.element.Name, l.element.Facets(e)
	valued := func(value string) []string {
		return with(lines, l.line, "<ceb:"+name+">"+value+"</ceb:"+name+">")
	}
	if f.MinOccurs > 0 {
		expect(t, "dropped", with(lines, l.line), e, ceb.CodeMissing, l.path, l.parent)
	}
	expect(t, "given twice", with(lines, l.line, text, text), e, ceb.CodeRepeat, l.path+"[2]", l.line+1)
	expect(t, "unknown before it", with(lines, l.line, "<ceb:foo/>", text), e, ceb.CodeUnknown, parentPath(l.path)+"/foo", l.line)
	expect(t, "other namespace", with(lines, l.line, strings.Replace(text, "<ceb:"+name+">", "<ceb:"+name+` xmlns:ceb="urn:other">`, 1)), e, ceb.CodeNamespace, l.path, l.line)
	expect(t, "attribute", with(lines, l.line, strings.Replace(text, ">", ` foo="1">`, 1)), e, ceb.CodeAttribute, l.path+"/@foo", l.line)
	expect(t, "nil", with(lines, l.line, strings.Replace(text, ">", ` xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`, 1)), e, ceb.CodeXSI, l.path+"/@nil", l.line)
	if l.element.Type != "any" {
		expect(t, "child", with(lines, l.line, strings.Replace(text, "</", "<ceb:b/></", 1)), e, ceb.CodeChild, l.path+"/b", l.line)
	}
	if l.next != nil {
		swapped := with(with(lines, l.line, lines[l.next.line-1]), l.next.line, text)
		path, line := l.path, l.next.line
		if f.MinOccurs > 0 { // the validator stops at the element that came too early
			path, line = l.next.path, l.line
		}
		expect(t, "swapped with the next", swapped, e, ceb.CodeOrder, path, line)
	}
	switch l.element.Type {
	case "int":
		expect(t, "not a number", valued("a"), e, ceb.CodeInt, l.path, l.line)
		if f.TotalDigits > 0 {
			expect(t, "too many digits", valued(strings.Repeat("1", f.TotalDigits+1)), e, ceb.CodeDigits, l.path, l.line)
		}
	case "decimal":
		expect(t, "not a number", valued("1,5"), e, ceb.CodeDecimal, l.path, l.line)
		expect(t, "too many digits", valued(strings.Repeat("1", f.TotalDigits+1)), e, ceb.CodeDigits, l.path, l.line)
		expect(t, "too many after the point", valued("1."+strings.Repeat("1", f.FractionDigits+1)), e, ceb.CodeDigits, l.path, l.line)
	case "string":
		guardText(t, l, e, valued, f)
	}
}

func guardText(t *testing.T, l *leaf, e ceb.Edition, valued func(string) []string, f ceb.Facets) {
	t.Helper()
	if f.Fixed {
		expect(t, "another value", valued("999"), e, ceb.CodeFixed, l.path, l.line)
		return
	}
	if f.MaxLength >= 0 {
		expect(t, "lengthened", valued(strings.Repeat("名", f.MaxLength+1)), e, ceb.CodeLength, l.path, l.line)
	}
	if f.MinLength > 1 {
		expect(t, "shortened", valued(strings.Repeat("名", f.MinLength-1)), e, ceb.CodeLength, l.path, l.line)
	}
	switch v := ceb.Validate([]byte(strings.Join(valued(""), "\n")), e); {
	case f.Default || f.MinLength == 0:
		if !v.Valid {
			t.Errorf("%s may be empty: %+v", l.path, v.Errors)
		}
	default:
		expect(t, "emptied", valued(""), e, ceb.CodeEmpty, l.path, l.line)
	}
}

func parentPath(path string) string { return path[:strings.LastIndexByte(path, '/')] }

// TestWhereDefectsAreReported holds the readings of sequences that are not
// obvious.
func TestWhereDefectsAreReported(t *testing.T) {
	t.Parallel()
	full := string(cebtest.Message(311, cebtest.Options{Docs: 2, Lines: 1, Unsigned: true}))
	between := func(from, to string) string {
		i := strings.Index(full, from)
		return full[i : i+strings.Index(full[i:], to)+len(to)]
	}
	doc := between("\t<ceb:Order>", "</ceb:Order>\n")
	head := between("\t\t<ceb:OrderHead>", "</ceb:OrderHead>\n")
	transfer := between("\t<ceb:BaseTransfer>", "</ceb:BaseTransfer>\n")
	guid := between("\t\t\t<ceb:guid>", "</ceb:guid>\n")
	tests := []struct {
		name, old, new string
		want           []string // code path, in order
	}{
		{"no documents", full[strings.Index(full, doc):strings.Index(full, transfer)], "", []string{"CEB-MISSING /CEB311Message/Order[1]"}},
		{"no head", head, "", []string{"CEB-MISSING /CEB311Message/Order[1]/OrderHead"}},
		{"no transfer", transfer, "", []string{"CEB-MISSING /CEB311Message/BaseTransfer"}},
		{"transfer twice", transfer, transfer + transfer, []string{"CEB-REPEAT /CEB311Message/BaseTransfer[2]"}},
		{"transfer first", full[strings.Index(full, doc):], transfer + strings.ReplaceAll(full[strings.Index(full, doc):], transfer, ""), []string{"CEB-ORDER /CEB311Message/BaseTransfer"}},
		{"a name misspelt", "acturalPaid", "actualPaid", []string{"CEB-UNKNOWN /CEB311Message/Order[1]/OrderHead/actualPaid", "CEB-UNKNOWN /CEB311Message/Order[2]/OrderHead/actualPaid"}},
		{"one moved to the end", guid, "", []string{"CEB-ORDER /CEB311Message/Order[1]/OrderHead/guid"}},
		{"text between", "<ceb:OrderHead>", "<ceb:OrderHead>x", []string{"CEB-TEXT /CEB311Message/Order[1]/OrderHead", "CEB-TEXT /CEB311Message/Order[2]/OrderHead"}},
		{"two faults in two documents", "142<", "143<", []string{"CEB-FIXED /CEB311Message/Order[1]/OrderHead/currency", "CEB-FIXED /CEB311Message/Order[1]/OrderList[1]/currency", "CEB-FIXED /CEB311Message/Order[2]/OrderHead/currency", "CEB-FIXED /CEB311Message/Order[2]/OrderList[1]/currency"}},
		{"attributes", `version="1.0" xmlns`, `version="12345678901" foo="" xmlns`, []string{"CEB-LENGTH /CEB311Message/@version", "CEB-ATTRIBUTE /CEB311Message/@foo"}},
		{"no guid", `guid="` + cebtest.GUID(0) + `"`, "", []string{"CEB-MISSING /CEB311Message/@guid"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := 1
			if len(tt.want) > 1 {
				n = -1
			}
			text := strings.Replace(full, tt.old, tt.new, n)
			if tt.name == "one moved to the end" {
				text = strings.Replace(text, "</ceb:OrderHead>", guid+"</ceb:OrderHead>", 1)
			}
			var got []string
			for _, f := range ceb.Validate([]byte(text), 0).Errors {
				got = append(got, f.Code+" "+f.Path)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}
