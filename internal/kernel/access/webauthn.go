package access

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"pilotzone/internal/kernel/audit"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// passkeyDoor is the platform as browsers know it (WebAuthn relying party).
type passkeyDoor struct{ *webauthn.WebAuthn }

// newPasskeyDoor binds passkeys to the name in the public address; an address
// without a name has none.
func newPasskeyDoor(publicURL string) (*passkeyDoor, error) {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil || u.Scheme != "https" && u.Hostname() != "localhost" {
		return nil, nil
	}
	w, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "pilotzone", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}})
	return &passkeyDoor{w}, err
}

// passkeyUser is a person as the library wants it.
type passkeyUser struct {
	handle      []byte
	login, name string
	credentials []webauthn.Credential
}

// WebAuthnID is the random handle of the account.
func (u *passkeyUser) WebAuthnID() []byte { return u.handle }

// WebAuthnName is the login name.
func (u *passkeyUser) WebAuthnName() string { return u.login }

// WebAuthnDisplayName is the person's name.
func (u *passkeyUser) WebAuthnDisplayName() string { return u.name }

// WebAuthnCredentials are the passkeys of the account.
func (u *passkeyUser) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

// passkeyUser reads a person's passkeys.
func (a *Accounts) passkeyUser(ctx context.Context, q reader, p *Person) (*passkeyUser, error) {
	u := &passkeyUser{handle: p.handle, login: p.Login, name: p.Name}
	rows, err := q.Query(ctx, `select credential from access_passkeys where person = $1`, p.ID)
	if err != nil {
		return nil, store.Wrap("read accounts", err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		var c webauthn.Credential
		if err := rows.Scan(&body); err != nil {
			return nil, store.Wrap("read accounts", err)
		}
		if err := json.Unmarshal(body, &c); err != nil {
			return nil, err
		}
		u.credentials = append(u.credentials, c)
	}
	return u, store.Wrap("read accounts", rows.Err())
}

// BeginPasskey begins to add a passkey: the options for the browser, and a token
// that comes back with its answer. The caller proved lately who it is.
func (a *Accounts) BeginPasskey(ctx context.Context) (options []byte, flow string, err error) {
	if a.passkeys == nil {
		return nil, "", ErrNotFound
	}
	p, err := self(ctx)
	if err != nil {
		return nil, "", err
	}
	if err := a.proved(ctx); err != nil {
		return nil, "", err
	}
	me, err := a.loadPerson(ctx, a.read(), p.ID)
	if err != nil {
		return nil, "", err
	}
	u, err := a.passkeyUser(ctx, a.read(), me)
	if err != nil {
		return nil, "", err
	}
	creation, session, err := a.passkeys.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, "", err
	}
	if options, err = json.Marshal(creation); err != nil {
		return nil, "", err
	}
	flow, err = a.wrap("passkey-add", p.ID, session)
	return options, flow, err
}

// AddPasskey takes the browser's answer to BeginPasskey. The session counts as
// strong. With a first factor come recovery codes, which are not shown again.
func (a *Accounts) AddPasskey(ctx context.Context, token, name string, response []byte) (recovery []string, err error) {
	p, err := self(ctx)
	if err != nil {
		return nil, err
	}
	if a.passkeys == nil {
		return nil, ErrNotFound
	}
	if err := a.proved(ctx); err != nil {
		return nil, err
	}
	var session webauthn.SessionData
	f, err := a.unwrap("passkey-add", token, &session)
	if err != nil || f.Person != p.ID || !a.spend(f) {
		return nil, ErrFlow
	}
	if name = strings.TrimSpace(name); name == "" || len(name) > 100 {
		name = "passkey"
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return nil, errors.Join(ErrPasskey, err)
	}
	err = a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		me, err := a.loadPerson(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		u, err := a.passkeyUser(ctx, tx, me)
		if err != nil {
			return err
		}
		c, err := a.passkeys.CreateCredential(u, session, parsed)
		if err != nil {
			return errors.Join(ErrPasskey, err)
		}
		if err := a.putPasskey(ctx, tx, me, name, c); err != nil {
			return err
		}
		if !me.TOTP && len(u.credentials) == 0 {
			if recovery, err = a.newRecovery(ctx, tx, p.ID); err != nil {
				return err
			}
		}
		return a.renew(ctx, tx, p.Session, true)
	})
	return recovery, taken(err)
}

func (a *Accounts) putPasskey(ctx context.Context, tx *store.Tx, me *Person, name string, c *webauthn.Credential) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into access_passkeys (id, person, name, credential, signs, created_at, used_at) values ($1, $2, $3, $4, $5, $6, 0)`,
		c.ID, me.ID, name, body, int64(c.Authenticator.SignCount), clock.Micros(a.clock.Now())); err != nil {
		return err
	}
	return a.note(ctx, tx, "factor.add", "person:"+me.ID, "passkey")
}

// BeginPasskeySignIn begins a sign-in by passkey: the options for the browser,
// and a token that comes back with its answer.
func (a *Accounts) BeginPasskeySignIn(v Visit) (options []byte, flow string, err error) {
	if a.passkeys == nil {
		return nil, "", ErrNotFound
	}
	if err := a.mayCome(v); err != nil {
		return nil, "", err
	}
	assertion, session, err := a.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", err
	}
	if options, err = json.Marshal(assertion); err != nil {
		return nil, "", err
	}
	flow, err = a.wrap("passkey", "", session)
	return options, flow, err
}

// PasskeySignIn takes the browser's answer to BeginPasskeySignIn. Refusals:
// ErrPasskey, ErrFlow, "rate".
func (a *Accounts) PasskeySignIn(ctx context.Context, token string, response []byte, v Visit) (*SignedIn, error) {
	if a.passkeys == nil {
		return nil, ErrNotFound
	}
	if err := a.mayCome(v); err != nil {
		return nil, err
	}
	var session webauthn.SessionData
	f, err := a.unwrap("passkey", token, &session)
	if err != nil || !a.spend(f) {
		return nil, ErrFlow
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return nil, errors.Join(ErrPasskey, err)
	}
	var out *SignedIn
	cloned := false
	err = a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		out, cloned = nil, false
		var person *Person
		_, c, err := a.passkeys.ValidatePasskeyLogin(func(raw, handle []byte) (webauthn.User, error) {
			p, err := a.findPerson(ctx, tx, `where p.handle = $1`, handle)
			if err != nil {
				return nil, err
			}
			person = p
			return a.passkeyUser(ctx, tx, p)
		}, session, parsed)
		if err != nil {
			return errors.Join(ErrPasskey, err)
		}
		if c.Authenticator.CloneWarning {
			cloned = true
			return a.audit.Write(ctx, tx, audit.Entry{Actor: person.ID, Org: person.Org, Act: "passkey.cloned", Object: "person:" + person.ID, Outcome: audit.Denied})
		}
		if _, err := a.principal(ctx, tx, person); err != nil {
			return errors.Join(ErrPasskey, err)
		}
		token, err := a.usePasskey(ctx, tx, person, c, v)
		out = &SignedIn{Token: token}
		return err
	})
	if err == nil && cloned {
		err = ErrPasskey
	}
	return out, err
}

// usePasskey keeps the passkey's new state and starts a session.
func (a *Accounts) usePasskey(ctx context.Context, tx *store.Tx, p *Person, c *webauthn.Credential, v Visit) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, `update access_passkeys set credential = $1, signs = $2, used_at = $3 where id = $4`, body, int64(c.Authenticator.SignCount), clock.Micros(a.clock.Now()), c.ID); err != nil {
		return "", err
	}
	if err := a.succeeded(ctx, tx, p.Login); err != nil {
		return "", err
	}
	return a.start(ctx, tx, p, FactorPasskey, true, v)
}
