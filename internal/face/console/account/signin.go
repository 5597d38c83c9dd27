package account

import (
	"errors"
	"net/http"
	"slices"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/kernel/access"
)

func (p *pages) registerSignIn() {
	p.Get("/sign-in", access.Public, p.signInForm)
	p.Post("/sign-in", access.Public, p.signIn)
	p.Get("/sign-in/factor", access.Public, p.factorForm)
	p.Post("/sign-in/factor", access.Public, p.factor)
	p.Get("/sign-in/code", access.Public, p.codeForm)
	p.Post("/sign-in/code", access.Public, p.redeem)
	p.Get("/sign-in/sso/{provider}", access.Public, p.startSSO)
	p.Get("/sign-in/sso/{provider}/callback", access.Public, p.finishSSO)
	p.Post("/sign-out", access.Public, p.signOut)
	p.Get("/set-up", access.Public, p.setUpForm)
	p.Post("/set-up", access.Public, p.setUp)
}

// signInView is what the sign-in page shows.
type signInView struct {
	Problem  *ui.Problem
	Next     string
	Login    string
	Staff    []access.Provider // single sign-on of people with an account
	Real     []access.Provider // real-name providers of consumers
	Passkeys bool
}

func (p *pages) signInForm(w http.ResponseWriter, r *http.Request) error {
	empty, err := p.accounts.NeedsSetup(r.Context())
	if err != nil {
		return err
	}
	if empty {
		return p.Done(w, r, "/set-up", ui.Text{})
	}
	return p.showSignIn(w, r, signInView{Next: r.URL.Query().Get("next")})
}

func (p *pages) showSignIn(w http.ResponseWriter, r *http.Request, v signInView) error {
	v.Passkeys = p.accounts.PasskeysOffered()
	for _, d := range p.accounts.Providers() {
		if d.Kind == access.RealNameProvider {
			v.Real = append(v.Real, d)
		} else {
			v.Staff = append(v.Staff, d)
		}
	}
	view := ui.View{Title: ui.T("登录", "Sign in"), Body: signInPage(v), Status: status(v.Problem), Plain: true}
	if v.Passkeys {
		view.Script = "passkey.js"
	}
	return p.Show(w, r, view)
}

func (p *pages) signIn(w http.ResponseWriter, r *http.Request) error {
	next := r.PostForm.Get("next")
	in, err := p.accounts.SignIn(r.Context(), r.PostForm.Get("login"), r.PostForm.Get("password"), visit(r))
	if err != nil {
		problem, err := refusal(err)
		if err != nil {
			return err
		}
		return p.showSignIn(w, r, signInView{Problem: problem, Next: next, Login: r.PostForm.Get("login")})
	}
	return p.went(w, r, in, next)
}

// went goes on after a step of signing in: to the second factor or into the
// platform.
func (p *pages) went(w http.ResponseWriter, r *http.Request, in *access.SignedIn, next string) error {
	if in.Token == "" {
		p.Gate.SetCookie(w, factorCookie, in.Pending, stepSeconds)
		to := "/sign-in/factor"
		if slices.Contains(in.Factors, access.FactorPasskey) {
			to += "?passkey=yes"
			if next != "" {
				return p.Done(w, r, to+"&"+with("", next)[1:], ui.Text{})
			}
		}
		return p.Done(w, r, with(to, next), ui.Text{})
	}
	return p.entered(w, r, in.Token, next)
}

// entered gives the browser its session.
func (p *pages) entered(w http.ResponseWriter, r *http.Request, token, next string) error {
	p.Gate.SetCookie(w, factorCookie, "", -1)
	p.Gate.SetSession(w, token)
	if err := p.prefer(w, r, token); err != nil {
		return err
	}
	if next == "" {
		next = "/"
	}
	return p.Done(w, r, next, ui.Text{})
}

// prefer gives the browser the language and theme that the person keeps.
func (p *pages) prefer(w http.ResponseWriter, r *http.Request, token string) error {
	who, err := p.accounts.Identify(r.Context(), "", token)
	if who == nil {
		return err
	}
	me, err := p.accounts.Me(access.With(r.Context(), who))
	if err == nil && (me.Language != "" || me.Theme != "") {
		p.Prefer(w, me.Language, me.Theme)
	}
	return err
}

type factorView struct {
	Problem *ui.Problem
	Next    string
	Passkey bool
}

func (p *pages) factorForm(w http.ResponseWriter, r *http.Request) error {
	if cookie(r, factorCookie) == "" {
		return p.Done(w, r, "/sign-in", ui.Text{})
	}
	return p.showFactor(w, r, factorView{Next: r.URL.Query().Get("next"), Passkey: r.URL.Query().Get("passkey") == "yes"})
}

func (p *pages) showFactor(w http.ResponseWriter, r *http.Request, v factorView) error {
	v.Passkey = v.Passkey && p.accounts.PasskeysOffered()
	view := ui.View{Title: ui.T("第二步验证", "Second step"), Body: factorPage(v), Status: status(v.Problem), Plain: true, Back: with("/sign-in", v.Next), BackTo: ui.T("重新登录", "Start again")}
	if v.Passkey {
		view.Script = "passkey.js"
	}
	return p.Show(w, r, view)
}

func (p *pages) factor(w http.ResponseWriter, r *http.Request) error {
	next := r.PostForm.Get("next")
	in, err := p.accounts.SecondFactor(r.Context(), cookie(r, factorCookie), r.PostForm.Get("code"), visit(r))
	switch {
	case errors.Is(err, access.ErrFlow):
		return p.Done(w, r, with("/sign-in", next), ui.T("该步骤已过期，请重新登录", "This step is over, sign in again"))
	case err != nil:
		problem, err := refusal(err)
		if err != nil {
			return err
		}
		return p.showFactor(w, r, factorView{Problem: problem, Next: next, Passkey: r.PostForm.Get("passkey") == "yes"})
	}
	return p.entered(w, r, in.Token, next)
}

type codeView struct {
	Problem *ui.Problem
	Login   string
}

func (p *pages) codeForm(w http.ResponseWriter, r *http.Request) error {
	return p.showCode(w, r, codeView{})
}

func (p *pages) showCode(w http.ResponseWriter, r *http.Request, v codeView) error {
	return p.Show(w, r, ui.View{Title: ui.T("使用一次性代码设置口令", "Set a password with a one-time code"), Body: codePage(v), Status: status(v.Problem), Plain: true, Back: "/sign-in", BackTo: ui.T("登录", "Sign in")})
}

func (p *pages) redeem(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	problem := same(f.Get("password"), f.Get("again"))
	if problem == nil {
		in, err := p.accounts.Redeem(r.Context(), f.Get("login"), f.Get("code"), f.Get("password"), visit(r))
		if err == nil {
			return p.entered(w, r, in.Token, "/")
		}
		if problem, err = refusal(err); err != nil {
			return err
		}
	}
	return p.showCode(w, r, codeView{problem, f.Get("login")})
}

// same asks that a new password was typed twice alike.
func same(password, again string) *ui.Problem {
	if password == again {
		return nil
	}
	return &ui.Problem{Status: http.StatusUnprocessableEntity, What: ui.T("两次输入的口令不一致", "The two passwords differ"), Mend: ui.T("重新输入", "Type both again")}
}

func (p *pages) startSSO(w http.ResponseWriter, r *http.Request) error {
	return p.toProvider(w, r, r.URL.Query().Get("next"), false)
}

// toProvider sends the browser to a provider. It is reached by a link, since the
// content policy keeps forms on the platform.
func (p *pages) toProvider(w http.ResponseWriter, r *http.Request, next string, link bool) error {
	address, token, err := p.accounts.StartSSO(r.Context(), r.PathValue("provider"), next, link)
	if errors.Is(err, access.ErrNotFound) {
		return ui.NotFound()
	}
	if err != nil {
		return err
	}
	p.Gate.SetCookie(w, ssoCookie, token, stepSeconds)
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

func (p *pages) finishSSO(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	token := cookie(r, ssoCookie)
	p.Gate.SetCookie(w, ssoCookie, "", -1)
	in, next, err := p.accounts.FinishSSO(r.Context(), r.PathValue("provider"), token, q.Get("state"), q.Get("code"), visit(r))
	switch {
	case errors.Is(err, access.ErrNotFound):
		return ui.NotFound()
	case err != nil:
		problem, err := refusal(err)
		if err != nil {
			return err
		}
		if access.Of(r.Context()) != nil {
			return problem
		}
		return p.showSignIn(w, r, signInView{Problem: problem, Next: next})
	case in.Token == "":
		return p.Done(w, r, "/account", ui.T("已关联单点登录身份", "The identity is linked"))
	}
	return p.entered(w, r, in.Token, next)
}

func (p *pages) signOut(w http.ResponseWriter, r *http.Request) error {
	if token := p.Gate.Session(r); token != "" {
		if err := p.accounts.SignOut(r.Context(), token); err != nil {
			if _, err = refusal(err); err != nil {
				return err
			}
		}
	}
	p.Gate.SetSession(w, "")
	return p.Done(w, r, "/", ui.T("已退出登录", "You are signed out"))
}

type setUpView struct {
	Problem *ui.Problem
	access.Setup
}

func (p *pages) setUpForm(w http.ResponseWriter, r *http.Request) error {
	empty, err := p.accounts.NeedsSetup(r.Context())
	if err != nil {
		return err
	}
	if !empty {
		return p.Done(w, r, "/sign-in", ui.Text{})
	}
	return p.showSetUp(w, r, setUpView{})
}

func (p *pages) showSetUp(w http.ResponseWriter, r *http.Request, v setUpView) error {
	return p.Show(w, r, ui.View{Title: ui.T("首次设置", "First set-up"), Body: setUpPage(v), Status: status(v.Problem), Plain: true})
}

func (p *pages) setUp(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	s := access.Setup{Code: f.Get("code"), OrgName: f.Get("org"), Login: f.Get("login"), Name: f.Get("name"), Password: f.Get("password")}
	problem := same(s.Password, f.Get("again"))
	if problem == nil {
		in, err := p.accounts.SetUp(r.Context(), s, visit(r))
		if err == nil {
			return p.entered(w, r, in.Token, "/account")
		}
		if problem, err = refusal(err); err != nil {
			return err
		}
	}
	s.Password = ""
	return p.showSetUp(w, r, setUpView{problem, s})
}
