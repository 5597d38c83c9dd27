package account

import (
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/skip2/go-qrcode"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

func (p *pages) registerSelf() {
	p.Nav(ui.Item{Group: ui.Workbench, Path: "/account", ZH: "我的账号", EN: "My account", Icon: "user", Need: access.SelfManage, Signed: true})
	p.Get("/account", access.SelfManage, p.overview)
	p.Post("/account/preferences", access.SelfManage, p.preferences)
	p.Get("/account/link/{provider}", access.SelfManage, p.linkSSO)
	p.Post("/account/unlink/{provider}", access.SelfManage, p.unlinkSSO)
	p.Get("/account/password", access.SelfManage, p.passwordForm)
	p.Post("/account/password", access.SelfManage, p.changePassword)
	p.Get("/account/confirm", access.SelfManage, p.confirmForm)
	p.Post("/account/confirm", access.SelfManage, p.confirm)
	p.Get("/account/sessions", access.SelfManage, p.sessions)
	p.Post("/account/sessions/end-others", access.SelfManage, p.endOthers)
	p.Post("/account/sessions/{id}/end", access.SelfManage, p.endSession)
	p.Get("/account/factors", access.SelfManage, p.factors)
	p.Get("/account/totp", access.SelfManage, p.totpForm)
	p.Post("/account/totp", access.SelfManage, p.addTOTP)
	p.Post("/account/totp/remove", access.SelfManage, p.removeTOTP)
	p.Post("/account/recovery", access.SelfManage, p.newRecovery)
}

// sensitive turns an error of a sensitive change into the way to it: a proof
// first, after which next is gone on to.
func (p *pages) sensitive(w http.ResponseWriter, r *http.Request, err error, next string) error {
	if errors.Is(err, access.ErrProof) {
		return p.Done(w, r, with("/account/confirm", next), ui.Text{})
	}
	return err
}

type overviewView struct {
	Me        *access.Person
	Org       *access.Org // nil of a consumer
	Providers []providerRow
}

type providerRow struct {
	access.Provider
	Linked bool
}

func (p *pages) overview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me, err := p.accounts.Me(ctx)
	if err != nil {
		return err
	}
	v := overviewView{Me: me}
	if me.Org != "" {
		if v.Org, err = p.accounts.Org(ctx, me.Org); err != nil {
			return err
		}
	}
	links, err := p.accounts.Links(ctx, me.ID)
	if err != nil {
		return err
	}
	for _, d := range p.accounts.Providers() {
		row := providerRow{Provider: d}
		for _, l := range links {
			row.Linked = row.Linked || l == d.Name
		}
		if row.Linked || d.Kind != access.RealNameProvider {
			v.Providers = append(v.Providers, row)
		}
	}
	return p.Show(w, r, ui.View{Title: ui.T("我的账号", "My account"), Body: overviewPage(v)})
}

func (p *pages) preferences(w http.ResponseWriter, r *http.Request) error {
	language, theme := r.PostForm.Get("language"), r.PostForm.Get("theme")
	if err := p.accounts.SetPreferences(r.Context(), language, theme); err != nil {
		return err
	}
	p.Prefer(w, language, theme)
	return p.Done(w, r, "/account", ui.T("已保存", "Saved"))
}

func (p *pages) linkSSO(w http.ResponseWriter, r *http.Request) error {
	err := p.toProvider(w, r, "/account", true)
	return p.sensitive(w, r, err, "/account")
}

func (p *pages) unlinkSSO(w http.ResponseWriter, r *http.Request) error {
	err := p.accounts.Unlink(r.Context(), access.Of(r.Context()).ID, r.PathValue("provider"))
	if err != nil {
		return p.sensitive(w, r, err, "/account")
	}
	return p.Done(w, r, "/account", ui.T("已取消关联", "The link is removed"))
}

var accountCrumb = ui.T("我的账号", "My account")

func (p *pages) passwordForm(w http.ResponseWriter, r *http.Request) error {
	return p.showPassword(w, r, nil)
}

func (p *pages) showPassword(w http.ResponseWriter, r *http.Request, problem *ui.Problem) error {
	return p.Show(w, r, ui.View{Title: ui.T("修改口令", "Change the password"), Body: passwordPage(problem), Status: status(problem), Back: "/account", BackTo: accountCrumb})
}

func (p *pages) changePassword(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	problem := same(f.Get("password"), f.Get("again"))
	if problem == nil {
		err := p.accounts.ChangePassword(r.Context(), f.Get("old"), f.Get("password"))
		if err == nil {
			return p.Done(w, r, "/account", ui.T("口令已修改，其他会话已结束", "The password is changed and your other sessions have ended"))
		}
		if problem, err = refusal(err); err != nil {
			return err
		}
	}
	return p.showPassword(w, r, problem)
}

func (p *pages) confirmForm(w http.ResponseWriter, r *http.Request) error {
	return p.showConfirm(w, r, nil, r.URL.Query().Get("next"))
}

func (p *pages) showConfirm(w http.ResponseWriter, r *http.Request, problem *ui.Problem, next string) error {
	return p.Show(w, r, ui.View{Title: ui.T("再次确认身份", "Prove who you are once more"), Body: confirmPage(problem, next), Status: status(problem), Back: "/account", BackTo: accountCrumb})
}

func (p *pages) confirm(w http.ResponseWriter, r *http.Request) error {
	next := r.PostForm.Get("next")
	err := p.accounts.Confirm(r.Context(), r.PostForm.Get("secret"))
	if err == nil {
		if next == "" {
			next = "/account"
		}
		return p.Done(w, r, next, ui.T("身份已确认，15分钟内可进行敏感操作", "Confirmed: sensitive changes can be made for 15 minutes"))
	}
	problem, err := refusal(err)
	if err != nil {
		return err
	}
	return p.showConfirm(w, r, problem, next)
}

func (p *pages) sessions(w http.ResponseWriter, r *http.Request) error {
	list, err := p.accounts.Sessions(r.Context())
	if err != nil {
		return err
	}
	return p.Show(w, r, ui.View{Title: ui.T("登录会话", "Sessions"), Body: sessionsPage(list, access.Of(r.Context()).Session), Back: "/account", BackTo: accountCrumb})
}

func (p *pages) endSession(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := p.accounts.EndSession(r.Context(), id); err != nil && !errors.Is(err, access.ErrNotFound) {
		return err
	}
	if id == access.Of(r.Context()).Session {
		p.Gate.SetSession(w, "")
		return p.Done(w, r, "/", ui.T("已退出登录", "You are signed out"))
	}
	return p.Done(w, r, "/account/sessions", ui.T("会话已结束", "The session has ended"))
}

func (p *pages) endOthers(w http.ResponseWriter, r *http.Request) error {
	if err := p.accounts.EndOtherSessions(r.Context()); err != nil {
		return err
	}
	return p.Done(w, r, "/account/sessions", ui.T("其他会话均已结束", "Your other sessions have ended"))
}

type factorsView struct {
	Me       *access.Person
	Recovery int
	Needed   bool // the platform asks for a second factor before anything else
	Passkeys []*access.Passkey
	Offered  bool // passkeys
}

func (p *pages) factors(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := factorsView{Offered: p.accounts.PasskeysOffered(), Needed: access.Of(ctx).Limit != nil}
	var err error
	if v.Me, err = p.accounts.Me(ctx); err != nil {
		return err
	}
	if v.Recovery, err = p.accounts.RecoveryLeft(ctx); err != nil {
		return err
	}
	if v.Passkeys, err = p.accounts.Passkeys(ctx); err != nil {
		return err
	}
	view := ui.View{Title: ui.T("双因素验证", "Second factors"), Body: factorsPage(v), Back: "/account", BackTo: accountCrumb}
	if v.Offered {
		view.Script = "passkey.js"
	}
	return p.Show(w, r, view)
}

type totpView struct {
	access.NewTOTP
	Problem *ui.Problem
	QR      string // data address of a picture
}

func (p *pages) totpForm(w http.ResponseWriter, r *http.Request) error {
	n, err := p.accounts.BeginTOTP(r.Context())
	if err != nil {
		return p.sensitive(w, r, err, "/account/totp")
	}
	return p.showTOTP(w, r, totpView{NewTOTP: *n})
}

func (p *pages) showTOTP(w http.ResponseWriter, r *http.Request, v totpView) error {
	png, err := qrcode.Encode(v.URL, qrcode.Medium, 220)
	if err != nil {
		return err
	}
	v.QR = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
	return p.Show(w, r, ui.View{Title: ui.T("添加验证器应用", "Add an authenticator app"), Body: totpPage(v), Status: status(v.Problem), Back: "/account/factors", BackTo: ui.T("双因素验证", "Second factors")})
}

func (p *pages) addTOTP(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	codes, err := p.accounts.AddTOTP(r.Context(), f.Get("flow"), f.Get("code"))
	switch {
	case err == nil:
		return p.showRecovery(w, r, codes)
	case errors.Is(err, access.ErrCode):
		problem, _ := refusal(err)
		return p.showTOTP(w, r, totpView{access.NewTOTP{Secret: f.Get("secret"), URL: f.Get("url"), Flow: f.Get("flow")}, problem, ""})
	case errors.Is(err, access.ErrFlow):
		return p.Done(w, r, "/account/totp", ui.T("该步骤已过期，请重新扫码", "This step is over: scan the new code"))
	}
	return p.sensitive(w, r, err, "/account/totp")
}

// showRecovery shows recovery codes, once.
func (p *pages) showRecovery(w http.ResponseWriter, r *http.Request, codes []string) error {
	return p.Show(w, r, ui.View{Title: ui.T("恢复码", "Recovery codes"), Body: recoveryPage(codes), Back: "/account/factors", BackTo: ui.T("双因素验证", "Second factors")})
}

func (p *pages) removeTOTP(w http.ResponseWriter, r *http.Request) error {
	if err := p.accounts.RemoveTOTP(r.Context()); err != nil {
		return p.sensitive(w, r, err, "/account/factors")
	}
	return p.Done(w, r, "/account/factors", ui.T("验证器应用已移除", "The authenticator app is removed"))
}

func (p *pages) newRecovery(w http.ResponseWriter, r *http.Request) error {
	codes, err := p.accounts.NewRecoveryCodes(r.Context())
	if err != nil {
		return p.sensitive(w, r, err, "/account/factors")
	}
	return p.showRecovery(w, r, codes)
}
