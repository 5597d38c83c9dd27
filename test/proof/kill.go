package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
)

// The moments at which the service is killed, counted from when it takes
// messages; in some rounds from when its process was started, so that it
// is also killed while it recovers.
const (
	soonest, latest   = 50 * time.Millisecond, 1500 * time.Millisecond
	latestWhileStarts = 150 * time.Millisecond
	senders           = 8
)

// killing is a service that is killed again and again under load.
type killing struct {
	program   string
	place     place
	kills     int
	seed      uint64
	documents int       // most of a message
	said      io.Writer // progress

	startingEvery int // every so many rounds the kill comes while the service starts

	supply   *supply
	moments  *rand.Rand
	lost     atomic.Int64 // requests without an answer
	starting int          // kills while it started
	restarts []time.Duration
}

// run kills the service so often, has it answer everything at the end, and
// looks at what is stored.
func (k *killing) run(ctx context.Context) (*report, error) {
	began := time.Now()
	var err error
	if k.supply, err = newSupply(k.seed, began, k.documents); err != nil {
		return nil, err
	}
	k.moments = rand.New(rand.NewPCG(k.seed, 1))
	if err := prepare(ctx, k.place, k.supply); err != nil {
		return nil, fmt.Errorf("prepare the store: %w", err)
	}
	for n := range k.kills {
		if err := k.round(ctx, n); err != nil {
			return nil, fmt.Errorf("kill %d: %w", n+1, err)
		}
		fmt.Fprintf(k.said, "kill %d of %d: %d messages acknowledged, %d without an answer\n", n+1, k.kills, k.supply.messages, k.supply.waiting())
	}
	if err := k.finish(ctx); err != nil {
		return nil, err
	}
	r := &report{Problems: []string{}, Kills: k.kills, KillsWhileStarting: k.starting, Seed: k.seed, Messages: k.supply.messages, Unanswered: k.lost.Load(), Resent: k.supply.resent}
	r.restarts(k.restarts)
	if err := r.look(ctx, k.program, k.place, k.supply); err != nil {
		return nil, err
	}
	r.Seconds = time.Since(began).Round(time.Second).Seconds()
	return r, nil
}

// round starts the service, sends to it, and kills it.
func (k *killing) round(ctx context.Context, n int) error {
	s, err := launch(k.program, k.place)
	if err != nil {
		return err
	}
	defer s.end()
	if n%k.startingEvery == k.startingEvery-1 {
		k.starting++
		return k.whileStarting(ctx, s)
	}
	if err := k.ready(ctx, s); err != nil {
		return err
	}
	moment := soonest + time.Duration(k.moments.Int64N(int64(latest-soonest)))
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	sent := make(chan error, 1)
	c := k.clients()
	go func() { sent <- c.send(ctx, s.url) }()
	select {
	case err := <-sent: // it went away by itself, or answered wrongly
		return errors.Join(errors.New("the sending ended before the kill"), err, errors.New(tail(s.said.String())))
	case <-time.After(moment):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.kill()
	return <-sent
}

// whileStarting kills the service before it takes messages, or soon after.
func (k *killing) whileStarting(ctx context.Context, s *service) error {
	select {
	case <-time.After(time.Duration(k.moments.Int64N(int64(latestWhileStarts)))):
	case <-s.exited:
		return fmt.Errorf("%w while it started:\n%s", errEnded, tail(s.said.String()))
	case <-ctx.Done():
		return ctx.Err()
	}
	s.kill()
	return nil
}

func (k *killing) ready(ctx context.Context, s *service) error {
	began := time.Now()
	if err := s.ready(ctx); err != nil {
		return err
	}
	k.restarts = append(k.restarts, time.Since(began))
	return nil
}

func (k *killing) clients() *clients {
	return &clients{supply: k.supply, number: senders, lost: func(message, error) { k.lost.Add(1) }}
}

// finish starts the service once more, has everything answered that was not,
// and stops it in good order.
func (k *killing) finish(ctx context.Context) error {
	s, err := launch(k.program, k.place)
	if err != nil {
		return err
	}
	defer s.end()
	if err := k.ready(ctx, s); err != nil {
		return err
	}
	k.supply.close()
	if err := k.clients().send(ctx, s.url); err != nil {
		return err
	}
	if n := k.supply.waiting(); n > 0 {
		return fmt.Errorf("%d messages are still without an answer", n)
	}
	if code, err := s.stop(); err != nil || code != 0 {
		return fmt.Errorf("stop: code %d, %w\n%s", code, err, tail(s.said.String()))
	}
	return nil
}

// restarts notes how long the service took to take messages again.
func (r *report) restarts(all []time.Duration) {
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	r.RestartMedianMS, r.RestartLongestMS = all[len(all)/2].Milliseconds(), all[len(all)-1].Milliseconds()
}
