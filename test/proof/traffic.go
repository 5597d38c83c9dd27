package main

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/face/demo/traffic"
	"pilotzone/internal/kernel/clock"
)

// document names one document of the traffic: its kind and the parcel that it
// belongs to. All numbers of a parcel end with the parcel's own.
type document struct {
	kind   ceb.Kind
	parcel uint64
}

// documentOf reads the parcel out of a number of the traffic.
func documentOf(kind ceb.Kind, number string) (document, error) {
	if len(number) < 10 {
		return document{}, fmt.Errorf("%s %q is not of the traffic", kind, number)
	}
	parcel, err := strconv.ParseUint(number[len(number)-10:], 10, 64)
	return document{kind, parcel}, err
}

// message is one message of the traffic: documents of consecutive parcels.
type message struct {
	kind  ceb.Kind
	from  uint64
	count int
	sent  int // times that it was sent without an answer
}

// outcome is what a document was answered.
type outcome struct {
	what  string // stored, refused, repeated
	times int    // acknowledgements
}

// supply hands messages out, keeps those whose outcome is not known to be sent
// again, and remembers what was acknowledged. It is safe for concurrent use.
type supply struct {
	gen   *traffic.Gen
	sizes []int // documents a message, in turn

	mu       sync.Mutex
	fresh    []message // made and not yet sent
	again    []message // sent, and not answered
	next     uint64    // parcel that nothing was made of yet
	unit     int
	closed   bool
	answered map[document]outcome
	resent   int // messages
	messages int // acknowledged
}

// newSupply makes the traffic of a day: few buyers, so that many reach the
// limits of their allowance, and messages of one document up to most (at most
// 100).
func newSupply(seed uint64, now time.Time, most int) (*supply, error) {
	gen, err := traffic.New(traffic.Options{Seed: seed, Day: clock.DayOf(now), Block: most, Buyers: 300})
	if err != nil {
		return nil, err
	}
	part := func(of int) int { return max(1, most/of) }
	return &supply{gen: gen, sizes: []int{1, most, part(10), part(2), 1, part(5)}, answered: make(map[document]outcome)}, nil
}

// take gives the next message: one to be sent again before a new one. There is
// none when the supply was closed and everything is answered or under way.
func (s *supply) take() (m message, body []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.again) > 0:
		m, s.again = s.again[0], s.again[1:]
		if m.sent > 0 {
			s.resent++
		}
	case s.closed:
		return message{}, nil, false
	default:
		for len(s.fresh) == 0 {
			s.make()
		}
		m, s.fresh = s.fresh[0], s.fresh[1:]
	}
	body, n := s.gen.AppendMessage(nil, m.kind, m.from, m.count)
	if n != m.count {
		panic(fmt.Sprintf("traffic: %s from parcel %d holds %d documents, not %d", m.kind, m.from, n, m.count))
	}
	return m, body, true
}

// make plans the messages of some more parcels. The list comes second, so that
// it often waits.
func (s *supply) make() {
	size := s.sizes[s.unit%len(s.sizes)]
	s.unit++
	for _, k := range []ceb.Kind{311, 621, 411, 511} {
		kind := s.gen.Kind(s.next, k)
		if k == 411 && !s.gen.HasPayment(kind == 411) {
			continue
		}
		body, n := s.gen.AppendMessage(nil, kind, s.next, size)
		if len(body) == 0 || n == 0 {
			continue
		}
		size = n // fewer where the block of the route ends
		s.fresh = append(s.fresh, message{kind: kind, from: s.next, count: n})
	}
	s.next += uint64(size)
}

// unanswered takes a message back that was sent, or tried, without an answer.
func (s *supply) unanswered(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.sent++
	s.again = append(s.again, m)
}

// declined takes a message back that was answered to come again later.
func (s *supply) declined(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again = append(s.again, m)
}

// acknowledged notes the answers to the documents of a message.
func (s *supply) acknowledged(m message, a *answer) error {
	if len(a.Documents) != m.count {
		return fmt.Errorf("%s from parcel %d: %d documents answered, not %d", m.kind, m.from, len(a.Documents), m.count)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages++
	for i, d := range a.Documents {
		name, err := documentOf(ceb.Kind(d.Kind), d.Number)
		if err != nil || name != (document{m.kind, m.from + uint64(i)}) {
			return fmt.Errorf("%s of parcel %d is answered as %d %q", m.kind, m.from+uint64(i), d.Kind, d.Number)
		}
		o := s.answered[name]
		o.times++
		if o.what == "" || d.What == "refused" {
			o.what = d.What
		}
		s.answered[name] = o
	}
	return nil
}

// close ends the making of new messages.
func (s *supply) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.fresh = nil
}

// waiting is how many messages are to be sent again.
func (s *supply) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.again)
}
