package policy

import (
	"fmt"
	"slices"

	"pilotzone/internal/growth/policy/award"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

// Step is one line of the working of an amount (计算过程).
type Step struct {
	ZH     string     `json:"zh"`
	EN     string     `json:"en"`
	Amount *money.Fen `json:"amount,omitempty"`
}

// Most is the most that a clause gives by the figures (最高可得).
type Most struct {
	Stated  bool       `json:"stated"`            // the text says how much
	Amount  *money.Fen `json:"amount,omitempty"`  // nil: not stated, or a figure is missing
	Ceiling *money.Fen `json:"ceiling,omitempty"` // the cap alone, which holds whatever the figures are
	Steps   []Step     `json:"steps,omitempty"`
	Missing []string   `json:"missing,omitempty"` // facts that are needed and not known
}

// least is the lesser of what there is.
func (m *Most) least(f money.Fen) {
	if m.Amount == nil || f < *m.Amount {
		m.Amount = &f
	}
}

func (m *Most) step(f money.Fen, zh, en string) {
	m.Steps = append(m.Steps, Step{ZH: zh, EN: en, Amount: &f})
}

// Most computes what the clause gives at most: the least of cap, share of the
// cost, and formula. A cost that is not known leaves the amount open; what a
// subject had before and what is left of a cumulative cap is not in it.
func (c *Clause) Most(f rule.Facts) (Most, error) {
	a := c.Amount
	m := Most{Stated: a.Stated()}
	if !m.Stated {
		return m, nil
	}
	if err := m.cap(a, f); err != nil {
		return m, err
	}
	if err := m.share(a, f); err != nil {
		return m, err
	}
	if a.compiled != nil {
		v, missing, err := a.compiled.Of(f)
		if err != nil {
			return m, err
		}
		m.Missing = append(m.Missing, missing...)
		if len(missing) == 0 {
			m.step(v, "按公式 "+a.Formula, "by the formula "+a.Formula)
			m.least(v)
		}
	}
	if len(m.Missing) > 0 {
		m.Amount = nil
	}
	slices.Sort(m.Missing)
	m.Missing = slices.Compact(m.Missing)
	return m, nil
}

func (m *Most) cap(a *Amount, f rule.Facts) error {
	if a.Cap == nil {
		return nil
	}
	amount := *a.Cap
	if a.Per == "" {
		m.Ceiling = &amount
		m.step(amount, "最高额", "the cap")
		m.least(amount)
		return nil
	}
	n, known := f(a.Per)
	if !known {
		m.Missing = append(m.Missing, a.Per)
		return nil
	}
	total, err := times(amount, n.Int())
	if err != nil {
		return err
	}
	m.step(total, fmt.Sprintf("最高额 %s × %d", amount, n.Int()), fmt.Sprintf("the cap %s × %d", amount, n.Int()))
	m.least(total)
	return nil
}

func (m *Most) share(a *Amount, f rule.Facts) error {
	if a.Percent == nil {
		return nil
	}
	cost, known := f(a.Of)
	if !known {
		m.Missing = append(m.Missing, a.Of)
		return nil
	}
	paid := cost.Fen()
	share, _, err := award.Max(nil, a.Percent, &paid)
	if err != nil {
		return err
	}
	m.step(share, fmt.Sprintf("费用 %s 的 %s", cost.Fen(), a.Percent.Percent()), fmt.Sprintf("%s of the cost %s", a.Percent.Percent(), cost.Fen()))
	m.least(share)
	return nil
}

// times is an amount n times.
func times(f money.Fen, n int64) (money.Fen, error) {
	if n < 0 || n != 0 && int64(f) > int64(1)<<62/n {
		return 0, money.ErrRange
	}
	return f * money.Fen(n), nil
}
