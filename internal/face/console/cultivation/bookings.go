package cultivation

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/growth/cultivation/booking"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

func (p *pages) registerBookings() {
	p.Nav(ui.Item{Group: ui.Parks, Path: "/bookings", ZH: "共享资源预约", EN: "Bookings", Icon: "clock", Need: access.BookingMake})
	p.get("/bookings", access.BookingMake, p.bookings)
	p.get("/bookings/calendar", access.BookingMake, p.bookingCalendar)
	p.get("/bookings/{id}", access.BookingMake, p.booking)
	p.get("/bookings/{id}/calendar", access.BookingMake, p.oneCalendar)
	p.post("/bookings/{id}/cancel", access.BookingMake, p.cancelBooking)
	p.post("/bookings/{id}/check-in", access.ParkManage, p.checkInBooking)
	p.get("/resources/{id}", access.BookingMake, p.resource)
	p.form("/resources/{id}/book", access.BookingMake, p.book, p.resource)
	p.form("/resources", access.ParkManage, p.saveResource, p.bookings)
	p.form("/resources/{id}", access.ParkManage, p.saveResource, p.resource)
}

func (p *pages) bookings(w http.ResponseWriter, r *http.Request) error {
	ctx, now := r.Context(), p.zone.Config.Clock.Now()
	kind := booking.Kind(r.URL.Query().Get("kind"))
	places, err := p.rooms.Bookings.Resources(ctx, kind, false)
	if err != nil {
		return err
	}
	mine, err := p.rooms.Bookings.Bookings(ctx, now.AddDate(0, 0, -14), 200)
	if err != nil {
		return err
	}
	views := []tab{{"/bookings", ui.T("全部", "All"), kind == ""}}
	for _, k := range booking.Kinds() {
		views = append(views, tab{"/bookings?kind=" + string(k), words(k.Words()), k == kind})
	}
	list := table{label: ui.T("可预约资源", "What can be booked"), heads: []ui.Text{ui.T("名称", "Title"), ui.T("类别", "Kind"), ui.T("地点", "Place"), ui.T("提供方", "Kept by"), ui.T("席位", "Seats"), ui.T("状态", "State")},
		none: ui.T("还没有可预约的资源", "There is nothing to book yet"), cure: ui.T("园区可在本页开放工位、直播间和导师", "Parks open workstations, live rooms and mentors here")}
	for _, v := range places {
		list.add(link(fmt.Sprintf("/resources/%d", v.ID), data(v.Title)), word(v.Kind.Words()), data(v.Place), p.party(ctx, v.Owner), number(v.Seats), activeChip(v.Active))
	}
	body := []templ.Component{tabs(ui.T("类别", "Kinds"), views), sheet(list)}
	if access.Of(ctx).May(access.ParkManage) {
		body = append(body, entry(resourceForm(nil)))
	}
	made := table{label: ui.T("预约", "Bookings"), heads: []ui.Text{ui.T("编号", "No."), ui.T("资源", "What"), ui.T("时间", "When"), ui.T("预约方", "For"), ui.T("状态", "State")},
		none: ui.T("近期没有预约", "No bookings of late"), cure: ui.T("从上面选择资源和时段", "Choose a resource and slots above")}
	for _, b := range mine {
		made.add(link(fmt.Sprintf("/bookings/%d", b.ID), number(b.ID)), data(b.Title), cell(span(b.Starts, b.Ends)), p.party(ctx, b.Party), bookingChip(b.State))
	}
	body = append(body, card(ui.T("预约记录", "Bookings"), sheet(made), link("/bookings/calendar", said(ui.T("下载日历文件（ICS）", "Calendar file (ICS)")))))
	return p.Show(w, r, ui.View{Title: ui.T("共享资源预约", "Bookings"), Wide: true, Body: parts(body)})
}

func activeChip(active bool) templ.Component {
	if active {
		return ui.Chip("green", "circle-check", ui.T("开放", "open"))
	}
	return ui.Chip("grey", "lock", ui.T("停用", "closed"))
}

func bookingChip(s booking.State) templ.Component {
	return chip(map[booking.State]string{booking.Booked: "blue", booking.Cancelled: "grey", booking.Attended: "green", booking.Missed: "red"}[s], s.Words())
}

// span is from when to when, in Beijing.
func span(from, to int64) string {
	a, b := clock.FromMicros(from).In(clock.Beijing), clock.FromMicros(to).In(clock.Beijing)
	if a.Format("20060102") == b.Format("20060102") {
		return a.Format("2006-01-02 15:04") + "–" + b.Format("15:04")
	}
	return a.Format("2006-01-02 15:04") + " – " + b.Format("2006-01-02 15:04")
}

func (p *pages) bookingCalendar(w http.ResponseWriter, r *http.Request) error {
	list, err := p.rooms.Bookings.Bookings(r.Context(), p.zone.Config.Clock.Now(), 500)
	if err != nil {
		return err
	}
	return p.calendar(w, "bookings.ics", booking.Calendar(list, p.zone.Config.Clock.Now()))
}

func (p *pages) oneCalendar(w http.ResponseWriter, r *http.Request) error {
	b, err := p.rooms.Bookings.Booking(r.Context(), id(r, "id"))
	if err != nil {
		return err
	}
	return p.calendar(w, fmt.Sprintf("booking-%d.ics", b.ID), booking.Calendar([]booking.Booking{*b}, p.zone.Config.Clock.Now()))
}

// calendar sends an iCalendar file.
func (p *pages) calendar(w http.ResponseWriter, name string, file []byte) error {
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(file) // the reader has gone: nobody to tell
	return nil
}

func (p *pages) booking(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	b, err := p.rooms.Bookings.Booking(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	past, err := p.rooms.Bookings.History(ctx, "booking", b.ID)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("/bookings/%d", b.ID)
	var offered []act
	if b.State == booking.Booked {
		offered = append(offered, act{at + "/cancel", ui.T("取消预约", "Cancel"), nil, true})
		if access.Of(ctx).May(access.ParkManage) {
			offered = append(offered, act{at + "/check-in", ui.T("登记到场", "They came"), []value{{"came", "yes"}}, false}, act{at + "/check-in", ui.T("登记未到场", "They did not come"), []value{{"came", "no"}}, true})
		}
	}
	facts := ui.Facts([]ui.Fact{{Name: ui.T("资源", "What"), Value: link(fmt.Sprintf("/resources/%d", b.Resource), data(b.Title))}, {Name: ui.T("地点", "Place"), Value: data(b.Place)}, {Name: ui.T("时间", "When"), Value: cell(span(b.Starts, b.Ends))},
		{Name: ui.T("席位", "Seat"), Value: number(b.Seat + 1)}, {Name: ui.T("预约方", "For"), Value: p.party(ctx, b.Party)}, {Name: ui.T("用途", "Purpose"), Value: data(b.Purpose)}, {Name: ui.T("状态", "State"), Value: bookingChip(b.State)}})
	n := strconv.FormatInt(b.ID, 10)
	left := []templ.Component{facts}
	if b.State == booking.Booked {
		left = append(left, note(ui.T("到场时报预约编号 "+n+" 登记", "Give the number "+n+" when you come")), link(at+"/calendar", said(ui.T("加入日历（ICS）", "Add to the calendar (ICS)"))))
	}
	return p.Show(w, r, ui.View{Title: ui.T("预约 "+n, "Booking "+n), Back: "/bookings", BackTo: ui.T("共享资源预约", "Bookings"), Body: columns([]templ.Component{card(ui.T("预约", "Booking"), append(left, acts(offered))...)}, []templ.Component{history(past)})})
}

func (p *pages) cancelBooking(w http.ResponseWriter, r *http.Request) error {
	_, err := p.rooms.Bookings.Cancel(r.Context(), id(r, "id"))
	return p.then(w, r, err, "/bookings", ui.T("预约已取消", "The booking was cancelled"))
}

func (p *pages) checkInBooking(w http.ResponseWriter, r *http.Request) error {
	_, err := p.rooms.Bookings.CheckIn(r.Context(), id(r, "id"), r.PostForm.Get("came") == "yes")
	return p.then(w, r, err, "/bookings", ui.T("已登记", "Recorded"))
}

func (p *pages) resource(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := p.rooms.Bookings.Resource(ctx, id(r, "id"))
	if err != nil {
		return err
	}
	on := p.dayShown(r)
	slots, err := p.rooms.Bookings.Day(ctx, v.ID, on)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("/resources/%d", v.ID)
	days := []tab{{at + "?day=" + on.AddDays(-1).String(), ui.T("前一天", "Day before"), false}, {at + "?day=" + on.String(), ui.T(on.String(), on.String()), true}, {at + "?day=" + on.AddDays(1).String(), ui.T("后一天", "Day after"), false}}
	list := table{label: ui.T("时段", "Slots"), heads: []ui.Text{ui.T("时段", "Slot"), ui.T("空余席位", "Free seats")}, none: ui.T("当日不开放", "Closed on this day"), cure: ui.T("选择其他日期", "Choose another day")}
	var free []ui.Option
	for _, s := range slots {
		list.add(cell(span(s.Starts, s.Ends)), number(s.Free))
		if text := span(s.Starts, s.Ends); s.Free > 0 && s.Starts > clock.Micros(p.zone.Config.Clock.Now()) {
			free = append(free, ui.Option{Value: strconv.FormatInt(s.Starts, 10), Label: ui.T(text, text)})
		}
	}
	left := []templ.Component{tabs(ui.T("日期", "Days"), days), sheet(list)}
	if len(free) > 0 && v.Active {
		left = append(left, entry(form{title: ui.T("预约", "Book"), action: at + "/book", prefix: "book", plain: true, send: ui.T("预约", "Book"), fields: []ui.Field{
			{Name: "starts", Label: ui.T("开始时段", "First slot"), Kind: "select", Options: free, Required: true},
			{Name: "slots", Label: ui.T("连续时段数", "Slots in a row"), Value: "1", Kind: "number", Hint: ui.T(fmt.Sprintf("最多 %d 个", v.MostSlots), fmt.Sprintf("at most %d", v.MostSlots))},
			{Name: "purpose", Label: ui.T("用途", "Purpose")}}}))
	}
	facts := ui.Facts([]ui.Fact{{Name: ui.T("类别", "Kind"), Value: word(v.Kind.Words())}, {Name: ui.T("地点", "Place"), Value: data(v.Place)}, {Name: ui.T("提供方", "Kept by"), Value: p.party(ctx, v.Owner)}, {Name: ui.T("席位", "Seats"), Value: number(v.Seats)},
		{Name: ui.T("开放时间", "Hours"), Value: cell(minutes(v.Opens) + "–" + minutes(v.Closes))}, {Name: ui.T("可提前预约", "Booked ahead"), Value: said(ui.T(fmt.Sprintf("%d 天", v.Ahead), fmt.Sprintf("%d days", v.Ahead)))},
		{Name: ui.T("免责取消", "Cancel until"), Value: said(ui.T(fmt.Sprintf("开始前 %d 小时", v.CancelHours), fmt.Sprintf("%d hours before", v.CancelHours)))}, {Name: ui.T("说明", "Note"), Value: data(v.Note)}})
	right := []templ.Component{card(ui.T("资源", "What"), facts)}
	if own(ctx, access.ParkManage) || office(ctx, access.ParkManage) {
		right = append(right, entry(resourceForm(v)))
	}
	return p.Show(w, r, ui.View{Title: ui.T(v.Title, v.Title), Back: "/bookings", BackTo: ui.T("共享资源预约", "Bookings"), Body: columns(left, right)})
}

// dayShown is the day whose slots a page shows: the one asked for, that of a booking
// which was refused, else today.
func (p *pages) dayShown(r *http.Request) clock.Day {
	if on, err := clock.ParseDay(r.URL.Query().Get("day")); err == nil {
		return on
	}
	if no := refusalOf(r.Context()); no != nil {
		if us, err := strconv.ParseInt(no.form.Get("book-starts"), 10, 64); err == nil {
			if on := clock.DayOf(clock.FromMicros(us)); on.Valid() {
				return on
			}
		}
	}
	return p.today()
}

func minutes(n int64) string { return fmt.Sprintf("%02d:%02d", n/60, n%60) }

func (p *pages) book(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "book")
	ask := booking.Ask{Resource: id(r, "id"), Starts: f.whole("starts"), Slots: f.whole("slots"), Purpose: f.text("purpose")}
	if f.err != nil {
		return f.err
	}
	b, err := p.rooms.Bookings.Book(r.Context(), ask)
	if err != nil {
		return err
	}
	return p.Done(w, r, fmt.Sprintf("/bookings/%d", b.ID), ui.T("预约成功", "Booked"))
}

// resourceForm is the form of a resource, filled with one that is there.
func resourceForm(v *booking.Resource) form {
	f := form{title: ui.T("开放新的资源", "Open something to be booked"), action: "/resources", prefix: "resource", send: ui.T("保存", "Save")}
	if v == nil {
		v = &booking.Resource{Seats: 1, Slot: 60, Opens: 540, Closes: 1080, Weekdays: 0b0111110, Ahead: 14, CancelHours: 24, MostSlots: 4, Active: true}
	} else {
		f.title, f.action = ui.T("修改资源", "Change it"), fmt.Sprintf("/resources/%d", v.ID)
	}
	var kinds, days []ui.Option
	var open []string
	for _, k := range booking.Kinds() {
		kinds = append(kinds, ui.Option{Value: string(k), Label: words(k.Words())})
	}
	names := []ui.Text{ui.T("周日", "Sunday"), ui.T("周一", "Monday"), ui.T("周二", "Tuesday"), ui.T("周三", "Wednesday"), ui.T("周四", "Thursday"), ui.T("周五", "Friday"), ui.T("周六", "Saturday")}
	for i, name := range names {
		days = append(days, ui.Option{Value: strconv.Itoa(i), Label: name})
		if v.Weekdays>>i&1 == 1 {
			open = append(open, strconv.Itoa(i))
		}
	}
	n := func(x int64) string { return strconv.FormatInt(x, 10) }
	active := map[bool]string{true: "yes"}[v.Active]
	f.fields = []ui.Field{{Name: "kind", Label: ui.T("类别", "Kind"), Kind: "select", Options: kinds, Value: string(v.Kind)}, {Name: "title", Label: ui.T("名称", "Title"), Value: v.Title, Required: true, Max: 80}, {Name: "place", Label: ui.T("地点", "Place"), Value: v.Place, Required: true, Max: 120},
		{Name: "seats", Label: ui.T("席位数", "Seats"), Value: n(v.Seats), Kind: "number"}, {Name: "slot", Label: ui.T("时段长度（分钟）", "Minutes of a slot"), Value: n(v.Slot), Kind: "number"},
		{Name: "opens", Label: ui.T("开放时刻", "Opens at"), Value: minutes(v.Opens), Kind: "time"}, {Name: "closes", Label: ui.T("关闭时刻", "Closes at"), Value: minutes(v.Closes), Kind: "time"},
		{Name: "days", Label: ui.T("开放日", "Days"), Kind: "checks", Options: days, Values: open}, {Name: "ahead", Label: ui.T("可提前预约天数", "Days ahead"), Value: n(v.Ahead), Kind: "number"},
		{Name: "cancel", Label: ui.T("可取消至开始前（小时）", "Cancel until (hours before)"), Value: n(v.CancelHours), Kind: "number"}, {Name: "most", Label: ui.T("单次最多时段数", "Slots of one booking"), Value: n(v.MostSlots), Kind: "number"},
		{Name: "active", Label: ui.T("开放预约", "Open"), Kind: "checkbox", Value: active}, {Name: "note", Label: ui.T("说明", "Note"), Value: v.Note, Max: 500}}
	return f
}

func (p *pages) saveResource(w http.ResponseWriter, r *http.Request) error {
	f := of(r, "resource")
	v := booking.Resource{ID: id(r, "id"), Kind: booking.Kind(f.text("kind")), Title: f.text("title"), Place: f.text("place"), Seats: f.whole("seats"), Slot: f.whole("slot"), Opens: f.minute("opens"), Closes: f.minute("closes"),
		Ahead: f.whole("ahead"), CancelHours: f.whole("cancel"), MostSlots: f.whole("most"), Active: f.yes("active"), Note: f.text("note")}
	for _, d := range r.PostForm["resource-days"] {
		if n, err := strconv.Atoi(d); err == nil && n >= 0 && n < 7 {
			v.Weekdays |= 1 << n
		}
	}
	if f.err != nil {
		return f.err
	}
	saved, err := p.rooms.Bookings.Save(r.Context(), v)
	if err != nil {
		return err
	}
	return p.Done(w, r, "/resources/"+url.PathEscape(strconv.FormatInt(saved.ID, 10)), ui.T("已保存", "Saved"))
}
