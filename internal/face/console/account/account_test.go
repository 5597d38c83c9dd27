package account_test

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/access/oidctest"
)

// browser walks pages as one without scripts does.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func newBrowser(t *testing.T, server *httptest.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, server.URL, &http.Client{Jar: jar}}
}

// answer is where a walk ended and what stands there.
type answer struct {
	status     int
	path, text string
}

func (b *browser) read(r *http.Response, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{r.StatusCode, r.Request.URL.RequestURI(), html.UnescapeString(string(text))}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.read(b.http.Get(b.base + path))
}

func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.read(b.http.PostForm(b.base+path, form))
}

func (a answer) want(t *testing.T, status int, path string, texts ...string) answer {
	t.Helper()
	if a.status != status || path != "" && a.path != path {
		t.Fatalf("got %d %s, want %d %s\n%s", a.status, a.path, status, path, a.text)
	}
	for _, s := range texts {
		if !strings.Contains(a.text, s) {
			t.Fatalf("%s does not say %q:\n%s", a.path, s, a.text)
		}
	}
	return a
}

// find is the first group of a pattern in a page.
func (a answer) find(t *testing.T, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(a.text)
	if m == nil {
		t.Fatalf("%s has no %s:\n%s", a.path, pattern, a.text)
	}
	return m[1]
}

// serve serves a zone whose public address is the test server's.
func serve(t *testing.T, edit func(*zone.Config)) (*zonetest.Zone, *httptest.Server) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.PublicURL = "http://" + server.Listener.Addr().String()
		c.HTTP.SecondFactor = access.FactorNone
		if edit != nil {
			edit(c)
		}
	})
	server.Config.Handler = site.New(z.Zone).Handler()
	server.Start()
	t.Cleanup(server.Close)
	return z, server
}

const password = "correct horse battery"

// person makes an account with a password in a new organisation.
func person(t *testing.T, z *zonetest.Zone, kind access.OrgKind, login string, role access.Role) string {
	t.Helper()
	ctx := access.With(t.Context(), access.System())
	org, err := z.Accounts.AddOrg(ctx, access.Org{Kind: kind, Name: "单位" + login})
	id, code, err2 := z.Accounts.AddPerson(ctx, access.Person{Org: org, Login: login, Name: "王一", Roles: []access.Role{role}})
	_, err3 := z.Accounts.Redeem(context.Background(), login, code, password, access.Visit{})
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestFirstSetUpThenSignIn(t *testing.T) {
	t.Parallel()
	z, server := serve(t, nil)
	code, err := z.Accounts.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, server)
	b.get("/account").want(t, 200, "/set-up", "初始化代码")
	fields := []string{"code", "wrong", "org", "新乡综试区", "login", "chief", "name", "李", "password", password, "again", password}
	b.post("/set-up", fields...).want(t, 422, "/set-up", "初始化代码无效", "新乡综试区")
	fields[1] = code
	b.post("/set-up", fields...).want(t, 200, "/account", "综试区管理员", "chief")
	b.post("/sign-out").want(t, 200, "/", "已退出登录")
	b.get("/account?x=1").want(t, 200, "/sign-in?next=%2Faccount%3Fx%3D1", "登录名")
	b.post("/sign-in", "login", "chief", "password", "wrong", "next", "/account?x=1").want(t, 422, "/sign-in", "登录名、密码或验证码不正确", `value="chief"`, `value="/account?x=1"`)
	b.post("/sign-in", "login", "chief", "password", password, "next", "/account?x=1").want(t, 200, "/account?x=1")
	b.get("/account?lang=en").want(t, 200, "", "My account", "Administrator of the zone")
	// Nobody is sent elsewhere after signing in.
	b.post("/sign-in", "login", "chief", "password", password, "next", "https://evil.example/").want(t, 200, "/")
}

func TestSecondFactorByAppAndByRecoveryCode(t *testing.T) {
	t.Parallel()
	z, server := serve(t, func(c *zone.Config) { c.HTTP.SecondFactor = access.FactorStaff })
	person(t, z, access.CustomsOrg, "officer", access.Customs)
	b := newBrowser(t, server)
	// An officer without a second factor is led to enrol one and reaches nothing else.
	b.post("/sign-in", "login", "officer", "password", password, "next", "/account").want(t, 200, "/account")
	b.get("/account/factors").want(t, 200, "", "须启用双因素验证")
	page := b.get("/account/totp").want(t, 200, "", "data:image/png;base64,")
	secret := page.find(t, `name="secret" value="([A-Z2-7]+)"`)
	flow, address := page.find(t, `name="flow" value="([^"]+)"`), page.find(t, `name="url" value="([^"]+)"`)
	now := func() string {
		c, err := totp.GenerateCode(secret, z.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	b.post("/account/totp", "flow", flow, "secret", secret, "url", address, "code", "000000").want(t, 422, "", "验证码不正确", secret)
	recovery := b.post("/account/totp", "flow", flow, "secret", secret, "url", address, "code", now()).want(t, 200, "", "恢复码仅显示这一次").find(t, `<li><code>([a-z0-9-]+)</code>`)
	b.get("/account/factors").want(t, 200, "", "剩余 10 个")
	b.post("/sign-out")
	b.post("/sign-in", "login", "officer", "password", password).want(t, 200, "/sign-in/factor", "第二步验证")
	b.post("/sign-in/factor", "code", now(), "next", "/account").want(t, 422, "", "验证码不正确") // replayed
	b.post("/sign-in/factor", "code", recovery, "next", "/account").want(t, 200, "/account")
	b.get("/account/sessions").want(t, 200, "", "口令和恢复码", "当前")
	b.post("/account/sessions/end-others").want(t, 200, "/account/sessions")
}

func TestPasswordSessionsAndProof(t *testing.T) {
	t.Parallel()
	z, server := serve(t, nil)
	person(t, z, access.EnterpriseOrg, "clerk", access.Clerk)
	b, other := newBrowser(t, server), newBrowser(t, server)
	for _, v := range []*browser{b, other} {
		v.post("/sign-in", "login", "clerk", "password", password, "next", "/account").want(t, 200, "/account")
	}
	b.post("/account/password", "old", password, "password", "short", "again", "short").want(t, 422, "", "口令太短")
	b.post("/account/password", "old", password, "password", "another long phrase", "again", "x").want(t, 422, "", "两次输入的口令不一致")
	b.post("/account/password", "old", password, "password", "another long phrase", "again", "another long phrase").want(t, 200, "/account", "口令已修改")
	other.get("/account").want(t, 200, "/sign-in?next=%2Faccount")
	z.Clock.Advance(16 * 60e9)
	b.get("/account/totp").want(t, 200, "/account/confirm?next=%2Faccount%2Ftotp")
	b.post("/account/confirm", "secret", password, "next", "/account/totp").want(t, 422, "", "不正确")
	b.post("/account/confirm", "secret", "another long phrase", "next", "/account/totp").want(t, 200, "/account/totp", "二维码")
	b.post("/account/preferences", "language", "en", "theme", "dark").want(t, 200, "/account", "My account", `data-bs-theme="dark"`)
	fresh := newBrowser(t, server) // the choice goes with the person
	fresh.post("/sign-in", "login", "clerk", "password", "another long phrase", "next", "/account").want(t, 200, "/account", "My account", `data-bs-theme="dark"`)
}

func TestOneTimeCode(t *testing.T) {
	t.Parallel()
	z, server := serve(t, nil)
	id := person(t, z, access.EnterpriseOrg, "clerk", access.Clerk)
	code, err := z.Accounts.ResetPerson(access.With(t.Context(), access.System()), id)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, server)
	b.post("/sign-in/code", "login", "clerk", "code", "wrong", "password", password, "again", password).want(t, 422, "", "不正确")
	b.post("/sign-in/code", "login", "clerk", "code", code, "password", password, "again", password)
	b.get("/account").want(t, 200, "/account", "clerk")
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	provider, err := oidctest.Start(oidctest.Config{ClientID: "zone", ClientSecret: "s", InToken: true, People: []oidctest.Person{{Subject: "u1", Name: "张三"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Close() })
	z, server := serve(t, func(c *zone.Config) {
		c.HTTP.OIDC = []access.Provider{{Name: "work", ZH: "单位账号", EN: "Work account", Issuer: provider.Issuer, ClientID: "zone", ClientSecret: "s"}}
	})
	provider.Allow(server.URL + access.CallbackPath("work"))
	person(t, z, access.EnterpriseOrg, "clerk", access.Clerk)
	b := newBrowser(t, server)
	walk := func(from string) answer {
		t.Helper()
		page := b.get(from).want(t, 200, "", "演示身份提供方")
		return b.read(b.http.PostForm(provider.Issuer+page.path, url.Values{"subject": {"u1"}}))
	}
	b.get("/sign-in?next=/account").want(t, 200, "", "单位账号", `href="/sign-in/sso/work?next=%2Faccount"`)
	walk("/sign-in/sso/work").want(t, 422, "", "尚未与本平台的账号关联")
	b.post("/sign-in", "login", "clerk", "password", password, "next", "/account").want(t, 200, "/account", "关联 单位账号")
	walk("/account/link/work").want(t, 200, "/account", "已关联单点登录身份", "取消关联")
	b.post("/sign-out")
	walk("/sign-in/sso/work?next=/account/sessions").want(t, 200, "/account/sessions", "单点登录（work）")
	b.get("/sign-in/sso/none").want(t, 404, "")
	b.get("/sign-in/sso/work/callback?state=x&code=y").want(t, 422, "", "该步骤已过期")
}
