// Package passport is the pages of the allowance passport (个人额度护照), for
// people who come once and know nothing: one thing a page, plain words, what
// happens next. The first page needs no account and says what this is; all others
// are the caller's own.
//
// Invariant: what is shown is asked of package customs/passport, which reaches
// the person of the principal and nobody else.
package passport

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"pilotzone/internal/customs/passport"
	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
)

type pages struct {
	*ui.Shell
	zone *zone.Zone
}

// Register registers the pages.
func Register(s *ui.Shell, z *zone.Zone) {
	p := &pages{s, z}
	s.Nav(ui.Item{Group: ui.Workbench, Path: "/passport", ZH: "额度护照", EN: "Allowance passport", Icon: "id", Need: access.PassportUse})
	s.Get("/passport", access.Public, p.home)
	s.Get("/passport/allowance", access.PassportUse, p.allowance)
	s.Get("/passport/uses", access.PassportUse, p.uses)
	s.Get("/passport/uses/{parcel}", access.PassportUse, p.use)
	s.Get("/passport/uses/{parcel}/dispute", access.PassportUse, p.disputeForm)
	s.Post("/passport/uses/{parcel}/dispute", access.PassportUse, p.dispute)
	s.Get("/passport/freeze", access.PassportUse, p.freezeForm)
	s.Post("/passport/freeze", access.PassportUse, p.freeze)
	s.Get("/passport/notices", access.PassportUse, p.notices)
	s.Post("/passport/notices", access.PassportUse, p.address)
	s.Raw("/passport/referrals/{number}", access.PassportUse, p.referral)
	s.Raw("/referrals/{number}", access.MatterWork, p.referral)
}

// words puts the passport's errors into problems of a page.
func words(err error) error {
	switch {
	case errors.Is(err, passport.ErrNotFound), errors.Is(err, matter.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, passport.ErrDenied):
		return &ui.Problem{Status: 403, What: ui.T("须由通过实名认证的本人使用", "Only for the person, who has proved who they are"), Mend: ui.T("请通过实名认证登录", "Sign in with the real-name provider")}
	}
	return err
}

var home = ui.T("额度护照", "Allowance passport")

// show shows a page of the passport below its first one.
func (p *pages) show(w http.ResponseWriter, r *http.Request, v ui.View) error {
	v.Plain, v.Back, v.BackTo = true, "/passport", home
	return p.Show(w, r, v)
}

// homeView is the first page of a holder.
type homeView struct {
	holder *passport.Holder
	year   passport.Year
	latest []passport.Use
	seller func(code string) string
}

func (p *pages) home(w http.ResponseWriter, r *http.Request) error {
	caller := access.Of(r.Context())
	if caller.Scope(access.PassportUse) == access.None {
		var real []access.Provider
		for _, d := range p.zone.Accounts.Providers() {
			if d.Kind == access.RealNameProvider {
				real = append(real, d)
			}
		}
		return p.Show(w, r, ui.View{Title: home, Body: aboutPage(real, caller != nil), Plain: true})
	}
	h, err := p.zone.Passport.Enter(r.Context())
	if err != nil {
		return words(err)
	}
	years, err := p.zone.Passport.Allowance(r.Context())
	if err != nil {
		return words(err)
	}
	latest, err := p.zone.Passport.Uses(r.Context(), passport.Page{Limit: 3})
	if err != nil {
		return words(err)
	}
	return p.Show(w, r, ui.View{Title: home, Body: homePage(homeView{h, years[0], latest, p.seller}), Plain: true})
}

// seller names an enterprise by its filing, or its code.
func (p *pages) seller(code string) string {
	if name := p.zone.EnterpriseName(code); name != "" {
		return name
	}
	return code
}

func (p *pages) allowance(w http.ResponseWriter, r *http.Request) error {
	years, err := p.zone.Passport.Allowance(r.Context())
	if err != nil {
		return words(err)
	}
	return p.show(w, r, ui.View{Title: ui.T("我的年度额度", "My yearly allowance"), Body: allowancePage(years)})
}

const perPage = 20

func (p *pages) uses(w http.ResponseWriter, r *http.Request) error {
	before, _ := strconv.ParseUint(r.URL.Query().Get("before"), 10, 63) // one that is none is the newest
	list, err := p.zone.Passport.Uses(r.Context(), passport.Page{Parcel: before, Limit: perPage + 1})
	if err != nil {
		return words(err)
	}
	previous, next := "", ""
	if before != 0 {
		previous = "/passport/uses"
	}
	if len(list) > perPage {
		list = list[:perPage]
		next = "/passport/uses?before=" + strconv.FormatUint(list[perPage-1].Parcel, 10)
	}
	return p.show(w, r, ui.View{Title: ui.T("我的使用记录", "Uses of my identity"), Body: usesPage(list, p.seller, previous, next)})
}

func (p *pages) one(r *http.Request) (*passport.Use, error) {
	n, err := strconv.ParseUint(r.PathValue("parcel"), 10, 63)
	if err != nil {
		return nil, ui.NotFound()
	}
	u, err := p.zone.Passport.Use(r.Context(), n)
	return u, words(err)
}

func (p *pages) use(w http.ResponseWriter, r *http.Request) error {
	u, err := p.one(r)
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("一笔使用", "One use"), Body: usePage(u, p.seller), Plain: true, Back: "/passport/uses", BackTo: ui.T("我的使用记录", "Uses of my identity")})
}

// disputeView is the form of a dispute with what is wrong in it.
type disputeView struct {
	use       *passport.Use
	seller    func(string) string
	problem   *ui.Problem
	faults    map[string]ui.Text
	reason    string
	statement string
	reported  bool
}

func (p *pages) disputeForm(w http.ResponseWriter, r *http.Request) error {
	u, err := p.one(r)
	if err != nil {
		return err
	}
	return p.showDispute(w, r, disputeView{use: u})
}

func (p *pages) showDispute(w http.ResponseWriter, r *http.Request, v disputeView) error {
	v.seller = p.seller
	status := http.StatusOK
	if v.problem != nil {
		status = v.problem.Status
	}
	return p.Show(w, r, ui.View{Title: ui.T("这不是我买的", "I did not buy this"), Body: disputePage(v), Plain: true, Status: status,
		Back: "/passport/uses/" + strconv.FormatUint(v.use.Parcel, 10), BackTo: ui.T("这笔使用", "This use")})
}

func (p *pages) dispute(w http.ResponseWriter, r *http.Request) error {
	u, err := p.one(r)
	if err != nil {
		return err
	}
	v := disputeView{use: u, reason: r.PostForm.Get("reason"), statement: strings.TrimSpace(r.PostForm.Get("statement")), reported: r.PostForm.Get("reported") != ""}
	form := map[string]any{"reason": v.reason, "reported": v.reported, "truthful": r.PostForm.Get("truthful") != ""}
	if v.statement != "" {
		form["statement"] = v.statement
	}
	m, err := p.zone.Passport.Dispute(r.Context(), p.zone.Matters, u.Parcel, form)
	var faults matter.Problems
	switch {
	case errors.As(err, &faults):
		v.faults = map[string]ui.Text{}
		v.problem = &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("异议未能提交", "The dispute could not be handed in"), Mend: ui.T("按下列提示修改后再提交", "Mend what is named below and send it again")}
		for _, f := range faults {
			text := ui.T(f.ZH+"。"+f.FixZH, f.EN+". "+f.FixEN)
			v.faults[f.Field] = text
			v.problem.Items = append(v.problem.Items, text)
		}
		return p.showDispute(w, r, v)
	case err != nil:
		return words(err)
	}
	return p.Done(w, r, "/passport/uses/"+strconv.FormatUint(u.Parcel, 10), ui.T("异议已提交，事项编号 "+m.Number, "Your dispute was handed in, its number is "+m.Number))
}

func (p *pages) freezeForm(w http.ResponseWriter, r *http.Request) error {
	h, err := p.zone.Passport.Enter(r.Context())
	if err != nil {
		return words(err)
	}
	return p.show(w, r, ui.View{Title: ui.T("冻结身份", "Freeze my identity"), Body: freezePage(h)})
}

func (p *pages) freeze(w http.ResponseWriter, r *http.Request) error {
	on := r.PostForm.Get("frozen") == "yes"
	if err := p.zone.Passport.Freeze(r.Context(), on); err != nil {
		return words(err)
	}
	said := ui.T("已解除冻结", "The freeze is lifted")
	if on {
		said = ui.T("身份已冻结", "Your identity is frozen")
	}
	return p.Done(w, r, "/passport", said)
}

// referral is the letter to customs as a file.
func (p *pages) referral(w http.ResponseWriter, r *http.Request) error {
	number := r.PathValue("number")
	if access.Of(r.Context()).May(access.MatterWork) { // an office: that which works the dispute
		if _, err := p.zone.Matters.Get(r.Context(), number); err != nil {
			return words(err)
		}
	}
	text, err := p.zone.Passport.Referral(r.Context(), number)
	if err != nil {
		return words(err)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+passport.ReferralName(number)+`"`)
	_, err = io.WriteString(w, text)
	return err
}

// noticesView is what the holder was told, and where letters go.
type noticesView struct {
	list    []passport.Notice
	address string
	fault   ui.Text
}

func (p *pages) notices(w http.ResponseWriter, r *http.Request) error {
	h, err := p.zone.Passport.Enter(r.Context())
	if err != nil {
		return words(err)
	}
	return p.showNotices(w, r, noticesView{address: h.Address}, http.StatusOK)
}

func (p *pages) showNotices(w http.ResponseWriter, r *http.Request, v noticesView, status int) (err error) {
	if v.list, err = p.zone.Passport.Notices(r.Context(), passport.Page{Limit: 50}); err != nil {
		return words(err)
	}
	return p.show(w, r, ui.View{Title: ui.T("通知", "Notices"), Body: noticesPage(v), Status: status})
}

func (p *pages) address(w http.ResponseWriter, r *http.Request) error {
	address := strings.TrimSpace(r.PostForm.Get("address"))
	err := p.zone.Passport.WriteTo(r.Context(), address)
	switch {
	case errors.Is(err, passport.ErrAddress):
		return p.showNotices(w, r, noticesView{address: address, fault: ui.T("邮箱地址无效，请填写如 me@example.cn，或留空", "That is no mail address: write one like me@example.cn, or leave it empty")}, http.StatusUnprocessableEntity)
	case err != nil:
		return words(err)
	case address == "":
		return p.Done(w, r, "/passport/notices", ui.T("不再发送邮件", "No more mail is sent"))
	}
	return p.Done(w, r, "/passport/notices", ui.T("通知邮箱已保存", "The address is saved"))
}
