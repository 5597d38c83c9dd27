package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"pilotzone/internal/kernel/store"
)

const (
	// checkpointPages is the length of the write-ahead log from which it is
	// copied into the database file: 16 MiB. The log of batches is written in
	// order and hardly any page twice, so a longer log would not save writes, and
	// the longer it is the longer commits wait for the disk behind the copy.
	checkpointPages = 16 << 20 / store.PageSize
	// checkpointRest is what a checkpoint may leave for its last step, which
	// keeps commits waiting: 1 MiB.
	checkpointRest = 1 << 20 / store.PageSize
	// checkpointRounds bounds the steps beside the commits.
	checkpointRounds = 4
)

// checkpointer copies the write-ahead log of SQLite into the database file
// beside the commits. The log can be begun again from its start only when
// nothing in it is uncopied, which never happens while commits go on; so most
// is copied beside them, and the small rest within a writer's turn.
type checkpointer struct {
	busy atomic.Bool
	done sync.WaitGroup
	next int64 // pages of the log at which to begin
}

// committed looks at the length of the log and starts a checkpoint when it is
// due. It is called in a writer's turn.
func (c *checkpointer) committed(k *sqliteBackend) {
	if c.busy.Load() {
		return
	}
	pages, _, err := checkpointStep(k.log)
	if err != nil { // the commit is durable all the same; the backstop of the store checkpoints
		return
	}
	if pages < checkpointPages {
		c.next = checkpointPages
	}
	if pages < c.next {
		return
	}
	c.next = pages + checkpointPages // should readers keep the log from being begun again
	c.busy.Store(true)
	c.done.Go(func() {
		defer c.busy.Store(false)
		// A failure is left to the next time and to the backstop: what is in the
		// log is durable.
		_ = checkpoint(k.db)
	})
}

// wait returns when no checkpoint is under way.
func (c *checkpointer) wait() { c.done.Wait() }

// checkpoint copies the log over a connection of its own.
func checkpoint(db *store.DB) (err error) {
	ctx := context.Background()
	conn, err := db.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	copyAll, err := conn.Prepare(`pragma wal_checkpoint(passive)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copyAll.Close()) }()
	look, err := conn.Prepare(sqliteStatements[stmtLog])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, look.Close()) }()
	for range checkpointRounds {
		if _, _, err := checkpointStep(copyAll.(driver.StmtQueryContext)); err != nil {
			return err
		}
		pages, copied, err := checkpointStep(look.(driver.StmtQueryContext))
		if err != nil {
			return err
		}
		if pages-copied <= checkpointRest { // commits went on meanwhile
			break
		}
	}
	release, err := db.Turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	_, _, err = checkpointStep(copyAll.(driver.StmtQueryContext))
	return err
}

// emptyLog copies all of the log into the database file and empties it, so that
// a store that is closed is one file again. A reader in the way leaves the log
// for the next start; nothing is lost by it.
func emptyLog(conn driver.Conn) error {
	empty, err := conn.Prepare(`pragma wal_checkpoint(truncate)`)
	if err != nil {
		return err
	}
	_, _, err = checkpointStep(empty.(driver.StmtQueryContext))
	return errors.Join(err, empty.Close())
}

// checkpointStep runs a checkpoint statement and returns the length of the log
// and how much of it has been copied, in pages.
func checkpointStep(q driver.StmtQueryContext) (pages, copied int64, err error) {
	rows, err := q.QueryContext(context.Background(), nil)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = rows.Close() }()
	row := make([]driver.Value, 3)
	if err := rows.Next(row); err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, err
	}
	pages, _ = row[1].(int64)
	copied, _ = row[2].(int64)
	return pages, copied, nil
}
