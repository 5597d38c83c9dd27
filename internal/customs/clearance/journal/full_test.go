package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/pgtemp"
	"pilotzone/internal/kernel/store/storetest"
)

// smallDisk mounts a file system of so many bytes at a folder and puts a file
// of the size spare on it; removing that file makes room.
func smallDisk(t *testing.T, dir, size string, spare int) (remove func()) {
	t.Helper()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0777,size="+size)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skipf("this user may not mount a small file system: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, spare), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}

// fillUp commits until the store is full, makes room, and goes on. Where
// makeRoom is nil there is room as soon as the journal connects anew.
func fillUp(t *testing.T, j journal.Journal, makeRoom func()) {
	t.Helper()
	m := newMaker(journal.State{})
	m.segments, m.size = 8, 40000
	var b *journal.Batch
	var err error
	for range 200 {
		b = m.next()
		if err = j.Commit(t.Context(), b); err != nil {
			break
		}
	}
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("after batch %d: %v, want ErrFull", b.Number, err)
	}
	if err := j.Commit(t.Context(), b); !errors.Is(err, journal.ErrUnknown) {
		t.Errorf("commit after an unknown outcome: %v", err)
	}
	state, err := j.Current(t.Context())
	if err != nil || state.Batch != b.Number-1 {
		t.Fatalf("state %+v, want batch %d (%v)", state, b.Number-1, err)
	}
	verify(t, j)
	if makeRoom != nil {
		if err := j.Commit(t.Context(), b); !errors.Is(err, store.ErrFull) {
			t.Errorf("commit while still full: %v, want ErrFull", err)
		}
		makeRoom()
	}
	if _, err := j.Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := j.Commit(t.Context(), b); err != nil {
		t.Fatalf("commit after room was made: %v", err)
	}
	commit(t, j, m, 3)
	verify(t, j)
}

func TestFullDiskSQLite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	makeRoom := smallDisk(t, dir, "12m", 4<<20)
	fillUp(t, acquire(t, storetest.Open(t, "sqlite:"+filepath.Join(dir, "zone.db"), journal.Migration())), makeRoom)
}

func TestFullFileSQLite(t *testing.T) {
	t.Parallel()
	j := acquire(t, storetest.SQLite(t, journal.Migration()))
	if err := journal.LimitPages(j, 400); err != nil {
		t.Fatal(err)
	}
	fillUp(t, j, nil)
}

func TestFullDiskPostgres(t *testing.T) {
	t.Parallel()
	server := storetest.Server(t, pgtemp.Options{})
	dir := filepath.Join(server.Dir(), "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	makeRoom := smallDisk(t, dir, "32m", 12<<20)
	owner, err := os.Stat(server.Dir())
	if err != nil {
		t.Fatal(err)
	}
	ids := owner.Sys().(*syscall.Stat_t)
	space := filepath.Join(dir, "space")
	if err := errors.Join(os.Mkdir(space, 0o700), os.Chown(space, int(ids.Uid), int(ids.Gid))); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"create tablespace small location '" + space + "'",
		"create database zone tablespace small",
	} {
		if _, err := conn.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	fillUp(t, acquire(t, storetest.Open(t, server.URL("zone"), journal.Migration())), makeRoom)
	if err := server.Halt(); err != nil { // before the disk is unmounted
		t.Fatal(err)
	}
}
