package dashboard

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/query"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/oversight/stats"
)

// The groups of states that the board speaks of.
var (
	passed  = []clearance.State{clearance.Released, clearance.Closed}
	held    = []clearance.State{clearance.Review, clearance.Inspect, clearance.Detained}
	refused = []clearance.State{clearance.Refused, clearance.Expired}
	onWay   = []clearance.State{clearance.Waiting, clearance.Concluded}
	// standing are declarations in force: not refused, withdrawn, deleted or returned.
	standing = slices.Concat(passed, held, onWay)
)

// board is what the dashboard and the wall screen show of one day.
type board struct {
	query      stats.Query
	states     []lookup.Count
	standing   map[lookup.Facet][]lookup.Count // of declarations in force
	slots      []lookup.Count                  // of all declared
	releases   []lookup.Count                  // by ten minutes
	heldBy     []lookup.Count                  // reasons
	refusedBy  []lookup.Count                  // reasons
	documents  []stats.Documents               // by kind; of the whole zone alone
	imports    stats.Times
	exports    stats.Times
	at         time.Time // up to when the figures are complete
	age        time.Duration
	behind     uint64 // decisions that are not in the figures yet
	today      clock.Day
	open       bool // may open parcels
	enterprise bool // may see figures by merchant
	words      names.Names
}

// most is how many values a ranking shows.
const most = 10

// board reads the figures of the day of an address.
func (p *pages) board(r *http.Request) (*board, error) {
	ctx, who := r.Context(), access.Of(r.Context())
	today := clock.DayOf(p.zone.Config.Clock.Now())
	day := today
	if v := r.URL.Query().Get("day"); v != "" {
		var err error
		if day, err = clock.ParseDay(v); err != nil {
			return nil, &ui.Problem{Status: 422, What: ui.T("日期无法识别："+v, "This day can't be read: "+v), Mend: ui.T("日期写作 2026-11-22", "a day is written 2026-11-22")}
		}
	}
	b := &board{query: stats.Query{Within: query.Reach(ctx, access.StatsRead), From: day, To: day}, today: today, open: who.May(access.ParcelRead),
		enterprise: who.May(access.EnterpriseRead), words: names.Of(p.zone)}
	if err := p.fill(ctx, b); err != nil {
		return nil, err
	}
	return b, p.complete(ctx, b)
}

// fill reads what the board shows.
func (p *pages) fill(ctx context.Context, b *board) error {
	figures := func(states []clearance.State, facets ...lookup.Facet) (map[lookup.Facet][]lookup.Count, error) {
		q := b.query
		q.States = states
		return p.zone.Stats.Figures(ctx, p.zone.Lookup, q, facets...)
	}
	all, err := figures(nil, lookup.ByState, lookup.BySlot, lookup.ByReleaseSlot, lookup.ByTime)
	if err != nil {
		return err
	}
	b.states, b.slots, b.releases = all[lookup.ByState], all[lookup.BySlot], all[lookup.ByReleaseSlot]
	b.imports, b.exports = stats.TimesOf(all[lookup.ByTime], clearance.Import), stats.TimesOf(all[lookup.ByTime], clearance.Export)
	if b.standing, err = figures(standing, lookup.ByDirection, lookup.ByMode, lookup.ByCountry, lookup.ByGoods, lookup.ByMerchant); err != nil {
		return err
	}
	stopped, err := figures(held, lookup.ByReason)
	if err != nil {
		return err
	}
	b.heldBy = stopped[lookup.ByReason]
	back, err := figures(refused, lookup.ByReason)
	if err != nil {
		return err
	}
	b.refusedBy = back[lookup.ByReason]
	documents, err := p.zone.Stats.Documents(ctx, b.query)
	b.documents = byKind(documents)
	return err
}

// byKind adds the documents of all slots.
func byKind(list []stats.Documents) []stats.Documents {
	at := make(map[int]int)
	var out []stats.Documents
	for _, d := range list {
		i, ok := at[d.Kind]
		if !ok {
			i = len(out)
			at[d.Kind] = i
			out = append(out, stats.Documents{Kind: d.Kind})
		}
		out[i].Accepted, out[i].Refused, out[i].Repeated = out[i].Accepted+d.Accepted, out[i].Refused+d.Refused, out[i].Repeated+d.Repeated
	}
	slices.SortFunc(out, func(a, b stats.Documents) int { return a.Kind - b.Kind })
	return out
}

// complete finds up to when the figures are complete: now, if nothing waits to be
// counted.
func (p *pages) complete(ctx context.Context, b *board) error {
	end, err := p.zone.Stats.End(ctx)
	if err != nil {
		return err
	}
	now := p.zone.Config.Clock.Now()
	if b.at = now; p.zone.Intake.Durable() > end.Seq {
		b.behind = p.zone.Intake.Durable() - end.Seq
		b.at = end.At
	}
	b.age = max(now.Sub(b.at), 0)
	return nil
}

// count adds the parcels in some states.
func (b *board) count(states []clearance.State) (n int64) {
	for _, c := range b.states {
		if s, _ := clearance.ParseState(c.Value); len(states) == 0 || slices.Contains(states, s) {
			n += c.N
		}
	}
	return n
}

// value adds what the parcels in some states are worth.
func (b *board) value(states []clearance.State) (fen money.Fen) {
	for _, c := range b.states {
		if s, _ := clearance.ParseState(c.Value); slices.Contains(states, s) {
			fen += c.Fen
		}
	}
	return fen
}

// parcels leads to the parcels in some states; "" for who may not open them.
func (b *board) parcels(states []clearance.State) string {
	q := b.query
	q.States = states
	return b.address(q.Filter())
}

// opens leads to the parcels behind a figure of some states.
func (b *board) opens(states []clearance.State, facet lookup.Facet, value string) string {
	q := b.query
	q.States = states
	return b.address(q.Open(facet, value))
}

func (b *board) address(f lookup.Filter) string {
	if !b.open {
		return ""
	}
	return query.Address(f)
}

// slow leads to the parcels of a direction that took longer than a percentile.
func (b *board) slow(t stats.Times, d clearance.Direction, percent int64) string {
	over := t.Over(percent, d)
	if len(over) == 0 {
		return ""
	}
	f := b.query.Filter()
	f.Times = over
	return b.address(f)
}

// self is the board's address with its day.
func (b *board) self(path string) string {
	at, err := url.Parse(path)
	if err != nil || b.query.From == b.today {
		return path
	}
	q := at.Query()
	q.Set("day", b.query.From.String())
	at.RawQuery = q.Encode()
	return at.String()
}

// whole is how many parcels the counts have, for shares.
func whole(list []lookup.Count) (n int64) {
	for _, c := range list {
		n += c.N
	}
	return n
}

// top are the first of a ranking.
func top(list []lookup.Count) []lookup.Count { return list[:min(len(list), most)] }

// share is how many of a hundred.
func share(n, of int64) string {
	if of == 0 {
		return ""
	}
	return ui.Count(n*100/of) + "%"
}

// word is a facet's value as people read it.
func (b *board) word(f lookup.Facet, value string) ui.Text {
	switch f {
	case lookup.ByMode:
		return ui.Mode(value)
	case lookup.ByCountry:
		return b.words.Country(value)
	case lookup.ByGoods:
		return names.Goods(value)
	case lookup.ByDirection:
		return ui.Direction(clearance.Direction(value[0]))
	case lookup.ByState:
		s, _ := clearance.ParseState(value)
		return ui.State(s)
	}
	return ui.T(value, value)
}
