package ceb

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed facts/kinds.csv
var kindsCSV string

//go:embed facts/elements.csv
var elementsCSV string

// valueType is the base type of an element or attribute.
type valueType uint8

const (
	typeNode valueType = iota // has child elements, no text
	typeString
	typeInt
	typeDecimal
	typeAny       // ExtendMessage/Message: at most one element, whatever it is
	typeSignature // ds:Signature
)

// rule is what one edition demands of an element: how often it occurs and
// which values it takes. Unlimited counts and lengths are noLimit.
type rule struct {
	present    bool
	minOccurs  int32
	maxOccurs  int32
	minLen     int32 // characters
	maxLen     int32
	total      int16 // totalDigits, noLimit when free
	frac       int16 // fractionDigits
	collapse   bool  // whiteSpace=collapse on a string
	hasDefault bool  // an empty element takes preset (default or fixed)
	fixed      bool  // and no other value is allowed
	preset     string
}

const noLimit = -1

// element is one row of the facts: an element in its parent, or an attribute
// of the root.
type element struct {
	name   string
	kind   valueType
	same   bool     // both editions that define it demand the same of its value
	in     Editions // that define it
	global bool     // declared at the top of the schema, so a lax wildcard finds it
	rules  [2]rule
	kids   []element
	attrs  []element // of the root only
	zh, en string
	codes  string
	// for writing: the tags with the kind's prefix, and whether an empty value
	// is left out
	open, shut string
	optional   bool
}

func (e *element) rule(ed Edition) *rule { return &e.rules[ed-1] }

// child gives the index of the child with this name, -1 if there is none.
func (e *element) child(name string) int {
	for i := range e.kids {
		if e.kids[i].name == name {
			return i
		}
	}
	return -1
}

// table is all that is known of one kind.
type table struct {
	kind      Kind
	receipt   Kind
	request   Kind
	editions  Editions
	imports   bool
	prefix    string // used in writing, "ceb:" or ""
	zh, en    string
	root      element // named CEBxxxMessage, its kids in order
	wrapped   bool    // the document node holds a head node (and lines)
	doc       *element
	head      *element // the node with the fields of the head
	line      *element // nil when the kind has no lines
	transfer  int      // index of BaseTransfer in root.kids, -1 if none
	signature int      // index of Signature, -1 if none
}

type facts struct {
	byKind [1000]*table
	list   []*table
	// global elements of the import [1] and the export [0] schema
	global [2]map[string]*element
}

var tables = sync.OnceValue(loadFacts)

func tableOf(k Kind) *table {
	if int(k) >= len(facts{}.byKind) {
		return nil
	}
	return tables().byKind[k]
}

// loadFacts reads the embedded tables. They are part of the program: a fault
// in them is a fault of the build and panics.
func loadFacts() *facts {
	f := &facts{}
	for _, r := range readCSV(kindsCSV) {
		t := &table{kind: Kind(number(r[0])), zh: r[1], en: r[2], imports: strings.Contains(r[3], "I"), transfer: -1, signature: -1}
		if r[4] != "" {
			t.receipt = Kind(number(r[4]))
		}
		t.root = element{name: t.kind.String(), kind: typeNode, zh: t.zh, en: t.en, global: true, same: true}
		f.byKind[t.kind] = t
		f.list = append(f.list, t)
	}
	rows := map[Kind][][]string{}
	for _, r := range readCSV(elementsCSV) {
		k := Kind(number(r[0]))
		rows[k] = append(rows[k], r)
	}
	f.global = [2]map[string]*element{{}, {}}
	for _, t := range f.list {
		t.fill(rows[t.kind])
		if t.receipt != 0 {
			f.byKind[t.receipt].request = t.kind
		}
		side := 0
		if t.imports {
			side = 1
		}
		collectGlobals(&t.root, f.global[side])
	}
	return f
}

func collectGlobals(e *element, into map[string]*element) {
	if e.global && into[e.name] == nil {
		into[e.name] = e
	}
	for i := range e.kids {
		collectGlobals(&e.kids[i], into)
	}
}

// fill builds the tree of one kind from its rows, which stand in document
// order, parents before children.
func (t *table) fill(rows [][]string) {
	for _, r := range rows {
		path := strings.Split(r[1], "/")
		e := element{name: path[len(path)-1], kind: typeNamed(r[3]), global: r[4] == "global", zh: r[7], en: r[8], codes: r[9]}
		e.rules[0], e.rules[1] = parseRule(r[5]), parseRule(r[6])
		for i, ed := range []Editions{only2018, only2022} {
			if e.rules[i].present {
				e.in |= ed
				t.editions |= ed
				r := &t.root.rules[i]
				r.present, r.minOccurs, r.maxOccurs = true, 1, 1
			}
		}
		e.same = sameValues(e.rules)
		if e.name[0] == '@' {
			e.name = e.name[1:]
			t.root.attrs = append(t.root.attrs, e)
			continue
		}
		parent := &t.root
		for _, step := range path[:len(path)-1] {
			parent = &parent.kids[parent.child(step)]
		}
		parent.kids = append(parent.kids, e)
	}
	t.transfer = t.root.child("BaseTransfer")
	t.signature = t.root.child("Signature")
	t.prefix = "ceb:"
	if t.imports && t.transfer < 0 {
		t.prefix = ""
	}
	t.root.prepare(t.prefix)
	t.doc = &t.root.kids[0]
	t.head = t.doc
	if t.doc.kids[0].kind == typeNode {
		t.wrapped, t.head = true, &t.doc.kids[0]
		if len(t.doc.kids) > 1 {
			t.line = &t.doc.kids[1]
		}
	}
}

// prepare sets what writing needs in an element and those below it.
func (e *element) prepare(prefix string) {
	e.open = "<" + prefix + e.name + ">"
	e.shut = "</" + prefix + e.name + ">\n"
	e.optional = e.rules[0].minOccurs == 0 && e.rules[1].minOccurs == 0
	for i := range e.kids {
		e.kids[i].prepare(prefix)
	}
}

// sameValues tells whether the editions that define an element agree on its
// values.
func sameValues(r [2]rule) bool {
	if !r[0].present || !r[1].present {
		return true
	}
	for i := range r {
		r[i].minOccurs, r[i].maxOccurs = 0, 0
	}
	return r[0] == r[1]
}

func readCSV(text string) [][]string {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic("ceb: embedded facts: " + err.Error())
	}
	return rows[1:]
}

func number(s string) int32 {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		panic("ceb: embedded facts: " + err.Error())
	}
	return int32(n)
}

var typeNames = [...]string{"node", "string", "int", "decimal", "any", "signature"}

func (v valueType) String() string { return typeNames[v] }

func typeNamed(s string) valueType {
	i := slices.Index(typeNames[:], s)
	if i < 0 {
		panic("ceb: embedded facts: unknown type " + s)
	}
	return valueType(i)
}

// parseRule reads a cell such as "1..1 min=1 max=60" or "-".
func parseRule(cell string) rule {
	r := rule{minLen: noLimit, maxLen: noLimit, total: noLimit, frac: noLimit}
	if cell == "-" {
		return r
	}
	r.present = true
	for i, part := range strings.Split(cell, " ") {
		if i == 0 {
			lo, hi, _ := strings.Cut(part, "..")
			r.minOccurs, r.maxOccurs = number(lo), noLimit
			if hi != "*" {
				r.maxOccurs = number(hi)
			}
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "len":
			r.minLen = number(value)
			r.maxLen = r.minLen
		case "min":
			r.minLen = number(value)
		case "max":
			r.maxLen = number(value)
		case "total":
			r.total = int16(number(value))
		case "frac":
			r.frac = int16(number(value))
		case "ws":
			r.collapse = value == "collapse"
		case "default", "fixed":
			r.hasDefault, r.fixed, r.preset = true, name == "fixed", value
		default:
			panic(fmt.Sprintf("ceb: embedded facts: unknown facet %q", part))
		}
	}
	return r
}
