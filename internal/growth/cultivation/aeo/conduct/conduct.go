// Package conduct counts how an enterprise's lists fared at customs (通关合规数据):
// refused, late, inspected, found wrong. The AEO self-check takes its platform
// figures from here.
//
// Invariant: the counts are exactly those of the decisions that the search index
// has taken in, since they are written in its transactions and thrown away with it.
package conduct

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"maps"
	"slices"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables, in the search database.
func Migrations() []store.Migration {
	return []store.Migration{{File: store.Search, Owner: "conduct", FS: files}}
}

// Year is how a merchant's lists of a year fared.
type Year struct {
	Lists     int64 `json:"lists"`
	Refused   int64 `json:"refused" doc:"Lists that stand refused, for late documents too."`
	Late      int64 `json:"late" doc:"Refused because documents came too late."`
	Inspected int64 `json:"inspected"`
	Wrong     int64 `json:"wrong" doc:"Inspections that ended with detention or return."`
}

func (y Year) plus(o Year) Year {
	return Year{y.Lists + o.Lists, y.Refused + o.Refused, y.Late + o.Late, y.Inspected + o.Inspected, y.Wrong + o.Wrong}
}

// Permille is a part of a whole per thousand, rounded up: what is not nought never
// shows as nought.
func Permille(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return (part*1000 + whole - 1) / whole
}

// Service keeps the counts; it is a rider of the index. Its reading methods are safe
// for concurrent use.
type Service struct{ db *store.DB }

// New makes the service of a store in which Migrations have run.
func New(st *store.Store) *Service { return &Service{st.Search} }

type key struct {
	enterprise string
	year       int
}

// Take brings the counts to where the index stands (lookup.Rider).
func (s *Service) Take(ctx context.Context, tx *store.Tx, decisions []*clearance.Decision, changes []lookup.Change) error {
	sums, parcels := map[key]Year{}, make(map[uint64]*lookup.Parcel, len(changes))
	for _, c := range changes {
		parcels[c.After.Number] = c.After
		if c.Before != nil {
			enter(sums, c.Before, -1)
		}
		enter(sums, c.After, 1)
	}
	for _, d := range decisions {
		p := parcels[d.Number]
		if p == nil || d.From == d.To {
			continue
		}
		k := key{p.Merchant, p.Day.Year()}
		if d.To == clearance.Inspect {
			sums[k] = sums[k].plus(Year{Inspected: 1})
		}
		if d.From == clearance.Inspect && (d.To == clearance.Detained || d.To == clearance.Returned) {
			sums[k] = sums[k].plus(Year{Wrong: 1})
		}
	}
	order := slices.SortedFunc(maps.Keys(sums), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.enterprise, b.enterprise), cmp.Compare(a.year, b.year))
	})
	for _, k := range order {
		v := sums[k]
		if k.enterprise == "" || v == (Year{}) {
			continue
		}
		if _, err := tx.Exec(ctx, `insert into conduct_years (enterprise, year, lists, refused, late, inspected, wrong) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (enterprise, year) do update set lists = conduct_years.lists + excluded.lists, refused = conduct_years.refused + excluded.refused, late = conduct_years.late + excluded.late,
			inspected = conduct_years.inspected + excluded.inspected, wrong = conduct_years.wrong + excluded.wrong`, k.enterprise, int64(k.year), v.Lists, v.Refused, v.Late, v.Inspected, v.Wrong); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `insert into conduct_end (id, seq) values (1, $1) on conflict (id) do update set seq = excluded.seq`, int64(decisions[len(decisions)-1].Seq))
	return err
}

// enter puts a parcel in (sign 1) or takes it out (-1).
func enter(sums map[key]Year, p *lookup.Parcel, sign int64) {
	if p.State == clearance.None {
		return
	}
	v := Year{Lists: sign}
	switch p.State {
	case clearance.Refused:
		v.Refused = sign
	case clearance.Expired:
		v.Refused, v.Late = sign, sign
	}
	k := key{p.Merchant, p.Day.Year()}
	sums[k] = sums[k].plus(v)
}

// Clear throws the counts away (lookup.Rider).
func (s *Service) Clear(ctx context.Context, tx *store.Tx) error {
	for _, name := range []string{"conduct_years", "conduct_end"} {
		if _, err := tx.Exec(ctx, "delete from "+name); err != nil {
			return err
		}
	}
	return nil
}

// Behind tells whether the index, which stands at a decision, has parcels that the
// counts never saw: then it must be built anew (lookup.Index.Rebuild).
func (s *Service) Behind(ctx context.Context, index uint64) (bool, error) {
	var seq int64
	err := s.db.Read().QueryRowContext(ctx, `select seq from conduct_end where id = 1`).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return uint64(seq) < index, store.Wrap("read", err)
}

// Of is how the lists of a merchant (of "", of each) fared in a year, by its code.
func (s *Service) Of(ctx context.Context, enterprise string, year int) (map[string]Year, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select enterprise, lists, refused, late, inspected, wrong from conduct_years where year = $1 and ($2 = '' or enterprise = $2)`, int64(year), enterprise)
	if err != nil {
		return nil, store.Wrap("read", err)
	}
	defer rows.Close()
	out := map[string]Year{}
	for rows.Next() {
		var v Year
		var code string
		if err := rows.Scan(&code, &v.Lists, &v.Refused, &v.Late, &v.Inspected, &v.Wrong); err != nil {
			return nil, err
		}
		out[code] = v
	}
	return out, store.Wrap("read", rows.Err())
}
