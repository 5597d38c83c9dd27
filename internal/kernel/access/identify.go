package access

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/store"
)

// Identify finds out who calls by an API key (bearer) or the token of a session;
// a bearer wins. Without either it is a visitor, nil. Errors: ErrUnknown,
// ErrExpired, ErrLocked, those of the store, and ErrSecondFactor, with which the
// principal comes, who then may manage its own account and nothing beside.
func (a *Accounts) Identify(ctx context.Context, bearer, session string) (*Principal, error) {
	switch {
	case bearer != "":
		return a.known(ctx, "k:"+string(hashOf(bearer)), func(ctx context.Context) (*cached, error) { return a.ofKey(ctx, bearer) })
	case session != "":
		return a.known(ctx, "s:"+string(hashOf(session)), func(ctx context.Context) (*cached, error) { return a.ofSession(ctx, session) })
	}
	return nil, nil
}

// known takes the caller from memory or loads it, and holds it against the time.
func (a *Accounts) known(ctx context.Context, hash string, load func(context.Context) (*cached, error)) (*Principal, error) {
	now := a.clock.Now()
	e := a.cache.get(hash, now)
	if e == nil {
		generation := a.cache.generation.Load() // before reading: a change meanwhile makes the entry stale
		var err error
		if e, err = load(ctx); err != nil {
			return nil, err
		}
		e.generation, e.loaded = generation, now
		a.cache.put(hash, e)
	}
	if !e.expires.IsZero() && !now.Before(e.expires) {
		return nil, ErrExpired
	}
	if e.session != nil {
		seen := e.session.Seen
		if at, ok := a.touched.of("session", e.session.ID); ok && at.After(seen) {
			seen = at
		}
		if now.Sub(seen) > a.config.Idle {
			return nil, ErrExpired
		}
		a.touched.set("session", e.session.ID, now)
	} else {
		a.touched.set("key", e.key, now)
	}
	return e.principal, e.err
}

// ofSession loads the caller of a session.
func (a *Accounts) ofSession(ctx context.Context, token string) (*cached, error) {
	q := a.read()
	s, err := scanSession(q.QueryRow(ctx, `select `+sessionColumns+` from access_sessions where hash = $1`, hashOf(token)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrExpired
	}
	if err != nil {
		return nil, store.Wrap("read accounts", err)
	}
	person, err := a.loadPerson(ctx, q, s.Person)
	if err != nil {
		return nil, err
	}
	p, err := a.principal(ctx, q, person)
	if err != nil {
		return nil, err
	}
	p.Session, p.Strong = s.ID, s.Strong
	e := &cached{principal: p, session: s, expires: s.Until}
	if !s.Strong && a.needsFactor(p.Roles) {
		p.Limit, e.err = []Permission{SelfManage}, ErrSecondFactor
	}
	return e, nil
}

// principal makes the caller of a person: the one place where it is put
// together. ErrLocked if the person or its organisation is not active.
func (a *Accounts) principal(ctx context.Context, q reader, v *Person) (*Principal, error) {
	if !v.Active {
		return nil, ErrLocked
	}
	p := &Principal{ID: v.ID, Name: v.Name, Org: v.Org, Roles: v.Roles, Person: v.Key}
	if v.Org == "" {
		return p, nil
	}
	return p, a.fill(ctx, q, p)
}

// fill gives a principal what comes from its organisation.
func (a *Accounts) fill(ctx context.Context, q reader, p *Principal) error {
	o, err := loadOrg(ctx, q, p.Org)
	if err != nil {
		return err
	}
	if !o.Active {
		return ErrLocked
	}
	p.Codes = o.Codes
	p.Mandates, err = mandatesInForce(ctx, q, p.Org, clock.DayOf(a.clock.Now()))
	return err
}

// staff are the roles that need a second factor under FactorStaff.
var staff = []Role{Customs, Chief, Tax, FX, Commerce, Market, Post, Admin, Auditor}

func (a *Accounts) needsFactor(roles []Role) bool {
	switch a.config.SecondFactor {
	case FactorAll:
		return true
	case FactorStaff:
		return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(staff, r) })
	}
	return false
}

// ofKey loads the caller of an API key.
func (a *Accounts) ofKey(ctx context.Context, secret string) (*cached, error) {
	prefix, ok := keyPrefix(secret)
	if !ok {
		return nil, ErrUnknown
	}
	q := a.read()
	var id string
	var hash []byte
	var until int64
	err := q.QueryRow(ctx, `select key, hash, until from access_secrets where prefix = $1`, prefix).Scan(&id, &hash, &until)
	if errors.Is(err, sql.ErrNoRows) || err == nil && subtle.ConstantTimeCompare(hash, hashOf(secret)) != 1 {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, store.Wrap("read accounts", err)
	}
	k, err := loadKey(ctx, q, id)
	if err != nil {
		return nil, err
	}
	if k.Sandbox != strings.HasPrefix(secret, testKey) {
		return nil, ErrUnknown
	}
	if !k.Revoked.IsZero() {
		return nil, ErrExpired
	}
	p, err := a.keyPrincipal(ctx, q, k)
	if err != nil {
		return nil, err
	}
	return &cached{principal: p, key: k.ID, expires: earliest(k.Until, timeOf(until))}, nil
}

// keyPrincipal makes the caller of a key: the roles of its organisation, nothing
// beside the key's permissions, and no code that the organisation has lost.
func (a *Accounts) keyPrincipal(ctx context.Context, q reader, k *APIKey) (*Principal, error) {
	o, err := loadOrg(ctx, q, k.Org)
	if err != nil {
		return nil, err
	}
	p := &Principal{ID: "key:" + k.ID, Key: k.ID, Name: k.Name, Org: k.Org, Roles: OrgRoles(o.Kind), Limit: []Permission{}, Sandbox: k.Sandbox, Strong: true}
	for _, v := range k.Permissions {
		if !slices.Contains(people, v) { // an earlier release gave more
			p.Limit = append(p.Limit, v)
		}
	}
	if err := a.fill(ctx, q, p); err != nil {
		return nil, err
	}
	lost := func(c string) bool { return !slices.Contains(k.Codes, c) }
	p.Codes = slices.DeleteFunc(p.Codes, lost)
	for i := range p.Mandates {
		p.Mandates[i].Codes = slices.DeleteFunc(p.Mandates[i].Codes, lost)
	}
	p.Mandates = slices.DeleteFunc(p.Mandates, func(m Mandate) bool { return len(m.Codes) == 0 })
	return p, nil
}

// timeOf reads a stored time; 0 is none.
func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}

// microsOf is the stored form; no time is 0.
func microsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return clock.Micros(t)
}

// earliest is the earlier of two times, of which either may be none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// self is the caller as a person who manages its own account.
func self(ctx context.Context) (*Principal, error) {
	p := Of(ctx)
	if !p.May(SelfManage) || p.Session == "" {
		return nil, ErrDenied
	}
	return p, nil
}
