package zone

import (
	"context"
	"slices"
	"sync"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/refdata"
	"pilotzone/packs"
)

// newRulebook makes what changes the rules in force. The jobs must be there.
func (z *Zone) newRulebook() {
	c := &z.Config
	z.Rulebook = rulebook.New(rulebook.Config{DB: z.Store.Services, Commands: z.Outbox, Audit: z.Audit, Clock: c.Clock, Rules: z.Intake.Rules, Delivered: z.delivered.Load,
		Check: z.CheckSet, Jobs: z.Jobs, TwoPeople: c.PackApproval == "two", Log: c.Log})
	z.Rulebook.Try("parcels", z.shadowParcels().Run)
	z.Rulebook.Try("incentives", func(ctx context.Context, old, new *pack.Set, progress func(done, total int64)) (rulebook.Report, error) {
		return z.Policy.Shadow(ctx, old, new, progress) // the room is made later
	})
	z.tellNewer()
	z.Rulebook.Try("incentives", z.Policy.Shadow)
}

// tellNewer says at the start that the program ships newer packs than those in
// force.
func (z *Zone) tellNewer() {
	if newer := z.Newer(); len(newer) > 0 {
		z.Config.Log.Info("the program ships other versions of packs in force: propose them under /packs/proposals to bring the rules up to date (程序自带的规则包版本与现行不同，可在规则变更中提案更新)", "packs", newer)
	}
}

// CheckSet is [CheckSet] with what only a running zone knows: the effects, guards
// and probes that definitions of matters may name.
func (z *Zone) CheckSet(set *pack.Set, today clock.Day) pack.Faults {
	return append(CheckSet(set, today), z.Matters.CheckSet(set)...)
}

// shadowParcels tries sets of packs out over the parcels that are stored.
func (z *Zone) shadowParcels() *rulebook.Parcels {
	hasher := z.Keys.Hasher()
	return &rulebook.Parcels{Inputs: z.Reader(), Last: z.lastInput, Filings: func() clearance.Filings { return newFilings() }, Now: z.Intake.Filings, Hasher: hasher,
		Extract: func(b *refdata.Book) *clearance.Extractor {
			return &clearance.Extractor{Hasher: z.Keys.Hasher(), Rules: b}
		},
		Merchant: z.EnterpriseName, Clock: z.Config.Clock}
}

// lastInput is the number of the last input that led to a durable decision.
func (z *Zone) lastInput(ctx context.Context) (uint64, error) {
	seq := z.Intake.Durable()
	if seq == 0 {
		return 0, nil
	}
	d, err := z.Reader().Decision(ctx, seq)
	if err != nil {
		return 0, err
	}
	return d.Input, nil
}

// SwitchNow proposes packs and switches them on at once, and returns the decision
// by which the core did: 0 when the answer is lost, as after a crash. Errors:
// those of rulebook.Service.
func (z *Zone) SwitchNow(ctx context.Context, d rulebook.Draft) (decision uint64, err error) {
	p, err := z.Rulebook.Propose(ctx, d)
	if err != nil {
		return 0, err
	}
	if _, err := z.Rulebook.Switch(ctx, p.Number); err != nil {
		return 0, err
	}
	return z.switched(ctx)
}

// RollBack goes back to the rules before the last switch; the decision is as of
// SwitchNow.
func (z *Zone) RollBack(ctx context.Context, note string) (decision uint64, err error) {
	if _, err := z.Rulebook.Back(ctx, note); err != nil {
		return 0, err
	}
	return z.switched(ctx)
}

// switched waits for the last switch to be in force.
func (z *Zone) switched(ctx context.Context) (decision uint64, err error) {
	if err := z.Rulebook.Settled(ctx); err != nil {
		return 0, err
	}
	list, err := z.Rulebook.Switches(ctx, 1)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	a, _ := z.answers.get(list[0].Command)
	return a.Last, nil
}

// ProposeShipped proposes packs that this program ships, by name: the way in which
// a store that is in use gets the rules of a newer program.
func (z *Zone) ProposeShipped(ctx context.Context, names []string, note string) (*rulebook.Proposal, error) {
	d := rulebook.Draft{Note: note}
	for _, name := range names {
		if !slices.Contains(packs.Shipped(), name) {
			return nil, rulebook.ErrUnknown
		}
		p, err := shippedPack(name)
		if err != nil {
			return nil, err
		}
		d.Packs = append(d.Packs, p)
	}
	return z.Rulebook.Propose(ctx, d)
}

// Newer are the packs in force that this program ships in another version: what
// an operator may propose after an update (ProposeShipped).
func (z *Zone) Newer() []string {
	var out []string
	for _, p := range z.Set().Packs() {
		if !slices.Contains(packs.Shipped(), p.Name) {
			continue
		}
		own, err := shippedPack(p.Name)
		if err == nil && own.Version() != p.Version() {
			out = append(out, p.Name)
		}
	}
	return out
}

// shippedPack reads a pack that the program ships, once.
func shippedPack(name string) (*pack.Pack, error) {
	if p, ok := shippedPacks.Load(name); ok {
		return p.(*pack.Pack), nil // nothing else is stored
	}
	p, err := pack.LoadFS(packs.Files, name)
	if err == nil {
		shippedPacks.Store(name, p)
	}
	return p, err
}

var shippedPacks sync.Map // string → *pack.Pack
