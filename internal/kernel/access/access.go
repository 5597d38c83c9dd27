// Package access is who may do what (访问控制): organisations, people, roles,
// mandates, sessions, API keys, and the one table of permissions.
//
// Invariants: access is denied unless the table grants it; the table is looked
// up in one place, Principal.Scope, and nowhere else; secrets (passwords, keys,
// session tokens, codes) are stored hashed or sealed, never in clear; a key or a
// mandate never widens what its holder's roles grant.
package access

import (
	"context"
	"slices"

	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
)

// Role is what a person or program is in the zone (角色). Its name is stored.
type Role string

// The roles.
const (
	Visitor  Role = "visitor"  // nobody in particular, without an account 访客
	Clerk    Role = "clerk"    // sends and reads for an enterprise 企业经办人
	Manager  Role = "manager"  // runs an enterprise's accounts, keys and filings 企业管理员
	Customs  Role = "customs"  // customs officer 海关监管人员
	Chief    Role = "chief"    // customs officer who supervises others 海关科长
	Tax      Role = "tax"      // tax officer 税务人员
	FX       Role = "fx"       // foreign-exchange officer 外汇管理人员
	Commerce Role = "commerce" // commerce officer 商务人员
	Market   Role = "market"   // market-supervision officer 市场监管人员
	Post     Role = "post"     // postal officer 邮政管理人员
	Park     Role = "park"     // park operator 园区运营方
	Bank     Role = "bank"     // bank 银行
	Admin    Role = "admin"    // administrator of the zone 综试区管理员
	Auditor  Role = "auditor"  // reads the audit chain 审计员
	Consumer Role = "consumer" // a person whose identity is on lists 消费者
)

// Roles are all roles, in the order in which they are shown.
func Roles() []Role {
	return []Role{Visitor, Clerk, Manager, Customs, Chief, Tax, FX, Commerce, Market, Post, Park, Bank, Admin, Auditor, Consumer}
}

// Scope is over how much a permission reaches (数据范围).
type Scope uint8

// The scopes.
const (
	None Scope = iota // not at all
	Own               // what the caller's organisation, its clients by mandate, or the consumer has a part in
	Zone              // all of the zone
)

// String is the scope's name.
func (s Scope) String() string { return [...]string{"none", "own", "zone"}[s] }

// Mandate lets an organisation act for a client (委托).
type Mandate struct {
	ID       string
	Client   string    // filing of the client
	Codes    []string  // the client's enterprise codes
	Kinds    []string  // message kinds such as CEB621; none means all
	From, To clock.Day // first and last day; To 0 means until revoked
}

// Principal is who calls, as the door found out (主体). It never changes.
type Principal struct {
	ID       string       // account of the person, or "key:ID", "token:NAME"; "" is a visitor
	Name     string       // as shown to others in the organisation
	Org      string       // organisation; "" for consumers and visitors
	Roles    []Role       // what its account says
	Codes    []string     // enterprise codes of its organisation
	Mandates []Mandate    // in force now
	Limit    []Permission // of a key: nothing beside these; nil means no limit
	Key      string       // id of the API key, if it came by one
	Session  string       // id of the session, if it came by one
	Sandbox  bool         // of a key: what it sends is tried and thrown away
	Strong   bool         // a second factor, a passkey or single sign-on was shown
	Person   keys.Key     // of a consumer who proved who they are: the keyed hash of the identity number
}

// Scope tells how far a permission reaches for the caller: the one place where
// access is decided.
func (p *Principal) Scope(need Permission) Scope {
	best := Table[Visitor][need]
	if p == nil {
		return best
	}
	if p.Limit != nil && !slices.Contains(p.Limit, need) {
		return best
	}
	for _, r := range p.Roles {
		best = max(best, Table[r][need])
	}
	return best
}

// May tells whether the caller may do it at all.
func (p *Principal) May(need Permission) bool { return p.Scope(need) != None }

// Is tells whether the caller has a role.
func (p *Principal) Is(r Role) bool { return p != nil && slices.Contains(p.Roles, r) }

// Parties are the enterprise codes whose things a permission of scope Own
// reaches: the organisation's own and those of its clients.
func (p *Principal) Parties() []string {
	if p == nil {
		return nil
	}
	out := slices.Clone(p.Codes)
	for _, m := range p.Mandates {
		for _, c := range m.Codes {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// Entrusted are the enterprise codes for which the caller does everything: the
// organisation's own, and those of clients whose mandate is not narrowed to kinds
// of messages. A narrowed one reaches what the messages are about, see Parties.
func (p *Principal) Entrusted() []string {
	if p == nil {
		return nil
	}
	whole := *p
	whole.Mandates = slices.DeleteFunc(slices.Clone(p.Mandates), func(m Mandate) bool { return len(m.Kinds) > 0 })
	return whole.Parties()
}

// Sees tells whether the permission reaches what belongs to any of the
// enterprises given.
func (p *Principal) Sees(need Permission, parties ...string) bool {
	switch p.Scope(need) {
	case Zone:
		return true
	case Own:
		own := p.Parties()
		return slices.ContainsFunc(parties, func(c string) bool { return c != "" && slices.Contains(own, c) })
	}
	return false
}

// SendsFor tells whether the caller may send messages of a kind for an
// enterprise: its own, or a client's by a mandate that names the kind.
func (p *Principal) SendsFor(code, kind string) bool {
	switch p.Scope(MessageSend) {
	case Zone:
		return true
	case None:
		return false
	}
	if slices.Contains(p.Codes, code) {
		return true
	}
	return slices.ContainsFunc(p.Mandates, func(m Mandate) bool {
		return slices.Contains(m.Codes, code) && (len(m.Kinds) == 0 || slices.Contains(m.Kinds, kind))
	})
}

type principalKey struct{}

// With puts the caller into a context.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// Of is the caller of a request, nil for a visitor.
func Of(ctx context.Context) *Principal {
	p, _ := ctx.Value(principalKey{}).(*Principal)
	return p
}
