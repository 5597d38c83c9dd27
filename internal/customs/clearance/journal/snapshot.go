package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pilotzone/internal/kernel/store"
)

// chunkSize is the size of a row of a snapshot part in bytes.
const chunkSize = 1 << 20

// SaveSnapshot implements [Journal]. The parts go in by chunks under a new
// number; the snapshot counts when its own row is written, in the end, and only
// then do older ones go.
func (l *log) SaveSnapshot(ctx context.Context, input uint64, parts map[string][]byte) error {
	l.saving.Lock()
	defer l.saving.Unlock()
	id, err := l.newSnapshot(ctx)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if err == nil {
			err = l.savePart(ctx, id, name, parts[name])
		}
	}
	if err == nil {
		err = l.finishSnapshot(ctx, id, input, len(parts))
	}
	if err == nil {
		err = l.removeSnapshots(ctx, id)
	}
	return store.Wrap(fmt.Sprintf("save snapshot of input %d", input), err)
}

// newSnapshot returns a number above that of any snapshot, whole or not.
func (l *log) newSnapshot(ctx context.Context) (id int64, err error) {
	err = l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, `select 1 + coalesce(max(id), 0) from (
			select max(id) as id from snapshots where shard = $1
			union all select max(id) from snapshot_parts where shard = $1
			union all select max(id) from snapshot_chunks where shard = $1) ids`, l.shard).Scan(&id)
	})
	return id, err
}

func (l *log) savePart(ctx context.Context, id int64, name string, data []byte) error {
	number := 0
	for rest := data; len(rest) > 0; {
		piece := rest[:min(len(rest), pieceSize)]
		rest = rest[len(piece):]
		first := number
		err := l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
			number = first // the transaction may run twice
			for chunk := range slices.Chunk(piece, chunkSize) {
				_, err := tx.Exec(ctx, `insert into snapshot_chunks (shard, id, name, number, data) values ($1, $2, $3, $4, $5)`,
					l.shard, id, name, number, chunk)
				if err != nil {
					return err
				}
				number++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	sum := sha256.Sum256(data)
	return l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into snapshot_parts (shard, id, name, size, sha256) values ($1, $2, $3, $4, $5)`,
			l.shard, id, name, len(data), sum[:])
		return err
	})
}

// finishSnapshot makes the snapshot count.
func (l *log) finishSnapshot(ctx context.Context, id int64, input uint64, parts int) error {
	return l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
		s, err := scanState(tx.QueryRow(ctx, readState, l.shard))
		if err != nil {
			return err
		}
		if input > s.LastInput {
			return fmt.Errorf("input %d is not committed, the last is %d", input, s.LastInput)
		}
		_, err = tx.Exec(ctx, `insert into snapshots (shard, id, input, parts) values ($1, $2, $3, $4)`, l.shard, id, int64(input), parts)
		return err
	})
}

// removeSnapshots removes all snapshots but id, and left-overs of saves that
// were cut short.
func (l *log) removeSnapshots(ctx context.Context, id int64) error {
	err := l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, query := range []string{
			`delete from snapshots where shard = $1 and id <> $2`,
			`delete from snapshot_parts where shard = $1 and id <> $2`,
		} {
			if _, err := tx.Exec(ctx, query, l.shard, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.removeAll(ctx, `delete from snapshot_chunks where shard = $1 and id <> $2 and (id, name, number) in (
		select id, name, number from snapshot_chunks where shard = $1 and id <> $2 order by id, name, number limit $3)`,
		l.shard, id, pieceSize/chunkSize)
}

// part is a row of snapshot_parts.
type part struct {
	name string
	size int64
	sum  []byte
}

// LoadSnapshot implements [Journal].
func (l *log) LoadSnapshot(ctx context.Context) (input uint64, parts map[string][]byte, err error) {
	err = l.s.Core.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var id int64
		var count int
		err := tx.QueryRowContext(ctx, `select id, input, parts from snapshots where shard = $1 order by id desc limit 1`, l.shard).
			Scan(&id, &input, &count)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		heads, err := l.parts(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(heads) != count {
			return fmt.Errorf("%d parts instead of %d: %w", len(heads), count, ErrDamaged)
		}
		loaded := make(map[string][]byte, len(heads))
		for _, p := range heads {
			if loaded[p.name], err = l.loadPart(ctx, tx, id, p); err != nil {
				return err
			}
		}
		parts = loaded
		return nil
	})
	if err != nil {
		return 0, nil, store.Wrap("load snapshot", err)
	}
	return input, parts, nil
}

func (l *log) parts(ctx context.Context, tx *sql.Tx, id int64) ([]part, error) {
	rows, err := tx.QueryContext(ctx, `select name, size, sha256 from snapshot_parts where shard = $1 and id = $2 order by name`, l.shard, id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []part
	for rows.Next() {
		var p part
		if err := rows.Scan(&p.name, &p.size, &p.sum); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// loadPart reads a part and checks its sum.
func (l *log) loadPart(ctx context.Context, tx *sql.Tx, id int64, p part) ([]byte, error) {
	rows, err := tx.QueryContext(ctx, `select data from snapshot_chunks where shard = $1 and id = $2 and name = $3 order by number`, l.shard, id, p.name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	data := make([]byte, 0, min(max(p.size, 0), 1<<30)) // the size is not trusted before the sum is
	var chunk sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&chunk); err != nil {
			return nil, err
		}
		data = append(data, chunk...)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); !bytes.Equal(sum[:], p.sum) {
		return nil, fmt.Errorf("part %q, %d bytes: its checksum differs: %w", p.name, len(data), ErrDamaged)
	}
	return data, nil
}

// NewestSnapshot is the last input that the newest whole snapshot of a shard
// holds, 0 when there is none: for the page about the state of the platform.
func NewestSnapshot(ctx context.Context, st *store.Store, shard int64) (input uint64, err error) {
	var n int64
	err = st.Core.Read().QueryRowContext(ctx, `select input from snapshots where shard = $1 order by id desc limit 1`, shard).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return uint64(n), store.Wrap("read snapshot", err)
}
