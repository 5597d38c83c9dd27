package taxbills_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"pilotzone/internal/customs/taxbill"
	"pilotzone/internal/face/console/pagetest"
)

// bills waits until the day's bills are there.
func bills(s *pagetest.Stage) []taxbill.Bill {
	s.T.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		list, err := s.Zone.TaxBills.List(s.T.Context(), taxbill.Filter{}, taxbill.Page{Limit: 1000})
		if err != nil {
			s.T.Fatal(err)
		}
		if len(list) >= 60 {
			return list
		}
		if time.Now().After(deadline) {
			s.T.Fatalf("%d bills", len(list))
		}
	}
}

// Bills are listed, opened, summed up and paid; each enterprise sees its own.
func TestTaxBillPages(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	list := bills(s)
	own, other := 0, ""
	for _, b := range list {
		if b.Merchant == s.Merchant || b.Guarantor == s.Merchant || b.Agent == s.Merchant {
			own++
		} else {
			other = b.TaxNo
		}
	}
	if a := s.Fine("officer", "/tax-bills"); !a.Has(list[0].TaxNo, "下一页") {
		t.Error("the newest bill is not listed")
	}
	merchant := s.Fine("merchant", "/tax-bills")
	if n := strings.Count(string(merchant.Body), `href="/tax-bills/PZT`); own == 0 || n != min(own, 40) || merchant.Has(other) {
		t.Errorf("the merchant sees %d bills of %d", n, own)
	}
	if a := s.Get("stranger", "/tax-bills"); a.Status != 200 || a.Has("/tax-bills/PZT") {
		t.Errorf("a stranger: %d", a.Status)
	}
	if a := s.Get("merchant", "/tax-bills/"+other); a.Status != 404 {
		t.Errorf("another's bill: %d", a.Status)
	}
	if a := s.Fine("officer", "/tax-bills/"+other); !a.Has("/parcels/", "逐项税款") {
		t.Error("the bill does not lead to its working")
	}
	if a := s.Get("officer", "/find?number="+other); a.Status != 303 || a.Header.Get("Location") != "/tax-bills/"+other {
		t.Errorf("the search box leads to %d %s", a.Status, a.Header.Get("Location"))
	}
	if a := s.Get("merchant", "/find?number="+other); a.Status != 404 {
		t.Errorf("the search box leads a merchant to another's bill: %d", a.Status)
	}
	day := list[0].PayFirst
	s.Zone.Clock.Set(day.Time().Add(10 * time.Hour))
	if _, err := s.Zone.TaxBills.Summarise(t.Context(), day); err != nil {
		t.Fatal(err)
	}
	due, err := s.Zone.TaxBills.DueOn(t.Context(), day)
	if err != nil || len(due) == 0 {
		t.Fatal(due, err)
	}
	path := "/tax-bills/documents/" + due[0].DutyNo
	s.Fine("operator", path)
	if a := s.Get("stranger", path); a.Status != 404 {
		t.Errorf("a stranger's document: %d", a.Status)
	}
	if a := s.Post("merchant", path, url.Values{}); a.Status != 403 {
		t.Errorf("a clerk pays: %d", a.Status)
	}
	form := url.Values{"amount": {"0.01"}, "day": {day.String()}, "reference": {"R1"}}
	if a := s.Post("operator", path, form); a.Status != 422 || !a.Has("与应缴金额不符") {
		t.Errorf("another amount: %d", a.Status)
	}
	form.Set("amount", due[0].Amount.String())
	if a := s.Post("operator", path, form); a.Status != 303 {
		t.Errorf("the payment: %d", a.Status)
	}
	if a := s.Fine("operator", path); !a.Has("已缴清", "R1") {
		t.Error("the payment is not shown")
	}
}
