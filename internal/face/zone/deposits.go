package zone

import (
	"context"
	"sync"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/intake"
	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/once"
	"pilotzone/internal/kernel/store"
)

// answers keeps what the core said to commands of the outbox, for those who wait
// for them.
type answers struct {
	mu   sync.Mutex
	kept map[uint64]intake.Answer
	last []uint64
}

// keptAnswers is how many answers are kept: more than can be waited for.
const keptAnswers = 4096

func (a *answers) put(id uint64, v intake.Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil {
		a.kept = map[uint64]intake.Answer{}
	}
	if a.kept[id] = v; len(a.last) == keptAnswers {
		delete(a.kept, a.last[0])
		a.last = a.last[1:]
	}
	a.last = append(a.last, id)
}

func (a *answers) get(id uint64) (intake.Answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v, ok := a.kept[id]
	return v, ok
}

// Deposit lodges security of a guarantor, or takes it out, exactly once: the
// command is written with the caller's key (one that was used already adds
// nothing), and the core takes each command in once by its number. known is
// false when the core took it in and its answer is lost, as after a crash: the
// balance then tells.
func (z *Zone) Deposit(ctx context.Context, caller, key string, body clearance.DepositBody) (a intake.Answer, known bool, err error) {
	var id uint64
	err = z.Store.Services.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if key != "" {
			if id, err = z.Once.Command(ctx, tx, caller, key); err != nil || id != 0 {
				return err
			}
		}
		if id, err = z.Outbox.Add(ctx, tx, taxbill.CommandDeposit, body.Encode()); err != nil {
			return err
		}
		if err := z.Audit.Write(ctx, tx, entryOf(ctx, "deposit.make", "guarantor:"+body.Guarantor, "amount="+money.Fen(body.Amount).String())); err != nil || key == "" {
			return err
		}
		return z.Once.Note(ctx, tx, caller, key, id)
	})
	if err != nil {
		return a, false, err
	}
	for {
		decided := z.Decided.Wait()
		if z.delivered.Load() >= id {
			a, known = z.answers.get(id)
			return a, known, nil
		}
		select {
		case <-decided:
		case <-afterPoll():
		case <-ctx.Done():
			return a, false, ctx.Err()
		}
	}
}

// newOnce opens the keys of requests that happen once.
func (z *Zone) newOnce() *once.Store { return once.New(z.Store.Services, z.Keys, z.Config.Clock) }
