// Package cebtest builds valid customs messages of every kind and edition from
// the tables of package ceb, for tests: one's own documents can be put in, the
// rest is filled with values that the schema accepts.
package cebtest

import (
	"fmt"
	"strings"

	"pilotzone/ceb"
)

// Options say what a sample is to look like. The zero value gives the newest
// edition of the kind, one document, one line, mandatory elements only, and
// the prefix of the official samples.
type Options struct {
	Edition ceb.Edition
	Docs    int
	Lines   int
	// Optional adds all optional elements, BaseSubscribe and ExtendMessage
	// included.
	Optional bool
	// Unsigned leaves an optional signature out; a mandatory one is always
	// there.
	Unsigned bool
	// Prefix is the namespace prefix; "-" means the default namespace, "" the
	// style of the official samples.
	Prefix string
	// Long gives every value its greatest length.
	Long bool
	// BOM puts a byte order mark in front; Flat leaves out all line ends.
	BOM, Flat bool
	// Value, when given, may replace the value of an element; path is below
	// the root, without indexes. It returns false to keep the value.
	Value func(path string, doc, line int) (string, bool)
}

// Signature is a ds:Signature of the usual form. Its digest is a placeholder.
const Signature = `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"></ds:SignatureMethod><ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"></ds:DigestMethod><ds:DigestValue>c2FtcGxlIGRpZ2VzdCBvbmx5ISE=</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>c2FtcGxlIHNpZ25hdHVyZSBvbmx5</ds:SignatureValue><ds:KeyInfo><ds:KeyName>0001</ds:KeyName><ds:X509Data><ds:X509Certificate>c2FtcGxlIGNlcnRpZmljYXRlIG9u</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`

// Message builds a valid message.
func Message(k ceb.Kind, o Options) []byte {
	b := builder{o: o}
	if o.Edition == 0 {
		b.o.Edition = k.Editions().Newest()
	}
	b.o.Docs, b.o.Lines = max(o.Docs, 1), max(o.Lines, 1)
	attribute := `xmlns:ceb`
	switch {
	case o.Prefix == "-" || o.Prefix == "" && k.IsReceipt() && k.Import():
		attribute = "xmlns"
	case o.Prefix == "":
		b.prefix = "ceb:"
	default:
		b.prefix, attribute = o.Prefix+":", "xmlns:"+o.Prefix
	}
	if o.BOM {
		b.out.WriteString("\uFEFF")
	}
	b.out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>`)
	b.end()
	fmt.Fprintf(&b.out, `<%s%v guid="%s" version="1.0" %s="%s">`, b.prefix, k, GUID(0), attribute, ceb.Namespace)
	b.end()
	for _, e := range ceb.Elements(k) {
		b.element(e, 0)
	}
	fmt.Fprintf(&b.out, "</%s%v>", b.prefix, k)
	b.end()
	return []byte(b.out.String())
}

// GUID gives a distinct number of 36 characters.
func GUID(n int) string { return fmt.Sprintf("4CDE1CFD-EDED-46B1-946C-%012d", n) }

type builder struct {
	o         Options
	prefix    string
	out       strings.Builder
	doc, line int
}

func (b *builder) end() {
	if !b.o.Flat {
		b.out.WriteByte('\n')
	}
}

// element writes an element as often as the options ask.
func (b *builder) element(e ceb.Element, depth int) {
	f := e.Facets(b.o.Edition)
	if !f.Defined || f.MinOccurs == 0 && !b.o.Optional && !b.wanted(e, f) {
		return
	}
	count := 1
	switch {
	case depth == 0 && e.Position == 1:
		count = b.o.Docs
	case depth == 1 && e.Type == "node" && f.MaxOccurs != 1:
		count = b.o.Lines
	}
	for i := range count {
		switch {
		case depth == 0:
			b.doc, b.line = i+1, 0
		case depth == 1 && e.Type == "node":
			b.line = i + 1
		}
		b.one(e, f, depth)
	}
}

func (b *builder) wanted(e ceb.Element, f ceb.Facets) bool {
	return e.Type == "signature" && !b.o.Unsigned || e.Type == "node" && e.Position == 2 && f.MaxOccurs != 1 && e.Name != "BaseSubscribe"
}

func (b *builder) one(e ceb.Element, f ceb.Facets, depth int) {
	if e.Type == "signature" {
		b.out.WriteString(Signature)
		b.end()
		return
	}
	b.out.WriteString(strings.Repeat("\t", depth+1))
	fmt.Fprintf(&b.out, "<%s%s>", b.prefix, e.Name)
	switch e.Type {
	case "node":
		b.end()
		for _, child := range e.Children {
			b.element(child, depth+1)
		}
	case "any":
		b.out.WriteString(`<x:extra xmlns:x="urn:x">1</x:extra>`)
	default:
		b.out.WriteString(b.value(e, f))
	}
	fmt.Fprintf(&b.out, "</%s%s>", b.prefix, e.Name)
	b.end()
}

// value gives a text that the facets accept.
func (b *builder) value(e ceb.Element, f ceb.Facets) string {
	if b.o.Value != nil {
		if v, ok := b.o.Value(e.Path, b.doc, b.line); ok {
			return v
		}
	}
	switch {
	case f.Fixed:
		return f.Preset
	case e.Type == "int":
		return fmt.Sprint(max(b.line, 1))
	case e.Type == "decimal" && b.o.Long:
		return strings.Repeat("9", f.TotalDigits-f.FractionDigits) + "." + strings.Repeat("1", f.FractionDigits)
	case e.Type == "decimal":
		return "12.5"
	case e.Name == "guid":
		return GUID(b.doc)
	}
	return text(e, f, b.o.Long)
}

func text(e ceb.Element, f ceb.Facets, long bool) string {
	n := f.MinLength
	switch {
	case f.MinLength == f.MaxLength:
	case long && f.MaxLength >= 0:
		n = f.MaxLength
	case f.MaxLength < 0:
		n = 8
	default:
		n = max(f.MinLength, min(f.MaxLength, 6))
	}
	if strings.HasSuffix(e.Name, "Name") && !strings.HasPrefix(e.Name, "traf") {
		return strings.Repeat("名", max(n, 0))
	}
	return strings.Repeat("1", max(n, 0))
}
