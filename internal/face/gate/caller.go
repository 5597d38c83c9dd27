package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"pilotzone/internal/face/zone"
	"pilotzone/internal/kernel/access"
)

// tokens are the callers of configured tokens by the token's SHA-256.
type tokens map[[sha256.Size]byte]*access.Principal

func newTokens(list []zone.Token) tokens {
	out := make(tokens, len(list))
	for _, t := range list {
		var sum [sha256.Size]byte
		hex.Decode(sum[:], []byte(t.SHA256)) // checked by Config.Validate
		p := &access.Principal{ID: "token:" + t.Name, Name: t.Name, Strong: true}
		switch t.Role {
		case "operator":
			p.Roles = []access.Role{access.Admin}
		case "officer":
			p.Roles = []access.Role{access.Customs}
		default:
			p.Roles = []access.Role{access.Clerk}
			p.Codes = []string{strings.TrimPrefix(t.Role, "enterprise:")}
		}
		out[sum] = p
	}
	return out
}

// identify finds out who calls: nil is a visitor. A credential that is there and
// not good is refused, never taken for none, so that nobody wonders why they see
// less; only a session that has ended makes a visitor again.
func (g *Gate) identify(r *http.Request) (*access.Principal, *Denial) {
	bearer := ""
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if bearer = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || bearer == "" {
			return nil, &Denial{Status: 401, Refusal: *access.ErrUnknown}
		}
		// Looked up by its hash, so the time taken tells nothing of it.
		if p, ok := g.tokens[sha256.Sum256([]byte(bearer))]; ok {
			return p, nil
		}
	}
	session := g.session(r)
	if bearer == "" && session == "" {
		return nil, nil
	}
	if g.config.Identify == nil {
		return nil, &Denial{Status: 401, Refusal: *access.ErrUnknown}
	}
	p, err := g.config.Identify(r.Context(), bearer, session)
	return p, g.weigh(r, p, err, bearer != "")
}

// weigh turns what is wrong with a credential into a denial.
func (g *Gate) weigh(r *http.Request, p *access.Principal, err error, byKey bool) *Denial {
	var why *access.Refusal
	switch {
	case err == nil:
		return nil
	case errors.Is(err, access.ErrSecondFactor) && p != nil:
		// Only the account's own pages, where the factor is shown.
		_, pattern := g.mux.Handler(r)
		if need := g.routes[pattern].Need; need == access.SelfManage || need == access.Public {
			return nil
		}
		return &Denial{Status: 403, Refusal: *access.ErrSecondFactor}
	case errors.As(err, &why):
		if !byKey {
			return nil // the session is over: a visitor
		}
		return &Denial{Status: 401, Refusal: *why}
	}
	g.config.Log.ErrorContext(r.Context(), "the caller could not be found out", "error", err)
	return &Denial{Status: 503, Retry: 5, Refusal: access.Refusal{Code: "store", ZH: "暂时无法核对身份", EN: "the caller can't be checked now", FixZH: "稍后重试", FixEN: "try again later"}}
}

// behindProxies gives a request that came by proxies of ours the address of
// whoever asked the outermost of them. What stands further left in the header is
// the asker's own word and counts for nothing.
func (g *Gate) behindProxies(r *http.Request) *http.Request {
	ours := func(a netip.Addr) bool {
		return slices.ContainsFunc(g.config.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	at, err := netip.ParseAddr(Address(r))
	if err != nil || !ours(at.Unmap()) {
		return r
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if at = next.Unmap(); !ours(at) {
			break
		}
	}
	out := r.WithContext(r.Context()) // a copy: the request is the server's
	out.RemoteAddr = netip.AddrPortFrom(at, 0).String()
	return out
}

// Address is the network address of the caller, without its port.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// secure tells whether browsers reach the platform by https.
func (g *Gate) secure() bool {
	u, err := url.Parse(g.config.PublicURL)
	return err == nil && u.Scheme == "https"
}

// cookieName has the prefix that binds the cookie to this host where https
// allows it.
func (g *Gate) cookieName() string {
	if g.secure() {
		return "__Host-session"
	}
	return "session"
}

func (g *Gate) session(r *http.Request) string {
	c, err := r.Cookie(g.cookieName())
	if err != nil {
		return ""
	}
	return c.Value
}

// SetSession gives the browser its session; "" takes it away.
func (g *Gate) SetSession(w http.ResponseWriter, token string) {
	c := &http.Cookie{Name: g.cookieName(), Value: token, Path: "/", HttpOnly: true, Secure: g.secure(), SameSite: http.SameSiteLaxMode}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// Session is the session token of a request, "" without one.
func (g *Gate) Session(r *http.Request) string { return g.session(r) }

// SetCookie gives the browser a cookie of a name for some seconds, with the
// settings of all our cookies; less than zero takes it away.
func (g *Gate) SetCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: g.secure(), SameSite: http.SameSiteLaxMode})
}
