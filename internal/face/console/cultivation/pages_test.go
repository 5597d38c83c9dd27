package cultivation_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/kernel/clock"
)

// moved posts a form that must be taken, and returns where it leads.
func moved(t *testing.T, s *pagetest.Stage, as, path string, form url.Values) string {
	t.Helper()
	a := s.Post(as, path, form)
	if a.Status != 303 {
		t.Fatalf("%s as %s: %d %.600s", path, as, a.Status, a.Body)
	}
	return a.Header.Get("Location")
}

func days(s *pagetest.Stage, n int) string {
	return clock.DayOf(s.Zone.Clock.Now()).AddDays(n).String()
}

// From the announcement of a fair to its attendance, as the office and enterprises.
func TestAFairFromAnnouncementToAttendance(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	s.Fine("merchant", "/fairs")
	at := moved(t, s, "operator", "/fairs", url.Values{"fair-title": {"广交会春季展"}, "fair-place": {"广州"}, "fair-starts": {days(s, 30)}, "fair-ends": {days(s, 34)}, "fair-opens": {days(s, 0)}, "fair-closes": {days(s, 10)}, "fair-card": {"fair-booths"}, "fair-categories": {"home,家居用品,1,20000.00\ntools,五金工具,2,15000.00"}})
	if a := s.Fine("merchant", at); !a.Has("家居用品", "提交申请") || a.Has("评分并公布分配") {
		t.Error("an enterprise's page of the fair")
	}
	if a := s.Post("merchant", at+"/allocate", nil); a.Status != 403 {
		t.Errorf("an enterprise allocates: %d", a.Status)
	}
	moved(t, s, "merchant", at+"/apply", url.Values{"apply-category": {"home"}, "apply-booths": {"1"}, "apply-goods": {"酒店布草"}})
	moved(t, s, "stranger", at+"/apply", url.Values{"apply-category": {"home"}, "apply-booths": {"1"}, "apply-goods": {"毛巾浴巾"}})
	if a := s.Get("stranger", at); a.Has(s.Merchant) {
		t.Error("applications are open before the result is published")
	}
	if a := s.Post("operator", at+"/allocate", nil); a.Status != 409 {
		t.Errorf("allocated while applications are taken: %d", a.Status)
	}
	s.Zone.Clock.Set(s.Zone.Clock.Now().AddDate(0, 0, 11))
	moved(t, s, "operator", at+"/allocate", nil)
	if a := s.Fine("stranger", at); !a.Has("已分配", "候补") || a.Has("酒店布草") {
		t.Error("the published result")
	}
	if a := s.Fine("merchant", "/fairs/applications/1"); !a.Has("酒店布草", "评分过程", "满分") {
		t.Error("the working is not shown")
	}
	if a := s.Get("stranger", "/fairs/applications/1"); a.Status != 404 {
		t.Errorf("another's application: %d", a.Status)
	}
	moved(t, s, "merchant", "/fairs/applications/1/withdraw", nil)
	s.Zone.Clock.Set(s.Zone.Clock.Now().AddDate(0, 0, 20))
	moved(t, s, "operator", "/fairs/applications/2/attendance", url.Values{"attend-fee": {"18000.00"}, "came": {"yes"}})
	if a := s.Fine("stranger", "/fairs/applications/2"); !a.Has("已参展", "1.80 万元", `href="/policy/claims"`) {
		t.Errorf("%s", a.Body)
	}
}

// Events are open to all; a place is taken by who signs in.
func TestAnEventFromAnnouncementToCheckIn(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	local := func(d time.Duration) string {
		return s.Zone.Clock.Now().Add(d).In(clock.Beijing).Format("2006-01-02T15:04")
	}
	at := moved(t, s, "operator", "/events", url.Values{"event-kind": {"job-fair"}, "event-title": {"跨境电商人才对接会"}, "event-place": {"新乡学院"}, "event-starts": {local(20 * time.Hour)}, "event-ends": {local(24 * time.Hour)}, "event-closes": {local(10 * time.Hour)}, "event-capacity": {"1"}, "event-summary": {"现场招聘"}})
	if a := s.Get("", "/events", "Authorization", ""); !a.Has("跨境电商人才对接会") {
		t.Error("visitors do not see events")
	}
	if a := s.Get("", at, "Authorization", ""); !a.Has("登录后报名") {
		t.Error("a visitor is not led to the sign-in")
	}
	moved(t, s, "merchant", at+"/register", url.Values{"register-name": {"张小三"}})
	moved(t, s, "stranger", at+"/register", url.Values{"register-name": {"李四"}})
	own := s.Fine("merchant", at)
	if !own.Has("张小三", "已报名", "到场时向主办方出示签到码", "加入日历（ICS）") || own.Has("李四") {
		t.Error("one's own registration")
	}
	if a := s.Fine("operator", at); !a.Has("张**", "候补") || a.Has("张小三") {
		t.Error("the host's list")
	}
	if a := s.Get("", at+"/calendar", "Authorization", ""); a.Status != 200 || !strings.Contains(string(a.Body), "BEGIN:VEVENT") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := s.Post("operator", at+"/check-in", url.Values{"check-code": {"XXXXXXXX"}}); a.Status != 422 {
		t.Errorf("a wrong code: %d", a.Status)
	}
	moved(t, s, "merchant", at+"/cancel", url.Values{"number": {"1"}})
	if a := s.Fine("stranger", at); !a.Has("李四", "已报名") {
		t.Error("who waited did not move up")
	}
	s.Zone.Clock.Set(s.Zone.Clock.Now().Add(21 * time.Hour))
	moved(t, s, "operator", at+"/end", url.Values{"to": {"held"}})
}

func TestAWorkstationIsBookedAndGivenBack(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	at := moved(t, s, "operator", "/resources", url.Values{"resource-kind": {"workstation"}, "resource-title": {"A 区工位"}, "resource-place": {"创业园 3 楼"}, "resource-seats": {"1"}, "resource-slot": {"60"}, "resource-opens": {"09:00"}, "resource-closes": {"18:00"}, "resource-days": {"0", "1", "2", "3", "4", "5", "6"},
		"resource-ahead": {"14"}, "resource-cancel": {"2"}, "resource-most": {"4"}, "resource-active": {"yes"}})
	s.Fine("merchant", "/bookings")
	tomorrow := clock.DayOf(s.Zone.Clock.Now()).AddDays(1)
	if a := s.Fine("merchant", at+"?day="+tomorrow.String()); !a.Has("09:00–10:00", "开始前 2 小时") {
		t.Error("the slots do not show")
	}
	starts := clock.Micros(tomorrow.Time().Add(10 * time.Hour))
	form := url.Values{"book-starts": {itoa(starts)}, "book-slots": {"2"}, "book-purpose": {"直播"}}
	made := moved(t, s, "merchant", at+"/book", form)
	if a := s.Post("stranger", at+"/book", form); a.Status != 409 || !a.Has("所选时段已约满") {
		t.Errorf("taken: %d", a.Status)
	}
	if a := s.Get("stranger", made); a.Status != 404 {
		t.Errorf("another's booking: %d", a.Status)
	}
	if a := s.Get("stranger", made+"/calendar"); a.Status != 404 {
		t.Errorf("another's calendar file: %d", a.Status)
	}
	if a := s.Get("merchant", made+"/calendar"); !strings.Contains(string(a.Body), "SUMMARY:A 区工位") {
		t.Errorf("%s", a.Body)
	}
	if a := s.Fine("merchant", made); !a.Has("直播", "取消预约", made+"/calendar") {
		t.Error("the booking")
	}
	if a := s.Get("merchant", "/bookings/calendar"); !strings.Contains(string(a.Body), "SUMMARY:A 区工位") {
		t.Errorf("%s", a.Body)
	}
	moved(t, s, "merchant", made+"/cancel", nil)
	moved(t, s, "stranger", at+"/book", form)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestTheRepositoryShowsTiersWithTheirWorking(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	moved(t, s, "operator", "/repository/recompute", nil)
	if a := s.Fine("operator", "/repository"); !a.Has(s.Merchant, "新兴企业", "平台设定") {
		t.Errorf("%s", a.Body)
	}
	if a := s.Fine("merchant", "/repository"); !a.Has(s.Merchant) || a.Has("立即计算分层") {
		t.Error("an enterprise's own")
	}
	at := "/repository/" + s.Merchant
	if a := s.Fine("merchant", at); !a.Has("评分过程", "层级变化", "提出诉求") || a.Has("由我担任服务专员") {
		t.Error("its card")
	}
	if a := s.Get("stranger", at); a.Status != 404 {
		t.Errorf("another's: %d", a.Status)
	}
	moved(t, s, "operator", at+"/visits", url.Values{"visit-kind": {"visit"}, "visit-day": {days(s, 0)}, "visit-note": {"反映退税慢"}})
	moved(t, s, "operator", at+"/milestones", url.Values{"status-kind": {"high-tech"}, "status-stage": {"applied"}, "status-day": {days(s, 0)}})
	moved(t, s, "operator", at+"/key", url.Values{"key": {"yes"}})
	if a := s.Fine("operator", at); !a.Has("反映退税慢", "高新技术企业", "已申报") {
		t.Error("what an office sees")
	}
	if a := s.Fine("merchant", at); a.Has("反映退税慢") || !a.Has("高新技术企业") {
		t.Error("what the enterprise sees")
	}
	if a := s.Get("operator", "/repository/export"); a.Status != 200 || !strings.Contains(string(a.Body), s.Merchant) {
		t.Errorf("%d %.300s", a.Status, a.Body)
	}
}

func TestALeadMovesThroughThePipeline(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	at := moved(t, s, "operator", "/pipeline", url.Values{"lead-company": {"某跨境平台"}, "lead-kind": {"platform"}, "lead-leading": {"yes"}, "lead-county": {"410702"}, "lead-size": {"50000000.00"}, "lead-next": {"邀请考察"}, "lead-day": {days(s, 5)}, "lead-contact": {"李经理"}})
	if a := s.Fine("operator", at); !a.Has("李经理", "推进", "5,000.00 万元") {
		t.Errorf("%s", a.Body)
	}
	if a := s.Post("operator", at+"/move", url.Values{"move-stage": {"registered"}}); a.Status != 422 {
		t.Errorf("registered without a filing: %d", a.Status)
	}
	moved(t, s, "operator", at+"/move", url.Values{"move-stage": {"registered"}, "move-enterprise": {s.Merchant}})
	if a := s.Fine("operator", "/pipeline"); !a.Has("某跨境平台", "落地注册") {
		t.Error("the pipeline")
	}
	if a := s.Get("merchant", "/pipeline"); a.Status != 403 {
		t.Errorf("an enterprise reads it: %d", a.Status)
	}
}

func TestDemandAndOfferAreIntroduced(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	put := func(as, side, title, contact string) string {
		return moved(t, s, as, "/matching/listings", url.Values{"listing-side": {side}, "listing-title": {title}, "listing-hs": {"630231"}, "listing-quantity": {"1000"}, "listing-unit": {"件"}, "listing-to": {"50.00"}, "listing-from": {"40.00"}, "listing-until": {days(s, 60)}, "listing-contact": {contact}})
	}
	demand := put("merchant", "demand", "采购酒店布草", "买方电话")
	offer := put("stranger", "offer", "纯棉床单供应", "卖方电话")
	if a := s.Fine("merchant", "/matching"); !a.Has("纯棉床单供应", "不公开") || a.Has("卖方电话") {
		t.Error("the market")
	}
	if a := s.Fine("merchant", demand); !a.Has("纯棉床单供应", "商品编码前 6 位相同", "发起对接") || a.Has("卖方电话") {
		t.Error("what fits")
	}
	if a := s.Fine("merchant", offer); a.Has("卖方电话") || a.Has("发起对接") {
		t.Error("another's listing")
	}
	at := moved(t, s, "merchant", "/matching/introductions", url.Values{"demand": {"1"}, "offer": {"2"}})
	if a := s.Fine("stranger", at); a.Has("买方电话") {
		t.Error("contacts before both agreed")
	}
	moved(t, s, "stranger", at+"/answer", url.Values{"yes": {"yes"}})
	if a := s.Fine("stranger", at); !a.Has("买方电话", "登记成交") {
		t.Error("contacts after both agreed")
	}
	moved(t, s, "stranger", at+"/meetings", url.Values{"meeting-day": {days(s, 0)}, "meeting-place": {"展厅"}, "meeting-minutes": {"看样"}})
	moved(t, s, "stranger", at+"/deals", url.Values{"deal-value": {"400000.00"}, "deal-day": {days(s, 0)}})
	moved(t, s, "merchant", at+"/deals/1/confirm", nil)
	if a := s.Fine("merchant", at); !a.Has("40.00 万元", "已成交") {
		t.Error("the deal")
	}
	if a := s.Fine("operator", "/matching"); !a.Has("采购酒店布草") {
		t.Error("the office's list")
	}
}

func TestTheSelfCheckListsGapsAndAsksForGuidance(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	at := "/aeo/" + s.Merchant
	s.Fine("merchant", "/aeo")
	if a := s.Fine("merchant", at); !a.Has("单证控制与保管", "凭记忆，待核", "平台自动填入") {
		t.Errorf("%s", a.Body)
	}
	moved(t, s, "merchant", at, url.Values{"aeo-aeo_documents": {"yes"}})
	if a := s.Fine("merchant", at); !a.Has("差距较大", "未完成", "申请辅导") {
		t.Error("the result")
	}
	moved(t, s, "merchant", at+"/done", url.Values{"indicator": {"premises"}, "taskpremises-note": {"已装监控"}})
	if a := s.Fine("officer", at+"/tasks"); !a.Has("待确认", "已装监控") {
		t.Error("customs' page")
	}
	moved(t, s, "officer", at+"/tasks", url.Values{"confirmed": {"premises"}, "taskpremises-note": {"现场核实"}})
	if a := s.Fine("merchant", at); !a.Has("已确认", "现场核实") {
		t.Error("the confirmation")
	}
	if a := s.Get("stranger", at); a.Status != 404 {
		t.Errorf("another's: %d", a.Status)
	}
	if a := s.Post("merchant", at+"/guidance", nil); a.Status != 403 {
		t.Errorf("a program without an organisation applies: %d", a.Status)
	}
}

func TestTalentPages(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	at := moved(t, s, "merchant", "/talent/vacancies", url.Values{"vacancy-title": {"西语运营"}, "vacancy-skills": {"运营 直播"}, "vacancy-languages": {"es"}, "vacancy-people": {"2"}, "vacancy-until": {days(s, 30)}})
	if a := s.Fine("stranger", at); !a.Has("西语运营", "用我的档案投递") || a.Has("停止招聘") {
		t.Error("the vacancy as others see it")
	}
	moved(t, s, "stranger", "/talent/profile", url.Values{"profile-name": {"张三丰"}, "profile-phone": {"13800000000"}, "profile-skills": {"运营"}, "profile-shown": {"yes"}})
	s.Fine("stranger", "/talent/profile")
	if a := s.Fine("merchant", at); !a.Has("张**", "邀请应聘") || a.Has("13800000000") {
		t.Error("who fits")
	}
	moved(t, s, "stranger", at+"/apply", nil)
	if a := s.Fine("merchant", "/talent"); !a.Has("张三丰", "13800000000", "录用") {
		t.Error("the application")
	}
	moved(t, s, "merchant", "/talent/applications/1", url.Values{"to": {"hired"}})
	moved(t, s, "merchant", "/talent/orders", url.Values{"order-school": {"新乡学院"}, "order-skill": {"直播"}, "order-people": {"30"}, "order-starts": {days(s, 1)}, "order-ends": {days(s, 90)}})
	moved(t, s, "merchant", "/talent/orders/1", url.Values{"progress1-enrolled": {"28"}, "cancel": {"no"}})
	if a := s.Fine("merchant", "/talent/orders"); !a.Has("培养中", "28") {
		t.Error("the order")
	}
	if a := s.Post("merchant", "/talent/employment", url.Values{"hire-name": {"张三丰"}, "hire-identity": {"123"}, "hire-job": {"运营"}, "hire-from": {"2023-11-01"}}); a.Status != 422 {
		t.Errorf("a wrong identity number: %d", a.Status)
	}
	moved(t, s, "merchant", "/talent/employment", url.Values{"hire-name": {"张三丰"}, "hire-identity": {"11010119900307002X"}, "hire-job": {"运营"}, "hire-from": {"2023-11-01"}})
	if a := s.Fine("operator", "/talent/employment"); !a.Has("张**") || a.Has("张三丰") {
		t.Error("what an office sees")
	}
	moved(t, s, "operator", "/talent/employment/1/review", url.Values{"confirm": {"yes"}})
	if a := s.Fine("merchant", "/talent/rewards"); !a.Has("张三丰", "2023-11-01") {
		t.Error("service")
	}
	if a := s.Fine("stranger", "/talent/rewards"); a.Has("2023-11-01") {
		t.Error("another's people")
	}
}
