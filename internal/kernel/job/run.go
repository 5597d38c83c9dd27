package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"pilotzone/internal/kernel/store"
)

// Handler does the work of one kind. It may run again after a failure or a
// sudden end. When its context ends with the cause ErrLost it should return.
type Handler func(ctx context.Context, r *Run) error

// Handle says who does the work of a kind. Call it before Run.
func (q *Queue) Handle(kind string, h Handler) { q.handlers[kind] = h }

// Run runs jobs until ctx ends; those that are under way are left to the next
// start.
func (q *Queue) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	for range q.c.Workers {
		workers.Go(func() { q.work(ctx) })
	}
	workers.Wait()
	return nil
}

func (q *Queue) work(ctx context.Context) {
	var purged time.Time
	for ctx.Err() == nil {
		woken := q.wake.Wait() // before looking, so that nothing is missed
		r, next, err := q.claim(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			q.c.Log.Error("jobs can't be read (无法读取任务)", "error", err)
			next = q.c.Poll
		case r != nil:
			q.do(ctx, r)
			continue
		}
		if now := q.c.Clock.Now(); now.Sub(purged) > time.Hour {
			purged = now
			if err := q.purge(ctx); err != nil && ctx.Err() == nil {
				q.c.Log.Error("old jobs can't be removed (无法清理旧任务)", "error", err)
			}
		}
		pause := time.NewTimer(min(max(next, 10*time.Millisecond), q.c.Poll))
		select {
		case <-woken:
		case <-pause.C:
		case <-ctx.Done():
		}
		pause.Stop()
	}
}

// claim leases the job that is due longest, or tells in how long one will be.
func (q *Queue) claim(ctx context.Context) (r *Run, next time.Duration, err error) {
	next = q.c.Poll
	lease, err := q.random()
	if err != nil {
		return nil, next, err
	}
	err = q.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		r, next = nil, q.c.Poll
		var sealed []byte
		var most int
		j, err := scan(tx.QueryRow(ctx, `select `+columns+`, args, most from job_jobs where state in ('waiting', 'running') order by due, id limit 1`), &sealed, &most)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		now := q.c.Clock.Now()
		if wait := j.Due.Sub(now); wait > 0 {
			next = wait
			return nil
		}
		j.Attempts++
		if _, err := tx.Exec(ctx, `update job_jobs set state = 'running', attempts = $1, lease = $2, due = $3 where id = $4`,
			j.Attempts, lease, now.Add(q.c.Lease).UnixMicro(), j.ID); err != nil {
			return err
		}
		j.State = Running
		r = &Run{Job: j, q: q, lease: lease, most: most}
		r.Args, r.unread = q.open(sealed, j.ID, "args")
		return nil
	})
	return r, next, err
}

// do runs a job and writes down what became of it.
func (q *Queue) do(ctx context.Context, r *Run) {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	beat := make(chan struct{})
	go func() {
		defer close(beat)
		r.beat(work, stop)
	}()
	err := q.handle(work, r)
	if errors.Is(context.Cause(work), ErrLost) || ctx.Err() != nil && err != nil {
		stop(nil)
		<-beat
		return // cancelled, or the next start takes it up
	}
	stop(nil)
	<-beat
	if err := q.finish(context.WithoutCancel(ctx), r, err); err != nil {
		q.c.Log.Error("the end of a job can't be written: it runs again (任务结果无法写入，将重新执行)", "job", r.ID, "error", err)
	}
}

// handle calls the handler; one that panics has failed.
func (q *Queue) handle(ctx context.Context, r *Run) (err error) {
	if r.unread != nil {
		return Permanent(r.unread)
	}
	h, ok := q.handlers[r.Kind]
	if !ok {
		return Permanent(fmt.Errorf("no part of this program does %q (没有处理该任务的程序)", r.Kind))
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the job failed by a fault of the program (程序故障): %v", p)
		}
	}()
	return h(ctx, r)
}

func (q *Queue) finish(ctx context.Context, r *Run, failure error) error {
	now := q.c.Clock.Now()
	state, due, finished, problem := Done, now, now.UnixMicro(), ""
	var fatal permanent
	switch {
	case failure == nil:
	case errors.As(failure, &fatal), r.Attempts >= r.most:
		state, problem = Failed, failure.Error()
	default:
		state, problem, finished = Waiting, failure.Error(), 0
		due = now.Add(q.c.Pause << min(r.Attempts-1, 6))
	}
	if state == Failed {
		q.c.Log.Error("a job was given up (任务失败)", "job", r.ID, "kind", r.Kind, "attempts", r.Attempts, "error", failure)
	}
	r.mu.Lock()
	done, total, note := r.Job.Done, r.Total, r.Note
	r.mu.Unlock()
	return q.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		tx.AfterCommit(q.wake.Notify)
		_, err := tx.Exec(ctx, `update job_jobs set state = $1, due = $2, lease = '', finished_at = $3, problem = $4, done = $5, total = $6, note = $7 where id = $8 and lease = $9`,
			string(state), due.UnixMicro(), finished, problem, done, total, note, r.ID, r.lease)
		return err
	})
}

// purge removes jobs that have been over for longer than Keep.
func (q *Queue) purge(ctx context.Context) error {
	return q.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		old := q.c.Clock.Now().Add(-q.c.Keep).UnixMicro()
		if _, err := tx.Exec(ctx, `delete from job_files where job in (select id from job_jobs where finished_at <> 0 and finished_at < $1)`, old); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from job_jobs where finished_at <> 0 and finished_at < $1`, old)
		return err
	})
}

// Run is a job in a worker's hands.
type Run struct {
	Job
	Args []byte

	q      *Queue
	lease  string
	most   int
	unread error // why Args can't be opened
	mu     sync.Mutex
}

// Progress says how far the work is; it is written with the next sign of life.
func (r *Run) Progress(done, total int64, note string) {
	r.mu.Lock()
	r.Job.Done, r.Total, r.Note = done, total, note
	r.mu.Unlock()
}

// File reads a file that the job was given or made; ErrNotFound.
func (r *Run) File(ctx context.Context, name string) ([]byte, error) {
	return r.q.File(ctx, r.ID, name)
}

// PutFile writes a file that the job makes, in place of one of that name.
func (r *Run) PutFile(ctx context.Context, name string, data []byte) error {
	return r.held(ctx, func(ctx context.Context, tx *store.Tx) error { return r.q.putFile(ctx, tx, r.ID, name, data) })
}

// SetResult leaves what the job came to, usually JSON.
func (r *Run) SetResult(ctx context.Context, data []byte) error {
	return r.held(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update job_jobs set result = $1 where id = $2`, r.q.seal(data, r.ID, "result"), r.ID)
		return err
	})
}

// held writes as long as the lease is ours; else ErrLost.
func (r *Run) held(ctx context.Context, f func(context.Context, *store.Tx) error) error {
	r.mu.Lock()
	done, total, note := r.Job.Done, r.Total, r.Note
	r.mu.Unlock()
	return r.q.c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.Exec(ctx, `update job_jobs set due = $1, done = $2, total = $3, note = $4 where id = $5 and lease = $6`,
			r.q.c.Clock.Now().Add(r.q.c.Lease).UnixMicro(), done, total, note, r.ID, r.lease)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrLost)
		}
		if f == nil {
			return nil
		}
		return f(ctx, tx)
	})
}

// beat keeps the lease and writes the progress while the job runs.
func (r *Run) beat(ctx context.Context, stop context.CancelCauseFunc) {
	every := min(r.q.c.Lease/3, time.Second)
	tick := time.NewTicker(every)
	defer tick.Stop()
	seen := r.progress()
	for quiet := every; ; quiet += every {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := r.progress()
		if now == seen && quiet < r.q.c.Lease/3 && !r.lost(ctx) {
			continue
		}
		seen, quiet = now, 0
		if err := r.held(ctx, nil); errors.Is(err, ErrLost) {
			stop(ErrLost)
			return
		}
	}
}

type progress struct {
	done, total int64
	note        string
}

func (r *Run) progress() progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return progress{r.Job.Done, r.Total, r.Note}
}

// lost looks whether another has the lease or nobody, without writing.
func (r *Run) lost(ctx context.Context) bool {
	var lease string
	err := r.q.c.DB.Read().QueryRowContext(ctx, `select lease from job_jobs where id = $1`, r.ID).Scan(&lease)
	return err == nil && lease != r.lease
}
