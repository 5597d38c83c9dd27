package clearance_test

import (
	"testing"
	"unicode"

	"pilotzone/internal/customs/clearance"
)

// What the machine itself says has no Chinese in its English; what people wrote
// stays as they wrote it.
func TestEnglishReasonsAreEnglish(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason clearance.Reason
		want   string
	}{
		{clearance.Say("1322", "1", "数量 qty", "9", "3"), "line 1 differs in qty: list 9, order 3"},
		{clearance.Say("PZ1501", "订单、支付凭证"), "waiting for: order, payment"},
		{clearance.Say("PZ1504", "商品价格", "清单表体合计", "207", "OrderHead.goodsValue", "87"), "value of goods differs: sum of the list's lines 207, OrderHead.goodsValue 87"},
		{clearance.Say("PZ1505", "收货人电话 consigneeTelephone", "运单"), "consigneeTelephone differs between order and waybill"},
		{clearance.Say("PZ3102", "撤销申请单", "X1"), "withdrawal received [X1]"},
		{clearance.Say("PZ3001", clearance.Inspect.Chinese()), "the list is inspection: this can't be done"},
		{clearance.Say("PZ1701", "不涉出口关税、许可证件、出口退税，100 元 ≤ 5000.00 元"), "statistics only: no export duty, licence or refund; 100 yuan ≤ 5000.00 yuan"},
		{clearance.Say("-10102", "ebcCode X", "企业未备案 / enterprise is not filed"), "enterprise code not valid: ebcCode X (enterprise is not filed)"},
		{clearance.Say("PZ1609", "查验无误"), "asked for by an officer: 查验无误"},
	} {
		if got := c.reason.English(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// What is said in both languages is said in one at a time.
func TestChineseReasonsAreChinese(t *testing.T) {
	t.Parallel()
	r := clearance.Say("-10102", "ebcCode X", "企业未备案 / enterprise is not filed")
	if got := r.Chinese(); got != "无效企业代码：ebcCode X（企业未备案）" {
		t.Errorf("%q", got)
	}
}

// Every reason of a day's decisions is English through and through, but for names
// of goods and what the tariff says.
func TestDecisionsAreSaidInEnglish(t *testing.T) {
	t.Parallel()
	m := newMachine(t, setup{})
	for k := range 40 {
		p := m.parcel(uint64(k))
		if k%3 == 0 {
			p.List.SetLine(0, "qty", "7")
		}
		if k%5 == 0 {
			p.Waybill.Set("consignee", "别人")
		}
		m.send(p.Documents()...)
	}
	for _, d := range m.log {
		for _, r := range d.Reasons {
			if r.Code == "PZ1605" || r.Code == "PZ1509" {
				continue
			}
			for _, c := range r.English() {
				if unicode.Is(unicode.Han, c) {
					t.Errorf("%s says %q", r.Code, r.English())
					break
				}
			}
		}
	}
}
