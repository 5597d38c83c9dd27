package clearance

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Layer is an immutable run of entries, sorted by key. The host keeps it in
// the journal; the newest ones also stand in the machine's memory.
type Layer struct {
	Number uint64
	keys   []Key
	ends   []uint32 // where each entry ends in data
	data   []byte
	index  []uint32 // open addressing: place in keys + 1, 0 free
}

func newLayer(number uint64, entries map[Key]entry) *Layer {
	l := &Layer{Number: number, keys: make([]Key, 0, len(entries)), ends: make([]uint32, 0, len(entries))}
	for k := range entries {
		l.keys = append(l.keys, k)
	}
	slices.SortFunc(l.keys, compareKeys)
	e := &encoder{b: make([]byte, 0, 200*len(entries))}
	for _, k := range l.keys {
		entries[k].encode(e)
		l.ends = append(l.ends, uint32(len(e.b)))
	}
	l.data = e.b
	l.link()
	return l
}

// compareKeys orders keys as their bytes do.
func compareKeys(a, b Key) int {
	if c := cmp.Compare(binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(b[:8])); c != 0 {
		return c
	}
	return cmp.Compare(binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:]))
}

func (l *Layer) link() {
	size := 16
	for size < 2*len(l.keys) {
		size *= 2
	}
	l.index = make([]uint32, size)
	for i, k := range l.keys {
		s := slot(k, size)
		for l.index[s] != 0 {
			s = (s + 1) & (size - 1)
		}
		l.index[s] = uint32(i + 1)
	}
}

// slot spreads keys; they are keyed hashes already, but number keys are not.
func slot(k Key, size int) int {
	h := binary.LittleEndian.Uint64(k[:8]) ^ binary.LittleEndian.Uint64(k[8:])*0x9E3779B97F4A7C15
	return int(h*0xD6E8FEB86659FD93>>32) & (size - 1)
}

func (l *Layer) find(k Key) []byte {
	for s := slot(k, len(l.index)); l.index[s] != 0; s = (s + 1) & (len(l.index) - 1) {
		if i := l.index[s] - 1; l.keys[i] == k {
			return l.entry(int(i))
		}
	}
	return nil
}

func (l *Layer) entry(i int) []byte {
	var from uint32
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.data[from:l.ends[i]]
}

// pageBytes is about the size of a page of a layer in the journal.
const pageBytes = 64 << 10

// LayerPage is one page of a layer as the journal keeps it.
type LayerPage struct {
	First Key
	Data  []byte
}

// Pages cuts the layer into pages of whole entries.
func (l *Layer) Pages() []LayerPage {
	var out []LayerPage
	e := &encoder{}
	var first Key
	for i, k := range l.keys {
		if len(e.b) == 0 {
			first = k
		}
		e.key(k)
		e.bytes(l.entry(i))
		if len(e.b) >= pageBytes || i == len(l.keys)-1 {
			out = append(out, LayerPage{First: first, Data: e.b})
			e = &encoder{}
		}
	}
	return out
}

// FindInPage returns the entry of a key in a page's data, nil when it is not
// there.
func FindInPage(data []byte, k Key) ([]byte, error) {
	d := &decoder{b: data}
	for len(d.b) > 0 && d.err == nil {
		at, v := d.key(), d.bytes()
		if at == k && d.err == nil {
			return v, nil
		}
	}
	return nil, d.err
}

// readLayer builds a layer from its pages.
func readLayer(number uint64, pages [][]byte) (*Layer, error) {
	l := &Layer{Number: number}
	for _, p := range pages {
		d := &decoder{b: p}
		for len(d.b) > 0 && d.err == nil {
			k, v := d.key(), d.bytes()
			l.keys = append(l.keys, k)
			l.data = append(l.data, v...)
			l.ends = append(l.ends, uint32(len(l.data)))
		}
		if d.err != nil {
			return nil, d.err
		}
	}
	l.link()
	return l, nil
}

// filter answers "surely not" or "maybe" for the keys of a few old layers: a
// blocked Bloom filter of 32 bits a key, whose look-up touches one cache line.
// About one key in fifty thousand that was never added answers maybe.
type filter struct {
	first  uint64 // number of its first layer
	layers int
	blocks []uint64 // eight words a block
}

func newFilter(first uint64, keys int) *filter {
	blocks := max(1, keys*32/512)
	return &filter{first: first, blocks: make([]uint64, 8*blocks)}
}

func (f *filter) add(l *Layer) {
	f.layers++
	for _, k := range l.keys {
		b, h := f.block(k)
		for range probes {
			b[h>>6&7] |= 1 << (h & 63)
			h = h>>9 | h<<55
		}
	}
}

// probes is the number of bits that a key sets in its block.
const probes = 7

func (f *filter) block(k Key) (words []uint64, bits uint64) {
	h := binary.LittleEndian.Uint64(k[:8]) * 0x9E3779B97F4A7C15
	g := binary.LittleEndian.Uint64(k[8:]) * 0xD6E8FEB86659FD93
	mix := h ^ g
	mix ^= mix >> 29
	at := int(mix%uint64(len(f.blocks)/8)) * 8
	return f.blocks[at : at+8], g ^ h>>17
}

func (f *filter) has(k Key) bool {
	b, h := f.block(k)
	for range probes {
		if b[h>>6&7]&(1<<(h&63)) == 0 {
			return false
		}
		h = h>>9 | h<<55
	}
	return true
}

func (f *filter) encode(e *encoder) {
	e.u(f.first)
	e.u(uint64(f.layers))
	e.u(uint64(len(f.blocks)))
	for _, w := range f.blocks {
		e.hash(w)
	}
}

func decodeFilter(d *decoder) *filter {
	f := &filter{first: d.u(), layers: int(d.u())}
	n := d.u()
	if n > uint64(len(d.b)/8) || n == 0 || n%8 != 0 {
		d.fail()
		return f
	}
	f.blocks = make([]uint64, n)
	for i := range f.blocks {
		f.blocks[i] = d.hash()
	}
	return f
}
