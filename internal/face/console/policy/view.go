package policy

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/rule"
)

// claimsAt is the page of what a subject can claim.
func claimsAt(who fact.Subject) string {
	return "/policy/claims?" + url.Values{"kind": {string(who.Kind)}, "subject": {who.ID}}.Encode()
}

// of are the entries of some standings.
func (v *claimsView) of(standings ...policy.Standing) (out []*policy.Entry) {
	for i := range v.assessment.Entries {
		if slices.Contains(standings, v.assessment.Entries[i].Standing) {
			out = append(out, &v.assessment.Entries[i])
		}
	}
	return out
}

func (v *claimsView) count(s policy.Standing) int { return len(v.of(s)) }

// most is the sum of what can be claimed, where it is stated.
func (v *claimsView) most() (sum money.Fen) {
	for _, e := range v.of(policy.Claimable) {
		if e.Most.Amount != nil {
			sum += *e.Most.Amount
		}
	}
	return sum
}

// mostBeside says what is not in the sum.
func (v *claimsView) mostBeside() ui.Text {
	n := 0
	for _, e := range v.of(policy.Claimable) {
		if e.Most.Amount == nil {
			n++
		}
	}
	if n == 0 {
		return ui.T("各部门分别决定", "each decided by its department")
	}
	return ui.T("另有 "+strconv.Itoa(n)+" 项未规定金额", strconv.Itoa(n)+" more without an amount")
}

// numeric is a number or amount as a whole number; 0 for other values.
func numeric(v rule.Value) int64 {
	switch v.Type() {
	case rule.TypeMoney:
		return int64(v.Fen())
	case rule.TypeInt:
		return v.Int()
	}
	return 0
}

// yearWord says of which year the figures of a claim are.
func yearWord(c *policy.Clause) ui.Text {
	if c.ClaimYear == "current" {
		return ui.T("当年", "the year of the claim")
	}
	return ui.T("上一年", "the year before")
}

// windowWord says when a clause can be claimed.
func windowWord(c *policy.Clause) ui.Text {
	if c.Window == nil {
		return ui.T("未规定，随时", "not stated: at any time")
	}
	return ui.T("每年 "+c.Window.From+" 至 "+c.Window.To, "each year from "+c.Window.From+" to "+c.Window.To)
}

func stateOptions() []ui.Option {
	out := []ui.Option{{Value: "0", Label: ui.T("全部", "All")}}
	for s := policy.Asked; s <= policy.TakenBack; s++ {
		_, _, word := stateWord(s)
		out = append(out, ui.Option{Value: strconv.Itoa(int(s)), Label: word})
	}
	return out
}

func stepOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: ui.T("全部", "All")}}
	for _, s := range []string{"review", "panel", "publication", "decision"} {
		out = append(out, ui.Option{Value: s, Label: stepWord(s)})
	}
	return out
}

// points writes hundredths of a point.
func points(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// given are the points that the reader gave, "" if none.
func (v *applicationView) given() string {
	if v.mine == nil {
		return ""
	}
	return strconv.Itoa(v.mine.Points)
}

// amountHint says up to how much can be proposed.
func (v *applicationView) amountHint() ui.Text {
	if v.c.Most == nil {
		return ui.T("条款未规定金额，受预算限额约束", "the clause states no amount; the budget bounds it")
	}
	return ui.T("最高 "+ui.Yuan(*v.c.Most)+" 元", "up to "+ui.Yuan(*v.c.Most)+" yuan")
}

// statementAt is the statement of a budget line.
func statementAt(l *policy.Line) string {
	name := l.Line
	if name == "" {
		name = wholeLine
	}
	return "/policy/budgets/" + strconv.Itoa(l.Year) + "/" + name
}

func originWord(l *policy.Line) ui.Text {
	if l.Origin == "office" {
		return ui.T("主管部门开立", "opened by the office")
	}
	return ui.T("规则包 "+l.Origin, "pack "+l.Origin)
}

func fen(n int64) string { return ui.Yuan(money.Fen(n)) }

func lineOptions(lines []policy.Line) (out []ui.Option) {
	for _, l := range lines {
		if l.Line != "" {
			out = append(out, ui.Option{Value: l.Line, Label: both(l.Title)})
		}
	}
	return out
}

func clauseOptions(list []*policy.Clause) (out []ui.Option) {
	for _, c := range list {
		out = append(out, ui.Option{Value: c.ID, Label: both(c.Title)})
	}
	return out
}

// when is the expression of a condition as it is tried.
func (v *simulateView) when(c policy.Condition) string {
	if text := v.query.Get("when_" + c.ID); text != "" {
		return text
	}
	return c.When
}

func (v *simulateView) cap() string {
	if v.query.Has("cap") {
		return v.query.Get("cap")
	}
	if v.chosen.Amount != nil && v.chosen.Amount.Cap != nil {
		return v.chosen.Amount.Cap.String()
	}
	return ""
}

func (v *simulateView) percent() string {
	if v.query.Has("percent") {
		return v.query.Get("percent")
	}
	if v.chosen.Amount.Percent != nil {
		return v.chosen.Amount.Percent.String()
	}
	return ""
}

func (v *simulateView) formula() string {
	if v.query.Has("formula") {
		return v.query.Get("formula")
	}
	return v.chosen.Amount.Formula
}

// costBeside says what is not in the cost.
func (v *simulateView) costBeside() ui.Text {
	if v.trial.Unknown == 0 {
		return ui.T("按最高额计", "at the most of each")
	}
	n := strconv.Itoa(v.trial.Unknown)
	return ui.T("另有 "+n+" 个金额未定", n+" more without an amount")
}

// mostShown bounds a list on a page; the file has all.
const mostShown = 200

// shown are those who qualify, then those who nearly do.
func (v *simulateView) shown() []policy.Outcome {
	out := append(append([]policy.Outcome{}, v.trial.Qualify...), v.trial.Nearly...)
	return out[:min(len(out), mostShown)]
}

// current is the value of aria-current.
func current(is bool) string {
	if is {
		return "page"
	}
	return "false"
}
