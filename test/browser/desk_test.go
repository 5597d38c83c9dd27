package browser_test

import (
	"strings"
	"testing"

	"pilotzone/test/browser/browsertest"
)

// TestARequestIsReturnedCompletedRefusedAndAppealedAgainst: an enterprise asks
// for help, is asked to complete it, is refused, and appeals; whoever refused it
// cannot decide the appeal, somebody else opens the matter again.
func TestARequestIsReturnedCompletedRefusedAndAppealedAgainst(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b, office, head := w.signIn(t, "clerk"), w.signIn(t, "commerce"), w.signIn(t, "admin")
	b.Go("/services?q=诉求").See("企业诉求").Axe()
	b.Go("/services/enterprise-request").See("对结果不服").Axe().Press("开始办理")
	b.See("问题与建议").Axe()
	at := strings.TrimSuffix(b.Path(), "/form")
	for field, text := range map[string]string{"name": "示例电商", "uscc": "91410700MA40XKJ29G", "request": "三票清单等待查验超过两天，请协调", "contact_name": "陈经理", "contact_phone": "0373-3330000"} {
		b.Type("#"+field, text)
	}
	b.Choose("#topic", "clearance")
	b.Press("保存并继续").See("选择文件").Press("继续核对").See("确认无误，提交").Press("确认无误，提交")
	b.See("已收到您的申请")
	office.Go(at).See("通过本环节").Axe()
	browsertest.Eval[bool](office, `[...document.querySelectorAll("details")].forEach(d => d.open = true) ?? true`)
	office.Type("#note", "请补充清单编号").Type("input[name='mark:request']", "写明三票清单的编号").Axe()
	office.Press("退回补正").See("已退回补正")
	b.Go(at).See("需要补正", "写明三票清单的编号").Axe()
	b.Go(at+"/form").See("写明三票清单的编号").Axe().Type("#request", "清单 1、2、3 等待查验超过两天，请协调")
	b.Press("保存并继续").See("选择文件").Press("继续核对").See("确认无误，提交").Press("确认无误，提交")
	b.See("已收到您的申请")
	office.Go(at).Press("通过本环节").See("已通过本环节")
	office.Go(at).Type("#note", "不属于本平台受理范围").Press("不予同意").See("已不予同意")
	b.Go(at).See("已办结：不予同意").Axe()
	browsertest.Eval[bool](b, `document.querySelector("form[action$='/appeal']").closest("details").open = true`)
	b.Press("填写申诉").See("申诉请求与理由").Axe()
	appeal := strings.TrimSuffix(b.Path(), "/form")
	b.Choose("#wish", "reopen").Type("#grounds", "清单在本区申报，属于平台受理范围")
	b.Press("保存并继续").See("选择文件").Press("继续核对").See("确认无误，提交").Press("确认无误，提交")
	b.See("已收到您的申请")
	office.Go(appeal).See("申诉成立后").Choose("#outcome", "reopen").Press("同意").See("须由未参与原决定的人员办理")
	office.Messages() // the answer 422 is one
	head.Go(appeal).See("申诉成立后").Axe().Choose("#outcome", "reopen").Type("#note", "在本区申报").Press("同意").See("已同意")
	b.Go(at).See("办理中", "关联办件").Axe()
}

// TestTheLibraryAnswersBeforeAQuestionIsSent: clauses and answers are found by
// words, and the question is sent with what was written.
func TestTheLibraryAnswersBeforeAQuestionIsSent(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b := w.signIn(t, "clerk")
	b.Go("/measures?q=海外仓").See("推动海外仓高质量发展").Axe()
	b.Go("/measures/national-08").See("可以办的事", "货物离境后即可申报退税").Axe()
	b.Press("就这一条提问").See("您的问题").Axe().Type("#q", "海外仓出口的货物多久能退税").Press("查找相关条款")
	b.See("已有问答").Axe().Press("没有答案，提交咨询").Find("#question")
	if got := browsertest.Eval[string](b, `document.querySelector("#question").value`); !strings.Contains(got, "多久能退税") {
		t.Errorf("the question is not carried over: %q", got)
	}
	b.Go("/decisions").See("办理结果公开").Axe()
}
