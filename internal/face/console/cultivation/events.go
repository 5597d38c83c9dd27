package cultivation

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/cultivation/event"
	"pilotzone/internal/kernel/access"
)

func (p *pages) registerEvents() {
	p.Nav(ui.Item{Group: ui.Parks, Path: "/events", ZH: "活动报名", EN: "Events", Icon: "users", Need: access.Public})
	p.get("/events", access.Public, p.events)
	p.get("/events/{id}", access.Public, p.event)
	p.get("/events/{id}/calendar", access.Public, p.eventCalendar)
	p.form("/events", access.ParkManage, p.holdEvent, p.events)
	p.form("/events/{id}/register", access.BookingMake, p.registerEvent, p.event)
	p.post("/events/{id}/cancel", access.BookingMake, p.cancelRegistration)
	p.form("/events/{id}/check-in", access.ParkManage, p.checkInEvent, p.event)
	p.post("/events/{id}/end", access.ParkManage, p.endEvent)
}

func (p *pages) events(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.rooms.Events.Events(ctx, p.zone.Config.Clock.Now().AddDate(0, 0, -30), 200)
	if err != nil {
		return err
	}
	t := table{label: ui.T("活动", "Events"), heads: []ui.Text{ui.T("活动", "Event"), ui.T("类别", "Kind"), ui.T("时间", "When"), ui.T("地点", "Place"), ui.T("名额", "Places"), ui.T("候补", "Waiting"), ui.T("状态", "State")},
		none: ui.T("近期没有活动", "No events now"), cure: ui.T("大赛、沙龙、人才对接会发布后在此报名", "Contests, salons and job fairs are announced here")}
	for _, e := range list {
		t.add(link(fmt.Sprintf("/events/%d", e.ID), data(e.Title)), word(e.Kind.Words()), cell(span(e.Starts, e.Ends)), data(e.Place), cell(fmt.Sprintf("%d / %d", e.Taken, e.Capacity)), number(e.Waiting), eventChip(e.State))
	}
	body := []templ.Component{sheet(t)}
	if access.Of(ctx).May(access.ParkManage) {
		var kinds []ui.Option
		for _, k := range event.Kinds() {
			kinds = append(kinds, ui.Option{Value: string(k), Label: words(k.Words())})
		}
		body = append(body, entry(form{title: ui.T("发布活动", "Announce an event"), action: "/events", prefix: "event", send: ui.T("发布", "Announce"), fields: []ui.Field{
			{Name: "kind", Label: ui.T("类别", "Kind"), Kind: "select", Options: kinds}, {Name: "title", Label: ui.T("名称", "Title"), Required: true, Max: 80}, {Name: "place", Label: ui.T("地点", "Place"), Required: true, Max: 120},
			{Name: "starts", Label: ui.T("开始", "Starts"), Kind: "datetime-local", Required: true}, {Name: "ends", Label: ui.T("结束", "Ends"), Kind: "datetime-local", Required: true}, {Name: "closes", Label: ui.T("报名截止", "Registration closes"), Kind: "datetime-local", Required: true},
			{Name: "capacity", Label: ui.T("名额", "Places"), Kind: "number", Value: "50"}, {Name: "summary", Label: ui.T("简介", "Summary"), Kind: "textarea", Max: 2000}}}))
	}
	return p.Show(w, r, ui.View{Title: ui.T("活动报名", "Events"), Wide: true, Body: parts(body)})
}

func eventChip(s event.State) templ.Component {
	return chip(map[event.State]string{event.Open: "green", event.Called: "red", event.Held: "grey"}[s], s.Words())
}

func (p *pages) event(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	e, err := p.rooms.Events.Event(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	at := fmt.Sprintf("/events/%d", e.ID)
	left := []templ.Component{card(ui.T("活动", "Event"), ui.Facts([]ui.Fact{{Name: ui.T("类别", "Kind"), Value: word(e.Kind.Words())}, {Name: ui.T("时间", "When"), Value: cell(span(e.Starts, e.Ends))}, {Name: ui.T("地点", "Place"), Value: data(e.Place)},
		{Name: ui.T("主办", "Held by"), Value: p.party(ctx, e.Host)}, {Name: ui.T("报名截止", "Registration closes"), Value: when(e.Closes)}, {Name: ui.T("名额", "Places"), Value: cell(fmt.Sprintf("%d / %d", e.Taken, e.Capacity))},
		{Name: ui.T("候补", "Waiting"), Value: number(e.Waiting)}, {Name: ui.T("状态", "State"), Value: eventChip(e.State)}, {Name: ui.T("简介", "Summary"), Value: data(e.Summary)}}),
		link(at+"/calendar", said(ui.T("下载日历文件（ICS）", "Calendar file (ICS)"))))}
	var right []templ.Component
	who := access.Of(ctx)
	if who.May(access.BookingMake) {
		if right, err = p.registrations(r, e); err != nil {
			return err
		}
	} else if who == nil {
		right = append(right, note(ui.T("登录后报名", "Sign in to register")), link("/sign-in?next="+at, said(ui.T("登录", "Sign in"))))
	}
	if who.May(access.ParkManage) && e.State == event.Open {
		right = append(right, card(ui.T("主办管理", "For who holds it"),
			entry(form{title: ui.T("签到", "Check in"), action: at + "/check-in", prefix: "check", plain: true, send: ui.T("签到", "Check in"), fields: []ui.Field{{Name: "code", Label: ui.T("签到码", "Check-in code"), Max: 8, Required: true}}}),
			acts([]act{{at + "/end", ui.T("登记已举办", "It was held"), []value{{"to", "held"}}, false}, {at + "/end", ui.T("取消活动", "Call it off"), []value{{"to", "cancelled"}}, true}})))
	}
	return p.Show(w, r, ui.View{Title: ui.T(e.Title, e.Title), Back: "/events", BackTo: ui.T("活动报名", "Events"), Body: columns(left, right)})
}

// registrations are those that the reader sees, and the form to register.
func (p *pages) registrations(r *http.Request, e *event.Event) ([]templ.Component, error) {
	ctx, at := r.Context(), fmt.Sprintf("/events/%d", e.ID)
	list, err := p.rooms.Events.Registrations(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	t := table{label: ui.T("报名", "Registrations"), heads: []ui.Text{ui.T("序号", "No."), ui.T("参加人", "Who comes"), ui.T("单位", "For"), ui.T("状态", "State"), ui.T("签到码", "Code"), ui.T("操作", "Do")},
		none: ui.T("还没有报名", "No registration yet"), cure: ui.T("名额满后按先后顺序候补", "When all places are taken one waits in the order of coming")}
	var mine []templ.Component
	for _, v := range list {
		var offered []act
		if v.State == event.Registered || v.State == event.Waiting {
			offered = []act{{at + "/cancel", ui.T("取消报名", "Cancel"), []value{{"number", fmt.Sprint(v.Number)}}, true}}
		}
		tone := map[event.Standing]string{event.Registered: "blue", event.Waiting: "amber", event.Attended: "green", event.Missed: "red", event.Cancelled: "grey"}[v.State]
		if v.Code != "" && len(offered) > 0 {
			mine = append(mine, ticket(&v, at))
		}
		t.add(number(v.Number), data(v.Name), p.party(ctx, v.Party), chip(tone, v.State.Words()), code(v.Code), acts(offered))
	}
	body := append(mine, sheet(t))
	if e.State == event.Open {
		body = append(body, entry(form{title: ui.T("报名", "Register"), action: at + "/register", prefix: "register", plain: true, send: ui.T("报名", "Register"), fields: []ui.Field{{Name: "name", Label: ui.T("参加人姓名", "Name of who comes"), Required: true, Max: 60, Hint: ui.T("加密保存，主办方看到的是遮掩后的姓名", "Stored sealed; who holds the event sees it masked")}}}))
	}
	return []templ.Component{card(ui.T("报名", "Registrations"), body...)}, nil
}

// ticket is what somebody who registered brings along: the check-in code, and the event
// for their calendar.
func ticket(v *event.Registration, at string) templ.Component {
	how := ui.T("到场时向主办方出示签到码", "Show the code to who holds the event when you come")
	if v.State == event.Waiting {
		how = ui.T("候补中：有名额时自动递补并通知，届时凭此码签到", "You wait for a place: you are told when there is one, and check in by this code then")
	}
	return several(ui.Facts([]ui.Fact{{Name: ui.T("参加人", "Who comes"), Value: data(v.Name)}, {Name: ui.T("签到码", "Check-in code"), Value: code(v.Code)}}), note(how), link(at+"/calendar", said(ui.T("加入日历（ICS）", "Add to the calendar (ICS)"))))
}

func (p *pages) eventCalendar(w http.ResponseWriter, r *http.Request) error {
	e, err := p.rooms.Events.Event(r.Context(), id(r, "id"))
	if err != nil {
		return err
	}
	return p.calendar(w, fmt.Sprintf("event-%d.ics", e.ID), event.Calendar([]event.Event{*e}, p.zone.Config.Clock.Now()))
}

func (p *pages) holdEvent(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "event")
	e := event.Event{Kind: event.Kind(f.text("kind")), Title: f.text("title"), Place: f.text("place"), Summary: f.text("summary"), Starts: f.time("starts"), Ends: f.time("ends"), Closes: f.time("closes"), Capacity: f.whole("capacity")}
	if f.err != nil {
		return f.err
	}
	got, err := p.rooms.Events.Hold(r.Context(), e)
	if err != nil {
		return err
	}
	return p.Done(w, r, fmt.Sprintf("/events/%d", got.ID), ui.T("活动已发布", "The event was announced"))
}

func (p *pages) registerEvent(w http.ResponseWriter, r *http.Request) error {
	got, err := p.rooms.Events.Register(r.Context(), id(r, "id"), "", of(r, "register").text("name"))
	if err != nil {
		return err
	}
	what := ui.T("报名成功，签到码见本页", "Registered: the check-in code is on this page")
	if got.State == event.Waiting {
		what = ui.T("名额已满，已进入候补", "All places are taken: you are on the waiting list")
	}
	return p.Done(w, r, fmt.Sprintf("/events/%d", got.Event), what)
}

func (p *pages) cancelRegistration(w http.ResponseWriter, r *http.Request) error {
	n := of(r, "").r.PostForm.Get("number")
	var number int64
	_, _ = fmt.Sscan(n, &number) // what is no number is of no registration
	err := p.rooms.Events.Cancel(r.Context(), id(r, "id"), number)
	return p.then(w, r, err, fmt.Sprintf("/events/%d", id(r, "id")), ui.T("报名已取消", "The registration was cancelled"))
}

func (p *pages) checkInEvent(w http.ResponseWriter, r *http.Request) error {
	_, err := p.rooms.Events.CheckIn(r.Context(), id(r, "id"), of(r, "check").text("code"))
	return p.then(w, r, err, fmt.Sprintf("/events/%d", id(r, "id")), ui.T("签到成功", "Checked in"))
}

func (p *pages) endEvent(w http.ResponseWriter, r *http.Request) error {
	err := p.rooms.Events.End(r.Context(), id(r, "id"), event.State(r.PostForm.Get("to")))
	return p.then(w, r, err, fmt.Sprintf("/events/%d", id(r, "id")), ui.T("已登记", "Recorded"))
}
