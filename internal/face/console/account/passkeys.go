package account

import (
	"errors"
	"net/http"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

func (p *pages) registerPasskeys() {
	p.Post("/sign-in/passkey/begin", access.Public, p.beginPasskeySignIn)
	p.Post("/sign-in/passkey", access.Public, p.passkeySignIn)
	p.Post("/account/passkeys/begin", access.SelfManage, p.beginPasskey)
	p.Post("/account/passkeys", access.SelfManage, p.addPasskey)
	p.Post("/account/passkeys/{id}/remove", access.SelfManage, p.removePasskey)
}

// options answers passkey.js with what the browser is asked.
func (p *pages) options(w http.ResponseWriter, r *http.Request, options []byte, flow string) error {
	p.Gate.SetCookie(w, passkeyCookie, flow, stepSeconds)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(options) // the reader has gone: nobody to tell
	return nil
}

func (p *pages) beginPasskeySignIn(w http.ResponseWriter, r *http.Request) error {
	options, flow, err := p.accounts.BeginPasskeySignIn(visit(r))
	if errors.Is(err, access.ErrNotFound) {
		return ui.NotFound()
	}
	if err != nil {
		return err
	}
	return p.options(w, r, options, flow)
}

func (p *pages) passkeySignIn(w http.ResponseWriter, r *http.Request) error {
	next := r.PostForm.Get("next")
	p.Gate.SetCookie(w, passkeyCookie, "", -1)
	in, err := p.accounts.PasskeySignIn(r.Context(), cookie(r, passkeyCookie), []byte(r.PostForm.Get("answer")), visit(r))
	if err != nil {
		problem, err := refusal(err)
		if err != nil {
			return err
		}
		return p.showSignIn(w, r, signInView{Problem: problem, Next: next})
	}
	return p.entered(w, r, in.Token, next)
}

func (p *pages) beginPasskey(w http.ResponseWriter, r *http.Request) error {
	options, flow, err := p.accounts.BeginPasskey(r.Context())
	switch {
	case errors.Is(err, access.ErrNotFound):
		return ui.NotFound()
	case err != nil:
		return p.sensitive(w, r, err, "/account/factors")
	}
	return p.options(w, r, options, flow)
}

func (p *pages) addPasskey(w http.ResponseWriter, r *http.Request) error {
	p.Gate.SetCookie(w, passkeyCookie, "", -1)
	codes, err := p.accounts.AddPasskey(r.Context(), cookie(r, passkeyCookie), r.PostForm.Get("name"), []byte(r.PostForm.Get("answer")))
	switch {
	case errors.Is(err, access.ErrNotFound):
		return ui.NotFound()
	case errors.Is(err, access.ErrFlow), errors.Is(err, access.ErrPasskey), errors.Is(err, access.ErrTaken):
		return p.Done(w, r, "/account/factors", ui.T("未能添加通行密钥，请重试", "The passkey was not added: try again"))
	case err != nil:
		return p.sensitive(w, r, err, "/account/factors")
	case len(codes) > 0:
		return p.showRecovery(w, r, codes)
	}
	return p.Done(w, r, "/account/factors", ui.T("已添加通行密钥", "The passkey is added"))
}

func (p *pages) removePasskey(w http.ResponseWriter, r *http.Request) error {
	err := p.accounts.RemovePasskey(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, access.ErrNotFound):
		return ui.NotFound()
	case err != nil:
		return p.sensitive(w, r, err, "/account/factors")
	}
	return p.Done(w, r, "/account/factors", ui.T("通行密钥已移除", "The passkey is removed"))
}
