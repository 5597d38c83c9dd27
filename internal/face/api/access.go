package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"strings"

	"pilotzone/internal/face/zone"
)

// role is what a caller may do; several may be asked for at once.
type role uint8

const (
	everyone   role = 1 << iota // needs no token
	operator                    // runs the platform 平台运营方
	officer                     // customs officer 监管人员
	enterprise                  // sees its own 企业

	staff  = operator | officer
	anyone = staff | enterprise
)

// principal is who calls.
type principal struct {
	name string
	role role
	code string // of an enterprise
}

// sees tells whether the caller may see what belongs to an enterprise.
func (p principal) sees(code string) bool { return p.role&staff != 0 || p.code != "" && p.code == code }

type principalKey struct{}

func principalOf(ctx context.Context) principal {
	p, _ := ctx.Value(principalKey{}).(principal)
	return p
}

// guard knows the tokens. Without any, callers from this machine may do
// everything and others nothing.
type guard struct {
	tokens map[[sha256.Size]byte]principal
}

func newGuard(tokens []zone.Token) *guard {
	g := &guard{tokens: make(map[[sha256.Size]byte]principal, len(tokens))}
	for _, t := range tokens {
		var sum [sha256.Size]byte
		hex.Decode(sum[:], []byte(t.SHA256)) // checked by Config.Validate
		p := principal{name: t.Name, role: enterprise}
		switch t.Role {
		case "operator":
			p.role = operator
		case "officer":
			p.role = officer
		default:
			p.code = strings.TrimPrefix(t.Role, "enterprise:")
		}
		g.tokens[sum] = p
	}
	return g
}

// identify finds out who calls; a problem says why nobody known does.
func (g *guard) identify(r *http.Request) (principal, *Problem) {
	if len(g.tokens) == 0 {
		if !local(r) {
			return principal{}, problem(403, "not_local", "未配置令牌，接口只对本机直接访问开放", "no tokens are configured: the interface is open to this machine alone, without a proxy",
				"在配置 http.tokens 中加入令牌", "configure http.tokens")
		}
		return principal{name: "local", role: staff}, nil
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return principal{}, problem(401, "no_token", "需要令牌", "a token is needed", "在请求头中加入 Authorization: Bearer 令牌", "send the header Authorization: Bearer TOKEN")
	}
	// The token is looked up by its hash, so the time taken tells nothing of it.
	p, ok := g.tokens[sha256.Sum256([]byte(strings.TrimSpace(token)))]
	if !ok {
		return principal{}, problem(401, "unknown_token", "令牌无效", "the token is not known", "核对令牌或向运行方申请", "check the token, or ask the operator for one")
	}
	return p, nil
}

// forwarded are the headers by which a proxy tells that the caller is elsewhere.
var forwarded = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"}

// local tells whether a request comes from this machine itself, meant for it:
// not through a proxy, and not by a name that somebody else's page made up.
func local(r *http.Request) bool {
	for _, h := range forwarded {
		if len(r.Header.Values(h)) > 0 {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return false
	}
	asked := r.Host
	if h, _, err := net.SplitHostPort(asked); err == nil {
		asked = h
	}
	asked = strings.Trim(asked, "[]")
	ip := net.ParseIP(asked)
	return asked == "localhost" || ip != nil && ip.IsLoopback()
}
