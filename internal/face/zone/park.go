package zone

import (
	"context"
	"crypto/rand"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
)

// newPark makes the register of parks and places. Figures and index must be there.
func (z *Zone) newPark() {
	c := &z.Config
	z.Park = park.New(park.Config{DB: z.Store.Services, Clock: c.Clock, Random: rand.Reader, Audit: z.Audit, Rules: z.Set, Figures: z.Facts, Consents: z.Facts,
		Trade: park.Cleared{Index: z.Lookup, Filings: z.Registry}, Filings: z.Registry, Log: c.Log})
	z.Facts.Add(z.Park)
	for _, k := range []fact.Kind{fact.Park, fact.Belt, fact.Warehouse} {
		z.Facts.OwnedBy(k, func(ctx context.Context, _ *access.Principal, id string) bool { return z.Park.Owns(ctx, id) })
	}
}
