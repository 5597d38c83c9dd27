package backup_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/backup"
	"pilotzone/internal/kernel/store/storetest"
)

// facts stands for the core: it only grows. cursors stands for a service, which
// has read the facts up to seq.
var (
	facts = store.Migration{File: store.Core, Owner: "facts", FS: fstest.MapFS{"1_facts.sql": {Data: []byte(`
		create table facts (seq bigint not null primary key, body bytea not null, name text, done boolean not null)`)}}}
	cursors = store.Migration{File: store.Services, Owner: "cursors", FS: fstest.MapFS{"1_cursors.sql": {Data: []byte(`
		create table cursors (seq bigint not null primary key);
		create table a_effects (seq bigint not null primary key references cursors (seq))`)}}}
)

func write(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func step(t *testing.T, s *store.Store, seq int) {
	t.Helper()
	write(t, s.Core, `insert into facts (seq, body, name, done) values ($1, $2, $3, $4)`,
		seq, []byte{byte(seq), 0}, sql.NullString{String: fmt.Sprint("事实", seq), Valid: seq%3 != 0}, seq%2 == 0)
	write(t, s.Services, `insert into cursors (seq) values ($1)`, seq)
	write(t, s.Services, `insert into a_effects (seq) values ($1)`, seq)
}

func TestBackupOfALiveStore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for seq := range 20 {
			step(t, s, seq)
		}
		// More rows than a piece of the copy holds.
		write(t, s.Core, `insert into facts (seq, body, name, done)
			with recursive n (seq) as (select 100 union all select seq + 1 from n where seq < 5000)
			select seq, (select body from facts where seq = 7), null, true from n`)
		var writers sync.WaitGroup
		stop := make(chan struct{})
		writers.Go(func() {
			for seq := 10000; ; seq++ {
				select {
				case <-stop:
					return
				default:
					step(t, s, seq)
				}
			}
		})
		dir := filepath.Join(t.TempDir(), "backup")
		err := backup.Backup(t.Context(), s, dir)
		close(stop)
		writers.Wait()
		if err != nil {
			t.Fatal(err)
		}
		checkCopy(t, s, dir)
		if err := backup.Backup(t.Context(), s, dir); !errors.Is(err, backup.ErrExists) {
			t.Errorf("second backup to the same folder: %v", err)
		}
		checkCopy(t, s, dir)
	}, facts, cursors)
}

// checkCopy opens a backup and compares it with the store.
func checkCopy(t *testing.T, s *store.Store, dir string) {
	t.Helper()
	m, err := backup.Check(dir)
	if err != nil {
		t.Fatal(err)
	}
	if m.StoreID != s.ID || m.Dialect != s.Dialect.String() || len(m.Files) != 2 || m.Files[0].Part != "services" {
		t.Errorf("manifest %+v", m)
	}
	c, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, backup.CoreFile), store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Migrate(t.Context(), facts, cursors); err != nil {
		t.Fatal(err)
	}
	if c.ID != s.ID {
		t.Errorf("identity %s, want %s", c.ID, s.ID)
	}
	last := func(db *store.DB, query string) (n int) {
		if err := db.Read().QueryRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	core := last(c.Core, `select max(seq) from facts`)
	if cursor := last(c.Services, `select max(seq) from cursors`); cursor > core {
		t.Errorf("the cursor in the backup is at %d, the core at %d", cursor, core)
	}
	sum := fmt.Sprintf(`select count(*), sum(seq), sum(length(body)), sum(length(name)),
		sum(case when done then 1 else 0 end), min(name), sum(case when name is null then 1 else 0 end)
		from facts where seq <= %d`, core)
	row := func(db *store.DB) string {
		v := make([]any, 7)
		p := make([]any, 7)
		for i := range v {
			p[i] = &v[i]
		}
		if err := db.Read().QueryRow(sum).Scan(p...); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintln(v...)
	}
	if got, want := row(c.Core), row(s.Core); got != want {
		t.Errorf("facts in the backup: %s, in the store: %s", got, want)
	}
}

func TestDamagedBackupIsFound(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, facts, cursors)
	step(t, s, 1)
	damage := map[string]func(dir string) error{
		"byte changed": func(dir string) error {
			f, err := os.OpenFile(filepath.Join(dir, backup.CoreFile), os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte{0xff}, 9000)
			return errors.Join(err, f.Close())
		},
		"file removed":     func(dir string) error { return os.Remove(filepath.Join(dir, backup.CoreFile)) },
		"manifest removed": func(dir string) error { return os.Remove(filepath.Join(dir, "manifest.json")) },
	}
	for name, spoil := range damage {
		dir := filepath.Join(t.TempDir(), "backup")
		if err := backup.Backup(t.Context(), s, dir); err != nil {
			t.Fatal(err)
		}
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Check(dir); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
}
