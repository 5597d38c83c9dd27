package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A kill keeps what the system has cached, so it does not prove durability: the
// order of the system calls does. Each answer must be written after a sync of
// the store's log has returned, with nothing written to the log in between.

// errNoTrace says that this machine can't trace.
var errNoTrace = errors.New("the system calls can't be traced here")

// tracedCall is a call in the trace: process, time, name, the path or socket
// of its first argument in angle brackets, and the rest. One that another
// thread's call interrupts stands in two lines.
var (
	tracedCall  = regexp.MustCompile(`^(\d+) +(\S+) (read|write|sendto|pwrite64|fsync|fdatasync)\(\d+<(.*?)>(, .*|\).*| <unfinished.*)$`)
	resumedCall = regexp.MustCompile(`^(\d+) +(\S+) <\.\.\. (read|fsync|fdatasync) resumed>(.*)$`)
)

// call is a traced call, when it began and when it returned.
type call struct {
	name, path, rest string
	begun, returned  bool
	line             string
}

// calls reads a trace line by line.
type calls struct{ open map[string]string } // paths of unfinished calls by process

func (c *calls) read(line string) (call, bool) {
	if m := tracedCall.FindStringSubmatch(line); m != nil {
		unfinished := strings.HasSuffix(m[5], "<unfinished ...>")
		if unfinished {
			c.open[m[1]] = m[4]
		}
		return call{name: m[3], path: m[4], rest: m[5], begun: true, returned: !unfinished, line: line}, true
	}
	if m := resumedCall.FindStringSubmatch(line); m != nil {
		return call{name: m[3], path: c.open[m[1]], rest: m[4], returned: true, line: line}, true
	}
	return call{}, false
}

// order is what a trace shows of the acknowledgements.
type order struct {
	Acknowledged int
	Problems     []string
	Excerpt      []string // of the last messages
}

// excerptOf is how many messages the excerpt shows.
const excerptOf = 2

// follow reads the trace of a service that was sent one message after another.
func follow(trace string, log string) *order {
	o := &order{}
	c := &calls{open: make(map[string]string)}
	var asked, written, synced bool
	var lines []string
	for _, line := range strings.Split(trace, "\n") {
		v, ok := c.read(line)
		if !ok {
			continue
		}
		socket, onLog := strings.HasPrefix(v.path, "TCP"), strings.HasSuffix(v.path, log)
		switch {
		case v.name == "read" && v.returned && strings.Contains(v.rest, `OST /v1/messages`): // its P may have been read apart, to notice a client that goes away
			asked, written, synced, lines = true, false, false, []string{line}
		case !asked:
		case onLog && v.name == "pwrite64" && v.begun:
			if written && !synced { // the first of a run stands for all
				break
			}
			written, synced = true, false
			lines = append(lines, line)
		case onLog && v.returned && (v.name == "fsync" || v.name == "fdatasync"):
			synced = written && strings.HasSuffix(strings.TrimSpace(v.rest), "= 0")
			lines = append(lines, line)
		case socket && v.begun && (v.name == "write" || v.name == "sendto") && strings.Contains(v.rest, `"HTTP/1.1 20`):
			asked = false
			o.Acknowledged++
			lines = append(lines, line)
			if !written || !synced {
				o.Problems = append(o.Problems, fmt.Sprintf("acknowledged with log written %v, synced %v:\n%s", written, synced, strings.Join(lines, "\n")))
			}
			o.Excerpt = append(o.Excerpt, strings.Join(lines, "\n"))
		}
	}
	o.Excerpt = o.Excerpt[max(0, len(o.Excerpt)-excerptOf):]
	return o
}

// watch runs the service under the tracer on a SQLite store in a folder, sends
// it so many messages one after another, and reads the trace.
func watch(ctx context.Context, program, dir string, messages int) (*order, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return nil, fmt.Errorf("%w: strace is not installed", errNoTrace)
	}
	if out, err := exec.CommandContext(ctx, strace, "-f", "-qq", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: this user may not trace: %s", errNoTrace, out)
	}
	s, err := newSupply(1, time.Now(), 50)
	if err != nil {
		return nil, err
	}
	p := place{url: "sqlite:" + filepath.Join(dir, "zone.db"), key: filepath.Join(dir, "zone.key")}
	if err := prepare(ctx, p, s); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "trace")
	v, err := launch(program, p, strace, "-f", "-yy", "-tt", "-qq", "-s", "20", "-e", "signal=none",
		"-e", "trace=read,write,sendto,pwrite64,fsync,fdatasync", "-o", path)
	if err != nil {
		return nil, err
	}
	defer v.end()
	if err := v.ready(ctx); err != nil {
		return nil, err
	}
	if err := oneByOne(ctx, s, v.url, messages); err != nil {
		return nil, err
	}
	if code, err := v.stop(); err != nil || code != 0 {
		return nil, fmt.Errorf("stop: code %d, %w\n%s", code, err, tail(v.said.String()))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	o := follow(strings.ReplaceAll(string(text), dir+"/", ""), "zone.db-wal")
	if o.Acknowledged != messages {
		o.Problems = append(o.Problems, fmt.Sprintf("%d messages were acknowledged, the trace shows %d", messages, o.Acknowledged))
	}
	return o, nil
}

// oneByOne sends messages, each after the answer to the one before.
func oneByOne(ctx context.Context, s *supply, url string, messages int) error {
	for range messages {
		m, body, _ := s.take()
		a, p, err := post(ctx, http.DefaultClient, url, body)
		if err != nil {
			return err
		}
		if p != nil {
			return fmt.Errorf("%s is answered %d %s", m.kind, p.Status, p.Detail)
		}
		if err := s.acknowledged(m, a); err != nil {
			return err
		}
	}
	return nil
}

// traceCommand prints what the trace shows and an excerpt of it.
func traceCommand(ctx context.Context, args []string, out, errs io.Writer) (fine bool, err error) {
	flags := flag.NewFlagSet("trace", flag.ContinueOnError)
	flags.SetOutput(errs)
	messages := flags.Int("n", 40, "messages to send")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "pilotzone-proof-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, err := build(ctx, dir)
	if err != nil {
		return false, err
	}
	o, err := watch(ctx, program, dir, *messages)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(out, "%d of %d acknowledgements left after a sync of the store's log had returned\n\n%s\n",
		o.Acknowledged-len(o.Problems), *messages, strings.Join(o.Excerpt, "\n\n"))
	for _, p := range o.Problems {
		fmt.Fprintln(out, p)
	}
	return len(o.Problems) == 0, nil
}
