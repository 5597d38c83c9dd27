package matters

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	qrcode "github.com/skip2/go-qrcode"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/internal/registry/certify"
)

func (p *pages) registerOffice() {
	p.Get("/matters/queue", access.MatterWork, p.queue)
	p.Get("/matters/lateness", access.MatterWork, p.lateness)
	p.Post("/matters/{number}/act", access.MatterWork, p.act)
	p.Get("/payouts", access.PayoutTake, p.payouts)
	p.Post("/payouts/{id}/paid", access.PayoutTake, p.paid)
}

// queue is what the office can do something about now.
func (p *pages) queue(w http.ResponseWriter, r *http.Request) error {
	v := &listView{base: "/matters/queue", office: true}
	var err error
	if v.waiting, err = p.matters.Waiting(r.Context()); err != nil {
		return err
	}
	v.filter.Workable = true
	show := r.URL.Query().Get("show")
	switch show {
	case "free":
		v.filter.Officer = "-"
	case "mine":
		v.filter.Officer = access.Of(r.Context()).ID
	case "late":
		v.filter.Late = true
	case "escalated":
		v.filter.Escalated = true
	case "all":
		v.filter.Workable = false
	}
	for _, c := range []struct {
		key   string
		words ui.Text
		count int
	}{{"", ui.T("待办", "To do"), v.waiting.Work}, {"free", ui.T("未认领", "Unclaimed"), v.waiting.Unclaimed}, {"mine", ui.T("我认领的", "Mine"), v.waiting.Mine},
		{"late", ui.T("已超时", "Late"), v.waiting.Late}, {"escalated", ui.T("已提请督办", "Escalated"), -1}, {"all", ui.T("本部门全部办件", "All of the office"), -1}} {
		href := v.base
		if c.key != "" {
			href += "?show=" + c.key
		}
		v.chips = append(v.chips, filterChip{words: c.words, href: href, on: c.key == show, count: c.count})
	}
	if err := p.fill(r, v); err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("待办事项", "Applications to decide"), Wide: true, Body: list(v)})
}

// act does one act of an office.
func (p *pages) act(w http.ResponseWriter, r *http.Request) error {
	number, do := r.PathValue("number"), doing(r)
	act := do.Act
	do.Cites = p.cites(r.PostForm["cites"])
	if act == matter.Assign && do.To == "" {
		do.To = access.Of(r.Context()).ID
	}
	_, err := p.matters.Do(r.Context(), number, do)
	var list matter.Problems
	var shown *ui.Problem
	switch {
	case err == nil:
		return p.Done(w, r, address(number, ""), ui.T("已"+act.ZH(), "Done: "+act.EN()))
	case errors.As(err, &list) && errors.As(problem(err), &shown):
		o, objectErr := p.object(r.Context(), number)
		if objectErr != nil {
			return problem(objectErr)
		}
		o.fault = shown
		return p.show(w, r, o)
	}
	return problem(err)
}

func number64(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0
	}
	return n
}

// departments are the roles that can be asked for an opinion.
func departments() []ui.Option {
	var out []ui.Option
	for _, role := range access.Roles() {
		if access.Table[role][access.MatterWork] == access.Zone {
			out = append(out, ui.Option{Value: string(role), Label: ui.Role(role)})
		}
	}
	return out
}

func (o *object) can(a matter.Act) bool { return slices.Contains(o.acts, a) }

// letter is the paper of a result, for printing.
func (p *pages) letter(w http.ResponseWriter, r *http.Request) error {
	m, err := p.matters.Get(r.Context(), r.PathValue("number"))
	if err != nil {
		return problem(err)
	}
	l, err := p.matters.LetterOf(r.Context(), m)
	if err != nil {
		return problem(err)
	}
	v := &paper{letter: l, public: p.matters.DefinitionOf(m).Publish.Verifiable()}
	if v.public {
		v.address = p.base(r) + "/verify/" + url.PathEscape(l.Code)
		if v.code, err = picture(v.address); err != nil {
			return err
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T(l.Title.ZH, l.Title.EN), Body: sheet(v), Back: address(m.Number, ""), BackTo: ui.T("办件 "+m.Number, "Application "+m.Number)})
}

// paper is a letter with the way to verify it.
type paper struct {
	letter  *matter.Letter
	public  bool
	address string
	code    string // the address as a picture
}

// base is how browsers reach the platform.
func (p *pages) base(r *http.Request) string {
	if p.site != "" {
		return p.site
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// picture is a QR code as an address of data.
func picture(text string) (string, error) {
	png, err := qrcode.Encode(text, qrcode.Medium, 220)
	if err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png), nil
}

// verifyForm asks for the code on a letter.
func (p *pages) verifyForm(w http.ResponseWriter, r *http.Request) error {
	if code := r.URL.Query().Get("code"); code != "" {
		http.Redirect(w, r, "/verify/"+url.PathEscape(code), http.StatusSeeOther)
		return nil
	}
	return p.Show(w, r, ui.View{Title: ui.T("核验文书", "Verify a letter"), Plain: true, Body: verifyForm()})
}

// verify tells anybody whether a letter is real.
func (p *pages) verify(w http.ResponseWriter, r *http.Request) error {
	v, err := p.matters.Verify(r.Context(), r.PathValue("code"))
	if errors.Is(err, matter.ErrNotFound) {
		return p.Show(w, r, ui.View{Title: ui.T("未查到该文书", "There is no such letter"), Plain: true, Status: http.StatusNotFound, Body: unverified()})
	}
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("文书真实", "The letter is genuine"), Plain: true, Body: verified(v)})
}

// payouts are the payments that wait for the bank.
func (p *pages) payouts(w http.ResponseWriter, r *http.Request) error {
	after := number64(r.URL.Query().Get("after"))
	orders, err := p.certify.Orders(r.Context(), after, 40)
	if err != nil {
		return problem(err)
	}
	next := ""
	if len(orders) == 40 {
		next = "/payouts?after=" + strconv.FormatUint(orders[len(orders)-1].Number, 10)
	}
	return p.Show(w, r, ui.View{Title: ui.T("账户验证打款", "Payments that prove accounts"), Wide: true, Body: payouts(orders, next)})
}

func (p *pages) paid(w http.ResponseWriter, r *http.Request) error {
	if err := p.certify.MarkPaid(r.Context(), r.PathValue("id")); err != nil {
		return problem(err)
	}
	return p.Done(w, r, "/payouts", ui.T("已登记打款", "The payment was recorded"))
}

// stateOf says in words where a payment stands.
func stateOf(c *certify.Challenge, over bool) (tone, icon string, words ui.Text) {
	switch {
	case c.State == certify.Confirmed:
		return "green", "circle-check", ui.T("账户已验证", "Account proved")
	case c.State == certify.Failed:
		return "red", "circle-x", ui.T("验证失败", "Failed")
	case over, c.State == certify.Replaced:
		return "grey", "clock", ui.T("已过期", "Over")
	case c.State == certify.Paid:
		return "blue", "cash", ui.T("已打款，待回填金额", "Paid; name the amount")
	}
	return "amber", "hourglass", ui.T("等待银行打款", "Waits for the bank")
}
