package api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pilotzone/ceb"
	"pilotzone/internal/face/api"
	"pilotzone/internal/face/zone/zonetest"
)

// TestTaxBills: a released parcel with tax has a bill whose lines add up, and
// its CEB816 is valid; what is not known is refused in words.
func TestTaxBills(t *testing.T) {
	t.Parallel()
	g := zonetest.Traffic(t)
	z := zonetest.Open(t, nil)
	c := newClient(t, z)
	for _, k := range zonetest.Kinds {
		if w := c.do(xml(zonetest.Message(t, g, k, 0, 1))); w.Code >= 300 {
			t.Fatalf("%s: %d %s", k, w.Code, w.Body)
		}
	}
	var page struct{ Bills []api.TaxBill }
	for deadline := time.Now().Add(time.Minute); len(page.Bills) == 0; time.Sleep(20 * time.Millisecond) {
		w := c.do(get("/v1/tax-bills"))
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		if time.Now().After(deadline) {
			t.Fatal("no tax bill was made")
		}
	}
	b := page.Bills[0]
	if b.Parcel != 1 || b.Status != "generated" || len(b.Lines) == 0 || b.Tax == "0.00" {
		t.Errorf("bill %+v", b)
	}
	w := c.do(get("/v1/tax-bills/notices?enterprise=" + b.Guarantor))
	var notices struct{ Notices []api.TaxNotice }
	if err := json.Unmarshal(w.Body.Bytes(), &notices); err != nil || len(notices.Notices) != 1 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	m, err := ceb.Decode([]byte(notices.Notices[0].XML))
	if err != nil || m.Kind != 816 || len(m.Defects) > 0 {
		t.Errorf("CEB816: %v %+v", err, m)
	}
	for _, s := range []struct {
		call   call
		status int
		has    string
	}{
		{get("/v1/tax-bills/notices"), 422, "enterprise"},
		{jsonCall("POST", "/v1/tax-bills/payments", `{"duty_no":"none","amount":"1.00","day":"2026-12-30","reference":"r"}`), 404, "duty_no"},
		{jsonCall("POST", "/v1/tax-bills/payments", `{"duty_no":"none","amount":"-1","day":"2026-12-30","reference":"r"}`), 422, "amount"},
	} {
		if w := c.do(s.call); w.Code != s.status || !strings.Contains(w.Body.String(), s.has) {
			t.Errorf("%s: %d, want %d with %q: %.300s", s.call.path, w.Code, s.status, s.has, w.Body)
		}
	}
}
