package audit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Seal says how far the chain goes (封印): the entries First to Last were chained
// at At, and Hash covers everything up to Last.
type Seal struct {
	Number      uint64 // from 1, without gaps
	First, Last uint64 // places in the chain
	At          time.Time
	Hash        []byte
	MAC         []byte // keyed, over the rest and the MAC of the seal before
}

// maxSeal bounds how many entries are chained in one transaction.
const maxSeal = 500

// sayEvery is how often the newest seal is told to the log, so that where logs are
// collected there is a witness outside of this machine.
const sayEvery = 10 * time.Minute

// errRaced tells that another sealer was faster.
var errRaced = errors.New("audit: entries were chained by another process meanwhile (审计记录已被其他进程封印)")

// Run chains what waits, each second, until the context ends; then once more.
func (l *Log) Run(ctx context.Context) error {
	if err := l.checkHead(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(l.Every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := l.SealAll(ctx); err != nil && ctx.Err() == nil {
				l.Log.Error("audit entries could not be chained; it is tried again (审计记录封印失败，将重试)", "error", err)
			}
		case <-ctx.Done():
			last, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer stop()
			return l.SealAll(last)
		}
	}
}

// SealAll chains all entries that are durable now.
func (l *Log) SealAll(ctx context.Context) error {
	l.sealing.Lock()
	defer l.sealing.Unlock()
	for after := ""; ; {
		waiting, err := l.rows(ctx, fmt.Sprintf(" where seq = 0 and id > $1 order by id limit %d", maxSeal), after)
		if err != nil || len(waiting) == 0 {
			return err
		}
		after = waiting[len(waiting)-1].id
		if err := l.seal(ctx, l.own(waiting)); err != nil {
			return err
		}
		if len(waiting) < maxSeal {
			return nil
		}
	}
}

// Sealed is the newest seal that this process made, nil before the first.
func (l *Log) Sealed() *Seal { return l.sealed.Load() }

// own drops rows that this program did not write: they stay outside of the
// chain, where Verify finds them.
func (l *Log) own(waiting []row) []row {
	out := waiting[:0]
	for i := range waiting {
		if _, err := l.record(&waiting[i]); err != nil {
			l.Log.Error("an audit entry that this program did not write is left out of the chain (发现非本程序写入的审计记录)", "id", waiting[i].id, "error", err)
			continue
		}
		out = append(out, waiting[i])
	}
	return out
}

// seal chains rows that were read as durable and waiting: they stay as they are,
// and what commits later is for the next round.
func (l *Log) seal(ctx context.Context, list []row) error {
	if len(list) == 0 {
		return nil
	}
	var made *Seal
	err := l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = l.chain(ctx, tx, list)
		return err
	})
	if err != nil {
		return err
	}
	l.sealed.Store(made)
	if made.At.Sub(l.said) >= sayEvery {
		l.said = made.At
		l.Log.Info("audit chain (审计链)", "seal", made.Number, "entries", made.Last, "hash", fmt.Sprintf("%x", made.Hash))
	}
	return l.writeHead(made)
}

// chain numbers the rows behind the newest seal, and seals them.
func (l *Log) chain(ctx context.Context, tx *store.Tx, list []row) (*Seal, error) {
	last, err := newest(tx.QueryRow(ctx, newestSeal).Scan)
	if err != nil {
		return nil, err
	}
	s := &Seal{Number: last.Number + 1, First: last.Last + 1, At: l.Clock.Now()}
	hash := last.Hash
	for i := range list {
		r := &list[i]
		r.seq = int64(last.Last) + int64(i) + 1
		r.hash = r.chained(hash)
		hash = r.hash
		res, err := tx.Exec(ctx, `update audit_entries set seq = $1, hash = $2 where id = $3 and seq = 0`, r.seq, r.hash, r.id)
		if err != nil {
			return nil, store.Wrap("chain audit entry", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return nil, errors.Join(errRaced, err)
		}
	}
	s.Last, s.Hash = uint64(list[len(list)-1].seq), hash
	s.MAC = l.mac(s, last.MAC)
	_, err = tx.Exec(ctx, `insert into audit_seals (number, first_seq, last_seq, at, hash, mac) values ($1, $2, $3, $4, $5, $6)`,
		int64(s.Number), int64(s.First), int64(s.Last), s.At.UnixMicro(), s.Hash, s.MAC)
	return s, store.Wrap("seal audit entries", err)
}

const sealColumns = `number, first_seq, last_seq, at, hash, mac`

const newestSeal = `select ` + sealColumns + ` from audit_seals order by number desc limit 1`

// newest reads a seal; where there is none it is the ground on which the first
// one stands.
func newest(scan func(...any) error) (*Seal, error) {
	s, err := scanSeal(scan)
	if errors.Is(err, sql.ErrNoRows) {
		return &Seal{Hash: make([]byte, sha256.Size), MAC: make([]byte, sha256.Size)}, nil
	}
	return s, store.Wrap("read audit seal", err)
}

func scanSeal(scan func(...any) error) (*Seal, error) {
	var number, first, last, at int64
	s := &Seal{}
	if err := scan(&number, &first, &last, &at, &s.Hash, &s.MAC); err != nil {
		return nil, err
	}
	s.Number, s.First, s.Last, s.At = uint64(number), uint64(first), uint64(last), clock.FromMicros(at)
	return s, nil
}

// chained is the hash of a row that stands behind another's hash.
func (r *row) chained(before []byte) []byte {
	h := sha256.New()
	h.Write([]byte("pilotzone audit chain 1\n"))
	h.Write(before)
	b := binary.BigEndian.AppendUint64(nil, uint64(r.seq))
	b = append(b, r.bound()...)
	b = appendText(b, string(r.words))
	h.Write(b)
	return h.Sum(nil)
}

// mac is the keyed seal of a seal.
func (l *Log) mac(s *Seal, before []byte) []byte {
	m := hmac.New(sha256.New, l.macKey)
	m.Write([]byte("pilotzone audit seal 1\n"))
	m.Write(before)
	for _, n := range []uint64{s.Number, s.First, s.Last, uint64(s.At.UnixMicro())} {
		m.Write(binary.BigEndian.AppendUint64(nil, n))
	}
	m.Write(s.Hash)
	return m.Sum(nil)
}

// State is how the chain stands, for pages.
type State struct {
	Newest  *Seal // nil before the first
	Waiting int   // entries that are not chained yet
}

// State reads how the chain stands.
func (l *Log) State(ctx context.Context) (State, error) {
	var out State
	s, err := newest(l.DB.Read().QueryRowContext(ctx, newestSeal).Scan)
	if err != nil {
		return out, err
	}
	if s.Number > 0 {
		out.Newest = s
	}
	err = l.DB.Read().QueryRowContext(ctx, `select count(*) from audit_entries where seq = 0`).Scan(&out.Waiting)
	return out, store.Wrap("read audit state", err)
}
