// Package oidctest is a small OpenID Connect provider (身份提供方) with made-up
// people: tests sign in at it over real HTTP, and the demo offers it as its
// identity provider. It has discovery, the authorization code flow with PKCE
// (S256 is required), signed ID tokens, user information, and one plain page on
// which a person is chosen without a password. It is no provider for real use.
//
// Invariants: a code is good once, for one client and one redirect address, and
// for a minute; a redirect address that is not registered is never redirected
// to.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Person is one who can sign in.
type Person struct {
	Subject  string
	Name     string // claim name
	IDNumber string // claim id_number; "" is left out
	Note     string // shown on the page only
}

// Config is what a provider works with.
type Config struct {
	Listen       string // host:port; default 127.0.0.1:0
	People       []Person
	ClientID     string
	ClientSecret string
	// Redirects are the addresses to which browsers may be sent back.
	Redirects []string
	// InToken puts name and number into the ID token; else they stand in the user
	// information alone.
	InToken bool
}

// Provider is a running provider.
type Provider struct {
	Issuer string // its address
	config Config
	key    *ecdsa.PrivateKey
	server *http.Server

	mu      sync.Mutex
	codes   map[string]grant
	access  map[string]grant
	faults  Faults
	address map[string]bool
}

// Faults are answers that a good provider never gives, for tests of its clients.
type Faults struct {
	Nonce    string // in ID tokens instead of the one that was asked with
	Audience string // in ID tokens instead of the client
	Subject  string // in the user information instead of the person
	Key      bool   // ID tokens are signed with a key that is not published
}

// grant is what a code or an access token stands for.
type grant struct {
	person                     Person
	redirect, nonce, challenge string
	until                      time.Time
}

// Start starts a provider; Close stops it.
func Start(c Config) (*Provider, error) {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, err
	}
	p := &Provider{Issuer: "http://" + l.Addr().String(), config: c, key: key, codes: map[string]grant{}, access: map[string]grant{}, address: map[string]bool{}}
	for _, r := range c.Redirects {
		p.address[r] = true
	}
	p.server = &http.Server{Handler: p.routes(), ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10}
	go func() { _ = p.server.Serve(l) }() // ends with Close
	return p, nil
}

// Close stops the provider.
func (p *Provider) Close() error { return p.server.Close() }

// Allow registers an address to which browsers may be sent back.
func (p *Provider) Allow(redirect string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.address[redirect] = true
}

// Fail makes the provider answer wrongly from now on.
func (p *Provider) Fail(f Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = f
}

func (p *Provider) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /authorize", p.choose)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	return mux
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, 200, map[string]any{"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"userinfo_endpoint": p.Issuer + "/userinfo", "jwks_uri": p.Issuer + "/keys", "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported": []string{"S256"}, "scopes_supported": []string{"openid", "profile"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"claims_supported":                      []string{"sub", "name", "id_number"}})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>演示身份提供方 Demo identity provider</title></head>
<body><main><h1>演示身份提供方</h1><p>以下人员均为虚构，选择一人即可登录。<br><span lang="en">Demo identity provider: these people are made up. Choose one to sign in.</span></p>
<form method="post" action="/authorize?{{.Query}}">
{{range .People}}<p><button name="subject" value="{{.Subject}}">{{.Name}}</button> {{.Note}}</p>
{{end}}</form></main></body></html>`))

// check holds a request to sign in against the client; the first result is a
// fault that is shown here, the second one that is told to the client.
func (p *Provider) check(q url.Values) (here, back string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case q.Get("client_id") != p.config.ClientID:
		return "unknown client_id", ""
	case !p.address[q.Get("redirect_uri")]:
		return "redirect_uri is not registered", ""
	case q.Get("response_type") != "code":
		return "", "unsupported_response_type"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		return "", "invalid_scope"
	case q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256":
		return "", "invalid_request"
	}
	return "", ""
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	here, back := p.check(q)
	if here != "" {
		http.Error(w, here, http.StatusBadRequest)
		return
	}
	if back != "" {
		sendBack(w, r, q, "error", back)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	_ = page.Execute(w, map[string]any{"Query": template.URL(r.URL.RawQuery), "People": p.config.People}) // the browser has gone; nobody to tell
}

func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	here, back := p.check(q)
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	i := slices.IndexFunc(p.config.People, func(v Person) bool { return v.Subject == r.PostFormValue("subject") })
	switch {
	case here != "":
		http.Error(w, here, http.StatusBadRequest)
	case back != "":
		sendBack(w, r, q, "error", back)
	case i < 0:
		sendBack(w, r, q, "error", "access_denied")
	default:
		code := rand.Text()
		p.keep(p.codes, code, grant{p.config.People[i], q.Get("redirect_uri"), q.Get("nonce"), q.Get("code_challenge"), time.Now().Add(time.Minute)})
		sendBack(w, r, q, "code", code)
	}
}

// keep remembers a grant and forgets those that are over.
func (p *Provider) keep(m map[string]grant, token string, g grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, v := range m {
		if time.Now().After(v.until) {
			delete(m, k)
		}
	}
	m[token] = g
}

func sendBack(w http.ResponseWriter, r *http.Request, q url.Values, name, value string) {
	u, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, "redirect_uri is not an address", http.StatusBadRequest)
		return
	}
	back := u.Query()
	back.Set(name, value)
	back.Set("state", q.Get("state"))
	u.RawQuery = back.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != p.config.ClientID || secret != p.config.ClientSecret {
		answer(w, 401, map[string]string{"error": "invalid_client"})
		return
	}
	g, err := p.spend(r.PostFormValue("code"), r.PostFormValue("redirect_uri"), r.PostFormValue("code_verifier"))
	if err != nil || r.PostFormValue("grant_type") != "authorization_code" {
		answer(w, 400, map[string]string{"error": "invalid_grant"})
		return
	}
	signed, err := p.sign(g)
	if err != nil {
		answer(w, 500, map[string]string{"error": "server_error"})
		return
	}
	token := rand.Text()
	g.until = time.Now().Add(5 * time.Minute)
	p.keep(p.access, token, g)
	answer(w, 200, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": signed})
}

// spend uses a code up.
func (p *Provider) spend(code, redirect, verifier string) (grant, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(verifier))
	if !ok || time.Now().After(g.until) || g.redirect != redirect || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		return g, errors.New("the code is not good")
	}
	return g, nil
}

// sign makes the ID token.
func (p *Provider) sign(g grant) (string, error) {
	p.mu.Lock()
	faults := p.faults
	p.mu.Unlock()
	key := p.key
	if faults.Key {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return "", err
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		return "", err
	}
	now := time.Now()
	claims := map[string]any{"iss": p.Issuer, "sub": g.person.Subject, "aud": p.config.ClientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": now.Unix(), "nonce": g.nonce}
	if faults.Nonce != "" {
		claims["nonce"] = faults.Nonce
	}
	if faults.Audience != "" {
		claims["aud"] = faults.Audience
	}
	if p.config.InToken {
		g.person.claims(claims)
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

func (v Person) claims(to map[string]any) {
	to["name"] = v.Name
	if v.IDNumber != "" {
		to["id_number"] = v.IDNumber
	}
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	p.mu.Lock()
	g, ok := p.access[token]
	faults := p.faults
	p.mu.Unlock()
	if !ok || !strings.EqualFold(scheme, "Bearer") || time.Now().After(g.until) {
		answer(w, 401, map[string]string{"error": "invalid_token"})
		return
	}
	claims := map[string]any{"sub": g.person.Subject}
	g.person.claims(claims)
	if faults.Subject != "" {
		claims["sub"] = faults.Subject
	}
	answer(w, 200, claims)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone; nobody to tell
}
