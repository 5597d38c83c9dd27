package plan

import (
	"context"
	"fmt"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// acted keeps an act in the history of the assessment and in the chain.
func (s *Service) acted(ctx context.Context, tx *store.Tx, id, act, note string) error {
	who, org := actor(ctx)
	var number int64
	if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from plan_acts where assessment = $1`, id).Scan(&number); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into plan_acts (assessment, number, at, actor, org, act, note) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, number, clock.Micros(s.now()), who, org, act, note); err != nil {
		return err
	}
	return s.write(ctx, tx, act, "assessment:"+id, note)
}

// step is one act on an assessment.
type step struct {
	need access.Permission
	act  string
	was  uint64 // revision that it was decided on
	do   func(ctx context.Context, tx *store.Tx, a *Assessment) (note string, err error)
}

// change does an act in one transaction: it looks at the right, the revision and
// the state, and keeps the act.
func (s *Service) change(ctx context.Context, id string, st step) (*Assessment, error) {
	if err := s.office(ctx, st.need, st.act, "assessment:"+id); err != nil {
		return nil, err
	}
	var a *Assessment
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if a, err = scanAssessment(tx.QueryRow(ctx, `select `+assessmentColumns+` from plan_assessments where id = $1`, id)); err != nil {
			return err
		}
		if st.was != a.Revision {
			return ErrStale
		}
		note, err := st.do(ctx, tx, a)
		if err != nil {
			return err
		}
		a.Revision++
		if _, err := tx.Exec(ctx, `update plan_assessments set state = $2, revision = $3, scored = $4, scorer = $5, reviewer = $6, until = $7, fund = $8, floor = $9 where id = $1`,
			id, string(a.State), int64(a.Revision), clock.Micros(a.Scored), a.Scorer, a.Reviewer, int64(a.Until), int64(a.Fund), a.Floor); err != nil {
			return err
		}
		return s.acted(ctx, tx, id, st.act, note)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Rescore scores an assessment anew on the figures as they are now: while it is
// not reviewed, or after an objection was upheld. A fund that was shared is
// taken back. The card stays the one it was first scored by, if it is still in
// force as it was; otherwise ErrState.
func (s *Service) Rescore(ctx context.Context, id string, was uint64, reason string) (*Assessment, error) {
	reason, err := words("reason", reason)
	if err != nil {
		return nil, err
	}
	if err := s.office(ctx, access.AssessWork, "assess.rescore", "assessment:"+id); err != nil {
		return nil, err
	}
	old, err := s.Assessment(ctx, id)
	if err != nil {
		return nil, err
	}
	in := Start{Card: old.Card, Year: old.Year, Plan: old.Plan}
	c, err := s.choose(in)
	if err != nil {
		return nil, err
	}
	if c.Item.YAML() != old.Setting.Item {
		return nil, ErrState
	}
	results, err := s.score(ctx, c, in)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, id, step{access.AssessWork, "assess.rescore", was, func(ctx context.Context, tx *store.Tx, a *Assessment) (string, error) {
		if a.State != Scored {
			var upheld int
			if err := tx.QueryRow(ctx, `select count(*) from plan_objections where assessment = $1 and state = 'upheld'`, id).Scan(&upheld); err != nil {
				return "", err
			}
			if upheld == 0 || a.State == Final || a.State == Withdrawn {
				return "", ErrState
			}
		}
		a.State, a.Reviewer, a.Until, a.Fund, a.Floor, a.Scored = Scored, "", 0, 0, 0, s.now()
		a.Scorer, _ = actor(ctx)
		return reason, putResults(ctx, tx, id, results)
	}})
}

// Review confirms the results: another person than the one who scored them.
func (s *Service) Review(ctx context.Context, id string, was uint64) (*Assessment, error) {
	return s.change(ctx, id, step{access.AssessWork, "assess.review", was, func(ctx context.Context, _ *store.Tx, a *Assessment) (string, error) {
		who, _ := actor(ctx)
		switch {
		case a.State != Scored:
			return "", ErrState
		case a.Scorer == who:
			return "", ErrSame
		}
		a.State, a.Reviewer = Reviewed, who
		return "", nil
	}})
}

// Publish shows the results to everybody and takes objections until a day, at
// least five days and at most sixty from today.
func (s *Service) Publish(ctx context.Context, id string, was uint64, until clock.Day) (*Assessment, error) {
	return s.change(ctx, id, step{access.AssessWork, "assess.publish", was, func(_ context.Context, _ *store.Tx, a *Assessment) (string, error) {
		if a.State != Reviewed {
			return "", ErrState
		}
		if today := s.today(); !until.Valid() || until < today.AddDays(5) || until > today.AddDays(60) {
			return "", wrong("until", "公示截止日应在 5 至 60 天之内", "objections are taken for 5 to 60 days", "改正截止日", "mend the day")
		}
		a.State, a.Until = Published, until
		return until.String(), nil
	}})
}

// Object enters an objection of the caller's department against a result, while
// it is published.
func (s *Service) Object(ctx context.Context, id, place, text string) error {
	text, err := words("words", text)
	if err != nil {
		return err
	}
	now, err := s.Assessment(ctx, id)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, id, step{access.PlanReport, "assess.object", now.Revision, func(ctx context.Context, tx *store.Tx, a *Assessment) (string, error) {
		if a.State != Published || s.today() > a.Until {
			return "", ErrState
		}
		var n, number int64
		if err := tx.QueryRow(ctx, `select count(*) from plan_results where assessment = $1 and place = $2`, id, place).Scan(&n); err != nil {
			return "", err
		}
		if n == 0 {
			return "", ErrNotFound
		}
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from plan_objections where assessment = $1`, id).Scan(&number); err != nil {
			return "", err
		}
		who, org := actor(ctx)
		_, err := tx.Exec(ctx, `insert into plan_objections (assessment, number, place, at, actor, org, words, state, answer, answered, answerer) values ($1, $2, $3, $4, $5, $6, $7, 'open', '', 0, '')`,
			id, number, place, clock.Micros(s.now()), who, org, text)
		return fmt.Sprintf("%s #%d", place, number), err
	}})
	return err
}

// Answer decides an objection with its reason. One that is upheld lets the
// assessment be scored anew.
func (s *Service) Answer(ctx context.Context, id string, was uint64, number int64, upheld bool, reason string) (*Assessment, error) {
	reason, err := words("reason", reason)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, id, step{access.AssessWork, "assess.answer", was, func(ctx context.Context, tx *store.Tx, _ *Assessment) (string, error) {
		state := "dismissed"
		if upheld {
			state = "upheld"
		}
		who, _ := actor(ctx)
		res, err := tx.Exec(ctx, `update plan_objections set state = $3, answer = $4, answered = $5, answerer = $6 where assessment = $1 and number = $2 and state = 'open'`,
			id, number, state, reason, clock.Micros(s.now()), who)
		if err != nil {
			return "", err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = ErrNotFound
			}
			return "", err
		}
		return fmt.Sprintf("#%d %s", number, state), nil
	}})
}

// Close makes the results final: after the last day for objections, when all are
// answered and none that was upheld waits for a new score.
func (s *Service) Close(ctx context.Context, id string, was uint64) (*Assessment, error) {
	return s.change(ctx, id, step{access.AssessWork, "assess.final", was, func(ctx context.Context, tx *store.Tx, a *Assessment) (string, error) {
		if a.State != Published {
			return "", ErrState
		}
		var open int
		if err := tx.QueryRow(ctx, `select count(*) from plan_objections where assessment = $1 and (state = 'open' or state = 'upheld' and answered > $2)`, id, clock.Micros(a.Scored)).Scan(&open); err != nil {
			return "", err
		}
		if open > 0 || s.today() <= a.Until {
			return "", ErrOpen
		}
		a.State = Final
		return "", nil
	}})
}

// Withdraw takes back an assessment that is not final, with a reason.
func (s *Service) Withdraw(ctx context.Context, id string, was uint64, reason string) (*Assessment, error) {
	reason, err := words("reason", reason)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, id, step{access.AssessWork, "assess.withdraw", was, func(_ context.Context, _ *store.Tx, a *Assessment) (string, error) {
		if a.State == Final || a.State == Withdrawn {
			return "", ErrState
		}
		a.State, a.Fund, a.Floor = Withdrawn, 0, 0
		return reason, nil
	}})
}

// Shares splits a fund over results (按绩效分配资金): each place gets floor
// thousandths of the fund at least, and what is left goes by points. The parts
// sum to the fund exactly; where nobody has points the rest is split equally.
// floor times the number of places must not be above 1000.
func Shares(fund money.Fen, floor int64, points []int64) ([]money.Fen, error) {
	n := int64(len(points))
	switch {
	case fund <= 0 || fund > 1<<53:
		return nil, wrong("fund", "资金总额须为正数", "the fund is an amount above nought", "改正金额", "mend the amount")
	case n == 0:
		return nil, ErrState
	case floor < 0 || floor*n > 1000:
		return nil, wrong("floor", "最低份额之和不得超过全部资金", "the least shares together must not be above the fund", fmt.Sprintf("每个最多 %d‰", 1000/n), fmt.Sprintf("at most %d thousandths each", 1000/n))
	}
	least := make([]money.Fen, n)
	rest := fund
	for i := range least {
		least[i] = fund * money.Fen(floor) / 1000
		rest -= least[i]
	}
	for i, part := range money.Apportion(rest, points) {
		least[i] += part
	}
	return least, nil
}

// Allocate shares a fund by the results that were reviewed. It may be done anew
// until they are final; then once.
func (s *Service) Allocate(ctx context.Context, id string, was uint64, fund money.Fen, floor int64) (*Assessment, error) {
	return s.change(ctx, id, step{access.AssessWork, "assess.fund", was, func(ctx context.Context, tx *store.Tx, a *Assessment) (string, error) {
		if a.State == Scored || a.State == Withdrawn || a.State == Final && a.Fund != 0 {
			return "", ErrState
		}
		list, err := readResults(ctx, tx.Query, id)
		if err != nil {
			return "", err
		}
		points := make([]int64, len(list))
		for i := range list {
			points[i] = list[i].Points
		}
		parts, err := Shares(fund, floor, points)
		if err != nil {
			return "", err
		}
		for i := range list {
			if _, err := tx.Exec(ctx, `update plan_results set share = $3 where assessment = $1 and place = $2`, id, list[i].Place.ID, int64(parts[i])); err != nil {
				return "", err
			}
		}
		a.Fund, a.Floor = fund, floor
		return fund.String(), nil
	}})
}
