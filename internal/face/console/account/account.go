// Package account is the pages by which people get in and look after their own
// account (登录与我的账号): sign-in by password, second factor, passkey and single
// sign-on, the first set-up, one-time codes, and under My account password,
// factors, recovery codes, passkeys, sessions, links and preferences.
//
// Invariants: a page never tells whether an account exists; secrets that are
// shown once stand in the answer to the form that made them and nowhere else;
// everything but passkeys works without scripts.
package account

import (
	"errors"
	"net/http"
	"net/url"

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/gate"
	"pilotzone/internal/kernel/access"
)

// Cookies between two steps of signing in.
const (
	factorCookie  = "sign-in-factor"
	ssoCookie     = "sign-in-sso"
	passkeyCookie = "passkey"
	stepSeconds   = 600
)

type pages struct {
	*ui.Shell
	accounts *access.Accounts
}

// Register adds the pages to the shell.
func Register(s *ui.Shell, a *access.Accounts) {
	p := &pages{s, a}
	p.registerSignIn()
	p.registerSelf()
	p.registerPasskeys()
}

// visit is from where a request comes.
func visit(r *http.Request) access.Visit {
	return access.Visit{Address: gate.Address(r), Agent: r.UserAgent()}
}

// refusal turns what is refused into a problem to be shown in the form; other
// errors come back as they are.
func refusal(err error) (*ui.Problem, error) {
	var why *access.Refusal
	if err == nil || !errors.As(err, &why) {
		return nil, err
	}
	status := http.StatusUnprocessableEntity
	if why.Code == "rate" || why.Code == "pause" {
		status = http.StatusTooManyRequests
	}
	return &ui.Problem{Status: status, What: ui.T(why.ZH, why.EN), Mend: ui.T(why.FixZH, why.FixEN)}, nil
}

// cookie is the value of a cookie, "" without one.
func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// with adds the page to go on to.
func with(path, next string) string {
	if next == "" || next == "/" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

// status is that of a page with a problem, else 200.
func status(p *ui.Problem) int {
	if p == nil {
		return http.StatusOK
	}
	return p.Status
}
