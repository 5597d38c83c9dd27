// Package gate is the one door of the platform (统一入口): every route of the
// interface and of the pages is registered here with the permission that it
// needs. The gate finds out who calls, lets through or denies by the table of
// permissions (access.Table), writes denials into the audit chain, and sets what
// every answer must carry.
//
// Invariants: a path that is not registered does not exist; a caller without the
// permission never reaches the handler; requests that a page of another site
// made are refused; addresses are logged as patterns, never as typed, since they
// may hold numbers of persons.
package gate

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/audit"
)

// Kind says what a route answers with, and so how it refuses.
type Kind uint8

// The kinds of routes.
const (
	API   Kind = iota + 1 // JSON and messages; problem documents
	Page                  // pages for people
	Asset                 // files of the program: styles, scripts, icons
)

// Route is one path with the permission that it needs.
type Route struct {
	Pattern string // as http.ServeMux writes it, with the method
	Need    access.Permission
	Kind    Kind
}

// Method and Path are the parts of the pattern.
func (r Route) Method() string { m, _, _ := strings.Cut(r.Pattern, " "); return m }

// Path is the pattern without its method.
func (r Route) Path() string { _, p, _ := strings.Cut(r.Pattern, " "); return p }

// Denial is why a request does not reach its handler.
type Denial struct {
	Status int
	access.Refusal
	Retry int // seconds, 0: does not say
}

// Config is what the gate works with.
type Config struct {
	// Tokens are the configured bearer tokens of programs.
	Tokens []zone.Token
	// Identify finds the caller of an API key (bearer) or a session (cookie);
	// *access.Accounts does. Errors: *access.Refusal, or the store's. nil: there are
	// only tokens.
	Identify func(ctx context.Context, bearer, session string) (*access.Principal, error)
	// Audit keeps denials; nil: nobody keeps them.
	Audit func(ctx context.Context, e audit.Entry) error
	Log   *slog.Logger
	// Metrics counts requests; nil: nobody counts.
	Metrics prometheus.Registerer
	// Proxies are networks of proxies whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// PublicURL is how browsers reach the platform, such as
	// https://zone.example.cn; https makes cookies secure.
	PublicURL string
}

// Gate is the door. Routes are registered before it serves.
type Gate struct {
	config   Config
	tokens   tokens
	mux      *http.ServeMux
	routes   map[string]Route
	refuse   map[Kind]func(http.ResponseWriter, *http.Request, Denial)
	requests *requestMetrics
	visitors *limiter
	origin   *http.CrossOriginProtection
}

// New makes a gate without routes.
func New(c Config) *Gate {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	g := &Gate{config: c, tokens: newTokens(c.Tokens), mux: http.NewServeMux(), routes: map[string]Route{},
		refuse: map[Kind]func(http.ResponseWriter, *http.Request, Denial){}, requests: newRequestMetrics(c.Metrics),
		visitors: newLimiter(), origin: http.NewCrossOriginProtection()}
	for _, k := range []Kind{API, Page, Asset} {
		g.refuse[k] = plain
	}
	return g
}

// plain refuses where nobody said how.
func plain(w http.ResponseWriter, _ *http.Request, d Denial) {
	http.Error(w, d.ZH+"\n"+d.EN, d.Status)
}

// Handle registers a route. It panics on a pattern without a method or one that
// is there already: a fault of the program.
func (g *Gate) Handle(pattern string, need access.Permission, kind Kind, h http.Handler) {
	if !strings.Contains(pattern, " ") || need == "" {
		panic("gate: route " + pattern + " needs a method and a permission")
	}
	g.Declare(pattern, need, kind)
	g.mux.Handle(pattern, h)
}

// Declare registers a route whose handler stands on Mux already or will, as
// those that huma registers.
func (g *Gate) Declare(pattern string, need access.Permission, kind Kind) {
	if _, ok := g.routes[pattern]; ok {
		panic("gate: route " + pattern + " is there already")
	}
	g.routes[pattern] = Route{pattern, need, kind}
}

// Mux is where handlers of declared routes stand.
func (g *Gate) Mux() *http.ServeMux { return g.mux }

// Refuse says how routes of a kind answer those who are not let through.
func (g *Gate) Refuse(kind Kind, how func(http.ResponseWriter, *http.Request, Denial)) {
	g.refuse[kind] = how
}

// Routes lists all routes by pattern.
func (g *Gate) Routes() []Route {
	out := make([]Route, 0, len(g.routes))
	for _, r := range g.routes {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return out
}

// ServeHTTP implements http.Handler.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	r = g.behindProxies(r)
	rec := &recorder{ResponseWriter: w}
	_, pattern := g.mux.Handler(r)
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler { // compared by identity, as net/http does
				panic(v)
			}
			g.config.Log.ErrorContext(r.Context(), "handler panicked", "pattern", pattern, "panic", fmt.Sprint(v))
			if rec.status == 0 {
				g.refuse[g.kindOf(r, pattern)](rec, r, Denial{Status: 500, Refusal: access.Refusal{Code: "internal", ZH: "内部错误", EN: "internal error", FixZH: "请重试；若仍出现请联系运行方", FixEN: "try again, and tell the operator if it stays"}})
			}
		}
	}()
	who := g.serve(rec, r, pattern)
	g.requests.observe(pattern, rec.status, time.Since(began))
	g.config.Log.DebugContext(r.Context(), "request", "pattern", pattern, "status", rec.status, "caller", who, "duration", time.Since(began))
}

// serve lets the caller through or not, and returns who it is.
func (g *Gate) serve(w http.ResponseWriter, r *http.Request, pattern string) string {
	route, known := g.routes[pattern]
	kind := g.kindOf(r, pattern)
	g.headers(w.Header(), kind)
	if !known {
		p, _ := g.identify(r) // only so that the page greets who has signed in
		g.unknown(w, r.WithContext(access.With(r.Context(), p)), kind)
		return name(p)
	}
	if err := g.origin.Check(r); err != nil {
		g.refuse[kind](w, r, Denial{Status: 403, Refusal: access.Refusal{Code: "cross_origin", ZH: "拒绝其他网站页面发起的请求", EN: "requests from pages of other sites are refused", FixZH: "从本平台页面操作", FixEN: "act from the platform's own pages"}})
		return ""
	}
	if kind == Asset {
		g.mux.ServeHTTP(w, r)
		return ""
	}
	p, bad := g.identify(r)
	r = r.WithContext(access.With(r.Context(), p))
	if bad == nil {
		bad = g.may(r, route, p)
	}
	if bad != nil {
		g.denied(w, r, route, p, *bad)
		return name(p)
	}
	g.mux.ServeHTTP(w, r)
	return name(p)
}

func name(p *access.Principal) string {
	if p == nil {
		return ""
	}
	return p.ID
}

// may holds the route against the table of permissions, and visitors against
// their rate.
func (g *Gate) may(r *http.Request, route Route, p *access.Principal) *Denial {
	if p == nil && r.Method == http.MethodPost && !g.visitors.allow(access.Network(Address(r))) {
		return &Denial{Status: 429, Retry: 10, Refusal: access.Refusal{Code: "rate", ZH: "请求过于频繁", EN: "too many requests", FixZH: "稍后再试，或登录后使用", FixEN: "wait a little, or sign in"}}
	}
	switch {
	case p.May(route.Need) && p != nil && p.Key != "" && changesOnPage(r, route):
		return &Denial{Status: 403, Refusal: access.Refusal{Code: "key_on_page", ZH: "接口密钥不能提交页面表单", EN: "an API key sends no forms of pages", FixZH: "改用 /v1/ 下的接口，文档见 /docs", FixEN: "use the interface under /v1/, see /docs"}}
	case p.May(route.Need):
		return nil
	case p == nil:
		return &Denial{Status: 401, Refusal: access.Refusal{Code: "no_credential", ZH: "需要登录或密钥", EN: "a sign-in or a key is needed", FixZH: "登录，或在请求头中加入 Authorization: Bearer 密钥", FixEN: "sign in, or send the header Authorization: Bearer KEY"}}
	default:
		return &Denial{Status: 403, Refusal: access.Refusal{Code: "not_allowed", ZH: "无权使用该功能", EN: "this caller may not use it", FixZH: "使用具有相应角色的账号或密钥", FixEN: "use an account or key of a role that may"}}
	}
}

// changesOnPage tells whether a request is a form of a page that changes
// something. Programs change things over the interface alone, where the sandbox,
// the rates and the idempotency of keys are held.
func changesOnPage(r *http.Request, route Route) bool {
	return route.Kind == Page && route.Need != access.Public && r.Method != http.MethodGet && r.Method != http.MethodHead
}

// denied answers and keeps what was denied. A visitor who is asked to sign in
// has done nothing that is worth keeping.
func (g *Gate) denied(w http.ResponseWriter, r *http.Request, route Route, p *access.Principal, d Denial) {
	// Unknown credentials are kept at the rate of visitors, so that nobody floods
	// the chain.
	if g.config.Audit != nil && (p != nil || d.Code == access.ErrUnknown.Code && g.visitors.allow(access.Network(Address(r)))) {
		e := audit.Entry{Act: "access.denied", Object: "route:" + route.Pattern, Outcome: audit.Denied, Detail: d.Code}
		if p != nil {
			e.Actor, e.Org = p.ID, p.Org
		}
		if err := g.config.Audit(r.Context(), e); err != nil {
			g.config.Log.ErrorContext(r.Context(), "a denial could not be kept", "error", err)
		}
	}
	if d.Status == 401 && route.Kind == API {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	g.refuse[route.Kind](w, r, d)
}

// kindOf tells how to speak to the caller of a path, registered or not.
func (g *Gate) kindOf(r *http.Request, pattern string) Kind {
	if route, ok := g.routes[pattern]; ok {
		return route.Kind
	}
	if strings.HasPrefix(r.URL.Path, "/v1/") || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return API
	}
	return Page
}

// unknown answers paths and methods that there are not.
func (g *Gate) unknown(w http.ResponseWriter, r *http.Request, kind Kind) {
	var methods []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, p := g.mux.Handler(other); g.routes[p] != (Route{}) {
			methods = append(methods, m)
		}
	}
	if len(methods) > 0 {
		allow := strings.Join(methods, ", ")
		w.Header().Set("Allow", allow)
		g.refuse[kind](w, r, Denial{Status: 405, Refusal: access.Refusal{Code: "method", ZH: "该路径不支持此方法", EN: "this path does not take the method", FixZH: "改用 " + allow, FixEN: "use " + allow}})
		return
	}
	g.refuse[kind](w, r, Denial{Status: 404, Refusal: access.Refusal{Code: "no_path", ZH: "没有该路径", EN: "there is no such path", FixZH: "接口文档见 /docs", FixEN: "see /docs"}})
}
