package rejections_test

import (
	"fmt"
	"slices"
	"testing"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/pagetest"
)

// Every reason says what it means and how to mend it, and its counts open to as
// many parcels and documents.
func TestRejections(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	page := s.Fine("officer", "/rejections")
	reasons := map[string]int{}
	for _, p := range s.All() {
		if p.State == clearance.Refused {
			for _, r := range p.Reasons {
				reasons[r]++
			}
		}
	}
	if len(reasons) < 2 {
		t.Fatal(reasons)
	}
	for code, n := range reasons {
		address := "/parcels?from=2026-11-16&reason=" + code + "&state=refused&state=expired&to=2026-11-22"
		if list := s.Get("officer", address); !list.Has(fmt.Sprintf("包裹（%d）", n)) {
			t.Errorf("%s opens to other than %d", address, n)
		}
		if !page.Has(code, "处理：", fmt.Sprintf(`reason=%s&amp;state=refused&amp;state=expired&amp;to=2026-11-22">%d</a>`, code, n)) {
			t.Errorf("%s is not on the page %d times\n%s", code, n, page.Page.Text())
		}
	}
	documents, err := s.Zone.Lookup.RefusalsByReason(t.Context(), lookup.RefusalFilter{Within: lookup.Everything()})
	if err != nil || len(documents) == 0 {
		t.Fatal(documents, err)
	}
	for _, c := range documents {
		if !page.Has(fmt.Sprintf(`"/rejections/%s?from=2026-11-16&amp;to=2026-11-22">%d</a>`, c.Value, c.N)) {
			t.Errorf("%s: not %d documents\n%s", c.Value, c.N, page.Page.Text())
		}
		list, err := s.Zone.Lookup.Refusals(t.Context(), lookup.RefusalFilter{Within: lookup.Everything(), Reason: c.Value}, lookup.Page{})
		if err != nil || len(list) == 0 {
			t.Fatal(err)
		}
		one := s.Fine("officer", "/rejections/"+c.Value)
		if !one.Has(list[0].Subject, c.Value) {
			t.Errorf("%s\n%s", c.Value, one.Page.Text())
		}
		if a := s.Get("officer", fmt.Sprintf("/answers/%d", list[0].Seq)); list[0].Parcel == 0 && a.Status != 200 {
			t.Errorf("a refused document opens to %d", a.Status)
		}
	}
	if a := s.Fine("officer", "/rejections?from=2027-01-01&to=2027-01-02"); !a.Has("这几天没有被退的清单或单证") {
		t.Errorf("none\n%s", a.Page.Text())
	}
	for path, want := range map[string]int{"/rejections?from=x": 422, "/rejections/nothing": 404} {
		if a := s.Get("officer", path); a.Status != want {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}

// An enterprise counts and opens its own.
func TestRejectionsAreOnesOwn(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	documents, err := s.Zone.Lookup.Refusals(t.Context(), lookup.RefusalFilter{Within: lookup.Everything()}, lookup.Page{Limit: 200})
	if err != nil || len(documents) == 0 {
		t.Fatal(err)
	}
	other := slices.IndexFunc(documents, func(r lookup.Refusal) bool { return r.Party != s.Merchant })
	if a := s.Fine("stranger", "/rejections"); !a.Has("这几天没有被退的清单或单证") {
		t.Errorf("a stranger sees\n%s", a.Page.Text())
	}
	for _, who := range []string{"stranger", "merchant"} {
		if a := s.Fine(who, "/rejections/"+documents[other].Reasons[0]); a.Has(documents[other].Subject) {
			t.Errorf("%s sees another's document", who)
		}
	}
}
