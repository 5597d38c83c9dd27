package lookup

import (
	"context"
	"database/sql"
	"math/bits"
	"slices"

	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/money"
)

// search answers one question on one state of the index: it intersects, chunk by
// chunk from the newest on, the sets of the filter's terms.
type search struct {
	x      *Index
	tx     *sql.Tx
	filter *Filter
	terms  []term
	chunks []chunk // those that may hold parcels, newest first
	total  Total

	amounts [chunkSize / blockSize][]byte // blocks of the chunk at hand
}

// chunk is one of the chunks, and at most how many of its parcels are chosen.
type chunk struct {
	number uint64
	most   int64
}

func (s *search) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	if s.x.seen != nil {
		s.x.seen(query, args)
	}
	rows, err := s.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// open finds the chunks in which every term has parcels.
func (s *search) open(ctx context.Context) error {
	if len(s.terms) == 0 { // all parcels: everyone has a direction
		s.terms = []term{{facet: ByDirection, low: "", high: "~"}}
	}
	var most map[uint64]int64
	for i := range s.terms {
		t := &s.terms[i]
		if t.values != nil && len(t.values) == 0 {
			return nil // nothing can match
		}
		counts := make(map[uint64]int64)
		where, args := t.condition(1)
		err := s.each(ctx, func(rows *sql.Rows) error {
			var number uint64
			var n int64
			err := rows.Scan(&number, &n)
			if have, ok := most[number]; (most == nil || ok && have > 0) && n > 0 {
				counts[number] += n
			}
			return err
		}, `select chunk, n from postings where `+where, args...)
		if err != nil {
			return err
		}
		for number, n := range counts {
			if most != nil {
				counts[number] = min(n, most[number])
			}
		}
		most = counts
	}
	for number, n := range most {
		s.chunks = append(s.chunks, chunk{number, min(n, chunkSize)})
	}
	slices.SortFunc(s.chunks, func(a, b chunk) int {
		if a.number > b.number {
			return -1
		}
		return 1
	})
	return nil
}

// sure tells whether the counts of the chunks are exact without a look at the sets.
func (s *search) sure() bool {
	return len(s.terms) == 1 && s.filter.Least == 0 && s.filter.Most == 0 &&
		(len(s.terms[0].values) == 1 || !(s.terms[0].facet == ByParty || s.terms[0].facet == ByReason))
}

// How many chunks are counted out before the rest is estimated, if there are more
// than 10,000 parcels in them; fewer where values have to be read.
const (
	counted       = 64
	countedValues = 12
)

// patience is how many chunks this search counts out.
func (s *search) patience() int {
	if s.filter.Least != 0 || s.filter.Most != 0 {
		return countedValues
	}
	return counted
}

// page collects the numbers of a page, one more if there is one, and the total.
func (s *search) page(ctx context.Context, page Page, total bool) ([]uint64, error) {
	want, before := page.limit()+1, page.before()
	var numbers []uint64
	var done int
	var n, most int64 // found, and at most expected, in the chunks that are done
	sure := s.sure() || !total
	err := s.walk(ctx, func(c chunk, found *set) bool {
		done, n, most = done+1, n+int64(found.count()), most+c.most
		if c.number<<chunkBits < before {
			if c.number == before>>chunkBits {
				found.below(uint16(before))
			}
			found.down(func(low uint16) bool {
				numbers = append(numbers, c.number<<chunkBits|uint64(low))
				return len(numbers) < want
			})
		}
		enough := len(numbers) >= want
		return !(enough && (sure || done >= s.patience() && n > exactTo))
	}, func(c chunk) bool { return total && !sure || c.number <= before>>chunkBits })
	if !total || err != nil {
		return numbers, err
	}
	s.total = s.sum(done, n, most)
	return numbers, nil
}

// sum is the total: exact where the sets or their sizes tell, else carried on
// from the chunks that were counted.
func (s *search) sum(done int, n, most int64) Total {
	var all int64
	for _, c := range s.chunks {
		all += c.most
	}
	switch {
	case s.sure():
		return Total{N: all, Exact: true}
	case done == len(s.chunks) || most == 0:
		return Total{N: n, Exact: true}
	}
	hi, lo := bits.Mul64(uint64(all-most), uint64(n))
	rest, _ := bits.Div64(hi, lo, uint64(most))
	return Total{N: n + int64(rest)}
}

// walk calls f for the set of chosen parcels of every chunk that want accepts,
// newest first, until f returns false. It reads more and more chunks at once.
func (s *search) walk(ctx context.Context, f func(chunk, *set) bool, want func(chunk) bool) error {
	chunks := slices.DeleteFunc(slices.Clone(s.chunks), func(c chunk) bool { return !want(c) })
	for size := 1; len(chunks) > 0; size = min(2*size, 16) {
		window := chunks[:min(size, len(chunks))]
		chunks = chunks[len(window):]
		sets, err := s.sets(ctx, window)
		if err != nil {
			return err
		}
		for i, c := range window {
			if err := s.bound(ctx, c.number, sets[i]); err != nil {
				return err
			}
			if !f(c, sets[i]) {
				return nil
			}
		}
	}
	return nil
}

// sets are the sets of chosen parcels of some chunks, but for their value.
func (s *search) sets(ctx context.Context, window []chunk) ([]*set, error) {
	at := make(map[uint64]int, len(window))
	numbers := make([]any, len(window))
	for i, c := range window {
		at[c.number], numbers[i] = i, int64(c.number)
	}
	out := make([]*set, len(window))
	for i := range s.terms {
		one := make([]*set, len(window))
		for j := range one {
			one[j] = new(set)
		}
		where, args := s.terms[i].condition(len(numbers) + 1)
		err := s.each(ctx, func(rows *sql.Rows) error {
			var number uint64
			var data sql.RawBytes
			err := rows.Scan(&number, &data)
			if err == nil {
				one[at[number]].union(data)
			}
			return err
		}, `select chunk, bits from postings where chunk in (`+bulk.Places(len(numbers))+`) and `+where, append(slices.Clone(numbers), args...)...)
		if err != nil {
			return nil, err
		}
		for j := range out {
			if i == 0 {
				out[j] = one[j]
			} else {
				out[j].and(one[j])
			}
		}
	}
	return out, nil
}

// bound takes out the parcels whose value is not between the filter's bounds.
func (s *search) bound(ctx context.Context, number uint64, found *set) error {
	least, most := s.filter.Least, s.filter.Most
	if least == 0 && most == 0 {
		return nil
	}
	if err := s.loadAmounts(ctx, number, found); err != nil {
		return err
	}
	if most == 0 {
		most = mostAmount
	}
	for i, w := range found {
		for rest := w; rest != 0; rest &= rest - 1 {
			low := uint16(i<<6 | bits.TrailingZeros64(rest))
			if v := s.amount(low); v < least || v > most {
				found.remove(low)
			}
		}
	}
	return nil
}

// loadAmounts reads the amounts of a chunk's parcels.
func (s *search) loadAmounts(ctx context.Context, number uint64, found *set) error {
	const words = blockSize / 64
	clear(s.amounts[:])
	var blocks []uint64
	for i := range uint64(chunkSize / blockSize) {
		for _, w := range found[i*words : (i+1)*words] {
			if w != 0 {
				blocks = append(blocks, number<<(chunkBits-blockBits)|i)
				break
			}
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	return s.each(ctx, func(rows *sql.Rows) error {
		var block uint64
		var data []byte
		err := rows.Scan(&block, &data)
		s.amounts[block&(chunkSize/blockSize-1)] = data
		return err
	}, `select block, data from amounts where block in (`+bulk.Places(len(blocks))+`)`, anys(blocks)...)
}

// amount is the value of a parcel of the chunk at hand.
func (s *search) amount(low uint16) money.Fen {
	return amountAt(s.amounts[low>>blockBits], uint64(low)&(blockSize-1))
}
