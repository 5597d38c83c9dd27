package cultivation

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/cultivation/fair"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/scorecard"
)

func (p *pages) registerFairs() {
	p.Nav(ui.Item{Group: ui.Parks, Path: "/fairs", ZH: "展会摊位", EN: "Fairs", Icon: "building-community", Need: access.BookingMake})
	p.get("/fairs", access.BookingMake, p.fairs)
	p.form("/fairs", access.Cultivate, p.openFair, p.fairs)
	p.get("/fairs/{id}", access.BookingMake, p.fair)
	p.form("/fairs/{id}/apply", access.BookingMake, p.applyFair, p.fair)
	p.post("/fairs/{id}/allocate", access.Cultivate, p.allocateFair)
	p.post("/fairs/{id}/end", access.Cultivate, p.endFair)
	p.get("/fairs/applications/{id}", access.BookingMake, p.fairApplication)
	p.post("/fairs/applications/{id}/withdraw", access.BookingMake, p.withdrawFair)
	p.form("/fairs/applications/{id}/attendance", access.Cultivate, p.attendFair, p.fairApplication)
}

func fairChip(s fair.State) templ.Component {
	return chip(map[fair.State]string{fair.Open: "blue", fair.Published: "green", fair.Closed: "grey", fair.Cancelled: "red"}[s], s.Words())
}

func standingChip(s fair.Standing) templ.Component {
	return chip(map[fair.Standing]string{fair.Applied: "blue", fair.Given: "green", fair.Waiting: "amber", fair.Withdrawn: "grey", fair.Attended: "green", fair.Absent: "red"}[s], s.Words())
}

func (p *pages) fairs(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.rooms.Fairs.Fairs(ctx, p.today().AddMonths(-12))
	if err != nil {
		return err
	}
	t := table{label: ui.T("展会", "Fairs"), heads: []ui.Text{ui.T("展会", "Fair"), ui.T("地点", "Place"), ui.T("展期", "Days"), ui.T("申请期", "Applications"), ui.T("摊位", "Booths"), ui.T("状态", "State")},
		none: ui.T("还没有展会", "There are no fairs yet"), cure: ui.T("商务部门发布后可在此申请摊位", "Booths are applied for here once commerce announces a fair")}
	for _, f := range list {
		var all, given int64
		for _, c := range f.Categories {
			all, given = all+c.Booths, given+c.Given
		}
		t.add(link(fmt.Sprintf("/fairs/%d", f.ID), data(f.Title)), data(f.Place), cell(f.Starts.String()+" – "+f.Ends.String()), cell(f.Opens.String()+" – "+f.Closes.String()), cell(fmt.Sprintf("%d / %d", given, all)), fairChip(f.State))
	}
	body := []templ.Component{sheet(t)}
	if office(ctx, access.Cultivate) {
		var cards []ui.Option
		for _, i := range p.zone.Set().ItemsOn(scorecard.Kind, p.today()) {
			if i.Values()["subject"] == "enterprise" {
				cards = append(cards, ui.Option{Value: i.ID, Label: words(i.Title)})
			}
		}
		body = append(body, entry(form{title: ui.T("发布展会", "Announce a fair"), action: "/fairs", prefix: "fair", send: ui.T("发布", "Announce"), fields: []ui.Field{
			{Name: "title", Label: ui.T("名称", "Title"), Required: true, Max: 80}, {Name: "place", Label: ui.T("地点", "Place"), Required: true, Max: 120}, {Name: "starts", Label: ui.T("开展", "First day"), Kind: "date", Required: true}, {Name: "ends", Label: ui.T("闭展", "Last day"), Kind: "date", Required: true},
			{Name: "opens", Label: ui.T("申请开始", "Applications from"), Kind: "date", Required: true}, {Name: "closes", Label: ui.T("申请截止", "Applications until"), Kind: "date", Required: true},
			{Name: "card", Label: ui.T("分配评分卡", "Score card"), Kind: "select", Options: cards, Value: "fair-booths"},
			{Name: "categories", Label: ui.T("展区", "Categories"), Kind: "textarea", Required: true, Hint: ui.T("每行一个：代码,名称,摊位数,每个摊位费（元），如 home,家居用品,10,20000.00", "One a line: code,title,booths,fee of a booth in yuan, such as home,Household,10,20000.00"), Max: 4000}}}))
	}
	return p.Show(w, r, ui.View{Title: ui.T("展会摊位", "Fairs"), Wide: true, Body: parts(body)})
}

// categoriesOf reads the lines of categories.
func categoriesOf(f *sent) (out []fair.Category) {
	for line := range strings.Lines(f.text("categories")) {
		cells := strings.Split(strings.TrimSpace(strings.ReplaceAll(line, "，", ",")), ",")
		if len(cells) == 1 && cells[0] == "" {
			continue
		}
		if len(cells) != 4 {
			f.fail("categories", ui.T("展区格式有误", "A category is not in order"), ui.T("每行写：代码,名称,摊位数,摊位费", "Write code,title,booths,fee on each line"))
			return nil
		}
		booths, err := strconv.ParseInt(strings.TrimSpace(cells[2]), 10, 64)
		fee, err2 := money.ParseFen(strings.TrimSpace(cells[3]))
		if err != nil || err2 != nil {
			f.fail("categories", ui.T("摊位数或摊位费有误", "Booths or fee are not in order"), ui.T("摊位数为整数，摊位费以元填写", "Booths are whole, the fee is in yuan"))
			return nil
		}
		out = append(out, fair.Category{ID: strings.TrimSpace(cells[0]), Title: strings.TrimSpace(cells[1]), Booths: booths, Fee: fee})
	}
	return out
}

func (p *pages) openFair(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "fair")
	v := fair.Fair{Title: f.text("title"), Place: f.text("place"), Starts: f.day("starts"), Ends: f.day("ends"), Opens: f.day("opens"), Closes: f.day("closes"), Card: f.text("card"), Categories: categoriesOf(f)}
	if f.err != nil {
		return f.err
	}
	got, err := p.rooms.Fairs.Open(r.Context(), v)
	if err != nil {
		return err
	}
	return p.Done(w, r, fmt.Sprintf("/fairs/%d", got.ID), ui.T("展会已发布", "The fair was announced"))
}

func (p *pages) fair(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := p.rooms.Fairs.Fair(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	list, err := p.rooms.Fairs.Applications(ctx, f.ID)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("/fairs/%d", f.ID)
	areas := table{label: ui.T("展区", "Categories"), heads: []ui.Text{ui.T("展区", "Category"), ui.T("摊位数", "Booths"), ui.T("已分配", "Given"), ui.T("每个摊位费", "Fee of a booth")}}
	var options []ui.Option
	titles := map[string]string{}
	for _, c := range f.Categories {
		areas.add(data(c.Title), number(c.Booths), number(c.Given), ui.Money(c.Fee))
		options = append(options, ui.Option{Value: c.ID, Label: ui.T(c.Title, c.ID)})
		titles[c.ID] = c.Title
	}
	t := table{label: ui.T("申请与分配", "Applications"), heads: []ui.Text{ui.T("展区", "Category"), ui.T("名次", "Rank"), ui.T("企业", "Enterprise"), ui.T("得分", "Points"), ui.T("申请", "Asked"), ui.T("分配", "Given"), ui.T("状态", "State"), ui.T("详情", "More")},
		none: ui.T("还没有可见的申请", "No application that you may see"), cure: ui.T("结果公布后所有申请及名次公开", "All applications and ranks are open once the result is published")}
	for _, a := range list {
		more := cell("–")
		if a.Score != nil || a.Goods != "" {
			more = link(fmt.Sprintf("/fairs/applications/%d", a.ID), said(ui.T("查看", "see")))
		}
		t.add(data(titles[a.Category]), number(a.Rank), p.party(ctx, a.Enterprise), cell(scorecard.Points(a.Points)), number(a.Booths), number(a.Given), standingChip(a.State), more)
	}
	left := []templ.Component{card(ui.T("展会", "Fair"), ui.Facts([]ui.Fact{{Name: ui.T("地点", "Place"), Value: data(f.Place)}, {Name: ui.T("展期", "Days"), Value: cell(f.Starts.String() + " – " + f.Ends.String())}, {Name: ui.T("申请期", "Applications"), Value: cell(f.Opens.String() + " – " + f.Closes.String())},
		{Name: ui.T("分配规则", "Rule"), Value: p.cardTitle(f.Card)}, {Name: ui.T("状态", "State"), Value: fairChip(f.State)}, {Name: ui.T("公布时间", "Published"), Value: cell(ui.Micros(f.Published))}}),
		note(ui.T("按评分卡得分排序，同分者先申请者在前；摊位不足时进入候补，有人退出后按名次递补。", "By points of the card, of equal points the earlier application first; those for whom there are not enough booths wait and move up by rank.")), sheet(areas)), card(ui.T("申请与分配", "Applications"), sheet(t))}
	var right []templ.Component
	if own(ctx, access.BookingMake) && f.State == fair.Open {
		right = append(right, card(ui.T("申请摊位", "Apply for booths"), entry(form{action: at + "/apply", prefix: "apply", plain: true, send: ui.T("提交申请", "Apply"), fields: []ui.Field{{Name: "category", Label: ui.T("展区", "Category"), Kind: "select", Options: options}, {Name: "booths", Label: ui.T("摊位数", "Booths"), Kind: "number", Value: "1"}, {Name: "goods", Label: ui.T("展品", "Goods"), Required: true}}})))
	}
	if office(ctx, access.Cultivate) {
		right = append(right, card(ui.T("组织管理", "For the office"), acts([]act{{at + "/allocate", ui.T("评分并公布分配", "Score, allocate and publish"), nil, false}, {at + "/end", ui.T("登记已举办", "It was held"), []value{{"to", "closed"}}, false}, {at + "/end", ui.T("取消展会", "Call it off"), []value{{"to", "cancelled"}}, true}})))
		past, err := p.rooms.Fairs.History(ctx, "fair", f.ID)
		if err != nil {
			return err
		}
		right = append(right, history(past))
	}
	return p.Show(w, r, ui.View{Title: ui.T(f.Title, f.Title), Wide: true, Back: "/fairs", BackTo: ui.T("展会摊位", "Fairs"), Body: columns(left, right)})
}

// cardTitle is a score card's title with its source.
func (p *pages) cardTitle(card string) templ.Component {
	i, ok := p.zone.Set().Item(scorecard.Kind, card, p.today())
	if !ok {
		return code(card)
	}
	return several(word(i.Title), ui.Source(i.Source.String()), said(markWords(i.Mark.String())))
}

func (p *pages) applyFair(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "apply")
	ask := fair.Ask{Category: f.text("category"), Booths: f.whole("booths"), Goods: f.text("goods")}
	if f.err != nil {
		return f.err
	}
	_, err := p.rooms.Fairs.Apply(r.Context(), id(r, "id"), ask)
	return p.then(w, r, err, fmt.Sprintf("/fairs/%d", id(r, "id")), ui.T("已提交申请", "Applied"))
}

func (p *pages) allocateFair(w http.ResponseWriter, r *http.Request) error {
	return p.then(w, r, p.rooms.Fairs.Allocate(r.Context(), id(r, "id")), fmt.Sprintf("/fairs/%d", id(r, "id")), ui.T("分配结果已公布", "The result was published"))
}

func (p *pages) endFair(w http.ResponseWriter, r *http.Request) error {
	err := p.rooms.Fairs.End(r.Context(), id(r, "id"), fair.State(r.PostForm.Get("to")))
	return p.then(w, r, err, fmt.Sprintf("/fairs/%d", id(r, "id")), ui.T("已登记", "Recorded"))
}

func (p *pages) fairApplication(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a, err := p.rooms.Fairs.Application(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	at := fmt.Sprintf("/fairs/applications/%d", a.ID)
	left := []templ.Component{card(ui.T("申请", "Application"), ui.Facts([]ui.Fact{{Name: ui.T("企业", "Enterprise"), Value: p.party(ctx, a.Enterprise)}, {Name: ui.T("展区", "Category"), Value: code(a.Category)}, {Name: ui.T("申请摊位", "Asked"), Value: number(a.Booths)}, {Name: ui.T("分配摊位", "Given"), Value: number(a.Given)},
		{Name: ui.T("展品", "Goods"), Value: data(a.Goods)}, {Name: ui.T("申请时间", "Applied"), Value: cell(ui.Micros(a.At))}, {Name: ui.T("名次", "Rank"), Value: number(a.Rank)}, {Name: ui.T("状态", "State"), Value: standingChip(a.State)}, {Name: ui.T("已付摊位费", "Fee paid"), Value: ui.Money(a.Fee)}}), working(a.Score))}
	var right []templ.Component
	switch {
	case a.State == fair.Attended && own(ctx, access.ClaimRead):
		right = append(right, card(ui.T("摊位费支持", "Support for the fee"), note(ui.T("已付摊位费计入当年“展位费”指标；能否申领、最高多少，见“我能申领什么”。", "The fee paid counts as this year's booth fees; whether and up to how much can be claimed stands under “What can I claim”.")), link("/policy/claims", said(ui.T("我能申领什么", "What can I claim")))))
	case a.State == fair.Given && office(ctx, access.Cultivate):
		right = append(right, card(ui.T("参展登记", "Attendance"), entry(form{action: at + "/attendance", prefix: "attend", plain: true, fields: []ui.Field{{Name: "fee", Label: ui.T("实付摊位费（元）", "Fee paid in yuan"), Value: "0.00"}},
			choices: []choice{{"came", "yes", ui.T("已参展", "They came"), false}, {"came", "no", ui.T("未参展", "They did not come"), true}}})))
	}
	if a.State == fair.Applied || a.State == fair.Given || a.State == fair.Waiting {
		right = append(right, acts([]act{{at + "/withdraw", ui.T("退出申请", "Withdraw"), nil, true}}))
	}
	n := strconv.FormatInt(a.ID, 10)
	return p.Show(w, r, ui.View{Title: ui.T("摊位申请 "+n, "Application "+n), Back: fmt.Sprintf("/fairs/%d", a.Fair), BackTo: ui.T("展会", "Fair"), Body: columns(left, right)})
}

func (p *pages) withdrawFair(w http.ResponseWriter, r *http.Request) error {
	err := p.rooms.Fairs.Withdraw(r.Context(), id(r, "id"))
	return p.then(w, r, err, fmt.Sprintf("/fairs/applications/%d", id(r, "id")), ui.T("已退出", "Withdrawn"))
}

func (p *pages) attendFair(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "attend")
	fee := f.yuan("fee")
	if f.err != nil {
		return f.err
	}
	err := p.rooms.Fairs.Attendance(r.Context(), id(r, "id"), r.PostForm.Get("came") == "yes", fee)
	return p.then(w, r, err, fmt.Sprintf("/fairs/applications/%d", id(r, "id")), ui.T("已登记", "Recorded"))
}
