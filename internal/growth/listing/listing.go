// Package listing is what directories (名录) mean to trade: which figures follow
// from brands, trademarks, certificates and providers (a source of package fact);
// who really was whose client, for ratings; whom a standard or market measure
// concerns, and that they are told; how a brand is evaluated before it is
// recognised.
//
// Invariants: clients and concerns are counted from parcels that are released and
// not taken back, never from what anybody claims; an alert reaches those alone who
// sold such goods there within the year that ends on the day, and stands for one
// fact of the stream of directories, so that it is told once.
package listing

import (
	"context"
	"errors"
	"log/slog"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/directory"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/registry"
)

// The directories that rooms know by name.
const (
	Brands       = "brands"
	Trademarks   = "trademarks"
	Certificates = "product-certificates"
	Turnovers    = "brand-turnovers"
	Providers    = "service-providers"
	Bases        = "training-bases"
	Innovations  = "innovations"
	NegativeList = "service-trade-negative-list"
)

// Index counts parcels; *lookup.Index is one.
type Index interface {
	Count(ctx context.Context, f lookup.Filter) (lookup.Total, error)
	Tally(ctx context.Context, f lookup.Filter, facets ...lookup.Facet) (map[lookup.Facet][]lookup.Count, error)
}

// Filings finds enterprises; *registry.Registry is one.
type Filings interface {
	ByCode(ctx context.Context, code string) (*registry.Filing, error)
}

// Config is what the service works on.
type Config struct {
	DB          *store.DB // services
	Directories *directory.Service
	Index       Index
	Filings     Filings
	Facts       *fact.Service
	Notify      *notify.Service
	Rules       func() *pack.Set
	Clock       clock.Clock
	Log         *slog.Logger
}

// Service answers. It is safe for many goroutines.
type Service struct{ c Config }

// New makes the service.
func New(c Config) *Service { return &Service{c} }

// codes are the codes under which an enterprise stands in parcels.
func codesOf(ctx context.Context, filings Filings, code string) ([]string, error) {
	f, err := filings.ByCode(ctx, code)
	if errors.Is(err, registry.ErrNotFiled) {
		return []string{code}, nil
	}
	if err != nil {
		return nil, err
	}
	out := []string{code}
	for _, c := range []string{f.CustomsCode, f.USCC} {
		if c != "" && c != code {
			out = append(out, c)
		}
	}
	return out, nil
}

// Clients is real trade as ratings need it (directory.Clients): a provider's
// clients are the merchants of parcels in which it was platform, declarant,
// carrier or guarantor. Parcels do not name who handled the payment.
type Clients struct {
	Index   Index
	Filings Filings
}

// Client tells whether a provider served a client in a year.
func (c Clients) Client(ctx context.Context, provider, client string, year int) (bool, error) {
	f, err := c.filter(ctx, provider, year)
	if err != nil {
		return false, err
	}
	if f.Merchants, err = codesOf(ctx, c.Filings, client); err != nil {
		return false, err
	}
	n, err := c.Index.Count(ctx, f)
	return n.N > 0, err
}

// Served counts the merchants that a provider served in a year.
func (c Clients) Served(ctx context.Context, provider string, year int) (int, error) {
	f, err := c.filter(ctx, provider, year)
	if err != nil {
		return 0, err
	}
	counts, err := c.Index.Tally(ctx, f, lookup.ByMerchant)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range counts[lookup.ByMerchant] {
		if !contains(f.Parties, m.Value) {
			n++
		}
	}
	return n, nil
}

// filter chooses the parcels of a year in which a provider had a part.
func (c Clients) filter(ctx context.Context, provider string, year int) (lookup.Filter, error) {
	codes, err := codesOf(ctx, c.Filings, provider)
	return lookup.Filter{Within: lookup.Everything(), Parties: codes, States: trade.InForce, From: clock.NewDay(year, 1, 1), To: clock.NewDay(year, 12, 31)}, err
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// market chooses the exports of a year that ends on a day to which an entry of a
// directory with a market speaks; false if the entry names no country.
func market(d *directory.Definition, e *directory.Entry, today clock.Day) (lookup.Filter, bool) {
	if d == nil || d.Market == nil || e.Text(d.Market.Country) == "" {
		return lookup.Filter{}, false
	}
	f := lookup.Filter{Within: lookup.Everything(), Direction: clearance.Export, States: trade.InForce, Countries: []string{e.Text(d.Market.Country)},
		From: today.AddMonths(-12).AddDays(1), To: today}
	if d.Market.Goods != "" {
		if hs := e.Text(d.Market.Goods); hs != "" {
			f.Goods = []string{hs[:min(4, len(hs))]}
		}
	}
	return f, true
}
