package audit

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

//go:embed migrations
var files embed.FS

// Migration is the tables of this package in the services database.
var Migration = store.Migration{File: store.Services, Owner: "audit", FS: files}

// Config is what a log needs.
type Config struct {
	DB    *store.DB // services
	Clock clock.Clock
	Keys  *keys.Keyring
	// Head is the file outside of the database that holds the newest seal, by
	// which a chain that was cut off at its end is found out; "" keeps none.
	Head string
	// Every is how often the sealer chains what waits; 0 is each second.
	Every time.Duration
	Log   *slog.Logger // nil: slog.Default
}

// Log is the chain of acts of a store. Its methods are safe for concurrent use.
type Log struct {
	Config
	macKey []byte
	unique atomic.Uint64
	group  group
	sealed atomic.Pointer[Seal]

	sealing sync.Mutex // one sealer at a time in this process
	said    time.Time  // when a seal was last told to the log; under sealing
}

// New returns the log in a services database in which Migration has run.
func New(c Config) *Log {
	if c.Every <= 0 {
		c.Every = time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	l := &Log{Config: c, macKey: c.Keys.Derive("audit seals")}
	var b [8]byte
	rand.Read(b[:]) // never fails
	l.unique.Store(binary.BigEndian.Uint64(b[:]))
	return l
}

// Write writes an entry in the transaction of its act: it is there when the act
// is, and not otherwise.
func (l *Log) Write(ctx context.Context, tx *store.Tx, e Entry) error {
	e.At = l.Clock.Now()
	r := &row{id: l.id(e.At), at: e.At.UnixMicro(), actor: e.Actor, org: e.Org, act: e.Act, object: e.Object, outcome: string(e.Outcome)}
	r.words = l.Keys.Seal(nil, words(e), r.bound())
	_, err := tx.Exec(ctx, `insert into audit_entries (id, seq, hash, at, actor, org, act, object, outcome, words) values ($1, 0, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.id, []byte{}, r.at, r.actor, r.org, r.act, r.object, r.outcome, r.words)
	return store.Wrap("write audit entry", err)
}

// Record writes an entry that has no transaction of its own, such as a denial,
// and returns when it is durable. Entries that are recorded at the same time
// share a transaction.
func (l *Log) Record(ctx context.Context, e Entry) error {
	return l.group.add(ctx, e, func(ctx context.Context, list []Entry) error {
		return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, e := range list {
				if err := l.Write(ctx, tx, e); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// id makes the identifier of a row: by it rows sort as they were written.
func (l *Log) id(at time.Time) string {
	return fmt.Sprintf("%016x%016x", uint64(at.UnixMicro()), l.unique.Add(1))
}

// idFrom is the lowest identifier of a time.
func idFrom(at time.Time) string { return fmt.Sprintf("%016x", uint64(at.UnixMicro())) }

// row is an entry as the database has it.
type row struct {
	id                               string
	seq                              int64
	hash                             []byte
	at                               int64
	actor, org, act, object, outcome string
	words                            []byte
}

const columns = `id, seq, hash, at, actor, org, act, object, outcome, words`

func (r *row) scan(scan func(...any) error) error {
	return scan(&r.id, &r.seq, &r.hash, &r.at, &r.actor, &r.org, &r.act, &r.object, &r.outcome, &r.words)
}

// bound is what the sealed words are bound to: every other column but the place
// in the chain.
func (r *row) bound() []byte {
	b := []byte("pilotzone audit entry 1\n")
	b = appendText(b, r.id)
	b = binary.BigEndian.AppendUint64(b, uint64(r.at))
	for _, s := range []string{r.actor, r.org, r.act, r.object, r.outcome} {
		b = appendText(b, s)
	}
	return b
}

// record opens a row. Errors: those of keys.Keyring.Open.
func (l *Log) record(r *row) (Record, error) {
	plain, err := l.Keys.Open(nil, r.words, r.bound())
	if err != nil {
		return Record{}, fmt.Errorf("audit: entry %s is not as it was written (审计记录与写入时不符): %w", r.id, err)
	}
	out := Record{ID: r.id, Seq: uint64(r.seq), Entry: Entry{At: clock.FromMicros(r.at), Actor: r.actor, Org: r.org, Act: r.act, Object: r.object, Outcome: Outcome(r.outcome)}}
	out.Purpose, out.Detail, _ = strings.Cut(string(plain), "\x00")
	return out, nil
}

// words is the plain form of what is sealed of an entry.
func words(e Entry) []byte {
	return []byte(strings.ReplaceAll(e.Purpose, "\x00", " ") + "\x00" + e.Detail)
}

func appendText(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
