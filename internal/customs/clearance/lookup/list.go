package lookup

import (
	"context"
	"database/sql"
	"math"
	"slices"

	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/store"
)

// Page is a part of a list, newest first.
type Page struct {
	Before uint64 // only smaller numbers: the last one of the page before; 0: from the newest
	Limit  int    // 1 to 1,000; 50 if 0
}

const (
	defaultPage = 50
	largestPage = 1000
)

func (p Page) limit() int {
	if p.Limit <= 0 {
		return defaultPage
	}
	return min(p.Limit, largestPage)
}

func (p Page) before() uint64 {
	if p.Before == 0 || p.Before > math.MaxInt64 {
		return math.MaxInt64
	}
	return p.Before
}

// exactTo is up to where totals are always exact.
const exactTo = 10_000

// Total is how many parcels a filter chooses: exact up to 10,000, and above as
// far as it costs little.
type Total struct {
	N     int64
	Exact bool
}

// Found is a page of parcels.
type Found struct {
	Parcels []Parcel
	Next    uint64 // Page.Before of the next page; 0: there is none
	Total   Total
}

// List returns a page of the parcels that the filter chooses, newest first, and
// how many there are.
func (x *Index) List(ctx context.Context, f Filter, page Page) (Found, error) {
	return x.list(ctx, f, page, true)
}

// Each calls fn for every parcel that the filter chooses, newest first, in
// bounded memory, until fn gives an error, which it returns. Parcels that change
// meanwhile are shown as they stand when they are read.
func (x *Index) Each(ctx context.Context, f Filter, fn func(*Parcel) error) error {
	for page := (Page{Limit: largestPage}); ; {
		found, err := x.list(ctx, f, page, false)
		if err != nil {
			return err
		}
		for i := range found.Parcels {
			if err := fn(&found.Parcels[i]); err != nil {
				return err
			}
		}
		if page.Before = found.Next; page.Before == 0 {
			return nil
		}
	}
}

// Count is how many parcels the filter chooses.
func (x *Index) Count(ctx context.Context, f Filter) (Total, error) {
	found, err := x.list(ctx, f, Page{Limit: 1}, true)
	return found.Total, err
}

func (x *Index) list(ctx context.Context, f Filter, page Page, total bool) (found Found, err error) {
	if f.Number != "" {
		return x.listNumber(ctx, f, page)
	}
	err = x.db.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		s := &search{x: x, tx: tx, filter: &f, terms: f.terms()}
		if err := s.open(ctx); err != nil {
			return err
		}
		numbers, err := s.page(ctx, page, total)
		if err != nil {
			return err
		}
		if limit := page.limit(); len(numbers) > limit {
			numbers = numbers[:limit]
			found.Next = numbers[limit-1]
		}
		found.Total = s.total
		found.Parcels, err = s.rows(ctx, numbers)
		return err
	})
	return found, store.Wrap("search parcels", err)
}

// listNumber lists the parcels that a number leads to.
func (x *Index) listNumber(ctx context.Context, f Filter, page Page) (Found, error) {
	list, err := x.Find(ctx, f.Number)
	if err != nil {
		return Found{}, err
	}
	list = slices.DeleteFunc(list, func(p Parcel) bool { return !f.Matches(&p) })
	found := Found{Total: Total{N: int64(len(list)), Exact: true}}
	list = slices.DeleteFunc(list, func(p Parcel) bool { return p.Number >= page.before() })
	if limit := page.limit(); len(list) > limit {
		list = list[:limit]
		found.Next = list[limit-1].Number
	}
	found.Parcels = list
	return found, nil
}

// rows reads parcels in the order of their numbers given.
func (s *search) rows(ctx context.Context, numbers []uint64) ([]Parcel, error) {
	at := make(map[uint64]Parcel, len(numbers))
	err := inChunks(numbers, func(piece []uint64) error {
		return s.each(ctx, func(rows *sql.Rows) error {
			p, err := scan(rows)
			at[p.Number] = p
			return err
		}, `select `+columns+` from parcels where number in (`+bulk.Places(len(piece))+`)`, anys(piece)...)
	})
	out := make([]Parcel, 0, len(numbers))
	for _, n := range numbers {
		if p, ok := at[n]; ok {
			out = append(out, p)
		}
	}
	return out, err
}
