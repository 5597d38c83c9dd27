package intake

import (
	"context"
	"fmt"
	"iter"

	"pilotzone/internal/customs/clearance"
)

// Stored returns all decisions from a number on, each with its bytes as they
// are stored: what a replay compares with.
func (r *Reader) Stored(ctx context.Context, from uint64) iter.Seq2[*clearance.Decision, StoredBytes] {
	return func(yield func(*clearance.Decision, StoredBytes) bool) {
		for block, err := range r.journal.Blocks(ctx, from) {
			if err != nil {
				yield(nil, StoredBytes{Err: err})
				return
			}
			plain, err := r.seals.unpack(block.Block, sealDecision)
			for err == nil && len(plain) > 0 {
				var d *clearance.Decision
				var rest []byte
				if d, rest, err = clearance.ReadDecision(plain); err != nil {
					break
				}
				raw := plain[:len(plain)-len(rest)]
				plain = rest
				if d.Seq >= from && !yield(d, StoredBytes{Raw: raw}) {
					return
				}
			}
			if err != nil {
				yield(nil, StoredBytes{Err: fmt.Errorf("decisions from %d: %w", block.First, err)})
				return
			}
		}
	}
}

// StoredBytes are a decision as it is stored, or why it can't be read.
type StoredBytes struct {
	Raw []byte
	Err error
}
