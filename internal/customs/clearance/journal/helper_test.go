package journal_test

import (
	"context"
	"testing"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/store"
)

// bumpEpoch is what another writer does first.
func bumpEpoch(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `update shards set epoch = epoch + 1`)
	return err
}

func change(t testing.TB, s *store.Store, query string) {
	t.Helper()
	err := s.Core.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, s *store.Store, query string) (n int) {
	t.Helper()
	if err := s.Core.Read().QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// journalTables are the tables of the hash chain.
var journalTables = []string{"shards", "batches", "segments", "inputs", "decisions"}

// verifyChanged verifies the journal after a change, and undoes the change.
func verifyChanged(t testing.TB, s *store.Store, j journal.Journal, query string) *journal.Difference {
	t.Helper()
	for _, table := range journalTables {
		change(t, s, `create table saved_`+table+` as select * from `+table)
	}
	change(t, s, query)
	d, err := j.Verify(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	for _, table := range journalTables {
		change(t, s, `delete from `+table)
		change(t, s, `insert into `+table+` select * from saved_`+table)
		change(t, s, `drop table saved_`+table)
	}
	return d
}
