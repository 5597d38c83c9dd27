package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"

	"pilotzone/internal/kernel/store"
)

// The statements of a commit on SQLite, in the order of sqliteBackend.stmts.
const (
	stmtBegin = iota
	stmtCommit
	stmtRollback
	stmtShard
	stmtBatch
	stmtSegment
	stmtInput
	stmtDecision
	stmtLog
	stmtCount
)

var sqliteStatements = [stmtCount]string{
	stmtBegin:    `begin immediate`,
	stmtCommit:   `commit`,
	stmtRollback: `rollback`,
	stmtShard: `update shards set last_batch = ?, last_input = ?, last_decision = ?, hash = ?
		where shard = ? and epoch = ? and last_batch = ?`,
	stmtBatch: `insert into batches (shard, number, first_input, last_input, first_decision, last_decision, at, prev_hash, hash)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	stmtSegment:  `insert into segments (shard, first, count, directory, block) values (?, ?, ?, ?, ?)`,
	stmtInput:    `insert into inputs (shard, seq, kind, at, body) values (?, ?, ?, ?, ?)`,
	stmtDecision: `insert into decisions (shard, first, count, block) values (?, ?, ?, ?)`,
	stmtLog:      `pragma wal_checkpoint(noop)`,
}

// sqliteBackend commits through a connection of its own below database/sql:
// the statements stay prepared and nothing is converted.
type sqliteBackend struct {
	db    *store.DB
	conn  driver.Conn // nil until needed, and after a failure
	stmts [stmtCount]driver.StmtExecContext
	log   driver.StmtQueryContext // stmtLog
	args  []driver.NamedValue
	keep  checkpointer

	finding sync.Mutex // guards find
	find    *sql.Stmt  // findPage; nil until needed
}

// open connects and prepares.
func (k *sqliteBackend) open(ctx context.Context) error {
	conn, err := k.db.Connect(ctx)
	if err != nil {
		return err
	}
	for i, text := range sqliteStatements {
		stmt, err := conn.Prepare(text)
		if err != nil {
			return errors.Join(fmt.Errorf("prepare %q: %w", text, err), conn.Close())
		}
		k.stmts[i] = stmt.(driver.StmtExecContext) // modernc.org/sqlite implements both
	}
	k.log = k.stmts[stmtLog].(driver.StmtQueryContext)
	k.conn = conn
	return nil
}

// exec runs a statement. It is never interrupted half-way: a commit that has
// begun goes on to its end, whatever becomes of the caller's context.
func (k *sqliteBackend) exec(stmt int, args ...driver.Value) (driver.Result, error) {
	k.args = k.args[:0]
	for i, v := range args {
		k.args = append(k.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return k.stmts[stmt].ExecContext(context.Background(), k.args)
}

func (k *sqliteBackend) commit(ctx context.Context, shard int64, state State, b *Batch) error {
	release, err := k.db.Turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	if k.conn == nil {
		if err := k.open(ctx); err != nil {
			return err
		}
	}
	if _, err := k.exec(stmtBegin); err != nil {
		return err
	}
	if err := k.insert(shard, state, b); err != nil {
		// SQLite may have rolled back by itself; a failure here closes the
		// connection, which rolls back too.
		_, _ = k.exec(stmtRollback)
		return err
	}
	if _, err := k.exec(stmtCommit); err != nil {
		return err
	}
	k.keep.committed(k)
	return nil
}

// insert writes all rows of b.
func (k *sqliteBackend) insert(shard int64, state State, b *Batch) error {
	r, err := k.exec(stmtShard, int64(b.Number), int64(b.LastInput), int64(b.LastDecision), b.Hash[:],
		shard, int64(state.Epoch), int64(state.Batch))
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrFenced, err)
	}
	_, err = k.exec(stmtBatch, shard, int64(b.Number), int64(b.FirstInput), int64(b.LastInput),
		int64(b.FirstDecision), int64(b.LastDecision), b.At, b.PrevHash[:], b.Hash[:])
	if err != nil {
		return err
	}
	for i := range b.Segments {
		s := &b.Segments[i]
		if _, err := k.exec(stmtSegment, shard, int64(s.First), int64(s.Count), blob(s.Directory), blob(s.Block)); err != nil {
			return err
		}
	}
	for i := range b.Inputs {
		in := &b.Inputs[i]
		if _, err := k.exec(stmtInput, shard, int64(in.Seq), int64(in.Kind), in.At, blob(in.Body)); err != nil {
			return err
		}
	}
	for i := range b.Decisions {
		d := &b.Decisions[i]
		if _, err := k.exec(stmtDecision, shard, int64(d.First), int64(d.Count), blob(d.Block)); err != nil {
			return err
		}
	}
	return nil
}

// blob makes an empty blob of nil, which the driver would take for NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// settled implements backend. Commits of SQLite end before commit returns, so
// there is nothing to wait for.
func (k *sqliteBackend) settled(ctx context.Context, shard int64) (State, error) {
	return scanState(k.db.Read().QueryRowContext(ctx, readState, shard))
}

// page implements backend.
func (k *sqliteBackend) page(ctx context.Context, shard, layer int64, key []byte) (data []byte, err error) {
	k.finding.Lock()
	if k.find == nil {
		k.find, err = k.db.Read().PrepareContext(ctx, findPage)
	}
	find := k.find
	k.finding.Unlock()
	if err != nil {
		return nil, err
	}
	err = find.QueryRowContext(ctx, shard, layer, key).Scan(&data)
	return data, err
}

func (k *sqliteBackend) reset() {
	k.keep.wait()
	if k.conn != nil {
		_ = k.conn.Close() // it is in doubt anyway
		k.conn = nil
	}
}

func (k *sqliteBackend) close() error {
	k.keep.wait()
	var errs []error
	if k.conn != nil {
		_ = emptyLog(k.conn) // what stays in the log is durable all the same
		errs = append(errs, k.conn.Close())
		k.conn = nil
	}
	k.finding.Lock()
	defer k.finding.Unlock()
	if k.find != nil {
		errs = append(errs, k.find.Close())
		k.find = nil
	}
	return errors.Join(errs...)
}
