// Package pack reads the dated rules of the platform: limits, rates, tariff,
// lists of goods, code tables and document requirements. They are data, not
// code. A pack (规则包) is a folder of YAML and CSV with validity days, a cited
// source and a mark of trust on every value; docs/packs.md is its manual.
//
// [LoadDir], [LoadFS] and [FromArchive] read a pack and report all its faults
// at once ([Faults]); a pack with a fault is refused whole. [NewSet] lays packs
// over each other (national below, a zone above) and resolves them; a [Set] is
// immutable, so a decision can name the versions it used ([Set.Version]) and
// be computed again from them ([Set.Marshal]).
//
// Beside parameters and tables a pack holds sheets ([Item]): clauses of
// incentives, targets, score cards and whatever else rooms of the platform read,
// judged on load by the JSON Schema of their kind; and definitions of matters
// ([Set.MatterFiles]).
//
// Look-ups go by Beijing day. Which day governs a decision is the caller's
// business (RULES Z3: the day on which the list's current version came in).
//
// Invariants: nothing here reads the clock; what is loaded never changes; the
// same files give the same hash and the same archive. Typed look-ups for the
// hot path stand in the package refdata.
package pack

import (
	"fmt"
	"maps"
	"slices"

	"pilotzone/internal/kernel/clock"
)

// Text is a text in Chinese and English.
type Text struct {
	ZH string
	EN string
}

// Pack is one loaded pack. It is immutable.
type Pack struct {
	Name        string   // folder name: lower-case letters and digits
	Title       Text     // shown to people
	Release     string   // version that its makers gave it: "2026.1"
	Hash        [32]byte // SHA-256 over the canonical list of files
	Parents     []string // packs that must lie below it: "national" or, pinned, "national@2026.1"
	Description Text
	Origins     map[string]Origin // cited documents and data sets by id

	format   int  // of its files
	admitted bool // it was judged when it was switched on
	params   map[string]*Param
	tables   map[string]*Table
	items    map[string][]*Item // by kind: by id and first day
	files    map[string][]byte
}

// Origin is a document (公告、规定) or data set that values are taken from.
type Origin struct {
	ID       string
	Document string // number and name as cited: 财关税〔2018〕49号
	Date     clock.Day
	Read     string // where it was read, or who published the data
	Licence  string
	Trust    string // how far to trust it, where that matters
}

// Source says where a value stands: the document and the place in it.
type Source struct {
	Document string // 财关税〔2018〕49号
	Article  string // 第一条; may be empty for data sets
}

// String writes "财关税〔2018〕49号 第一条".
func (s Source) String() string {
	if s.Article == "" {
		return s.Document
	}
	return s.Document + " " + s.Article
}

// Version names the pack in decisions: name@release+hash, where hash is the
// first 8 hexadecimal digits of the content hash: "national@2026.1+1f0c22aa".
func (p *Pack) Version() string {
	return fmt.Sprintf("%s@%s+%x", p.Name, p.Release, p.Hash[:4])
}

// Params returns the names of the parameters that the pack itself lays down,
// sorted.
func (p *Pack) Params() []string { return slices.Sorted(maps.Keys(p.params)) }

// Tables returns the names of the tables that the pack itself lays down,
// sorted.
func (p *Pack) Tables() []string { return slices.Sorted(maps.Keys(p.tables)) }

// Param returns a parameter that the pack itself lays down.
func (p *Pack) Param(name string) (*Param, bool) {
	v, ok := p.params[name]
	return v, ok
}

// Table returns a table that the pack itself lays down.
func (p *Pack) Table(name string) (*Table, bool) {
	t, ok := p.tables[name]
	return t, ok
}
