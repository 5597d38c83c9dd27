package cultivation

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/names"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/cultivation/attract"
	"pilotzone/internal/kernel/access"
)

func (p *pages) registerPipeline() {
	p.Nav(ui.Item{Group: ui.Parks, Path: "/pipeline", ZH: "招引项目库", EN: "Attraction pipeline", Icon: "route", Need: access.Cultivate})
	p.get("/pipeline", access.Cultivate, p.pipeline)
	p.form("/pipeline", access.Cultivate, p.saveLead, p.pipeline)
	p.get("/pipeline/{id}", access.Cultivate, p.lead)
	p.form("/pipeline/{id}", access.Cultivate, p.saveLead, p.lead)
	p.form("/pipeline/{id}/move", access.Cultivate, p.moveLead, p.lead)
}

func stageChip(s attract.Stage) templ.Component {
	return chip(map[attract.Stage]string{attract.Lead: "grey", attract.Talks: "blue", attract.Signed: "amber", attract.Registered: "green", attract.Operating: "green", attract.Lost: "red"}[s], s.Words())
}

func (p *pages) pipeline(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	stage := attract.Stage(r.URL.Query().Get("stage"))
	list, err := p.rooms.Attract.Projects(ctx, stage)
	if err != nil {
		return err
	}
	year := p.today().Year()
	reached, err := p.rooms.Attract.Attracted(ctx, "", year)
	if err != nil {
		return err
	}
	views := []tab{{"/pipeline", ui.T("全部", "All"), stage == ""}}
	for _, s := range attract.Stages() {
		views = append(views, tab{"/pipeline?stage=" + string(s), words(s.Words()), s == stage})
	}
	t := table{label: ui.T("招引项目", "Leads"), heads: []ui.Text{ui.T("企业", "Company"), ui.T("类别", "Kind"), ui.T("县区", "County"), ui.T("计划投资", "Size"), ui.T("阶段", "Stage"), ui.T("负责人", "In charge"), ui.T("下一步", "Next"), ui.T("期限", "By")},
		none: ui.T("没有项目", "No leads"), cure: ui.T("在下方登记线索", "Enter one below")}
	for _, v := range list {
		due := day(v.NextDay)
		if v.NextDay != 0 && v.NextDay < p.today() && v.Stage != attract.Lost && v.Stage != attract.Operating {
			due = several(day(v.NextDay), ui.Chip("red", "alert-triangle", ui.T("已逾期", "late")))
		}
		t.add(link(fmt.Sprintf("/pipeline/%d", v.ID), data(v.Company)), word(v.Kind.Words()), p.county(v.County), ui.Money(v.Size), stageChip(v.Stage), data(v.Name), data(v.NextStep), due)
	}
	counties := map[string][2]int{}
	var order []string
	for _, v := range reached {
		if _, ok := counties[v.County]; !ok {
			order = append(order, v.County)
		}
		n := counties[v.County]
		if v.Kind == attract.Provider {
			n[1]++
		} else if v.Leading {
			n[0]++
		}
		counties[v.County] = n
	}
	byCounty := table{label: ui.T("各县区当年引进", "Attracted by county"), heads: []ui.Text{ui.T("县区", "County"), ui.T("龙头企业", "Leading enterprises"), ui.T("服务商", "Service providers")}, none: ui.T("当年还没有落地注册的项目", "No lead was registered this year"), cure: ui.T("项目首次到达“落地注册”的年度计入", "A lead counts in the year in which it first is registered")}
	for _, c := range order {
		byCounty.add(p.county(c), number(int64(counties[c][0])), number(int64(counties[c][1])))
	}
	body := []templ.Component{tabs(ui.T("阶段", "Stages"), views), sheet(t), entry(leadForm(nil)), card(ui.T(fmt.Sprintf("%d 年各县区引进数", year), fmt.Sprintf("Attracted in %d by county", year)), sheet(byCounty))}
	return p.Show(w, r, ui.View{Title: ui.T("招引项目库", "Attraction pipeline"), Wide: true, Body: parts(body)})
}

// county is a division by name.
func (p *pages) county(code string) templ.Component { return names.Of(p.zone).Division(code) }

func leadForm(v *attract.Project) form {
	f := form{title: ui.T("登记线索", "Enter a lead"), action: "/pipeline", prefix: "lead", send: ui.T("保存", "Save")}
	if v == nil {
		v = &attract.Project{}
	} else {
		f.title, f.action = ui.T("修改", "Change it"), fmt.Sprintf("/pipeline/%d", v.ID)
	}
	var kinds []ui.Option
	for _, k := range attract.Kinds() {
		kinds = append(kinds, ui.Option{Value: string(k), Label: words(k.Words())})
	}
	next := ""
	if v.NextDay != 0 {
		next = v.NextDay.String()
	}
	yes := map[bool]string{true: "yes"}
	f.fields = []ui.Field{{Name: "company", Label: ui.T("企业名称", "Company"), Value: v.Company, Required: true, Max: 120}, {Name: "kind", Label: ui.T("类别", "Kind"), Kind: "select", Options: kinds, Value: string(v.Kind)}, {Name: "country", Label: ui.T("国别代码（海关三位）", "Country (customs' three digits)"), Value: v.Country, Max: 3},
		{Name: "industry", Label: ui.T("行业", "Industry"), Value: v.Industry, Max: 60}, {Name: "size", Label: ui.T("计划投资（元）", "Planned investment in yuan"), Value: v.Size.String()}, {Name: "county", Label: ui.T("意向县区代码", "County (division code)"), Value: v.County, Max: 6},
		{Name: "leading", Label: ui.T("龙头企业", "Leading enterprise"), Kind: "checkbox", Value: yes[v.Leading]}, {Name: "fortune", Label: ui.T("世界 500 强或行业 50 强", "Fortune 500 or top 50 of its trade"), Kind: "checkbox", Value: yes[v.Fortune]},
		{Name: "next", Label: ui.T("下一步", "Next step"), Value: v.NextStep}, {Name: "day", Label: ui.T("期限", "By"), Kind: "date", Value: next}, {Name: "contact", Label: ui.T("联系人", "Contact"), Value: v.Contact, Hint: ui.T("加密保存", "Stored sealed")},
		{Name: "revision", Kind: "hidden", Value: strconv.FormatInt(v.Revision, 10)}}
	return f
}

func (p *pages) saveLead(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "lead")
	v := attract.Project{ID: id(r, "id"), Company: f.text("company"), Kind: attract.Kind(f.text("kind")), Country: f.text("country"), Industry: f.text("industry"), Size: f.yuan("size"), County: f.text("county"), Leading: f.yes("leading"), Fortune: f.yes("fortune"),
		NextStep: f.text("next"), NextDay: f.day("day"), Contact: f.text("contact"), Revision: f.whole("revision")}
	if f.err != nil {
		return f.err
	}
	got, err := p.rooms.Attract.Save(r.Context(), v)
	if err != nil {
		return err
	}
	return p.Done(w, r, fmt.Sprintf("/pipeline/%d", got.ID), ui.T("已保存", "Saved"))
}

func (p *pages) lead(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := p.rooms.Attract.Project(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	past, err := p.rooms.Attract.History(ctx, "lead", v.ID)
	if err != nil {
		return err
	}
	var stages []ui.Option
	for _, s := range attract.Stages() {
		stages = append(stages, ui.Option{Value: string(s), Label: words(s.Words())})
	}
	enterprise := cell("–")
	if v.Enterprise != "" {
		enterprise = link("/repository/"+v.Enterprise, p.party(ctx, v.Enterprise))
	}
	left := []templ.Component{card(ui.T("项目", "Lead"), ui.Facts([]ui.Fact{{Name: ui.T("类别", "Kind"), Value: word(v.Kind.Words())}, {Name: ui.T("国别", "Country"), Value: code(v.Country)}, {Name: ui.T("行业", "Industry"), Value: data(v.Industry)}, {Name: ui.T("计划投资", "Size"), Value: ui.Money(v.Size)}, {Name: ui.T("县区", "County"), Value: p.county(v.County)},
		{Name: ui.T("阶段", "Stage"), Value: several(stageChip(v.Stage), when(v.Since))}, {Name: ui.T("负责人", "In charge"), Value: data(v.Name)}, {Name: ui.T("下一步", "Next step"), Value: several(data(v.NextStep), day(v.NextDay))}, {Name: ui.T("联系人", "Contact"), Value: data(v.Contact)}, {Name: ui.T("落地企业", "Enterprise"), Value: enterprise}})), entry(leadForm(v))}
	right := []templ.Component{card(ui.T("推进", "Move it on"), entry(form{action: fmt.Sprintf("/pipeline/%d/move", v.ID), prefix: "move", plain: true, send: ui.T("保存", "Save"), fields: []ui.Field{{Name: "stage", Label: ui.T("阶段", "Stage"), Kind: "select", Options: stages, Value: string(v.Stage)},
		{Name: "enterprise", Label: ui.T("落地企业代码", "Code of the filed enterprise"), Value: v.Enterprise, Max: 18, Hint: ui.T("落地注册起必填，须已备案", "Needed from registered on; it must be filed")}, {Name: "note", Label: ui.T("说明", "Note"), Max: 400}, {Name: "take", Label: ui.T("由我负责", "I take charge"), Kind: "checkbox"}}})), history(past)}
	return p.Show(w, r, ui.View{Title: ui.T(v.Company, v.Company), Back: "/pipeline", BackTo: ui.T("招引项目库", "Attraction pipeline"), Body: columns(left, right)})
}

func (p *pages) moveLead(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "move")
	_, err := p.rooms.Attract.Move(r.Context(), id(r, "id"), attract.Move{Stage: attract.Stage(f.text("stage")), Enterprise: f.code("enterprise"), Note: f.text("note"), Take: f.yes("take")})
	return p.then(w, r, err, fmt.Sprintf("/pipeline/%d", id(r, "id")), ui.T("已保存", "Saved"))
}
