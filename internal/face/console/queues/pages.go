// Package queues is the pages of the officers' queues (监管工作队列): the queues with
// their figures, a queue with batch verdicts, and the page on which an officer
// works a case.
//
// Invariants: what a page offers is what the desk allows (package queue), which
// asks again when the form comes; a form carries the decision that the officer
// saw, so that a case which moved meanwhile is left as it is.
package queues

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pilotzone/internal/customs/queue"
	"pilotzone/internal/customs/story"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

// Stories tells the stories of parcels; *story.Teller does.
type Stories interface {
	Read(ctx context.Context, number uint64, pick story.Pick) (*story.Story, error)
}

type pages struct {
	*ui.Shell
	desk    *queue.Service
	stories Stories
	now     func() time.Time
}

// Register registers the pages.
func Register(s *ui.Shell, desk *queue.Service, stories Stories) {
	p := &pages{s, desk, stories, desk.Clock.Now}
	s.Nav(ui.Item{Group: ui.Clearance, Path: "/queues", ZH: "监管队列", EN: "Officers' queues", Icon: "gavel", Need: access.QueueWork})
	s.Get("/queues", access.QueueWork, p.all)
	s.Get("/queues/mine", access.QueueWork, p.mine)
	s.Get("/queues/{queue}", access.QueueWork, p.queue)
	s.Post("/queues/{queue}", access.VerdictGive, p.batch)
	s.Get("/queues/cases/{number}", access.QueueWork, p.one)
	for act, f := range map[string]func(context.Context, uint64, *http.Request) (ui.Text, error){"claim": p.claim, "release": p.release, "note": p.note} {
		s.Post("/queues/cases/{number}/"+act, access.QueueWork, p.act(f))
	}
	s.Post("/queues/cases/{number}/takeover", access.QueueSupervise, p.act(p.takeOver))
	s.Post("/queues/cases/{number}/verdict", access.VerdictGive, p.act(p.verdict))
	s.Post("/queues/cases/{number}/confirm", access.VerdictGive, p.act(p.confirm))
}

// all shows the queues with their figures.
func (p *pages) all(w http.ResponseWriter, r *http.Request) error {
	figures, err := p.desk.Figures(r.Context())
	if err != nil {
		return err
	}
	pressing, _, err := p.desk.List(r.Context(), queue.Filter{}, queue.Page{Limit: 10})
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("监管工作队列", "Officers' queues"), Wide: true, Body: overview(figures, list{items: pressing, now: p.now().UnixMicro()})})
}

// list is a table of items.
type list struct {
	queue  queue.Queue
	items  []queue.Item
	now    int64 // µs UTC
	batch  []uint16
	next   string
	first  string
	chips  []chip
	result []queue.Outcome
	reason string
	fault  ui.Text
}

// chip is a filter that is on, with the way to switch it off, or one that is off.
type chip struct {
	words ui.Text
	on    bool
	href  string
}

func (p *pages) queue(w http.ResponseWriter, r *http.Request) error {
	q, ok := queue.ParseQueue(r.PathValue("queue"))
	if !ok {
		return ui.NotFound()
	}
	l, err := p.read(r, q)
	if err != nil {
		return err
	}
	return p.show(w, r, l)
}

func (p *pages) read(r *http.Request, q queue.Queue) (list, error) {
	v := r.URL.Query()
	f := queue.Filter{Queue: q, Mine: v.Get("mine") != "", Free: v.Get("free") != "", Overdue: v.Get("overdue") != "", Code: v.Get("code"), Mode: v.Get("mode"), Customs: v.Get("customs")}
	l := list{queue: q, now: p.now().UnixMicro()}
	var next string
	var err error
	if l.items, next, err = p.desk.List(r.Context(), f, queue.Page{After: v.Get("after")}); err != nil {
		return l, err
	}
	if next != "" {
		l.next = with(r.URL, "after", next)
	}
	if v.Get("after") != "" {
		l.first = with(r.URL, "after", "")
	}
	for _, c := range []struct {
		name  string
		words ui.Text
	}{{"free", ui.T("无人领办", "held by nobody")}, {"mine", ui.T("我领办的", "mine")}, {"overdue", ui.T("已超时", "overdue")}} {
		on := v.Get(c.name) != ""
		l.chips = append(l.chips, chip{c.words, on, toggled(r.URL, c.name, on)})
	}
	for _, name := range []string{"code", "mode", "customs"} {
		if value := v.Get(name); value != "" {
			l.chips = append(l.chips, chip{ui.T(value, value), true, with(r.URL, name, "")})
		}
	}
	if len(l.items) > 0 && access.Of(r.Context()).May(access.VerdictGive) {
		l.batch = l.items[0].Allowed()
		for i := range l.items {
			l.batch = both(l.batch, l.items[i].Allowed())
		}
	}
	return l, nil
}

// both are the statuses that two cases allow.
func both(a, b []uint16) (out []uint16) {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				out = append(out, x)
			}
		}
	}
	return out
}

// with is an address with a parameter set, or without it; a change begins again
// at the first page.
func with(u *url.URL, name, value string) string {
	q := u.Query()
	if q.Del("after"); value != "" {
		q.Set(name, value)
	} else {
		q.Del(name)
	}
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}

func toggled(u *url.URL, name string, on bool) string {
	if on {
		return with(u, name, "")
	}
	return with(u, name, "1")
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, l list) error {
	words := l.queue.Words()
	return p.Show(w, r, ui.View{Title: ui.Text(words), Wide: true, Back: "/queues", BackTo: ui.T("监管工作队列", "Officers' queues"), Body: table(l)})
}

// mine lists what the caller holds, of all queues.
func (p *pages) mine(w http.ResponseWriter, r *http.Request) error {
	items, _, err := p.desk.List(r.Context(), queue.Filter{Mine: true}, queue.Page{Limit: 200})
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("我领办的", "My cases"), Wide: true, Back: "/queues", BackTo: ui.T("监管工作队列", "Officers' queues"), Body: table(list{items: items, now: p.now().UnixMicro()})})
}

// batch gives one verdict to the cases that were chosen and says what became of
// each.
func (p *pages) batch(w http.ResponseWriter, r *http.Request) error {
	q, ok := queue.ParseQueue(r.PathValue("queue"))
	if !ok {
		return ui.NotFound()
	}
	status, err := statusOf(r)
	if err != nil {
		return err
	}
	var asks []queue.Ask
	for _, v := range r.PostForm["case"] {
		number, seen, _ := strings.Cut(v, ".")
		a, err := askOf(number, seen)
		if err != nil {
			return err
		}
		asks = append(asks, a)
	}
	reason := r.PostFormValue("reason")
	out, err := p.desk.Batch(r.Context(), asks, status, reason)
	if err != nil {
		return err
	}
	p.settle(r.Context(), out)
	l, err := p.read(r, q)
	if err != nil {
		return err
	}
	l.result, l.reason = out, reason
	if len(asks) == 0 {
		l.fault = ui.T("没有选中任何件", "No case was chosen")
	}
	return p.show(w, r, l)
}

// patience is how long a page waits for the core's answer to a verdict.
const patience = 2 * time.Second

// settle waits for the answers to a batch, as long as a page may.
func (p *pages) settle(ctx context.Context, out []queue.Outcome) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for i := range out {
		if out[i].Err == nil {
			if item, err := p.desk.Settled(ctx, out[i].Parcel); err == nil {
				out[i].Item = item
			}
		}
	}
}

// work is the page of one case.
type work struct {
	item   *queue.Item
	acts   []queue.Act
	story  *story.Story
	now    int64
	mine   bool
	chief  bool
	judge  bool
	reason string
	status string
	fault  ui.Text
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error { return p.workPage(w, r, nil) }

// workPage shows a case; why is what an act on it was refused for.
func (p *pages) workPage(w http.ResponseWriter, r *http.Request, why *queue.Refusal) error {
	n, err := strconv.ParseUint(r.PathValue("number"), 10, 63)
	if err != nil {
		return ui.NotFound()
	}
	v := work{now: p.now().UnixMicro(), reason: r.PostFormValue("reason"), status: r.PostFormValue("status")}
	if v.item, err = p.desk.Item(r.Context(), n); err != nil {
		return err
	}
	if v.acts, err = p.desk.Acts(r.Context(), n); err != nil {
		return err
	}
	if v.story, err = p.stories.Read(r.Context(), n, nil); err != nil {
		return err
	}
	who := access.Of(r.Context())
	v.mine, v.chief, v.judge = v.item.Holder == who.ID, who.May(access.QueueSupervise), who.May(access.VerdictGive)
	status := http.StatusOK
	if why != nil {
		v.fault, status = ui.T(why.ZH+"："+why.FixZH, why.EN+": "+why.FixEN), http.StatusConflict
	}
	back := v.item.Queue
	view := ui.View{Title: ui.T("处置包裹 "+ui.Count(n), "Case: parcel "+ui.Count(n)), Wide: true, Status: status, Back: "/queues", BackTo: ui.T("监管工作队列", "Officers' queues"), Body: casePage(v)}
	if back != queue.Nowhere {
		view.Back, view.BackTo = "/queues/"+back.String(), ui.Text(back.Words())
	}
	return p.Show(w, r, view)
}

// act does what a form asks for and comes back to the case; a refusal is shown
// on it, with what was typed.
func (p *pages) act(f func(context.Context, uint64, *http.Request) (ui.Text, error)) ui.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		n, err := strconv.ParseUint(r.PathValue("number"), 10, 63)
		if err != nil {
			return ui.NotFound()
		}
		done, err := f(r.Context(), n, r)
		var why *queue.Refusal
		switch {
		case errors.As(err, &why) && !errors.Is(err, queue.ErrDenied) && !errors.Is(err, queue.ErrNotFound):
			return p.workPage(w, r, why)
		case err != nil:
			return err
		}
		return p.Done(w, r, fmt.Sprintf("/queues/cases/%d", n), done)
	}
}

func (p *pages) claim(ctx context.Context, n uint64, _ *http.Request) (ui.Text, error) {
	_, err := p.desk.Claim(ctx, n)
	return ui.T("已领办", "The case is yours"), err
}

func (p *pages) release(ctx context.Context, n uint64, _ *http.Request) (ui.Text, error) {
	_, err := p.desk.Release(ctx, n)
	return ui.T("已退回队列", "Put back into the queue"), err
}

func (p *pages) note(ctx context.Context, n uint64, r *http.Request) (ui.Text, error) {
	_, err := p.desk.Note(ctx, n, r.PostFormValue("note"))
	return ui.T("已备注", "The note is written"), err
}

func (p *pages) takeOver(ctx context.Context, n uint64, r *http.Request) (ui.Text, error) {
	_, err := p.desk.TakeOver(ctx, n, r.PostFormValue("reason"))
	return ui.T("已接管", "You have taken the case over"), err
}

func (p *pages) verdict(ctx context.Context, n uint64, r *http.Request) (ui.Text, error) {
	status, err := statusOf(r)
	if err != nil {
		return ui.Text{}, err
	}
	ask, err := askOf(strconv.FormatUint(n, 10), r.PostFormValue("seen"))
	if err != nil {
		return ui.Text{}, err
	}
	if _, err := p.desk.Verdict(ctx, ask, status, r.PostFormValue("reason")); err != nil {
		return ui.Text{}, err
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	item, err := p.desk.Settled(wait, n)
	if err != nil {
		return ui.Text{}, err
	}
	if item.Pending {
		return ui.T("处置已提交，正在生效", "The verdict is on its way"), nil
	}
	s := ui.State(item.State)
	return ui.T("处置已生效，现为"+s.ZH, "The verdict is in effect; the parcel is now: "+s.EN), nil
}

func (p *pages) confirm(ctx context.Context, n uint64, r *http.Request) (ui.Text, error) {
	ask, err := askOf(strconv.FormatUint(n, 10), r.PostFormValue("seen"))
	if err != nil {
		return ui.Text{}, err
	}
	_, err = p.desk.Confirm(ctx, ask, r.PostFormValue("reason"))
	return ui.T("已确认退运出境", "Confirmed as gone"), err
}

func statusOf(r *http.Request) (uint16, error) {
	n, err := strconv.ParseUint(r.PostFormValue("status"), 10, 16)
	if err != nil {
		return 0, queue.ErrStatus
	}
	return uint16(n), nil
}

func askOf(number, seen string) (queue.Ask, error) {
	n, err1 := strconv.ParseUint(number, 10, 63)
	s, err2 := strconv.ParseUint(seen, 10, 63)
	if err1 != nil || err2 != nil {
		return queue.Ask{}, queue.ErrMoved
	}
	return queue.Ask{Parcel: n, Seen: s}, nil
}
