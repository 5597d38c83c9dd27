package intake

import (
	"context"

	"pilotzone/ceb"
	"pilotzone/ceb/dxp"
	"pilotzone/internal/customs/clearance"
)

// Answer is what became of one document of a message, or of a command.
type Answer struct {
	Input   uint64             `json:"input"`
	Kind    ceb.Kind           `json:"kind"`
	Number  string             `json:"number"`
	What    string             `json:"what"` // stored, refused, repeated, deleted
	Status  int32              `json:"status"`
	Parcel  uint64             `json:"parcel,omitempty"`
	State   string             `json:"state,omitempty"` // of the parcel, when a list was decided by it
	Reasons []clearance.Reason `json:"-"`
	First   uint64             `json:"-"` // first and
	Last    uint64             `json:"-"` // last decision made by this input
}

// Ack says that everything in it is durable.
type Ack struct {
	Message  ceb.Kind
	Docs     []Answer
	Decision uint64 // last decision of the message
}

// job is one message on its way.
type job struct {
	data    []byte
	at      int64
	quiet   bool         // nobody reads the answers
	message *ceb.Message // until it was applied
	kind    ceb.Kind
	refused []clearance.Reason // signature
	answers []Answer
	last    uint64
	err     error
	done    chan struct{}
}

// Refusal is a message that could not be taken in at all: not well-formed, not
// of a known kind, or wrong outside its documents. Nothing of it is stored.
type Refusal struct {
	Kind    ceb.Kind // 0 when unknown
	Defects []ceb.Defect
	Reason  *clearance.Reason
}

// Error is the first defect.
func (r *Refusal) Error() string {
	if r.Reason != nil {
		return r.Reason.English() + " (" + r.Reason.Chinese() + ")"
	}
	return r.Defects[0].Error()
}

// Submit takes one message in (plain or in a DXP envelope) and returns when it
// is durable. The service keeps data. Errors: *Refusal, ErrBusy,
// ErrUnavailable, ErrTooLarge, ErrClosed, the context's.
func (s *Service) Submit(ctx context.Context, data []byte) (*Ack, error) {
	j, err := s.Enqueue(ctx, data, false)
	if err != nil {
		return nil, err
	}
	return j.Wait(ctx)
}

// Pending is a message that was queued; Wait returns when it is durable.
type Pending struct{ j *job }

// Wait returns the acknowledgement or the refusal.
func (p Pending) Wait(ctx context.Context) (*Ack, error) {
	select {
	case <-p.j.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.j.err != nil {
		return nil, p.j.err
	}
	a := &Ack{Message: p.j.kind, Docs: p.j.answers, Decision: p.j.last}
	return a, nil
}

// Enqueue queues a message without waiting for it; quiet saves making answers
// that nobody reads.
func (s *Service) Enqueue(ctx context.Context, data []byte, quiet bool) (Pending, error) {
	j, err := s.admit(data, quiet)
	if err != nil {
		return Pending{}, err
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closing {
		return Pending{}, ErrClosed
	}
	select {
	case s.jobs <- j:
		return Pending{j}, nil
	default:
		return Pending{}, ErrBusy
	}
}

// admit makes a job of a message that is small enough, out of its envelope.
func (s *Service) admit(data []byte, quiet bool) (*job, error) {
	if len(data) > s.cfg.MaxMessage {
		return nil, ErrTooLarge
	}
	if err := s.healthy(); err != nil {
		return nil, err
	}
	if dxp.IsEnvelope(data) {
		env, err := dxp.Unwrap(data)
		if err != nil {
			return nil, &Refusal{Reason: &clearance.Reason{Code: "PZ4002", Args: []string{err.Error()}}}
		}
		data = env.Data
	}
	return &job{data: data, at: s.cfg.Clock.Now().UnixMicro(), quiet: quiet, done: make(chan struct{})}, nil
}

// EnqueueWait is Enqueue that waits for a place in the queue: for files and
// benchmarks, which have nobody to tell to come back.
func (s *Service) EnqueueWait(ctx context.Context, data []byte, quiet bool) (Pending, error) {
	j, err := s.admit(data, quiet)
	if err != nil {
		return Pending{}, err
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closing {
		return Pending{}, ErrClosed
	}
	select {
	case s.jobs <- j:
		return Pending{j}, nil
	case <-ctx.Done():
		return Pending{}, ctx.Err()
	case <-s.stop:
		return Pending{}, ErrClosed
	}
}

// command is an input that is no document, on its way.
type command struct {
	kind   clearance.CommandKind
	body   []byte
	ask    func(*clearance.Engine) // no input: a question, see Ask
	answer Answer
	err    error
	done   chan struct{}
}

// Command enters a command and returns its answer when it is durable.
func (s *Service) Command(ctx context.Context, kind clearance.CommandKind, body []byte) (Answer, error) {
	if err := s.healthy(); err != nil {
		return Answer{}, err
	}
	c := &command{kind: kind, body: body, done: make(chan struct{})}
	if err := s.sendCommand(ctx, c); err != nil {
		return Answer{}, err
	}
	select {
	case <-c.done:
		return c.answer, c.err
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

func (s *Service) sendCommand(ctx context.Context, c *command) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closing {
		return ErrClosed
	}
	select {
	case s.commands <- c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop:
		return ErrClosed
	}
}
