package preflight

import (
	"context"
	"strconv"

	"pilotzone/ceb"
	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/draft"
	"pilotzone/internal/customs/preflight"
	"pilotzone/internal/face/console/ui"
)

// severity is what a defect does as a chip.
func severity(s draft.Severity) (tone, icon string, word ui.Text) {
	switch s {
	case draft.Refuses:
		return "red", "circle-x", ui.T("会被退单", "refuses")
	case draft.Reviews:
		return "amber", "eye", ui.T("转人工", "to a person")
	}
	return "blue", "info-circle", ui.T("提示", "note")
}

// place says where a defect stands.
func place(ctx context.Context, d draft.Defect) string {
	out := d.File
	add := func(s string) {
		if out != "" {
			out += " · "
		}
		out += s
	}
	if d.Cell != "" {
		add(d.Sheet + "!" + d.Cell)
	}
	if d.Line > 0 {
		add(ui.Say(ctx, "第 "+strconv.Itoa(d.Line)+" 行", "line "+strconv.Itoa(d.Line)))
	}
	if d.Path != "" {
		add(d.Path)
	}
	return out
}

// kind is a kind of document in words.
func kind(n int) ui.Text {
	k := ceb.Kind(n)
	if n == 0 || !k.Known() {
		return ui.T("–", "–")
	}
	return ui.T(strconv.Itoa(n)+" "+k.NameZH(), strconv.Itoa(n)+" "+k.NameEN())
}

func state(name string) clearance.State {
	s, _ := clearance.ParseState(name)
	return s
}

func text(t preflight.Text) ui.Text { return ui.T(t.ZH, t.EN) }

func what(name string) ui.Text {
	switch name {
	case "stored":
		return ui.T("受理", "taken in")
	case "refused":
		return ui.T("退回", "refused")
	case "repeated":
		return ui.T("重复", "a repetition")
	case "deleted":
		return ui.T("删除", "deleted")
	case "unread":
		return ui.T("无法读取", "can't be read")
	}
	return ui.T("已处理", "dealt with")
}
