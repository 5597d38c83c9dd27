// Package saved keeps the searches that people save for themselves (已存查询): a
// name and the filters of a list as they stand in its address.
//
// Invariants: a search belongs to one account and nobody else reads it; it is
// the question alone, never its answer, so it opens to what its owner may see on
// the day it is opened; an account has at most Most of them a list.
package saved

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migration is the table, in the services database.
var Migration = store.Migration{File: store.Services, Owner: "saved", FS: migrations}

// The bounds of what is kept.
const (
	Most      = 50   // searches of an account and list
	mostName  = 40   // characters
	mostQuery = 2000 // bytes
)

// Search is a search that somebody saved.
type Search struct {
	Name  string
	Query string // without the question mark, in url.Values' order
	At    time.Time
}

// Fault is what is wrong with a search, in both languages.
type Fault struct{ ZH, EN, FixZH, FixEN string }

func (f *Fault) Error() string {
	return fmt.Sprintf("%s (%s): %s (%s)", f.EN, f.ZH, f.FixEN, f.FixZH)
}

// Faults that Save returns.
var (
	ErrName  = &Fault{"名称须为 1 至 40 个字符", "a name has 1 to 40 characters", "换一个较短的名称", "choose a shorter name"}
	ErrQuery = &Fault{"查询条件过长或无法识别", "the filters are too long or not readable", "减少条件后再保存", "save it with fewer filters"}
	ErrMany  = &Fault{"已存查询已满 50 个", "there are 50 saved searches already", "先删除不用的查询", "delete one that is not used first"}
)

// Searches is the service.
type Searches struct {
	db    *store.DB
	clock clock.Clock
}

// New makes the service of a store in which Migration has run.
func New(db *store.DB, c clock.Clock) *Searches { return &Searches{db, c} }

// Save keeps a search of an account under a name; one of that name is replaced.
// Errors: *Fault.
func (s *Searches) Save(ctx context.Context, owner, list, name, query string) error {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > mostName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return ErrName
	}
	values, err := url.ParseQuery(query)
	if err != nil || len(query) > mostQuery {
		return ErrQuery
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var others int
		rows, err := tx.Query(ctx, `select count(*) from saved_searches where owner = $1 and list = $2 and name <> $3`, owner, list, name)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&others); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		rows.Close()
		if others >= Most {
			return ErrMany
		}
		_, err = tx.Exec(ctx, `insert into saved_searches (owner, list, name, query, at) values ($1, $2, $3, $4, $5)
			on conflict (owner, list, name) do update set query = excluded.query, at = excluded.at`,
			owner, list, name, values.Encode(), clock.Micros(s.clock.Now()))
		return err
	})
}

// Delete forgets a search; one that is not there is no error.
func (s *Searches) Delete(ctx context.Context, owner, list, name string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `delete from saved_searches where owner = $1 and list = $2 and name = $3`, owner, list, name)
		return err
	})
}

// List returns the searches of an account by name.
func (s *Searches) List(ctx context.Context, owner, list string) (out []Search, err error) {
	err = s.db.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `select name, query, at from saved_searches where owner = $1 and list = $2 order by name`, owner, list)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v Search
			var at int64
			if err := rows.Scan(&v.Name, &v.Query, &at); err != nil {
				return err
			}
			v.At = clock.FromMicros(at)
			out = append(out, v)
		}
		return rows.Err()
	})
	return out, store.Wrap("read saved searches", err)
}
