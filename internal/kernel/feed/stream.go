// Package feed carries facts from the service that makes them to those that
// live on them (事实流).
//
// A stream is the facts of one service, numbered 1, 2, 3 … without gaps. A
// service appends in the transaction of the fact; the number comes from a row
// that is locked there, so numbers appear in commit order and a reader who has
// seen n has seen all below n. The core's decisions are a stream of the same
// kind, read through the same Source interface.
//
// A Consumer reads a stream on from its cursor, (consumer, stream), which is
// committed in the same transaction as the effect: the effect happens exactly
// once, whatever crashes. No effect may depend on the order across streams.
//
// The outbox is the way back: idempotent commands to the clearance core, written
// in the transaction that causes them and taken in by their number.
package feed

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations cursors
var files embed.FS

// Migration makes the streams and the outbox in the services database.
var Migration = store.Migration{File: store.Services, Owner: "feed", FS: part("migrations")}

// Cursors makes the cursors of consumers in a database: services, or search.
func Cursors(f store.File) store.Migration {
	return store.Migration{File: f, Owner: "feed_cursors", FS: part("cursors")}
}

func part(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil { // the name is a constant of this file
		panic(err)
	}
	return sub
}

// Event is one fact of a stream.
type Event struct {
	Seq     uint64 // from 1, without gaps
	At      time.Time
	Kind    string // the maker's name of the fact, such as "filing"
	Version uint16 // of the body's format
	Body    []byte // personal data only sealed
}

// Source is a stream as its consumers see it.
type Source interface {
	// Read returns at most max events above after, by rising number. None means
	// that there are none yet.
	Read(ctx context.Context, after uint64, max int) ([]Event, error)
}

// Signal wakes those who wait for something new. The zero value is ready.
type Signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// Wait returns a channel that the next Notify closes. Take it before looking
// whether there is something new, so that nothing is missed in between.
func (s *Signal) Wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

// Notify wakes all who wait.
func (s *Signal) Notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}

// Stream is a service's own stream in the services database.
type Stream struct {
	Signal // notified after each commit that appended, within this process
	name   string
	db     *store.DB
	clock  clock.Clock
}

// NewStream returns the stream of that name; there is one *Stream a name in a
// process. Migration has run in db.
func NewStream(db *store.DB, name string, c clock.Clock) *Stream {
	return &Stream{name: name, db: db, clock: c}
}

// Name returns the stream's name.
func (s *Stream) Name() string { return s.name }

// Fact is what a service appends: an event that has no number yet.
type Fact struct {
	Kind    string
	Version uint16
	Body    []byte
}

// Append adds facts to the stream in the transaction of what they tell, and
// returns the number of the last one. Other transactions that append to the
// same stream wait (SQLite: for the writer) or run again (PostgreSQL).
func (s *Stream) Append(ctx context.Context, tx *store.Tx, facts ...Fact) (last uint64, err error) {
	last, err = number(ctx, tx, s.name, len(facts))
	if err != nil {
		return 0, err
	}
	at := s.clock.Now().UnixMicro()
	seq := last - uint64(len(facts))
	for _, f := range facts {
		seq++
		if _, err := tx.Exec(ctx, `insert into feed_events (stream, seq, at, kind, version, body) values ($1, $2, $3, $4, $5, $6)`,
			s.name, int64(seq), at, f.Kind, int64(f.Version), notNil(f.Body)); err != nil {
			return 0, err
		}
	}
	if len(facts) > 0 {
		tx.AfterCommit(s.Notify)
	}
	return last, nil
}

// number takes n numbers of a stream, locks its row and returns the last one.
func number(ctx context.Context, tx *store.Tx, stream string, n int) (uint64, error) {
	var last int64
	err := tx.QueryRow(ctx, `insert into feed_streams (name, last) values ($1, $2)
		on conflict (name) do update set last = feed_streams.last + $2 returning last`, stream, int64(n)).Scan(&last)
	return uint64(last), store.Wrap("number stream "+stream, err)
}

// notNil keeps an empty body from becoming NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Read returns at most max events above after: Stream is a Source.
func (s *Stream) Read(ctx context.Context, after uint64, max int) ([]Event, error) {
	rows, err := s.db.Read().QueryContext(ctx, `select seq, at, kind, version, body from feed_events
		where stream = $1 and seq > $2 order by seq limit $3`, s.name, int64(after), max)
	if err != nil {
		return nil, store.Wrap("read stream "+s.name, err)
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var e Event
		var seq, at, version int64
		if err := rows.Scan(&seq, &at, &e.Kind, &version, &e.Body); err != nil {
			return nil, store.Wrap("read stream "+s.name, err)
		}
		e.Seq, e.At, e.Version = uint64(seq), time.UnixMicro(at).UTC(), uint16(version)
		out = append(out, e)
	}
	return out, store.Wrap("read stream "+s.name, rows.Err())
}

// Last returns the number of the newest event, 0 when there is none.
func (s *Stream) Last(ctx context.Context) (uint64, error) {
	var last int64
	err := s.db.Read().QueryRowContext(ctx, `select last from feed_streams where name = $1`, s.name).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return uint64(last), store.Wrap(fmt.Sprintf("read stream %s", s.name), err)
}
