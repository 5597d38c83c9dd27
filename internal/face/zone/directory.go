package zone

import (
	"context"
	"crypto/rand"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/listing"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/directory"
)

// newDirectory makes the directories and what they mean to trade. Figures, index
// and notices must be there.
func (z *Zone) newDirectory() {
	c := &z.Config
	z.Directory = directory.New(directory.Config{DB: z.Store.Services, Keys: z.Keys, Clock: c.Clock, Random: rand.Reader, Rules: z.Set, Audit: z.Audit, Bell: z.Notify,
		Clients: listing.Clients{Index: z.Lookup, Filings: z.Registry}, Codes: z.orgCodes})
	z.Listing = listing.New(listing.Config{DB: z.Store.Services, Directories: z.Directory, Index: z.Lookup, Filings: z.Registry, Facts: z.Facts, Notify: z.Notify,
		Rules: z.Set, Clock: c.Clock, Log: c.Log})
	z.Facts.Add(z.Listing)
	z.Facts.OwnedBy(fact.Brand, func(ctx context.Context, p *access.Principal, id string) bool {
		e, err := z.Directory.Record(ctx, listing.Brands, id)
		return err == nil && z.Directory.Mine(access.With(ctx, p), e)
	})
}
