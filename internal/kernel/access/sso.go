package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"pilotzone/ident"
	"pilotzone/internal/kernel/clock"
	"pilotzone/internal/kernel/keys"
	"pilotzone/internal/kernel/store"
)

// The kinds of single sign-on providers.
const (
	WorkforceProvider = "workforce" // signs people in who have an account here; the default
	RealNameProvider  = "realname"  // proves who a consumer is 实名认证
)

// Provider is a single sign-on provider by OpenID Connect 1.0 (单点登录).
type Provider struct {
	Name   string `yaml:"name"`   // in addresses: letters, digits, hyphens
	ZH     string `yaml:"zh"`     // on the button
	EN     string `yaml:"en"`     // on the button
	Kind   string `yaml:"kind"`   // workforce or realname
	Issuer string `yaml:"issuer"` // https; http on this machine alone

	ClientID     string   `yaml:"client_id"`
	ClientSecret string   `yaml:"client_secret"`
	Scopes       []string `yaml:"scopes"` // beside openid; default profile

	// Claims of a real-name provider, in the ID token or the user information.
	NameClaim   string `yaml:"name_claim"`   // default name
	NumberClaim string `yaml:"number_claim"` // default id_number: resident identity number
}

var providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)

// Check reports what is wrong with the configuration of a provider, nil if
// nothing is.
func (p *Provider) Check() error {
	u, err := url.Parse(p.Issuer)
	switch {
	case !providerName.MatchString(p.Name):
		return fmt.Errorf("provider %q: a name is letters, digits and hyphens / 名称只能由小写字母、数字和连字符组成", p.Name)
	case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())):
		return fmt.Errorf("provider %s: the issuer is an https address / issuer 须为 https 地址", p.Name)
	case p.ClientID == "":
		return fmt.Errorf("provider %s: client_id is missing / 缺少 client_id", p.Name)
	case !slices.Contains([]string{"", WorkforceProvider, RealNameProvider}, p.Kind):
		return fmt.Errorf("provider %s: the kind is workforce or realname / kind 应为 workforce 或 realname", p.Name)
	}
	return nil
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// Refusals of single sign-on.
var (
	ErrProviderDown = &Refusal{"provider_down", "单点登录服务暂时无法访问", "the sign-on provider can't be reached", "稍后重试，或改用其他登录方式", "try again later, or sign in another way"}
	ErrSSO          = &Refusal{"sso", "单点登录未完成或应答无效", "the sign-on was not completed or its answer is not valid", "从头开始登录", "start again"}
	ErrNotLinked    = &Refusal{"sso_not_linked", "该身份尚未与本平台的账号关联", "this identity is not linked to an account here", "请管理员关联，或先用其他方式登录后在“我的账号”中关联", "ask your administrator to link it, or sign in another way and link it under My account"}
	ErrRealName     = &Refusal{"real_name", "实名认证服务未提供姓名或有效的身份证件号码", "the provider gave no name or no valid identity number", "在实名认证服务完成认证后重试", "complete the proof of identity at the provider and try again"}
)

// answerTime bounds each question to a provider; refreshTime is how long what it
// says of itself is kept.
const (
	answerTime  = 10 * time.Second
	refreshTime = time.Hour
	downTime    = 5 * time.Second // a provider that is down is asked again only then
)

// ssoDoor is a provider with what it says of itself.
type ssoDoor struct {
	Provider
	client *http.Client
	clock  clock.Clock

	mu    sync.Mutex
	known *oidc.Provider
	at    time.Time
	down  error // why it could not be reached at the time
}

func newSSODoors(c Config) (map[string]*ssoDoor, error) {
	out := map[string]*ssoDoor{}
	for _, p := range c.Providers {
		if err := p.Check(); err != nil {
			return nil, err
		}
		if p.Kind == RealNameProvider && c.PersonKey == nil || c.PublicURL == "" || out[p.Name] != nil {
			return nil, fmt.Errorf("provider %s: needs a name of its own, http.public_url, and of real names the key of persons / 名称不得重复，且须配置 http.public_url", p.Name)
		}
		fillText(&p.Kind, WorkforceProvider)
		fillText(&p.NameClaim, "name")
		fillText(&p.NumberClaim, "id_number")
		fillText(&p.ZH, p.Name)
		fillText(&p.EN, p.ZH)
		if len(p.Scopes) == 0 {
			p.Scopes = []string{"profile"}
		}
		out[p.Name] = &ssoDoor{Provider: p, client: &http.Client{Timeout: answerTime}, clock: c.Clock}
	}
	return out, nil
}

func fillText(s *string, value string) {
	if *s == "" {
		*s = value
	}
}

// discover returns what the provider says of itself, asking it at most hourly.
func (d *ssoDoor) discover(ctx context.Context) (*oidc.Provider, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	if d.known != nil && now.Sub(d.at) < refreshTime {
		return d.known, nil
	}
	if d.down != nil && now.Sub(d.at) < downTime {
		return nil, d.down
	}
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), d.client), d.Issuer)
	if err != nil {
		d.known, d.at, d.down = nil, now, errors.Join(ErrProviderDown, err)
		return nil, d.down
	}
	d.known, d.at, d.down = p, now, nil
	return p, nil
}

func (d *ssoDoor) oauth(p *oidc.Provider, public string) *oauth2.Config {
	return &oauth2.Config{ClientID: d.ClientID, ClientSecret: d.ClientSecret, Endpoint: p.Endpoint(),
		RedirectURL: strings.TrimSuffix(public, "/") + CallbackPath(d.Name), Scopes: append([]string{oidc.ScopeOpenID}, d.Scopes...)}
}

// CallbackPath is where a provider sends the browser back to, to be registered
// with it behind the public address.
func CallbackPath(provider string) string { return "/sign-in/sso/" + provider + "/callback" }

// Providers lists the providers, without their secrets, in the order of the
// configuration.
func (a *Accounts) Providers() []Provider {
	var out []Provider
	for _, p := range a.config.Providers {
		d := a.sso[p.Name].Provider
		d.ClientSecret = ""
		out = append(out, d)
	}
	return out
}

// ssoFlow is what is remembered between the way to a provider and the way back.
type ssoFlow struct {
	Provider, State, Nonce, Verifier, Next string
	Link                                   bool // to the account of the flow's person
}

// StartSSO begins a sign-in at a provider: the address to send the browser to,
// and a token that the browser keeps in a cookie until FinishSSO. next is the
// path to go to afterwards. With link, the identity is linked to the caller's
// account, who proved lately who it is.
func (a *Accounts) StartSSO(ctx context.Context, provider, next string, link bool) (address, token string, err error) {
	d := a.sso[provider]
	if d == nil {
		return "", "", ErrNotFound
	}
	person := ""
	if link {
		p, err := self(ctx)
		if err != nil {
			return "", "", err
		}
		if err := a.proved(ctx); err != nil {
			return "", "", err
		}
		person = p.ID
	}
	known, err := d.discover(ctx)
	if err != nil {
		return "", "", err
	}
	f := ssoFlow{Provider: provider, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Next: next, Link: link}
	if token, err = a.wrap("sso", person, f); err != nil {
		return "", "", err
	}
	return d.oauth(known, a.config.PublicURL).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), token, nil
}

// FinishSSO takes the browser back from a provider: token is the cookie of
// StartSSO, state and code stand in the address. Without a new session (Token
// "") the identity was linked to the caller's account. Refusals: ErrFlow,
// ErrSSO, ErrProviderDown, ErrNotLinked, ErrRealName, ErrTaken, "rate".
func (a *Accounts) FinishSSO(ctx context.Context, provider, token, state, code string, v Visit) (in *SignedIn, next string, err error) {
	if err := a.mayCome(v); err != nil {
		return nil, "", err
	}
	d := a.sso[provider]
	if d == nil {
		return nil, "", ErrNotFound
	}
	var s ssoFlow
	f, err := a.unwrap("sso", token, &s)
	if err != nil || s.Provider != provider {
		return nil, "", ErrFlow
	}
	if state == "" || !equal([]byte(state), []byte(s.State)) || code == "" {
		return nil, "", ErrSSO
	}
	if !a.spend(f) {
		return nil, "", ErrFlow
	}
	who, err := d.ask(ctx, a.config.PublicURL, code, s)
	if err != nil {
		return nil, "", err
	}
	if s.Link {
		return &SignedIn{}, s.Next, a.linkSelf(ctx, d, who, f.Person)
	}
	in, err = a.enterSSO(ctx, d, who, v)
	return in, s.Next, err
}

// identity is who somebody is at a provider.
type identity struct {
	issuer, subject string
	name, number    string // of a real-name provider
}

// ask changes the code for the identity and checks all that OpenID Connect Core
// 3.1.3.7 asks: signature, issuer, audience, time, nonce.
func (d *ssoDoor) ask(ctx context.Context, public, code string, s ssoFlow) (*identity, error) {
	known, err := d.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, d.client)
	tokens, err := d.oauth(known, public).Exchange(ctx, code, oauth2.VerifierOption(s.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused):
		return nil, errors.Join(ErrSSO, err)
	case err != nil:
		return nil, errors.Join(ErrProviderDown, err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	// The provider's clock is the machine's, not one that a test has set.
	id, err := known.Verifier(&oidc.Config{ClientID: d.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, errors.Join(ErrSSO, err)
	}
	if id.Subject == "" || !equal([]byte(id.Nonce), []byte(s.Nonce)) {
		return nil, ErrSSO
	}
	who := &identity{issuer: id.Issuer, subject: id.Subject}
	if d.Kind != RealNameProvider {
		return who, nil
	}
	return who, d.realName(ctx, known, tokens, id, who)
}

// realName reads name and number, from the ID token or else from the user
// information, which must be of the same subject.
func (d *ssoDoor) realName(ctx context.Context, known *oidc.Provider, tokens *oauth2.Token, id *oidc.IDToken, who *identity) error {
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return errors.Join(ErrSSO, err)
	}
	text := func(name string) string { s, _ := claims[name].(string); return strings.TrimSpace(s) }
	if text(d.NameClaim) == "" || text(d.NumberClaim) == "" {
		info, err := known.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil {
			return errors.Join(ErrProviderDown, err)
		}
		if info.Subject != who.subject {
			return ErrSSO
		}
		if err := info.Claims(&claims); err != nil {
			return errors.Join(ErrSSO, err)
		}
	}
	who.name, who.number = text(d.NameClaim), strings.ToUpper(text(d.NumberClaim))
	if _, err := ident.ParseResidentID(who.number, d.clock.Now()); err != nil || who.name == "" || len(who.name) > 100 {
		return ErrRealName // the number is in no error
	}
	return nil
}

// linked finds the account of an identity, or ErrNotLinked.
func (a *Accounts) linked(ctx context.Context, q reader, who *identity) (*Person, error) {
	ids, err := collect(ctx, q, scanText, `select person from access_links where issuer = $1 and subject = $2`, who.issuer, who.subject)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, ErrNotLinked
	}
	return a.loadPerson(ctx, q, ids[0])
}

// enterSSO starts a session for an identity. One of a real-name provider that is
// not known becomes a consumer.
func (a *Accounts) enterSSO(ctx context.Context, d *ssoDoor, who *identity, v Visit) (*SignedIn, error) {
	var token string
	err := a.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := a.linked(ctx, tx, who)
		if errors.Is(err, ErrNotLinked) && d.Kind == RealNameProvider {
			p, err = a.consumer(ctx, tx, d, who)
		}
		if err != nil {
			return err
		}
		if d.Kind == RealNameProvider && (p.Org != "" || p.Key != a.config.PersonKey(who.number)) {
			return ErrRealName // the identity is another person's than when it was linked
		}
		if _, err := a.principal(ctx, tx, p); err != nil {
			return err
		}
		token, err = a.start(ctx, tx, p, "sso:"+d.Name, true, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &SignedIn{Token: token}, nil
}

// consumer finds the consumer of a real name, or makes one, and links the
// identity.
func (a *Accounts) consumer(ctx context.Context, tx *store.Tx, d *ssoDoor, who *identity) (*Person, error) {
	key := a.config.PersonKey(who.number)
	if key == (keys.Key{}) {
		return nil, ErrRealName
	}
	p, err := a.findPerson(ctx, tx, `where p.org = '' and p.person = $1`, key[:])
	if errors.Is(err, ErrNotFound) {
		p = &Person{Login: a.id("c-"), Name: who.name, Roles: []Role{Consumer}, Active: true, Key: key}
		_, err = a.insertPerson(With(ctx, System()), tx, p)
	}
	if err != nil {
		return nil, err
	}
	return p, a.link(With(ctx, &Principal{ID: p.ID}), tx, d.Name, who, p.ID)
}

func (a *Accounts) link(ctx context.Context, tx *store.Tx, provider string, who *identity, person string) error {
	if _, err := tx.Exec(ctx, `insert into access_links (issuer, subject, provider, person, created_at) values ($1, $2, $3, $4, $5)`,
		who.issuer, who.subject, provider, person, clock.Micros(a.clock.Now())); err != nil {
		return err
	}
	return a.note(ctx, tx, "sso.link", "person:"+person, "provider="+provider)
}

func (a *Accounts) linkSelf(ctx context.Context, d *ssoDoor, who *identity, person string) error {
	p, err := self(ctx)
	if err != nil {
		return err
	}
	if p.ID != person || d.Kind == RealNameProvider {
		return ErrFlow
	}
	return taken(a.write(ctx, func(ctx context.Context, tx *store.Tx) error { return a.link(ctx, tx, d.Name, who, p.ID) }))
}

// LinkPerson links an account to a subject of a provider. The caller manages
// people of the whole zone. Real-name providers are not linked by hand.
func (a *Accounts) LinkPerson(ctx context.Context, person, provider, subject string) error {
	d := a.sso[provider]
	if d == nil || d.Kind == RealNameProvider || subject == "" || len(subject) > 255 {
		return ErrNotFound
	}
	if Of(ctx).Scope(PeopleManage) != Zone {
		return ErrDenied
	}
	return taken(a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, _, err := a.managed(ctx, tx, person); err != nil {
			return err
		}
		return a.link(ctx, tx, provider, &identity{issuer: d.Issuer, subject: subject}, person)
	}))
}

// Unlink takes all identities of a provider from an account: the caller's own,
// or one that it manages.
func (a *Accounts) Unlink(ctx context.Context, person, provider string) error {
	if p, err := self(ctx); err == nil && p.ID == person {
		if err := a.proved(ctx); err != nil {
			return err
		}
	} else if _, _, err := a.managed(ctx, a.read(), person); err != nil {
		return err
	}
	return a.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `delete from access_links where person = $1 and provider = $2`, person, provider); err != nil {
			return err
		}
		return a.note(ctx, tx, "sso.unlink", "person:"+person, "provider="+provider)
	})
}

// Links are the names of the providers that an account is linked to: the
// caller's own, or one that it manages.
func (a *Accounts) Links(ctx context.Context, person string) ([]string, error) {
	if p := Of(ctx); p == nil || p.ID != person {
		if _, _, err := a.managed(ctx, a.read(), person); err != nil {
			return nil, err
		}
	}
	return collect(ctx, a.read(), scanText, `select provider from access_links where person = $1 order by provider`, person)
}
