package figures_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"pilotzone/internal/customs/declaration"
	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/growth/fact"
	"pilotzone/internal/kernel/access"
)

func office(s *pagetest.Stage) context.Context {
	return access.With(s.T.Context(), &access.Principal{ID: "u_admin", Roles: []access.Role{access.Admin}})
}

// A merchant sees its figures with where they come from, a stranger sees nothing
// of them, and an office finds them.
func TestFigurePages(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	s.Settle()
	who := fact.Subject{Kind: fact.Enterprise, ID: s.Merchant}
	f, err := s.Zone.Facts.FiguresIn(t.Context(), who, 2026)
	if err != nil {
		t.Fatal(err)
	}
	page := s.Fine("merchant", "/figures?year=2026")
	if !page.Has("turnover_year", "本平台通关", "未知", "/parcels?", "销售口径") {
		t.Error("the page lacks something")
	}
	if v := f["turnover_year"]; !v.Known || v.Value.Fen() == 0 {
		t.Errorf("%+v", v)
	}
	open := f["turnover_year"].Origins[0].Open
	if a := s.Fine("merchant", open); !a.Has("/parcels/") {
		t.Error("the figure opens to nothing")
	}
	own := "/figures/enterprise/" + s.Merchant
	for _, path := range []string{own, own + "/clients", own + "?year=2025"} {
		s.Fine("operator", path)
		if a := s.Get("stranger", path); a.Status != 404 {
			t.Errorf("a stranger at %s: %d", path, a.Status)
		}
	}
	if a := s.Get("operator", "/figures/planet/1"); a.Status != 404 {
		t.Errorf("no such kind: %d", a.Status)
	}
	if a := s.Fine("operator", "/figures?text="+s.Merchant); !a.Has(own) {
		t.Error("an office does not find the enterprise")
	}
	if a := s.Post("operator", own+"/county", url.Values{"county": {"410702"}, "from": {"2026-11-01"}}); a.Status != 303 {
		t.Errorf("county: %d", a.Status)
	}
	if a := s.Post("operator", own+"/county", url.Values{"county": {"999999"}, "from": {"2026-11-01"}}); a.Status != 422 {
		t.Errorf("no such county: %d", a.Status)
	}
	if a := s.Fine("merchant", own); !a.Has("410702") {
		t.Error("the county is not shown")
	}
	if looks := s.Fine("merchant", "/consents"); !looks.Has("谁看过我的数据", "主管部门") {
		t.Error("the office's look is not shown")
	}
}

// Evidence of an office counts at once, is shown with its paper, and can be taken
// back by its owner.
func TestEvidencePages(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	form := url.Values{"kind": {"enterprise"}, "subject": {s.Merchant}, "fact": {"jobs_year"}, "year": {"2025"}, "value": {"x"}, "document": {"社保证明 7 号"}}
	if a := s.Post("operator", "/evidence", form); a.Status != 422 || !a.Has("整数") {
		t.Errorf("a bad value: %d", a.Status)
	}
	form.Set("value", "120")
	a := s.Post("operator", "/evidence", form)
	at := a.Header.Get("Location")
	if a.Status != 303 || !strings.HasPrefix(at, "/evidence/ev_") {
		t.Fatalf("%d %s", a.Status, at)
	}
	if a := s.Fine("merchant", at); !a.Has("社保证明 7 号", "jobs_year") {
		t.Error("the paper is not shown")
	}
	if a := s.Get("stranger", at); a.Status != 404 {
		t.Errorf("a stranger: %d", a.Status)
	}
	if a := s.Fine("merchant", "/figures?year=2025"); !a.Has(at, "社保证明 7 号") {
		t.Error("the figure does not open to its evidence")
	}
	s.Fine("operator", "/evidence")
	s.Fine("merchant", "/evidence")
	if a := s.Post("stranger", at+"/withdraw", url.Values{"reason": {"x"}}); a.Status != 404 {
		t.Errorf("a stranger withdraws: %d", a.Status)
	}
	if a := s.Post("merchant", at+"/withdraw", url.Values{"reason": {"有误"}}); a.Status != 303 {
		t.Errorf("withdraw: %d", a.Status)
	}
	if a := s.Fine("merchant", at); !a.Has("已撤回") {
		t.Error("it is not shown as withdrawn")
	}
}

// Declarations are listed, each leads to its versions and its file.
func TestDeclarationPages(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	b, err := s.Zone.Declarations.List(office(s), "api", []declaration.Row{{Number: "461620260000000001", Day: "2026-02-01", Mode: "9710", Country: "502", Enterprise: s.Merchant, Value: "300", Status: "released"},
		{Number: "461620260000000002", Kind: "summary", Day: "2026-02-01", Mode: "9610", Country: "502", Enterprise: s.Merchant, Value: "300", Status: "released"}})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Fine("merchant", "/declarations?year=2026"); !a.Has("461620260000000001", "汇总报关单") {
		t.Error("they are not listed")
	}
	if a := s.Get("stranger", "/declarations"); a.Status != 200 || a.Has("461620260000000001") {
		t.Errorf("a stranger: %d", a.Status)
	}
	s.Fine("merchant", "/declarations/461620260000000001")
	for _, path := range []string{"/declarations/461620260000000001", "/declarations/files/" + b.ID} {
		if a := s.Get("stranger", path); a.Status != 404 {
			t.Errorf("a stranger at %s: %d", path, a.Status)
		}
	}
	s.Fine("operator", "/declarations/files/"+b.ID)
	if a := s.Get("merchant", "/declarations/template.csv"); a.Status != 200 || !a.Has("报关单号") {
		t.Errorf("template: %d", a.Status)
	}
	head := "number,date,mode,country,enterprise,value,status\n"
	kind, file := body(t, head+"461620260000000003,2026-02-01,9810,502,"+s.Merchant+",25,released\n")
	if a := s.Send("operator", "/declarations", kind, file); a.Status != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/declarations/files/db_") {
		t.Errorf("upload: %d %s", a.Status, a.Body)
	}
	kind, file = body(t, head+"4616,2026-02-01,9810,502,"+s.Merchant+",25,released\n")
	if a := s.Send("operator", "/declarations", kind, file); a.Status != 422 || !a.Has("文件未受理", "18 位") {
		t.Errorf("a bad file: %d", a.Status)
	}
	if a := s.Post("operator", "/declarations/files/"+b.ID+"/withdraw", nil); a.Status != 303 {
		t.Errorf("withdraw: %d", a.Status)
	}
}

// body is a form with a file.
func body(t *testing.T, text string) (string, []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "declarations.csv")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}
