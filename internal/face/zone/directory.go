package zone

import (
	"context"
	"crypto/rand"
	"strings"

	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/listing"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/matter"
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

// cite names what a decision cites: a measure of the library by its id, or an
// entry in force of a directory that stands for rules, as DIRECTORY/ENTRY.
func (z *Zone) cite(id string) (matter.Words, bool) {
	dir, entry, ok := strings.Cut(id, "/")
	if !ok {
		return z.Library.Cite(id)
	}
	d := z.Directory.Define(dir)
	if d == nil || !d.Cite {
		return matter.Words{}, false
	}
	e, err := z.Directory.Record(context.Background(), dir, entry)
	if err != nil || !e.InForce(z.Directory.Today()) {
		return matter.Words{}, false
	}
	from := e.From.String()
	return matter.Words{ZH: d.Title.ZH + "：" + e.Name + "（" + from + "起）", EN: d.Title.EN + ": " + e.Name + " (from " + from + ")"}, true
}
