package cultivation

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/export"
	"pilotzone/internal/growth/cultivation/repository"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/scorecard"
)

func (p *pages) registerRepository() {
	p.Nav(ui.Item{Group: ui.Parks, Path: "/repository", ZH: "企业培育库", EN: "Enterprise repository", Icon: "building", Need: access.FigureRead})
	p.get("/repository", access.FigureRead, p.repository)
	p.get("/repository/export", access.FigureRead, p.exportRepository)
	p.post("/repository/recompute", access.Cultivate, p.recompute)
	p.get("/repository/{code}", access.FigureRead, p.repositoryEntry)
	p.form("/repository/{code}/assign", access.Cultivate, p.assign, p.repositoryEntry)
	p.post("/repository/{code}/key", access.Cultivate, p.markKey)
	p.form("/repository/{code}/visits", access.Cultivate, p.addVisit, p.repositoryEntry)
	p.form("/repository/{code}/milestones", access.Cultivate, p.addMilestone, p.repositoryEntry)
}

// queryOf reads the filters of the list.
func queryOf(r *http.Request) repository.Query {
	q := r.URL.Query()
	return repository.Query{Tier: q.Get("tier"), Officer: q.Get("officer"), Key: q.Get("key") == "yes"}
}

func tierChip(tier string, title pack.Text) templ.Component {
	tone := map[string]string{"leading": "green", "backbone": "blue", "growing": "amber"}[tier]
	if tone == "" {
		tone = "grey"
	}
	return ui.Chip(tone, "star", words(title))
}

func (p *pages) repository(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), queryOf(r)
	list, err := p.rooms.Repository.Entries(ctx, q)
	if err != nil {
		return err
	}
	var body []templ.Component
	if office(ctx, access.FigureRead) {
		shares, err := p.rooms.Repository.Shares(ctx)
		if err != nil {
			return err
		}
		views := []tab{{"/repository", ui.T("全部", "All"), q == repository.Query{}}}
		for _, s := range shares {
			title := p.tierTitle(s.Tier)
			n := fmt.Sprintf(" %d", s.Count)
			views = append(views, tab{"/repository?tier=" + url.QueryEscape(s.Tier), ui.T(title.ZH+n, title.EN+n), q.Tier == s.Tier && s.Tier != ""})
		}
		views = append(views, tab{"/repository?key=yes", ui.T("重点企业", "Key enterprises"), q.Key}, tab{"/repository?officer=" + url.QueryEscape(access.Of(ctx).ID), ui.T("我负责的", "Mine"), q.Officer == access.Of(ctx).ID}, tab{"/repository?officer=-", ui.T("未指定专员", "Nobody in charge"), q.Officer == "-"})
		body = append(body, tabs(ui.T("筛选", "Filters"), views))
	}
	body = append(body, several(said(ui.T("分层规则：", "Rule of the tiers: ")), p.cardTitle(repository.Card)))
	t := table{label: ui.T("入库企业", "Enterprises"), heads: []ui.Text{ui.T("企业", "Enterprise"), ui.T("层级", "Tier"), ui.T("得分", "Points"), ui.T("指标年度", "Year"), ui.T("分层依据（元）", "Figure (yuan)"), ui.T("服务专员", "Officer"), ui.T("重点", "Key"), ui.T("计算时间", "Computed")},
		none: ui.T("还没有分层结果", "No tiers yet"), cure: ui.T("每月自动计算；商务部门可立即计算", "They are computed each month; commerce can do it now")}
	for _, e := range list[:min(len(list), 500)] {
		figure := cell("–")
		if e.Score != nil && len(e.Score.Lines) > 0 && e.Score.Lines[0].Known {
			figure = figureOf(e.Score.Lines[0].Have)
		}
		t.add(link("/repository/"+e.Code, p.party(ctx, e.Code)), tierChip(e.Tier, e.Title()), cell(scorecard.Points(e.Points)), number(int64(e.Year)), figure, data(e.Name), yesNo(e.Key), when(e.At))
	}
	body = append(body, sheet(t))
	if len(list) > 0 {
		body = append(body, link("/repository/export?"+r.URL.RawQuery, said(ui.T("导出 CSV", "Export as CSV"))))
	}
	if office(ctx, access.Cultivate) {
		body = append(body, acts([]act{{"/repository/recompute", ui.T("立即计算分层", "Compute the tiers now"), nil, false}}))
	}
	return p.Show(w, r, ui.View{Title: ui.T("企业培育库", "Enterprise repository"), Wide: true, Body: parts(body)})
}

// figureOf is a figure as it was kept: an amount in yuan, or what else it is.
func figureOf(kept string) templ.Component {
	if f, err := money.ParseFen(kept); err == nil && strings.Contains(kept, ".") {
		return cell(ui.Yuan(f))
	}
	return data(kept)
}

// tierTitle are the words of a tier by the card in force.
func (p *pages) tierTitle(tier string) pack.Text {
	i, ok := p.zone.Set().Item(scorecard.Kind, repository.Card, p.today())
	if !ok {
		return pack.Text{ZH: tier, EN: tier}
	}
	grades, _ := i.Values()["grades"].([]any)
	for _, g := range grades {
		v, _ := g.(map[string]any)
		if title, ok := v["title"].(map[string]any); ok && v["id"] == tier {
			return pack.Text{ZH: fmt.Sprint(title["zh"]), EN: fmt.Sprint(title["en"])}
		}
	}
	return pack.Text{ZH: "未分层", EN: "none"}
}

func (p *pages) exportRepository(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.rooms.Repository.Entries(ctx, queryOf(r))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="repository.csv"`)
	out, err := export.CSV(w, "海关编码 code", "名称 name", "层级 tier", "得分 points", "年度 year", "依据指标 figure", "数值 value", "服务专员 officer", "重点企业 key")
	if err != nil {
		return err
	}
	for _, e := range list {
		name, figure, have := "", "", ""
		if f, err := p.zone.Registry.ByCode(ctx, e.Code); err == nil {
			name = f.Name
		}
		if e.Score != nil && len(e.Score.Lines) > 0 {
			figure, have = e.Score.Lines[0].Title.ZH, e.Score.Lines[0].Have
		}
		if err := out.Row(e.Code, name, e.Title().ZH, scorecard.Points(e.Points), int64(e.Year), figure, have, e.Name, map[bool]string{true: "是", false: "否"}[e.Key]); err != nil {
			return err
		}
	}
	return out.Close()
}

func (p *pages) recompute(w http.ResponseWriter, r *http.Request) error {
	n, err := p.rooms.Repository.Recompute(r.Context())
	return p.then(w, r, err, "/repository", ui.T(fmt.Sprintf("已计算 %d 家企业", n), fmt.Sprintf("Computed for %d enterprises", n)))
}

func (p *pages) repositoryEntry(w http.ResponseWriter, r *http.Request) error {
	ctx, code := r.Context(), r.PathValue("code")
	e, err := p.rooms.Repository.Entry(ctx, code)
	if err != nil {
		return err
	}
	past, err := p.rooms.Repository.Tiers(ctx, code)
	if err != nil {
		return err
	}
	tiers := table{label: ui.T("层级变化", "Tiers over time"), heads: []ui.Text{ui.T("时间", "When"), ui.T("层级", "Tier"), ui.T("指标年度", "Year"), ui.T("为什么", "Why")}}
	for _, v := range past {
		tiers.add(when(v.At), tierChip(v.Tier, p.tierTitle(v.Tier)), number(int64(v.Year)), working(v.Score))
	}
	officer := data(e.Name)
	if e.Name == "" {
		officer = said(ui.T("未指定", "nobody"))
	}
	left := []templ.Component{card(ui.T("培育档案", "Repository"), ui.Facts([]ui.Fact{{Name: ui.T("企业", "Enterprise"), Value: p.party(ctx, code)}, {Name: ui.T("层级", "Tier"), Value: tierChip(e.Tier, e.Title())}, {Name: ui.T("服务专员", "Officer in charge"), Value: several(officer, when(e.Since))}, {Name: ui.T("重点企业服务卡", "Service card"), Value: yesNo(e.Key)}}),
		working(e.Score), link(fmt.Sprintf("/figures/enterprise/%s?year=%d", code, e.Year), said(ui.T("全部指标及来源", "All figures with their origins")))), card(ui.T("层级变化", "Tiers over time"), sheet(tiers))}
	requests, err := p.requests(r, code)
	if err != nil {
		return err
	}
	left = append(left, requests)
	right, err := p.followed(r, code, e)
	if err != nil {
		return err
	}
	name := code
	if f, err := p.zone.Registry.ByCode(ctx, code); err == nil {
		name = f.Name
	}
	return p.Show(w, r, ui.View{Title: ui.T(name, name), Wide: true, Back: "/repository", BackTo: ui.T("企业培育库", "Enterprise repository"), Body: columns(left, right)})
}

// requests are the enterprise's requests across departments (企业诉求), as far as the
// reader sees them.
func (p *pages) requests(r *http.Request, code string) (templ.Component, error) {
	ctx := r.Context()
	t := table{label: ui.T("企业诉求", "Requests"), heads: []ui.Text{ui.T("编号", "Number"), ui.T("提交", "Sent"), ui.T("状态", "State"), ui.T("环节时限", "Due"), ui.T("答复用时", "Time to answer")}, none: ui.T("没有诉求", "No requests"), cure: ui.T("企业可提出诉求，各部门并联办理", "An enterprise sends a request and departments work it together")}
	f, err := p.zone.Registry.ByCode(ctx, code)
	if err == nil && f.USCC != "" && access.Of(ctx).May(access.MatterRead) {
		list, err := p.zone.Matters.List(ctx, matter.Filter{Definition: "enterprise-request", Subject: f.USCC, Limit: 100})
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			took := said(ui.T("办理中", "under way"))
			if !m.Closed.IsZero() && !m.Submitted.IsZero() {
				took = lasting(m.Closed.Sub(m.Submitted))
			}
			t.add(link("/matters/"+m.Number, data(m.Number)), cell(ui.Time(m.Submitted)), said(ui.T(m.State.ZH(), m.State.EN())), day(m.Due), took)
		}
	}
	parts := []templ.Component{sheet(t)}
	if access.Of(ctx).May(access.MatterApply) {
		parts = append(parts, link("/services/enterprise-request", said(ui.T("提出诉求", "Send a request"))))
	}
	return card(ui.T("企业诉求", "Requests"), parts...), nil
}

// followed are visits and applications for status, with what an office does.
func (p *pages) followed(r *http.Request, code string, e *repository.Entry) ([]templ.Component, error) {
	ctx := r.Context()
	works := office(ctx, access.Cultivate)
	at := "/repository/" + code
	milestones, err := p.rooms.Repository.Milestones(ctx, code)
	if err != nil {
		return nil, err
	}
	m := table{label: ui.T("资质申报", "Applications for status"), heads: []ui.Text{ui.T("资质", "Status"), ui.T("阶段", "Stage"), ui.T("日期", "Day"), ui.T("说明", "Note")}, none: ui.T("没有跟踪中的资质申报", "No applications are followed")}
	for _, v := range milestones {
		m.add(word(repository.Words(v.Kind)), word(repository.Words(v.Stage)), day(v.Day), data(v.Note))
	}
	visits, err := p.rooms.Repository.Visits(ctx, code)
	if err != nil {
		return nil, err
	}
	v := table{label: ui.T("走访联系", "Visits"), heads: []ui.Text{ui.T("日期", "Day"), ui.T("方式", "Kind"), ui.T("专员", "Officer"), ui.T("记录", "Note"), ui.T("下次", "Next")}, none: ui.T("还没有走访记录", "No visits yet")}
	for _, x := range visits {
		v.add(day(x.Day), word(repository.Words(x.Kind)), data(x.Name), data(x.Note), day(x.NextDay))
	}
	status, visited := []templ.Component{sheet(m)}, []templ.Component{sheet(v)}
	if !works {
		return []templ.Component{card(ui.T("资质申报", "Applications for status"), status...), card(ui.T("走访联系", "Visits"), visited...)}, nil
	}
	options := func(names []string) (out []ui.Option) {
		for _, n := range names {
			out = append(out, ui.Option{Value: n, Label: words(repository.Words(n))})
		}
		return out
	}
	today := p.today().String()
	status = append(status, entry(form{title: ui.T("登记进展", "Record a stage"), action: at + "/milestones", prefix: "status", send: ui.T("保存", "Save"), fields: []ui.Field{{Name: "kind", Label: ui.T("资质", "Status"), Kind: "select", Options: options(repository.StatusKinds())}, {Name: "stage", Label: ui.T("阶段", "Stage"), Kind: "select", Options: options(repository.Stages())}, {Name: "day", Label: ui.T("日期", "Day"), Kind: "date", Value: today}, {Name: "note", Label: ui.T("说明", "Note")}}}))
	visited = append(visited, entry(form{title: ui.T("登记走访", "Record a visit"), action: at + "/visits", prefix: "visit", send: ui.T("保存", "Save"), fields: []ui.Field{{Name: "kind", Label: ui.T("方式", "Kind"), Kind: "select", Options: options(repository.VisitKinds())}, {Name: "day", Label: ui.T("日期", "Day"), Kind: "date", Value: today}, {Name: "note", Label: ui.T("记录", "Note"), Kind: "textarea", Max: 1000, Required: true, Hint: ui.T("企业看不到记录内容", "The enterprise does not read it")}, {Name: "next", Label: ui.T("下次联系", "Come back on"), Kind: "date"}}}))
	who := []act{{at + "/assign", ui.T("由我担任服务专员", "I take charge"), []value{{"account", access.Of(ctx).ID}}, false}}
	if e.Officer != "" {
		who = append(who, act{at + "/assign", ui.T("取消指定", "Nobody in charge"), []value{{"account", ""}}, true})
	}
	if e.Key {
		who = append(who, act{at + "/key", ui.T("取消重点企业", "No key enterprise"), []value{{"key", "no"}}, true})
	} else {
		who = append(who, act{at + "/key", ui.T("列为重点企业", "Make it a key enterprise"), []value{{"key", "yes"}}, false})
	}
	other := entry(form{title: ui.T("指定其他人员", "Put somebody else in charge"), action: at + "/assign", prefix: "assign", send: ui.T("指定", "Put in charge"), fields: []ui.Field{{Name: "account", Label: ui.T("账号编号", "Id of the account"), Required: true, Max: 40}}})
	return []templ.Component{card(ui.T("一对一服务", "One-to-one service"), acts(who), other), card(ui.T("走访联系", "Visits"), visited...), card(ui.T("资质申报", "Applications for status"), status...)}, nil
}

func (p *pages) assign(w http.ResponseWriter, r *http.Request) error {
	account := r.PostForm.Get("account")
	if v := of(r, "assign").text("account"); v != "" {
		account = v
	}
	return p.then(w, r, p.rooms.Repository.Assign(r.Context(), r.PathValue("code"), account), "/repository/"+url.PathEscape(r.PathValue("code")), ui.T("已指定", "Done"))
}

func (p *pages) markKey(w http.ResponseWriter, r *http.Request) error {
	return p.then(w, r, p.rooms.Repository.Mark(r.Context(), r.PathValue("code"), r.PostForm.Get("key") == "yes"), "/repository/"+url.PathEscape(r.PathValue("code")), ui.T("已保存", "Saved"))
}

func (p *pages) addVisit(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "visit")
	v := repository.Visit{Kind: f.text("kind"), Day: f.day("day"), Note: f.text("note"), NextDay: f.day("next")}
	if f.err != nil {
		return f.err
	}
	return p.then(w, r, p.rooms.Repository.Visited(r.Context(), r.PathValue("code"), v), "/repository/"+url.PathEscape(r.PathValue("code")), ui.T("已登记", "Recorded"))
}

func (p *pages) addMilestone(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "status")
	m := repository.Milestone{Kind: f.text("kind"), Stage: f.text("stage"), Day: f.day("day"), Note: f.text("note")}
	if f.err != nil {
		return f.err
	}
	return p.then(w, r, p.rooms.Repository.Reach(r.Context(), r.PathValue("code"), m), "/repository/"+url.PathEscape(r.PathValue("code")), ui.T("已登记", "Recorded"))
}
