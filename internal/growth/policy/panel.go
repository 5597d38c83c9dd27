package policy

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/store"
)

// Score is what one member of the panel gives a claim (评委打分).
type Score struct {
	Member string // account
	Points int    // 0 to 100
	Reason string
	At     time.Time
}

// Panel is the scores of a claim so far.
type Panel struct {
	Scores  []Score
	Needed  int
	Pass    int
	Sum     int
	Members int
}

// Mean is the mean in hundredths of a point; 0 without scores.
func (p *Panel) Mean() int {
	if p.Members == 0 {
		return 0
	}
	return p.Sum * 100 / p.Members
}

// Enough tells whether so many have scored as must.
func (p *Panel) Enough() bool { return p.Members >= p.Needed }

// Passed tells whether enough have scored and the mean passes.
func (p *Panel) Passed() bool { return p.Enough() && p.Sum >= p.Pass*p.Members }

// words bounds what somebody wrote: 2 to 1,000 characters.
func words(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 2 || n > 1000 || !utf8.ValidString(text) {
		return "", &Refusal{"words", "请写明理由（2至1000字）", "say why, in 2 to 1,000 characters", "填写理由", "write the reason"}
	}
	return text, nil
}

// step tells whether the matter of a claim is open in one of the steps.
func (s *Service) step(ctx context.Context, number string, steps ...string) error {
	m, err := s.matters.Get(access.With(ctx, access.System()), number)
	if err != nil {
		return err
	}
	for _, want := range steps {
		if m.State == matter.Open && m.Step == want {
			return nil
		}
	}
	return &Refusal{"step", "该申领现在不在此环节", "the claim is not in this step now", "刷新页面查看所处环节", "look where it stands"}
}

// GiveScore gives the caller's points for a claim in the panel's step, or changes
// them. Each member scores once; nobody scores for their own organisation.
func (s *Service) GiveScore(ctx context.Context, number string, points int, reason string) error {
	if err := s.may(ctx, access.ClaimWork, "claim.score", "matter:"+number); err != nil {
		return err
	}
	if points < 0 || points > 100 {
		return &Refusal{"points", "分数应在0至100之间", "points go from 0 to 100", "改正分数", "mend the points"}
	}
	reason, err := words(reason)
	if err != nil {
		return err
	}
	if err := s.step(ctx, number, "panel"); err != nil {
		return err
	}
	who, org := actor(ctx)
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := s.claimIn(ctx, inside{tx}, number)
		if err != nil {
			return err
		}
		if org != "" && (org == c.Org || org == c.Agent) {
			return &Refusal{"own", "不得评审本单位的申请", "nobody scores for their own organisation", "由其他评委评审", "let other members do it"}
		}
		sealed, err := s.seal(reason, "score/"+who, number)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into policy_scores (claim, member, points, at, reason) values ($1, $2, $3, $4, $5)
			on conflict (claim, member) do update set points = excluded.points, at = excluded.at, reason = excluded.reason`, number, who, int64(points), s.now(), sealed); err != nil {
			return err
		}
		return s.write(ctx, tx, "claim.score", "matter:"+number, "points="+itoa(points))
	})
}

// PanelOf returns the scores of a claim, for those who work claims.
func (s *Service) PanelOf(ctx context.Context, number string) (*Panel, error) {
	if access.Of(ctx).Scope(access.ClaimWork) != access.Zone {
		return nil, ErrDenied
	}
	return s.panel(ctx, outside{s.db}, number)
}

func (s *Service) panel(ctx context.Context, q querier, number string) (*Panel, error) {
	set := s.Settings()
	p := &Panel{Needed: set.PanelMembers, Pass: set.PanelPass}
	err := rows(ctx, q, func(r *sql.Rows) error {
		var v Score
		var points, at int64
		var sealed []byte
		if err := r.Scan(&v.Member, &points, &at, &sealed); err != nil {
			return err
		}
		v.Points, v.At = int(points), clock.FromMicros(at)
		p.Scores, p.Sum, p.Members = append(p.Scores, v), p.Sum+v.Points, p.Members+1
		return s.unseal(sealed, &p.Scores[p.Members-1].Reason, "score/"+v.Member, number)
	}, `select member, points, at, reason from policy_scores where claim = $1 order by at, member`, number)
	return p, err
}

// panelDone is the guard of the panel's step.
func (s *Service) panelDone(ctx context.Context, tx *store.Tx, m *matter.Matter) error {
	p, err := s.panel(ctx, inside{tx}, m.Number)
	switch {
	case err != nil:
		return err
	case !p.Enough():
		return problem("panel", "", fmt.Sprintf("评委打分 %d 人，需要 %d 人", p.Members, p.Needed), fmt.Sprintf("%d members have scored, %d must", p.Members, p.Needed), "由其他评委打分", "let other members score")
	case !p.Passed():
		return problem("panel-mean", "", fmt.Sprintf("平均 %s 分，未达到 %d 分", hundredths(p.Mean()), p.Pass), fmt.Sprintf("the mean is %s points, below %d", hundredths(p.Mean()), p.Pass), "不予通过，或退回补正", "refuse it, or return it for completion")
	}
	return nil
}

// hundredths writes 7250 as 72.50.
func hundredths(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// Propose says how much the office proposes to give; it is shown in the
// publication and bound by the decision. It can't be above the assessed most,
// nor be changed once the claim is published.
func (s *Service) Propose(ctx context.Context, number string, amount money.Fen, reason string) error {
	if err := s.may(ctx, access.ClaimWork, "claim.propose", "matter:"+number); err != nil {
		return err
	}
	reason, err := words(reason)
	if err != nil {
		return err
	}
	if err := s.step(ctx, number, "review", "panel", "publication"); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := s.claimIn(ctx, inside{tx}, number)
		switch {
		case err != nil:
			return err
		case c.PublicFrom != 0:
			return &Refusal{"published", "已公示，拟支持金额不能再改", "it is published: the amount stands", "撤回公示后重新公示", "end the publication and publish it anew"}
		case amount < 0, c.Most != nil && amount > *c.Most:
			return &Refusal{"amount", "金额应在0至" + amountOrZero(c.Most).String() + "元之间", "the amount must be between 0 and " + amountOrZero(c.Most).String() + " yuan", "改正金额", "mend the amount"}
		}
		if err := s.update(ctx, tx, number, `proposed = $3`, int64(amount)); err != nil {
			return err
		}
		if err := s.matters.AddNote(ctx, tx, number, "拟支持金额 "+amount.String()+" 元："+reason, "proposed: "+amount.String()+" yuan: "+reason); err != nil {
			return err
		}
		return s.write(ctx, tx, "claim.propose", "matter:"+number, "amount="+amount.String())
	})
}
