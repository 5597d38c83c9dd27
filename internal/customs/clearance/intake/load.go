package intake

import (
	"context"
	"fmt"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
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
	engine, err := s.restore(ctx)
	if err != nil {
		return err
	}
	from, _ := engine.Last()
	player := &Player{Journal: s.cfg.Journal, seals: s.seals, Engine: engine, Workers: s.cfg.Workers, hasher: s.cfg.Keys.Hasher}
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
	s.rules.Store(engine.Rules())
	s.durable.Store(state.LastDecision)
	return nil
}

func (s *Service) engineConfig() clearance.Config {
	return clearance.Config{Rules: s.cfg.Rules, Filings: s.cfg.Filings(), Hasher: s.cfg.Keys.Hasher()}
}

func (s *Service) restore(ctx context.Context) (*clearance.Engine, error) {
	_, sealed, err := s.cfg.Journal.LoadSnapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	if sealed == nil {
		return clearance.New(s.engineConfig()), nil
	}
	parts := make(map[string][]byte, len(sealed))
	for name, b := range sealed {
		if parts[name], err = s.seals.unpack(b, sealSnapshot); err != nil {
			return nil, fmt.Errorf("snapshot part %s: %w", name, err)
		}
	}
	return clearance.Restore(parts, s.engineConfig())
}

// saveSnapshot keeps the machine's state; only while nothing is applied.
func (s *Service) saveSnapshot(ctx context.Context) error {
	input, _ := s.engine.Last()
	parts := s.engine.Snapshot()
	for name, b := range parts {
		parts[name] = s.seals.seal(pack(b), sealSnapshot)
	}
	return s.cfg.Journal.SaveSnapshot(ctx, input, parts)
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
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		err := s.load(ctx)
		cancel()
		if err == nil {
			s.cfg.Log.Info("the store is available again", "batch", s.state.Batch)
			s.broken.Store(nil)
			return
		}
		s.cfg.Log.Warn("the store is still not available", "error", err)
	}
}

// Player runs stored inputs through a machine again, decoding ahead of it.
type Player struct {
	Journal journal.Journal
	Engine  *clearance.Engine
	Workers int
	seals   sealer
	hasher  func() hasher
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
			v := &played{record: rec, ready: make(chan struct{}), rules: p.Engine.Rules()}
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
		return p.Engine.Command(in.Seq, clearance.Command{Kind: clearance.CommandKind(in.Kind), At: in.At, Body: v.command})
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
