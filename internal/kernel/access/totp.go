package access

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"pilotzone/internal/kernel/store"
)

// recoveryCodes is how many recovery codes a person gets.
const recoveryCodes = 10

const (
	totpPeriod = 30 // seconds
	totpSkew   = 1  // steps before and after that are taken
)

// NewTOTP is a secret for an authenticator app, before it is confirmed.
type NewTOTP struct {
	Secret string // as typed by hand
	URL    string // otpauth://…, for a QR code
	Flow   string // to be handed to AddTOTP
}

// BeginTOTP makes a secret for an authenticator app. It counts once AddTOTP has
// seen a code of it. The caller must have proved lately who it is.
func (a *Accounts) BeginTOTP(ctx context.Context) (*NewTOTP, error) {
	p, err := self(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.proved(ctx); err != nil {
		return nil, err
	}
	me, err := a.loadPerson(ctx, a.read(), p.ID)
	if err != nil {
		return nil, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "pilotzone", AccountName: me.Login, Period: totpPeriod, Secret: a.draw(20), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return nil, err
	}
	token, err := a.wrap("totp", p.ID, key.Secret())
	return &NewTOTP{Secret: key.Secret(), URL: key.URL(), Flow: token}, err
}

// AddTOTP confirms the secret of BeginTOTP by a code of it and returns new
// recovery codes, which are not shown again. The session counts as strong.
func (a *Accounts) AddTOTP(ctx context.Context, token, code string) (recovery []string, err error) {
	p, err := self(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.proved(ctx); err != nil {
		return nil, err
	}
	var secret string
	f, err := a.unwrap("totp", token, &secret)
	if err != nil || f.Person != p.ID {
		return nil, ErrFlow
	}
	step := a.stepOf(secret, code, 0)
	if step == 0 {
		return nil, ErrCode
	}
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update access_people set totp = $1, totp_step = $2 where id = $3`, a.seal("totp", p.ID, secret), step, p.ID); err != nil {
			return err
		}
		if err := a.renew(ctx, tx, p.Session, true); err != nil {
			return err
		}
		if recovery, err = a.newRecovery(ctx, tx, p.ID); err != nil {
			return err
		}
		return a.note(ctx, tx, "factor.add", "person:"+p.ID, "totp")
	})
	if err == nil {
		a.spend(f)
	}
	return recovery, err
}

// RemoveTOTP takes the authenticator app from the caller's account.
func (a *Accounts) RemoveTOTP(ctx context.Context) error {
	p, err := self(ctx)
	if err != nil {
		return err
	}
	if err := a.proved(ctx); err != nil {
		return err
	}
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `update access_people set totp = $1, totp_step = 0 where id = $2`, []byte{}, p.ID); err != nil {
			return err
		}
		return a.note(ctx, tx, "factor.remove", "person:"+p.ID, "totp")
	})
}

// NewRecoveryCodes makes new recovery codes; older ones no longer count. They
// are not shown again.
func (a *Accounts) NewRecoveryCodes(ctx context.Context) (recovery []string, err error) {
	p, err := self(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.proved(ctx); err != nil {
		return nil, err
	}
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if recovery, err = a.newRecovery(ctx, tx, p.ID); err != nil {
			return err
		}
		return a.note(ctx, tx, "factor.recovery", "person:"+p.ID, "")
	})
	return recovery, err
}

func (a *Accounts) newRecovery(ctx context.Context, tx *store.Tx, person string) ([]string, error) {
	if _, err := tx.Exec(ctx, `delete from access_recovery where person = $1`, person); err != nil {
		return nil, err
	}
	var out []string
	for range recoveryCodes {
		s := letters.EncodeToString(a.draw(10)) // 80 bits: a plain hash is enough
		code := s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
		if _, err := tx.Exec(ctx, `insert into access_recovery (person, code) values ($1, $2)`, person, hashOf(s)); err != nil {
			return nil, err
		}
		out = append(out, code)
	}
	return out, nil
}

// RecoveryLeft is how many recovery codes the caller has left.
func (a *Accounts) RecoveryLeft(ctx context.Context) (n int, err error) {
	p, err := self(ctx)
	if err != nil {
		return 0, err
	}
	err = a.read().QueryRow(ctx, `select count(*) from access_recovery where person = $1`, p.ID).Scan(&n)
	return n, store.Wrap("read accounts", err)
}

// useCode uses up a code of an authenticator app or a recovery code and says
// which it was, "" if neither.
func (a *Accounts) useCode(ctx context.Context, tx *store.Tx, person, code string) (way string, err error) {
	p, err := a.loadPerson(ctx, tx, person)
	if err != nil {
		return "", err
	}
	if p.TOTP {
		secret, err := a.open("totp", p.ID, p.totp)
		if err != nil {
			return "", err
		}
		if step := a.stepOf(secret, code, p.step); step > 0 {
			_, err := tx.Exec(ctx, `update access_people set totp_step = $1 where id = $2`, step, p.ID)
			return FactorTOTP, err
		}
	}
	res, err := tx.Exec(ctx, `delete from access_recovery where person = $1 and code = $2`, p.ID, hashOf(plainCode(code)))
	if err != nil {
		return "", err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return "", err
	}
	return FactorRecovery, a.note(With(ctx, &Principal{ID: p.ID, Org: p.Org}), tx, "factor.recovery-used", "person:"+p.ID, "")
}

// stepOf is the time step of which a code is, 0 if of none after the last that
// was used: a code is good once (RFC 6238 5.2).
func (a *Accounts) stepOf(secret, code string, last int64) int64 {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	if len(code) != 6 {
		return 0
	}
	now := a.clock.Now().Unix() / totpPeriod
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(step*totpPeriod, 0), totp.ValidateOpts{Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && step > last && equal([]byte(want), []byte(code)) {
			return step
		}
	}
	return 0
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
