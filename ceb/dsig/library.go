package dsig

import (
	"bytes"
	"errors"

	"github.com/beevik/etree"
	library "github.com/russellhaering/goxmldsig"
)

// canonical is a message taken apart for verification.
type canonical struct {
	document   func(sum func(output *output)) // gives the canonical message without its signature
	signature  []byte                         // canonical ds:Signature, nil when there is none
	signedInfo []byte                         // canonical ds:SignedInfo as a subtree, nil when there is none
	signatures int                            // ds:Signature elements anywhere
	misplaced  int                            // of them, those that are not children of the root
}

// Bounds of what is given to the library, which builds trees and copies them
// once a level.
const (
	maxLibrary      = 1 << 20 // bytes
	maxLibraryDepth = 16
)

// errTooLong says that an unusual message is longer than maxLibrary.
var errTooLong = &syntaxError{
	zh: "报文过长且使用了非 ASCII 的名称，或过多的属性或命名空间",
	en: "the message is long and uses names outside ASCII, or very many attributes or namespaces",
}

var errShape = errors.New("dsig: not one document with one root")

// byLibrary takes a message apart with the library canonicaliser. It is used
// for the rare messages that the scanner leaves (see errUnusual); it is slower
// by two orders of magnitude, so length and depth are bounded more tightly. It departs from the
// recommendation in one point that no customs message touches: literal tabs
// and line ends in attribute values are kept as references.
func byLibrary(raw []byte) (*canonical, error) {
	if len(raw) > maxLibrary {
		return nil, errTooLong
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{PreserveDuplicateAttrs: true, MaxDepth: maxLibraryDepth}
	if err := doc.ReadFromBytes(bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))); err != nil {
		return nil, err
	}
	root := doc.Root()
	if root == nil || len(doc.ChildElements()) != 1 || !onlyMarkup(doc) || repeatsAttribute(root) {
		return nil, errShape
	}
	c := new(canonical)
	c.count(root, 0)
	canonicaliser := library.MakeC14N10RecCanonicalizer()
	var err error
	if own := ownSignature(root); own != nil {
		if c.signature, err = canonicaliser.Canonicalize(withSurroundings(own)); err != nil {
			return nil, err
		}
		if info := childOf(own, "SignedInfo"); info != nil {
			if c.signedInfo, err = canonicaliser.Canonicalize(withSurroundings(info)); err != nil {
				return nil, err
			}
		}
		root.RemoveChild(own)
	}
	body, err := canonicaliser.Canonicalize(root)
	if err != nil {
		return nil, err
	}
	whole := withInstructions(doc, root, body)
	c.document = func(sum func(*output)) {
		var o output
		o.run(whole)
		sum(&o)
	}
	return c, nil
}

// withSurroundings returns a copy of e that carries the namespace declarations
// and xml: attributes of the elements around it; what e says itself goes
// first. (The library would let the outermost win.)
func withSurroundings(e *etree.Element) *etree.Element {
	alone := e.Copy()
	for up := e.Parent(); up != nil; up = up.Parent() {
		for _, a := range up.Attr {
			inherited := a.Space == "xmlns" || a.Space == "xml" || a.FullKey() == "xmlns"
			if inherited && alone.SelectAttr(a.FullKey()) == nil {
				alone.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	return alone
}

// count counts the signatures under e, which is depth elements below the root.
func (c *canonical) count(e *etree.Element, depth int) {
	if e.Tag == "Signature" && e.NamespaceURI() == namespace {
		c.signatures++
		if depth != 1 {
			c.misplaced++
		}
	}
	for _, child := range e.ChildElements() {
		c.count(child, depth+1)
	}
}

func ownSignature(root *etree.Element) *etree.Element { return childOf(root, "Signature") }

// childOf returns the first child of that name in the namespace of signatures.
func childOf(e *etree.Element, name string) *etree.Element {
	for _, child := range e.ChildElements() {
		if child.Tag == name && child.NamespaceURI() == namespace {
			return child
		}
	}
	return nil
}

// onlyMarkup reports whether nothing but white space, comments and processing
// instructions stands beside the root.
func onlyMarkup(doc *etree.Document) bool {
	for _, t := range doc.Child {
		switch t := t.(type) {
		case *etree.CharData:
			if len(bytes.TrimSpace([]byte(t.Data))) > 0 {
				return false
			}
		case *etree.Directive:
			return false
		}
	}
	return true
}

// repeatsAttribute reports whether an element gives an attribute twice, which
// the library does not refuse.
func repeatsAttribute(e *etree.Element) bool {
	seen := make(map[string]bool, len(e.Attr))
	for _, a := range e.Attr {
		key := a.FullKey()
		if a.Space != "" && a.Space != "xmlns" {
			key = a.NamespaceURI() + " " + a.Key
		}
		if seen[key] {
			return true
		}
		seen[key] = true
	}
	for _, child := range e.ChildElements() {
		if repeatsAttribute(child) {
			return true
		}
	}
	return false
}

// withInstructions adds the processing instructions outside the root, which
// the library leaves out.
func withInstructions(doc *etree.Document, root *etree.Element, body []byte) []byte {
	var b bytes.Buffer
	behind := false
	for _, t := range doc.Child {
		if t == etree.Token(root) {
			b.Write(body)
			behind = true
			continue
		}
		pi, ok := t.(*etree.ProcInst)
		if !ok || pi.Target == "xml" {
			continue
		}
		text := "<?" + pi.Target
		if pi.Inst != "" {
			text += " " + pi.Inst
		}
		if behind {
			b.WriteString("\n" + text + "?>")
		} else {
			b.WriteString(text + "?>\n")
		}
	}
	return b.Bytes()
}
