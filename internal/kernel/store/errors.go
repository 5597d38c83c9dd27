package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Kind is a class of failure that a caller acts on. A Kind is an error itself:
// test with errors.Is(err, store.ErrFull).
type Kind uint8

// The kinds of failure.
const (
	ErrLocked      Kind = iota + 1 // another process is the writer of this store; see [LockedError]
	ErrFull                        // no space left for the store
	ErrUnavailable                 // the database cannot be reached, or broke off: the outcome of a commit is then unknown
	ErrNewer                       // the store was migrated by a newer program
	ErrOlder                       // the store needs migrations that a read-only opening cannot run
	ErrMissing                     // there is no store at the place named
	ErrForeign                     // what is there is not a store of this program, or its parts belong to different stores
	ErrConflict                    // lost against concurrent transactions too often
	ErrBusy                        // another process kept the write lock longer than the time allowed
	ErrDuplicate                   // a unique key exists already
	ErrConstraint                  // another constraint refused the row
	ErrReadOnly                    // the store or its medium does not take writes
	ErrDenied                      // the operating system or the database denies access
	ErrDamaged                     // the stored bytes are damaged
	ErrUsage                       // the caller asked for something that does not exist
)

// kindTexts says of each kind what happened and how to mend it.
var kindTexts = [...]struct{ en, zh, fixEN, fixZH string }{
	ErrLocked:      {"the store is in use by another writer", "存储正被另一写入进程占用", "stop the other process, or open the store for reading", "停止另一进程，或以只读方式打开"},
	ErrFull:        {"no space left for the store", "存储空间已满", "free or add disk space; the service goes on by itself", "请释放或扩充磁盘空间，服务会自行恢复"},
	ErrUnavailable: {"the database cannot be reached", "数据库无法访问", "check that the database runs and that disk and network work; the service goes on by itself", "请检查数据库、磁盘和网络，服务会自行恢复"},
	ErrNewer:       {"the store was written by a newer version of the program", "存储由较新版本的程序写入", "use that version or a newer one", "请使用该版本或更新版本"},
	ErrOlder:       {"the store is of an older version", "存储版本较旧", "start the service once: it migrates the store", "请先启动一次服务以完成升级"},
	ErrMissing:     {"there is no store here", "此处没有存储", "check the address given with --store", "请检查 --store 所给地址"},
	ErrForeign:     {"this is not a store of this program, or its parts do not belong together", "不是本程序的存储，或其各部分不属于同一存储", "name another file or database, or restore all parts from one backup", "请改用其他文件或数据库，或从同一备份恢复全部文件"},
	ErrConflict:    {"the transaction lost against others too often", "事务多次冲突", "try again", "请重试"},
	ErrBusy:        {"another process holds the write lock", "另一进程持有写锁", "try again when the other process is done", "请待另一进程结束后重试"},
	ErrDuplicate:   {"the key exists already", "键已存在", "use another key, or read the stored row", "请使用其他键或读取已有记录"},
	ErrConstraint:  {"a constraint of the database refused the row", "违反数据库约束", "correct the value", "请更正数值"},
	ErrReadOnly:    {"the store does not take writes", "存储为只读", "open it for writing, or mount the medium for writing", "请以可写方式打开或挂载"},
	ErrDenied:      {"access to the store is denied", "无权访问存储", "give this user the right to read and write it", "请授予读写权限"},
	ErrDamaged:     {"the store is damaged", "存储已损坏", "restore it from a backup", "请从备份恢复"},
	ErrUsage:       {"the store was asked for something that does not exist", "请求无效", "correct the call", "请更正调用"},
}

// Error returns the English sentence of k.
func (k Kind) Error() string {
	if int(k) < len(kindTexts) && k > 0 {
		return kindTexts[k].en
	}
	return fmt.Sprintf("store failure %d", uint8(k))
}

// ZH returns the Chinese sentence of k.
func (k Kind) ZH() string {
	if int(k) < len(kindTexts) {
		return kindTexts[k].zh
	}
	return ""
}

// Fix says in English and in Chinese how to mend a failure of kind k.
func (k Kind) Fix() (en, zh string) {
	if int(k) < len(kindTexts) {
		return kindTexts[k].fixEN, kindTexts[k].fixZH
	}
	return "", ""
}

// Error is a failure of the store: its kind, what was being done, and the
// cause as the driver gave it.
type Error struct {
	Kind Kind
	Op   string // what was being done, with the name of the database
	Err  error  // nil when the kind says all
}

// Error returns operation, kind in both languages, cause and remedy.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%s)", e.Op, e.Kind.Error(), e.Kind.ZH())
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	en, zh := e.Kind.Fix()
	fmt.Fprintf(&b, "; %s (%s)", en, zh)
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, kind) true.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// fail is an error of kind k.
func fail(k Kind, op string, err error) error { return &Error{Kind: k, Op: op, Err: err} }

// Wrap gives a driver error its [Kind]. Errors without a kind (and errors that
// have one already) get the operation as prefix; nil stays nil, and
// sql.ErrNoRows and the errors of a context are found by errors.Is as before.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if k := kindOf(err); k != 0 {
		return &Error{Kind: k, Op: op, Err: err}
	}
	return fmt.Errorf("%s: %w", op, err)
}

// KindOf returns the kind of err, 0 when it has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if k, ok := errors.AsType[Kind](err); ok {
		return k
	}
	return kindOf(err)
}

// kindOf classifies what a driver returned. It is the only place that knows
// result codes.
func kindOf(err error) Kind {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteKind(e.Code())
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresKind(e.Code)
	}
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) {
		return 0
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return ErrUnavailable
	}
	if errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, sql.ErrConnDone) {
		return ErrUnavailable
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return 0
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return ErrUnavailable
	}
	return 0
}

// sqliteKind maps an extended result code of SQLite.
func sqliteKind(code int) Kind {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return ErrDuplicate
	case sqlite3.SQLITE_IOERR_SHMSIZE: // the shared index of the log could not grow
		return ErrFull
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrBusy
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_CANTOPEN:
		return ErrUnavailable
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM:
		return ErrUnavailable
	case sqlite3.SQLITE_NOTADB:
		return ErrForeign
	case sqlite3.SQLITE_CORRUPT:
		return ErrDamaged
	case sqlite3.SQLITE_READONLY:
		return ErrReadOnly
	case sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return ErrDenied
	case sqlite3.SQLITE_CONSTRAINT:
		return ErrConstraint
	}
	return 0
}

// postgresKind maps a SQLSTATE.
func postgresKind(state string) Kind {
	switch state {
	case "40001", "40P01": // serialization failure, deadlock
		return ErrConflict
	case "53100": // disk full
		return ErrFull
	case "23505":
		return ErrDuplicate
	case "25006": // read-only transaction: a standby
		return ErrReadOnly
	case "55P03": // lock not available
		return ErrBusy
	case "3D000": // no such database
		return ErrMissing
	case "42501": // insufficient privilege
		return ErrDenied
	case "XX001", "XX002": // data or index corrupted
		return ErrDamaged
	case "57014": // cancelled by the client: its context says why
		return 0
	}
	if len(state) != 5 {
		return 0
	}
	switch state[:2] {
	case "08", "57", "53", "58": // connection, operator intervention, resources, system
		return ErrUnavailable
	case "28":
		return ErrDenied
	case "23":
		return ErrConstraint
	}
	return 0
}
