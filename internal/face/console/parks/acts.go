package parks

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/park"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/money"
)

// day reads a day of a form; 0 if it is left out.
func day(r *http.Request, name string) (clock.Day, error) {
	text := strings.TrimSpace(r.PostForm.Get(name))
	if text == "" {
		return 0, nil
	}
	d, err := clock.ParseDay(text)
	if err != nil {
		return 0, &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("日期有误", "The date is not in order"), Mend: ui.T("写成 2026-03-01", "Write it as 2026-03-01")}
	}
	return d, nil
}

// whole reads a whole number of a form; 0 if it is left out or none.
func whole(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (p *pages) move(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	_, err := p.zone.Park.Move(r.Context(), r.PathValue("id"), number(f.Get("revision")), park.State(f.Get("state")), f.Get("state_reason"))
	return p.done(w, r, err, at(r.PathValue("id")), ui.T("状态已变更", "The state was changed"))
}

func (p *pages) review(w http.ResponseWriter, r *http.Request) error {
	_, err := p.zone.Park.Review(r.Context(), r.PathValue("id"), number(r.PostForm.Get("revision")), r.PostForm.Get("review_note"))
	return p.done(w, r, err, at(r.PathValue("id")), ui.T("已登记核实", "Recorded as held against papers"))
}

func (p *pages) offer(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	since, err := day(r, "since")
	if err != nil {
		return err
	}
	until, err := day(r, "until")
	if err != nil {
		return err
	}
	_, err = p.zone.Park.Add(r.Context(), park.Offer{Place: r.PathValue("id"), Enterprise: strings.ToUpper(strings.TrimSpace(f.Get("enterprise"))), Since: since, Until: until,
		Space: whole(f.Get("space")), Room: f.Get("room"), Note: f.Get("note")})
	return p.done(w, r, err, at(r.PathValue("id")), ui.T("邀请已发出，待企业确认", "The offer was made; it waits for the enterprise"))
}

func (p *pages) display(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	g := park.Goods{Place: r.PathValue("id"), Title: f.Get("title"), HS: strings.TrimSpace(f.Get("hs")), Factory: strings.ToUpper(strings.TrimSpace(f.Get("factory"))), Maker: f.Get("maker"),
		Unit: f.Get("unit"), Belt: f.Get("belt"), Online: f.Get("online") == "yes"}
	if v := strings.TrimSpace(f.Get("price")); v != "" {
		price, err := money.ParseFen(v)
		if err != nil {
			return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("价格有误", "The price is not in order"), Mend: ui.T("以元填写，最多两位小数", "Write yuan with at most two decimals")}
		}
		g.Price = price
	}
	var err error
	if g.Until, err = day(r, "goods_until"); err != nil {
		return err
	}
	_, err = p.zone.Park.Display(r.Context(), g)
	return p.done(w, r, err, at(g.Place), ui.T("已上架", "Put on display"))
}

// apply begins an application for recognition, filled in so far.
func (p *pages) apply(w http.ResponseWriter, r *http.Request) error {
	place, err := p.zone.Park.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return shown(err)
	}
	if !p.zone.Park.Manages(r.Context(), place) || park.Office(r.Context()) {
		return shown(park.ErrDenied)
	}
	m, err := p.zone.Matters.Begin(r.Context(), "recognition", "", map[string]any{"place": place.ID, "program": r.PostForm.Get("program"), "year": float64(p.yearOf(r))})
	if err != nil {
		return shown(err)
	}
	return p.Done(w, r, "/matters/"+url.PathEscape(m.Number)+"/form", ui.T("申请已建立，请补充说明后提交", "The application was begun: add your statement and submit it"))
}

// appeal begins an appeal against a removal.
func (p *pages) appeal(w http.ResponseWriter, r *http.Request) error {
	m, err := p.zone.Matters.Begin(r.Context(), "recognition-appeal", "", map[string]any{"recognition": float64(whole(r.PathValue("number")))})
	if err != nil {
		return shown(err)
	}
	return p.Done(w, r, "/matters/"+url.PathEscape(m.Number)+"/form", ui.T("申诉已建立，请写明理由后提交", "The appeal was begun: state your grounds and submit it"))
}

type mineView struct {
	rows  []membership
	today string
}

// membership is one of the caller's with its place.
type membership struct {
	*park.Member
	place    *park.Place
	operator string
}

func (p *pages) mine(w http.ResponseWriter, r *http.Request) error {
	list, err := p.zone.Park.MineOf(r.Context())
	if err != nil {
		return err
	}
	v := &mineView{today: p.zone.Park.Today().String()}
	for _, m := range list {
		place, err := p.zone.Park.PlaceOf(r.Context(), m)
		if err != nil {
			return shown(err)
		}
		v.rows = append(v.rows, membership{m, place, p.operatorName(r, place)})
	}
	return p.Show(w, r, ui.View{Title: ui.T("我的入驻", "My memberships"), Body: mine(v)})
}

func (p *pages) answer(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	_, err := p.zone.Park.Answer(r.Context(), park.Answer{Number: whole(r.PathValue("number")), Was: number(f.Get("revision")), Yes: f.Get("answer") == "yes", Share: f.Get("share") == "yes", Publish: f.Get("publish") == "yes"})
	return p.done(w, r, err, "/memberships", ui.T("已答复", "Answered"))
}

func (p *pages) leave(w http.ResponseWriter, r *http.Request) error {
	last, err := day(r, "until")
	if err != nil {
		return err
	}
	back := "/memberships"
	if place := r.PostForm.Get("place"); place != "" {
		back = at(place)
	}
	_, err = p.zone.Park.Leave(r.Context(), whole(r.PathValue("number")), number(r.PostForm.Get("revision")), last, "")
	return p.done(w, r, err, back, ui.T("已登记", "Recorded"))
}

func (p *pages) recognitionAct(w http.ResponseWriter, r *http.Request) error {
	f, ctx := r.PostForm, r.Context()
	n, was, reason := whole(r.PathValue("number")), number(f.Get("revision")), f.Get("reason")
	var err error
	what := ui.T("已办理", "Done")
	switch f.Get("act") {
	case "warn":
		var by clock.Day
		if by, err = day(r, "mend_by"); err == nil {
			_, err = p.zone.Park.Warn(ctx, n, was, by, reason)
		}
		what = ui.T("已警告，限期整改", "Warned, with a time to mend")
	case "lift":
		_, err = p.zone.Park.Lift(ctx, n, was, reason)
		what = ui.T("已解除警告", "The warning was lifted")
	case "remove":
		_, err = p.zone.Park.Remove(ctx, n, was, reason)
		what = ui.T("已撤销认定", "The recognition was removed")
	default:
		err = park.ErrState
	}
	return p.done(w, r, err, back(r), what)
}

// back is the place that a form belongs to, or the worklist.
func back(r *http.Request) string {
	if place := r.PostForm.Get("place"); place != "" {
		return at(place)
	}
	return "/recognitions"
}

func (p *pages) assess(w http.ResponseWriter, r *http.Request) error {
	_, err := p.zone.Park.Assess(r.Context(), whole(r.PathValue("number")), int(whole(r.PostForm.Get("year"))))
	return p.done(w, r, err, back(r), ui.T("已按评分卡考核，待作结论", "Assessed by the score card; the outcome is to be decided"))
}

func (p *pages) conclude(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	_, err := p.zone.Park.Conclude(r.Context(), whole(r.PathValue("number")), int(whole(f.Get("year"))), park.Outcome(f.Get("outcome")), f.Get("reason"))
	return p.done(w, r, err, back(r), ui.T("已作出结论", "Concluded"))
}

// application is an application with its place and program in words.
type application struct {
	*park.Application
	place      *park.Place
	program    ui.Text
	objections []park.Objection
}

type workView struct {
	office       bool
	applications []application
	watched      []watched
}

type watched struct {
	*park.Recognition
	place   *park.Place
	program ui.Text
}

func (p *pages) applicationsOf(r *http.Request, list []*park.Application) ([]application, error) {
	var out []application
	for _, a := range list {
		place, err := p.zone.Park.Get(r.Context(), a.Place)
		if err != nil {
			return nil, shown(err)
		}
		objections, err := p.zone.Park.Objections(r.Context(), a.Matter)
		if err != nil {
			return nil, err
		}
		out = append(out, application{a, place, p.programTitle(a.Program), objections})
	}
	return out, nil
}

func (p *pages) worklist(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &workView{office: park.Office(ctx)}
	list, err := p.zone.Park.Applications(ctx)
	if err != nil {
		return err
	}
	if v.applications, err = p.applicationsOf(r, list); err != nil {
		return err
	}
	if access.Of(ctx).Scope(access.ParkRead) == access.Zone {
		found, err := p.zone.Park.Worklist(ctx)
		if err != nil {
			return shown(err)
		}
		for _, g := range found {
			place, err := p.zone.Park.Get(ctx, g.Place)
			if err != nil {
				return shown(err)
			}
			v.watched = append(v.watched, watched{g, place, p.programTitle(g.Program)})
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("认定工作台", "Recognition worklist"), Wide: true, Body: worklist(v)})
}

type publicationsView struct {
	rows   []application
	signed bool
}

func (p *pages) publications(w http.ResponseWriter, r *http.Request) error {
	list, err := p.zone.Park.Publications(r.Context())
	if err != nil {
		return err
	}
	v := &publicationsView{}
	who := access.Of(r.Context())
	v.signed = who != nil && who.ID != ""
	if v.rows, err = p.applicationsOf(r, list); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("认定公示", "Recognitions published"), Body: publications(v)})
}

func (p *pages) publish(w http.ResponseWriter, r *http.Request) error {
	_, err := p.zone.Park.Publish(r.Context(), r.PathValue("matter"))
	return p.done(w, r, err, "/recognitions", ui.T("公示已开始", "The publication has begun"))
}

func (p *pages) object(w http.ResponseWriter, r *http.Request) error {
	err := p.zone.Park.Object(r.Context(), r.PathValue("matter"), r.PostForm.Get("note"))
	return p.done(w, r, err, "/recognitions/publications", ui.T("异议已收到，主管部门将答复", "Your objection was taken; the office will answer"))
}

func (p *pages) settle(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	err := p.zone.Park.Settle(r.Context(), r.PathValue("matter"), whole(f.Get("line")), f.Get("answer"), f.Get("upheld") == "yes")
	return p.done(w, r, err, "/recognitions", ui.T("异议已答复", "The objection was answered"))
}
