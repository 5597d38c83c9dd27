package journal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pilotzone/internal/kernel/store/storetest"
)

// syscalls of a trace: process, call, its first argument with the path in
// angle brackets, and the rest; a call that another thread's interrupts stands
// in two lines, of which the second has no argument.
var (
	tracedCall  = regexp.MustCompile(`^(\d+) +(fsync|fdatasync|pwrite64|write)\(\d+<([^>]*)>(.*)$`)
	resumedCall = regexp.MustCompile(`^(\d+) +<\.\.\. (fsync|fdatasync) resumed>(.*)$`)
)

// A kill keeps what the system has cached, so it does not prove durability: the
// order of the system calls does. Every acknowledgement must come after a sync
// of the write-ahead log that has returned, with nothing written in between.
func TestSyncReturnsBeforeEveryAcknowledgement(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-y", "-qq", "-s", "16", "-e", "trace=fsync,fdatasync,pwrite64,write", "-e", "signal=none", "-o", trace,
		os.Args[0], "-test.run=^TestCrashChild$")
	const batches = "10"
	cmd.Env = append(os.Environ(), childURL+"="+storetest.SQLiteURL(t), childBatches+"="+batches)
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "ptrace") || strings.Contains(string(out), "PTRACE") {
			t.Skipf("this user may not trace: %s", out)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := checkOrder(t, strings.Split(string(text), "\n"))
	if acknowledged != 10 {
		t.Errorf("%d acknowledgements in the trace, want %s", acknowledged, batches)
	}
}

// checkOrder follows the trace and returns how many acknowledgements it saw.
func checkOrder(t *testing.T, lines []string) (acknowledged int) {
	t.Helper()
	written, synced := false, false // since the acknowledgement before
	syncing := map[string]bool{}    // processes within a sync of the log
	for i, line := range lines {
		if m := resumedCall.FindStringSubmatch(line); m != nil && syncing[m[1]] {
			synced = strings.HasSuffix(m[3], "= 0")
			delete(syncing, m[1])
			continue
		}
		m := tracedCall.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		call, path, rest := m[2], m[3], m[4]
		onLog := strings.HasSuffix(path, "zone.db-wal")
		switch {
		case onLog && call == "pwrite64":
			written, synced = true, false
		case onLog && strings.HasSuffix(rest, "<unfinished ...>"):
			syncing[m[1]] = true
		case onLog:
			synced = strings.HasSuffix(rest, "= 0")
		case call == "write" && strings.Contains(rest, `"durable `):
			acknowledged++
			if !written || !synced {
				t.Errorf("trace line %d: acknowledged with written %v, synced %v: %s", i+1, written, synced, line)
			}
			written, synced = false, false
		}
	}
	return acknowledged
}
