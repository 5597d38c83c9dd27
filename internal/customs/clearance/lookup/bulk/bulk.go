// Package bulk writes many rows of one table with one statement, so that a
// consumer keeps up with the core on either database.
package bulk

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"pilotzone/internal/kernel/store"
)

// rowsAtOnce is how many rows a statement writes: enough that its cost is
// shared, few enough that the last, shorter one of a batch is not all of it.
const rowsAtOnce = 64

// Inserter takes rows of one table and writes them in the order given. It lives
// no longer than its transaction.
type Inserter struct {
	tx         *store.Tx
	head, tail string
	columns    int
	args       []any
	many       *sql.Stmt // of rowsAtOnce rows
}

// Insert makes an inserter for statements `head (…),(…) tail` with rows of
// columns values each: head is "insert into t (a, b) values ", tail what
// follows the rows, such as " on conflict do nothing".
func Insert(tx *store.Tx, head string, columns int, tail string) *Inserter {
	return &Inserter{tx: tx, head: head, tail: tail, columns: columns, args: make([]any, 0, columns*rowsAtOnce)}
}

// Add takes a row in and writes when there are enough.
func (w *Inserter) Add(ctx context.Context, row ...any) error {
	if w.args = append(w.args, row...); len(w.args) == cap(w.args) {
		return w.Flush(ctx)
	}
	return nil
}

// Flush writes the rows that are not written yet.
func (w *Inserter) Flush(ctx context.Context) (err error) {
	n := len(w.args) / w.columns
	switch {
	case n == 0:
		return nil
	case n < rowsAtOnce:
		_, err = w.tx.Exec(ctx, w.query(n), w.args...)
	default:
		if w.many == nil {
			if w.many, err = w.tx.Prepare(ctx, w.query(n)); err != nil {
				return err
			}
		}
		_, err = w.many.ExecContext(ctx, w.args...)
	}
	w.args = w.args[:0]
	return store.Wrap("write rows", err)
}

func (w *Inserter) query(rows int) string {
	var b strings.Builder
	b.WriteString(w.head)
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range w.columns {
			if j > 0 {
				b.WriteByte(',')
			}
			if w.tx.Dialect() == store.SQLite {
				b.WriteByte('?') // numbered ones cost the driver a search each
				continue
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i*w.columns + j + 1))
		}
		b.WriteByte(')')
	}
	b.WriteString(w.tail)
	return b.String()
}

// Close frees the prepared statement; rows that were not flushed are lost.
func (w *Inserter) Close() {
	if w.many != nil {
		_ = w.many.Close()
	}
}

// Places is the list of n places in a query, "$1,$2,…".
func Places(n int) string { return PlacesFrom(1, n) }

// PlacesFrom is the list of n places in a query that begins with number first.
func PlacesFrom(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// NotNil keeps an empty value from becoming NULL.
func NotNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
