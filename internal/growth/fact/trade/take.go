package trade

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/customs/clearance/lookup/bulk"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// cellKey is the key of facts_trade.
type cellKey struct {
	enterprise    string
	month         Month
	direction     clearance.Direction
	mode, country string
}

// servedKey is the key of facts_served.
type servedKey struct {
	enterprise string
	year       int
	role       string
	client     string
}

// The roles of those who serve, as they are stored.
const (
	asPlatform = "p"
	asAgent    = "a"
	asCarrier  = "c"
)

// sheet gathers the changes of a batch.
type sheet struct {
	cells  map[cellKey]Sum
	served map[servedKey]Sum
}

// Take brings the figures to where the index stands (lookup.Rider).
func (s *Service) Take(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision, changes []lookup.Change) error {
	g := sheet{make(map[cellKey]Sum), make(map[servedKey]Sum)}
	for _, c := range changes {
		if c.Before != nil {
			g.enter(c.Before, -1)
		}
		g.enter(c.After, 1)
	}
	if err := g.writeCells(ctx, tx); err != nil {
		return err
	}
	if err := g.writeServed(ctx, tx); err != nil {
		return err
	}
	last := decisions[len(decisions)-1]
	_, err := tx.Exec(ctx, `insert into facts_end (id, seq, at) values (1, $1, $2) on conflict (id) do update set seq = excluded.seq, at = excluded.at`,
		int64(last.Seq), last.At)
	return err
}

// Clear throws the figures away (lookup.Rider).
func (s *Service) Clear(ctx context.Context, tx *store.Tx) error {
	for _, name := range []string{"facts_trade", "facts_served", "facts_end"} {
		if _, err := tx.Exec(ctx, "delete from "+name); err != nil {
			return err
		}
	}
	return nil
}

// enter puts a parcel in (sign 1) or takes it out (-1), if it counts.
func (g *sheet) enter(p *lookup.Parcel, sign int64) {
	if !slices.Contains(InForce, p.State) || p.Merchant == "" {
		return
	}
	sum := Sum{sign, money.Fen(sign) * p.Value, money.Fen(sign) * p.Tax}
	month := MonthOf(p.Day)
	k := cellKey{p.Merchant, month, p.Direction, p.Mode, p.Country}
	g.cells[k] = g.cells[k].plus(sum)
	for role, who := range map[string]string{asPlatform: p.Platform, asAgent: p.Agent, asCarrier: p.Carrier} {
		if who == "" || who == p.Merchant && role != asPlatform {
			continue
		}
		k := servedKey{who, month.Year(), role, p.Merchant}
		g.served[k] = g.served[k].plus(sum)
	}
}

func (g *sheet) writeCells(ctx context.Context, tx *store.Tx) error {
	maps.DeleteFunc(g.cells, func(_ cellKey, s Sum) bool { return s == Sum{} })
	keys := slices.SortedFunc(maps.Keys(g.cells), func(a, b cellKey) int {
		return cmp.Or(cmp.Compare(a.enterprise, b.enterprise), cmp.Compare(a.month, b.month), cmp.Compare(a.direction, b.direction),
			cmp.Compare(a.mode, b.mode), cmp.Compare(a.country, b.country))
	})
	w := bulk.Insert(tx, `insert into facts_trade (enterprise, month, direction, mode, country, parcels, value, tax) values `, 8,
		` on conflict (enterprise, month, direction, mode, country) do update set parcels = facts_trade.parcels + excluded.parcels,
		value = facts_trade.value + excluded.value, tax = facts_trade.tax + excluded.tax`)
	defer w.Close()
	for _, k := range keys {
		s := g.cells[k]
		if err := w.Add(ctx, k.enterprise, int64(k.month), string(rune(k.direction)), k.mode, k.country, s.Parcels, int64(s.Value), int64(s.Tax)); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}

func (g *sheet) writeServed(ctx context.Context, tx *store.Tx) error {
	maps.DeleteFunc(g.served, func(_ servedKey, s Sum) bool { return s == Sum{} })
	keys := slices.SortedFunc(maps.Keys(g.served), func(a, b servedKey) int {
		return cmp.Or(cmp.Compare(a.enterprise, b.enterprise), cmp.Compare(a.year, b.year), cmp.Compare(a.role, b.role), cmp.Compare(a.client, b.client))
	})
	w := bulk.Insert(tx, `insert into facts_served (enterprise, year, role, client, parcels, value, tax) values `, 7,
		` on conflict (enterprise, year, role, client) do update set parcels = facts_served.parcels + excluded.parcels,
		value = facts_served.value + excluded.value, tax = facts_served.tax + excluded.tax`)
	defer w.Close()
	for _, k := range keys {
		s := g.served[k]
		if err := w.Add(ctx, k.enterprise, int64(k.year), k.role, k.client, s.Parcels, int64(s.Value), int64(s.Tax)); err != nil {
			return err
		}
	}
	return w.Flush(ctx)
}
