package intake

import (
	"context"
	"fmt"
	"iter"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
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

// Input is one stored input record: messages as they came in, or a command.
type Input struct {
	First    uint64 // number of its first input
	Messages []Message
	Command  *clearance.Command
}

// Message is one stored message, decoded.
type Message struct {
	*ceb.Message
	At      int64 // µs UTC, when it was taken in
	Refused []clearance.Reason
}

// Inputs returns the stored inputs in order, from the record that holds input
// from (0 and 1: from the beginning).
func (r *Reader) Inputs(ctx context.Context, from uint64) iter.Seq2[Input, error] {
	return func(yield func(Input, error) bool) {
		for rec, err := range r.journal.Records(ctx, from) {
			var in Input
			if err == nil {
				in, err = r.input(&rec)
			}
			if !yield(in, err) || err != nil {
				return
			}
		}
	}
}

func (r *Reader) input(rec *journal.Record) (in Input, err error) {
	if c := rec.Input; c != nil {
		body, err := r.seals.open(c.Body, sealInput)
		return Input{First: c.Seq, Command: &clearance.Command{Kind: clearance.CommandKind(c.Kind), At: c.At, Body: body}}, err
	}
	in.First = rec.Segment.First
	plain, err := r.seals.unpack(rec.Segment.Block, sealSegment)
	if err != nil {
		return in, fmt.Errorf("segment of input %d: %w", in.First, err)
	}
	messages, err := readMessages(plain)
	if err != nil {
		return in, fmt.Errorf("segment of input %d: %w", in.First, err)
	}
	for _, m := range messages {
		decoded, err := ceb.Decode(m.data)
		if err != nil {
			return in, fmt.Errorf("segment of input %d: %w", in.First, err)
		}
		in.Messages = append(in.Messages, Message{decoded, m.at, m.refused})
	}
	return in, nil
}
