// Package ceb reads, checks and writes the messages of the unified customs
// system for cross-border e-commerce (海关跨境统一版 CEBxxxMessage): orders,
// payments, waybills, lists, withdrawals, returns, receipts and tax bills.
//
// # The family
//
// Each message has a number, its [Kind]: CEB311 is the import order, CEB312 its
// receipt. All share one frame: the root element with a guid and a version,
// up to 100 documents of one sort (业务节点), and in requests BaseTransfer,
// BaseSubscribe, ExtendMessage and ds:Signature. A document is a head (表头)
// with lines (表体), or a head alone. [Kinds] lists the 42 kinds, [Elements]
// describes what is in them.
//
// # Editions
//
// Two editions of the schemas are in use: that of announcement 2018 no. 113
// (38 kinds) and that of May 2022 (42 kinds). A message does not say which it
// follows, so it is checked against both; [Message].Editions says under which
// it is valid. [Message.Edition] picks the one to judge it by.
//
// # Namespaces
//
// The elements are in [Namespace]. Requests and export receipts are written
// with the prefix ceb, import receipts with a default namespace; reading takes
// any prefix. Only UTF-8 is read, with or without byte order mark; document
// type declarations and entities are refused.
//
// # Reading
//
// [Decode] gives records: views on the bytes received, addressed by the
// generated field constants.
//
//	m, err := ceb.Decode(data)
//	for _, doc := range m.Docs {
//		number := doc.Head.Bytes(ceb.H311OrderNo)
//	}
//
// A scanner that follows the tables reads the usual forms in one pass; all
// else, and all that has a defect, is read by a slower path that gives the
// same result and finds every defect. The typed structs ([Message311] …) are
// the comfortable way where speed does not matter.
//
// # Defects
//
// Judgement is that of an XSD 1.0 validator (libxml2's, where validators
// differ), but all defects are listed at once: [Defect] has path, line, a
// stable code, the text in Chinese and English, and the fix where one is
// known. A message that is valid under one edition has none. Where several
// readings are possible the one with the fewest defects is given. A message
// that is not well-formed, or of no known kind, is an error instead.
//
// # Deliberate differences from a schema validator
//
// Refused although XML or the schema would allow them: document type
// declarations, encodings other than UTF-8 and ASCII, prefixes that are bound
// to no namespace, roots that are no message (the schema declares inner nodes
// as roots too), xsi:type other than the type the element has anyway, and
// whatever exceeds [MaxSize], [MaxText], [MaxDepth], [MaxElements] and
// [MaxAttributes].
package ceb
