package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// The identity of a store is one row in each of its databases, with the same
// random number: databases restored from different stores are found out.
const (
	identityTable  = `create table if not exists store_identity (part text not null primary key, id text not null, created_at bigint not null)`
	identityInsert = `insert into store_identity (part, id, created_at) values ($1, $2, $3) on conflict (part) do nothing`
	identitySelect = `select id from store_identity where part = $1`
)

// identify reads the identity of the store and writes it where it is missing:
// core first, so that a sibling with an identity beside a core without one
// shows that core was lost, not that the creation was cut short.
func (s *Store) identify(ctx context.Context) error {
	const op = "open store"
	id, err := s.identityOf(ctx, s.Core)
	if err != nil {
		return err
	}
	if id == "" && !s.opt.ReadOnly {
		raw := make([]byte, 16)
		if _, err := io.ReadFull(s.opt.Random, raw); err != nil {
			return fmt.Errorf("%s: draw its identity: %w", op, err)
		}
		s.ID = hex.EncodeToString(raw)
	} else {
		s.ID = id
	}
	for _, db := range []*DB{s.Services, s.Search, s.Core} {
		if db == nil {
			continue
		}
		have, err := s.identityOf(ctx, db)
		switch {
		case err != nil:
			return err
		case have != "" && id == "":
			return fail(ErrMissing, op, fmt.Errorf("%s belongs to store %s, whose core is not here", db.file, have))
		case have != "" && have != id:
			return fail(ErrForeign, op, fmt.Errorf("core belongs to store %s, %s to store %s", id, db.file, have))
		case have == "" && s.opt.ReadOnly:
			return fail(ErrForeign, op, fmt.Errorf("%s has no identity", db.file))
		}
	}
	for _, db := range []*DB{s.Core, s.Services, s.Search} {
		if s.opt.ReadOnly {
			break
		}
		if err := s.writeIdentity(ctx, db, s.ID); err != nil {
			return err
		}
	}
	return nil
}

// identityOf returns the identity stored in db, "" when it has none yet.
func (s *Store) identityOf(ctx context.Context, db *DB) (string, error) {
	op := "read identity of " + db.file.String()
	exists := `select count(*) from sqlite_master where type = 'table' and name = 'store_identity'`
	if s.Dialect == Postgres {
		exists = `select count(*) from pg_tables where schemaname = current_schema() and tablename = 'store_identity'`
	}
	var n int
	if err := db.read.QueryRowContext(ctx, exists).Scan(&n); err != nil {
		return "", Wrap(op, err)
	}
	if n == 0 {
		return "", nil
	}
	var id string
	err := db.read.QueryRowContext(ctx, identitySelect, db.file.String()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, Wrap(op, err)
}

// writeIdentity gives db the identity id unless it has it already.
func (s *Store) writeIdentity(ctx context.Context, db *DB, id string) error {
	if have, err := s.identityOf(ctx, db); err != nil || have == id {
		return err
	}
	return db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Exec(ctx, identityTable); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, identityInsert, db.file.String(), id, s.opt.Clock.Now().UnixMicro())
		return err
	})
}
