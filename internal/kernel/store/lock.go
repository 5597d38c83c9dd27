package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"pilotzone/internal/kernel/clock"
)

// Holder says who is the writer of a store.
type Holder struct {
	Name  string    `json:"name"` // what the process called itself
	PID   int       `json:"pid"`  // on Host
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// LockedError is the error of kind [ErrLocked]: another process is the writer.
type LockedError struct{ Holder Holder }

// Error names the holder.
func (e *LockedError) Error() string {
	h := e.Holder
	if h.PID == 0 && h.Name == "" {
		return "its name could not be read (无法读取占用者)"
	}
	return fmt.Sprintf("held by %s, process %d on %s, since %s (占用者：%[1]s，进程 %[2]d)", h.Name, h.PID, h.Host, h.Since.Format(time.RFC3339))
}

// WriterLock makes its holder the only writer of a store (SQLite) or of one
// shard (PostgreSQL), across processes, until [WriterLock.Release].
type WriterLock struct {
	release func() error
	lost    chan struct{}
	once    sync.Once
	err     error
}

// Lost is closed when the lock is gone without having been released: the
// connection that held it broke off. The writer must stop until it has taken a
// new lock; what it writes meanwhile is fenced by the epoch.
func (l *WriterLock) Lost() <-chan struct{} { return l.lost }

// Held reports whether the lock was neither lost nor released.
func (l *WriterLock) Held() bool {
	select {
	case <-l.lost:
		return false
	default:
		return true
	}
}

// Release gives the lock back. It may be called more than once.
func (l *WriterLock) Release() error {
	l.once.Do(func() { l.err = l.release() })
	return l.err
}

// LockWriter makes the caller, who calls itself name, the writer of a shard.
// The error is of kind [ErrLocked], with a [LockedError] as its cause, when
// another process is.
func (s *Store) LockWriter(ctx context.Context, shard int, name string) (*WriterLock, error) {
	if s.opt.ReadOnly {
		return nil, fail(ErrReadOnly, "lock store", nil)
	}
	if s.Dialect == Postgres {
		return s.lockPostgres(ctx, shard, name)
	}
	release, err := s.lock.take(s.opt.Clock, name)
	if err != nil {
		return nil, err
	}
	l := &WriterLock{lost: make(chan struct{})}
	l.release = func() error { close(l.lost); return release() }
	return l, nil
}

// fileLocks is the lock file of a SQLite store. Within a process it can be
// held by one writer, and by migrations besides.
type fileLocks struct {
	path string

	mu     sync.Mutex
	file   *os.File // nil when this process does not hold the lock
	users  int
	writer bool // a WriterLock is among the users
}

// take locks for a writer.
func (l *fileLocks) take(c clock.Clock, name string) (release func() error, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writer {
		return nil, fail(ErrLocked, "lock "+l.path, &LockedError{Holder: readHolder(l.path)})
	}
	if err := l.use(c, name); err != nil {
		return nil, err
	}
	l.writer = true
	return func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.writer = false
		return l.leave()
	}, nil
}

// hold locks for a short work that may go on beside this process's own writer,
// and waits a few seconds for other processes.
func (l *fileLocks) hold(ctx context.Context, c clock.Clock, name string) (release func(), err error) {
	for try := 0; ; try++ {
		l.mu.Lock()
		err := l.use(c, name)
		l.mu.Unlock()
		if err == nil {
			return func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				_ = l.leave()
			}, nil
		}
		if !errors.Is(err, ErrLocked) || try == 50 {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// use locks the file, or counts one more user of the lock held already.
func (l *fileLocks) use(c clock.Clock, name string) error {
	if l.file != nil {
		l.users++
		return nil
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return fail(ErrDenied, "lock "+l.path, err)
		}
		return fail(ErrUnavailable, "lock "+l.path, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return fail(ErrLocked, "lock "+l.path, &LockedError{Holder: readHolder(l.path)})
		}
		return fail(ErrUnavailable, "lock "+l.path, err)
	}
	host, _ := os.Hostname() // for the message only
	text, err := json.Marshal(Holder{Name: name, PID: os.Getpid(), Host: host, Since: c.Now()})
	if err == nil {
		// The lock is the flock; the text is for people, so a full disk must
		// not keep the writer out.
		_ = f.Truncate(0)
		_, _ = f.WriteAt(append(text, '\n'), 0)
	}
	l.file, l.users = f, 1
	return nil
}

// leave gives the lock back when its last user goes. The file stays: removing
// it would let two processes lock two different files of the same name.
func (l *fileLocks) leave() error {
	l.users--
	if l.users > 0 {
		return nil
	}
	f := l.file
	l.file = nil
	_ = f.Truncate(0)
	return f.Close() // closing unlocks
}

// readHolder reads who holds the lock; a zero Holder when that is not known.
func readHolder(path string) (h Holder) {
	f, err := os.Open(path)
	if err != nil {
		return h
	}
	defer func() { _ = f.Close() }()
	_ = json.NewDecoder(io.LimitReader(f, 4096)).Decode(&h)
	return h
}
