package audit_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/store/storetest"
)

// The head file is the witness outside of the database.
func TestHeadFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, path string, old []byte)
		head   string
		ok     bool
	}{
		{"untouched", func(*testing.T, string, []byte) {}, "agrees", true},
		{"an older one", func(t *testing.T, path string, old []byte) { write(t, path, old) }, "agrees", true},
		{"gone", func(t *testing.T, path string, _ []byte) { _ = os.Remove(path) }, "missing", true},
		{"emptied", func(t *testing.T, path string, _ []byte) { write(t, path, nil) }, "differs", false},
		{"changed", func(t *testing.T, path string, old []byte) {
			write(t, path, []byte(strings.Replace(string(old), `"entries":3`, `"entries":2`, 1)))
		}, "differs", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, c := newLog(t, storetest.SQLite(t, audit.Migration))
			fill(t, l, c, 3)
			old, err := os.ReadFile(l.Head)
			if err != nil {
				t.Fatal(err)
			}
			fill(t, l, c, 3)
			tt.change(t, l.Head, old)
			if r := verify(t, l); r.Head != tt.head || r.OK() != tt.ok {
				t.Errorf("%+v", r)
			}
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCutOffEndIsKeptAsEvidenceAtTheNextStart(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, audit.Migration)
	l, c := newLog(t, s)
	fill(t, l, c, 9)
	run(t, s, `delete from audit_seals where number = 3; delete from audit_entries where seq > 6`)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := audit.New(l.Config).Run(ctx); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(l.Head + ".differs-*")
	if err != nil || len(kept) != 1 {
		t.Errorf("kept %v, %v", kept, err)
	}
	list, _, err := l.List(t.Context(), audit.Filter{Act: "audit.head"}, "", 5)
	if err != nil || len(list) != 1 || list[0].Seq != 7 || !strings.Contains(list[0].Detail, "cut off") {
		t.Errorf("%+v, %v", list, err)
	}
}
