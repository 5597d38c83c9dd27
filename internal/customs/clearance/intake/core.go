package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
)

// batch is what one commit makes durable, and who waits for it.
type batch struct {
	journal.Batch
	since     time.Time
	docs      int
	jobs      []*job
	commands  []*command
	decisions []*clearance.Decision
	plain     []decisionRun
}

// decisionRun is a run of encoded decisions that becomes one block.
type decisionRun struct {
	first uint64
	count int
	data  []byte
}

const (
	runBytes = 128 << 10
	tickTime = time.Second
)

// core is the one goroutine that owns the machine.
func (s *Service) core() {
	defer s.wg.Done()
	defer close(s.batches)
	tick := time.NewTicker(tickTime)
	defer tick.Stop()
	b := s.newBatch()
	busy := false
	chunks, commands := s.chunks, s.commands
	for chunks != nil || commands != nil || busy || !b.empty() || s.unanswered() {
		in, cmds := chunks, commands
		if b.docs >= s.cfg.BatchDocs {
			in, cmds = nil, nil // the committer is behind: stop taking
		}
		if !busy && !b.empty() && (s.enough(b) || (chunks == nil && commands == nil)) {
			s.batches <- b
			b, busy = s.newBatch(), true
			continue
		}
		var linger <-chan time.Time
		if !busy && !b.empty() {
			linger = time.After(s.cfg.Linger - time.Since(b.since))
		}
		answers := s.keeper.answers
		if s.healthy() != nil {
			answers = nil // they belong to the machine that is being loaded: it takes them when it is in place
		}
		select {
		case c, ok := <-in:
			if !ok {
				chunks = nil
				continue
			}
			s.apply(b, c)
		case c, ok := <-cmds:
			if !ok {
				commands = nil
				continue
			}
			s.command(b, c)
		case body := <-answers:
			s.command(b, &command{kind: clearance.Recall, body: body, done: make(chan struct{})})
		case err := <-s.results:
			busy = false
			if err != nil {
				s.recoverFrom(err, b)
				b = s.newBatch()
			}
		case <-linger:
		case now := <-tick.C:
			s.tick(b, now)
		}
	}
}

// enough says whether to commit now: at once when nothing else is queued, else
// when the batch is full or has waited long enough.
func (s *Service) enough(b *batch) bool {
	return b.docs >= s.cfg.BatchDocs || len(s.chunks) == 0 && len(s.jobs) == 0 && len(s.commands) == 0 || time.Since(b.since) >= s.cfg.Linger
}

func (s *Service) newBatch() *batch { return &batch{since: time.Now()} }

func (b *batch) empty() bool { return len(b.Segments) == 0 && len(b.Inputs) == 0 }

func (s *Service) begin(b *batch) {
	if b.empty() {
		b.since = time.Now()
	}
}

// apply gives a chunk's documents their input numbers and runs the machine.
func (s *Service) apply(b *batch, c *chunk) {
	if err := s.healthy(); err != nil {
		for _, j := range c.jobs {
			j.fail(err)
		}
		return
	}
	s.begin(b)
	if c.rules != s.engine.Rules() {
		s.recheck(c)
	}
	input, _ := s.engine.Last()
	b.Segments = append(b.Segments, journal.Segment{First: input + 1, Count: c.count, Block: c.block})
	for i, j := range c.jobs {
		for k := range c.docs[i] {
			input++
			d := &c.docs[i][k]
			s.engine.Document(input, d)
			out := s.engine.Take()
			s.record(b, out)
			if len(out) > 0 {
				j.last = out[len(out)-1].Seq
			}
			if !j.quiet {
				j.answers = append(j.answers, AnswerOf(input, d, out))
			}
		}
		j.message = nil
		b.jobs = append(b.jobs, j)
	}
	b.docs += c.count
	s.rest()
}

// rest gives the journal what the machine wants kept or looked up, and takes a
// snapshot when one is due.
func (s *Service) rest() {
	s.keeper.after(s.engine)
	s.keeper.snapshot(s.engine)
}

// unanswered tells whether inputs wait for a look-up that will come.
func (s *Service) unanswered() bool { return s.healthy() == nil && s.engine.Parked() > 0 }

// recheck extracts a chunk again that was checked by packs which are no longer
// in force.
func (s *Service) recheck(c *chunk) {
	x := clearance.Extractor{Hasher: s.cfg.Keys.Hasher(), Rules: s.engine.Rules()}
	for i, j := range c.jobs {
		c.docs[i] = x.Docs(j.message, j.at, j.refused)
	}
	c.rules = x.Rules
}

// AnswerOf tells what became of a document by the decisions that it caused. One that waits for a look-up in old
// layers is "parked": it is durable, and its receipt follows.
func AnswerOf(input uint64, d *clearance.Doc, out []*clearance.Decision) Answer {
	if len(out) == 0 {
		return Answer{Input: input, Kind: d.Kind, Number: clearance.NumberOf(d), What: "parked"}
	}
	first := out[0]
	a := Answer{Input: first.Input, Kind: d.Kind, Number: clearance.NumberOf(d), What: first.What.String(), Reasons: first.Reasons, First: first.Seq, Last: out[len(out)-1].Seq}
	if len(first.Receipts) > 0 {
		rungs := first.Receipts[0].Rungs
		a.Status = rungs[len(rungs)-1].Status
	}
	for _, v := range out {
		if v.Number != 0 {
			a.Parcel, a.State = v.Number, v.To.String()
		}
		if v.What == clearance.Decided {
			a.Status, a.Reasons = int32(v.Status), v.Reasons
		}
	}
	return a
}

// record encodes decisions into the batch.
func (s *Service) record(b *batch, out []*clearance.Decision) {
	for _, v := range out {
		if n := len(b.plain); n == 0 || len(b.plain[n-1].data) >= runBytes {
			b.plain = append(b.plain, decisionRun{first: v.Seq, data: make([]byte, 0, runBytes+4096)})
		}
		r := &b.plain[len(b.plain)-1]
		r.data = v.Append(r.data)
		r.count++
	}
	if s.cfg.Committed != nil {
		b.decisions = append(b.decisions, out...)
	}
}

// command applies an input that is no document.
func (s *Service) command(b *batch, c *command) {
	if err := s.healthy(); err != nil {
		c.err = err
		close(c.done)
		return
	}
	if c.ask != nil {
		c.ask(s.engine)
		close(c.done)
		return
	}
	input, _ := s.engine.Last()
	at := s.cfg.Clock.Now().UnixMicro()
	if err := s.engine.Command(input+1, clearance.Command{Kind: c.kind, At: at, Body: c.body}); err != nil {
		c.err = err
		close(c.done)
		return
	}
	s.begin(b)
	b.Inputs = append(b.Inputs, journal.Input{Seq: input + 1, Kind: uint8(c.kind), At: at, Body: s.seals.seal(c.body, sealInput)})
	out := s.engine.Take()
	s.record(b, out)
	for _, v := range out {
		c.answer.Input, c.answer.What, c.answer.Reasons, c.answer.Parcel, c.answer.Last = v.Input, v.What.String(), v.Reasons, v.Number, v.Seq
		c.answer.State, c.answer.Status = v.To.String(), int32(v.Status)
	}
	b.commands = append(b.commands, c)
	s.rules.Store(s.engine.Rules())
	s.outbox.Store(s.engine.Outbox())
	s.rest()
}

// tick lets waiting end; it is an input only when it has an effect.
func (s *Service) tick(b *batch, _ time.Time) {
	now := s.cfg.Clock.Now().UnixMicro()
	if s.healthy() == nil && s.engine.Due(now) {
		c := &command{kind: clearance.Tick, done: make(chan struct{})}
		s.command(b, c)
	}
}

// commit is the committer: it seals the decisions, makes the batch durable and
// acknowledges.
func (s *Service) commit() {
	defer s.wg.Done()
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err) // the options are constants
	}
	var packed []byte
	for b := range s.batches {
		for _, r := range b.plain {
			packed = zip.EncodeAll(r.data, packed[:0])
			b.Decisions = append(b.Decisions, journal.DecisionBlock{First: r.first, Count: r.count, Block: s.seals.seal(packed, sealDecision)})
		}
		s.number(b)
		start := time.Now()
		if err := s.cfg.Journal.Commit(context.Background(), &b.Batch); err != nil {
			s.results <- s.failed(b, err)
			continue
		}
		s.stats.CommitTimes.add(time.Since(start))
		s.acknowledge(b)
		s.results <- nil
	}
}

// number completes the batch's head from what is in it.
func (s *Service) number(b *batch) {
	b.Number = s.state.Batch + 1
	b.FirstInput, b.LastInput = s.state.LastInput+1, s.state.LastInput
	for _, v := range b.Segments {
		b.LastInput += uint64(v.Count)
	}
	b.LastInput += uint64(len(b.Inputs))
	b.FirstDecision, b.LastDecision = s.state.LastDecision+1, s.state.LastDecision
	for _, v := range b.Decisions {
		b.LastDecision += uint64(v.Count)
	}
	b.At = s.cfg.Clock.Now().UnixMicro()
}

// acknowledge tells everybody in the batch that it is durable.
func (s *Service) acknowledge(b *batch) {
	s.state = journal.State{Epoch: s.state.Epoch, Batch: b.Number, LastInput: b.LastInput, LastDecision: b.LastDecision, Hash: b.Hash}
	s.stats.Commits.Add(1)
	s.stats.Decisions.Add(b.LastDecision - b.FirstDecision + 1)
	if s.cfg.Committed != nil {
		s.cfg.Committed(b.decisions)
	}
	s.keeper.advance(b.LastInput)
	s.advance(b.LastDecision) // first, so that whoever is answered finds what was decided
	for _, j := range b.jobs {
		close(j.done)
	}
	for _, c := range b.commands {
		close(c.done)
	}
}

func (j *job) fail(err error) {
	j.err = err
	close(j.done)
}

func (b *batch) fail(err error) {
	for _, j := range b.jobs {
		j.fail(err)
	}
	for _, c := range b.commands {
		c.err = err
		close(c.done)
	}
}

// failed finds out what became of a batch whose commit gave an error: it is
// durable after all (nil), or everybody in it is told that it is not.
func (s *Service) failed(b *batch, cause error) error {
	s.cfg.Log.Error("commit failed", "batch", b.Number, "error", cause)
	if !errors.Is(cause, journal.ErrFenced) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		now, err := s.cfg.Journal.Current(ctx)
		cancel()
		if err == nil && now.Batch == b.Number && now.Hash == b.Hash {
			s.acknowledge(b)
			return nil
		}
		if err != nil {
			cause = fmt.Errorf("%w; and the state can't be read: %w", cause, err)
		}
	}
	return &lostError{b, cause}
}

// lostError carries a batch that did not become durable to the core goroutine.
type lostError struct {
	batch *batch
	cause error
}

func (e *lostError) Error() string { return e.cause.Error() }
func (e *lostError) Unwrap() error { return e.cause }

// recoverFrom throws the machine's memory away, since it holds what did not
// become durable, and loads it again as soon as the journal answers. While it
// tries, everything that comes is answered ErrUnavailable.
func (s *Service) recoverFrom(err error, open *batch) {
	broken := fmt.Errorf("%w: %w", ErrUnavailable, err)
	s.broken.Store(&broken)
	open.fail(broken)
	s.engine = nil   // nobody looks at it while the service is broken
	s.keeper.close() // what it had in hand belongs to the memory that is lost
	s.keeper = newKeeper(s)
	var lost *lostError
	if errors.As(err, &lost) {
		s.settle(lost, broken)
	}
	if errors.Is(err, journal.ErrFenced) {
		s.cfg.Log.Error("another writer has taken over: this service takes no more messages", "error", err)
		return
	}
	s.healing.Go(s.heal)
}

// settle answers the members of a lost batch. Its outcome may still be unknown
// (the database is gone); a document that did become durable is answered as a
// repetition when it is sent again.
func (s *Service) settle(l *lostError, why error) { l.batch.fail(why) }
