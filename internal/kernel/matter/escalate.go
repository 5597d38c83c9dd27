package matter

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Facts that no act of a person makes.
const (
	LateFact      Act = "late"         // a step is over its time limit
	EscalatedFact Act = "escalated"    // somebody above is told of it
	MissingFact   Act = "opinion-late" // a department has not answered in time
)

// Escalate writes what is newly late into history, audit chain and stream: each
// matter over its time limit once, each escalation of it on its day, and each
// opinion that is missing after its last day. It returns how much was told. A
// daily task calls it.
func (s *Service) Escalate(ctx context.Context) (int, error) {
	today := s.Today()
	numbers, err := s.texts(ctx, `select number from matter_matters where state = 'open' and due > 0 and due < $1 order by serial`, int64(today))
	if err != nil {
		return 0, err
	}
	missing, err := s.texts(ctx, `select distinct m.number from matter_opinions o join matter_matters m on m.serial = o.serial where o.answered_at = 0 and not o.told and o.due > 0 and o.due < $1 order by m.number`, int64(today))
	if err != nil {
		return 0, err
	}
	told := 0
	for _, work := range []struct {
		numbers []string
		tell    func(context.Context, *store.Tx, *Matter, clock.Day) (int, error)
	}{{numbers, s.tellLate}, {missing, s.tellMissing}} {
		for batch := range slices.Chunk(work.numbers, 100) {
			n, err := s.each(ctx, batch, today, work.tell)
			if told += n; err != nil {
				return told, err
			}
		}
	}
	return told, nil
}

// each tells of matters, all of a batch in one transaction.
func (s *Service) each(ctx context.Context, numbers []string, today clock.Day, tell func(context.Context, *store.Tx, *Matter, clock.Day) (int, error)) (told int, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		told = 0
		for _, number := range numbers {
			m, err := s.load(ctx, tx, number)
			if err != nil {
				return err
			}
			n, err := tell(ctx, tx, m, today)
			if err != nil {
				return err
			}
			told += n
		}
		return nil
	})
	return told, err
}

// tellLate tells that a matter is late, and escalates it on the days that its
// step names.
func (s *Service) tellLate(ctx context.Context, tx *store.Tx, m *Matter, today clock.Day) (int, error) {
	if !m.Late(today) {
		return 0, nil
	}
	told, err := s.system(ctx, tx, m, LateFact, "late "+m.Due.String(), "超过办理时限 "+m.Due.String()+" / over its time limit "+m.Due.String(), nil)
	if err != nil {
		return 0, err
	}
	step := s.DefinitionOf(m).Step(m.Step)
	if step == nil {
		return told, nil
	}
	for _, e := range step.escalations() {
		if today < s.c.Calendar.AddWorking(m.Due, e.AfterDays) {
			continue
		}
		key := fmt.Sprintf("escalate %s %d %s", m.Due, e.AfterDays, e.To)
		n, err := s.system(ctx, tx, m, EscalatedFact, key, fmt.Sprintf("超时第%d个工作日，已提请%s督办 / escalated to %s on working day %d after its limit", e.AfterDays, e.To, e.To, e.AfterDays), []access.Role{e.To})
		if err != nil {
			return 0, err
		}
		if told += n; n > 0 && !slices.Contains(m.Escalated, e.To) {
			m.Escalated = append(m.Escalated, e.To)
			if err := s.update(ctx, tx, m); err != nil {
				return 0, err
			}
		}
	}
	return told, nil
}

// tellMissing tells which opinions are missing after their last day.
func (s *Service) tellMissing(ctx context.Context, tx *store.Tx, m *Matter, today clock.Day) (int, error) {
	told := 0
	for _, r := range m.Consulted {
		var n int
		var due clock.Day
		if err := tx.QueryRow(ctx, `select number, due from matter_opinions where serial = $1 and role = $2 and answered_at = 0`, int64(m.Serial), string(r)).Scan(&n, &due); err != nil {
			return 0, notFound(err)
		}
		if due == 0 || today <= due {
			continue
		}
		if _, err := tx.Exec(ctx, `update matter_opinions set told = true where serial = $1 and number = $2`, int64(m.Serial), n); err != nil {
			return 0, err
		}
		roles := []access.Role{r}
		if step := s.DefinitionOf(m).Step(m.Step); step != nil {
			roles = append(roles, step.Roles...)
		}
		made, err := s.system(ctx, tx, m, MissingFact, fmt.Sprintf("opinion %d", n), fmt.Sprintf("%s 未在 %s 前答复意见 / %s has not answered by %s", r, due, r, due), roles)
		if err != nil {
			return 0, err
		}
		told += made
	}
	return told, nil
}

// system writes what the program found, once a key, and for whom.
func (s *Service) system(ctx context.Context, tx *store.Tx, m *Matter, kind Act, key, note string, to []access.Role) (int, error) {
	if was, err := s.done(ctx, tx, m, key); err != nil || was {
		return 0, err
	}
	if err := s.line(ctx, tx, m, Line{Act: Note, Actor: "system", Step: m.Step, Internal: true, Note: note}, key); err != nil {
		return 0, err
	}
	if err := s.c.Audit.Write(ctx, tx, audit.Entry{Actor: "system", Act: "matter." + string(kind), Object: "matter:" + m.Number, Outcome: audit.Done, Detail: "due=" + m.Due.String() + " step=" + m.Step + " to=" + list(to)}); err != nil {
		return 0, err
	}
	return 1, s.fact(ctx, tx, m, kind, "system", to...)
}

// entered writes that a matter came into a step.
func (s *Service) entered(ctx context.Context, tx *store.Tx, m *Matter, step *Step) error {
	var n int
	if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from matter_passages where serial = $1`, int64(m.Serial)).Scan(&n); err != nil {
		return store.Wrap("read matters", err)
	}
	department := ""
	if len(step.Roles) > 0 {
		department = string(step.Roles[0])
	}
	_, err := tx.Exec(ctx, `insert into matter_passages (serial, number, definition, step, department, entered, due, done_at, done_day, actor) values ($1, $2, $3, $4, $5, $6, $7, 0, 0, '')`,
		int64(m.Serial), n, m.Definition, step.ID, department, micros(s.now()), int64(m.Due))
	return err
}

// left writes that a matter left its step, and whose department did it.
func (s *Service) left(ctx context.Context, tx *store.Tx, m *Matter, d *Definition) error {
	p := access.Of(ctx)
	department, actor := "", "system"
	if p != nil {
		actor = p.ID
		if step := d.Step(m.Step); step != nil {
			if i := slices.IndexFunc(step.Roles, p.Is); i >= 0 {
				department = string(step.Roles[i])
			}
		}
	}
	_, err := tx.Exec(ctx, `update matter_passages set done_at = $2, done_day = $3, actor = $4, department = case when $5 = '' then department else $5 end where serial = $1 and done_at = 0`,
		int64(m.Serial), micros(s.now()), int64(s.Today()), actor, department)
	return err
}

// Lateness counts the passages through steps of a department (部门办理时效).
type Lateness struct {
	Department access.Role
	Done       int // finished in the days asked for
	DoneLate   int // of these, after their last day
	Open       int // going on now
	OpenLate   int // of these, over their last day
	Missing    int // opinions that it has not given in time
}

// Lateness are the departments with what they did from a day to another, and
// what they have now. It is for whoever works matters.
func (s *Service) Lateness(ctx context.Context, from, to clock.Day) ([]Lateness, error) {
	if access.Of(ctx).Scope(access.MatterWork) != access.Zone {
		return nil, s.denied(ctx, "lateness", &Matter{Number: "-"})
	}
	byRole := map[access.Role]*Lateness{}
	at := func(r string) *Lateness {
		l := byRole[access.Role(r)]
		if l == nil {
			l = &Lateness{Department: access.Role(r)}
			byRole[l.Department] = l
		}
		return l
	}
	today := s.Today()
	for _, q := range []struct {
		query string
		args  []any
		put   func(l *Lateness, all, late int)
	}{
		{`select department, count(*), cast(sum(case when done_day > due then 1 else 0 end) as bigint) from matter_passages where done_day >= $1 and done_day <= $2 group by department`, []any{int64(from), int64(to)}, func(l *Lateness, all, late int) { l.Done, l.DoneLate = all, late }},
		{`select p.department, count(*), cast(sum(case when p.due < $1 then 1 else 0 end) as bigint) from matter_passages p join matter_matters m on m.serial = p.serial where p.done_at = 0 and m.state = 'open' group by p.department`, []any{int64(today)}, func(l *Lateness, all, late int) { l.Open, l.OpenLate = all, late }},
		{`select role, count(*), cast(sum(case when due > 0 and due < $1 then 1 else 0 end) as bigint) from matter_opinions where answered_at = 0 group by role`, []any{int64(today)}, func(l *Lateness, _, late int) { l.Missing = late }},
	} {
		if err := s.counts(ctx, q.query, q.args, func(role string, all, late int) { q.put(at(role), all, late) }); err != nil {
			return nil, err
		}
	}
	var out []Lateness
	for _, l := range byRole {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Lateness) int { return cmp.Compare(a.Department, b.Department) })
	return out, nil
}

func (s *Service) counts(ctx context.Context, query string, args []any, put func(key string, all, some int)) error {
	rows, err := s.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return store.Wrap("read matters", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var all, some int
		if err := rows.Scan(&key, &all, &some); err != nil {
			return store.Wrap("read matters", err)
		}
		put(key, all, some)
	}
	return store.Wrap("read matters", rows.Err())
}
