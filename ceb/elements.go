package ceb

// Element describes one element of a message, for tools that build forms,
// samples or documentation from the tables.
type Element struct {
	Name string
	// Path is the place below the root, without indexes: Order/OrderHead/guid.
	Path string
	// Position is the place in the parent, from 1.
	Position int
	// Type is node, string, int, decimal, any or signature.
	Type string
	// ZH and EN are the meaning.
	ZH, EN string
	// Codes names the code list, or lists the codes separated by |.
	Codes string
	// Children are the elements of a node in order.
	Children []Element

	rules [2]rule
}

// Facets are what one edition demands of an element. Limits that do not apply
// are -1.
type Facets struct {
	Defined              bool // the edition has the element
	MinOccurs, MaxOccurs int
	MinLength, MaxLength int // characters
	TotalDigits          int
	FractionDigits       int
	Collapse             bool   // white space is collapsed before the check
	Preset               string // an empty element takes this value (default or fixed)
	Default, Fixed       bool   // whether Preset applies, and whether it alone is allowed
}

// Facets gives what an edition demands of the element.
func (e Element) Facets(ed Edition) Facets {
	if ed != E2018 && ed != E2022 {
		return Facets{}
	}
	r := &e.rules[ed-1]
	return Facets{Defined: r.present, MinOccurs: int(r.minOccurs), MaxOccurs: int(r.maxOccurs), MinLength: int(max(r.minLen, 0)), MaxLength: int(r.maxLen),
		TotalDigits: int(r.total), FractionDigits: int(r.frac), Collapse: r.collapse, Preset: r.preset, Default: r.hasDefault, Fixed: r.fixed}
}

// Elements lists the children of the root of a kind, nil if it is unknown.
func Elements(k Kind) []Element {
	t := tableOf(k)
	if t == nil {
		return nil
	}
	return describe(t.root.kids, "")
}

func describe(kids []element, above string) []Element {
	list := make([]Element, len(kids))
	for i := range kids {
		e := &kids[i]
		list[i] = Element{Name: e.name, Path: above + e.name, Position: i + 1, Type: e.kind.String(), ZH: e.zh, EN: e.en, Codes: e.codes,
			Children: describe(e.kids, above+e.name+"/"), rules: e.rules}
	}
	return list
}
