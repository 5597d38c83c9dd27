package lookup

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// place is where a set of parcel numbers stands.
type place struct {
	chunk uint64
	facet Facet
	value string
}

// edit is what a batch does to the sets: numbers that come and go, in order.
type edit struct {
	low uint16
	in  bool
}

// edits are those that the changes make.
func edits(changes []Change) map[place][]edit {
	out := make(map[place][]edit)
	var had, has []place
	for _, c := range changes {
		chunk, low := c.After.Number>>chunkBits, uint16(c.After.Number)
		had, has = had[:0], has[:0]
		if c.Before != nil {
			c.Before.Facets(func(f Facet, v string) { had = append(had, place{chunk, f, v}) })
		}
		c.After.Facets(func(f Facet, v string) {
			p := place{chunk, f, v}
			if i := slices.Index(had, p); i >= 0 {
				had = slices.Delete(had, i, i+1)
				return
			}
			has = append(has, p)
		})
		for _, p := range had {
			out[p] = append(out[p], edit{low, false})
		}
		for _, p := range has {
			out[p] = append(out[p], edit{low, true})
		}
	}
	return out
}

// writePostings brings the sets up to date.
func writePostings(ctx context.Context, tx *store.Tx, changes []Change) error {
	todo := edits(changes)
	places := make([]place, 0, len(todo))
	for p := range todo {
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.chunk, b.chunk), cmp.Compare(a.facet, b.facet), cmp.Compare(a.value, b.value))
	})
	stored, err := loadSets(ctx, tx, places)
	if err != nil {
		return err
	}
	w := bulk.Insert(tx, `insert into postings (chunk, facet, value, n, bits) values `, 5,
		` on conflict (chunk, facet, value) do update set n = excluded.n, bits = excluded.bits`)
	defer w.Close()
	for _, p := range places {
		data, n := edited(stored[p], todo[p])
		if err := w.Add(ctx, int64(p.chunk), int64(p.facet), p.value, int64(n), data); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

// edited is a stored set after edits, and how many numbers it has.
func edited(stored []byte, list []edit) ([]byte, int) {
	var s set
	s.union(stored)
	for _, e := range list {
		if e.in {
			s.add(e.low)
		} else {
			s.remove(e.low)
		}
	}
	return s.encode()
}

// loadSets reads the sets of sorted places as they are stored.
func loadSets(ctx context.Context, tx *store.Tx, places []place) (map[place][]byte, error) {
	out := make(map[place][]byte, len(places))
	for len(places) > 0 {
		head, n := places[0], 1
		for n < len(places) && n < 400 && places[n].chunk == head.chunk && places[n].facet == head.facet {
			n++
		}
		args := []any{int64(head.chunk), int64(head.facet)}
		for _, p := range places[:n] {
			args = append(args, p.value)
		}
		rows, err := tx.Query(ctx, `select value, bits from postings where chunk = $1 and facet = $2 and value in (`+bulk.PlacesFrom(3, n)+`)`, args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			p := place{chunk: head.chunk, facet: head.facet}
			var data []byte
			if err := rows.Scan(&p.value, &data); err != nil {
				rows.Close()
				return nil, err
			}
			out[p] = data
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
		places = places[n:]
	}
	return out, nil
}

// A block holds the amounts of 4,096 numbers, five bytes each: up to eleven
// thousand million yuan a parcel.
const (
	blockBits   = 12
	blockSize   = 1 << blockBits
	amountBytes = 5
	mostAmount  = 1<<(8*amountBytes) - 1
)

func putAmount(data []byte, low uint64, v money.Fen) {
	n := uint64(min(max(v, 0), mostAmount))
	at := data[low*amountBytes:]
	binary.LittleEndian.PutUint32(at, uint32(n))
	at[4] = byte(n >> 32)
}

// amountAt reads an amount; a block that is missing holds zeros.
func amountAt(data []byte, low uint64) money.Fen {
	if len(data) < blockSize*amountBytes {
		return 0
	}
	at := data[low*amountBytes:]
	return money.Fen(uint64(binary.LittleEndian.Uint32(at)) | uint64(at[4])<<32)
}

// writeAmounts brings the blocks of amounts up to date.
func writeAmounts(ctx context.Context, tx *store.Tx, changes []Change) error {
	blocks := make(map[uint64][]*Parcel)
	for _, c := range changes {
		if c.Before == nil && c.After.Value != 0 || c.Before != nil && c.Before.Value != c.After.Value {
			n := c.After.Number >> blockBits
			blocks[n] = append(blocks[n], c.After)
		}
	}
	numbers := make([]uint64, 0, len(blocks))
	for n := range blocks {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	stored := make(map[uint64][]byte, len(numbers))
	err := inChunks(numbers, func(piece []uint64) error {
		rows, err := tx.Query(ctx, `select block, data from amounts where block in (`+bulk.Places(len(piece))+`)`, anys(piece)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n uint64
			var data []byte
			if err := rows.Scan(&n, &data); err != nil {
				return err
			}
			stored[n] = data
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	w := bulk.Insert(tx, `insert into amounts (block, data) values `, 2, ` on conflict (block) do update set data = excluded.data`)
	defer w.Close()
	for _, n := range numbers {
		data := stored[n]
		if len(data) < blockSize*amountBytes {
			data = make([]byte, blockSize*amountBytes)
		}
		for _, p := range blocks[n] {
			putAmount(data, p.Number&(blockSize-1), p.Value)
		}
		if err := w.Add(ctx, int64(n), data); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}
