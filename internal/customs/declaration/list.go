package declaration

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

const columns = `batch, line, number, kind, day, year, direction, mode, country, enterprise, value, currency, original, status, order_no, aside, state`

func scan(rows *sql.Rows) (d Declaration, err error) {
	var direction string
	var year int
	err = rows.Scan(&d.Batch, &d.Line, &d.Number, &d.Kind, &d.Day, &year, &direction, &d.Mode, &d.Country, &d.Enterprise, &d.Value, &d.Currency, &d.Original,
		&d.Status, &d.Order, &d.Aside, &d.State)
	if direction != "" {
		d.Direction = clearance.Direction(direction[0])
	}
	return d, err
}

// Filter chooses declarations; a zero field asks for nothing.
type Filter struct {
	Enterprise string
	Year       int
	Number     string // every version of it
	Batch      string // every row of the file, whether it counts or not
	Before     string // cursor: only what stands behind it
	Limit      int    // 1 to 500; 40 if 0
}

// Cursor is the place of a declaration in a list.
func (d *Declaration) Cursor() string {
	return strconv.Itoa(int(d.Day)) + "." + d.Number + "." + d.Batch
}

// enterprises are those whose declarations the caller may see; all with all.
func enterprises(ctx context.Context) (list []string, all bool) {
	p := access.Of(ctx)
	switch p.Scope(access.FigureRead) {
	case access.Zone:
		return nil, true
	case access.Own:
		return p.Entrusted(), false
	}
	return nil, false
}

// Find is a page of declarations that the caller may see, the newest first: those
// in force, unless a number or a file is asked for.
func (s *Service) Find(ctx context.Context, f Filter) (out []Declaration, err error) {
	where, args := []string{}, []any{}
	add := func(cond string, v ...any) {
		for range v {
			args = append(args, v[0])
			cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(args)), 1)
			v = v[1:]
		}
		where = append(where, cond)
	}
	if list, all := enterprises(ctx); !all {
		if len(list) == 0 {
			return nil, nil
		}
		values := make([]any, len(list))
		for i, v := range list {
			values[i] = v
		}
		add("enterprise in (?"+strings.Repeat(", ?", len(list)-1)+")", values...)
	}
	if f.Number == "" && f.Batch == "" {
		add("state = ?", int(Current))
	}
	if f.Number != "" {
		add("number = ?", f.Number)
	}
	if f.Batch != "" {
		add("batch = ?", f.Batch)
	}
	if f.Enterprise != "" {
		add("enterprise = ?", f.Enterprise)
	}
	if f.Year != 0 {
		add("year = ?", f.Year)
	}
	if at := strings.SplitN(f.Before, ".", 3); len(at) == 3 {
		day, _ := strconv.Atoi(at[0]) // what is no cursor begins at the newest
		if day > 0 {
			add("(day < ? or day = ? and (number < ? or number = ? and batch < ?))", day, day, at[1], at[1], at[2])
		}
	}
	if f.Limit < 1 || f.Limit > 500 {
		f.Limit = 40
	}
	if len(where) == 0 {
		where = []string{"1 = 1"}
	}
	args = append(args, f.Limit)
	err = s.each(ctx, func(rows *sql.Rows) error {
		d, err := scan(rows)
		out = append(out, d)
		return err
	}, `select `+columns+` from declaration_rows where `+strings.Join(where, " and ")+` order by day desc, number desc, batch desc limit $`+strconv.Itoa(len(args)), args...)
	return out, err
}

const batchColumns = `id, name, org, actor, at, lines, value, state, matter, decided, decider`

func scanBatch(row interface{ Scan(...any) error }) (b Batch, err error) {
	var at, decided int64
	err = row.Scan(&b.ID, &b.Name, &b.Org, &b.Actor, &at, &b.Rows, &b.Value, &b.State, &b.Matter, &decided, &b.Decider)
	b.At = clock.FromMicros(at)
	if decided != 0 {
		b.Decided = clock.FromMicros(decided)
	}
	return b, err
}

// Batches are the newest files that the caller may see: those of one's own
// organisation, or all with FigureRead over the zone.
func (s *Service) Batches(ctx context.Context, most int) (out []Batch, err error) {
	p := access.Of(ctx)
	where, args := "state <> $1", []any{int(Reading)}
	switch p.Scope(access.FigureRead) {
	case access.None:
		return nil, nil
	case access.Own:
		where, args = where+" and org = $2", append(args, p.Org)
	}
	args = append(args, most)
	err = s.each(ctx, func(rows *sql.Rows) error {
		b, err := scanBatch(rows)
		out = append(out, b)
		return err
	}, `select `+batchColumns+` from declaration_batches where `+where+` order by at desc, id limit $`+strconv.Itoa(len(args)), args...)
	return out, err
}

// Batch is one file that the caller may see; ErrNotFound otherwise.
func (s *Service) Batch(ctx context.Context, id string) (*Batch, error) {
	b, err := scanBatch(s.db.Read().QueryRowContext(ctx, `select `+batchColumns+` from declaration_batches where id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && b.State == Reading {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, store.Wrap("read a file of declarations", err)
	}
	p := access.Of(ctx)
	scopes := []access.Scope{p.Scope(access.FigureRead), p.Scope(access.EvidenceFile)}
	if slices.Contains(scopes, access.Zone) || b.Org != "" && p != nil && p.Org == b.Org && scopes[0] != access.None {
		return &b, nil
	}
	return nil, errors.Join(ErrNotFound, s.record(ctx, "declaration.read", "declarations:"+id))
}
