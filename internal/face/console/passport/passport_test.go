package passport_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/face/gate"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/access/oidctest"
	"pilotzone/internal/kernel/matter"
	"pilotzone/test/browser/htmlcheck"
)

// walker is a consumer's browser without scripts.
type walker struct {
	t        *testing.T
	base     string
	issuer   string
	http     *http.Client
	said     *strings.Builder
	provider *oidctest.Provider
}

type answer struct {
	status     int
	path, text string
	raw        string
}

func (b *walker) read(r *http.Response, err error) answer {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.said.Write(text)
	return answer{r.StatusCode, r.Request.URL.RequestURI(), html.UnescapeString(string(text)), string(text)}
}

func (b *walker) get(path string) answer { b.t.Helper(); return b.read(b.http.Get(b.base + path)) }

func (b *walker) post(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.read(b.http.PostForm(b.base+path, form))
}

func (b *walker) json(path, body string) answer {
	b.t.Helper()
	return b.read(b.http.Post(b.base+path, "application/json", strings.NewReader(body)))
}

// inOrder looks through pages in both languages.
func (b *walker) inOrder(paths ...string) {
	b.t.Helper()
	for _, lang := range []string{"zh", "en"} {
		for _, path := range paths {
			a := b.get(path + "?lang=" + lang)
			page, err := htmlcheck.Read(strings.NewReader(a.raw))
			if err != nil || a.status != 200 {
				b.t.Fatal(path, a.status, err)
			}
			for _, bad := range append(page.Forbidden(), page.Foreign()...) {
				b.t.Errorf("%s in %s: %s", path, lang, bad)
			}
		}
	}
}

// signIn chooses a person at the identity provider.
func (b *walker) signIn(subject string) answer {
	b.t.Helper()
	page := b.get("/sign-in/sso/real?next=%2Fpassport").want(b.t, 200, "", "演示身份提供方")
	return b.read(b.http.PostForm(b.issuer+page.path, url.Values{"subject": {subject}}))
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

// by asks for a page as somebody of a role, and returns the status.
func by(t *testing.T, z *zonetest.Zone, role access.Role, path string) int {
	t.Helper()
	g := gate.New(gate.Config{Identify: func(context.Context, string, string) (*access.Principal, error) {
		return &access.Principal{ID: "o-" + string(role), Org: "office", Roles: []access.Role{role}, Strong: true}, nil
	}})
	r, w := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer x")
	site.At(z.Zone, g).Handler().ServeHTTP(w, r)
	return w.Code
}

// serve runs a zone with a real-name provider whose people are the buyers of the
// first parcels, and their parcels.
func serve(t *testing.T) (*zonetest.Zone, func() *walker) {
	t.Helper()
	g := zonetest.Traffic(t)
	var people []oidctest.Person
	for i, subject := range []string{"p0", "p1"} {
		who := g.Parcel(uint64(i)).Buyer
		people = append(people, oidctest.Person{Subject: subject, Name: who.Name, IDNumber: who.ID})
	}
	provider, err := oidctest.Start(oidctest.Config{ClientID: "zone", ClientSecret: "s", People: people})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Close() })
	server := httptest.NewUnstartedServer(nil)
	z := zonetest.Open(t, func(c *zone.Config) {
		c.HTTP.PublicURL = "http://" + server.Listener.Addr().String()
		c.HTTP.SecondFactor = access.FactorNone
		c.HTTP.OIDC = []access.Provider{{Name: "real", ZH: "实名认证", EN: "Real-name provider", Kind: access.RealNameProvider, Issuer: provider.Issuer, ClientID: "zone", ClientSecret: "s"}}
	})
	server.Config.Handler = site.New(z.Zone).Handler()
	server.Start()
	t.Cleanup(server.Close)
	ctx := access.With(t.Context(), access.System())
	org, err := z.Accounts.AddOrg(ctx, access.Org{Kind: access.ZoneOrg, Name: "综试区"})
	if err == nil {
		_, _, err = z.Accounts.AddPerson(ctx, access.Person{Org: org, Login: "chief", Name: "王一", Roles: []access.Role{access.Admin}})
	}
	if err != nil {
		t.Fatal(err)
	}
	provider.Allow(server.URL + access.CallbackPath("real"))
	for _, k := range zonetest.Kinds {
		if _, err := z.Intake.Submit(t.Context(), zonetest.Message(t, g, k, 0, 2)); err != nil {
			t.Fatal(err)
		}
	}
	return z, func() *walker {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return &walker{t, server.URL, provider.Issuer, &http.Client{Jar: jar}, &strings.Builder{}, provider}
	}
}

// until asks again until the page says so: the passport is made behind the core.
func (b *walker) until(path, text string) answer {
	b.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if a := b.get(path); strings.Contains(a.text, text) {
			return a
		} else if time.Now().After(end) {
			b.t.Fatalf("%s does not come to say %q:\n%s", path, text, a.text)
		}
	}
}

// TestAConsumersWay: in by the real-name provider, a use that nobody knows,
// frozen, disputed, decided.
func TestAConsumersWay(t *testing.T) {
	t.Parallel()
	z, browser := serve(t)
	b := browser()
	b.get("/passport").want(t, 200, "/passport", "实名认证", "以海关全国统计为准", `href="/sign-in/sso/real?next=%2Fpassport"`)
	b.get("/passport/uses").want(t, 200, "/sign-in?next=%2Fpassport%2Fuses")
	b.signIn("p0").want(t, 200, "/passport", "剩余额度", "以海关统计为准")
	uses := b.until("/passport/uses", "放行")
	use := regexp.MustCompile(`href="(/passport/uses/\d+)"`).FindStringSubmatch(uses.text)[1]
	b.get(use).want(t, 200, use, "这不是我买的", zonetest.Traffic(t).Parcel(0).OrderNo)
	b.get("/passport/allowance").want(t, 200, "", "26,000.00", "已使用")
	b.get("/passport/allowance?lang=en").want(t, 200, "", "Limit of the year", "Customs' count")
	b.get("/passport?lang=zh")

	parcel := strings.TrimPrefix(use, "/passport/uses/")
	for path, says := range map[string]string{"/v1/passport": `"frozen":false`, "/v1/passport/allowance": `"binds":"customs"`, "/v1/passport/uses?limit=1": `"parcel":` + parcel,
		"/v1/passport/uses/" + parcel: `"state":"released"`, "/v1/passport/notices": `"notices":[`} {
		b.get(path).want(t, 200, path, says)
	}
	b.get("/v1/passport/uses/999999").want(t, 404, "", `"code":"not_found"`)
	b.get("/v1/passport/uses?cursor=x").want(t, 422, "", `"code":"cursor"`)
	b.json("/v1/passport/freeze", `{"frozen":true}`).want(t, 200, "", `"frozen":true`)
	b.json("/v1/passport/freeze", `{"frozen":false}`).want(t, 200, "", `"frozen":false`)
	b.json("/v1/passport/address", `{"address":"x"}`).want(t, 422, "", `"code":"address"`)
	b.json("/v1/passport/uses/"+parcel+"/dispute", `{"reason":"not-mine","truthful":false}`).want(t, 422, "", `"path":"truthful"`)
	b.json("/v1/passport/uses/999999/dispute", `{"reason":"not-mine","truthful":true}`).want(t, 404, "")
	b.get("/v1/persons/checks").want(t, 403, "")

	b.get("/passport/freeze").want(t, 200, "", "冻结我的身份")
	b.post("/passport/freeze", "frozen", "yes").want(t, 200, "/passport", "身份已冻结", "您的身份已冻结")
	b.post("/passport/freeze", "frozen", "no").want(t, 200, "/passport", "已解除冻结")

	b.post("/passport/notices", "address", "nonsense").want(t, 422, "", "邮箱地址无效", `value="nonsense"`)
	b.post("/passport/notices", "address", "me@example.cn").want(t, 200, "/passport/notices", "通知邮箱已保存", "me@example.cn")

	b.get(use+"/dispute").want(t, 200, "", "接下来", "15 个工作日")
	b.post(use+"/dispute", "reason", "not-mine", "statement", "没有买过").want(t, 422, "", "异议未能提交", "没有买过")
	done := b.post(use+"/dispute", "reason", "not-mine", "statement", "没有买过", "truthful", "yes").want(t, 200, use, "异议已提交", "异议办理中", "接下来")
	number := regexp.MustCompile(`PZ\d{12}`).FindString(done.text)
	officer := access.With(t.Context(), &access.Principal{ID: "o1", Org: "customs", Roles: []access.Role{access.Customs}})
	m, err := z.Matters.Get(officer, number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Matters.Do(officer, number, matter.Doing{Act: matter.Approve, Revision: m.Revision, Note: "已核实"}); err != nil {
		t.Fatal(err)
	}
	b.until(use, "异议成立")
	b.until("/passport/uses", "异议成立")
	b.get("/passport/referrals/"+number).want(t, 200, "", "移送函", number)
	b.get("/referrals/"+number).want(t, 403, "")
	for role, status := range map[access.Role]int{access.Customs: 200, access.Commerce: 200, access.Tax: 404, access.FX: 404, access.Post: 404} { // those that work disputes
		if got := by(t, z, role, "/referrals/"+number); got != status {
			t.Errorf("the referral for %s: %d, want %d", role, got, status)
		}
	}
	b.get("/passport/referrals/PZ209900000001").want(t, 404, "")

	for _, p := range []string{"/passport/uses/999999", "/passport/uses/x", "/passport/uses/999999/dispute"} {
		b.get(p).want(t, 404, "")
	}
	b.inOrder("/passport", "/passport/allowance", "/passport/uses", use, use+"/dispute", "/passport/freeze", "/passport/notices")
	browser().inOrder("/passport")
	id := zonetest.Traffic(t).Parcel(0).Buyer.ID
	if strings.Contains(b.said.String(), id) {
		t.Error("a page shows the identity number in clear")
	}

	other := browser()
	other.signIn("p1").want(t, 200, "/passport")
	other.get(use).want(t, 404, "")
	other.get(use+"/dispute").want(t, 404, "")
	other.get("/passport/referrals/"+number).want(t, 404, "")
	other.post(use+"/dispute", "reason", "not-mine", "truthful", "yes").want(t, 404, "")
}
