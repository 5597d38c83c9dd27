package lookup

import (
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// Reach is how much of the zone a question may see (数据范围). The zero Reach
// sees nothing.
type Reach struct {
	All     bool     // the whole zone
	Parties []string // else what these enterprises have a part in
}

// Everything is the whole zone.
func Everything() Reach { return Reach{All: true} }

// Only is what some enterprises have a part in; none of them is nothing.
func Only(parties ...string) Reach { return Reach{Parties: parties} }

// Sees tells whether the reach takes a parcel in, as it stands.
func (r Reach) Sees(p *Parcel) bool { return r.All || slices.ContainsFunc(r.Parties, p.Of) }

// Filter chooses parcels; a zero field but Within asks for nothing. Fields are
// joined by and, the values of a field by or.
type Filter struct {
	Within    Reach
	Number    string   // any number by which Find finds it
	Parties   []string // enterprises that have a part in it: merchant, platform, agent, carrier or guarantor
	Merchants []string
	States    []clearance.State
	Statuses  []uint16 // newest receipt status
	Reasons   []string // codes of the newest status
	Direction clearance.Direction
	Modes     []string  // tradeMode
	Customs   []string  // districts
	Countries []string  // customs' three digits
	Goods     []string  // HS chapters or headings: two or four digits
	From, To  clock.Day // Beijing days of the first list, both included
	// Least and Most bound the value, both included; 0 is no bound.
	Least, Most money.Fen
	// Times are buckets of the time to release (ByTime), Slots and ReleaseSlots
	// ten minutes of the first list and of the release.
	Times, Slots, ReleaseSlots []string
}

// Matches tells whether a parcel is one of those that the filter chooses, but
// for its Number.
func (f *Filter) Matches(p *Parcel) bool {
	if !f.Within.Sees(p) || f.Least != 0 && p.Value < f.Least || f.Most != 0 && p.Value > f.Most {
		return false
	}
	for _, t := range f.terms() {
		found := false
		p.Facets(func(facet Facet, v string) { found = found || facet == t.facet && t.has(v) })
		if !found {
			return false
		}
	}
	return true
}

// term is one condition on a facet: one of the values, or between two.
type term struct {
	facet     Facet
	values    []string
	low, high string // both included, where there are no values
}

func (t *term) has(v string) bool {
	if t.values != nil {
		return slices.Contains(t.values, v)
	}
	return v >= t.low && v <= t.high
}

// condition is the term in a query whose next parameter is number next.
func (t *term) condition(next int) (string, []any) {
	at := func(n int) string { return "$" + strconv.Itoa(n) }
	if t.values == nil {
		return "facet = " + at(next) + " and value >= " + at(next+1) + " and value <= " + at(next+2), []any{int64(t.facet), t.low, t.high}
	}
	args := []any{int64(t.facet)}
	places := make([]string, len(t.values))
	for i, v := range t.values {
		args, places[i] = append(args, v), at(next+1+i)
	}
	return "facet = " + at(next) + " and value in (" + strings.Join(places, ",") + ")", args
}

// terms are the conditions of the filter on facets. One that no parcel can
// meet has no values.
func (f *Filter) terms() (out []term) {
	some := func(facet Facet, values []string) {
		if len(values) > 0 {
			out = append(out, term{facet: facet, values: values})
		}
	}
	if !f.Within.All {
		out = append(out, term{facet: ByParty, values: append([]string{}, f.Within.Parties...)})
	}
	some(ByParty, f.Parties)
	some(ByMerchant, f.Merchants)
	some(ByState, texts(f.States, clearance.State.String))
	some(ByStatus, texts(f.Statuses, func(v uint16) string { return strconv.Itoa(int(v)) }))
	some(ByReason, f.Reasons)
	if f.Direction != 0 {
		some(ByDirection, []string{string(rune(f.Direction))})
	}
	some(ByMode, f.Modes)
	some(ByCustoms, f.Customs)
	some(ByCountry, f.Countries)
	some(ByTime, f.Times)
	some(BySlot, f.Slots)
	some(ByReleaseSlot, f.ReleaseSlots)
	if t, ok := f.goods(); ok {
		out = append(out, t)
	}
	if t, ok := f.days(); ok {
		out = append(out, t)
	}
	return out
}

// goods is the condition on the main goods: one chapter is a range of headings,
// several are all their headings.
func (f *Filter) goods() (t term, ok bool) {
	switch {
	case len(f.Goods) == 0:
		return t, false
	case len(f.Goods) == 1 && len(f.Goods[0]) < headingDigits:
		return term{facet: ByGoods, low: f.Goods[0], high: f.Goods[0] + "~"}, true
	}
	values := []string{}
	for _, g := range f.Goods {
		if len(g) != 2 {
			values = append(values, g)
			continue
		}
		for n := range 100 {
			values = append(values, g+string(rune('0'+n/10))+string(rune('0'+n%10)))
		}
	}
	return term{facet: ByGoods, values: values}, true
}

const headingDigits = 4

// days is the condition on the day of the first list.
func (f *Filter) days() (t term, ok bool) {
	if f.From == 0 && f.To == 0 {
		return t, false
	}
	low, high := "0", "99999999"
	if f.From != 0 {
		low = strconv.Itoa(int(f.From))
	}
	if f.To != 0 {
		high = strconv.Itoa(int(f.To))
	}
	if low == high {
		return term{facet: ByDay, values: []string{low}}, true
	}
	return term{facet: ByDay, low: low, high: high}, true
}

func texts[T any](list []T, text func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = text(v)
	}
	return out
}
