package traffic

import (
	"pilotzone/ceb"
)

// Field is one element of a document: its name and its text, not escaped.
type Field struct{ Name, Value string }

// Document is one business node (业务节点) of a message, in schema order.
type Document struct {
	Kind  ceb.Kind
	Head  []Field
	Lines [][]Field
}

// Get gives the text of an element of the head, "" if there is none.
func (d *Document) Get(name string) string { return get(d.Head, name) }

// Line gives the text of an element of line n, counted from 0.
func (d *Document) Line(n int, name string) string { return get(d.Lines[n], name) }

// Set replaces the text of an element of the head; an element that is not there
// stays away.
func (d *Document) Set(name, value string) { set(d.Head, name, value) }

// SetLine replaces the text of an element of line n, counted from 0.
func (d *Document) SetLine(n int, name, value string) { set(d.Lines[n], name, value) }

func get(fields []Field, name string) string {
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func set(fields []Field, name, value string) {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = value
		}
	}
}

// fieldList collects fields in schema order.
type fieldList []Field

func (l *fieldList) add(name, value string) { *l = append(*l, Field{name, value}) }

// opt adds an optional field unless it is empty.
func (l *fieldList) opt(name, value string) {
	if value != "" {
		l.add(name, value)
	}
}

// step is what a document is in the life of a parcel.
type step uint8

const (
	stepOrder      step = iota // 311, 303
	stepPayment                // 411, 403
	stepWaybill                // 511, 505
	stepList                   // 621, 603
	stepStatus                 // 513
	stepArrival                // 507
	stepDeparture              // 509
	stepWithdrawal             // 623, 605
	stepCount
)

// shape is the form of a kind's business node.
type shape struct {
	kind             ceb.Kind
	step             step
	node, head, line string // head "" when the node holds the fields itself
	signed           bool   // the schema demands ds:Signature
}

var shapes = []shape{
	{kind: 311, step: stepOrder, node: "Order", head: "OrderHead", line: "OrderList"},
	{kind: 411, step: stepPayment, node: "Payment", head: "PaymentHead"},
	{kind: 511, step: stepWaybill, node: "Logistics", head: "LogisticsHead"},
	{kind: 513, step: stepStatus, node: "LogisticsStatus"},
	{kind: 621, step: stepList, node: "Inventory", head: "InventoryHead", line: "InventoryList", signed: true},
	{kind: 623, step: stepWithdrawal, node: "InvtCancel", signed: true},
	{kind: 303, step: stepOrder, node: "Order", head: "OrderHead", line: "OrderList"},
	{kind: 403, step: stepPayment, node: "Receipts"},
	{kind: 505, step: stepWaybill, node: "Logistics"},
	{kind: 507, step: stepArrival, node: "Arrival", head: "ArrivalHead", line: "ArrivalList"},
	{kind: 509, step: stepDeparture, node: "Departure", head: "DepartureHead", line: "DepartureList"},
	{kind: 603, step: stepList, node: "Inventory", head: "InventoryHead", line: "InventoryList"},
	{kind: 605, step: stepWithdrawal, node: "InvtCancel"},
}

// shapeOf gives the form of a kind; nil for kinds that the generator does not
// make.
func shapeOf(k ceb.Kind) *shape {
	for i := range shapes {
		if shapes[i].kind == k {
			return &shapes[i]
		}
	}
	return nil
}

var importKinds = [stepCount]ceb.Kind{311, 411, 511, 621, 513, 0, 0, 623}
var exportKinds = [stepCount]ceb.Kind{303, 403, 505, 603, 0, 507, 509, 605}

// kindOf is the kind of a step; 0 when the direction has none.
func kindOf(s step, imports bool) ceb.Kind {
	if imports {
		return importKinds[s]
	}
	return exportKinds[s]
}

// Append writes the business node, with the prefix ceb.
func (d *Document) Append(dst []byte) []byte {
	s := shapeOf(d.Kind)
	dst = openTag(dst, s.node)
	if s.head != "" {
		dst = openTag(dst, s.head)
	}
	dst = appendFields(dst, d.Head)
	if s.head != "" {
		dst = closeTag(dst, s.head)
	}
	for _, line := range d.Lines {
		dst = openTag(dst, s.line)
		dst = appendFields(dst, line)
		dst = closeTag(dst, s.line)
	}
	return closeTag(dst, s.node)
}

func appendFields(dst []byte, fields []Field) []byte {
	for _, f := range fields {
		dst = append(dst, "<ceb:"...)
		dst = append(dst, f.Name...)
		dst = append(dst, '>')
		dst = appendEscaped(dst, f.Value)
		dst = append(dst, "</ceb:"...)
		dst = append(dst, f.Name...)
		dst = append(dst, '>', '\n')
	}
	return dst
}

func openTag(dst []byte, name string) []byte {
	return append(append(append(dst, "<ceb:"...), name...), '>', '\n')
}

func closeTag(dst []byte, name string) []byte {
	return append(append(append(dst, "</ceb:"...), name...), '>', '\n')
}

func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendOpen writes the declaration and the start of the root.
func appendOpen(dst []byte, k ceb.Kind, guidHi, guidLo uint64) []byte {
	dst = append(dst, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<ceb:CEB"...)
	dst = appendPadded(dst, uint64(k), 3)
	dst = append(dst, `Message guid="`...)
	dst = appendGUID(dst, guidHi, guidLo)
	return append(dst, `" version="1.0" xmlns:ceb="`+ceb.Namespace+`">`+"\n"...)
}

// appendClose writes the sender (BaseTransfer), the signature's place if asked,
// and the end of the root.
func appendClose(dst []byte, k ceb.Kind, sender *Enterprise, placeholder bool) []byte {
	dst = append(dst, "<ceb:BaseTransfer>\n<ceb:copCode>"...)
	dst = append(dst, sender.Code...)
	dst = append(dst, "</ceb:copCode>\n<ceb:copName>"...)
	dst = append(dst, sender.Name...)
	dst = append(dst, "</ceb:copName>\n<ceb:dxpMode>DXP</ceb:dxpMode>\n<ceb:dxpId>"...)
	dst = append(dst, sender.DXPID...)
	dst = append(dst, "</ceb:dxpId>\n</ceb:BaseTransfer>\n"...)
	if placeholder && shapeOf(k).signed {
		dst = append(dst, placeholderSignature...)
	}
	dst = append(dst, "</ceb:CEB"...)
	dst = appendPadded(dst, uint64(k), 3)
	return append(dst, "Message>\n"...)
}

// placeholderSignature stands where the schema demands a signature and nobody
// signs, with the digest of the official samples, which fits no message.
const placeholderSignature = `<ds:Signature xmlns:ds="` + ceb.SignatureNamespace + `"><ds:SignedInfo>` +
	`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>` +
	`<ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/>` +
	`<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>` +
	`</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>` +
	`<ds:DigestValue>SF/P+2sVsRQ9dJIqJSroW6ajb0Y=</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
	`<ds:SignatureValue>AAAA</ds:SignatureValue><ds:KeyInfo><ds:KeyName>0001</ds:KeyName></ds:KeyInfo></ds:Signature>` + "\n"
