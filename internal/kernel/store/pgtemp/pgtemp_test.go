package pgtemp_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pilotzone/internal/kernel/store/pgtemp"
)

// childRun makes [TestServerChild] start a server.
const childRun = "PILOTZONE_TEST_PGTEMP"

func start(t *testing.T) *pgtemp.Server {
	t.Helper()
	s, err := pgtemp.Start(t.Context(), pgtemp.Options{Settings: map[string]string{"work_mem": "7MB"}})
	if errors.Is(err, pgtemp.ErrNotInstalled) && os.Getenv("PILOTZONE_REQUIRE_PG") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask runs a query that answers one text, after the statements in before.
func ask(t *testing.T, url, query string, before ...string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range before {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Error(err)
		}
	}
	if err := conn.QueryRow(t.Context(), query).Scan(&answer); err != nil {
		t.Error(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return answer
}

func TestServerKeepsItsDataAcrossHaltAndCrash(t *testing.T) {
	t.Parallel()
	s := start(t)
	url, err := s.Create(t.Context(), "zone", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, url, "show work_mem"); got != "7MB" {
		t.Errorf("setting %s", got)
	}
	ask(t, url, "insert into t values ('kept') returning a", "create table t (a text)")
	for _, down := range []func() error{s.Halt, s.Crash} {
		if err := errors.Join(down(), s.Resume(t.Context())); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, url, "select a from t"); got != "kept" {
			t.Errorf("row %q", got)
		}
	}
	if len(s.Processes()) < 2 {
		t.Errorf("processes %v", s.Processes())
	}
	if err := s.Drop(t.Context(), "zone"); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
}

// TestServerChild is not a test of its own: it is the process that is killed.
func TestServerChild(t *testing.T) {
	if os.Getenv(childRun) == "" {
		t.Skip("runs as a child of TestServerEndsWithItsProcess")
	}
	s := start(t)
	fmt.Printf("dir %s\n", s.Dir())
	time.Sleep(time.Minute)
}

func TestServerEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	if err := start(t).Stop(); err != nil { // skips where there is no PostgreSQL
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerChild$")
	cmd.Env = append(os.Environ(), childRun+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dir := ""
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		dir = strings.TrimPrefix(lines.Text(), "dir ")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("the child has no server: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // killed
	for range 200 {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s is left after its process was killed", dir)
}
