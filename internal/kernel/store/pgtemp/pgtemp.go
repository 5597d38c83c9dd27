// Package pgtemp starts a private PostgreSQL server in a temporary folder, for
// tests, for the bench and for the proof commands.
//
// The server listens on a Unix socket in its folder alone, with the locale C
// (texts sort by bytes, as in SQLite). It ends, and its folder goes, with
// [Server.Stop], and also when this process dies in any way: a small shell
// that holds the other end of a pipe cleans up then. As root the server runs
// as the user postgres, or else nobody, because PostgreSQL refuses root.
package pgtemp

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNotInstalled says that this machine has no PostgreSQL server programs.
var ErrNotInstalled = errors.New("no PostgreSQL server programs (initdb, postgres) in PATH or /usr/lib/postgresql/*/bin: install the package postgresql")

// Options are the choices of [Start].
type Options struct {
	Durable  bool              // fsync on: for measurements and proofs; off is quicker for plain tests
	Settings map[string]string // further server settings
}

// Server is a running private server. The methods that stop and start it are
// for one goroutine.
type Server struct {
	dir      string // 0700, owned by the server's user: data, socket, log
	bin      string
	settings []string
	cred     *syscall.Credential // nil: as this process
	cmd      *exec.Cmd           // nil while the server is down
	exited   chan struct{}       // closed when cmd has been waited for
	watchdog *exec.Cmd
	leash    io.Closer // the pipe whose end tells the watchdog to clean up
}

// userName is the database user of a private server.
const userName = "pilotzone"

// Programs returns the folder of initdb and postgres: of PATH, or else the
// newest of /usr/lib/postgresql. The error is [ErrNotInstalled].
func Programs() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		// The programs stand together where the link points to.
		if p, err = filepath.EvalSymlinks(p); err == nil && executable(filepath.Join(filepath.Dir(p), "postgres")) {
			return filepath.Dir(p), nil
		}
	}
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	for _, d := range dirs {
		if executable(filepath.Join(d, "initdb")) && executable(filepath.Join(d, "postgres")) {
			return d, nil
		}
	}
	return "", ErrNotInstalled
}

func version(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	return n
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// Start makes a new server and waits until it answers (about two seconds).
func Start(ctx context.Context, opt Options) (*Server, error) {
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	if os.Geteuid() == 0 {
		if s.cred, err = unprivileged(); err != nil {
			return nil, err
		}
	}
	if s.dir, err = makeDir(s.cred); err != nil {
		return nil, fmt.Errorf("start private PostgreSQL: %w", err)
	}
	s.settings = []string{
		"listen_addresses=", "unix_socket_directories=" + s.dir, "max_connections=200",
		"shared_buffers=64MB", "max_wal_size=2GB",
	}
	if !opt.Durable {
		s.settings = append(s.settings, "fsync=off", "full_page_writes=off")
	}
	for k, v := range opt.Settings {
		s.settings = append(s.settings, k+"="+v)
	}
	if err := s.watch(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	err = s.setUp(ctx, opt.Durable)
	if err == nil {
		err = s.Resume(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// unprivileged finds the user that a server started by root runs as.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

// makeDir makes the folder of a server. A socket path must fit into 107 bytes,
// so a long TMPDIR is passed over.
func makeDir(cred *syscall.Credential) (string, error) {
	parent := os.TempDir()
	if len(parent) > 60 {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "pilotzone-pg-")
	if err != nil {
		return "", err
	}
	if cred != nil {
		err = os.Chown(dir, int(cred.Uid), int(cred.Gid))
	}
	return dir, err
}

func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Setpgid: true}
	return cmd
}

// setUp makes the cluster.
func (s *Server) setUp(ctx context.Context, durable bool) error {
	args := []string{"-D", s.data(), "-U", userName, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-instructions"}
	if !durable {
		args = append(args, "--no-sync")
	}
	cmd := s.command(ctx, "initdb", args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// Dir is the folder of the server, owned by its user; it goes with the server.
func (s *Server) Dir() string { return s.dir }

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// watchdogScript waits for the end of its input, which comes when the process
// that holds the pipe is gone, ends the server by the process id that it left
// in its folder, and removes the folder.
const watchdogScript = `read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ]; then
	kill -QUIT "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
fi
rm -rf "$1"`

// watch starts the watchdog.
func (s *Server) watch() error {
	cmd := exec.Command("/bin/sh", "-c", watchdogScript, "sh", s.dir)
	cmd.Dir = "/"
	// A group of its own: an interrupt at the terminal must not end it early.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Setpgid: true}
	leash, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start private PostgreSQL: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start private PostgreSQL: watchdog: %w", err)
	}
	s.watchdog, s.leash = cmd, leash
	return nil
}

// Resume starts a server that was brought down by [Server.Halt] or
// [Server.Crash], and waits until it answers.
func (s *Server) Resume(ctx context.Context) error {
	if s.cmd != nil {
		return nil
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start private PostgreSQL: %w", err)
	}
	defer func() { _ = log.Close() }()
	args := []string{"-D", s.data()}
	for _, v := range s.settings {
		args = append(args, "-c", v)
	}
	cmd := s.command(context.WithoutCancel(ctx), "postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start private PostgreSQL: %w", err)
	}
	s.cmd, s.exited = cmd, make(chan struct{})
	go func(done chan struct{}) {
		defer close(done)
		_ = cmd.Wait()
	}(s.exited)
	return s.wait(ctx)
}

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.exited:
			s.cmd = nil
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("private PostgreSQL ended at its start:\n%s", bytes.TrimSpace(log))
		case <-ctx.Done():
			return fmt.Errorf("private PostgreSQL does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// URL is the address of a database of the server.
func (s *Server) URL(database string) string {
	q := url.Values{"host": {s.dir}}
	u := url.URL{Scheme: "postgres", User: url.User(userName), Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

// Create makes a database, as a copy of template when that is not empty, and
// returns its address.
func (s *Server) Create(ctx context.Context, database, template string) (string, error) {
	return s.URL(database), s.exec(ctx, "create database "+pgx.Identifier{database}.Sanitize()+
		" template "+pgx.Identifier{cmp.Or(template, "template0")}.Sanitize())
}

// Drop removes a database with its connections.
func (s *Server) Drop(ctx context.Context, database string) error {
	return s.exec(ctx, "drop database if exists "+pgx.Identifier{database}.Sanitize()+" with (force)")
}

func (s *Server) exec(ctx context.Context, query string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, query)
	return errors.Join(err, conn.Close(ctx))
}

// Halt stops the server in good order, cutting off its clients; its data stay.
func (s *Server) Halt() error { return s.end(syscall.SIGINT) }

// Crash stops the server as a crash does: nothing is written any more, and the
// next start recovers from its log.
func (s *Server) Crash() error { return s.end(syscall.SIGQUIT) }

func (s *Server) end(sig syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	if err := s.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop private PostgreSQL: %w", err)
	}
	<-s.exited
	s.cmd = nil
	return nil
}

// Stop ends the server and removes all that belongs to it.
func (s *Server) Stop() error {
	errs := []error{s.end(syscall.SIGQUIT)}
	if s.leash != nil {
		errs = append(errs, s.leash.Close(), s.watchdog.Wait())
		s.leash = nil
	}
	if _, err := os.Stat(s.dir); err == nil {
		errs = append(errs, os.RemoveAll(s.dir))
	} else if !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Log returns what the server wrote to its log.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return strings.TrimSpace(string(text))
}

// Processes returns the process ids of the running server, for measuring.
func (s *Server) Processes() []int {
	if s.cmd == nil {
		return nil
	}
	parent := s.cmd.Process.Pid
	pids := []int{parent}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // none where there is no /proc
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// pid (name) state parent …; the name may hold anything.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}
