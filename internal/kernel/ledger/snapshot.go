package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A snapshot is: magic, version, seq, contra accounts of the units 1-4, limits
// (floor, ceiling, refs), free places, number of accounts, the accounts in the
// order in which they were opened. All numbers are little-endian.
const (
	bookMagic   = "PZBK"
	bookVersion = 1
	entrySize   = 40
)

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// Snapshot appends the whole book to dst. Equal histories give equal bytes.
func (b *Book) Snapshot(dst []byte) []byte {
	le := binary.LittleEndian
	dst = append(dst, bookMagic...)
	dst = le.AppendUint32(dst, bookVersion)
	dst = le.AppendUint64(dst, b.seq)
	for _, c := range b.contra[1:] {
		dst = le.AppendUint64(dst, uint64(c.posted))
		dst = le.AppendUint64(dst, uint64(c.pending))
	}
	dst = le.AppendUint32(dst, uint32(len(b.limits)))
	for _, l := range b.limits {
		dst = le.AppendUint64(dst, uint64(l.Floor))
		dst = le.AppendUint64(dst, uint64(l.Ceiling))
		dst = le.AppendUint32(dst, l.refs)
	}
	dst = le.AppendUint32(dst, uint32(len(b.free)))
	for _, f := range b.free {
		dst = le.AppendUint32(dst, f)
	}
	dst = le.AppendUint32(dst, b.count)
	at := len(dst)
	dst = append(dst, make([]byte, int(b.count)*entrySize)...)
	for i := range b.count {
		e := b.at(i)
		o := dst[at : at+entrySize : at+entrySize]
		copy(o, e.key[:])
		le.PutUint64(o[16:], uint64(e.posted))
		le.PutUint64(o[24:], uint64(e.pending))
		le.PutUint32(o[32:], e.limit)
		le.PutUint16(o[36:], e.tag)
		o[38] = uint8(e.unit)
		at += entrySize
	}
	return dst
}

var errSnapshot = errors.New("ledger: snapshot is damaged: drop it and replay the inputs / 账簿快照损坏")

// RestoreBook reads a snapshot. It checks the structure, and that sums are zero
// and the accounts differ; the bytes as such are guarded by their keeper's checksum.
func RestoreBook(data []byte) (*Book, error) {
	r := reader{data: data}
	if string(r.take(4)) != bookMagic {
		return nil, fmt.Errorf("%w: no book", errSnapshot)
	}
	if v := r.u32(); v != bookVersion {
		return nil, fmt.Errorf("%w: version %d, this program knows %d", errSnapshot, v, bookVersion)
	}
	b := &Book{byLim: make(map[Limits]uint32), seq: r.u64()}
	for u := 1; u < len(b.contra); u++ {
		b.contra[u].posted, b.contra[u].pending = int64(r.u64()), int64(r.u64())
	}
	b.limits = make([]sharedLimits, r.length(20))
	for i := range b.limits {
		b.limits[i] = sharedLimits{Limits: Limits{Floor: int64(r.u64()), Ceiling: int64(r.u64())}, refs: r.u32()}
		if b.limits[i].refs > 0 {
			b.byLim[b.limits[i].Limits] = uint32(i)
		}
	}
	b.free = make([]uint32, r.length(4))
	for i := range b.free {
		b.free[i] = r.u32()
	}
	n := r.length(entrySize)
	body := r.take(n * entrySize)
	if r.bad || len(r.data) != 0 {
		return nil, fmt.Errorf("%w: wrong length", errSnapshot)
	}
	if err := b.restoreEntries(body, n); err != nil {
		return nil, err
	}
	return b, b.restored()
}

func (b *Book) restoreEntries(body []byte, n int) error {
	le := binary.LittleEndian
	b.index = NewBook(n).index
	for i := range n {
		o := body[i*entrySize : (i+1)*entrySize]
		e := entry{posted: int64(le64(o[16:])), pending: int64(le64(o[24:])), limit: le.Uint32(o[32:]), tag: le.Uint16(o[36:]), unit: Unit(o[38])}
		copy(e.key[:], o)
		if !e.unit.Valid() || int(e.limit) >= len(b.limits) {
			return fmt.Errorf("%w: account %s", errSnapshot, e.key)
		}
		if _, twice := b.find(&e.key); twice {
			return fmt.Errorf("%w: account %s twice", errSnapshot, e.key)
		}
		b.insert(e)
	}
	return nil
}

// restored checks what the parts of a snapshot say about each other.
func (b *Book) restored() error {
	refs := make([]uint32, len(b.limits))
	for i := range b.count {
		refs[b.at(i).limit]++
	}
	unused := 0
	for i, l := range b.limits {
		if l.refs != refs[i] {
			return fmt.Errorf("%w: limits %d are used %d times, not %d", errSnapshot, i, refs[i], l.refs)
		}
		if l.refs == 0 {
			unused++
		}
	}
	for _, f := range b.free {
		if int(f) >= len(b.limits) || b.limits[f].refs != 0 {
			return fmt.Errorf("%w: free place %d", errSnapshot, f)
		}
	}
	if unused != len(b.free) {
		return fmt.Errorf("%w: %d free places, not %d", errSnapshot, len(b.free), unused)
	}
	for _, u := range Units() {
		if !b.Totals(u).Zero() {
			return fmt.Errorf("%w: sums of %s are not zero", errSnapshot, u)
		}
	}
	return nil
}

type reader struct {
	data []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.data) {
		r.bad, r.data = true, nil
		return nil
	}
	out := r.data[:n]
	r.data = r.data[n:]
	return out
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return le64(b)
	}
	return 0
}

// length reads a count of records of the size, no more than the data can hold.
func (r *reader) length(size int) int {
	n := int(r.u32())
	if n > len(r.data)/size {
		r.bad = true
		return 0
	}
	return n
}
