package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// noLimit stands for all rows of a range.
const noLimit = 1 << 31

// Verify implements [Journal].
func (l *log) Verify(ctx context.Context) (*Difference, error) {
	var s State
	for h, err := range l.Batches(ctx) {
		switch {
		case errors.Is(err, ErrDamaged):
			return &Difference{Batch: s.Batch + 1, What: err.Error()}, nil
		case err != nil:
			return nil, err
		}
		b, err := l.batch(ctx, h)
		if err != nil {
			return nil, err
		}
		if err := s.check(b); err != nil {
			return &Difference{Batch: h.Number, What: err.Error()}, nil
		}
		if h.PrevHash != s.Hash {
			return &Difference{Batch: h.Number, What: fmt.Sprintf("is chained to %x, the batch before has %x", h.PrevHash, s.Hash)}, nil
		}
		if sum := HashBatch(h.PrevHash, b); sum != h.Hash {
			return &Difference{Batch: h.Number, What: fmt.Sprintf("its content has the hash %x, stored is %x", sum, h.Hash)}, nil
		}
		s = s.after(b)
	}
	return l.verifyEnd(ctx, s)
}

// batch reads a batch with its content.
func (l *log) batch(ctx context.Context, h BatchHead) (b *Batch, err error) {
	b = &Batch{
		Number: h.Number, FirstInput: h.FirstInput, LastInput: h.LastInput,
		FirstDecision: h.FirstDecision, LastDecision: h.LastDecision, At: h.At,
		PrevHash: h.PrevHash, Hash: h.Hash,
	}
	if b.Segments, err = l.segmentsIn(ctx, h.FirstInput, h.LastInput, noLimit); err != nil {
		return nil, err
	}
	if b.Inputs, err = l.inputsIn(ctx, h.FirstInput, h.LastInput, noLimit); err != nil {
		return nil, err
	}
	b.Decisions, err = l.blocksIn(ctx, h.FirstDecision, h.LastDecision, noLimit)
	return b, err
}

// verifyEnd compares the state row with s, the end of the chain as it was a
// moment ago, and looks for rows that belong to no batch.
func (l *log) verifyEnd(ctx context.Context, s State) (d *Difference, err error) {
	err = l.s.Core.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		end, err := scanState(tx.QueryRowContext(ctx, readState, l.shard))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if end.Batch == s.Batch && (end.LastInput != s.LastInput || end.LastDecision != s.LastDecision || end.Hash != s.Hash) {
			d = &Difference{What: fmt.Sprintf("the shard ends with input %d, decision %d, hash %x; its last batch with %d, %d, %x",
				end.LastInput, end.LastDecision, end.Hash, s.LastInput, s.LastDecision, s.Hash)}
			return nil
		}
		for _, c := range []struct {
			what, query string
			last        uint64
		}{
			{"batches", `select count(*) from batches where shard = $1 and (number < 1 or number > $2)`, end.Batch},
			{"segments", `select count(*) from segments where shard = $1 and (first < 1 or first > $2)`, end.LastInput},
			{"inputs", `select count(*) from inputs where shard = $1 and (seq < 1 or seq > $2)`, end.LastInput},
			{"blocks of decisions", `select count(*) from decisions where shard = $1 and (first < 1 or first > $2)`, end.LastDecision},
		} {
			var n int64
			if err := tx.QueryRowContext(ctx, c.query, l.shard, int64(c.last)).Scan(&n); err != nil {
				return err
			}
			if n > 0 && d == nil {
				d = &Difference{What: fmt.Sprintf("%d %s belong to no batch", n, c.what)}
			}
		}
		return nil
	})
	return d, err
}
