// Package traffic makes the traffic of an invented cross-border e-commerce zone
// (跨境电商综合试验区): enterprises, buyers, parcels and their customs messages,
// with and without faults, each fault labelled with what must become of it.
//
// Everything is derived from a seed: the same seed and options give the same
// bytes, on any machine and in any order of calls. Nothing is stored per parcel
// or per buyer, so millions of them cost no memory. A [Gen] is immutable after
// [New] and may be used by several goroutines.
//
// There are two ways to the same bytes. [Gen.Parcel] builds a parcel's documents
// field by field, to be read, checked and altered. [Gen.AppendOrder] and its
// siblings patch numbers, names and times into templates which were rendered
// once from that first way; they allocate nothing and cost about a microsecond
// a document.
//
// [Gen.Plan] spreads a day's parcels over the clock, puts faults among them and
// says what a right platform makes of each.
//
// Enterprises and people are made up: plainly generic names, telephone numbers
// in ranges that are not in public use, resident IDs in codes of municipal
// districts as such. Goods and streets are real (see data/README.md).
package traffic
