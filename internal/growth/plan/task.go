package plan

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// TaskState is where a task stands (任务状态). Its name is stored.
type TaskState string

// The states of a task.
const (
	Planned TaskState = "planned" // 未启动; also where nobody has reported
	Working TaskState = "working" // 推进中
	Done    TaskState = "done"    // 已完成
	Stopped TaskState = "stopped" // 暂停
)

// TaskStates are all states, in order.
func TaskStates() []TaskState { return []TaskState{Planned, Working, Done, Stopped} }

// Words are the state's names.
func (t TaskState) Words() (zh, en string) {
	w := map[TaskState][2]string{Planned: {"未启动", "not begun"}, Working: {"推进中", "under way"}, Done: {"已完成", "done"}, Stopped: {"暂停", "stopped"}}[t]
	return w[0], w[1]
}

// Report is what a department says of a task (任务进展). It is never changed; the
// last one counts.
type Report struct {
	Task    string
	Number  int64
	At      time.Time
	Actor   string // account
	Org     string
	State   TaskState
	Percent int64 // 0 to 100
	Note    string
}

// Standing is a task with its reports, the newest first.
type Standing struct {
	Task
	State   TaskState
	Percent int64
	Overdue bool
	Reports []Report
}

// Report keeps what the caller's department says of a task. Errors: ErrDenied,
// ErrNotFound, a Refusal of a field.
func (s *Service) Report(ctx context.Context, plan string, in Report) (*Report, error) {
	object := "plan:" + plan + "/" + in.Task
	if err := s.office(ctx, access.PlanReport, "plan.report", object); err != nil {
		return nil, err
	}
	r, err := s.Rules()
	if err != nil {
		return nil, err
	}
	p, ok := r.Plan(plan)
	if !ok {
		return nil, ErrNotFound
	}
	if _, ok := p.Task(in.Task); !ok {
		return nil, ErrNotFound
	}
	if in.Note, err = words("note", in.Note); err != nil {
		return nil, err
	}
	switch in.State {
	case Done:
		in.Percent = 100
	case Planned, Working, Stopped:
	default:
		return nil, wrong("state", "没有这种状态", "there is no such state", "从所列状态中选择", "choose one of those listed")
	}
	if in.Percent < 0 || in.Percent > 100 || in.Percent == 100 && in.State != Done {
		return nil, wrong("percent", "完成度为 0 至 100；100 即已完成", "0 to 100; 100 is done", "改正完成度或状态", "mend the figure or the state")
	}
	in.Actor, in.Org = actor(ctx)
	in.At = s.now()
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from plan_reports where plan = $1 and task = $2`, plan, in.Task).Scan(&in.Number); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into plan_reports (plan, task, number, at, actor, org, state, percent, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			plan, in.Task, in.Number, clock.Micros(in.At), in.Actor, in.Org, string(in.State), in.Percent, in.Note); err != nil {
			return err
		}
		return s.write(ctx, tx, "plan.report", object, "state="+string(in.State), fmt.Sprintf("percent=%d", in.Percent))
	})
	if err != nil {
		return nil, err
	}
	return &in, nil
}

// Tasks are the tasks of a plan with their reports.
func (s *Service) Tasks(ctx context.Context, plan string) ([]Standing, error) {
	r, err := s.Rules()
	if err != nil {
		return nil, err
	}
	p, ok := r.Plan(plan)
	if !ok {
		return nil, ErrNotFound
	}
	rows, err := s.db.Read().QueryContext(ctx, `select task, number, at, actor, org, state, percent, note from plan_reports where plan = $1 order by task, number desc`, plan)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	reports, err := scanReports(rows)
	if err != nil {
		return nil, err
	}
	out := make([]Standing, 0, len(p.Tasks))
	for _, t := range p.Tasks {
		st := Standing{Task: t, State: Planned, Reports: reports[t.ID]}
		if len(st.Reports) > 0 {
			st.State, st.Percent = st.Reports[0].State, st.Reports[0].Percent
		}
		st.Overdue = t.By != 0 && s.today() > t.By && st.State != Done
		out = append(out, st)
	}
	return out, nil
}

func scanReports(rows *sql.Rows) (map[string][]Report, error) {
	out := map[string][]Report{}
	for rows.Next() {
		var r Report
		var at int64
		var state string
		if err := rows.Scan(&r.Task, &r.Number, &at, &r.Actor, &r.Org, &state, &r.Percent, &r.Note); err != nil {
			return nil, err
		}
		r.At, r.State = clock.FromMicros(at), TaskState(state)
		out[r.Task] = append(out[r.Task], r)
	}
	return out, rows.Err()
}
