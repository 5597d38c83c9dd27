package main

import (
	"errors"
	"strings"
	"testing"
)

func TestSyncReturnsBeforeEveryAnswer(t *testing.T) {
	t.Parallel()
	o, err := watch(t.Context(), program(t), t.TempDir(), 20)
	if errors.Is(err, errNoTrace) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range o.Problems {
		t.Error(p)
	}
	t.Log(strings.Join(o.Excerpt, "\n\n"))
}

// Traces as the tracer writes them, of one message each.
func TestFollow(t *testing.T) {
	t.Parallel()
	const (
		asks    = `11 10:00:00.1 read(8<TCP:[127.0.0.1:1->127.0.0.1:2]>, "POST /v1/messages HT"..., 4096) = 90` + "\n"
		writes  = `12 10:00:00.2 pwrite64(7</x/zone.db-wal>, "\1"..., 24, 0) = 24` + "\n"
		syncs   = `12 10:00:00.3 fsync(7</x/zone.db-wal>) = 0` + "\n"
		fails   = `12 10:00:00.3 fsync(7</x/zone.db-wal>) = -1 EIO (Input/output error)` + "\n"
		other   = `12 10:00:00.3 fsync(9</x/zone.search.db-wal>) = 0` + "\n"
		begins  = `12 10:00:00.3 fdatasync(7</x/zone.db-wal> <unfinished ...>` + "\n"
		resumes = `12 10:00:00.6 <... fdatasync resumed>) = 0` + "\n"
		answers = `11 10:00:00.5 write(8<TCP:[127.0.0.1:1->127.0.0.1:2]>, "HTTP/1.1 200 OK\r\nCon"..., 426) = 426` + "\n"
	)
	for name, c := range map[string]struct {
		trace string
		fine  bool
	}{
		"synced":                      {asks + writes + syncs + answers, true},
		"synced in two lines":         {asks + writes + begins + resumes + answers, true},
		"nothing written":             {asks + syncs + answers, false},
		"not synced":                  {asks + writes + answers, false},
		"sync failed":                 {asks + writes + fails + answers, false},
		"synced another file":         {asks + writes + other + answers, false},
		"answered within the sync":    {asks + writes + begins + answers + resumes, false},
		"synced before it was asked":  {writes + syncs + asks + answers, false},
		"written again after a sync":  {asks + writes + syncs + writes + answers, false},
		"synced after the answer":     {asks + writes + answers + syncs, false},
		"the sync of another message": {asks + writes + syncs + answers + asks + answers, false},
	} {
		o := follow(c.trace, "zone.db-wal")
		if fine := o.Acknowledged > 0 && len(o.Problems) == 0; fine != c.fine {
			t.Errorf("%s: %+v, want fine %v", name, o, c.fine)
		}
	}
}
