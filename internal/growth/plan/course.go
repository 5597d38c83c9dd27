package plan

import (
	"context"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
)

// Point is what was reached of a target in a month, as it was seen then (进展记录).
type Point struct {
	Target string
	Place  string // division code; "" is the zone
	Month  clock.Day
	At     time.Time // of the last look in that month
	Known  bool
	Have   rule.Value
	State  State
	// Withheld: made of few enterprises, and the reader sees no single figures.
	Withheld bool
}

// Record keeps where every target stands now as that of the month; a later look
// in the same month takes its place, earlier months never change. A worker calls
// it; it returns how many targets were kept.
func (s *Service) Record(ctx context.Context) (int, error) {
	r, err := s.Rules()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, p := range r.Plans {
		list, err := s.progress(ctx, p.ID)
		if err != nil {
			return n, err
		}
		var flat []Progress
		for _, g := range list {
			flat = append(append(flat, g), g.Places...)
		}
		month, at := int64(s.today())/100, clock.Micros(s.now())
		err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i := range flat {
				if err := keep(ctx, tx, &flat[i], month, at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n += len(flat)
	}
	return n, nil
}

func keep(ctx context.Context, tx *store.Tx, g *Progress, month, at int64) error {
	kind := ""
	if g.Known {
		kind = g.Have.Type().String()
	}
	_, err := tx.Exec(ctx, `insert into plan_progress (plan, target, place, month, at, known, type, amount, state, few) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (plan, target, place, month) do update set at = excluded.at, known = excluded.known, type = excluded.type, amount = excluded.amount, state = excluded.state, few = excluded.few`,
		g.Plan.ID, g.Target.ID, g.Place.ID, month, at, g.Known, kind, number(g.Have), string(g.State), g.Few)
	return err
}

// Course is what was reached of the targets of a plan month by month, oldest
// first, for the caller as Progress; target "" is all of them.
func (s *Service) Course(ctx context.Context, plan, target string) ([]Point, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select target, place, month, at, known, type, amount, state, few from plan_progress
		where plan = $1 and ($2 = '' or target = $2) order by target, place, month`, plan, target)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Point
	for rows.Next() {
		var p Point
		var month, at, amount int64
		var kind, state string
		var few bool
		if err := rows.Scan(&p.Target, &p.Place, &month, &at, &p.Known, &kind, &amount, &state, &few); err != nil {
			return nil, err
		}
		p.Month, p.At, p.State = clock.Day(month*100+1), clock.FromMicros(at), State(state)
		switch kind {
		case rule.TypeMoney.String():
			p.Have = rule.Fen(money.Fen(amount))
		case rule.TypeInt.String():
			p.Have = rule.Int(amount)
		}
		if few && !Reads(ctx) {
			p.Withheld, p.Have, p.State = true, rule.Value{}, told(p.State)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
