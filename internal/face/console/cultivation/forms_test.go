package cultivation_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/kernel/clock"
)

// A form that is refused stands on its page again, with what was typed and the fault
// beside its field.
func TestARefusedFormIsShownAgainWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	local := func(d time.Duration) string {
		return s.Zone.Clock.Now().Add(d).In(clock.Beijing).Format("2006-01-02T15:04")
	}
	lead := moved(t, s, "operator", "/pipeline", url.Values{"lead-company": {"某跨境平台"}, "lead-kind": {"platform"}})
	salon := moved(t, s, "operator", "/events", url.Values{"event-kind": {"salon"}, "event-title": {"沙龙"}, "event-place": {"新乡"}, "event-starts": {local(20 * time.Hour)}, "event-ends": {local(24 * time.Hour)}, "event-closes": {local(10 * time.Hour)}, "event-capacity": {"5"}})
	fair := moved(t, s, "operator", "/fairs", url.Values{"fair-title": {"春季展"}, "fair-place": {"广州"}, "fair-starts": {days(s, 30)}, "fair-ends": {days(s, 34)}, "fair-opens": {days(s, 0)}, "fair-closes": {days(s, 10)}, "fair-card": {"fair-booths"}, "fair-categories": {"home,家居,1,20000.00"}})
	desk := moved(t, s, "operator", "/resources", url.Values{"resource-kind": {"workstation"}, "resource-title": {"A 区工位"}, "resource-place": {"创业园"}, "resource-seats": {"1"}, "resource-slot": {"60"}, "resource-opens": {"09:00"}, "resource-closes": {"18:00"}, "resource-days": {"0", "1", "2", "3", "4", "5", "6"}, "resource-ahead": {"14"}, "resource-cancel": {"2"}, "resource-most": {"2"}, "resource-active": {"yes"}})
	moved(t, s, "merchant", "/aeo/"+s.Merchant, url.Values{"aeo-aeo_documents": {"yes"}})
	moved(t, s, "operator", "/repository/recompute", nil)
	tomorrow := clock.DayOf(s.Zone.Clock.Now()).AddDays(1)
	cases := map[string]struct {
		as, path string
		form     url.Values
		wrong    string // field
		typed    string
	}{
		"event":     {"operator", "/events", url.Values{"event-kind": {"salon"}, "event-title": {"企业家沙龙"}, "event-place": {"新乡"}, "event-starts": {local(20 * time.Hour)}, "event-ends": {local(10 * time.Hour)}, "event-closes": {local(5 * time.Hour)}, "event-capacity": {"5"}}, "event-ends", "企业家沙龙"},
		"time":      {"operator", "/events", url.Values{"event-kind": {"salon"}, "event-title": {"读书沙龙"}, "event-starts": {"明天"}}, "event-starts", "读书沙龙"},
		"register":  {"merchant", salon + "/register", url.Values{"register-name": {"张"}}, "register-name", `value="张"`},
		"check-in":  {"operator", salon + "/check-in", url.Values{"check-code": {"WRONGONE"}}, "check-code", "WRONGONE"},
		"fair":      {"operator", "/fairs", url.Values{"fair-title": {"秋季展"}, "fair-place": {"广州"}, "fair-categories": {"家居 10 个"}}, "fair-categories", "家居 10 个"},
		"apply":     {"merchant", fair + "/apply", url.Values{"apply-category": {"home"}, "apply-booths": {"99"}, "apply-goods": {"酒店布草"}}, "apply-booths", "酒店布草"},
		"resource":  {"operator", "/resources", url.Values{"resource-kind": {"mentor"}, "resource-title": {"导师答疑"}, "resource-place": {"创业园"}, "resource-opens": {"九点"}, "resource-days": {"3"}}, "resource-opens", "导师答疑"},
		"change":    {"operator", desk, url.Values{"resource-kind": {"workstation"}, "resource-title": {"B 区工位"}, "resource-place": {"创业园"}, "resource-seats": {"0"}, "resource-slot": {"60"}, "resource-opens": {"09:00"}, "resource-closes": {"18:00"}}, "resource-seats", "B 区工位"},
		"book":      {"merchant", desk + "/book", url.Values{"book-starts": {itoa(clock.Micros(tomorrow.Time().Add(10 * time.Hour)))}, "book-slots": {"9"}, "book-purpose": {"开班会"}}, "book-slots", "开班会"},
		"listing":   {"merchant", "/matching/listings", url.Values{"listing-side": {"demand"}, "listing-title": {"采购床单"}, "listing-hs": {"布"}, "listing-quantity": {"10"}, "listing-unit": {"件"}}, "listing-hs", "采购床单"},
		"vacancy":   {"merchant", "/talent/vacancies", url.Values{"vacancy-title": {"法语客服"}, "vacancy-skills": {"客服"}, "vacancy-people": {"1"}, "vacancy-from": {"很多"}}, "vacancy-from", "法语客服"},
		"profile":   {"stranger", "/talent/profile", url.Values{"profile-name": {"李四海"}}, "profile-skills", "李四海"},
		"order":     {"merchant", "/talent/orders", url.Values{"order-school": {"新乡学院"}, "order-skill": {"直播"}, "order-people": {"30"}, "order-starts": {days(s, 9)}, "order-ends": {days(s, 1)}}, "order-ends", "新乡学院"},
		"hire":      {"merchant", "/talent/employment", url.Values{"hire-name": {"王五洲"}, "hire-identity": {"123"}, "hire-job": {"运营"}, "hire-from": {"2023-11-01"}}, "hire-identity", "王五洲"},
		"lead":      {"operator", "/pipeline", url.Values{"lead-company": {"甲公司"}, "lead-kind": {"platform"}, "lead-size": {"一个亿"}}, "lead-size", "甲公司"},
		"lead kept": {"operator", lead, url.Values{"lead-company": {"乙"}, "lead-kind": {"platform"}}, "lead-company", `value="乙"`},
		"move":      {"operator", lead + "/move", url.Values{"move-stage": {"registered"}, "move-note": {"已签租约"}}, "move-enterprise", "已签租约"},
		"task":      {"merchant", "/aeo/" + s.Merchant + "/done", url.Values{"indicator": {"premises"}, "taskpremises-note": {"装"}}, "taskpremises-note", `value="装"`},
		"visit":     {"operator", "/repository/" + s.Merchant + "/visits", url.Values{"visit-kind": {"visit"}, "visit-day": {days(s, 3)}, "visit-note": {"反映退税慢"}}, "visit-day", "反映退税慢"},
		"status":    {"operator", "/repository/" + s.Merchant + "/milestones", url.Values{"status-kind": {"high-tech"}, "status-stage": {"won"}, "status-day": {days(s, 0)}, "status-note": {"材料齐备"}}, "status-stage", "材料齐备"},
		"assign":    {"operator", "/repository/" + s.Merchant + "/assign", url.Values{"assign-account": {"nobody"}}, "assign-account", `value="nobody"`},
	}
	for name, c := range cases {
		a := s.Post(c.as, c.path, c.form)
		if a.Status != 422 || !a.Has(`id="`+c.wrong+`-error"`, c.typed, `role="alert"`) {
			t.Errorf("%s: %d, typed %v, fault %v", name, a.Status, a.Has(c.typed), a.Has(c.wrong+"-error"))
		}
		if n := strings.Count(string(a.Body), `class="field-error"`); n != 1 {
			t.Errorf("%s: %d faults", name, n)
		}
	}
	if a := s.Post("stranger", "/aeo/"+s.Merchant+"/done", url.Values{"indicator": {"premises"}, "taskpremises-note": {"已经安装"}}); a.Status != 404 {
		t.Errorf("another's form: %d", a.Status)
	}
	if a := s.Post("merchant", desk+"/book", cases["book"].form); !a.Has(tomorrow.String()) {
		t.Error("a refused booking leaves its day")
	}
}

// Every link of the rooms leads somewhere for whom it is shown.
func TestEveryLinkOfTheRoomsLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	at := moved(t, s, "operator", "/fairs", url.Values{"fair-title": {"春季展"}, "fair-place": {"广州"}, "fair-starts": {days(s, 5)}, "fair-ends": {days(s, 6)}, "fair-opens": {days(s, 0)}, "fair-closes": {days(s, 2)}, "fair-card": {"fair-booths"}, "fair-categories": {"home,家居,1,20000.00"}})
	moved(t, s, "merchant", at+"/apply", url.Values{"apply-category": {"home"}, "apply-booths": {"1"}, "apply-goods": {"酒店布草"}})
	moved(t, s, "operator", "/pipeline", url.Values{"lead-company": {"某跨境平台"}, "lead-kind": {"platform"}})
	moved(t, s, "merchant", "/matching/listings", url.Values{"listing-side": {"demand"}, "listing-title": {"采购床单"}, "listing-hs": {"630231"}, "listing-quantity": {"10"}, "listing-unit": {"件"}, "listing-until": {days(s, 60)}, "listing-contact": {"电话"}})
	moved(t, s, "merchant", "/talent/vacancies", url.Values{"vacancy-title": {"西语运营"}, "vacancy-skills": {"运营"}, "vacancy-people": {"2"}, "vacancy-until": {days(s, 30)}})
	moved(t, s, "merchant", "/aeo/"+s.Merchant, url.Values{"aeo-aeo_documents": {"yes"}})
	moved(t, s, "operator", "/repository/recompute", nil)
	s.Zone.Clock.Set(s.Zone.Clock.Now().AddDate(0, 0, 5))
	moved(t, s, "operator", at+"/allocate", nil)
	moved(t, s, "operator", "/fairs/applications/1/attendance", url.Values{"attend-fee": {"18000.00"}, "came": {"yes"}})
	rooms := []string{"/repository", "/pipeline", "/fairs", "/events", "/bookings", "/talent", "/aeo", "/matching"}
	of := func(path string) bool {
		for _, r := range append(rooms, "/resources") {
			if path == r || strings.HasPrefix(path, r+"/") || strings.HasPrefix(path, r+"?") {
				return true
			}
		}
		return false
	}
	for _, as := range []string{"operator", "merchant"} {
		seen, queue := map[string]bool{}, append([]string{"/fairs/applications/1", "/aeo/" + s.Merchant, "/talent/rewards"}, rooms...)
		for len(queue) > 0 && len(seen) < 150 {
			path, _, _ := strings.Cut(queue[0], "#")
			queue = queue[1:]
			if seen[path] || path == "/account" || as == "merchant" && path == "/pipeline" { // programs have no account
				continue
			}
			seen[path] = true
			a := s.Get(as, path)
			if a.Status != 200 && a.Status != 303 { // 303: to a stronger sign-in
				t.Errorf("%s as %s: %d", path, as, a.Status)
			}
			if a.Page != nil && of(path) {
				queue = append(queue, a.Page.Links()...)
			}
		}
		if !seen["/policy/claims"] && as == "merchant" {
			t.Error("who attended a fair is not led to what can be claimed")
		}
	}
}
