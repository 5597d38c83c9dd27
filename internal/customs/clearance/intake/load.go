package intake

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/refdata"
)

// load builds the machine from the newest snapshot and the inputs after it,
// and checks that it ends where the journal ends.
func (s *Service) load(ctx context.Context) error {
	state, err := s.cfg.Journal.Current(ctx)
	if err != nil {
		return err
	}
	s.state = state
	filings := s.cfg.Filings()
	engine, err := s.restore(ctx, filings)
	if errors.Is(err, clearance.ErrCorrupt) || errors.Is(err, journal.ErrDamaged) {
		// It only saves time: the inputs are the truth.
		s.cfg.Log.Warn("the snapshot can't be used: all inputs are played again (快照不可用，将重放全部输入)", "error", err)
		filings = s.cfg.Filings() // what was restored of it so far is not to be trusted
		engine, err = clearance.New(s.engineConfig(filings)), nil
	}
	if err != nil {
		return err
	}
	from, _ := engine.Last()
	player := NewPlayer(s.cfg.Journal, s.cfg.Keys, engine, s.cfg.Workers)
	if from < state.LastInput {
		if err := player.Play(ctx, from+1, func([]*clearance.Decision) error { return nil }); err != nil {
			return err
		}
	}
	input, decision := engine.Last()
	if input != state.LastInput || decision != state.LastDecision {
		return fmt.Errorf("the journal ends at input %d, decision %d, but its inputs lead to %d, %d: run `pilotzone replay` / 日志与重放结果不符，请运行 replay",
			state.LastInput, state.LastDecision, input, decision)
	}
	s.engine = engine
	s.keeper.begin(engine, from, state.LastInput)
	s.rules.Store(engine.Rules())
	s.outbox.Store(engine.Outbox())
	s.filings.Store(&filings)
	s.durable.Store(state.LastDecision)
	return nil
}

func (s *Service) engineConfig(filings clearance.Filings) clearance.Config {
	return clearance.Config{Rules: s.cfg.Rules, Filings: filings, Hasher: s.cfg.Keys.Hasher(), Limits: s.cfg.Memory}
}

func (s *Service) restore(ctx context.Context, filings clearance.Filings) (*clearance.Engine, error) {
	c := s.engineConfig(filings)
	e, err := s.Reader().Snapshot(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	if e == nil {
		e = clearance.New(c)
	}
	return e, nil
}

// saveSnapshot keeps the machine's state; only while nothing is applied.
func (s *Service) saveSnapshot(ctx context.Context) error {
	input, _ := s.engine.Last()
	parts := s.engine.Snapshot()
	if parts == nil {
		return nil // something waits for a look-up: the next start plays it again
	}
	return s.writeSnapshot(ctx, input, parts)
}

func (s *Service) writeSnapshot(ctx context.Context, input uint64, parts map[string][]byte) error {
	sealed := make(map[string][]byte, len(parts))
	for name, b := range parts {
		sealed[name] = s.seals.keepState(b, sealSnapshot)
	}
	return s.cfg.Journal.SaveSnapshot(ctx, input, sealed)
}

// heal waits until the journal answers again, loads the machine anew and opens
// the service.
func (s *Service) heal() {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		select {
		case <-s.stop:
			return
		case <-time.After(pause):
		}
		err := s.reload()
		if err == nil {
			s.cfg.Log.Info("the store is available again", "batch", s.state.Batch)
			s.broken.Store(nil)
			return
		}
		if errors.Is(err, journal.ErrFenced) {
			broken := fmt.Errorf("%w: %w", ErrUnavailable, err)
			s.broken.Store(&broken)
			s.cfg.Log.Error("another writer has taken over: this service takes no more messages", "error", err)
			return
		}
		s.cfg.Log.Warn("the store is still not available", "error", err)
	}
}

// reload loads the machine anew; a closing service does not wait for it.
func (s *Service) reload() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return s.load(ctx)
}

// Player runs stored inputs through a machine again, decoding ahead of it.
type Player struct {
	Journal journal.Journal
	Engine  *clearance.Engine
	Workers int
	seals   sealer
	hasher  func() hasher
	rules   atomic.Pointer[refdata.Book] // the machine's, for those who decode ahead
}

// NewPlayer makes a player of a journal's inputs on a machine, with the keys
// that sealed them.
func NewPlayer(j journal.Journal, k *keys.Keyring, e *clearance.Engine, workers int) *Player {
	p := &Player{Journal: j, Engine: e, Workers: workers, seals: sealer{k}, hasher: k.Hasher}
	p.rules.Store(e.Rules())
	return p
}

// played is one record on its way to the machine; the raw messages are decoded
// by workers, in the order of the journal.
type played struct {
	record   journal.Record
	messages []stored
	decoded  []*ceb.Message
	docs     [][]clearance.Doc
	rules    *refdata.Book
	command  []byte
	err      error
	ready    chan struct{}
}

// Play applies all inputs from number from on, and hands the decisions of each
// record to each.
func (p *Player) Play(ctx context.Context, from uint64, each func([]*clearance.Decision) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	order, work := make(chan *played, 4*p.Workers), make(chan *played, 4*p.Workers)
	var readErr error
	go func() {
		defer close(order)
		defer close(work)
		for rec, err := range p.Journal.Records(ctx, from) {
			if err != nil {
				readErr = err
				return
			}
			v := &played{record: rec, ready: make(chan struct{}), rules: p.rules.Load()}
			select {
			case order <- v:
			case <-ctx.Done():
				return
			}
			select {
			case work <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	for range p.Workers {
		go p.prepare(work)
	}
	for v := range order {
		<-v.ready
		if v.err == nil {
			v.err = p.apply(v, from)
		}
		if v.err == nil {
			v.err = each(p.Engine.Take())
		}
		if v.err != nil {
			return v.err
		}
	}
	return readErr
}

// prepare opens and decodes records.
func (p *Player) prepare(work <-chan *played) {
	x := clearance.Extractor{Hasher: p.hasher()}
	for v := range work {
		if seg := v.record.Segment; seg != nil {
			v.err = p.decode(&x, v, seg)
		} else {
			v.command, v.err = p.seals.open(v.record.Input.Body, sealInput)
		}
		close(v.ready)
	}
}

func (p *Player) decode(x *clearance.Extractor, v *played, seg *journal.Segment) error {
	plain, err := p.seals.unpack(seg.Block, sealSegment)
	if err != nil {
		return fmt.Errorf("segment of input %d: %w", seg.First, err)
	}
	if v.messages, err = readMessages(plain); err != nil {
		return fmt.Errorf("segment of input %d: %w", seg.First, err)
	}
	for _, m := range v.messages {
		msg, err := ceb.Decode(m.data)
		if err != nil {
			return fmt.Errorf("segment of input %d: %w", seg.First, err)
		}
		v.decoded = append(v.decoded, msg)
	}
	p.extract(x, v)
	return nil
}

func (p *Player) extract(x *clearance.Extractor, v *played) {
	x.Rules, v.docs = v.rules, v.docs[:0]
	for i, m := range v.messages {
		v.docs = append(v.docs, x.Docs(v.decoded[i], m.at, m.refused))
	}
}

// apply runs one record through the machine; inputs below from are passed over
// (a record may begin before it).
func (p *Player) apply(v *played, from uint64) error {
	if in := v.record.Input; in != nil {
		err := p.Engine.Command(in.Seq, clearance.Command{Kind: clearance.CommandKind(in.Kind), At: in.At, Body: v.command})
		p.rules.Store(p.Engine.Rules())
		return err
	}
	if v.rules != p.Engine.Rules() { // packs were switched since it was decoded
		v.rules = p.Engine.Rules()
		p.extract(&clearance.Extractor{Hasher: p.hasher()}, v)
	}
	input := v.record.Segment.First - 1
	for i := range v.docs {
		for k := range v.docs[i] {
			if input++; input >= from {
				p.Engine.Document(input, &v.docs[i][k])
			}
		}
	}
	if want := v.record.Segment.First + uint64(v.record.Segment.Count) - 1; input != want {
		return fmt.Errorf("segment of input %d holds %d documents, not %d", v.record.Segment.First, input+1-v.record.Segment.First, v.record.Segment.Count)
	}
	return nil
}
