// Package webhooks is the pages of webhooks (推送): where an organisation's
// programs get events, each delivery with what was sent and answered, dead
// letters with their replay; and the bell's list of notices.
//
// Invariants: a secret is shown once, on the answer to the form that made it;
// what belongs to another organisation is as if it were not there, which package
// notify decides.
package webhooks

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/notify"
)

type pages struct {
	*ui.Shell
	notify *notify.Service
	now    func() time.Time
}

// Register registers the pages.
func Register(s *ui.Shell, n *notify.Service, now func() time.Time) {
	p := &pages{s, n, now}
	s.Nav(ui.Item{Group: ui.Administration, Path: "/webhooks", ZH: "推送", EN: "Webhooks", Icon: "webhook", Need: access.WebhookManage})
	need := access.WebhookManage
	s.Get("/webhooks", need, p.list)
	s.Post("/webhooks", need, p.add)
	s.Get("/webhooks/new", need, p.blank)
	s.Get("/webhooks/{id}", need, p.one)
	s.Get("/webhooks/{id}/edit", need, p.edit)
	s.Post("/webhooks/{id}/edit", need, p.change)
	s.Post("/webhooks/{id}/secret", need, p.rotate)
	s.Post("/webhooks/{id}/test", need, p.test)
	s.Post("/webhooks/{id}/remove", need, p.remove)
	s.Post("/webhooks/{id}/replay", need, p.replayAll)
	s.Get("/webhooks/{id}/deliveries/{delivery}", need, p.delivery)
	s.Post("/webhooks/{id}/deliveries/{delivery}/replay", need, p.replay)
	s.Get("/notices", access.WorkbenchRead, p.notices)
	s.Post("/notices/read", access.WorkbenchRead, p.readAll)
	s.Post("/notices/{notice}/open", access.WorkbenchRead, p.open)
}

// told puts what people can do something about into words.
func told(err error) error {
	switch {
	case errors.Is(err, notify.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, notify.ErrChanged):
		return &ui.Problem{Status: 412, What: ui.T("内容已被他人修改", "Somebody changed it since you read it"), Mend: ui.T("重新打开后再修改", "Open it again, then change it")}
	case errors.Is(err, notify.ErrTooMany):
		return &ui.Problem{Status: 409, What: ui.T("推送地址数量已达上限", "There are as many webhooks as there may be"), Mend: ui.T("先删除不用的推送地址", "Remove one that is not used first")}
	}
	return err
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	list, err := p.notify.EndpointsFor(r.Context(), access.Of(r.Context()))
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("推送", "Webhooks"), Body: listPage(list)})
}

// form is what the form of an endpoint shows.
type form struct {
	notify.Endpoint
	Fresh  bool
	Codes  string
	Faults map[string]ui.Text // by field
}

func (f form) fault(field string) ui.Text { return f.Faults[field] }

// typeOptions are the kinds of events to choose from.
func typeOptions() []ui.Option {
	var out []ui.Option
	for _, t := range notify.Types() {
		if t.Name != notify.WebhookTest {
			out = append(out, ui.Option{Value: t.Name, Label: ui.T(t.ZH+"（"+t.Name+"）", t.EN+" ("+t.Name+")")})
		}
	}
	return out
}

func (p *pages) blank(w http.ResponseWriter, r *http.Request) error {
	codes, err := notify.CodesFor(access.Of(r.Context()), nil)
	if err != nil {
		return err
	}
	return p.showForm(w, r, form{Fresh: true, Endpoint: notify.Endpoint{Active: true}, Codes: strings.Join(codes, " ")})
}

func (p *pages) showForm(w http.ResponseWriter, r *http.Request, f form) error {
	v := ui.View{Title: ui.T("新增推送地址", "New webhook"), Body: formPage(f), Back: "/webhooks", BackTo: ui.T("推送", "Webhooks")}
	if !f.Fresh {
		v.Title, v.Back, v.BackTo = ui.T("修改推送地址", "Change the webhook"), "/webhooks/"+f.ID, ui.T("推送地址", "Webhook")
	}
	if len(f.Faults) > 0 {
		v.Status = http.StatusUnprocessableEntity
	}
	return p.Show(w, r, v)
}

// read reads the form.
func read(r *http.Request) form {
	v := r.PostForm
	f := form{Codes: v.Get("codes"), Faults: map[string]ui.Text{}}
	f.URL, f.Note, f.Types, f.Active = strings.TrimSpace(v.Get("url")), v.Get("note"), v["types"], v.Get("active") == "yes"
	f.Endpoint.Codes = strings.FieldsFunc(f.Codes, func(c rune) bool { return strings.ContainsRune(" ,;，；、\t\r\n", c) })
	f.Revision, _ = strconv.ParseUint(v.Get("revision"), 10, 64) // 0 does not look
	return f
}

// keep puts the faults of a form beside their fields; false: it is something
// else.
func (f *form) keep(err error) bool {
	found := false
	for _, e := range flatten(err) {
		var fault *notify.Fault
		if errors.As(e, &fault) {
			found = true
			f.Faults[fault.Field] = ui.T(fault.ZH+"。"+fault.FixZH, fault.EN+": "+fault.FixEN)
		}
	}
	return found
}

// flatten is the errors that were joined.
func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func (p *pages) add(w http.ResponseWriter, r *http.Request) error {
	who := access.Of(r.Context())
	f := read(r)
	f.Fresh = true
	codes, err := notify.CodesFor(who, f.Endpoint.Codes)
	if err == nil {
		var e *notify.Endpoint
		var secret string
		if e, secret, err = p.notify.Add(r.Context(), notify.By(who), notify.Endpoint{Owner: notify.Owner(who), URL: f.URL, Note: f.Note, Types: f.Types, Codes: codes}); err == nil {
			return p.showSecret(w, r, e.ID, secret)
		}
	}
	if f.keep(err) {
		return p.showForm(w, r, f)
	}
	return told(err)
}

func (p *pages) showSecret(w http.ResponseWriter, r *http.Request, id, secret string) error {
	return p.Show(w, r, ui.View{Title: ui.T("签名密钥", "Signing secret"), Body: secretPage(id, secret), Back: "/webhooks/" + id, BackTo: ui.T("推送地址", "Webhook")})
}

// endpoint is the one that the path names, if the caller manages it.
func (p *pages) endpoint(r *http.Request) (*notify.Endpoint, error) {
	e, err := p.notify.EndpointFor(r.Context(), access.Of(r.Context()), r.PathValue("id"))
	return e, told(err)
}

// one shows an endpoint with its deliveries.
type one struct {
	notify.Endpoint
	Deliveries  []notify.Delivery
	State       string
	First, Next string
	Today       clock.Day
}

const pageSize = 40

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	e, err := p.endpoint(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := one{Endpoint: *e, State: q.Get("state"), Today: clock.DayOf(p.now())}
	f := notify.Filter{Endpoint: e.ID, Any: true, Limit: pageSize}
	for _, s := range states {
		if s.String() == v.State {
			f.State, f.Any = s, false
		}
	}
	f.Before, _ = strconv.ParseUint(q.Get("before"), 10, 63) // what is no number is the first page
	if v.Deliveries, err = p.notify.Deliveries(r.Context(), f); err != nil {
		return err
	}
	address := func(before uint64) string {
		a := url.Values{}
		if v.State != "" {
			a.Set("state", v.State)
		}
		if before != 0 {
			a.Set("before", strconv.FormatUint(before, 10))
		}
		return "/webhooks/" + e.ID + "?" + a.Encode()
	}
	if n := len(v.Deliveries); n == pageSize {
		v.Next = address(v.Deliveries[n-1].ID)
	}
	if f.Before != 0 {
		v.First = address(0)
	}
	return p.Show(w, r, ui.View{Title: ui.T("推送地址", "Webhook"), Body: onePage(v), Back: "/webhooks", BackTo: ui.T("推送", "Webhooks"), Wide: true})
}

func (p *pages) edit(w http.ResponseWriter, r *http.Request) error {
	e, err := p.endpoint(r)
	if err != nil {
		return err
	}
	return p.showForm(w, r, form{Endpoint: *e, Codes: strings.Join(e.Codes, " ")})
}

func (p *pages) change(w http.ResponseWriter, r *http.Request) error {
	e, err := p.endpoint(r)
	if err != nil {
		return err
	}
	who := access.Of(r.Context())
	f := read(r)
	f.ID, f.Owner = e.ID, e.Owner
	if f.Endpoint.Codes, err = notify.CodesFor(who, f.Endpoint.Codes); err == nil {
		err = p.notify.Change(r.Context(), notify.By(who), f.Endpoint)
	}
	if err == nil {
		return p.Done(w, r, "/webhooks/"+e.ID, ui.T("已保存", "Saved"))
	}
	if f.keep(err) {
		return p.showForm(w, r, f)
	}
	return told(err)
}

func (p *pages) rotate(w http.ResponseWriter, r *http.Request) error {
	e, err := p.endpoint(r)
	if err != nil {
		return err
	}
	overlap, err := time.ParseDuration(r.PostForm.Get("overlap"))
	if err != nil || overlap < 0 || overlap > 7*24*time.Hour {
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("并存时间不正确", "Not a length of time"), Mend: ui.T("从列表中选择", "Choose of the list")}
	}
	secret, err := p.notify.Rotate(r.Context(), notify.By(access.Of(r.Context())), e.ID, overlap)
	if err != nil {
		return told(err)
	}
	return p.showSecret(w, r, e.ID, secret)
}

func (p *pages) test(w http.ResponseWriter, r *http.Request) error {
	e, err := p.endpoint(r)
	if err != nil {
		return err
	}
	n, err := p.notify.Test(r.Context(), notify.By(access.Of(r.Context())), e.ID)
	if err != nil {
		return told(err)
	}
	return p.Done(w, r, "/webhooks/"+e.ID+"/deliveries/"+strconv.FormatUint(n, 10), ui.T("测试推送已排队，片刻后刷新查看结果", "The delivery is queued: look again in a moment"))
}

func (p *pages) remove(w http.ResponseWriter, r *http.Request) error {
	e, err := p.endpoint(r)
	if err != nil {
		return err
	}
	if err := p.notify.Remove(r.Context(), notify.By(access.Of(r.Context())), e.ID); err != nil {
		return told(err)
	}
	return p.Done(w, r, "/webhooks", ui.T("推送地址已删除", "The webhook is removed"))
}

func (p *pages) replayAll(w http.ResponseWriter, r *http.Request) error {
	e, err := p.endpoint(r)
	if err != nil {
		return err
	}
	day, err := clock.ParseDay(r.PostForm.Get("since"))
	if err != nil {
		return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("日期不正确", "Not a day"), Mend: ui.T("按 2026-03-01 填写", "Enter such as 2026-03-01")}
	}
	n, err := p.notify.ReplaySince(r.Context(), notify.By(access.Of(r.Context())), e.ID, day.Time())
	if err != nil {
		return told(err)
	}
	count := strconv.Itoa(n)
	return p.Done(w, r, "/webhooks/"+e.ID, ui.T("已重新排队 "+count+" 条死信", count+" dead letters are on their way again"))
}

// sent is a delivery with what was sent and answered.
type sent struct {
	notify.Delivery
	Body     string
	Attempts []notify.Attempt
}

// one delivery by its number in the path.
func (p *pages) read(r *http.Request) (*sent, error) {
	n, err := strconv.ParseUint(r.PathValue("delivery"), 10, 63)
	if err != nil {
		return nil, ui.NotFound()
	}
	d, body, attempts, err := p.notify.DeliveryFor(r.Context(), access.Of(r.Context()), r.PathValue("id"), n)
	if err != nil {
		return nil, told(err)
	}
	return &sent{*d, indented(body), attempts}, nil
}

func (p *pages) delivery(w http.ResponseWriter, r *http.Request) error {
	d, err := p.read(r)
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("推送记录", "Delivery"), Body: deliveryPage(d), Back: "/webhooks/" + d.Endpoint, BackTo: ui.T("推送地址", "Webhook")})
}

func (p *pages) replay(w http.ResponseWriter, r *http.Request) error {
	d, err := p.read(r)
	if err != nil {
		return err
	}
	if err := p.notify.Replay(r.Context(), notify.By(access.Of(r.Context())), d.Endpoint, d.ID); err != nil && !errors.Is(err, notify.ErrNotFound) {
		return err // one that waits is on its way already
	}
	return p.Done(w, r, "/webhooks/"+d.Endpoint+"/deliveries/"+strconv.FormatUint(d.ID, 10), ui.T("已重新排队", "It is on its way again"))
}

func fact(name ui.Text, value templ.Component) ui.Fact { return ui.Fact{Name: name, Value: value} }
