package browser_test

import (
	"fmt"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
)

// first is the newest parcel that a filter chooses.
func (w *world) first(t testing.TB, f lookup.Filter) lookup.Parcel {
	t.Helper()
	f.Within = lookup.Everything()
	found, err := w.Zone.Lookup.List(t.Context(), f, lookup.Page{Limit: 1})
	if err != nil || len(found.Parcels) == 0 {
		t.Fatalf("no parcel for %+v: %v", f, err)
	}
	return found.Parcels[0]
}

// TestWhyAParcelIsRefused: somebody types an order number into the search box,
// lands on the parcel and reads at the field what is wrong and how to mend it.
func TestWhyAParcelIsRefused(t *testing.T) {
	t.Parallel()
	w := zone(t)
	p := w.first(t, lookup.Filter{States: []clearance.State{clearance.Refused}, Reasons: []string{"1332"}})
	b := w.signIn(t, "customs")
	b.Type("#find", p.OrderNo).Click(".find button")
	b.See("单证并列比对", "支付单支付金额与订单支付金额不一致", "优惠应填在订单 discount")
	if want := fmt.Sprintf("/parcels/%d", p.Number); b.Path() != want {
		t.Errorf("the search leads to %s, not %s", b.Path(), want)
	}
	if got := b.Text("tr.differs th"); got != "实际支付（收款）金额" {
		t.Errorf("the first marked field is %q", got)
	}
	keep(b.Axe(), "zh", "parcel-refused")
	b.Press("其余字段").See("物流企业")
	b.Go(b.Path()+"?lang=en").See("Documents side by side", "paid amount differs")
	keep(b.Axe(), "en", "parcel-refused").Go(b.Path() + "?lang=zh")
}

// TestOfficerInTheBrowser: an officer takes the most pressing case from the
// workbench, claims it, writes a note and gives a verdict; the parcel's page
// tells it.
func TestOfficerInTheBrowser(t *testing.T) {
	t.Parallel()
	w := zone(t)
	p := w.first(t, lookup.Filter{States: []clearance.State{clearance.Review, clearance.Inspect, clearance.Detained}})
	b := w.signIn(t, "customs")
	b.Go("/").See("监管队列", "最紧要的").Axe()
	b.Go("/queues").See("监管工作队列").Axe()
	b.Go(fmt.Sprintf("/parcels/%d", p.Number)).Press("去处置").See("领办人").Axe()
	b.Press("领办").See("已领办", "作出处置").Axe()
	keep(b, "zh", "case-claimed")
	b.Type("#note", "已核对实物与单证").Press("写备注").See("已核对实物与单证")
	b.Choose("#status", "800").Type("#reason", "查验无误").Press("作出处置").See("处置已生效")
	if got := w.first(t, lookup.Filter{Number: fmt.Sprint(p.Number)}); got.Number != p.Number {
		t.Errorf("the parcel is not found: %+v", got)
	}
	b.Go(fmt.Sprintf("/queues/cases/%d", p.Number)).See("本件已离开队列", "已生效")
}
