package intake

import (
	"context"
	"errors"
	"sync"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/journal"
)

// keeper does what the machine needs of the journal beside the commits: it
// saves closed layers, looks cold keys up and writes snapshots, each in the
// background.
type keeper struct {
	s       *Service
	work    sync.WaitGroup
	answers chan []byte // bodies of Recall commands
	stop    context.CancelFunc
	ctx     context.Context

	mu      sync.Mutex
	saved   map[uint64]chan struct{} // layers being saved
	durable uint64                   // last durable input
	grown   chan struct{}            // closed and replaced when durable grows
	last    uint64                   // input of the newest snapshot
	writing bool
}

func newKeeper(s *Service) *keeper {
	k := &keeper{s: s, answers: make(chan []byte, 256), saved: make(map[uint64]chan struct{}), grown: make(chan struct{})}
	k.ctx, k.stop = context.WithCancel(context.Background())
	return k
}

// begin takes a machine over that was just loaded: its layers that the journal
// lacks are saved, and look-ups that were under way are made again.
func (k *keeper) begin(e *clearance.Engine, snapshot, durable uint64) {
	k.mu.Lock()
	k.last = snapshot
	k.mu.Unlock()
	k.advance(durable)
	for _, l := range e.Closed() {
		k.save(l)
	}
	if keys := e.Outstanding(); len(keys) > 0 {
		k.look(keys, e.Window())
	}
}

// after does what an applied input asks of the journal. Called by the core.
func (k *keeper) after(e *clearance.Engine) {
	for _, l := range e.Closed() {
		k.save(l)
	}
	if keys := e.Wanted(); len(keys) > 0 {
		k.look(keys, e.Window())
	}
}

// save keeps a closed layer, trying until it succeeds.
func (k *keeper) save(l *clearance.Layer) {
	done := make(chan struct{})
	k.mu.Lock()
	k.saved[l.Number] = done
	k.mu.Unlock()
	k.work.Go(func() {
		var pages []journal.Page
		for _, p := range l.Pages() {
			pages = append(pages, journal.Page{First: p.First, Data: k.s.seals.keepState(p.Data, sealLayer)})
		}
		k.retry("layer", func() error { return k.s.cfg.Journal.SaveLayer(k.ctx, l.Number, pages) })
		close(done)
	})
}

func (k *keeper) retry(what string, f func() error) {
	for pause := 50 * time.Millisecond; k.ctx.Err() == nil; pause = min(2*pause, 5*time.Second) {
		err := f()
		if err == nil || k.ctx.Err() != nil {
			return
		}
		k.s.cfg.Log.Warn("could not be written, trying again", "what", what, "error", err)
		select {
		case <-time.After(pause):
		case <-k.ctx.Done():
		}
	}
}

// settled waits until the layers below a number are saved.
func (k *keeper) settled(below uint64) bool {
	k.mu.Lock()
	var wait []chan struct{}
	for n, ch := range k.saved {
		if n < below {
			wait = append(wait, ch)
		}
	}
	k.mu.Unlock()
	for _, ch := range wait {
		select {
		case <-ch:
		case <-k.ctx.Done():
			return false
		}
	}
	return true
}

// look finds keys in the layers below the window, newest first, and sends the
// answers to the core.
func (k *keeper) look(list []clearance.Lookup, window uint64) {
	k.work.Go(func() {
		if !k.settled(window) {
			return
		}
		for _, v := range list {
			var entry []byte
			k.retry("look-up", func() (err error) {
				entry, err = k.find(v)
				return err
			})
			select {
			case k.answers <- clearance.RecallBody{Key: v.Key, Entry: entry}.Encode():
			case <-k.ctx.Done():
				return
			}
		}
	})
}

func (k *keeper) find(v clearance.Lookup) ([]byte, error) {
	for _, n := range v.Layers {
		page, err := k.s.cfg.Journal.FindPage(k.ctx, n, v.Key)
		if errors.Is(err, journal.ErrNotFound) || page == nil && err == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		plain, err := k.s.seals.openState(page, sealLayer)
		if err != nil {
			return nil, err
		}
		if entry, err := clearance.FindInPage(plain, v.Key); entry != nil || err != nil {
			return entry, err
		}
	}
	return nil, nil
}

// advance tells that the inputs up to a number are durable.
func (k *keeper) advance(input uint64) {
	k.mu.Lock()
	k.durable = input
	close(k.grown)
	k.grown = make(chan struct{})
	k.mu.Unlock()
}

// snapshot takes the machine's state now and writes it as soon as its inputs
// are durable and its layers saved. Called by the core.
func (k *keeper) snapshot(e *clearance.Engine) {
	input, _ := e.Last()
	k.mu.Lock()
	due := !k.writing && input >= k.last+k.s.cfg.SnapshotEvery
	k.mu.Unlock()
	if !due {
		return
	}
	parts, layers := e.Snapshot(), e.NextLayer()
	if parts == nil {
		return
	}
	k.mu.Lock()
	k.writing = true
	k.mu.Unlock()
	k.work.Go(func() {
		if k.reached(input) && k.settled(layers) {
			k.retry("snapshot", func() error { return k.s.writeSnapshot(k.ctx, input, parts) })
		}
		k.mu.Lock()
		k.writing, k.last = false, input
		k.mu.Unlock()
	})
}

// reached waits until an input is durable.
func (k *keeper) reached(input uint64) bool {
	for {
		k.mu.Lock()
		ok, ch := k.durable >= input, k.grown
		k.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-ch:
		case <-k.ctx.Done():
			return false
		}
	}
}

// close ends the background work; what it had not finished is done again from
// the journal at the next start.
func (k *keeper) close() {
	k.stop()
	k.work.Wait()
}
