package matters_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pilotzone/ident"
	"pilotzone/internal/face/site"
	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
	"pilotzone/test/browser/htmlcheck"
)

// stage is a zone with its pages, walked as browsers without scripts do.
type stage struct {
	t      *testing.T
	zone   *zonetest.Zone
	server *httptest.Server
}

func open(t *testing.T) *stage {
	t.Helper()
	z := zonetest.Open(t, nil)
	s := &stage{t: t, zone: z, server: httptest.NewServer(site.New(z.Zone).Handler())}
	t.Cleanup(s.server.Close)
	return s
}

// session begins the callers who come by a session and not by a token.
const session = "session="

// person makes an organisation and a person of it who has signed in.
func (s *stage) person(kind access.OrgKind, name string) string {
	s.t.Helper()
	ctx := access.With(s.t.Context(), access.System())
	org, err := s.zone.Accounts.AddOrg(ctx, access.Org{Kind: kind, Name: name})
	if err != nil {
		s.t.Fatal(err)
	}
	_, code, err := s.zone.Accounts.AddPerson(ctx, access.Person{Org: org, Login: "of." + strings.ReplaceAll(org, "_", "."), Name: "某人", Roles: access.OrgRoles(kind)[:1]})
	if err != nil {
		s.t.Fatal(err)
	}
	in, err := s.zone.Accounts.Redeem(ctx, "of."+strings.ReplaceAll(org, "_", "."), code, "correct horse battery", access.Visit{})
	if err != nil {
		s.t.Fatal(err)
	}
	return session + in.Token
}

type answer struct {
	status int
	to     string // where it leads
	text   string
}

func (s *stage) do(key, method, path, kind string, body io.Reader) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	if strings.HasPrefix(key, session) {
		req.Header.Set("Cookie", key)
	} else if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	client := *s.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header.Get("Location"), string(b)}
}

// page fetches a page in both languages and holds it against the rules of pages.
func (s *stage) page(key, path string, texts ...string) string {
	s.t.Helper()
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	var chinese string
	for _, lang := range []string{"zh", "en"} {
		a := s.do(key, "GET", path+join+"lang="+lang, "", nil)
		if a.status != 200 {
			s.t.Fatalf("%s: %d %.400s", path, a.status, a.text)
		}
		p, err := htmlcheck.Read(strings.NewReader(a.text))
		if err != nil {
			s.t.Fatal(err)
		}
		if bad := append(p.Forbidden(), p.Foreign()...); len(bad) > 0 {
			s.t.Errorf("%s in %s: %q", path, lang, bad)
		}
		if lang == "zh" {
			chinese = a.text
		}
	}
	for _, want := range texts {
		if !strings.Contains(chinese, want) {
			s.t.Errorf("%s does not say %q", path, want)
		}
	}
	return chinese
}

// send posts a form and returns where it leads.
func (s *stage) send(key, path string, status int, fields ...string) answer {
	s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	a := s.do(key, "POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if a.status != status {
		s.t.Fatalf("%s: %d, want %d: %.900s", path, a.status, status, a.text)
	}
	return a
}

func (s *stage) upload(key, path, document, name, content string) answer {
	s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("document", document); err != nil {
		s.t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.WriteString(part, content); err != nil {
		s.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	return s.do(key, "POST", path, w.FormDataContentType(), &b)
}

var revision = regexp.MustCompile(`name="revision" value="(\d+)"`)

func (s *stage) revision(text string) string {
	s.t.Helper()
	m := revision.FindStringSubmatch(text)
	if m == nil {
		s.t.Fatalf("no revision on the page: %.400s", text)
	}
	return m[1]
}

func TestAnEnterpriseFilesItselfOnPagesWithoutScripts(t *testing.T) {
	t.Parallel()
	s := open(t)
	own := s.person(access.EnterpriseOrg, "甲公司")
	bank := s.person(access.BankOrg, "某银行")
	admin, customs := strings.TrimPrefix(zonetest.Bearer("operator"), "Bearer "), strings.TrimPrefix(zonetest.Bearer("officer"), "Bearer ")
	uscc, err := ident.MakeUSCC("91410700MA40XKJ29")
	if err != nil {
		t.Fatal(err)
	}
	s.page("", "/services", "跨境电商主体备案", "政策咨询", "核验文书")
	s.page("", "/services/subject-filing", "登录后办理", "营业执照", "海关总署公告2018年第194号")
	s.page(own, "/services/subject-filing", "开始办理")
	at := strings.TrimSuffix(s.send(own, "/matters", 303, "definition", "subject-filing").to, "/form")
	form := s.page(own, at+"/form", "统一社会信用代码", "开户银行")
	s.send(own, at+"/submit", 422) // all that is missing is said
	s.page(own, at+"/review", "提交前还需处理", "未填写企业名称", "缺少材料：营业执照")
	s.page(own, at+"/form?check=1", "未填写企业名称：填写企业名称")
	s.send(own, at+"/form", 303, "revision", s.revision(form), "name", "甲公司", "uscc", uscc, "customs_code", "4107960ABC", "kinds", "merchant", "contact_name", "张三丰", "contact_phone", "13812345678",
		"bank_name", "中国银行新乡分行", "bank_account", "252345678901", "truthful", "yes")
	s.send(own, at+"/form", 409, "revision", "1", "name", "乙公司")
	if a := s.upload(own, at+"/papers", "licence", "执照.pdf", "MZ\x00"); a.status != 422 || !strings.Contains(a.text, "内容不是可接受的文件类型") {
		t.Fatalf("%d %.300s", a.status, a.text)
	}
	if a := s.upload(own, at+"/papers", "licence", "执照.pdf", "%PDF-1.7\n%%EOF\n"); a.status != 303 {
		t.Fatalf("%d %.300s", a.status, a.text)
	}
	s.page(own, at+"/papers", "执照.pdf")
	review := s.page(own, at+"/review", "张三丰", "确认无误，提交")
	if a := s.send(own, at+"/submit", 303, "revision", s.revision(review)); a.to != at+"/receipt" {
		t.Fatal(a.to)
	}
	s.page(own, at+"/receipt", "办件编号", "回填金额")
	s.page(own, "/matters/mine", "办理中")
	s.office(own, bank, admin, customs, at)
	letter := s.page(own, at+"/letter", "跨境电商主体备案通知书", "data:image/png;base64,", "盖章处")
	code := regexp.MustCompile(`/verify/([A-Z2-9]{24})`).FindStringSubmatch(letter)
	if code == nil {
		t.Fatal("the letter has no address to verify it")
	}
	s.page("", "/verify/"+code[1], "文书真实", "甲公司")
	s.page("", "/verify", "核验码")
	if a := s.do("", "GET", "/verify/ABCDEFGHJKLMNPQRSTUVWXYZ", "", nil); a.status != 404 {
		t.Error(a.status)
	}
}

// office walks the offices' part of a filing.
func (s *stage) office(own, bank, admin, customs, at string) {
	s.t.Helper()
	s.page(admin, "/matters/queue", "认领")
	s.send(admin, at+"/act", 303, "act", "claim")
	page := s.page(admin, at, "通过本环节", "核验结果", "张**", "138****5678")
	if strings.Contains(page, "张三丰") || strings.Contains(page, "252345678901") {
		s.t.Error("a person or account stands in clear")
	}
	s.send(admin, at+"/act", 422, "act", "return", "revision", s.revision(page))
	if a := s.send(admin, at+"/reveal", 200, "purpose", "联系申请人核对材料"); !strings.Contains(a.text, "张三丰") {
		s.t.Error("not in clear for a purpose")
	}
	s.send(admin, at+"/act", 303, "act", "accept", "revision", s.revision(page))
	page = s.page(customs, at, "同意")
	if a := s.send(customs, at+"/act", 422, "act", "approve", "revision", s.revision(page)); !strings.Contains(a.text, "对公账户尚未通过打款验证") {
		s.t.Errorf("%.500s", a.text)
	}
	orders := s.page(bank, "/payouts", "252345678901")
	id := regexp.MustCompile(`/payouts/(P[0-9a-f]{20})/paid`).FindStringSubmatch(orders)
	amount := regexp.MustCompile(`<td class="number">([0-9.]+)</td>`).FindStringSubmatch(orders)
	if id == nil || amount == nil {
		s.t.Fatalf("%.900s", orders)
	}
	s.send(bank, "/payouts/"+id[1]+"/paid", 303)
	s.page(own, at+"/account", "已打款，待回填金额", "25********01")
	if a := s.send(own, at+"/account", 422, "amount", "88.88"); !strings.Contains(a.text, "还可尝试2次") {
		s.t.Errorf("%.500s", a.text)
	}
	s.send(own, at+"/account", 303, "amount", amount[1])
	s.send(customs, at+"/act", 303, "act", "approve", "revision", s.revision(page))
	s.page(own, at, "已办结：同意", "查看文书", "对公账户已通过打款验证")
}

func TestAQuestionIsAskedAnsweredAndWithdrawnOnPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	own := s.person(access.EnterpriseOrg, "甲公司")
	other := s.person(access.EnterpriseOrg, "乙公司")
	admin := strings.TrimPrefix(zonetest.Bearer("operator"), "Bearer ")
	at := strings.TrimSuffix(s.send(own, "/matters", 303, "definition", "policy-consultation", "topic", "tax", "question", "税率如何确定，请说明依据").to, "/form")
	s.page(own, at+"/form", "税率如何确定")
	s.send(own, at+"/submit", 303)
	for _, path := range []string{at, at + "/form", at + "/papers", at + "/review", at + "/receipt", at + "/letter", at + "/account"} {
		if a := s.do(other, "GET", path, "", nil); a.status != 404 {
			t.Errorf("another enterprise gets %d for %s", a.status, path)
		}
	}
	for _, path := range []string{"/withdraw", "/comment", "/submit", "/form", "/reveal"} {
		if a := s.do(other, "POST", at+path, "application/x-www-form-urlencoded", strings.NewReader("note=x&comment=x&purpose=x")); a.status != 404 {
			t.Errorf("another enterprise gets %d for POST %s", a.status, path)
		}
	}
	s.send(own, at+"/comment", 303, "comment", "请尽快答复")
	page := s.page(admin, at, "请尽快答复")
	s.send(admin, at+"/act", 303, "act", "return", "note", "请补充商品编码", "revision", s.revision(page))
	s.page(own, at, "请补充商品编码", "继续填写")
	s.page(own, at+"/form", "该办件已退回补正")
	s.send(own, at+"/withdraw", 303, "note", "已了解")
	s.page(own, at, "已撤回")
	s.page(own, "/matters/mine?state=withdrawn", "已撤回")
	if a := s.do(own, "GET", at+"/form", "", nil); a.status != 409 {
		t.Error(a.status)
	}
}

func TestAFormIsSavedAsItIsTyped(t *testing.T) {
	t.Parallel()
	s := open(t)
	own := s.person(access.EnterpriseOrg, "甲公司")
	at := strings.TrimSuffix(s.send(own, "/matters", 303, "definition", "policy-consultation").to, "/form")
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.server.URL+at+"/form", strings.NewReader("revision=1&topic=fx"))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"Cookie": own, "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"} {
		req.Header.Set(k, v)
	}
	res, err := s.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !strings.Contains(string(b), "已自动保存") || s.revision(string(b)) != "2" || strings.Contains(string(b), "<html") {
		t.Fatalf("%d %s %v", res.StatusCode, b, err)
	}
	if page := s.page(own, at+"/form"); !strings.Contains(page, `<option value="fx" selected>`) {
		t.Error("what was typed is not there")
	}
}
