package zone

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/registry"
)

// newPolicy makes incentives. Figures, parks and the ledger must be there.
func (z *Zone) newPolicy() {
	c := &z.Config
	z.Facts.Add(levels{z})
	z.Policy = policy.New(policy.Config{DB: z.Store.Services, Keys: z.Keys, Clock: c.Clock, Random: rand.Reader, Ledger: z.Ledger, Audit: z.Audit, Figures: z.Facts, Rules: z.Set,
		Holder: z.holder, Holders: z.holders, Log: c.Log})
}

// holder is one subject of incentives with whose it is.
func (z *Zone) holder(ctx context.Context, who fact.Subject) (*policy.Holder, error) {
	if who.Kind == fact.Enterprise {
		f, err := z.Registry.ByCode(ctx, who.ID)
		if errors.Is(err, registry.ErrNotFiled) {
			return nil, policy.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		h := filed(f)
		if h.Subject != who {
			return nil, policy.ErrNotFound // its other code, under which no figures are kept
		}
		return &h, nil
	}
	list, err := z.holders(ctx, who.Kind)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Subject == who {
			return &list[i], nil
		}
	}
	return nil, policy.ErrNotFound
}

// filed is an enterprise as a subject: by its customs code, or the id of its
// filing where it has none, as its figures are kept.
func filed(f *registry.Filing) policy.Holder {
	code := f.CustomsCode
	if code == "" {
		code = f.ID
	}
	return policy.Holder{Subject: fact.Subject{Kind: fact.Enterprise, ID: code}, Name: f.Name, Enterprise: code}
}

// holders are all subjects of a kind.
func (z *Zone) holders(ctx context.Context, k fact.Kind) ([]policy.Holder, error) {
	switch k {
	case fact.Enterprise:
		return z.filedAll(ctx)
	case fact.Park:
		return z.places(ctx, k, park.Park)
	case fact.Belt:
		return z.places(ctx, k, park.Belt)
	case fact.Warehouse:
		return z.places(ctx, k, park.Overseas, park.Consolidation)
	case fact.Place:
		return z.zones(), nil
	}
	return nil, nil
}

// zones are the zones whose packs are in force: nobody's own.
func (z *Zone) zones() (out []policy.Holder) {
	for _, p := range z.Set().Packs() {
		if p.Name != "national" {
			out = append(out, policy.Holder{Subject: fact.Subject{Kind: fact.Place, ID: p.Name}, Name: p.Title.ZH})
		}
	}
	return out
}

func (z *Zone) filedAll(ctx context.Context) ([]policy.Holder, error) {
	var out []policy.Holder
	for after := ""; ; {
		list, err := z.Registry.List(ctx, after, 1000)
		if err != nil || len(list) == 0 {
			return out, err
		}
		for i := range list {
			out = append(out, filed(&list[i]))
		}
		after = list[len(list)-1].ID
	}
}

func (z *Zone) places(ctx context.Context, as fact.Kind, kinds ...park.Kind) ([]policy.Holder, error) {
	var out []policy.Holder
	for after := ""; ; {
		list, err := z.Park.List(access.With(ctx, access.System()), park.Query{Kinds: kinds, State: park.Open, After: after, Limit: 500})
		if err != nil || len(list) == 0 {
			return out, err
		}
		for _, p := range list {
			out = append(out, policy.Holder{Subject: fact.Subject{Kind: as, ID: p.ID}, Name: p.Title.ZH, Org: p.Org, Enterprise: p.Enterprise})
		}
		after = list[len(list)-1].ID
	}
}

// watchAwards opens the budgets of the packs and proposes to take back awards
// whose figures were corrected, once a day and when other packs are switched on.
func (z *Zone) watchAwards(ctx context.Context) error {
	var done clock.Day
	var set *pack.Set
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if today, now := clock.DayOf(z.Config.Clock.Now()), z.Set(); today != done || now != set {
			err := z.Policy.OpenBudgets(access.With(ctx, access.System()))
			if err == nil {
				_, err = z.Policy.Watch(ctx)
			}
			if err == nil {
				done, set = today, now
			} else if ctx.Err() == nil {
				z.Config.Log.Warn("awards could not be watched, will try again (奖补核查未完成，将重试)", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
