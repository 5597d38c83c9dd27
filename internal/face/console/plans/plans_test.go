package plans_test

import (
	"net/url"
	"strconv"
	"testing"
	"time"

	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/clock"
)

// open opens a zone with the pack of Xinxiang over the national one.
func open(t *testing.T) *pagetest.Stage {
	t.Helper()
	s := pagetest.Open(t)
	ctx := access.With(t.Context(), access.System())
	p, err := s.Zone.ProposeShipped(ctx, []string{"xinxiang"}, "叠加新乡规则包")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Zone.Rulebook.Switch(ctx, p.Number); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); len(s.Zone.Set().Items("plans")) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the pack is not switched on")
		}
	}
	return s
}

// TestPlanPages: the targets of the plan in force with what was reached, for
// everybody; what it is made of for offices alone; tasks are reported on.
func TestPlanPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	if a := s.Fine("stranger", "/plans"); !a.Has("新乡", "年进出口额", "进出口额口径", "指标未知") {
		t.Error("the list lacks something")
	}
	if a := s.Fine("operator", "/plans/xinxiang-2025"); !a.Has("线上综合服务平台", "文件未载明责任部门", "推断", "/figures/zone/xinxiang", "/plans/xinxiang-2025/tasks/p1") {
		t.Error("the plan lacks something")
	}
	if a := s.Fine("stranger", "/plans/xinxiang-2025"); a.Has("/figures/zone/") || a.Has("/tasks/p1\"") {
		t.Error("a stranger is offered what is for offices")
	}
	if a := s.Fine("operator", "/plan-figures/zone/xinxiang?fact=import_export_year&year=2026"); !a.Has("本平台通关", s.Merchant) {
		t.Error("the sum does not open to enterprises")
	}
	for _, path := range []string{"/plan-figures/zone/xinxiang?fact=import_export_year", "/plans/xinxiang-2025/targets/parks"} {
		if a := s.Get("merchant", path); a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	for _, path := range []string{"/plans/none", "/scorecards/none", "/assessments/none", "/plans/xinxiang-2025/tasks/none"} {
		if a := s.Get("operator", path); a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	s.Fine("operator", "/plans/xinxiang-2025/tasks/p1")
	if a := s.Post("operator", "/plans/xinxiang-2025/tasks/p1", url.Values{"state": {"working"}, "percent": {"60"}}); a.Status != 422 {
		t.Errorf("without a word: %d", a.Status)
	}
	if a := s.Post("operator", "/plans/xinxiang-2025/tasks/p1", url.Values{"state": {"working"}, "percent": {"60"}, "note": {"平台试运行"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Fine("stranger", "/plans/xinxiang-2025"); !a.Has("平台试运行", "60%") {
		t.Error("the report does not show")
	}
	if _, err := s.Zone.Plan.Record(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := s.Fine("stranger", "/plans/xinxiang-2025"); !a.Has("逐月进展", clock.DayOf(s.Zone.Clock.Now()).String()[:7]) {
		t.Error("the months do not show")
	}
	s.Fine("stranger", "/scorecards")
	if a := s.Fine("stranger", "/scorecards/zone-evaluation"); !a.Has("成效明显", "来源所列7项", "permille") {
		t.Error("the card lacks something")
	}
}

// TestAssessmentPages: from the score to the fund.
func TestAssessmentPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	year := s.Zone.Clock.Now().Year()
	office := access.With(t.Context(), &access.Principal{ID: "li", Org: "o-li", Roles: []access.Role{access.Commerce}, Strong: true})
	if _, err := s.Zone.Facts.FileEvidence(access.With(t.Context(), access.System()), fact.Entry{Subject: fact.Subject{Kind: fact.Place, ID: "xinxiang"}, Fact: "hightech_enterprises", Value: "50", Document: "名单"}); err != nil {
		t.Fatal(err)
	}
	s.Fine("operator", "/assessments")
	if a := s.Post("operator", "/assessments", url.Values{"card": {"zone-evaluation"}, "year": {strconv.Itoa(year)}}); a.Status != 422 || !a.Has("请选择方案") {
		t.Errorf("without a plan: %d", a.Status)
	}
	if a := s.Post("operator", "/assessments", url.Values{"card": {"zone-evaluation"}, "year": {strconv.Itoa(year)}, "plan": {"xinxiang-2025"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	id := "zone-evaluation-" + strconv.Itoa(year)
	at := "/assessments/" + id
	if a := s.Get("stranger", at); a.Status != 404 {
		t.Errorf("a stranger sees what is not published: %d", a.Status)
	}
	if a := s.Fine("operator", at); !a.Has("复核通过", "评分过程", "50") {
		t.Error("the page lacks something")
	}
	do := func(act string, more url.Values) {
		t.Helper()
		now, err := s.Zone.Plan.Assessment(office, id)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"act": {act}, "revision": {strconv.FormatUint(now.Revision, 10)}}
		for k, v := range more {
			form[k] = v
		}
		if a := s.Post("operator", at+"/act", form); a.Status != 303 {
			t.Fatalf("%s: %d %s", act, a.Status, a.Body)
		}
	}
	if a := s.Post("operator", at+"/act", url.Values{"act": {"review"}, "revision": {"1"}}); a.Status != 409 || !a.Has("不得复核自己的评分") {
		t.Errorf("%d", a.Status)
	}
	if _, err := s.Zone.Plan.Review(office, id, 1); err != nil {
		t.Fatal(err)
	}
	do("publish", url.Values{"until": {clock.DayOf(s.Zone.Clock.Now()).AddDays(10).String()}})
	if a := s.Fine("stranger", at); !a.Has("公示中", "1") || a.Has("提出异议") {
		t.Error("the published page lacks something")
	}
	if a := s.Post("operator", at+"/object", url.Values{"place": {"xinxiang"}, "words": {"少计一项"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Fine("operator", at); !a.Has("少计一项", "待答复") {
		t.Error("the objection does not show")
	}
	do("answer", url.Values{"number": {"1"}, "answer": {"核对无误"}})
	do("fund", url.Values{"fund": {"1,000,000.00"}, "floor": {"100"}})
	if a := s.Fine("stranger", at); !a.Has("1,000,000.00") {
		t.Error("the share does not show")
	}
	if a := s.Fine("stranger", "/assessments"); !a.Has(at) {
		t.Error("the list does not show it")
	}
}
