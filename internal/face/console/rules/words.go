package rules

import (
	"strings"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/pack"
)

// kindNames are the kinds of rules in words.
var kindNames = map[string]ui.Text{
	"parameter": ui.T("参数", "Parameters"), "table": ui.T("表", "Tables"), "budgets": ui.T("资金预算", "Budgets"), "directories": ui.T("名录", "Directories"),
	"entries": ui.T("名录条目", "Entries"), "facts": ui.T("指标", "Facts"), "incentives": ui.T("扶持条款", "Incentives"), "measures": ui.T("政策措施", "Measures"), "places": ui.T("园区与节点", "Places"),
	"plans": ui.T("规划", "Plans"), "recognitions": ui.T("认定条件", "Recognitions"), "scorecards": ui.T("评分卡", "Score cards"), "matters": ui.T("事项", "Matters"),
}

func kindName(kind string) ui.Text {
	if t, ok := kindNames[kind]; ok {
		return t
	}
	return ui.T(kind, kind)
}

func kindOptions() []ui.Option {
	out := []ui.Option{{Label: ui.T("全部", "all")}}
	for _, k := range rulebook.Kinds() {
		out = append(out, ui.Option{Value: k, Label: kindName(k)})
	}
	return out
}

// markName says how far a rule can be trusted.
func markName(m pack.Mark) (tone, icon string, word ui.Text) {
	switch m {
	case pack.Seen:
		return "green", "check", ui.T("已查见原文", "read in the text")
	case pack.Recalled:
		return "amber", "help", ui.T("待核", "recalled, not read")
	case pack.Inference:
		return "amber", "info-circle", ui.T("推断", "inferred")
	}
	return "grey", "settings", ui.T("平台设定", "the platform's")
}

func stateTone(s rulebook.State) (tone, icon string) {
	switch s {
	case rulebook.Proposed:
		return "amber", "hourglass"
	case rulebook.Scheduled:
		return "blue", "clock"
	case rulebook.Switched:
		return "green", "circle-check"
	case rulebook.Refused:
		return "red", "circle-x"
	}
	return "grey", "ban"
}

func stateWord(s rulebook.State) ui.Text {
	zh, en := s.Words()
	return ui.T(zh, en)
}

func effectTone(e rulebook.Effect) (tone, icon string, word ui.Text) {
	zh, en := e.Words()
	switch e {
	case rulebook.Gains:
		return "green", "check", ui.T(zh, en)
	case rulebook.Loses:
		return "red", "alert-triangle", ui.T(zh, en)
	}
	return "grey", "arrow-right", ui.T(zh, en)
}

// span writes a validity.
func span(from, to clock.Day) ui.Text {
	switch {
	case from == 0 && to == 0:
		return ui.T("一直有效", "always")
	case to == 0:
		return ui.T("自 "+from.String()+" 起", "from "+from.String())
	case from == 0:
		return ui.T("至 "+to.String(), "until "+to.String())
	}
	return ui.T(from.String()+" 至 "+to.String(), from.String()+" to "+to.String())
}

func text(t pack.Text) ui.Text { return ui.T(t.ZH, t.EN) }

// turn says what begins or ends to hold.
func turn(t pack.Turn) ui.Text {
	switch {
	case t.Rows > 0:
		n := ui.Count(t.Rows)
		return ui.T(n+" 行变化", n+" rows change")
	case t.What != "parameter" && t.Begins != "":
		return ui.T("开始生效", "begins")
	case t.What != "parameter":
		return ui.T("失效", "ends")
	case t.Begins != "":
		return ui.T("开始为 "+t.Begins, "becomes "+t.Begins)
	}
	return ui.T(t.Ends+" 失效", t.Ends+" ends")
}

// short cuts a long value for a list.
func short(text string) string {
	text = strings.TrimSpace(text)
	if r := []rune(text); len(r) > 2000 {
		return string(r[:2000]) + "…"
	}
	return text
}
