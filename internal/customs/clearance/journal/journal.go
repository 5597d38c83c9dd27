// Package journal is the durable log of the core: the numbered inputs that
// came in (documents in compressed and sealed segments, every other input by
// itself), the blocks of decisions that came out, the immutable key layers of
// older periods and the snapshots of the core's memory.
//
// Invariants: inputs, decisions and batches are numbered without gaps; a batch
// is one transaction that is there whole or not at all, and durable when
// [Journal.Commit] returns nil; each batch is chained to the one before by a
// SHA-256 hash of all its content; one writer at a time holds the lock, and one
// that lost it unawares is fenced by its epoch. The journal stores bytes and
// never looks into them.
package journal

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"iter"

	"pilotzone/internal/kernel/store"
)

// KeySize is the length of a key of a layer in bytes.
const KeySize = 16

// Segment is a run of documents as they came in, compressed and sealed.
type Segment struct {
	First     uint64 // input number of the first document
	Count     int    // number of documents; they have consecutive input numbers
	Directory []byte // where in Block each document stands; the journal does not read it
	Block     []byte
}

// Input is an input other than a document: filing, verdict, deposit, tick,
// pack switch, answer of a look-up.
type Input struct {
	Seq  uint64
	Kind uint8
	At   int64 // microseconds UTC
	Body []byte
}

// DecisionBlock is a run of decisions with consecutive numbers.
type DecisionBlock struct {
	First uint64 // number of the first decision
	Count int
	Block []byte
}

// Page is a part of a layer: a run of entries sorted by key, the first of which
// has the key First.
type Page struct {
	First [KeySize]byte
	Data  []byte
}

// Batch is what one commit makes durable. Segments and Inputs together hold
// exactly the inputs FirstInput to LastInput, each of them in ascending order;
// Decisions hold exactly the decisions FirstDecision to LastDecision. A run
// without elements has Last = First-1. [Journal.Commit] fills PrevHash and
// Hash.
type Batch struct {
	Number                      uint64 // 1, 2, 3 …
	FirstInput, LastInput       uint64
	FirstDecision, LastDecision uint64
	At                          int64 // microseconds UTC
	Segments                    []Segment
	Inputs                      []Input
	Decisions                   []DecisionBlock
	PrevHash, Hash              [32]byte
}

// BatchHead is a batch without its content.
type BatchHead struct {
	Number                      uint64
	FirstInput, LastInput       uint64
	FirstDecision, LastDecision uint64
	At                          int64
	PrevHash, Hash              [32]byte
}

// State is the end of the log. The zero value is the state of an empty one:
// the first batch, input and decision have the number 1.
type State struct {
	Epoch        uint64 // counts the writers
	Batch        uint64
	LastInput    uint64
	LastDecision uint64
	Hash         [32]byte // of the last batch
}

// Record is one entry of the inputs in their order: a segment or an input.
type Record struct {
	Segment *Segment
	Input   *Input
}

// First returns the input number that r begins with.
func (r Record) First() uint64 {
	if r.Segment != nil {
		return r.Segment.First
	}
	return r.Input.Seq
}

// Difference is the first place where the log does not agree with its hashes.
type Difference struct {
	Batch uint64 // the batch it was found in; 0 for the state itself
	What  string
}

// String says where and what.
func (d Difference) String() string { return fmt.Sprintf("batch %d: %s", d.Batch, d.What) }

// Failures that a caller acts on, beside the kinds of package store.
var (
	// ErrFenced says that another writer has taken over; nothing was written.
	// The journal takes no further commits: stop, and start again by [Open].
	ErrFenced = errors.New("another writer has taken over this store (存储已被另一写入进程接管)")
	// ErrUnknown says that the outcome of the commit before is not known: call
	// [Journal.Current] first.
	ErrUnknown = errors.New("the outcome of the last commit is unknown: read the current state first (上次提交结果未知，请先读取当前状态)")
	// ErrBatch says that a batch does not continue the log; nothing was written.
	ErrBatch = errors.New("the batch does not continue the log")
	// ErrNotFound says that there is no such input, decision or layer.
	ErrNotFound = errors.New("not in the journal")
	// ErrDamaged says that stored bytes differ from their checksum.
	ErrDamaged = errors.New("the journal is damaged (日志已损坏)")
)

// Journal is the log of one shard. Commit, Acquire and Current are for one
// goroutine; all other methods may be called beside them at any time.
type Journal interface {
	// Acquire makes the caller the writer: it takes the writer lock and begins
	// a new epoch. The error is of kind store.ErrLocked when another process is
	// the writer.
	Acquire(ctx context.Context, holder string) (State, error)
	// Commit makes b durable in one transaction. Errors: [ErrFenced] and
	// [ErrBatch] (nothing was written); after any other error the outcome is
	// unknown and Commit answers [ErrUnknown] until [Journal.Current] was read.
	Commit(ctx context.Context, b *Batch) error
	// Current reads the end of the log from the database, over a new connection
	// when the old one is in doubt. For a writer it takes the lock again when
	// that was lost; the error is [ErrFenced] when another writer came between.
	Current(ctx context.Context) (State, error)

	// Records returns the inputs in order, from the record that holds input
	// from (0 and 1: from the beginning).
	Records(ctx context.Context, from uint64) iter.Seq2[Record, error]
	// Blocks returns the decisions in order, from the block that holds decision
	// from.
	Blocks(ctx context.Context, from uint64) iter.Seq2[DecisionBlock, error]
	// Segment returns the segment that holds an input, or [ErrNotFound].
	Segment(ctx context.Context, input uint64) (*Segment, error)
	// Block returns the block that holds a decision, or [ErrNotFound].
	Block(ctx context.Context, decision uint64) (*DecisionBlock, error)
	// Batches returns the heads of all batches in order.
	Batches(ctx context.Context) iter.Seq2[BatchHead, error]
	// Verify reads the whole log, hashes it again and returns the first
	// difference, nil when there is none.
	Verify(ctx context.Context) (*Difference, error)

	// SaveLayer stores an immutable layer; the pages are in ascending order of
	// their first keys. It replaces a layer of the same number.
	SaveLayer(ctx context.Context, layer uint64, pages []Page) error
	// DropLayers removes all layers below a number.
	DropLayers(ctx context.Context, below uint64) error
	// Layers returns the numbers of the layers that are whole, ascending.
	Layers(ctx context.Context) ([]uint64, error)
	// FindPage returns the only page that can hold key: the last one whose first
	// key is not above it. It is nil when key is below all; [ErrNotFound] when
	// there is no such layer.
	FindPage(ctx context.Context, layer uint64, key [KeySize]byte) ([]byte, error)
	// LayerPages returns all pages of a layer in order.
	LayerPages(ctx context.Context, layer uint64) iter.Seq2[Page, error]

	// SaveSnapshot stores the core's memory as it was after an input, and
	// removes older snapshots once the new one is whole.
	SaveSnapshot(ctx context.Context, input uint64, parts map[string][]byte) error
	// LoadSnapshot returns the newest whole snapshot; nil parts when there is
	// none; [ErrDamaged] when a part differs from its checksum.
	LoadSnapshot(ctx context.Context) (input uint64, parts map[string][]byte, err error)

	// Close gives the writer lock back and closes the connections of the
	// journal, not the store.
	Close() error
}

//go:embed migrations/*.sql
var migrations embed.FS

// Migration is the schema of the journal; run it with store.Store.Migrate
// before [Open].
func Migration() store.Migration {
	return store.Migration{File: store.Core, Owner: "journal", FS: migrations}
}
