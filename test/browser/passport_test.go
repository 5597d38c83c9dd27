package browser_test

import (
	"strings"
	"testing"
	"time"

	"pilotzone/internal/kernel/access"
	"pilotzone/internal/kernel/matter"
	"pilotzone/test/browser/browsertest"
)

// TestAMisusedIdentity walks as the consumer whose identity the fraud ring used:
// in by the real-name provider, the allowance that is gone, a use that is not
// theirs, freeze, dispute, and how it ends.
func TestAMisusedIdentity(t *testing.T) {
	t.Parallel()
	w := zone(t)
	b := browsertest.Open(t, w.url)
	b.Go("/passport").See("您的身份证号可能被他人用来购物", "以海关全国统计为准").Axe()
	b.Press("演示实名认证").Find("button[value='misused']")
	b.Messages() // the provider's page is no part of the platform
	b.Click("button[value='misused']").See("剩余额度", "最近的使用")
	b.Axe()
	b.Go("/passport/allowance").See("年度限值", "已使用").Axe()
	b.Go("/passport/uses").See("身份使用记录").Axe()
	b.Click("tbody a").See("这不是我买的", "占用年度额度").Axe()
	use := b.Path()

	b.Go("/passport/freeze").Axe().Press("冻结我的身份").See("身份已冻结", "先由人工审核")
	b.Go("/passport/freeze").See("您的身份已冻结").Press("解除冻结").See("已解除冻结")
	b.Go("/passport/notices").Type("#address", "me@example.cn").Press("保存").See("通知邮箱已保存").Axe()

	b.Go(use).Press("这不是我买的").See("接下来", "15 个工作日").Axe()
	b.Choose("#reason", "not-known").Type("#statement", "我从没有在这个平台买过东西").Click("#truthful").Press("提交异议").See("异议已提交", "异议办理中")
	b.Axe()
	number := b.Text("main a[href^='/matters/'] code")
	officer := access.With(t.Context(), &access.Principal{ID: "o1", Org: "customs", Roles: []access.Role{access.Customs}})
	m, err := w.Zone.Matters.Get(officer, number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Zone.Matters.Do(officer, number, matter.Doing{Act: matter.Approve, Revision: m.Revision, Note: "已与平台核实"}); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); !b.Go(use).Has("您的异议成立"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the dispute is not upheld")
		}
	}
	b.See("移送海关函").Axe()
	b.Go(strings.TrimSuffix(use, "/")+"?lang=en").See("Your dispute was upheld", "The letter to customs").Axe()
}
