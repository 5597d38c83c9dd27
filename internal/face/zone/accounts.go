package zone

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/keys"
)

// newAccounts makes the accounts of the zone.
func (z *Zone) newAccounts() (*access.Accounts, error) {
	h := z.Config.HTTP
	return access.New(access.Config{DB: z.Store.Services, Keys: z.Keys, Clock: z.Config.Clock, Audit: z.Audit, Log: z.Config.Log,
		SecondFactor: h.SecondFactor, PublicURL: h.PublicURL, Providers: h.OIDC, Idle: h.SessionIdle, Absolute: h.SessionLifetime, Password: h.PasswordCost,
		PersonKey: func(number string) keys.Key { return keys.Key(clearance.PersonKey(z.Keys.Hasher(), number)) }})
}

// PublicURL is how browsers of this machine reach a zone that listens to nobody
// else: by a name, since passkeys are bound to names. "" if others are listened
// to, or the port is not known.
func PublicURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && port != "0" && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return "http://localhost:" + port
	}
	return ""
}

func (h *HTTP) validateAccounts(add func(field, zh, en string)) {
	if u, err := url.Parse(h.PublicURL); h.PublicURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "") {
		add("http.public_url", "应为浏览器访问本平台的地址，例如 https://zone.example.cn", "is how browsers reach the platform, such as https://zone.example.cn")
	}
	if !slices.Contains([]access.Policy{access.FactorStaff, access.FactorAll, access.FactorNone}, h.SecondFactor) {
		add("http.second_factor", "应为 staff、all 或 none", "must be staff, all or none")
	}
	names := map[string]bool{}
	for i := range h.OIDC {
		if err := h.OIDC[i].Check(); err != nil {
			add(fmt.Sprintf("http.oidc[%d]", i), err.Error(), err.Error())
		} else if names[h.OIDC[i].Name] {
			add(fmt.Sprintf("http.oidc[%d].name", i), "名称不得重复", "needs a name of its own")
		}
		names[h.OIDC[i].Name] = true
	}
	if len(h.OIDC) > 0 && h.PublicURL == "" {
		add("http.public_url", "单点登录须配置浏览器访问本平台的地址", "single sign-on needs the address by which browsers reach the platform")
	}
}
