// Package cultivation is what the rooms of cultivation (培育服务) have in common:
// bookable places, events, fairs, the attraction pipeline, matching, talent, the
// enterprise repository and the AEO self-check stand in packages below it.
//
// Invariants: every change of a record is one transaction with its line of
// history and its entry in the audit chain; what is another's is answered as if
// it were not there; notes that people type are sealed; a record belongs to a
// party, which is an enterprise by its code, an organisation ("org:ID") or a
// person ("person:ACCOUNT").
package cultivation

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/notify"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migration makes the tables that the rooms share, in the services database.
var Migration = store.Migration{File: store.Services, Owner: "cultivation", FS: files}

// Log takes entries of the audit chain; *audit.Log is one.
type Log interface {
	Write(ctx context.Context, tx *store.Tx, e audit.Entry) error
}

// Desk is what every room works on. Its methods are safe for concurrent use.
type Desk struct {
	DB    *store.DB // services
	Audit Log
	Keys  *keys.Keyring
	Clock clock.Clock
	// Rules is the set of packs in force.
	Rules func() *pack.Set
	// Bell puts notices to people's bells, in the transaction of what they tell; nil:
	// nobody is told.
	Bell func(ctx context.Context, tx *store.Tx, list ...notify.Notice) error
}

// Today is the day in Beijing.
func (d *Desk) Today() clock.Day { return clock.DayOf(d.Clock.Now()) }

// Now is the time in microseconds UTC.
func (d *Desk) Now() int64 { return clock.Micros(d.Clock.Now()) }

// Number gives the next number of a room's records.
func (d *Desk) Number(ctx context.Context, tx *store.Tx, room string) (n int64, err error) {
	err = tx.QueryRow(ctx, `insert into cultivation_numbers (name, last) values ($1, 1)
		on conflict (name) do update set last = cultivation_numbers.last + 1 returning last`, room).Scan(&n)
	return n, err
}

// Did is what was done about a record: Act in one word, Note in words of people.
type Did struct {
	Room string
	ID   int64
	Act  string
	Note string
}

// Wrote writes what the caller did into the record's history and the audit chain.
func (d *Desk) Wrote(ctx context.Context, tx *store.Tx, v Did) error {
	who := access.Of(ctx)
	if who == nil {
		who = access.System()
	}
	n, err := d.Number(ctx, tx, fmt.Sprintf("act:%s:%d", v.Room, v.ID))
	if err != nil {
		return err
	}
	sealed := d.Keys.Seal(nil, []byte(v.Note), Bound("act", v.Room, v.ID, n))
	if _, err := tx.Exec(ctx, `insert into cultivation_acts (room, id, number, at, actor, name, act, note) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		v.Room, v.ID, n, d.Now(), who.ID, who.Name, v.Act, sealed); err != nil {
		return err
	}
	return d.Audit.Write(ctx, tx, audit.Entry{Actor: who.ID, Org: who.Org, Act: v.Room + "." + v.Act, Object: fmt.Sprintf("%s:%d", v.Room, v.ID), Outcome: audit.Done, Detail: v.Note})
}

// Line is a line of a record's history (办理记录).
type Line struct {
	At   int64  `json:"at" doc:"µs UTC"`
	Name string `json:"name" doc:"Who did it."`
	Act  string `json:"act"`
	Note string `json:"note,omitempty"`
}

// History is what was done about a record, the oldest first. Who may see the
// record is the room's to say.
func (d *Desk) History(ctx context.Context, room string, id int64) ([]Line, error) {
	type row struct {
		Line
		number int64
		note   []byte
	}
	rows, err := All(ctx, d.Reader(), func(r Row, v *row) error { return r.Scan(&v.number, &v.At, &v.Name, &v.Act, &v.note) },
		`select number, at, name, act, note from cultivation_acts where room = $1 and id = $2 order by number`, room, id)
	if err != nil {
		return nil, err
	}
	out := make([]Line, 0, len(rows))
	for i := range rows {
		plain, err := d.Keys.Open(nil, rows[i].note, Bound("act", room, id, rows[i].number))
		if err != nil {
			return nil, fmt.Errorf("history of %s %d: %w", room, id, err)
		}
		rows[i].Note = string(plain)
		out = append(out, rows[i].Line)
	}
	return out, nil
}

// Bound is what a sealed value is bound to.
func Bound(parts ...any) []byte { return []byte(fmt.Sprintln(parts...)) }

// Row is what a query's answers can do.
type Row interface{ Scan(...any) error }

// Querier reads, in a transaction or outside of one.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

type reader struct{ db *sql.DB }

// Query implements Querier.
func (r reader) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return r.db.QueryContext(ctx, query, args...)
}

// Reader reads outside of transactions.
func (d *Desk) Reader() Querier { return reader{d.DB.Read()} }

// All reads all rows of a query.
func All[T any](ctx context.Context, q Querier, scan func(Row, *T) error, query string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, store.Wrap("read", err)
	}
	defer rows.Close()
	out := []T{}
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, store.Wrap("read", rows.Err())
}

// One reads the first row of a query; ErrNotFound if there is none.
func One[T any](ctx context.Context, q Querier, scan func(Row, *T) error, query string, args ...any) (*T, error) {
	list, err := All(ctx, q, scan, query, args...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, ErrNotFound
	}
	return &list[0], nil
}

// Party is for whom the caller acts: the enterprise asked for, if it is the
// caller's or a client's; of none asked for, the caller's own enterprise, else
// its organisation, else the person. Errors: ErrNotOwn.
func Party(ctx context.Context, asked string) (string, error) {
	p := access.Of(ctx)
	switch {
	case p == nil:
		return "", ErrDenied
	case asked != "":
		if !slices.Contains(Parties(ctx), asked) {
			return "", ErrNotOwn
		}
		return asked, nil
	}
	for _, c := range p.Codes {
		if len(c) == 10 { // the customs code is the enterprise's id
			return c, nil
		}
	}
	if len(p.Codes) > 0 {
		return p.Codes[0], nil
	}
	if p.Org != "" {
		return "org:" + p.Org, nil
	}
	return "person:" + p.ID, nil
}

// Parties are all for whom the caller may act.
func Parties(ctx context.Context) []string {
	p := access.Of(ctx)
	if p == nil {
		return nil
	}
	out := p.Entrusted()
	if p.Org != "" {
		out = append(out, "org:"+p.Org)
	}
	if len(p.Codes) == 0 && p.Org == "" && p.ID != "" {
		out = append(out, "person:"+p.ID)
	}
	return out
}

// Reach tells how far a permission goes for a record of a party: whether the
// caller sees it at all, and whether as an office that sees all.
func Reach(ctx context.Context, need access.Permission, party string) (sees, office bool) {
	switch access.Of(ctx).Scope(need) {
	case access.Zone:
		return true, true
	case access.Own:
		return slices.Contains(Parties(ctx), party), false
	}
	return false, false
}

// In is an SQL condition that a column is one of the values, whose placeholders
// begin at number from; of no values it is false.
func In(column string, values []string, from int) (string, []any) {
	if len(values) == 0 {
		return "1 = 0", nil
	}
	args, marks := make([]any, len(values)), make([]string, len(values))
	for i, v := range values {
		args[i], marks[i] = v, fmt.Sprintf("$%d", from+i)
	}
	return column + " in (" + strings.Join(marks, ", ") + ")", args
}

// Clean trims a text that somebody typed and bounds it: at least least and at
// most characters. field is its name in forms, words name it for the refusal.
func Clean(text *string, field string, words pack.Text, least, most int) error {
	*text = strings.TrimSpace(*text)
	n := utf8.RuneCountInString(*text)
	bad := strings.ContainsFunc(*text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' })
	if n < least || n > most || bad || !utf8.ValidString(*text) {
		return Invalid("text", fmt.Sprintf("%s须为 %d 至 %d 个字符", words.ZH, least, most), fmt.Sprintf("%s has %d to %d characters", words.EN, least, most), "修改后重新提交", "mend it and send it again").At(field)
	}
	return nil
}

// Setting is a whole number that the packs in force lay down today (parameter);
// 0 if they lay down none.
func (d *Desk) Setting(name string) int64 {
	if v, ok := d.Rules().Param(name, d.Today()); ok {
		return v.Int()
	}
	return 0
}
