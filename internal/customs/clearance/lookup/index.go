// Package lookup is the search index and the index of receipts (检索与回执索引),
// built behind the core from its stream of decisions: every number finds its
// parcels, a parcel its decisions and documents, an enterprise its parcels and
// its receipts.
//
// The index lives in the store's search database and is derived: it holds
// numbers, codes and keyed hashes, no personal data, and no content of a
// decision, which is read from the core when it is shown. It may be thrown away
// and built anew at any time (Index.Rebuild).
//
// Invariant: the rows and the cursor are written in one transaction, so the
// index is always the exact image of a prefix of the stream.
package lookup

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup/follow"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/feed"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the index and its cursor, in the search database.
func Migrations() []store.Migration {
	return []store.Migration{feed.Cursors(store.Search), {File: store.Search, Owner: "lookup", FS: migrations}}
}

// Decisions is the stream of decisions as the index reads it; *intake.Reader is one.
type Decisions interface {
	follow.Decisions
	// Each calls f for every decision from a number on, until f gives an error,
	// which it returns.
	Each(ctx context.Context, from uint64, f func(*clearance.Decision) error) error
}

// ErrNotFound says that there is no such parcel.
var ErrNotFound = errors.New("no such parcel (没有该包裹)")

// Config is what the index works on.
type Config struct {
	Store *store.Store
	Core  Decisions
	Clock clock.Clock
	Log   *slog.Logger // nil: slog.Default
	Batch int          // most decisions a transaction; 8,192 if 0
	// Riders keep figures beside the index. One that is new to a store that is in
	// use begins with Rebuild.
	Riders []Rider
}

// Index is the search index. Reading is safe beside everything; Step, CatchUp,
// Follow and Rebuild belong to one goroutine.
type Index struct {
	db   *store.DB
	core Decisions
	feed *follow.Consumer

	riders []Rider
	seen   func(query string, args []any) // tests see what is asked
}

const defaultBatch = 8192

// New opens the index of a store in which [Migrations] have run.
func New(c Config) *Index {
	if c.Batch == 0 {
		c.Batch = defaultBatch
	}
	x := &Index{db: c.Store.Search, core: c.Core, riders: c.Riders}
	x.feed = follow.New(follow.Config{Name: "lookup", Source: c.Core, DB: x.db, Clock: c.Clock, Log: c.Log, Batch: c.Batch, Apply: x.apply})
	return x
}

// Step indexes the next batch of decisions and returns how many there were.
func (x *Index) Step(ctx context.Context) (int, error) { return x.feed.Step(ctx) }

// CatchUp indexes all decisions that are durable.
func (x *Index) CatchUp(ctx context.Context) error { return x.feed.CatchUp(ctx) }

// Position is the number of the last decision that is indexed.
func (x *Index) Position(ctx context.Context) (uint64, error) { return x.feed.Position(ctx) }

// gathering is how long decisions are gathered before they are indexed, so that
// a stream of small commits does not write the same sets again for each.
const gathering = 100 * time.Millisecond

// Follow indexes decisions as they become durable, a tenth of a second behind,
// until ctx ends, which is no error. Errors that no retry mends end it
// (feed.ErrAhead: rebuild the index).
func (x *Index) Follow(ctx context.Context, core follow.Core) error {
	return x.feed.Run(ctx, gatherer{core})
}

// gatherer tells of new decisions a little later.
type gatherer struct{ follow.Core }

func (g gatherer) Wait(ctx context.Context, seq uint64) error {
	if err := g.Core.Wait(ctx, seq); err != nil {
		return err
	}
	select {
	case <-time.After(gathering):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Rebuild throws the index away and builds it anew from the first decision.
func (x *Index) Rebuild(ctx context.Context) error {
	err := x.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, table := range []string{"parcels", "postings", "amounts", "refusals", "refusal_keys", "traces", "eras", "receipts"} {
			if _, err := tx.Exec(ctx, "delete from "+table); err != nil {
				return err
			}
		}
		for _, r := range x.riders {
			if err := r.Clear(ctx, tx); err != nil {
				return err
			}
		}
		return x.feed.Forget(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("rebuild the search index: %w", err)
	}
	return x.CatchUp(ctx)
}
