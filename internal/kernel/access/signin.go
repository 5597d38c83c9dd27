package access

import (
	"context"
	"errors"
	"slices"
	"strings"

	"pilotzone/internal/kernel/store"
)

// SignedIn is what a step of signing in led to: a session, or a second factor
// that is asked for.
type SignedIn struct {
	Token   string // of the session; "" while a factor is missing
	Pending string // to be handed to SecondFactor; "" with a session
	Factors []string
}

// What a second factor may be.
const (
	FactorTOTP     = "totp"     // code of an authenticator app 动态口令
	FactorRecovery = "recovery" // one of the recovery codes 恢复码
	FactorPasskey  = "passkey"  // by signing in with the passkey instead 通行密钥
)

// SignIn takes name and password. Refusals: ErrSignIn, which tells nothing of
// whether the account exists and takes as long; "pause" and "rate".
func (a *Accounts) SignIn(ctx context.Context, login, password string, v Visit) (*SignedIn, error) {
	if err := a.mayCome(v); err != nil {
		return nil, err
	}
	login = strings.ToLower(strings.TrimSpace(login))
	if err := a.mayTry(ctx, login); err != nil {
		return nil, err
	}
	p, err := a.findPerson(ctx, a.read(), `where p.login = $1`, login)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	phc, err := a.decoy() // also for known names: the first sign-in takes as long for either
	if err != nil {
		return nil, err
	}
	if p != nil && p.password != "" {
		phc = p.password
	}
	if len(password) > passwordMost {
		password = ""
	}
	ok, stale, err := a.matches(ctx, phc, password)
	if err != nil {
		return nil, err
	}
	if !ok || p == nil || p.password == "" || !a.mayEnter(ctx, p) {
		return nil, errors.Join(a.failed(ctx, login, "password"), ErrSignIn)
	}
	if stale {
		if err := a.rehash(ctx, p, password); err != nil {
			return nil, err
		}
	}
	if p.TOTP || p.Passkeys > 0 {
		return a.ask(p)
	}
	return a.enter(ctx, p, "password", false, v)
}

// mayEnter tells whether the person and its organisation are active.
func (a *Accounts) mayEnter(ctx context.Context, p *Person) bool {
	_, err := a.principal(ctx, a.read(), p)
	return err == nil
}

func (a *Accounts) rehash(ctx context.Context, p *Person, password string) error {
	phc, err := a.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update access_people set password = $1 where id = $2 and password = $3`, phc, p.ID, p.password)
		return err
	})
}

// ask asks for the second factor.
func (a *Accounts) ask(p *Person) (*SignedIn, error) {
	token, err := a.wrap("factor", p.ID, nil)
	out := &SignedIn{Pending: token, Factors: []string{FactorRecovery}}
	if p.Passkeys > 0 {
		out.Factors = slices.Insert(out.Factors, 0, FactorPasskey)
	}
	if p.TOTP {
		out.Factors = slices.Insert(out.Factors, 0, FactorTOTP)
	}
	return out, err
}

// enter starts a session and forgets failures.
func (a *Accounts) enter(ctx context.Context, p *Person, way string, strong bool, v Visit) (*SignedIn, error) {
	var token string
	err := a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if err := a.succeeded(ctx, tx, p.Login); err != nil {
			return err
		}
		token, err = a.start(ctx, tx, p, way, strong, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &SignedIn{Token: token}, nil
}

// SecondFactor takes the code of an authenticator app or a recovery code after
// SignIn asked for one. Refusals: ErrCode, ErrFlow (sign in anew), "pause".
func (a *Accounts) SecondFactor(ctx context.Context, pending, code string, v Visit) (*SignedIn, error) {
	if err := a.mayCome(v); err != nil {
		return nil, err
	}
	f, err := a.unwrap("factor", pending, nil)
	if err != nil {
		return nil, err
	}
	p, err := a.loadPerson(ctx, a.read(), f.Person)
	if err != nil || !a.mayEnter(ctx, p) {
		return nil, ErrFlow
	}
	if err := a.mayTry(ctx, p.Login); err != nil {
		return nil, err
	}
	var out *SignedIn
	way := ""
	err = a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if way, err = a.useCode(ctx, tx, p.ID, code); err != nil || way == "" {
			return err
		}
		if err := a.succeeded(ctx, tx, p.Login); err != nil {
			return err
		}
		token, err := a.start(ctx, tx, p, way, true, v)
		out = &SignedIn{Token: token}
		return err
	})
	if err != nil {
		return nil, err
	}
	if way == "" {
		return nil, errors.Join(a.failed(ctx, p.Login, "code"), ErrCode)
	}
	a.spend(f)
	return out, nil
}

// SignOut ends a session by its token; one that is not there is no error.
func (a *Accounts) SignOut(ctx context.Context, token string) error {
	p, err := a.Identify(ctx, "", token)
	if p == nil {
		if errors.Is(err, ErrExpired) {
			return nil
		}
		return err
	}
	return a.EndSession(With(ctx, p), p.Session)
}

// Redeem takes a one-time code of an account and sets the first, or a new,
// password. Refusals: ErrSignIn, those of CheckPassword, "pause", "rate".
func (a *Accounts) Redeem(ctx context.Context, login, code, password string, v Visit) (*SignedIn, error) {
	if err := a.mayCome(v); err != nil {
		return nil, err
	}
	login = strings.ToLower(strings.TrimSpace(login))
	if err := a.mayTry(ctx, login); err != nil {
		return nil, err
	}
	if err := CheckPassword(password, login); err != nil {
		return nil, err
	}
	phc, err := a.hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	var out *SignedIn
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		out = nil
		p, err := a.findPerson(ctx, tx, `where p.login = $1`, login)
		if errors.Is(err, ErrNotFound) || err == nil && !a.redeems(p, code) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.setPassword(ctx, tx, p.ID, phc); err != nil {
			return err
		}
		if err := a.succeeded(ctx, tx, login); err != nil {
			return err
		}
		if err := a.note(With(ctx, &Principal{ID: p.ID, Org: p.Org}), tx, "password.set", "person:"+p.ID, "by one-time code"); err != nil {
			return err
		}
		token, err := a.start(ctx, tx, p, "code", false, v)
		out = &SignedIn{Token: token}
		return err
	})
	if err == nil && out == nil {
		err = errors.Join(a.failed(ctx, login, "one-time code"), ErrSignIn)
	}
	return out, err
}

func (a *Accounts) redeems(p *Person, code string) bool {
	return p.Active && len(p.code) > 0 && a.clock.Now().Before(p.codeEnd) && equal(p.code, hashOf(plainCode(code)))
}

// Confirm proves once more who the caller is, by password or by a code, so that
// sensitive changes can be made for a while.
func (a *Accounts) Confirm(ctx context.Context, secret string) error {
	p, err := self(ctx)
	if err != nil {
		return err
	}
	me, err := a.loadPerson(ctx, a.read(), p.ID)
	if err != nil {
		return err
	}
	if err := a.mayTry(ctx, me.Login); err != nil {
		return err
	}
	ok := false
	if me.password != "" && len(secret) <= passwordMost {
		if ok, _, err = a.matches(ctx, me.password, secret); err != nil {
			return err
		}
	}
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if !ok {
			way, err := a.useCode(ctx, tx, me.ID, secret)
			if err != nil || way == "" {
				return err
			}
		}
		if err := a.renew(ctx, tx, p.Session, false); err != nil {
			return err
		}
		ok = true
		return a.succeeded(ctx, tx, me.Login)
	})
	if err == nil && !ok {
		err = errors.Join(a.failed(ctx, me.Login, "confirmation"), ErrSignIn)
	}
	return err
}
