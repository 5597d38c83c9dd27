package parks

import (
	"context"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/growth/park/basemap"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/rule"
)

func num(x float64) string { return basemap.Number(x) }

// both is a text of a pack or of ours; without English what was written stands.
func both(t pack.Text) ui.Text {
	if t.EN == "" {
		return ui.T(t.ZH, t.ZH)
	}
	return ui.T(t.ZH, t.EN)
}

func title(p *park.Place) ui.Text { return both(p.Title) }

// lang is the language of a place's name as the reader sees it.
func lang(ctx context.Context, p *park.Place) string {
	if p.Title.EN == "" {
		return "zh"
	}
	return ui.Lang(ctx)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func stateTone(s park.State) (tone, icon string) {
	switch s {
	case park.Open:
		return "green", "circle-check"
	case park.Planned:
		return "blue", "hourglass"
	case park.Proposed:
		return "amber", "clock"
	}
	return "grey", "circle-x"
}

var memberWords = map[park.MemberState]ui.Text{park.Offered: ui.T("待企业确认", "waits for the enterprise"), park.Active: ui.T("在册", "member"), park.Declined: ui.T("已拒绝或撤回", "declined or taken back"), park.Ended: ui.T("已结束", "ended")}

func memberTone(s park.MemberState) (tone, icon string) {
	switch s {
	case park.Offered:
		return "amber", "hourglass"
	case park.Active:
		return "green", "circle-check"
	}
	return "grey", "circle-x"
}

var roleWords = map[park.Role]ui.Text{park.Tenant: ui.T("入驻企业", "Tenants"), park.Supplier: ui.T("供应商", "Suppliers"), park.Incubated: ui.T("在孵企业", "Incubated enterprises"), park.Served: ui.T("服务企业", "Enterprises served")}

var recognitionWords = map[park.RecognitionState]ui.Text{park.Valid: ui.T("有效", "valid"), park.Warned: ui.T("警告整改中", "warned, time to mend"), park.Removed: ui.T("已撤销", "removed"), park.Expired: ui.T("已到期", "expired"), park.Renewed: ui.T("已续认", "renewed")}

func recognitionTone(s park.RecognitionState) (tone, icon string) {
	switch s {
	case park.Valid:
		return "green", "circle-check"
	case park.Warned:
		return "amber", "alert-triangle"
	case park.Removed:
		return "red", "ban"
	}
	return "grey", "circle-x"
}

var applicationWords = map[park.ApplicationState]ui.Text{park.Taken: ui.T("已受理", "taken"), park.Announced: ui.T("已公示", "published"), park.Granted: ui.T("已认定", "recognised")}

func triTone(t rule.Tri) (tone, icon string, word ui.Text) {
	switch t {
	case rule.Yes:
		return "green", "circle-check", ui.T("满足", "holds")
	case rule.No:
		return "red", "circle-x", ui.T("不满足", "does not hold")
	}
	return "amber", "help", ui.T("缺少指标", "figure missing")
}

var markWords = map[string]ui.Text{"seen": ui.T("原文载明", "stands in the text"), "recalled": ui.T("待核", "to be confirmed"), "inference": ui.T("推断", "our reading"), "design": ui.T("平台设定", "a setting")}

func stageWord(s park.Stage) ui.Text {
	zh, en := s.Words()
	return ui.T(zh, en)
}

// actWords are the acts in a place's history.
var actWords = map[string]ui.Text{
	"enter": ui.T("登记", "entered"), "seed": ui.T("由规则包登记", "entered from the pack"), "change": ui.T("变更", "changed"), "review": ui.T("核实", "held against papers"),
	"open": ui.T("投入运营", "opened"), "planned": ui.T("列为规划", "set to planned"), "closed": ui.T("关闭", "closed"),
	"member.offer": ui.T("发出入驻邀请", "membership offered"), "member.accept": ui.T("企业确认入驻", "membership accepted"), "member.decline": ui.T("企业拒绝入驻", "membership declined"), "member.leave": ui.T("入驻结束", "membership ended"),
	"goods.display": ui.T("展品上架", "goods put on display"), "goods.change": ui.T("展品变更", "goods changed"),
	"recognition.apply": ui.T("申请认定", "recognition applied for"), "recognition.publish": ui.T("开始公示", "publication begun"), "recognition.grant": ui.T("认定", "recognised"), "recognition.renew": ui.T("续认", "renewed"),
	"recognition.warn": ui.T("警告、限期整改", "warned"), "recognition.lift": ui.T("解除警告", "warning lifted"), "recognition.remove": ui.T("撤销认定", "recognition removed"), "recognition.restore": ui.T("申诉成立，恢复认定", "restored on appeal"),
	"recognition.flag": ui.T("动态监测：条件不再满足", "watch: conditions hold no more"), "recognition.unflag": ui.T("动态监测：条件恢复", "watch: conditions hold again"), "recognition.expire": ui.T("认定到期", "recognition expired"),
	"assess": ui.T("年度考核评分", "yearly assessment"), "conclude": ui.T("考核结论", "assessment concluded"),
}

// detailWords are what a line of history is about.
var detailWords = map[string]ui.Text{
	"enterprise": ui.T("企业", "enterprise"), "recognition": ui.T("认定编号", "recognition"), "program": ui.T("认定项目", "of"), "year": ui.T("年度", "year"),
	"points": ui.T("得分", "points"), "grade": ui.T("等次", "grade"), "outcome": ui.T("结论", "outcome"),
}

func actWord(act string) ui.Text {
	if w, ok := actWords[act]; ok {
		return w
	}
	return ui.T(act, act)
}

// value is a figure as people read it.
func value(ctx context.Context, v rule.Value) string {
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
	case rule.TypeDay:
		return ui.Day(v.Day())
	case 0:
		return "–"
	}
	return v.Text()
}

// exact is the exact amount of money, for a title.
func exact(ctx context.Context, v rule.Value) string {
	if v.Type() == rule.TypeMoney {
		return ui.Yuan(v.Fen()) + " " + ui.Say(ctx, "元", "yuan")
	}
	return value(ctx, v)
}

// factName is what people call a fact.
func (p *pages) factName(name string) ui.Text {
	if book, err := p.zone.Facts.Book(); err == nil {
		if d := book.Find(name); d != nil {
			return both(d.Title)
		}
	}
	return ui.T(name, name)
}

// factUnit is the unit of a fact, "" for money, which has its own.
func (p *pages) factUnit(name string) ui.Text {
	if book, err := p.zone.Facts.Book(); err == nil {
		if d := book.Find(name); d != nil && d.Type == rule.TypeInt {
			return both(d.Unit)
		}
	}
	return ui.Text{}
}

// figureRow is one figure of a place.
type figureRow struct {
	name, unit ui.Text
	fact.Figure
}

// mostOrigins bounds the parts of a figure that are listed.
const mostOrigins = 60

func (p *pages) rowsOf(figures fact.Figures) []figureRow {
	var out []figureRow
	for _, name := range figures.Names() {
		out = append(out, figureRow{p.factName(name), p.factUnit(name), figures[name]})
	}
	return out
}

func options(words map[string]pack.Text, none bool) []ui.Option {
	var out []ui.Option
	if none {
		out = append(out, ui.Option{Label: ui.T("无", "none")})
	}
	for _, name := range sortedNames(words) {
		out = append(out, ui.Option{Value: name, Label: both(words[name])})
	}
	return out
}

// titles are the words of ticked facilities or services.
func titles(ctx context.Context, list []string, words map[string]pack.Text) string {
	out := ""
	for n, name := range list {
		if n > 0 {
			out += ui.Say(ctx, "、", ", ")
		}
		out += both(words[name]).In(ctx)
	}
	return orDash(out)
}
