package park

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/store"
)

// Effects are what the matters of recognition name: "recognition-open" when an
// application is handed in, "recognise" when it is approved,
// "recognition-appeal-open" and "recognition-restore" for an appeal against a
// removal.
func (s *Service) Effects() map[string]matter.Effect {
	return map[string]matter.Effect{"recognition-open": s.open, "recognise": s.recognise, "recognition-appeal-open": s.appeal, "recognition-restore": s.restore}
}

// Guards are what the steps of recognition name: the conditions hold on the
// figures as handed in; the publication is over and every objection answered.
func (s *Service) Guards() map[string]matter.Guard {
	return map[string]matter.Guard{"recognition-conditions": s.fulfilled, "recognition-published": s.published}
}

// Application is an application for recognition (认定申请) with the figures that it
// was handed in on.
type Application struct {
	Matter    string
	Place     string
	Program   string
	Year      int
	State     ApplicationState
	Taken     clock.Day // handed in, or completed
	Published clock.Day // 0: not yet
	Ends      clock.Day // last day of the publication
	Far       *Far
}

// ApplicationState is where an application stands. Its name is stored.
type ApplicationState string

// The states of an application.
const (
	Taken     ApplicationState = "taken"     // 已受理
	Announced ApplicationState = "announced" // 公示中, or published before
	Granted   ApplicationState = "granted"   // 已认定
)

func text(m *matter.Matter, field string) string {
	v, _ := m.Form[field].(string)
	return v
}

func number(m *matter.Matter, field string) int {
	switch v := m.Form[field].(type) {
	case float64:
		return int(v)
	case int:
		return v
	case int64:
		return int(v)
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return 0
		}
		return int(n)
	}
	return 0
}

// said turns a refusal into what the applicant or the officer can mend.
func said(err error) error {
	var r *Refusal
	if errors.As(err, &r) {
		return r.problems()
	}
	return err
}

// open freezes the figures that an application is judged by, each time that it is
// handed in.
func (s *Service) open(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	p, err := placeIn(ctx, tx, text(m, "place"))
	if err != nil || !visible(ctx, p) || p.State != Open {
		return said(errors.Join(wrong("place", "没有该场所，或尚未运营", "there is no such place, or it is not in operation", "核对代码", "check its id"), other(err)))
	}
	if !manages(ctx, p) || Office(ctx) {
		return said(wrong("place", "只能由其运营单位或所属企业申请", "only its operator or owner can apply", "使用该单位的账号", "use an account of that organisation"))
	}
	if !s.opensFigures(ctx, p) {
		return said(wrong("place", "须经所属企业授权查看其指标", "the enterprise that it is judged by has not let you see its figures", "请该企业在“授权”页面授权，或由其自行申请", "ask it to consent, or let it apply itself"))
	}
	g, err := s.Program(text(m, "program"))
	if err != nil || g.Target != p.Kind {
		return said(wrong("program", "没有适用于该场所的此项认定", "no such recognition is in force for this kind of place", "从场所页面发起申请", "start from the page of the place"))
	}
	year := number(m, "year")
	if now := s.Today().Year(); year < now-1 || year > now {
		return said(wrong("year", "指标年度须为上一年度或本年度", "the year of the figures is last year or this one", "改为相应年份", "write one of the two"))
	}
	far, err := s.far(ctx, p, g, year)
	if err != nil {
		return err
	}
	body, err := json.Marshal(far)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into park_applications (matter, place, program, year, state, taken, published, ends, body) values ($1, $2, $3, $4, 'taken', $5, 0, 0, $6)
		on conflict (matter) do update set place = excluded.place, program = excluded.program, year = excluded.year, state = 'taken', taken = excluded.taken, published = 0, ends = 0, body = excluded.body`,
		m.Number, p.ID, g.Item.ID, year, int64(s.Today()), string(body)); err != nil {
		return err
	}
	return s.line(ctx, tx, p.ID, "recognition.apply", m.Number+" "+g.Item.ID, "")
}

// other is an error that is not one of ours.
func other(err error) error {
	var ours *Refusal
	if errors.As(err, &ours) {
		return nil
	}
	return err
}

const applicationColumns = `matter, place, program, year, state, taken, published, ends, body`

func scanApplication(scan func(...any) error) (*Application, error) {
	var a Application
	var body string
	if err := scan(&a.Matter, &a.Place, &a.Program, &a.Year, &a.State, &a.Taken, &a.Published, &a.Ends, &body); err != nil {
		return nil, err
	}
	a.Far = new(Far)
	return &a, json.Unmarshal([]byte(body), a.Far)
}

func applicationIn(ctx context.Context, q queryer, number string) (*Application, error) {
	a, err := scanApplication(q.QueryRow(ctx, `select `+applicationColumns+` from park_applications where matter = $1`, number).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return a, err
}

// Applications are those that are not decided by the register yet, the oldest
// first; offices see all, others those of their places.
func (s *Service) Applications(ctx context.Context) ([]*Application, error) {
	list, err := s.applications(ctx, `state <> 'granted' order by taken, matter`)
	return slices.DeleteFunc(list, func(a *Application) bool {
		p, err := s.place(ctx, a.Place)
		return err != nil || !s.Inside(ctx, p)
	}), err
}

func (s *Service) applications(ctx context.Context, where string, args ...any) ([]*Application, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `select `+applicationColumns+` from park_applications where `+where, args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var out []*Application
	for rows.Next() {
		a, err := scanApplication(rows.Scan)
		if err != nil {
			return nil, wrap(err)
		}
		out = append(out, a)
	}
	return out, wrap(rows.Err())
}

// fulfilled is the guard that the conditions hold, each of them, on the figures
// as handed in. One that cannot be told, for want of evidence, does not hold.
func (s *Service) fulfilled(ctx context.Context, tx *store.Tx, m *matter.Matter) error {
	a, err := applicationIn(ctx, tx, m.Number)
	if err != nil {
		return said(err)
	}
	if a.Far.Missing != "" {
		return said(&Refusal{Code: "after", ZH: "须先取得认定 " + a.Far.Missing, EN: "recognition " + a.Far.Missing + " must stand first", FixZH: "不予认定，或退回申请人", FixEN: "refuse it, or return it to the applicant"})
	}
	var out matter.Problems
	for _, step := range a.Far.Steps {
		switch step.Holds {
		case rule.No:
			out = append(out, matter.Problem{Code: "condition", ZH: "条件不满足：" + step.Says.ZH, EN: "a condition does not hold: " + step.Says.EN, FixZH: "不予认定，或退回申请人补充证明", FixEN: "refuse it, or return it for evidence"})
		case rule.Unknown:
			out = append(out, matter.Problem{Code: "condition", ZH: "条件缺少指标，无法判断：" + step.Says.ZH, EN: "a figure is missing, so a condition can't be told: " + step.Says.EN, FixZH: "退回申请人提交证明材料", FixEN: "return it; the applicant files evidence"})
		}
	}
	if out != nil {
		return out
	}
	return nil
}

// published is the guard that the publication is over and every objection
// answered, none upheld.
func (s *Service) published(ctx context.Context, tx *store.Tx, m *matter.Matter) error {
	a, err := applicationIn(ctx, tx, m.Number)
	if err != nil {
		return said(err)
	}
	g, err := s.Program(a.Program)
	if err != nil {
		return said(err)
	}
	if g.PublicationDays > 0 && a.Published == 0 {
		return said(&Refusal{Code: "publication", ZH: "尚未公示", EN: "it has not been published yet", FixZH: "在认定工作台开始公示", FixEN: "begin the publication in the recognition worklist"})
	}
	if s.Today() <= a.Ends {
		return said(&Refusal{Code: "publication", ZH: "公示期未满，至 " + a.Ends.String(), EN: "the publication runs until " + a.Ends.String(), FixZH: "公示期满后再决定", FixEN: "decide when it is over"})
	}
	var waiting, upheld int64
	if err := tx.QueryRow(ctx, `select count(case when answered = 0 then 1 end), count(case when upheld then 1 end) from park_objections where matter = $1`, m.Number).Scan(&waiting, &upheld); err != nil {
		return err
	}
	switch {
	case waiting > 0:
		return said(&Refusal{Code: "objections", ZH: "尚有异议未处理", EN: "there are objections without an answer", FixZH: "逐项答复异议", FixEN: "answer each of them"})
	case upheld > 0:
		return said(&Refusal{Code: "objections", ZH: "异议成立", EN: "an objection was upheld", FixZH: "不予认定，或退回申请人", FixEN: "refuse it, or return it"})
	}
	return nil
}

// recognise is the effect of an approval: the recognition stands from today; one
// of the same program is renewed by it.
func (s *Service) recognise(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	a, err := applicationIn(ctx, tx, m.Number)
	if err != nil {
		return said(err)
	}
	g, err := s.Program(a.Program)
	if err != nil {
		return said(err)
	}
	today := s.Today()
	if err := s.renew(ctx, tx, a, today); err != nil {
		return err
	}
	r := &Recognition{Place: a.Place, Program: a.Program, Grade: g.Grade, State: Valid, Matter: m.Number, Since: today}
	if g.ValidMonths > 0 {
		r.Until = today.AddMonths(g.ValidMonths).AddDays(-1)
	}
	if _, err := tx.Exec(ctx, `update park_applications set state = 'granted' where matter = $1`, m.Number); err != nil {
		return err
	}
	return s.saveRecognition(ctx, tx, r, "recognition.grant", m.Number)
}

func (s *Service) renew(ctx context.Context, tx *store.Tx, a *Application, today clock.Day) error {
	var old []int64
	rows, err := tx.Query(ctx, `select number from park_recognitions where place = $1 and program = $2 and state in ('valid', 'warned')`, a.Place, a.Program)
	if err != nil {
		return err
	}
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return errors.Join(err, rows.Close())
		}
		old = append(old, n)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, n := range old {
		r, err := recognitionIn(ctx, tx, n)
		if err != nil {
			return err
		}
		r.State, r.Ended = Renewed, today
		if err := s.saveRecognition(ctx, tx, r, "recognition.renew", a.Matter); err != nil {
			return err
		}
	}
	return nil
}

// appeal is taken when a removal is appealed: by who runs the place, within the
// days of the program (申诉).
func (s *Service) appeal(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	r, err := s.appealed(ctx, tx, m)
	if err != nil {
		return said(err)
	}
	p, err := placeIn(ctx, tx, r.Place)
	if err != nil {
		return said(err)
	}
	if !manages(ctx, p) || access.Of(ctx).Scope(access.ParkManage) == access.Zone {
		return said(wrong("recognition", "只能由其运营单位或所属企业申诉", "only its operator or owner can appeal", "使用该单位的账号", "use an account of that organisation"))
	}
	days := 60
	if g, err := s.Program(r.Program); err == nil {
		days = g.AppealDays
	}
	if last := r.Ended.AddDays(days); s.Today() > last {
		return said(wrong("recognition", "申诉期已于 "+last.String()+" 届满", "the time to appeal ended on "+last.String(), "可以依法申请行政复议或提起诉讼", "you may ask for administrative review or go to court, as the law provides"))
	}
	return nil
}

func (s *Service) appealed(ctx context.Context, tx *store.Tx, m *matter.Matter) (*Recognition, error) {
	r, err := recognitionIn(ctx, tx, int64(number(m, "recognition")))
	if err != nil {
		return nil, wrong("recognition", "没有该认定", "there is no such recognition", "从场所页面发起申诉", "start from the page of the place")
	}
	if r.State != Removed {
		return nil, wrong("recognition", "该认定未被撤销", "this recognition has not been removed", "查看其状态", "look at its state")
	}
	return r, nil
}

// restore is the effect of an appeal that is upheld: the recognition counts again
// as if it had not been removed. Who removed it may not decide.
func (s *Service) restore(ctx context.Context, tx *store.Tx, m *matter.Matter, _ *matter.Definition) error {
	r, err := s.appealed(ctx, tx, m)
	if err != nil {
		return said(err)
	}
	by, err := removedBy(ctx, tx, r)
	if err != nil {
		return err
	}
	if by == actor(ctx) {
		return said(&Refusal{Code: "same_person", ZH: "作出撤销决定的人不能审理申诉", EN: "who removed it may not decide the appeal", FixZH: "由其他人员办理", FixEN: "let somebody else decide"})
	}
	r.State, r.Ended, r.MendBy = Valid, 0, 0
	return s.saveRecognition(ctx, tx, r, "recognition.restore", m.Number)
}
