package policy

import (
	"context"
	"maps"
	"slices"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
)

// Shadow holds all clauses of two sets against all subjects, for the trial run of
// a change of rules: who gains, who loses, and what more it would cost at most.
// What subjects had and ask for is left as it is.
func (s *Service) Shadow(ctx context.Context, old, new *pack.Set, progress func(done, total int64)) (rulebook.Report, error) {
	r := rulebook.Report{Room: "incentives", Title: pack.Text{ZH: "奖补条款", EN: "Incentives"},
		Notes: []pack.Text{{ZH: "按现有指标与今日日期评估；金额为最高额，不代表实际支持", EN: "by the figures of now on today's date; amounts are the most, not what would be given"}}}
	before, err := s.bookOf(old)
	if err != nil {
		return r, err
	}
	after, err := s.bookOf(new)
	if err != nil {
		return r, err
	}
	crowd, err := s.crowd(ctx)
	if err != nil {
		return r, err
	}
	day := s.Today()
	olds, news := byID(before.Now(day)), byID(after.Now(day))
	ids := slices.Sorted(maps.Keys(olds))
	for id := range news {
		if olds[id] == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	var was, will money.Fen
	done := int64(0)
	for _, id := range ids {
		if !same(olds[id], news[id]) {
			looked, err := crowd.compare(ctx, olds[id], news[id], day, func(d difference) {
				a, b := d.amounts()
				was, will = was+a, will+b
				r.Add(caseOf(d, a, b))
			})
			if err != nil {
				return r, err
			}
			r.Looked += looked
		}
		done++
		progress(done, int64(len(ids)))
	}
	r.Cost = will - was
	r.Totals = []rulebook.Total{{Name: pack.Text{ZH: "有变化的对象最高可得合计（元）", EN: "most of the subjects that differ, in all (yuan)"}, Old: was.String(), New: will.String()}}
	return r, nil
}

func (s *Service) bookOf(set *pack.Set) (*Book, error) {
	env, err := s.c.Figures.Env(set)
	if err != nil {
		return nil, err
	}
	return Compile(set, env)
}

func byID(list []*Clause) map[string]*Clause {
	out := make(map[string]*Clause, len(list))
	for _, c := range list {
		out[c.ID] = c
	}
	return out
}

// same tells whether two versions of a clause say the same, as their files have it.
func same(a, b *Clause) bool {
	return a != nil && b != nil && a.Pack == b.Pack && a.item.YAML() == b.item.YAML()
}

func caseOf(d difference, was, will money.Fen) rulebook.Case {
	c := rulebook.Case{Subject: d.clause.ID, Who: d.holder.Subject.ID, Open: "/policy/claims?kind=" + string(d.holder.Subject.Kind) + "&subject=" + d.holder.Subject.ID,
		Effect: rulebook.Neuter, Old: said(d.old), New: said(d.new), Amount: will - was}
	switch {
	case will > was || can(d.new) && !can(d.old):
		c.Effect = rulebook.Gains
	case will < was || can(d.old) && !can(d.new):
		c.Effect = rulebook.Loses
	}
	return c
}
