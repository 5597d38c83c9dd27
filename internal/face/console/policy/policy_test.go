package policy_test

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/rulebook"
	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/growth/policy"
	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/money"
	"pilotzone/internal/kernel/pack"
	"pilotzone/packs"
)

// hunan is a zone in which Hunan's clauses are in force and an enterprise had a
// certificate for 400,000 yuan last year.
func hunan(t *testing.T) *pagetest.Stage {
	t.Helper()
	s := pagetest.Open(t)
	system := access.With(t.Context(), access.System())
	p, err := pack.LoadFS(packs.Files, "hunan")
	check(t, err)
	proposal, err := s.Zone.Rulebook.Propose(system, rulebook.Draft{Packs: []*pack.Pack{p}, Note: "叠加湖南规则包"})
	check(t, err)
	_, err = s.Zone.Rulebook.Switch(system, proposal.Number)
	check(t, err)
	check(t, s.Zone.Rulebook.Settled(t.Context()))
	check(t, s.Zone.Policy.OpenBudgets(system))
	who, year := fact.Subject{Kind: fact.Enterprise, ID: s.Merchant}, s.Zone.Policy.Today().Year()-1
	for name, value := range map[string]string{"certificates_new_year": "1", "certification_cost_year": "400000.00"} {
		_, err := s.Zone.Facts.FileEvidence(system, fact.Entry{Subject: who, Fact: name, Year: year, Value: value, Document: "认证证书与发票"})
		check(t, err)
	}
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// public fetches a page in both languages without an account.
func public(s *pagetest.Stage, path string) *pagetest.Answer {
	s.T.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	a := s.Get("", path, "Authorization", "")
	for _, v := range []*pagetest.Answer{a, s.Get("", path+separator+"lang=en", "Authorization", "")} {
		if v.Status != 200 || v.Page == nil {
			s.T.Fatalf("%s: %d", path, v.Status)
		}
		if bad := append(v.Page.Forbidden(), v.Page.Foreign()...); len(bad) > 0 {
			s.T.Errorf("%s: %q", path, bad)
		}
	}
	return a
}

// TestPagesOfIncentives: each page opens in both languages for who may see it.
func TestPagesOfIncentives(t *testing.T) {
	t.Parallel()
	s := hunan(t)
	a := s.Fine("merchant", "/policy/claims")
	for _, want := range []string{"现在可以申领", "一事一议", "国际认证费用奖励", "开始申领", "32.00 万元", "申报佐证", "效力待确认", "省商务厅"} {
		if !a.Has(want) {
			t.Errorf("what can be claimed lacks %q", want)
		}
	}
	if a := s.Fine("operator", "/policy/claims?kind=enterprise&subject="+s.Merchant); !a.Has("国际认证费用奖励") || a.Has("开始申领") {
		t.Error("an office does not see what an enterprise can claim, or may start it")
	}
	if a := s.Fine("operator", "/policy/claims?kind=park&subject=nothing"); !a.Has("没有找到该对象") {
		t.Error("nothing found is not said")
	}
	s.Fine("operator", "/policy/claims")
	if a := s.Get("merchant", "/policy/claims?kind=enterprise&subject="+pagetest.Stranger); a.Status != 404 {
		t.Errorf("another's: %d", a.Status)
	}
	if a := public(s, "/policy/clauses"); !a.Has("省级公共海外仓支持", "未规定", "效力待确认", "湘政办发〔2023〕9号") {
		t.Error("the catalogue lacks something")
	}
	if a := public(s, "/policy/clauses/park"); !a.Has("area_m2 &gt;= 4000", "条文理解", "推断") {
		t.Error("a clause lacks its condition")
	}
	public(s, "/policy/clauses/overseas-warehouse")
	for _, path := range []string{"/policy/publications", "/policy/publications?all=yes"} {
		public(s, path)
	}
	for _, path := range []string{"/policy/applications", "/policy/payments", "/policy/budgets", "/policy/clawbacks", "/policy/simulate", "/policy/simulate?clause=park"} {
		s.Fine("operator", path)
	}
	if a := s.Fine("operator", "/policy/simulate?clause=certification&run=yes&cap=100000.00"); !a.Has("100,000.00", "下载名单") {
		t.Error("the simulation lacks something")
	}
	if a := s.Get("operator", "/policy/simulate/list?clause=certification"); a.Status != 200 || len(a.Body) < 1000 {
		t.Errorf("the list: %d, %d bytes", a.Status, len(a.Body))
	}
	if a := s.Get("merchant", "/policy/budgets"); a.Status != 403 {
		t.Errorf("budgets for an enterprise: %d", a.Status)
	}
}

// TestABudgetIsOpened: a line is opened by hand and has its statement.
func TestABudgetIsOpened(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	year := strconv.Itoa(s.Zone.Policy.Today().Year())
	for _, form := range []url.Values{{"year": {year}, "cap": {"5000.00"}, "reason": {"预算批复"}}, {"year": {year}, "line": {"other"}, "title": {"其他"}, "cap": {"1,000.00"}, "reason": {"预算批复"}}} {
		if a := s.Post("operator", "/policy/budgets", form); a.Status != 303 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	if a := s.Fine("operator", "/policy/budgets"); !a.Has("其他", "1,000.00") {
		t.Error("the line is not there")
	}
	if a := s.Fine("operator", "/policy/budgets/"+year+"/other"); !a.Has("预算批复") {
		t.Error("the change is not there")
	}
	if a := s.Post("operator", "/policy/payments", url.Values{"line": {"other"}, "flow": {"city"}}); a.Status != 422 || !a.Has("没有可列入清单的申领") {
		t.Errorf("an empty list: %d", a.Status)
	}
}

// TestAClaimOnPages: started from what can be claimed, handed in, scored,
// published, objected to, decided, listed, paid and seen by its applicant.
func TestAClaimOnPages(t *testing.T) {
	t.Parallel()
	s := hunan(t)
	number := handIn(s)
	if a := s.Fine("merchant", "/policy/claims"); !a.Has("办理中", number) {
		t.Error("it does not show that it runs")
	}
	at := "/policy/applications/" + number
	act(s, number, "accept")
	judge(s, number)
	act(s, number, "accept")
	post(s, at+"/publish", url.Values{})
	object(s, number)
	s.Zone.Clock.Set(s.Zone.Clock.Now().Add(8 * 24 * time.Hour))
	act(s, number, "accept")
	post(s, "/policy/clauses/certification/confirm", url.Values{"document": {"省商务厅2026年申报通知"}})
	act(s, number, "approve")
	if a := s.Fine("merchant", at); !a.Has("已核定", "320,000.00") || a.Has("提出追回") {
		t.Error("the applicant does not see what was granted")
	}
	pay(s, number)
	s.Fine("operator", at)
	if a := s.Get("stranger", at); a.Status != 404 {
		t.Errorf("another's claim: %d", a.Status)
	}
	post(s, at+"/clawback", url.Values{"back_amount": {"320000.00"}, "back_reason": {"发现虚假发票"}})
	if a := s.Fine("operator", "/policy/clawbacks"); !a.Has("发现虚假发票", "待决定") {
		t.Error("the claw-back does not show")
	}
}

// handIn starts a claim as the enterprise's clerk, fills it in and submits it.
func handIn(s *pagetest.Stage) string {
	s.T.Helper()
	clerk := access.With(s.T.Context(), &access.Principal{ID: "u1", Org: "org1", Roles: []access.Role{access.Clerk}, Codes: []string{s.Merchant}})
	m, err := s.Zone.Policy.Begin(clerk, fact.Subject{Kind: fact.Enterprise, ID: s.Merchant}, "certification", "")
	check(s.T, err)
	m, _, err = s.Zone.Matters.Fill(clerk, m.Number)
	check(s.T, err)
	for k, v := range map[string]any{"payee": "示例电商有限公司", "bank_name": "中国银行长沙分行", "bank_account": "252345678901", "contact_name": "张三丰", "contact_phone": "13812345678",
		"received_before": false, "truthful": true} {
		m.Form[k] = v
	}
	m, problems, err := s.Zone.Matters.Save(clerk, m.Number, m.Revision, m.Form)
	check(s.T, err)
	if len(problems) > 0 {
		s.T.Fatal(problems)
	}
	_, err = s.Zone.Matters.Submit(clerk, m.Number, m.Revision, "")
	check(s.T, err)
	return m.Number
}

func post(s *pagetest.Stage, path string, form url.Values) {
	s.T.Helper()
	if a := s.Post("operator", path, form); a.Status != 303 {
		s.T.Fatalf("%s: %d %s", path, a.Status, a.Body)
	}
}

// act does an act of the office on the matter's own page.
func act(s *pagetest.Stage, number, what string) {
	s.T.Helper()
	m, err := s.Zone.Matters.Get(access.With(s.T.Context(), access.System()), number)
	check(s.T, err)
	post(s, "/matters/"+number+"/act", url.Values{"act": {what}, "revision": {strconv.FormatUint(m.Revision, 10)}, "note": {"符合条件"}})
}

// judge has the panel score and proposes the amount.
func judge(s *pagetest.Stage, number string) {
	s.T.Helper()
	for _, id := range []string{"c1", "c2"} {
		ctx := access.With(s.T.Context(), &access.Principal{ID: id, Org: "bureau", Roles: []access.Role{access.Commerce}})
		check(s.T, s.Zone.Policy.GiveScore(ctx, number, 80, "材料齐全"))
	}
	at := "/policy/applications/" + number
	if a := s.Post("operator", at+"/score", url.Values{"score_reason": {"没有分数"}}); a.Status != 422 {
		s.T.Errorf("scored without points: %d", a.Status)
	}
	post(s, at+"/score", url.Values{"points": {"90"}, "score_reason": {"材料齐全"}})
	if a := s.Post("operator", at+"/propose", url.Values{"amount": {"320000.01"}, "amount_reason": {"超过"}}); a.Status != 422 || !a.Has("320000.00") {
		s.T.Errorf("proposed above the most: %d", a.Status)
	}
	post(s, at+"/propose", url.Values{"amount": {"320000.00"}, "amount_reason": {"费用的80%"}})
	if a := s.Fine("operator", at); !a.Has("83.33", "材料齐全") {
		s.T.Error("the panel does not show")
	}
}

// object objects as a visitor and resolves it.
func object(s *pagetest.Stage, number string) {
	s.T.Helper()
	if a := public(s, "/policy/publications"); !a.Has(number, "320,000.00", "提出异议") || a.Has("252345678901") {
		s.T.Error("the publication lacks something, or says too much")
	}
	public(s, "/policy/publications/"+number+"/object")
	_, err := s.Zone.Policy.Object(access.With(s.T.Context(), &access.Principal{Roles: []access.Role{access.Visitor}}), number, "该企业并未取得认证", "13800000000")
	check(s.T, err)
	list, err := s.Zone.Policy.Objections(access.With(s.T.Context(), access.System()), number)
	check(s.T, err)
	if a := s.Fine("operator", "/policy/applications/"+number); !a.Has("该企业并未取得认证") {
		s.T.Error("the objection does not show")
	}
	post(s, "/policy/applications/"+number+"/objections/"+list[0].ID, url.Values{"answer_" + list[0].ID: {"证书已核验"}})
}

// pay makes a list as another person, checks, exports and pays it.
func pay(s *pagetest.Stage, number string) {
	s.T.Helper()
	maker := access.With(s.T.Context(), &access.Principal{ID: "c1", Org: "bureau", Roles: []access.Role{access.Commerce}})
	l, err := s.Zone.Policy.MakeList(maker, s.Zone.Policy.Today().Year(), "brands", policy.FlowCity)
	check(s.T, err)
	at := "/policy/payments/" + l.ID
	if a := s.Fine("operator", at); !a.Has("********8901", "待复核") || a.Has("252345678901") {
		s.T.Error("the list lacks something, or shows an account")
	}
	post(s, at+"/check", url.Values{})
	if a := s.Post("operator", at+"/export", url.Values{"format": {"csv"}, "purpose": {"送银行"}}); a.Status != 200 || !a.Has("252345678901", "320000.00", number) {
		s.T.Errorf("the export: %d", a.Status)
	}
	s.Fine("operator", at)
	post(s, at+"/lines/1", url.Values{"act": {"pay"}, "words_1": {"回单 1"}})
	if a := s.Fine("operator", at); !a.Has("回单 1", "已办结") {
		s.T.Error("the payment does not show")
	}
	lines, err := s.Zone.Policy.Budgets(access.With(context.Background(), access.System()), 0)
	check(s.T, err)
	for _, line := range lines {
		if line.Line == "brands" && line.Paid != money.Fen(320_000_00) {
			s.T.Errorf("%+v", line)
		}
	}
	s.Fine("operator", "/policy/budgets/"+strconv.Itoa(s.Zone.Policy.Today().Year())+"/whole")
	s.Fine("operator", "/policy/payments")
}
