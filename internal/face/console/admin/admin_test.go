package admin_test

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

	"pilotzone/internal/face/console/ui"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
)

const password = "correct horse battery"

// stage is a zone with pages, two enterprises and an administrator.
type stage struct {
	t            *testing.T
	zone         *zonetest.Zone
	server       *httptest.Server
	ours, theirs string // organisations
	clerk        string // person of theirs
}

func open(t *testing.T) *stage {
	t.Helper()
	z := zonetest.Open(t, func(c *zone.Config) { c.HTTP.SecondFactor = access.FactorNone })
	s := &stage{t: t, zone: z, server: httptest.NewServer(site.New(z.Zone).Handler())}
	t.Cleanup(s.server.Close)
	s.ours, s.theirs = s.org(access.EnterpriseOrg, "甲公司", "4107960001"), s.org(access.EnterpriseOrg, "乙公司", "4107960002")
	s.person(s.ours, "boss", access.Manager)
	s.person(s.theirs, "rival", access.Manager)
	s.clerk = s.person(s.theirs, "their.clerk", access.Clerk)
	s.person(s.org(access.ZoneOrg, "管委会"), "chief", access.Admin)
	return s
}

func (s *stage) org(kind access.OrgKind, name string, codes ...string) string {
	s.t.Helper()
	id, err := s.zone.Accounts.AddOrg(access.With(s.t.Context(), access.System()), access.Org{Kind: kind, Name: name, Codes: codes})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *stage) person(org, login string, role access.Role) string {
	s.t.Helper()
	id, code, err := s.zone.Accounts.AddPerson(access.With(s.t.Context(), access.System()), access.Person{Org: org, Login: login, Name: "王一", Roles: []access.Role{role}})
	_, err2 := s.zone.Accounts.Redeem(context.Background(), login, code, password, access.Visit{})
	if err := errors.Join(err, err2); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// browser is somebody who has signed in.
type browser struct {
	*stage
	http *http.Client
}

func (s *stage) as(login string) *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &browser{s, &http.Client{Jar: jar}}
	b.post("/sign-in", "login", login, "password", password, "next", "/account").want(200, "/account")
	return b
}

type answer struct {
	t          *testing.T
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
	return answer{b.t, r.StatusCode, r.Request.URL.RequestURI(), html.UnescapeString(string(text))}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.read(b.http.Get(b.server.URL + path))
}

func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.read(b.http.PostForm(b.server.URL+path, form))
}

func (a answer) want(status int, path string, texts ...string) answer {
	a.t.Helper()
	if a.status != status || path != "" && a.path != path {
		a.t.Fatalf("got %d %s, want %d %s\n%s", a.status, a.path, status, path, a.text)
	}
	for _, s := range texts {
		if !strings.Contains(a.text, s) {
			a.t.Fatalf("%s does not say %q:\n%s", a.path, s, a.text)
		}
	}
	return a
}

func (a answer) find(pattern string) string {
	a.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(a.text)
	if m == nil {
		a.t.Fatalf("%s has no %s:\n%s", a.path, pattern, a.text)
	}
	return m[1]
}

func TestAdministratorMakesAnOrganisationAndItsManager(t *testing.T) {
	t.Parallel()
	b := open(t).as("chief")
	b.get("/organisations?kind=enterprise&text=甲").want(200, "", "甲公司", "4107960001")
	b.get("/people").want(200, "/organisations", "请先选择单位")
	b.post("/organisations", "kind", "enterprise", "name", "丙公司", "codes", "4107960001").want(422, "", "已被使用", "丙公司")
	page := b.post("/organisations", "kind", "enterprise", "name", "丙公司", "codes", "4107960003 91410700MA40000003").want(200, "", "单位已建立", "丙公司")
	org := page.find(`href="/people\?org=([a-z0-9_]+)"`)
	b.post("/people", "org", org, "login", "x", "name", "赵", "roles", "manager").want(422, "", "登录名须为2至64")
	code := b.post("/people", "org", org, "login", "new.boss", "name", "赵", "roles", "manager", "roles", "clerk").want(200, "", "一次性代码").find(`data-copy="([a-z0-9-]+)"`)
	person := b.get("/people?org="+org).want(200, "", "new.boss", "待设置口令").find(`href="/people/(p_[a-z0-9]+)"`)
	b.post("/sign-in/code", "login", "new.boss", "code", code, "password", password, "again", password)
	b = b.as("chief")
	b.get("/people/"+person).want(200, "", "企业管理员")
	b.post("/people/"+person, "name", "赵二", "roles", "clerk").want(200, "/people/"+person, "已保存", "停用", "赵二")
	b.post("/people/"+person+"/reset").want(200, "", "一次性代码")
	b.post("/organisations/"+org, "name", "丙公司", "codes", "4107960003").want(200, "/organisations/"+org, "停用")
	b.get("/organisations/none").want(404, "")
}

func TestManagerSeesItsOwnOrganisationAlone(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.as("boss")
	b.get("/organisations").want(200, "/organisations/"+s.ours, "甲公司")
	b.get("/organisations/"+s.theirs).want(404, "")
	b.get("/people?org="+s.theirs).want(200, "", "boss") // the address does not choose for a manager
	b.get("/people/"+s.clerk).want(404, "")
	b.post("/people/"+s.clerk, "name", "x", "roles", "clerk").want(404, "")
	b.post("/people/"+s.clerk+"/reset").want(404, "")
	b.post("/organisations", "kind", "enterprise", "name", "x").want(403, "")
	b.get("/organisations/new").want(403, "")
	b.post("/people", "org", s.theirs, "login", "mine", "name", "我", "roles", "clerk").want(200, "", "一次性代码")
	b.get("/people").want(200, "", "mine")
	b.post("/people", "login", "mine2", "name", "我", "roles", "admin").want(422, "", "不能具有角色")
	clerk := s.as("their.clerk")
	for _, path := range []string{"/people", "/keys", "/mandates", "/organisations"} {
		clerk.get(path).want(403, "")
	}
}

func TestMandatesAreOfferedAcceptedAndRevoked(t *testing.T) {
	t.Parallel()
	s := open(t)
	agent, client := s.as("boss"), s.as("rival")
	agent.post("/mandates", "side", "agent", "code", "4107969999").want(422, "", "没有使用该企业代码的单位")
	agent.post("/mandates", "side", "agent", "code", "4107960002", "from", "2026-13-01").want(422, "", "日期不正确")
	id := agent.post("/mandates", "side", "agent", "code", "4107960002", "kinds", "CEB621").want(200, "", "等待对方确认", "乙公司").find(`data-copy="(m_[a-z0-9]+)"`)
	agent.post("/mandates/"+id+"/accept").want(422, "")
	client.get("/mandates").want(200, "", "待您确认")
	client.post("/mandates/"+id+"/accept").want(200, "", "委托已生效")
	client.post("/mandates/"+id+"/revoke", "note", "合作结束").want(200, "", "委托已撤销", "合作结束")
	s.as("chief").get("/mandates/"+id).want(200, "", "合作结束")
}

func TestKeysAreShownOnceRotatedAndRevoked(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.as("boss")
	b.get("/keys/new").want(200, "", "报送报文", `value="4107960001"`)
	b.post("/keys", "name", "erp", "codes", "4107960001").want(422, "", "请至少选择一项权限")
	b.post("/keys", "name", "erp", "codes", "4107960002", "permissions", "message.send").want(422, "", "不能代表该企业代码")
	secret := b.post("/keys", "name", "erp", "codes", "4107960001", "permissions", "message.send", "until", "2027-01-31").want(200, "", "仅显示这一次").find(`data-copy="(pz_live_[a-z0-9_]+)"`)
	list := b.get("/keys").want(200, "", "erp", "2027-02-01 00:00")
	if strings.Contains(list.text, secret) {
		t.Error("the secret is shown again")
	}
	id := list.find(`/keys/(k_[a-z0-9]+)/rotate`)
	next := b.post("/keys/"+id+"/rotate", "overlap", "24h", "name", "erp").want(200, "", "仅显示这一次").find(`data-copy="(pz_live_[a-z0-9_]+)"`)
	for _, key := range []string{secret, next} {
		if p, err := s.zone.Accounts.Identify(t.Context(), key, ""); err != nil || !p.SendsFor("4107960001", "CEB621") {
			t.Errorf("%+v %v", p, err)
		}
	}
	s.as("rival").post("/keys/"+id+"/revoke").want(404, "")
	b.post("/keys/"+id+"/revoke").want(200, "", "已吊销")
	if _, err := s.zone.Accounts.Identify(t.Context(), next, ""); !errors.Is(err, access.ErrExpired) {
		t.Error(err)
	}
	s.as("chief").get("/keys?org="+s.ours).want(200, "", "已吊销")
}

func TestRolesAndPermissionsAreSaidInBothTongues(t *testing.T) {
	t.Parallel()
	said := func(what string, v ui.Text) {
		if v.ZH == what || v.EN == what || v.ZH == "" {
			t.Errorf("%s is not in words", what)
		}
	}
	for _, r := range access.Roles() {
		said(string(r), ui.Role(r))
	}
	for _, p := range access.Permissions() {
		said(string(p), ui.Permission(p))
	}
	for _, k := range access.OrgKinds() {
		said(string(k), ui.OrgKind(k))
	}
}
