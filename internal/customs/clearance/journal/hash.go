package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
)

// batchMark begins the hashed text of a batch, so that it is never taken for
// another kind of text; the number is the version of the form.
const batchMark = "pilotzone batch 1\n"

// HashBatch returns the hash that chains b to the batch before it, whose hash
// is prev: SHA-256 of a mark, prev, the numbers of b and all its content in
// order, every number as eight bytes big-endian and every blob after its
// length. PrevHash and Hash of b do not count.
func HashBatch(prev [32]byte, b *Batch) [32]byte {
	h := hasher{h: sha256.New()}
	h.h.Write([]byte(batchMark))
	h.h.Write(prev[:])
	h.numbers(b.Number, b.FirstInput, b.LastInput, b.FirstDecision, b.LastDecision, uint64(b.At))
	h.numbers(uint64(len(b.Segments)))
	for i := range b.Segments {
		s := &b.Segments[i]
		h.numbers(s.First, uint64(s.Count))
		h.blob(s.Directory)
		h.blob(s.Block)
	}
	h.numbers(uint64(len(b.Inputs)))
	for i := range b.Inputs {
		in := &b.Inputs[i]
		h.numbers(in.Seq, uint64(in.Kind), uint64(in.At))
		h.blob(in.Body)
	}
	h.numbers(uint64(len(b.Decisions)))
	for i := range b.Decisions {
		d := &b.Decisions[i]
		h.numbers(d.First, uint64(d.Count))
		h.blob(d.Block)
	}
	return [32]byte(h.h.Sum(nil))
}

type hasher struct {
	h   hash.Hash
	buf [8]byte
}

func (h *hasher) numbers(ns ...uint64) {
	for _, n := range ns {
		binary.BigEndian.PutUint64(h.buf[:], n)
		h.h.Write(h.buf[:])
	}
}

func (h *hasher) blob(b []byte) {
	h.numbers(uint64(len(b)))
	h.h.Write(b)
}

// check says why b does not continue the log that ends with s; nil when it does.
func (s State) check(b *Batch) error {
	switch {
	case b.Number != s.Batch+1:
		return fmt.Errorf("%w: batch %d after batch %d", ErrBatch, b.Number, s.Batch)
	case b.FirstInput != s.LastInput+1:
		return fmt.Errorf("%w: first input %d after input %d", ErrBatch, b.FirstInput, s.LastInput)
	case b.FirstDecision != s.LastDecision+1:
		return fmt.Errorf("%w: first decision %d after decision %d", ErrBatch, b.FirstDecision, s.LastDecision)
	case b.LastInput == s.LastInput && b.LastDecision == s.LastDecision:
		return fmt.Errorf("%w: batch %d is empty", ErrBatch, b.Number)
	}
	next := b.FirstInput
	for si, ii := 0, 0; si < len(b.Segments) || ii < len(b.Inputs); {
		first, count := uint64(0), 1
		if ii == len(b.Inputs) || (si < len(b.Segments) && b.Segments[si].First < b.Inputs[ii].Seq) {
			first, count = b.Segments[si].First, b.Segments[si].Count
			si++
		} else {
			first = b.Inputs[ii].Seq
			ii++
		}
		if first != next || count < 1 {
			return fmt.Errorf("%w: %d inputs from %d on where input %d is due", ErrBatch, count, first, next)
		}
		next += uint64(count)
	}
	if next != b.LastInput+1 {
		return fmt.Errorf("%w: the inputs end with %d, the batch with %d", ErrBatch, next-1, b.LastInput)
	}
	next = b.FirstDecision
	for _, d := range b.Decisions {
		if d.First != next || d.Count < 1 {
			return fmt.Errorf("%w: %d decisions from %d on where decision %d is due", ErrBatch, d.Count, d.First, next)
		}
		next += uint64(d.Count)
	}
	if next != b.LastDecision+1 {
		return fmt.Errorf("%w: the decisions end with %d, the batch with %d", ErrBatch, next-1, b.LastDecision)
	}
	return nil
}

// after is the state of the log once b has been committed.
func (s State) after(b *Batch) State {
	return State{Epoch: s.Epoch, Batch: b.Number, LastInput: b.LastInput, LastDecision: b.LastDecision, Hash: b.Hash}
}
