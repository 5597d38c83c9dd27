package matters_test

import (
	"regexp"
	"strings"
	"testing"

	"pilotzone/internal/face/zone/zonetest"
	"pilotzone/internal/kernel/access"
)

func token(name string) string { return strings.TrimPrefix(zonetest.Bearer(name), "Bearer ") }

// begin starts a matter and fills its form in, and returns its page.
func (s *stage) begin(key, definition string, fields ...string) string {
	s.t.Helper()
	at := strings.TrimSuffix(s.send(key, "/matters", 303, append([]string{"definition", definition}, fields...)...).to, "/form")
	page := s.page(key, at+"/form")
	s.send(key, at+"/form", 303, append([]string{"revision", s.revision(page)}, fields...)...)
	return at
}

var requestFields = []string{"name", "甲公司", "uscc", "91410700MA40XKJ29T", "topic", "clearance", "request", "清单长时间未放行，请协调海关核查", "contact_name", "张三丰", "contact_phone", "13812345678"}

func TestServicesAreFoundByThemeAudienceAndWords(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.page("", "/services", "企业开办", "开办一件事", "政策措施库")
	if page := s.page("", "/services?q=签证", "出入境与居留服务指引"); strings.Contains(page, "人才服务") {
		t.Error("what does not fit is shown")
	}
	s.page("", "/services?q=trademark", "涉外法律与维权服务")
	s.page("", "/services?theme=talent&for=talent", "人才服务")
	s.page("", "/services?q=没有这样的服务呢", "没有符合条件的服务")
	s.page("", "/services/enterprise-setup", "市场监管", "30", "平台服务，不是行政许可")
	if a := s.do("", "GET", "/services/enterprise-setup-appeal", "", nil); a.status != 404 {
		t.Errorf("an appeal is started from its matter: %d", a.status)
	}
	if a := s.do("", "GET", "/matters", "", nil); a.to != "/services" {
		t.Error(a.to)
	}
}

func TestAMatterIsReturnedWithMarksConsultedRefusedAndAppealedAgainst(t *testing.T) {
	t.Parallel()
	s := open(t)
	own, admin := s.person(access.EnterpriseOrg, "甲公司"), token("operator")
	at := s.begin(own, "enterprise-request", requestFields...)
	s.send(own, at+"/submit", 303)
	page := s.page(admin, at, "标注要补正的字段和材料")
	s.send(admin, at+"/act", 303, "act", "return", "note", "请补充", "mark:request", "请写明清单编号", "mark:document:papers", "请附回执", "revision", s.revision(page))
	s.page(own, at, "需要补正", "请写明清单编号", "请附回执")
	s.page(own, at+"/form", "请写明清单编号")
	s.page(own, at+"/papers", "请附回执")
	s.send(own, at+"/submit", 303)
	page = s.page(admin, at, "通过本环节")
	s.send(admin, at+"/act", 303, "act", "accept", "revision", s.revision(page))
	page = s.page(admin, at, "同时征求这些部门")
	s.send(admin, at+"/act", 303, "act", "consult", "note", "请核查", "roles", "customs", "roles", "tax", "revision", s.revision(page))
	s.page(admin, at, "部门意见", "待答复")
	s.page(token("officer"), at, "意见类型")
	s.send(token("officer"), at+"/act", 303, "act", "answer", "note", "已放行", "stance", "agree")
	page = s.page(admin, at, "已放行", "待答复")
	s.send(admin, at+"/act", 303, "act", "refuse", "note", "不属于本平台", "revision", s.revision(page))
	s.page(own, at, "不予同意", "填写申诉")
	appeal := strings.TrimSuffix(s.send(own, at+"/appeal", 303).to, "/form")
	form := s.page(own, appeal+"/form", "申诉请求与理由")
	s.send(own, appeal+"/form", 303, "revision", s.revision(form), "wish", "reopen", "grounds", "已提供清单编号，请重新办理")
	s.send(own, appeal+"/submit", 303)
	page = s.page(admin, appeal, "申诉成立后")
	if a := s.send(admin, appeal+"/act", 422, "act", "approve", "outcome", "reopen", "note", "x", "revision", s.revision(page)); !strings.Contains(a.text, "须由未参与原决定的人员办理") {
		t.Errorf("%.400s", a.text)
	}
	s.page(own, at, "关联办件")
	s.page(admin, "/matters/lateness", "办结环节")
	s.page("", "/decisions", "办理结果")
}

func TestOneFormStartsSeveralMatters(t *testing.T) {
	t.Parallel()
	s := open(t)
	own := s.person(access.EnterpriseOrg, "甲公司")
	at := s.begin(own, "start-business", "name", "甲公司", "uscc", "91410700MA40XKJ29T", "business", "跨境零售进口", "contact_name", "张三丰", "contact_phone", "13812345678")
	if a := s.send(own, at+"/submit", 303); a.to != at {
		t.Fatalf("leads to the page of all: %s", a.to)
	}
	page := s.page(own, at, "全部事项", "企业开办指导", "跨境电商主体备案", "电子口岸与单一窗口入网指引", "补齐并提交")
	if n := strings.Count(page, "补齐并提交"); n != 2 { // the form of founding and the papers of filing
		t.Errorf("%d drafts", n)
	}
}

func TestAnAnswerCitesItsClauseAndIsPublished(t *testing.T) {
	t.Parallel()
	s := open(t)
	own, admin := s.person(access.EnterpriseOrg, "甲公司"), token("operator")
	s.page("", "/measures", "推动海外仓高质量发展")
	s.page("", "/measures?q=海外仓", "推动海外仓高质量发展")
	s.page("", "/measures/national-08", "可以办的事", "就这一条提问", "（八）")
	s.page("", "/answers/ask?q=海外仓出口怎么退税", "可能相关的条款", "登录后提交咨询")
	s.page(own, "/answers/ask?q=海外仓出口怎么退税&about=national-08", "提交咨询")
	at := s.begin(own, "policy-consultation", "topic", "tax", "question", "海外仓出口怎么退税", "publish", "yes")
	s.send(own, at+"/submit", 303)
	page := s.page(admin, at, "引用条款（同意时至少一条）")
	if a := s.send(admin, at+"/act", 422, "act", "approve", "note", "离境即退税，销售再核算。", "revision", s.revision(page)); !strings.Contains(a.text, "答复须引用至少一条依据") {
		t.Errorf("%.400s", a.text)
	}
	s.send(admin, at+"/act", 303, "act", "approve", "note", "离境即退税，销售再核算。", "cites", "national-08 （八）推动海外仓高质量发展", "revision", s.revision(page))
	s.page(own, at+"/letter", "引用条款", "/measures/national-08")
	s.page(admin, at, "公开问答")
	number := regexp.MustCompile(`PZ[0-9]+`).FindString(at)
	s.page(admin, "/answers/publish/"+number, "离境即退税，销售再核算。")
	if a := s.send(admin, "/answers/publish/"+number, 422, "question", "请回电 13812345678", "reply", "离境即退税，销售再核算。"); !strings.Contains(a.text, "不能公开") {
		t.Errorf("%.400s", a.text)
	}
	if a := s.do(own, "GET", "/answers/publish/"+number, "", nil); a.status != 403 {
		t.Errorf("an enterprise publishes nothing: %d", a.status)
	}
	s.send(admin, "/answers/publish/"+number, 303, "question", "经海外仓出口的货物如何退税？", "reply", "离境即退税，销售再核算。")
	s.page("", "/answers?q=退税", "经海外仓出口的货物如何退税？")
	s.page("", "/measures/national-08", "经海外仓出口的货物如何退税？")
	s.send(admin, "/answers/retract/"+number, 303)
	s.page("", "/answers", "没有公开的问答")
}
