package plans

import (
	"context"
	"fmt"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/plan"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
	"pilotzone/internal/kernel/scorecard"
)

// tone is a state's colour, icon and word.
func tone(s plan.State) (colour, icon string, word ui.Text) {
	zh, en := s.Words()
	word = ui.T(zh, en)
	switch s {
	case plan.Met:
		return "green", "circle-check", word
	case plan.OnTrack:
		return "blue", "arrow-right", word
	case plan.Behind:
		return "amber", "hourglass", word
	case plan.Missed:
		return "red", "circle-x", word
	case plan.Withheld:
		return "grey", "lock", word
	}
	return "grey", "help", word
}

func taskTone(t *plan.Standing) (colour, icon string, word ui.Text) {
	zh, en := t.State.Words()
	word = ui.T(zh, en)
	switch {
	case t.State == plan.Done:
		return "green", "circle-check", word
	case t.Overdue:
		return "red", "clock", ui.T(zh+"，已逾期", en+", overdue")
	case t.State == plan.Working:
		return "blue", "arrow-right", word
	case t.State == plan.Stopped:
		return "amber", "player-pause", word
	}
	return "grey", "hourglass", word
}

func assessTone(s plan.AssessState) (colour, icon string, word ui.Text) {
	zh, en := s.Words()
	word = ui.T(zh, en)
	switch s {
	case plan.Final:
		return "green", "circle-check", word
	case plan.Published:
		return "blue", "eye", word
	case plan.Withdrawn:
		return "grey", "ban", word
	}
	return "amber", "hourglass", word
}

// marks are how far a source can be trusted.
var marks = map[string]ui.Text{
	"seen": ui.T("已查见", "read in the text"), "recalled": ui.T("待核", "to be checked"), "inference": ui.T("推断", "inferred"), "design": ui.T("平台设定", "the platform's"),
}

func markOf(m string) ui.Text { return marks[m] }

// calibres are the three counts of trade.
var calibres = map[string]ui.Text{
	"transactions": ui.T("交易额口径", "transactions"), "turnover": ui.T("营业额口径", "turnover"), "import_export": ui.T("进出口额口径", "import-export"),
}

// amount is a value as people read it.
func amount(ctx context.Context, v rule.Value) string {
	switch v.Type() {
	case rule.TypeMoney:
		return ui.Large(ctx, v.Fen())
	case rule.TypeInt:
		return ui.Count(v.Int())
	case rule.TypeBool:
		if v.Bool() {
			return ui.Say(ctx, "是", "yes")
		}
		return ui.Say(ctx, "否", "no")
	case 0:
		return "–"
	}
	return v.String()
}

// exact is a value to the fen, for titles.
func exact(v rule.Value) string {
	if v.Type() == rule.TypeMoney {
		return ui.Yuan(v.Fen())
	}
	return v.String()
}

var signs = map[string]string{">=": "≥", ">": ">", "=": "=", "<=": "≤", "<": "<", "==": "=", "!=": "≠"}

// goal is what a target wants.
func goal(ctx context.Context, t *plan.Target) string {
	if t.Op == "range" {
		return amount(ctx, t.From) + "–" + amount(ctx, t.To)
	}
	return signs[t.Op] + " " + amount(ctx, t.Value)
}

// due is by when it is wanted.
func due(ctx context.Context, t *plan.Target) string {
	switch {
	case t.EveryYear:
		return ui.Say(ctx, "每年", "every year")
	case t.By == 0:
		return ui.Say(ctx, "未载明", "not stated")
	}
	return ui.Day(t.By)
}

// factName is the name of a fact, or its expression.
func factName(ctx context.Context, b *fact.Book, name string) string {
	if d := b.Find(name); d != nil {
		return ui.Say(ctx, d.Title.ZH, d.Title.EN)
	}
	return name
}

// why is the reason of a state, with amounts as they are.
func why(t pack.Text) ui.Text { return ui.Text(t) }

// scale says how an indicator is scored.
func scale(ctx context.Context, i *scorecard.Indicator) []string {
	if i.Linear {
		return []string{fmt.Sprintf("%s → 0, %s → %s", amount(ctx, i.From), amount(ctx, i.To), scorecard.Points(i.Weight))}
	}
	var out []string
	for _, b := range i.Bands {
		out = append(out, fmt.Sprintf("≥ %s → %s", amount(ctx, b.AtLeast), scorecard.Points(b.Points)))
	}
	return out
}

// subjectWords name what a card scores.
var subjectWords = map[string]ui.Text{
	"enterprise": ui.T("企业", "enterprises"), "park": ui.T("园区", "parks"), "belt": ui.T("产业带", "belts"), "county": ui.T("县区、市州", "counties and cities"),
	"brand": ui.T("品牌", "brands"), "warehouse": ui.T("海外仓", "warehouses"), "zone": ui.T("综试区", "zones"),
}

// acts are the names of what is done with an assessment.
var acts = map[string]ui.Text{
	"assess.score": ui.T("评分", "scored"), "assess.rescore": ui.T("重新评分", "scored anew"), "assess.review": ui.T("复核", "reviewed"), "assess.publish": ui.T("公示", "published"),
	"assess.object": ui.T("提出异议", "objection"), "assess.answer": ui.T("答复异议", "objection answered"), "assess.final": ui.T("生效", "made final"),
	"assess.withdraw": ui.T("撤回", "withdrawn"), "assess.fund": ui.T("分配资金", "fund shared"),
}

// objectionStates name where an objection stands.
var objectionStates = map[string]ui.Text{"open": ui.T("待答复", "to be answered"), "upheld": ui.T("成立", "upheld"), "dismissed": ui.T("不成立", "dismissed")}

func taskOptions() (out []ui.Option) {
	for _, s := range plan.TaskStates() {
		zh, en := s.Words()
		out = append(out, ui.Option{Value: string(s), Label: ui.T(zh, en)})
	}
	return out
}
