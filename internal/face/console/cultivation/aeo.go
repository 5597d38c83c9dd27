package cultivation

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/aeo"
	"pilotzone/internal/growth/cultivation/aeo/conduct"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/scorecard"
)

func (p *pages) registerAEO() {
	p.Nav(ui.Item{Group: ui.Parks, Path: "/aeo", ZH: "AEO 自评", EN: "AEO self-check", Icon: "shield-check", Need: access.FigureRead})
	p.get("/aeo", access.FigureRead, p.aeoList)
	p.get("/aeo/{code}", access.FigureRead, p.aeo)
	p.form("/aeo/{code}", access.EvidenceFile, p.answerAEO, p.aeo)
	p.form("/aeo/{code}/done", access.EvidenceFile, p.doneAEO, p.aeo)
	p.post("/aeo/{code}/guidance", access.MatterApply, p.guideAEO)
	p.get("/aeo/{code}/tasks", access.MatterWork, p.aeoTasks)
	p.form("/aeo/{code}/tasks", access.MatterWork, p.confirmAEO, p.aeoTasks)
}

// aeoNote says what a self-check is not.
var aeoNote = ui.T("高级认证由海关作出决定；自评只用于找差距，不代表认证结论。标准条目凭记忆整理，以海关公布的标准为准。", "Customs alone certify; a self-check finds gaps and is no certification. The items are recalled: the standard that customs publish is what counts.")

func gradeChip(s *cultivation.Score) templ.Component {
	if s == nil {
		return ui.Chip("grey", "hourglass", ui.T("未评分", "not scored"))
	}
	tone := map[string]string{"ready": "green", "near": "amber", "far": "red"}[s.Grade]
	if tone == "" {
		tone = "grey"
	}
	return chip(tone, pack.Text(s.Title))
}

func (p *pages) aeoList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.rooms.AEO.Newest(ctx)
	if err != nil {
		return err
	}
	t := table{label: ui.T("自评", "Self-checks"), heads: []ui.Text{ui.T("企业", "Enterprise"), ui.T("结果", "Result"), ui.T("得分", "Points"), ui.T("时间", "When"), ui.T("辅导", "Guidance")}, none: ui.T("还没有自评", "No self-checks yet"), cure: ui.T("企业可从下方开始", "An enterprise begins below")}
	for _, c := range list {
		points, guidance := "–", cell("–")
		if c.Score != nil {
			points = scorecard.Points(c.Score.Points)
		}
		if c.Matter != "" {
			guidance = link("/matters/"+c.Matter, code(c.Matter))
		}
		t.add(link("/aeo/"+c.Enterprise, p.party(ctx, c.Enterprise)), gradeChip(c.Score), cell(points), when(c.At), guidance)
	}
	body := []templ.Component{note(aeoNote), sheet(t)}
	if own(ctx, access.EvidenceFile) {
		for _, c := range access.Of(ctx).Parties() {
			body = append(body, link("/aeo/"+url.PathEscape(c), several(said(ui.T("自评：", "Self-check of ")), p.party(ctx, c))))
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("AEO 自评", "AEO self-check"), Wide: true, Body: parts(body)})
}

func (p *pages) aeo(w http.ResponseWriter, r *http.Request) error {
	ctx, enterprise := r.Context(), r.PathValue("code")
	checks, err := p.rooms.AEO.Checks(ctx, enterprise)
	if err != nil {
		return err
	}
	if _, err := p.zone.Registry.ByCode(ctx, enterprise); err != nil {
		return err
	}
	mine := own(ctx, access.EvidenceFile) && slices.Contains(cultivation.Parties(ctx), enterprise)
	left := []templ.Component{note(aeoNote)}
	if len(checks) > 0 {
		c := checks[0]
		body := []templ.Component{ui.Facts([]ui.Fact{{Name: ui.T("结果", "Result"), Value: gradeChip(c.Score)}, {Name: ui.T("时间", "When"), Value: when(c.At)}, {Name: ui.T("平台数据年度", "Year of the platform's figures"), Value: number(int64(c.Year))}}), working(c.Score)}
		switch {
		case c.Matter != "":
			body = append(body, link("/matters/"+c.Matter, several(said(ui.T("辅导办件 ", "Guidance ")), code(c.Matter))))
		case mine && c.Score != nil:
			body = append(body, acts([]act{{"/aeo/" + enterprise + "/guidance", ui.T("申请辅导", "Ask for guidance"), nil, false}}))
		}
		left = append(left, card(ui.T("最近一次自评", "The newest self-check"), body...))
	}
	own, err := p.conduct(r, enterprise)
	if err != nil {
		return err
	}
	left = append(left, own)
	if mine {
		left = append(left, card(ui.T("作答", "Answers"), entry(p.aeoForm(enterprise, checks))))
	}
	tasks, err := p.taskCard(r, enterprise, mine, false)
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("AEO 自评 "+enterprise, "AEO self-check of "+enterprise), Wide: true, Back: "/aeo", BackTo: ui.T("AEO 自评", "AEO self-check"), Body: columns(left, []templ.Component{tasks})})
}

// conduct are the platform's own figures of an enterprise's lists this year.
func (p *pages) conduct(r *http.Request, enterprise string) (templ.Component, error) {
	years, err := p.rooms.Conduct.Of(r.Context(), enterprise, p.today().Year())
	if err != nil {
		return nil, err
	}
	y := years[enterprise]
	rate := func(part, whole int64) templ.Component {
		return several(number(part), said(ui.T("（", " (")), number(conduct.Permille(part, whole)), said(ui.T("‰）", "‰)")))
	}
	return card(ui.T("平台自动填入：本年清单", "Filled in by the platform: lists of this year"), ui.Facts([]ui.Fact{{Name: ui.T("清单", "Lists"), Value: number(y.Lists)}, {Name: ui.T("退单", "Refused"), Value: rate(y.Refused, y.Lists)}, {Name: ui.T("其中逾期", "Of them late"), Value: rate(y.Late, y.Lists)}, {Name: ui.T("查验", "Inspected"), Value: number(y.Inspected)}, {Name: ui.T("查验异常", "Found wrong"), Value: rate(y.Wrong, y.Inspected)}}),
		link("/parcels?"+url.Values{"enterprise": {enterprise}}.Encode(), said(ui.T("查看清单", "See the lists")))), nil
}

func (p *pages) aeoForm(enterprise string, checks []aeo.Check) form {
	f := form{title: ui.T("自评", "Self-check"), action: "/aeo/" + enterprise, prefix: "aeo", plain: true, send: ui.T("提交自评", "Send the self-check")}
	for _, q := range p.rooms.AEO.Questions() {
		yes := ""
		if len(checks) > 0 && checks[0].Answers[q.ID] {
			yes = "yes"
		}
		f.fields = append(f.fields, ui.Field{Name: q.ID, Label: ui.T(q.Title.ZH, q.Title.EN), Hint: ui.T(q.Words.ZH+"（"+q.Source+"，"+markWords(q.Mark).ZH+"）", q.Words.EN+" ("+markWords(q.Mark).EN+")"), Kind: "checkbox", Value: yes})
	}
	return f
}

func (p *pages) answerAEO(w http.ResponseWriter, r *http.Request) error {
	f, answers := of(r, "aeo"), map[string]bool{}
	for _, q := range p.rooms.AEO.Questions() {
		answers[q.ID] = f.yes(q.ID)
	}
	_, err := p.rooms.AEO.Answer(r.Context(), r.PathValue("code"), answers)
	return p.then(w, r, err, "/aeo/"+url.PathEscape(r.PathValue("code")), ui.T("自评已提交，差距已列为任务", "The self-check was scored; its gaps are tasks"))
}

// taskCard are the gaps of an enterprise with what its reader may do about them.
func (p *pages) taskCard(r *http.Request, enterprise string, mine, works bool) (templ.Component, error) {
	tasks, err := p.rooms.AEO.Tasks(r.Context(), enterprise)
	if err != nil {
		return nil, err
	}
	t := table{label: ui.T("整改任务", "Tasks"), heads: []ui.Text{ui.T("差距", "Gap"), ui.T("状态", "State"), ui.T("说明", "Note"), ui.T("操作", "Do")}, none: ui.T("没有整改任务", "No tasks"), cure: ui.T("自评后未得满分的项目列为任务", "What did not get all points in the self-check becomes a task")}
	for _, v := range tasks {
		state := map[string]templ.Component{"open": ui.Chip("red", "circle-x", ui.T("未完成", "open")), "done": ui.Chip("amber", "hourglass", ui.T("待确认", "to be confirmed")), "confirmed": ui.Chip("green", "circle-check", ui.T("已确认", "confirmed"))}[v.State]
		do := cell("–")
		field := []ui.Field{{Name: "note", Label: ui.T("说明", "Note"), Required: true}}
		switch {
		case mine && v.State == "open":
			do = entry(form{title: ui.T("登记完成", "Call it done"), action: "/aeo/" + enterprise + "/done", prefix: "task" + v.Indicator, fields: field, choices: []choice{{"indicator", v.Indicator, ui.T("已完成", "It is done"), false}}})
		case works && v.State == "done":
			do = entry(form{title: ui.T("核实", "Look at it"), action: "/aeo/" + enterprise + "/tasks", prefix: "task" + v.Indicator, fields: field, choices: []choice{{"confirmed", v.Indicator, ui.T("确认", "Confirm"), false}, {"open", v.Indicator, ui.T("退回", "Open again"), true}}})
		}
		t.add(word(pack.Text(v.Title)), several(state, when(v.Since)), data(v.Note), do)
	}
	return card(ui.T("整改任务", "Tasks"), sheet(t)), nil
}

func (p *pages) doneAEO(w http.ResponseWriter, r *http.Request) error {
	indicator := r.PostForm.Get("indicator")
	err := p.rooms.AEO.Move(r.Context(), r.PathValue("code"), indicator, "done", of(r, "task"+indicator).text("note"))
	return p.then(w, r, err, "/aeo/"+url.PathEscape(r.PathValue("code")), ui.T("已登记，待部门确认", "Recorded; an office confirms it"))
}

func (p *pages) guideAEO(w http.ResponseWriter, r *http.Request) error {
	enterprise := r.PathValue("code")
	checks, err := p.rooms.AEO.Checks(r.Context(), enterprise)
	if err != nil {
		return err
	}
	if len(checks) == 0 {
		return ui.NotFound()
	}
	m, err := p.zone.Matters.Begin(r.Context(), "aeo-guidance", "aeo-"+enterprise+"-"+clockTime(checks[0].At), map[string]any{"enterprise": enterprise})
	if err != nil {
		return err
	}
	return p.Done(w, r, "/matters/"+m.Number, ui.T("已开始申请，补充后提交", "Begun: fill in the rest and send it"))
}

// aeoTasks is the page of the departments that work a guidance case.
func (p *pages) aeoTasks(w http.ResponseWriter, r *http.Request) error {
	enterprise := r.PathValue("code")
	checks, err := p.rooms.AEO.Checks(r.Context(), enterprise)
	if err != nil {
		return err
	}
	left := []templ.Component{note(aeoNote)}
	if len(checks) > 0 {
		left = append(left, card(ui.T("最近一次自评", "The newest self-check"), gradeChip(checks[0].Score), working(checks[0].Score)))
	}
	tasks, err := p.taskCard(r, enterprise, false, true)
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("AEO 辅导 "+enterprise, "AEO guidance of "+enterprise), Wide: true, Back: "/matters", BackTo: ui.T("事项办理", "Matters"), Body: columns(left, []templ.Component{tasks})})
}

func (p *pages) confirmAEO(w http.ResponseWriter, r *http.Request) error {
	to, indicator := "confirmed", r.PostForm.Get("confirmed")
	if indicator == "" {
		to, indicator = "open", r.PostForm.Get("open")
	}
	err := p.rooms.AEO.Move(r.Context(), r.PathValue("code"), indicator, to, of(r, "task"+indicator).text("note"))
	return p.then(w, r, err, "/aeo/"+url.PathEscape(r.PathValue("code"))+"/tasks", ui.T("已登记", "Recorded"))
}
