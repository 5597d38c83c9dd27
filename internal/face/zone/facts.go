package zone

import (
	"context"
	"crypto/rand"
	"slices"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
)

// newFacts makes figures and declarations. The index must be there, with z.Trade
// as its rider.
func (z *Zone) newFacts() {
	c := &z.Config
	rules := func() *pack.Set { return z.Intake.Rules().Set() }
	z.Declarations = declaration.New(declaration.Config{DB: z.Store.Services, Audit: z.Audit, Clock: c.Clock, Random: rand.Reader, Rules: rules, Known: z.knownList})
	z.Facts = fact.New(fact.Config{DB: z.Store.Services, Trade: z.Trade, Declarations: z.Declarations, Registry: z.Registry, Audit: z.Audit, Clock: c.Clock,
		Random: rand.Reader, Rules: rules, OrgName: z.namedOrg})
}

// knownList tells whether a list cleared here has the number.
func (z *Zone) knownList(ctx context.Context, number string) (bool, error) {
	list, err := z.Lookup.Find(ctx, number)
	return slices.ContainsFunc(list, func(p lookup.Parcel) bool { return p.InvtNo == number }), err
}

// namedOrg is the name of an organisation that is there.
func (z *Zone) namedOrg(ctx context.Context, id string) (string, bool) {
	o, err := z.Accounts.Org(access.With(ctx, access.System()), id)
	if err != nil {
		return "", false
	}
	return o.Name, true
}

// index follows the decisions with the search index. Figures that are new to a
// store in use begin with building the index anew.
func (z *Zone) index(ctx context.Context) error {
	at, err := z.Lookup.Position(ctx)
	if err != nil {
		return err
	}
	behind, err := z.Trade.Behind(ctx, at)
	if err != nil {
		return err
	}
	conduct, err := z.Cultivation.Conduct.Behind(ctx, at)
	if err != nil {
		return err
	}
	if behind || conduct {
		if err := z.Lookup.Rebuild(ctx); err != nil {
			return err
		}
	}
	return z.Lookup.Follow(ctx, z.Intake)
}
