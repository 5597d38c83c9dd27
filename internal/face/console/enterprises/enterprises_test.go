package enterprises_test

import (
	"net/url"
	"testing"

	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/kernel/clock"
)

func TestEnterprisesAreListedReadAndSuspended(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	f, err := s.Zone.Registry.ByCode(t.Context(), s.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	at := "/enterprises/" + f.ID
	if a := s.Fine("operator", "/enterprises"); !a.Has("全部备案企业", f.Name) {
		t.Error("the list does not show the enterprise")
	}
	if a := s.Fine("operator", "/enterprises?text="+s.Merchant+"&kind=merchant"); !a.Has(f.Name) {
		t.Error("it is not found by its code")
	}
	if a := s.Fine("operator", "/enterprises?text=nothing-like-it"); !a.Has("没有符合条件的企业") {
		t.Error("an empty list says nothing")
	}
	if a := s.Fine("operator", "/enterprises/"+s.Merchant); !a.Has("变更历史", "暂停备案", "/parcels?enterprise=") {
		t.Error("the page lacks something")
	}
	s.Fine("operator", "/enterprises/due")
	today := clock.DayOf(s.Zone.Clock.Now())
	if a := s.Post("operator", at+"/suspend", url.Values{"from": {today.String()}}); a.Status != 422 || !a.Has("须说明理由") {
		t.Errorf("without a reason: %d", a.Status)
	}
	if a := s.Post("operator", at+"/suspend", url.Values{"from": {"soon"}, "reason": {"x"}}); a.Status != 422 {
		t.Errorf("a day that is none: %d", a.Status)
	}
	if a := s.Post("operator", at+"/suspend", url.Values{"from": {today.String()}, "reason": {"抽查不符"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Fine("operator", at); !a.Has("已暂停", "抽查不符", "恢复备案") {
		t.Error("the suspension does not show")
	}
	if a := s.Post("operator", at+"/resume", url.Values{"from": {today.AddDays(3).String()}, "reason": {"已整改"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Post("operator", at+"/inspect", url.Values{"passed": {"yes"}}); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
}

func TestAnEnterpriseSeesItsOwnFilingAlone(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	f, err := s.Zone.Registry.ByCode(t.Context(), s.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	at := "/enterprises/" + f.ID
	if a := s.Fine("merchant", "/enterprises"); !a.Has(f.Name) {
		t.Error("its own is not listed")
	}
	if a := s.Fine("merchant", at); !a.Has(f.Name) || a.Has("暂停备案") {
		t.Error("its page offers what it may not do")
	}
	if a := s.Get("stranger", at); a.Status != 404 || a.Has(f.Name) {
		t.Errorf("another's: %d", a.Status)
	}
	if a := s.Fine("stranger", "/enterprises?text="+url.QueryEscape(f.Name)); a.Has(`href="` + at + `"`) {
		t.Error("another's is listed")
	}
	for _, act := range []string{"suspend", "resume", "inspect"} {
		if a := s.Post("merchant", at+"/"+act, url.Values{"reason": {"x"}}); a.Status != 403 {
			t.Errorf("%s: %d", act, a.Status)
		}
	}
	if a := s.Get("", "/enterprises/"+f.ID); a.Status != 401 && a.Status != 303 && a.Status != 302 {
		t.Errorf("a visitor: %d", a.Status)
	}
}
