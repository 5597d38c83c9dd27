package store_test

import (
	"context"
	"testing"
	"testing/fstest"

	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/storetest"
)

func notes(sql ...string) store.Migration {
	fs := fstest.MapFS{}
	for i, s := range sql {
		fs[string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(s)}
	}
	return store.Migration{File: store.Services, Owner: "notes", FS: fs}
}

const notesTable = `create table notes (id bigint not null primary key, body bytea not null, done boolean not null);
create index notes_done on notes (done);`

func TestWriteIsReadBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		hook := 0
		err := s.Services.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.AfterCommit(func() { hook++ })
			_, err := tx.Exec(ctx, "insert into notes (id, body, done) values ($1, $2, $3)", 7, []byte{1, 2}, true)
			return err
		})
		if err != nil || hook != 1 {
			t.Fatalf("write: %v, hook ran %d times", err, hook)
		}
		var body []byte
		var done bool
		if err := s.Services.Read().QueryRow("select body, done from notes where id = $1", 7).Scan(&body, &done); err != nil {
			t.Fatal(err)
		}
		if string(body) != "\x01\x02" || !done {
			t.Errorf("read %x %v", body, done)
		}
	}, notes(notesTable))
}
