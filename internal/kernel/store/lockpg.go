package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// watchEvery is how often the connection that holds an advisory lock proves
// that it lives, and how long it may take for it. A connection that the server
// closes is noticed at once.
const watchEvery = 5 * time.Second

// lockPostgres takes a session advisory lock on a connection of its own.
func (s *Store) lockPostgres(ctx context.Context, shard int, name string) (*WriterLock, error) {
	const op = "lock store"
	if shard < 0 {
		return nil, fail(ErrUsage, op, fmt.Errorf("shard %d", shard))
	}
	cfg := s.Core.pool.Config().ConnConfig
	host, _ := os.Hostname() // for the message only
	cfg.RuntimeParams["application_name"] = holderName(name, os.Getpid(), host)
	cfg.RuntimeParams["idle_session_timeout"] = "0"
	// A writer whose machine died must not keep the lock for hours.
	cfg.RuntimeParams["tcp_keepalives_idle"] = "5"
	cfg.RuntimeParams["tcp_keepalives_interval"] = "2"
	cfg.RuntimeParams["tcp_keepalives_count"] = "5"
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, Wrap(op, err)
	}
	got, err := tryLock(ctx, conn, shard)
	if err == nil && !got {
		err = fail(ErrLocked, op, &LockedError{Holder: lockHolder(ctx, conn, shard)})
	}
	if err != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, Wrap(op, err)
	}
	l := &WriterLock{lost: make(chan struct{})}
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(l.lost)
		watchConn(watch, conn)
		// Closing ends the session and with it the lock, also when the server
		// still believes in it.
		end, cancel := context.WithTimeout(context.WithoutCancel(watch), watchEvery)
		defer cancel()
		_ = conn.Close(end)
	}()
	l.release = func() error { stop(); <-l.lost; return nil }
	return l, nil
}

// tryLock tries for a second: the server may need a moment to see that a writer
// before, which was killed, is gone.
func tryLock(ctx context.Context, conn *pgx.Conn, shard int) (got bool, err error) {
	for try := 0; ; try++ {
		err = conn.QueryRow(ctx, "select pg_try_advisory_lock($1, $2)", lockSpace, int32(shard)).Scan(&got)
		if err != nil || got || try == 20 {
			return got, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// watchConn returns when conn is broken or ctx is done.
func watchConn(ctx context.Context, conn *pgx.Conn) {
	for ctx.Err() == nil {
		wait, cancel := context.WithTimeout(ctx, watchEvery)
		_, err := conn.WaitForNotification(wait) // reads, so a closed connection ends it
		cancel()
		if ctx.Err() != nil || conn.IsClosed() {
			return
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return
		}
		ping, cancel := context.WithTimeout(ctx, watchEvery)
		err = conn.Ping(ping)
		cancel()
		if err != nil {
			return
		}
	}
}

// holderName packs the holder into the 63 bytes of an application name.
func holderName(name string, pid int, host string) string {
	tail := fmt.Sprintf("|%d|", pid)
	room := 63 - len(tail)
	if len(host) > room/2 {
		host = host[:room/2]
	}
	if len(name) > room-len(host) {
		name = name[:room-len(host)]
	}
	return name + tail + host
}

// lockHolder asks the server who holds the lock of a shard.
func lockHolder(ctx context.Context, conn *pgx.Conn, shard int) (h Holder) {
	var app string
	err := conn.QueryRow(ctx, `
		select a.application_name, a.backend_start
		from pg_locks l join pg_stat_activity a on a.pid = l.pid
		where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2
		  and l.database = (select oid from pg_database where datname = current_database())`,
		uint32(lockSpace), uint32(shard)).Scan(&app, &h.Since)
	if err != nil {
		return h
	}
	parts := strings.Split(app, "|")
	h.Name = parts[0]
	if len(parts) == 3 {
		h.PID, _ = strconv.Atoi(parts[1])
		h.Host = parts[2]
	}
	return h
}
