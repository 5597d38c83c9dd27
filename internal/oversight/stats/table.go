package stats

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/money"
)

// cell is a value of a facet in a state.
type cell struct {
	value string
	state clearance.State
}

// sum is how many parcels, and what they are worth in fen.
type sum struct{ n, fen int64 }

// table is a sheet of figures.
type table map[cell]sum

func (t table) add(c cell, s sum) {
	was := t[c]
	t[c] = sum{was.n + s.n, was.fen + s.fen}
}

// drop takes out the cells that hold nothing.
func (t table) drop() { maps.DeleteFunc(t, func(_ cell, s sum) bool { return s == sum{} }) }

// append writes the stored form: version 1, then for each value in order its
// length, its bytes, how many states, and for each the state, number and fen.
func (t table) append(b []byte) []byte {
	cells := slices.SortedFunc(maps.Keys(t), func(a, b cell) int { return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.state, b.state)) })
	b = append(b, 1)
	for len(cells) > 0 {
		n := 1
		for n < len(cells) && cells[n].value == cells[0].value {
			n++
		}
		b = binary.AppendUvarint(b, uint64(len(cells[0].value)))
		b = append(b, cells[0].value...)
		b = append(b, byte(n))
		for _, c := range cells[:n] {
			b = append(b, byte(c.state))
			b = binary.AppendVarint(b, t[c].n)
			b = binary.AppendVarint(b, t[c].fen)
		}
		cells = cells[n:]
	}
	return b
}

var errDamaged = errors.New("figures are damaged: rebuild the search index (统计数据损坏，请重建检索库)")

// read adds a stored form to the table.
func (t table) read(b []byte) error {
	if len(b) == 0 || b[0] != 1 {
		return errDamaged
	}
	for b = b[1:]; len(b) > 0; {
		size, k := binary.Uvarint(b)
		if k <= 0 || size >= uint64(len(b)-k) {
			return errDamaged
		}
		b = b[k:]
		value, states := string(b[:size]), int(b[size])
		b = b[size+1:]
		for range states {
			if len(b) == 0 {
				return errDamaged
			}
			state := clearance.State(b[0])
			n, k := binary.Varint(b[1:])
			if k <= 0 {
				return errDamaged
			}
			fen, m := binary.Varint(b[1+k:])
			if m <= 0 {
				return errDamaged
			}
			t.add(cell{value, state}, sum{n, fen})
			b = b[1+k+m:]
		}
	}
	return nil
}

// counts adds the states (any, if none is named), the most frequent value first.
func (t table) counts(states []clearance.State) []lookup.Count {
	sums := make(map[string]lookup.Count)
	for c, s := range t {
		if len(states) == 0 || slices.Contains(states, c.state) {
			was := sums[c.value]
			sums[c.value] = lookup.Count{Value: c.value, N: was.N + s.n, Fen: was.Fen + money.Fen(s.fen)}
		}
	}
	return order(sums)
}

func order(sums map[string]lookup.Count) []lookup.Count {
	out := make([]lookup.Count, 0, len(sums))
	for _, c := range sums {
		if c.N != 0 {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b lookup.Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	return out
}
