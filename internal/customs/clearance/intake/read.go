package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/keys"
)

type hasher = *keys.Hasher

// Reader reads what the core made durable. It needs no lock and may be used
// beside a running service, or on a backup.
type Reader struct {
	journal journal.Journal
	seals   sealer
}

// NewReader reads a journal with the keys that sealed it.
func NewReader(j journal.Journal, k *keys.Keyring) *Reader {
	return &Reader{journal: j, seals: sealer{k}}
}

// Reader gives the reader of the service's journal.
func (s *Service) Reader() *Reader { return &Reader{journal: s.cfg.Journal, seals: s.seals} }

var errEnough = errors.New("enough")

// Decisions returns up to max decisions after a number, in order.
func (r *Reader) Decisions(ctx context.Context, after uint64, max int) ([]*clearance.Decision, error) {
	var out []*clearance.Decision
	err := r.Each(ctx, after+1, func(d *clearance.Decision) error {
		if out = append(out, d); len(out) >= max {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return out, err
}

// Each calls f for every decision from a number on, until f gives an error.
func (r *Reader) Each(ctx context.Context, from uint64, f func(*clearance.Decision) error) error {
	for block, err := range r.journal.Blocks(ctx, from) {
		if err != nil {
			return err
		}
		list, err := r.open(&block)
		if err != nil {
			return err
		}
		for _, d := range list {
			if d.Seq < from {
				continue
			}
			if err := f(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Decision returns one decision.
func (r *Reader) Decision(ctx context.Context, seq uint64) (*clearance.Decision, error) {
	block, err := r.journal.Block(ctx, seq)
	if err != nil {
		return nil, err
	}
	list, err := r.open(block)
	if err != nil {
		return nil, err
	}
	return list[seq-block.First], nil
}

func (r *Reader) open(b *journal.DecisionBlock) ([]*clearance.Decision, error) {
	plain, err := r.seals.unpack(b.Block, sealDecision)
	if err != nil {
		return nil, fmt.Errorf("decisions from %d: %w", b.First, err)
	}
	out := make([]*clearance.Decision, 0, b.Count)
	for len(plain) > 0 {
		var d *clearance.Decision
		if d, plain, err = clearance.ReadDecision(plain); err != nil {
			return nil, fmt.Errorf("decisions from %d: %w", b.First, err)
		}
		out = append(out, d)
	}
	if len(out) == 0 || len(out) != b.Count || out[0].Seq != b.First {
		return nil, fmt.Errorf("decisions from %d: block holds %d, not %d: %w", b.First, len(out), b.Count, clearance.ErrCorrupt)
	}
	return out, nil
}

// Raw is a document's bytes as they came in, with the message around it.
type Raw struct {
	Received time.Time
	Message  []byte // the whole message
	Document []byte // the document's node
	Kind     ceb.Kind
	Doc      *ceb.Doc // the document, read
}

// Raw returns the bytes of the document with an input number.
func (r *Reader) Raw(ctx context.Context, input uint64) (*Raw, error) {
	seg, err := r.journal.Segment(ctx, input)
	if err != nil {
		return nil, err
	}
	plain, err := r.seals.unpack(seg.Block, sealSegment)
	if err != nil {
		return nil, err
	}
	messages, err := readMessages(plain)
	if err != nil {
		return nil, err
	}
	at := int(input - seg.First)
	for _, m := range messages {
		msg, err := ceb.Decode(m.data)
		if err != nil {
			return nil, err
		}
		if at < len(msg.Docs) {
			d := &msg.Docs[at]
			return &Raw{Received: time.UnixMicro(m.at), Message: m.data, Document: msg.Raw[d.Start:d.End], Kind: msg.Kind, Doc: d}, nil
		}
		at -= len(msg.Docs)
	}
	return nil, journal.ErrNotFound
}

// latencies keeps the last commit times for percentiles.
type latencies struct {
	mu   sync.Mutex
	ring [8192]time.Duration
	n    int
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	l.ring[l.n%len(l.ring)] = d
	l.n++
	l.mu.Unlock()
}

// Percentile is the p-th percentile (0 to 100) of the last commit times.
func (l *latencies) Percentile(p int) time.Duration {
	l.mu.Lock()
	list := slices.Clone(l.ring[:min(l.n, len(l.ring))])
	l.mu.Unlock()
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)-1, len(list)*p/100)]
}

// Snapshot makes a machine from the journal's newest snapshot, with the rules,
// filings and hasher of c; nil when there is none.
func (r *Reader) Snapshot(ctx context.Context, c clearance.Config) (*clearance.Engine, error) {
	_, sealed, err := r.journal.LoadSnapshot(ctx)
	if err != nil || sealed == nil {
		return nil, err
	}
	parts := make(map[string][]byte, len(sealed))
	for name, b := range sealed {
		if parts[name], err = r.seals.openState(b, sealSnapshot); err != nil {
			return nil, fmt.Errorf("snapshot part %s: %w", name, err)
		}
	}
	return clearance.Restore(parts, c, func(number uint64) (pages [][]byte, err error) {
		for p, err := range r.journal.LayerPages(ctx, number) {
			if err != nil {
				return nil, err
			}
			plain, err := r.seals.openState(p.Data, sealLayer)
			if err != nil {
				return nil, err
			}
			pages = append(pages, plain)
		}
		return pages, nil
	})
}
