package journal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"pilotzone/internal/kernel/store"
)

// pieceSize is how many bytes of a layer or snapshot one transaction writes:
// commits wait for at most one such piece.
const pieceSize = 2 << 20

// rowsAtOnce is how many rows one transaction removes.
const rowsAtOnce = 64

// errNotWriter refuses a save by a journal that has not acquired the lock.
var errNotWriter = errors.New("not the writer: call Acquire first")

// asWriter runs fn in a transaction, if the epoch of this journal is the
// newest still.
func (l *log) asWriter(ctx context.Context, fn func(ctx context.Context, tx *store.Tx) error) error {
	epoch := l.epoch.Load()
	if epoch == 0 {
		return errNotWriter
	}
	return l.s.Core.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var newest uint64
		if err := tx.QueryRow(ctx, `select epoch from shards where shard = $1`, l.shard).Scan(&newest); err != nil {
			return err
		}
		if newest != epoch {
			return ErrFenced
		}
		return fn(ctx, tx)
	})
}

// removeAll runs a statement that removes up to rowsAtOnce rows until it finds
// none.
func (l *log) removeAll(ctx context.Context, query string, args ...any) error {
	for {
		var n int64
		err := l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
			r, err := tx.Exec(ctx, query, args...)
			if err != nil {
				return err
			}
			n, err = r.RowsAffected()
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// SaveLayer implements [Journal]. The pages go in by pieces under a run number
// of their own; the layer is switched to the run when all are there.
func (l *log) SaveLayer(ctx context.Context, layer uint64, pages []Page) error {
	l.saving.Lock()
	defer l.saving.Unlock()
	op := fmt.Sprintf("save layer %d", layer)
	for i := 1; i < len(pages); i++ {
		if bytes.Compare(pages[i-1].First[:], pages[i].First[:]) >= 0 {
			return fmt.Errorf("%s: page %d does not come after page %d", op, i, i-1)
		}
	}
	var run int64
	err := l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, `select coalesce(max(run), 0) + 1 from layer_pages where shard = $1 and layer = $2`,
			l.shard, int64(layer)).Scan(&run)
	})
	for rest := pages; err == nil && len(rest) > 0; {
		n, size := 0, 0
		for n < len(rest) && (n == 0 || size+len(rest[n].Data) <= pieceSize) {
			size += len(rest[n].Data)
			n++
		}
		err = l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
			return insertPages(ctx, tx, l.shard, layer, run, rest[:n])
		})
		rest = rest[n:]
	}
	if err == nil {
		err = l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `insert into layers (shard, layer, pages, run) values ($1, $2, $3, $4)
				on conflict (shard, layer) do update set pages = excluded.pages, run = excluded.run`,
				l.shard, int64(layer), len(pages), run)
			return err
		})
	}
	if err == nil {
		err = l.removeAll(ctx, `delete from layer_pages where shard = $1 and layer = $2 and run <> $3 and first in (
			select first from layer_pages where shard = $1 and layer = $2 and run <> $3 order by run, first limit $4)`,
			l.shard, int64(layer), run, rowsAtOnce)
	}
	return store.Wrap(op, err)
}

func insertPages(ctx context.Context, tx *store.Tx, shard int64, layer uint64, run int64, pages []Page) error {
	stmt, err := tx.Prepare(ctx, `insert into layer_pages (shard, layer, run, first, data) values ($1, $2, $3, $4, $5)`)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	for i := range pages {
		if _, err := stmt.ExecContext(ctx, shard, int64(layer), run, pages[i].First[:], blob(pages[i].Data)); err != nil {
			return err
		}
	}
	return nil
}

// DropLayers implements [Journal].
func (l *log) DropLayers(ctx context.Context, below uint64) error {
	l.saving.Lock()
	defer l.saving.Unlock()
	err := l.asWriter(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `delete from layers where shard = $1 and layer < $2`, l.shard, int64(below))
		return err
	})
	if err == nil {
		err = l.removeAll(ctx, `delete from layer_pages where shard = $1 and layer < $2 and first in (
			select first from layer_pages where shard = $1 and layer < $2 order by layer, run, first limit $3)`,
			l.shard, int64(below), rowsAtOnce)
	}
	return store.Wrap(fmt.Sprintf("drop layers below %d", below), err)
}

// Layers implements [Journal].
func (l *log) Layers(ctx context.Context) ([]uint64, error) {
	var out []uint64
	err := l.query(ctx, func(rows *sql.Rows) error {
		var n uint64
		err := rows.Scan(&n)
		out = append(out, n)
		return err
	}, `select layer from layers where shard = $1 order by layer`, l.shard)
	return out, err
}

// FindPage implements [Journal].
func (l *log) FindPage(ctx context.Context, layer uint64, key [KeySize]byte) ([]byte, error) {
	op := fmt.Sprintf("find page of layer %d", layer)
	data, err := l.back.page(ctx, l.shard, int64(layer), key[:])
	if !errors.Is(err, sql.ErrNoRows) {
		return data, store.Wrap(op, err)
	}
	if _, err := l.layerPages(ctx, layer); err != nil {
		return nil, err
	}
	return nil, nil
}

// findPage is the query of [log.FindPage], which may run thousands of times a
// second: shard, layer, key. With a join in place of the inner query PostgreSQL
// would read all pages below the key.
const findPage = `select data from layer_pages
	where shard = $1 and layer = $2 and run = (select run from layers where shard = $1 and layer = $2) and first <= $3
	order by first desc limit 1`

// layerPages returns the number of pages of a layer.
func (l *log) layerPages(ctx context.Context, layer uint64) (n int64, err error) {
	err = l.s.Core.Read().QueryRowContext(ctx, `select pages from layers where shard = $1 and layer = $2`, l.shard, int64(layer)).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("layer %d: %w", layer, ErrNotFound)
	}
	return n, store.Wrap("read layers", err)
}

// LayerPages implements [Journal].
func (l *log) LayerPages(ctx context.Context, layer uint64) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		want, err := l.layerPages(ctx, layer)
		var after []byte // nothing is below the empty blob
		for n := int64(0); err == nil && n < want; {
			var pages []Page
			if pages, err = l.pagesAfter(ctx, layer, after); err != nil {
				break
			}
			if len(pages) == 0 {
				err = fmt.Errorf("layer %d has %d pages instead of %d: %w", layer, n, want, ErrDamaged)
			}
			for _, p := range pages {
				if !yield(p, nil) {
					return
				}
				after = p.First[:]
				n++
			}
		}
		if err != nil {
			yield(Page{}, err)
		}
	}
}

// pagesAfter returns a piece of the pages whose first key is above after.
func (l *log) pagesAfter(ctx context.Context, layer uint64, after []byte) ([]Page, error) {
	var out []Page
	err := l.query(ctx, func(rows *sql.Rows) error {
		var p Page
		var first []byte
		if err := rows.Scan(&first, &p.Data); err != nil {
			return err
		}
		if len(first) != KeySize {
			return fmt.Errorf("layer %d has a key of %d bytes: %w", layer, len(first), ErrDamaged)
		}
		p.First = [KeySize]byte(first)
		out = append(out, p)
		return nil
	}, `select first, data from layer_pages
		where shard = $1 and layer = $2 and run = (select run from layers where shard = $1 and layer = $2) and first > $3
		order by first limit $4`, l.shard, int64(layer), blob(after), decisionRowsAtOnce)
	return out, err
}
