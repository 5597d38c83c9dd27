package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pilotzone/test/browser/browsertest"
)

// TestPolicyOfHunan walks what a zone promises: a claim from discovery to the
// payment list, and a park's recognition. The walks share a zone, whose
// clock goes on by the days of publication, so they go one after the other.
func TestPolicyOfHunan(t *testing.T) {
	t.Parallel()
	w := worldOf(t, hunan)
	t.Run("claim", func(t *testing.T) { claimToPayment(t, w) })
	t.Run("recognition", func(t *testing.T) { recognisePark(t, w) })
}

// tick ticks boxes by script: the bar at the top may lie over what was scrolled
// into view.
func tick(b *browsertest.Tab, css ...string) {
	for _, c := range css {
		browsertest.Eval[bool](b, `document.querySelector("`+c+`").click() ?? true`)
	}
}

// act does something with an application, as an office.
func act(t *testing.T, w *world, login, at, word string) {
	t.Helper()
	w.signIn(t, login).Go(at).Press(word).See("已" + word)
}

// number is the number of the application whose form the tab shows.
func number(b *browsertest.Tab) string {
	path, _, _ := strings.Cut(b.Path(), "?")
	return strings.Split(strings.TrimPrefix(path, "/matters/"), "/")[0]
}

// claimToPayment: what can I claim → claim → review → panel of three → publication
// → decision → payment list, checked by another person → paid.
func claimToPayment(t *testing.T, w *world) {
	b := w.signIn(t, "manager")
	keep(b.Go("/policy/claims").See("自有品牌全球推广奖励", "最高 36.00 万元"), "zh", "claims").Axe()
	b.Click(`section[aria-label="自有品牌全球推广奖励"] form button`).See("申领事项").Axe()
	n := number(b)
	for field, text := range map[string]string{"payee": "湖南示范电商平台一号有限公司", "bank_name": "示范银行长沙分行", "bank_account": "430100987654321", "contact_name": "陈经理", "contact_phone": "0731-3331111"} {
		b.Type("#"+field, text)
	}
	tick(b, "#truthful")
	b.Press("保存并继续").Press("继续核对").See("确认无误，提交").Press("确认无误，提交").See("已收到您的申请")
	matter, claim := "/matters/"+n, "/policy/applications/"+n
	act(t, w, "commerce", matter, "通过本环节")
	for _, login := range []string{"commerce", "panel", "treasurer"} {
		w.signIn(t, login).Go(claim).See("专家评审").Axe().Type("#points", "86").Type("#score_reason", "营销投入真实，材料齐全").Press("打分").See("已打分")
	}
	c := w.signIn(t, "commerce")
	c.Go(claim).Type("#amount", "360000.01").Type("#amount_reason", "按条款上限").Click("form[action$=propose] button").See("360000.00")
	c.Messages() // the answer 422 is one
	c.Go(claim).Type("#amount", "350000.00").Type("#amount_reason", "按条款上限").Click("form[action$=propose] button").See("350,000.00")
	act(t, w, "commerce", matter, "通过本环节")
	c.Go(claim).Press("公示").See("公示期")
	browsertest.Open(t, w.url).Go("/policy/publications").See("自有品牌全球推广奖励", "350,000.00").Axe()
	w.Clock.Skip(9 * 24 * time.Hour)
	act(t, w, "commerce", matter, "通过本环节")
	// The measures state no term: the award waits for the paper that says they go on.
	a := w.signIn(t, "admin")
	a.Go(matter).Press("同意").See("条款效力尚未确认")
	a.Messages() // the answer 422 is one
	a.Go("/policy/clauses/brand-promotion").Axe().Type("#document", "湘商电函〔2026〕示例号").Press("登记确认").See("湘商电函〔2026〕示例号")
	act(t, w, "admin", matter, "同意")
	c.Go("/policy/payments").Axe().Choose("#line", "brands").Press("编制").See("350,000.00", "待复核")
	list := keep(c, "zh", "payment-list").Path()
	w.signIn(t, "treasurer").Go(list).Press("复核通过").See("已复核").Type("input[name^=words_]", "YH20260001").Press("登记拨付").See("已拨付")
	b.Go("/policy/applications").See("已拨付", "350,000.00").Axe()
}

// recognisePark: how far → application → review → publication → certificate.
func recognisePark(t *testing.T, w *world) {
	b := w.signIn(t, "park")
	far := func(which string) string {
		return fmt.Sprintf("/parks/demo-park-%s/far?program=hunan-park&year=%d", which, w.Day.Year())
	}
	b.Go("/parks/demo-park-east").See("距认定还差多少").Axe().Press("省级跨境电商产业园").See("52,000", "≥").Axe()
	keep(b.Go(far("east")).See("≥"), "zh", "park-far")
	b.Go(far("east")).Press("按本年度指标申请认定").See("认定事项").Axe()
	n := number(b)
	b.Type("#grounds", "园区自运营以来入驻企业稳定，一站式服务齐全。")
	tick(b, "#truthful")
	b.Press("保存并继续").Press("继续核对").Press("确认无误，提交").See("已收到您的申请")
	matter := "/matters/" + n
	act(t, w, "commerce", matter, "通过本环节")
	w.signIn(t, "commerce").Go("/recognitions").Axe().Click("form[action='/recognitions/" + n + "/publish'] button").See("公示")
	browsertest.Open(t, w.url).Go("/recognitions/publications").See("示范跨境电商产业园（东区）").Axe()
	w.Clock.Skip(9 * 24 * time.Hour)
	act(t, w, "commerce", matter, "同意")
	b.Go("/parks/demo-park-east").See("省级跨境电商产业园", "有效").Axe()
	b.Go(matter).Press("查看文书").See("认定证书")
	b.Go(far("west")).See("还差 200", "还差 8").Axe()
}
