package journal_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

// each runs f on an empty journal of either store, whose writer it is.
func each(t *testing.T, f func(t *testing.T, s *store.Store, j journal.Journal)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f(t, s, acquire(t, s))
	}, journal.Migration())
}

func acquire(t testing.TB, s *store.Store) journal.Journal {
	t.Helper()
	j := open(t, s)
	if _, err := j.Acquire(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	return j
}

func open(t testing.TB, s *store.Store) journal.Journal {
	t.Helper()
	j, err := journal.Open(s, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Errorf("close journal: %v", err)
		}
	})
	return j
}

// maker makes batches that continue each other.
type maker struct {
	rnd             *rand.ChaCha8
	batch, in, dec  uint64
	segments, size  int // of a batch; bytes of a block
	blocks, payload int
}

func newMaker(s journal.State) *maker {
	return &maker{
		rnd: rand.NewChaCha8([32]byte{1}), batch: s.Batch, in: s.LastInput, dec: s.LastDecision,
		segments: 3, size: 3000, blocks: 2, payload: 1000,
	}
}

func (m *maker) bytes(n int) []byte {
	b := make([]byte, n)
	_, _ = m.rnd.Read(b) // never fails
	return b
}

// next makes a batch: segments of 64 documents with an input after every second
// one, and blocks of 50 decisions.
func (m *maker) next() *journal.Batch {
	m.batch++
	b := &journal.Batch{Number: m.batch, FirstInput: m.in + 1, FirstDecision: m.dec + 1, At: int64(m.batch) * 1000}
	for i := range m.segments {
		b.Segments = append(b.Segments, journal.Segment{First: m.in + 1, Count: 64, Directory: m.bytes(64), Block: m.bytes(m.size)})
		m.in += 64
		if i%2 == 0 {
			m.in++
			b.Inputs = append(b.Inputs, journal.Input{Seq: m.in, Kind: uint8(i), At: b.At, Body: m.bytes(i * 10)})
		}
	}
	for range m.blocks {
		b.Decisions = append(b.Decisions, journal.DecisionBlock{First: m.dec + 1, Count: 50, Block: m.bytes(m.payload)})
		m.dec += 50
	}
	b.LastInput, b.LastDecision = m.in, m.dec
	return b
}

// commit commits n batches and returns them.
func commit(t testing.TB, j journal.Journal, m *maker, n int) []*journal.Batch {
	t.Helper()
	var all []*journal.Batch
	for range n {
		b := m.next()
		if err := j.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func verify(t testing.TB, j journal.Journal) {
	t.Helper()
	if d, err := j.Verify(t.Context()); err != nil || d != nil {
		t.Fatalf("verify: %v, %v", d, err)
	}
}

func TestWhatIsCommittedIsReadBackInOrder(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		batches := commit(t, j, newMaker(journal.State{}), 20)
		var records []journal.Record
		var blocks []journal.DecisionBlock
		var heads []journal.BatchHead
		for _, b := range batches {
			si, ii := 0, 0
			for next := b.FirstInput; next <= b.LastInput; {
				if si < len(b.Segments) && b.Segments[si].First == next {
					records = append(records, journal.Record{Segment: &b.Segments[si]})
					next += uint64(b.Segments[si].Count)
					si++
				} else {
					records = append(records, journal.Record{Input: &b.Inputs[ii]})
					next++
					ii++
				}
			}
			blocks = append(blocks, b.Decisions...)
			heads = append(heads, journal.BatchHead{
				Number: b.Number, FirstInput: b.FirstInput, LastInput: b.LastInput,
				FirstDecision: b.FirstDecision, LastDecision: b.LastDecision, At: b.At, PrevHash: b.PrevHash, Hash: b.Hash,
			})
		}
		reader := open(t, s) // not the writer: it reads what the database holds
		for _, from := range []int{0, 1, 7, 33, len(records) - 1} {
			first := records[from].First()
			if records[from].Segment != nil {
				first += 63 // in the middle of a segment: its record is the first
			}
			got := []journal.Record{}
			for r, err := range reader.Records(t.Context(), first) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r)
			}
			if d := cmp.Diff(records[from:], got, emptyIsNil); d != "" {
				t.Errorf("records from %d: %s", first, d)
			}
		}
		var gotBlocks []journal.DecisionBlock
		for b, err := range reader.Blocks(t.Context(), 60) {
			if err != nil {
				t.Fatal(err)
			}
			gotBlocks = append(gotBlocks, b)
		}
		if d := cmp.Diff(blocks[1:], gotBlocks); d != "" {
			t.Errorf("blocks from 60: %s", d)
		}
		var gotHeads []journal.BatchHead
		for h, err := range reader.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			gotHeads = append(gotHeads, h)
		}
		if d := cmp.Diff(heads, gotHeads); d != "" {
			t.Errorf("batches: %s", d)
		}
		verify(t, reader)
	})
}

// emptyIsNil compares blobs whole, and takes an empty one for the nil it may
// have been stored as.
var emptyIsNil = cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) })

func TestSegmentAndBlockAreFoundByNumber(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		b := commit(t, j, newMaker(journal.State{}), 2)[1]
		for _, input := range []uint64{b.Segments[1].First, b.Segments[1].First + 63} {
			got, err := j.Segment(t.Context(), input)
			if err != nil || !bytes.Equal(got.Block, b.Segments[1].Block) || !bytes.Equal(got.Directory, b.Segments[1].Directory) {
				t.Errorf("segment of %d: %v, %v", input, got, err)
			}
		}
		got, err := j.Block(t.Context(), b.Decisions[1].First+1)
		if err != nil || !bytes.Equal(got.Block, b.Decisions[1].Block) {
			t.Errorf("block: %v, %v", got, err)
		}
		for _, input := range []uint64{b.Inputs[0].Seq, b.LastInput + 1, 0} {
			if _, err := j.Segment(t.Context(), input); !errors.Is(err, journal.ErrNotFound) {
				t.Errorf("segment of input %d: %v, want not found", input, err)
			}
		}
		if _, err := j.Block(t.Context(), b.LastDecision+1); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("block after the last: %v, want not found", err)
		}
	})
}

func TestBatchThatDoesNotContinueTheLogIsRefused(t *testing.T) {
	wrong := map[string]func(b *journal.Batch){
		"number left out":          func(b *journal.Batch) { b.Number++ },
		"number again":             func(b *journal.Batch) { b.Number-- },
		"input left out":           func(b *journal.Batch) { b.FirstInput++ },
		"decision left out":        func(b *journal.Batch) { b.FirstDecision++ },
		"segment left out":         func(b *journal.Batch) { b.Segments = b.Segments[1:] },
		"input at the end missing": func(b *journal.Batch) { b.Inputs = b.Inputs[:len(b.Inputs)-1] },
		"segment twice":            func(b *journal.Batch) { b.Segments[1] = b.Segments[0] },
		"segment without document": func(b *journal.Batch) { b.Segments[1].Count = 0 },
		"input in a segment":       func(b *journal.Batch) { b.Inputs[0].Seq-- },
		"block left out":           func(b *journal.Batch) { b.Decisions = b.Decisions[1:] },
		"block too long":           func(b *journal.Batch) { b.Decisions[1].Count++ },
		"empty": func(b *journal.Batch) {
			*b = journal.Batch{Number: b.Number, FirstInput: b.FirstInput, LastInput: b.FirstInput - 1,
				FirstDecision: b.FirstDecision, LastDecision: b.FirstDecision - 1}
		},
	}
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		m := newMaker(journal.State{})
		commit(t, j, m, 1)
		before, err := j.Current(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, spoil := range wrong {
			b := newMaker(before).next()
			spoil(b)
			if err := j.Commit(t.Context(), b); !errors.Is(err, journal.ErrBatch) {
				t.Errorf("%s: %v, want ErrBatch", name, err)
			}
		}
		after, err := j.Current(t.Context())
		if err != nil || after != before {
			t.Errorf("state %+v, want %+v (%v)", after, before, err)
		}
		commit(t, j, m, 1) // a refusal does not stop the journal
		verify(t, j)
	})
}

func TestBatchMayHaveDecisionsOrInputsAlone(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		for _, b := range []*journal.Batch{
			{Number: 1, FirstInput: 1, LastInput: 1, FirstDecision: 1, LastDecision: 0, Inputs: []journal.Input{{Seq: 1, Kind: 200}}},
			{Number: 2, FirstInput: 2, LastInput: 1, FirstDecision: 1, LastDecision: 2, Decisions: []journal.DecisionBlock{{First: 1, Count: 2, Block: []byte("x")}}},
		} {
			if err := j.Commit(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		verify(t, j)
	})
}

func TestStateSurvivesTheWriter(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		last := commit(t, j, newMaker(journal.State{}), 3)[2]
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		next := open(t, s)
		state, err := next.Acquire(t.Context(), "second")
		want := journal.State{Epoch: 2, Batch: 3, LastInput: last.LastInput, LastDecision: last.LastDecision, Hash: last.Hash}
		if err != nil || state != want {
			t.Fatalf("state %+v, want %+v (%v)", state, want, err)
		}
		commit(t, next, newMaker(state), 2)
		verify(t, next)
	})
}

func TestReaderOfAnEmptyJournal(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		j := open(t, s)
		if state, err := j.Current(t.Context()); err != nil || state != (journal.State{}) {
			t.Errorf("state %+v, %v", state, err)
		}
		for r, err := range j.Records(t.Context(), 1) {
			t.Errorf("record %v, %v", r, err)
		}
		verify(t, j)
		if err := j.Commit(t.Context(), newMaker(journal.State{}).next()); err == nil {
			t.Error("a journal that was not acquired took a commit")
		}
		if err := j.SaveSnapshot(t.Context(), 0, nil); err == nil {
			t.Error("a journal that was not acquired took a snapshot")
		}
	}, journal.Migration())
}

func TestSecondWriterIsRefused(t *testing.T) {
	t.Parallel()
	urls := map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			first := open(t, storetest.Open(t, u, journal.Migration()))
			if _, err := first.Acquire(t.Context(), "first"); err != nil {
				t.Fatal(err)
			}
			second := open(t, storetest.Open(t, u, journal.Migration()))
			_, err := second.Acquire(t.Context(), "second")
			locked, ok := errors.AsType[*store.LockedError](err)
			if !errors.Is(err, store.ErrLocked) || !ok || locked.Holder.Name != "first" || locked.Holder.PID == 0 || locked.Holder.Since.IsZero() {
				t.Fatalf("second writer: %v", err)
			}
			commit(t, first, newMaker(journal.State{}), 1) // undisturbed
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := second.Acquire(t.Context(), "second"); err != nil {
				t.Errorf("after the first has gone: %v", err)
			}
		})
	}
}

func TestStaleWriterIsFencedAndChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		m := newMaker(journal.State{})
		commit(t, j, m, 2)
		// Another writer took over without this one noticing: its lock was lost
		// and its process hung, say.
		err := s.Core.Write(t.Context(), bumpEpoch)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Commit(t.Context(), m.next()); !errors.Is(err, journal.ErrFenced) {
			t.Fatalf("stale commit: %v, want ErrFenced", err)
		}
		if err := j.Commit(t.Context(), m.next()); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("stale commit again: %v, want ErrFenced", err)
		}
		if err := j.SaveSnapshot(t.Context(), 1, map[string][]byte{"a": {1}}); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("stale snapshot: %v, want ErrFenced", err)
		}
		reader := open(t, s)
		state, err := reader.Current(t.Context())
		if err != nil || state.Batch != 2 || state.Epoch != 2 {
			t.Errorf("state %+v, %v", state, err)
		}
		verify(t, reader)
	})
}

func TestVerifyFindsEveryChange(t *testing.T) {
	changes := []struct{ name, sql string }{
		{"block of a segment", `update segments set block = directory where first = 130`},
		{"count of a segment", `update segments set count = 63 where first = 130`},
		{"segment removed", `delete from segments where first = 130`},
		{"body of an input", `update inputs set body = hash from shards where seq = 65`},
		{"kind of an input", `update inputs set kind = kind + 1 where seq = 65`},
		{"input added", `insert into inputs (shard, seq, kind, at, body) select 0, 1000000, 1, 1, body from inputs where seq = 65`},
		{"block of decisions", `update decisions set block = hash from shards where first = 51`},
		{"decisions removed", `delete from decisions where first = 51`},
		{"time of a batch", `update batches set at = at + 1 where number = 2`},
		{"hash of a batch", `update batches set hash = prev_hash where number = 2`},
		{"last batch removed", `delete from batches where number = 4`},
		{"batch removed", `delete from batches where number = 2`},
		{"end of the log", `update shards set last_decision = last_decision - 50`},
	}
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		commit(t, j, newMaker(journal.State{}), 4)
		verify(t, j)
		for _, c := range changes {
			if d := verifyChanged(t, s, j, c.sql); d == nil {
				t.Errorf("%s: not found", c.name)
			}
		}
		verify(t, j)
	})
}
