// Package refdata gives the rules of the packs as typed, indexed look-ups for
// the hot path: tariff lines, positive list, code tables, document
// requirements and the limits of the day.
//
// A [Book] is made once from a [pack.Set]; [Book.On] returns the [Rules] of a
// Beijing day, the same pointer for all days between two changes. Rules are
// immutable, need no lock, and look things up without allocation. Every entry
// keeps the row that it was made from, so that a decision can show source and
// mark.
//
// Invariant: what a decision needs is either here as a typed value or named in
// [Rules.Missing]; a tariff text that could not be structured is marked
// ([Unread]) and never guessed at.
package refdata

import (
	"cmp"
	"slices"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// Book is the rules of a set of packs over all days.
type Book struct {
	set   *pack.Set
	days  []clock.Day // first days of the intervals, ascending, days[0] = 0
	rules []*Rules    // rules[i] hold from days[i] to the day before days[i+1]
}

// group is one family of typed tables that is built anew only on the days on
// which its own tables change.
type group[T any] struct {
	days  []clock.Day
	built []T
}

// newGroup builds the family for every interval of its tables.
func newGroup[T any](b *builder, build func(b *builder, day clock.Day) T, tables ...string) group[T] {
	days := map[clock.Day]bool{0: true}
	for _, name := range tables {
		if t, ok := b.set.Table(name); ok {
			for _, d := range t.Boundaries() {
				days[d] = true
			}
		}
	}
	var g group[T]
	for d := range days {
		g.days = append(g.days, d)
	}
	slices.Sort(g.days)
	for _, d := range g.days {
		g.built = append(g.built, build(b, d))
	}
	return g
}

func (g group[T]) on(day clock.Day) T { return g.built[at(g.days, day)] }

// at is the place of the interval in which day falls; days[0] is 0.
func at(days []clock.Day, day clock.Day) int {
	lo, hi := 0, len(days)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) >> 1); days[mid] <= day {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// New makes the book of a set. The error is [pack.Faults]: rows of different
// tables that do not fit together.
func New(set *pack.Set) (*Book, error) {
	b := &builder{set: set}
	tariffs := newGroup(b, (*builder).tariff, tableTariff, tableTaxRules, tableSupervision)
	goods := newGroup(b, (*builder).goods, tablePositive, tablePositiveObserved, tableWeightLimits)
	modes := newGroup(b, (*builder).modes, tableModes, tableDocuments, tableDigits)
	codes := newGroup(b, (*builder).codes, codeTables[1:]...)
	book := &Book{set: set, days: set.Boundaries(hotTables()...)}
	for _, day := range book.days {
		r := &Rules{set: set, From: day, Version: set.Version(), tariff: tariffs.on(day), goods: goods.on(day), modes: modes.on(day), codes: codes.on(day)}
		r.bind()
		book.rules = append(book.rules, r)
	}
	for i, r := range book.rules[:len(book.rules)-1] {
		r.To = book.days[i+1].AddDays(-1)
	}
	if len(b.found) > 0 {
		slices.SortStableFunc(b.found, func(x, y pack.Fault) int { return cmp.Or(cmp.Compare(x.File, y.File), x.Line-y.Line) })
		return nil, b.found
	}
	return book, nil
}

// Set is the set of packs that the book was made from.
func (b *Book) Set() *pack.Set { return b.set }

// On returns the rules in force on a Beijing day.
func (b *Book) On(day clock.Day) *Rules { return b.rules[at(b.days, day)] }

// builder collects faults while the book is made.
type builder struct {
	set   *pack.Set
	found pack.Faults
}

// fault reports a row that does not fit to others.
func (b *builder) fault(row pack.Row, what, mend pack.Text) {
	f := pack.Fault{File: row.Pack() + "/" + row.File(), Line: row.Line(), What: what, Mend: mend}
	if len(b.found) < 1000 && !slices.Contains(b.found, f) {
		b.found = append(b.found, f)
	}
}

// rows are the rows of a table in force on day; none if no pack has the table.
func (b *builder) rows(table string, day clock.Day, each func(pack.Row)) {
	if t, ok := b.set.Table(table); ok {
		for row := range t.On(day) {
			each(row)
		}
	}
}
