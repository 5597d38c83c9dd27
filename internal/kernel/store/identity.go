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

// identify reads the identity of the store, and writes it where it is missing.
func (s *Store) identify(ctx context.Context) error {
	whole, err := s.readIdentity(ctx)
	if err == nil && whole {
		return nil
	}
	if s.opt.ReadOnly {
		return errors.Join(err, fail(ErrForeign, "open store", errors.New("it has no identity")))
	}
	// Another process may be creating the store at this moment.
	release, lockErr := s.lockMigration(ctx)
	if lockErr != nil {
		return errors.Join(err, lockErr)
	}
	defer release()
	if whole, err = s.readIdentity(ctx); err != nil || whole {
		return err
	}
	if s.ID == "" {
		raw := make([]byte, 16)
		if _, err := io.ReadFull(s.opt.Random, raw); err != nil {
			return fmt.Errorf("open store: draw its identity: %w", err)
		}
		s.ID = hex.EncodeToString(raw)
	}
	// Core first, so that a sibling with an identity beside a core without one
	// shows that core was lost, not that the creation was cut short.
	for _, db := range []*DB{s.Core, s.Services, s.Search} {
		if err := s.writeIdentity(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

// readIdentity sets the identity to that of core, and reports whether all
// parts have it. Parts of different stores are an error.
func (s *Store) readIdentity(ctx context.Context) (whole bool, err error) {
	const op = "open store"
	if s.ID, err = s.identityOf(ctx, s.Core); err != nil {
		return false, err
	}
	whole = s.ID != ""
	for _, db := range []*DB{s.Services, s.Search} {
		if db == nil {
			continue
		}
		have, err := s.identityOf(ctx, db)
		switch {
		case err != nil:
			return false, err
		case have != "" && s.ID == "":
			return false, fail(ErrMissing, op, fmt.Errorf("%s belongs to store %s, whose core is not here", db.file, have))
		case have != "" && have != s.ID:
			return false, fail(ErrForeign, op, fmt.Errorf("core belongs to store %s, %s to store %s", s.ID, db.file, have))
		}
		whole = whole && have != ""
	}
	return whole, nil
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

// writeIdentity gives db the identity of the store unless it has it already.
func (s *Store) writeIdentity(ctx context.Context, db *DB) error {
	if have, err := s.identityOf(ctx, db); err != nil || have != "" {
		return err
	}
	return db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Exec(ctx, identityTable); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, identityInsert, db.file.String(), s.ID, s.opt.Clock.Now().UnixMicro())
		return err
	})
}
