package talent

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"pilotzone/ident"
	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/store"
)

// domain keeps the hashes of this room's identity numbers apart from all others.
const domain = 'E'

// RewardMonths is the parameter of the packs that lays down after how many months of
// service talent is rewarded (000 III(四)13).
const RewardMonths = "talent_reward_months"

// Employment is a record that somebody works for an enterprise (用工登记).
type Employment struct {
	ID         int64     `json:"id"`
	Person     string    `json:"person" doc:"Stands for the person: the same of all records of one."`
	Name       string    `json:"name" doc:"Masked but for the enterprise itself."`
	Enterprise string    `json:"enterprise"`
	Job        string    `json:"job"`
	From       clock.Day `json:"from"`
	To         clock.Day `json:"to,omitempty" doc:"Last day; none: still employed."`
	State      string    `json:"state" doc:"filed, confirmed or refused."`
	Reason     string    `json:"reason,omitempty" doc:"Of a refusal."`

	sealed []byte
}

// Hire is an employment to be filed. The identity number is hashed and not kept.
type Hire struct {
	Enterprise string    `json:"enterprise,omitempty" maxLength:"18" doc:"The caller's own if left out."`
	Name       string    `json:"name" maxLength:"40"`
	Identity   string    `json:"identity" maxLength:"18" doc:"Resident identity number; kept as a keyed hash alone."`
	Job        string    `json:"job" maxLength:"60"`
	From       clock.Day `json:"from"`
	To         clock.Day `json:"to,omitempty"`
}

const employmentColumns = `id, person, enterprise, job, from_day, to_day, state, reason, name`

func scanEmployment(r cultivation.Row, v *Employment) error {
	return r.Scan(&v.ID, &v.Person, &v.Enterprise, &v.Job, (*int32)(&v.From), (*int32)(&v.To), &v.State, &v.Reason, &v.sealed)
}

// show opens the name: whole for the enterprise itself, masked for offices.
func (s *Service) show(ctx context.Context, e *Employment) error {
	plain, err := s.Keys.Open(nil, e.sealed, cultivation.Bound("employment", e.ID))
	if err != nil {
		return fmt.Errorf("employment %d: %w", e.ID, err)
	}
	e.Name = string(plain)
	if sees, office := cultivation.Reach(ctx, access.TalentUse, e.Enterprise); office || !sees {
		e.Name = keys.MaskName(e.Name)
	}
	return nil
}

// File files an employment of the caller's enterprise, which is filed here. Errors:
// cultivation.ErrDenied, ErrNotOwn, refusals of what is not in order.
func (s *Service) File(ctx context.Context, h Hire) (*Employment, error) {
	if err := allowed(ctx); err != nil {
		return nil, err
	}
	party, err := enterprise(ctx, h.Enterprise)
	if err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&h.Name, "name", pack.Text{ZH: "姓名", EN: "the name"}, 2, 40); err != nil {
		return nil, err
	}
	if err := cultivation.Clean(&h.Job, "job", pack.Text{ZH: "岗位", EN: "the job"}, 2, 60); err != nil {
		return nil, err
	}
	identity := strings.ToUpper(strings.TrimSpace(h.Identity))
	if _, err := ident.ParseResidentID(identity, s.Clock.Now()); err != nil {
		return nil, cultivation.Invalid("identity", "身份证号码有误", "the identity number is not in order", "核对 18 位号码", "check its 18 digits")
	}
	if at := cultivation.Wrong("from to", !h.From.Valid() || h.From > s.Today(), h.To != 0 && (!h.To.Valid() || h.To < h.From || h.To > s.Today())); at != "" {
		return nil, cultivation.Invalid("days", "起止日有误", "the days are not in order", "入职不晚于今日，离职不早于入职", "the first day is not in the future, the last not before it").At(at)
	}
	switch ok, err := s.filed(ctx, party); {
	case err != nil:
		return nil, err
	case !ok:
		return nil, cultivation.Conflict("not_filed", "企业未在本综试区备案", "the enterprise is not filed in this zone", "先办理主体备案", "have it filed first")
	}
	person := s.Keys.Hasher().Key(domain, []byte(identity))
	e := &Employment{Person: hex.EncodeToString(person[:]), Name: h.Name, Enterprise: party, Job: h.Job, From: h.From, To: h.To, State: "filed"}
	return e, s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if e.ID, err = s.Number(ctx, tx, "employment"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into talent_employments (`+employmentColumns+`) values ($1, $2, $3, $4, $5, $6, $7, '', $8)`,
			e.ID, e.Person, e.Enterprise, e.Job, int64(e.From), int64(e.To), e.State, s.Keys.Seal(nil, []byte(e.Name), cultivation.Bound("employment", e.ID))); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "employment", ID: e.ID, Act: "filed", Note: e.Job})
	})
}

// Employments are the records of the caller's enterprises, all for offices.
func (s *Service) Employments(ctx context.Context) ([]Employment, error) {
	where, args, err := s.mine(ctx, "enterprise")
	if err != nil {
		return nil, err
	}
	list, err := cultivation.All(ctx, s.Reader(), scanEmployment, `select `+employmentColumns+` from talent_employments where `+where+` order by id desc limit 1000`, args...)
	for i := range list {
		if err == nil {
			err = s.show(ctx, &list[i])
		}
	}
	return list, err
}

// Review confirms or refuses a filed record. Offices do. Errors:
// cultivation.ErrDenied, ErrNotFound, ErrState.
func (s *Service) Review(ctx context.Context, id int64, confirm bool, reason string) error {
	if access.Of(ctx).Scope(access.TalentUse) != access.Zone {
		return cultivation.ErrDenied
	}
	least := 2
	if confirm {
		least = 0
	}
	if err := cultivation.Clean(&reason, "reason", pack.Text{ZH: "理由", EN: "the reason"}, least, 200); err != nil {
		return err
	}
	return s.employment(ctx, id, func(ctx context.Context, tx *store.Tx, e *Employment) error {
		if e.State != "filed" {
			return cultivation.ErrState
		}
		to := map[bool]string{true: "confirmed", false: "refused"}[confirm]
		if _, err := tx.Exec(ctx, `update talent_employments set state = $1, reason = $2 where id = $3`, to, reason, id); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "employment", ID: id, Act: to, Note: reason})
	})
}

// End says on which day somebody left. The enterprise does. Errors:
// cultivation.ErrNotFound, ErrState.
func (s *Service) End(ctx context.Context, id int64, last clock.Day) error {
	return s.employment(ctx, id, func(ctx context.Context, tx *store.Tx, e *Employment) error {
		switch {
		case e.To != 0 || e.State == "refused":
			return cultivation.ErrState
		case !last.Valid() || last < e.From || last > s.Today():
			return cultivation.Invalid("days", "离职日有误", "the last day is not in order", "不早于入职、不晚于今日", "not before the first day and not in the future").At("last")
		}
		if _, err := tx.Exec(ctx, `update talent_employments set to_day = $1 where id = $2`, int64(last), id); err != nil {
			return err
		}
		return s.Wrote(ctx, tx, cultivation.Did{Room: "employment", ID: id, Act: "ended", Note: last.String()})
	})
}

func (s *Service) employment(ctx context.Context, id int64, f func(context.Context, *store.Tx, *Employment) error) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := cultivation.One(ctx, tx, scanEmployment, `select `+employmentColumns+` from talent_employments where id = $1`, id)
		if err != nil {
			return err
		}
		if !owns(ctx, e.Enterprise) {
			return cultivation.ErrNotFound
		}
		return f(ctx, tx, e)
	})
}

// Served is a person's service in cross-border enterprises, reckoned to a day (服务年限).
type Served struct {
	Person     string    `json:"person"`
	Name       string    `json:"name" doc:"Masked but for the enterprise itself."`
	Enterprise string    `json:"enterprise" doc:"Where the person works, or worked last; empty for another enterprise."`
	Employed   bool      `json:"employed" doc:"Still employed."`
	First      clock.Day `json:"first" doc:"First day of service."`
	Days       int       `json:"days" doc:"Days of service, each once; gaps do not count."`
	Needed     int       `json:"needed" doc:"Days that make up the months laid down; 0: no rule in force."`
	On         clock.Day `json:"on,omitempty" doc:"Day on which they are reached, or would be if the work goes on; none if it ended."`
	Reached    bool      `json:"reached"`
	Records    int       `json:"records"`
}

// Rewards are the people with confirmed records in the caller's enterprises (all for
// offices), reckoned to today over all of their enterprises: those who have reached
// the time laid down first, then by the day on which they will.
func (s *Service) Rewards(ctx context.Context) ([]Served, error) {
	where, args, err := s.mine(ctx, "enterprise")
	if err != nil {
		return nil, err
	}
	return s.served(ctx, s.Today(), where, args)
}

func (s *Service) served(ctx context.Context, day clock.Day, where string, args []any) ([]Served, error) {
	list, err := cultivation.All(ctx, s.Reader(), scanEmployment, `select `+employmentColumns+` from talent_employments where state = 'confirmed'
		and person in (select person from talent_employments where state = 'confirmed' and `+where+`) order by person, from_day, id`, args...)
	if err != nil {
		return nil, err
	}
	var out []Served
	months := int(s.Setting(RewardMonths))
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Person == list[0].Person {
			n++
		}
		if v, ok := reckon(list[:n], months, day); ok {
			last := newest(list[:n])
			if err := s.show(ctx, last); err != nil {
				return nil, err
			}
			v.Name = last.Name
			if access.Of(ctx).Scope(access.TalentUse) == access.Own && !owns(ctx, last.Enterprise) { // a former employer
				v.Enterprise = ""
			}
			out = append(out, v)
		}
		list = list[n:]
	}
	slices.SortFunc(out, func(a, b Served) int {
		far := func(d clock.Day) clock.Day {
			if d == 0 {
				return 99991231
			}
			return d
		}
		return cmp.Or(cmp.Compare(far(a.On), far(b.On)), cmp.Compare(b.Days, a.Days), strings.Compare(a.Person, b.Person))
	})
	return out, nil
}

// newest is the record that still runs, or that ended last.
func newest(list []Employment) *Employment {
	best := &list[0]
	for i := range list {
		e := &list[i]
		if best.To != 0 && (e.To == 0 || e.To > best.To) || best.To == 0 && e.To == 0 && e.From > best.From {
			best = e
		}
	}
	return best
}

// reckon counts a person's days of service up to a day: each day once, whatever
// records cover it. The time laid down is the number of days from the first day of
// service to the same day so many months later; gaps move its end (our reading: the
// plan says nothing about them).
func reckon(list []Employment, months int, day clock.Day) (Served, bool) {
	type span struct{ from, to clock.Day }
	list = slices.DeleteFunc(slices.Clone(list), func(e Employment) bool { return e.From > day })
	var spans []span
	for _, e := range list {
		to := e.To
		if to == 0 || to > day {
			to = day
		}
		spans = append(spans, span{e.From, to})
	}
	if len(spans) == 0 {
		return Served{}, false
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	last := newest(list)
	v := Served{Person: last.Person, Enterprise: last.Enterprise, Employed: last.To == 0 || last.To >= day, First: spans[0].from, Records: len(list)}
	if months > 0 {
		v.Needed = v.First.AddMonths(months).Sub(v.First)
	}
	end := spans[0].from.AddDays(-1) // last day that is counted
	for _, p := range spans {
		from := max(p.from, end.AddDays(1))
		if from > p.to {
			continue
		}
		n := p.to.Sub(from) + 1
		if v.Needed > 0 && !v.Reached && v.Days+n >= v.Needed {
			v.Reached, v.On = true, from.AddDays(v.Needed-v.Days-1)
		}
		v.Days, end = v.Days+n, p.to
	}
	if v.Needed > 0 && !v.Reached && v.Employed {
		v.On = day.AddDays(v.Needed - v.Days)
	}
	return v, true
}

// ThreeYears are the people who on a day have reached the time laid down and work for
// an enterprise (of "", any) then. Programs of the house ask.
func (s *Service) ThreeYears(ctx context.Context, enterprise string, day clock.Day) ([]Served, error) {
	list, err := s.served(ctx, day, "($1 = '' or enterprise = $1)", []any{enterprise})
	return slices.DeleteFunc(list, func(v Served) bool {
		return !v.Reached || !v.Employed || enterprise != "" && v.Enterprise != enterprise
	}), err
}
