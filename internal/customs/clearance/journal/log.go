package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"pilotzone/internal/kernel/store"
)

// log is the journal on either store. All it does in SQL that both share is
// here; what differs is the backend.
type log struct {
	s     *store.Store
	shard int64
	back  backend

	// For the goroutine of the writer alone.
	holder string            // "" before Acquire
	lock   *store.WriterLock // nil before Acquire
	state  State
	known  bool // state is what the database holds
	fenced bool

	epoch  atomic.Uint64 // 0 before Acquire
	saving sync.Mutex    // layers and snapshots are saved one at a time
}

// backend is what the two stores do differently.
type backend interface {
	// commit runs the one transaction of b after state; ErrFenced when the
	// compare-and-set fails.
	commit(ctx context.Context, shard int64, state State, b *Batch) error
	// settled reads the end of the log when no commit of this process can still
	// be under way.
	settled(ctx context.Context, shard int64) (State, error)
	// page runs findPage with a statement that stays prepared; sql.ErrNoRows when
	// there is no such page.
	page(ctx context.Context, shard, layer int64, key []byte) ([]byte, error)
	// reset gives up a connection that is in doubt.
	reset()
	close() error
}

const (
	stateColumns = `epoch, last_batch, last_input, last_decision, hash`
	readState    = `select ` + stateColumns + ` from shards where shard = $1`
)

// Open opens the journal of a shard. The store must have been migrated with
// [Migration].
func Open(s *store.Store, shard int) (Journal, error) {
	if shard < 0 {
		return nil, fmt.Errorf("open journal: shard %d: want 0 or more", shard)
	}
	l := &log{s: s, shard: int64(shard)}
	if s.Dialect == store.SQLite {
		l.back = &sqliteBackend{db: s.Core}
	} else {
		l.back = &postgresBackend{db: s.Core}
	}
	return l, nil
}

// Acquire implements [Journal].
func (l *log) Acquire(ctx context.Context, holder string) (State, error) {
	const op = "acquire journal"
	if l.fenced {
		return State{}, fmt.Errorf("%s: %w", op, ErrFenced)
	}
	if holder == "" {
		holder = "pilotzone"
	}
	if l.lock == nil || !l.lock.Held() {
		if err := l.takeLock(ctx, holder); err != nil {
			return State{}, err
		}
	}
	l.back.reset()
	var s State
	err := l.s.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into shards (shard, epoch, holder, last_batch, last_input, last_decision, hash)
			values ($1, 0, '', 0, 0, 0, $2) on conflict (shard) do nothing`, l.shard, s.Hash[:])
		if err != nil {
			return err
		}
		row := tx.QueryRow(ctx, `update shards set epoch = epoch + 1, holder = $1 where shard = $2
			returning `+stateColumns, holder, l.shard)
		s, err = scanState(row)
		return err
	})
	if err != nil {
		return State{}, errors.Join(store.Wrap(op, err), l.unlock())
	}
	l.holder, l.state, l.known = holder, s, true
	l.epoch.Store(s.Epoch)
	return s, nil
}

func (l *log) takeLock(ctx context.Context, holder string) error {
	lock, err := l.s.LockWriter(ctx, int(l.shard), holder)
	if err != nil {
		return err
	}
	l.lock = lock
	return nil
}

func (l *log) unlock() error {
	if l.lock == nil {
		return nil
	}
	err := l.lock.Release()
	l.lock = nil
	return err
}

// Commit implements [Journal].
func (l *log) Commit(ctx context.Context, b *Batch) error {
	switch {
	case l.fenced:
		return ErrFenced
	case l.holder == "":
		return fmt.Errorf("commit batch %d: not the writer: call Acquire first", b.Number)
	case !l.lock.Held():
		l.known = false // another writer may be about to begin: Current takes the lock again
		return fmt.Errorf("commit batch %d: the writer lock was lost: %w", b.Number, ErrUnknown)
	case !l.known:
		return fmt.Errorf("commit batch %d: %w", b.Number, ErrUnknown)
	}
	if err := l.state.check(b); err != nil {
		return err
	}
	b.PrevHash = l.state.Hash
	b.Hash = HashBatch(b.PrevHash, b)
	l.known = false
	err := l.back.commit(ctx, l.shard, l.state, b)
	switch {
	case errors.Is(err, ErrFenced):
		l.fenced = true
		return errors.Join(err, l.unlock())
	case err != nil:
		l.back.reset()
		return store.Wrap(fmt.Sprintf("commit batch %d", b.Number), err)
	}
	l.state, l.known = l.state.after(b), true
	return nil
}

// Current implements [Journal].
func (l *log) Current(ctx context.Context) (State, error) {
	const op = "read the end of the journal"
	if l.holder == "" {
		s, err := scanState(l.s.Core.Read().QueryRowContext(ctx, readState, l.shard))
		if errors.Is(err, sql.ErrNoRows) {
			return State{}, nil // nobody has written yet
		}
		return s, store.Wrap(op, err)
	}
	if l.fenced {
		return State{}, ErrFenced
	}
	if !l.known {
		l.back.reset()
	}
	if !l.lock.Held() {
		if err := l.takeLock(ctx, l.holder); err != nil {
			return State{}, err
		}
	}
	s, err := l.back.settled(ctx, l.shard)
	if err != nil {
		return State{}, store.Wrap(op, err)
	}
	if s.Epoch != l.epoch.Load() {
		l.fenced = true
		return s, errors.Join(ErrFenced, l.unlock())
	}
	l.state, l.known = s, true
	return s, nil
}

func scanState(row *sql.Row) (s State, err error) {
	var hash []byte
	if err := row.Scan(&s.Epoch, &s.Batch, &s.LastInput, &s.LastDecision, &hash); err != nil {
		return State{}, err
	}
	if len(hash) != len(s.Hash) {
		return State{}, fmt.Errorf("%w: hash of %d bytes", ErrDamaged, len(hash))
	}
	s.Hash = [32]byte(hash)
	return s, nil
}

// Close implements [Journal].
func (l *log) Close() error {
	return errors.Join(l.back.close(), l.unlock())
}
