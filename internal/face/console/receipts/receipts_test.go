package receipts_test

import (
	"fmt"
	"strings"
	"testing"

	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/pagetest"
)

// The list shows receipts from the newest on, by kind, status, number and day, and
// leads to each as the message that it is.
func TestReceipts(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	all, _, err := s.Zone.Lookup.RecentReceipts(t.Context(), lookup.ReceiptFilter{Within: lookup.Everything()}, lookup.Cursor{}, 100)
	if err != nil || len(all) != 100 {
		t.Fatal(len(all), err)
	}
	first := s.Fine("officer", "/receipts")
	if !first.Has(all[0].Subject, "/receipts/"+all[39].Cursor().String(), "before="+all[39].Cursor().String()) || first.Has(`"/receipts/`+all[40].Cursor().String()+`"`) {
		t.Errorf("first page\n%s", first.Page.Text())
	}
	if second := s.Fine("officer", "/receipts?before="+all[39].Cursor().String()); !second.Has(`"/receipts/`+all[40].Cursor().String()+`"`, "回到最新") {
		t.Errorf("second page\n%s", second.Page.Text())
	}
	refused := s.Fine("officer", "/receipts?status=100&kind=622&from=2026-11-22&to=2026-11-22")
	if !refused.Has("100 海关退单") || strings.Contains(refused.Page.Text(), "800 放行") {
		t.Errorf("refused\n%s", refused.Page.Text())
	}
	if a := s.Fine("officer", "/receipts?number="+all[0].Subject); !a.Has(all[0].Subject) || a.Has(all[60].Subject) {
		t.Errorf("by number\n%s", a.Page.Text())
	}
	if a := s.Fine("officer", "/receipts?from=2027-01-01"); !a.Has("没有符合条件的回执") {
		t.Errorf("none\n%s", a.Page.Text())
	}
	for _, bad := range []string{"/receipts?kind=621", "/receipts?from=yesterday", "/receipts?before=x"} {
		if a := s.Get("officer", bad); a.Status != 422 || len(append(a.Page.Forbidden(), a.Page.Foreign()...)) > 0 {
			t.Errorf("%s: %d", bad, a.Status)
		}
	}
	one := "/receipts/" + all[0].Cursor().String()
	if a := s.Fine("officer", one); !a.Has("returnInfo", "&lt;CEB", fmt.Sprintf(`href="%s/xml"`, one)) {
		t.Errorf("one\n%s", a.Page.Text())
	}
	if a := s.Get("officer", one+"/xml"); a.Status != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/xml") || !a.Has("<"+all[0].Kind.String(), all[0].Fields[0]) {
		t.Errorf("%d %s %.200s", a.Status, a.Header.Get("Content-Type"), a.Body)
	}
	for _, private := range s.Private() {
		if first.Has(private) {
			t.Errorf("%q is on the page in clear", private)
		}
	}
}

// An enterprise sees the receipts that went to it: in the list, by number, by
// their place.
func TestReceiptsAreOnesOwn(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	list, _, err := s.Zone.Lookup.RecentReceipts(t.Context(), lookup.ReceiptFilter{Within: lookup.Everything()}, lookup.Cursor{}, 300)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/receipts", "/receipts?number=" + list[0].Subject, "/receipts?enterprise=" + list[0].To} {
		if a := s.Fine("stranger", path); a.Has("/receipts/" + list[0].Cursor().String()) {
			t.Errorf("a stranger sees %s", path)
		}
	}
	for _, r := range list {
		for _, path := range []string{"/receipts/" + r.Cursor().String(), "/receipts/" + r.Cursor().String() + "/xml"} {
			want := 404
			if r.To == s.Merchant {
				want = 200
			}
			if a := s.Get("merchant", path); a.Status != want {
				t.Fatalf("the merchant gets %d for %s of %s", a.Status, path, r.To)
			}
		}
		if r.Seq < list[0].Seq-30 {
			break
		}
	}
	for _, path := range []string{"/receipts/0", "/receipts/x", "/receipts/999999.0", "/receipts/1.99"} {
		if a := s.Get("officer", path); a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}
