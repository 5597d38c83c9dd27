package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"

	"pilotzone/internal/kernel/store"
)

// postgresBackend commits over a connection of its own, by COPY in the binary
// format: the rows are laid out here and the blocks go out as they are.
type postgresBackend struct {
	db   *store.DB
	conn *pgx.Conn // nil until needed, and after a failure
}

func (k *postgresBackend) open(ctx context.Context) error {
	cfg := k.db.Pool().Config().ConnConfig
	cfg.RuntimeParams["application_name"] = "pilotzone journal"
	// Should this machine vanish in the middle of a commit, the row of the
	// shard must not stay locked for long.
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
	cfg.RuntimeParams["tcp_keepalives_idle"] = "5"
	cfg.RuntimeParams["tcp_keepalives_interval"] = "2"
	cfg.RuntimeParams["tcp_keepalives_count"] = "5"
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	k.conn = conn
	return nil
}

func (k *postgresBackend) commit(ctx context.Context, shard int64, state State, b *Batch) error {
	if k.conn == nil || k.conn.IsClosed() {
		if err := k.open(ctx); err != nil {
			return err
		}
	}
	// All values are numbers and hexadecimal digits, so the simple protocol can
	// carry several statements in one go.
	results, err := k.conn.PgConn().Exec(ctx, fmt.Sprintf(`begin isolation level read committed;
		update shards set last_batch = %d, last_input = %d, last_decision = %d, hash = '\x%x'
		where shard = %d and epoch = %d and last_batch = %d`,
		b.Number, b.LastInput, b.LastDecision, b.Hash, shard, state.Epoch, state.Batch)).ReadAll()
	if err != nil {
		return err
	}
	if results[1].CommandTag.RowsAffected() != 1 {
		_, err := k.conn.PgConn().Exec(ctx, `rollback`).ReadAll()
		return errors.Join(ErrFenced, err)
	}
	if err := k.copy(ctx, `copy segments (shard, first, count, directory, block) from stdin (format binary)`, segmentRows(shard, b)); err != nil {
		return err
	}
	if err := k.copy(ctx, `copy inputs (shard, seq, kind, at, body) from stdin (format binary)`, inputRows(shard, b)); err != nil {
		return err
	}
	if err := k.copy(ctx, `copy decisions (shard, first, count, block) from stdin (format binary)`, decisionRows(shard, b)); err != nil {
		return err
	}
	_, err = k.conn.PgConn().Exec(ctx, fmt.Sprintf(`insert into batches
		(shard, number, first_input, last_input, first_decision, last_decision, at, prev_hash, hash)
		values (%d, %d, %d, %d, %d, %d, %d, '\x%x', '\x%x'); commit`,
		shard, b.Number, b.FirstInput, b.LastInput, b.FirstDecision, b.LastDecision, b.At, b.PrevHash, b.Hash)).ReadAll()
	return err
}

// copy runs a COPY of rows; none is fine.
func (k *postgresBackend) copy(ctx context.Context, query string, rows copyRows) error {
	if len(rows.parts) == 0 {
		return nil
	}
	_, err := k.conn.PgConn().CopyFrom(ctx, rows.reader(), query)
	return err
}

func segmentRows(shard int64, b *Batch) (rows copyRows) {
	for i := range b.Segments {
		s := &b.Segments[i]
		rows.begin(5)
		rows.numbers(shard, int64(s.First), int64(s.Count))
		rows.blob(s.Directory)
		rows.blob(s.Block)
	}
	return rows
}

func inputRows(shard int64, b *Batch) (rows copyRows) {
	for i := range b.Inputs {
		in := &b.Inputs[i]
		rows.begin(5)
		rows.numbers(shard, int64(in.Seq), int64(in.Kind), in.At)
		rows.blob(in.Body)
	}
	return rows
}

func decisionRows(shard int64, b *Batch) (rows copyRows) {
	for i := range b.Decisions {
		d := &b.Decisions[i]
		rows.begin(4)
		rows.numbers(shard, int64(d.First), int64(d.Count))
		rows.blob(d.Block)
	}
	return rows
}

// copyHeader begins a binary COPY: signature, flags, length of an extension.
const copyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// copyRows lays out rows for a binary COPY as a list of pieces, without copying
// the blobs.
type copyRows struct {
	parts net.Buffers
	text  []byte // numbers and lengths since the last blob
}

// begin starts a row of n columns.
func (r *copyRows) begin(n int) {
	if len(r.parts) == 0 && len(r.text) == 0 {
		r.text = append(r.text, copyHeader...)
	}
	r.text = binary.BigEndian.AppendUint16(r.text, uint16(n))
}

// numbers adds bigint columns.
func (r *copyRows) numbers(ns ...int64) {
	for _, n := range ns {
		r.text = binary.BigEndian.AppendUint32(r.text, 8)
		r.text = binary.BigEndian.AppendUint64(r.text, uint64(n))
	}
}

// blob adds a bytea column; every row ends with one.
func (r *copyRows) blob(b []byte) {
	r.text = binary.BigEndian.AppendUint32(r.text, uint32(len(b)))
	r.parts = append(r.parts, r.text, b)
	r.text = nil
}

// reader ends the rows and returns them as a stream.
func (r *copyRows) reader() *net.Buffers {
	all := append(r.parts, []byte{0xff, 0xff})
	return &all
}

// settled implements backend. A commit of which nobody heard the end may still
// be under way on the server; it has the row locked, so the read waits for it
// by a lock of its own.
func (k *postgresBackend) settled(ctx context.Context, shard int64) (s State, err error) {
	err = k.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		s, err = scanState(tx.QueryRow(ctx, readState+` for update`, shard))
		return err
	})
	return s, err
}

// page implements backend; the connections of the pool remember what they have
// prepared, which those of database/sql over a pool do not.
func (k *postgresBackend) page(ctx context.Context, shard, layer int64, key []byte) (data []byte, err error) {
	err = k.db.Pool().QueryRow(ctx, findPage, shard, layer, key).Scan(&data)
	return data, err
}

func (k *postgresBackend) reset() { _ = k.close() } // it is in doubt anyway

func (k *postgresBackend) close() error {
	if k.conn == nil {
		return nil
	}
	conn := k.conn
	k.conn = nil
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return conn.Close(ctx)
}
