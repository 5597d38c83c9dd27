package main

import (
	"errors"
	"sync"
	"testing"

	"pilotzone/internal/face/zone"
)

// A service that is asked to stop under load answers all that it has taken in,
// and leaves a snapshot at the end of its journal, so that the next start has
// nothing to play again.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p, s := newPlace(t, kind), supplyOf(t)
			if err := prepare(t.Context(), p, s); err != nil {
				t.Fatal(err)
			}
			service := start(t, p)
			var mu sync.Mutex
			var lost []message // sent to a port that was closed, or to nobody
			c := &clients{supply: s, number: 6, lost: func(m message, _ error) {
				mu.Lock()
				defer mu.Unlock()
				lost = append(lost, m)
			}}
			sent := make(chan error, 1)
			go func() { sent <- c.send(t.Context(), service.url) }()
			until(t, "messages are acknowledged", func() bool { return s.done() >= 40 })
			if code, err := service.stop(); code != 0 || err != nil {
				t.Fatalf("the service ends with %d, %v\n%s", code, err, tail(service.said.String()))
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
			stopped(t, p, s, lost)

			service = start(t, p)
			s.close()
			if err := c.send(t.Context(), service.url); err != nil {
				t.Fatal(err)
			}
			if code, err := service.stop(); code != 0 || err != nil {
				t.Fatalf("the service ends with %d, %v", code, err)
			}
			whole(t, p, s)
		})
	}
}

// stopped looks at a store whose service was stopped: what is stored was
// answered, what was answered is stored, and the snapshot is the newest.
func stopped(t *testing.T, p place, s *supply, lost []message) {
	t.Helper()
	a, err := zone.OpenArchive(t.Context(), p.config())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	f := newFound(s)
	if err := a.Reader.Each(t.Context(), 1, f.decision); err != nil {
		t.Fatal(err)
	}
	for _, m := range lost {
		for i := range m.count {
			if name := (document{m.kind, m.from + uint64(i)}); f.stored[name] != nil {
				t.Errorf("%s of parcel %d is stored and got no answer", name.kind, name.parcel)
			}
		}
	}
	for name := range s.answered {
		if len(f.stored[name]) != 1 {
			t.Errorf("%s of parcel %d was acknowledged and is stored %d times", name.kind, name.parcel, len(f.stored[name]))
		}
	}
	state, err := a.Journal.Current(t.Context())
	last, parts, err2 := a.Journal.LoadSnapshot(t.Context())
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if len(parts) == 0 || last != state.LastInput {
		t.Errorf("the snapshot is of input %d, the journal ends with %d", last, state.LastInput)
	}
}
