// Package cultivation is the pages of cultivation (培育服务): the enterprise
// repository, the attraction pipeline, fairs, events, bookings, talent, the AEO
// self-check and matching; each for the enterprises, people and parks that use it and
// for the offices that run it.
//
// Invariants: what a page offers is what its reader may do; what is another's is
// answered as if it were not there, by the room; every score opens its working.
package cultivation

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/growth/cultivation"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/internal/kernel/scorecard"
)

type pages struct {
	*ui.Shell
	zone  *zone.Zone
	rooms *zone.Cultivation
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z, &z.Cultivation}
	p.registerRepository()
	p.registerPipeline()
	p.registerFairs()
	p.registerEvents()
	p.registerBookings()
	p.registerTalent()
	p.registerAEO()
	p.registerMatching()
}

// get and post register pages whose refusals are shown in words.
func (p *pages) get(path string, need access.Permission, h ui.Handler) { p.Get(path, need, shown(h)) }

func (p *pages) post(path string, need access.Permission, h ui.Handler) {
	p.Post(path, need, shown(h))
}

func shown(h ui.Handler) ui.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return inWords(h(w, r)) }
}

// inWords makes a problem with words of a refusal of the rooms.
func inWords(err error) error {
	var refusal *cultivation.Refusal
	var list matter.Problems
	switch {
	case errors.As(err, &refusal):
		if refusal.Cause == cultivation.CauseMissing {
			return ui.NotFound()
		}
		return problem(refusal)
	case errors.As(err, &list):
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T(list[0].ZH, list[0].EN), Mend: ui.T(list[0].FixZH, list[0].FixEN)}
	case errors.Is(err, matter.ErrDenied):
		return &ui.Problem{Status: http.StatusForbidden, What: ui.T("无权办理", "This is not yours to do"), Mend: ui.T("由企业账号办理", "Have an account of the enterprise do it")}
	case errors.Is(err, fact.ErrNotFound), errors.Is(err, matter.ErrNotFound):
		return ui.NotFound()
	}
	return err
}

// problem is a refusal in words.
func problem(v *cultivation.Refusal) *ui.Problem {
	status := map[cultivation.Cause]int{cultivation.CauseDenied: http.StatusForbidden, cultivation.CauseConflict: http.StatusConflict}[v.Cause]
	if status == 0 {
		status = http.StatusUnprocessableEntity
	}
	return &ui.Problem{Status: status, What: ui.T(v.ZH, v.EN), Mend: ui.T(v.FixZH, v.FixEN)}
}

// then leads on when something was done.
func (p *pages) then(w http.ResponseWriter, r *http.Request, err error, to string, what ui.Text) error {
	if err != nil {
		return err
	}
	return p.Done(w, r, to, what)
}

func (p *pages) today() clock.Day { return clock.DayOf(p.zone.Config.Clock.Now()) }

// table is what sheet shows.
type table struct {
	label      ui.Text
	heads      []ui.Text
	rows       [][]templ.Component
	none, cure ui.Text
}

func (t *table) add(cells ...templ.Component) { t.rows = append(t.rows, cells) }

// form is what entry shows. The names of its fields begin with its prefix, so that a
// page may have several.
type form struct {
	title   ui.Text
	action  string
	prefix  string
	fields  []ui.Field
	send    ui.Text
	choices []choice // instead of send
	plain   bool     // stands open
}

// choice is one of several ways to send a form.
type choice struct {
	name, value string
	label       ui.Text
	danger      bool
}

func (f form) named(v ui.Field) ui.Field {
	v.Name = f.prefix + "-" + v.Name
	return v
}

// act is a button that does one thing.
type act struct {
	action string
	label  ui.Text
	hidden []value
	danger bool
}

type value struct{ name, value string }

// tab is a view of a list.
type tab struct {
	href string
	text ui.Text
	on   bool
}

// sent reads what a form with a prefix sent.
type sent struct {
	r      *http.Request
	prefix string
	err    error
}

func of(r *http.Request, prefix string) *sent { return &sent{r: r, prefix: prefix} }

func (s *sent) text(name string) string {
	return strings.TrimSpace(s.r.PostForm.Get(s.prefix + "-" + name))
}

func (s *sent) yes(name string) bool { return s.text(name) == "yes" }

// code is an identifier: upper case, without blanks.
func (s *sent) code(name string) string { return strings.ToUpper(s.text(name)) }

// words are words with blanks or commas between.
func (s *sent) words(name string) []string {
	return strings.FieldsFunc(s.text(name), func(r rune) bool { return strings.ContainsRune(" ,，、;；\t\r\n", r) })
}

func (s *sent) fail(field string, what, mend ui.Text) {
	if s.err == nil {
		s.err = cultivation.Invalid("form", what.ZH, what.EN, mend.ZH, mend.EN).At(field)
	}
}

// whole is a whole number; nothing is nought.
func (s *sent) whole(name string) int64 {
	text := s.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		s.fail(name, ui.T("数字有误", "A number is not in order"), ui.T("填写整数", "Write whole numbers"))
	}
	return n
}

// yuan is an amount; nothing is nought.
func (s *sent) yuan(name string) money.Fen {
	text := s.text(name)
	if text == "" {
		return 0
	}
	v, err := money.ParseFen(text)
	if err != nil {
		s.fail(name, ui.T("金额有误", "An amount is not in order"), ui.T("以元填写，最多两位小数", "Write yuan with at most two decimals"))
	}
	return v
}

// day is a day; nothing is no day.
func (s *sent) day(name string) clock.Day {
	text := s.text(name)
	if text == "" {
		return 0
	}
	d, err := clock.ParseDay(text)
	if err != nil {
		s.fail(name, ui.T("日期有误", "A day is not in order"), ui.T("按 2026-03-01 的格式填写", "Write it as 2026-03-01"))
	}
	return d
}

// time is a time of Beijing, in µs UTC.
func (s *sent) time(name string) int64 {
	t, err := time.ParseInLocation("2006-01-02T15:04", s.text(name), clock.Beijing)
	if err != nil {
		s.fail(name, ui.T("时间有误", "A time is not in order"), ui.T("按 2026-03-01T09:00 的格式填写", "Write it as 2026-03-01T09:00"))
		return 0
	}
	return clock.Micros(t)
}

// minute is a time of the day, in minutes.
func (s *sent) minute(name string) int64 {
	hour, minute, ok := strings.Cut(s.text(name), ":")
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	if !ok || err1 != nil || err2 != nil || h < 0 || h > 24 || m < 0 || m > 59 {
		s.fail(name, ui.T("时刻有误", "A time of the day is not in order"), ui.T("按 09:00 的格式填写", "Write it as 09:00"))
	}
	return int64(h*60 + m)
}

// id is the number in a path; one that is none is of nothing that is there.
func id(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func words(t pack.Text) ui.Text { return ui.T(t.ZH, t.EN) }

// The cells of tables.
func cell(text string) templ.Component { return ui.Plain(text) }
func data(text string) templ.Component { return ui.Data(text) }
func word(t pack.Text) templ.Component { return said(words(t)) }
func when(us int64) templ.Component    { return ui.Plain(clockTime(us)) }
func day(d clock.Day) templ.Component  { return ui.Plain(ui.Day(d)) }
func chip(tone string, t pack.Text) templ.Component {
	icon := map[string]string{"green": "circle-check", "amber": "hourglass", "red": "circle-x", "blue": "arrow-right", "grey": "lock"}[tone]
	return ui.Chip(tone, icon, words(t))
}

func clockTime(us int64) string { return ui.Time(clock.FromMicros(us)) }

// party is for whom something is: an enterprise by name, an organisation, a person.
func (p *pages) party(ctx context.Context, party string) templ.Component {
	switch {
	case party == "":
		return said(ui.T("不公开", "not shown"))
	case strings.HasPrefix(party, "person:"):
		return said(ui.T("个人", "a person"))
	case strings.HasPrefix(party, "org:"):
		if o, err := p.zone.Accounts.Org(access.With(ctx, access.System()), strings.TrimPrefix(party, "org:")); err == nil {
			return data(o.Name)
		}
		return said(ui.T("机构", "an organisation"))
	}
	if f, err := p.zone.Registry.ByCode(ctx, party); err == nil {
		return ui.Firm(f.Name, party)
	}
	return ui.Firm("", party)
}

// office tells whether the reader sees to all by a permission.
func office(ctx context.Context, need access.Permission) bool {
	return access.Of(ctx).Scope(need) == access.Zone
}

// sends tells whether the reader has something of its own by a permission.
func own(ctx context.Context, need access.Permission) bool {
	return access.Of(ctx).Scope(need) == access.Own
}

// scoreTable is the working of a score.
func scoreTable(s *cultivation.Score) table {
	t := table{label: ui.T("评分过程", "Working of the points"), heads: []ui.Text{ui.T("指标", "Indicator"), ui.T("数值", "Figure"), ui.T("过程", "Working"), ui.T("得分", "Points"), ui.T("满分", "Of")}}
	for _, l := range s.Lines {
		have := said(ui.T("未知", "not known"))
		if l.Known {
			have = data(l.Have)
		}
		t.add(word(pack.Text(l.Title)), have, cell(l.Working), cell(scorecard.Points(l.Points)), cell(scorecard.Points(l.Weight)))
	}
	return t
}

// markWords says how far a rule can be trusted.
func markWords(mark string) ui.Text {
	return map[string]ui.Text{"seen": ui.T("已见原文", "text seen"), "recalled": ui.T("凭记忆，待核", "recalled, to be confirmed"), "inference": ui.T("推断", "our reading"), "design": ui.T("平台设定", "setting of the platform")}[mark]
}

// actWords are the acts of histories in words.
func actWords(act string) ui.Text {
	if t, ok := histories[act]; ok {
		return t
	}
	return ui.T("更新", "updated")
}

var histories = map[string]ui.Text{
	"opened": ui.T("新建", "opened"), "changed": ui.T("修改", "changed"), "announced": ui.T("发布", "announced"), "published": ui.T("公布分配结果", "published the result"), "closed": ui.T("关闭", "closed"), "cancelled": ui.T("取消", "cancelled"),
	"held": ui.T("登记举办", "held"), "applied": ui.T("申请", "applied"), "withdrawn": ui.T("退出", "withdrew"), "moved_up": ui.T("候补递补", "moved up"), "attended": ui.T("到场", "attended"), "absent": ui.T("未参展", "absent"), "missed": ui.T("未到场", "missed"),
	"registered": ui.T("登记", "registered"), "waiting": ui.T("候补", "waits"), "booked": ui.T("预约", "booked"), "lead": ui.T("转为线索", "made a lead"), "talks": ui.T("进入洽谈", "in talks"), "signed": ui.T("签约", "signed"), "operating": ui.T("投产运营", "operating"), "lost": ui.T("终止", "lost"),
	"proposed": ui.T("发起对接", "proposed"), "agreed": ui.T("同意", "agreed"), "declined": ui.T("谢绝", "declined"), "met": ui.T("登记洽谈", "recorded a meeting"), "deal_named": ui.T("登记成交", "named a deal"), "deal_confirmed": ui.T("确认成交", "confirmed a deal"),
	"assigned": ui.T("指定服务专员", "put in charge"), "marked": ui.T("列为重点企业", "made a key enterprise"), "unmarked": ui.T("取消重点企业", "no key enterprise any more"), "milestone": ui.T("资质进展", "status came on"),
	"answered": ui.T("作答", "answered"), "scored": ui.T("评分", "scored"), "task_done": ui.T("任务完成", "task done"), "task_confirmed": ui.T("任务确认", "task confirmed"), "task_open": ui.T("任务退回", "task opened again"),
}
