package main

import (
	"database/sql"
	"testing"

	_ "modernc.org/sqlite"
)

// A snapshot only saves time: a store whose snapshot is damaged, or of a form
// that this program does not know, starts from its inputs and knows everything.
func TestDamagedSnapshotIsPlayedAgain(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"bytes changed":   `update snapshot_chunks set data = zeroblob(length(data))`,
		"a part missing":  `delete from snapshot_parts where name = (select min(name) from snapshot_parts)`,
		"a chunk missing": `delete from snapshot_chunks where name = (select max(name) from snapshot_chunks)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, s := newPlace(t, "sqlite"), supplyOf(t)
			if err := prepare(t.Context(), p, s); err != nil {
				t.Fatal(err)
			}
			again := func(messages int) {
				v := start(t, p)
				if err := oneByOne(t.Context(), s, v.url, messages); err != nil {
					t.Fatal(err)
				}
				if code, err := v.stop(); code != 0 || err != nil {
					t.Fatalf("the service ends with %d, %v", code, err)
				}
			}
			again(12)
			change(t, p, damage)
			again(12)
			whole(t, p, s)
		})
	}
}

// change runs a statement on the core file of a store that nobody has open.
func change(t *testing.T, p place, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", p.url[len("sqlite:"):])
	if err != nil {
		t.Fatal(err)
	}
	result, err := db.Exec(statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("nothing was changed: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
