package park

import (
	"context"
	"net/url"
	"strings"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/growth/fact/trade"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Sum is what some parcels come to, and where they are seen.
type Sum struct {
	Parcels int64
	Value   money.Fen // customs value of imports, sum of the lines in yuan of exports
	Open    string    // path of the list of these parcels
}

// Cleared is the trade that the search index knows; an enterprise's is that under
// all codes of its filing.
type Cleared struct {
	Index   *lookup.Index
	Filings Filings
}

func (c Cleared) codes(ctx context.Context, enterprise string) []string {
	codes := []string{enterprise}
	f, err := c.Filings.ByCode(ctx, enterprise)
	if err != nil {
		return codes
	}
	for _, code := range []string{f.CustomsCode, f.USCC} {
		if code != "" && code != enterprise {
			codes = append(codes, code)
		}
	}
	return codes
}

func (c Cleared) filter(ctx context.Context, merchant string, from, to clock.Day) lookup.Filter {
	return trade.Open(from, to, c.codes(ctx, merchant)...)
}

func (c Cleared) sum(ctx context.Context, f lookup.Filter) (Sum, error) {
	counts, err := c.Index.Tally(ctx, f, lookup.ByDirection)
	s := Sum{Open: opens(f)}
	for _, n := range counts[lookup.ByDirection] {
		s.Parcels += n.N
		if s.Value, err = s.Value.Add(n.Fen); err != nil {
			return s, err
		}
	}
	return s, err
}

// opens is the list of a filter's parcels on the console.
func opens(f lookup.Filter) string {
	q := url.Values{"merchant": f.Merchants}
	for _, state := range f.States {
		q.Add("state", state.String())
	}
	if len(f.Parties) > 0 {
		q.Set("enterprise", strings.Join(f.Parties, " "))
	}
	if len(f.Countries) > 0 {
		q.Set("country", strings.Join(f.Countries, " "))
	}
	if f.From != 0 {
		q.Set("from", f.From.String())
	}
	if f.To != 0 {
		q.Set("to", f.To.String())
	}
	return "/parcels?" + q.Encode()
}

// Of sums the parcels in force of a merchant on some days.
func (c Cleared) Of(ctx context.Context, merchant string, from, to clock.Day) (Sum, error) {
	return c.sum(ctx, c.filter(ctx, merchant, from, to))
}

// With sums those of them that went to or came from a country.
func (c Cleared) With(ctx context.Context, merchant, country string, from, to clock.Day) (Sum, error) {
	f := c.filter(ctx, merchant, from, to)
	f.Countries = []string{country}
	return c.sum(ctx, f)
}

// By sums those of a merchant in which another enterprise had a part.
func (c Cleared) By(ctx context.Context, merchant, enterprise string, from, to clock.Day) (Sum, error) {
	f := c.filter(ctx, merchant, from, to)
	f.Parties = c.codes(ctx, enterprise)
	return c.sum(ctx, f)
}

// First is the day of a merchant's first parcel in force.
func (c Cleared) First(ctx context.Context, merchant string) (clock.Day, error) {
	counts, err := c.Index.Tally(ctx, c.filter(ctx, merchant, 0, 0), lookup.ByDay)
	if err != nil {
		return 0, err
	}
	first := ""
	for _, n := range counts[lookup.ByDay] {
		if first == "" || n.Value < first {
			first = n.Value
		}
	}
	if first == "" {
		return 0, nil
	}
	return clock.ParseDay(first[:4] + "-" + first[4:6] + "-" + first[6:])
}
