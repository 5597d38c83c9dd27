package journal

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// LimitPages bounds the file of a SQLite journal to so many pages, until the
// journal connects anew.
func LimitPages(j Journal, pages int) error {
	k := j.(*log).back.(*sqliteBackend)
	if err := k.open(context.Background()); err != nil {
		return err
	}
	_, err := k.conn.(driver.ExecerContext).ExecContext(context.Background(), fmt.Sprintf("pragma max_page_count = %d", pages), nil)
	return err
}

// HotQueries are the queries that must find their row through an index, with
// arguments.
var HotQueries = map[string][]any{
	findPage:    {0, 1, make([]byte, KeySize)},
	findSegment: {0, 300},
	findBlock:   {0, 300},
}
