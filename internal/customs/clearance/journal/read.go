package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"pilotzone/internal/kernel/store"
)

// How many rows a query of an iteration fetches. Iterations read in pieces, so
// that a slow consumer holds neither a connection nor, on SQLite, the log.
const (
	segmentRowsAtOnce  = 16
	inputRowsAtOnce    = 256
	decisionRowsAtOnce = 32
	batchRowsAtOnce    = 512
)

// The queries that look up one row by number: shard, number.
const (
	findSegment = `select first, count, directory, block from segments
		where shard = $1 and first <= $2 order by first desc limit 1`
	findBlock = `select first, count, block from decisions
		where shard = $1 and first <= $2 order by first desc limit 1`
)

// query runs a query and gives every row to scan.
func (l *log) query(ctx context.Context, scan func(rows *sql.Rows) error, query string, args ...any) error {
	rows, err := l.s.Core.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return store.Wrap("read journal", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return store.Wrap("read journal", err)
		}
	}
	return store.Wrap("read journal", rows.Err())
}

// segmentsIn returns up to limit segments whose first input is in [from, to].
func (l *log) segmentsIn(ctx context.Context, from, to uint64, limit int) ([]Segment, error) {
	var out []Segment
	err := l.query(ctx, func(rows *sql.Rows) error {
		var s Segment
		err := rows.Scan(&s.First, &s.Count, &s.Directory, &s.Block)
		out = append(out, s)
		return err
	}, `select first, count, directory, block from segments
		where shard = $1 and first >= $2 and first <= $3 order by first limit $4`, l.shard, int64(from), int64(to), limit)
	return out, err
}

// inputsIn returns up to limit inputs numbered in [from, to].
func (l *log) inputsIn(ctx context.Context, from, to uint64, limit int) ([]Input, error) {
	var out []Input
	err := l.query(ctx, func(rows *sql.Rows) error {
		var in Input
		err := rows.Scan(&in.Seq, &in.Kind, &in.At, &in.Body)
		out = append(out, in)
		return err
	}, `select seq, kind, at, body from inputs
		where shard = $1 and seq >= $2 and seq <= $3 order by seq limit $4`, l.shard, int64(from), int64(to), limit)
	return out, err
}

// blocksIn returns up to limit blocks whose first decision is in [from, to].
func (l *log) blocksIn(ctx context.Context, from, to uint64, limit int) ([]DecisionBlock, error) {
	var out []DecisionBlock
	err := l.query(ctx, func(rows *sql.Rows) error {
		var d DecisionBlock
		err := rows.Scan(&d.First, &d.Count, &d.Block)
		out = append(out, d)
		return err
	}, `select first, count, block from decisions
		where shard = $1 and first >= $2 and first <= $3 order by first limit $4`, l.shard, int64(from), int64(to), limit)
	return out, err
}

// Segment implements [Journal].
func (l *log) Segment(ctx context.Context, input uint64) (*Segment, error) {
	var s Segment
	err := l.s.Core.Read().QueryRowContext(ctx, findSegment, l.shard, int64(input)).
		Scan(&s.First, &s.Count, &s.Directory, &s.Block)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && input >= s.First+uint64(s.Count)) {
		return nil, fmt.Errorf("segment of input %d: %w", input, ErrNotFound)
	}
	return &s, store.Wrap("read segment", err)
}

// Block implements [Journal].
func (l *log) Block(ctx context.Context, decision uint64) (*DecisionBlock, error) {
	var d DecisionBlock
	err := l.s.Core.Read().QueryRowContext(ctx, findBlock, l.shard, int64(decision)).
		Scan(&d.First, &d.Count, &d.Block)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && decision >= d.First+uint64(d.Count)) {
		return nil, fmt.Errorf("block of decision %d: %w", decision, ErrNotFound)
	}
	return &d, store.Wrap("read decisions", err)
}

// end returns the end of the log; of an empty one when nobody has written yet.
func (l *log) end(ctx context.Context) (State, error) {
	s, err := scanState(l.s.Core.Read().QueryRowContext(ctx, readState, l.shard))
	if errors.Is(err, sql.ErrNoRows) {
		return State{}, nil
	}
	return s, store.Wrap("read the end of the journal", err)
}

// Records implements [Journal].
func (l *log) Records(ctx context.Context, from uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		// What is committed after this is not looked at: a segment and an input
		// of a later batch could otherwise be seen one without the other.
		end, err := l.end(ctx)
		if err == nil {
			err = l.records(ctx, max(from, 1), end.LastInput, yield)
		}
		if err != nil {
			yield(Record{}, err)
		}
	}
}

// records yields all records of the inputs [from, last].
func (l *log) records(ctx context.Context, from, last uint64, yield func(Record, error) bool) error {
	next := from
	if s, err := l.Segment(ctx, from); err == nil {
		next = s.First
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	var segments []Segment
	var inputs []Input
	moreSegments, moreInputs := true, true
	for next <= last {
		var err error
		if len(segments) == 0 && moreSegments {
			if segments, err = l.segmentsIn(ctx, next, last, segmentRowsAtOnce); err != nil {
				return err
			}
			moreSegments = len(segments) == segmentRowsAtOnce
		}
		if len(inputs) == 0 && moreInputs {
			if inputs, err = l.inputsIn(ctx, next, last, inputRowsAtOnce); err != nil {
				return err
			}
			moreInputs = len(inputs) == inputRowsAtOnce
		}
		var r Record
		switch {
		case len(segments) > 0 && segments[0].First == next && segments[0].Count > 0:
			r.Segment = &segments[0]
			next += uint64(segments[0].Count)
			segments = segments[1:]
		case len(inputs) > 0 && inputs[0].Seq == next:
			r.Input = &inputs[0]
			next++
			inputs = inputs[1:]
		default:
			return fmt.Errorf("input %d is missing: %w", next, ErrDamaged)
		}
		if !yield(r, nil) {
			return nil
		}
	}
	return nil
}

// Blocks implements [Journal].
func (l *log) Blocks(ctx context.Context, from uint64) iter.Seq2[DecisionBlock, error] {
	return func(yield func(DecisionBlock, error) bool) {
		end, err := l.end(ctx)
		if err == nil {
			err = l.blocks(ctx, max(from, 1), end.LastDecision, yield)
		}
		if err != nil {
			yield(DecisionBlock{}, err)
		}
	}
}

// blocks yields all blocks of the decisions [from, last].
func (l *log) blocks(ctx context.Context, from, last uint64, yield func(DecisionBlock, error) bool) error {
	next := from
	if d, err := l.Block(ctx, from); err == nil {
		next = d.First
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	for next <= last {
		blocks, err := l.blocksIn(ctx, next, last, decisionRowsAtOnce)
		if err != nil {
			return err
		}
		if len(blocks) == 0 {
			return fmt.Errorf("decision %d is missing: %w", next, ErrDamaged)
		}
		for _, d := range blocks {
			if d.First != next || d.Count < 1 {
				return fmt.Errorf("decision %d is missing: %w", next, ErrDamaged)
			}
			if !yield(d, nil) {
				return nil
			}
			next += uint64(d.Count)
		}
	}
	return nil
}

// Batches implements [Journal].
func (l *log) Batches(ctx context.Context) iter.Seq2[BatchHead, error] {
	return func(yield func(BatchHead, error) bool) {
		end, err := l.end(ctx)
		for next := uint64(1); err == nil && next <= end.Batch; {
			var heads []BatchHead
			if heads, err = l.headsFrom(ctx, next, end.Batch); err != nil {
				break
			}
			if len(heads) == 0 {
				err = fmt.Errorf("batch %d is missing: %w", next, ErrDamaged)
			}
			for _, h := range heads {
				if h.Number != next {
					err = fmt.Errorf("batch %d is missing: %w", next, ErrDamaged)
					break
				}
				if !yield(h, nil) {
					return
				}
				next++
			}
		}
		if err != nil {
			yield(BatchHead{}, err)
		}
	}
}

// headsFrom returns a piece of the batches [from, last].
func (l *log) headsFrom(ctx context.Context, from, last uint64) ([]BatchHead, error) {
	var out []BatchHead
	err := l.query(ctx, func(rows *sql.Rows) error {
		var h BatchHead
		var prev, hash []byte
		if err := rows.Scan(&h.Number, &h.FirstInput, &h.LastInput, &h.FirstDecision, &h.LastDecision, &h.At, &prev, &hash); err != nil {
			return err
		}
		if len(prev) != 32 || len(hash) != 32 {
			return fmt.Errorf("batch %d has no hash: %w", h.Number, ErrDamaged)
		}
		h.PrevHash, h.Hash = [32]byte(prev), [32]byte(hash)
		out = append(out, h)
		return nil
	}, `select number, first_input, last_input, first_decision, last_decision, at, prev_hash, hash from batches
		where shard = $1 and number >= $2 and number <= $3 order by number limit $4`,
		l.shard, int64(from), int64(last), batchRowsAtOnce)
	return out, err
}
