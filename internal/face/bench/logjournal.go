package bench

import (
	"context"
	"encoding/binary"
	"iter"
	"os"

	"golang.org/x/sys/unix"

	"pilotzone/internal/customs/clearance/journal"
)

// logJournal is the append-only way: the same bytes that the store would get,
// in one file with fdatasync a batch. It can't be read back; it is the limit
// that storage is held against.
type logJournal struct {
	f     *os.File
	state journal.State
	buf   []byte
}

func newLogJournal(path string) (*logJournal, error) {
	f, err := os.Create(path)
	return &logJournal{f: f}, err
}

func (j *logJournal) Acquire(context.Context, string) (journal.State, error) { return j.state, nil }

func (j *logJournal) Commit(_ context.Context, b *journal.Batch) error {
	b.PrevHash = j.state.Hash
	b.Hash = journal.HashBatch(b.PrevHash, b)
	j.buf = j.buf[:0]
	put := func(v []byte) {
		j.buf = binary.AppendUvarint(j.buf, uint64(len(v)))
		j.buf = append(j.buf, v...)
	}
	for _, s := range b.Segments {
		put(s.Block)
	}
	for _, in := range b.Inputs {
		put(in.Body)
	}
	for _, d := range b.Decisions {
		put(d.Block)
	}
	put(b.Hash[:])
	if _, err := j.f.Write(j.buf); err != nil {
		return err
	}
	if err := unix.Fdatasync(int(j.f.Fd())); err != nil {
		return err
	}
	j.state = journal.State{Batch: b.Number, LastInput: b.LastInput, LastDecision: b.LastDecision, Hash: b.Hash}
	return nil
}

func (j *logJournal) Current(context.Context) (journal.State, error) { return j.state, nil }

func (j *logJournal) Records(context.Context, uint64) iter.Seq2[journal.Record, error] {
	return func(func(journal.Record, error) bool) {}
}

func (j *logJournal) Blocks(context.Context, uint64) iter.Seq2[journal.DecisionBlock, error] {
	return func(func(journal.DecisionBlock, error) bool) {}
}

func (j *logJournal) Segment(context.Context, uint64) (*journal.Segment, error) {
	return nil, journal.ErrNotFound
}

func (j *logJournal) Block(context.Context, uint64) (*journal.DecisionBlock, error) {
	return nil, journal.ErrNotFound
}

func (j *logJournal) Batches(context.Context) iter.Seq2[journal.BatchHead, error] {
	return func(func(journal.BatchHead, error) bool) {}
}
func (j *logJournal) Verify(context.Context) (*journal.Difference, error) { return nil, nil }
func (j *logJournal) SaveLayer(context.Context, uint64, []journal.Page) error {
	return nil
}
func (j *logJournal) DropLayers(context.Context, uint64) error { return nil }
func (j *logJournal) Layers(context.Context) ([]uint64, error) { return nil, nil }

func (j *logJournal) FindPage(context.Context, uint64, [journal.KeySize]byte) ([]byte, error) {
	return nil, journal.ErrNotFound
}

func (j *logJournal) LayerPages(context.Context, uint64) iter.Seq2[journal.Page, error] {
	return func(func(journal.Page, error) bool) {}
}

func (j *logJournal) SaveSnapshot(context.Context, uint64, map[string][]byte) error { return nil }

func (j *logJournal) LoadSnapshot(context.Context) (uint64, map[string][]byte, error) {
	return 0, nil, nil
}
func (j *logJournal) Close() error { return j.f.Close() }
