package policy

import (
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

func both(t pack.Text) ui.Text { return ui.T(t.ZH, t.EN) }

// standingWord is a standing as colour, icon and word.
func standingWord(s policy.Standing) (tone, icon string, word ui.Text) {
	switch s {
	case policy.Claimable:
		return "green", "circle-check", ui.T("可申领", "can be claimed")
	case policy.Running:
		return "blue", "clock", ui.T("办理中", "under way")
	case policy.Nearly:
		return "amber", "hourglass", ui.T("接近符合", "nearly")
	case policy.Claimed:
		return "grey", "check", ui.T("已享受", "had already")
	case policy.ByCase:
		return "grey", "message-report", ui.T("一事一议", "case by case")
	}
	return "grey", "x", ui.T("暂不符合", "not now")
}

// forceWord is whether a clause is in force as colour, icon and word.
func forceWord(f policy.Force) (tone, icon string, word ui.Text) {
	switch f {
	case policy.InForce:
		return "green", "circle-check", ui.T("有效", "in force")
	case policy.Confirmed:
		return "green", "circle-check", ui.T("经确认有效", "confirmed to be in force")
	case policy.Ended:
		return "grey", "ban", ui.T("已失效", "ended")
	case policy.Coming:
		return "blue", "clock", ui.T("尚未生效", "not yet in force")
	}
	return "amber", "alert-triangle", ui.T("效力待确认", "validity to be confirmed")
}

// forceOf is whether a clause of the catalogue is in force.
func (v *catalogueView) forceOf(c *policy.Clause) policy.Force {
	switch {
	case v.today < c.From:
		return policy.Coming
	case c.To != 0 && v.today > c.To:
		return policy.Ended
	case c.Validity.Confirmed:
		return policy.InForce
	}
	if k := v.confirmed[c.Pack+"/"+c.ID]; k != nil && (k.Until == 0 || v.today <= k.Until) {
		return policy.Confirmed
	}
	return policy.Unconfirmed
}

// holdsWord is an answer as icon and word.
func holdsWord(t policy.Test) (tone, icon string, word ui.Text) {
	switch {
	case t.Answer.Holds == rule.Yes:
		return "green", "circle-check", ui.T("符合", "holds")
	case t.Answer.Holds == rule.Unknown:
		return "amber", "help", ui.T("缺数据", "not known")
	case t.Near:
		return "amber", "hourglass", ui.T("接近", "nearly")
	}
	return "red", "circle-x", ui.T("不符合", "does not hold")
}

// value is a value as people read it, with its unit.
func value(d *fact.Definition, v rule.Value) ui.Text {
	t := names.Value(d, v)
	switch {
	case v.Type() == rule.TypeMoney:
		return ui.T(t.ZH+" 元", t.EN+" yuan")
	case v.Type() == rule.TypeInt && d != nil:
		return ui.T(strings.TrimSpace(t.ZH+" "+d.Unit.ZH), strings.TrimSpace(t.EN+" "+d.Unit.EN))
	}
	return t
}

// factTitle is a fact in words; an expression stands as it is.
func factTitle(b *fact.Book, name string) ui.Text {
	if d := b.Find(name); d != nil {
		return both(d.Title)
	}
	return ui.T(name, name)
}

// opWord is a comparison in words.
func opWord(op string) ui.Text {
	switch op {
	case ">=":
		return ui.T("不低于", "at least")
	case ">":
		return ui.T("高于", "above")
	case "<=":
		return ui.T("不高于", "at most")
	case "<":
		return ui.T("低于", "below")
	case "==":
		return ui.T("为", "is")
	case "!=":
		return ui.T("不为", "is not")
	}
	return ui.T(op, op)
}

// wanted is what a comparison wants: 不低于 and the figure; of yes or no the answer
// alone.
func wanted(d *fact.Definition, t rule.Term) ui.Text {
	want := t.Want
	if want.Type() == rule.TypeBool && (t.Op == "==" || t.Op == "!=") {
		return value(d, rule.Bool(want.Bool() == (t.Op == "==")))
	}
	op, v := opWord(t.Op), value(d, want)
	return ui.T(op.ZH+" "+v.ZH, op.EN+" "+v.EN)
}

// figuresAt is the page of the figures of a subject in a year.
func figuresAt(who fact.Subject, year int) string {
	return "/figures/" + url.PathEscape(string(who.Kind)) + "/" + url.PathEscape(who.ID) + "?year=" + strconv.Itoa(year)
}

// frequencyWord says how often a clause can be had.
func frequencyWord(f policy.Frequency) ui.Text {
	switch f {
	case policy.Once:
		return ui.T("一次性", "once")
	case policy.OncePerStep:
		return ui.T("每档一次", "once for each threshold")
	case policy.Yearly:
		return ui.T("每年", "each year")
	case policy.PerCase:
		return ui.T("每例", "for each case")
	case policy.ThreeYears:
		return ui.T("分三年", "over three years")
	}
	return ui.T(string(f), string(f))
}

// flowWord says how an award is paid.
func flowWord(f string) ui.Text {
	switch f {
	case policy.FlowProvince:
		return ui.T("省级财政直接支持", "paid by the province directly")
	case policy.FlowCity:
		return ui.T("经市州（本级）拨付", "paid through the city")
	}
	return ui.T("未规定", "not stated")
}

// markWord is how sure a reading is.
func markWord(m string) ui.Text {
	switch m {
	case "seen":
		return ui.T("原文所见", "as the text says")
	case "recalled":
		return ui.T("待核", "to be checked")
	case "inference":
		return ui.T("推断", "our reading")
	}
	return ui.T("平台设定", "a setting of the platform")
}

func kindOptions() []ui.Option {
	var out []ui.Option
	for _, k := range []fact.Kind{fact.Enterprise, fact.Park, fact.Belt, fact.Warehouse} {
		out = append(out, ui.Option{Value: string(k), Label: names.Kind(k)})
	}
	return out
}

// stateWord is a claim's state as colour, icon and word.
func stateWord(s policy.State) (tone, icon string, word ui.Text) {
	switch s {
	case policy.Asked:
		return "blue", "clock", ui.T("办理中", "under way")
	case policy.Granted:
		return "green", "circle-check", ui.T("已核定", "granted")
	case policy.Paid:
		return "green", "cash", ui.T("已拨付", "paid")
	case policy.TakenBack:
		return "red", "refresh", ui.T("已追回", "taken back")
	}
	return "grey", "x", ui.T("未获支持", "not granted")
}

// backWord is a claw-back's state as colour, icon and word.
func backWord(s policy.BackState) (tone, icon string, word ui.Text) {
	switch s {
	case policy.BackProposed:
		return "amber", "hourglass", ui.T("待决定", "to be decided")
	case policy.BackDecided:
		return "red", "alert-triangle", ui.T("待退回", "to be returned")
	case policy.BackDropped:
		return "grey", "x", ui.T("不追回", "dropped")
	}
	return "grey", "check", ui.T("已退回", "returned")
}

// listWord is a payment list's state as colour, icon and word.
func listWord(s policy.ListState) (tone, icon string, word ui.Text) {
	switch s {
	case policy.ListMade:
		return "amber", "hourglass", ui.T("待复核", "to be checked")
	case policy.ListChecked:
		return "blue", "clock", ui.T("待拨付", "to be paid")
	case policy.ListDone:
		return "grey", "check", ui.T("已办结", "closed")
	}
	return "grey", "ban", ui.T("已作废", "dropped")
}

// paymentWord is a payment's state as colour, icon and word.
func paymentWord(s policy.PaymentState) (tone, icon string, word ui.Text) {
	switch s {
	case policy.PaymentWaiting:
		return "blue", "clock", ui.T("待拨付", "to be paid")
	case policy.PaymentPaid:
		return "green", "cash", ui.T("已拨付", "paid")
	}
	return "grey", "x", ui.T("移出", "left out")
}

// stepWord is a step of a claim in words.
func stepWord(step string) ui.Text {
	switch step {
	case "review":
		return ui.T("资格审核", "review")
	case "panel":
		return ui.T("专家评审", "panel")
	case "publication":
		return ui.T("公示", "publication")
	case "decision":
		return ui.T("审批", "decision")
	}
	return ui.T("–", "–")
}
