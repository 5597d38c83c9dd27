package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"pilotzone/internal/kernel/store/pgtemp"
)

// deadline bounds every waiting for something that must come: generous, since
// nothing is timed.
const deadline = 2 * time.Minute

// place is where a zone keeps its facts.
type place struct{ url, key string }

// args are the flags that name the place.
func (p place) args() []string { return []string{"--store", p.url, "--key", p.key} }

// build makes the program in a folder and returns its path.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "pilotzone")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "pilotzone/cmd/pilotzone").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build pilotzone: %w\n%s", err, out)
	}
	return path, nil
}

// newStore makes the address of an empty store of a kind, and says how to end
// what stands behind it.
func newStore(ctx context.Context, kind, dir string) (url string, stop func() error, err error) {
	switch kind {
	case "sqlite":
		return "sqlite:" + filepath.Join(dir, "zone.db"), func() error { return nil }, nil
	case "postgres":
		server, err := pgtemp.Start(ctx, pgtemp.Options{Durable: true})
		if err != nil {
			return "", nil, err
		}
		url, err := server.Create(ctx, "zone", "")
		if err != nil {
			return "", nil, errors.Join(err, server.Stop())
		}
		return url, server.Stop, nil
	}
	return "", nil, fmt.Errorf("store %q: sqlite or postgres", kind)
}

// execute runs a command of the program to its end.
func execute(ctx context.Context, program string, args ...string) (code int, out, errs string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		err = nil
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), err
}

// service is a running `pilotzone serve`.
type service struct {
	cmd    *exec.Cmd
	url    string // of its interface
	said   said
	exited chan struct{} // closed when it has ended and been waited for
}

// said collects what the process writes to standard error.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

// String is all that was said.
func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// launch starts the service on a place, on a port of its own choice. wrap are
// words before the program, such as those of a tracer.
func launch(program string, p place, wrap ...string) (*service, error) {
	config := p.key + ".yaml"
	text := fmt.Sprintf("http: {tokens: [{name: proof, role: operator, sha256: %s}]}\n", secretHash())
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	words := append(append(wrap, program, "serve", "--config", config, "--addr", "127.0.0.1:0"), p.args()...)
	s := &service{cmd: exec.Command(words[0], words[1:]...), exited: make(chan struct{})}
	s.cmd.Stderr = &s.said
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is for us
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.exited)
		_ = s.cmd.Wait() // how it ended stands in ProcessState
	}()
	return s, nil
}

var servesAt = regexp.MustCompile(`serves (http://[0-9.:]+)`)

// errEnded says that the service ended before it was ready.
var errEnded = errors.New("the service has ended")

// ready waits until the service takes messages.
func (s *service) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	for {
		if m := servesAt.FindStringSubmatch(s.said.String()); m != nil {
			s.url = m[1]
			if status, err := get(ctx, s.url+"/readyz"); err == nil && status == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.exited:
			return fmt.Errorf("%w with code %d:\n%s", errEnded, s.cmd.ProcessState.ExitCode(), s.said.String())
		case <-ctx.Done():
			return fmt.Errorf("the service is not ready: %w\n%s", ctx.Err(), s.said.String())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func get(ctx context.Context, url string) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// kill ends the process as a crash of it does, and waits until it is gone.
func (s *service) kill() {
	_ = s.cmd.Process.Kill() // it may have ended by itself
	<-s.exited
}

// stop asks the service to end and returns its exit code. The signal goes to
// the process group, of which the service is the leader: a tracer before it
// lets the signal through to it.
func (s *service) stop() (code int, err error) {
	if err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode(), nil
	case <-time.After(deadline):
		s.kill()
		return 0, errors.New("the service did not stop when asked to:\n" + s.said.String())
	}
}

// end kills the service and all that it started, where it still runs.
func (s *service) end() {
	select {
	case <-s.exited:
	default:
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.exited
	}
}

// tail is the end of a long text.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

// missingTool says why a test that needs the program can't run, "" when it can.
func missingTool() string {
	if _, err := exec.LookPath("go"); err != nil {
		return "the go tool is not in PATH: the program can't be built"
	}
	return ""
}
