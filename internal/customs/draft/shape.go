// Package draft is a customs document before it is a message: field names and
// values as a spreadsheet, a JSON text or a form gives them, with the place that
// each value came from. It writes drafts as messages of the CEB family, checks
// them as the platform checks what it takes in, and leads every defect back to
// its cell, pointer or line.
//
// Invariants: a draft is judged by the same code as a message that came in
// (package ceb, clearance.Extractor), never by rules of its own; the same values
// give the same guid, so a draft that is sent twice is a repetition.
package draft

import (
	"sync"

	"pilotzone/ceb"
)

// Field is one element of a document as a form shows it (字段).
type Field struct {
	ceb.Element
	Index    ceb.Field
	Required bool // the newest edition demands it
	Facets   ceb.Facets
}

// Shape is the fields of a kind of document: head (表头) and line (表体).
type Shape struct {
	Kind       ceb.Kind
	Node       string // element of the document, such as Order
	HeadNode   string // "" when the document is a head alone
	LineNode   string // "" when it has no lines
	Head, Line []Field
	Signed     bool // the schema demands ds:Signature
	head, line map[string]ceb.Field
}

var shapes sync.Map // ceb.Kind → *Shape

// ShapeOf describes a kind of request; nil for receipts and unknown kinds.
func ShapeOf(k ceb.Kind) *Shape {
	if s, ok := shapes.Load(k); ok {
		return s.(*Shape)
	}
	if !k.Known() || k.IsReceipt() {
		return nil
	}
	s, _ := shapes.LoadOrStore(k, shapeOf(k))
	return s.(*Shape)
}

func shapeOf(k ceb.Kind) *Shape {
	s := &Shape{Kind: k}
	edition := k.Editions().Newest()
	for _, e := range ceb.Elements(k) {
		switch {
		case e.Type == "signature":
			s.Signed = e.Facets(edition).MinOccurs > 0
		case e.Type == "node" && s.Node == "":
			s.Node = e.Name
			s.parts(e, edition)
		}
	}
	s.head, s.line = index(s.Head), index(s.Line)
	return s
}

func (s *Shape) parts(e ceb.Element, edition ceb.Edition) {
	if len(e.Children) == 0 || e.Children[0].Type != "node" {
		s.Head = fields(e, edition)
		return
	}
	s.HeadNode, s.Head = e.Children[0].Name, fields(e.Children[0], edition)
	if len(e.Children) > 1 {
		s.LineNode, s.Line = e.Children[1].Name, fields(e.Children[1], edition)
	}
}

func fields(node ceb.Element, edition ceb.Edition) []Field {
	out := make([]Field, len(node.Children))
	for i, c := range node.Children {
		f := c.Facets(edition)
		out[i] = Field{Element: c, Index: ceb.Field(i), Required: f.MinOccurs > 0, Facets: f}
	}
	return out
}

func index(fs []Field) map[string]ceb.Field {
	m := make(map[string]ceb.Field, len(fs))
	for _, f := range fs {
		m[f.Name] = f.Index
	}
	return m
}

// HeadField finds a field of the head by its element's name.
func (s *Shape) HeadField(name string) (ceb.Field, bool) { f, ok := s.head[name]; return f, ok }

// LineField finds a field of a line by its element's name.
func (s *Shape) LineField(name string) (ceb.Field, bool) { f, ok := s.line[name]; return f, ok }
