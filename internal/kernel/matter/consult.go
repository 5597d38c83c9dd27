package matter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Stance is what a department thinks (意见类型). Its name is stored.
type Stance string

// The stances. An opinion in words alone has none.
const (
	NoStance   Stance = ""
	Agrees     Stance = "agree"      // 同意
	Conditions Stance = "conditions" // 附条件同意
	Disagrees  Stance = "disagree"   // 不同意
	Lapsed     Stance = "lapsed"     // not given before the step ended 未答复
)

var stanceNames = map[Stance][2]string{NoStance: {"意见", "opinion"}, Agrees: {"同意", "agrees"}, Conditions: {"附条件同意", "agrees with conditions"}, Disagrees: {"不同意", "disagrees"}, Lapsed: {"未答复", "did not answer"}}

// ZH is the stance in Chinese.
func (s Stance) ZH() string { return stanceNames[s][0] }

// EN is the stance in English.
func (s Stance) EN() string { return stanceNames[s][1] }

// Opinion is what a department was asked and has answered (部门意见).
type Opinion struct {
	Number   int
	Role     access.Role // department
	Step     string
	Asked    time.Time
	AskedBy  string
	Due      clock.Day // 0: none was set
	Answered time.Time // zero while it is waited for
	By       string
	Stance   Stance
	Note     string
}

// Late tells whether the opinion is missing after its last day.
func (o *Opinion) Late(today clock.Day) bool {
	return o.Answered.IsZero() && o.Due != 0 && today > o.Due
}

// list is a set of roles as it is stored: ",tax,fx,".
func list(roles []access.Role) string {
	if len(roles) == 0 {
		return ""
	}
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return "," + strings.Join(out, ",") + ","
}

func unlist(text string) []access.Role {
	var out []access.Role
	for _, r := range strings.Split(text, ",") {
		if r != "" {
			out = append(out, access.Role(r))
		}
	}
	return out
}

// consult asks departments for their opinions, each with a time limit of its
// own; one that is asked already is not asked twice.
func (s *Service) consult(ctx context.Context, tx *store.Tx, m *Matter, d *Definition, do Doing) error {
	roles := do.Roles
	if do.To != "" {
		roles = append(slices.Clone(roles), access.Role(do.To))
	}
	if len(roles) == 0 && d.Step(m.Step).Consult != nil {
		roles = d.Step(m.Step).Consult.Roles
	}
	if len(roles) == 0 {
		return Problems{{Code: "required", Field: "to", ZH: "未选择征求意见的部门", EN: "which departments are asked?", FixZH: "选择部门", FixEN: "choose at least one"}}
	}
	for _, r := range roles {
		if access.Table[r][access.MatterWork] != access.Zone {
			return Problems{{Code: "choice", Field: "to", ZH: "该角色不办理事项", EN: "this role does not work matters", FixZH: "选择部门", FixEN: "choose a department"}}
		}
		if slices.Contains(m.Consulted, r) {
			continue
		}
		var n int
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from matter_opinions where serial = $1`, int64(m.Serial)).Scan(&n); err != nil {
			return store.Wrap("read matters", err)
		}
		due := s.c.Calendar.AddWorking(s.Today(), d.Step(m.Step).Consult.limit(r))
		if _, err := tx.Exec(ctx, `insert into matter_opinions (serial, number, role, step, asked_at, asked_by, due, told, answered_at, answered_by, stance) values ($1, $2, $3, $4, $5, $6, $7, false, 0, '', '')`,
			int64(m.Serial), n, string(r), m.Step, micros(s.now()), access.Of(ctx).ID, int64(due)); err != nil {
			return err
		}
		m.Consulted = append(m.Consulted, r)
		if !slices.Contains(m.Asked, r) {
			m.Asked = append(m.Asked, r)
		}
	}
	return nil
}

// answer takes the opinion of the caller's department.
func (s *Service) answer(ctx context.Context, tx *store.Tx, m *Matter, do Doing) error {
	p := access.Of(ctx)
	role := access.Role(do.To)
	for _, r := range m.Consulted {
		if role == "" && p.Is(r) {
			role = r
		}
	}
	if !p.Is(role) || !slices.Contains(m.Consulted, role) {
		return ErrDenied
	}
	if !slices.Contains([]Stance{NoStance, Agrees, Conditions, Disagrees}, do.Stance) {
		return Problems{{Code: "choice", Field: "stance", ZH: "意见类型不对", EN: "this is no stance", FixZH: "选择同意、附条件同意或不同意", FixEN: "choose agree, conditions or disagree"}}
	}
	var n int
	if err := tx.QueryRow(ctx, `select number from matter_opinions where serial = $1 and role = $2 and answered_at = 0`, int64(m.Serial), string(role)).Scan(&n); err != nil {
		return notFound(err)
	}
	if _, err := tx.Exec(ctx, `update matter_opinions set answered_at = $3, answered_by = $4, stance = $5, note = $6 where serial = $1 and number = $2`,
		int64(m.Serial), n, micros(s.now()), p.ID, string(do.Stance), s.c.Keys.Seal(nil, []byte(do.Note), boundOpinion(m.Number, n))); err != nil {
		return err
	}
	m.Consulted = slices.DeleteFunc(slices.Clone(m.Consulted), func(r access.Role) bool { return r == role })
	return nil
}

func boundOpinion(number string, n int) []byte {
	return fmt.Appendf(nil, "matter opinion %s %d", number, n)
}

// lapse ends the wait for opinions when the step ends.
func (s *Service) lapse(ctx context.Context, tx *store.Tx, m *Matter) error {
	if len(m.Consulted) == 0 {
		return nil
	}
	m.Consulted = nil
	_, err := tx.Exec(ctx, `update matter_opinions set answered_at = $2, stance = 'lapsed' where serial = $1 and answered_at = 0`, int64(m.Serial), micros(s.now()))
	return err
}

// heard refuses to pass a step whose departments have not all answered.
func (s *Service) heard(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error {
	c := d.Step(m.Step).Consult
	if c == nil || !c.All {
		return nil
	}
	var out Problems
	for _, r := range c.Roles {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from matter_opinions where serial = $1 and step = $2 and role = $3 and answered_at > 0 and stance <> 'lapsed'`, int64(m.Serial), m.Step, string(r)).Scan(&n); err != nil {
			return store.Wrap("read matters", err)
		}
		if n == 0 {
			out = append(out, Problem{Code: "opinion", Field: "consult:" + string(r), ZH: "部门意见未齐：" + string(r), EN: "the opinion of " + string(r) + " is missing", FixZH: "向该部门征求意见并等待答复", FixEN: "ask the department and wait for its answer"})
		}
	}
	if len(out) > 0 {
		return out
	}
	return nil
}

// Opinions are what departments were asked and answered, for offices alone.
func (s *Service) Opinions(ctx context.Context, number string) ([]Opinion, error) {
	m, err := s.clear(ctx, number)
	if err != nil {
		return nil, err
	}
	if mine(access.Of(ctx), m) {
		return nil, nil
	}
	rows, err := s.db.Read().QueryContext(ctx, `select number, role, step, asked_at, asked_by, due, answered_at, answered_by, stance, note from matter_opinions where serial = $1 order by number`, int64(m.Serial))
	if err != nil {
		return nil, store.Wrap("read matters", err)
	}
	defer rows.Close()
	var out []Opinion
	for rows.Next() {
		var o Opinion
		var asked, answered int64
		var note []byte
		if err := rows.Scan(&o.Number, &o.Role, &o.Step, &asked, &o.AskedBy, &o.Due, &answered, &o.By, &o.Stance, &note); err != nil {
			return nil, store.Wrap("read matters", err)
		}
		o.Asked, o.Answered = instant(asked), instant(answered)
		if len(note) > 0 {
			plain, err := s.c.Keys.Open(nil, note, boundOpinion(number, o.Number))
			if err != nil {
				return nil, err
			}
			o.Note = string(plain)
		}
		out = append(out, o)
	}
	return out, store.Wrap("read matters", rows.Err())
}
