package parcels_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"pilotzone/internal/customs/clearance"
	"pilotzone/internal/customs/clearance/lookup"
	"pilotzone/internal/face/console/pagetest"
	"pilotzone/internal/face/console/parcels"
	"pilotzone/internal/kernel/audit"
)

// The list shows what the filters choose, keeps them in the address, and breaks
// no rule of pages.
func TestList(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	all := s.All()
	refused := 0
	for _, p := range all {
		if p.State == clearance.Refused {
			refused++
		}
	}
	for path, want := range map[string][]string{
		"/parcels":                             {fmt.Sprintf("包裹（%d）", len(all)), "下一页", "导出 CSV", fmt.Sprintf(`href="/parcels/%d"`, all[0].Number)},
		"/parcels?state=refused":               {fmt.Sprintf("包裹（%d）", refused), "退单", `href="/parcels"`, "清除全部条件"},
		"/parcels?number=" + all[3].OrderNo:    {"包裹（1）", all[3].OrderNo},
		"/parcels?cols=waybill_no&cols=number": {"运单编号", all[0].WaybillNo},
		"/parcels?dense=1":                     {`class="dense"`, "宽松显示"},
		"/parcels?country=502&goods=33&slot=202611221000&merchant=" + s.Merchant: {"美国 502", "33 香化及化妆品", "2026-11-22 10:00", "没有符合条件的包裹"},
	} {
		if a := s.Fine("officer", path); !a.Has(want...) {
			t.Errorf("%s does not say %q\n%s", path, want, a.Page.Text())
		}
	}
	first := s.Get("officer", "/parcels?cols=number")
	next := fmt.Sprintf("/parcels?before=%d&amp;cols=number", all[39].Number)
	if !first.Has(next) {
		t.Errorf("no way to %s", next)
	}
	second := s.Fine("officer", strings.ReplaceAll(next, "&amp;", "&"))
	if !second.Has("回到最新", fmt.Sprintf(`href="/parcels/%d"`, all[40].Number)) || second.Has(fmt.Sprintf(`href="/parcels/%d"`, all[39].Number)) {
		t.Errorf("second page\n%s", second.Page.Text())
	}
	if a := s.Get("officer", "/parcels?state=lost&least=x"); a.Status != 422 || !a.Has("查询条件无法识别", "金额以元计") || len(append(a.Page.Forbidden(), a.Page.Foreign()...)) > 0 {
		t.Errorf("filters that can't be read: %d\n%s", a.Status, a.Page.Text())
	}
}

// An enterprise sees its own parcels: in the list, by number, in files.
func TestAnEnterpriseSeesItsOwn(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	var own, other lookup.Parcel
	n := 0
	for _, p := range s.All() {
		if p.Of(s.Merchant) {
			if n++; n == 1 {
				own = p
			}
		} else {
			other = p
		}
	}
	if n == 0 || other.Number == 0 {
		t.Fatal("the traffic has no parcels of both")
	}
	if a := s.Fine("merchant", "/parcels"); !a.Has(fmt.Sprintf("包裹（%d）", n), own.OrderNo) || a.Has(other.OrderNo) {
		t.Errorf("the merchant's list\n%s", a.Page.Text())
	}
	for _, path := range []string{"/parcels?number=" + other.OrderNo, "/parcels/export.csv?number=" + other.OrderNo, "/parcels?enterprise=" + other.Carrier, "/parcels/export.csv", "/parcels/export.csv?merchant=" + other.Merchant} {
		if a := s.Get("merchant", path); a.Status != 200 || bytes.Contains(a.Body, []byte(other.CopNo)) || bytes.Contains(bytes.ReplaceAll(a.Body, []byte(`value="`+other.OrderNo), nil), []byte(">"+other.OrderNo)) {
			t.Errorf("%s: %d shows another's", path, a.Status)
		}
	}
	for _, path := range []string{"/parcels", "/parcels?number=" + own.OrderNo, "/parcels/export.csv"} {
		if a := s.Get("stranger", path); a.Status != 200 || a.Has(own.CopNo) || a.Has(other.CopNo) {
			t.Errorf("a stranger gets %s: %d", path, a.Status)
		}
	}
}

// A file has the rows and columns that the page shows, without persons, and the
// audit chain says who took it.
func TestExport(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	all := s.All()
	query := "?cols=number&cols=order_no&cols=value&cols=state&direction=import"
	a := s.Get("officer", "/parcels/export.csv"+query)
	text := strings.TrimPrefix(string(a.Body), "\uFEFF")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != len(all)+1 || !slices.Equal(rows[0], []string{"包裹编号", "状态", "订单编号", "金额（元）"}) {
		t.Fatalf("%d rows, %v: %.300s", len(rows), err, text)
	}
	for i, p := range all {
		if want := []string{fmt.Sprint(p.Number), p.State.Chinese(), p.OrderNo, p.Value.String()}; !slices.Equal(rows[i+1], want) {
			t.Errorf("row %d is %v, want %v", i+1, rows[i+1], want)
		}
	}
	b := s.Get("officer", "/parcels/export.xlsx"+query+"&lang=en")
	book, err := excelize.OpenReader(bytes.NewReader(b.Body))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := book.GetRows("parcels")
	if err != nil || len(sheet) != len(all)+1 || sheet[0][0] != "Parcel" || sheet[1][2] != all[0].OrderNo {
		t.Errorf("%d rows, %v", len(sheet), err)
	}
	if !strings.HasSuffix(a.Header.Get("Content-Disposition"), `filename="parcels-2026-11-22.csv"`) {
		t.Errorf("named %s", a.Header.Get("Content-Disposition"))
	}
	whole := s.Get("officer", "/parcels/export.csv?"+allColumns())
	for _, private := range s.Private() {
		if whole.Has(private) {
			t.Errorf("a file holds %q", private)
		}
	}
	s.Get("officer", "/parcels/export.csv?number=11010519491231002X")
	list, _, err := s.Zone.Audit.List(t.Context(), audit.Filter{Act: "parcel.export"}, "", 10)
	if err != nil || len(list) != 4 || list[0].Actor == "" || !strings.Contains(list[2].Detail+list[1].Detail, "direction=import") {
		t.Errorf("%d entries, %v: %+v", len(list), err, list)
	}
	for _, e := range list {
		if strings.Contains(e.Detail, "11010519491231002X") {
			t.Error("a number that may be a person's is kept")
		}
	}
}

func allColumns() string {
	q := url.Values{"cols": {"number", "state", "status", "reasons", "order_no", "waybill_no", "invt_no", "pre_no", "cop_no", "direction", "mode", "merchant", "platform", "agent",
		"carrier", "guarantor", "customs", "country", "goods", "value", "tax", "declared", "released", "updated"}}
	return q.Encode()
}

// A search is saved, opened and deleted by its owner.
func TestSavedSearches(t *testing.T) {
	t.Parallel()
	s := pagetest.Open(t)
	form := url.Values{"name": {"待补单"}, "query": {"state=waiting&before=7&cols=number"}}
	if a := s.Post("officer", "/parcels/saved", form); a.Status != 303 || a.Header.Get("Location") != "/parcels?cols=number&state=waiting" {
		t.Fatalf("%d to %s", a.Status, a.Header.Get("Location"))
	}
	if a := s.Fine("officer", "/parcels"); !a.Has("待补单", `href="/parcels?cols=number&amp;state=waiting"`) {
		t.Errorf("not on the page\n%s", a.Page.Text())
	}
	if a := s.Get("merchant", "/parcels"); a.Has("待补单") {
		t.Error("another's search is shown")
	}
	if a := s.Post("officer", "/parcels/saved", url.Values{"name": {""}}); a.Status != 422 || !a.Has("换一个较短的名称") {
		t.Errorf("without a name: %d", a.Status)
	}
	if a := s.Post("officer", "/parcels/saved/delete", url.Values{"name": {"待补单"}}); a.Status != 303 {
		t.Errorf("%d", a.Status)
	}
	if a := s.Get("officer", "/parcels"); a.Has("待补单") {
		t.Error("it is still there")
	}
}

// Totals above 10,000 are said about.
func TestTotals(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 10_000: "10,000", 10_001: "超过 10,000，约 10,000", 69_963: "超过 10,000，约 70,000", 461_366: "超过 10,000，约 461,000", 2_000_000: "超过 10,000，约 2,000,000"} {
		if got := parcels.Total(lookup.Total{N: n}).ZH; got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
