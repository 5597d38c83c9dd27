package directories_test

import (
	"bytes"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/face/console/pagetest"
)

// provider is an enterprise that really served the merchant of the stage.
func provider(t *testing.T, s *pagetest.Stage) string {
	t.Helper()
	for _, p := range s.All() {
		if p.Merchant == s.Merchant && p.Agent != "" && p.Agent != p.Merchant && (p.State == clearance.Released || p.State == clearance.Closed) {
			return p.Agent
		}
	}
	t.Fatal("nobody served the merchant")
	return ""
}

// visit fetches a page in both languages as a visitor and holds it against the
// rules of pages.
func visit(t *testing.T, s *pagetest.Stage, path string) *pagetest.Answer {
	t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	a := s.Get("", path, "Authorization", "")
	for _, v := range []*pagetest.Answer{a, s.Get("", path+separator+"lang=en", "Authorization", "")} {
		if v.Page == nil || v.Status != 200 {
			t.Fatalf("a visitor gets %d for %s\n%s", v.Status, path, v.Body)
		}
		if bad := append(v.Page.Forbidden(), v.Page.Foreign()...); len(bad) > 0 {
			t.Errorf("%s: %q", path, bad)
		}
	}
	return a
}

func listing(owner string) url.Values {
	return url.Values{"do": {"submit"}, "owner": {owner}, "name": {"万通报关"}, "kinds": {"clearance", "logistics"}, "summary": {"报关、订舱与退税一站式服务"}, "contact_phone": {"0373-1234567"}}
}

// opened is where a post leads, without the word that is shown once.
func opened(t *testing.T, a *pagetest.Answer) string {
	t.Helper()
	if a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	to, _, _ := strings.Cut(a.Header.Get("Location"), "?")
	return to
}

func TestAProviderIsListedFoundAndRatedByARealClient(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	if a := visit(t, s, "/directories"); !a.Has("跨境电商服务商名录", "国别指南", "跨境服务贸易负面清单") {
		t.Error("the catalogue lacks something")
	}
	if a := s.Post("operator", "/directories/service-providers/new", url.Values{"do": {"submit"}, "name": {"甲"}}); a.Status != 422 || !a.Has("未填写服务介绍") {
		t.Errorf("incomplete: %d", a.Status)
	}
	at := opened(t, s.Post("operator", "/directories/service-providers/new", listing(provider(t, s))))
	if a := visit(t, s, "/directories/service-providers?text=万通&kinds=clearance"); !a.Has("万通报关", "尚无评价") {
		t.Error("a visitor does not find it")
	}
	if a := visit(t, s, "/directories/service-providers?kinds=payment"); !a.Has("没有符合条件的条目") {
		t.Error("an empty list says nothing")
	}
	if a := visit(t, s, at); a.Has("0373-1234567") || !a.Has("真实客户评价") {
		t.Error("a visitor sees what is for those who have signed in")
	}
	rating := url.Values{"year": {"2026"}, "stars": {"4"}, "words": {"放行快"}}
	if a := s.Post("stranger", at+"/rate", rating); a.Status != 422 || !a.Has("不能评价") {
		t.Errorf("who was no client rates: %d", a.Status)
	}
	opened(t, s.Post("merchant", at+"/rate", rating))
	if a := s.Fine("stranger", at); !a.Has("放行快", "4.0", "0373-1234567") {
		t.Error("the rating does not show")
	}
	hide := url.Values{"rater": {s.Merchant}, "year": {"2026"}, "hidden": {"yes"}, "reason": {"含个人信息"}}
	if a := s.Post("merchant", at+"/hide", hide); a.Status != 403 {
		t.Errorf("a client hides: %d", a.Status)
	}
	opened(t, s.Post("operator", at+"/hide", hide))
	if a := s.Fine("stranger", at); a.Has("放行快") {
		t.Error("a hidden rating is shown")
	}
	if a := s.Post("merchant", at+"/act", url.Values{"act": {"suspend"}, "revision": {"1"}, "reason": {"x"}}); a.Status != 403 {
		t.Errorf("a stranger suspends: %d", a.Status)
	}
	if a := s.Post("operator", at+"/act", url.Values{"act": {"suspend"}, "revision": {"1"}}); a.Status != 422 || !a.Has("未填写理由") {
		t.Errorf("without a reason: %d", a.Status)
	}
	opened(t, s.Post("operator", at+"/act", url.Values{"act": {"suspend"}, "revision": {"1"}, "reason": {"资质过期"}}))
	if a := s.Get("stranger", at); a.Status != 404 {
		t.Errorf("a suspended entry is shown: %d", a.Status)
	}
	if a := s.Fine("operator", at); !a.Has("资质过期", "暂停公布") {
		t.Error("the reason does not show")
	}
}

func TestAnEnterpriseWritesItsEntryAndAnOfficePublishesIt(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	base := url.Values{"name": {"牧野培训基地"}, "kind": {"enterprise"}, "subjects": {"平台运营"}, "do": {"save"}}
	s.Fine("merchant", "/directories/training-bases/new")
	at := opened(t, s.Post("merchant", "/directories/training-bases/new", base))
	if a := s.Get("stranger", at); a.Status != 404 {
		t.Errorf("a draft is shown: %d", a.Status)
	}
	if a := s.Fine("merchant", "/directories/mine"); !a.Has("牧野培训基地", "草稿") {
		t.Error("the own entries lack it")
	}
	opened(t, s.Post("merchant", at+"/act", url.Values{"act": {"submit"}, "revision": {"1"}}))
	if a := s.Fine("operator", "/directories/work"); !a.Has("牧野培训基地", "待审核") {
		t.Error("the office does not see it")
	}
	opened(t, s.Post("operator", at+"/act", url.Values{"act": {"publish"}, "revision": {"2"}}))
	s.Fine("merchant", at+"/edit")
	base.Set("subjects", "平台运营、泰语")
	base.Set("do", "submit")
	base.Set("revision", "3")
	opened(t, s.Post("merchant", at+"/edit", base))
	if a := visit(t, s, at); a.Has("泰语") {
		t.Error("a change that waits is public")
	}
	if a := s.Fine("operator", at); !a.Has("泰语", "修改待审") {
		t.Error("the office does not see the change")
	}
	certificate := url.Values{"holder": {"张三丰"}, "course": {"泰语电商运营"}, "level": {"completed"}, "issued_on": {"2026-11-20"}, "do": {"submit"}}
	at = opened(t, s.Post("merchant", "/directories/training-certificates/new", certificate))
	a := s.Fine("merchant", at)
	_, code, _ := strings.Cut(string(a.Body), "/directories/verify?code=")
	code = code[:24]
	if a := visit(t, s, "/directories/verify?code="+code); !a.Has("泰语电商运营", "张**") || a.Has("张三丰") {
		t.Error("the certificate does not verify as it should")
	}
	if a := visit(t, s, "/directories/verify?code=AAAAAAAAAAAAAAAAAAAAAAAA"); !a.Has("没有这个核验码") {
		t.Error("a code that is none")
	}
}

func TestAFileIsImportedWholeAndExported(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	send := func(as, csv string) *pagetest.Answer {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		f, err := w.CreateFormFile("file", "list.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(csv)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return s.Send(as, "/directories/service-trade-negative-list/import", w.FormDataContentType(), b.Bytes())
	}
	s.Fine("operator", "/directories/service-trade-negative-list/import")
	if a := visit(t, s, "/directories/service-trade-negative-list"); !a.Has("清单条目未随平台提供") {
		t.Error("an empty list does not say why")
	}
	good := "item,group,sector,measure,document,begins\n1,金融,甲领域,甲措施的内容,测试文件一,2024-04-21\n"
	if a := send("operator", good+"2,金融,乙领域,乙措施的内容,测试文件一,2024-02-30\n"); a.Status != 422 || !a.Has("第3行") {
		t.Errorf("a bad row: %d", a.Status)
	}
	if a := send("merchant", good); a.Status != 403 {
		t.Errorf("an enterprise imports: %d", a.Status)
	}
	if a := send("operator", good); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := visit(t, s, "/directories/service-trade-negative-list?text=甲措施"); !a.Has("甲领域") {
		t.Error("it is not found")
	}
	if a := s.Get("", "/directories/service-trade-negative-list/export.csv", "Authorization", ""); a.Status != 200 || !a.Has("id,item,group", ",1,finance,甲领域,") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.Get("", "/directories/service-trade-negative-list/export.xlsx", "Authorization", ""); a.Status != 200 || !bytes.HasPrefix(a.Body, []byte("PK")) {
		t.Errorf("%d", a.Status)
	}
	s.Fine("merchant", "/directories/market")
	s.Fine("operator", "/directories/market")
}
