package cultivation

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/cultivation/talent"
	"pilotzone/internal/kernel/access"
)

func (p *pages) registerTalent() {
	p.Nav(ui.Item{Group: ui.Parks, Path: "/talent", ZH: "人才服务", EN: "Talent", Icon: "user", Need: access.TalentUse})
	p.get("/talent", access.TalentUse, p.talent)
	p.form("/talent/vacancies", access.TalentUse, p.addVacancy, p.talent)
	p.get("/talent/vacancies/{id}", access.TalentUse, p.vacancy)
	p.post("/talent/vacancies/{id}/close", access.TalentUse, p.closeVacancy)
	p.post("/talent/vacancies/{id}/apply", access.TalentUse, p.applyVacancy)
	p.post("/talent/vacancies/{id}/ask", access.TalentUse, p.askPerson)
	p.get("/talent/profile", access.TalentUse, p.profile)
	p.form("/talent/profile", access.TalentUse, p.saveProfile, p.profile)
	p.post("/talent/applications/{id}", access.TalentUse, p.answerApplication)
	p.get("/talent/orders", access.TalentUse, p.orders)
	p.form("/talent/orders", access.TalentUse, p.placeOrder, p.orders)
	p.form("/talent/orders/{id}", access.TalentUse, p.reportOrder, p.orders)
	p.get("/talent/employment", access.TalentUse, p.employment)
	p.form("/talent/employment", access.TalentUse, p.fileEmployment, p.employment)
	p.form("/talent/employment/{id}/review", access.TalentUse, p.reviewEmployment, p.employment)
	p.form("/talent/employment/{id}/end", access.TalentUse, p.endEmployment, p.employment)
	p.get("/talent/rewards", access.TalentUse, p.rewards)
}

// talentTabs lead through the pages of talent.
func talentTabs(at string) templ.Component {
	list := []tab{{"/talent", ui.T("岗位与应聘", "Vacancies"), false}, {"/talent/profile", ui.T("我的档案", "My profile"), false}, {"/talent/orders", ui.T("订单式培养", "Training to order"), false}, {"/talent/employment", ui.T("用工登记", "Employment records"), false}, {"/talent/rewards", ui.T("服务年限与奖励", "Service and rewards"), false}}
	for i := range list {
		list[i].on = list[i].href == at
	}
	return tabs(ui.T("人才服务", "Talent"), list)
}

func (p *pages) talent(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.rooms.Talent.Vacancies(ctx, false)
	if err != nil {
		return err
	}
	fits, err := p.rooms.Talent.Fitting(ctx)
	if err != nil && !errors.Is(err, cultivation.ErrNotFound) {
		return err
	}
	points := map[int64]talent.Fit{}
	for _, f := range fits {
		points[f.Vacancy.ID] = f
	}
	applications, err := p.rooms.Talent.Applications(ctx)
	if err != nil {
		return err
	}
	t := table{label: ui.T("岗位", "Vacancies"), heads: []ui.Text{ui.T("岗位", "Vacancy"), ui.T("企业", "Enterprise"), ui.T("地点", "Place"), ui.T("技能", "Skills"), ui.T("语种", "Languages"), ui.T("人数", "People"), ui.T("月薪（元）", "Yuan a month"), ui.T("与我匹配", "Fits me")},
		none: ui.T("没有在招岗位", "No open vacancies"), cure: ui.T("企业可在下方发布岗位", "Enterprises offer work below")}
	for _, v := range list {
		fit := cell("–")
		if f, ok := points[v.ID]; ok {
			fit = number(f.Points)
		}
		t.add(link(fmt.Sprintf("/talent/vacancies/%d", v.ID), data(v.Title)), p.party(ctx, v.Party), p.county(v.Place), data(strings.Join(v.Skills, "、")), cell(strings.Join(v.Languages, " ")), number(v.People), cell(ui.Yuan(v.SalaryFrom)+" – "+ui.Yuan(v.SalaryTo)), fit)
	}
	body := []templ.Component{talentTabs("/talent"), sheet(t)}
	if len(access.Of(ctx).Parties()) > 0 {
		body = append(body, entry(form{title: ui.T("发布岗位", "Offer work"), action: "/talent/vacancies", prefix: "vacancy", send: ui.T("发布", "Offer"), fields: []ui.Field{{Name: "title", Label: ui.T("岗位名称", "Title"), Required: true, Max: 60}, {Name: "place", Label: ui.T("工作地点（县区代码）", "Place (division code)"), Max: 6},
			{Name: "skills", Label: ui.T("技能", "Skills"), Required: true, Hint: ui.T("用空格分隔", "With blanks between"), Max: 400}, {Name: "languages", Label: ui.T("语种代码", "Languages"), Hint: ui.T("如 en、es、ar", "Such as en es ar")}, {Name: "people", Label: ui.T("人数", "People"), Kind: "number", Value: "1"},
			{Name: "from", Label: ui.T("月薪下限（元）", "Least a month in yuan")}, {Name: "to", Label: ui.T("月薪上限（元）", "Most a month in yuan")}, {Name: "until", Label: ui.T("截止日", "Until"), Kind: "date", Required: true}}}))
	}
	body = append(body, card(ui.T("应聘与邀请", "Applications and invitations"), p.applicationSheet(r, applications)))
	return p.Show(w, r, ui.View{Title: ui.T("人才服务", "Talent"), Wide: true, Body: parts(body)})
}

func (p *pages) applicationSheet(r *http.Request, list []talent.Application) templ.Component {
	t := table{label: ui.T("应聘", "Applications"), heads: []ui.Text{ui.T("岗位", "Vacancy"), ui.T("人员", "Person"), ui.T("联系方式", "Contact"), ui.T("状态", "State"), ui.T("操作", "Do")}, none: ui.T("还没有应聘", "No applications yet"), cure: ui.T("个人填写档案后可投递；企业可邀请匹配的人员", "People apply with a profile; enterprises ask those who fit")}
	for _, a := range list {
		at := fmt.Sprintf("/talent/applications/%d", a.ID)
		button := func(to talent.State, zh, en string, danger bool) act {
			return act{at, ui.T(zh, en), []value{{"to", string(to)}}, danger}
		}
		var offered []act
		switch {
		case a.Mine && a.State == talent.Asked:
			offered = []act{button(talent.Agreed, "同意并公开联系方式", "Agree and show contacts", false), button(talent.Declined, "谢绝", "Decline", true)}
		case a.Mine && a.State == talent.Agreed:
			offered = []act{button(talent.Declined, "撤回", "Withdraw", true)}
		case !a.Mine && a.State == talent.Agreed:
			offered = []act{button(talent.Hired, "录用", "Hire", false), button(talent.Declined, "谢绝", "Decline", true)}
		}
		t.add(link(fmt.Sprintf("/talent/vacancies/%d", a.Vacancy.ID), data(a.Vacancy.Title)), data(a.Profile.Name), data(strings.TrimSpace(a.Profile.Phone+" "+a.Profile.Mail)),
			chip(map[talent.State]string{talent.Asked: "amber", talent.Agreed: "blue", talent.Declined: "grey", talent.Hired: "green"}[a.State], a.State.Words()), acts(offered))
	}
	return sheet(t)
}

func (p *pages) addVacancy(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "vacancy")
	v := talent.Vacancy{Title: f.text("title"), Place: f.text("place"), Skills: f.words("skills"), Languages: f.words("languages"), People: f.whole("people"), SalaryFrom: f.yuan("from"), SalaryTo: f.yuan("to"), Until: f.day("until")}
	if f.err != nil {
		return f.err
	}
	got, err := p.rooms.Talent.Offer(r.Context(), v)
	if err != nil {
		return err
	}
	return p.Done(w, r, fmt.Sprintf("/talent/vacancies/%d", got.ID), ui.T("岗位已发布", "The vacancy was put up"))
}

func (p *pages) vacancy(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := p.rooms.Talent.Vacancy(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	at := fmt.Sprintf("/talent/vacancies/%d", v.ID)
	left := []templ.Component{card(ui.T("岗位", "Vacancy"), ui.Facts([]ui.Fact{{Name: ui.T("企业", "Enterprise"), Value: p.party(ctx, v.Party)}, {Name: ui.T("地点", "Place"), Value: p.county(v.Place)}, {Name: ui.T("技能", "Skills"), Value: data(strings.Join(v.Skills, "、"))}, {Name: ui.T("语种", "Languages"), Value: cell(strings.Join(v.Languages, " "))},
		{Name: ui.T("人数", "People"), Value: number(v.People)}, {Name: ui.T("月薪（元）", "Yuan a month"), Value: cell(ui.Yuan(v.SalaryFrom) + " – " + ui.Yuan(v.SalaryTo))}, {Name: ui.T("截止日", "Until"), Value: day(v.Until)}}))}
	var right []templ.Component
	people, err := p.rooms.Talent.People(ctx, v.ID)
	switch {
	case err == nil:
		t := table{label: ui.T("匹配的人员", "People who fit"), heads: []ui.Text{ui.T("人员", "Person"), ui.T("匹配度", "Points"), ui.T("为什么", "Why"), ui.T("操作", "Do")}, none: ui.T("暂无匹配的人员", "Nobody fits now"), cure: ui.T("至少具备一项技能才会匹配", "One of the skills at least must be there")}
		for _, f := range people {
			t.add(data(f.Profile.Name), number(f.Points), reasonTable(f.Reasons), acts([]act{{at + "/ask", ui.T("邀请应聘", "Ask"), []value{{"profile", strconv.FormatInt(f.Profile.Number, 10)}}, false}}))
		}
		right = append(right, card(ui.T("匹配的人员（本人同意前为遮掩信息）", "People who fit (masked until they agree)"), sheet(t)))
		if v.State == "open" {
			left = append(left, acts([]act{{at + "/close", ui.T("停止招聘", "Close it"), nil, true}}))
		}
	case errors.Is(err, cultivation.ErrNotFound):
		right = append(right, card(ui.T("应聘", "Apply"), note(ui.T("投递后企业可看到你的姓名、联系方式和简介。", "The enterprise then sees your name, contacts and text.")), acts([]act{{at + "/apply", ui.T("用我的档案投递", "Apply with my profile"), nil, false}}), link("/talent/profile", said(ui.T("填写或修改档案", "Write or change my profile")))))
	default:
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T(v.Title, v.Title), Wide: true, Back: "/talent", BackTo: ui.T("人才服务", "Talent"), Body: columns(left, right)})
}

func (p *pages) closeVacancy(w http.ResponseWriter, r *http.Request) error {
	return p.then(w, r, p.rooms.Talent.Close(r.Context(), id(r, "id")), "/talent", ui.T("已停止招聘", "Closed"))
}

func (p *pages) applyVacancy(w http.ResponseWriter, r *http.Request) error {
	_, err := p.rooms.Talent.Own(r.Context())
	if errors.Is(err, cultivation.ErrNotFound) {
		return p.Done(w, r, "/talent/profile", ui.T("请先填写档案", "Write your profile first"))
	}
	if err == nil {
		_, err = p.rooms.Talent.Apply(r.Context(), id(r, "id"))
	}
	return p.then(w, r, err, "/talent", ui.T("已投递", "Applied"))
}

func (p *pages) askPerson(w http.ResponseWriter, r *http.Request) error {
	_, err := p.rooms.Talent.Ask(r.Context(), id(r, "id"), posted(r, "profile"))
	return p.then(w, r, err, fmt.Sprintf("/talent/vacancies/%d", id(r, "id")), ui.T("已邀请，待本人同意", "Asked; it waits for the person"))
}

func (p *pages) answerApplication(w http.ResponseWriter, r *http.Request) error {
	_, err := p.rooms.Talent.Answer(r.Context(), id(r, "id"), talent.State(r.PostForm.Get("to")))
	return p.then(w, r, err, "/talent", ui.T("已登记", "Recorded"))
}

func (p *pages) profile(w http.ResponseWriter, r *http.Request) error {
	v, err := p.rooms.Talent.Own(r.Context())
	if errors.Is(err, cultivation.ErrNotFound) {
		v, err = &talent.Profile{}, nil
	}
	if err != nil {
		return err
	}
	degrees := []ui.Option{{Label: ui.T("未填写", "not said")}, {Value: "vocational", Label: ui.T("中职", "vocational school")}, {Value: "college", Label: ui.T("大专", "college")}, {Value: "bachelor", Label: ui.T("本科", "bachelor")}, {Value: "master", Label: ui.T("硕士", "master")}, {Value: "doctor", Label: ui.T("博士", "doctor")}}
	body := []templ.Component{talentTabs("/talent/profile"), note(ui.T("姓名、电话、邮箱和简介加密保存。企业看到的是遮掩后的姓名和技能；你投递或同意后，该企业可看到全部。", "Name, telephone, mail and text are stored sealed. Enterprises see a masked name and skills; once you apply or agree, that enterprise sees all.")),
		entry(form{action: "/talent/profile", prefix: "profile", plain: true, send: ui.T("保存", "Save"), fields: []ui.Field{{Name: "name", Label: ui.T("姓名", "Name"), Value: v.Name, Required: true, Max: 40}, {Name: "phone", Label: ui.T("电话", "Telephone"), Value: v.Phone, Max: 20, Mode: "tel"}, {Name: "mail", Label: ui.T("邮箱", "Mail"), Value: v.Mail, Kind: "email", Max: 100},
			{Name: "skills", Label: ui.T("技能", "Skills"), Value: strings.Join(v.Skills, " "), Required: true, Hint: ui.T("用空格分隔", "With blanks between"), Max: 400}, {Name: "languages", Label: ui.T("语种代码", "Languages"), Value: strings.Join(v.Languages, " "), Hint: ui.T("如 en、es、ar", "Such as en es ar")},
			{Name: "places", Label: ui.T("期望地点（县区代码）", "Places (division codes)"), Value: strings.Join(v.Places, " ")}, {Name: "degree", Label: ui.T("学历", "Degree"), Kind: "select", Options: degrees, Value: v.Degree}, {Name: "about", Label: ui.T("简介", "About you"), Kind: "textarea", Value: v.About, Max: 1000},
			{Name: "shown", Label: ui.T("向企业推荐（遮掩姓名）", "Offer me to enterprises, masked"), Kind: "checkbox", Value: map[bool]string{true: "yes"}[v.Shown]}}})}
	return p.Show(w, r, ui.View{Title: ui.T("我的档案", "My profile"), Back: "/talent", BackTo: ui.T("人才服务", "Talent"), Body: parts(body)})
}

func (p *pages) saveProfile(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "profile")
	_, err := p.rooms.Talent.SaveOwn(r.Context(), talent.Profile{Name: f.text("name"), Phone: f.text("phone"), Mail: f.text("mail"), About: f.text("about"), Skills: f.words("skills"), Languages: f.words("languages"), Places: f.words("places"), Degree: f.text("degree"), Shown: f.yes("shown")})
	return p.then(w, r, err, "/talent", ui.T("档案已保存", "The profile was saved"))
}

func (p *pages) orders(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.rooms.Talent.Orders(ctx)
	if err != nil {
		return err
	}
	t := table{label: ui.T("培养订单", "Orders"), heads: []ui.Text{ui.T("企业", "Enterprise"), ui.T("院校", "School"), ui.T("方向", "Skill"), ui.T("订单人数", "Ordered"), ui.T("起止", "Days"), ui.T("入学", "Enrolled"), ui.T("结业", "Graduated"), ui.T("就业", "Employed"), ui.T("状态", "State"), ui.T("进度", "Progress")},
		none: ui.T("还没有培养订单", "No orders yet"), cure: ui.T("企业可与院校约定人数和方向", "An enterprise orders people of a skill with a school")}
	for _, o := range list {
		offered := cell("–")
		if o.State == "open" || o.State == "training" {
			n := func(v int64) string { return strconv.FormatInt(v, 10) }
			offered = entry(form{title: ui.T("填报", "Report"), action: fmt.Sprintf("/talent/orders/%d", o.ID), prefix: fmt.Sprintf("progress%d", o.ID), fields: []ui.Field{{Name: "enrolled", Label: ui.T("入学", "Enrolled"), Kind: "number", Value: n(o.Enrolled)}, {Name: "graduated", Label: ui.T("结业", "Graduated"), Kind: "number", Value: n(o.Graduated)}, {Name: "employed", Label: ui.T("就业", "Employed"), Kind: "number", Value: n(o.Employed)}},
				choices: []choice{{"cancel", "no", ui.T("保存", "Save"), false}, {"cancel", "yes", ui.T("终止订单", "End the order"), true}}})
		}
		t.add(p.party(ctx, o.Party), data(o.School), data(o.Skill), number(o.People), cell(o.Starts.String()+" – "+o.Ends.String()), number(o.Enrolled), number(o.Graduated), number(o.Employed), orderChip(o.State), offered)
	}
	body := []templ.Component{talentTabs("/talent/orders"), sheet(t)}
	if len(access.Of(ctx).Parties()) > 0 {
		body = append(body, entry(form{title: ui.T("下达培养订单", "Place an order"), action: "/talent/orders", prefix: "order", send: ui.T("提交", "Place it"), fields: []ui.Field{{Name: "school", Label: ui.T("院校", "School"), Required: true, Max: 80}, {Name: "skill", Label: ui.T("培养方向", "Skill"), Required: true, Max: 60}, {Name: "people", Label: ui.T("人数", "People"), Kind: "number", Required: true}, {Name: "starts", Label: ui.T("开始", "Starts"), Kind: "date", Required: true}, {Name: "ends", Label: ui.T("结束", "Ends"), Kind: "date", Required: true}}}))
	}
	return p.Show(w, r, ui.View{Title: ui.T("订单式培养", "Training to order"), Wide: true, Back: "/talent", BackTo: ui.T("人才服务", "Talent"), Body: parts(body)})
}

func orderChip(state string) templ.Component {
	t := map[string]ui.Text{"open": ui.T("待开班", "open"), "training": ui.T("培养中", "training"), "done": ui.T("已完成", "done"), "cancelled": ui.T("已终止", "ended")}[state]
	tone := map[string]string{"open": "amber", "training": "blue", "done": "green", "cancelled": "grey"}[state]
	return ui.Chip(tone, map[string]string{"open": "hourglass", "training": "arrow-right", "done": "circle-check", "cancelled": "lock"}[state], t)
}

func (p *pages) placeOrder(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "order")
	o := talent.Order{School: f.text("school"), Skill: f.text("skill"), People: f.whole("people"), Starts: f.day("starts"), Ends: f.day("ends")}
	if f.err != nil {
		return f.err
	}
	_, err := p.rooms.Talent.Place(r.Context(), o)
	return p.then(w, r, err, "/talent/orders", ui.T("订单已提交", "The order was placed"))
}

func (p *pages) reportOrder(w http.ResponseWriter, r *http.Request) error {
	f := of(r, fmt.Sprintf("progress%d", id(r, "id")))
	v := talent.Progress{Enrolled: f.whole("enrolled"), Graduated: f.whole("graduated"), Employed: f.whole("employed"), Cancel: r.PostForm.Get("cancel") == "yes"}
	if f.err != nil {
		return f.err
	}
	_, err := p.rooms.Talent.Report(r.Context(), id(r, "id"), v)
	return p.then(w, r, err, "/talent/orders", ui.T("进度已保存", "The progress was saved"))
}

func (p *pages) employment(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.rooms.Talent.Employments(ctx)
	if err != nil {
		return err
	}
	t := table{label: ui.T("用工登记", "Employment records"), heads: []ui.Text{ui.T("编号", "No."), ui.T("人员", "Person"), ui.T("企业", "Enterprise"), ui.T("岗位", "Job"), ui.T("入职", "From"), ui.T("离职", "To"), ui.T("状态", "State"), ui.T("操作", "Do")},
		none: ui.T("还没有用工登记", "No records yet"), cure: ui.T("企业登记、部门确认后，服务年限按日累计", "Enterprises file them, an office confirms them, and service is counted by days")}
	for _, e := range list {
		at := fmt.Sprintf("/talent/employment/%d", e.ID)
		offered := cell("–")
		switch {
		case e.State == "filed" && office(ctx, access.TalentUse):
			offered = entry(form{title: ui.T("审核", "Review"), action: at + "/review", prefix: fmt.Sprintf("review%d", e.ID), fields: []ui.Field{{Name: "reason", Label: ui.T("理由（退回时必填）", "Reason (needed to refuse)")}}, choices: []choice{{"confirm", "yes", ui.T("确认", "Confirm"), false}, {"confirm", "no", ui.T("退回", "Refuse"), true}}})
		case e.To == 0 && e.State != "refused":
			offered = entry(form{title: ui.T("登记离职", "They left"), action: at + "/end", prefix: fmt.Sprintf("end%d", e.ID), send: ui.T("保存", "Save"), fields: []ui.Field{{Name: "last", Label: ui.T("最后一日", "Last day"), Kind: "date", Required: true}}})
		}
		t.add(number(e.ID), data(e.Name), p.party(ctx, e.Enterprise), data(e.Job), day(e.From), day(e.To), several(employmentChip(e.State), data(e.Reason)), offered)
	}
	body := []templ.Component{talentTabs("/talent/employment"), note(ui.T("身份证号码只用于识别同一人，平台只保存加密摘要。", "The identity number tells records of one person apart; only its keyed hash is kept.")), sheet(t)}
	if len(access.Of(ctx).Parties()) > 0 {
		body = append(body, entry(form{title: ui.T("登记用工", "File a record"), action: "/talent/employment", prefix: "hire", send: ui.T("提交", "File it"), fields: []ui.Field{{Name: "name", Label: ui.T("姓名", "Name"), Required: true, Max: 40}, {Name: "identity", Label: ui.T("身份证号码", "Identity number"), Required: true, Max: 18, Autocomplete: "off"}, {Name: "job", Label: ui.T("岗位", "Job"), Required: true, Max: 60}, {Name: "from", Label: ui.T("入职日", "First day"), Kind: "date", Required: true}, {Name: "to", Label: ui.T("离职日", "Last day"), Kind: "date"}}}))
	}
	return p.Show(w, r, ui.View{Title: ui.T("用工登记", "Employment records"), Wide: true, Back: "/talent", BackTo: ui.T("人才服务", "Talent"), Body: parts(body)})
}

func employmentChip(state string) templ.Component {
	switch state {
	case "confirmed":
		return ui.Chip("green", "circle-check", ui.T("已确认", "confirmed"))
	case "refused":
		return ui.Chip("red", "circle-x", ui.T("已退回", "refused"))
	}
	return ui.Chip("amber", "hourglass", ui.T("待确认", "waits"))
}

func (p *pages) fileEmployment(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "hire")
	h := talent.Hire{Name: f.text("name"), Identity: f.text("identity"), Job: f.text("job"), From: f.day("from"), To: f.day("to")}
	if f.err != nil {
		return f.err
	}
	_, err := p.rooms.Talent.File(r.Context(), h)
	return p.then(w, r, err, "/talent/employment", ui.T("已登记，待部门确认", "Filed; an office confirms it"))
}

func (p *pages) reviewEmployment(w http.ResponseWriter, r *http.Request) error {
	f := of(r, fmt.Sprintf("review%d", id(r, "id")))
	err := p.rooms.Talent.Review(r.Context(), id(r, "id"), r.PostForm.Get("confirm") == "yes", f.text("reason"))
	return p.then(w, r, err, "/talent/employment", ui.T("已审核", "Reviewed"))
}

func (p *pages) endEmployment(w http.ResponseWriter, r *http.Request) error {
	f := of(r, fmt.Sprintf("end%d", id(r, "id")))
	last := f.day("last")
	if f.err != nil {
		return f.err
	}
	return p.then(w, r, p.rooms.Talent.End(r.Context(), id(r, "id"), last), "/talent/employment", ui.T("已登记离职", "Recorded"))
}

func (p *pages) rewards(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.rooms.Talent.Rewards(ctx)
	if err != nil {
		return err
	}
	rule := note(ui.T("本综试区的规则包没有规定服务年限奖励，仅显示服务天数。", "The packs of this zone lay down no reward for service; days are shown alone."))
	if v, ok := p.zone.Set().Param(talent.RewardMonths, p.today()); ok {
		rule = several(said(ui.T(fmt.Sprintf("服务满 %d 个月：", v.Int()), fmt.Sprintf("After %d months of service: ", v.Int()))), ui.Source(v.Source.String()), said(markWords(v.Mark.String())))
	}
	t := table{label: ui.T("服务年限", "Service"), heads: []ui.Text{ui.T("人员", "Person"), ui.T("企业", "Enterprise"), ui.T("在职", "Employed"), ui.T("起算日", "First day"), ui.T("累计天数", "Days"), ui.T("需满天数", "Needed"), ui.T("满期日", "Reached on"), ui.T("是否满期", "Reached"), ui.T("记录数", "Records")},
		none: ui.T("还没有已确认的用工登记", "No confirmed records yet"), cure: ui.T("用工登记确认后在此累计", "Service is counted here from confirmed records")}
	for _, v := range list {
		t.add(data(v.Name), p.party(ctx, v.Enterprise), yesNo(v.Employed), day(v.First), number(int64(v.Days)), number(int64(v.Needed)), day(v.On), yesNo(v.Reached), number(int64(v.Records)))
	}
	body := []templ.Component{talentTabs("/talent/rewards"), rule, note(ui.T("多份记录重叠的日子只计一次，空档不计；跨境电商企业之间换工作连续累计（空档的处理为推断）。", "Days that several records cover count once, gaps do not count; changes between cross-border enterprises go on counting (how gaps count is our reading).")), sheet(t)}
	if access.Of(ctx).May(access.ClaimRead) {
		body = append(body, link("/policy/claims", said(ui.T("申领奖励", "Claim the reward"))))
	}
	return p.Show(w, r, ui.View{Title: ui.T("服务年限与奖励", "Service and rewards"), Wide: true, Back: "/talent", BackTo: ui.T("人才服务", "Talent"), Body: parts(body)})
}
