// Package job runs work that outlives the request that asked for it (后台任务):
// it is written down first, leased by a worker, tried again with growing pauses
// when it fails, tells how far it is, and can be cancelled.
//
// Invariants: a job is done at least once, so its handler may run again after a
// sudden end and must then come to the same effect; a kind and key name one job
// only; a worker that lost its lease changes nothing any more; what a job was
// given and what it made is sealed in the database and goes after Keep.
package job

import (
	"embed"
	"errors"
	"time"

	"pilotzone/internal/kernel/store"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the tables of the jobs, in the services database.
var Migration = store.Migration{File: store.Services, Owner: "job", FS: migrations}

// State is where a job stands (任务状态). Its name is stored.
type State string

// The states.
const (
	Waiting   State = "waiting"   // for a worker, or for its next attempt 等待
	Running   State = "running"   // leased by a worker 执行中
	Done      State = "done"      // finished 完成
	Failed    State = "failed"    // given up: see Problem 失败
	Cancelled State = "cancelled" // on request 已取消
)

// Over tells whether nothing more will happen to the job.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// Words is the state in Chinese and English.
func (s State) Words() (zh, en string) {
	switch s {
	case Waiting:
		return "等待", "waiting"
	case Running:
		return "执行中", "running"
	case Done:
		return "完成", "done"
	case Failed:
		return "失败", "failed"
	}
	return "已取消", "cancelled"
}

// Job is one piece of work as it stands.
type Job struct {
	ID         string // 32 hex digits that nobody can guess
	Kind       string // whose work it is, such as "sheet"
	Key        string // unique within the kind
	Owner      string // access.Principal.ID of who asked for it
	Org        string // organisation of the owner, "" for none
	Title      string // for lists; no personal data
	State      State
	Attempts   int
	Due        time.Time // of the next attempt; while it runs, when the lease ends
	Done       int64     // of Total, in the job's own unit
	Total      int64
	Note       string // what it is doing; no personal data
	Problem    string // why the last attempt failed
	CreatedAt  time.Time
	FinishedAt time.Time // zero while it is not over
	Result     []byte    // what the handler left, usually JSON; only Get reads it
}

// Spec is work to be done.
type Spec struct {
	Kind, Key  string // Key "": made up, so that no other job has it
	Owner, Org string
	Title      string
	Args       []byte            // for the handler
	Files      map[string][]byte // for the handler, by name
	Most       int               // attempts; 0 means 10
}

// Errors that a caller acts on.
var (
	ErrNotFound = errors.New("there is no such job (没有该任务)")
	ErrOver     = errors.New("the job is over already (任务已结束)")
	// ErrLost is the cause with which a handler's context ends when the job was
	// cancelled or another worker has it.
	ErrLost = errors.New("the job was cancelled or taken over (任务已取消或由其他进程接管)")
)

// permanent is an error that no further attempt mends.
type permanent struct{ err error }

func (p permanent) Error() string { return p.err.Error() }
func (p permanent) Unwrap() error { return p.err }

// Permanent marks an error as one that another attempt would not mend.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}
