package workbench_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/face/console/workbench"
	"pilotzone/internal/kernel/access"
	"pilotzone/test/browser/htmlcheck"
)

// Each role lands on a page of its own that leads nowhere in vain, in either
// language.
func TestWorkbenchOfEveryRole(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	home := workbench.Home(s.Site.Shell, s.Zone.Zone)
	routes := map[string]access.Permission{}
	for _, r := range s.Site.Gate.Routes() {
		routes[r.Pattern] = r.Need
	}
	for role, want := range map[access.Role][]string{
		access.Clerk: {"今日退单", "等待单证", "汇总申报"}, access.Manager: {"今日退单"}, access.Customs: {"监管队列", "没有等待处置的件", "今日退单"}, access.Chief: {"监管队列"},
		access.Tax: {"出口退税与离境即退"}, access.FX: {"外汇收支与轧差净额结算"}, access.Bank: {"应收账款与订单融资", "将陆续开通"}, access.Commerce: {"园区与产业带"},
		access.Market: {"消费者争议处理"}, access.Post: {"国际邮件与快件衔接"}, access.Park: {"园区与产业带"}, access.Admin: {"平台运行", "受理"}, access.Auditor: {"审计", "待封印"},
	} {
		p := &access.Principal{ID: "p-" + string(role), Name: "某人", Org: "o", Roles: []access.Role{role}, Strong: true}
		if role == access.Clerk {
			p.Codes = []string{s.Merchant}
			p.Mandates = []access.Mandate{{ID: "m", Client: "client", Codes: []string{"410796D011"}}}
			want = append(want, "委托企业")
		}
		for _, lang := range []string{"", "?lang=en"} {
			r := httptest.NewRequestWithContext(access.With(t.Context(), p), http.MethodGet, "/"+lang, nil)
			w := httptest.NewRecorder()
			if err := home(w, r); err != nil {
				t.Fatalf("%s: %v", role, err)
			}
			body := w.Body.String()
			page, err := htmlcheck.Read(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if bad := page.Forbidden(); w.Code != 200 || len(bad) > 0 || strings.Contains(body, "暂时读不出") {
				t.Errorf("%s%s: %d %q", role, lang, w.Code, bad)
			}
			if lang != "" {
				continue // the shell reads the language at the door
			}
			for _, text := range want {
				if !strings.Contains(body, text) {
					t.Errorf("%s does not see %q", role, text)
				}
			}
			for _, link := range page.Links() {
				path, _, _ := strings.Cut(link, "?")
				need, ok := routes["GET "+path]
				if ok && !p.May(need) {
					t.Errorf("%s is led to %s, which needs %s", role, path, need)
				}
				if r := s.Get("operator", path); !ok && r.Status == http.StatusNotFound && !strings.HasPrefix(path, "/queues/cases/") {
					t.Errorf("%s is led to %s, which there is not", role, path)
				}
			}
		}
	}
}

// The front page is for everybody and says what is open without an account; who
// has signed in comes to the workbench.
func TestFrontPage(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	if a := s.Get("", "/", "Authorization", ""); a.Status != 200 || !a.Has("不需要账号", "平台不是海关") || len(append(a.Page.Forbidden(), a.Page.Foreign()...)) > 0 {
		t.Errorf("front page: %d %q %q", a.Status, a.Page.Forbidden(), a.Page.Foreign())
	}
	if a := s.Get("", "/?lang=en", "Authorization", ""); len(append(a.Page.Forbidden(), a.Page.Foreign()...)) > 0 {
		t.Errorf("front page: %q %q", a.Page.Forbidden(), a.Page.Foreign())
	}
	for _, path := range workbench.Open() {
		if a := s.Get("operator", path); a.Status == http.StatusNotFound {
			t.Errorf("the catalogue of services leads to %s, which there is not", path)
		}
	}
	for _, as := range []string{"officer", "operator", "merchant", "stranger"} {
		s.Fine(as, "/")
	}
	merchant, stranger := s.Get("merchant", "/"), s.Get("stranger", "/")
	if !merchant.Has("/parcels/") || stranger.Has("/parcels/1\"") {
		t.Error("an enterprise sees what it has a part in, and a stranger nothing of it")
	}
	for _, text := range s.Private() {
		if merchant.Has(text) {
			t.Errorf("%q is on the workbench in clear", text)
		}
	}
}
