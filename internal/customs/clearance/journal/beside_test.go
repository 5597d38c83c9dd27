package journal_test

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"pilotzone/internal/customs/clearance/journal"
	"pilotzone/internal/kernel/store"
	"pilotzone/internal/kernel/store/backup"
	"pilotzone/internal/kernel/store/storetest"
)

// committing commits until the function that it returns is called, which
// returns the number of batches.
func committing(t *testing.T, j journal.Journal) (stop func() int64) {
	t.Helper()
	var n atomic.Int64
	var wg sync.WaitGroup
	end := make(chan struct{})
	m := newMaker(journal.State{})
	started := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
			}
			if err := j.Commit(t.Context(), m.next()); err != nil {
				t.Error(err)
				return
			}
			if n.Add(1) == 5 {
				close(started)
			}
		}
	})
	<-started
	return func() int64 {
		close(end)
		wg.Wait()
		return n.Load()
	}
}

func TestReadersAndSavesGoOnBesideCommits(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		stop := committing(t, j)
		var work sync.WaitGroup
		work.Go(func() {
			for range 3 {
				next := uint64(1)
				for r, err := range j.Records(t.Context(), 1) {
					if err != nil || r.First() != next {
						t.Errorf("record %d, want %d (%v)", r.First(), next, err)
						return
					}
					next++
					if r.Segment != nil {
						next += uint64(r.Segment.Count) - 1
					}
				}
			}
		})
		work.Go(func() {
			for i := range uint64(3) {
				if err := j.SaveSnapshot(t.Context(), i+1, map[string][]byte{"keys": make([]byte, 3<<20)}); err != nil {
					t.Error(err)
				}
				if err := j.SaveLayer(t.Context(), i, []journal.Page{{Data: make([]byte, 1<<20)}}); err != nil {
					t.Error(err)
				}
			}
		})
		work.Go(func() {
			if d, err := j.Verify(t.Context()); err != nil || d != nil {
				t.Errorf("verify beside commits: %v, %v", d, err)
			}
		})
		work.Wait()
		t.Logf("%d batches meanwhile", stop())
		if input, parts, err := j.LoadSnapshot(t.Context()); err != nil || input != 3 || len(parts["keys"]) != 3<<20 {
			t.Errorf("snapshot of input %d, %v", input, err)
		}
		verify(t, j)
	})
}

func TestBackupTakenBesideCommitsVerifies(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, j journal.Journal) {
		stop := committing(t, j)
		dir := filepath.Join(t.TempDir(), "backup")
		err := backup.Backup(t.Context(), s, dir)
		batches := stop()
		if err != nil {
			t.Fatal(err)
		}
		c, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, backup.CoreFile), store.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if err := c.Migrate(t.Context(), journal.Migration()); err != nil {
			t.Fatal(err)
		}
		reader := open(t, c)
		state, err := reader.Current(t.Context())
		if err != nil || state.Batch < 5 || state.Batch > uint64(batches) {
			t.Errorf("the backup ends with batch %d of %d (%v)", state.Batch, batches, err)
		}
		verify(t, reader)
		if _, err := backup.Check(dir); err != nil { // reading has not changed it
			t.Error(err)
		}
	})
}

// The write-ahead log is copied beside the commits and begun again from its
// start, so it does not grow with the number of commits.
func TestLogOfSQLiteStaysShort(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t, journal.Migration())
	j := acquire(t, s)
	m := newMaker(journal.State{})
	m.segments, m.size = 16, 128<<10
	commit(t, j, m, 60) // 128 MB
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(s.Core.Path() + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 64<<20 {
		t.Errorf("the log has %d MiB after 128 MB of commits", info.Size()>>20)
	}
}
