package lookup

import (
	"encoding/binary"
	"math/bits"
)

// A chunk is a run of 65,536 parcel numbers; a set of them is 8 KB.
const (
	chunkBits  = 16
	chunkSize  = 1 << chunkBits
	chunkWords = chunkSize / 64
)

// set is a set of the numbers of one chunk.
type set [chunkWords]uint64

func (s *set) add(low uint16)      { s[low>>6] |= 1 << (low & 63) }
func (s *set) remove(low uint16)   { s[low>>6] &^= 1 << (low & 63) }
func (s *set) has(low uint16) bool { return s[low>>6]&(1<<(low&63)) != 0 }

func (s *set) and(o *set) {
	for i := range s {
		s[i] &= o[i]
	}
}

// below keeps the numbers smaller than low.
func (s *set) below(low uint16) {
	w := int(low >> 6)
	s[w] &= 1<<(low&63) - 1
	clear(s[w+1:])
}

func (s *set) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// down calls f for the numbers from the largest on, until it returns false.
func (s *set) down(f func(low uint16) bool) {
	for i := chunkWords - 1; i >= 0; i-- {
		for w := s[i]; w != 0; {
			b := 63 - bits.LeadingZeros64(w)
			if !f(uint16(i<<6 | b)) {
				return
			}
			w &^= 1 << b
		}
	}
}

// The stored forms of a set: the smallest is taken.
const (
	formArray  = 1 // the numbers, two bytes each
	formBitmap = 2 // all 65,536 bits
	formRuns   = 3 // first and last of each run of numbers, two bytes each
)

// shape counts the numbers and the runs of a set.
func (s *set) shape() (n, runs int) {
	carry := uint64(0)
	for _, w := range s {
		if w != 0 {
			n += bits.OnesCount64(w)
			runs += bits.OnesCount64(w &^ (w<<1 | carry))
		}
		carry = w >> 63
	}
	return n, runs
}

// encode is the stored form of the set, and how many numbers it has.
func (s *set) encode() (data []byte, n int) {
	n, runs := s.shape()
	switch {
	case 2*n <= 4*runs && 2*n < chunkSize/8:
		data = append(make([]byte, 0, 1+2*n), formArray)
		for i, w := range s {
			for ; w != 0; w &= w - 1 {
				data = binary.LittleEndian.AppendUint16(data, uint16(i<<6|bits.TrailingZeros64(w)))
			}
		}
	case 4*runs < chunkSize/8:
		data = s.appendRuns(append(make([]byte, 0, 1+4*runs), formRuns))
	default:
		data = append(make([]byte, 0, 1+chunkSize/8), formBitmap)
		for _, w := range s {
			data = binary.LittleEndian.AppendUint64(data, w)
		}
	}
	return data, n
}

func (s *set) appendRuns(data []byte) []byte {
	for at := s.next(0, true); at < chunkSize; {
		end := s.next(at, false)
		data = binary.LittleEndian.AppendUint16(data, uint16(at))
		data = binary.LittleEndian.AppendUint16(data, uint16(end-1))
		at = s.next(end, true)
	}
	return data
}

// next is the first number from at on that is in the set (or is not).
func (s *set) next(at int, in bool) int {
	for at < chunkSize {
		w := s[at>>6]
		if !in {
			w = ^w
		}
		if w &= ^uint64(0) << (at & 63); w != 0 {
			return at&^63 + bits.TrailingZeros64(w)
		}
		at = at&^63 + 64
	}
	return chunkSize
}

// union adds a stored set. What is damaged adds nothing.
func (s *set) union(data []byte) {
	if len(data) == 0 {
		return
	}
	form, data := data[0], data[1:]
	switch form {
	case formArray:
		for ; len(data) >= 2; data = data[2:] {
			s.add(binary.LittleEndian.Uint16(data))
		}
	case formRuns:
		for ; len(data) >= 4; data = data[4:] {
			s.fill(binary.LittleEndian.Uint16(data), binary.LittleEndian.Uint16(data[2:]))
		}
	case formBitmap:
		for i := 0; i < chunkWords && len(data) >= 8; i, data = i+1, data[8:] {
			s[i] |= binary.LittleEndian.Uint64(data)
		}
	}
}

// fill adds the numbers from first to last.
func (s *set) fill(first, last uint16) {
	for w := int(first >> 6); w <= int(last>>6); w++ {
		mask := ^uint64(0)
		if w == int(first>>6) {
			mask &= ^uint64(0) << (first & 63)
		}
		if w == int(last>>6) {
			mask &= ^uint64(0) >> (63 - last&63)
		}
		s[w] |= mask
	}
}
